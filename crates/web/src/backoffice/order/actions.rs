//! What staff does with an order. Each writes down who did it in the transaction that does it, and leads back to the
//! order's page, where nothing is open.

use super::{
    Wrong, again,
    money::{self, Captured},
};
use crate::{
    backoffice::{StaffSession, Work, done},
    error::Fault,
    form::PostForm,
};
use axum::response::Response;
use domain::{
    FulfillmentId, MessageId, OrderId,
    fulfillment::{Carrier, tracking_number},
    order::OrderState,
    payment::{PaymentState, RefundState},
};
use store::{Error, Millis, Tx};

/// The reason for holding an order whose money went back while parcels were still in the house.
const HOLD_REFUNDED: &str = "refunded";

impl Work<OrderId> {
    fn path(&self) -> String {
        format!("/admin/orders/{}", self.id)
    }

    /// Does database work and writes it down. `Err` inside is what a rule refused.
    async fn order<T: Send + 'static>(
        &self,
        action: &'static str,
        detail: String,
        work: impl Fn(&mut Tx<'_>, OrderId, &StaffSession, Millis) -> Result<T, Error> + Send + 'static,
    ) -> Result<Result<T, ()>, Fault> {
        match self.write((action, "order"), detail, work).await {
            Ok(out) => Ok(Ok(out)),
            Err(Error::Refused(_)) => Ok(Err(())),
            Err(Error::NotFound(_)) => Err(Fault::NotFound),
            Err(error) => Err(error.into()),
        }
    }

    /// The same where there is nothing to say afterwards but `word`.
    async fn simply(
        &self,
        action: &'static str,
        word: &'static str,
        work: impl Fn(&mut Tx<'_>, OrderId, &StaffSession, Millis) -> Result<(), Error> + Send + 'static,
    ) -> Result<Response, Fault> {
        match self.order(action, String::new(), work).await? {
            Ok(()) => self.done(word),
            Err(()) => self.refused().await,
        }
    }

    /// Where to go once money was asked back; `back` where it is back already.
    fn given_back(&self, state: RefundState, back: &'static str) -> Result<Response, Fault> {
        self.done(match state {
            RefundState::Succeeded => back,
            RefundState::Pending => "refund_pending",
            RefundState::Failed => "refund_failed",
        })
    }

    /// The page again, saying that the order does not stand where this is possible.
    async fn refused(&self) -> Result<Response, Fault> {
        self.again(Wrong { says: Some(self.say().s("bo-order-refused")), shipment: None }).await
    }

    /// The same after a cancellation: says so where it is because a parcel has left.
    async fn cancel_refused(&self) -> Result<Response, Fault> {
        let id = self.id;
        let whole = self.app.store().read(move |tx| store::order::whole(tx, id)).await?;
        let partly = whole.is_some_and(|w| {
            let left = |r: &store::order::Recipient| r.fulfillment.shipped_at.is_some();
            w.order.state.holds_stock() && w.recipients.iter().any(left)
        });
        if !partly {
            return self.refused().await;
        }
        self.again(Wrong { says: Some(self.say().s("bo-cancel-partly")), shipment: None }).await
    }

    async fn again(&self, wrong: Wrong) -> Result<Response, Fault> {
        again(&self.app, &self.visit, &self.session, &self.id.to_string(), wrong).await
    }

    /// Nothing leaves the house unpaid: money that is only authorised is taken before the first parcel is shipped. What
    /// to say where that did not work.
    async fn take_money(&self) -> Result<Option<String>, Fault> {
        let id = self.id;
        let payments = self.app.store().read(move |tx| store::payment::of_order(tx, id)).await?;
        if !payments.iter().any(|p| p.state == PaymentState::RequiresCapture) {
            return Ok(None);
        }
        let say = self.say();
        Ok(match money::capture(&self.app, id).await {
            Captured::Yes => None,
            Captured::Lapsed => Some(say.s("bo-capture-lapsed")),
            Captured::Unknown => Some(say.s("bo-capture-unknown")),
            Captured::Refused(code) => {
                Some(say.t.f1("bo-capture-refused", "why", say.word_or("bo-failure", &code)))
            }
        })
    }

    fn done(&self, word: &'static str) -> Result<Response, Fault> {
        Ok(done::to(&self.path(), word))
    }
}

/// Refuses a shipment that belongs to another order than the address says.
fn owned(tx: &mut Tx<'_>, order: OrderId, shipment: FulfillmentId) -> Result<(), Error> {
    let recipients = store::order::recipients_of(tx, order)?;
    match recipients.iter().any(|r| r.fulfillment.id == shipment) {
        true => Ok(()),
        false => Err(Error::NotFound("fulfillment")),
    }
}

/// `POST /admin/orders/{id}/ship`
pub async fn ship(work: Work<OrderId>, PostForm(fields): PostForm) -> Result<Response, Fault> {
    let (shipment, carrier): (FulfillmentId, Carrier) =
        (fields.read("fulfillment")?, fields.read("carrier")?);
    let typed = fields.get("tracking_number");
    let Some(number) = tracking_number(typed) else {
        let says = Some(work.say().s("bo-tracking-again"));
        let typed = typed.chars().take(24).collect();
        return work.again(Wrong { says, shipment: Some((shipment, typed)) }).await;
    };
    if let Some(says) = work.take_money().await? {
        return work.again(Wrong { says: Some(says), shipment: None }).await;
    }
    let shipped = work
        .order("order.ship", carrier.word().to_owned(), move |tx, order, session, now| {
            owned(tx, order, shipment)?;
            store::order::ship(tx, shipment, carrier, &number, Some(session.id()), now)
        })
        .await?;
    match shipped {
        Ok(shipped) => work.done(if shipped.completed { "completed" } else { "shipped" }),
        Err(()) => work.refused().await,
    }
}

/// `POST /admin/orders/{id}/capture`: takes the authorised money now, before anything is shipped.
pub async fn capture(work: Work<OrderId>, PostForm(_): PostForm) -> Result<Response, Fault> {
    // Written down before: whoever took it is known, whatever comes of it.
    let asked = work
        .order("order.capture", String::new(), |tx, order, _, _| store::payment::can_capture(tx, order))
        .await?;
    if asked.is_err() {
        return work.refused().await;
    }
    match work.take_money().await? {
        Some(says) => work.again(Wrong { says: Some(says), shipment: None }).await,
        None => work.done("captured"),
    }
}

/// `POST /admin/orders/{id}/deliver`
pub async fn deliver(work: Work<OrderId>, PostForm(fields): PostForm) -> Result<Response, Fault> {
    let shipment: FulfillmentId = fields.read("fulfillment")?;
    work.simply("order.deliver", "delivered", move |tx, order, _, now| {
        owned(tx, order, shipment)?;
        store::order::deliver(tx, shipment, now)
    })
    .await
}

/// `POST /admin/orders/{id}/cash`: the carrier handed over the cash.
pub async fn cash(work: Work<OrderId>, PostForm(_): PostForm) -> Result<Response, Fault> {
    work.simply("order.cash", "cash", |tx, order, _, now| store::payment::cash_collected(tx, order, now))
        .await
}

/// `POST /admin/orders/{id}/cancel`: frees the stock; what was paid goes back, what is open is closed.
pub async fn cancel(work: Work<OrderId>, PostForm(fields): PostForm) -> Result<Response, Fault> {
    let canceled = work
        .order("order.cancel", reason(fields.get("reason"))?, |tx, order, session, now| {
            store::order::cancel(tx, order, Some(session.id()), now)
        })
        .await?;
    let Ok(canceled) = canceled else { return work.cancel_refused().await };
    if canceled.close_payment {
        money::close(&work.app, work.id).await;
    }
    if canceled.refunds.is_empty() {
        return work.done("canceled");
    }
    work.given_back(money::give_back(&work.app, &canceled.refunds).await, "canceled_refund")
}

/// `POST /admin/orders/{id}/stop-rest`: what has not left will not be sent. No money moves.
pub async fn stop_rest(work: Work<OrderId>, PostForm(_): PostForm) -> Result<Response, Fault> {
    work.simply("order.stop_rest", "rest_stopped", |tx, order, session, now| {
        store::order::stop_rest(tx, order, session.id(), now)
    })
    .await
}

/// `POST /admin/orders/{id}/refund`: all that is left of the money. Sent twice it gives back once, for nothing is left
/// the second time.
pub async fn refund(work: Work<OrderId>, PostForm(fields): PostForm) -> Result<Response, Fault> {
    let asked = work
        .order("order.refund", reason(fields.get("reason"))?, |tx, order, session, now| {
            let whole = store::order::whole(tx, order)?.ok_or(Error::NotFound("order"))?;
            let money = store::payment::money(tx, order)?;
            if !super::view::may_refund(&whole, money.refundable()) {
                let refusal =
                    domain::Refusal { machine: "order", state: whole.order.state.word(), event: "refund" };
                return Err(refusal.into());
            }
            if whole.order.state == OrderState::Confirmed && whole.order.hold_reason.is_none() {
                store::order::hold(tx, order, HOLD_REFUNDED, Some(session.id()), now)?;
            }
            store::refund::request(tx, order, None, session.id(), now)
        })
        .await?;
    let Ok(refunds) = asked else { return work.refused().await };
    work.given_back(money::give_back(&work.app, &refunds).await, "refunded")
}

/// `POST /admin/orders/{id}/release`: lets a held order go.
pub async fn release(work: Work<OrderId>, PostForm(_): PostForm) -> Result<Response, Fault> {
    work.simply("order.release", "released", |tx, order, session, now| {
        store::order::release_hold(tx, order, session.id(), now)
    })
    .await
}

/// `POST /admin/orders/{id}/resend`: a mail that failed, or of which nobody knows, goes out again.
pub async fn resend(work: Work<OrderId>, PostForm(fields): PostForm) -> Result<Response, Fault> {
    let message: MessageId = fields.read("message")?;
    work.simply("order.resend", "resent", move |tx, order, _, now| {
        let row = store::outbox::get(tx, message)?.filter(|m| m.order == Some(order));
        let row = row.ok_or(Error::NotFound("message"))?;
        store::outbox::requeue(tx, row.id, now)
    })
    .await
}

/// One of the reasons of the map.
fn reason(typed: &str) -> Result<String, Fault> {
    let known = site::backoffice::REASONS.contains(&typed);
    if known { Ok(typed.to_owned()) } else { Err(Fault::BadForm("no such reason")) }
}
