//! Customers and their saved cards.

use super::{ApiError, Routed, lists::page};
use crate::{params::Params, render, world::World};
use serde_json::json;

/// `POST /v1/customers`: nothing about the person is taken.
pub(super) fn create(world: &mut World, params: &Params, now: i64) -> Routed {
    params.allow(&[])?;
    Ok(render::customer(&world.new_customer(now)))
}

/// `DELETE /v1/customers/{id}`
pub(super) fn delete(world: &mut World, id: &str, params: &Params) -> Routed {
    params.allow(&[])?;
    match world.delete_customer(id) {
        true => Ok(json!({ "id": id, "object": "customer", "deleted": true })),
        false => Err(ApiError::missing("customer", "customer")),
    }
}

/// `GET /v1/customers/{id}/payment_methods`
pub(super) fn methods(world: &World, id: &str, params: &Params) -> Routed {
    params.allow(&["type", "limit", "starting_after", "ending_before"])?;
    if params.get("type").is_some_and(|t| t != "card") {
        return Err(ApiError::invalid("This sandbox knows cards only.", Some("type")));
    }
    let customer = world.customers.get(id).ok_or_else(|| ApiError::missing("customer", "customer"))?;
    let all = customer.methods.iter().rev().collect();
    let url = format!("/v1/customers/{id}/payment_methods");
    page(&url, params, all, |m| &m.id, |m| render::saved(m, Some(id)))
}

/// `POST /v1/payment_methods/{id}/detach`
pub(super) fn detach(world: &mut World, id: &str, params: &Params) -> Routed {
    params.allow(&[])?;
    let gone = world.detach(id).ok_or_else(|| ApiError::missing("payment_method", "payment_method"))?;
    Ok(render::saved(&gone, None))
}
