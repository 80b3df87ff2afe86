//! Exports of other shop systems, read as recorded events: bytes in, records out. No I/O beyond a reader that is given,
//! no clock, no chance.
//!
//! [`survey`] reads a file once and says what it is; [`Import`] reads it again and gives its [`Record`]s one by one, in
//! the vocabulary of [`incident`], and a [`Note`] for whatever could not be read. What a row does not say stays unknown
//! and is never guessed: **missing evidence widens a population, never narrows it.** `docs/incident/import.md` describes
//! the forms.
//!
//! Who is named in a row is personal ([`Party`]): such types have neither `Debug` nor `Display`, and a note repeats no
//! value.

mod cell;
mod encoding;
mod form;
mod note;
mod read;
mod record;
mod survey;
mod table;
mod words;

pub use encoding::Encoding;
pub use form::Kind;
pub use note::{Broken, Note, Reason};
pub use read::{Import, Item};
pub use record::{Address, Party, Record, Value};
pub use survey::{Survey, survey};
pub use table::RECORD_BYTES_MAX;
pub use words::{Dictionary, payment};
