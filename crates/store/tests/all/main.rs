//! The store's tests. Each is written once and run on SQLite, and on PostgreSQL where `DOZO_TEST_POSTGRES` names a
//! server (`postgres://user@host:port/dbname`), in a schema of its own.

#![allow(clippy::unwrap_used)]

mod books;
mod captures;
mod catalogue;
mod common;
mod edition;
mod engine;
mod envelopes;
mod exports;
mod imported;
mod incidents;
mod kill;
mod letters;
mod members;
mod messages;
mod money;
mod neighbours;
mod orders;
mod payments;
mod people;
mod scan;
mod schema;
mod sealed;
mod stock;
mod tally;
