//! Buying, as far as a shop comes whose vault is away.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
mod guest;
mod several;
mod shop;
