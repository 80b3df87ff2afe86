//! The shop's pages: storefront, checkout, customers' pages, back office. Server-rendered; everything works without
//! scripts.
//!
//! Invariants:
//! - what a visitor types about a person goes to the vault and to nobody else before it is sealed: it is never in the
//!   database, a session row, a log or an error; between two pages of the checkout it travels in hidden fields, and stays
//!   in memory for half an hour at most ([`checkout`]);
//! - a form is read through [`form::PostForm`] only, which checks token and origin;
//! - there is no field for a card and no script of a processor on any page;
//! - every visible text comes from the Fluent files by id, in both languages;
//! - the routes are those of the crate `site` (a test compares), so that gate and web agree.
//!
//! A page is made so: [`visit::layer`] finds the visitor, a handler reads one snapshot of the database
//! ([`view::Frame`] and its own rows), fills a template around a [`view::Page`] and answers through [`view::html`];
//! whatever goes wrong is an [`error::Fault`], rendered on the way out.

pub mod account;
pub mod app;
pub mod assets;
pub mod backoffice;
pub mod checkout;
pub mod config;
pub mod cookies;
pub mod envelopes;
pub mod error;
pub mod form;
pub mod inquiry;
pub mod kept;
pub mod markdown;
pub mod notice;
pub mod pages;
mod passkeys;
pub mod payments;
pub mod pictures;
pub mod reconcile;
mod refunds;
pub mod routes;
pub mod search;
mod serve;
pub mod standing;
pub mod storefront;
pub mod view;
pub mod visit;

pub use app::App;
pub use config::{Article, Both, Config, ShopFacts, StoreNote, Trial};
pub use serve::run;
