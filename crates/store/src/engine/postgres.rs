//! PostgreSQL: a pool of connections driven by a small runtime of the store's own.
//!
//! Closures are synchronous; they run on blocking threads and wait for each answer. Writes are SERIALIZABLE, so
//! that a closure may reason as if it were alone (as SQLite's single writer does); conflicts are tried again.

use super::{
    Options,
    tx::{Conflict, Tx, conflict},
};
use crate::{Error, migrate};
use deadpool_postgres::{Client, Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_postgres::NoTls;
use uuid::Uuid;

/// How long conflicting work is tried again, in milliseconds.
const CONFLICT_MS_MAX: u64 = 15_000;
/// How often work is tried again that met a duplicate: twice is enough to see the other's row.
const DUPLICATE_TRIES_MAX: u32 = 2;
/// How often work is tried again on a dead connection: each of the pool may have died in a restart.
const CONNECTION_TRIES_MAX: u32 = 20;
/// The longest pause between two tries, in milliseconds.
const PAUSE_MS_MAX: u64 = 20;
/// How long a server that takes no connection is tried again, from the first failure on, in milliseconds: a restart
/// takes less. Once it has been away for longer, work fails at once.
const RECONNECT_MS_MAX: u64 = 5_000;
/// The pause between two such tries, in milliseconds.
const RECONNECT_PAUSE_MS: u64 = 50;
/// How long a connection may take to be made, and work to wait for one, in milliseconds.
const CONNECT_MS_MAX: u64 = 3_000;
const WAIT_MS_MAX: u64 = 10_000;
/// Bounds that the server keeps for us.
const SESSION: &str = "-c statement_timeout=20000 -c idle_in_transaction_session_timeout=30000";

/// What a transaction is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Read,
    Write,
}

impl Kind {
    fn begin(self) -> &'static str {
        match self {
            Kind::Read => "begin isolation level repeatable read, read only",
            Kind::Write => "begin isolation level serializable",
        }
    }
}

/// An open PostgreSQL database.
pub(crate) struct Postgres {
    runtime: Option<Runtime>,
    inner: Arc<Inner>,
}

struct Inner {
    handle: Handle,
    pool: Pool,
    /// Host and port, or the folder of the socket: for whoever looks why there is no connection.
    place: String,
    /// Since when the server takes no connection.
    away: Mutex<Option<Instant>>,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Dropping a runtime inside another one would panic.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Postgres {
    pub(crate) fn open(url: &str, options: &Options) -> Result<Postgres, Error> {
        let mut config: tokio_postgres::Config =
            url.parse().map_err(|_| Error::Unavailable("not a valid postgres:// URL".into()))?;
        let session = format!("{} {SESSION}", config.get_options().unwrap_or(""));
        config.options(session.trim()).application_name("dozo");
        config.connect_timeout(Duration::from_millis(CONNECT_MS_MAX));
        let place = place(&config);
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(options.connections_max.max(1) * 2)
            .thread_name("store-postgres")
            .enable_all()
            .build()
            .map_err(|e| unavailable(&e))?;
        let manager =
            Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
        let pool = Pool::builder(manager)
            .max_size(options.connections_max.max(1))
            .runtime(deadpool_postgres::Runtime::Tokio1)
            .wait_timeout(Some(Duration::from_millis(WAIT_MS_MAX)))
            .create_timeout(Some(Duration::from_millis(CONNECT_MS_MAX)))
            .build()
            .map_err(|e| unavailable(&e))?;
        let inner = Arc::new(Inner { handle: runtime.handle().clone(), pool, place, away: Mutex::default() });
        Ok(Postgres { runtime: Some(runtime), inner })
    }

    /// Brings the schema up to date, in a database that keeps every text as it is.
    pub(crate) fn migrate(&self) -> Result<(), Error> {
        let inner = &self.inner;
        outside(|| {
            inner.handle.block_on(async {
                let client = inner.pool.get().await.map_err(|e| refused(&e, &inner.place))?;
                let encoding = client.query_one("show server_encoding", &[]).await;
                let encoding: String = encoding.and_then(|row| row.try_get(0)).map_err(|e| unavailable(&e))?;
                if encoding != "UTF8" {
                    return Err(Error::Unavailable(format!(
                        "the database's encoding is {encoding}, which does not keep Japanese safe: make one with \
                         createdb --encoding=UTF8 --template=template0"
                    )));
                }
                migrate::postgres(&client).await
            })
        })
    }

    pub(crate) async fn run<T, E, F>(&self, kind: Kind, f: F) -> Result<T, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        let work = self.inner.handle.spawn_blocking(move || inner.run(kind, &f));
        work.await.unwrap_or_else(|_| Err(E::from(Error::Panicked)))
    }

    pub(crate) fn run_blocking<T, E: From<Error>>(
        &self,
        kind: Kind,
        f: impl Fn(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.inner.run(kind, &f)
    }
}

/// Runs `f` where blocking is allowed: opening a store is rare, and may happen inside a runtime.
fn outside<T: Send>(f: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
    thread::scope(|scope| scope.spawn(f).join()).unwrap_or(Err(Error::Panicked))
}

fn unavailable(e: &dyn std::fmt::Display) -> Error {
    Error::Unavailable(e.to_string())
}

/// Where the server is looked for; neither user nor password.
fn place(config: &tokio_postgres::Config) -> String {
    use tokio_postgres::config::Host;
    let ports = config.get_ports();
    let port = |at: usize| ports.get(at).or(ports.first()).copied().unwrap_or(5432);
    let hosts = config.get_hosts().iter().enumerate().map(|(at, host)| match host {
        Host::Tcp(name) => format!("{name}, port {}", port(at)),
        Host::Unix(folder) => format!("{}/.s.PGSQL.{}", folder.display(), port(at)),
    });
    hosts.collect::<Vec<_>>().join("; ")
}

fn refused(e: &deadpool_postgres::PoolError, place: &str) -> Error {
    use deadpool_postgres::PoolError as P;
    match e {
        P::Timeout(deadpool_postgres::TimeoutType::Wait) => Error::Busy,
        // The server's words for a refused connection name user and database, never a password.
        P::Backend(e) => match e.as_db_error() {
            Some(db) => Error::Unavailable(db.message().to_owned()),
            None => {
                let why = std::error::Error::source(e).map_or_else(|| e.to_string(), ToString::to_string);
                Error::Unavailable(format!("no connection to the server ({place}): {why}"))
            }
        },
        e => Error::Unavailable(e.to_string()),
    }
}

/// How one try ended.
enum Try<T, E> {
    Done(Result<T, E>),
    Again(Conflict, E),
}

impl Inner {
    fn run<T, E: From<Error>>(&self, kind: Kind, f: &dyn Fn(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let started = Instant::now();
        let mut tries = 0;
        loop {
            let client = self.client()?;
            let (why, error) = match self.attempt(kind, client, f) {
                Try::Done(result) => return result,
                Try::Again(why, error) => (why, error),
            };
            tries += 1;
            let again = match why {
                Conflict::None => false,
                Conflict::Transient => started.elapsed() < Duration::from_millis(CONFLICT_MS_MAX),
                Conflict::Duplicate => tries <= DUPLICATE_TRIES_MAX,
                Conflict::Connection => tries <= CONNECTION_TRIES_MAX,
            };
            if !again {
                tracing::warn!(tries, elapsed_ms = started.elapsed().as_millis() as u64, "store_gave_up");
                return Err(error);
            }
            if why == Conflict::Transient && tries > 1 {
                thread::sleep(pause(tries));
            }
        }
    }

    /// A connection. Nothing has begun yet, so waiting for a server that is being restarted harms nobody.
    fn client(&self) -> Result<Client, Error> {
        loop {
            let got = self.handle.block_on(self.pool.get()).map_err(|e| refused(&e, &self.place));
            let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
            let patience = Duration::from_millis(RECONNECT_MS_MAX);
            match got {
                Ok(client) => {
                    *away = None;
                    return Ok(client);
                }
                Err(Error::Unavailable(_)) if away.get_or_insert_with(Instant::now).elapsed() < patience => {
                    drop(away);
                    thread::sleep(Duration::from_millis(RECONNECT_PAUSE_MS));
                }
                Err(e) => return Err(e),
            }
        }
    }

    fn attempt<T, E: From<Error>>(
        &self,
        kind: Kind,
        client: Client,
        f: &dyn Fn(&mut Tx<'_>) -> Result<T, E>,
    ) -> Try<T, E> {
        if let Err(e) = self.batch(&client, kind.begin()) {
            discard(client);
            return Try::Again(conflict(&e), e.into());
        }
        let mut tx = Tx::postgres(&self.handle, &client);
        let result = catch_unwind(AssertUnwindSafe(|| f(&mut tx)));
        let (failed, why) = (tx.failed().cloned(), tx.conflict());
        let error = match (result, failed) {
            (Err(_), _) => Error::Panicked.into(),
            (Ok(Err(e)), _) => e,
            // PostgreSQL would answer COMMIT of a spoilt transaction with a quiet rollback.
            (Ok(Ok(_)), Some(e)) => e.into(),
            (Ok(Ok(value)), None) => return self.commit(client, value),
        };
        if self.batch(&client, "rollback").is_err() {
            discard(client);
        }
        if why == Conflict::None { Try::Done(Err(error)) } else { Try::Again(why, error) }
    }

    fn commit<T, E: From<Error>>(&self, client: Client, value: T) -> Try<T, E> {
        match self.batch(&client, "commit") {
            Ok(()) => Try::Done(Ok(value)),
            Err(Error::Unavailable(_)) => {
                discard(client);
                Try::Done(Err(Error::CommitUnknown.into()))
            }
            Err(e) => {
                if self.batch(&client, "rollback").is_err() {
                    discard(client);
                }
                Try::Again(conflict(&e), e.into())
            }
        }
    }

    fn batch(&self, client: &Client, sql: &'static str) -> Result<(), Error> {
        self.handle.block_on(client.batch_execute(sql)).map_err(|e| Error::postgres(sql, &e))
    }
}

/// Takes a connection out of the pool for good.
fn discard(client: Client) {
    drop(Object::take(client));
}

/// A random pause that grows with the number of tries.
fn pause(tries: u32) -> Duration {
    let limit_us = (u64::from(tries) * 1_000).min(PAUSE_MS_MAX * 1_000);
    Duration::from_micros(u64::from(Uuid::new_v4().as_fields().0) % limit_us)
}
