//! How the other rooms talk to the vault: the messages, the limits and a blocking client.
//!
//! The vault holds every key. What a caller holds are three opaque things, none of which opens anything by itself:
//!
//! - [`Sealed`]: ciphertext for the database, bound to one [`Place`] (table, column, row, person).
//! - [`BlindIndex`]: 16 bytes by which equal values can be found, never read.
//! - [`CapToken`]: what the vault gives to somebody who proved something (a password, an order just placed, a link
//!   from a mail). It travels in a cookie and is never stored in the database; the vault keeps only its SHA-256.
//!
//! A walk through a guest's purchase, as `web` does it:
//!
//! 1. [`Client::seal_order`] with new persons (`create_person`) and all places of the order, which gives the sealed
//!    fields, the guest's capability for the cookie and the grant for `orders.message_grant`;
//! 2. the database is written;
//! 3. [`Client::unseal`] with the cookie's capability shows the order page;
//! 4. `post` calls [`Client::open_message`] with the grant and gets the plaintexts and the link for the mail;
//! 5. the link's token goes to [`Client::redeem_order_link`] and gives a new capability for the same order.
//!
//! While the vault is away an order's personal data waits in an [`Envelope`].
//!
//! Types that hold secrets or personal data have no `Debug` and no `Display`, and are wiped when dropped.
//!
//! A caller says its role in the first frame ([`Hello`]) and shows the key that the supervisor gave to that room. Where
//! all processes run as one user, kernel walls keep one room's key from the others; without such walls it is a promise.

mod account;
mod campaign;
mod client;
mod column;
mod door;
mod envelope;
mod error;
mod export;
pub mod hpke;
mod import;
mod keys;
mod message;
mod notice;
mod passkey;
mod secret;
mod state;
mod token;
mod types;

pub use account::{
    AccountChange, AccountMessage, AccountMessageKind, AccountToken, AccountWish, MAIL_BYTES_MAX,
};
pub use campaign::{
    Approver, Campaign, CampaignStep, NOTICE_PLACES_MAX, NOTICES_PER_CALL_MAX, NoticeAsk, NoticeFound,
    NoticePlan, OpenedNotice,
};
pub use client::Client;
pub use column::{Column, Content};
pub use door::Door;
pub use envelope::{DayKey, ENVELOPE_BYTES_MAX, Enclosed, Envelope, TakenIn};
pub use error::{NotOpened, PasskeyFlaw, PasswordFault, Reason, VaultError};
pub use export::{
    EXPORT_HOURS, EXPORT_PLACES_MAX, EXPORT_READ_MINUTES, EXPORTS_LISTED_MAX, EXPORTS_WAITING_MAX, Export,
    ExportApproved, ExportAsk, ExportField, ExportReason, ExportRows, ExportState, ExportSubject,
    ExportTaken, Exports,
};
pub use keys::{KeyChange, KeyLevel, KeyPhase, KeysStatus, RenewItem, Renewed, WrappedKeys};
pub use message::{
    CustomerSignedIn, Health, Hello, Holder, Identity, LedgerState, OpenedMessage, OrderAsk, OrderGrant,
    Redeemed, Request, Response, SealItem, SealedBatch, SealedItem, SealedOrder, TotpEnrolment, UnsealItem,
    WitnessHealth,
};
pub use notice::NoticeCode;
pub use passkey::{
    ATTESTATION_BYTES_MAX, CLIENT_DATA_BYTES_MAX, CREDENTIAL_BYTES_MAX, PASSKEY_NAME_CHARS_MAX, PASSKEYS_MAX,
    PROOF_MINUTES, Passkey, PasskeyAsk, PasskeyAssertion, PasskeyAttestation, PasskeyEnrolment, Passkeys,
    Proof, SIGNATURE_BYTES_MAX, SignedIn, Sort, USER_HANDLE_BYTES_MAX,
};
pub use secret::{Plain, Secret};
pub use state::{BudgetLeft, Freeze, LedgerHealth, MailsHeld, VaultState};
pub use token::{CapToken, Challenge, LinkToken, RoleKey};
pub use types::{BlindIndex, IndexAsk, IndexField, MessageKind, Place, Purpose, Role, Sealed};

/// The most items of one request.
pub const BATCH_ITEMS_MAX: usize = 1000;
/// The most bytes of one plaintext.
pub const PLAINTEXT_BYTES_MAX: usize = 64 * 1024;
/// The most bytes of a value to index, of a login, of a mail address.
pub const VALUE_BYTES_MAX: usize = 512;
/// The most index look-ups that come with one sealed item.
pub const INDEXES_PER_ITEM_MAX: usize = 4;
/// The most places of one order (orderer and all recipients).
pub const ORDER_PLACES_MAX: usize = 256;
/// The fewest characters of a password (after NFKC).
pub const PASSWORD_CHARS_MIN: usize = 10;
/// The most bytes of a password.
pub const PASSWORD_BYTES_MAX: usize = 512;
/// The most bytes of the first frame.
pub const HELLO_BYTES_MAX: usize = 64;
/// The most bytes of one answer about a tile of the ledger; fewer mean that the tile ends there.
pub const LEDGER_PART_BYTES: usize = 4 * 1024 * 1024;
/// The most bytes of a request or an answer; larger batches must be split.
pub const FRAME_BYTES_MAX: usize = 8 * 1024 * 1024;
