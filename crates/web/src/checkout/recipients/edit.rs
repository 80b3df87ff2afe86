//! The page of one recipient.

use super::Drafts;
use crate::{
    App,
    checkout::{
        basket::Basket,
        book::{self, Book},
        details::Errors,
        draw::{self, Recipient},
        entry,
    },
    error::Fault,
    form::Fields,
    view::{Choice, Frame, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::response::Response;
use domain::{allotment, card_entry::Step, cart::QUANTITY_MAX};
use site::PageKind;

#[derive(Template)]
#[template(path = "checkout/recipient.html")]
struct RecipientPage {
    page: Page,
    notice: String,
    errors: Vec<(String, String)>,
    /// Which one, from 0.
    at: usize,
    hidden: [Vec<(String, String)>; 2],
    other: bool,
    orderer: String,
    fields: Recipient,
    book: Option<Book>,
    goods: Vec<Row>,
    goods_error: Option<String>,
    /// Whether there are others whose noshi could be made the same.
    has_others: bool,
}

/// A line of the cart, and how many pieces of it go to this recipient.
struct Row {
    id: String,
    name: String,
    variant: String,
    picture: Option<String>,
    price: String,
    /// How many pieces of the cart go to nobody yet.
    left: Option<String>,
    choices: Vec<Choice>,
}

impl Row {
    /// Product and variant: two sizes of one thing are told apart by their labels, too.
    fn full_name(&self) -> String {
        format!("{} {}", self.name, self.variant)
    }
}

/// Draws it; `at` is a recipient that there is.
///
/// # Errors
/// As [`entry::served`].
pub async fn page(
    app: &App,
    visit: &Visit,
    (frame, basket): (Frame, Basket),
    drafts: &Drafts,
    at: usize,
    errors: Errors,
    notice: &'static str,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let page = Page::new(app, visit, frame, t.f1("recipient-title", "n", at + 1));
    let draft = &drafts.each[at];
    let body = RecipientPage {
        notice: if notice.is_empty() { String::new() } else { t.s(notice).to_owned() },
        at,
        hidden: drafts.hidden(Some(at)),
        other: draft.get("to_whom") != "self",
        orderer: drafts.once.get("name").to_owned(),
        fields: draw::recipient(visit.locale(), draft, &drafts.once, &errors, &app.calendar().await?),
        book: book::offer(app, visit, &Fields::default()).await,
        goods: rows(&page, &basket, drafts, at),
        goods_error: errors.iter().find(|(n, _)| *n == "goods").map(|(_, e)| e.clone()),
        has_others: drafts.each.len() > 1,
        errors: errors.into_iter().map(|(n, e)| (n.to_owned(), e)).collect(),
        page,
    }
    .render()?;
    entry::served(app, visit, Step::Checkout, PageKind::Checkout, body).await
}

fn rows(page: &Page, basket: &Basket, drafts: &Drafts, at: usize) -> Vec<Row> {
    let share = &drafts.shares[at];
    let others: Vec<_> =
        drafts.shares.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, s)| s.clone()).collect();
    let row = |(i, line): (usize, &store::cart::CartLine)| {
        let offer = &line.offer;
        let chosen = share.get(i).copied().unwrap_or(0);
        let most = offer.available.clamp(chosen, QUANTITY_MAX.max(chosen));
        let current = chosen.to_string();
        let left = line.quantity.saturating_sub(allotment::sent(&others, i));
        Row {
            id: offer.variant.0.simple().to_string(),
            name: page.locale.pick(offer.product_name_ja.clone(), offer.product_name_en.clone()),
            variant: page.locale.pick(offer.variant_name_ja.clone(), offer.variant_name_en.clone()),
            picture: offer.picture.map(|id| crate::pictures::url(&id.0, crate::pictures::Size::Card)),
            price: page.yen(&offer.price),
            left: (!others.is_empty()).then(|| page.t.f1("recipient-left", "n", left)),
            choices: (0..=most)
                .map(|n| Choice::new(n.to_string(), page.t.f1("recipient-pieces", "n", n), &current))
                .collect(),
        }
    };
    basket.lines.iter().enumerate().map(row).collect()
}
