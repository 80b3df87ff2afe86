//! The list of recipients: who gets what, and what is still to be done.

use super::Drafts;
use crate::{
    App,
    checkout::{
        basket::{self, Basket},
        entry, order_parts,
    },
    error::Fault,
    view::{self, Frame, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::response::Response;
use domain::{
    allotment,
    card_entry::Step,
    cart::RECIPIENTS_MAX,
    delivery::Calendar,
    noshi::{Noshi, NoshiPlace, Wrapping},
};
use site::PageKind;

#[derive(Template)]
#[template(path = "checkout/recipients.html")]
struct RecipientsPage {
    page: Page,
    notice: String,
    errors: Vec<(String, String)>,
    hidden: Vec<(String, String)>,
    cards: Vec<Card>,
    tally: Vec<Tally>,
    full: bool,
}

/// A recipient on the list. Personal: no `Debug`.
struct Card {
    at: usize,
    name: String,
    address: String,
    goods: Vec<String>,
    dress: Vec<String>,
    wrong: Vec<String>,
}

/// A line of the cart: how many pieces it holds, how many are sent.
struct Tally {
    name: String,
    cart: u32,
    sent: u32,
    /// What to think of it, where the two differ.
    note: Option<String>,
    short: bool,
}

/// Draws it.
///
/// # Errors
/// As [`entry::served`].
pub async fn page(
    app: &App,
    visit: &Visit,
    (frame, basket): (Frame, Basket),
    drafts: &Drafts,
    notice: &'static str,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let page = Page::new(app, visit, frame, t.s("recipients-title"));
    let calendar = app.calendar().await?;
    let cards: Vec<Card> =
        (0..drafts.each.len()).map(|at| card(&calendar, visit, &basket, drafts, at)).collect();
    let tally = tally(&page, &basket, drafts);
    let unfinished = cards.iter().filter(|c| !c.wrong.is_empty());
    let mut errors: Vec<(String, String)> = unfinished
        .map(|c| (format!("recipient-{}", c.at + 1), t.f1("recipients-unfinished", "n", c.at + 1)))
        .collect();
    let short = tally.iter().filter(|l| l.short);
    errors.extend(short.filter_map(|l| l.note.clone()).map(|note| ("tally".to_owned(), note)));
    let [hidden, _] = drafts.hidden(None);
    let body = RecipientsPage {
        notice: if notice.is_empty() { String::new() } else { t.s(notice).to_owned() },
        errors,
        hidden,
        full: cards.len() >= RECIPIENTS_MAX,
        cards,
        tally,
        page,
    }
    .render()?;
    entry::served(app, visit, Step::Checkout, PageKind::Checkout, body).await
}

fn card(calendar: &Calendar, visit: &Visit, basket: &Basket, drafts: &Drafts, at: usize) -> Card {
    let t = Texts::of(visit.locale());
    let draft = &drafts.each[at];
    let to_orderer = draft.get("to_whom") == "self";
    let (person, prefix) = if to_orderer { (&drafts.once, "") } else { (draft, "to_") };
    let of = |name: &str| person.get(&format!("{prefix}{name}")).trim();
    let name = match (of("name"), to_orderer) {
        ("", _) => t.s("recipients-nameless").to_owned(),
        (name, true) => t.f1("recipients-orderer", "name", name),
        (name, false) => t.f1("recipients-name", "name", name),
    };
    let goods = basket.lines.iter().zip(&drafts.shares[at]).filter(|(_, n)| **n > 0);
    let chosen = (
        draft.get("noshi").parse().unwrap_or(Noshi::None),
        draft.get("noshi_place").parse().unwrap_or(NoshiPlace::Inside),
        draft.get("wrapping").parse().unwrap_or(Wrapping::None),
    );
    let mut dress = order_parts::dress_lines(t, chosen, draft.get("noshi_name").trim());
    if !draft.get("message").trim().is_empty() {
        dress.push(t.s("recipients-message").to_owned());
    }
    if let Ok(date) = draft.get("delivery_date").parse() {
        dress.push(t.f1("recipients-date", "date", view::date(&visit.locale(), &date)));
    }
    Card {
        at,
        name,
        address: format!("{}{}{}", of("prefecture"), of("city"), of("street")),
        goods: goods
            .map(|(l, n)| t.f2("recipients-goods", "name", basket::name(visit.locale(), &l.offer), "n", *n))
            .collect(),
        dress,
        wrong: drafts.wrong_with(visit, calendar.clone(), at).into_iter().map(|(_, e)| e).collect(),
    }
}

fn tally(page: &Page, basket: &Basket, drafts: &Drafts) -> Vec<Tally> {
    let t = page.t;
    let line = |(at, l): (usize, &store::cart::CartLine)| {
        let (cart, sent) = (l.quantity, allotment::sent(&drafts.shares, at));
        let name = basket::name(page.locale, &l.offer);
        let there = if l.offer.on_sale { l.offer.available } else { 0 };
        let short = sent > there;
        let note = match (sent, short) {
            (_, true) => Some(t.f2("recipients-short", "name", &name, "n", there)),
            (sent, _) if sent < cart => Some(t.f1("recipients-fewer", "n", cart - sent)),
            (sent, _) if sent > cart => Some(t.f1("recipients-more", "n", sent - cart)),
            _ => None,
        };
        Tally { name, cart, sent, note, short }
    };
    basket.lines.iter().enumerate().map(line).collect()
}
