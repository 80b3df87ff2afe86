//! The cart of a visit.

use crate::{
    Error, Hash, Millis, Tx, catalog,
    catalog::Offer,
    sql::{both, statements},
    value::params,
};
use domain::{
    VariantId,
    cart::{LINES_MAX, QUANTITY_MAX},
};

statements! {
    LINES = both("select variant_id, quantity from cart_line where visit_hash = $1 order by added_at, variant_id");
    PUT = both("insert into cart_line (visit_hash, variant_id, quantity, added_at) values ($1, $2, $3, $4)
          on conflict (visit_hash, variant_id) do update set quantity = excluded.quantity");
    QUANTITY = both("select quantity from cart_line where visit_hash = $1 and variant_id = $2");
    LINE_COUNT = both("select count(*) from cart_line where visit_hash = $1");
    PIECES = both("select cast(coalesce(sum(quantity), 0) as bigint) from cart_line where visit_hash = $1");
    REMOVE = both("delete from cart_line where visit_hash = $1 and variant_id = $2");
    CLEAR = both("delete from cart_line where visit_hash = $1");
}

/// A line of a cart, with what the variant is and costs now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartLine {
    /// The variant as it is offered now.
    pub offer: Offer,
    /// Pieces wanted.
    pub quantity: u32,
}

/// What came of putting something into a cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is there, with this quantity.
    Now(u32),
    /// It is there, with as many as one order may have.
    AtMost(u32),
    /// The cart has as many different things as it may have.
    CartFull,
    /// There is no such variant on sale.
    NotOnSale,
}

/// The cart's lines, oldest first.
///
/// # Errors
/// As every database call.
pub fn lines(tx: &mut Tx<'_>, visit: &Hash) -> Result<Vec<CartLine>, Error> {
    let rows: Vec<(VariantId, u32)> = tx.rows(&LINES, params![visit], |r| Ok((r.take()?, r.take()?)))?;
    let mut lines = Vec::with_capacity(rows.len());
    for (variant, quantity) in rows {
        if let Some(offer) = catalog::offer(tx, variant)? {
            lines.push(CartLine { offer, quantity });
        }
    }
    Ok(lines)
}

/// The number of pieces in the cart.
///
/// # Errors
/// As every database call.
pub fn pieces(tx: &mut Tx<'_>, visit: &Hash) -> Result<u32, Error> {
    tx.one(&PIECES, params![visit], "cart", |r| r.take())
}

/// Adds pieces to what is there. The visit must exist.
///
/// # Errors
/// As every database call.
pub fn add(
    tx: &mut Tx<'_>,
    visit: &Hash,
    variant: VariantId,
    quantity: u32,
    now: Millis,
) -> Result<Added, Error> {
    let there: Option<u32> = tx.first(&QUANTITY, params![visit, variant], |r| r.take())?;
    put(tx, visit, variant, there.unwrap_or(0).saturating_add(quantity), there.is_some(), now)
}

/// Sets the number of pieces; 0 removes the line.
///
/// # Errors
/// As every database call.
pub fn set(
    tx: &mut Tx<'_>,
    visit: &Hash,
    variant: VariantId,
    quantity: u32,
    now: Millis,
) -> Result<Added, Error> {
    if quantity == 0 {
        tx.exec(&REMOVE, params![visit, variant])?;
        return Ok(Added::Now(0));
    }
    let there: Option<u32> = tx.first(&QUANTITY, params![visit, variant], |r| r.take())?;
    put(tx, visit, variant, quantity, there.is_some(), now)
}

fn put(
    tx: &mut Tx<'_>,
    visit: &Hash,
    variant: VariantId,
    quantity: u32,
    there: bool,
    now: Millis,
) -> Result<Added, Error> {
    if !catalog::offer(tx, variant)?.is_some_and(|o| o.on_sale) {
        return Ok(Added::NotOnSale);
    }
    let count: i64 = tx.one(&LINE_COUNT, params![visit], "cart", |r| r.take())?;
    if !there && count >= LINES_MAX as i64 {
        return Ok(Added::CartFull);
    }
    let held = quantity.clamp(1, QUANTITY_MAX);
    tx.exec(&PUT, params![visit, variant, held, now])?;
    Ok(if held < quantity { Added::AtMost(held) } else { Added::Now(held) })
}

/// Empties the cart.
///
/// # Errors
/// As every database call.
pub fn clear(tx: &mut Tx<'_>, visit: &Hash) -> Result<(), Error> {
    tx.exec(&CLEAR, params![visit]).map(|_| ())
}
