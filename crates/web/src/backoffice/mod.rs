//! The back office: where the staff work.
//!
//! Invariants:
//! - [`guard::layer`] stands before every route and asks the map of the site (crate `site`) who may take it; handlers
//!   that work for staff take a [`guard::StaffSession`];
//! - nothing personal is opened unasked: pages show numbers, days, sums and states, and what a form asked the vault
//!   to open is in the answer to that form only, never in an address, the database or a log;
//! - whatever staff does is written to `staff_action`, in words and ids, never with personal data;
//! - search words that name a person are posted.

mod csv;
mod dashboard;
mod desk;
mod done;
mod exports;
mod guard;
mod inquiries;
mod list;
mod lock_room;
mod me;
mod news;
mod order;
mod orders;
mod products;
mod proof;
mod qr;
mod reconciliation;
mod returned;
mod setup;
mod sign_in;
mod staff;
mod stock;
mod vault_room;
mod watch_room;

pub use desk::{Desk, Say};
pub use guard::StaffSession;

use crate::{App, error::Fault, view, visit::Visit};
use askama::Template;
use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use vault_api::Reason;

/// The routes under `/admin`.
pub fn router(app: &App) -> Router<App> {
    Router::new()
        .route("/admin/sign-in", get(sign_in::show).post(sign_in::send))
        .route("/admin/link/{token}", get(sign_in::link).post(sign_in::redeem))
        .route("/admin/sign-out", post(sign_in::out))
        .route("/admin/setup", get(setup::show).post(setup::send))
        .route("/admin", get(dashboard::show))
        .route("/admin/orders", get(orders::show).post(orders::names))
        .route("/admin/orders/find", post(orders::find))
        .route("/admin/orders/{id}", get(order::show))
        .route("/admin/orders/{id}/open", post(order::open))
        .route("/admin/orders/{id}/slip", post(order::slip))
        .route("/admin/orders/{id}/ship", post(order::ship))
        .route("/admin/orders/{id}/deliver", post(order::deliver))
        .route("/admin/orders/{id}/capture", post(order::capture))
        .route("/admin/orders/{id}/cash", post(order::cash))
        .route("/admin/orders/{id}/resend", post(order::resend))
        .route("/admin/orders/{id}/cancel", post(order::cancel))
        .route("/admin/orders/{id}/stop-rest", post(order::stop_rest))
        .route("/admin/orders/{id}/refund", post(order::refund))
        .route("/admin/orders/{id}/release", post(order::release))
        .route("/admin/products", get(products::list))
        .route("/admin/products/{id}", get(products::show).post(products::save))
        .route("/admin/products/{id}/picture", post(products::pictures::add))
        .route("/admin/products/{id}/pictures", post(products::pictures::save))
        .route("/admin/stock", get(stock::list))
        .route("/admin/stock/{id}", get(stock::show))
        .route("/admin/stock/{id}/csv", get(stock::csv))
        .route("/admin/stock/{id}/count", post(stock::count))
        .route("/admin/stock/{id}/move", post(stock::moved))
        .route("/admin/news", get(news::list).post(news::create))
        .route("/admin/news/new", get(news::new))
        .route("/admin/news/{id}", get(news::show).post(news::save))
        .route("/admin/reconciliation", get(reconciliation::list).post(reconciliation::run))
        .route("/admin/reconciliation/{day}", get(reconciliation::show))
        .route("/admin/vault", get(vault_room::show))
        .route("/admin/vault/unfreeze", post(vault_room::unfreeze))
        .route("/admin/watch", get(watch_room::show))
        .route("/admin/watch/lock", post(lock_room::lock))
        .route("/admin/exports", get(exports::show).post(exports::ask))
        .route("/admin/exports/{id}/approve", post(exports::approve))
        .route("/admin/exports/{id}/end", post(exports::end))
        .route("/admin/exports/{id}/file", post(exports::file::send))
        .route("/admin/inquiries", get(inquiries::list))
        .route("/admin/inquiries/{id}", get(inquiries::show))
        .route("/admin/inquiries/{id}/open", post(inquiries::open))
        .route("/admin/inquiries/{id}/state", post(inquiries::state))
        .route("/admin/passkey/ask", post(sign_in::passkey_ask))
        .route("/admin/passkey/sign-in", post(sign_in::passkey))
        .route("/admin/me", get(me::show))
        .route("/admin/me/passkeys", post(me::add))
        .route("/admin/me/passkeys/ask", post(me::ask))
        .route("/admin/me/passkeys/remove", post(me::remove))
        .route("/admin/me/prove", post(me::prove))
        .route("/admin/me/prove/ask", post(me::prove_ask))
        .route("/admin/me/prove/passkey", post(me::prove_passkey))
        .route("/admin/me/sign-out", post(me::sign_out))
        .route("/admin/staff", get(staff::list).post(staff::invite))
        .route("/admin/staff/{id}/invite", post(staff::invite_again))
        .route("/admin/staff/{id}/remove", post(staff::remove))
        .route("/admin/staff/{id}/sign-out", post(staff::sign_out))
        .route_layer(axum::middleware::from_fn_with_state(app.clone(), guard::layer))
}

#[derive(Template)]
#[template(path = "backoffice/fault.html")]
struct FaultPage {
    desk: Desk,
    body: String,
    reference: String,
    /// Whether the page of the vault says more.
    of_vault: bool,
}

/// The page for a fault in the back office. Needs nothing that may be broken.
pub async fn fault_page(app: &App, visit: &Visit, fault: &Fault) -> Response {
    let say = Say::to(visit);
    let word = fault_word(fault);
    let text = |part: &str| say.w("bo-fault", &format!("{word}-{part}"));
    let desk = Desk::outside(app, visit, text("title")).at("/admin");
    let (body, reference) = (text("body"), visit.reference().to_owned());
    view::html(&FaultPage { desk, body, reference, of_vault: [BUDGET, FROZEN].contains(&word) })
        .unwrap_or_else(|f| f.status().into_response())
}

/// As [`Fault::word`], with a word of its own for what only staff can meet.
fn fault_word(fault: &Fault) -> &'static str {
    match fault {
        Fault::VaultDenied(Reason::Budget) => BUDGET,
        Fault::VaultDenied(Reason::Frozen) => FROZEN,
        Fault::Store(error) if matches!(**error, store::Error::Refused(_)) => REFUSED,
        Fault::Store(error) if matches!(**error, store::Error::NotFound(_)) => "not-found",
        other => other.word(),
    }
}

const BUDGET: &str = "budget";
const FROZEN: &str = "frozen";
const REFUSED: &str = "refused";
