//! The witness of the ledger: sees each minute that the log goes on from what it saw before, keeps a copy, and signs for
//! it.
//!
//! A checkpoint is witnessed when it bears the log's signatures, goes on from the one before (never fewer entries, never
//! others), and the entries up to it are in the copy. Then it is cosigned and handed back. Whoever changes what was
//! witnessed shows it: to this witness at its next look, and to everybody who compares with its copy. `docs/ledger.md`
//! and decision 17 tell how it is used.
//!
//! In the witness's folder: `1`, `2` … the copies, each a folder as the log's own; `trusted`, the log's public keys;
//! `key`, the witness's own, secret; `state.json`, what it saw last; `refused/`, checkpoints that it did not believe;
//! `checkpoints*.jsonl`, one an hour; `ask`, made by whoever wants it to look at once.

mod copies;
mod doubt;
mod judge;
mod keys;
pub mod relay;
mod source;
#[cfg(test)]
mod tests;

pub use doubt::Doubt;
pub use keys::{own, parse};
pub(crate) use keys::{relay_identity, relay_token};
pub(crate) use source::Remote;
pub use source::Source;

use crate::{
    alarms::{Alarms, Line},
    book::{Book, replace, write_whole},
    finding::Finding,
    heartbeat::now,
    register::Register,
};
use copies::Copies;
use ledger::{Checkpoint, Cosigner, VerifierKey, hex};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use telemetry::{Gauge, Life, Metrics};

/// Makes the witness look at once.
const ASK: &str = "ask";
/// What it saw last.
const STATE: &str = "state.json";
/// Where checkpoints are kept that it did not believe.
const REFUSED: &str = "refused";
/// The most of them.
const REFUSED_MAX: usize = 100;
/// The book of checkpoints: bytes of a file, and how many of them. About three years, one an hour.
const CHECKPOINTS_BOOK: (u64, usize) = (4 * 1024 * 1024, 25);
/// The book of a witness that runs by itself: bytes of a file, and how many of them.
const ALARMS_BOOK: (u64, usize) = (4 * 1024 * 1024, 5);
/// How soon it looks again where there was no answer, and sees that it was asked.
const RETRY: Duration = Duration::from_secs(1);
const HOUR_S: u64 = 3600;

/// What a witness is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// The witness's own folder; made if it is not there.
    pub dir: PathBuf,
    /// The log's public keys as somebody trustworthy told them; none: those that the log names at the first look.
    pub keys: Vec<VerifierKey>,
    /// How often it looks.
    pub every: Duration,
    /// For how long the log may give no answer.
    pub silent_after: Duration,
    /// How old the signature of the newest checkpoint may be, and how far ahead of this clock.
    pub stale_after: Duration,
    /// The most bytes of the copies.
    pub copy_bytes_max: u64,
}

impl Config {
    /// The usual rhythm.
    pub fn new(dir: impl Into<PathBuf>) -> Config {
        Config {
            dir: dir.into(),
            keys: Vec::new(),
            every: Duration::from_secs(60),
            silent_after: Duration::from_secs(60),
            stale_after: Duration::from_secs(300),
            copy_bytes_max: 64 * 1024 * 1024 * 1024,
        }
    }
}

/// What a witness saw last: `state.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// When it looked last, RFC 3339.
    pub looked_at: String,
    /// When a checkpoint was witnessed last, RFC 3339.
    pub witnessed_at: Option<String>,
    /// The log's name.
    pub origin: Option<String>,
    /// How many entries were witnessed.
    pub size: u64,
    /// The root over them, in hexadecimal.
    pub root: Option<String>,
    /// How many entries are in the copy.
    pub copied: u64,
    /// The witness's public key.
    pub key: String,
    /// What is wrong.
    pub doubts: BTreeSet<Doubt>,
}

/// A witness of one log and of those that go on from it.
pub struct Witness {
    config: Config,
    source: Box<dyn Source>,
    copies: Copies,
    trusted: Option<Vec<VerifierKey>>,
    cosigner: Cosigner,
    pulse: judge::Pulse,
    /// When the log answered last, or when the witness began to ask.
    answered: Instant,
    /// The hour of the newest checkpoint in the book.
    hour: u64,
    book: Book,
    _lock: fs::File,
    state: State,
    size: Gauge,
    at_s: Gauge,
}

impl Witness {
    /// A witness that has not looked yet.
    ///
    /// # Errors
    /// Where its folder cannot be used, or was told other keys than those it believed so far.
    pub fn open(config: Config, source: Box<dyn Source>, metrics: &Metrics) -> io::Result<Witness> {
        let dir = &config.dir;
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir.join(REFUSED))?;
        let lock = fs::OpenOptions::new().write(true).create(true).truncate(false).open(dir.join("lock"))?;
        lock.try_lock()
            .map_err(|_| io::Error::new(io::ErrorKind::WouldBlock, "another witness works in this folder"))?;
        let trusted = match (keys::trusted(dir)?, &config.keys[..]) {
            (Some(known), []) => Some(known),
            (Some(known), told) if same(&known, told) => Some(known),
            (Some(_), _) => {
                let told = "the witness was told other keys than those that it believed so far: if the log is another \
                            one now, give the witness another folder";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, told));
            }
            (None, []) => None,
            (None, told) => {
                keys::trust(dir, told)?;
                Some(told.to_vec())
            }
        };
        let cosigner = keys::own(dir)?;
        let state = State { key: cosigner.key().to_string(), ..State::default() };
        Ok(Witness {
            copies: Copies::open(dir, config.copy_bytes_max)?,
            book: Book::open(dir, "checkpoints", CHECKPOINTS_BOOK.0, CHECKPOINTS_BOOK.1)?,
            source,
            trusted,
            cosigner,
            pulse: judge::Pulse::default(),
            answered: Instant::now(),
            hour: 0,
            state,
            _lock: lock,
            size: metrics.gauge("watch_witnessed_size", "Entries of the ledger that were witnessed"),
            at_s: metrics
                .gauge("watch_witnessed_at_seconds", "When a checkpoint was witnessed last, Unix seconds"),
            config,
        })
    }

    /// One look, at this Unix second: what is wrong.
    pub fn look(&mut self, now_s: u64) -> &State {
        let mut doubts = BTreeSet::new();
        if let Err(doubt) = self.witness(now_s, &mut doubts) {
            if doubt != Doubt::LedgerSilent {
                self.answered = Instant::now();
                doubts.insert(doubt);
            } else if self.answered.elapsed() >= self.config.silent_after {
                doubts.insert(doubt);
            } else {
                // Too early to say: what stood before the silence stands.
                doubts.clone_from(&self.state.doubts);
            }
        } else {
            self.answered = Instant::now();
        }
        self.state.looked_at = now();
        self.state.doubts = doubts;
        self.state.copied = self.copies.copied();
        if let Some(Checkpoint { origin, size, root }) = self.copies.last().cloned() {
            (self.state.origin, self.state.size, self.state.root) = (Some(origin), size, Some(hex(&root)));
            self.size.set(i64::try_from(size).unwrap_or(i64::MAX));
        }
        if let Err(error) = replace(&self.config.dir.join(STATE), &self.state) {
            tracing::error!(kind = %error.kind(), "the witness cannot write down what it saw");
        }
        &self.state
    }

    fn witness(&mut self, now_s: u64, doubts: &mut BTreeSet<Doubt>) -> Result<(), Doubt> {
        let sealed = self.source.sealed();
        let note = self.source.checkpoint().map_err(|_| Doubt::LedgerSilent)?;
        let Some(note) = note else {
            // In its first second a log has signed nothing; one that was witnessed has.
            return if self.copies.last().is_some() { Err(Doubt::LedgerRolledBack) } else { Ok(()) };
        };
        let judged = self.judge(&note, doubts);
        if let Some(doubt) = judged.as_ref().err().filter(|doubt| doubt.refuses()) {
            self.refuse(&note, *doubt);
        }
        let (checkpoint, signed_at_s) = judged?;
        if signed_at_s.is_none_or(|at_s| now_s.abs_diff(at_s) > self.config.stale_after.as_secs()) {
            doubts.insert(Doubt::LedgerStale);
        }
        if self.pulse.stands_still(checkpoint.size, sealed, now_s) {
            doubts.insert(Doubt::LedgerStandsStill);
        }
        let keys: Vec<_> = self.trusted.iter().flatten().map(|key| key.of_log(&checkpoint.origin)).collect();
        let cosigned = self.cosigner.cosign(&note, now_s).map_err(|_| Doubt::LedgerUnsigned)?;
        // Kept before it leaves the house: what was signed for must not be forgotten.
        if !self.copies.keep(&mut *self.source, &checkpoint, &cosigned, &keys)? {
            doubts.insert(Doubt::CopyFull);
        }
        self.state.witnessed_at = Some(now());
        self.at_s.set(i64::try_from(now_s).unwrap_or(i64::MAX));
        if self.hour != now_s / HOUR_S {
            self.hour = now_s / HOUR_S;
            self.book.write(&Line::Witnessed { time: now(), note: &cosigned });
        }
        if let Err(error) = self.source.cosigned(&cosigned, &self.cosigner.key()) {
            tracing::warn!(error = %error, "the cosignature was not taken");
            doubts.insert(Doubt::NotHandedBack);
        }
        Ok(())
    }

    /// Whether a checkpoint is believed, and when it was signed.
    fn judge(
        &mut self,
        note: &str,
        doubts: &mut BTreeSet<Doubt>,
    ) -> Result<(Checkpoint, Option<u64>), Doubt> {
        let trusted = self.trusted()?;
        let (checkpoint, signed_at_s) = judge::signed(note, &trusted)?;
        let source = &mut *self.source;
        match (self.copies.known(), self.copies.last()) {
            (Some(known), _) if known.origin == checkpoint.origin => {
                judge::goes_on(&known, &checkpoint, |old, new| copies::prove(source, old, new))?;
            }
            (_, Some(last)) => {
                let first = Copies::first_entry(source, &checkpoint)?;
                judge::links(first.as_deref(), last, has_refused(&self.config.dir, &last.origin))?;
                doubts.insert(Doubt::LedgerBegunAnew);
            }
            _ => {}
        }
        Ok((checkpoint, signed_at_s))
    }

    /// The log's keys; those that it names itself, where nobody told any before.
    fn trusted(&mut self) -> Result<Vec<VerifierKey>, Doubt> {
        if self.trusted.is_none() {
            let named = self.source.keys().map_err(|_| Doubt::LedgerSilent)?;
            let keys = keys::parse(&named).ok_or(Doubt::LedgerUnsigned)?;
            keys::trust(&self.config.dir, &keys).map_err(|_| Doubt::CopyFailed)?;
            tracing::warn!(
                log = keys[0].name(),
                "the witness believes the keys that the log named at this first look: compare its file `trusted` with \
                 what the shop's owner tells you"
            );
            self.trusted = Some(keys);
        }
        Ok(self.trusted.clone().unwrap_or_default())
    }

    /// Keeps a checkpoint that was not believed: signed by the log's keys, it is evidence.
    fn refuse(&self, note: &str, doubt: Doubt) {
        let dir = self.config.dir.join(REFUSED);
        let mark = ledger::leaf_hash(note.as_bytes());
        let path = dir.join(format!("{}-{}", doubt.word(), &hex(&mark)[..16]));
        let many = fs::read_dir(&dir).map_or(0, Iterator::count) >= REFUSED_MAX;
        if !many && !path.exists() && write_whole(&path, note.as_bytes(), 0o600).is_err() {
            tracing::error!("the witness cannot keep a checkpoint that it refused");
        }
    }

    /// Looks until `life` ends: as often as it was told, at once when asked, and each second while there is no answer.
    pub(crate) fn watch(mut self, mut alarms: Alarms, life: &Life) {
        loop {
            let now_s = u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or(0);
            let before = self.answered;
            let doubts = self.look(now_s).doubts.clone();
            let mut found: BTreeSet<_> = doubts.into_iter().map(|doubt| Finding::Ledger { doubt }).collect();
            found.extend(self.copies.staffing.findings(jiff::Timestamp::now()));
            alarms.compare(found);
            let answered = self.answered != before;
            let next =
                Instant::now() + if answered { self.config.every } else { RETRY.min(self.config.every) };
            while Instant::now() < next && fs::remove_file(self.config.dir.join(ASK)).is_err() {
                if life.sleep(RETRY.min(self.config.every)) {
                    return;
                }
            }
            if life.is_stopping() {
                return;
            }
        }
    }
}

/// Runs a witness by itself, on a machine where nothing else of the shop runs, until `life` ends. One process works in
/// a folder at a time. Where `url` is https://, `trust` says who may answer.
///
/// # Errors
/// As [`Witness::open`].
pub fn run(
    config: Config,
    url: &str,
    token: Option<outbound::Secret>,
    trust: &outbound::Trust,
    life: &Life,
) -> io::Result<()> {
    let book = Book::open(&config.dir, "alarms", ALARMS_BOOK.0, ALARMS_BOOK.1)?;
    let register = Register::open(&config.dir, None)?;
    let alarms =
        Alarms::new(Arc::new(Mutex::new(book)), Arc::new(Mutex::new(register)), None, life.metrics());
    let witness = Witness::open(config, Box::new(source::Remote::new(url, token, trust)?), life.metrics())?;
    life.ready();
    witness.watch(alarms, life);
    Ok(())
}

/// Asks the witness that runs on this folder to look at once, and waits for what it saw.
///
/// # Errors
/// As the disk says; `TimedOut` where it did not look in time, most likely because none runs there.
pub fn ask(dir: &Path, wait: Duration) -> io::Result<State> {
    let before = fs::read(dir.join(STATE)).unwrap_or_default();
    fs::write(dir.join(ASK), "")?;
    let end = Instant::now() + wait;
    loop {
        let state = fs::read(dir.join(STATE)).unwrap_or_default();
        if state != before {
            return Ok(serde_json::from_slice(&state)?);
        }
        if Instant::now() > end {
            let _ = fs::remove_file(dir.join(ASK));
            return Err(io::ErrorKind::TimedOut.into());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Whether a checkpoint of that log was refused, or so many were that nobody knows.
fn has_refused(dir: &Path, origin: &str) -> bool {
    let notes: Vec<_> = fs::read_dir(dir.join(REFUSED)).into_iter().flatten().flatten().collect();
    let of_it = |note: &fs::DirEntry| {
        let note = fs::read_to_string(note.path()).unwrap_or_default();
        Checkpoint::unverified(&note).is_ok_and(|refused| refused.origin == origin)
    };
    notes.len() >= REFUSED_MAX || notes.iter().any(of_it)
}

/// Whether two lists hold the same keys, whatever the logs' names are.
fn same(known: &[VerifierKey], told: &[VerifierKey]) -> bool {
    let bare =
        |keys: &[VerifierKey]| keys.iter().map(|key| key.of_log("").to_string()).collect::<BTreeSet<_>>();
    bare(known) == bare(told)
}
