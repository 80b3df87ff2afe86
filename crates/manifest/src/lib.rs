//! The page manifest: what each kind of page may be made of, as its templates say, and whether a page is that.
//!
//! - [`derive()`] reads the templates' own text. Conditions and loops are taken as open, so every state that a page can
//!   have is in it, and nothing that no template writes: scripts and styles with their hashes, forms with their fields
//!   and labels, links, and the holes where free text may stand.
//! - [`Manifest`] is the result: data, written down in one form only, so that it has one hash, which the owner signs
//!   ([`Signed`]).
//! - [`Checker`] reads a page strictly, as every browser reads it, and follows it through its template. What does not
//!   fit, or could be read in two ways, is a [`Breach`].
//!
//! No I/O but in [`Source`], which reads a folder; no clock, nothing secret and nothing personal: a breach says where in the page and what kind of thing it is,
//! never what stood there.

mod check;
mod derive;
mod format;
mod notice;
mod outside;
mod signed;
mod skeleton;
mod source;
mod summary;

pub use check::{Breach, Checker, Why, drawing};
pub use derive::{DeriveError, Sources, derive};
pub use format::{FORMAT, FormField, Headers, Manifest, ReadError, RouteRule, ServedFile};
pub use outside::{Outside, Told};
pub use signed::{NotAccepted, Seen, Signed};
pub use skeleton::{Attribute, Element, Hole, Item, Piece, Template};
pub use source::{Source, SourceError};
pub use summary::{PageSummary, Summary};
