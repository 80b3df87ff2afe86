//! Who else knows the ledger: the witnesses that sign for its checkpoints, and what stops when they are away.
//!
//! A witness on another machine is known by the public key in the shop's settings. Without one, the process `watch` on
//! this machine is the witness: better than none, but whoever holds this machine holds both.

use crate::{
    clock::{DAY_MS, SECOND_MS},
    house::{Done, Fault},
    ledger::Ledger,
    store::{self, Store},
};
use ::ledger::{Checkpoint, Note, VerifierKey};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, MutexGuard, PoisonError};
use vault_api::WitnessHealth;

/// How long nothing is missing where no witness was seen.
const AWAY_MS_MAX: i64 = DAY_MS;
/// The one record about witnesses in the ledger's table.
const RECORD: &[u8] = b"witnessed";

/// The witnesses of this vault.
pub(crate) struct Witnesses {
    /// Whether there is to be one at all.
    awaited: bool,
    /// Keys of those on other machines.
    elsewhere: Vec<VerifierKey>,
    record: Mutex<Record>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Record {
    /// Since when a witness is awaited, Unix milliseconds.
    since_ms: i64,
    here: Option<Seen>,
    elsewhere: Option<Seen>,
}

/// What a witness signed for last.
#[derive(Clone, Serialize, Deserialize)]
struct Seen {
    origin: String,
    size: u64,
    /// As his signature says, but never later than this machine's clock, Unix milliseconds.
    at_ms: i64,
}

impl Witnesses {
    /// Reads what is known of them.
    ///
    /// # Errors
    /// As the store says, or where a key of the settings is none.
    pub(crate) fn open(
        store: &Store,
        elsewhere: &[String],
        awaited: bool,
        now_ms: i64,
    ) -> anyhow::Result<Witnesses> {
        let key = |text: &String| {
            let key = VerifierKey::parse(text).filter(VerifierKey::cosigns);
            key.with_context(|| {
                format!("`{text}` is no witness's key: ask the witness for it by `dozo witness key`")
            })
        };
        let elsewhere = elsewhere.iter().map(key).collect::<Result<_, _>>()?;
        let record = match store.get::<Record>(store::LEDGER, RECORD)? {
            Some(record) => record,
            None => {
                let record = Record { since_ms: now_ms, here: None, elsewhere: None };
                store.write(|tx| tx.put(store::LEDGER, RECORD, &record))?;
                record
            }
        };
        Ok(Witnesses { awaited, elsewhere, record: Mutex::new(record) })
    }

    /// Takes a cosigned checkpoint of this vault's ledger, and keeps it beside the log. `own` is the key of the witness
    /// on this machine, who says so himself; all others must be known.
    pub(crate) fn cosigned(
        &self,
        (ledger, store): (&Ledger, &Store),
        note: &str,
        own: Option<&str>,
        now_ms: i64,
    ) -> Done<()> {
        let checkpoint = ledger.own_checkpoint(note)?;
        let parsed = Note::parse(note).map_err(|_| Fault::Bad("no signed note"))?;
        let own = own.and_then(VerifierKey::parse).filter(VerifierKey::cosigns);
        let keys = if own.is_some() { own.as_slice() } else { &self.elsewhere[..] };
        let signed = keys.iter().filter(|key| parsed.verify(std::slice::from_ref(key)).is_ok());
        let at_s = signed.filter_map(|key| key.signed_at_s(&parsed)).max();
        let at_s = at_s.ok_or(Fault::Bad("not signed by a witness whom this vault was told of"))?;
        let at_ms = i64::try_from(at_s).unwrap_or(i64::MAX).saturating_mul(SECOND_MS).min(now_ms);
        let Checkpoint { origin, size, .. } = checkpoint;
        let mut record = self.record();
        let mut new = record.clone();
        let place = if own.is_some() { &mut new.here } else { &mut new.elsewhere };
        let older = |seen: &Seen| seen.origin == origin && (seen.size > size || seen.at_ms > at_ms);
        if place.as_ref().is_some_and(older) {
            // A late or repeated word changes nothing.
            return Ok(());
        }
        *place = Some(Seen { origin, size, at_ms });
        store.write(|tx| tx.put(store::LEDGER, RECORD, &new))?;
        *record = new;
        if own.is_none() || self.elsewhere.is_empty() {
            ledger.keep_witnessed(&parsed)?;
        }
        Ok(())
    }

    /// How far the ledger is known to the witness that counts.
    pub(crate) fn health(&self, now_ms: i64) -> WitnessHealth {
        let record = self.record();
        let elsewhere = !self.elsewhere.is_empty();
        let seen = if elsewhere { &record.elsewhere } else { &record.here };
        let known_ms = seen.as_ref().map_or(record.since_ms, |seen| seen.at_ms);
        WitnessHealth {
            elsewhere,
            size: seen.as_ref().map_or(0, |seen| seen.size),
            at_ms: seen.as_ref().map(|seen| seen.at_ms),
            exports_stop: self.awaited && now_ms.saturating_sub(known_ms) > AWAY_MS_MAX,
        }
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
