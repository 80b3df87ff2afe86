//! Several recipients in one order: a list of them, and a page for each.
//!
//! A recipient is a *draft* until the order is placed: the fields of [`FIELDS`], as typed. A form carries those of all
//! recipients in their order, so that the n-th value of each field belongs to the n-th recipient; a page shows one
//! recipient's as inputs and the others' as hidden fields, or all as hidden ones.

mod edit;
mod list;
mod walk;

pub use edit::page as one;
pub use list::page as list;
pub use walk::{fill, from_book, turn};

use super::{
    basket::Basket,
    parcel::{Goods, Parcel, Reader},
};
use crate::form::Fields;
use domain::{allotment::Share, cart::RECIPIENTS_MAX, person::Contact};
use uuid::Uuid;

/// A recipient's fields.
pub const FIELDS: [&str; 17] = [
    "to_whom",
    "to_name",
    "to_kana",
    "to_phone",
    "to_postcode",
    "to_prefecture",
    "to_city",
    "to_street",
    "to_building",
    "noshi",
    "noshi_name",
    "noshi_place",
    "wrapping",
    "message",
    "delivery_date",
    "time_slot",
    "to_goods",
];
/// What is typed once, on the first page.
const ONCE: [&str; 12] = [
    "name",
    "kana",
    "email",
    "phone",
    "postcode",
    "prefecture",
    "city",
    "street",
    "building",
    "ship_to",
    "payment",
    "agree",
];

/// An order to several recipients on its way through the forms. Personal: no `Debug`.
pub struct Drafts {
    once: Fields,
    each: Vec<Fields>,
    /// The variants of the cart, in its order, which the shares are pieces of.
    lines: Vec<Uuid>,
    shares: Vec<Share>,
}

impl Drafts {
    /// Reads a form. Shares are of the cart as it stands now, whatever it held when the form was made.
    pub fn of(fields: &Fields, basket: &Basket) -> Drafts {
        let each = split(fields);
        let lines: Vec<Uuid> = basket.lines.iter().map(|l| l.offer.variant.0).collect();
        let share = |draft: &Fields| {
            let goods = goods(fields, draft);
            lines.iter().map(|l| goods.iter().find(|(v, _)| v == l).map_or(0, |(_, n)| *n)).collect()
        };
        let shares = each.iter().map(share).collect();
        Drafts { once: fields.only(&ONCE), each, lines, shares }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.each.len()
    }

    /// All fields, to be carried on.
    fn fields(&self) -> Fields {
        let [all, _] = self.hidden(None);
        Fields::of(all)
    }

    /// The fields of all pages but of recipient number `but`, which a page shows: those before it, those behind it.
    fn hidden(&self, but: Option<usize>) -> [Vec<(String, String)>; 2] {
        let own = |(n, v): (&str, &str)| (n.to_owned(), v.to_owned());
        let mut before: Vec<_> = self.once.pairs().map(own).collect();
        before.push(("lines".to_owned(), ids(&self.lines)));
        let mut behind = Vec::new();
        for (at, (draft, share)) in self.each.iter().zip(&self.shares).enumerate() {
            let to = if but.is_some_and(|b| at > b) { &mut behind } else { &mut before };
            if but != Some(at) {
                to.extend(FIELDS[..16].iter().map(|n| ((*n).to_owned(), draft.get(n).to_owned())));
            }
            // Every recipient has a share, so that the next one's is counted rightly.
            to.push((FIELDS[16].to_owned(), share_word(share)));
        }
        [before, behind]
    }
}

/// The fields of several recipients as a form sent them, to be carried on.
pub fn carried(fields: &Fields) -> Vec<(String, String)> {
    let own = |(n, v): (&str, &str)| (n.to_owned(), v.to_owned());
    fields.pairs().filter(|(n, _)| FIELDS.contains(n) || *n == "lines").map(own).collect()
}

/// Each recipient's fields, in their order.
fn split(fields: &Fields) -> Vec<Fields> {
    let count = fields.all(FIELDS[0]).count().min(RECIPIENTS_MAX);
    let mut each = vec![Fields::default(); count];
    for name in FIELDS {
        for (draft, value) in each.iter_mut().zip(fields.all(name)) {
            draft.push(name, value);
        }
    }
    each
}

/// What goes to a recipient, by the cart's variants as they stood when the form was made.
fn goods(fields: &Fields, draft: &Fields) -> Goods {
    let lines = fields.get("lines").split('.').filter_map(|id| Uuid::try_parse(id).ok());
    let pieces = draft.get("to_goods").split('.').map(|n| n.parse().unwrap_or(0));
    lines.zip(pieces).filter(|(_, n)| *n > 0).collect()
}

/// The parcels of all recipients; none where there is none, or something is wrong with one of them.
pub fn read(reader: &Reader, fields: &Fields, orderer: Option<&Contact>) -> Option<Vec<Parcel>> {
    let each = split(fields);
    let parcel = |draft: &Fields| {
        let other = draft.get("to_whom") == "other";
        reader.parcel(draft, other, Some(goods(fields, draft)), orderer, &mut Vec::new())
    };
    if each.is_empty() { None } else { each.iter().map(parcel).collect() }
}

/// Ids as the field `lines` has them.
pub fn ids(lines: &[Uuid]) -> String {
    lines.iter().map(|id| id.simple().to_string()).collect::<Vec<_>>().join(".")
}

/// A share as the field `to_goods` has it.
pub fn share_word(share: &[u32]) -> String {
    share.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests;
