//! What is done with a payment after the buyer has gone: refunds, captures, cancellations.

use super::{ApiError, Routed};
use crate::{
    params::Params,
    render,
    world::{IntentRefusal, RefundRefusal, World},
};

pub(super) fn refund(world: &mut World, params: &Params, key: Option<&str>, now: i64) -> Routed {
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
        Err(RefundRefusal::Disputed) => {
            let message = "Charge is disputed; it cannot be refunded.".to_owned();
            Err(ApiError::refused("charge_disputed", message))
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

/// `POST /v1/payment_intents/{id}/capture`
pub(super) fn capture(world: &mut World, id: &str, params: &Params, key: Option<&str>, now: i64) -> Routed {
    params.allow(&["amount_to_capture", "metadata[*]"])?;
    let amount = params.integer("amount_to_capture")?;
    shown(world, id, |w| w.capture(id, amount, now, key))
}

/// `POST /v1/payment_intents/{id}/cancel`
pub(super) fn cancel(world: &mut World, id: &str, params: &Params, key: Option<&str>, now: i64) -> Routed {
    params.allow(&["cancellation_reason"])?;
    let reason = params.get("cancellation_reason");
    if reason
        .is_some_and(|r| !matches!(r, "duplicate" | "fraudulent" | "requested_by_customer" | "abandoned"))
    {
        return Err(ApiError::invalid("Invalid cancellation_reason", Some("cancellation_reason")));
    }
    shown(world, id, |w| w.cancel_payment(id, now, key))
}

fn shown(world: &mut World, id: &str, act: impl FnOnce(&mut World) -> Result<(), IntentRefusal>) -> Routed {
    match act(world) {
        Ok(()) => {}
        Err(IntentRefusal::Unknown) => return Err(ApiError::missing("payment_intent", "intent")),
        Err(IntentRefusal::State(status)) => {
            let message = format!("This PaymentIntent has a status of {}: it cannot be done.", status.word());
            return Err(ApiError::refused("payment_intent_unexpected_state", message));
        }
        Err(IntentRefusal::Amount(most)) => {
            let message = format!("The amount to capture must be 1 to ¥{most}.");
            return Err(ApiError::refused("amount_too_large", message));
        }
    }
    let intent = world.intents.get(id).ok_or_else(|| ApiError::missing("payment_intent", "intent"))?;
    Ok(render::intent(world, intent, &[]))
}
