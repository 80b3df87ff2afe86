//! What can go wrong in the store. No message carries a value from a row or a parameter.

use domain::{Refusal, UnknownWord};

/// Why a transaction was not done. Nothing of it was kept, unless it says so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Too much work is waiting, or others kept the rows for too long. Trying again later is safe.
    #[error("the database is busy; try again in a moment")]
    Busy,
    /// The database cannot be reached or opened.
    #[error("the database cannot be reached ({0}); check that it runs and that --database is right")]
    Unavailable(String),
    /// The connection was lost while committing: it may have been kept. Ask before trying again.
    #[error("the connection was lost while committing; look whether it was done before doing it again")]
    CommitUnknown,
    /// There is no such row.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// A rule of the shop refuses the change.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A rule of the database refused it: a duplicate, or a row that others refer to.
    #[error("statement {statement}: the database refuses a duplicate or a dangling reference")]
    Constraint {
        /// The statement that failed.
        statement: &'static str,
        /// Whether it was a duplicate.
        duplicate: bool,
    },
    /// What was handed in contradicts itself, such as an order whose lines do not add up to its total.
    #[error("inconsistent input: {0}")]
    Inconsistent(&'static str),
    /// A stored value has a form that this version does not know.
    #[error(
        "statement {statement}, column {column}: unknown value; was this database written by a newer version?"
    )]
    Unreadable {
        /// The statement that read it.
        statement: &'static str,
        /// The column, from 0.
        column: usize,
    },
    /// A stored word that this version does not know.
    #[error(transparent)]
    Word(#[from] UnknownWord),
    /// The database failed otherwise. `code` is SQLSTATE or SQLite's result code.
    #[error("statement {statement}: database error {code}: {message}")]
    Database {
        /// The statement that failed.
        statement: &'static str,
        /// SQLSTATE, or SQLite's extended result code.
        code: String,
        /// The database's words, where they cannot contain a value.
        message: String,
    },
    /// Bringing the database's schema up to date failed.
    #[error("migration {version}: {problem}")]
    Migration {
        /// Its number.
        version: i64,
        /// What went wrong and what to do.
        problem: String,
    },
    /// The closure panicked; its transaction was undone.
    #[error("a piece of database work panicked and was undone")]
    Panicked,
    /// The store has been shut down.
    #[error("the store is closed")]
    Closed,
}

impl Error {
    /// Whether it says nothing about the work and may pass by itself: the database is busy, away or out of room.
    /// Doing the same again later is right, except after [`Error::CommitUnknown`]: look first.
    pub fn may_pass(&self) -> bool {
        match self {
            Error::Busy | Error::Unavailable(_) | Error::CommitUnknown | Error::Closed => true,
            // PostgreSQL's class 53 (no room, no memory, no connection); SQLite's FULL and the kinds of IOERR, in the
            // low byte. SQLSTATE has five signs, SQLite's codes fewer.
            Error::Database { code, .. } if code.len() == 5 => code.starts_with("53"),
            Error::Database { code, .. } => {
                code.parse::<i32>().is_ok_and(|code| matches!(code & 0xff, 10 | 13))
            }
            _ => false,
        }
    }

    pub(crate) fn sqlite(statement: &'static str, e: rusqlite::Error) -> Error {
        use rusqlite::ffi::ErrorCode as C;
        match e {
            rusqlite::Error::SqliteFailure(f, message) => match f.code {
                C::DatabaseBusy | C::DatabaseLocked => Error::Busy,
                C::ConstraintViolation => Error::Constraint {
                    statement,
                    // SQLITE_CONSTRAINT_PRIMARYKEY and SQLITE_CONSTRAINT_UNIQUE.
                    duplicate: matches!(f.extended_code, 1555 | 2067),
                },
                C::CannotOpen | C::PermissionDenied => Error::Unavailable(f.to_string()),
                _ => Error::Database {
                    statement,
                    code: f.extended_code.to_string(),
                    message: message.unwrap_or_else(|| f.to_string()),
                },
            },
            e => Error::Database { statement, code: "misuse".into(), message: e.to_string() },
        }
    }

    pub(crate) fn postgres(statement: &'static str, e: &tokio_postgres::Error) -> Error {
        let Some(db) = e.as_db_error() else {
            if e.is_closed() || std::error::Error::source(e).is_some_and(|s| s.is::<std::io::Error>()) {
                return Error::Unavailable("connection lost".into());
            }
            return Error::Database { statement, code: "client".into(), message: e.to_string() };
        };
        let code = db.code().code();
        match &code[..2] {
            "40" | "55" => Error::Busy,
            "23" => Error::Constraint { statement, duplicate: code == "23505" },
            // Connection exceptions, and 57P01–57P03: the server shuts down or is starting.
            "08" | "57" if code != "57014" => Error::Unavailable(db.message().into()),
            // Messages of these classes quote SQL, never a value: wrong statement, resources, configuration.
            "42" | "53" | "54" | "58" | "3D" | "28" => {
                Error::Database { statement, code: code.into(), message: db.message().into() }
            }
            _ => Error::Database { statement, code: code.into(), message: "(message withheld)".into() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_may_pass_and_a_wrong_statement_does_not() {
        let of = |code: &str| Error::Database { statement: "x", code: code.into(), message: String::new() };
        // SQLITE_FULL, SQLITE_IOERR_WRITE, PostgreSQL's disk_full.
        assert!(["13", "778", "53100"].iter().all(|code| of(code).may_pass()));
        // SQLITE_ERROR, SQLITE_CORRUPT, undefined_table, numeric codes that only look alike.
        assert!(!["1", "11", "42P01", "22010", "misuse", "client"].iter().any(|code| of(code).may_pass()));
        assert!(Error::CommitUnknown.may_pass() && !Error::Panicked.may_pass());
    }
}
