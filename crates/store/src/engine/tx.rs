//! A transaction: the one way to run a statement.

use crate::{
    Error,
    sql::Sql,
    value::{Param, Row, Source},
};
use rusqlite::{CachedStatement, Connection};
use tokio::runtime::Handle;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// An open transaction, handed to the closures of [`crate::Store::read`] and [`crate::Store::write`].
pub struct Tx<'a> {
    engine: Engine<'a>,
    /// The first statement that failed: such a transaction is not committed, whatever the closure says.
    failed: Option<Error>,
    /// Whether the failure was a conflict with others, after which the same work may succeed.
    conflict: Conflict,
}

/// Whether trying again makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conflict {
    None,
    /// Serialisation failure or deadlock.
    Transient,
    /// A duplicate: the other transaction may just have been faster with the same row.
    Duplicate,
    /// The connection was dead.
    Connection,
}

enum Engine<'a> {
    Sqlite(&'a Connection),
    Postgres { handle: &'a Handle, client: &'a deadpool_postgres::Client },
}

impl<'a> Tx<'a> {
    pub(crate) fn sqlite(conn: &'a Connection) -> Tx<'a> {
        Tx { engine: Engine::Sqlite(conn), failed: None, conflict: Conflict::None }
    }

    pub(super) fn postgres(handle: &'a Handle, client: &'a deadpool_postgres::Client) -> Tx<'a> {
        Tx { engine: Engine::Postgres { handle, client }, failed: None, conflict: Conflict::None }
    }

    pub(super) fn failed(&self) -> Option<&Error> {
        self.failed.as_ref()
    }

    pub(super) fn conflict(&self) -> Conflict {
        self.conflict
    }

    /// Runs a statement that gives no rows; gives the number of rows it changed.
    pub(crate) fn exec(&mut self, sql: &'static Sql, params: &[Param<'_>]) -> Result<u64, Error> {
        let done = match &self.engine {
            Engine::Sqlite(conn) => bound(conn, sql, params)
                .and_then(|mut s| s.raw_execute())
                .map(|n| n as u64)
                .map_err(|e| Failed::sqlite(sql, e)),
            Engine::Postgres { handle, client } => handle
                .block_on(async {
                    let statement = client.prepare_cached(sql.postgres).await?;
                    client.execute_raw(&statement, params.iter().map(|p| p as &dyn ToSql)).await
                })
                .map_err(|e| Failed::postgres(sql, &e)),
        };
        self.note(done)
    }

    /// As [`Tx::exec`] for a statement that must change exactly one row, which is called `what`.
    pub(crate) fn exec_one(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
        what: &'static str,
    ) -> Result<(), Error> {
        match self.exec(sql, params)? {
            1 => Ok(()),
            _ => Err(Error::NotFound(what)),
        }
    }

    /// Runs one statement for many sets of parameters; on PostgreSQL without waiting for each answer.
    pub(crate) fn exec_each(&mut self, sql: &'static Sql, rows: &[Vec<Param<'_>>]) -> Result<(), Error> {
        let (handle, client) = match &self.engine {
            Engine::Sqlite(_) => {
                for params in rows {
                    self.exec(sql, params)?;
                }
                return Ok(());
            }
            Engine::Postgres { handle, client } => (handle, client),
        };
        let done = handle
            .block_on(async {
                let statement = client.prepare_cached(sql.postgres).await?;
                let all = rows
                    .iter()
                    .map(|params| client.execute_raw(&statement, params.iter().map(|p| p as &dyn ToSql)));
                futures_util::future::try_join_all(all).await
            })
            .map(|_| ())
            .map_err(|e| Failed::postgres(sql, &e));
        self.note(done)
    }

    /// Runs a statement and reads each of its rows.
    pub(crate) fn rows<T>(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
        mut read: impl FnMut(&mut Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let statement = sql.name;
        let mut out = Vec::new();
        let done = match &self.engine {
            Engine::Sqlite(conn) => (|| {
                let mut prepared = bound(conn, sql, params).map_err(|e| Failed::sqlite(sql, e))?;
                let mut rows = prepared.raw_query();
                while let Some(row) = rows.next().map_err(|e| Failed::sqlite(sql, e))? {
                    let mut row = Row { source: Source::Sqlite(row), statement, at: 0 };
                    out.push(read(&mut row).map_err(Failed::read)?);
                }
                Ok(())
            })(),
            Engine::Postgres { handle, client } => handle
                .block_on(async {
                    let statement = client.prepare_cached(sql.postgres).await?;
                    let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p as _).collect();
                    client.query(&statement, &params).await
                })
                .map_err(|e| Failed::postgres(sql, &e))
                .and_then(|rows| {
                    for row in &rows {
                        let mut row = Row { source: Source::Postgres(row), statement, at: 0 };
                        out.push(read(&mut row).map_err(Failed::read)?);
                    }
                    Ok(())
                }),
        };
        self.note(done).map(|()| out)
    }

    /// Runs a statement that gives at most one row.
    pub(crate) fn first<T>(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
        read: impl FnMut(&mut Row<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        Ok(self.rows(sql, params, read)?.into_iter().next())
    }

    /// Runs a statement that gives exactly one row; none is [`Error::NotFound`] of `what`.
    pub(crate) fn one<T>(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
        what: &'static str,
        read: impl FnMut(&mut Row<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.first(sql, params, read)?.ok_or(Error::NotFound(what))
    }

    /// Prepares a statement without running it.
    pub(crate) fn prepare(&mut self, sql: &'static Sql) -> Result<(), Error> {
        let done = match &self.engine {
            Engine::Sqlite(conn) => conn.prepare(sql.sqlite).map(|_| ()).map_err(|e| Failed::sqlite(sql, e)),
            Engine::Postgres { handle, client } => handle
                .block_on(client.prepare(sql.postgres))
                .map(|_| ())
                .map_err(|e| Failed::postgres(sql, &e)),
        };
        self.note(done)
    }

    fn note<T>(&mut self, done: Result<T, Failed>) -> Result<T, Error> {
        done.map_err(|f| {
            if self.failed.is_none() {
                self.failed = Some(f.error.clone());
                self.conflict = f.conflict;
            }
            f.error
        })
    }
}

/// A failed statement.
struct Failed {
    error: Error,
    conflict: Conflict,
}

impl Failed {
    fn sqlite(sql: &'static Sql, e: rusqlite::Error) -> Failed {
        Failed { error: Error::sqlite(sql.name, e), conflict: Conflict::None }
    }

    fn read(error: Error) -> Failed {
        Failed { error, conflict: Conflict::None }
    }

    fn postgres(sql: &'static Sql, e: &tokio_postgres::Error) -> Failed {
        let error = Error::postgres(sql.name, e);
        Failed { conflict: conflict(&error), error }
    }
}

pub(super) fn conflict(error: &Error) -> Conflict {
    match error {
        Error::Busy => Conflict::Transient,
        Error::Constraint { duplicate: true, .. } => Conflict::Duplicate,
        Error::Unavailable(_) => Conflict::Connection,
        _ => Conflict::None,
    }
}

/// Prepares (once per connection) and binds.
fn bound<'c>(
    conn: &'c Connection,
    sql: &'static Sql,
    params: &[Param<'_>],
) -> rusqlite::Result<CachedStatement<'c>> {
    let mut statement = conn.prepare_cached(sql.sqlite)?;
    if statement.parameter_count() != params.len() {
        return Err(rusqlite::Error::InvalidParameterCount(params.len(), statement.parameter_count()));
    }
    for (i, param) in params.iter().enumerate() {
        match param {
            Param::Null => statement.raw_bind_parameter(i + 1, rusqlite::types::Null)?,
            Param::Int(v) => statement.raw_bind_parameter(i + 1, v)?,
            Param::Text(v) => statement.raw_bind_parameter(i + 1, v)?,
            Param::Owned(v) => statement.raw_bind_parameter(i + 1, v)?,
            Param::Blob(v) => statement.raw_bind_parameter(i + 1, v)?,
            Param::Id(v) => {
                let mut buffer = Uuid::encode_buffer();
                statement.raw_bind_parameter(i + 1, &*v.hyphenated().encode_lower(&mut buffer))?;
            }
        }
    }
    Ok(statement)
}
