//! What one line of the ledger says. Ids, names of tables and columns, kinds and reasons: no personal data.

use crate::crypto::Hash;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use uuid::Uuid;
use vault_api::{IndexField, Place, Purpose, Role};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The vault started.
    Boot,
    /// Fields were sealed.
    Seal,
    /// Fields were opened, or were about to be.
    Unseal,
    /// Blind indexes were given.
    Index,
    /// A capability, grant or link was given or taken away, a verifier set.
    Token,
    /// Somebody proved who he is.
    SignIn,
    /// A request was refused.
    Deny,
    /// Persons' keys were taken away for good.
    Erase,
}

/// One entry. Its number is given by the ledger when it is written.
#[derive(Serialize)]
pub(crate) struct Entry {
    /// Unix milliseconds.
    pub(crate) t: i64,
    pub(crate) kind: Kind,
    /// The request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) asked: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "lower")]
    pub(crate) role: Option<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) purpose: Option<&'static str>,
    /// SHA-256 of the capability, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cap: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) staff: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) person: Option<Uuid>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) orders: Vec<Uuid>,
    /// The id of the mail, for a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<Uuid>,
    /// `table.column` → pairs of person and row.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) places: BTreeMap<String, Vec<(Uuid, Uuid)>>,
    /// Persons whose keys are taken away.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) erased: Vec<Uuid>,
    /// Kinds of values looked up, one each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) fields: Vec<&'static str>,
    /// Why it was refused; what was odd at the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// How many refusals of strangers before this entry have no line of their own ([`crate::denials`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unwritten: Option<u64>,
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
        self.cap = Some(cap.iter().map(|b| format!("{b:02x}")).collect());
        self
    }

    /// The line without its number, opening brace and line end: `"t":…}`.
    pub(crate) fn to_json_tail(&self) -> Vec<u8> {
        // A map with string keys and no floats: serialising it cannot fail.
        serde_json::to_vec(self).unwrap_or_else(|_| b"{}".to_vec()).split_off(1)
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
    }
}

fn lower<S: Serializer>(role: &Option<Role>, to: S) -> Result<S::Ok, S::Error> {
    let name = match role {
        Some(Role::Web) => "web",
        Some(Role::Post) => "post",
        Some(Role::Owner) => "owner",
        Some(Role::Watch) => "watch",
        None => "",
    };
    to.serialize_str(name)
}

/// What the vault itself reads back at its start: the number, and what counts against staff budgets.
#[derive(Deserialize)]
pub(crate) struct Remembered {
    pub(crate) seq: u64,
    pub(crate) t: i64,
    pub(crate) kind: Kind,
    pub(crate) staff: Option<Uuid>,
    #[serde(default)]
    pub(crate) places: BTreeMap<String, Vec<(Uuid, Uuid)>>,
    #[serde(default)]
    pub(crate) fields: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use vault_api::Column;

    #[test]
    fn the_line() {
        let place = |column, n| Place::new(column, Uuid::from_u128(n), Uuid::from_u128(9));
        let places = [(Column::OrdersEmail, 1), (Column::OrdersEmail, 2), (Column::OrdersContact, 1)]
            .map(|(c, n)| place(c, n));
        let mut entry = Entry::new(7, Kind::Unseal).cap(&[0xab; 32]).places(&places);
        entry.role = Some(Role::Web);
        let tail = String::from_utf8(entry.to_json_tail()).unwrap();
        assert!(tail.starts_with(r#""t":7,"kind":"unseal","role":"web","cap":"abab"#), "{tail}");
        let line = format!("{{\"seq\":3,{tail}");
        let back: Remembered = serde_json::from_str(&line).unwrap();
        assert_eq!((back.seq, back.t, back.kind), (3, 7, Kind::Unseal));
        assert_eq!(back.places["orders.email"].len(), 2);
        assert_eq!(back.places["orders.contact"], [(Uuid::from_u128(9), Uuid::from_u128(1))]);
    }
}
