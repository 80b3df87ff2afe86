//! The desk: everything that is rendered from the facts of an incident. Facts, counts and a day go in, texts come out:
//! the announcement, questions and answers, notices, answers for staff, reports. No I/O and no clock.
//!
//! The same facts give the same words, on a page, in a mail and on paper. What the facts do not say is not known, and
//! the text says that it is not.

pub mod announcement;
pub mod case;
pub mod check;
pub mod counts;
pub mod document;
pub mod duties;
pub mod gate;
pub mod notice;
pub mod paper;
pub mod publish;
pub mod questions;
pub mod reply;
pub mod report;
mod shape;
mod speaker;
mod tongue;

pub use case::Case;
pub use counts::Counts;
pub use document::{Block, Lang, Section};
pub use tongue::Tongue;
