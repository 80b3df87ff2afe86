//! The lock: what the shop does not do until the owner opens it again.
//!
//! Closing is easy and opening is not. The gate closes by itself, and for whoever reaches its socket ([`socket`]); it
//! opens for a fresh note of the owner's alone ([`challenge`]). What it holds lies in a file for the next start
//! ([`kept`]); whoever takes that away or writes another changes nothing while the gate runs, and opens nothing when it
//! starts.

mod challenge;
mod kept;
mod socket;

pub use challenge::sign;
pub use kept::close_in;
pub(crate) use socket::listen;

use crate::{
    journal::{Entry, Journal},
    pages::write_whole,
    reference::Reference,
    refusal::Refusal,
};
use challenge::Fresh;
use jiff::Timestamp;
use kept::{FILE, Kept};
use ledger::VerifierKey;
use lock_api::{By, Closed, Lock as Stands, Refused, SETTLE_MAX, Shut, may_say_why};
use serde::Serialize;
use site::{Body, PageKind, Route};
use std::{
    path::PathBuf,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use telemetry::{Gauge, Metrics};

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How often it is asked whether answers are still under way.
const SETTLE_EVERY: Duration = Duration::from_micros(200);
/// The longest fixed word that says why.
const WORD_BYTES_MAX: usize = 40;
/// The route of the journal's lines about the lock.
const ROUTE: &str = "lock";

/// What the gate knows before it looks into its folder.
pub(crate) struct Told {
    /// The gate's folder.
    pub(crate) folder: PathBuf,
    /// The shop's origin.
    pub(crate) shop: String,
    /// Whose signature opens.
    pub(crate) owner: Option<VerifierKey>,
    /// The number of the last lock that the supervisor knows of, and what it closed.
    pub(crate) seen: (u64, Closed),
}

/// What the journal says of a change.
#[derive(Debug, Serialize)]
pub(crate) struct Changed {
    number: u64,
    closed: Closed,
    by: By,
    /// A fixed word; what people wrote is in the lock's own file.
    #[serde(skip_serializing_if = "String::is_empty")]
    why: String,
}

/// The lock of one shop.
pub(crate) struct Lock {
    told: Told,
    /// A [`Closed`] as a number. Set before anything else is done.
    state: AtomicU8,
    /// Answers under way: on the way to a payment, and others that a locked shop does not give.
    under_way: [AtomicUsize; 2],
    held_back: AtomicU64,
    kept: Mutex<Kept>,
    journal: Journal,
    shown: Gauge,
}

/// A request on its way through the gate.
pub(crate) struct Passage<'l> {
    lock: &'l Lock,
    /// What must be closed for it to be refused; `None` passes always.
    by: Option<Closed>,
}

impl Lock {
    /// As it was left.
    pub(crate) fn open(told: Told, journal: Journal, metrics: &Metrics) -> Lock {
        let shown =
            metrics.gauge("gate_locked", "What is closed: 0 nothing, 1 the way to payment, 2 the shop");
        let kept = Kept::believe(&told.folder, &told.shop, told.seen, told.owner.as_ref());
        let (closed, distrusted) =
            (kept.lock.closed, kept.lock.number > 0 && kept::read(&told.folder).ok().as_ref() != Some(&kept));
        let lock = Lock {
            told,
            state: AtomicU8::new(closed as u8),
            under_way: Default::default(),
            held_back: AtomicU64::new(0),
            kept: Mutex::new(kept),
            journal,
            shown,
        };
        lock.shown.set(closed as i64);
        if distrusted {
            // So that it is not asked again what stood there.
            lock.look();
        }
        lock
    }

    /// Lets a request in where its route is open.
    ///
    /// # Errors
    /// [`Refusal::Locked`].
    pub(crate) fn enter(&self, route: &Route) -> Result<Passage<'_>, Refusal> {
        let passage = Passage { lock: self, by: closed_by(route) };
        // Counted before it is asked: whoever closes sees either the count, or the request the lock.
        if let Some(under_way) = passage.under_way() {
            under_way.fetch_add(1, Ordering::SeqCst);
        }
        passage.is_open().map(|()| passage)
    }

    /// Closes the way to payment at once, and for good on the disk, since the shop answered with what is not its own.
    pub(crate) fn close_payment(&self, why: &'static str, reference: Reference) {
        self.shut(Closed::Payment, By::Gate, why, Some(reference));
    }

    /// Closes for somebody else, and waits for the last answer that was under way.
    ///
    /// # Errors
    /// [`Refused::NoClosing`], [`Refused::Why`].
    pub(crate) fn close(&self, closed: Closed, by: By, why: &str) -> Result<Shut, Refused> {
        if closed == Closed::Nothing {
            return Err(Refused::NoClosing);
        }
        if !may_say_why(why) {
            return Err(Refused::Why);
        }
        let (asked, held_back) = (Instant::now(), self.held_back.load(Ordering::SeqCst));
        let Some(lock) = self.shut(closed, by, why, None) else {
            return Ok(Shut { lock: self.stands(), after_us: 0, held_back: 0, settled: true });
        };
        let kinds = if closed == Closed::Shop { 2 } else { 1 };
        let left = || self.under_way[..kinds].iter().any(|count| count.load(Ordering::SeqCst) > 0);
        while left() && asked.elapsed() < SETTLE_MAX {
            thread::sleep(SETTLE_EVERY);
        }
        Ok(Shut {
            lock,
            after_us: u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX),
            held_back: self.held_back.load(Ordering::SeqCst) - held_back,
            settled: !left(),
        })
    }

    /// Closes; `None` where it was closed so far before.
    fn shut(&self, closed: Closed, by: By, why: &str, reference: Option<Reference>) -> Option<Stands> {
        if self.state.fetch_max(closed as u8, Ordering::SeqCst) >= closed as u8 {
            return None;
        }
        self.shown.set(closed as i64);
        let mut kept = self.kept();
        let lock = Stands {
            number: kept.lock.number + 1,
            closed,
            since: format!("{:.3}", Timestamp::now()),
            by,
            why: why.to_owned(),
            reference: reference.map(|r| r.to_string()).unwrap_or_default(),
        };
        *kept = Kept::of(lock.clone());
        if let Err(error) = self.write(&kept) {
            tracing::error!(
                kind = %error.kind(),
                "the lock holds, but cannot be written: it would not outlast a restart"
            );
        }
        drop(kept);
        self.note(&lock, reference.unwrap_or_else(Reference::new));
        tracing::error!(closed = closed.word(), by = by.word(), number = lock.number, "locked");
        Some(lock)
    }

    /// The text that the owner signs to open.
    ///
    /// # Errors
    /// [`Refused`]: nothing is closed, or the gate cannot write.
    pub(crate) fn challenge(&self) -> Result<String, Refused> {
        let mut kept = self.kept();
        if kept.lock.closed == Closed::Nothing {
            return Err(Refused::Open);
        }
        let now = Timestamp::now();
        // The same for all who ask, or somebody who asks again and again would keep the owner from opening.
        if let Some(fresh) = kept.fresh.as_ref().filter(|fresh| fresh.is_good(now)) {
            return Ok(fresh.text(&self.told.shop, &kept.lock));
        }
        let fresh = Fresh::new(now).ok_or(Refused::Disk)?;
        let text = fresh.text(&self.told.shop, &kept.lock);
        kept.fresh = Some(fresh);
        self.write(&kept).map_err(|_| Refused::Disk)?;
        Ok(text)
    }

    /// Opens, where the owner signed the challenge.
    ///
    /// # Errors
    /// [`Refused`]; it stays closed then.
    pub(crate) fn open_with(&self, note: &str) -> Result<Stands, Refused> {
        let mut kept = self.kept();
        if kept.lock.closed == Closed::Nothing {
            return Err(Refused::Open);
        }
        let owner = self.told.owner.as_ref().ok_or(Refused::NoOwner)?;
        let fresh = kept.fresh.as_ref().filter(|fresh| fresh.is_good(Timestamp::now()));
        let text = fresh.ok_or(Refused::Stale)?.text(&self.told.shop, &kept.lock);
        challenge::verify(note, &text, owner)?;
        let since = format!("{:.3}", Timestamp::now());
        let lock = Stands {
            number: kept.lock.number,
            closed: Closed::Nothing,
            since,
            by: By::Owner,
            ..Stands::never()
        };
        let opened = Kept { unlock: Some(note.to_owned()), ..Kept::of(lock.clone()) };
        self.write(&opened).map_err(|_| Refused::Disk)?;
        *kept = opened;
        // While the lock's state is held: nobody who closes at this moment is overrun.
        self.state.store(Closed::Nothing as u8, Ordering::SeqCst);
        self.shown.set(0);
        drop(kept);
        self.note(&lock, Reference::new());
        tracing::warn!(number = lock.number, "the owner has opened the lock");
        Ok(lock)
    }

    /// The lock as it stands.
    pub(crate) fn stands(&self) -> Stands {
        self.kept().lock.clone()
    }

    /// Looks after the file for ever: whoever changed it or took it away has changed nothing, but that what he closed is
    /// closed.
    pub(crate) async fn follow(&self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            self.look();
        }
    }

    fn look(&self) {
        let held = self.kept();
        let found = kept::read(&self.told.folder).ok();
        if found.as_ref() == Some(&*held)
            || (found.is_none() && held.lock.number == 0 && !self.file().exists())
        {
            return;
        }
        let closed = found.map(|found| found.lock).filter(|found| found.closed > held.lock.closed);
        if let Some(Stands { closed, by, why, .. }) = closed {
            drop(held);
            let why = if may_say_why(&why) { why } else { String::new() };
            self.shut(closed, by, &why, None);
            return;
        }
        tracing::error!("somebody changed the lock's file: it is written anew");
        if let Err(error) = self.write(&held) {
            tracing::error!(kind = %error.kind(), "the lock's file cannot be written");
        }
    }

    fn file(&self) -> PathBuf {
        self.told.folder.join(FILE)
    }

    fn write(&self, kept: &Kept) -> std::io::Result<()> {
        write_whole(&self.file(), &kept.text())
    }

    fn note(&self, lock: &Stands, reference: Reference) {
        let status = if lock.closed == Closed::Nothing { 200 } else { 503 };
        // What people wrote stays out of the journal; the gate's own words are all fixed.
        let ours = !lock.reference.is_empty() || is_word(&lock.why);
        let why = if ours { lock.why.clone() } else { String::new() };
        let changed = Changed { number: lock.number, closed: lock.closed, by: lock.by, why };
        self.journal.write_now(Entry { lock: Some(changed), ..Entry::new(ROUTE, status, reference) });
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Passage<'_> {
    fn under_way(&self) -> Option<&AtomicUsize> {
        match self.by? {
            Closed::Payment => Some(&self.lock.under_way[0]),
            _ => Some(&self.lock.under_way[1]),
        }
    }

    fn is_open(&self) -> Result<(), Refusal> {
        let state = self.lock.state.load(Ordering::SeqCst);
        if self.by.is_none_or(|by| state < by as u8) {
            return Ok(());
        }
        Err(Refusal::Locked(if state == Closed::Shop as u8 { Closed::Shop } else { Closed::Payment }))
    }

    /// Lets the answer out where its route is still open.
    ///
    /// # Errors
    /// [`Refusal::Locked`].
    pub(crate) fn leave(self) -> Result<(), Refusal> {
        self.is_open().inspect_err(|_| {
            self.lock.held_back.fetch_add(1, Ordering::SeqCst);
        })
    }
}

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        if let Some(under_way) = self.under_way() {
            under_way.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// What must be closed for this route to be. The processor's word is always heard: what was paid must be written down.
/// The back office stays, with what its pages are drawn with: whoever must look after a locked shop needs it. So do the pages
/// by which a customer sees that a notice is genuine, and whether it concerns him.
fn closed_by(route: &Route) -> Option<Closed> {
    let drawn = matches!(route.page, PageKind::Asset | PageKind::Picture);
    let told = matches!(route.page, PageKind::Notice | PageKind::Inquiry);
    match () {
        () if matches!(route.body, Body::Webhook) => None,
        () if route.payment_path => Some(Closed::Payment),
        () if route.page.is_back_office() || drawn || told => None,
        () => Some(Closed::Shop),
    }
}

/// Whether it is one of the fixed words of the house.
fn is_word(why: &str) -> bool {
    why.len() <= WORD_BYTES_MAX && why.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests;
