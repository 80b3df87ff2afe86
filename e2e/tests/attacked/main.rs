//! Attacks on the gate itself: a running shop, a recorder in the place of `web`, and honest customers beside it.
#![allow(clippy::unwrap_used)]

mod behind;
mod bytes;
mod crowds;
mod desync;
mod floods;
mod frames;
mod heads;
mod honest;
mod secure;
mod table;
