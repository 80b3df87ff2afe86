//! SQLite: one writer thread, many readers.
//!
//! The writer takes whatever waits in its queue, runs one piece of work after the other, and commits once for all of
//! them: one fsync serves many buyers. Nobody is answered before the commit. Where one of them is to be undone, all are,
//! and run again inside a savepoint of their own each: savepoints cost what undoing seldom needs.

use super::{Options, tx::Tx};
use crate::Error;
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use std::{
    fs,
    os::unix::fs::OpenOptionsExt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

/// How long another process may hold the database before work is given up, in milliseconds.
const BUSY_MS_MAX: u64 = 10_000;
/// How long one group may gather work before it commits, in milliseconds.
const GROUP_MS_MAX: u64 = 10;
/// How many prepared statements a connection keeps.
const STATEMENTS_MAX: usize = 256;

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Read,
    Write,
}

/// Opens a connection. The file is made with mode 0600 where it is missing; its companions inherit that.
pub(crate) fn connect(path: &Path, mode: Mode) -> Result<Connection, Error> {
    let unavailable = |e: &dyn std::fmt::Display| Error::Unavailable(format!("{}: {e}", path.display()));
    // Only where there is no file yet: whoever closes a descriptor of a file loses all locks that his process has on it
    // (POSIX), and with them SQLite's word to other processes that the log of changes is in use.
    match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => return Err(unavailable(&e)),
        _ => {}
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags).map_err(|e| unavailable(&e))?;
    conn.busy_handler(Some(wait_a_little)).map_err(|e| Error::sqlite("connect", e))?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    conn.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
         pragma temp_store = memory; pragma trusted_schema = off; pragma cell_size_check = on;
         pragma wal_autocheckpoint = 2000; pragma journal_size_limit = 67108864;",
    )
    .map_err(|e| Error::sqlite("connect", e))?;
    // Plans never depend on what is bound: else SQLite compiles a statement anew whenever another value is, which
    // costs more than running it.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(|e| Error::sqlite("connect", e))?;
    // In KiB. There is one writer; each reader has a cache of his own, and behind all of them stands the kernel's.
    let own = match mode {
        Mode::Write => "pragma cache_size = -8000",
        Mode::Read => "pragma cache_size = -1000; pragma query_only = on",
    };
    conn.execute_batch(own).map_err(|e| Error::sqlite("connect", e))?;
    Ok(conn)
}

/// Called by SQLite while another connection writes: short naps at first, since others' commits take a millisecond or
/// so; longer ones in a rush, where each look costs more than it finds.
fn wait_a_little(tries: i32) -> bool {
    const NAP_US: u64 = 500;
    const LONGEST_NAP_US: u64 = 4_000;
    let tries = u64::try_from(tries).unwrap_or(u64::MAX);
    thread::sleep(Duration::from_micros((NAP_US << (tries / 4).min(8)).min(LONGEST_NAP_US)));
    tries < BUSY_MS_MAX * 1_000 / LONGEST_NAP_US
}

/// A piece of work for the writer.
trait Job: Send {
    /// Does it; gives whether to keep what it did.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Tells whoever asked. `end` is how the group's commit went.
    fn answer(self: Box<Self>, end: Result<(), Error>);
}

struct Work<T, E, F, R> {
    closure: F,
    result: Option<Result<T, E>>,
    reply: R,
}

impl<T, E, F, R> Job for Work<T, E, F, R>
where
    F: Fn(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
    R: FnOnce(Result<T, E>) + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let result = catch_unwind(AssertUnwindSafe(|| (self.closure)(tx)));
        let result = match (result, tx.failed()) {
            (Err(_), _) => Err(E::from(Error::Panicked)),
            (Ok(Ok(_)), Some(e)) => Err(E::from(e.clone())),
            (Ok(result), _) => result,
        };
        self.result.insert(result).is_ok()
    }

    fn answer(self: Box<Self>, end: Result<(), Error>) {
        let Work { result, reply, .. } = *self;
        reply(match (result, end) {
            // Undone by its own will: how the others fared does not matter.
            (Some(Err(e)), _) => Err(e),
            (_, Err(e)) => Err(E::from(e)),
            (Some(ok), Ok(())) => ok,
            (None, Ok(())) => Err(E::from(Error::Closed)),
        });
    }
}

/// An open SQLite database.
pub(crate) struct Sqlite {
    path: PathBuf,
    queue: SyncSender<Box<dyn Job>>,
    readers: Mutex<Vec<Connection>>,
    readers_max: usize,
}

impl Sqlite {
    pub(crate) fn open(path: &Path, options: &Options) -> Result<Sqlite, Error> {
        let conn = connect(path, Mode::Write)?;
        let (queue, jobs) = sync_channel(options.queue_jobs_max);
        let group_jobs_max = options.group_jobs_max;
        thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || write_forever(&conn, &jobs, group_jobs_max))
            .map_err(|e| Error::Unavailable(e.to_string()))?;
        let readers = Mutex::new(vec![connect(path, Mode::Read)?]);
        Ok(Sqlite { path: path.to_owned(), queue, readers, readers_max: options.connections_max })
    }

    pub(crate) fn read<T, E: From<Error>>(&self, f: impl Fn(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let conn = match idle {
            Some(conn) => conn,
            None => connect(&self.path, Mode::Read)?,
        };
        run(&conn, "begin")?;
        let mut tx = Tx::sqlite(&conn);
        // If the closure panics the connection is dropped, not put back.
        let result = f(&mut tx);
        let failed = tx.failed().cloned();
        run(&conn, "rollback")?;
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < self.readers_max {
            readers.push(conn);
        }
        match (result, failed) {
            (Ok(_), Some(e)) => Err(E::from(e)),
            (result, _) => result,
        }
    }

    pub(crate) async fn write<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (tell, told) = tokio::sync::oneshot::channel();
        let reply = move |result| drop(tell.send(result));
        self.queue.try_send(Box::new(Work { closure: f, result: None, reply })).map_err(|e| match e {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Disconnected(_) => Error::Closed,
        })?;
        told.await.unwrap_or_else(|_| Err(E::from(Error::Closed)))
    }

    pub(crate) fn write_blocking<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (tell, told) = sync_channel(1);
        let reply = move |result| drop(tell.send(result));
        self.queue.send(Box::new(Work { closure: f, result: None, reply })).map_err(|_| Error::Closed)?;
        told.recv().unwrap_or_else(|_| Err(E::from(Error::Closed)))
    }
}

fn run(conn: &Connection, sql: &'static str) -> Result<(), Error> {
    conn.prepare_cached(sql).and_then(|mut s| s.raw_execute()).map(|_| ()).map_err(|e| Error::sqlite(sql, e))
}

/// The writer thread: ends when the last [`Sqlite`] is gone and the queue is empty.
fn write_forever(conn: &Connection, jobs: &Receiver<Box<dyn Job>>, group_jobs_max: usize) {
    let mut group = Vec::with_capacity(group_jobs_max);
    while let Ok(first) = jobs.recv() {
        let end = match run(conn, "begin immediate") {
            Ok(()) => write_group(conn, jobs, first, &mut group, group_jobs_max),
            Err(e) => {
                group.push(first);
                Err(e)
            }
        };
        if let Err(error) = &end {
            tracing::error!(%error, transactions = group.len(), "store_group_undone");
        }
        for job in group.drain(..) {
            job.answer(end.clone());
        }
    }
}

fn write_group(
    conn: &Connection,
    jobs: &Receiver<Box<dyn Job>>,
    first: Box<dyn Job>,
    group: &mut Vec<Box<dyn Job>>,
    group_jobs_max: usize,
) -> Result<(), Error> {
    let started = Instant::now();
    let mut next = Some(first);
    // Whether each piece of work has a savepoint to go back to.
    let mut apart = false;
    while let Some(mut job) = next.take() {
        let kept = if apart { one_apart(conn, job.as_mut()) } else { Ok(job.run(&mut Tx::sqlite(conn))) };
        group.push(job);
        let done = match kept {
            Ok(false) if !apart => {
                apart = true;
                all_again_apart(conn, group)
            }
            kept => kept.map(|_| ()),
        };
        if let Err(e) = done {
            // Disk full, I/O error: SQLite may have undone the whole group already.
            let _ = run(conn, "rollback");
            return Err(e);
        }
        if group.len() < group_jobs_max && started.elapsed() < Duration::from_millis(GROUP_MS_MAX) {
            next = jobs.try_recv().ok();
        }
    }
    run(conn, "commit").inspect_err(|_| {
        let _ = run(conn, "rollback");
    })
}

/// Undoes the group, and does what can be kept of it once more.
fn all_again_apart(conn: &Connection, group: &mut [Box<dyn Job>]) -> Result<(), Error> {
    // SQLite may have undone it already, where the disk failed.
    if !conn.is_autocommit() {
        run(conn, "rollback")?;
    }
    run(conn, "begin immediate")?;
    group.iter_mut().try_for_each(|job| one_apart(conn, job.as_mut()).map(|_| ()))
}

/// Does a piece of work so that it alone can be undone; whether it was kept.
fn one_apart(conn: &Connection, job: &mut dyn Job) -> Result<bool, Error> {
    run(conn, "savepoint job")?;
    let kept = job.run(&mut Tx::sqlite(conn));
    if !kept {
        run(conn, "rollback to job")?;
    }
    run(conn, "release job")?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::StatementStatus;

    #[test]
    fn statements_are_compiled_once_whatever_is_bound() {
        let dir = tempfile::tempdir().unwrap();
        let mut conn = connect(&dir.path().join("shop.db"), Mode::Write).unwrap();
        crate::migrate::sqlite(&mut conn).unwrap();
        let mut all = crate::sql::REGISTRY.iter().copied().flatten();
        let offer = all.find(|sql| sql.name == "store::catalog::OFFER").unwrap();
        let mut statement = conn.prepare(offer.sqlite).unwrap();
        for id in ["a", "b", "c"] {
            assert!(statement.query([id]).unwrap().next().unwrap().is_none());
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
