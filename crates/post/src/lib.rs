//! Everything that leaves the house by post; in its first form, mails to buyers and members.
//!
//! [`run`] takes messages from the outbox, by a few couriers who each carry one at a time. The outbox holds references, never text: the letter is
//! written at the moment of sending, from the order as it stands and from the fields that the vault opens for this
//! one message ([`Opener`]); a mail about an account comes from the vault alone, which decides what it says. It goes out by the SMTP client of the house ([`smtp`]).
//!
//! **Exactly once, with one honest exception.** A message is claimed (`sending`) before anything is connected, and
//! `data_begun` is noted before the final dot is written. Whatever dies before that note: sent again later. Whatever
//! is lost between the note and the server's answer: `unknown`, shown to staff, never sent again by itself. The
//! `Message-ID` is the outbox row's id at every try, so that a doubled mail could be told.
//!
//! Where the shop has an address for them, each mail bears a return address of its own ([`Returns`]), and what comes back
//! is read and noted beside the message ([`intake`]).
//!
//! Invariants: personal data lives here only in memory, while one message is sent; no log line, error, outbox field
//! or temporary file holds any; what a mail server says is reduced to its numbers; links in mails lead to the shop
//! and nowhere else.
//!
//! Notices about an incident go out by [`campaign`], many at once; on paper where no mail arrives, by [`printing`].
//!
//! [`viewer`] is the demo's mail viewer, a process of its own.

mod account;
pub mod campaign;
mod courier;
mod facts;
pub mod intake;
mod letter;
mod mime;
mod outbox;
mod people;
pub mod printing;
mod queue;
mod returns;
mod run;
mod tongue;
mod view;
pub mod viewer;

pub use courier::{Courier, Schedule, Turn};
pub use facts::{
    About, AccountFacts, Answer, Card, Errand, Facts, LineFacts, OrderFacts, RecipientFacts, Shipment,
};
pub use letter::{Letter, Unwritten, write, write_account};
pub use mime::{Author, Unpacked, message_id, pack};
pub use outbox::{Claim, Outbox, OutboxError, Verdict, Wanted};
pub use people::{Opener, People, Recipient, Unopened, open, open_account};
pub use queue::Queue;
pub use returns::{NAME_BYTES_MAX, NoReturns, Returns};
pub use run::{Config, run};
pub use smtp::{self, Address, NoAddress};

use domain::Locale;

/// The shop as its mails name it. Public facts only.
#[derive(Clone)]
pub struct Shop {
    /// Its name.
    pub name: PerLocale,
    /// Postal address in one line; may be empty.
    pub address: PerLocale,
    /// Telephone number as people write it; may be empty.
    pub phone: String,
    /// Mail address for questions, where answers to mails go; where it is empty they go to the sender.
    pub email: String,
    /// Scheme and host, without a slash at the end: `https://shop.example`.
    pub origin: String,
}

/// A text in both languages.
#[derive(Clone, Default)]
pub struct PerLocale {
    /// Japanese.
    pub ja: String,
    /// English; empty where there is none, and then the Japanese one is said.
    pub en: String,
}

impl PerLocale {
    /// The text in this language.
    pub fn of(&self, locale: Locale) -> &str {
        locale.pick(&self.ja, &self.en)
    }
}
