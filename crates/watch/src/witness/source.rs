//! Where a witness asks: the vault's socket on the same machine, tlog-tiles over HTTPS from another one.

use ledger::{Of, Tile, VerifierKey};
use outbound::{Secret, Trust};
use std::{io, sync::Arc, time::Duration};
use vault_api::{Client, VaultError};

/// The most bytes of a checkpoint or of the list of keys.
const TEXT_BYTES_MAX: u64 = 256 * 1024;
/// The most bytes of a tile: 256 entries of 65,535 bytes with their lengths.
const TILE_BYTES_MAX: u64 = 256 * (65_535 + 2);
/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A log, as somebody shows it. Nothing that it says is believed unchecked.
pub trait Source: Send {
    /// The public keys that it names as its own.
    ///
    /// # Errors
    /// Where there is no answer; the same for all others.
    fn keys(&mut self) -> io::Result<String>;
    /// Its newest signed checkpoint; `None` in the first second of a log.
    fn checkpoint(&mut self) -> io::Result<Option<String>>;
    /// The content of a tile or bundle.
    fn tile(&mut self, tile: &Tile) -> io::Result<Vec<u8>>;
    /// Takes a checkpoint back, cosigned with this key. Who is elsewhere is known by his key there.
    fn cosigned(&mut self, note: &str, key: &VerifierKey) -> io::Result<()>;
    /// How many fields were sealed, where that can be asked.
    fn sealed(&mut self) -> Option<u64>;
}

impl Source for Arc<Client> {
    fn keys(&mut self) -> io::Result<String> {
        let keys = self.ledger_state().map_err(away)?.keys;
        Ok(keys.into_iter().map(|key| key + "\n").collect())
    }

    fn checkpoint(&mut self) -> io::Result<Option<String>> {
        Ok(self.ledger_state().map_err(away)?.checkpoint)
    }

    fn tile(&mut self, tile: &Tile) -> io::Result<Vec<u8>> {
        self.ledger_tile(&tile.to_string()).map_err(away)?.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn cosigned(&mut self, note: &str, key: &VerifierKey) -> io::Result<()> {
        self.ledger_cosigned(note, Some(&key.to_string())).map_err(away)
    }

    fn sealed(&mut self) -> Option<u64> {
        self.ping().ok().map(|health| health.sealed)
    }
}

fn away(error: VaultError) -> io::Error {
    let kind = match error {
        VaultError::Unavailable | VaultError::Busy => io::ErrorKind::NotConnected,
        _ => io::ErrorKind::InvalidInput,
    };
    io::Error::new(kind, error)
}

/// A log that is read over HTTP: [`super::relay`], or any folder of C2SP tlog-tiles that a web server serves.
pub(crate) struct Remote {
    agent: ureq::Agent,
    url: String,
    token: Option<Secret>,
}

impl Remote {
    /// A log at this address; `trust` says who may answer for it by https://.
    ///
    /// # Errors
    /// Where `trust` is nothing that can be believed.
    pub(crate) fn new(url: &str, token: Option<Secret>, trust: &Trust) -> io::Result<Remote> {
        let url = url.trim_end_matches('/').to_owned();
        let agent = outbound::secure_agent(TIMEOUT, TIMEOUT, trust).map_err(io::Error::other)?;
        Ok(Remote { agent, url, token })
    }

    /// The same, where it is known already who is called and how.
    pub(crate) fn over(agent: ureq::Agent, url: String, token: Secret) -> Remote {
        Remote { agent, url, token: Some(token) }
    }

    fn get(&self, path: &str, bytes_max: u64) -> io::Result<Vec<u8>> {
        let mut request = self.agent.get(format!("{}/{path}", self.url));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {}", token.expose()));
        }
        let mut answer = request.call().map_err(io::Error::other)?;
        match answer.status().as_u16() {
            200 => answer.body_mut().with_config().limit(bytes_max).read_to_vec().map_err(io::Error::other),
            404 => Err(io::ErrorKind::NotFound.into()),
            401 => Err(io::Error::new(io::ErrorKind::PermissionDenied, "the token was not taken")),
            status => Err(io::Error::other(format!("status {status}"))),
        }
    }

    fn text(&self, path: &str) -> io::Result<String> {
        String::from_utf8(self.get(path, TEXT_BYTES_MAX)?).map_err(|_| io::ErrorKind::InvalidData.into())
    }
}

impl Source for Remote {
    fn keys(&mut self) -> io::Result<String> {
        self.text("keys")
    }

    fn checkpoint(&mut self) -> io::Result<Option<String>> {
        match self.text("checkpoint") {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.map(Some),
        }
    }

    fn tile(&mut self, tile: &Tile) -> io::Result<Vec<u8>> {
        match self.get(&tile.to_string(), TILE_BYTES_MAX) {
            // A narrow tile may be gone when there is the whole one (C2SP tlog-tiles, "Partial Tiles").
            Err(e) if e.kind() == io::ErrorKind::NotFound && tile.width < 256 => {
                let whole = self.get(&Tile { width: 256, ..*tile }.to_string(), TILE_BYTES_MAX)?;
                narrowed(tile, whole).ok_or_else(|| io::ErrorKind::InvalidData.into())
            }
            other => other,
        }
    }

    fn cosigned(&mut self, note: &str, _key: &VerifierKey) -> io::Result<()> {
        let mut request = self.agent.post(format!("{}/cosigned", self.url));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {}", token.expose()));
        }
        let answer = request.send(note).map_err(io::Error::other)?;
        match answer.status().as_u16() {
            200 | 204 => Ok(()),
            status => Err(io::Error::other(format!("status {status}"))),
        }
    }

    fn sealed(&mut self) -> Option<u64> {
        None
    }
}

/// The first part of a whole tile.
fn narrowed(tile: &Tile, mut whole: Vec<u8>) -> Option<Vec<u8>> {
    let width = usize::from(tile.width);
    let bytes = match tile.of {
        Of::Hashes(_) => width * 32,
        Of::Entries => Tile::entries(256, &whole)?[..width].iter().map(|entry| entry.len() + 2).sum(),
    };
    (bytes <= whole.len()).then(|| whole.truncate(bytes))?;
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{Entry, Kind, Log, Reader, Signer, Start, sim::Sim};
    use std::{
        io::{BufRead, BufReader, Write},
        net::TcpListener,
    };

    /// A web server with an exported log of 256 entries, for whoever shows the token: whole tiles, no narrow ones.
    fn server(reader: Reader, checkpoint: String) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://127.0.0.1:{}/ledger/", listener.local_addr().unwrap().port());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let lines: Vec<String> = BufReader::new(&stream)
                    .lines()
                    .map_while(Result::ok)
                    .take_while(|l| !l.is_empty())
                    .collect();
                let path = lines[0].split(' ').nth(1).unwrap().strip_prefix("/ledger/").unwrap().to_owned();
                let known = lines.iter().any(|l| l.eq_ignore_ascii_case("authorization: Bearer t0ken"));
                let tile = Tile::parse(&path).filter(|tile| tile.width == 256);
                let (status, body) = match (known, &*path, tile) {
                    (false, ..) => (401, vec![]),
                    (_, "checkpoint", _) => (200, checkpoint.clone().into_bytes()),
                    (_, _, tile) => match tile.and_then(|tile| reader.tile(&tile).unwrap()) {
                        Some(bytes) => (200, bytes),
                        None => (404, vec![]),
                    },
                };
                let head = format!(
                    "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let _ = (&stream).write_all(&[head.as_bytes(), &body].concat());
            }
        });
        url
    }

    #[test]
    fn a_folder_of_tiles_on_a_web_server_is_a_log() {
        let (disk, signer) = (Arc::new(Sim::new(1)), Signer::from_seeds(&[1; 32], &[2; 32]).unwrap());
        let (log, _) =
            Log::open(Arc::clone(&disk) as _, Start { origin: "log", signer, known: None }).unwrap();
        let all: Vec<_> = (0..256).map(|n| Entry::new(n, Kind::Seal)).collect();
        log.append(&all.iter().collect::<Vec<_>>()).unwrap();
        log.issue(7).unwrap();
        let reader = Reader::open(Arc::clone(&disk) as _).unwrap();
        let url = server(Reader::open(disk).unwrap(), log.checkpoint().unwrap());
        let own = tls::self_signed(&tls::Key::new().unwrap(), "a.example", jiff::Timestamp::now()).unwrap();
        let trust = Trust::from_pem(&tls::to_pem(&own)).unwrap();
        let mut remote = Remote::new(&url, Some(Secret::new("t0ken")), &trust).unwrap();
        assert_eq!(remote.checkpoint().unwrap(), log.checkpoint());
        for path in ["tile/entries/000", "tile/entries/000.p/100", "tile/0/000.p/7", "tile/0/000"] {
            let tile = Tile::parse(path).unwrap();
            assert_eq!(remote.tile(&tile).unwrap(), reader.tile(&tile).unwrap().unwrap(), "{path}");
        }
        assert_eq!(
            remote.tile(&Tile::parse("tile/1/000.p/1").unwrap()).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        assert_eq!(remote.keys().unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(remote.cosigned("note", &log.keys()[0]).is_err(), "a plain web server takes nothing");
        let mut stranger = Remote::new(&url, None, &trust).unwrap();
        assert_eq!(stranger.checkpoint().unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    }
}
