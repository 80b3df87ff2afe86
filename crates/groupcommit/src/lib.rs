//! redb with group commit: changes that come while a commit runs share the next one, so that one fsync serves many.
//!
//! The changes run one after the other, each on its caller's thread, in one transaction; whoever finds nobody behind
//! him commits for all. Nobody is told that his change is kept before the group's commit is on disk. Those who wait are
//! woken for that and, where the last one leaves without a change, to commit without him: waking them costs more than
//! most changes.
//!
//! A change that fails in the middle spoils its group, since redb cannot undo half a transaction: nobody's change is
//! kept then. Who may refuse decides before he writes, and says [`Made::Nothing`].

#[cfg(test)]
mod tests;

use redb::{Error, ReadTransaction, ReadableDatabase, StorageError, TransactionError, WriteTransaction};
use std::{
    io,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The most changes that share a commit.
const GROUP_CHANGES_MAX: usize = 128;

/// How much of a file is kept in memory, in bytes; the kernel keeps the rest.
const CACHE_BYTES: usize = 1024 * 1024;

/// What a [`Database`] is opened with: redb itself would keep up to 1 GiB in memory.
pub fn builder() -> redb::Builder {
    let mut builder = redb::Database::builder();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

/// A database whose changes are committed in groups.
pub struct Database {
    db: redb::Database,
    group: Mutex<Group>,
    /// A commit has ended, or nobody is coming any more.
    turn: Condvar,
    /// How many have come and not made their change yet.
    coming: AtomicUsize,
}

/// What a change came to.
pub enum Made<T> {
    /// Something was written.
    Change(T),
    /// Nothing was written. What was seen, though, may be the group's: it is waited for where there is any.
    Nothing(T),
}

/// The changes that share the next commit.
#[derive(Default)]
struct Group {
    tx: Option<WriteTransaction>,
    changes: usize,
    /// A change failed in the middle: none of the group is kept.
    spoilt: bool,
    /// The group before is being committed: nothing is changed meanwhile.
    committing: bool,
    end: End,
}

/// How a group's commit went, for all who wait for it.
type End = Arc<OnceLock<Result<(), String>>>;

impl Database {
    /// Takes an open database.
    pub fn new(db: redb::Database) -> Database {
        Database { db, group: Mutex::default(), turn: Condvar::new(), coming: AtomicUsize::new(0) }
    }

    /// A snapshot of what is on disk.
    ///
    /// # Errors
    /// As redb says.
    pub fn read(&self) -> Result<ReadTransaction, Error> {
        Ok(self.db.begin_read()?)
    }

    /// Whether the disk has failed it (full, most often): redb then refuses everything until the file is opened anew,
    /// even when the disk is well again.
    pub fn is_broken(&self) -> bool {
        matches!(self.db.try_begin_write(), Err(TransactionError::Storage(StorageError::PreviousIo)))
    }

    /// Makes a change; it is on disk when this returns.
    ///
    /// # Errors
    /// What the change failed with, or why the group could not be written. Nothing of it is kept then.
    pub fn write<T>(
        &self,
        change: impl FnOnce(&WriteTransaction) -> Result<Made<T>, Error>,
    ) -> Result<T, Error> {
        self.enter().change(change)?.wait()
    }

    /// Comes to make a change. The next commit waits for it: whoever must change something else first, under a lock
    /// of his own so that both have the same order, comes before he takes that lock.
    pub fn enter(&self) -> Entered<'_> {
        self.coming.fetch_add(1, Ordering::AcqRel);
        let entered = Entered(self);
        drop(self.free_group());
        entered
    }

    /// The group, while nothing is being committed.
    fn free_group(&self) -> MutexGuard<'_, Group> {
        let mut group = self.group();
        while group.committing {
            group = self.wait(group);
        }
        group
    }

    /// Commits the group, with the way free meanwhile for the next to come together.
    fn commit<'a>(&'a self, mut group: MutexGuard<'a, Group>) -> MutexGuard<'a, Group> {
        let Group { tx, spoilt, end, .. } = std::mem::take(&mut *group);
        group.committing = true;
        drop(group);
        let ended = match tx {
            Some(tx) if !spoilt => tx.commit().map_err(|e| e.to_string()),
            _ => Err("another change of the same group failed".to_owned()),
        };
        if let Err(error) = &ended {
            tracing::error!(error, "group_not_written");
        }
        let _ = end.set(ended);
        let mut group = self.group();
        group.committing = false;
        self.turn.notify_all();
        group
    }

    /// Returns when this group's commit is on disk, or commits it where that falls to the caller.
    fn ended(&self, end: &End) -> Result<(), Error> {
        let mut group = self.group();
        loop {
            match end.get() {
                Some(Ok(())) => return Ok(()),
                Some(Err(text)) => return Err(Error::Io(io::Error::other(text.clone()))),
                None => {}
            }
            let nobody_comes = group.changes >= GROUP_CHANGES_MAX || self.coming.load(Ordering::Acquire) == 0;
            let mine = nobody_comes && !group.committing;
            group = if mine { self.commit(group) } else { self.wait(group) };
        }
    }

    /// Those who wait look again whether it is theirs to commit; none may be between looking and sleeping.
    fn wake(&self) {
        drop(self.group());
        self.turn.notify_all();
    }

    fn group(&self) -> MutexGuard<'_, Group> {
        self.group.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, group: MutexGuard<'a, Group>) -> MutexGuard<'a, Group> {
        self.turn.wait(group).unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who has come to make a change.
pub struct Entered<'a>(&'a Database);

impl<'a> Entered<'a> {
    /// Makes the change, without waiting until it is on disk.
    ///
    /// # Errors
    /// What the change failed with. Nothing of it is kept then.
    pub fn change<T>(
        self,
        change: impl FnOnce(&WriteTransaction) -> Result<Made<T>, Error>,
    ) -> Result<Pending<'a, T>, Error> {
        let db = self.0;
        let mut group = db.free_group();
        let g = &mut *group;
        if g.changes == 0 {
            (g.tx, g.spoilt) = (None, false);
        }
        let tx = match g.tx.take() {
            Some(tx) => g.tx.insert(tx),
            None => g.tx.insert(db.db.begin_write()?),
        };
        // Also where it panics.
        let spoilt_before = std::mem::replace(&mut g.spoilt, true);
        let made = change(tx);
        g.spoilt = spoilt_before || made.is_err();
        g.changes += usize::from(matches!(made, Ok(Made::Change(_))));
        if g.changes == 0 {
            // Alone with nothing to keep: no transaction is left open.
            g.tx = None;
        }
        let end = (group.changes > 0).then(|| Arc::clone(&group.end));
        let made = made?;
        if end.is_some() {
            // He goes on to wait for the group, and looks himself whether it is his to commit.
            db.coming.fetch_sub(1, Ordering::AcqRel);
            std::mem::forget(self);
        }
        drop(group);
        let (Made::Change(made) | Made::Nothing(made)) = made;
        Ok(Pending { db, made: Some(made), end })
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if self.0.coming.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.wake();
        }
    }
}

/// A change that is made, and not on disk yet.
#[must_use = "nothing is on disk before `wait`"]
pub struct Pending<'a, T> {
    db: &'a Database,
    /// `None` once it was waited for.
    made: Option<T>,
    end: Option<End>,
}

impl<T> Pending<'_, T> {
    /// Returns when the change is on disk.
    ///
    /// # Errors
    /// Why the group could not be written. Nothing of it is kept then.
    pub fn wait(mut self) -> Result<T, Error> {
        let ended = self.end.take().map_or(Ok(()), |end| self.db.ended(&end));
        // Taken here only.
        ended.and_then(|()| self.made.take().ok_or_else(|| Error::Io(io::Error::other("waited for twice"))))
    }
}

impl<T> Drop for Pending<'_, T> {
    fn drop(&mut self) {
        // Nobody waited for it: the others of its group must not count on him.
        if self.end.is_some() {
            self.db.wake();
        }
    }
}
