//! What the watch in the shop shows to one on another machine, beside the ledger, and takes from it ([`link`](crate::link)).

use crate::{
    book::write_whole,
    entries::copied,
    heartbeat::Sight,
    link::{Listener, Pulse, lock},
    tail::{At, News, Tail},
};
use ledger::{Cosigner, Note, VerifierKey, hex};
use lock_api::{By, Client, Closed, Lock};
use manifest::Source;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Instant,
};

/// The paths.
pub(crate) const MANIFEST: &str = "/watch/manifest";
pub(crate) const NOTE: &str = "/watch/note";
pub(crate) const PULSE: &str = "/watch/pulse";
pub(crate) const ENTRIES: &str = "/watch/entries";
pub(crate) const LOCK: &str = "/watch/lock";
pub(crate) const CLOSE: &str = "/watch/close";
/// Made in the shop's folder of the witness when another watch was heard first: from then on it is missed.
const HEARD: &str = "other-watch";
/// What an order to close begins with. No checkpoint does.
const ORDER: &str = "dozo: close the way to payment";

/// What the shop's watch says to a sign of life.
#[derive(Serialize, Deserialize)]
pub(crate) struct Heard {
    pub(crate) pulse: Pulse,
    /// The mark of the signed manifest's note, if there is one.
    pub(crate) note: Option<String>,
}

impl Heard {
    /// By what a note is known: its SHA-256.
    pub(crate) fn mark(note: &[u8]) -> String {
        hex(&Sha256::digest(note))
    }
}

/// From where lines are to be read on.
#[derive(Serialize, Deserialize)]
pub(crate) struct Ask {
    pub(crate) at: Option<At>,
}

/// The first line of an answer with lines.
#[derive(Serialize, Deserialize)]
struct Head {
    at: Option<At>,
    whole: bool,
}

impl News {
    /// As an answer: how far it is in a first line, then the lines.
    fn to_bytes(&self) -> Vec<u8> {
        let head = Head { at: self.at.clone(), whole: self.whole };
        let mut bytes = serde_json::to_vec(&head).unwrap_or_default();
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.lines);
        bytes
    }

    /// Reads such an answer.
    pub(crate) fn parse(bytes: &[u8]) -> Option<News> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let Head { at, whole } = serde_json::from_slice(&bytes[..end]).ok()?;
        Some(News { lines: bytes[end + 1..].to_vec(), at, whole })
    }
}

/// An order to close the way to payment, as a signed note. `None` where `why` is none of the watch's words.
pub(crate) fn order(why: &str, signer: &Cosigner, now_s: u64) -> Option<String> {
    is_word(why).then(|| signer.sign_text(&format!("{ORDER}\n{why}\n"), now_s))
}

/// Why it is to be closed, where one of these keys has signed the order.
fn ordered(note: &str, keys: &[VerifierKey]) -> Option<String> {
    let note = Note::parse(note).ok()?;
    let why = note.text.strip_prefix(ORDER)?.strip_prefix('\n')?.strip_suffix('\n')?;
    let signed = keys.iter().any(|key| note.verify(std::slice::from_ref(key)).is_ok());
    (signed && is_word(why)).then(|| why.to_owned())
}

/// Whether it is one of the watch's fixed words.
fn is_word(why: &str) -> bool {
    (1..=40).contains(&why.len()) && why.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// Answers for the watch in the shop.
pub(crate) struct Shown {
    sight: Arc<Mutex<Sight>>,
    /// The watch's copy of the signed manifest.
    manifest: PathBuf,
    entries: Tail,
    gate: Option<Arc<Client>>,
    /// Whose orders are followed.
    keys: Vec<VerifierKey>,
    listener: Arc<Mutex<Listener>>,
    heard: PathBuf,
}

/// An answer: a status, and what is in it.
pub(crate) type Said = (u16, Vec<u8>);

impl Shown {
    /// Of the watch in `dir`, whose folder as a witness is `witness`; orders of those who have `keys` are followed.
    pub(crate) fn new(
        dir: &Path,
        witness: &Path,
        sight: Arc<Mutex<Sight>>,
        gate: Option<Arc<Client>>,
        keys: Vec<VerifierKey>,
    ) -> Shown {
        let heard = witness.join(HEARD);
        let listener = Arc::new(Mutex::new(Listener::new(heard.exists())));
        Shown { sight, manifest: dir.join("manifest"), entries: copied(dir), gate, keys, listener, heard }
    }

    /// Where it is listened for the other watch.
    pub(crate) fn listener(&self) -> Arc<Mutex<Listener>> {
        Arc::clone(&self.listener)
    }

    /// Answers; `None` where it is not about the watch.
    pub(crate) fn say(&self, post: bool, path: &str, body: &[u8]) -> Option<Said> {
        Some(match (post, path) {
            (false, MANIFEST) => self.file(Source::TEXT),
            (false, NOTE) => self.file(Source::NOTE),
            (true, PULSE) => serde_json::from_slice(body).map_or((400, Vec::new()), |pulse| self.hear(pulse)),
            (true, ENTRIES) => match serde_json::from_slice::<Ask>(body) {
                Ok(Ask { at }) => {
                    self.entries.read(at.as_ref()).map_or((503, vec![]), |news| (200, news.to_bytes()))
                }
                Err(_) => (400, Vec::new()),
            },
            (false, LOCK) => self.of_gate(|gate| gate.state().ok()),
            (true, CLOSE) => {
                match std::str::from_utf8(body).ok().and_then(|note| ordered(note, &self.keys)) {
                    Some(why) => {
                        self.of_gate(|gate| Some(gate.close(Closed::Payment, By::Watch, &why).ok()?.lock))
                    }
                    None => {
                        (403, b"an order to close is signed with a key of [witness] in dozo.toml\n".to_vec())
                    }
                }
            }
            _ => return None,
        })
    }

    fn hear(&self, pulse: Pulse) -> Said {
        lock(&self.listener).hear(pulse, Instant::now());
        if !self.heard.exists()
            && let Err(error) = write_whole(&self.heard, b"", 0o600)
        {
            tracing::error!(kind = %error.kind(), "it cannot be noted that there is another watch");
        }
        let note = fs::read(self.manifest.join(Source::NOTE)).ok().map(|note| Heard::mark(&note));
        json(&Heard { pulse: Pulse::of(&self.sight), note })
    }

    fn file(&self, name: &str) -> Said {
        fs::read(self.manifest.join(name)).map_or((404, Vec::new()), |bytes| (200, bytes))
    }

    fn of_gate(&self, ask: impl Fn(&Client) -> Option<Lock>) -> Said {
        match self.gate.as_deref().map(ask) {
            Some(Some(lock)) => json(&lock),
            Some(None) => (503, Vec::new()),
            None => (404, Vec::new()),
        }
    }
}

fn json(value: &impl Serialize) -> Said {
    serde_json::to_vec(value).map_or((500, Vec::new()), |bytes| (200, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(byte: u8) -> Cosigner {
        Cosigner::from_seed("dozo-witness/1", &[byte; 32]).unwrap()
    }

    #[test]
    fn what_the_shops_side_takes_and_what_not() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("manifest")).unwrap();
        fs::write(at("manifest/manifest.note"), "note").unwrap();
        fs::write(at("entries.jsonl"), "{\"n\":1}\n").unwrap();
        let shown = Shown::new(dir.path(), dir.path(), Arc::default(), None, vec![signer(1).key()]);
        let say = |post, path: &str, body: &str| shown.say(post, path, body.as_bytes());
        assert_eq!(say(false, NOTE, ""), Some((200, b"note".to_vec())));
        assert_eq!(say(false, MANIFEST, "").unwrap().0, 404);
        assert_eq!(say(false, "/checkpoint", ""), None);
        assert_eq!(say(true, PULSE, "{").unwrap().0, 400);
        assert!(!at(HEARD).exists());
        let pulse = serde_json::to_string(&Pulse::default()).unwrap();
        let heard: Heard = serde_json::from_slice(&say(true, PULSE, &pulse).unwrap().1).unwrap();
        assert_eq!(heard.note, Some(Heard::mark(b"note")));
        assert!(at(HEARD).exists());
        let news = News::parse(&say(true, ENTRIES, "{\"at\":null}").unwrap().1).unwrap();
        assert_eq!((&news.lines[..], news.whole), (&b"{\"n\":1}\n"[..], true));
        let ask = serde_json::to_string(&Ask { at: news.at }).unwrap();
        fs::write(at("entries.jsonl"), "{\"n\":2}\n").unwrap();
        assert!(!News::parse(&say(true, ENTRIES, &ask).unwrap().1).unwrap().whole, "another file");
        assert_eq!(say(true, ENTRIES, "x").unwrap().0, 400);
    }

    #[test]
    fn an_order_is_followed_by_its_signature() {
        let keys = [signer(1).key()];
        let good = order("page_changed", &signer(1), 7).unwrap();
        assert_eq!(ordered(&good, &keys).as_deref(), Some("page_changed"));
        let shown = Shown::new(Path::new("."), Path::new("."), Arc::default(), None, keys.to_vec());
        assert_eq!(shown.say(true, CLOSE, good.as_bytes()).unwrap().0, 404, "there is no gate here");
        for wrong in [
            order("page_changed", &signer(2), 7).unwrap(),
            good.replace("page_changed", "file_changed"),
            signer(1).sign_text("dozo: another text\nx\n", 7),
            signer(1).sign_text(&format!("{ORDER}\ntwo words\n"), 7),
            "page_changed".into(),
        ] {
            assert_eq!(shown.say(true, CLOSE, wrong.as_bytes()).unwrap().0, 403, "{wrong}");
        }
        for why in ["", "two words", "<b>", &"a".repeat(41)] {
            assert_eq!(order(why, &signer(1), 7), None, "{why}");
        }
    }
}
