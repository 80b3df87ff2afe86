//! The end on the vault's machine.

use crate::{HANDSHAKE, PASS, RENEW, ROLES, VAULT, name_of, places::Places, prepare, role_of};
use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    path::PathBuf,
    sync::{Arc, RwLock},
    time::{Duration, Instant, SystemTime},
};
use telemetry::Life;
use tls::{Authority, Key, ServerConfig, ServerStream, Use};
use vault_api::{FRAME_BYTES_MAX, Hello, Role, RoleKey};
use wire::Line;
use zeroize::Zeroizing;

/// How long a certificate holds.
const LIFE: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How often the own certificate is made anew.
const OWN_ANEW: Duration = Duration::from_secs(24 * 3_600);
/// How often the authority's file is looked at: how soon after `enroll` the papers of before open nothing.
const LOOK: Duration = Duration::from_secs(1);

/// What it is told at its start.
pub struct Far {
    /// Where to be called.
    pub listen: SocketAddr,
    /// The vault's socket.
    pub socket: PathBuf,
    /// The vault's key of each role.
    pub keys: Vec<(Role, RoleKey)>,
    /// The file of the authority that `enroll` writes.
    pub authority: PathBuf,
}

struct End {
    config: Far,
    now: RwLock<Arc<Believes>>,
    places: Arc<Places<TcpStream>>,
}

/// Whom it believes now.
struct Believes {
    authority: Authority,
    written: SystemTime,
    made: Instant,
    server: Arc<ServerConfig>,
}

impl Far {
    /// Passes on until `life` ends.
    ///
    /// # Errors
    /// Where nobody was enrolled yet, or the port cannot be had.
    pub fn run(self, life: &Life) -> Result<()> {
        let listener =
            TcpListener::bind(self.listen).with_context(|| format!("cannot listen on {}", self.listen))?;
        let now = RwLock::new(Arc::new(self.believes()?));
        let waking = listener.try_clone()?;
        let end = Arc::new(End { config: self, now, places: Places::new() });
        let looking = {
            let (end, life) = (Arc::clone(&end), life.clone());
            std::thread::Builder::new().name("look".into()).spawn(move || {
                while !life.sleep(LOOK) {
                    if let Err(e) = end.look() {
                        tracing::warn!(error = %format!("{e:#}"), "the authority cannot be read; the one before stays");
                    }
                }
            })?
        };
        let accepting = {
            let (end, life) = (Arc::clone(&end), life.clone());
            std::thread::Builder::new().name("accept".into()).spawn(move || end.accept(&listener, &life))?
        };
        life.ready();
        life.wait_stopped();
        // The accepting thread sleeps in the kernel. The walls let nobody here connect, so this is what wakes it.
        let _ = rustix::net::shutdown(&waking, rustix::net::Shutdown::Both);
        let _ = accepting.join();
        let _ = looking.join();
        end.places.close(|stream| drop(stream.shutdown(Shutdown::Both)));
        Ok(())
    }

    fn believes(&self) -> Result<Believes> {
        let shown = self.authority.display();
        let cannot = || format!("cannot read {shown}: `dozo vault relay enroll` makes it");
        let written = self.authority.metadata().and_then(|meta| meta.modified()).with_context(cannot)?;
        let text = Zeroizing::new(std::fs::read_to_string(&self.authority).with_context(cannot)?);
        let authority = Authority::from_pem(&text).with_context(|| format!("{shown} is no authority"))?;
        let key = Key::new()?;
        let own = authority.issue(&key.public(), VAULT, Use::Server, Timestamp::now(), LIFE)?;
        let server = key.identity(own).server_of_known(authority.certificate(), &[PASS, RENEW])?;
        Ok(Believes { authority, written, made: Instant::now(), server })
    }
}

impl End {
    fn accept(self: &Arc<Self>, listener: &TcpListener, life: &Life) {
        loop {
            let accepted = listener.accept();
            if life.is_stopping() {
                return;
            }
            let accepted = accepted.and_then(|(stream, _)| Ok((stream.try_clone()?, stream)));
            let (handle, stream) = match accepted {
                Ok(accepted) => accepted,
                Err(e) => {
                    tracing::warn!(error = %e.kind(), "connection not accepted");
                    life.sleep(Duration::from_millis(50));
                    continue;
                }
            };
            let end = Arc::clone(self);
            self.places.serve(handle, move || {
                if let Err(e) = end.talk(stream) {
                    tracing::warn!(error = %format!("{e:#}"), "a call came to nothing");
                }
            });
        }
    }

    /// One connection: who it is, then what it was made for.
    fn talk(&self, stream: TcpStream) -> Result<()> {
        prepare(&stream)?;
        let believes = self.believes();
        let conn = tls::accept(&believes.server, Hurried(&stream, Instant::now() + HANDSHAKE))
            .context("not believed")?
            .conn;
        let caller = ServerStream::new(conn, stream);
        let shown = caller.conn.peer_certificates().and_then(|all| all.first());
        let role = shown.and_then(role_of).context("a certificate that is for no role")?;
        caller.sock.set_write_timeout(Some(HANDSHAKE))?;
        match caller.conn.alpn_protocol() {
            Some(PASS) => self.pass(role, caller),
            Some(RENEW) => renew(&believes.authority, role, caller),
            _ => Ok(()),
        }
    }

    fn pass(&self, role: Role, caller: ServerStream<TcpStream>) -> Result<()> {
        let key = self.config.keys.iter().find(|(r, _)| *r == role).map(|(_, key)| key.clone());
        let vault = UnixStream::connect(&self.config.socket).context("the vault does not answer")?;
        let mut vault = Line::new(vault);
        vault.send(&Hello { role, key })?;
        // A kept connection may be silent for as long as it likes; a way that is gone is found out by the kernel.
        caller.sock.set_read_timeout(None)?;
        let mut caller = Line::new(caller);
        while caller.pass(&mut vault, FRAME_BYTES_MAX)? {
            if !vault.pass(&mut caller, FRAME_BYTES_MAX)? {
                break;
            }
        }
        goodbye(&mut caller.into_stream());
        Ok(())
    }

    fn look(&self) -> Result<()> {
        let now = self.believes();
        let written = self.config.authority.metadata()?.modified()?;
        let other = written != now.written;
        if other || now.made.elapsed() > OWN_ANEW {
            *self.now.write().unwrap_or_else(|p| p.into_inner()) = Arc::new(self.config.believes()?);
        }
        if other {
            self.places.close(|stream| drop(stream.shutdown(Shutdown::Both)));
            tracing::info!("another authority: who was enrolled before is out");
        }
        Ok(())
    }

    fn believes(&self) -> Arc<Believes> {
        Arc::clone(&self.now.read().unwrap_or_else(|p| p.into_inner()))
    }
}

/// A caller's stream that ends at a moment, however little at a time he sends: nobody has proved anything yet.
struct Hurried<'s>(&'s TcpStream, Instant);

impl Hurried<'_> {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.1.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Hurried<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.0.set_read_timeout(self.left()?)?;
        self.0.read(to)
    }
}

impl Write for Hurried<'_> {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.0.set_write_timeout(self.left()?)?;
        self.0.write(from)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A certificate for the same role, for a key that was made at the other end.
fn renew(authority: &Authority, role: Role, mut caller: ServerStream<TcpStream>) -> Result<()> {
    caller.sock.set_read_timeout(Some(HANDSHAKE))?;
    let mut public = [0; 32];
    caller.read_exact(&mut public)?;
    let word = ROLES.iter().find(|(r, _)| *r == role).map(|(_, word)| *word).context("no role")?;
    let certificate = authority.issue(&public, &name_of(word), Use::Client, Timestamp::now(), LIFE)?;
    caller.write_all(&certificate)?;
    goodbye(&mut caller);
    Ok(())
}

/// Says that nothing more comes, so that the other side can tell an end from a way that was cut.
fn goodbye(caller: &mut ServerStream<TcpStream>) {
    caller.conn.send_close_notify();
    let _: io::Result<()> = caller.flush();
}
