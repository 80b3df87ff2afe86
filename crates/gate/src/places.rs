//! Who is in the house: a place for each connection, and who gives up his when there are too few.
//!
//! Whoever lets the gate wait (he is connected and silent, sends his request drop by drop, does not read his answer)
//! costs it nothing but the place and what is held for him. So nobody is turned away while others only wait: when places
//! or memory run short, those go who have let the gate wait the longest. A crowd that holds every place keeps nobody
//! out, however many addresses it has, and who is being served stays.

use crate::{limits::Limits, rate};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use telemetry::Counter;
use tokio::sync::Notify;

/// Room is made for so many at a time, as a part of all: looking for them is rare then.
const MADE_AT_ONCE: usize = 64;
/// After so many bytes of a body somebody counts as not waited for any more.
const STEP_BYTES: usize = 16 * 1024;
/// How many requests of one connection are refused for their pace before it ends.
const PACED_MAX: u32 = 50;
/// What may come on a connection without a request, a body or an answer getting on, in bytes: frames of HTTP/2 that ask
/// for nothing. More than what one connection may send ahead.
const CHATTER_BYTES_MAX: usize = 512 * 1024;

/// All places.
pub(crate) struct Places {
    connections_max: usize,
    per_address_max: usize,
    held_bytes_max: usize,
    began: Instant,
    all: Mutex<All>,
    held_bytes: AtomicUsize,
    cut: Counter,
}

#[derive(Default)]
struct All {
    next: u64,
    guests: HashMap<u64, Arc<Guest>>,
    by_address: HashMap<u64, usize>,
    /// Those who were sent away and for whom something is still held: their tasks have not ended yet.
    going: Vec<Arc<Guest>>,
}

/// One connection.
struct Guest {
    /// As [`rate::key`] tells clients apart: whoever has a /64 of IPv6 is one.
    address: u64,
    /// Since when he lets us wait, in milliseconds from the beginning of [`Places`]; means nothing while `at_work`.
    since: AtomicU64,
    /// Requests of his that the house is working on.
    at_work: AtomicU32,
    /// What is held for him: bodies that are coming, answers that are leaving.
    held_bytes: AtomicUsize,
    chatter_bytes: AtomicUsize,
    /// Of the body that comes, since he was last heard.
    step_bytes: AtomicUsize,
    paced: AtomicU32,
    /// Whether nothing may be kept open for long without a request (HTTP/2: HTTP/1.1 has a time for the next head).
    ends_idle: AtomicBool,
    leaving: AtomicBool,
    cut: Notify,
}

/// A connection's own place; given back when dropped.
pub(crate) struct Place {
    places: Arc<Places>,
    id: u64,
    guest: Arc<Guest>,
    /// The client's address.
    pub(crate) address: IpAddr,
}

/// While it is there, the house is working on a request.
pub(crate) struct AtWork(Arc<Place>);

/// Bytes that are held for somebody; given back when dropped.
pub(crate) struct Held {
    place: Arc<Place>,
    bytes: usize,
}

/// There is no room, not even by sending somebody away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoRoom;

impl Places {
    /// `cut` counts those who were sent away.
    pub(crate) fn new(limits: &Limits, cut: Counter) -> Arc<Places> {
        Arc::new(Places {
            connections_max: limits.connections_max,
            per_address_max: limits.connections_per_address_max,
            held_bytes_max: limits.held_bytes_max,
            began: Instant::now(),
            all: Mutex::default(),
            held_bytes: AtomicUsize::new(0),
            cut,
        })
    }

    /// A place for a connection from `address`.
    ///
    /// # Errors
    /// Where the address holds as many as it may, or every place is at work.
    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr) -> Result<Arc<Place>, NoRoom> {
        let key = rate::key(address);
        let most = self.all().by_address.get(&key).is_some_and(|count| *count >= self.per_address_max);
        if most { Err(NoRoom) } else { self.enter_for_many(address) }
    }

    /// The same for a proxy, who opens connections for many clients.
    ///
    /// # Errors
    /// Where every place is at work.
    pub(crate) fn enter_for_many(self: &Arc<Self>, address: IpAddr) -> Result<Arc<Place>, NoRoom> {
        let key = rate::key(address);
        let mut all = self.all();
        if all.guests.len() >= self.connections_max {
            self.send_away(&mut all, self.connections_max / MADE_AT_ONCE, |_| true);
        }
        if all.guests.len() >= self.connections_max {
            return Err(NoRoom);
        }
        let guest = Arc::new(Guest {
            address: key,
            since: AtomicU64::new(self.now_ms()),
            at_work: AtomicU32::new(0),
            held_bytes: AtomicUsize::new(0),
            chatter_bytes: AtomicUsize::new(0),
            step_bytes: AtomicUsize::new(0),
            paced: AtomicU32::new(0),
            ends_idle: AtomicBool::new(false),
            leaving: AtomicBool::new(false),
            cut: Notify::new(),
        });
        let id = all.next;
        all.next += 1;
        all.guests.insert(id, Arc::clone(&guest));
        *all.by_address.entry(key).or_default() += 1;
        Ok(Arc::new(Place { places: Arc::clone(self), id, guest, address }))
    }

    /// Ends what nothing was asked on for `idle`, where it is of the kind that is ended so.
    pub(crate) fn end_idle(&self, idle: Duration) {
        let before = self.now_ms().saturating_sub(idle.as_millis() as u64);
        for guest in self.all().guests.values() {
            if guest.ends_idle.load(Relaxed) && guest.waits() && guest.since.load(Relaxed) < before {
                guest.end();
            }
        }
    }

    /// Whether everybody has left.
    pub(crate) fn is_empty(&self) -> bool {
        self.all().guests.is_empty()
    }

    /// Sends away at most `count` (one at the least) of those who let us wait and whom `which` picks, who waited longest
    /// first. Their places are free at once.
    fn send_away(&self, all: &mut All, count: usize, which: impl Fn(&Guest) -> bool) -> usize {
        let waiting = all.guests.iter().filter(|(_, g)| g.waits() && which(g));
        let mut waiting: Vec<(u64, u64)> = waiting.map(|(id, g)| (g.since.load(Relaxed), *id)).collect();
        let count = count.max(1).min(waiting.len());
        if count < waiting.len() {
            waiting.select_nth_unstable(count);
        }
        for (_, id) in &waiting[..count] {
            let Some(guest) = all.forget(*id) else { continue };
            guest.end();
            self.cut.inc();
            if guest.held_bytes.load(Relaxed) > 0 {
                all.going.push(guest);
            }
        }
        count
    }

    /// Makes room for what is over the limit. What was held for those who go is given back as their tasks end, so it is
    /// counted as free here.
    fn make_bytes(&self) -> Result<(), NoRoom> {
        let mut all = self.all();
        all.going.retain(|guest| guest.held_bytes.load(Relaxed) > 0);
        let going: usize = all.going.iter().map(|guest| guest.held_bytes.load(Relaxed)).sum();
        if self.held_bytes.load(Relaxed).saturating_sub(going) <= self.held_bytes_max {
            return Ok(());
        }
        let count = self.connections_max / MADE_AT_ONCE;
        let gone = self.send_away(&mut all, count, |g| g.held_bytes.load(Relaxed) > 0);
        if gone > 0 { Ok(()) } else { Err(NoRoom) }
    }

    fn now_ms(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl All {
    fn forget(&mut self, id: u64) -> Option<Arc<Guest>> {
        let guest = self.guests.remove(&id)?;
        if let Some(count) = self.by_address.get_mut(&guest.address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&guest.address);
            }
        }
        Some(guest)
    }
}

impl Guest {
    fn waits(&self) -> bool {
        self.at_work.load(Relaxed) == 0 && !self.leaving.load(Relaxed)
    }

    fn end(&self) {
        self.leaving.store(true, Relaxed);
        self.cut.notify_one();
    }
}

impl Place {
    /// Comes when the connection is to end at once.
    pub(crate) async fn cut(&self) {
        self.guest.cut.notified().await;
    }

    /// From now on it ends after [`Places::end_idle`].
    pub(crate) fn ends_idle(&self) {
        self.guest.ends_idle.store(true, Relaxed);
    }

    /// Something that was asked for got on.
    pub(crate) fn heard(&self) {
        self.guest.since.store(self.places.now_ms(), Relaxed);
        self.guest.chatter_bytes.store(0, Relaxed);
    }

    /// So many bytes of a body came. A trickle is no progress.
    pub(crate) fn came(&self, bytes: usize) {
        self.guest.chatter_bytes.store(0, Relaxed);
        if self.guest.step_bytes.fetch_add(bytes, Relaxed) + bytes >= STEP_BYTES {
            self.guest.step_bytes.store(0, Relaxed);
            self.heard();
        }
    }

    /// So many bytes were read, whatever they are. Whether that is more than anybody sends who wants something.
    pub(crate) fn chatters(&self, bytes: usize) -> bool {
        self.guest.chatter_bytes.fetch_add(bytes, Relaxed) + bytes > CHATTER_BYTES_MAX
    }

    /// A request was refused for its pace. Whether its answer is to be the last and to say so; who goes on all the same
    /// is hung up on.
    pub(crate) fn paced(&self) -> bool {
        let before = self.guest.paced.fetch_add(1, Relaxed);
        if before > PACED_MAX {
            self.guest.end();
        }
        before >= PACED_MAX
    }

    /// The house begins to work on a request of this connection.
    pub(crate) fn works(self: &Arc<Self>) -> AtWork {
        self.guest.at_work.fetch_add(1, Relaxed);
        AtWork(Arc::clone(self))
    }

    /// Holds nothing yet.
    pub(crate) fn hold(self: &Arc<Self>) -> Held {
        Held { place: Arc::clone(self), bytes: 0 }
    }
}

impl Held {
    /// Holds so many bytes more.
    ///
    /// # Errors
    /// Where too much is held and nobody waits who could give some up.
    pub(crate) fn more(&mut self, bytes: usize) -> Result<(), NoRoom> {
        self.bytes += bytes;
        self.place.guest.held_bytes.fetch_add(bytes, Relaxed);
        let places = &self.place.places;
        let held = places.held_bytes.fetch_add(bytes, Relaxed) + bytes;
        if held <= places.held_bytes_max { Ok(()) } else { places.make_bytes() }
    }

    /// What it holds it for.
    pub(crate) fn place(&self) -> &Arc<Place> {
        &self.place
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.place.guest.held_bytes.fetch_sub(self.bytes, Relaxed);
        self.place.places.held_bytes.fetch_sub(self.bytes, Relaxed);
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.heard();
        self.0.guest.at_work.fetch_sub(1, Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.all().forget(self.id);
    }
}

#[cfg(test)]
mod tests;
