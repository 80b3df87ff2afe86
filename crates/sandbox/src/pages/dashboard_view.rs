//! What the dashboard shows, made from the books.

use super::{brand_name, time, yen};
use crate::{
    texts::{Texts, texts},
    world::{
        CardFacts, DeliveryState, DisputeStatus, Errors, Event, IntentStatus, Network, Session,
        SessionStatus, Switches, Webhooks, World,
    },
};
use askama::Template;
use domain::Locale;

/// The most rows of a table.
const ROWS_MAX: usize = 100;
const TIME: &str = "%m-%d %H:%M:%S";

/// What all dashboard pages share.
pub struct Frame {
    t: &'static Texts,
    lang: &'static str,
    other: &'static str,
    here: &'static str,
    path: String,
    /// What is switched on, if anything.
    trouble: Vec<&'static str>,
}

fn frame(w: &World, locale: Locale, here: &'static str, path: String) -> Frame {
    let t = texts(locale);
    let other = if locale == Locale::Ja { "en" } else { "ja" };
    let chosen = groups(t, &w.switches);
    let trouble =
        chosen.iter().flat_map(|g| g.options.iter().skip(1)).filter(|o| o.on).map(|o| o.label).collect();
    Frame { t, lang: locale.word(), other, here, path, trouble }
}

/// A word with its colour.
pub struct Badge {
    label: &'static str,
    class: &'static str,
}

struct PaymentRow {
    id: String,
    time: String,
    amount: String,
    badge: Badge,
    card: String,
    reference: String,
}

/// The list of payments.
#[derive(Template)]
#[template(path = "dashboard_payments.html")]
pub struct Payments {
    f: Frame,
    rows: Vec<PaymentRow>,
}

/// The list of payments.
pub fn payments(w: &World, locale: Locale) -> Payments {
    let f = frame(w, locale, "payments", "/dashboard".into());
    let row = |s: &Session| PaymentRow {
        id: s.id.clone(),
        time: time(s.created, TIME),
        amount: yen(s.amount),
        badge: payment_badge(w, s, f.t),
        card: card_of(w, s).map(card_text).unwrap_or_default(),
        reference: s.client_reference_id.clone().unwrap_or_default(),
    };
    let rows = w.newest_sessions().take(ROWS_MAX).map(row).collect();
    Payments { f, rows }
}

/// One payment.
#[derive(Template)]
#[template(path = "dashboard_payment.html")]
pub struct Payment {
    f: Frame,
    amount: String,
    badge: Badge,
    facts: Vec<(&'static str, String)>,
    page: Option<String>,
    expire: Option<String>,
    refund: Option<String>,
    /// What else can be made to happen: the last part of the address, and its name.
    deeds: Vec<(&'static str, &'static str)>,
    id: String,
    events: Vec<EventRow>,
}

/// One payment; `None` where there is none of this id.
pub fn payment(w: &World, id: &str, locale: Locale) -> Option<Payment> {
    let s = w.sessions.get(id)?;
    let f = frame(w, locale, "payments", format!("/dashboard/payments/{id}"));
    let t = f.t;
    let intent = w.intent_of(s);
    let charge = intent.and_then(|i| w.charge_of(i));
    let mut facts = vec![
        (t.created, time(s.created, "%Y-%m-%d %H:%M:%S")),
        (t.valid_until, time(s.expires_at, "%Y-%m-%d %H:%M:%S")),
        (t.reference, s.client_reference_id.clone().unwrap_or_default()),
        (t.card, card_of(w, s).map(|c| format!("{}  ({})", card_text(c), c.fingerprint)).unwrap_or_default()),
        (
            t.three_d_secure,
            charge.and_then(|c| c.authenticated).map(|_| "authenticated".into()).unwrap_or_default(),
        ),
        (
            t.refunded,
            charge.filter(|c| c.refunded > 0).map(|c| format!("¥{}", yen(c.refunded))).unwrap_or_default(),
        ),
    ];
    let failure = intent.and_then(|i| i.last_error.as_ref());
    facts.push((
        t.failure,
        failure.map(|e| e.decline_code.clone().unwrap_or(e.code.clone())).unwrap_or_default(),
    ));
    let ids = [Some(s.id.clone()), intent.map(|i| i.id.clone()), charge.map(|c| c.id.clone())];
    facts.push((t.ids, ids.into_iter().flatten().collect::<Vec<_>>().join("  ")));
    facts.retain(|(_, value)| !value.is_empty());
    let open = s.status == SessionStatus::Open;
    let left = charge.is_some_and(|c| c.refunded < c.captured());
    let about = |e: &&Event| event_is_about(e, s);
    Some(Payment {
        amount: yen(s.amount),
        badge: payment_badge(w, s, t),
        facts,
        page: open.then(|| w.page_url(&s.id)),
        expire: open.then(|| format!("/dashboard/payments/{}/expire", s.id)),
        deeds: deeds(w, s, t),
        id: s.id.clone(),
        refund: left.then(|| format!("/dashboard/payments/{}/refund", s.id)),
        events: w.events.values().rev().filter(about).take(ROWS_MAX).map(|e| event_row(w, e, t)).collect(),
        f,
    })
}

/// What network, bank, buyer or time could do to a payment now.
fn deeds(w: &World, s: &Session, t: &'static Texts) -> Vec<(&'static str, &'static str)> {
    let Some(intent) = w.intent_of(s) else { return Vec::new() };
    let dispute = w.charge_of(intent).and_then(|c| w.dispute_of(&c.id)).map(|d| d.status);
    let mut deeds = match (intent.status, dispute) {
        (IntentStatus::Processing, _) => vec![("network-yes", t.deed_yes), ("network-no", t.deed_no)],
        (IntentStatus::RequiresCapture, _) => vec![("lapse", t.deed_lapse)],
        (IntentStatus::Succeeded, None) => vec![("dispute", t.deed_dispute)],
        (_, Some(DisputeStatus::NeedsResponse)) => vec![("dispute-answered", t.deed_answered)],
        _ => Vec::new(),
    };
    if dispute.is_some_and(|d| !d.is_over()) {
        deeds.extend([("dispute-won", t.deed_won), ("dispute-lost", t.deed_lost)]);
    }
    if w.refunds.values().any(|r| r.intent == intent.id && r.status != crate::world::RefundStatus::Failed) {
        deeds.push(("fail-refund", t.deed_fail_refund));
    }
    deeds
}

fn event_is_about(event: &Event, session: &Session) -> bool {
    let intent = session.intent.as_deref();
    if ![Some(&*session.id), intent].into_iter().flatten().any(|id| event.object.mentions(id)) {
        return false;
    }
    let object = event.object.value();
    let word = |name: &str| object.get(name).and_then(|v| v.as_str());
    word("id") == Some(session.id.as_str())
        || intent.is_some_and(|i| word("id") == Some(i) || word("payment_intent") == Some(i))
}

struct EventRow {
    seq: u64,
    time: String,
    kind: String,
    about: String,
    deliveries: Vec<Badge>,
}

fn event_row(w: &World, e: &Event, t: &'static Texts) -> EventRow {
    let of_event = w.deliveries.range(e.seq..).filter(|(_, d)| d.event == e.seq).take(5);
    EventRow {
        seq: e.seq,
        time: time(e.created, TIME),
        kind: e.kind.clone(),
        about: e.object.value().get("id").and_then(|v| v.as_str()).map(shorten).unwrap_or_default(),
        deliveries: of_event.map(|(_, d)| delivery_badge(d.state, t)).collect(),
    }
}

/// The list of events.
#[derive(Template)]
#[template(path = "dashboard_events.html")]
pub struct Events {
    f: Frame,
    rows: Vec<EventRow>,
}

/// The list of events.
pub fn events(w: &World, locale: Locale) -> Events {
    let f = frame(w, locale, "events", "/dashboard/events".into());
    let rows = w.events.values().rev().take(ROWS_MAX).map(|e| event_row(w, e, f.t)).collect();
    Events { f, rows }
}

struct HookRow {
    time: String,
    kind: String,
    badge: Badge,
    attempts: u32,
    answer: String,
    next: String,
    event: u64,
}

/// The list of webhooks.
#[derive(Template)]
#[template(path = "dashboard_webhooks.html")]
pub struct Hooks {
    f: Frame,
    rows: Vec<HookRow>,
}

/// The list of webhooks.
pub fn webhooks(w: &World, locale: Locale) -> Hooks {
    let f = frame(w, locale, "webhooks", "/dashboard/webhooks".into());
    let rows = w
        .deliveries
        .values()
        .rev()
        .take(ROWS_MAX)
        .filter_map(|d| {
            let event = w.events.get(&d.event)?;
            Some(HookRow {
                time: time(d.last_ms.unwrap_or(event.created * 1000) / 1000, TIME),
                kind: event.kind.clone(),
                badge: delivery_badge(d.state, f.t),
                attempts: d.attempts,
                answer: match d.last_status {
                    None => "–".into(),
                    Some(0) => f.t.no_answer.into(),
                    Some(status) => status.to_string(),
                },
                next: if d.state == DeliveryState::Waiting {
                    time(d.due_ms / 1000, TIME)
                } else {
                    "–".into()
                },
                event: d.event,
            })
        })
        .collect();
    Hooks { f, rows }
}

/// One switch with its positions; the first is the normal one.
struct Group {
    name: &'static str,
    label: &'static str,
    options: Vec<Position>,
}

struct Position {
    value: &'static str,
    label: &'static str,
    on: bool,
}

/// The switches.
#[derive(Template)]
#[template(path = "dashboard_switches.html")]
pub struct SwitchesPage {
    f: Frame,
    groups: Vec<Group>,
}

/// The switches.
pub fn switches(w: &World, locale: Locale) -> SwitchesPage {
    let f = frame(w, locale, "switches", "/dashboard/switches".into());
    let groups = groups(f.t, &w.switches);
    SwitchesPage { f, groups }
}

fn groups(t: &'static Texts, s: &Switches) -> Vec<Group> {
    let position = |value, label, on| Position { value, label, on };
    vec![
        Group {
            name: "slow_ms",
            label: t.switch_slow,
            options: vec![
                position("0", t.slow_0, s.slow_ms == 0),
                position("2000", t.slow_2, (1..=5_000).contains(&s.slow_ms)),
                position("10000", t.slow_10, (5_001..=20_000).contains(&s.slow_ms)),
                position("30000", t.slow_30, s.slow_ms > 20_000),
            ],
        },
        Group {
            name: "errors",
            label: t.switch_errors,
            options: vec![
                position("none", t.errors_none, s.errors == Errors::None),
                position("before", t.errors_before, s.errors == Errors::Before),
                position("after", t.errors_after, s.errors == Errors::After),
            ],
        },
        Group {
            name: "webhooks",
            label: t.switch_hooks,
            options: vec![
                position("normal", t.hooks_normal, s.webhooks == Webhooks::Normal),
                position("lost", t.hooks_lost, s.webhooks == Webhooks::Lost),
                position("late", t.hooks_late, s.webhooks == Webhooks::Late),
                position("twice", t.hooks_twice, s.webhooks == Webhooks::Twice),
                position("shuffled", t.hooks_shuffled, s.webhooks == Webhooks::Shuffled),
            ],
        },
        Group {
            name: "network",
            label: t.switch_network,
            options: vec![
                position("at_once", t.network_at_once, s.network == Network::AtOnce),
                position("later", t.network_later, s.network == Network::Later),
            ],
        },
    ]
}

fn payment_badge(w: &World, s: &Session, t: &'static Texts) -> Badge {
    let intent = w.intent_of(s);
    let charge = intent.and_then(|i| w.charge_of(i));
    let refunded = charge.map_or(0, |c| c.refunded);
    let dispute = charge.and_then(|c| w.dispute_of(&c.id)).map(|d| d.status);
    let (label, class) = match (s.status, intent.map(|i| i.status)) {
        _ if dispute.is_some_and(|d| d != DisputeStatus::Won) => (t.st_disputed, "bad"),
        (SessionStatus::Complete, Some(IntentStatus::Processing)) => (t.st_processing, "wait"),
        (SessionStatus::Complete, Some(IntentStatus::RequiresCapture)) => (t.st_authorised, "wait"),
        (SessionStatus::Complete, Some(IntentStatus::Canceled)) => (t.st_released, "quiet"),
        (SessionStatus::Complete, Some(IntentStatus::RequiresPaymentMethod)) => (t.st_network_no, "bad"),
        (SessionStatus::Complete, _) if refunded == s.amount => (t.st_refunded, "quiet"),
        (SessionStatus::Complete, _) if refunded > 0 => (t.st_part_refunded, "quiet"),
        (SessionStatus::Complete, _) => (t.st_paid, "good"),
        (SessionStatus::Expired, _) => (t.st_expired, "quiet"),
        (SessionStatus::Open, Some(IntentStatus::RequiresAction)) => (t.st_action, "wait"),
        (SessionStatus::Open, Some(IntentStatus::RequiresPaymentMethod)) => (t.st_failed, "bad"),
        (SessionStatus::Open, _) => (t.st_open, "wait"),
    };
    Badge { label, class }
}

fn delivery_badge(state: DeliveryState, t: &'static Texts) -> Badge {
    let (label, class) = match state {
        DeliveryState::Waiting => (t.d_waiting, "wait"),
        DeliveryState::Delivered => (t.d_delivered, "good"),
        DeliveryState::Lost => (t.d_lost, "bad"),
        DeliveryState::Failed => (t.d_failed, "bad"),
    };
    Badge { label, class }
}

/// The card of the last try.
fn card_of<'a>(w: &'a World, s: &Session) -> Option<&'a CardFacts> {
    let intent = w.intent_of(s)?;
    let waiting = intent.challenge.as_ref().map(|c| &c.card);
    let failed = intent.last_error.as_ref().map(|e| &e.card);
    waiting.or(failed).or_else(|| w.charge_of(intent).map(|c| &c.card))
}

fn card_text(card: &CardFacts) -> String {
    format!("{} •••• {}", brand_name(&card.brand), card.last4)
}

fn shorten(id: &str) -> String {
    let chars: Vec<char> = id.chars().collect();
    if chars.len() <= 22 {
        id.to_owned()
    } else {
        chars[..16].iter().chain(&['…']).chain(&chars[chars.len() - 4..]).collect()
    }
}
