//! The back office: where the staff work.
//!
//! Invariants:
//! - [`guard::layer`] stands before every route and asks the map of the site (crate `site`) who may take it; handlers
//!   that work for staff take a [`guard::StaffSession`];
//! - nothing personal is opened unasked: pages show numbers, days, sums and states, and what a form asked the vault
//!   to open is in the answer to that form only, never in an address, the database or a log;
//! - whatever staff does is written to `staff_action`, in words and ids, never with personal data;
//! - search words that name a person are posted.

mod cases;
mod dashboard;
mod desk;
mod done;
mod exports;
mod guard;
mod incidents;
mod inquiries;
mod letters;
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
mod work;

pub use desk::{Desk, Say};
pub use guard::StaffSession;
pub(crate) use incidents::Plans;
pub(crate) use orders::Searches;

use crate::{App, error::Fault, view, visit::Visit};
use askama::Template;
use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use incidents::campaigns;
use vault_api::Reason;
use work::Work;

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
        .route("/admin/products", get(products::list).post(products::create::create))
        .route("/admin/products/new", get(products::create::show))
        .route("/admin/categories", post(products::create::category))
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
        .route("/admin/incidents", get(incidents::view::list).post(incidents::begin))
        .route("/admin/incidents/new", get(incidents::view::new))
        .route("/admin/incidents/{id}", get(incidents::view::show))
        .route("/admin/incidents/{id}/read", get(incidents::reading::show))
        .route("/admin/incidents/{id}/count", post(incidents::count::count))
        .route("/admin/incidents/{id}/freeze", post(incidents::freeze))
        .route("/admin/incidents/{id}/basics", get(incidents::part_page::show).post(incidents::save))
        .route("/admin/incidents/{id}/merchant", get(incidents::part_page::show).post(incidents::save))
        .route("/admin/incidents/{id}/systems", get(incidents::part_page::show).post(incidents::save))
        .route("/admin/incidents/{id}/causes", get(incidents::part_page::show).post(incidents::save))
        .route("/admin/incidents/{id}/timeline", get(incidents::part_page::show).post(incidents::save))
        .route("/admin/incidents/{id}/investigation", get(incidents::part_page::show).post(incidents::save))
        .route("/admin/incidents/{id}/defences", get(incidents::part_page::show).post(incidents::save))
        .route("/admin/incidents/{id}/updates", get(incidents::part_page::show).post(incidents::save))
        .route("/admin/incidents/{id}/measures", get(incidents::part_page::show).post(incidents::save))
        .route("/admin/incidents/{id}/contacts", get(incidents::part_page::show).post(incidents::save))
        .route("/admin/incidents/{id}/cards", get(incidents::part_page::show).post(incidents::save))
        .route("/admin/incidents/{id}/filings", get(incidents::part_page::show).post(incidents::save))
        .route("/admin/incidents/{id}/announcements", get(incidents::part_page::show).post(incidents::save))
        .route("/admin/incidents/{id}/answers", get(incidents::part_page::show).post(incidents::save))
        .route("/admin/incidents/{id}/campaigns", get(campaigns::list::show).post(campaigns::plan))
        .route("/admin/campaigns/{id}", get(campaigns::one::show))
        .route("/admin/campaigns/{id}/preview", post(campaigns::preview))
        .route("/admin/campaigns/{id}/approve", post(campaigns::approve))
        .route("/admin/campaigns/{id}/send", post(campaigns::send))
        .route("/admin/campaigns/{id}/pause", post(campaigns::pause))
        .route("/admin/campaigns/{id}/end", post(campaigns::end))
        .route("/admin/campaigns/{id}/again", post(campaigns::again))
        .route("/admin/campaigns/{id}/letters", post(letters::plan::to_unreached))
        .route("/admin/letters", get(letters::view::list).post(letters::plan::to_askers))
        .route("/admin/letters/{id}", get(letters::view::show))
        .route("/admin/letters/{id}/approve", post(letters::approve))
        .route("/admin/letters/{id}/make", post(letters::make))
        .route("/admin/letters/{id}/printed", post(letters::stepped))
        .route("/admin/letters/{id}/posted", post(letters::stepped))
        .route("/admin/letters/{id}/drop", post(letters::stepped))
        .route("/admin/letters/{id}/returned", post(letters::returned))
        .route("/admin/cases", get(cases::list).post(cases::take))
        .route("/admin/cases/new", get(cases::new))
        .route("/admin/cases/{id}", get(cases::show))
        .route("/admin/cases/{id}/open", post(cases::open))
        .route("/admin/cases/{id}/state", post(cases::state))
        .route("/admin/cases/{id}/topic", post(cases::topic))
        .route("/admin/cases/{id}/answered", post(cases::answered))
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

/// The first digits of a hash, enough to compare it by word of mouth.
fn short_hash(hex: &str) -> String {
    hex.chars().take(16).collect()
}

const BUDGET: &str = "budget";
const FROZEN: &str = "frozen";
const REFUSED: &str = "refused";
