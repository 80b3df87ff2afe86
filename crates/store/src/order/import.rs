//! Orders of the past: from a shop system used before, or generated for the demo. No stock moves, no message goes.

use super::{
    NewOrder, log,
    place::{check_sums, insert},
};
use crate::{
    Error, Millis, Tx, payment,
    sql::{both, statements},
    value::{Param, params},
};
use domain::{
    FulfillmentId, Yen,
    fulfillment::{Carrier, FulfillmentState},
    order::{OrderEvent, OrderState},
    payment::PaymentState,
};
use uuid::Uuid;

statements! {
    FULFILLMENT = both("insert into fulfillment (id, order_id, recipient_id, state, carrier, tracking_number,
            shipped_at, delivered_at, updated_at)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
}

/// How an order of the past ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Where it stands now: completed or canceled. One that still holds stock cannot be imported: place it.
    pub state: OrderState,
    /// When it came to stand there.
    pub ended_at: Millis,
    /// Its payments, first attempt first.
    pub payments: Vec<PastPayment>,
    /// The parcels, one for each recipient in the order given; empty for an order that was canceled.
    pub parcels: Vec<PastParcel>,
}

/// A payment of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastPayment {
    /// How it ended.
    pub state: PaymentState,
    /// Money that came.
    pub received: Yen,
    /// Money that went back.
    pub refunded: Yen,
    /// The card's brand in the processor's word.
    pub brand: Option<String>,
    /// The card's last four digits.
    pub last4: Option<String>,
    /// The processor's fingerprint of the card.
    pub fingerprint: Option<String>,
    /// Why it failed.
    pub failure_code: Option<String>,
    /// The result of 3-D Secure.
    pub three_d_secure: Option<String>,
    /// When it began.
    pub created_at: Millis,
    /// When it ended.
    pub updated_at: Millis,
}

/// A parcel of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastParcel {
    /// Who carried it.
    pub carrier: Carrier,
    /// The carrier's number.
    pub tracking_number: String,
    /// When it left.
    pub shipped_at: Millis,
    /// When it arrived.
    pub delivered_at: Option<Millis>,
}

/// Keeps an order of the past; gives its number. `new.cart` and `new.card_entry` are not looked at.
///
/// # Errors
/// [`Error::Inconsistent`] for amounts that do not add up, a state that holds stock, or a number of parcels that is
/// not that of the recipients; [`Error::Constraint`] for an order that exists.
pub fn import(tx: &mut Tx<'_>, new: &NewOrder, past: &Past) -> Result<String, Error> {
    check_sums(new)?;
    let shipped = past.state == OrderState::Completed;
    if past.state.holds_stock() || (shipped && past.parcels.len() != new.recipients.len()) {
        return Err(Error::Inconsistent("an order of the past that is not over, or lacks parcels"));
    }
    let number = insert(tx, new, past.state, past.ended_at)?;
    let ids: Vec<FulfillmentId> = new.recipients.iter().map(|_| FulfillmentId(Uuid::now_v7())).collect();
    let mut rows: Vec<Vec<Param<'_>>> = Vec::with_capacity(ids.len());
    for (i, (recipient, id)) in new.recipients.iter().zip(&ids).enumerate() {
        let parcel = past.parcels.get(i).filter(|_| shipped);
        let state = match parcel {
            Some(p) if p.delivered_at.is_some() => FulfillmentState::Delivered,
            Some(_) => FulfillmentState::Shipped,
            None => FulfillmentState::Canceled,
        };
        let mut row = params![*id, new.id, recipient.id].to_vec();
        row.push(Param::Text(state.word()));
        match parcel {
            Some(p) => {
                row.extend_from_slice(params![p.carrier, p.tracking_number, p.shipped_at, p.delivered_at])
            }
            None => row.extend_from_slice(&[Param::Null, Param::Null, Param::Null, Param::Null]),
        }
        row.push(Param::Int(past.ended_at));
        rows.push(row);
    }
    tx.exec_each(&FULFILLMENT, &rows)?;
    for (attempt, p) in (1..).zip(&past.payments) {
        payment::insert_past(tx, new, attempt, p)?;
    }
    log(tx, new.id, "placed", OrderState::AwaitingPayment, None, new.placed_at)?;
    let end = if shipped { OrderEvent::AllShipped } else { OrderEvent::PaymentLost };
    log(tx, new.id, end.word(), past.state, None, past.ended_at)?;
    Ok(number)
}
