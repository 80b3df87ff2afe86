//! The lock of the shop, as the rooms speak of it: what is closed, by whom and why, and how the gate is asked to close.
//!
//! The gate keeps the lock and alone decides. Whoever reaches its socket can close, and nobody can open but with a note
//! that the owner signed, which the gate checks itself. Nothing here is secret and nothing personal: why something was
//! closed is a word, or a line of the owner's own.

use serde::{Deserialize, Serialize};
use std::{path::Path, time::Duration};

/// The largest request and answer on the socket, in bytes.
pub const FRAME_BYTES_MAX: usize = 16 * 1024;
/// The most characters that say why.
pub const WHY_CHARS_MAX: usize = 200;
/// How long the gate waits for the last answer that was under way before it says that it has closed.
pub const SETTLE_MAX: Duration = Duration::from_secs(1);
/// How long the gate may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// What is closed; each holds the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Closed {
    /// The shop is open.
    Nothing,
    /// Everything on the way to a payment.
    Payment,
    /// The whole shop, but for the back office.
    Shop,
}

impl Closed {
    /// The fixed word.
    pub const fn word(self) -> &'static str {
        match self {
            Closed::Nothing => "nothing",
            Closed::Payment => "payment",
            Closed::Shop => "shop",
        }
    }

    /// What has this word.
    pub fn of_word(word: &str) -> Option<Closed> {
        [Closed::Nothing, Closed::Payment, Closed::Shop].into_iter().find(|closed| closed.word() == word)
    }
}

/// Who closed or opened. Where all processes are one user, this is what the caller said of himself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The gate itself: the shop answered with what is not its own.
    Gate,
    /// The owner, at the command line.
    Owner,
    /// Staff, in the back office.
    Office,
    /// The watch.
    Watch,
    /// The supervisor, because nobody watches.
    Up,
}

impl By {
    /// The fixed word.
    pub const fn word(self) -> &'static str {
        match self {
            By::Gate => "gate",
            By::Owner => "owner",
            By::Office => "office",
            By::Watch => "watch",
            By::Up => "up",
        }
    }
}

/// The lock as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Grows with each closing; 0: nothing was ever closed.
    #[serde(default)]
    pub number: u64,
    /// What is closed.
    pub closed: Closed,
    /// Since when, as RFC 3339; where nothing is closed, when it was opened.
    pub since: String,
    /// Who did it.
    pub by: By,
    /// Why: a fixed word, or what the owner wrote.
    pub why: String,
    /// The reference number of the answer that was refused, if one was.
    #[serde(default)]
    pub reference: String,
}

impl Lock {
    /// Of a shop that was never closed.
    pub fn never() -> Lock {
        let (since, why, reference) = Default::default();
        Lock { number: 0, closed: Closed::Nothing, since, by: By::Gate, why, reference }
    }
}

/// A request to the gate. Each is safe to repeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// See [`Client::state`].
    State,
    /// See [`Client::close`].
    Close {
        /// What.
        closed: Closed,
        /// Who asks.
        by: By,
        /// Why, at most [`WHY_CHARS_MAX`] characters on one line.
        why: String,
    },
    /// See [`Client::challenge`].
    Challenge,
    /// See [`Client::open`].
    Open {
        /// The signed note.
        note: String,
    },
}

/// An answer of the gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// To [`Request::State`] and [`Request::Open`].
    Lock(Lock),
    /// To [`Request::Close`].
    Shut(Shut),
    /// To [`Request::Challenge`]: the text to sign.
    Challenge(String),
    /// Nothing was done, for this reason.
    Refused(Refused),
}

/// What came of closing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shut {
    /// The lock as it stands now.
    pub lock: Lock,
    /// From the word to the end of the last answer that was under way, in microseconds: what came later was refused. 0
    /// where it was closed before.
    pub after_us: u64,
    /// How many answers that were under way were held back.
    pub held_back: u64,
    /// Whether none was left when [`SETTLE_MAX`] was over. Those that are left are refused when they come.
    pub settled: bool,
}

/// Why the gate did not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refused {
    /// There is nothing to open.
    #[error("nothing is closed")]
    Open,
    /// Closing nothing is no closing.
    #[error("opening takes the owner's signature: see `dozo unlock`")]
    NoClosing,
    /// The text that says why is too long, or of several lines.
    #[error("why is one line of at most 200 characters")]
    Why,
    /// What was signed is not what the gate asked for last.
    #[error(
        "this was signed for another state of the lock, or more than a day ago: ask for a new challenge with `dozo unlock --challenge`"
    )]
    Stale,
    /// Not signed with the owner's key.
    #[error("this is not signed with the owner's key of the page manifest: sign it with `dozo unlock sign`")]
    Signature,
    /// There is no owner whose signature could be checked.
    #[error("the gate knows no owner's key, so that nobody can open")]
    NoOwner,
    /// The gate cannot write down that the lock is open.
    #[error("the gate cannot write in its folder: make room on the disk, then try again")]
    Disk,
}

/// Why a call brought nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// The gate does not answer.
    #[error("the gate does not answer")]
    Unavailable,
    /// It refused.
    #[error(transparent)]
    Refused(#[from] Refused),
}

/// The gate's lock, as seen from another process: blocking, shared between threads.
#[derive(Debug)]
pub struct Client {
    pool: wire::Pool<()>,
}

impl Client {
    /// Of the gate that listens on `socket`. Nothing is connected before the first call.
    pub fn connect(socket: &Path) -> Client {
        Client { pool: wire::Pool::new(socket, None, FRAME_BYTES_MAX, ANSWER_TIMEOUT) }
    }

    /// The lock as it stands.
    ///
    /// # Errors
    /// [`LockError::Unavailable`].
    pub fn state(&self) -> Result<Lock, LockError> {
        match self.call(&Request::State)? {
            Answer::Lock(lock) => Ok(lock),
            _ => Err(LockError::Unavailable),
        }
    }

    /// Closes. What is closed further stays so. Returns when the last answer that was under way has been held back, or
    /// after [`SETTLE_MAX`].
    ///
    /// # Errors
    /// [`LockError`]; it may be closed nevertheless where the gate did not answer.
    pub fn close(&self, closed: Closed, by: By, why: &str) -> Result<Shut, LockError> {
        match self.call(&Request::Close { closed, by, why: why.to_owned() })? {
            Answer::Shut(shut) => Ok(shut),
            _ => Err(LockError::Unavailable),
        }
    }

    /// The text that the owner signs to open. For one state of the lock there is one a day, whoever asks.
    ///
    /// # Errors
    /// [`LockError`].
    pub fn challenge(&self) -> Result<String, LockError> {
        match self.call(&Request::Challenge)? {
            Answer::Challenge(text) => Ok(text),
            _ => Err(LockError::Unavailable),
        }
    }

    /// Opens, with the challenge as the owner signed it.
    ///
    /// # Errors
    /// [`LockError`].
    pub fn open(&self, note: &str) -> Result<Lock, LockError> {
        match self.call(&Request::Open { note: note.to_owned() })? {
            Answer::Lock(lock) => Ok(lock),
            _ => Err(LockError::Unavailable),
        }
    }

    fn call(&self, request: &Request) -> Result<Answer, LockError> {
        match self.pool.call(request) {
            Ok(Answer::Refused(why)) => Err(why.into()),
            Ok(answer) => Ok(answer),
            Err(_) => Err(LockError::Unavailable),
        }
    }
}

/// Whether this may say why.
pub fn may_say_why(why: &str) -> bool {
    why.chars().count() <= WHY_CHARS_MAX && !why.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_file() {
        for closed in [Closed::Nothing, Closed::Payment, Closed::Shop] {
            assert_eq!(serde_json::to_value(closed).unwrap(), closed.word());
            assert_eq!(Closed::of_word(closed.word()), Some(closed));
        }
        for by in [By::Gate, By::Owner, By::Office, By::Watch, By::Up] {
            assert_eq!(serde_json::to_value(by).unwrap(), by.word());
        }
        assert!(Closed::Nothing < Closed::Payment && Closed::Payment < Closed::Shop);
    }

    #[test]
    fn why_is_a_line() {
        assert!(may_say_why("") && may_say_why(&"訳".repeat(200)));
        assert!(!may_say_why(&"訳".repeat(201)) && !may_say_why("a\nb") && !may_say_why("a\u{1b}[0m"));
    }

    #[test]
    fn there_and_back_and_a_refusal_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("s");
        let client = Client::connect(&socket);
        assert_eq!(client.state(), Err(LockError::Unavailable));
        let listener = wire::Listener::bind(&socket).unwrap();
        std::thread::spawn(move || {
            let mut line = wire::Line::new(listener.accept().unwrap().0);
            while let Ok(Some(request)) = line.recv::<Request>(FRAME_BYTES_MAX) {
                let answer = match request {
                    Request::State => Answer::Lock(Lock::never()),
                    _ => Answer::Refused(Refused::Open),
                };
                line.send(&answer).unwrap();
            }
        });
        assert_eq!(client.state(), Ok(Lock::never()));
        assert_eq!(client.challenge(), Err(LockError::Refused(Refused::Open)));
    }
}
