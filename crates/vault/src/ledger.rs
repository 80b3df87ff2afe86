//! The vault's ledger: nothing is opened, sealed, looked up or refused before its entry is on the disk.
//!
//! `ledger/` holds a folder for each log, `1`, `2` and so on; the last one is written. A new one begins only where the
//! old one cannot go on: after a restore from a backup ([`RESTART`]). Its first entry names the end of the one before,
//! so that no log is ever a fork of another.

use crate::{
    budget::Budgets,
    clock::{HOUR_MS, SECOND_MS},
    crypto::{Hash, KeyBytes, random},
    entry::{Entry, Kind, STAFF_EXPORT},
    house::{Done, Fault},
    mails::Mails,
    state::Mark,
    store::{self, Store},
};
use ::ledger::{Before, Checkpoint, Disk, Folder, Log, Note, Opened, Reader, Signer, Start, Tile, hex};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};
use uuid::Uuid;
use vault_api::{LEDGER_PART_BYTES, LedgerState};

pub(crate) use ::ledger::{LedgerError, Ticket};

/// In `ledger/`: asks for a new log. It holds the last checkpoint that was witnessed, or nothing. While it is at work
/// the file lies in the new log's folder.
pub(crate) const RESTART: &str = "restart";
/// The one record of the store's table.
const SIGNED: &[u8] = b"signed";

/// The log that is written, and what is read of it.
pub(crate) struct Ledger {
    log: Log,
    reader: Reader,
    /// The folder of all logs, and which one is written.
    dir: PathBuf,
    number: u32,
}

/// What the newest checkpoint says, kept apart from the log: files that were put back from a backup show by it.
#[derive(Serialize, Deserialize)]
struct Signed {
    origin: String,
    size: u64,
    root: Hash,
}

impl Ledger {
    /// Opens the newest log in `dir`, or begins one. `layer` gives the disk of a log's folder, which is there.
    pub(crate) fn open(
        dir: &Path,
        layer: impl FnOnce(&Path) -> io::Result<Arc<dyn Disk>>,
        seeds: &[KeyBytes; 2],
        store: &Store,
        now_ms: i64,
    ) -> anyhow::Result<(Ledger, Opened)> {
        let path = newest(dir).with_context(|| format!("cannot read {}", dir.display()))?;
        let signer = Signer::from_seeds(&seeds[0], &seeds[1])?;
        let signed = store.get::<Signed>(store::LEDGER, SIGNED)?;
        let known = signed.map(|Signed { origin, size, root }| Checkpoint { origin, size, root });
        let restart = match fs::read_to_string(path.join(RESTART)) {
            Ok(witnessed) => Some(before(&witnessed, &signer, known.clone())?),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => return Err(e).context("cannot read what the new ledger goes on from"),
        };
        let disk = layer(&path)
            .with_context(|| format!("cannot open {}: is another vault running on it?", path.display()))?;
        let number = path.file_name().and_then(|name| name.to_str()?.parse().ok()).unwrap_or(1);
        let origin = format!("dozo-ledger/{}/{number}", hex(&random::<8>()?[..]));
        let start = Start { origin: &origin, signer, known };
        let (log, opened) = Log::open(Arc::clone(&disk), start)
            .with_context(|| format!("cannot open the ledger in {}", path.display()))?;
        let reader = Reader::open_to(disk, opened.size)?;
        if let Some(before) = restart {
            if opened.size == 0 {
                let mut first = Entry::new(now_ms, Kind::Restart);
                first.before = before;
                log.append(&[&first])?;
            }
            fs::remove_file(path.join(RESTART))?;
        }
        Ok((Ledger { log, reader, dir: dir.to_owned(), number }, opened))
    }

    /// Appends an entry; it is durable when this returns.
    pub(crate) fn append(&self, entry: &Entry) -> Result<u64, LedgerError> {
        self.append_all(&[entry])
    }

    /// Appends entries one behind the other; they are durable when this returns. How many the log has with them.
    pub(crate) fn append_all(&self, entries: &[&Entry]) -> Result<u64, LedgerError> {
        Ok(self.log.append(entries)?.end)
    }

    /// Puts an entry in the row for the next write: it is durable when the ticket says so.
    pub(crate) fn submit(&self, entry: &Entry) -> Ticket<'_> {
        self.log.submit(&[entry])
    }

    /// Whether the last write went well, and how many entries are durable.
    pub(crate) fn health(&self) -> (bool, u64) {
        let health = self.log.health();
        (health.ok, health.size)
    }

    /// Whether nothing more is written until the vault is started anew.
    pub(crate) fn is_broken(&self) -> bool {
        self.log.health().broken
    }

    /// Which log is written: 1 for the first.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// Who was erased since the store last knew how far the ledger is, as the logs have it.
    pub(crate) fn erased_since(&self, since: Mark) -> io::Result<Vec<Uuid>> {
        let mut erased = Vec::new();
        let mut seen = |_, bytes: &[u8]| {
            let entry = Entry::decode(bytes).filter(|entry| entry.kind == Kind::Erase);
            erased.extend(entry.into_iter().flat_map(|entry| entry.erased));
            Ok(true)
        };
        for number in since.log.max(1)..=self.number {
            let from = if number == since.log { since.size } else { 0 };
            let path = self.dir.join(number.to_string());
            if number == self.number {
                self.reader.entries(from..u64::MAX, &mut seen)?;
            } else if path.is_dir() {
                Reader::open(Folder::reading(&path))?.entries(from..u64::MAX, &mut seen)?;
            }
        }
        Ok(erased)
    }

    /// Counts what staff opened and looked up in the last hour against the budgets, and what `post` did.
    pub(crate) fn remember(&self, budgets: &Budgets, mails: &Mails, now_ms: i64) -> io::Result<()> {
        let from = self.reader.first_at(u64::try_from(now_ms - HOUR_MS + 1).unwrap_or(0))?;
        self.reader.entries(from..self.reader.size(), &mut |_, bytes| {
            let Some(entry) = Entry::decode(bytes) else { return Ok(true) };
            mails.remember(&entry);
            if let (Some(staff), Kind::Unseal | Kind::Index) = (entry.staff, entry.kind)
                && entry.purpose.as_deref() != Some(STAFF_EXPORT)
            {
                let persons: Vec<_> = entry.places.pairs().map(|(person, _)| *person).collect();
                budgets.remember(staff, &persons, entry.fields.len(), entry.clock_ms());
            }
            Ok(true)
        })
    }

    /// Signs a checkpoint, if anything was added since the last one, and brings the indexes up.
    pub(crate) fn sign(&self, store: &Store, now_ms: i64) -> anyhow::Result<()> {
        if let Some(Checkpoint { origin, size, root }) =
            self.log.issue(u64::try_from(now_ms / SECOND_MS).unwrap_or(0))?
        {
            let signed = Signed { origin, size, root };
            store.write(|tx| tx.put(store::LEDGER, SIGNED, &signed))?;
            self.reader.refresh(size)?;
        }
        Ok(())
    }

    /// The public keys and the newest checkpoint.
    pub(crate) fn state(&self) -> LedgerState {
        let keys = self.log.keys().map(|key| key.to_string()).to_vec();
        LedgerState { keys, checkpoint: self.log.checkpoint() }
    }

    /// A tile or bundle of what is on the disk, from this byte on; `None` where there is none of that path.
    pub(crate) fn tile(&self, path: &str, from: u32) -> Done<Option<Vec<u8>>> {
        let tile = Tile::parse(path).ok_or(Fault::Bad("not the path of a tile"))?;
        // What is signed is on the disk; the reader may not have got there yet.
        self.reader.refresh(self.log.health().size).map_err(anyhow::Error::from)?;
        let bytes = self.reader.tile(&tile).map_err(anyhow::Error::from)?;
        Ok(bytes.map(|bytes| bytes.into_iter().skip(from as usize).take(LEDGER_PART_BYTES).collect()))
    }

    /// Reads a checkpoint that this log has signed, and that it still holds.
    pub(crate) fn own_checkpoint(&self, note: &str) -> Done<Checkpoint> {
        let other = Fault::Bad("not a checkpoint of this ledger");
        let Ok(checkpoint) = Checkpoint::open(note, &self.log.keys()) else { return Err(other) };
        if self.reader.refresh(self.log.health().size).map_err(anyhow::Error::from)? < checkpoint.size {
            return Err(other);
        }
        let root = self.reader.root(checkpoint.size).map_err(anyhow::Error::from)?;
        if root == checkpoint.root { Ok(checkpoint) } else { Err(other) }
    }

    /// Keeps a cosigned checkpoint of this log beside it: proofs carry it. What other witnesses signed of the same state
    /// stays with it.
    pub(crate) fn keep_witnessed(&self, note: &Note) -> Done<()> {
        let kept = self.reader.witnessed().map_err(anyhow::Error::from)?;
        let mut all = kept.and_then(|kept| Note::parse(&kept).ok()).filter(|kept| kept.text == note.text);
        let all = all.get_or_insert_with(|| note.clone());
        note.signatures.iter().for_each(|signature| all.put(signature.clone()));
        Ok(self.log.keep_witnessed(&all.to_string()).map_err(anyhow::Error::from)?)
    }
}

/// The folder of the newest log; of a new one, where that was asked for.
fn newest(dir: &Path) -> io::Result<std::path::PathBuf> {
    fs::create_dir_all(dir)?;
    let numbers =
        fs::read_dir(dir)?.map(|found| Ok(found?.file_name().to_string_lossy().parse::<u32>().ok()));
    let last = numbers.collect::<io::Result<Vec<_>>>()?.into_iter().flatten().max();
    let asked = dir.join(RESTART);
    let path = match last {
        Some(last) if asked.exists() => dir.join((last + 1).to_string()),
        last => dir.join(last.unwrap_or(1).to_string()),
    };
    fs::create_dir_all(&path)?;
    if asked.exists() && last.is_some() {
        // From here on the new log is the newest one, and knows what it goes on from.
        fs::rename(asked, path.join(RESTART))?;
    }
    Ok(path)
}

/// What a new log goes on from: the checkpoint that was witnessed; where none is given, the last one that is known to
/// have been signed.
fn before(witnessed: &str, signer: &Signer, known: Option<Checkpoint>) -> anyhow::Result<Option<Before>> {
    let checkpoint = if witnessed.is_empty() {
        known
    } else {
        let origin = Checkpoint::unverified(witnessed)?.origin;
        let opened = Checkpoint::open(witnessed, &signer.keys(&origin));
        Some(opened.context("the checkpoint that the new ledger is to go on from is not of this vault")?)
    };
    Ok(checkpoint.map(|Checkpoint { origin, size, root }| Before { origin, size, root }))
}

/// The disk of a log's folder.
pub(crate) fn folder(path: &Path) -> io::Result<Arc<dyn Disk>> {
    Ok(Folder::writing(path)?)
}
