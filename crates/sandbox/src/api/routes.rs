//! What the API can do.

use super::{ApiError, Routed, customers, lists, money, sessions};
use crate::{params::Params, render, world::World};

pub(super) fn post(world: &mut World, path: &str, params: &Params, key: Option<&str>, now: i64) -> Routed {
    match segments(path)[..] {
        ["checkout", "sessions"] => sessions::create(world, params, now),
        ["checkout", "sessions", id, "expire"] => sessions::expire(world, id, params, key, now),
        ["payment_intents", id, "capture"] => money::capture(world, id, params, key, now),
        ["payment_intents", id, "cancel"] => money::cancel(world, id, params, key, now),
        ["refunds"] => money::refund(world, params, key, now),
        ["customers"] => customers::create(world, params, now),
        ["payment_methods", id, "detach"] => customers::detach(world, id, params),
        _ => Err(ApiError::unknown_url("POST")),
    }
}

pub(super) fn delete(world: &mut World, path: &str, params: &Params) -> Routed {
    match segments(path)[..] {
        ["customers", id] => customers::delete(world, id, params),
        _ => Err(ApiError::unknown_url("DELETE")),
    }
}

pub(super) fn get(world: &World, path: &str, params: &Params, now: i64) -> Routed {
    match segments(path)[..] {
        ["checkout", "sessions"] => lists::sessions(world, params),
        ["checkout", "sessions", id] => {
            let expand = expand(params, &["payment_intent", "payment_intent.latest_charge"])?;
            let session =
                world.sessions.get(id).ok_or_else(|| ApiError::missing("checkout.session", "session"))?;
            Ok(render::session(world, session, &expand))
        }
        ["payment_intents"] => lists::intents(world, params),
        ["disputes"] => lists::disputes(world, params, now),
        ["customers", id, "payment_methods"] => customers::methods(world, id, params),
        ["payment_intents", id] => {
            let expand = expand(params, &["latest_charge"])?;
            let intent =
                world.intents.get(id).ok_or_else(|| ApiError::missing("payment_intent", "intent"))?;
            Ok(render::intent(world, intent, &expand))
        }
        ["charges"] => lists::charges(world, params),
        ["charges", id] => {
            params.allow(&[])?;
            let charge = world.charges.get(id).ok_or_else(|| ApiError::missing("charge", "charge"))?;
            Ok(render::charge(world, charge))
        }
        ["refunds"] => lists::refunds(world, params),
        ["refunds", id] => {
            params.allow(&[])?;
            let refund = world.refunds.get(id).ok_or_else(|| ApiError::missing("refund", "refund"))?;
            Ok(render::refund(refund))
        }
        ["events"] => lists::events(world, params),
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

pub(super) fn expand(params: &Params, known: &[&str]) -> Result<Vec<String>, ApiError> {
    params.allow(&["expand[#]"])?;
    named(params.list("expand"), known)
}

pub(super) fn named(expand: Vec<String>, known: &[&str]) -> Result<Vec<String>, ApiError> {
    match expand.iter().find(|e| !known.contains(&e.as_str())) {
        Some(_) => Err(ApiError::invalid("This property cannot be expanded.", Some("expand"))),
        None => Ok(expand),
    }
}
