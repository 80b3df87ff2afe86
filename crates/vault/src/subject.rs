//! Who signs in: a customer or a staff member, as one thing.

use crate::{
    caps::{Cap, Scope},
    entry::Entry,
    house::{Asked, Done, House},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vault_api::{CapToken, Reason, Sort};

/// Who signs in. Stored: variants are only ever added at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Subject {
    /// A customer.
    Customer(Uuid),
    /// A staff member.
    Staff(Uuid),
}

impl Subject {
    /// Bytes of [`Subject::key`].
    pub(crate) const KEY_BYTES: usize = 17;

    /// Under what his records stand.
    pub(crate) fn key(self) -> [u8; Subject::KEY_BYTES] {
        let (sort, id) = match self {
            Subject::Customer(person) => (0, person),
            Subject::Staff(staff) => (1, staff),
        };
        let mut key = [sort; Subject::KEY_BYTES];
        key[1..].copy_from_slice(id.as_bytes());
        key
    }

    /// Which doors are his.
    pub(crate) fn sort(self) -> Sort {
        match self {
            Subject::Customer(_) => Sort::Customer,
            Subject::Staff(_) => Sort::Staff,
        }
    }

    /// Whether it is one of his sign-ins.
    pub(crate) fn signed_in_by(self, scope: &Scope) -> bool {
        match (self, scope) {
            (Subject::Customer(own), Scope::OwnAccount { person }) => own == *person,
            (Subject::Staff(own), Scope::Staff { staff, .. }) => own == *staff,
            _ => false,
        }
    }

    /// Whether it is any capability of his, an order's, a ticket and an export too.
    pub(crate) fn holds(self, scope: &Scope) -> bool {
        match self {
            Subject::Customer(person) => scope.is_of(person),
            Subject::Staff(staff) => scope.is_of_staff(staff),
        }
    }

    /// Names him on an entry.
    pub(crate) fn on(self, mut entry: Entry) -> Entry {
        match self {
            Subject::Customer(person) => entry.person = Some(person),
            Subject::Staff(staff) => entry.staff = Some(staff),
        }
        entry
    }
}

impl House {
    /// Whose sign-in a capability is.
    pub(crate) fn subject(&self, asked: Asked, token: &CapToken) -> Done<(Cap, Subject)> {
        let cap = self.cap(asked, token)?;
        match *cap.scope() {
            Scope::OwnAccount { person } => Ok((cap, Subject::Customer(person))),
            Scope::Staff { staff, .. } => Ok((cap, Subject::Staff(staff))),
            Scope::GuestOrder { .. } | Scope::Ticket { .. } | Scope::Export { .. } => {
                Err(cap.denied(Reason::NotCovered))
            }
        }
    }
}
