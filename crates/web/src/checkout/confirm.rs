//! The page on which the order is confirmed, and what it costs.

use super::{
    at::Next,
    basket::{Basket, LineView, Sums},
    details::{Details, Errors, ShipTo},
    entry, form, order_parts,
};
use crate::{
    App,
    error::Fault,
    form::Fields,
    storefront::terms_of_order,
    view::{self, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::response::Response;
use domain::{
    Locale, Yen,
    allotment::Share,
    card_entry::Step,
    cart::{NoQuote, Quote},
    delivery::Calendar,
    payment::PaymentMethod,
};
use site::PageKind;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "checkout/confirm.html")]
struct ConfirmPage {
    page: Page,
    notice: String,
    lines: Vec<LineView>,
    sums: Sums,
    parts: Vec<order_parts::Part>,
    parcels: Vec<order_parts::ParcelView>,
    /// When it arrives, when it is paid, how it is called off and given back.
    terms: Vec<order_parts::Row>,
    hidden: Vec<(&'static str, String)>,
    cash: bool,
}

/// An order with its price.
pub struct Priced {
    /// What it costs.
    pub quote: Quote,
    /// Each parcel's pieces of the cart's lines.
    pub shares: Vec<Share>,
}

/// The order's terms in the merchant's words; above them the first days on which it can arrive where none is wished for.
fn terms(page: &Page, calendar: &Calendar, details: &Details) -> Vec<order_parts::Row> {
    let (t, locale) = (page.t, page.locale);
    let mut terms = terms_of_order(t, page.shop(), locale, details.payment);
    let open = details.parcels.iter().filter(|p| p.delivery_date.is_none());
    let days: Vec<_> = open.map(|p| calendar.earliest(p.region)).collect();
    let day = |day| view::date(&locale, day);
    let earliest = match (days.iter().min(), days.iter().max()) {
        (Some(from), Some(to)) if from == to => t.f1("confirm-earliest", "date", day(from)),
        (Some(from), Some(to)) => t.f2("confirm-earliest-several", "from", day(from), "to", day(to)),
        _ => return terms,
    };
    if let Some((_, lines)) = terms.first_mut() {
        lines.insert(0, earliest);
    }
    terms
}

/// Why an order has no price, or cannot be placed as it stands.
pub enum Cannot {
    /// The cart says why.
    Cart,
    /// The first page says why.
    Form(Errors),
    /// The list of recipients says why.
    Recipients,
}

/// What the order costs.
///
/// # Errors
/// As [`Cannot`] says.
pub fn price(visit: &Visit, basket: &Basket, details: &Details) -> Result<Priced, Cannot> {
    let several = details.ship_to == ShipTo::Several;
    if basket.is_empty() || (!several && !basket.can_order()) {
        return Err(Cannot::Cart);
    }
    let shares = details.parcels.iter().map(|p| basket.share(p.goods.as_ref())).collect::<Option<Vec<_>>>();
    let shares = shares.filter(|s| !several || basket.can_send(s)).ok_or(Cannot::Recipients)?;
    let regions = details.parcels.iter().map(|p| p.region);
    let parcels: Vec<_> = regions.zip(shares.iter().cloned()).collect();
    match basket.quote(&parcels, details.payment) {
        Ok(quote) => Ok(Priced { quote, shares }),
        Err(why) => Err(Cannot::Form(vec![("payment", no_quote(visit.locale(), basket, why))])),
    }
}

fn no_quote(locale: Locale, basket: &Basket, why: NoQuote) -> String {
    let t = Texts::of(locale);
    let id = match why {
        NoQuote::TooMuchForCash => {
            let most = basket.tariff.cash_max().unwrap_or(Yen::ZERO);
            return t.f1("invalid-cash-too-much", "most", view::yen(&locale, &most));
        }
        NoQuote::NoCash => "invalid-cash-none",
        NoQuote::CashNeedsOneRecipient => "invalid-cash-others",
        NoQuote::TooLittleForCard => "invalid-card-too-little",
        NoQuote::TooMuchForCard => "invalid-card-too-much",
        NoQuote::Empty | NoQuote::TooMany => "cart-full",
    };
    t.s(id).to_owned()
}

impl Cannot {
    /// The page that says why, with everything that was typed where it can hold it.
    pub fn next(self, details: &Details) -> Next {
        let typed = Fields::of(details.hidden());
        match self {
            Cannot::Cart => Next::Cart,
            Cannot::Form(errors) => Next::form(&typed, errors, ""),
            Cannot::Recipients => Next::recipients(&typed, "recipients-changed"),
        }
    }
}

/// The page to confirm, for an order that will have this id; or what is shown in its place.
///
/// # Errors
/// As [`form::read`].
pub async fn page(
    app: &App,
    visit: &Visit,
    details: &Details,
    notice: &'static str,
    id: Uuid,
) -> Result<Result<Response, Next>, Fault> {
    let (frame, basket) = form::read(app, visit).await?;
    let priced = match price(visit, &basket, details) {
        Ok(priced) => priced,
        Err(why) => return Ok(Err(why.next(details))),
    };
    let t = Texts::of(visit.locale());
    let page = Page::new(app, visit, frame, t.s("confirm-title"));
    let mut hidden = details.hidden();
    hidden.push(("key", id.to_string()));
    hidden.push(("total", priced.quote.total.get().to_string()));
    let several = details.ship_to == ShipTo::Several;
    let calendar = app.calendar().await?;
    let body = ConfirmPage {
        notice: if notice.is_empty() { String::new() } else { t.s(notice).to_owned() },
        lines: basket.sent_views(t, visit.locale(), &priced.shares),
        sums: Sums::of(&page, &priced.quote),
        parts: order_parts::parts_to_confirm(t, visit.locale(), details),
        parcels: if several {
            order_parts::parcels_to_confirm(&page, &basket, details, &priced)
        } else {
            Vec::new()
        },
        terms: terms(&page, &calendar, details),
        cash: details.payment == PaymentMethod::CashOnDelivery,
        hidden,
        page,
    }
    .render()?;
    entry::served(app, visit, Step::Confirm, PageKind::Confirm, body).await.map(Ok)
}
