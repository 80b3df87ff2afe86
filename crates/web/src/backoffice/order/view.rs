//! The order's page, made of what the database says and what the vault opened.

use super::{
    Loaded, Wrong,
    parcel::Parcel,
    people::{Opened, PersonView},
};
use crate::{
    backoffice::{
        Desk, Say, StaffSession, dashboard,
        desk::{self, Badge, tone},
        returned::Returned,
    },
    view::Choice,
};
use askama::Template;
use domain::{
    Yen,
    fulfillment::FulfillmentState,
    message::DeliveryState,
    order::OrderState,
    payment::{PaymentMethod, PaymentState},
};
use site::backoffice::{PURPOSES, REASONS};
use store::order::WholeOrder;

/// The page.
#[derive(Template)]
#[template(path = "backoffice/order.html")]
pub(super) struct OrderPage {
    desk: Desk,
    id: String,
    number: String,
    state: Badge,
    held: Option<String>,
    /// Mails that did not arrive, and what to do.
    undelivered: Vec<(String, String)>,
    /// Whether its personal data waits for the vault.
    waits: bool,
    facts: Vec<(String, String)>,
    wrong: Option<String>,
    opened: bool,
    purpose: String,
    budget: String,
    closed: usize,
    erased: bool,
    email: Option<String>,
    buyer: Option<PersonView>,
    purposes: Vec<Choice>,
    parcels: Vec<Parcel>,
    sums: Vec<(String, String)>,
    total: String,
    taxes: Vec<(String, String)>,
    payments: Vec<PaymentRow>,
    refunds: Vec<RefundRow>,
    log: Vec<LogRow>,
    mails: Vec<MailRow>,
    reasons: Vec<Choice>,
    left: String,
    disputes: Vec<DisputeRow>,
    may: May,
}

/// What can be done now, by this member of staff.
struct May {
    cancel: bool,
    /// Whether it could be canceled if no parcel had left.
    partly: bool,
    refund: bool,
    capture: bool,
    release: bool,
    cash: bool,
    slip: bool,
}

struct PaymentRow {
    attempt: u32,
    method: String,
    state: Badge,
    card: Option<String>,
    three_d_secure: Option<String>,
    failure: Option<String>,
    received: String,
    refunded: Option<String>,
    /// Until when authorised money can be taken.
    authorized_until: Option<String>,
    at: String,
}

struct DisputeRow {
    amount: String,
    state: Badge,
    reason: String,
    opened: String,
    until: Option<String>,
    todo: String,
}

struct RefundRow {
    amount: String,
    state: Badge,
    reason: String,
    failure: Option<String>,
    at: String,
}

struct LogRow {
    at: String,
    what: String,
    detail: String,
    who: String,
    sort: i64,
}

struct MailRow {
    id: String,
    kind: String,
    state: Badge,
    at: String,
    sent: Option<String>,
    error: Option<String>,
    returned: Option<Returned>,
    can_resend: bool,
}

impl OrderPage {
    pub(super) fn of(
        desk: Desk,
        session: &StaffSession,
        loaded: Loaded,
        opened: Option<Opened>,
        wrong: Wrong,
    ) -> OrderPage {
        let say = desk.say();
        let o = &loaded.whole.order;
        let parcels = loaded
            .whole
            .recipients
            .iter()
            .enumerate()
            .map(|(at, r)| Parcel::of(&say, o, at + 1, r, opened.as_ref(), wrong.shipment.as_ref()));
        let shipping = matches!(o.state, OrderState::Confirmed | OrderState::Completed);
        OrderPage {
            id: o.id.to_string(),
            number: o.number.clone(),
            state: say.badge("bo-order-state", o.state.word(), tone::order(o.state)),
            held: o.hold_reason.as_deref().map(|r| say.word_or("bo-hold", r)),
            undelivered: undelivered(&say, &loaded),
            waits: o.waits_for_vault(),
            facts: facts(&say, &loaded),
            parcels: parcels.collect(),
            sums: sums(&say, &loaded),
            total: say.yen(o.total),
            taxes: taxes(&say, &loaded),
            payments: payments(&say, &loaded),
            refunds: refunds(&say, &loaded),
            log: log(&say, &loaded),
            mails: mails(&say, &loaded),
            purposes: choices(&say, "bo-purpose", PURPOSES, if shipping { "ship" } else { "inquiry" }),
            reasons: choices(&say, "bo-reason", REASONS, "customer"),
            left: say.yen(loaded.money.refundable()),
            disputes: disputes(&say, &loaded),
            may: may(session, &loaded),
            wrong: wrong.says,
            opened: opened.is_some(),
            purpose: opened.as_ref().map_or_else(String::new, |o| o.purpose.clone()),
            budget: opened.as_ref().map_or_else(String::new, |o| o.left.clone()),
            closed: opened.as_ref().map_or(0, |o| o.closed),
            erased: opened.as_ref().is_some_and(|o| o.erased),
            email: opened.as_ref().and_then(|o| o.email.clone()),
            buyer: opened.and_then(|o| o.buyer),
            desk,
        }
    }
}

fn choices(say: &Say, family: &str, words: &[&'static str], current: &str) -> Vec<Choice> {
    words.iter().map(|w| Choice::new(*w, say.w(family, w), current)).collect()
}

fn may(session: &StaffSession, loaded: &Loaded) -> May {
    let o = &loaded.whole.order;
    let manager = desk::manages(session);
    let none_left =
        loaded.whole.recipients.iter().all(|r| r.fulfillment.state == FulfillmentState::Unfulfilled);
    May {
        cancel: manager && o.state.holds_stock() && none_left,
        partly: manager && o.state.holds_stock() && !none_left,
        refund: manager && may_refund(&loaded.whole, loaded.money.refundable()),
        capture: manager
            && o.state == OrderState::Confirmed
            && loaded.whole.payments.iter().any(|p| p.state == PaymentState::RequiresCapture),
        release: manager && o.hold_reason.is_some() && o.state.holds_stock(),
        cash: loaded.whole.payments.last().is_some_and(|p| p.state == PaymentState::DueOnDelivery)
            && loaded.whole.recipients.iter().any(|r| r.fulfillment.shipped_at.is_some()),
        slip: matches!(o.state, OrderState::Confirmed | OrderState::Completed),
    }
}

/// Whether all that is left of a card payment may be given back. While nothing has left the house, the order is
/// canceled instead, which gives the money back and frees the stock.
pub(super) fn may_refund(whole: &WholeOrder, left: Yen) -> bool {
    let some_left = whole.recipients.iter().any(|r| r.fulfillment.state != FulfillmentState::Unfulfilled);
    let state = match whole.order.state {
        OrderState::Completed | OrderState::Canceled => true,
        OrderState::Confirmed => some_left,
        OrderState::AwaitingPayment => false,
    };
    state && whole.order.method == PaymentMethod::Card && left > Yen::ZERO
}

fn facts(say: &Say, loaded: &Loaded) -> Vec<(String, String)> {
    let o = &loaded.whole.order;
    let buyer = say.s(if o.customer.is_some() { "bo-buyer-account" } else { "bo-buyer-guest" });
    vec![
        (say.s("bo-fact-placed"), say.when(o.placed_at)),
        (say.s("bo-fact-method"), say.w("bo-method", o.method.word())),
        (say.s("bo-fact-channel"), say.w("bo-channel", o.channel.word())),
        (say.s("bo-fact-buyer"), buyer),
        (say.s("bo-fact-language"), say.w("bo-language", o.locale.word())),
    ]
}

fn sums(say: &Say, loaded: &Loaded) -> Vec<(String, String)> {
    let o = &loaded.whole.order;
    // The same lines as on the customer's page: whoever telephones reads these to us.
    let (postage, cool) = loaded.whole.postage();
    let mut sums =
        vec![(say.s("bo-sum-goods"), say.yen(o.subtotal)), (say.s("bo-sum-shipping"), say.yen(postage))];
    if cool > Yen::ZERO {
        sums.push((say.s("sum-cool"), say.yen(cool)));
    }
    if o.cod_fee > Yen::ZERO {
        sums.push((say.s("bo-sum-cash"), say.yen(o.cod_fee)));
    }
    sums
}

fn taxes(say: &Say, loaded: &Loaded) -> Vec<(String, String)> {
    let rate = |percent: i64| say.t.f1("bo-tax-rate", "percent", percent);
    let of = |t: &domain::tax::TaxLine| {
        let words = say.t.f2("bo-tax-of", "gross", say.yen(t.gross), "tax", say.yen(t.tax));
        (rate(t.class.percent()), words)
    };
    loaded.whole.taxes.iter().map(of).collect()
}

fn payments(say: &Say, loaded: &Loaded) -> Vec<PaymentRow> {
    let row = |p: &store::payment::Payment| PaymentRow {
        attempt: p.attempt,
        method: say.w("bo-method", p.method.word()),
        state: say.badge("bo-payment-state", p.state.word(), tone::payment(p.state)),
        card: card(say, p.brand.as_deref(), p.last4.as_deref()),
        three_d_secure: p.three_d_secure.as_deref().map(|w| say.word_or("bo-3ds", w)),
        failure: p.failure_code.as_deref().map(|w| say.word_or("bo-failure", w)),
        received: say.yen(p.received),
        refunded: (p.refunded > Yen::ZERO).then(|| say.yen(p.refunded)),
        authorized_until: p.authorized_until.map(|at| say.when(at)),
        at: say.when(p.updated_at),
    };
    loaded.whole.payments.iter().map(row).collect()
}

fn card(say: &Say, brand: Option<&str>, last4: Option<&str>) -> Option<String> {
    let last4 = last4?;
    Some(format!("{} •••• {last4}", say.word_or("bo-brand", brand.unwrap_or("unknown"))))
}

fn refunds(say: &Say, loaded: &Loaded) -> Vec<RefundRow> {
    let row = |r: &store::refund::Refund| RefundRow {
        amount: say.yen(r.amount),
        state: say.badge("bo-refund-state", r.state.word(), tone::refund(r.state)),
        reason: say.word_or("bo-refund-reason", &r.reason),
        failure: r.failure_code.as_deref().map(|w| say.word_or("bo-failure", w)),
        at: say.when(r.updated_at),
    };
    loaded.whole.refunds.iter().map(row).collect()
}

fn disputes(say: &Say, loaded: &Loaded) -> Vec<DisputeRow> {
    let row = |d: &store::payment::Dispute| DisputeRow {
        amount: say.yen(d.amount),
        state: say.badge("bo-dispute-state", d.state.word(), tone::dispute(d.state)),
        reason: say.word_or("bo-dispute-reason", &d.reason),
        opened: say.when(d.opened_at),
        until: d.respond_by.filter(|_| d.state.needs_response()).map(|at| say.when(at)),
        todo: say.w("bo-dispute-todo", d.state.word()),
    };
    loaded.whole.disputes.iter().map(row).collect()
}

/// What happened to the order and what staff did with it, newest first.
fn log(say: &Say, loaded: &Loaded) -> Vec<LogRow> {
    let who = |staff: Option<domain::StaffId>| match staff {
        Some(id) => loaded.staff.get(&id).cloned().unwrap_or_else(|| say.s("bo-staff-unknown")),
        None => String::new(),
    };
    // What staff noted with a reason is not told a second time without it.
    let events = loaded.whole.log.iter().filter(|e| e.staff.is_none() || e.event != "cancel");
    let mut rows: Vec<LogRow> = events
        .map(|e| LogRow {
            at: say.when(e.at),
            what: say.word_or("bo-event", &e.event),
            detail: String::new(),
            who: who(e.staff),
            sort: e.at,
        })
        .collect();
    let told = ["order.ship", "order.release", "order.stop_rest"];
    let notes = loaded.notes.iter().filter(|n| !told.contains(&n.action.as_str()));
    rows.extend(notes.map(|n| LogRow {
        at: say.when(n.at),
        what: say.word_or("bo-action", &n.action.replace('.', "_")),
        detail: dashboard::detail(say, n),
        who: who(Some(n.staff)),
        sort: n.at,
    }));
    rows.sort_by_key(|r| std::cmp::Reverse(r.sort));
    rows
}

/// Mails that came back and were not sent again since.
fn undelivered(say: &Say, loaded: &Loaded) -> Vec<(String, String)> {
    let failed = loaded.whole.messages.iter().filter(|m| m.state == DeliveryState::Failed);
    let told = |m: &store::outbox::OutboxRow| {
        let returned = Returned::of(say, &loaded.returns, m).filter(|r| r.failed)?;
        Some((say.t.f1("bo-return-title", "mail", say.w("bo-mail", m.kind.word())), returned.says))
    };
    failed.filter_map(told).collect()
}

fn mails(say: &Say, loaded: &Loaded) -> Vec<MailRow> {
    let row = |m: &store::outbox::OutboxRow| {
        let returned = Returned::of(say, &loaded.returns, m);
        let failed = returned.as_ref().is_some_and(|r| r.failed);
        let can_resend = matches!(m.state, DeliveryState::Unknown | DeliveryState::Failed);
        let state = if failed { "returned" } else { m.state.word() };
        MailRow {
            id: m.id.to_string(),
            kind: say.w("bo-mail", m.kind.word()),
            state: say.badge("bo-mail-state", state, tone::mail(m.state)),
            at: say.when(m.created_at),
            sent: m.sent_at.filter(|_| !can_resend).map(|at| say.when(at)),
            error: m.last_error.clone().filter(|_| m.state != DeliveryState::Sent && !failed),
            returned,
            can_resend,
        }
    };
    loaded.whole.messages.iter().map(row).collect()
}
