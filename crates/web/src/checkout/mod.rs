//! From the cart to the processor and back, and the buyer's order page.
//!
//! Nothing that is typed here is on any disk before the order is placed: it travels from page to page in hidden fields,
//! is checked anew each time, and goes through the vault on its way into the database. One exception, on a
//! member's own wish: a recipient whom he ticks is kept in his address book at once. For half an hour at most it stands
//! in memory ([`steps`]), so that every page has an address to which the browser's Back can return ([`at`]).

mod at;
mod basket;
mod book;
mod confirm;
pub mod contact;
mod details;
mod draw;
mod entry;
mod form;
mod key;
mod link;
mod order;
pub mod order_parts;
mod order_view;
mod parcel;
mod pay;
mod place;
mod placing;
mod receipt;
mod recipients;
mod seal;
mod steps;
mod waiting;
mod who;

pub use at::show as at;
pub use basket::{Basket, LineView, Sums, tax_words};
pub use details::{Details, Errors};
pub use draw::contact as contact_fields;
pub use entry::{served, served_for_order};
pub use form::{fill_one as fill_address, next, show};
pub use link::open as order_link;
pub use order::show as order;
pub use order_parts::brand_name;
pub use pay::{canceled, pay_again, report, returned};
pub use place::place;
pub use placing::Placing;
pub use receipt::show as receipt;
pub use steps::{STEP_MS_MAX, Steps};
pub use who::{Guest, guest_of, holder, signed_in};

/// How long goods are kept for an order that is not paid yet, in milliseconds. The terms state it as one hour.
pub const HOLD_MS: i64 = domain::payment::PAY_WITHIN_MS;
