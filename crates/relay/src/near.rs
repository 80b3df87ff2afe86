//! The end on the shop's machine.

use crate::{
    HANDSHAKE, VAULT,
    papers::{Papers, write_whole},
    places::Places,
    prepare,
};
use anyhow::{Context, Result};
use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream, ToSocketAddrs},
    os::unix::net::UnixStream,
    path::PathBuf,
    sync::{Arc, RwLock},
    time::Duration,
};
use telemetry::Life;
use tls::{CertificateDer, ClientConfig, ClientStream};
use vault_api::{Door, FRAME_BYTES_MAX, HELLO_BYTES_MAX, Hello};
use wire::{Line, Listener, Peer};

/// How often new papers are asked for; those at hand hold fourteen times as long.
const RENEW_EVERY: Duration = Duration::from_secs(24 * 3_600);
/// How soon after a failure.
const RENEW_AGAIN: Duration = Duration::from_secs(10);
/// How long the vault may think: longer than any caller waits.
const ANSWER: Duration = Duration::from_secs(30);
/// The most bytes of a certificate.
const CERTIFICATE_BYTES_MAX: usize = 4_096;

/// What it is told at its start.
pub struct Near {
    /// The socket to offer.
    pub socket: PathBuf,
    /// Who may speak in which role.
    pub door: Door,
    /// Host and port of the other end.
    pub remote: String,
    /// The file of the papers, which is renewed in place.
    pub papers: PathBuf,
}

struct End {
    config: Near,
    papers: RwLock<Arc<Papers>>,
}

impl Near {
    /// Passes on until `life` ends.
    ///
    /// # Errors
    /// Where there are no papers, or the socket cannot be made.
    pub fn run(self, life: &Life) -> Result<()> {
        let papers = RwLock::new(Arc::new(Papers::read(&self.papers)?));
        let listener = Listener::bind(&self.socket).context("cannot listen for the shop")?;
        let end = Arc::new(End { config: self, papers });
        let renewed =
            life.metrics().gauge("relay_renewed_seconds", "When the papers were renewed, Unix time");
        let renewing = {
            let (end, life) = (Arc::clone(&end), life.clone());
            std::thread::Builder::new().name("renew".into()).spawn(move || {
                loop {
                    let next = match end.renew() {
                        Ok(()) => {
                            renewed.set(jiff::Timestamp::now().as_second());
                            RENEW_EVERY
                        }
                        Err(e) => {
                            tracing::warn!(error = %format!("{e:#}"), "papers are not renewed");
                            RENEW_AGAIN
                        }
                    };
                    if life.sleep(next) {
                        return;
                    }
                }
            })?
        };
        let places = Places::<UnixStream>::new();
        let accepting = {
            let (end, life, places) = (Arc::clone(&end), life.clone(), Arc::clone(&places));
            std::thread::Builder::new()
                .name("accept".into())
                .spawn(move || end.accept(&listener, &life, &places))?
        };
        life.ready();
        life.wait_stopped();
        // The accepting thread sleeps in the kernel: a connection wakes it, and it sees the word to stop.
        drop(UnixStream::connect(&end.config.socket));
        let _ = accepting.join();
        places.close(|stream| drop(stream.shutdown(Shutdown::Both)));
        let _ = renewing.join();
        Ok(())
    }
}

impl End {
    fn accept(self: &Arc<Self>, listener: &Listener, life: &Life, places: &Arc<Places<UnixStream>>) {
        loop {
            let accepted = listener.accept();
            if life.is_stopping() {
                return;
            }
            let accepted = accepted.and_then(|(stream, peer)| Ok((stream.try_clone()?, stream, peer)));
            let (handle, stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(e) => {
                    tracing::warn!(error = %e.kind(), "connection not accepted");
                    life.sleep(Duration::from_millis(50));
                    continue;
                }
            };
            let end = Arc::clone(self);
            places.serve(handle, move || {
                if let Err(e) = end.talk(stream, peer) {
                    tracing::warn!(error = %format!("{e:#}"), "a call came to nothing");
                }
            });
        }
    }

    /// One connection: who it is, then one request and one answer after the other.
    fn talk(&self, stream: UnixStream, peer: Peer) -> Result<()> {
        stream.set_read_timeout(Some(HANDSHAKE))?;
        stream.set_write_timeout(Some(HANDSHAKE))?;
        let mut line = Line::new(stream);
        let Ok(Some(hello)) = line.recv::<Hello>(HELLO_BYTES_MAX) else { return Ok(()) };
        if let Some(why) = self.config.door.refuses(peer, &hello) {
            tracing::warn!(uid = peer.uid, pid = peer.pid, role = ?hello.role, why, "connection refused");
            return Ok(());
        }
        let vault = self.connect(&self.papers().client(hello.role)?)?;
        vault.sock.set_read_timeout(Some(ANSWER))?;
        let mut vault = Line::new(vault);
        // Between two requests a kept connection may be silent for as long as it likes.
        line.stream().set_read_timeout(None)?;
        while line.pass(&mut vault, FRAME_BYTES_MAX)? {
            if !vault.pass(&mut line, FRAME_BYTES_MAX)? {
                return Ok(());
            }
        }
        Ok(())
    }

    fn connect(&self, client: &Arc<ClientConfig>) -> Result<ClientStream<TcpStream>> {
        let remote = &self.config.remote;
        let cannot = || format!("cannot reach the vault's end at {remote}");
        let mut failed = io::Error::from(io::ErrorKind::NotFound);
        for at in remote.to_socket_addrs().with_context(cannot)? {
            let stream = match TcpStream::connect_timeout(&at, HANDSHAKE) {
                Ok(stream) => stream,
                Err(e) => {
                    failed = e;
                    continue;
                }
            };
            prepare(&stream)?;
            return tls::connect(client, VAULT, stream)
                .with_context(|| format!("{remote} is not the vault's end that this shop was enrolled at"));
        }
        Err(failed).with_context(cannot)
    }

    fn renew(&self) -> Result<()> {
        let ask = |client: &Arc<ClientConfig>, public: &[u8; 32]| {
            let mut stream = self.connect(client)?;
            stream.write_all(public)?;
            let mut certificate = Vec::new();
            stream.take(CERTIFICATE_BYTES_MAX as u64).read_to_end(&mut certificate)?;
            Ok(CertificateDer::from(certificate))
        };
        let text = self.papers().renewed(ask)?;
        write_whole(&self.config.papers, &text).context("cannot write the new papers")?;
        let papers = Arc::new(Papers::read(&self.config.papers)?);
        *self.papers.write().unwrap_or_else(|p| p.into_inner()) = papers;
        tracing::info!("papers renewed");
        Ok(())
    }

    fn papers(&self) -> Arc<Papers> {
        Arc::clone(&self.papers.read().unwrap_or_else(|p| p.into_inner()))
    }
}
