//! A mail server with moods: it stands before the demo's mailbox and passes everything on, until it is told otherwise.

use anyhow::Result;
use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    thread,
    time::Duration,
};

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Mood {
    /// As a mail server should.
    Well,
    /// Every connection ends at once.
    Dead,
    /// Takes connections and says nothing.
    Silent,
    /// Says that it is closing, wherever it is asked.
    Closing,
    /// Hangs up in the middle of the text.
    Cutting,
}

const MOODS: [Mood; 5] = [Mood::Well, Mood::Dead, Mood::Silent, Mood::Closing, Mood::Cutting];
const NAP: Duration = Duration::from_millis(20);

/// The server; its threads end with the process.
pub struct MoodyServer {
    /// Where it listens.
    pub port: u16,
    mood: Arc<AtomicU8>,
    to: Arc<std::sync::OnceLock<SocketAddr>>,
}

impl MoodyServer {
    /// Listens on a free port.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn start() -> Result<MoodyServer> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let server = MoodyServer { port, mood: Arc::default(), to: Arc::default() };
        let (mood, to) = (Arc::clone(&server.mood), Arc::clone(&server.to));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (mood, to) = (Arc::clone(&mood), to.get().copied());
                thread::spawn(move || talk(client, &mood, to));
            }
        });
        Ok(server)
    }

    /// Where mail really goes; known once the shop runs.
    pub fn pass_on_to(&self, to: SocketAddr) {
        let _ = self.to.set(to);
    }

    /// From now on.
    pub fn turn(&self, mood: Mood) {
        self.mood.store(mood as u8, Ordering::SeqCst);
    }
}

fn now(mood: &AtomicU8) -> Mood {
    MOODS[usize::from(mood.load(Ordering::SeqCst)) % MOODS.len()]
}

fn talk(mut client: TcpStream, mood: &Arc<AtomicU8>, to: Option<SocketAddr>) {
    match now(mood) {
        Mood::Well | Mood::Cutting => {}
        Mood::Dead => return,
        Mood::Silent => {
            while now(mood) == Mood::Silent {
                thread::sleep(NAP);
            }
            return;
        }
        Mood::Closing => {
            let _ = client.write_all(b"421 4.3.2 closing\r\n");
            return;
        }
    }
    let Some(Ok(mut server)) = to.map(TcpStream::connect) else { return };
    let (Ok(from_server), Ok(to_client)) = (server.try_clone(), client.try_clone()) else { return };
    let theirs = Arc::clone(mood);
    thread::spawn(move || {
        relay(from_server, to_client, &theirs, false);
    });
    let Ok(from_client) = client.try_clone() else { return };
    relay(from_client, &mut server, mood, true);
    let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
}

/// Passes bytes on until either side ends or the mood turns.
fn relay(mut from: TcpStream, mut to: impl Write, mood: &AtomicU8, of_client: bool) {
    let _ = from.set_read_timeout(Some(NAP));
    let mut chunk = [0; 4096];
    let mut in_text = false;
    loop {
        match now(mood) {
            Mood::Dead | Mood::Closing => break,
            Mood::Silent => {
                thread::sleep(NAP);
                continue;
            }
            Mood::Cutting if in_text => break,
            Mood::Well | Mood::Cutting => {}
        }
        match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => {
                in_text |= of_client && chunk[..n].starts_with(b"DATA");
                if to.write_all(&chunk[..n]).is_err() {
                    break;
                }
            }
            Err(e) if matches!(e.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(_) => break,
        }
    }
    let _ = from.shutdown(Shutdown::Both);
}
