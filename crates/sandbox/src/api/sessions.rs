//! Checkout Sessions: opened and expired.

use super::{
    ApiError, Routed,
    routes::{expand, named},
};
use crate::{
    params::Params,
    render,
    world::{ExpireRefusal, NewSession, World},
};
use domain::Locale;

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

pub(super) fn create(world: &mut World, params: &Params, now: i64) -> Routed {
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
        "payment_intent_data[capture_method]",
        "customer",
        "saved_payment_method_options[payment_method_save]",
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
    let manual_capture = match params.get("payment_intent_data[capture_method]") {
        None | Some("automatic" | "automatic_async") => false,
        Some("manual") => true,
        Some(_) => return Err(ApiError::invalid("Invalid capture_method", Some("payment_intent_data"))),
    };
    let customer = params.get("customer").map(str::to_owned);
    if customer.as_ref().is_some_and(|c| !world.customers.contains_key(c)) {
        return Err(ApiError::coded("resource_missing", "No such customer", "customer"));
    }
    let offers_saving = match params.get("saved_payment_method_options[payment_method_save]") {
        None | Some("disabled") => false,
        Some("enabled") if customer.is_some() => true,
        Some(_) => {
            let param = Some("saved_payment_method_options");
            return Err(ApiError::invalid("Saving needs a customer, and is `enabled` or `disabled`.", param));
        }
    };
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
        manual_capture,
        customer,
        offers_saving,
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

pub(super) fn expire(world: &mut World, id: &str, params: &Params, key: Option<&str>, now: i64) -> Routed {
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
