//! Every movement of a variant's stock: filtered, a page at a time, or as a file for a spreadsheet.

use crate::{
    App,
    backoffice::{Say, StaffSession, dashboard, done, list::List, orders::filter},
    error::Fault,
    form::Fields,
    view::{Choice, Pager},
    visit::Visit,
};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use domain::{
    OrderId, StaffId, VariantId, csv,
    stock::{StockLevel, StockReason},
};
use http::{Uri, header};
use jiff::civil::Date;
use std::collections::HashMap;
use store::{
    Error, Tx,
    stock::{Adjustment, Moves},
};

/// Movements in one file; the newest ones.
const CSV_ROWS_MAX: u32 = 50_000;
/// The fields that filter.
const FILTERS: &[&str] = &["reason", "from", "until"];

/// The movements that were asked for, with what names them.
pub struct History {
    list: List,
    asked: Fields,
    variant: VariantId,
    moves: Vec<Adjustment>,
    staff: HashMap<StaffId, String>,
    numbers: HashMap<OrderId, String>,
    /// The page of the list.
    pub pager: Pager,
}

/// A movement, as the page shows it.
pub struct MoveRow {
    /// When.
    pub at: String,
    /// Why.
    pub why: String,
    /// How many pieces, with the sign that they count with.
    pub quantity: String,
    /// What was on the shelf before and after.
    pub on_hand: (Option<u32>, u32),
    /// What was promised before and after.
    pub reserved: (Option<u32>, u32),
    /// Who did it.
    pub who: String,
    /// For which order: address and number.
    pub order: Option<(String, String)>,
}

impl History {
    /// Reads a page of it.
    ///
    /// # Errors
    /// As every database call.
    pub fn read(tx: &mut Tx<'_>, variant: VariantId, asked: &Fields) -> Result<History, Error> {
        let list = List::read(format!("/admin/stock/{variant}"), asked, FILTERS, &[]);
        let which = which(asked);
        let pager = list.pager(store::stock::count_history(tx, variant, which)? as usize);
        let moves = store::stock::history(tx, variant, which, pager.rows(), pager.offset())?;
        let numbers = numbers(tx, &moves)?;
        let staff = dashboard::names(tx)?;
        Ok(History { list, asked: asked.clone(), variant, moves, staff, numbers, pager })
    }

    /// Its rows in words.
    pub fn rows(&self, say: &Say) -> Vec<MoveRow> {
        self.moves.iter().map(|a| self.row(say, a)).collect()
    }

    fn row(&self, say: &Say, a: &Adjustment) -> MoveRow {
        MoveRow {
            at: say.when(a.at),
            why: say.w("bo-move", a.reason.word()),
            quantity: signed(a, '−'),
            on_hand: (a.before.map(|b| b.on_hand), a.after.on_hand),
            reserved: (a.before.map(|b| b.reserved), a.after.reserved),
            who: a.cause.staff.and_then(|id| self.staff.get(&id).cloned()).unwrap_or_default(),
            order: a.cause.order.map(|id| {
                let number = self.numbers.get(&id).cloned();
                (format!("/admin/orders/{id}"), number.unwrap_or_else(|| say.s("bo-stock-order")))
            }),
        }
    }

    /// The address of this part of the history.
    pub fn href(&self) -> String {
        self.list.href("")
    }

    /// The address of the same movements as a file.
    pub fn csv_href(&self) -> String {
        let path = format!("/admin/stock/{}/csv", self.variant);
        List::read(path, &self.asked, FILTERS, &[]).href("")
    }

    /// Whether some are left out.
    pub fn is_filtered(&self) -> bool {
        which(&self.asked) != Moves::ALL
    }

    /// What the form that filters holds.
    pub fn value(&self, name: &str) -> String {
        self.asked.get(name).to_owned()
    }

    /// The kinds of movements to choose from.
    pub fn reasons(&self, say: &Say) -> Vec<Choice> {
        let current = self.asked.get("reason");
        let any = Choice::new("", say.s("bo-move-any"), current);
        let of = |r: &StockReason| Choice::new(r.word(), say.w("bo-move", r.word()), current);
        std::iter::once(any).chain(StockReason::ALL.iter().map(of)).collect()
    }
}

/// What an address asks for; what cannot be read is left out.
fn which(asked: &Fields) -> Moves {
    let day = |name| asked.get(name).parse::<Date>().ok();
    Moves { span: filter::span(day("from"), day("until")), reason: asked.get("reason").parse().ok() }
}

/// A movement's pieces with their sign: a count is what was found, a promise moves nothing.
fn signed(a: &Adjustment, minus: char) -> String {
    match a.reason {
        StockReason::Receive => format!("+{}", a.quantity),
        StockReason::Ship | StockReason::WriteOff => format!("{minus}{}", a.quantity),
        StockReason::Count => format!("= {}", a.quantity),
        StockReason::Reserve | StockReason::Release => a.quantity.to_string(),
    }
}

fn numbers(tx: &mut Tx<'_>, moves: &[Adjustment]) -> Result<HashMap<OrderId, String>, Error> {
    let mut numbers = HashMap::new();
    for order in moves.iter().filter_map(|a| a.cause.order) {
        if !numbers.contains_key(&order)
            && let Some(found) = store::order::get(tx, order)?
        {
            numbers.insert(order, found.number);
        }
    }
    Ok(numbers)
}

/// `GET /admin/stock/{id}/csv`: the movements for a spreadsheet, newest first.
pub async fn csv(
    State(app): State<App>,
    visit: Visit,
    _: StaffSession,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Fault> {
    let variant: VariantId = id.parse().map_err(|_| Fault::NotFound)?;
    let which = which(&done::query(&uri));
    let read = move |tx: &mut Tx<'_>| {
        let Some(offer) = store::catalog::offer(tx, variant)? else { return Ok(None) };
        let moves = store::stock::history(tx, variant, which, CSV_ROWS_MAX, 0)?;
        let numbers = numbers(tx, &moves)?;
        Ok::<_, Error>(Some((offer.sku, moves, numbers, dashboard::names(tx)?)))
    };
    let (sku, moves, numbers, staff) = app.store().read(read).await?.ok_or(Fault::NotFound)?;
    let say = Say::to(&visit);
    let mut out = String::from(csv::MARK);
    let heads = [
        "bo-col-when",
        "bo-col-sku",
        "bo-col-move",
        "bo-col-pieces",
        "bo-csv-on-hand-before",
        "bo-csv-on-hand-after",
        "bo-csv-reserved-before",
        "bo-csv-reserved-after",
        "bo-col-number",
        "bo-csv-staff",
    ];
    csv::line(&mut out, &heads.map(|id| say.s(id)));
    for a in &moves {
        let level = |of: fn(StockLevel) -> u32| {
            [a.before.map(of).map_or_else(String::new, |n| n.to_string()), of(a.after).to_string()]
        };
        let ([on_hand, on_hand_after], [reserved, reserved_after]) =
            (level(|l| l.on_hand), level(|l| l.reserved));
        let fields = [
            crate::view::in_japan(a.at).strftime("%Y-%m-%d %H:%M:%S").to_string(),
            sku.clone(),
            say.w("bo-move", a.reason.word()),
            signed(a, '-').replace("= ", ""),
            on_hand,
            on_hand_after,
            reserved,
            reserved_after,
            a.cause.order.and_then(|id| numbers.get(&id).cloned()).unwrap_or_default(),
            a.cause.staff.and_then(|id| staff.get(&id).cloned()).unwrap_or_default(),
        ];
        csv::line(&mut out, &fields);
    }
    let name: String = sku.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    let headers = [
        (header::CONTENT_TYPE, csv::TYPE.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"stock-{name}.csv\"")),
    ];
    Ok((headers, out).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_cannot_be_read_asks_for_everything() {
        let asked = Fields::of([("reason", "theft"), ("from", "yesterday"), ("until", "")]);
        assert_eq!(which(&asked), Moves::ALL);
    }
}
