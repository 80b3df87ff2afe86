//! The facts of an incident, and whom it concerns: no I/O beyond a reader that is given, no clock, no chance.
//!
//! [`Facts`] say how data could get out: causes with their time, their systems, and a [`Rule`](facts::Rule) over
//! recorded events. [`History`] is what was recorded. [`Scope::evaluate`] applies one to the other: for each person and
//! cause *confirmed*, *possible* or *none* with the reason, and counts that say how they are meant. Truth has three
//! values throughout ([`Truth`]): **missing evidence widens a population, never narrows it.** [`Packed`] is a history in
//! columns, for many millions of events.

pub mod condition;
pub mod facts;
pub mod history;
mod kept;
mod line;
mod pack;
pub mod scope;
mod truth;
pub mod vocabulary;
mod when;
mod words;

pub use facts::{Facts, rule_value};
pub use history::History;
pub use kept::{kept, kept_hash, with_version};
pub use pack::{PACKED, Packed, Together, Unreadable};
pub use scope::Scope;
pub use truth::Truth;
pub use when::{End, NoTime, When, Window};
pub use words::{
    confirmed as confirmed_name, days as days_name, item as item_name, kind as kind_name, rule as rule_name,
    time as time_name,
};
