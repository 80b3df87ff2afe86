//! The shop's store: the only crate with SQL.
//!
//! [`Store`] opens SQLite (default) or PostgreSQL. Work is done in closures over [`Tx`]: `store.read(|tx| …)`
//! sees one snapshot, `store.write(|tx| …)` is one transaction, kept when the closure gives `Ok` and undone when
//! it gives `Err`. **A write closure may be run again** (after a conflict), so it must do nothing but database
//! work, and take ids and times from outside.
//!
//! Repository functions are plain `fn(&mut Tx, …)`, one module for each aggregate. Invariants:
//! - every SQL text stands in a `statements!` block, so that a test can prepare all of them on both databases;
//! - personal data is only ever seen here as [`Sealed`] bytes or a [`BlindIndex`]; nothing here can open them;
//! - times are [`Millis`], handed in by the caller; states change only as `domain`'s state machines allow;
//! - within one closure, an `Err` of a repository function means that the transaction is lost: return it.

mod engine;
mod error;
mod migrate;
mod sql;
mod value;

pub mod address;
pub mod branch;
pub mod campaign;
pub mod card_entry;
pub mod cart;
pub mod case;
pub mod catalog;
pub mod customer;
pub mod edition;
pub mod envelope;
pub mod export;
pub mod history;
pub mod imported;
pub mod incident;
pub mod inquiry;
pub mod leaving;
pub mod letter;
pub mod mail_return;
pub mod meta;
pub mod news;
pub mod notice;
pub mod order;
pub mod outbox;
pub mod payment;
pub mod picture;
pub mod processor_forget;
pub mod product;
pub mod reconciliation;
pub mod refund;
pub mod scan;
pub mod sealed;
pub mod staff;
pub mod stock;
pub mod tally;
pub mod visit;

pub use engine::{Options, Store, Tx, Url};
pub use error::Error;
pub use value::{BlindIndex, Hash, Sealed};

/// A time in milliseconds since 1970-01-01T00:00Z.
pub type Millis = i64;

/// A half-open span of time: from the first moment up to, not including, the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first moment in it.
    pub from: Millis,
    /// The first moment after it.
    pub until: Millis,
}

impl Span {
    /// All of time.
    pub const ALWAYS: Span = Span { from: i64::MIN, until: i64::MAX };
}

/// What to look a person's rows up by: the newest blind index and, while the vault's keys are changed, the one before
/// (else the same twice). A row may have either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The blind indexes of a mail address.
    Email([BlindIndex; 2]),
    /// The blind indexes of a telephone number.
    Phone([BlindIndex; 2]),
    /// The blind indexes of a full name.
    Name([BlindIndex; 2]),
}

#[doc(hidden)]
pub use migrate::{Shape, shape};
#[doc(hidden)]
pub use sql::prepare_all;
