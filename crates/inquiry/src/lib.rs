//! Inquiries about an incident: who is told what, by which way. No I/O, no clock, no chance.
//!
//! Whoever asks proves nothing by what he knows: names, addresses and telephone numbers of others are known to many. So
//! nothing that is typed opens anything. It only says which records are meant, and the answer goes to what *those records*
//! name: their mail address, their telephone number, their postal address. Whoever does not receive there learns nothing,
//! and what he sees of the asking itself is the same whatever is recorded ([`rhythm`], [`receipt`]).

mod decide;
pub mod load;
pub mod receipt;
mod record;
pub mod rhythm;
pub mod words;

pub use decide::{Answer, Decision, Given, Need, Question, decide};
pub use record::{Index, Record};
