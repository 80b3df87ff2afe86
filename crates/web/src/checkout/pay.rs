//! To the processor and back. The buyer coming back proves nothing: what counts is what the till learns.

use super::{HOLD_MS, waiting, who};
use crate::{App, error::Fault, form::PostForm, view, visit::Visit};
use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use domain::{OrderId, RefundId, card_entry::Step, payment::PaymentState};
use serde::Deserialize;
use store::payment::{DisputeReport, RefundReport, Report};
use till::{Create, DisputeView, PaymentView, RefundView};
use uuid::Uuid;

/// What stands behind the `?` when the processor sends the buyer back.
#[derive(Deserialize)]
pub struct Back {
    order: Option<Uuid>,
}

/// The processor's page on which the order can be paid; none where there is nothing to pay, or where the till does not
/// answer (the order's page says so and offers it again).
///
/// # Errors
/// [`Fault::Store`].
pub async fn page(app: &App, visit: &Visit, order: OrderId) -> Result<Option<String>, Fault> {
    let now = app.now_ms();
    let found = app
        .store()
        .write(move |tx| match store::payment::open_attempt(tx, order, false, now) {
            Err(store::Error::Refused(_)) => Ok(None),
            other => other.map(Some),
        })
        .await;
    let Some(attempt) = found? else { return Ok(None) };
    let placed = app.store().read(move |tx| store::order::get(tx, order)).await?.ok_or(Fault::NotFound)?;
    let left_ms = (placed.placed_at + HOLD_MS - now).max(0);
    let origin = &app.config().shop_origin;
    let create = Create {
        order: order.0,
        attempt: attempt.attempt,
        amount: attempt.amount,
        expires_in_s: u32::try_from(left_ms / 1000).unwrap_or(0),
        locale: visit.locale(),
        success_url: format!("{origin}/checkout/return?order={order}"),
        cancel_url: format!("{origin}/checkout/canceled?order={order}"),
        capture: app.config().capture,
        customer: placed.customer.map(|c| c.0),
    };
    let created = match app.till().ask(move |till| till.create(&create)).await? {
        Ok(created) => created,
        Err(error) => {
            tracing::warn!(%order, why = %error, "no payment page");
            return Ok(None);
        }
    };
    if created.url.is_none() {
        look(app, order).await;
    }
    Ok(created.url)
}

/// To where an order stands.
pub fn to_order(order: OrderId) -> Response {
    view::see_other(&format!("/order/{order}"))
}

/// `POST /order/{id}/pay`: pay again.
pub async fn pay_again(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Uuid>,
    PostForm(_): PostForm,
) -> Result<Response, Fault> {
    let id = OrderId(id);
    let order = app.store().read(move |tx| store::order::get(tx, id)).await?.ok_or(Fault::NeedsOrderLink)?;
    if let Err(fault) = who::guest_of(&app, &visit, id, order.person).await
        && !waiting::may_pay(&app, &visit, id).await?
    {
        return Err(fault);
    }
    Ok(page(&app, &visit, id).await?.map_or_else(|| to_order(id), |url| view::see_other(&url)))
}

/// `GET /checkout/return?order=`
pub async fn returned(State(app): State<App>, Query(back): Query<Back>) -> Result<Response, Fault> {
    come_back(&app, back).await
}

/// `GET /checkout/canceled?order=`: the buyer turned round on the processor's page. The page there may still be open in
/// another window, so the order waits as long as any other.
pub async fn canceled(State(app): State<App>, Query(back): Query<Back>) -> Result<Response, Fault> {
    come_back(&app, back).await
}

/// To where an order stands, for whoever goes back from the processor's page without its help. The look that follows each
/// payment's page a second later may be still to come: until then it would not be known that he may go on paying.
///
/// # Errors
/// [`Fault::Store`].
pub async fn gone_back(app: &App, order: OrderId) -> Result<Response, Fault> {
    let payments = app.store().read(move |tx| store::payment::of_order(tx, order)).await?;
    if payments.last().is_some_and(|payment| payment.state == PaymentState::OutcomeUnknown) {
        look(app, order).await;
    }
    Ok(to_order(order))
}

async fn come_back(app: &App, back: Back) -> Result<Response, Fault> {
    let order = OrderId(back.order.ok_or(Fault::NotFound)?);
    let now = app.now_ms();
    let known = app
        .store()
        .write(move |tx| -> Result<bool, store::Error> {
            let entries = store::card_entry::of_order(tx, order)?;
            for entry in &entries {
                store::card_entry::advance(tx, entry.id, Step::Returned, now)?;
            }
            Ok(!entries.is_empty())
        })
        .await?;
    if known {
        look(app, order).await;
    }
    Ok(to_order(order))
}

/// Asks the till anew and applies what it says; a till that does not answer is asked again by the worker.
async fn look(app: &App, order: OrderId) {
    let seen = match app.till().ask(move |till| till.retrieve(order.0)).await {
        Ok(Ok(seen)) => seen,
        _ => return,
    };
    let now = app.now_ms();
    let report = report(&seen);
    let applied = app.store().write(move |tx| store::payment::apply(tx, &report, now)).await;
    if let Err(error) = applied {
        tracing::warn!(%order, why = %error, "a payment's report was not applied");
    }
}

/// What the till says, as the store takes it.
pub fn report(seen: &PaymentView) -> Report {
    Report {
        order: OrderId(seen.order),
        attempt: seen.attempt,
        state: seen.state,
        received: seen.received,
        refunded: seen.refunded,
        brand: seen.brand.clone(),
        last4: seen.last4.clone(),
        fingerprint: seen.fingerprint.clone(),
        failure_code: seen.failure_code.clone(),
        three_d_secure: seen.three_d_secure.clone(),
        entry: seen.entry,
        authorized_until: seen.capture_before_s.map(|s| s.saturating_mul(1000)),
        refunds: seen.refunds.iter().map(refund_report).collect(),
        dispute: seen.dispute.as_ref().map(dispute_report),
        seen_at: seen.updated_at_ms,
    }
}

fn refund_report(seen: &RefundView) -> RefundReport {
    RefundReport {
        id: RefundId(seen.key),
        state: seen.state,
        failure_code: seen.failure_code.clone(),
        seen_at: seen.updated_at_ms,
    }
}

fn dispute_report(seen: &DisputeView) -> DisputeReport {
    DisputeReport {
        state: seen.state,
        reason: seen.reason.clone(),
        amount: seen.amount,
        opened_at: seen.opened_at_s.saturating_mul(1000),
        respond_by: seen.respond_by_s.map(|s| s.saturating_mul(1000)),
    }
}
