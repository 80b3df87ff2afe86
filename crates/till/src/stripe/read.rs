//! Reads Stripe's objects. What is not needed is not looked at; what has another shape than promised is `None`.

use crate::{
    api::{DisputeView, ListedItem, ListedState},
    processor::{Hint, Remote, RemoteCard, RemoteMethod, RemoteRefund},
};
use domain::{
    Yen,
    payment::{DisputeState, PaymentState, RefundState},
};
use serde_json::Value;
use uuid::Uuid;

/// The longest word or id that is kept of an answer, in characters.
const WORD_CHARS_MAX: usize = 255;
/// How long an authorisation holds where the processor does not say, in seconds.
const AUTHORIZATION_S: i64 = 7 * 24 * 3600;
/// The longest URL that is kept of an answer, in characters.
const URL_CHARS_MAX: usize = 5_000;

/// A Checkout Session with its intent and charge expanded.
pub fn session(s: &Value) -> Option<Remote> {
    if word(s, "object")? != "checkout.session" || word(s, "currency")? != "jpy" {
        return None;
    }
    let intent = s.get("payment_intent").filter(|i| i.is_object());
    let charge = intent.and_then(|i| i.get("latest_charge")).filter(|c| c.is_object());
    let error = intent.and_then(|i| i.get("last_payment_error")).filter(|e| e.is_object());
    let received = intent.map_or(0, |i| i.get("amount_received").and_then(Value::as_i64).unwrap_or(0));
    let refunded = charge.map_or(0, |c| c.get("amount_refunded").and_then(Value::as_i64).unwrap_or(0));
    let charged = charge.and_then(|c| c.pointer("/payment_method_details/card"));
    let tried = error.and_then(|e| e.pointer("/payment_method/card"));
    let tried_method = error.and_then(|e| e.get("payment_method")).and_then(|m| word(m, "id"));
    let failure = |e: &Value| word(e, "decline_code").or_else(|| word(e, "code"));
    Some(Remote {
        session: word(s, "id")?,
        url: s.get("url").and_then(Value::as_str).filter(|u| u.len() <= URL_CHARS_MAX).map(str::to_owned),
        order: word(s, "client_reference_id").and_then(|id| Uuid::parse_str(&id).ok()),
        amount: Yen::new(s.get("amount_total")?.as_i64()?),
        intent: intent.map_or_else(|| word(s, "payment_intent"), |i| word(i, "id")),
        state: state(s, intent)?,
        received: Yen::new(received),
        refunded: Yen::new(refunded),
        card: tried.or(charged).map(card),
        failure_code: error.and_then(failure),
        three_d_secure: charged.and_then(|c| c.get("three_d_secure")).and_then(|t| word(t, "result")),
        method: tried_method.or_else(|| charge.and_then(|c| word(c, "payment_method"))),
        capture_before_s: intent
            .filter(|i| word(i, "status").as_deref() == Some("requires_capture"))
            .and_then(|_| charge.and_then(capture_before)),
        disputed: charge.and_then(|c| c.get("disputed")).and_then(Value::as_bool).unwrap_or(false),
    })
}

/// Until when a charge can be captured. Where the processor does not say: seven days, as Stripe documents for cards.
fn capture_before(charge: &Value) -> Option<i64> {
    let said = charge.pointer("/payment_method_details/card/capture_before").and_then(Value::as_i64);
    said.or_else(|| Some(charge.get("created")?.as_i64()? + AUTHORIZATION_S))
}

/// Session and intent together say where the payment stands.
fn state(session: &Value, intent: Option<&Value>) -> Option<PaymentState> {
    let of_intent = match intent {
        Some(i) => Some(word(i, "status")?.parse::<PaymentState>().ok()?),
        None => None,
    };
    // Words of ours must not come from there.
    let of_intent =
        of_intent.filter(|s| !matches!(s, PaymentState::OutcomeUnknown | PaymentState::DueOnDelivery));
    let status = word(session, "status")?;
    Some(match (status.as_str(), of_intent) {
        (_, Some(PaymentState::Succeeded)) => PaymentState::Succeeded,
        // It was under way and failed in the end: this page can be paid no more.
        ("complete", Some(PaymentState::RequiresPaymentMethod)) => PaymentState::Canceled,
        ("complete", Some(state)) => state,
        ("complete", None) => PaymentState::Processing,
        // A card may be under way while the page is closed: only the intent can say that it is over.
        ("expired", None | Some(PaymentState::Canceled | PaymentState::RequiresPaymentMethod)) => {
            PaymentState::Canceled
        }
        ("expired", Some(state)) => state,
        ("open", None | Some(PaymentState::Canceled)) => PaymentState::RequiresPaymentMethod,
        ("open", Some(state)) => state,
        _ => return None,
    })
}

fn card(c: &Value) -> RemoteCard {
    let last4 = word(c, "last4").filter(|l| l.len() == 4 && l.bytes().all(|b| b.is_ascii_digit()));
    RemoteCard { brand: word(c, "brand"), last4, fingerprint: word(c, "fingerprint") }
}

/// A Refund.
pub fn refund(r: &Value) -> Option<RemoteRefund> {
    if word(r, "object")? != "refund" {
        return None;
    }
    let state = match word(r, "status")?.as_str() {
        "succeeded" => RefundState::Succeeded,
        "failed" | "canceled" => RefundState::Failed,
        _ => RefundState::Pending,
    };
    let key = r.get("metadata").and_then(|m| word(m, "refund")).and_then(|k| Uuid::parse_str(&k).ok());
    Some(RemoteRefund { id: word(r, "id")?, key, state, failure_code: word(r, "failure_reason") })
}

/// A Dispute. A word for its state that is not known here counts as one that wants an answer: somebody looks.
pub fn dispute(d: &Value) -> Option<DisputeView> {
    if word(d, "object")? != "dispute" {
        return None;
    }
    Some(DisputeView {
        state: word(d, "status")?.parse().unwrap_or(DisputeState::NeedsResponse),
        reason: word(d, "reason").unwrap_or_default(),
        amount: yen(d, "amount")?,
        opened_at_s: d.get("created")?.as_i64()?,
        respond_by_s: d.pointer("/evidence_details/due_by").and_then(Value::as_i64),
    })
}

/// A PaymentMethod that is a card.
pub fn method(m: &Value) -> Option<RemoteMethod> {
    let (id, c) = (id(m, "payment_method")?, m.get("card")?);
    let number = |name: &str| c.get(name).and_then(Value::as_i64);
    Some(RemoteMethod {
        id,
        brand: word(c, "brand")?,
        last4: card(c).last4?,
        expires: (u8::try_from(number("exp_month")?).ok()?, u16::try_from(number("exp_year")?).ok()?),
    })
}

/// A PaymentIntent of a list, with its charge expanded.
pub fn listed_payment(i: &Value) -> Option<(ListedItem, Option<String>)> {
    let id = id(i, "payment_intent")?;
    let named = |name: &str| i.get("metadata").and_then(|m| word(m, name));
    let item = ListedItem {
        order: named("order").and_then(|o| Uuid::parse_str(&o).ok()),
        attempt: named("attempt").and_then(|a| a.parse().ok()),
        key: None,
        state: ListedState::Payment(word(i, "status")?.parse().ok()?),
        amount: yen(i, "amount_received")?,
        refunded: i.get("latest_charge").and_then(|c| yen(c, "amount_refunded")).unwrap_or_default(),
        at_s: i.get("created")?.as_i64()?,
    };
    Some((item, Some(id)))
}

/// A Refund of a list.
pub fn listed_refund(r: &Value) -> Option<(ListedItem, Option<String>)> {
    let remote = refund(r)?;
    let named = r.get("metadata").and_then(|m| word(m, "order"));
    let item = ListedItem {
        order: named.and_then(|o| Uuid::parse_str(&o).ok()),
        attempt: None,
        key: remote.key,
        state: ListedState::Refund(remote.state),
        amount: yen(r, "amount")?,
        refunded: Yen::ZERO,
        at_s: r.get("created")?.as_i64()?,
    };
    Some((item, word(r, "payment_intent")))
}

/// A Dispute of a list.
pub fn listed_dispute(d: &Value) -> Option<(ListedItem, Option<String>)> {
    let view = dispute(d)?;
    let item = ListedItem {
        order: None,
        attempt: None,
        key: None,
        state: ListedState::Dispute(view.state),
        amount: view.amount,
        refunded: Yen::ZERO,
        at_s: view.opened_at_s,
    };
    Some((item, word(d, "payment_intent")))
}

/// The id of an object of this kind.
pub fn id(o: &Value, kind: &str) -> Option<String> {
    (word(o, "object")? == kind).then(|| word(o, "id")).flatten()
}

/// The id of an object of any kind.
pub fn any_id(o: &Value) -> Option<String> {
    word(o, "id")
}

fn yen(of: &Value, name: &str) -> Option<Yen> {
    Some(Yen::new(of.get(name)?.as_i64()?))
}

/// Kinds of event that say nothing but that a payment was begun or came through.
const OF_PAID: [&str; 4] =
    ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"];

/// The kinds of event that are asked for by webhook: one for each way in which a payment can go on without the buyer
/// coming back. Its other kinds say the same once more; the list of events has them all.
pub const WEBHOOKS: &[&str] = &[
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "payment_intent.payment_failed",
    "payment_intent.amount_capturable_updated",
    "payment_intent.canceled",
    "charge.captured",
    "charge.refunded",
    "charge.refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
];

/// Where an Event points to.
pub fn hint(e: &Value) -> Option<Hint> {
    if word(e, "object")? != "event" {
        return None;
    }
    let o = e.pointer("/data/object")?;
    let (kind, id) = (word(o, "object").unwrap_or_default(), word(o, "id"));
    let named = o.get("metadata").and_then(|m| word(m, "order")).or_else(|| word(o, "client_reference_id"));
    Some(Hint {
        event: word(e, "id")?,
        order: named.and_then(|id| Uuid::parse_str(&id).ok()),
        session: id.clone().filter(|_| kind == "checkout.session"),
        intent: if kind == "payment_intent" { id } else { word(o, "payment_intent") },
        says_paid: word(e, "type").is_some_and(|t| OF_PAID.contains(&t.as_str())),
    })
}

fn word(of: &Value, name: &str) -> Option<String> {
    of.get(name).and_then(Value::as_str).filter(|w| w.len() <= WORD_CHARS_MAX).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn with(status: &str, intent: Option<&str>) -> Option<PaymentState> {
        let intent = intent.map(|s| json!({ "id": "pi_1", "status": s, "amount_received": 0 }));
        session(&json!({
            "object": "checkout.session", "id": "cs_1", "currency": "jpy", "amount_total": 500, "status": status,
            "payment_intent": intent,
        }))
        .map(|r| r.state)
    }

    #[test]
    fn states() {
        use PaymentState as S;
        for (status, intent, want) in [
            ("open", None, Some(S::RequiresPaymentMethod)),
            ("open", Some("requires_action"), Some(S::RequiresAction)),
            ("open", Some("processing"), Some(S::Processing)),
            ("open", Some("succeeded"), Some(S::Succeeded)),
            ("complete", Some("succeeded"), Some(S::Succeeded)),
            ("complete", Some("processing"), Some(S::Processing)),
            ("complete", None, Some(S::Processing)),
            ("complete", Some("requires_capture"), Some(S::RequiresCapture)),
            ("complete", Some("requires_payment_method"), Some(S::Canceled)),
            ("complete", Some("canceled"), Some(S::Canceled)),
            ("expired", None, Some(S::Canceled)),
            ("expired", Some("canceled"), Some(S::Canceled)),
            ("expired", Some("processing"), Some(S::Processing)),
            ("expired", Some("succeeded"), Some(S::Succeeded)),
            ("open", Some("outcome_unknown"), Some(S::RequiresPaymentMethod)),
            ("open", Some("brand new word"), None),
            ("brand new word", None, None),
        ] {
            assert_eq!(with(status, intent), want, "{status} {intent:?}");
        }
    }

    #[test]
    fn another_currency_is_no_answer_of_ours() {
        let s = json!({ "object": "checkout.session", "id": "cs_1", "currency": "usd", "amount_total": 5, "status": "open" });
        assert_eq!(session(&s), None);
    }

    proptest! {
        #[test]
        fn odd_shapes_do_no_harm(status in "[a-z]{0,8}", total in any::<i64>(), intent in "[a-z_]{0,12}") {
            let s = json!({
                "object": "checkout.session", "id": "cs_1", "currency": "jpy", "amount_total": total, "status": status,
                "payment_intent": { "id": 3, "status": intent, "latest_charge": [1], "last_payment_error": "x" },
            });
            let _ = (session(&s), refund(&s), hint(&s));
        }
    }
}
