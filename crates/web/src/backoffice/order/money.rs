//! Money on its way back or to be taken, and pages at the processor that must be closed. What the database wrote down is
//! done here at once; where the till does not answer, the thread that follows it goes on by itself.

use crate::{App, checkout, refunds};
use domain::{
    OrderId,
    payment::{PaymentState, RefundState},
};
use store::{payment::Applied, refund::Refund};
use till::{PaymentView, TillError};

/// Asks the till to give back what stands in the database as pending; where it stands now: the worst of all.
pub async fn give_back(app: &App, all: &[Refund]) -> RefundState {
    let mut worst = RefundState::Succeeded;
    for refund in all {
        let state = one(app, refund).await;
        worst = match (worst, state) {
            (RefundState::Failed, _) | (_, RefundState::Failed) => RefundState::Failed,
            (RefundState::Pending, _) | (_, RefundState::Pending) => RefundState::Pending,
            _ => RefundState::Succeeded,
        };
    }
    worst
}

async fn one(app: &App, refund: &Refund) -> RefundState {
    let (order, attempt, amount, key) = (refund.order.0, refund.attempt, refund.amount, refund.id.0);
    let asked = app.till().ask(move |till| till.refund(order, attempt, amount, key)).await;
    let (id, now) = (refund.id, app.now_ms());
    let heard = asked.map_or(refunds::Heard::Nothing, |asked| refunds::heard(asked, now));
    match app.store().write(move |tx| refunds::keep(tx, id, &heard, now)).await {
        Ok(refund) => refund.state,
        Err(error) => {
            tracing::error!(refund = %id, why = %error, "a refund's state could not be kept yet");
            RefundState::Pending
        }
    }
}

/// Closes the page at the processor on which a canceled order might still be paid, and releases what is authorised.
/// Money that comes all the same is given back by the rule for orders that are gone.
pub async fn close(app: &App, order: OrderId) {
    if let Ok(Ok(seen)) = app.till().ask(move |till| till.cancel(order.0)).await {
        apply(app, &seen).await;
    }
}

/// What came of taking the money of an order.
pub enum Captured {
    /// It is here, or was before.
    Yes,
    /// There is nothing to take any more: the authorisation has lapsed or was released.
    Lapsed,
    /// Nobody knows: try again.
    Unknown,
    /// The processor refuses, in its word.
    Refused(String),
}

/// Takes the money that is authorised for an order, and writes down what came of it.
pub async fn capture(app: &App, order: OrderId) -> Captured {
    let seen = match app.till().ask(move |till| till.capture(order.0)).await {
        Ok(Ok(seen)) => seen,
        Ok(Err(TillError::ProcessorRefused(code))) => return Captured::Refused(code),
        _ => return Captured::Unknown,
    };
    if apply(app, &seen).await.is_none() {
        return Captured::Unknown;
    }
    match seen.state {
        PaymentState::Succeeded => Captured::Yes,
        PaymentState::Canceled => Captured::Lapsed,
        _ => Captured::Unknown,
    }
}

async fn apply(app: &App, seen: &PaymentView) -> Option<Applied> {
    let (report, now) = (checkout::report(seen), app.now_ms());
    let order = seen.order;
    match app.store().write(move |tx| store::payment::apply(tx, &report, now)).await {
        Ok(applied) => {
            give_back(app, &applied.refunds).await;
            Some(applied)
        }
        Err(error) => {
            tracing::warn!(%order, why = %error, "a payment's report was not applied");
            None
        }
    }
}
