//! The shop's own records: customers, orders, card-entry sessions.

use crate::{PAGE, SHOP, lines::Lines, time};
use anyhow::Result;
use domain::{
    card_entry::{Entry, Outcome, Step},
    customer::CustomerStatus,
    order::{Channel, OrderState},
    payment::PaymentMethod,
};
use serde_json::json;
use std::io::Write;
use store::{Span, Store, card_entry, card_entry::CardEntry, customer, history};

/// Who registered, and who left.
pub fn customers(store: &Store, out: &mut Lines<impl Write>) -> Result<()> {
    let mut after = None;
    loop {
        let page = store.read_blocking(|tx| customer::list(tx, after, PAGE))?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id);
        for c in &page {
            let gone = c.status == CustomerStatus::Closed;
            out.person(c.id.0, Some("member"), !gone, !gone && c.contact.is_some());
            out.event(json!({
                "event": "registration", "id": c.id, "at": time(c.created_at), "person": c.id, "system": SHOP,
                "channel": channel(c.channel),
            }))?;
            if gone {
                out.event(json!({
                    "event": "leave", "id": c.id, "at": time(c.updated_at), "person": c.id, "system": SHOP,
                }))?;
            }
        }
    }
}

/// Every order, whatever became of it.
pub fn orders(store: &Store, out: &mut Lines<impl Write>) -> Result<()> {
    let mut after = None;
    loop {
        let page = store.read_blocking(|tx| history::orders(tx, after, PAGE))?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id);
        for o in &page {
            let kind = if o.customer.is_some() { "member" } else { "guest" };
            out.person(o.person.0, Some(kind), o.has_contact, o.has_contact);
            for (person, has_address) in &o.recipients {
                out.person(person.0, Some("recipient"), false, *has_address);
            }
            let recipients: Vec<_> = o.recipients.iter().map(|(person, _)| person).collect();
            out.event(json!({
                "event": "order", "id": o.id, "x_number": o.number, "at": time(o.placed_at), "person": o.person, "system": SHOP,
                "recipients": recipients,
                "payment": payment(o.method),
                "status": match o.state {
                    OrderState::AwaitingPayment | OrderState::Confirmed => "placed",
                    OrderState::Completed => "completed",
                    OrderState::Canceled => "canceled",
                },
                "channel": channel(o.channel),
                "signed_in": o.customer.is_some(),
                "amount": o.total.get(),
            }))?;
        }
    }
}

/// Every visitor who was shown a cart or checkout page.
pub fn card_entries(store: &Store, out: &mut Lines<impl Write>) -> Result<()> {
    let mut after = None;
    loop {
        let page = store.read_blocking(|tx| card_entry::list(tx, Span::ALWAYS, after, PAGE))?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some((last.opened_at, last.id));
        for entry in &page {
            if let Some(person) = entry.person {
                out.person(person.0, None, false, false);
            }
            out.event(card_entry_line(entry))?;
        }
    }
}

/// A session lasts from its first page to what was heard of it last: whatever was typed, was typed between the two.
fn card_entry_line(e: &CardEntry) -> serde_json::Value {
    let typed = e.entry != Entry::None;
    json!({
        "event": "card_entry", "id": e.id, "at": time(e.opened_at), "until": time(e.updated_at), "person": e.person,
        "system": SHOP,
        "means": match e.entry {
            Entry::None => None,
            Entry::TypedNew => Some("typed"),
            Entry::TypedToChange => Some("changed"),
            Entry::Saved => Some("saved"),
        },
        // Whoever was sent to the processor and of whom it reported no card may have typed one there: unknown.
        "step": match e.step {
            Step::Cart => Some("cart"),
            Step::Checkout | Step::Confirm | Step::NoCard => Some("details"),
            Step::SentToProcessor | Step::Returned if typed => Some("placed"),
            Step::SentToProcessor | Step::Returned => None,
        },
        "outcome": match e.outcome {
            Outcome::Open => None,
            Outcome::Succeeded => Some("paid"),
            Outcome::Failed => Some("declined"),
            Outcome::Abandoned => Some("abandoned"),
        },
        "payment": (e.step == Step::NoCard).then(|| payment(PaymentMethod::CashOnDelivery)),
        "channel": channel(e.channel), "signed_in": e.signed_in, "order": e.order, "brand": e.brand, "last4": e.last4,
        "fingerprint": e.fingerprint,
    })
}

/// What came from a shop system used before may have come by any way.
fn channel(channel: Channel) -> Option<&'static str> {
    match channel {
        Channel::Web => Some("web"),
        Channel::Phone => Some("phone"),
        Channel::Import => None,
    }
}

fn payment(method: PaymentMethod) -> &'static str {
    match method {
        PaymentMethod::Card => "card",
        PaymentMethod::CashOnDelivery => "cash_on_delivery",
    }
}
