//! What the buyer keeps for the books: the order with its prices, to whom it was sold, and the tax. It has all that a
//! qualified invoice must state (消費税法 第57条の4: issuer and number, date, goods with their rate, sums and tax for
//! each rate, the buyer), and what Japanese books ask for: when the money came, and for what. Nothing of it travels with a parcel.

use super::{
    basket::Sums,
    order::{self, item},
    order_parts::Line,
    order_view,
};
use crate::{
    App,
    error::Fault,
    view::{self, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{
    OrderId, Yen,
    order::OrderState,
    payment::{PaymentMethod, RefundState},
    person::Contact,
};
use store::order::WholeOrder;
use uuid::Uuid;
use vault_api::Purpose;

#[derive(Template)]
#[template(path = "checkout/receipt.html")]
struct ReceiptPage {
    page: Page,
    id: String,
    number: String,
    date: String,
    /// When the money came; none before all of it has.
    received: Option<String>,
    /// What was bought, in the words that books have for it.
    what: String,
    /// To whom it was sold. Personal.
    to: String,
    /// What the paper says of the payment.
    says: String,
    lines: Vec<Line>,
    /// To how many addresses.
    parcels: usize,
    sums: Sums,
    /// What went back, and when.
    refunds: Vec<(String, Yen)>,
    invoice: String,
}

/// `GET /order/{id}/receipt`
pub async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Uuid>) -> Result<Response, Fault> {
    let id = OrderId(id);
    let (frame, whole, guest) = order::read(&app, &visit, id).await?;
    let o = &whole.order;
    let asked = vec![item(vault_api::Column::OrdersContact, o.id.0, o.person.0, &o.contact)];
    let opened = app.vault().call(move |v| v.unseal(&guest.cap, Purpose::OrderPage, asked)).await?;
    let contact = opened.into_iter().next().and_then(Result::ok);
    let contact = contact.and_then(|p| Contact::from_bytes(p.reveal()).ok());
    let t = Texts::of(visit.locale());
    let paid = is_paid(&whole);
    let payments = whole.payments.clone();
    let received = app.store().read(move |tx| store::payment::received_at(tx, &payments)).await?;
    let day = |at: i64| view::date(&visit.locale(), &view::in_japan(at).date());
    let title = t.s(if paid { "receipt-title" } else { "receipt-title-unpaid" });
    let page = Page::new(&app, &visit, frame, title);
    let back = whole.refunds.iter().filter(|r| r.state == RefundState::Succeeded);
    view::html(&ReceiptPage {
        id: o.id.to_string(),
        number: o.number.clone(),
        date: day(o.placed_at),
        received: received.filter(|_| paid).map(day),
        what: what(&page),
        to: contact.map(|c| t.f1("receipt-to", "name", c.name.reveal())).unwrap_or_default(),
        says: t.s(says(&whole, paid)).to_owned(),
        lines: order_view::lines(page.locale, &whole),
        parcels: whole.recipients.len(),
        sums: order_view::sums(&page, &whole),
        refunds: back.map(|r| (view::date_time(&page.locale, &r.updated_at), r.amount)).collect(),
        invoice: order_view::invoice(&page),
        page,
    })
}

/// The words of the shop for all that it sells, else general ones.
fn what(page: &Page) -> String {
    let own = page.shop().receipt_for.get(&page.locale);
    let what = if own.is_empty() { page.t.s("receipt-goods") } else { own };
    page.t.f1("receipt-for", "what", what)
}

/// Whether all the money came, whatever went back later.
fn is_paid(whole: &WholeOrder) -> bool {
    let came: Yen = whole.payments.iter().map(|p| p.received).sum();
    came > Yen::ZERO && came >= whole.order.total
}

fn says(whole: &WholeOrder, paid: bool) -> &'static str {
    match (whole.order.state, whole.order.method) {
        (OrderState::Canceled, _) => "receipt-canceled",
        (_, PaymentMethod::Card) if paid => "receipt-by-card",
        (_, PaymentMethod::Card) => "receipt-awaiting",
        (_, PaymentMethod::CashOnDelivery) if paid => "receipt-by-cash",
        (_, PaymentMethod::CashOnDelivery) => "receipt-cash-to-come",
    }
}
