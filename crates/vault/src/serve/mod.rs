//! The socket: who may speak is asked in [`greet`], what is asked is heard in [`ears`].

mod caller;
mod ears;
mod hands;
mod open;

use crate::{config::Config, house::House};
use caller::{Caller, Ends};
use ears::Ear;
use hands::Hands;
use open::{Entered, Open};
use std::{io, os::unix::net::UnixStream, sync::Arc, thread::JoinHandle, time::Duration};
use telemetry::Life;
use vault_api::{Door, HELLO_BYTES_MAX, Hello};
use wire::{Line, Listener, Peer};

/// How long a caller may take to say who he is.
const ROLE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a caller may take to accept an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long threads that have nothing more to do may take to go.
const LAST_HANDS: Duration = Duration::from_secs(1);
/// The most threads that hear callers.
const EARS_MAX: usize = 4;
/// The stack of one of them, bytes.
const STACK_BYTES: usize = 512 * 1024;

/// Everything that serves callers.
struct Serving {
    house: Arc<House>,
    open: Arc<Open>,
    door: Door,
    ears: Vec<Arc<Ear>>,
    hands: Hands,
}

/// Answers requests until the process is told to stop.
pub(crate) fn serve(house: &Arc<House>, config: &Config, listener: Listener, life: &Life) -> io::Result<()> {
    let hands = Hands::default();
    let ears = std::thread::available_parallelism().map_or(1, |n| n.get().min(EARS_MAX));
    let ears = (0..ears).map(|_| Ear::new(hands.clone()).map(Arc::new)).collect::<io::Result<Vec<_>>>()?;
    let (house, open) = (Arc::clone(house), Arc::new(Open::default()));
    let serving = Arc::new(Serving { house, open, door: door(config), ears, hands });
    let hearing = serving.ears.iter().map(|ear| serving.start(ear)).collect::<io::Result<Vec<_>>>()?;
    let accepting = {
        let (serving, life) = (Arc::clone(&serving), life.clone());
        std::thread::Builder::new().name("accept".into()).spawn(move || accept(&serving, &listener, &life))?
    };
    life.ready();
    life.wait_stopped();
    // The accepting thread sleeps in the kernel: a connection wakes it, and it sees the word to stop.
    drop(UnixStream::connect(&config.socket));
    let _ = accepting.join();
    serving.open.finish();
    serving.hands.finish(LAST_HANDS);
    serving.ears.iter().for_each(|ear| ear.stop());
    for ear in hearing {
        let _ = ear.join();
    }
    Ok(())
}

fn door(config: &Config) -> Door {
    Door {
        own_uid: rustix::process::geteuid().as_raw(),
        peers: config.peers.clone(),
        owner_pid: config.owner_pid,
        role_keys: config.role_keys.clone(),
    }
}

impl Serving {
    fn start(&self, ear: &Arc<Ear>) -> io::Result<JoinHandle<()>> {
        let (ear, house) = (Arc::clone(ear), Arc::clone(&self.house));
        let thread = std::thread::Builder::new().name("ear".into()).stack_size(STACK_BYTES);
        thread.spawn(move || ear.run(&house))
    }
}

fn accept(serving: &Arc<Serving>, listener: &Listener, life: &Life) {
    loop {
        let accepted = listener.accept();
        if life.is_stopping() {
            return;
        }
        let (stream, peer) = match accepted {
            Ok((stream, peer)) => (Arc::new(stream), peer),
            Err(e) => {
                tracing::warn!(error = %e.kind(), "connection not accepted");
                // Out of file descriptors, most likely: give others the time to close theirs.
                life.sleep(Duration::from_millis(50));
                continue;
            }
        };
        let Some(place) = serving.open.enter(&stream, peer.pid) else {
            tracing::warn!(pid = peer.pid, "connection refused: too many, of this process or in all");
            continue;
        };
        let theirs = Arc::clone(serving);
        let greeted = serving.hands.take(move || {
            if let Some(caller) = greet(&theirs, stream, place, peer) {
                let (ear, house) = (Arc::clone(&theirs.ears[caller.ear]), Arc::clone(&theirs.house));
                drop(theirs);
                ear.take_in(house, Arc::new(caller));
            }
        });
        if let Err(e) = greeted {
            tracing::warn!(error = %e.kind(), "no thread for a connection");
        }
    }
}

/// Asks a new connection for its role.
fn greet(serving: &Serving, stream: Arc<UnixStream>, place: Entered, peer: Peer) -> Option<Caller> {
    stream.set_write_timeout(Some(WRITE_TIMEOUT)).and(stream.set_read_timeout(Some(ROLE_TIMEOUT))).ok()?;
    let mut line = Line::new(Ends::new(stream));
    let hello = line.recv::<Hello>(HELLO_BYTES_MAX).ok().flatten()?;
    let role = hello.role;
    if let Some(why) = serving.door.refuses(peer, &hello) {
        tracing::warn!(uid = peer.uid, pid = peer.pid, ?role, why, "connection refused");
        serving.house.deny_connection(role);
        return None;
    }
    Some(Caller::new(line, place, role, peer, serving.ears.len()))
}
