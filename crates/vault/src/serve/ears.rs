//! The threads that hear the callers: one for each processor, each with its part of the connections.
//!
//! An ear takes in whatever its callers have asked, puts the entries of all in the row for the disk, waits once, and
//! answers all: the more callers there are, the less each costs. While one ear waits for the disk the other works. What
//! may take long it hands on, and goes on hearing.

use super::{caller::Caller, hands::Hands};
use crate::{
    house::House,
    quick::{Begun, Long},
    records::Opening,
};
use rustix::{
    buffer::spare_capacity,
    event::{EventfdFlags, epoll, eventfd},
    io::Errno,
};
use std::{
    collections::HashMap,
    io,
    os::fd::OwnedFd,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
};
use vault_api::{FRAME_BYTES_MAX, Request, Response};
use wire::WireError;

/// The number that stands for the word to stop; no caller's.
const WAKE: u64 = 0;
/// Callers that are heard at a time.
const EVENTS_MAX: usize = 64;

/// One of the threads, as the others see it.
pub(super) struct Ear {
    epoll: OwnedFd,
    wake: OwnedFd,
    callers: Mutex<HashMap<u64, Arc<Caller>>>,
    stopping: AtomicBool,
    hands: Hands,
}

impl Ear {
    /// One that hears nobody yet.
    pub(super) fn new(hands: Hands) -> io::Result<Ear> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        epoll::add(&epoll, &wake, epoll::EventData::new_u64(WAKE), epoll::EventFlags::IN)?;
        let (callers, stopping) = (Mutex::default(), AtomicBool::new(false));
        Ok(Ear { epoll, wake, callers, stopping, hands })
    }

    /// Hears a caller from now on. What came with his first words is answered first, on this thread.
    pub(super) fn take_in(&self, house: Arc<House>, caller: Arc<Caller>) {
        self.callers().insert(caller.id, Arc::clone(&caller));
        self.serve(house, &caller, None);
    }

    /// Lets it end. Who is still heard is not answered any more.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        let _ = rustix::io::write(&self.wake, &1u64.to_ne_bytes());
    }

    /// Hears and answers until it is stopped.
    pub(super) fn run(self: &Arc<Ear>, house: &Arc<House>) {
        let mut events = Vec::with_capacity(EVENTS_MAX);
        let (mut asking, mut openings) = (Vec::new(), Vec::new());
        while !self.stopping.load(Ordering::Acquire) {
            match epoll::wait(&self.epoll, spare_capacity(&mut events), None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(e) => {
                    tracing::error!(error = %e, "callers are not heard any more");
                    return;
                }
            }
            let callers = self.callers();
            asking.extend(events.drain(..).filter_map(|event| callers.get(&event.data.u64()).cloned()));
            drop(callers);
            for caller in asking.drain(..) {
                self.alone(&caller, || self.hear_out(house, &caller, &mut openings));
            }
            for (caller, opening) in openings.drain(..) {
                self.alone(&caller, || self.reply(house, &caller, &house.finish(opening)));
            }
        }
    }

    /// Should that one's request be the death of a thread, his connection ends and nobody else's.
    fn alone(&self, caller: &Caller, serve: impl FnOnce()) {
        if catch_unwind(AssertUnwindSafe(serve)).is_err() {
            self.forget(caller);
        }
    }

    /// Takes in what a caller asks, and answers what needs no time.
    fn hear_out<'a>(
        self: &Arc<Ear>,
        house: &'a Arc<House>,
        caller: &Arc<Caller>,
        openings: &mut Vec<(Arc<Caller>, Opening<'a>)>,
    ) {
        let heard = caller.line().recv::<Request>(FRAME_BYTES_MAX);
        match heard {
            Ok(Some(request)) => match house.begin(caller.role, request) {
                Begun::Answered(response) => self.reply(house, caller, &response),
                Begun::Opening(opening) => openings.push((Arc::clone(caller), opening)),
                Begun::Long(long) => self.hand_on(house, caller, Some(long)),
            },
            Err(WireError::Io(e)) if e.kind() == io::ErrorKind::WouldBlock => {}
            Ok(None) | Err(WireError::Io(_)) => self.forget(caller),
            Err(e) => {
                tracing::warn!(pid = caller.peer.pid, role = ?caller.role, error = %e, "connection dropped");
                self.forget(caller);
            }
        }
    }

    /// Answers. Whoever takes his answer slowly, or has asked more already, is served by a thread of his own.
    fn reply(self: &Arc<Ear>, house: &Arc<House>, caller: &Arc<Caller>, response: &Response) {
        let mut line = caller.line();
        let sent = line.put(response).and_then(|()| line.push());
        let has_more = line.has_more();
        drop(line);
        match sent {
            Ok(()) if !has_more => {}
            Err(WireError::Io(e)) if e.kind() != io::ErrorKind::WouldBlock => self.forget(caller),
            Ok(()) | Err(WireError::Io(_)) => self.hand_on(house, caller, None),
            Err(e) => {
                tracing::warn!(pid = caller.peer.pid, role = ?caller.role, error = %e, "no answer");
                self.forget(caller);
            }
        }
    }

    /// Gives a caller to a thread of his own, until he is silent again.
    fn hand_on(self: &Arc<Ear>, house: &Arc<House>, caller: &Arc<Caller>, long: Option<Long>) {
        // Not only silenced: that the other side is gone would be reported all the same, again and again.
        let _ = epoll::delete(&self.epoll, caller.line().stream().stream());
        let (ear, house, theirs) = (Arc::clone(self), Arc::clone(house), Arc::clone(caller));
        let taken = self.hands.take(move || ear.serve(house, &theirs, long));
        if let Err(e) = taken {
            tracing::warn!(error = %e.kind(), "no thread for a request");
            self.forget(caller);
        }
    }

    /// Serves a caller on this thread until he is silent, then hears him.
    fn serve(&self, house: Arc<House>, caller: &Caller, long: Option<Long>) {
        let served = catch_unwind(AssertUnwindSafe(|| serve_alone(&house, caller, long)));
        // In this order: whoever waits for the caller's place to be free may take it that the house is, too.
        drop(house);
        if !matches!(served, Ok(Ok(()))) || self.listen(caller).is_err() {
            self.forget(caller);
        }
    }

    fn listen(&self, caller: &Caller) -> rustix::io::Result<()> {
        let data = epoll::EventData::new_u64(caller.id);
        epoll::add(&self.epoll, caller.line().stream().stream(), data, epoll::EventFlags::IN)
    }

    /// Ends a connection.
    fn forget(&self, caller: &Caller) {
        // The stream may stay open for a moment in other hands: it is taken out by name.
        let _ = epoll::delete(&self.epoll, caller.line().stream().stream());
        drop(self.callers().remove(&caller.id));
    }

    fn callers(&self) -> MutexGuard<'_, HashMap<u64, Arc<Caller>>> {
        self.callers.lock().unwrap_or_else(|p| p.into_inner())
    }
}

/// Serves one caller until all that he has asked is answered. What has not come whole is left to the ear.
fn serve_alone(house: &House, caller: &Caller, mut long: Option<Long>) -> Result<(), WireError> {
    let mut line = caller.line();
    loop {
        if let Some(long) = long.take() {
            line.put(&house.take_time(long))?;
        }
        line.stream().set_waits(true);
        let sent = line.push();
        line.stream().set_waits(false);
        sent?;
        if !line.has_more() {
            return Ok(());
        }
        match line.recv(FRAME_BYTES_MAX) {
            Ok(Some(request)) => long = Some(Long::Request(caller.role, request)),
            Err(WireError::Io(e)) if e.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Ok(None) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Err(e) => return Err(e),
        }
    }
}
