//! Sealing, opening and looking up.

use crate::{
    caps::{Cap, Scope, TICKET_MS},
    entry::{Entry, Fill, Kind, purpose_name},
    export,
    house::{Asked, Done, Fault, House},
    keys::{MadeKey, PersonKey, unwrap_person},
    ledger::Ticket,
    seal,
    store::Tx,
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;
use vault_api::{
    BATCH_ITEMS_MAX, BlindIndex, CapToken, INDEXES_PER_ITEM_MAX, IndexAsk, IndexField, NotOpened,
    PLAINTEXT_BYTES_MAX, Plain, Purpose, Reason, Response, Role, SealItem, SealedBatch, SealedItem,
    UnsealItem, VALUE_BYTES_MAX,
};

const TOO_MANY: &str = "more items than one request may hold: split it";

/// A batch that may be sealed, before its entry is written.
pub(crate) struct Sealing {
    pub(crate) cap: Option<Cap>,
    /// Persons who have no key yet.
    missing: Vec<Uuid>,
    keys: HashMap<Uuid, PersonKey>,
    indexes: Vec<Vec<BlindIndex>>,
}

/// Fields that may be opened, as soon as their entry is on the disk.
pub(crate) struct Opening<'a> {
    pub(crate) asked: Asked,
    items: Vec<UnsealItem>,
    entry: Ticket<'a>,
}

impl Sealing {
    /// Whether any key is to be made. None needs no transaction, which would cost an fsync.
    pub(crate) fn makes_keys(&self) -> bool {
        !self.missing.is_empty()
    }

    /// Whether this person is new or covered by the capability.
    pub(crate) fn covers(&self, person: Uuid) -> bool {
        self.missing.contains(&person) || self.cap.as_ref().is_some_and(|cap| cap.scope().seals_for(person))
    }

    pub(crate) fn not_covered(&self) -> Fault {
        Fault::Denied(Reason::NotCovered, self.cap.as_ref().map(|cap| cap.hash))
    }

    /// Takes in the keys that were made, which are on disk by now.
    pub(crate) fn take_keys(&mut self, made: Vec<(Uuid, PersonKey)>) {
        self.keys.extend(made);
    }
}

impl House {
    pub(crate) fn seal(&self, asked: Asked, cap: Option<CapToken>, items: Vec<SealItem>) -> Done {
        let mut sealing = self.judge(asked, cap, &items)?;
        if sealing.makes_keys() {
            let made = self.store.write(|tx| self.make_persons(tx, asked, &sealing))?;
            sealing.take_keys(self.adopt(made)?);
        }
        self.write(&seal_entry(asked, &sealing, &items))?;
        let ticket = if asked.role == Role::Web { Some(self.ticket(asked, &sealing)?) } else { None };
        Ok(Response::Sealed(SealedBatch { items: self.seal_items(&items, sealing)?, ticket }))
    }

    /// Checks a batch, lets in persons who are new or covered, and finds the keys there are: all or none.
    pub(crate) fn judge(&self, asked: Asked, cap: Option<CapToken>, items: &[SealItem]) -> Done<Sealing> {
        let cap = cap.map(|token| self.cap(asked, &token)).transpose()?;
        self.judge_with(asked, cap, items)
    }

    /// The same with what stands behind the token.
    pub(crate) fn judge_with(&self, asked: Asked, cap: Option<Cap>, items: &[SealItem]) -> Done<Sealing> {
        check_count(items.len())?;
        for item in items {
            if item.plaintext.reveal().len() > PLAINTEXT_BYTES_MAX {
                return Err(Fault::Bad("plaintext larger than a field may be"));
            }
            if item.index.len() > INDEXES_PER_ITEM_MAX {
                return Err(Fault::Bad("more indexes than one field may have"));
            }
        }
        let indexes = items.iter().map(|item| self.blind_indexes(&item.index)).collect::<Done<Vec<_>>>()?;
        let mut sealing = Sealing { cap, missing: Vec::new(), keys: HashMap::new(), indexes };
        let new: HashSet<Uuid> = items.iter().filter(|i| i.create_person).map(|i| i.place.person).collect();
        let persons: HashSet<Uuid> = items.iter().map(|item| item.place.person).collect();
        let covered = |person| asked.role == Role::Owner || sealing.covers(person);
        if persons.iter().any(|p| !new.contains(p) && !covered(*p)) {
            return Err(sealing.not_covered());
        }
        for person in persons {
            match self.keys.newest_person_key(person)? {
                Some(_) if asked.role != Role::Owner && !sealing.covers(person) => {
                    return Err(sealing.not_covered());
                }
                Some(key) => drop(sealing.keys.insert(person, key)),
                None if new.contains(&person) => sealing.missing.push(person),
                None => return Err(Fault::Bad("unknown person: set create_person for a new one")),
            }
        }
        Ok(sealing)
    }

    /// Makes the keys that are missing, as part of a change to the store.
    pub(crate) fn make_persons(&self, tx: &Tx<'_>, asked: Asked, sealing: &Sealing) -> Done<Vec<MadeKey>> {
        let mut made = Vec::with_capacity(sealing.missing.len());
        for person in &sealing.missing {
            match self.keys.create_person(tx, *person)? {
                Some(key) => made.push(key),
                // Somebody else has made the same person since we looked.
                None if asked.role == Role::Owner => return Err(Fault::Busy),
                None => return Err(sealing.not_covered()),
            }
        }
        Ok(made)
    }

    /// Takes keys into use that are on disk by now.
    pub(crate) fn adopt(&self, made: Vec<MadeKey>) -> Done<Vec<(Uuid, PersonKey)>> {
        let adopt = |made: MadeKey| Ok((made.person(), self.keys.adopt(&self.store, made)?));
        made.into_iter().map(adopt).collect()
    }

    /// Seals what was judged. The ledger must have the entry, the store the keys.
    pub(crate) fn seal_items(&self, items: &[SealItem], sealing: Sealing) -> Done<Vec<SealedItem>> {
        let mut out = Vec::with_capacity(items.len());
        for (item, index) in items.iter().zip(sealing.indexes) {
            let key = sealing.keys.get(&item.place.person).ok_or(Fault::Bad("unknown person"))?;
            out.push(SealedItem { sealed: seal::seal(key, &item.place, &item.plaintext)?, index });
        }
        self.counters.sealed.inc_by(out.len() as u64);
        Ok(out)
    }

    /// The right to go on with these persons. Not longer than the right it comes from.
    fn ticket(&self, asked: Asked, sealing: &Sealing) -> Done<CapToken> {
        let persons = sealing.keys.keys().copied().collect();
        let from = sealing.cap.as_ref().map_or(i64::MAX, |c| c.grant.expires_at_ms);
        let until = from.min(asked.now_ms + TICKET_MS);
        Ok(self.caps.mint(&self.store, Scope::Ticket { persons }, until)?.0)
    }

    pub(crate) fn unseal(
        &self,
        asked: Asked,
        token: &CapToken,
        purpose: Purpose,
        items: Vec<UnsealItem>,
    ) -> Done {
        self.finish_unseal(self.begin_unseal(asked, token, purpose, items)?)
    }

    /// Judges, and puts the entry in the row for the disk. Opens nothing.
    pub(crate) fn begin_unseal(
        &self,
        asked: Asked,
        token: &CapToken,
        purpose: Purpose,
        items: Vec<UnsealItem>,
    ) -> Done<Opening<'_>> {
        check_count(items.len())?;
        let cap = self.cap(asked, token)?;
        if !cap.scope().opens(items.iter().map(|item| &item.place), purpose) {
            return Err(cap.denied(Reason::NotCovered));
        }
        let mut entry = asked.entry(Kind::Unseal).places(items.iter().map(|i| &i.place));
        entry.purpose = Some(purpose_name(purpose));
        let places = || items.iter().map(|item| item.place).collect::<Vec<_>>();
        match *cap.scope() {
            Scope::Staff { staff, .. } => {
                self.look_out(asked, &cap, Some(purpose), &places())?;
                let persons = items.iter().map(|item| item.place.person).collect();
                if !self.budgets.take_persons(staff, &persons, asked.now_ms) {
                    return Err(cap.denied(Reason::Budget));
                }
            }
            Scope::Export { .. } => {
                entry.reason = Some(export::name(&self.export_opens(asked, &cap, &places())?).into());
            }
            Scope::OwnAccount { .. } | Scope::GuestOrder { .. } | Scope::Ticket { .. } => {}
        }
        Ok(Opening { asked, items, entry: self.ledger.submit(&with_cap(entry, Some(&cap))) })
    }

    /// Opens what was judged, once its entry is on the disk.
    pub(crate) fn finish_unseal(&self, Opening { asked, items, entry }: Opening<'_>) -> Done {
        entry.wait().map_err(Fault::from)?;
        Ok(Response::Opened(self.open_items(asked, items)?))
    }

    /// Opens fields, in the buffers they came in. The ledger must have the entry already.
    pub(crate) fn open_items(
        &self,
        asked: Asked,
        items: Vec<UnsealItem>,
    ) -> Done<Vec<Result<Plain, NotOpened>>> {
        let mut out = Vec::with_capacity(items.len());
        let mut odd = Vec::new();
        let wanted = |item: &UnsealItem| (item.place.person, seal::key_version(&item.sealed).unwrap_or(0));
        let wanted: Vec<(Uuid, u32)> = items.iter().map(wanted).collect();
        let ring = self.keys.ring();
        let wrapped = self.keys.persons.get_all(&wanted);
        // Fields of one person come one behind the other: his key is unwrapped once.
        let mut last: Option<((Uuid, u32), PersonKey)> = None;
        for ((UnsealItem { place, sealed }, wanted), wrapped) in items.into_iter().zip(wanted).zip(wrapped) {
            let Some(wrapped) = wrapped else {
                // Of nobody who has a key, or no field at all: no key has version 0.
                let is_field = wanted.1 != 0;
                odd.extend((!is_field).then_some(place));
                out.push(Err(if is_field { NotOpened::NoKey } else { NotOpened::Mismatch }));
                continue;
            };
            let key = match last.take() {
                Some((known, key)) if known == wanted => key,
                _ => unwrap_person(&ring, wanted.0, wanted.1, &wrapped)?,
            };
            out.push(seal::open(&key, &place, sealed).map_err(|_| {
                odd.push(place);
                NotOpened::Mismatch
            }));
            last = Some((wanted, key));
        }
        self.counters.opened.inc_by(out.iter().filter(|o| o.is_ok()).count() as u64);
        if !odd.is_empty() {
            // Changed or moved ciphertexts are what an attack on the database looks like.
            self.counters.mismatched.inc_by(odd.len() as u64);
            tracing::warn!(
                asked = asked.what,
                count = odd.len(),
                "sealed fields do not belong where they were found"
            );
            let mut entry = asked.entry(Kind::Deny).places(&odd);
            entry.reason = Some("does not open".into());
            self.write(&entry)?;
        }
        Ok(out)
    }

    pub(crate) fn index(&self, asked: Asked, token: &CapToken, items: &[IndexAsk]) -> Done {
        check_count(items.len())?;
        let (cap, staff) = self.staff_cap(asked, token)?;
        self.look_out(asked, &cap, None, &[])?;
        let indexes = items.iter().map(|ask| indexed(ask, |f, v| self.keys.blind_indexes(f, v)));
        let indexes = indexes.collect::<Done<Vec<_>>>()?;
        if !self.budgets.take_lookups(staff, items.len(), asked.now_ms) {
            return Err(cap.denied(Reason::Budget));
        }
        let entry = asked.entry(Kind::Index).fields(items.iter().map(|i| i.field));
        self.write(&with_cap(entry, Some(&cap)))?;
        Ok(Response::IndexedBoth(indexes))
    }

    pub(crate) fn blind_indexes(&self, asks: &[IndexAsk]) -> Done<Vec<BlindIndex>> {
        asks.iter().map(|ask| indexed(ask, |f, v| self.keys.blind_index(f, v))).collect()
    }
}

fn indexed<T>(ask: &IndexAsk, index: impl FnOnce(IndexField, &str) -> Option<T>) -> Done<T> {
    let value = ask.value.reveal();
    let index = if value.len() <= VALUE_BYTES_MAX { index(ask.field, value) } else { None };
    index.ok_or(Fault::Bad("value cannot be indexed: too long, or no such thing as its field says"))
}

/// The entry of a batch.
pub(crate) fn seal_entry(asked: Asked, sealing: &Sealing, items: &[SealItem]) -> Entry {
    with_cap(asked.entry(Kind::Seal).places(items.iter().map(|i| &i.place)), sealing.cap.as_ref())
}

/// Names the capability and its holder on an entry.
pub(crate) fn with_cap(entry: Entry, cap: Option<&Cap>) -> Entry {
    let Some(cap) = cap else { return entry };
    let mut entry = entry.cap(&cap.hash);
    match cap.scope() {
        Scope::OwnAccount { person } => entry.person = Some(*person),
        Scope::GuestOrder { order, person, .. } => {
            entry.person = Some(*person);
            entry.orders = vec![*order];
        }
        Scope::Staff { staff, .. } | Scope::Export { staff } => entry.staff = Some(*staff),
        Scope::Ticket { .. } => {}
    }
    entry
}

/// Bounds a batch.
pub(crate) fn check_count(count: usize) -> Done<()> {
    if count > BATCH_ITEMS_MAX { Err(Fault::Bad(TOO_MANY)) } else { Ok(()) }
}
