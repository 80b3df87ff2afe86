//! The back office with a real vault behind it: who comes in, what stays closed, what staff can do.

#![allow(clippy::unwrap_used)]

mod campaigns;
mod cases;
#[path = "../common/mod.rs"]
mod common;
mod doors;
mod exports;
mod goods;
mod house;
mod incidents;
mod letters;
mod new_goods;
mod news;
mod orders;
mod people;
mod pictures;
mod vault;
mod watch;
mod words;
