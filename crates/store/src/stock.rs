//! Stock: reserved when an order is placed, freed when it is given up, gone when it is shipped.
//!
//! The rule is the database's as well as ours: each change is one conditional statement, and the table itself
//! refuses to hold more promised than there is. Every movement is logged with the level after it.

use crate::{
    Error, Millis, Span, Tx,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{
    AdjustmentId, OrderId, StaffId, VariantId,
    stock::{StockLevel, StockReason},
};
use uuid::Uuid;

/// The movements that [`Moves`] names.
macro_rules! moves {
    () => {
        " from stock_adjustment where variant_id = $1 and created_at >= $2 and created_at < $3
            and ($4 = '' or reason = $4)"
    };
}

statements! {
    OPEN = both("insert into stock_level (variant_id, on_hand, reserved) values ($1, 0, 0)
          on conflict (variant_id) do nothing");
    LEVEL = both("select on_hand, reserved from stock_level where variant_id = $1");
    RESERVE = both("update stock_level set reserved = reserved + $1
          where variant_id = $2 and on_hand - reserved >= $1 returning on_hand, reserved");
    SET = both("update stock_level set on_hand = $1, reserved = $2
          where variant_id = $3 and on_hand = $4 and reserved = $5");
    LOG = both("insert into stock_adjustment (id, variant_id, reason, quantity, on_hand_before, reserved_before,
            on_hand, reserved, order_id, staff_id, created_at)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
    HISTORY = both(concat!("select id, variant_id, reason, quantity, on_hand_before, reserved_before, on_hand,
            reserved, order_id, staff_id, created_at", moves!(), "
          order by created_at desc, id desc limit $5 offset $6"));
    COUNT_HISTORY = both(concat!("select count(*)", moves!()));
    LOW = both("select s.variant_id, s.on_hand, s.reserved from stock_level s join variant v on v.id = s.variant_id
          where v.status = 'active' and s.on_hand - s.reserved <= $1
          order by s.on_hand - s.reserved, s.variant_id limit $2");
}

/// Who or what moved stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cause {
    /// The order it was for.
    pub order: Option<OrderId>,
    /// The member of staff who did it.
    pub staff: Option<StaffId>,
}

impl From<OrderId> for Cause {
    fn from(order: OrderId) -> Cause {
        Cause { order: Some(order), staff: None }
    }
}

impl From<StaffId> for Cause {
    fn from(staff: StaffId) -> Cause {
        Cause { order: None, staff: Some(staff) }
    }
}

/// A movement of stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// Its id.
    pub id: AdjustmentId,
    /// Of what.
    pub variant: VariantId,
    /// Why.
    pub reason: StockReason,
    /// How many pieces; for a count, the number counted.
    pub quantity: u32,
    /// The level before it; none where it was written by a version that did not keep it.
    pub before: Option<StockLevel>,
    /// The level after it.
    pub after: StockLevel,
    /// Who or what caused it.
    pub cause: Cause,
    /// When.
    pub at: Millis,
}

/// Which movements of a variant to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moves {
    /// Within this time.
    pub span: Span,
    /// Of this kind only.
    pub reason: Option<StockReason>,
}

impl Moves {
    /// All of them.
    pub const ALL: Moves = Moves { span: Span::ALWAYS, reason: None };
}

pub(crate) fn read_level(r: &mut Row<'_>) -> Result<StockLevel, Error> {
    Ok(StockLevel { on_hand: r.take()?, reserved: r.take()? })
}

pub(crate) fn open(tx: &mut Tx<'_>, variant: VariantId) -> Result<(), Error> {
    tx.exec(&OPEN, params![variant]).map(|_| ())
}

/// What is there of a variant.
///
/// # Errors
/// [`Error::NotFound`].
pub fn level(tx: &mut Tx<'_>, variant: VariantId) -> Result<StockLevel, Error> {
    tx.one(&LEVEL, params![variant], "variant", read_level)
}

/// Promises `quantity` pieces to an order. Gives what was available instead where that is less; then nothing has
/// changed.
///
/// # Errors
/// [`Error::NotFound`].
pub fn reserve(
    tx: &mut Tx<'_>,
    variant: VariantId,
    quantity: u32,
    order: OrderId,
    now: Millis,
) -> Result<Result<StockLevel, u32>, Error> {
    match tx.first(&RESERVE, params![quantity, variant], read_level)? {
        Some(after) => {
            let before = StockLevel { reserved: after.reserved.saturating_sub(quantity), ..after };
            log(tx, variant, (StockReason::Reserve, quantity), (before, after), order.into(), now)?;
            Ok(Ok(after))
        }
        None => Ok(Err(level(tx, variant)?.available())),
    }
}

/// Gives back what was promised to an order.
///
/// # Errors
/// [`Error::Refused`] where less was promised.
pub fn release(
    tx: &mut Tx<'_>,
    variant: VariantId,
    quantity: u32,
    cause: Cause,
    now: Millis,
) -> Result<StockLevel, Error> {
    adjust(tx, variant, StockReason::Release, quantity, cause, now)
}

/// Promised pieces leave the house.
///
/// # Errors
/// [`Error::Refused`] where less was promised.
pub fn ship(
    tx: &mut Tx<'_>,
    variant: VariantId,
    quantity: u32,
    cause: Cause,
    now: Millis,
) -> Result<StockLevel, Error> {
    adjust(tx, variant, StockReason::Ship, quantity, cause, now)
}

/// New pieces come in.
///
/// # Errors
/// [`Error::NotFound`].
pub fn receive(
    tx: &mut Tx<'_>,
    variant: VariantId,
    quantity: u32,
    cause: Cause,
    now: Millis,
) -> Result<StockLevel, Error> {
    adjust(tx, variant, StockReason::Receive, quantity, cause, now)
}

/// Staff counted the shelf.
///
/// # Errors
/// [`Error::Refused`] where more is promised than was counted: cancel orders first.
pub fn count(
    tx: &mut Tx<'_>,
    variant: VariantId,
    counted: u32,
    cause: Cause,
    now: Millis,
) -> Result<StockLevel, Error> {
    adjust(tx, variant, StockReason::Count, counted, cause, now)
}

/// Any movement, by the rule of [`StockLevel::moved`].
///
/// # Errors
/// [`Error::Refused`] where the rule refuses, [`Error::NotFound`] for an unknown variant.
pub fn adjust(
    tx: &mut Tx<'_>,
    variant: VariantId,
    reason: StockReason,
    quantity: u32,
    cause: Cause,
    now: Millis,
) -> Result<StockLevel, Error> {
    let before = level(tx, variant)?;
    let after = before.moved(reason, quantity)?;
    let set = params![after.on_hand, after.reserved, variant, before.on_hand, before.reserved];
    // Transactions are serialisable: the level read above is the level still there.
    tx.exec_one(&SET, set, "stock level")?;
    log(tx, variant, (reason, quantity), (before, after), cause, now)?;
    Ok(after)
}

fn log(
    tx: &mut Tx<'_>,
    variant: VariantId,
    (reason, quantity): (StockReason, u32),
    (before, after): (StockLevel, StockLevel),
    cause: Cause,
    now: Millis,
) -> Result<(), Error> {
    let id = AdjustmentId(Uuid::now_v7());
    let row = params![
        id,
        variant,
        reason,
        quantity,
        before.on_hand,
        before.reserved,
        after.on_hand,
        after.reserved,
        cause.order,
        cause.staff,
        now
    ];
    tx.exec(&LOG, row).map(|_| ())
}

/// The movements of a variant, newest first: at most `limit`, leaving out the first `offset`.
///
/// # Errors
/// As every database call.
pub fn history(
    tx: &mut Tx<'_>,
    variant: VariantId,
    which: Moves,
    limit: u32,
    offset: u32,
) -> Result<Vec<Adjustment>, Error> {
    let reason = which.reason.map_or("", StockReason::word);
    tx.rows(&HISTORY, params![variant, which.span.from, which.span.until, reason, limit, offset], |r| {
        Ok(Adjustment {
            id: r.take()?,
            variant: r.take()?,
            reason: r.take()?,
            quantity: r.take()?,
            before: read_before(r)?,
            after: read_level(r)?,
            cause: Cause { order: r.take()?, staff: r.take()? },
            at: r.take()?,
        })
    })
}

fn read_before(r: &mut Row<'_>) -> Result<Option<StockLevel>, Error> {
    let (on_hand, reserved): (Option<u32>, Option<u32>) = (r.take()?, r.take()?);
    Ok(on_hand.zip(reserved).map(|(on_hand, reserved)| StockLevel { on_hand, reserved }))
}

/// How many movements of a variant there are.
///
/// # Errors
/// As every database call.
pub fn count_history(tx: &mut Tx<'_>, variant: VariantId, which: Moves) -> Result<u32, Error> {
    let reason = which.reason.map_or("", StockReason::word);
    let found = params![variant, which.span.from, which.span.until, reason];
    Ok(tx.first(&COUNT_HISTORY, found, |r| r.take())?.unwrap_or(0))
}

/// Variants on sale of which at most `available_max` pieces can still be sold, scarcest first.
///
/// # Errors
/// As every database call.
pub fn low(tx: &mut Tx<'_>, available_max: u32, limit: u32) -> Result<Vec<(VariantId, StockLevel)>, Error> {
    tx.rows(&LOW, params![available_max, limit], |r| Ok((r.take()?, read_level(r)?)))
}
