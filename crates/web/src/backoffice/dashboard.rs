//! The first page: what waits, what is wrong, how the house is, what was done last.

use super::{
    Desk, Say, StaffSession,
    desk::Badge,
    desk::tone,
    done,
    returned::{self, Returned, Returns},
    stock, watch_room,
};
use crate::{App, error::Fault, view, visit::Visit};
use askama::Template;
use axum::{extract::State, response::Response};
use domain::{OrderId, StaffId, customer::InquiryState, message::DeliveryState, order::OrderState};
use http::Uri;
use std::collections::HashMap;
use store::{Millis, Span, Tx, order::Order, outbox::OutboxRow};
use vault_api::{Health, VaultError};

/// Orders shown that wait longest.
const ORDERS_SHOWN: u32 = 8;
/// Mails shown that went wrong.
const MAILS_SHOWN: u32 = 10;
/// Actions shown.
const ACTIONS_SHOWN: u32 = 12;
/// Refunds shown.
const REFUNDS_SHOWN: u32 = 20;
const DAY_MS: Millis = 24 * 3_600_000;
/// An authorisation that ends within this time is shown as urgent.
const LAPSES_SOON_MS: Millis = 2 * DAY_MS;

#[derive(Template)]
#[template(path = "backoffice/dashboard.html")]
struct Dashboard {
    desk: Desk,
    tiles: Vec<Tile>,
    sales: Vec<(String, String)>,
    to_ship: Vec<Waiting>,
    to_ship_more: bool,
    held: Vec<Waiting>,
    mails: Vec<Trouble>,
    refunds: Vec<Trouble>,
    disputes: Vec<Trouble>,
    captures: Vec<Trouble>,
    health: Vec<(String, Badge, String, &'static str)>,
    actions: Vec<Action>,
}

/// A number that leads somewhere.
struct Tile {
    label: String,
    count: u64,
    href: &'static str,
    /// `quiet` where there is nothing to do, `go`, `wait` or `stop` otherwise.
    tone: &'static str,
}

/// An order that waits.
struct Waiting {
    href: String,
    number: String,
    since: String,
    total: String,
    why: String,
}

/// A mail or a refund that needs somebody.
struct Trouble {
    href: String,
    number: String,
    what: String,
    state: Badge,
    since: String,
    why: String,
}

/// Something that somebody did.
pub struct Action {
    /// Who.
    pub who: String,
    /// What.
    pub what: String,
    /// A detail in words of ours.
    pub detail: String,
    /// Where to, if it has a page.
    pub href: Option<String>,
    /// What that page is called.
    pub name: String,
    /// When.
    pub at: String,
}

/// What one snapshot of the database gives.
struct Seen {
    states: Vec<(OrderState, u64)>,
    to_ship: Vec<Order>,
    held: Vec<Order>,
    mails: Vec<OutboxRow>,
    returns: Returns,
    refunds: Vec<store::refund::Refund>,
    disputes: Vec<store::payment::Dispute>,
    captures: Vec<store::payment::Payment>,
    differing: u64,
    low: u64,
    inquiries: u64,
    sales: [store::order::Sales; 2],
    actions: Vec<store::staff::StaffAction>,
    staff: HashMap<StaffId, String>,
    numbers: HashMap<OrderId, String>,
}

/// `GET /admin`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    uri: Uri,
) -> Result<Response, Fault> {
    let say = Say::to(&visit);
    let (today, month) = spans(app.now_ms());
    let seen = app.store().read(move |tx| see(tx, today, month)).await?;
    let vault = app.vault().ask(|vault| vault.ping()).await.unwrap_or(Err(VaultError::Busy));
    let till = app.till().ask(|till| till.ping()).await.ok().and_then(Result::ok);
    let watch = watch_room::Seen::read(&app.config().watch_shown);
    let mut health = health(&say, vault, till);
    let (name, badge, words) = watch_room::health(&say, watch.as_ref(), app.now_ms());
    health.push((name, badge, words, "/admin/watch"));
    let query = done::query(&uri);
    let desk = Desk::of(&app, &visit, &session, "dashboard", say.s("bo-dashboard-title"))
        .with_done(Some(query.get("done")));
    view::html(&Dashboard {
        tiles: tiles(&say, &seen),
        sales: vec![
            (say.s("bo-sales-today"), sales(&say, seen.sales[0])),
            (say.s("bo-sales-month"), sales(&say, seen.sales[1])),
        ],
        to_ship: seen.to_ship.iter().map(|o| waiting(&say, o)).collect(),
        to_ship_more: seen.count(OrderState::Confirmed) > u64::from(ORDERS_SHOWN),
        held: seen.held.iter().map(|o| waiting(&say, o)).collect(),
        mails: seen.mails.iter().map(|m| mail(&say, &seen, m)).collect(),
        refunds: seen.refunds.iter().map(|r| refund(&say, &seen, r)).collect(),
        disputes: seen.disputes.iter().map(|d| dispute(&say, &seen, d)).collect(),
        captures: seen.captures.iter().map(|p| capture(&say, &seen, p, app.now_ms())).collect(),
        health,
        actions: seen.actions.iter().map(|a| action(&say, &seen.staff, &seen.numbers, a)).collect(),
        desk,
    })
}

impl Seen {
    fn count(&self, state: OrderState) -> u64 {
        self.states.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n)
    }
}

fn see(tx: &mut Tx<'_>, today: Span, month: Span) -> Result<Seen, store::Error> {
    let mut mails = store::outbox::list(tx, DeliveryState::Unknown, MAILS_SHOWN)?;
    mails.extend(store::outbox::list(tx, DeliveryState::Failed, MAILS_SHOWN)?);
    let returns = returned::of(tx, &mails)?;
    let refunds = store::refund::not_done(tx, REFUNDS_SHOWN)?;
    let disputes = store::payment::open_disputes(tx, REFUNDS_SHOWN)?;
    let captures = store::payment::authorized(tx, REFUNDS_SHOWN)?;
    let actions = store::staff::actions(tx, Span::ALWAYS, ACTIONS_SHOWN)?;
    let named = actions.iter().filter_map(|a| a.subject.strip_prefix("order:")?.parse().ok());
    let mut orders: Vec<OrderId> = named.collect();
    orders.extend(mails.iter().filter_map(|m| m.order));
    orders.extend(refunds.iter().map(|r| r.order));
    orders.extend(disputes.iter().map(|d| d.order));
    orders.extend(captures.iter().map(|p| p.order));
    Ok(Seen {
        states: store::order::counts(tx)?,
        to_ship: store::order::to_ship(tx, ORDERS_SHOWN)?,
        held: store::order::held(tx, store::order::LIST_MAX)?,
        low: store::stock::low(tx, stock::LOW_PIECES, stock::LOW_SHOWN)?.len() as u64,
        inquiries: store::inquiry::count(tx, InquiryState::Open)?,
        sales: [store::order::sales(tx, today)?, store::order::sales(tx, month)?],
        staff: names(tx)?,
        numbers: numbers(tx, orders)?,
        differing: store::reconciliation::differing(tx)?,
        mails,
        returns,
        refunds,
        disputes,
        captures,
        actions,
    })
}

/// What colleagues are called, by id.
pub fn names(tx: &mut Tx<'_>) -> Result<HashMap<StaffId, String>, store::Error> {
    Ok(store::staff::list(tx)?.into_iter().map(|s| (s.id, s.display_name)).collect())
}

fn numbers(tx: &mut Tx<'_>, ids: Vec<OrderId>) -> Result<HashMap<OrderId, String>, store::Error> {
    let mut out = HashMap::new();
    for id in ids {
        if !out.contains_key(&id)
            && let Some(order) = store::order::get(tx, id)?
        {
            out.insert(id, order.number);
        }
    }
    Ok(out)
}

/// Today and this month, as Japan has them.
fn spans(now: Millis) -> (Span, Span) {
    let at = view::in_japan(now);
    let midnight = now
        - (i64::from(at.hour()) * 3600 + i64::from(at.minute()) * 60 + i64::from(at.second())) * 1000
        - i64::from(at.millisecond());
    let first = midnight - i64::from(at.day() - 1) * DAY_MS;
    let until = midnight + DAY_MS;
    (Span { from: midnight, until }, Span { from: first, until })
}

fn sales(say: &Say, sales: store::order::Sales) -> String {
    say.t.f2("bo-sales", "orders", sales.orders, "total", say.yen(sales.total))
}

fn tiles(say: &Say, seen: &Seen) -> Vec<Tile> {
    let held_ready = seen.held.iter().filter(|o| o.state == OrderState::Confirmed).count() as u64;
    let tile = |label, count, href, tone| Tile {
        label: say.s(label),
        count,
        href,
        tone: if count == 0 { "quiet" } else { tone },
    };
    let confirmed = seen.count(OrderState::Confirmed).saturating_sub(held_ready);
    vec![
        tile("bo-tile-to-ship", confirmed, "/admin/orders?state=confirmed", "go"),
        tile(
            "bo-tile-awaiting",
            seen.count(OrderState::AwaitingPayment),
            "/admin/orders?state=awaiting_payment",
            "wait",
        ),
        tile("bo-tile-held", seen.held.len() as u64, "#held", "stop"),
        tile("bo-tile-mails", seen.mails.len() as u64, "#mails", "stop"),
        tile("bo-tile-refunds", seen.refunds.len() as u64, "#refunds", "stop"),
        tile("bo-tile-disputes", seen.disputes.len() as u64, "#disputes", "stop"),
        tile("bo-tile-captures", seen.captures.len() as u64, "#captures", "wait"),
        tile("bo-tile-reconciliation", seen.differing, "/admin/reconciliation", "stop"),
        tile("bo-tile-low", seen.low, "/admin/stock?show=low", "wait"),
        tile("bo-tile-inquiries", seen.inquiries, "/admin/inquiries?state=open", "wait"),
    ]
}

fn waiting(say: &Say, order: &Order) -> Waiting {
    Waiting {
        href: format!("/admin/orders/{}", order.id),
        number: order.number.clone(),
        since: say.when(order.placed_at),
        total: say.yen(order.total),
        why: order.hold_reason.as_deref().map_or_else(String::new, |r| say.word_or("bo-hold", r)),
    }
}

fn mail(say: &Say, seen: &Seen, mail: &OutboxRow) -> Trouble {
    let number = mail.order.and_then(|o| seen.numbers.get(&o).cloned()).unwrap_or_default();
    let returned = Returned::of(say, &seen.returns, mail).filter(|r| r.failed);
    let state = if returned.is_some() { "returned" } else { mail.state.word() };
    Trouble {
        href: mail.order.map_or_else(|| "/admin".to_owned(), |o| format!("/admin/orders/{o}#mails")),
        number,
        what: say.w("bo-mail", mail.kind.word()),
        state: say.badge("bo-mail-state", state, tone::mail(mail.state)),
        since: say.when(mail.created_at),
        why: returned.map(|r| r.says).or_else(|| mail.last_error.clone()).unwrap_or_default(),
    }
}

fn refund(say: &Say, seen: &Seen, refund: &store::refund::Refund) -> Trouble {
    Trouble {
        href: format!("/admin/orders/{}#payment", refund.order),
        number: seen.numbers.get(&refund.order).cloned().unwrap_or_default(),
        what: say.yen(refund.amount),
        state: say.badge("bo-refund-state", refund.state.word(), tone::refund(refund.state)),
        since: say.when(refund.created_at),
        why: refund.failure_code.clone().unwrap_or_default(),
    }
}

fn dispute(say: &Say, seen: &Seen, d: &store::payment::Dispute) -> Trouble {
    let until = d.respond_by.filter(|_| d.state.needs_response());
    Trouble {
        href: format!("/admin/orders/{}#dispute", d.order),
        number: seen.numbers.get(&d.order).cloned().unwrap_or_default(),
        what: say.yen(d.amount),
        state: say.badge("bo-dispute-state", d.state.word(), tone::dispute(d.state)),
        since: until.map_or_else(|| "–".to_owned(), |at| say.when(at)),
        why: say.w("bo-dispute-short", d.state.word()),
    }
}

/// Authorised money; loud where it lapses within two days.
fn capture(say: &Say, seen: &Seen, p: &store::payment::Payment, now: Millis) -> Trouble {
    let soon = p.authorized_until.is_some_and(|at| at < now + LAPSES_SOON_MS);
    let (word, tone) = if soon { ("soon", "stop") } else { ("authorized", "wait") };
    Trouble {
        href: format!("/admin/orders/{}#payment", p.order),
        number: seen.numbers.get(&p.order).cloned().unwrap_or_default(),
        what: say.yen(p.amount),
        state: say.badge("bo-capture-state", word, tone),
        since: p.authorized_until.map_or_else(|| "–".to_owned(), |at| say.when(at)),
        why: String::new(),
    }
}

/// The state of the house in plain words.
fn health(
    say: &Say,
    vault: Result<Health, VaultError>,
    till: Option<bool>,
) -> Vec<(String, Badge, String, &'static str)> {
    let badge = |fine: bool| match fine {
        true => Badge { text: say.s("bo-health-fine"), tone: "go" },
        false => Badge { text: say.s("bo-health-look"), tone: "stop" },
    };
    let (vault_fine, vault_words) = match &vault {
        Ok(_) => (true, say.s("bo-health-vault-fine")),
        Err(_) => (false, say.s("bo-health-vault-away")),
    };
    let (ledger_fine, ledger_words) = match vault {
        Ok(h) if h.ledger_ok => (true, say.t.f1("bo-health-ledger-fine", "entries", h.ledger_seq)),
        Ok(_) => (false, say.s("bo-health-ledger-stopped")),
        Err(_) => (false, say.s("bo-health-ledger-away")),
    };
    let till_words = say.s(match till {
        Some(true) => "bo-health-till-fine",
        Some(false) => "bo-health-till-processor",
        None => "bo-health-till-away",
    });
    vec![
        (say.s("bo-health-vault"), badge(vault_fine), vault_words, "/admin/vault"),
        (say.s("bo-health-ledger"), badge(ledger_fine), ledger_words, "/admin/vault"),
        (say.s("bo-health-till"), badge(till == Some(true)), till_words, ""),
    ]
}

/// A line of the list of what was done.
pub fn action(
    say: &Say,
    staff: &HashMap<StaffId, String>,
    numbers: &HashMap<OrderId, String>,
    done: &store::staff::StaffAction,
) -> Action {
    let (kind, id) = done.subject.split_once(':').unwrap_or(("", ""));
    let (href, name) = match kind {
        "order" => {
            let number = id.parse().ok().and_then(|id: OrderId| numbers.get(&id).cloned());
            (Some(format!("/admin/orders/{id}")), number.unwrap_or_else(|| say.s("bo-nav-orders")))
        }
        "product" => (Some(format!("/admin/products/{id}")), say.s("bo-nav-products")),
        "variant" => (Some(format!("/admin/stock/{id}")), say.s("bo-nav-stock")),
        "news" => (Some(format!("/admin/news/{id}")), say.s("bo-nav-news")),
        "reconciliation" => (Some(format!("/admin/reconciliation/{id}")), say.s("bo-nav-reconciliation")),
        "inquiry" => (Some(format!("/admin/inquiries/{id}")), say.s("bo-nav-inquiries")),
        _ => (None, String::new()),
    };
    Action {
        who: staff.get(&done.staff).cloned().unwrap_or_default(),
        what: say.word_or("bo-action", &done.action.replace('.', "_")),
        detail: detail(say, done),
        href,
        name,
        at: say.when(done.at),
    }
}

/// The detail in words: a movement of stock is a word of ours and a number, most others a word of ours.
pub fn detail(say: &Say, done: &store::staff::StaffAction) -> String {
    match done.detail.split_once(' ') {
        Some((word, pieces)) if done.action == "stock.move" => {
            format!("{} {pieces}", say.word_or("bo-move", word))
        }
        None if done.action == "orders.names" => {
            say.t.f1("bo-action-count", "n", done.detail.parse::<u32>().unwrap_or_default())
        }
        _ => say.word_or("bo-detail", &done.detail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_japan_and_a_month_on_its_first() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let (today, month) = spans(at("2026-11-22T23:30:15.250Z"));
        assert_eq!(today, Span { from: at("2026-11-22T15:00:00Z"), until: at("2026-11-23T15:00:00Z") });
        assert_eq!(month, Span { from: at("2026-10-31T15:00:00Z"), until: today.until });
    }
}
