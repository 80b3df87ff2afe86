//! What the owner signs to open: a signed note (C2SP signed-note) that names the shop, the lock as it stands, the time
//! and a number that nobody knew before.
//!
//! ```text
//! dozo.unlock/1
//! shop https://shop.example
//! lock 3
//! closed payment
//! since 2026-11-25T09:00:00.000Z
//! by gate
//! why script
//! time 2026-11-25T10:00:00Z
//! nonce 9f86d081884c7d659a2feaa0c55ad015
//!
//! — owner 4oC1…
//! ```

use jiff::{SignedDuration, Timestamp};
use ledger::{Note, NoteError, NoteSigner, VerifierKey};
use lock_api::{Lock, Refused};
use serde::{Deserialize, Serialize};

/// The name and version of the text.
const FORMAT: &str = "dozo.unlock/1";
/// So long a challenge may be signed: the owner's key is on another machine, or in a safe.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Bytes of the number that nobody knew.
const NONCE_BYTES: usize = 16;

/// What makes a challenge fresh. Kept with the lock, so that it outlasts a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fresh {
    time: Timestamp,
    nonce: String,
}

impl Fresh {
    /// A new one.
    pub(super) fn new(now: Timestamp) -> Option<Fresh> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).ok()?;
        let time = Timestamp::from_second(now.as_second()).ok()?;
        Some(Fresh { time, nonce: nonce.iter().map(|byte| format!("{byte:02x}")).collect() })
    }

    /// Whether it may still be signed, or be shown again.
    pub(super) fn is_good(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.time);
        age < GOOD_FOR && age > -GOOD_FOR
    }

    /// The text to sign, for the lock of this shop.
    pub(super) fn text(&self, shop: &str, lock: &Lock) -> String {
        let Lock { number, closed, since, by, why, .. } = lock;
        let (closed, by) = (closed.word(), by.word());
        let Fresh { time, nonce } = self;
        format!(
            "{FORMAT}\nshop {shop}\nlock {number}\nclosed {closed}\nsince {since}\nby {by}\nwhy {why}\n\
             time {time}\nnonce {nonce}\n"
        )
    }
}

/// Signs a challenge, where it is one.
///
/// # Errors
/// [`NoteError::Form`] where it is none: the owner's key signs nothing else here.
pub fn sign(challenge: &str, owner: &NoteSigner) -> Result<String, NoteError> {
    if number_of(challenge).is_none() {
        return Err(NoteError::Form);
    }
    owner.sign(challenge).map(|note| note.to_string())
}

/// Whether the owner has signed this very text.
pub(super) fn verify(note: &str, text: &str, owner: &VerifierKey) -> Result<(), Refused> {
    let note = Note::parse(note).map_err(|_| Refused::Signature)?;
    if note.text != text {
        return Err(Refused::Stale);
    }
    note.verify(std::slice::from_ref(owner)).map_err(|_| Refused::Signature)
}

/// Whether the owner has signed that the lock of this number is to be opened.
pub(super) fn opens(note: &str, shop: &str, number: u64, owner: &VerifierKey) -> bool {
    let Ok(note) = Note::parse(note) else { return false };
    let ours = note.text.lines().nth(1).and_then(|line| line.strip_prefix("shop ")) == Some(shop);
    ours && number_of(&note.text) == Some(number) && note.verify(std::slice::from_ref(owner)).is_ok()
}

/// The number of the lock that a challenge is about; `None`: it is none.
fn number_of(challenge: &str) -> Option<u64> {
    let mut lines = challenge.split_terminator('\n');
    let mut line = |word: &str| lines.next()?.strip_prefix(word);
    line(FORMAT).filter(|rest| rest.is_empty())?;
    line("shop ")?;
    let number = line("lock ")?.parse().ok()?;
    for word in ["closed ", "since ", "by ", "why ", "time ", "nonce "] {
        line(word)?;
    }
    lines.next().is_none().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lock_api::{By, Closed};

    const SHOP: &str = "https://shop.example";

    fn lock(number: u64) -> Lock {
        Lock { number, closed: Closed::Payment, by: By::Gate, why: "script".into(), ..Lock::never() }
    }

    fn owner(byte: u8) -> NoteSigner {
        NoteSigner::from_seed("owner", &[byte; 32]).unwrap()
    }

    #[test]
    fn only_the_owner_and_only_this_state_of_this_shops_lock() {
        let now = Timestamp::now();
        let fresh = Fresh::new(now).unwrap();
        let text = fresh.text(SHOP, &lock(3));
        let note = sign(&text, &owner(1)).unwrap();
        let key = owner(1).key();
        assert_eq!(verify(&note, &text, &key), Ok(()));
        assert_eq!(verify(&note, &text, &owner(2).key()), Err(Refused::Signature));
        assert_eq!(verify(&note, &Fresh::new(now).unwrap().text(SHOP, &lock(3)), &key), Err(Refused::Stale));
        assert_eq!(verify(&note, &fresh.text(SHOP, &lock(4)), &key), Err(Refused::Stale));
        assert_eq!(verify(&note, &fresh.text("https://other.example", &lock(3)), &key), Err(Refused::Stale));
        assert_eq!(verify(&text, &text, &key), Err(Refused::Signature), "not signed at all");
        let changed = note.replace("lock 3", "lock 4");
        assert_eq!(verify(&changed, &fresh.text(SHOP, &lock(4)), &key), Err(Refused::Signature));

        assert!(opens(&note, SHOP, 3, &key));
        assert!(!opens(&note, SHOP, 4, &key) && !opens(&note, "https://other.example", 3, &key));
        assert!(!opens(&note, SHOP, 3, &owner(2).key()) && !opens(&changed, SHOP, 4, &key));
        assert!(!opens("", SHOP, 3, &key));
    }

    #[test]
    fn nothing_but_a_challenge_is_signed() {
        let fresh = Fresh::new(Timestamp::now()).unwrap();
        let text = fresh.text(SHOP, &lock(1));
        for odd in
            ["", "dozo.page-manifest/1\nserial 1\n", &text[..text.len() - 40], &(text.clone() + "more\n")]
        {
            assert!(sign(odd, &owner(1)).is_err(), "{odd}");
        }
        // Why is one line: whatever it says, it adds none.
        let why = Lock { why: "x nonce y lock 9".into(), ..lock(1) };
        assert_eq!(number_of(&fresh.text(SHOP, &why)), Some(1));
    }

    #[test]
    fn it_is_good_for_a_day() {
        let now = Timestamp::now();
        let fresh = Fresh::new(now).unwrap();
        assert!(fresh.is_good(now + SignedDuration::from_hours(23)));
        assert!(!fresh.is_good(now + SignedDuration::from_hours(25)));
    }
}
