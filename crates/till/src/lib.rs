//! The till: the only one who talks to the payment processor.
//!
//! It holds the processor's key and the webhook secret, opens and closes payment pages, takes webhooks, and asks
//! the processor again and again until money and order agree. Others reach it by [`Client`] and know payments by
//! the order's id alone.
//!
//! Invariants: nothing that names a person comes in or goes out; a webhook is only a hint, what counts is what
//! the processor says when asked; a request that creates something is repeated only under its own
//! `Idempotency-Key`.

pub mod api;
mod client;

pub use api::{Change, Create, Created, PaymentView, RefundView, TillError};
pub use client::Client;
