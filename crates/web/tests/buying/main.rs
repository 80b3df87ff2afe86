//! Buying, as far as a shop comes whose vault is away.
#![allow(clippy::unwrap_used)]

mod guest;
mod several;
mod shop;
