//! What one entry of the ledger says, in the vault's own words. Ids, names of columns, kinds and reasons: no personal
//! data.

use crate::crypto::Hash;
use std::collections::BTreeMap;
use uuid::Uuid;
use vault_api::{IndexField, Place, Purpose, Role};

pub(crate) use ::ledger::Kind;

/// One entry. Its number is given by the ledger when it is written.
pub(crate) struct Entry {
    /// Unix milliseconds.
    pub(crate) t: i64,
    pub(crate) kind: Kind,
    /// The request.
    pub(crate) asked: Option<&'static str>,
    pub(crate) role: Option<Role>,
    pub(crate) purpose: Option<&'static str>,
    /// SHA-256 of the capability.
    pub(crate) cap: Option<Hash>,
    pub(crate) staff: Option<Uuid>,
    pub(crate) person: Option<Uuid>,
    pub(crate) orders: Vec<Uuid>,
    /// The id of the mail, for a message.
    pub(crate) message: Option<Uuid>,
    /// `table.column` → pairs of person and row.
    pub(crate) places: BTreeMap<String, Vec<(Uuid, Uuid)>>,
    /// Persons whose keys are taken away.
    pub(crate) erased: Vec<Uuid>,
    /// Kinds of values looked up, one each.
    pub(crate) fields: Vec<&'static str>,
    /// Why it was refused; what was odd at the start.
    pub(crate) reason: Option<String>,
    /// How many refusals of strangers before this entry have no entry of their own ([`crate::denials`]).
    pub(crate) unwritten: Option<u64>,
    /// Where a log begins after another: how that one ended.
    pub(crate) before: Option<::ledger::Before>,
}

impl Entry {
    /// An entry of which only time and kind are known.
    pub(crate) fn new(t: i64, kind: Kind) -> Entry {
        Entry {
            t,
            kind,
            asked: None,
            role: None,
            purpose: None,
            cap: None,
            staff: None,
            person: None,
            orders: Vec::new(),
            message: None,
            places: BTreeMap::new(),
            erased: Vec::new(),
            fields: Vec::new(),
            reason: None,
            unwritten: None,
            before: None,
        }
    }

    /// Adds places.
    pub(crate) fn places<'a>(mut self, places: impl IntoIterator<Item = &'a Place>) -> Entry {
        let mut last: Option<(&'a Place, String)> = None;
        for place in places {
            // Batches go column by column: the name is made once for a run of equal ones.
            let same = last.take().filter(|(p, _)| p.column == place.column);
            let name = same.map_or_else(|| place.column.to_string(), |(_, name)| name);
            match self.places.get_mut(&name) {
                Some(ids) => ids.push((place.person, place.row)),
                None => drop(self.places.insert(name.clone(), vec![(place.person, place.row)])),
            }
            last = Some((place, name));
        }
        self
    }

    /// Adds the kinds of values looked up.
    pub(crate) fn fields(mut self, fields: impl IntoIterator<Item = IndexField>) -> Entry {
        self.fields = fields
            .into_iter()
            .map(|field| match field {
                IndexField::Email => "email",
                IndexField::Phone => "phone",
                IndexField::Name => "name",
            })
            .collect();
        self
    }

    /// Adds the capability.
    pub(crate) fn cap(mut self, cap: &Hash) -> Entry {
        self.cap = Some(*cap);
        self
    }

    /// As it goes onto the log.
    pub(crate) fn to_log(&self) -> ::ledger::Entry {
        let word = |word: &'static str| ::ledger::Word::from(word);
        ::ledger::Entry {
            at_ms: self.t,
            clock_behind_s: 0,
            kind: self.kind,
            asked: self.asked.map(word),
            role: self.role.map(role_name).map(word),
            purpose: self.purpose.map(word),
            cap: self.cap,
            staff: self.staff,
            person: self.person,
            orders: self.orders.clone(),
            message: self.message,
            places: self.places.clone(),
            erased: self.erased.clone(),
            fields: self.fields.iter().copied().map(word).collect(),
            reason: self.reason.clone().map(Into::into),
            unwritten: self.unwritten,
            before: self.before.clone(),
        }
    }
}

/// The name of a purpose on the ledger.
pub(crate) fn purpose_name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::OwnAccount => "own_account",
        Purpose::Checkout => "checkout",
        Purpose::OrderPage => "order_page",
        Purpose::StaffList => "staff_list",
        Purpose::StaffOrder => "staff_order",
        Purpose::StaffShipping => "staff_shipping",
        Purpose::StaffInquiry => "staff_inquiry",
        Purpose::StaffPayment => "staff_payment",
        Purpose::StaffCorrection => "staff_correction",
    }
}

/// The name of a role on the ledger.
fn role_name(role: Role) -> &'static str {
    match role {
        Role::Web => "web",
        Role::Post => "post",
        Role::Owner => "owner",
        Role::Watch => "watch",
        Role::Keeper => "keeper",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vault_api::Column;

    #[test]
    fn what_the_log_holds() {
        let place = |column, n| Place::new(column, Uuid::from_u128(n), Uuid::from_u128(9));
        let places =
            [place(Column::OrdersEmail, 1), place(Column::OrdersEmail, 2), place(Column::OrdersContact, 1)];
        let mut entry = Entry::new(7, Kind::Unseal).cap(&[0xab; 32]).places(&places);
        entry.role = Some(Role::Web);
        let log = ::ledger::Entry::decode(&entry.to_log().encode()[0]).unwrap();
        assert_eq!(
            (log.at_ms, log.kind, log.role.as_deref(), log.cap),
            (7, Kind::Unseal, Some("web"), Some([0xab; 32]))
        );
        assert_eq!(log.places["orders.email"].len(), 2);
        assert_eq!(log.places["orders.contact"], [(Uuid::from_u128(9), Uuid::from_u128(1))]);
    }
}
