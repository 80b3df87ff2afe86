//! What the API can do.

use super::{ApiError, Routed};
use crate::{
    params::Params,
    render,
    world::{ExpireRefusal, NewSession, RefundRefusal, World},
};
use domain::Locale;
use serde_json::Value;

/// The least amount, in yen (Stripe's least charge in JPY).
const AMOUNT_MIN: i64 = 50;
/// The largest amount, in yen (Stripe's limit of eight digits).
const AMOUNT_MAX: i64 = 99_999_999;
/// The shortest life of a session, in seconds (Stripe's limit).
const LIFE_S_MIN: i64 = 30 * 60;
/// The longest life of a session, in seconds (Stripe's limit).
const LIFE_S_MAX: i64 = 24 * 3600;
/// The longest URL, in characters (Stripe's limit).
const URL_CHARS_MAX: usize = 5_000;
/// The most line items of a session (Stripe's limit).
const LINE_ITEMS_MAX: usize = 100;

pub(super) fn post(world: &mut World, path: &str, params: &Params, key: Option<&str>, now: i64) -> Routed {
    match segments(path)[..] {
        ["checkout", "sessions"] => create_session(world, params, now),
        ["checkout", "sessions", id, "expire"] => expire_session(world, id, params, key, now),
        ["refunds"] => create_refund(world, params, key, now),
        _ => Err(ApiError::unknown_url("POST")),
    }
}

pub(super) fn get(world: &World, path: &str, params: &Params) -> Routed {
    match segments(path)[..] {
        ["checkout", "sessions"] => list_sessions(world, params),
        ["checkout", "sessions", id] => {
            let expand = expand(params, &["payment_intent", "payment_intent.latest_charge"])?;
            let session =
                world.sessions.get(id).ok_or_else(|| ApiError::missing("checkout.session", "session"))?;
            Ok(render::session(world, session, &expand))
        }
        ["payment_intents", id] => {
            let expand = expand(params, &["latest_charge"])?;
            let intent =
                world.intents.get(id).ok_or_else(|| ApiError::missing("payment_intent", "intent"))?;
            Ok(render::intent(world, intent, &expand))
        }
        ["charges"] => list_charges(world, params),
        ["charges", id] => {
            params.allow(&[])?;
            let charge = world.charges.get(id).ok_or_else(|| ApiError::missing("charge", "charge"))?;
            Ok(render::charge(world, charge))
        }
        ["refunds"] => list_refunds(world, params),
        ["refunds", id] => {
            params.allow(&[])?;
            let refund = world.refunds.get(id).ok_or_else(|| ApiError::missing("refund", "refund"))?;
            Ok(render::refund(refund))
        }
        ["events"] => list_events(world, params),
        ["events", id] => {
            params.allow(&[])?;
            let event = world.events.values().find(|e| e.id == id);
            let event = event.ok_or_else(|| ApiError::missing("event", "id"))?;
            Ok(render::event(event, world.pending_webhooks(event.seq)))
        }
        _ => Err(ApiError::unknown_url("GET")),
    }
}

fn segments(path: &str) -> Vec<&str> {
    path.strip_prefix("/v1/").map(|rest| rest.split('/').collect()).unwrap_or_default()
}

fn create_session(world: &mut World, params: &Params, now: i64) -> Routed {
    params.allow(&[
        "mode",
        "success_url",
        "cancel_url",
        "client_reference_id",
        "expires_at",
        "locale",
        "submit_type",
        "payment_method_types[#]",
        "line_items[#][quantity]",
        "line_items[#][price_data][currency]",
        "line_items[#][price_data][unit_amount]",
        "line_items[#][price_data][product_data][name]",
        "metadata[*]",
        "payment_intent_data[metadata][*]",
        "expand[#]",
    ])?;
    if params.required("mode")? != "payment" {
        return Err(ApiError::invalid("This sandbox knows mode `payment` only.", Some("mode")));
    }
    if params.list("payment_method_types").iter().any(|t| t != "card") {
        return Err(ApiError::invalid("This sandbox knows cards only.", Some("payment_method_types")));
    }
    let locale = match params.get("locale") {
        None | Some("auto" | "ja") => Locale::Ja,
        Some("en" | "en-GB") => Locale::En,
        Some(_) => return Err(ApiError::invalid("This sandbox speaks `ja` and `en`.", Some("locale"))),
    };
    let (amount, item_name) = line_items(params)?;
    let cancel_url = params.get("cancel_url").map(|_| url(params, "cancel_url")).transpose()?;
    let new = NewSession {
        amount,
        item_name,
        expires_at: expires_at(params, now)?,
        success_url: url(params, "success_url")?,
        cancel_url,
        client_reference_id: params.get("client_reference_id").map(str::to_owned),
        metadata: params.metadata("metadata")?,
        intent_metadata: params.metadata("payment_intent_data[metadata]")?,
        locale,
    };
    let expand = named(params.list("expand"), &["payment_intent", "payment_intent.latest_charge"])?;
    let session = world.open_session(new, now);
    Ok(render::session(world, &session, &expand))
}

/// The sum, and what the page calls the goods.
fn line_items(params: &Params) -> Result<(i64, String), ApiError> {
    let mut amount = 0i64;
    let mut name = None;
    for i in 0..LINE_ITEMS_MAX {
        let at = |field: &str| format!("line_items[{i}]{field}");
        let Some(unit) = params.integer(&at("[price_data][unit_amount]"))? else { break };
        if params.required(&at("[price_data][currency]"))? != "jpy" {
            return Err(ApiError::invalid("This sandbox knows `jpy` only.", Some("currency")));
        }
        let quantity = params
            .integer(&at("[quantity]"))?
            .ok_or_else(|| ApiError::missing_parameter(&at("[quantity]")))?;
        let product = params.required(&at("[price_data][product_data][name]"))?;
        if !(0..=AMOUNT_MAX).contains(&unit) || !(1..=10_000).contains(&quantity) {
            return Err(ApiError::coded(
                "parameter_invalid_integer",
                "Amount or quantity out of range.",
                "line_items",
            ));
        }
        amount = amount.saturating_add(unit.saturating_mul(quantity));
        name.get_or_insert_with(|| product.chars().take(120).collect());
    }
    let name = name.ok_or_else(|| ApiError::missing_parameter("line_items"))?;
    if amount < AMOUNT_MIN {
        return Err(ApiError::coded("amount_too_small", "The amount must be at least ¥50.", "line_items"));
    }
    if amount > AMOUNT_MAX {
        return Err(ApiError::coded(
            "amount_too_large",
            "The amount must be at most ¥99,999,999.",
            "line_items",
        ));
    }
    Ok((amount, name))
}

fn expires_at(params: &Params, now: i64) -> Result<i64, ApiError> {
    let expires_at = params.integer("expires_at")?.unwrap_or(now + LIFE_S_MAX);
    if !(LIFE_S_MIN..=LIFE_S_MAX).contains(&(expires_at - now)) {
        let message =
            "The `expires_at` timestamp must be 30 minutes to 24 hours from Checkout Session creation.";
        return Err(ApiError::invalid(message, Some("expires_at")));
    }
    Ok(expires_at)
}

fn url(params: &Params, name: &str) -> Result<String, ApiError> {
    let url = params.required(name)?;
    if crate::origin_of(url).is_none() || url.chars().count() > URL_CHARS_MAX {
        return Err(ApiError::coded("url_invalid", "Not a valid URL", name));
    }
    Ok(url.to_owned())
}

fn expire_session(world: &mut World, id: &str, params: &Params, key: Option<&str>, now: i64) -> Routed {
    let expand = expand(params, &["payment_intent", "payment_intent.latest_charge"])?;
    match world.expire_session(id, now, key) {
        Ok(()) => {}
        Err(ExpireRefusal::Unknown) => return Err(ApiError::missing("checkout.session", "session")),
        Err(ExpireRefusal::NotOpen(status)) => {
            let word = status.word();
            let message = format!(
                "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of {word}."
            );
            return Err(ApiError::refused("resource_invalid_state", message));
        }
    }
    let session = world.sessions.get(id).ok_or_else(|| ApiError::missing("checkout.session", "session"))?;
    Ok(render::session(world, session, &expand))
}

fn create_refund(world: &mut World, params: &Params, key: Option<&str>, now: i64) -> Routed {
    params.allow(&["payment_intent", "charge", "amount", "reason", "metadata[*]"])?;
    let intent = match (params.get("payment_intent"), params.get("charge")) {
        (Some(intent), None) => intent.to_owned(),
        (None, Some(charge)) => {
            world.charges.get(charge).ok_or_else(|| ApiError::missing("charge", "charge"))?.intent.clone()
        }
        _ => return Err(ApiError::missing_parameter("payment_intent")),
    };
    let reason = params.get("reason");
    if reason.is_some_and(|r| !matches!(r, "duplicate" | "fraudulent" | "requested_by_customer")) {
        return Err(ApiError::invalid("Invalid reason", Some("reason")));
    }
    let amount = params.integer("amount")?;
    if amount.is_some_and(|a| a < 1) {
        return Err(ApiError::coded("parameter_invalid_integer", "Invalid positive integer", "amount"));
    }
    let metadata = params.metadata("metadata")?;
    match world.refund(&intent, amount, reason.map(str::to_owned), metadata, now, key) {
        Ok(refund) => Ok(render::refund(&refund)),
        Err(RefundRefusal::Unknown) => Err(ApiError::missing("payment_intent", "payment_intent")),
        Err(RefundRefusal::NotPaid) => {
            let message = "This PaymentIntent does not have a successful charge to refund.".to_owned();
            Err(ApiError::refused("payment_intent_unexpected_state", message))
        }
        Err(RefundRefusal::AlreadyRefunded) => {
            Err(ApiError::refused("charge_already_refunded", "Charge has already been refunded.".to_owned()))
        }
        Err(RefundRefusal::TooMuch(left)) => {
            let message = format!("Refund amount is greater than unrefunded amount on charge (¥{left})");
            Err(ApiError::refused("amount_too_large", message))
        }
    }
}

fn list_sessions(world: &World, params: &Params) -> Routed {
    params.allow(&["limit", "starting_after", "ending_before", "payment_intent", "status"])?;
    let wanted = |s: &&crate::world::Session| {
        params.get("payment_intent").is_none_or(|i| s.intent.as_deref() == Some(i))
            && params.get("status").is_none_or(|w| s.status.word() == w)
    };
    let all = world.newest_sessions().filter(wanted).collect();
    let page = page("/v1/checkout/sessions", params, all, |s| &s.id, |s| render::session(world, s, &[]))?;
    Ok(page)
}

fn list_charges(world: &World, params: &Params) -> Routed {
    params.allow(&["limit", "starting_after", "ending_before", "payment_intent"])?;
    let intent = params.get("payment_intent");
    let mut all: Vec<_> = world.charges.values().filter(|c| intent.is_none_or(|i| c.intent == i)).collect();
    all.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
    page("/v1/charges", params, all, |c| &c.id, |c| render::charge(world, c))
}

fn list_refunds(world: &World, params: &Params) -> Routed {
    params.allow(&["limit", "starting_after", "ending_before", "payment_intent", "charge"])?;
    let (intent, charge) = (params.get("payment_intent"), params.get("charge"));
    let fits = |r: &&crate::world::Refund| {
        intent.is_none_or(|i| r.intent == i) && charge.is_none_or(|c| r.charge == c)
    };
    let mut all: Vec<_> = world.refunds.values().filter(fits).collect();
    all.sort_by_key(|r| std::cmp::Reverse(r.seq));
    page("/v1/refunds", params, all, |r| &r.id, render::refund)
}

fn list_events(world: &World, params: &Params) -> Routed {
    params.allow(&["limit", "starting_after", "ending_before", "type", "types[#]"])?;
    let mut kinds = params.list("types");
    kinds.extend(params.get("type").map(str::to_owned));
    let all = world.events.values().rev().filter(|e| kinds.is_empty() || kinds.contains(&e.kind)).collect();
    page("/v1/events", params, all, |e| &e.id, |e| render::event(e, world.pending_webhooks(e.seq)))
}

/// A page of `all`, which begins with the newest, by Stripe's cursors.
fn page<T>(
    url: &str,
    params: &Params,
    all: Vec<&T>,
    id: fn(&T) -> &String,
    show: impl Fn(&T) -> Value,
) -> Routed {
    let limit = params.integer("limit")?.unwrap_or(10);
    let limit = usize::try_from(limit).ok().filter(|l| (1..=100).contains(l));
    let limit =
        limit.ok_or_else(|| ApiError::coded("parameter_invalid_integer", "Invalid integer", "limit"))?;
    let find = |name: &str, cursor: &str| {
        all.iter().position(|x| id(x) == cursor).ok_or_else(|| ApiError::missing("cursor", name))
    };
    let (from, to, has_more) = match (params.get("starting_after"), params.get("ending_before")) {
        (Some(_), Some(_)) => return Err(ApiError::invalid("Give one cursor only.", Some("ending_before"))),
        (Some(cursor), None) => {
            let from = find("starting_after", cursor)? + 1;
            (from, (from + limit).min(all.len()), from + limit < all.len())
        }
        // The page that ends right before the cursor: the oldest of all newer ones.
        (None, Some(cursor)) => {
            let to = find("ending_before", cursor)?;
            (to.saturating_sub(limit), to, to > limit)
        }
        (None, None) => (0, limit.min(all.len()), limit < all.len()),
    };
    let data = all.get(from..to).unwrap_or_default().iter().map(|x| show(x)).collect();
    Ok(render::list(url, data, has_more))
}

fn expand(params: &Params, known: &[&str]) -> Result<Vec<String>, ApiError> {
    params.allow(&["expand[#]"])?;
    named(params.list("expand"), known)
}

fn named(expand: Vec<String>, known: &[&str]) -> Result<Vec<String>, ApiError> {
    match expand.iter().find(|e| !known.contains(&e.as_str())) {
        Some(_) => Err(ApiError::invalid("This property cannot be expanded.", Some("expand"))),
        None => Ok(expand),
    }
}
