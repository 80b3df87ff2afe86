//! Card-entry records: who may have typed a card, when, and on which pages. Kept whether or not the purchase ended.

use crate::{
    Error, Hash, Millis, Span, Tx,
    payment::Payment,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{
    CardEntryId, OrderId, PersonId,
    card_entry::{Entry, Outcome, Step},
    order::Channel,
    payment::PaymentState,
};

/// The longest name of a kind of page, in bytes.
pub const PAGE_KIND_BYTES_MAX: usize = 60;

macro_rules! columns {
    () => {
        "id, visit_hash, order_id, person_id, opened_at, updated_at, channel, signed_in, entry, step, outcome, brand,
         last4, fingerprint"
    };
}

statements! {
    INSERT = both(concat!("insert into card_entry (", columns!(),
        ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"));
    GET = both(concat!("select ", columns!(), " from card_entry where id = $1"));
    OPEN = both(concat!("select ", columns!(), " from card_entry
        where visit_hash = $1 and order_id is null and outcome = 'open' order by opened_at desc, id desc limit 1"));
    LED_TO = both(concat!("select ", columns!(), " from card_entry
        where visit_hash = $1 and order_id is not null order by opened_at desc, id desc limit 1"));
    OF_ORDER = both(concat!("select ", columns!(), " from card_entry where order_id = $1 order by opened_at, id"));
    LIST = both(concat!("select ", columns!(), " from card_entry
        where opened_at >= $1 and opened_at < $2 and (opened_at, id) > ($3, $4) order by opened_at, id limit $5"));
    UPDATE = both("update card_entry set order_id = $1, person_id = $2, updated_at = $3, signed_in = $4, entry = $5,
            step = $6, outcome = $7, brand = $8, last4 = $9, fingerprint = $10 where id = $11");
    PAGE = both("insert into card_entry_page (entry_id, page_kind, sha256, served_at) values ($1, $2, $3, $4)
        on conflict (entry_id, page_kind, sha256) do nothing");
    PAGES = both("select page_kind, sha256, served_at from card_entry_page where entry_id = $1
        order by served_at, page_kind, sha256");
}

/// A card-entry record. Of the card it says only what the processor gives back.
#[derive(Clone, PartialEq, Eq)]
pub struct CardEntry {
    /// Its id.
    pub id: CardEntryId,
    /// SHA-256 of the visit's cookie.
    pub visit_hash: Hash,
    /// The order it led to.
    pub order: Option<OrderId>,
    /// Who; none: unknown, and counted as unreachable.
    pub person: Option<PersonId>,
    /// When the first cart or checkout page was served.
    pub opened_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
    /// Through which door.
    pub channel: Channel,
    /// Whether the visitor was signed in.
    pub signed_in: bool,
    /// How the card reached the processor.
    pub entry: Entry,
    /// The furthest step reached.
    pub step: Step,
    /// What became of it.
    pub outcome: Outcome,
    /// The card's brand.
    pub brand: Option<String>,
    /// The card's last four digits.
    pub last4: Option<String>,
    /// The processor's fingerprint of the card.
    pub fingerprint: Option<String>,
}

impl std::fmt::Debug for CardEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut s = f.debug_struct("CardEntry");
        s.field("id", &self.id).field("order", &self.order).field("entry", &self.entry);
        s.field("step", &self.step).field("outcome", &self.outcome).finish_non_exhaustive()
    }
}

/// A page served to a visitor on the way to the card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedPage {
    /// Its kind.
    pub kind: String,
    /// SHA-256 of its bytes.
    pub sha256: Hash,
    /// When it was first served with these bytes.
    pub served_at: Millis,
}

fn read(r: &mut Row<'_>) -> Result<CardEntry, Error> {
    Ok(CardEntry {
        id: r.take()?,
        visit_hash: r.take()?,
        order: r.take()?,
        person: r.take()?,
        opened_at: r.take()?,
        updated_at: r.take()?,
        channel: r.take()?,
        signed_in: r.take()?,
        entry: r.take()?,
        step: r.take()?,
        outcome: r.take()?,
        brand: r.take()?,
        last4: r.take()?,
        fingerprint: r.take()?,
    })
}

/// Keeps a record as it is: for imports. Visitors' records are made by [`ensure`].
///
/// # Errors
/// [`Error::Constraint`] for one that exists.
pub fn insert(tx: &mut Tx<'_>, e: &CardEntry) -> Result<(), Error> {
    tx.exec(
        &INSERT,
        params![
            e.id,
            e.visit_hash,
            e.order,
            e.person,
            e.opened_at,
            e.updated_at,
            e.channel,
            e.signed_in,
            e.entry,
            e.step,
            e.outcome,
            e.brand,
            e.last4,
            e.fingerprint
        ],
    )
    .map(|_| ())
}

/// The visit's open record at `step` or further, made (with id `fresh`) where there is none. `person` is whoever is
/// signed in.
///
/// # Errors
/// As every database call.
pub fn ensure(
    tx: &mut Tx<'_>,
    fresh: CardEntryId,
    visit: &Hash,
    step: Step,
    person: Option<PersonId>,
    now: Millis,
) -> Result<CardEntry, Error> {
    if let Some(mut entry) = tx.first(&OPEN, params![visit], read)? {
        let before = entry.clone();
        entry.step = entry.step.furthest(step);
        entry.signed_in |= person.is_some();
        entry.person = entry.person.or(person);
        if entry != before {
            entry.updated_at = now;
            update(tx, &entry)?;
        }
        return Ok(entry);
    }
    let entry = CardEntry {
        id: fresh,
        visit_hash: *visit,
        order: None,
        person,
        opened_at: now,
        updated_at: now,
        channel: Channel::Web,
        signed_in: person.is_some(),
        entry: Entry::None,
        step,
        outcome: Outcome::Open,
        brand: None,
        last4: None,
        fingerprint: None,
    };
    insert(tx, &entry)?;
    Ok(entry)
}

fn update(tx: &mut Tx<'_>, e: &CardEntry) -> Result<(), Error> {
    tx.exec_one(
        &UPDATE,
        params![
            e.order,
            e.person,
            e.updated_at,
            e.signed_in,
            e.entry,
            e.step,
            e.outcome,
            e.brand,
            e.last4,
            e.fingerprint,
            e.id
        ],
        "card-entry record",
    )
}

/// The visitor came to `step`; a record never goes back.
///
/// # Errors
/// [`Error::NotFound`].
pub fn advance(tx: &mut Tx<'_>, id: CardEntryId, step: Step, now: Millis) -> Result<(), Error> {
    let mut entry = get(tx, id)?.ok_or(Error::NotFound("card-entry record"))?;
    let furthest = entry.step.furthest(step);
    if furthest == entry.step {
        return Ok(());
    }
    entry.step = furthest;
    entry.updated_at = now;
    update(tx, &entry)
}

/// Notes which bytes of which kind of page were served.
///
/// # Errors
/// [`Error::Inconsistent`] for a kind longer than [`PAGE_KIND_BYTES_MAX`].
pub fn page_served(
    tx: &mut Tx<'_>,
    id: CardEntryId,
    kind: &str,
    sha256: &Hash,
    now: Millis,
) -> Result<(), Error> {
    if kind.len() > PAGE_KIND_BYTES_MAX {
        return Err(Error::Inconsistent("a kind of page with too long a name"));
    }
    tx.exec(&PAGE, params![id, kind, sha256, now]).map(|_| ())
}

/// The pages served, in order of time.
///
/// # Errors
/// As every database call.
pub fn pages(tx: &mut Tx<'_>, id: CardEntryId) -> Result<Vec<ServedPage>, Error> {
    tx.rows(&PAGES, params![id], |r| {
        Ok(ServedPage { kind: r.take()?, sha256: r.take()?, served_at: r.take()? })
    })
}

/// How it ended, where that is known otherwise than by a payment's report: the visitor turned back.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_outcome(tx: &mut Tx<'_>, id: CardEntryId, outcome: Outcome, now: Millis) -> Result<(), Error> {
    let mut entry = get(tx, id)?.ok_or(Error::NotFound("card-entry record"))?;
    if entry.outcome == Outcome::Succeeded || entry.outcome == outcome {
        return Ok(());
    }
    entry.outcome = outcome;
    entry.updated_at = now;
    update(tx, &entry)
}

/// The order was placed.
pub(crate) fn ordered(
    tx: &mut Tx<'_>,
    id: CardEntryId,
    order: OrderId,
    person: PersonId,
    step: Step,
    now: Millis,
) -> Result<(), Error> {
    let mut entry = get(tx, id)?.ok_or(Error::NotFound("card-entry record"))?;
    entry.order = Some(order);
    entry.person = Some(person);
    entry.step = entry.step.furthest(step);
    entry.updated_at = now;
    update(tx, &entry)
}

/// Of several tries the one that exposed more: once something was typed, a saved card used later changes nothing.
fn furthest(known: Entry, seen: Entry) -> Entry {
    match (known, seen) {
        (Entry::None | Entry::Saved, seen) => seen,
        (known, _) => known,
    }
}

/// What a payment's report says of the card and the end.
pub(crate) fn paid(tx: &mut Tx<'_>, p: &Payment, how: Option<Entry>, now: Millis) -> Result<(), Error> {
    for before in of_order(tx, p.order)? {
        let mut entry = before.clone();
        if p.last4.is_some() || p.fingerprint.is_some() {
            entry.entry = furthest(entry.entry, how.unwrap_or(Entry::TypedNew));
            entry.brand.clone_from(&p.brand);
            entry.last4.clone_from(&p.last4);
            entry.fingerprint.clone_from(&p.fingerprint);
            entry.step = entry.step.furthest(Step::Returned);
        }
        entry.outcome = match (entry.outcome, p.state) {
            (_, PaymentState::Succeeded | PaymentState::RequiresCapture) | (Outcome::Succeeded, _) => {
                Outcome::Succeeded
            }
            _ if p.failure_code.is_some() => Outcome::Failed,
            (Outcome::Failed, _) => Outcome::Failed,
            (_, PaymentState::Canceled) => Outcome::Abandoned,
            (outcome, _) => outcome,
        };
        if entry != before {
            entry.updated_at = now;
            update(tx, &entry)?;
        }
    }
    Ok(())
}

/// A record by id.
///
/// # Errors
/// As every database call.
pub fn get(tx: &mut Tx<'_>, id: CardEntryId) -> Result<Option<CardEntry>, Error> {
    tx.first(&GET, params![id], read)
}

/// The visit's open record.
///
/// # Errors
/// As every database call.
pub fn open_of_visit(tx: &mut Tx<'_>, visit: &Hash) -> Result<Option<CardEntry>, Error> {
    tx.first(&OPEN, params![visit], read)
}

/// The order that this visitor placed last.
///
/// # Errors
/// As every database call.
pub fn last_order(tx: &mut Tx<'_>, visit: &Hash) -> Result<Option<OrderId>, Error> {
    Ok(tx.first(&LED_TO, params![visit], read)?.and_then(|entry| entry.order))
}

/// The records that led to an order.
///
/// # Errors
/// As every database call.
pub fn of_order(tx: &mut Tx<'_>, order: OrderId) -> Result<Vec<CardEntry>, Error> {
    tx.rows(&OF_ORDER, params![order], read)
}

/// Records opened within `span`, oldest first, those after `after`, at most `limit`.
///
/// # Errors
/// As every database call.
pub fn list(
    tx: &mut Tx<'_>,
    span: Span,
    after: Option<(Millis, CardEntryId)>,
    limit: u32,
) -> Result<Vec<CardEntry>, Error> {
    let (at, id) = after.map_or((i64::MIN, String::new()), |(at, id)| (at, id.to_string()));
    tx.rows(&LIST, params![span.from, span.until, at, id, limit], read)
}
