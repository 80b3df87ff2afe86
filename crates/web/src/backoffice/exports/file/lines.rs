//! The lines of a file: what stands in each column, as a spreadsheet shows it.

use crate::{backoffice::Say, view};
use domain::{csv, person::Contact};
use store::{
    customer::Customer,
    order::{Order, Recipient},
};
use vault_api::{ExportField, ExportSubject, NotOpened};

/// The names of the columns.
pub type Heads = Vec<String>;

/// What was opened of somebody; nothing where it was not asked for or is not there. Personal: no `Debug`.
pub struct Who {
    /// Name, telephone number and address.
    pub contact: Option<Result<Contact, NotOpened>>,
    /// The mail address.
    pub email: Option<Result<String, NotOpened>>,
}

/// Heads of name, telephone number and address.
const NAME: [&str; 2] = ["bo-csv-name", "bo-csv-kana"];
const PHONE: [&str; 1] = ["bo-csv-phone"];
const ADDRESS: [&str; 5] =
    ["bo-csv-postcode", "bo-csv-prefecture", "bo-csv-city", "bo-csv-street", "bo-csv-building"];

/// The first line.
pub fn heads(say: &Say, subject: ExportSubject, fields: &[ExportField]) -> Heads {
    let mut ids: Vec<&'static str> = match subject {
        ExportSubject::Customers => vec!["bo-csv-registered"],
        ExportSubject::Orders => {
            vec!["bo-col-number", "bo-col-placed", "bo-col-state", "bo-col-method", "bo-csv-total"]
        }
    };
    for field in fields {
        match field {
            ExportField::Name => ids.extend(NAME),
            ExportField::Email => ids.push("bo-csv-email"),
            ExportField::Phone => ids.extend(PHONE),
            ExportField::Address => ids.extend(ADDRESS),
            ExportField::Recipient => {}
        }
    }
    let mut heads: Heads = ids.into_iter().map(|id| say.s(id)).collect();
    if fields.contains(&ExportField::Recipient) {
        let to = NAME.into_iter().chain(PHONE).chain(ADDRESS);
        heads.extend(to.map(|id| say.t.f1("bo-csv-to", "what", say.s(id))));
    }
    if subject == ExportSubject::Orders {
        heads.push(say.s("bo-csv-goods"));
    }
    heads
}

/// A customer.
pub fn customer(out: &mut String, say: &Say, fields: &[ExportField], c: &Customer, who: &Who) {
    let mut cells = vec![day_and_time(c.created_at)];
    cells.extend(person(say, fields, who));
    csv::line(out, &cells);
}

/// An order, with all of its goods.
pub fn order(out: &mut String, say: &Say, fields: &[ExportField], of: (&Order, &[Recipient]), who: &Who) {
    let (o, recipients) = of;
    let mut cells = head_of(say, o, true);
    cells.extend(person(say, fields, who));
    cells.push(goods(say, recipients));
    csv::line(out, &cells);
}

/// A parcel of an order, the `at`th from 0. The total stands with the first one, so that a column adds up.
pub fn parcel(
    out: &mut String,
    say: &Say,
    fields: &[ExportField],
    (o, recipient, at): (&Order, &Recipient, usize),
    (who, to): (&Who, &Who),
) {
    let mut cells = head_of(say, o, at == 0);
    cells.extend(person(say, fields, who));
    cells.extend(contact(say, to, &[ExportField::Name, ExportField::Phone, ExportField::Address]));
    cells.push(goods(say, std::slice::from_ref(recipient)));
    csv::line(out, &cells);
}

fn head_of(say: &Say, o: &Order, with_total: bool) -> Vec<String> {
    vec![
        o.number.clone(),
        day_and_time(o.placed_at),
        say.w("bo-order-state", o.state.word()),
        say.w("bo-method", o.method.word()),
        if with_total { o.total.get().to_string() } else { String::new() },
    ]
}

/// The cells that the fields ask for, in the order of [`heads`].
fn person(say: &Say, fields: &[ExportField], who: &Who) -> Vec<String> {
    let of = |field: &ExportField| match field {
        ExportField::Email => vec![match &who.email {
            Some(Ok(email)) => email.clone(),
            Some(Err(why)) => closed(say, *why),
            None => String::new(),
        }],
        ExportField::Recipient => Vec::new(),
        other => contact(say, who, std::slice::from_ref(other)),
    };
    fields.iter().flat_map(of).collect()
}

fn contact(say: &Say, who: &Who, fields: &[ExportField]) -> Vec<String> {
    let mut cells = Vec::new();
    let (contact, closed) = match &who.contact {
        Some(Ok(contact)) => (Some(contact), String::new()),
        Some(Err(why)) => (None, closed(say, *why)),
        None => (None, String::new()),
    };
    let text = |of: fn(&Contact) -> &domain::person::Personal| {
        contact.map_or_else(String::new, |c| of(c).reveal().to_owned())
    };
    for field in fields {
        match field {
            ExportField::Name if contact.is_none() => cells.extend([closed.clone(), String::new()]),
            ExportField::Name => cells.extend([text(|c| &c.name), text(|c| &c.kana)]),
            ExportField::Phone => cells.push(phone(&text(|c| &c.phone))),
            ExportField::Address => cells.extend([
                postcode(&text(|c| &c.postcode)),
                text(|c| &c.prefecture),
                text(|c| &c.city),
                text(|c| &c.street),
                text(|c| &c.building),
            ]),
            ExportField::Email | ExportField::Recipient => {}
        }
    }
    cells
}

/// Why there is nothing: whoever has left, or what does not open.
fn closed(say: &Say, why: NotOpened) -> String {
    match why {
        NotOpened::NoKey => say.s("bo-erased"),
        NotOpened::Mismatch => say.s("bo-not-opened"),
    }
}

/// With hyphens, so that no spreadsheet takes it for a number and drops the zero in front.
fn phone(digits: &str) -> String {
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    match (digits.len(), plain) {
        (11, true) => format!("{}-{}-{}", &digits[..3], &digits[3..7], &digits[7..]),
        (10, true) => format!("{}-{}-{}", &digits[..3], &digits[3..6], &digits[6..]),
        _ => digits.to_owned(),
    }
}

fn postcode(digits: &str) -> String {
    match (digits.get(..3), digits.get(3..)) {
        (Some(area), Some(town)) => format!("{area}-{town}"),
        _ => digits.to_owned(),
    }
}

fn goods(say: &Say, recipients: &[Recipient]) -> String {
    let lines = recipients.iter().flat_map(|r| &r.lines);
    let one =
        |line: &store::order::Line| format!("{} × {}", say.name(&line.name_ja, &line.name_en), line.quantity);
    lines.map(one).collect::<Vec<_>>().join(" / ")
}

/// As spreadsheets read it; in Japan.
fn day_and_time(unix_ms: i64) -> String {
    view::in_japan(unix_ms).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_telephone_number_is_a_number() {
        assert_eq!(phone("0263112233"), "026-311-2233");
        assert_eq!(phone("09011112222"), "090-1111-2222");
        assert_eq!(phone("110"), "110");
        assert_eq!(postcode("3900811"), "390-0811");
    }
}
