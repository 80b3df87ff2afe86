//! Honeytokens: persons who do not exist, planted among customers; and the freeze that opening one brings.
//!
//! In the database they are like everybody else, and which they are is known here alone. Nobody has a reason to open
//! one: they order nothing, ask nothing, and stand on no list that staff open in their daily work. So whoever opens one
//! reads what comes, in bulk. The whole request is refused, an entry names who asked and for whom, and from then on no
//! staff member opens, looks up or exports anything, until an owner has proved himself anew. Customers notice nothing.

use crate::{
    caps::{Cap, Scope},
    crypto::Hash,
    entry::{Fill, Kind},
    house::{Asked, Done, Fault, House},
    records::{check_count, with_cap},
    store::{FROZEN, HONEY, Store},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeSet, HashSet},
    sync::{PoisonError, RwLock},
};
use uuid::Uuid;
use vault_api::{CapToken, Freeze, Place, Purpose, Reason, Response, Role, SealItem, SealedBatch};

/// Under which key the freeze is kept.
const NOW: &[u8] = b"now";

/// Who is planted, and whether one was opened.
pub(crate) struct Honey {
    planted: RwLock<HashSet<Uuid>>,
    frozen: RwLock<Option<Frozen>>,
}

/// A freeze as the store has it.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Frozen {
    since_ms: i64,
    staff: Option<Uuid>,
    cap: Hash,
    /// How many persons the request was for, honeytokens and others; none of them was opened.
    persons: u32,
}

impl Honey {
    pub(crate) fn load(store: &Store) -> Result<Honey, redb::Error> {
        let planted = store.all::<i64>(HONEY)?.into_iter();
        let planted = planted.filter_map(|(id, _)| Uuid::from_slice(&id).ok()).collect();
        Ok(Honey { planted: RwLock::new(planted), frozen: RwLock::new(store.get(FROZEN, NOW)?) })
    }

    fn holds(&self, person: Uuid) -> bool {
        self.planted.read().unwrap_or_else(PoisonError::into_inner).contains(&person)
    }

    fn frozen(&self) -> Option<Frozen> {
        *self.frozen.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, frozen: Option<Frozen>) {
        *self.frozen.write().unwrap_or_else(PoisonError::into_inner) = frozen;
    }
}

impl House {
    /// Whether a honeytoken was opened, when and by whom.
    pub(crate) fn freeze(&self) -> Option<Freeze> {
        let Frozen { since_ms, staff, persons, .. } = self.honey.frozen()?;
        Some(Freeze { since_ms, staff, persons })
    }

    /// Refuses staff while frozen, and freezes where one of these persons does not exist. Before anything is opened.
    pub(crate) fn look_out(
        &self,
        asked: Asked,
        cap: &Cap,
        purpose: Option<Purpose>,
        places: &[Place],
    ) -> Done<()> {
        if self.honey.frozen().is_some() {
            return Err(cap.denied(Reason::Frozen));
        }
        let found: Vec<&Place> = places.iter().filter(|place| self.honey.holds(place.person)).collect();
        if found.is_empty() {
            return Ok(());
        }
        let persons: BTreeSet<Uuid> = places.iter().map(|place| place.person).collect();
        let staff = cap.scope().staff();
        let persons = u32::try_from(persons.len()).unwrap_or(u32::MAX);
        let frozen = Frozen { since_ms: asked.now_ms, staff, cap: cap.hash, persons };
        // In this order: whatever fails behind it, nothing is opened any more.
        self.honey.set(Some(frozen));
        self.counters.honeytokens.inc();
        tracing::error!(staff = ?staff, persons, "a honeytoken was opened: staff and exports are frozen");
        let mut entry = with_cap(asked.entry(Kind::Honeytoken).places(found), Some(cap));
        entry.purpose = purpose.map(crate::entry::purpose_name);
        entry.reason = Some("frozen".into());
        self.write(&entry)?;
        self.store.write(|tx| tx.put(FROZEN, NOW, &frozen))?;
        Err(cap.denied(Reason::Frozen))
    }

    /// Plants persons: new ones with their fields, and such as are there already. The ledger tells how many, not who.
    pub(crate) fn honeytoken_plant(&self, asked: Asked, items: Vec<SealItem>, persons: &[Uuid]) -> Done {
        check_count(persons.len())?;
        let sealed = match items.is_empty() {
            true => Response::Sealed(SealedBatch { items: Vec::new(), ticket: None }),
            // As any import has it.
            false => self.seal(Asked { what: "seal", role: Role::Owner, ..asked }, None, items)?,
        };
        for person in persons {
            if self.keys.newest_person_key(*person)?.is_none() {
                return Err(Fault::Bad("no such person: plant one with his fields"));
            }
        }
        let mut entry = asked.entry(Kind::Token);
        entry.reason = Some(format!("honeytokens: {}", persons.len()).into());
        self.write(&entry)?;
        self.store.write(|tx| persons.iter().try_for_each(|p| tx.put(HONEY, p.as_bytes(), &asked.now_ms)))?;
        self.honey.planted.write().unwrap_or_else(PoisonError::into_inner).extend(persons);
        Ok(sealed)
    }

    /// Freezes as if one had been opened: a drill, and the ledger says so. Not while it is frozen: what is known of the
    /// opening must stay.
    pub(crate) fn honeytoken_test(&self, asked: Asked) -> Done {
        if self.honey.frozen().is_some() {
            return Err(Reason::Frozen.into());
        }
        let mut entry = asked.entry(Kind::Honeytoken);
        entry.reason = Some("drill".into());
        self.write(&entry)?;
        let frozen = Frozen { since_ms: asked.now_ms, staff: None, cap: [0; 32], persons: 0 };
        self.store.write(|tx| tx.put(FROZEN, NOW, &frozen))?;
        self.honey.set(Some(frozen));
        Ok(Response::Done)
    }

    /// Who is planted, oldest id first.
    pub(crate) fn honeytoken_list(&self, asked: Asked) -> Done {
        self.write(&asked.entry(Kind::Token))?;
        let planted = self.honey.planted.read().unwrap_or_else(PoisonError::into_inner);
        let mut persons: Vec<Uuid> = planted.iter().copied().collect();
        persons.sort_unstable();
        Ok(Response::Persons(persons))
    }

    /// Ends the freeze, for an owner who has proved himself since it began. All other staff capabilities end with it: one
    /// of them may be the thief's.
    pub(crate) fn unfreeze(&self, asked: Asked, token: &CapToken) -> Done {
        let (cap, staff) = self.owner_cap(asked, token)?;
        let freeze = self.freeze().ok_or(Fault::Bad("nothing is frozen"))?;
        self.must_be_proved_since(asked, &cap, freeze.since_ms)?;
        let mut entry = with_cap(asked.entry(Kind::Token), Some(&cap));
        entry.reason = Some("no longer frozen".into());
        self.write(&entry)?;
        self.caps.revoke_all(&self.store, Some(&cap.hash), |scope| {
            matches!(scope, Scope::Staff { .. } | Scope::Export { .. })
        })?;
        self.store.write(|tx| tx.remove(FROZEN, NOW))?;
        self.honey.set(None);
        tracing::warn!(staff = %staff, "the freeze was ended");
        Ok(Response::Done)
    }
}
