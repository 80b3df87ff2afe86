//! The store's outbox as the courier's [`Outbox`]: reading orders, and writing down what became of messages.

use crate::{
    facts::{
        About, AccountFacts, Answer, Card, Errand, Facts, LineFacts, OrderFacts, RecipientFacts, Shipment,
    },
    outbox::{Claim, Outbox, OutboxError, Verdict, Wanted},
};
use domain::{
    MessageId, Yen,
    message::{DeliveryState, MessageKind},
    payment::PaymentMethod,
};
use std::sync::{Mutex, PoisonError};
use store::{
    Store,
    order::{self, Line, Recipient, WholeOrder},
    outbox::{self, OutboxRow},
};
use uuid::Uuid;
use vault_api::Sealed;

/// The outbox in the shop's database.
pub struct Queue {
    store: Store,
    /// One claim at a time on PostgreSQL: two couriers who look for what is due at once are a conflict there, and the
    /// loser would look again.
    counter: Mutex<()>,
}

impl Queue {
    /// Of this database.
    pub fn new(store: Store) -> Queue {
        Queue { store, counter: Mutex::default() }
    }
}

/// The row is gone from under us, or the database failed.
fn of_store(error: store::Error) -> OutboxError {
    match error {
        store::Error::NotFound("message") => OutboxError::Lost,
        error => {
            tracing::error!(%error, "outbox");
            OutboxError::Store
        }
    }
}

fn say(recovered: &[OutboxRow]) {
    for row in recovered {
        tracing::warn!(message = %row.id, state = row.state.word(), "sender died");
    }
}

impl Outbox for Queue {
    fn waits(&self, now_ms: i64) -> Result<bool, OutboxError> {
        let waits = self.store.read_blocking(move |tx| {
            let due = outbox::next_at(tx)?.is_some_and(|at| at <= now_ms);
            Ok::<_, store::Error>(due || !outbox::list(tx, DeliveryState::Sending, 1)?.is_empty())
        });
        waits.map_err(of_store)
    }

    fn release(&self, courier: Option<Uuid>, now_ms: i64) -> Result<(), OutboxError> {
        let freed = self.store.write_blocking(move |tx| outbox::release(tx, courier, now_ms));
        say(&freed.map_err(of_store)?);
        Ok(())
    }

    fn hasten(&self, now_ms: i64) -> Result<(), OutboxError> {
        self.store.write_blocking(move |tx| outbox::hasten(tx, now_ms)).map_err(of_store)
    }

    fn exchange(
        &self,
        done: Option<(&Claim, &Verdict)>,
        next: Option<Wanted>,
        now_ms: i64,
    ) -> Result<Option<Claim>, OutboxError> {
        let done = done.map(|(claim, verdict)| (*claim, verdict.clone()));
        let contested = next.filter(|_| !self.store.is_sqlite());
        let turn = contested.map(|_| self.counter.lock().unwrap_or_else(PoisonError::into_inner));
        let exchanged = self.store.write_blocking(move |tx| -> Result<_, store::Error> {
            if let Some((claim, verdict)) = &done {
                settle(tx, claim, verdict, now_ms)?;
            }
            let Some(Wanted { courier, until_ms }) = next else { return Ok((Vec::new(), None)) };
            let recovered = outbox::recover(tx, now_ms)?;
            let rows = outbox::claim(tx, courier, now_ms, until_ms.saturating_sub(now_ms), 1)?;
            let claim = |row: OutboxRow| Claim { message: row.id.0, courier, attempts: row.attempts };
            Ok((recovered, rows.into_iter().next().map(claim)))
        });
        drop(turn);
        let (recovered, claim) = exchanged.map_err(of_store)?;
        say(&recovered);
        Ok(claim)
    }

    fn errand(&self, claim: &Claim) -> Result<Errand, OutboxError> {
        let id = MessageId(claim.message);
        let read = self.store.read_blocking(move |tx| {
            let row = outbox::get(tx, id)?.ok_or(store::Error::NotFound("message"))?;
            let order = match row.order {
                Some(order) => order::whole(tx, order)?,
                None => None,
            };
            let answer = match row.answer {
                Some(answer) => store::case::answer(tx, answer)?,
                None => None,
            };
            Ok::<_, store::Error>((row, order, answer))
        });
        let (row, order, answer) = read.map_err(|error| match error {
            store::Error::Unreadable { .. } | store::Error::Word(_) => {
                OutboxError::Unfit("the order cannot be read: was it written by a newer version?")
            }
            error => of_store(error),
        })?;
        if row.kind == MessageKind::Account {
            return account(row, answer);
        }
        let order = order.ok_or(OutboxError::Unfit("there is no order to write of"))?;
        Ok(Errand::Order(Box::new(facts(&row, order, answer)?)))
    }

    fn data_begun(&self, claim: &Claim, _now_ms: i64, until_ms: i64) -> Result<(), OutboxError> {
        let (id, courier) = (MessageId(claim.message), claim.courier);
        self.store.write_blocking(move |tx| outbox::data_begun(tx, id, courier, until_ms)).map_err(of_store)
    }
}

fn settle(tx: &mut store::Tx<'_>, claim: &Claim, verdict: &Verdict, now_ms: i64) -> Result<(), store::Error> {
    let (id, courier) = (MessageId(claim.message), claim.courier);
    match verdict {
        Verdict::Sent => outbox::sent(tx, id, courier, now_ms),
        Verdict::Deferred(at, why) | Verdict::Held(at, why) => outbox::retry(tx, id, courier, *at, why),
        Verdict::Failed(why) => outbox::failed(tx, id, courier, now_ms, why),
        Verdict::Unknown(why) => outbox::unknown(tx, id, courier, now_ms, why),
    }
}

fn account(row: OutboxRow, answer: Option<store::case::Answer>) -> Result<Errand, OutboxError> {
    let (Some(grant), Some(locale)) = (row.account_grant, row.locale) else {
        return Err(OutboxError::Unfit("the vault's grant for this mail is gone"));
    };
    let (message, created_at_ms) = (row.id.0, row.created_at);
    let answer = answer.map(told);
    Ok(Errand::Account(AccountFacts { message, created_at_ms, locale, grant: grant.0, answer }))
}

fn facts(
    row: &OutboxRow,
    whole: WholeOrder,
    answer: Option<store::case::Answer>,
) -> Result<Facts, OutboxError> {
    let about = about(row, &whole, answer)?;
    let order = whole.order;
    let sum = |of: fn(&store::payment::Payment) -> Yen| whole.payments.iter().map(of).sum::<Yen>();
    let (received, refunded) = (sum(|p| p.received), sum(|p| p.refunded));
    // The card that paid, or else the one that was tried last.
    let payment = whole.payments.iter().rev().find(|p| p.received > Yen::ZERO).or(whole.payments.last());
    let card = payment
        .filter(|p| p.method == PaymentMethod::Card && p.received > Yen::ZERO)
        .and_then(|p| Some(Card { brand: p.brand.clone()?, last4: p.last4.clone()? }));
    Ok(Facts {
        message: row.id.0,
        created_at_ms: row.created_at,
        about,
        order: OrderFacts {
            id: order.id.0,
            person: order.person.0,
            number: order.number,
            locale: order.locale,
            state: order.state,
            method: order.method,
            placed_at_ms: order.placed_at,
            goods: order.subtotal,
            shipping_fee: order.shipping_fee,
            cool_fee: whole.recipients.iter().map(|r| r.cool_fee).sum(),
            cod_fee: order.cod_fee,
            total: order.total,
            tax: whole.taxes,
            email: Sealed::from_bytes(order.email.0),
            contact: Sealed::from_bytes(order.contact.0),
            grant: order.message_grant.map(|g| g.0),
            recipients: whole.recipients.into_iter().map(recipient).collect(),
            card,
            received,
            refunded,
        },
    })
}

fn about(
    row: &OutboxRow,
    whole: &WholeOrder,
    answer: Option<store::case::Answer>,
) -> Result<About, OutboxError> {
    Ok(match row.kind {
        MessageKind::OrderReceived => About::Received,
        MessageKind::PaymentReceived => About::Paid,
        MessageKind::Canceled => About::Canceled,
        MessageKind::Shipped => {
            let parcels = whole.recipients.iter().map(|r| &r.fulfillment);
            let parcel = parcels
                .into_iter()
                .find(|f| Some(f.id) == row.fulfillment)
                .ok_or(OutboxError::Unfit("there is no parcel to write of"))?;
            About::Shipped(Shipment {
                recipient: parcel.recipient.0,
                carrier: parcel.carrier,
                tracking_number: parcel.tracking_number.clone(),
                shipped_at_ms: parcel.shipped_at,
            })
        }
        MessageKind::Refunded => {
            let refund = whole.refunds.iter().find(|r| Some(r.id) == row.refund);
            About::Refunded(refund.ok_or(OutboxError::Unfit("there is no refund to write of"))?.amount)
        }
        MessageKind::InquiryAnswer => {
            About::Answer(answer.map(told).ok_or(OutboxError::Unfit("there is no answer to send"))?)
        }
        MessageKind::Account => return Err(OutboxError::Unfit("a mail about an account is about no order")),
    })
}

fn told(answer: store::case::Answer) -> Answer {
    let paragraphs = answer.body.split("\n\n").map(str::to_owned).collect();
    Answer { subject: answer.subject, paragraphs }
}

fn recipient(r: Recipient) -> RecipientFacts {
    let line = |l: Line| LineFacts {
        name_ja: l.name_ja,
        name_en: l.name_en,
        unit_price: l.unit_price,
        quantity: l.quantity,
        tax: l.tax_class,
    };
    RecipientFacts {
        id: r.id.0,
        person: r.person.0,
        is_orderer: r.is_orderer,
        contact: Sealed::from_bytes(r.contact.0),
        words: r.message.map(|m| Sealed::from_bytes(m.0)),
        noshi: r.noshi,
        noshi_place: r.noshi_place,
        wrapping: r.wrapping,
        delivery_date: r.delivery_date,
        slot: r.time_slot,
        lines: r.lines.into_iter().map(line).collect(),
    }
}
