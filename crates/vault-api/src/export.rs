//! Exports: many persons at once, for a file. One staff member asks and says why, another one approves exactly what was
//! asked, and the one who asked takes it out once.
//!
//! Of whom the file tells is settled when it is asked for: [`ExportAsk`] names each row. [`Export::hash`] is over all
//! of it; who approves shows that hash, so that nothing can be put under his approval.

use crate::{CapToken, Client, Column, Place, Request, Response, Secret, VaultError, client::answered};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The most sealed fields of one export.
pub const EXPORT_PLACES_MAX: usize = 100_000;
/// For how many hours an export waits for its approval, and then for being taken out.
pub const EXPORT_HOURS: u32 = 24;
/// For how many minutes it can be read, once it is being taken out.
pub const EXPORT_READ_MINUTES: u32 = 30;
/// The most exports that wait, for an approval or for being taken out.
pub const EXPORTS_WAITING_MAX: usize = 10;
/// The most exports that are listed.
pub const EXPORTS_LISTED_MAX: usize = 100;

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ExportSubject {
    /// Members, by the day on which they registered.
    Customers,
    /// Orders, by the day on which they were placed.
    Orders,
}

/// Why. There is no other reason: free text could name a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ExportReason {
    /// Something is printed and sent by mail: a catalogue, a greeting.
    Mailing,
    /// The books, and taxes.
    Accounting,
    /// Goods are handed to a carrier or a warehouse.
    Shipping,
    /// The shop moves to other software.
    Migration,
    /// An authority asks for it.
    Authority,
}

/// What of a person stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ExportField {
    /// The member's or buyer's name.
    Name,
    /// His mail address.
    Email,
    /// His telephone number.
    Phone,
    /// His address.
    Address,
    /// Name, telephone number and address of whoever gets the parcel. Orders only.
    Recipient,
}

impl ExportField {
    /// All of them, in the order of the file's columns.
    pub const ALL: [ExportField; 5] = [
        ExportField::Name,
        ExportField::Email,
        ExportField::Phone,
        ExportField::Address,
        ExportField::Recipient,
    ];

    /// The sealed column that it stands in; `None` where such an export has no such thing.
    pub const fn column(self, of: ExportSubject) -> Option<Column> {
        use ExportSubject::{Customers, Orders};
        match (of, self) {
            (Customers, ExportField::Email) => Some(Column::CustomerEmail),
            (Customers, ExportField::Recipient) => None,
            (Customers, _) => Some(Column::CustomerContact),
            (Orders, ExportField::Email) => Some(Column::OrdersEmail),
            (Orders, ExportField::Recipient) => Some(Column::OrderRecipientContact),
            (Orders, _) => Some(Column::OrdersContact),
        }
    }
}

/// Rows of one sealed column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportRows {
    /// The column.
    pub column: Column,
    /// Row and person.
    pub rows: Vec<(Uuid, Uuid)>,
}

impl ExportRows {
    /// As places.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        self.rows.iter().map(|(row, person)| Place::new(self.column, *row, *person))
    }
}

/// What is to be exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportAsk {
    /// Of what.
    pub subject: ExportSubject,
    /// Why.
    pub reason: ExportReason,
    /// What of each person, each once and in the order of [`ExportField::ALL`].
    pub fields: Vec<ExportField>,
    /// From when on, Unix milliseconds.
    pub from_ms: i64,
    /// Until when; that moment does not belong to it.
    pub until_ms: i64,
    /// Every row, for each column that the fields stand in. At most [`EXPORT_PLACES_MAX`] of them all.
    pub rows: Vec<ExportRows>,
}

/// Where an export stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ExportState {
    /// For somebody else's approval.
    Waiting,
    /// To be taken out, by whoever asked.
    Approved,
    /// It was taken out.
    Taken,
    /// Taken back by whoever asked, or turned down by somebody else.
    Ended,
    /// Nobody approved it, or took it out, in time.
    Expired,
}

/// An export, without the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// Its id.
    pub id: Uuid,
    /// SHA-256 of all that was asked, the rows too: what is approved.
    pub hash: [u8; 32],
    /// Of what.
    pub subject: ExportSubject,
    /// Why.
    pub reason: ExportReason,
    /// What of each person.
    pub fields: Vec<ExportField>,
    /// From when on, Unix milliseconds.
    pub from_ms: i64,
    /// Until when; that moment does not belong to it.
    pub until_ms: i64,
    /// How many persons it tells of.
    pub persons: u32,
    /// Who asked, and when (Unix milliseconds).
    pub asked: (Uuid, i64),
    /// Who approved, and when.
    pub approved: Option<(Uuid, i64)>,
    /// Who ended it, and when.
    pub ended: Option<(Uuid, i64)>,
    /// When it was taken out.
    pub taken_at_ms: Option<i64>,
    /// Where it stands.
    pub state: ExportState,
}

impl Export {
    /// Whether whoever asked approved it, too: in a shop where nobody else can sign in.
    pub fn is_alone(&self) -> bool {
        self.approved.is_some_and(|(by, _)| by == self.asked.0)
    }
}

/// Answer to [`Client::exports`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exports {
    /// The newest first, at most [`EXPORTS_LISTED_MAX`].
    pub all: Vec<Export>,
    /// Whether whoever asks is the only one who can sign in, and an owner: he approves his own, by a fresh proof.
    pub alone: bool,
    /// When he proved himself last, where that was within the last [`crate::PROOF_MINUTES`] (Unix milliseconds).
    pub proved_at_ms: Option<i64>,
}

/// Answer to [`Client::export_approve`].
#[derive(Serialize, Deserialize)]
pub struct ExportApproved {
    /// As it stands now.
    pub export: Export,
    /// For the outbox: a mail to the shop's own address, where nobody else approved.
    pub grant: Option<Vec<u8>>,
}

/// Answer to [`Client::export_take`]. No `Debug`: it holds a capability.
#[derive(Serialize, Deserialize)]
pub struct ExportTaken {
    /// As it stands now.
    pub export: Export,
    /// Opens exactly these rows, each once, for [`EXPORT_READ_MINUTES`] ([`Client::unseal`] for
    /// [`crate::Purpose::StaffExport`]). In memory only: it ends with the vault's process.
    pub cap: CapToken,
    /// The rows.
    pub rows: Vec<ExportRows>,
}

impl Client {
    /// The newest exports, for any staff member. Role web.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn exports(&self, cap: &CapToken) -> Result<Exports, VaultError> {
        answered!(self.call(&Request::Exports { cap: cap.clone() }), Exports)
    }

    /// Asks for an export, on a fresh proof. From here on it is settled of whom it tells. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Unproved`], [`crate::Reason::Frozen`], [`crate::Reason::WitnessAway`];
    /// `BadRequest` where it is empty or too large, `Busy` where [`EXPORTS_WAITING_MAX`] wait already.
    pub fn export_ask(&self, cap: &CapToken, ask: ExportAsk) -> Result<Export, VaultError> {
        answered!(self.call(&Request::ExportAsk { cap: cap.clone(), ask }), Export)
    }

    /// Approves what has this hash. The proof must be fresh and younger than the asking, and of somebody else than who
    /// asked; where nobody else can sign in, of the owner who asked, and a mail goes to `shop_mail`, the shop's own
    /// public address. Role web.
    ///
    /// # Errors
    /// As [`Client::export_ask`]; [`crate::Reason::NotCovered`] where another one must approve, [`crate::Reason::Export`]
    /// where the hash is another one or it waits for no approval any more.
    pub fn export_approve(
        &self,
        cap: &CapToken,
        export: Uuid,
        hash: [u8; 32],
        shop_mail: Secret,
    ) -> Result<ExportApproved, VaultError> {
        let request = Request::ExportApprove { cap: cap.clone(), export, hash, shop_mail };
        answered!(self.call(&request), ExportApproved)
    }

    /// Takes one's own back, or turns another one's down; while it is not taken out. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Export`].
    pub fn export_end(&self, cap: &CapToken, export: Uuid) -> Result<Export, VaultError> {
        answered!(self.call(&Request::ExportEnd { cap: cap.clone(), export }), Export)
    }

    /// Takes an approved export out: once, and only who asked. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Export`] where it is not approved, or was taken out already.
    pub fn export_take(&self, cap: &CapToken, export: Uuid) -> Result<ExportTaken, VaultError> {
        answered!(self.call(&Request::ExportTake { cap: cap.clone(), export }), ExportTaken)
    }
}
