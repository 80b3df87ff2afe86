//! Capabilities: what the vault lets the bearer of 32 random bytes do, and until when.
//!
//! The vault keeps the SHA-256 of the bytes, in memory and (but for tickets and exports) in its store, so that nobody is signed
//! out by a restart. A look-up compares hashes of secrets, so its timing tells nothing useful.

use crate::{
    clock::{DAY_MS, HOUR_MS, MINUTE_MS},
    crypto::{CryptoError, Hash, random, sha256},
    store::{CAPS, Store, Tx},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};
use uuid::Uuid;
use vault_api::{CapToken, Holder, Identity, Place, Purpose};

/// How long a customer stays signed in.
pub(crate) const OWN_ACCOUNT_MS: i64 = 30 * MINUTE_MS;
/// How long an order page stays open.
pub(crate) const GUEST_ORDER_MS: i64 = 30 * MINUTE_MS;
/// How long a staff member stays signed in: a working day.
pub(crate) const STAFF_MS: i64 = 8 * HOUR_MS;
/// How long a ticket is good.
pub(crate) const TICKET_MS: i64 = HOUR_MS;
/// How long a mailed order link works.
pub(crate) const ORDER_LINK_MS: i64 = 90 * DAY_MS;
/// How long a staff invitation waits.
pub(crate) const INVITATION_MS: i64 = DAY_MS;
/// The most capabilities alive at once, and the most tickets: apart, so that tickets keep nobody out. Each takes about
/// 350 bytes of memory; a thousand orders a second reach it after ten minutes, a third of that for ever.
const CAPS_MAX: usize = 600_000;

/// What a capability is for. Stored: variants are only ever added at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Scope {
    /// One person's own fields.
    OwnAccount { person: Uuid },
    /// Exactly these places, all of one order.
    GuestOrder { order: Uuid, person: Uuid, places: Vec<Place> },
    /// Anyone's fields, within the staff member's budget.
    Staff { staff: Uuid, set_up: bool },
    /// Sealing for these persons. Opens nothing.
    Ticket { persons: HashSet<Uuid> },
    /// An export that this staff member takes out: which rows, [`crate::export`] knows. Never stored.
    Export { staff: Uuid },
}

impl Scope {
    /// Whether the bearer may seal (so: overwrite) fields of this person.
    pub(crate) fn seals_for(&self, asked: Uuid) -> bool {
        match self {
            Scope::OwnAccount { person } => *person == asked,
            Scope::Ticket { persons } => persons.contains(&asked),
            // Whoever holds the link to an order must not change whose order it is; staff change nobody's contact.
            Scope::GuestOrder { .. } | Scope::Staff { .. } | Scope::Export { .. } => false,
        }
    }

    /// Whether the bearer may open all of these places for this purpose, the budget aside.
    pub(crate) fn opens<'a>(&self, places: impl IntoIterator<Item = &'a Place>, purpose: Purpose) -> bool {
        use Purpose as P;
        let mut places = places.into_iter();
        match self {
            Scope::OwnAccount { person } => {
                let purpose = matches!(purpose, P::OwnAccount | P::Checkout | P::OrderPage);
                places.all(|place| purpose && place.person == *person)
            }
            Scope::GuestOrder { places: own, .. } => {
                let mut own = Among::new(own);
                places.all(|place| matches!(purpose, P::OrderPage) && own.has(place))
            }
            Scope::Staff { .. } => {
                use P::{StaffCorrection, StaffInquiry, StaffList, StaffOrder, StaffPayment, StaffShipping};
                let purpose = matches!(
                    purpose,
                    StaffList | StaffOrder | StaffShipping | StaffInquiry | StaffPayment | StaffCorrection
                );
                places.all(|_| purpose)
            }
            Scope::Export { .. } => places.all(|_| matches!(purpose, P::StaffExport)),
            Scope::Ticket { .. } => places.next().is_none(),
        }
    }

    /// Whether it is this person's own: what ends with a new password, and when he leaves.
    pub(crate) fn is_of(&self, asked: Uuid) -> bool {
        match self {
            Scope::OwnAccount { person } | Scope::GuestOrder { person, .. } => *person == asked,
            Scope::Ticket { persons } => persons.contains(&asked),
            Scope::Staff { .. } | Scope::Export { .. } => false,
        }
    }

    /// Whether it was given to this staff member: what ends when he signs out everywhere.
    pub(crate) fn is_of_staff(&self, asked: Uuid) -> bool {
        matches!(self, Scope::Staff { staff, .. } | Scope::Export { staff } if *staff == asked)
    }

    /// The staff member, if it is one's sign-in.
    pub(crate) fn staff(&self) -> Option<Uuid> {
        match self {
            Scope::Staff { staff, .. } => Some(*staff),
            _ => None,
        }
    }

    /// Whether it is kept in memory only.
    fn is_fleeting(&self) -> bool {
        matches!(self, Scope::Ticket { .. } | Scope::Export { .. })
    }

    fn holder(&self) -> Holder {
        match *self {
            Scope::OwnAccount { person } => Holder::OwnAccount { person },
            Scope::GuestOrder { order, person, .. } => Holder::GuestOrder { order, person },
            Scope::Staff { staff, set_up } => Holder::Staff { staff, set_up },
            Scope::Ticket { .. } => Holder::Ticket,
            Scope::Export { staff } => Holder::Export { staff },
        }
    }
}

/// The places of an order, asked for mostly in their order.
pub(crate) struct Among<'a> {
    places: &'a [Place],
    next: usize,
}

impl<'a> Among<'a> {
    pub(crate) fn new(places: &'a [Place]) -> Among<'a> {
        Among { places, next: 0 }
    }

    /// Whether it is one of them.
    pub(crate) fn has(&mut self, place: &Place) -> bool {
        let known = self.places.get(self.next) == Some(place);
        let at = if known { Some(self.next) } else { self.places.iter().position(|p| p == place) };
        self.next = at.map_or(self.next, |at| at + 1);
        at.is_some()
    }
}

/// A capability that is good now.
#[derive(Debug, Clone)]
pub(crate) struct Cap {
    pub(crate) hash: Hash,
    pub(crate) grant: Arc<Grant>,
}

/// What is kept of a capability.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) scope: Scope,
    pub(crate) expires_at_ms: i64,
}

impl Cap {
    pub(crate) fn scope(&self) -> &Scope {
        &self.grant.scope
    }

    pub(crate) fn identity(&self, proved: bool) -> Identity {
        Identity { holder: self.grant.scope.holder(), expires_at_ms: self.grant.expires_at_ms, proved }
    }
}

/// A capability could not be given.
pub(crate) enum MintError {
    /// Too many are alive.
    Full,
    /// The store failed.
    Store(redb::Error),
    /// The random source failed.
    Crypto(CryptoError),
}

/// A capability that is not in force yet.
pub(crate) struct Draft {
    token: CapToken,
    pub(crate) hash: Hash,
    grant: Grant,
}

impl Draft {
    /// Writes its record.
    pub(crate) fn put(&self, tx: &Tx) -> Result<(), redb::Error> {
        tx.put(CAPS, &self.hash, &self.grant)
    }

    fn is_fleeting(&self) -> bool {
        self.grant.scope.is_fleeting()
    }
}

/// All capabilities alive.
pub(crate) struct Caps {
    stored: Alive,
    fleeting: Alive,
}

/// Capabilities of one kind, by hash.
#[derive(Default)]
struct Alive(RwLock<HashMap<Hash, Arc<Grant>>>);

impl Alive {
    fn read(&self) -> RwLockReadGuard<'_, HashMap<Hash, Arc<Grant>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<Hash, Arc<Grant>>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops what has ended; their hashes.
    fn sweep(&self, now_ms: i64) -> Vec<Hash> {
        self.write().extract_if(|_, grant| grant.expires_at_ms <= now_ms).map(|(hash, _)| hash).collect()
    }
}

impl Caps {
    /// Those that outlived a restart.
    pub(crate) fn load(store: &Store, now_ms: i64) -> Result<Caps, redb::Error> {
        let stored = Alive::default();
        for (hash, grant) in store.all::<Grant>(CAPS)? {
            if let (Ok(hash), true) = (Hash::try_from(&hash[..]), grant.expires_at_ms > now_ms) {
                stored.write().insert(hash, Arc::new(grant));
            }
        }
        Ok(Caps { stored, fleeting: Alive::default() })
    }

    /// Gives a new capability. On disk when this returns, but for one that is kept in memory only.
    pub(crate) fn mint(
        &self,
        store: &Store,
        scope: Scope,
        expires_at_ms: i64,
    ) -> Result<(CapToken, Hash), MintError> {
        let draft = self.draft(scope, expires_at_ms)?;
        if !draft.is_fleeting() {
            store.write(|tx| draft.put(tx)).map_err(MintError::Store)?;
        }
        let hash = draft.hash;
        Ok((self.keep(draft), hash))
    }

    /// A new capability that opens nothing before [`Caps::keep`].
    pub(crate) fn draft(&self, scope: Scope, expires_at_ms: i64) -> Result<Draft, MintError> {
        let grant = Grant { scope, expires_at_ms };
        if self.alive(&grant.scope).read().len() >= CAPS_MAX {
            return Err(MintError::Full);
        }
        let bytes = random::<32>().map_err(MintError::Crypto)?;
        let hash = sha256(&bytes[..]);
        Ok(Draft { token: CapToken::from_bytes(*bytes), hash, grant })
    }

    /// Puts a drafted capability in force; its record must be on disk by now, but for one that is kept in memory only.
    pub(crate) fn keep(&self, draft: Draft) -> CapToken {
        let Draft { token, hash, grant } = draft;
        self.alive(&grant.scope).write().insert(hash, Arc::new(grant));
        token
    }

    fn alive(&self, scope: &Scope) -> &Alive {
        if scope.is_fleeting() { &self.fleeting } else { &self.stored }
    }

    /// What a token stands for, if it is alive.
    pub(crate) fn find(&self, token: &CapToken, now_ms: i64) -> Option<Cap> {
        let hash = sha256(token.reveal());
        let find = |alive: &Alive| alive.read().get(&hash).cloned();
        let grant = find(&self.stored).or_else(|| find(&self.fleeting))?;
        (grant.expires_at_ms > now_ms).then_some(Cap { hash, grant })
    }

    /// Those of these scopes that are alive.
    pub(crate) fn of(&self, now_ms: i64, of: impl Fn(&Scope) -> bool) -> Vec<(Hash, Arc<Grant>)> {
        let alive = self.stored.read();
        let own = alive.iter().filter(|(_, grant)| grant.expires_at_ms > now_ms && of(&grant.scope));
        own.map(|(hash, grant)| (*hash, Arc::clone(grant))).collect()
    }

    /// How many of these scopes there are.
    pub(crate) fn count(&self, of: impl Fn(&Scope) -> bool) -> u32 {
        let count = |alive: &Alive| alive.read().values().filter(|grant| of(&grant.scope)).count();
        u32::try_from(count(&self.stored) + count(&self.fleeting)).unwrap_or(u32::MAX)
    }

    /// Whether this one is in force, or not swept away yet.
    pub(crate) fn has(&self, hash: &Hash) -> bool {
        self.stored.read().contains_key(hash) || self.fleeting.read().contains_key(hash)
    }

    /// Ends a capability.
    pub(crate) fn revoke(&self, store: &Store, hash: &Hash) -> Result<(), redb::Error> {
        self.fleeting.write().remove(hash);
        self.stored.write().remove(hash);
        store.write(|tx| tx.remove(CAPS, hash))
    }

    /// Ends every capability of these scopes but one.
    pub(crate) fn revoke_all(
        &self,
        store: &Store,
        but: Option<&Hash>,
        of: impl Fn(&Scope) -> bool,
    ) -> Result<(), redb::Error> {
        let ends = |hash: &Hash, grant: &Grant| of(&grant.scope) && Some(hash) != but;
        self.fleeting.write().retain(|hash, grant| !ends(hash, grant));
        let ended: Vec<Hash> =
            self.stored.write().extract_if(|hash, grant| ends(hash, grant)).map(|(h, _)| h).collect();
        store.write(|tx| ended.iter().try_for_each(|hash| tx.remove(CAPS, hash)))
    }

    /// Drops what has ended.
    pub(crate) fn sweep(&self, store: &Store, now_ms: i64) -> Result<(), redb::Error> {
        self.fleeting.sweep(now_ms);
        let ended = self.stored.sweep(now_ms);
        if ended.is_empty() {
            return Ok(());
        }
        store.write(|tx| ended.iter().try_for_each(|hash| tx.remove(CAPS, hash)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vault_api::Column;

    const ANNA: Uuid = Uuid::from_u128(1);

    fn place(n: u128) -> Place {
        Place::new(Column::OrdersEmail, Uuid::from_u128(n), ANNA)
    }

    #[test]
    fn what_opens_what() {
        let own = Scope::OwnAccount { person: ANNA };
        let a_guest = Scope::GuestOrder { order: Uuid::from_u128(5), person: ANNA, places: vec![place(1)] };
        let staff = Scope::Staff { staff: ANNA, set_up: true };
        let ticket = Scope::Ticket { persons: [ANNA].into() };
        let mut another = place(1);
        another.person = Uuid::from_u128(2);

        assert!(own.opens([&place(9)], Purpose::OwnAccount) && !own.opens([&another], Purpose::OwnAccount));
        assert!(!own.opens([&place(9)], Purpose::StaffOrder));
        assert!(a_guest.opens([&place(1)], Purpose::OrderPage));
        assert!(!a_guest.opens([&place(2)], Purpose::OrderPage), "the same person's other order");
        assert!(
            !a_guest.opens([&another], Purpose::OrderPage) && !a_guest.opens([&place(1)], Purpose::Checkout)
        );
        assert!(staff.opens([&another], Purpose::StaffList) && !staff.opens([&another], Purpose::OwnAccount));
        assert!(!ticket.opens([&place(1)], Purpose::OrderPage));
        let order = [1, 2, 3, 4].map(place);
        let guest = |places: &[Place]| {
            let scope = Scope::GuestOrder { order: ANNA, person: ANNA, places: order.to_vec() };
            scope.opens(places, Purpose::OrderPage)
        };
        assert!(guest(&order) && guest(&order[2..]) && guest(&[3, 1, 1, 4, 2].map(place)) && guest(&[]));
        assert!(!guest(&[1, 2, 5].map(place)) && !guest(&[4, 5].map(place)) && !guest(&[another]));
        let seals = [&own, &a_guest, &staff, &ticket].map(|s| s.seals_for(ANNA));
        assert_eq!(seals, [true, false, false, true]);
        assert!(!own.seals_for(Uuid::from_u128(2)) && !ticket.seals_for(Uuid::from_u128(2)));
    }

    #[test]
    fn minted_found_expired_revoked_reloaded() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("s")).unwrap();
        let caps = Caps::load(&store, 0).unwrap();
        let mint = |scope, until| caps.mint(&store, scope, until).ok().unwrap().0;
        let own = mint(Scope::OwnAccount { person: ANNA }, 100);
        let long = mint(Scope::OwnAccount { person: ANNA }, 1000);
        let ticket = mint(Scope::Ticket { persons: HashSet::new() }, 1000);
        assert!(caps.find(&own, 99).is_some() && caps.find(&own, 100).is_none());
        assert!(caps.find(&CapToken::from_bytes([0; 32]), 0).is_none());

        let again = Caps::load(&store, 50).unwrap();
        assert!(again.find(&own, 50).is_some() && again.find(&ticket, 50).is_none());
        caps.sweep(&store, 200).unwrap();
        assert_eq!(store.all::<Grant>(CAPS).unwrap().len(), 1);
        let hash = caps.find(&long, 200).unwrap().hash;
        caps.revoke(&store, &hash).unwrap();
        assert!(caps.find(&long, 200).is_none());
        assert!(Caps::load(&store, 0).unwrap().find(&long, 0).is_none());
    }
}
