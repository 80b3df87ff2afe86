//! Orders that were placed while the vault was away: the keys of days, and the envelopes sealed to them.
//!
//! A day's private key lies in the store, wrapped by a key of the house, until nothing waits for it any more; then it is
//! destroyed, and what was sealed to it opens nowhere again. An envelope is a request that `web` could not make at the
//! time: it is judged by the same rules, so it makes new persons and touches nobody who exists. Which envelope made
//! them is remembered as long as its key: the same may come again, after a death or a full disk in the middle, and no
//! other for its order. A guest's capability is given for it once.

use crate::{
    caps::{Cap, Grant, Scope},
    clock::{DAY_MS, HOUR_MS},
    crypto::{CryptoError, Hash, random, sha256},
    entry::Kind,
    house::{Asked, Done, Fault, House},
    orders::check_order,
    store::{DAY_KEYS, TAKEN_IN},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;
use vault_api::{
    BATCH_ITEMS_MAX, DayKey, ENVELOPE_BYTES_MAX, Enclosed, Envelope, Reason, Response, TakenIn, hpke,
};
use zeroize::Zeroizing;

/// How long a day's key is kept at least once a newer one has come: an order may be on its way with it.
const OVERLAP_MS: i64 = HOUR_MS;
/// Days begin in Japan, at UTC+9.
const JAPAN_MS: i64 = 9 * HOUR_MS;
const CONTEXT: &[u8] = b"dozo day key 1";
/// Stands behind an envelope's name where a guest's capability was given for it.
const GIVEN: &[u8] = b"given";

/// A day's key as the store has it.
#[derive(Serialize, Deserialize)]
struct Kept {
    public: [u8; hpke::KEY_BYTES],
    /// The private key, wrapped; bound to its name.
    wrapped: Vec<u8>,
    made_at_ms: i64,
}

impl House {
    pub(crate) fn day_key(&self, asked: Asked, held: &[Uuid]) -> Done {
        if held.len() > BATCH_ITEMS_MAX {
            return Err(Fault::Bad("more keys than one request may hold"));
        }
        let newest = match self.newest_day_key()? {
            Some((id, kept)) if day(kept.made_at_ms) >= day(asked.now_ms) => (id, kept),
            _ => self.make_day_key(asked)?,
        };
        self.destroy_day_keys(asked, &newest, held)?;
        Ok(Response::DayKey(DayKey { id: newest.0, public: newest.1.public }))
    }

    fn newest_day_key(&self) -> Done<Option<(Uuid, Kept)>> {
        let all = self.store.all::<Kept>(DAY_KEYS)?.into_iter();
        let all = all.filter_map(|(id, kept)| Some((Uuid::from_slice(&id).ok()?, kept)));
        Ok(all.max_by_key(|(_, kept)| kept.made_at_ms))
    }

    fn make_day_key(&self, asked: Asked) -> Done<(Uuid, Kept)> {
        let id = Uuid::from_bytes(*random::<16>()?);
        let (private, public) = hpke::generate().map_err(|_| CryptoError)?;
        let wrapped = self.keys.ring().grant.wrap(&context(id), Zeroizing::new(private.to_vec()))?;
        let mut entry = asked.entry(Kind::Token);
        entry.reason = Some("a key for the day".into());
        self.write(&entry)?;
        let kept = Kept { public, wrapped, made_at_ms: asked.now_ms };
        self.store.write(|tx| tx.put(DAY_KEYS, id.as_bytes(), &kept))?;
        Ok((id, kept))
    }

    /// Destroys the keys that nothing waits for.
    fn destroy_day_keys(&self, asked: Asked, newest: &(Uuid, Kept), held: &[Uuid]) -> Done<()> {
        if asked.now_ms < newest.1.made_at_ms + OVERLAP_MS {
            return Ok(());
        }
        let all = self.store.all::<Kept>(DAY_KEYS)?.into_iter();
        let all = all.filter_map(|(id, _)| Uuid::from_slice(&id).ok());
        let over: Vec<Uuid> = all.filter(|id| *id != newest.0 && !held.contains(id)).collect();
        if over.is_empty() {
            return Ok(());
        }
        let mut entry = asked.entry(Kind::Erase);
        entry.reason = Some(format!("keys of days: {}", over.len()).into());
        self.write(&entry)?;
        self.store.write(|tx| {
            over.iter().try_for_each(|id| {
                tx.remove(DAY_KEYS, id.as_bytes())?;
                tx.remove_all(TAKEN_IN, id.as_bytes(), 16)
            })
        })?;
        Ok(())
    }

    pub(crate) fn take_in(&self, asked: Asked, order: Uuid, envelope: &Envelope) -> Done {
        let Enclosed { items, order: ask } = self.open_envelope(order, envelope)?;
        check_order(&ask)?;
        let hash = sha256(&envelope.sealed);
        let name = [&envelope.key.as_bytes()[..], order.as_bytes()].concat();
        let again = match self.store.get::<Hash>(TAKEN_IN, &name)? {
            None => None,
            Some(known) if known == hash => {
                let persons = items.iter().map(|item| item.place.person).collect();
                let scope = Scope::Ticket { persons };
                Some(Cap { hash, grant: Arc::new(Grant { scope, expires_at_ms: asked.now_ms }) })
            }
            Some(_) => return Err(Reason::Envelope.into()),
        };
        let given = [&name[..], GIVEN].concat();
        let guest = self.store.get::<Hash>(TAKEN_IN, &given)?.is_none();
        let sealing = self.judge_with(asked, again, &items)?;
        let places = items.iter().map(|item| item.place).collect();
        let order =
            self.place_order(asked, sealing, &items, ask, guest, |tx| tx.put(TAKEN_IN, &name, &hash))?;
        if guest {
            // Not before it is on the ledger: where that fails nobody was given anything.
            self.store.write(|tx| tx.put(TAKEN_IN, &given, &hash))?;
        }
        self.counters.taken_in.inc();
        Ok(Response::TakenIn(TakenIn { places, order }))
    }

    fn open_envelope(&self, order: Uuid, envelope: &Envelope) -> Done<Enclosed> {
        if envelope.sealed.len() > ENVELOPE_BYTES_MAX {
            return Err(Fault::Bad("envelope larger than one may be"));
        }
        let kept = self.store.get::<Kept>(DAY_KEYS, envelope.key.as_bytes())?.ok_or(Reason::Envelope)?;
        let private = self.keys.ring().grant.unwrap(&context(envelope.key), &kept.wrapped)?;
        let private = private.first_chunk().ok_or(CryptoError)?;
        Ok(envelope.open(private, order).map_err(|_| Reason::Envelope)?)
    }
}

/// The day in Japan, counted from 1970.
fn day(at_ms: i64) -> i64 {
    (at_ms + JAPAN_MS).div_euclid(DAY_MS)
}

fn context(id: Uuid) -> Vec<u8> {
    [CONTEXT, id.as_bytes()].concat()
}
