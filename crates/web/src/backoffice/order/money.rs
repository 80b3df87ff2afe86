//! Money on its way back, and pages at the processor that must be closed. What the database wrote down is done here at
//! once; where the till does not answer, the thread that follows it goes on by itself.

use crate::{App, checkout};
use domain::{OrderId, payment::RefundState};
use store::refund::Refund;
use till::TillError;

/// Asks the till to give back what stands in the database as pending; gives where it stands now.
pub async fn give_back(app: &App, refund: &Refund) -> RefundState {
    let (order, amount, key) = (refund.order.0, refund.amount, refund.id.0);
    let asked = app.till().ask(move |till| till.refund(order, amount, key)).await;
    let (state, code) = match asked {
        Ok(Ok(view)) => (view.state, view.failure_code),
        Ok(Err(error)) => outcome(error),
        Err(_) => (RefundState::Pending, None),
    };
    let (id, now) = (refund.id, app.now_ms());
    let kept = app.store().write(move |tx| store::refund::report(tx, id, state, code.as_deref(), now)).await;
    match kept {
        Ok(refund) => refund.state,
        Err(error) => {
            tracing::error!(refund = %id, why = %error, "a refund's state could not be kept yet");
            RefundState::Pending
        }
    }
}

/// What a failure means for the refund: nothing certain, unless till or processor said no.
fn outcome(error: TillError) -> (RefundState, Option<String>) {
    match error {
        TillError::BadRequest(_) | TillError::UnknownOrder => {
            (RefundState::Failed, Some("not_refundable".to_owned()))
        }
        TillError::ProcessorRefused(code) => (RefundState::Failed, Some(code)),
        TillError::Unavailable
        | TillError::ProcessorUnavailable
        | TillError::Busy
        | TillError::StoreFailed => (RefundState::Pending, None),
    }
}

/// Closes the page at the processor on which a canceled order might still be paid. Money that comes all the same is
/// given back by the rule for orders that are gone.
pub async fn close(app: &App, order: OrderId) {
    let seen = match app.till().ask(move |till| till.cancel(order.0)).await {
        Ok(Ok(seen)) => seen,
        _ => return,
    };
    let (report, now) = (checkout::report(&seen), app.now_ms());
    match app.store().write(move |tx| store::payment::apply(tx, &report, now)).await {
        Ok(applied) => {
            if let Some(refund) = applied.refund {
                give_back(app, &refund).await;
            }
        }
        Err(error) => tracing::warn!(%order, why = %error, "a payment's report was not applied"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_no_is_a_failure() {
        assert_eq!(outcome(TillError::Unavailable).0, RefundState::Pending);
        assert_eq!(outcome(TillError::ProcessorUnavailable).0, RefundState::Pending);
        assert_eq!(outcome(TillError::ProcessorRefused("x".into())).0, RefundState::Failed);
        assert_eq!(outcome(TillError::UnknownOrder).0, RefundState::Failed);
    }
}
