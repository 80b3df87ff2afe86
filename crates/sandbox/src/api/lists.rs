//! Lists, the newest first, by Stripe's cursors.

use super::{ApiError, Routed, routes::named};
use crate::{params::Params, render, world::World};
use serde_json::Value;

pub(super) fn sessions(world: &World, params: &Params) -> Routed {
    params.allow(&["limit", "starting_after", "ending_before", "payment_intent", "status"])?;
    let wanted = |s: &&crate::world::Session| {
        params.get("payment_intent").is_none_or(|i| s.intent.as_deref() == Some(i))
            && params.get("status").is_none_or(|w| s.status.word() == w)
    };
    let all = world.newest_sessions().filter(wanted).collect();
    let page = page("/v1/checkout/sessions", params, all, |s| &s.id, |s| render::session(world, s, &[]))?;
    Ok(page)
}

pub(super) fn charges(world: &World, params: &Params) -> Routed {
    params.allow(&["limit", "starting_after", "ending_before", "payment_intent"])?;
    let intent = params.get("payment_intent");
    let mut all: Vec<_> = world.charges.values().filter(|c| intent.is_none_or(|i| c.intent == i)).collect();
    all.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
    page("/v1/charges", params, all, |c| &c.id, |c| render::charge(world, c))
}

pub(super) fn refunds(world: &World, params: &Params) -> Routed {
    params.allow(&["limit", "starting_after", "ending_before", "payment_intent", "charge", "created[*]"])?;
    let created = created(params)?;
    let (intent, charge) = (params.get("payment_intent"), params.get("charge"));
    let fits = |r: &&crate::world::Refund| {
        created.contains(&r.created)
            && intent.is_none_or(|i| r.intent == i)
            && charge.is_none_or(|c| r.charge == c)
    };
    let mut all: Vec<_> = world.refunds.values().filter(fits).collect();
    all.sort_by_key(|r| std::cmp::Reverse(r.seq));
    page("/v1/refunds", params, all, |r| &r.id, render::refund)
}

/// `GET /v1/payment_intents`
pub(super) fn intents(world: &World, params: &Params) -> Routed {
    params.allow(&["limit", "starting_after", "ending_before", "created[*]", "expand[#]"])?;
    let expand: Vec<String> = named(params.list("expand"), &["data.latest_charge"])?
        .iter()
        .filter_map(|e| e.strip_prefix("data.").map(str::to_owned))
        .collect();
    let created = created(params)?;
    let mut all: Vec<_> = world.intents.values().filter(|i| created.contains(&i.created)).collect();
    all.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
    page("/v1/payment_intents", params, all, |i| &i.id, |i| render::intent(world, i, &expand))
}

/// `GET /v1/disputes`
pub(super) fn disputes(world: &World, params: &Params, now: i64) -> Routed {
    params.allow(&["limit", "starting_after", "ending_before", "payment_intent", "charge", "created[*]"])?;
    let created = created(params)?;
    let (intent, charge) = (params.get("payment_intent"), params.get("charge"));
    let fits = |d: &&crate::world::Dispute| {
        created.contains(&d.created)
            && intent.is_none_or(|i| d.intent == i)
            && charge.is_none_or(|c| d.charge == c)
    };
    let mut all: Vec<_> = world.disputes.values().filter(fits).collect();
    all.sort_by_key(|d| std::cmp::Reverse(d.seq));
    page("/v1/disputes", params, all, |d| &d.id, |d| render::dispute(d, now))
}

/// `created[gte]` and `created[lt]`, in unix seconds.
fn created(params: &Params) -> Result<std::ops::Range<i64>, ApiError> {
    let from = params.integer("created[gte]")?.unwrap_or(i64::MIN);
    Ok(from..params.integer("created[lt]")?.unwrap_or(i64::MAX))
}

pub(super) fn events(world: &World, params: &Params) -> Routed {
    params.allow(&["limit", "starting_after", "ending_before", "type", "types[#]"])?;
    let mut kinds = params.list("types");
    kinds.extend(params.get("type").map(str::to_owned));
    let all = world.events.values().rev().filter(|e| kinds.is_empty() || kinds.contains(&e.kind)).collect();
    page("/v1/events", params, all, |e| &e.id, |e| render::event(e, world.pending_webhooks(e.seq)))
}

/// A page of `all`, which begins with the newest, by Stripe's cursors.
pub(super) fn page<T>(
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
