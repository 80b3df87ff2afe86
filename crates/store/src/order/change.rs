//! Changing orders: each change is asked of the domain's state machine and made only if the row still stands where
//! it was read.

use super::{Fulfillment, log, read};
use crate::{
    Error, Millis, Tx, outbox, payment, refund,
    refund::Refund,
    sql::{both, statements},
    stock,
    stock::Cause,
    value::params,
};
use domain::{
    FulfillmentId, OrderId, Refusal, StaffId,
    fulfillment::{Carrier, FulfillmentEvent, FulfillmentState},
    message::MessageKind,
    order::{OrderEvent, OrderState},
    payment::PaymentState,
};

statements! {
    SET_STATE = both("update orders set state = $1, updated_at = $2 where id = $3 and state = $4");
    SET_HOLD = both("update orders set hold_reason = $1, updated_at = $2 where id = $3");
    STATE = both("select state, hold_reason from orders where id = $1");
    FULFILLMENT = both("select id, recipient_id, state, carrier, tracking_number, shipped_at, delivered_at, order_id
          from fulfillment where id = $1");
    SHIP = both("update fulfillment set state = $1, carrier = $2, tracking_number = $3, shipped_at = $4,
            updated_at = $4 where id = $5 and state = $6");
    DELIVER = both("update fulfillment set state = $1, delivered_at = $2, updated_at = $2
          where id = $3 and state = $4");
    CANCEL = both("update fulfillment set state = 'canceled', updated_at = $1
          where order_id = $2 and state = 'unfulfilled'");
    OPEN = both("select count(*) from fulfillment where order_id = $1 and state = 'unfulfilled'");
}

/// What shipping a parcel did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipped {
    /// Whose parcel.
    pub order: OrderId,
    /// Whether it was the last one.
    pub completed: bool,
}

/// What cancelling an order did, and leaves to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canceled {
    /// Money to give back: ask the till with each refund's id as the key. They stand in the database as pending, so a
    /// worker will do it if the caller dies (see [`crate::refund::due`]).
    pub refunds: Vec<Refund>,
    /// Whether the order may still be paid at the processor, or is authorised there: ask the till to close and release.
    pub close_payment: bool,
}

/// Makes the order's state follow `event`.
pub(crate) fn transition(
    tx: &mut Tx<'_>,
    id: OrderId,
    event: OrderEvent,
    staff: Option<StaffId>,
    now: Millis,
) -> Result<OrderState, Error> {
    let (state, _) = state_of(tx, id)?;
    let next = state.on(event)?;
    tx.exec_one(&SET_STATE, params![next, now, id, state], "order")?;
    log(tx, id, event.word(), next, staff, now)?;
    Ok(next)
}

fn state_of(tx: &mut Tx<'_>, id: OrderId) -> Result<(OrderState, Option<String>), Error> {
    tx.one(&STATE, params![id], "order", |r| Ok((r.take()?, r.take()?)))
}

/// Gives an order up: state, stock, fulfillments, cash payment, message.
pub(crate) fn give_up(
    tx: &mut Tx<'_>,
    id: OrderId,
    event: OrderEvent,
    staff: Option<StaffId>,
    now: Millis,
) -> Result<(), Error> {
    transition(tx, id, event, staff, now)?;
    free_unshipped(tx, id, staff, now)?;
    payment::cash_not_due(tx, id, now)?;
    outbox::enqueue(tx, MessageKind::Canceled, outbox::About::Order(id), now)
}

/// Parcels that have not left will not leave, and their goods can be sold again.
fn free_unshipped(tx: &mut Tx<'_>, id: OrderId, staff: Option<StaffId>, now: Millis) -> Result<(), Error> {
    let mut lines = Vec::new();
    for recipient in read::recipients_of(tx, id)? {
        if recipient.fulfillment.state == FulfillmentState::Unfulfilled {
            lines.extend(recipient.lines.iter().map(|l| (l.variant, l.quantity)));
        }
    }
    lines.sort_unstable();
    for (variant, quantity) in lines {
        stock::release(tx, variant, quantity, Cause { order: Some(id), staff }, now)?;
    }
    tx.exec(&CANCEL, params![now, id]).map(|_| ())
}

/// Ends an order of which some parcels have left: the others will not be sent, and the order is completed with those
/// that were. Money is given back apart ([`crate::refund::request`]). An order that was held is not held any more.
///
/// # Errors
/// [`Error::Refused`] where the order is over, nothing has left, or nothing is left; [`Error::NotFound`].
pub fn stop_rest(tx: &mut Tx<'_>, id: OrderId, staff: StaffId, now: Millis) -> Result<(), Error> {
    let (state, held) = state_of(tx, id)?;
    let recipients = read::recipients_of(tx, id)?;
    let (open, left): (Vec<_>, Vec<_>) =
        recipients.iter().partition(|r| r.fulfillment.state == FulfillmentState::Unfulfilled);
    if state != OrderState::Confirmed || open.is_empty() || left.is_empty() {
        return Err(Refusal { machine: "order", state: state.word(), event: "stop_rest" }.into());
    }
    free_unshipped(tx, id, Some(staff), now)?;
    if held.is_some() {
        let none: Option<String> = None;
        tx.exec_one(&SET_HOLD, params![none, now, id], "order")?;
    }
    log(tx, id, "rest_stopped", state, Some(staff), now)?;
    transition(tx, id, OrderEvent::AllShipped, Some(staff), now).map(|_| ())
}

/// Staff or buyer gives an order up before anything was shipped: frees its stock, tells the buyer, and writes down
/// the refund where money had come.
///
/// # Errors
/// [`Error::Refused`] where the order is over or a parcel has left, [`Error::NotFound`].
pub fn cancel(tx: &mut Tx<'_>, id: OrderId, staff: Option<StaffId>, now: Millis) -> Result<Canceled, Error> {
    let recipients = read::recipients_of(tx, id)?;
    if recipients.iter().any(|r| r.fulfillment.state != FulfillmentState::Unfulfilled) {
        let (state, _) = state_of(tx, id)?;
        let event = OrderEvent::Cancel.word();
        state.on(OrderEvent::Cancel)?;
        return Err(Refusal { machine: "order", state: "partly_shipped", event }.into());
    }
    give_up(tx, id, OrderEvent::Cancel, staff, now)?;
    let o = super::get(tx, id)?.ok_or(Error::NotFound("order"))?;
    let refunds = refund::of_all(tx, &o, None, refund::Reason::Canceled, staff, now)?;
    Ok(Canceled { refunds, close_payment: payment::is_open(tx, id)? })
}

/// A recipient's goods leave the house: fulfillment, stock, message, and the order's end with the last parcel.
///
/// # Errors
/// [`Error::Refused`] where the order is not confirmed or held, the parcel has left already, or the money is only
/// authorised: it is captured first, so that nothing leaves the house unpaid. [`Error::NotFound`].
pub fn ship(
    tx: &mut Tx<'_>,
    id: FulfillmentId,
    carrier: Carrier,
    tracking_number: &str,
    staff: Option<StaffId>,
    now: Millis,
) -> Result<Shipped, Error> {
    let (fulfillment, order) = fulfillment(tx, id)?;
    let (state, held) = state_of(tx, order)?;
    if state != OrderState::Confirmed || held.is_some() {
        let state = if held.is_some() { "held" } else { state.word() };
        return Err(Refusal { machine: "order", state, event: FulfillmentEvent::Ship.word() }.into());
    }
    if payment::is_authorized(tx, order)? {
        let event = FulfillmentEvent::Ship.word();
        return Err(Refusal { machine: "payment", state: PaymentState::RequiresCapture.word(), event }.into());
    }
    let next = fulfillment.state.on(FulfillmentEvent::Ship)?;
    let set = params![next, carrier, tracking_number, now, id, fulfillment.state];
    tx.exec_one(&SHIP, set, "fulfillment")?;
    let mut lines: Vec<_> = read::lines_of(tx, order)?
        .into_iter()
        .filter(|l| l.recipient == fulfillment.recipient)
        .map(|l| (l.variant, l.quantity))
        .collect();
    lines.sort_unstable();
    for (variant, quantity) in lines {
        stock::ship(tx, variant, quantity, Cause { order: Some(order), staff }, now)?;
    }
    outbox::enqueue(tx, MessageKind::Shipped, outbox::About::Fulfillment(order, id), now)?;
    log(tx, order, "shipped", state, staff, now)?;
    let open: i64 = tx.one(&OPEN, params![order], "order", |r| r.take())?;
    if open == 0 {
        transition(tx, order, OrderEvent::AllShipped, staff, now)?;
    }
    Ok(Shipped { order, completed: open == 0 })
}

fn fulfillment(tx: &mut Tx<'_>, id: FulfillmentId) -> Result<(Fulfillment, OrderId), Error> {
    tx.one(&FULFILLMENT, params![id], "fulfillment", |r| Ok((read::read_fulfillment(r)?, r.take()?)))
}

/// The carrier says that a parcel arrived.
///
/// # Errors
/// [`Error::Refused`] where it is not on its way; [`Error::NotFound`].
pub fn deliver(tx: &mut Tx<'_>, id: FulfillmentId, now: Millis) -> Result<(), Error> {
    let (fulfillment, _) = fulfillment(tx, id)?;
    let next = fulfillment.state.on(FulfillmentEvent::Deliver)?;
    tx.exec_one(&DELIVER, params![next, now, id, fulfillment.state], "fulfillment")
}

/// Holds an order: nothing is shipped until staff lets it go. `reason` is a word, never personal data.
///
/// # Errors
/// [`Error::NotFound`].
pub fn hold(
    tx: &mut Tx<'_>,
    id: OrderId,
    reason: &str,
    staff: Option<StaffId>,
    now: Millis,
) -> Result<(), Error> {
    let (state, _) = state_of(tx, id)?;
    tx.exec_one(&SET_HOLD, params![reason, now, id], "order")?;
    log(tx, id, "held", state, staff, now)
}

/// Lets a held order go.
///
/// # Errors
/// [`Error::NotFound`].
pub fn release_hold(tx: &mut Tx<'_>, id: OrderId, staff: StaffId, now: Millis) -> Result<(), Error> {
    release(tx, id, Some(staff), now)
}

/// The same, by the shop itself where `staff` is none.
pub(crate) fn release(
    tx: &mut Tx<'_>,
    id: OrderId,
    staff: Option<StaffId>,
    now: Millis,
) -> Result<(), Error> {
    let (state, held) = state_of(tx, id)?;
    if held.is_none() {
        return Ok(());
    }
    let none: Option<String> = None;
    tx.exec_one(&SET_HOLD, params![none, now, id], "order")?;
    log(tx, id, "released", state, staff, now)
}
