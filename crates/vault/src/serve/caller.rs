//! A caller: one connection, whose role is known.

use super::open::Entered;
use std::{
    cell::Cell,
    io::{self, Read, Write},
    os::{fd::AsFd, unix::net::UnixStream},
    sync::{Arc, Mutex, MutexGuard},
};
use vault_api::Role;
use wire::{Line, Peer};

/// One connection.
pub(super) struct Caller {
    pub(super) id: u64,
    pub(super) role: Role,
    pub(super) peer: Peer,
    /// The thread that hears this caller.
    pub(super) ear: usize,
    line: Mutex<Line<Ends>>,
    /// His place among the open connections; free when he is dropped.
    _place: Entered,
}

impl Caller {
    /// Whoever has said who he is.
    pub(super) fn new(line: Line<Ends>, place: Entered, role: Role, peer: Peer, ears: usize) -> Caller {
        let id = place.id();
        Caller { id, role, peer, ear: id as usize % ears, line: Mutex::new(line), _place: place }
    }

    /// His line. Whoever serves him holds it: one thread at a time.
    pub(super) fn line(&self) -> MutexGuard<'_, Line<Ends>> {
        self.line.lock().unwrap_or_else(|p| p.into_inner())
    }
}

/// A stream that waits, or says that it would have to (`WouldBlock`), as it is told.
pub(super) struct Ends {
    stream: Arc<UnixStream>,
    waits: Cell<bool>,
}

impl Ends {
    /// One that waits.
    pub(super) fn new(stream: Arc<UnixStream>) -> Ends {
        Ends { stream, waits: Cell::new(true) }
    }

    /// Whether it waits from now on.
    pub(super) fn set_waits(&self, waits: bool) {
        self.waits.set(waits);
    }

    /// The stream itself.
    pub(super) fn stream(&self) -> &UnixStream {
        &self.stream
    }
}

impl Read for Ends {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.waits.get() {
            return (&*self.stream).read(buffer);
        }
        let (count, _) = rustix::net::recv(self.stream.as_fd(), buffer, rustix::net::RecvFlags::DONTWAIT)?;
        Ok(count)
    }
}

impl Write for Ends {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if self.waits.get() {
            return (&*self.stream).write(buffer);
        }
        let flags = rustix::net::SendFlags::DONTWAIT | rustix::net::SendFlags::NOSIGNAL;
        Ok(rustix::net::send(self.stream.as_fd(), buffer, flags)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
