//! The nouns of the vault's messages.

use crate::{
    Column,
    secret::{Bytes, Secret},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use uuid::Uuid;

/// Which room calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Storefront and back office.
    Web,
    /// Mail.
    Post,
    /// The owner's own commands: first staff link, import, demo data.
    Owner,
    /// Looks from outside, and witnesses the ledger: [`crate::Client::ping`], [`crate::Client::ledger_state`],
    /// [`crate::Client::ledger_tile`], [`crate::Client::ledger_cosigned`].
    Watch,
    /// The owner's command line: changes and recovers keys, plants honeytokens, brings in records of another shop
    /// system. Opens nothing.
    Keeper,
}

/// Where a sealed field lives. The ciphertext opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Table and column.
    pub column: Column,
    /// Id of the row.
    pub row: Uuid,
    /// Id of the person whose data it is.
    pub person: Uuid,
}

impl Place {
    /// A place, without writing the field names.
    pub const fn new(column: Column, row: Uuid, person: Uuid) -> Place {
        Place { column, row, person }
    }
}

/// A sealed field as it stands in the database: version 1, the person's key version (u32, big-endian), a nonce of 12
/// bytes, ciphertext with tag (AES-256-GCM-SIV). Opaque to everyone but the vault.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Takes bytes from the database; whether they open is for the vault to find out.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Sealed {
        Sealed(bytes.into())
    }

    /// The bytes for the database.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes for the database.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

impl Serialize for Sealed {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Sealed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Sealed, D::Error> {
        from.deserialize_bytes(Bytes).map(Sealed)
    }
}

/// What equal values have in common: HMAC-SHA256 with a key per field, the first 16 bytes. Not personal by itself,
/// but it links rows of one person, so it is kept out of logs too.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BlindIndex(pub [u8; 16]);

impl BlindIndex {
    /// The bytes for the database.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes for the database.
    pub fn to_vec(self) -> Vec<u8> {
        self.0.to_vec()
    }
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindIndex")
    }
}

/// Which kind of value is indexed; each has its own key and normal form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IndexField {
    /// Mail address: NFKC, trimmed, lower case, domain in IDNA's ASCII form.
    Email,
    /// Telephone number: digits in E.164 form, Japan where no country is given.
    Phone,
    /// Name of a person: NFKC, without spaces, some variant kanji folded (髙→高). Whole names only.
    Name,
}

/// A value whose blind index is wanted. Give it as typed: the normal form is the vault's business.
#[derive(Clone, Serialize, Deserialize)]
pub struct IndexAsk {
    /// Its kind.
    pub field: IndexField,
    /// The value: personal.
    pub value: Secret,
}

impl IndexAsk {
    /// An ask, without writing the field names.
    pub fn new(field: IndexField, value: impl Into<String>) -> IndexAsk {
        IndexAsk { field, value: Secret::new(value) }
    }
}

/// What for a record is opened. It stands on the ledger, and a capability allows only some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Purpose {
    /// A customer looks at his account (own account).
    OwnAccount,
    /// A form is filled with what the customer gave before (own account).
    Checkout,
    /// A buyer looks at his order (guest order, own account).
    OrderPage,
    /// A list in the back office (staff).
    StaffList,
    /// One order in the back office (staff).
    StaffOrder,
    /// A delivery is prepared: label, packing slip (staff).
    StaffShipping,
    /// Somebody asked something and is answered (staff).
    StaffInquiry,
    /// A payment or refund is looked into (staff).
    StaffPayment,
    /// Something that was written down wrong is put right (staff).
    StaffCorrection,
    /// An export that was approved (its own capability).
    StaffExport,
}

/// What a mail is about. A grant covers all of these for one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MessageKind {
    /// The order was received.
    OrderReceived,
    /// The payment was received.
    PaymentReceived,
    /// A parcel was handed to the carrier.
    Shipped,
    /// The order was canceled.
    Canceled,
    /// Money was given back.
    Refunded,
    /// An answer to an inquiry about an incident, to the mail address used at an order.
    InquiryAnswer,
}
