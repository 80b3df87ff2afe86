//! Buying: as far as a shop comes that has never met its vault, and while the vault is away.
#![allow(clippy::unwrap_used)]

mod away;
mod back;
#[path = "../common/mod.rs"]
mod common;
mod guest;
mod several;
mod shop;
