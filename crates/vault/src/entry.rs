//! What the vault says on its ledger, in its own words. Ids, names of columns, kinds and reasons: no personal data.

use crate::crypto::Hash;
use ::ledger::Word;
use vault_api::{IndexField, Place, Purpose, Role};

pub(crate) use ::ledger::{Entry, Kind};

/// Fills an entry with what the vault has in hand.
pub(crate) trait Fill {
    /// Adds places.
    fn places<'a>(self, places: impl IntoIterator<Item = &'a Place>) -> Self;
    /// Adds the kinds of values looked up.
    fn fields(self, fields: impl IntoIterator<Item = IndexField>) -> Self;
    /// Adds the capability.
    fn cap(self, cap: &Hash) -> Self;
}

impl Fill for Entry {
    fn places<'a>(mut self, places: impl IntoIterator<Item = &'a Place>) -> Entry {
        let mut places = places.into_iter().peekable();
        while let Some(first) = places.next() {
            // Batches go column by column: a run of equal ones is looked for once.
            let pairs = self.places.of(first.column.full_name().into(), 1 + places.size_hint().0);
            pairs.push((first.person, first.row));
            while let Some(next) = places.next_if(|next| next.column == first.column) {
                pairs.push((next.person, next.row));
            }
        }
        self
    }

    fn fields(mut self, fields: impl IntoIterator<Item = IndexField>) -> Entry {
        let word = |field| match field {
            IndexField::Email => "email",
            IndexField::Phone => "phone",
            IndexField::Name => "name",
        };
        self.fields = fields.into_iter().map(|field| word(field).into()).collect();
        self
    }

    fn cap(mut self, cap: &Hash) -> Entry {
        self.cap = Some(*cap);
        self
    }
}

/// The purpose of an export: counted against nobody's budget.
pub(crate) const STAFF_EXPORT: &str = "staff_export";

/// The name of a purpose on the ledger.
pub(crate) fn purpose_name(purpose: Purpose) -> Word {
    let name = match purpose {
        Purpose::OwnAccount => "own_account",
        Purpose::Checkout => "checkout",
        Purpose::OrderPage => "order_page",
        Purpose::StaffList => "staff_list",
        Purpose::StaffOrder => "staff_order",
        Purpose::StaffShipping => "staff_shipping",
        Purpose::StaffInquiry => "staff_inquiry",
        Purpose::StaffPayment => "staff_payment",
        Purpose::StaffCorrection => "staff_correction",
        Purpose::StaffExport => STAFF_EXPORT,
    };
    name.into()
}

/// The name of a role on the ledger.
pub(crate) fn role_name(role: Role) -> Word {
    let name = match role {
        Role::Web => "web",
        Role::Post => "post",
        Role::Owner => "owner",
        Role::Watch => "watch",
        Role::Keeper => "keeper",
    };
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;
    use vault_api::Column;

    #[test]
    fn what_the_log_holds() {
        let place = |column, n| Place::new(column, Uuid::from_u128(n), Uuid::from_u128(9));
        let places =
            [place(Column::OrdersEmail, 1), place(Column::OrdersContact, 1), place(Column::OrdersEmail, 2)];
        let mut entry = Entry::new(7, Kind::Unseal).cap(&[0xab; 32]).places(&places);
        entry.role = Some(role_name(Role::Web));
        let log = Entry::decode(&entry.encode()[0]).unwrap();
        assert_eq!(log, entry);
        assert_eq!(log.places["orders.email"].len(), 2);
        assert_eq!(log.places["orders.contact"], [(Uuid::from_u128(9), Uuid::from_u128(1))]);
    }
}
