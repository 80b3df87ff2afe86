//! A real gate on a TCP port, with a stub of `web` and of the till's hook behind it on Unix sockets.
#![allow(clippy::unwrap_used, missing_docs)]

mod answers;
mod connections;
mod house;
mod pages;
mod refusals;
mod reports;
mod secure;
mod standing;
mod uploads;
