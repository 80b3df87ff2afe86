//! Orders placed while the vault was away: their personal data in envelopes, until the vault takes them in.
//!
//! An envelope is kept in the transaction that places its order, and goes in the one that puts in its place what the
//! vault made of it. Both can be done again: a death in between leaves an envelope that is handed in once more.

use crate::{
    BlindIndex, Error, Millis, Sealed, Tx,
    order::{self, MessageGrant},
    sql::{both, statements},
    value::{Row, params},
};
use domain::{OrderId, RecipientId, order::OrderState};
use std::fmt;
use uuid::Uuid;

/// Why an order is held whose envelope the vault cannot open.
pub const HOLD: &str = "envelope";
/// The pause before a refused envelope is handed in again, in milliseconds: a backup of the vault may bring its key.
const AGAIN_MS: i64 = 3_600_000;

statements! {
    KEEP = both("insert into order_envelope (order_id, key_id, sealed, created_at, refused, next_at)
          values ($1, $2, $3, $4, 0, $5)");
    DUE = both("select order_id, key_id, sealed from order_envelope where next_at <= $1
          order by next_at, order_id limit $2");
    KEYS = both("select distinct key_id from order_envelope order by key_id");
    COUNT = both("select count(*), coalesce(sum(case when refused > 0 then 1 else 0 end), 0) from order_envelope");
    REFUSED = both("update order_envelope set refused = refused + 1, next_at = $1 where order_id = $2");
    DONE = both("delete from order_envelope where order_id = $1");
    ORDER = both("update orders set email = $1, email_index = $2, contact = $3, name_index = $4, phone_index = $5,
            message_grant = $6 where id = $7");
    RECIPIENT = both("update order_recipient set contact = $1, message = $2, name_index = $3, phone_index = $4
          where id = $5 and order_id = $6");
    MAILS = both("update outbox set next_at = $1 where order_id = $2 and state = 'queued' and next_at > $1");
}

/// What the vault alone can open.
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The vault's key of the day.
    pub key: Uuid,
    /// Its bytes.
    pub sealed: Vec<u8>,
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Envelope({} bytes)", self.sealed.len())
    }
}

/// What the vault made of an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// For `orders.email`.
    pub email: Sealed,
    /// Finds the mail address.
    pub email_index: BlindIndex,
    /// For `orders.contact`.
    pub contact: Sealed,
    /// Finds the full name.
    pub name_index: BlindIndex,
    /// Finds the telephone number.
    pub phone_index: BlindIndex,
    /// The vault's leave to write to the buyer.
    pub message_grant: MessageGrant,
    /// Who gets what.
    pub recipients: Vec<RecipientContents>,
}

/// The same of one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientContents {
    /// The row.
    pub id: RecipientId,
    /// For `order_recipient.contact`.
    pub contact: Sealed,
    /// For `order_recipient.message`.
    pub message: Option<Sealed>,
    /// Finds the full name and the telephone number; none for the buyer.
    pub indexes: Option<(BlindIndex, BlindIndex)>,
}

/// How many orders wait for the vault.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// All of them.
    pub waiting: u64,
    /// Those whose envelope the vault could not open when it was handed in.
    pub refused: u64,
}

/// Keeps the envelope of an order that is being placed.
pub(crate) fn keep(tx: &mut Tx<'_>, order: OrderId, envelope: &Envelope, now: Millis) -> Result<(), Error> {
    tx.exec(&KEEP, params![order, envelope.key, envelope.sealed, now, now]).map(|_| ())
}

/// Envelopes to hand in now, oldest first.
///
/// # Errors
/// As every database call.
pub fn due(tx: &mut Tx<'_>, now: Millis, limit: u32) -> Result<Vec<(OrderId, Envelope)>, Error> {
    let read = |r: &mut Row<'_>| Ok((r.take()?, Envelope { key: r.take()?, sealed: r.take()? }));
    tx.rows(&DUE, params![now, limit], read)
}

/// The keys of all envelopes: the vault must not destroy them.
///
/// # Errors
/// As every database call.
pub fn keys(tx: &mut Tx<'_>) -> Result<Vec<Uuid>, Error> {
    tx.rows(&KEYS, &[], |r| r.take())
}

/// How many orders wait.
///
/// # Errors
/// As every database call.
pub fn count(tx: &mut Tx<'_>) -> Result<Count, Error> {
    tx.one(&COUNT, &[], "count", |r| {
        Ok(Count { waiting: r.take::<i64>()?.unsigned_abs(), refused: r.take::<i64>()?.unsigned_abs() })
    })
}

/// Puts in what the vault made of an order's envelope, lets its mails go, and throws the envelope away. Whether there
/// was one: it is put in once, however often it was handed in.
///
/// # Errors
/// [`Error::NotFound`] where a recipient is not the order's: nothing is kept then.
pub fn put_in(tx: &mut Tx<'_>, id: OrderId, new: &Contents, now: Millis) -> Result<bool, Error> {
    if tx.exec(&DONE, params![id])? == 0 {
        return Ok(false);
    }
    let MessageGrant(grant) = &new.message_grant;
    tx.exec_one(
        &ORDER,
        params![new.email, new.email_index, new.contact, new.name_index, new.phone_index, grant, id],
        "order",
    )?;
    for r in &new.recipients {
        let (name, phone) = r.indexes.unzip();
        tx.exec_one(&RECIPIENT, params![r.contact, r.message, name, phone, r.id, id], "recipient")?;
    }
    tx.exec(&MAILS, params![now, id])?;
    let held = order::get(tx, id)?.and_then(|o| o.hold_reason);
    if held.as_deref() == Some(HOLD) { order::release(tx, id, None, now) } else { Ok(()) }?;
    Ok(true)
}

/// The vault cannot open an order's envelope: the order is held, where nothing else holds it, and the envelope is
/// handed in again later.
///
/// # Errors
/// As every database call.
pub fn refused(tx: &mut Tx<'_>, id: OrderId, now: Millis) -> Result<(), Error> {
    tx.exec(&REFUSED, params![now.saturating_add(AGAIN_MS), id])?;
    match order::get(tx, id)? {
        Some(o) if o.hold_reason.is_none() && o.state != OrderState::Canceled => {
            order::hold(tx, id, HOLD, None, now)
        }
        _ => Ok(()),
    }
}
