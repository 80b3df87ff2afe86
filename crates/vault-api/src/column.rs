//! Every column that holds a sealed field: the one list of them.

use crate::IndexField;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// What stands in a sealed field, as far as the vault must read it to make its blind indexes anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// The value itself, UTF-8.
    Value(IndexField),
    /// A JSON object; its `name` and its `phone` are indexed.
    Contact,
    /// Nothing in it is indexed.
    Unindexed,
}

macro_rules! columns {
    ($($(#[$doc:meta])* $variant:ident = $table:literal, $name:literal, $content:expr, [$($index:literal),*];)*) => {
        /// A column that holds sealed fields. A ciphertext of one opens in no other.
        ///
        /// Travels and is kept as its two names, so that neither order nor number of this list is part of a format.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Column {
            $($(#[$doc])* $variant,)*
        }

        impl Column {
            /// All of them.
            pub const ALL: &[Column] = &[$(Column::$variant),*];

            /// The table, exactly as in the database.
            pub const fn table(self) -> &'static str {
                match self { $(Column::$variant => $table,)* }
            }

            /// The column, exactly as in the database.
            pub const fn name(self) -> &'static str {
                match self { $(Column::$variant => $name,)* }
            }

            /// Both, as the ledger names it: `table.column`.
            pub const fn full_name(self) -> &'static str {
                match self { $(Column::$variant => concat!($table, ".", $name),)* }
            }

            /// What stands in it.
            pub const fn content(self) -> Content {
                match self { $(Column::$variant => $content,)* }
            }

            /// The columns of the same row that hold its blind indexes, in the order of [`Content::indexed`].
            pub const fn index_columns(self) -> &'static [&'static str] {
                match self { $(Column::$variant => &[$($index),*],)* }
            }
        }
    };
}

columns! {
    /// A customer's mail address.
    CustomerEmail = "customer", "email", Content::Value(IndexField::Email), ["email_index"];
    /// A customer's name, telephone number and address.
    CustomerContact = "customer", "contact", Content::Contact, ["name_index", "phone_index"];
    /// An entry of an address book.
    CustomerAddressContact = "customer_address", "contact", Content::Unindexed, [];
    /// The mail address used at an order.
    OrdersEmail = "orders", "email", Content::Value(IndexField::Email), ["email_index"];
    /// The orderer's name, telephone number and address at an order.
    OrdersContact = "orders", "contact", Content::Contact, ["name_index", "phone_index"];
    /// Whom and where a parcel goes to. Indexed only where he is not the orderer.
    OrderRecipientContact = "order_recipient", "contact", Content::Contact, ["name_index", "phone_index"];
    /// Words on the card and under the noshi.
    OrderRecipientMessage = "order_recipient", "message", Content::Unindexed, [];
    /// The mail address of whoever asked something.
    InquiryEmail = "inquiry", "email", Content::Value(IndexField::Email), ["email_index"];
    /// His name as typed.
    InquiryContact = "inquiry", "contact", Content::Unindexed, [];
    /// What he asked.
    InquiryBody = "inquiry", "body", Content::Unindexed, [];
    /// The mail address in a record of another shop system.
    ImportedMail = "imported_party", "mail", Content::Value(IndexField::Email), ["mail_index"];
    /// The name in one.
    ImportedName = "imported_party", "name", Content::Value(IndexField::Name), ["name_index"];
    /// The telephone number in one.
    ImportedPhone = "imported_party", "phone", Content::Value(IndexField::Phone), ["phone_index"];
    /// Address, company and reading in one.
    ImportedAddress = "imported_party", "address", Content::Unindexed, [];
    /// The mail address that somebody gave who asked about an incident.
    CaseMail = "inquiry_case", "mail", Content::Value(IndexField::Email), ["mail_index"];
    /// The full name that he gave.
    CaseName = "inquiry_case", "name", Content::Value(IndexField::Name), ["name_index"];
    /// The telephone number that he gave.
    CasePhone = "inquiry_case", "phone", Content::Value(IndexField::Phone), ["phone_index"];
    /// His own words.
    CaseBody = "inquiry_case", "body", Content::Unindexed, [];
    /// The mail address that signs a customer in, in the vault's own store.
    VaultCustomerMail = "customer_mails", "mail", Content::Unindexed, [];
}

impl Content {
    /// Which indexes are made of it, in the order in which they are asked for.
    pub const fn indexed(self) -> &'static [IndexField] {
        match self {
            Content::Value(IndexField::Email) => &[IndexField::Email],
            Content::Value(IndexField::Phone) => &[IndexField::Phone],
            Content::Value(IndexField::Name) => &[IndexField::Name],
            Content::Contact => &[IndexField::Name, IndexField::Phone],
            Content::Unindexed => &[],
        }
    }
}

impl Column {
    /// The column of these names, if it is one.
    pub fn named(table: &str, name: &str) -> Option<Column> {
        Column::ALL.iter().copied().find(|c| c.name() == name && c.table() == table)
    }

    /// Whether it stands in the shop's database.
    pub const fn is_of_shop(self) -> bool {
        !matches!(self, Column::VaultCustomerMail)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.full_name())
    }
}

impl Serialize for Column {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (self.table(), self.name()).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Column, D::Error> {
        // Names are compared where they lie in the frame: nothing is allocated for them.
        let (table, name) = <(&str, &str)>::deserialize(from)?;
        Column::named(table, name).ok_or_else(|| de::Error::custom("no column that is sealed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_plain_and_each_is_one() {
        let fine = |name: &str| {
            (1..=40).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        let mut seen = HashSet::new();
        for column in Column::ALL {
            assert!(
                fine(column.table()) && fine(column.name()) && seen.insert(column.to_string()),
                "{column}"
            );
            assert_eq!(Column::named(column.table(), column.name()), Some(*column));
            assert_eq!(column.full_name().split_once('.'), Some((column.table(), column.name())));
            assert_eq!(column.content().indexed().len(), column.index_columns().len(), "{column}");
        }
        assert_eq!(Column::named("orders", "number"), None);
        assert_eq!(Column::named("order", "semail"), None);
    }

    #[test]
    fn kept_as_two_names() {
        #[derive(Serialize)]
        struct Before<'a> {
            table: &'a str,
            column: &'a str,
            row: u8,
        }
        let now = postcard::to_allocvec(&(Column::OrdersEmail, 7u8)).unwrap();
        let before = postcard::to_allocvec(&Before { table: "orders", column: "email", row: 7 }).unwrap();
        assert_eq!(now, before);
        assert_eq!(postcard::from_bytes::<(Column, u8)>(&now), Ok((Column::OrdersEmail, 7)));
        let other = postcard::to_allocvec(&("orders", "number")).unwrap();
        assert!(postcard::from_bytes::<Column>(&other).is_err());
    }
}
