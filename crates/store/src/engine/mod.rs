//! Opening a database and running transactions on it.

mod postgres;
mod sqlite;
mod tx;

pub use tx::Tx;

use crate::{Error, migrate};
use std::{fmt, path::PathBuf, str::FromStr, sync::Arc};

/// Where the database is. May hold a password, so it is not printed.
#[derive(Clone, PartialEq, Eq)]
pub enum Url {
    /// A file; made with mode 0600 where it is missing.
    Sqlite(PathBuf),
    /// `postgres://user:password@host:port/database`.
    Postgres(String),
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Url::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Url::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

impl FromStr for Url {
    type Err = Error;

    /// `postgres://…` and `postgresql://…` are PostgreSQL; everything else is a path, with or without `sqlite:`.
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        if s.starts_with("postgres://") || s.starts_with("postgresql://") {
            return Ok(Url::Postgres(s.to_owned()));
        }
        let path = s.strip_prefix("sqlite://").or_else(|| s.strip_prefix("sqlite:")).unwrap_or(s);
        if path.is_empty() || path.contains("://") {
            return Err(Error::Unavailable("expected postgres://… or a file's path".into()));
        }
        Ok(Url::Sqlite(path.into()))
    }
}

/// Bounds of a store. The defaults fit every process of the shop.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many transactions may wait for the writer (SQLite).
    pub queue_jobs_max: usize,
    /// How many transactions share one commit (SQLite).
    pub group_jobs_max: usize,
    /// How many connections are kept open (PostgreSQL), or kept for reading (SQLite).
    pub connections_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options { queue_jobs_max: 4_096, group_jobs_max: 128, connections_max: 16 }
    }
}

#[derive(Clone)]
enum Engine {
    Sqlite(Arc<sqlite::Sqlite>),
    Postgres(Arc<postgres::Postgres>),
}

/// An open database. Cheap to clone; the last clone to go closes it.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_sqlite() { "Store(sqlite)" } else { "Store(postgres)" })
    }
}

impl Store {
    /// Opens the database and brings its schema up to date. Blocks.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where it cannot be opened, [`Error::Migration`] where its schema is newer than this
    /// program or cannot be brought up to date.
    pub fn open(url: &Url) -> Result<Store, Error> {
        Store::open_with(url, &Options::default())
    }

    /// As [`Store::open`], with bounds of its own.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with(url: &Url, options: &Options) -> Result<Store, Error> {
        let engine = match url {
            Url::Sqlite(path) => {
                migrate::sqlite(&mut sqlite::connect(path, sqlite::Mode::Write)?)?;
                Engine::Sqlite(Arc::new(sqlite::Sqlite::open(path, options)?))
            }
            Url::Postgres(url) => {
                let pg = postgres::Postgres::open(url, options)?;
                pg.migrate()?;
                Engine::Postgres(Arc::new(pg))
            }
        };
        Ok(Store { engine })
    }

    /// Opens a database whose schema is somebody else's business, for whoever may read and not write it. A server that does
    /// not answer yet is asked at each reading.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where it is no server's address.
    pub fn open_reading(url: &Url) -> Result<Store, Error> {
        match url {
            Url::Sqlite(_) => Err(Error::Unavailable("not a valid postgres:// URL".into())),
            Url::Postgres(url) => {
                let options = Options { connections_max: 1, ..Options::default() };
                Ok(Store { engine: Engine::Postgres(Arc::new(postgres::Postgres::open(url, &options)?)) })
            }
        }
    }

    /// Whether this is SQLite.
    pub fn is_sqlite(&self) -> bool {
        matches!(self.engine, Engine::Sqlite(_))
    }

    /// Reads from one snapshot. On SQLite it runs on the calling thread (microseconds), on PostgreSQL on one of
    /// the store's own.
    ///
    /// # Errors
    /// What the closure gives, or why the database could not be asked.
    pub async fn read<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.read(f),
            Engine::Postgres(pg) => pg.run(postgres::Kind::Read, f).await,
        }
    }

    /// One transaction, durable when this returns `Ok`; undone when the closure gives `Err`.
    ///
    /// The closure may be run again after a conflict with another transaction. A statement that failed spoils the
    /// transaction even if the closure goes on and gives `Ok`.
    ///
    /// # Errors
    /// What the closure gives, or why the database could not do it.
    pub async fn write<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.write(f).await,
            Engine::Postgres(pg) => pg.run(postgres::Kind::Write, f).await,
        }
    }

    /// As [`Store::read`], for threads that may block; never from async code.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_blocking<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, E>,
        E: From<Error>,
    {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.read(f),
            Engine::Postgres(pg) => pg.run_blocking(postgres::Kind::Read, f),
        }
    }

    /// As [`Store::write`], for threads that may block; never from async code.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_blocking<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.write_blocking(f),
            Engine::Postgres(pg) => pg.run_blocking(postgres::Kind::Write, f),
        }
    }

    /// Asks the database for a sign of life. Blocks.
    ///
    /// # Errors
    /// Why it does not answer.
    pub fn ping_blocking(&self) -> Result<(), Error> {
        self.read_blocking(|tx| crate::meta::get(tx, "ping").map(|_| ()))
    }
}
