//! The records as Stripe's objects. The contract test of crate `till` holds each against Stripe's description.

use crate::{
    cards::CardFacts,
    world::{
        Charge, Customer, Dispute, DisputeStatus, Event, Failure, Intent, IntentStatus, Method, Refund,
        RefundStatus, Session, SessionStatus, World,
    },
};
use serde_json::{Value, json};

/// The version of Stripe's API whose shape this is.
pub const API_VERSION: &str = "2023-08-16";
/// The sandbox keeps no expiry date, but Stripe's description asks for one: this month and year are given for
/// every card.
const EXPIRY: (u8, u16) = (12, 2034);

/// A Checkout Session. `expand` may hold `payment_intent` and `payment_intent.latest_charge`; a session knows its
/// page's URL only while it is open.
pub fn session(world: &World, session: &Session, expand: &[String]) -> Value {
    let intent = world.intent_of(session);
    let inner = inner(expand, "payment_intent");
    let payment_intent = match (intent, &inner) {
        (Some(i), Some(inner)) => self::intent(world, i, inner),
        (Some(i), None) => json!(i.id),
        (None, _) => Value::Null,
    };
    let url = (session.status == SessionStatus::Open).then(|| world.page_url(&session.id));
    json!({
        "id": session.id, "object": "checkout.session", "livemode": false, "mode": "payment",
        "created": session.created, "expires_at": session.expires_at,
        "amount_subtotal": session.amount, "amount_total": session.amount, "currency": "jpy",
        "status": session.status.word(),
        "payment_status": if intent.is_some_and(|i| i.status == IntentStatus::Succeeded) { "paid" } else { "unpaid" },
        "payment_intent": payment_intent, "payment_method_types": ["card"], "payment_method_options": {},
        "success_url": session.success_url, "cancel_url": session.cancel_url, "url": url,
        "client_reference_id": session.client_reference_id, "metadata": session.metadata,
        "locale": session.locale.word(), "submit_type": "pay",
        "automatic_tax": { "enabled": false, "status": null },
        "custom_fields": [], "custom_text": { "shipping_address": null, "submit": null },
        "shipping_options": [], "phone_number_collection": { "enabled": false },
        "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 },
        "after_expiration": null, "allow_promotion_codes": null, "billing_address_collection": null,
        "consent": null, "consent_collection": null, "currency_conversion": null, "customer": session.customer,
        "customer_creation": null, "customer_details": null, "customer_email": null, "invoice": null,
        "invoice_creation": null, "payment_link": null, "payment_method_collection": "always",
        "recovered_from": null, "setup_intent": null, "shipping_address_collection": null,
        "shipping_cost": null, "shipping_details": null, "subscription": null,
        "saved_payment_method_options": session.offers_saving.then(|| json!({
            "payment_method_save": "enabled", "payment_method_remove": "disabled",
            "allow_redisplay_filters": ["always"],
        })),
    })
}

/// A PaymentIntent. `expand` may hold `latest_charge`.
pub fn intent(world: &World, intent: &Intent, expand: &[String]) -> Value {
    let charge = world.charge_of(intent);
    let latest_charge = match (charge, inner(expand, "latest_charge")) {
        (Some(c), Some(_)) => self::charge(world, c),
        (Some(c), None) => json!(c.id),
        (None, _) => Value::Null,
    };
    let capturable = if intent.status == IntentStatus::RequiresCapture { intent.amount } else { 0 };
    let next_action = intent.challenge.as_ref().map(|c| {
        json!({
            "type": "redirect_to_url",
            "redirect_to_url": { "url": world.challenge_url(&c.token), "return_url": world.page_url(&intent.session) },
        })
    });
    json!({
        "id": intent.id, "object": "payment_intent", "livemode": false, "created": intent.created,
        "amount": intent.amount, "amount_capturable": capturable, "amount_received": intent.received(),
        "amount_details": { "tip": {} },
        "currency": "jpy", "status": intent.status.word(),
        "capture_method": if intent.manual_capture { "manual" } else { "automatic" },
        "confirmation_method": "automatic", "payment_method_types": ["card"], "metadata": intent.metadata,
        "last_payment_error": intent.last_error.as_ref().map(|f| failure(f, intent.method.as_deref())), "latest_charge": latest_charge,
        "next_action": next_action, "canceled_at": intent.canceled_at,
        "cancellation_reason": intent.canceled_at.map(|_| "automatic"),
        "client_secret": null, "application": null, "application_fee_amount": null,
        "automatic_payment_methods": null, "customer": intent.customer, "description": null, "invoice": null,
        "on_behalf_of": null, "payment_method": intent.method, "payment_method_options": {}, "processing": null,
        "receipt_email": null, "review": null, "setup_future_usage": null, "shipping": null,
        "statement_descriptor": null, "statement_descriptor_suffix": null, "transfer_data": null,
        "transfer_group": null,
    })
}

/// A Charge.
pub fn charge(world: &World, charge: &Charge) -> Value {
    let three_d_secure = charge.authenticated.map(|passed| {
        json!({
            "authentication_flow": "challenge", "result": if passed { "authenticated" } else { "failed" },
            "result_reason": if passed { Value::Null } else { json!("rejected") }, "version": "2.2.0",
        })
    });
    let (code, decline_code) = match &charge.failure {
        Some((code, decline_code)) => (Some(code), decline_code.as_ref()),
        None => (None, None),
    };
    let customer = world.intents.get(&charge.intent).and_then(|i| i.customer.as_deref());
    let mut out = json!({
        "id": charge.id, "object": "charge", "livemode": false, "created": charge.created,
        "amount": charge.amount, "amount_captured": charge.captured(),
        "amount_refunded": charge.refunded, "currency": "jpy",
        "paid": charge.paid, "captured": charge.captured() > 0,
        "refunded": charge.captured() > 0 && charge.refunded == charge.captured(),
        "disputed": world.dispute_of(&charge.id).is_some(),
        "status": match () {
            () if charge.pending => "pending",
            () if charge.paid => "succeeded",
            () => "failed",
        },
        "payment_intent": charge.intent, "payment_method": charge.method, "metadata": charge.metadata,
        "billing_details": { "address": null, "email": null, "name": null, "phone": null },
        "failure_code": code, "failure_message": code.map(|c| message(c, decline_code.map(String::as_str))),
        "outcome": {
            "network_status": if charge.paid { "approved_by_network" } else { "declined_by_network" },
            "reason": decline_code.or(code), "seller_message": null,
            "type": if charge.paid { "authorized" } else { "issuer_declined" },
        },
        "payment_method_details": {
            "type": "card",
            "card": {
                "brand": charge.card.brand, "last4": charge.card.last4, "fingerprint": charge.card.fingerprint,
                "exp_month": EXPIRY.0, "exp_year": EXPIRY.1, "funding": "credit", "country": null,
                "network": charge.card.brand, "three_d_secure": three_d_secure, "wallet": null,
                "checks": { "address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass" },
                "installments": null, "mandate": null,
            },
        },
        "balance_transaction": null, "calculated_statement_descriptor": world.names().shop, "customer": customer,
        "description": null, "invoice": null, "receipt_email": null, "receipt_number": null, "receipt_url": null,
        "review": null, "shipping": null, "statement_descriptor": null, "statement_descriptor_suffix": null,
        "transfer_data": null, "transfer_group": null, "application": null, "application_fee": null,
        "application_fee_amount": null, "failure_balance_transaction": null, "fraud_details": {},
        "on_behalf_of": null, "source_transfer": null,
    });
    if let Some(until) = charge.capture_before {
        out["payment_method_details"]["card"]["capture_before"] = json!(until);
    }
    out
}

/// A Refund.
pub fn refund(refund: &Refund) -> Value {
    let mut out = json!({
        "id": refund.id, "object": "refund", "amount": refund.amount, "created": refund.created,
        "currency": "jpy", "charge": refund.charge, "payment_intent": refund.intent,
        "status": refund.status.word(),
        "reason": refund.reason, "metadata": refund.metadata, "balance_transaction": null,
        "receipt_number": null, "source_transfer_reversal": null, "transfer_reversal": null,
    });
    if refund.status == RefundStatus::Failed {
        out["failure_reason"] = json!("expired_or_canceled_card");
    }
    out
}

/// A Dispute, as it looks at `now`.
pub fn dispute(dispute: &Dispute, now: i64) -> Value {
    let answered = dispute.status != DisputeStatus::NeedsResponse;
    json!({
        "id": dispute.id, "object": "dispute", "livemode": false, "created": dispute.created,
        "amount": dispute.amount, "currency": "jpy", "charge": dispute.charge, "payment_intent": dispute.intent,
        "reason": dispute.reason, "status": dispute.status.word(), "is_charge_refundable": false,
        "balance_transactions": [], "metadata": {}, "evidence": {},
        "evidence_details": {
            "due_by": dispute.due_by, "has_evidence": answered, "past_due": now > dispute.due_by,
            "submission_count": u8::from(answered),
        },
    })
}

/// A Customer.
pub fn customer(customer: &Customer) -> Value {
    json!({
        "id": customer.id, "object": "customer", "livemode": false, "created": customer.created,
        "metadata": {}, "description": null, "email": null, "name": null, "phone": null, "shipping": null,
    })
}

/// A saved PaymentMethod; `customer` is `None` once it was detached.
pub fn saved(saved: &Method, customer: Option<&str>) -> Value {
    let mut out = method(&saved.card, &saved.id);
    out["created"] = json!(saved.created);
    out["customer"] = json!(customer);
    out["allow_redisplay"] = json!("always");
    out
}

/// An Event; `pending` webhooks are still to come.
pub fn event(event: &Event, pending: usize) -> Value {
    json!({
        "id": event.id, "object": "event", "livemode": false, "created": event.created,
        "api_version": API_VERSION, "type": event.kind, "pending_webhooks": pending,
        "data": { "object": event.object.value() },
        "request": { "id": null, "idempotency_key": event.idempotency_key },
    })
}

/// A page of a list.
pub fn list(url: &str, data: Vec<Value>, has_more: bool) -> Value {
    json!({ "object": "list", "url": url, "data": data, "has_more": has_more })
}

/// Why a try failed, as part of an intent.
fn failure(failure: &Failure, tried: Option<&str>) -> Value {
    let mut out = json!({
        "type": if failure.code == "payment_intent_authentication_failure" { "invalid_request_error" } else { "card_error" },
        "code": failure.code,
        "message": message(&failure.code, failure.decline_code.as_deref()),
        "payment_method": method(&failure.card, tried.unwrap_or("pm_unknown")),
    });
    if let Some(code) = &failure.decline_code {
        out["decline_code"] = json!(code);
    }
    if let Some(charge) = &failure.charge {
        out["charge"] = json!(charge);
    }
    out
}

/// A card as a PaymentMethod.
fn method(card: &CardFacts, id: &str) -> Value {
    json!({
        "id": id, "object": "payment_method", "type": "card", "livemode": false,
        "created": 0, "customer": null, "metadata": {},
        "billing_details": { "address": null, "email": null, "name": null, "phone": null },
        "card": {
            "brand": card.brand, "last4": card.last4, "fingerprint": card.fingerprint, "exp_month": EXPIRY.0,
            "exp_year": EXPIRY.1, "funding": "credit", "country": null, "checks": null, "generated_from": null,
            "networks": null, "three_d_secure_usage": { "supported": true }, "wallet": null,
        },
    })
}

fn message(code: &str, decline_code: Option<&str>) -> &'static str {
    match (code, decline_code) {
        (_, Some("insufficient_funds")) => "Your card has insufficient funds.",
        ("card_declined", _) => "Your card was declined.",
        ("expired_card", _) => "Your card has expired.",
        ("incorrect_cvc", _) => "Your card's security code is incorrect.",
        ("processing_error", _) => "An error occurred while processing your card. Try again in a little bit.",
        ("payment_intent_authentication_failure", _) => {
            "We are unable to authenticate your payment method. Please choose a different payment method and try again."
        }
        _ => "The payment failed.",
    }
}

/// Of a list such as `["payment_intent.latest_charge"]` what lies behind `name`; `None` where it is not named.
fn inner(expand: &[String], name: &str) -> Option<Vec<String>> {
    let mut found = None;
    for path in expand {
        if let Some(rest) = path.strip_prefix(name) {
            let inner = found.get_or_insert_with(Vec::new);
            if let Some(rest) = rest.strip_prefix('.') {
                inner.push(rest.to_owned());
            }
        }
    }
    found
}
