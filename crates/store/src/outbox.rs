//! The outbox: references to what must be told, never rendered text.
//!
//! A message is queued in the transaction that makes it true. `post` claims a batch under a lease with an attempt's
//! id; only the holder of that id can say how it ended. Before the text is handed to the mail server the holder
//! notes it ([`data_begun`]): a lease that ran out before that is simply queued again, one after that is
//! [`DeliveryState::Unknown`], since the mail may have arrived.

use crate::{
    Error, Millis, Sealed, Tx,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{
    AnswerId, FulfillmentId, Locale, MessageId, OrderId, RefundId,
    message::{DeliveryEvent, DeliveryState, MessageKind},
};
use uuid::Uuid;

/// The most messages claimed at once.
pub const CLAIM_MAX: u32 = 100;
/// The longest error kept, in characters: the server's code and words, never an address.
pub const ERROR_CHARS_MAX: usize = 200;

macro_rules! columns {
    () => {
        "id, kind, order_id, fulfillment_id, refund_id, state, attempts, attempt_id, next_at, claimed_until,
         data_begun, last_error, created_at, sent_at, account_grant, locale, answer_id"
    };
}

statements! {
    ENQUEUE = both("insert into outbox (id, once, kind, order_id, fulfillment_id, refund_id, state, attempts, next_at,
            data_begun, created_at)
          values ($1, $2, $3, $4, $5, $6, 'queued', 0, $7, 0, $8) on conflict (once) do nothing");
    ENQUEUE_ACCOUNT = both("insert into outbox (id, once, kind, account_grant, locale, state, attempts, next_at,
            data_begun, created_at)
          values ($1, $2, 'account', $3, $4, 'queued', 0, $5, 0, $6) on conflict (once) do nothing");
    ENQUEUE_ANSWER = both("insert into outbox (id, once, kind, order_id, answer_id, state, attempts, next_at, data_begun,
            created_at)
          values ($1, $2, 'inquiry_answer', $3, $4, 'queued', 0, $5, 0, $6) on conflict (once) do nothing");
    ENQUEUE_GRANTED = both("insert into outbox (id, once, kind, account_grant, locale, answer_id, state, attempts, next_at,
            data_begun, created_at)
          values ($1, $2, 'account', $3, $4, $5, 'queued', 0, $6, 0, $7) on conflict (once) do nothing");
    GET = both(concat!("select ", columns!(), " from outbox where id = $1"));
    OF_ORDER = both(concat!("select ", columns!(), " from outbox where order_id = $1 order by created_at, id"));
    // Not while another mail about the same order is on its way: they arrive in the order in which things happened.
    DUE = both(concat!("select ", columns!(), " from outbox where state = 'queued' and next_at <= $1
          and not exists (select 1 from outbox other where other.order_id = outbox.order_id
            and other.state = 'sending')
          order by next_at, id limit $2"));
    NEXT = both("select min(next_at) from outbox where state = 'queued'");
    CLAIM = both("update outbox set state = $1, attempts = attempts + 1, attempt_id = $2, claimed_until = $3,
            data_begun = 0 where id = $4 and state = $5");
    BEGIN = both("update outbox set data_begun = 1, claimed_until = $1
          where id = $2 and attempt_id = $3 and state = 'sending'");
    // Nothing that leads to an address is kept longer than it is needed.
    END = both("update outbox set state = $1, next_at = $2, last_error = $3, sent_at = $4, claimed_until = null,
            attempt_id = null, account_grant = case when $1 = 'queued' then account_grant end
          where id = $5 and attempt_id = $6 and state = 'sending'");
    EXPIRED = both(concat!("select ", columns!(), " from outbox where state = 'sending' and claimed_until < $1
          order by claimed_until, id limit $2"));
    HELD = both(concat!("select ", columns!(), " from outbox where state = 'sending' and attempt_id = $1
          order by claimed_until, id limit $2"));
    HASTEN = both("update outbox set next_at = $1 where state = 'queued' and attempts > 0 and next_at > $1");
    REQUEUE = both("update outbox set state = $1, next_at = $2, data_begun = 0 where id = $3 and state = $4");
    RETURNED = both("update outbox set state = $1, last_error = $2 where id = $3 and state = $4");
    // What was to be told has not been: somebody has to see to it.
    UNDELIVERED = both("update inquiry_case set state = 'staff', needs = trim(needs || ' undelivered'), updated_at = $1
          where state in ('answered', 'staff') and needs not like '%undelivered%' and id in (select a.case_id
            from inquiry_answer a join outbox o on o.answer_id = a.id where o.id = $2 and o.state = 'failed')");
    COUNTS = both("select state, count(*) from outbox group by state order by state");
    LIST = both(concat!("select ", columns!(), " from outbox where state = $1
          order by created_at desc, id desc limit $2"));
}

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// An order.
    Order(OrderId),
    /// A parcel of an order.
    Fulfillment(OrderId, FulfillmentId),
    /// A refund of an order.
    Refund(OrderId, RefundId),
}

/// A message in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its id: also the Message-ID's, and the vault's key for "the same message again".
    pub id: MessageId,
    /// What it says.
    pub kind: MessageKind,
    /// The order it is about.
    pub order: Option<OrderId>,
    /// The parcel it is about.
    pub fulfillment: Option<FulfillmentId>,
    /// The refund it is about.
    pub refund: Option<RefundId>,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was claimed.
    pub attempts: u32,
    /// Who holds it.
    pub attempt_id: Option<Uuid>,
    /// Not before.
    pub next_at: Millis,
    /// Until when it is held.
    pub claimed_until: Option<Millis>,
    /// Whether its holder had begun to hand the text over.
    pub data_begun: bool,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was queued.
    pub created_at: Millis,
    /// When the receiving server took it.
    pub sent_at: Option<Millis>,
    /// What the vault gave for a mail about an account; gone once that has left or failed.
    pub account_grant: Option<Sealed>,
    /// The language of a mail about an account.
    pub locale: Option<Locale>,
    /// The answer to an inquiry that it brings.
    pub answer: Option<AnswerId>,
}

fn read(r: &mut Row<'_>) -> Result<OutboxRow, Error> {
    Ok(OutboxRow {
        id: r.take()?,
        kind: r.take()?,
        order: r.take()?,
        fulfillment: r.take()?,
        refund: r.take()?,
        state: r.take()?,
        attempts: r.take()?,
        attempt_id: r.take()?,
        next_at: r.take()?,
        claimed_until: r.take()?,
        data_begun: r.take()?,
        last_error: r.take()?,
        created_at: r.take()?,
        sent_at: r.take()?,
        account_grant: r.take()?,
        locale: r.take()?,
        answer: r.take()?,
    })
}

/// Queues the answer to an inquiry, to the mail address of an order. The answer's id is the message's: it is one mail
/// however often the transaction runs.
///
/// # Errors
/// As every database call.
pub fn enqueue_answer(tx: &mut Tx<'_>, answer: AnswerId, order: OrderId, now: Millis) -> Result<(), Error> {
    let once = format!("{}:{answer}", MessageKind::InquiryAnswer);
    tx.exec(&ENQUEUE_ANSWER, params![MessageId(answer.0), once, order, answer, now, now]).map(|_| ())
}

/// The same, to an address that the vault alone knows: the grant leads to it.
///
/// # Errors
/// As every database call.
pub fn enqueue_granted(
    tx: &mut Tx<'_>,
    answer: AnswerId,
    grant: &Sealed,
    locale: Locale,
    now: Millis,
) -> Result<(), Error> {
    let once = format!("{}:{answer}", MessageKind::InquiryAnswer);
    tx.exec(&ENQUEUE_GRANTED, params![MessageId(answer.0), once, grant, locale, answer, now, now]).map(|_| ())
}

/// Queues a message; the same kind about the same thing is queued once, ever.
///
/// # Errors
/// As every database call.
pub fn enqueue(tx: &mut Tx<'_>, kind: MessageKind, about: About, now: Millis) -> Result<(), Error> {
    let id = MessageId(Uuid::now_v7());
    let (order, fulfillment, refund) = match about {
        About::Order(o) => (o, None, None),
        About::Fulfillment(o, f) => (o, Some(f), None),
        About::Refund(o, r) => (o, None, Some(r)),
    };
    let subject = fulfillment.map(|f| f.0).or(refund.map(|r| r.0)).unwrap_or(order.0);
    let once = format!("{kind}:{subject}");
    tx.exec(&ENQUEUE, params![id, once, kind, order, fulfillment, refund, now, now]).map(|_| ())
}

/// Queues a mail about an account. Only the vault and `post` know what it says, and to whom.
///
/// # Errors
/// As every database call.
pub fn enqueue_account(
    tx: &mut Tx<'_>,
    id: MessageId,
    grant: &Sealed,
    locale: Locale,
    now: Millis,
) -> Result<(), Error> {
    let once = format!("{}:{id}", MessageKind::Account);
    tx.exec(&ENQUEUE_ACCOUNT, params![id, once, grant, locale, now, now]).map(|_| ())
}

/// Takes up to `limit` messages whose time has come, for `lease_ms`; `attempt` names the taker.
///
/// # Errors
/// As every database call.
pub fn claim(
    tx: &mut Tx<'_>,
    attempt: Uuid,
    now: Millis,
    lease_ms: i64,
    limit: u32,
) -> Result<Vec<OutboxRow>, Error> {
    let mut rows = tx.rows(&DUE, params![now, limit.min(CLAIM_MAX)], read)?;
    let until = now.saturating_add(lease_ms);
    for row in &mut rows {
        let before = row.state;
        row.state = before.on(DeliveryEvent::Claim)?;
        tx.exec_one(&CLAIM, params![row.state, attempt, until, row.id, before], "message")?;
        row.attempts += 1;
        row.attempt_id = Some(attempt);
        row.claimed_until = Some(until);
        row.data_begun = false;
    }
    Ok(rows)
}

/// When the next queued message is due; none where nothing is queued.
///
/// # Errors
/// As every database call.
pub fn next_at(tx: &mut Tx<'_>) -> Result<Option<Millis>, Error> {
    tx.one(&NEXT, &[], "outbox", |r| r.take())
}

/// The holder is about to hand the text over, and holds the message until `until`. Commit this before the text goes.
///
/// # Errors
/// [`Error::NotFound`] where `attempt` does not hold it any more: do not send.
pub fn data_begun(tx: &mut Tx<'_>, id: MessageId, attempt: Uuid, until: Millis) -> Result<(), Error> {
    tx.exec_one(&BEGIN, params![until, id, attempt], "message")
}

/// The receiving server took it.
///
/// # Errors
/// [`Error::NotFound`] where `attempt` does not hold it any more.
pub fn sent(tx: &mut Tx<'_>, id: MessageId, attempt: Uuid, now: Millis) -> Result<(), Error> {
    end(tx, id, attempt, DeliveryEvent::Accepted, now, None, Some(now))
}

/// It could not be sent now: again at `next_at`. Only for a message whose text was not handed over, or was refused.
///
/// # Errors
/// [`Error::NotFound`] where `attempt` does not hold it any more.
pub fn retry(
    tx: &mut Tx<'_>,
    id: MessageId,
    attempt: Uuid,
    next_at: Millis,
    error: &str,
) -> Result<(), Error> {
    end(tx, id, attempt, DeliveryEvent::Deferred, next_at, Some(error), None)
}

/// It will never be sent.
///
/// # Errors
/// [`Error::NotFound`] where `attempt` does not hold it any more.
pub fn failed(tx: &mut Tx<'_>, id: MessageId, attempt: Uuid, now: Millis, error: &str) -> Result<(), Error> {
    end(tx, id, attempt, DeliveryEvent::Rejected, now, Some(error), None)?;
    tx.exec(&UNDELIVERED, params![now, id]).map(drop)
}

/// The text was handed over and the answer was lost.
///
/// # Errors
/// [`Error::NotFound`] where `attempt` does not hold it any more.
pub fn unknown(tx: &mut Tx<'_>, id: MessageId, attempt: Uuid, now: Millis, error: &str) -> Result<(), Error> {
    end(tx, id, attempt, DeliveryEvent::Lost, now, Some(error), None)
}

fn end(
    tx: &mut Tx<'_>,
    id: MessageId,
    attempt: Uuid,
    event: DeliveryEvent,
    next_at: Millis,
    error: Option<&str>,
    sent_at: Option<Millis>,
) -> Result<(), Error> {
    let state = DeliveryState::Sending.on(event)?;
    let error: Option<String> = error.map(|e| e.chars().take(ERROR_CHARS_MAX).collect());
    tx.exec_one(&END, params![state, next_at, error, sent_at, id, attempt], "message")
}

/// Frees messages whose holder died: queued again where the text had not begun to go, else unknown. Gives them as
/// they stand now.
///
/// # Errors
/// As every database call.
pub fn recover(tx: &mut Tx<'_>, now: Millis) -> Result<Vec<OutboxRow>, Error> {
    let expired = tx.rows(&EXPIRED, params![now, CLAIM_MAX], read)?;
    free(tx, expired, now)
}

/// The same for what `holder` holds, or anybody where none is named, however long the claim would last. A holder who
/// lives all the same finds his claim lost before he sends ([`data_begun`]); only what he was sending at this moment
/// becomes unknown.
///
/// # Errors
/// As every database call.
pub fn release(tx: &mut Tx<'_>, holder: Option<Uuid>, now: Millis) -> Result<Vec<OutboxRow>, Error> {
    let held = match holder {
        Some(holder) => tx.rows(&HELD, params![holder, CLAIM_MAX], read)?,
        None => tx.rows(&EXPIRED, params![Millis::MAX, CLAIM_MAX], read)?,
    };
    free(tx, held, now)
}

fn free(tx: &mut Tx<'_>, rows: Vec<OutboxRow>, now: Millis) -> Result<Vec<OutboxRow>, Error> {
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let attempt = row.attempt_id.ok_or(Error::NotFound("attempt"))?;
        let event = if row.data_begun { DeliveryEvent::Lost } else { DeliveryEvent::Deferred };
        end(tx, row.id, attempt, event, now, Some("the sender died"), None)?;
        out.extend(get(tx, row.id)?);
    }
    Ok(out)
}

/// Makes due at `now` what was tried before and waits for another try.
///
/// # Errors
/// As every database call.
pub fn hasten(tx: &mut Tx<'_>, now: Millis) -> Result<(), Error> {
    tx.exec(&HASTEN, params![now]).map(|_| ())
}

/// A mail that a server had taken came back, for a reason in one word.
///
/// # Errors
/// [`Error::Refused`] where it was not with a server.
pub(crate) fn returned(tx: &mut Tx<'_>, row: &OutboxRow, reason: &str, now: Millis) -> Result<(), Error> {
    let state = row.state.on(DeliveryEvent::Returned)?;
    tx.exec_one(&RETURNED, params![state, format!("returned: {reason}"), row.id, row.state], "message")?;
    tx.exec(&UNDELIVERED, params![now, row.id]).map(drop)
}

/// Staff decided to send an unknown or failed message again.
///
/// # Errors
/// [`Error::Refused`] for any other state; [`Error::NotFound`].
pub fn requeue(tx: &mut Tx<'_>, id: MessageId, now: Millis) -> Result<(), Error> {
    let row = get(tx, id)?.ok_or(Error::NotFound("message"))?;
    let state = row.state.on(DeliveryEvent::Requeue)?;
    tx.exec_one(&REQUEUE, params![state, now, id, row.state], "message")
}

/// A message by id.
///
/// # Errors
/// As every database call.
pub fn get(tx: &mut Tx<'_>, id: MessageId) -> Result<Option<OutboxRow>, Error> {
    tx.first(&GET, params![id], read)
}

/// An order's messages, oldest first.
///
/// # Errors
/// As every database call.
pub fn of_order(tx: &mut Tx<'_>, order: OrderId) -> Result<Vec<OutboxRow>, Error> {
    tx.rows(&OF_ORDER, params![order], read)
}

/// Messages in `state`, newest first, at most `limit`.
///
/// # Errors
/// As every database call.
pub fn list(tx: &mut Tx<'_>, state: DeliveryState, limit: u32) -> Result<Vec<OutboxRow>, Error> {
    tx.rows(&LIST, params![state, limit], read)
}

/// How many messages stand in each state that occurs.
///
/// # Errors
/// As every database call.
pub fn counts(tx: &mut Tx<'_>) -> Result<Vec<(DeliveryState, u64)>, Error> {
    tx.rows(&COUNTS, &[], |r| Ok((r.take()?, r.take::<i64>()?.unsigned_abs())))
}
