//! The single calls.

use super::{Call, Stripe, Verb, WEBHOOKS, percent, read};
use crate::{
    api::{DisputeView, ListedQuery, Listing},
    processor::{
        CallError, EventPage, Hint, Opening, Processor, Remote, RemoteList, RemoteMethod, RemoteRefund,
    },
};
use domain::{Locale, Yen, payment::Capture};
use serde_json::Value;
use std::sync::atomic::Ordering;
use uuid::Uuid;

/// The most items of one answer (Stripe's largest page). More refunds of one payment, or saved cards, are not made.
const PAGE_MAX: usize = 100;
/// An answer that is none of ours.
const SHAPE: CallError = CallError::Unknown("answer has another shape");

/// A page of a list, as it came.
struct List {
    items: Vec<Value>,
    next: Option<String>,
}

impl Stripe {
    fn session(&self, call: Call<'_>) -> Result<Remote, CallError> {
        read::session(&self.call(call)?).ok_or(CallError::Unknown("answer has another shape"))
    }

    fn list_of(&self, path: String, form: Vec<(&str, String)>) -> Result<List, CallError> {
        let mut answer = self.call(Call { path, form, idempotency_key: None, verb: Verb::Get })?;
        let more = answer.get("has_more").and_then(Value::as_bool).unwrap_or(false);
        let items = match answer.get_mut("data").map(Value::take) {
            Some(Value::Array(items)) => items,
            _ => return Err(SHAPE),
        };
        let next = items.last().filter(|_| more).map(|last| read::any_id(last).ok_or(SHAPE)).transpose()?;
        Ok(List { items, next })
    }
}

/// What is expanded in a session, so that one call tells all.
const EXPANDED: (&str, &str) = ("expand[0]", "payment_intent.latest_charge");

impl Processor for Stripe {
    fn away_since_s(&self) -> Option<i64> {
        Some(self.away_since_s.load(Ordering::Relaxed)).filter(|since| *since != 0)
    }

    fn open(&self, o: &Opening<'_>) -> Result<Remote, CallError> {
        let item = match o.locale {
            Locale::Ja => "ご注文",
            Locale::En => "Your order",
        };
        let (order, attempt) = (o.order.to_string(), o.attempt.to_string());
        let capture_method = match o.capture {
            Capture::AtOrder => "automatic",
            Capture::AtShipping => "manual",
        };
        let mut form = vec![
            ("mode", "payment".to_owned()),
            ("payment_method_types[0]", "card".to_owned()),
            ("line_items[0][quantity]", "1".to_owned()),
            ("line_items[0][price_data][currency]", "jpy".to_owned()),
            ("line_items[0][price_data][unit_amount]", o.amount.get().to_string()),
            ("line_items[0][price_data][product_data][name]", item.to_owned()),
            ("client_reference_id", order.clone()),
            ("metadata[order]", order.clone()),
            ("metadata[attempt]", attempt.clone()),
            ("payment_intent_data[metadata][order]", order.clone()),
            ("payment_intent_data[metadata][attempt]", attempt),
            ("payment_intent_data[capture_method]", capture_method.to_owned()),
            ("expires_at", o.expires_at_s.to_string()),
            ("locale", o.locale.word().to_owned()),
            ("submit_type", "pay".to_owned()),
            ("success_url", o.success_url.to_owned()),
            ("cancel_url", o.cancel_url.to_owned()),
            (EXPANDED.0, EXPANDED.1.to_owned()),
        ];
        if let Some(customer) = o.customer {
            form.push(("customer", customer.to_owned()));
            form.push(("saved_payment_method_options[payment_method_save]", "enabled".to_owned()));
        }
        let idempotency_key = Some(format!("dozo-open-{order}-{}", o.attempt));
        self.session(Call { path: "/v1/checkout/sessions".into(), form, idempotency_key, verb: Verb::Post })
    }

    fn retrieve(&self, session: &str) -> Result<Remote, CallError> {
        let form = vec![(EXPANDED.0, EXPANDED.1.to_owned())];
        let path = format!("/v1/checkout/sessions/{}", percent(session));
        self.session(Call { path, form, idempotency_key: None, verb: Verb::Get })
    }

    // Without an idempotency key: a second closing does no harm, and a kept answer would tell old news.
    fn close(&self, session: &str) -> Result<Remote, CallError> {
        let form = vec![(EXPANDED.0, EXPANDED.1.to_owned())];
        let path = format!("/v1/checkout/sessions/{}/expire", percent(session));
        self.session(Call { path, form, idempotency_key: None, verb: Verb::Post })
    }

    fn refund(&self, intent: &str, order: Uuid, amount: Yen, key: Uuid) -> Result<RemoteRefund, CallError> {
        let form = vec![
            ("payment_intent", intent.to_owned()),
            ("amount", amount.get().to_string()),
            ("reason", "requested_by_customer".to_owned()),
            ("metadata[order]", order.to_string()),
            ("metadata[refund]", key.to_string()),
        ];
        let idempotency_key = Some(format!("dozo-refund-{key}"));
        let answer =
            self.call(Call { path: "/v1/refunds".into(), form, idempotency_key, verb: Verb::Post })?;
        read::refund(&answer).ok_or(CallError::Unknown("answer has another shape"))
    }

    fn refunds(&self, intent: &str) -> Result<Vec<RemoteRefund>, CallError> {
        let form = vec![("payment_intent", intent.to_owned()), ("limit", PAGE_MAX.to_string())];
        let list = self.list_of("/v1/refunds".into(), form)?;
        Ok(list.items.iter().filter_map(read::refund).collect())
    }

    fn capture(&self, intent: &str) -> Result<(), CallError> {
        let path = format!("/v1/payment_intents/{}/capture", percent(intent));
        let idempotency_key = Some(format!("dozo-capture-{intent}"));
        self.call(Call { path, form: Vec::new(), idempotency_key, verb: Verb::Post }).map(|_| ())
    }

    // Without an idempotency key, as closing.
    fn release(&self, intent: &str) -> Result<(), CallError> {
        let path = format!("/v1/payment_intents/{}/cancel", percent(intent));
        let form = vec![("cancellation_reason", "requested_by_customer".to_owned())];
        self.call(Call { path, form, idempotency_key: None, verb: Verb::Post }).map(|_| ())
    }

    fn dispute(&self, intent: &str) -> Result<Option<DisputeView>, CallError> {
        let form = vec![("payment_intent", intent.to_owned()), ("limit", "1".to_owned())];
        let list = self.list_of("/v1/disputes".into(), form)?;
        list.items.first().map(|d| read::dispute(d).ok_or(SHAPE)).transpose()
    }

    fn new_customer(&self, key: Uuid) -> Result<String, CallError> {
        let idempotency_key = Some(format!("dozo-customer-{key}"));
        let call = Call { path: "/v1/customers".into(), form: Vec::new(), idempotency_key, verb: Verb::Post };
        read::id(&self.call(call)?, "customer").ok_or(SHAPE)
    }

    fn methods(&self, customer: &str) -> Result<Vec<RemoteMethod>, CallError> {
        let path = format!("/v1/customers/{}/payment_methods", percent(customer));
        let form = vec![("type", "card".to_owned()), ("limit", PAGE_MAX.to_string())];
        Ok(self.list_of(path, form)?.items.iter().filter_map(read::method).collect())
    }

    // Without an idempotency key, as closing: what is detached is not found a second time.
    fn remove_method(&self, method: &str) -> Result<(), CallError> {
        let path = format!("/v1/payment_methods/{}/detach", percent(method));
        self.call(Call { path, form: Vec::new(), idempotency_key: None, verb: Verb::Post }).map(|_| ())
    }

    fn delete_customer(&self, customer: &str) -> Result<(), CallError> {
        let path = format!("/v1/customers/{}", percent(customer));
        self.call(Call { path, form: Vec::new(), idempotency_key: None, verb: Verb::Delete }).map(|_| ())
    }

    fn list(&self, query: &ListedQuery) -> Result<RemoteList, CallError> {
        let (path, item) = match query.what {
            Listing::Payments => ("/v1/payment_intents", read::listed_payment as fn(&Value) -> Option<_>),
            Listing::Refunds => ("/v1/refunds", read::listed_refund as _),
            Listing::Disputes => ("/v1/disputes", read::listed_dispute as _),
        };
        let mut form = vec![
            ("created[gte]", query.from_s.to_string()),
            ("created[lt]", query.until_s.to_string()),
            ("limit", PAGE_MAX.to_string()),
        ];
        if query.what == Listing::Payments {
            form.push(("expand[0]", "data.latest_charge".to_owned()));
        }
        form.extend(query.after.iter().map(|after| ("starting_after", after.clone())));
        let list = self.list_of(path.into(), form)?;
        // One that cannot be read must not be passed over: the comparison would say that it is missing.
        let items = list.items.iter().map(|i| item(i).ok_or(SHAPE)).collect::<Result<_, _>>()?;
        Ok(RemoteList { items, next: list.next })
    }

    fn events(&self, after: Option<&str>) -> Result<EventPage, CallError> {
        let names: Vec<String> = (0..WEBHOOKS.len()).map(|at| format!("types[{at}]")).collect();
        let mut form = vec![("limit", if after.is_some() { PAGE_MAX } else { 1 }.to_string())];
        form.extend(after.map(|id| ("ending_before", id.to_owned())));
        // What a webhook would have told, and nothing else: of each payment there are several events that say no more.
        form.extend(names.iter().map(String::as_str).zip(WEBHOOKS.iter().map(|kind| (*kind).to_owned())));
        let answer =
            self.call(Call { path: "/v1/events".into(), form, idempotency_key: None, verb: Verb::Get });
        let answer = match answer {
            // A cursor that is too old is a bad parameter to Stripe.
            Err(CallError::Refused(_)) if after.is_some() => return Err(CallError::Missing),
            answer => answer?,
        };
        let list = answer
            .get("data")
            .and_then(Value::as_array)
            .ok_or(CallError::Unknown("answer has another shape"))?;
        let hints: Vec<Hint> = list.iter().take(PAGE_MAX).filter_map(read::hint).collect();
        Ok(EventPage { hints, has_more: answer.get("has_more").and_then(Value::as_bool).unwrap_or(false) })
    }
}
