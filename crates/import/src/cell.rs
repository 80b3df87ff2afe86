//! One value of a row: freed of what spreadsheets put around it, and turned into what it means.

use crate::{
    note::{Note, Reason},
    table::Header,
};
use csv::StringRecord;
use domain::{
    person::{self, Invalid, Personal},
    text,
};
use jiff::{Timestamp, civil};

/// The most characters of what names a record, a member or a system.
pub(crate) const ID_CHARS_MAX: usize = 100;
/// The most characters of a line of a name or an address.
const LINE_CHARS_MAX: usize = 200;

/// A row that is being read.
pub(crate) struct Row<'a> {
    pub(crate) header: &'a Header,
    pub(crate) cells: &'a StringRecord,
    pub(crate) line: u64,
    pub(crate) notes: &'a mut Vec<Note>,
}

impl<'a> Row<'a> {
    /// What stands in a column, without what spreadsheets add; `None` where that is nothing, or there is no such column.
    pub(crate) fn raw(&self, column: Option<usize>) -> Option<&'a str> {
        let cell = strip(self.cells.get(column?)?);
        (!cell.is_empty()).then_some(cell)
    }

    /// Says what is wrong with a column. The value counts as unknown.
    pub(crate) fn note(&mut self, column: Option<usize>, reason: Reason) {
        let column = column.map(|column| self.header.name(column));
        self.notes.push(Note { line: self.line, column, reason, refused: false });
    }

    /// The same of what was read: `None` where it is wrong.
    fn noted<T>(&mut self, column: Option<usize>, read: Result<T, Reason>) -> Option<T> {
        read.map_err(|reason| self.note(column, reason)).ok()
    }

    /// A text in which every character could be read.
    pub(crate) fn text(&mut self, column: Option<usize>) -> Option<&'a str> {
        let cell = self.raw(column)?;
        let readable = if cell.contains('\u{FFFD}') { Err(Reason::Unreadable) } else { Ok(cell) };
        self.noted(column, readable)
    }

    /// What names something: short, and on one line.
    pub(crate) fn id(&mut self, column: Option<usize>) -> Option<String> {
        let cell = self.text(column)?;
        self.noted(column, id(cell))
    }

    /// The number of a member. What exports write for those who are none is none.
    pub(crate) fn member(&mut self, column: Option<usize>) -> Option<String> {
        self.id(column).filter(|id| !incident::history::is_placeholder(id))
    }

    pub(crate) fn line_of_text(&mut self, column: Option<usize>) -> Option<Personal> {
        let cell = self.text(column)?;
        self.noted(column, line(cell))
    }

    pub(crate) fn mail(&mut self, column: Option<usize>) -> Option<Personal> {
        let cell = self.text(column)?;
        let mail = person::email(cell).map_err(|_| Reason::NoMail);
        self.noted(column, mail)
    }

    pub(crate) fn phone(&mut self, column: Option<usize>) -> Option<Personal> {
        let cell = self.text(column)?;
        let phone = person::phone(cell).map_err(|e| match e {
            Invalid::TooLong => Reason::TooLong,
            _ => Reason::NoPhone,
        });
        self.noted(column, phone)
    }

    pub(crate) fn postcode(&mut self, column: Option<usize>) -> Option<Personal> {
        let cell = self.text(column)?;
        let postcode = person::postcode(cell).or_else(|_| line(cell));
        self.noted(column, postcode)
    }

    pub(crate) fn time(&mut self, column: Option<usize>) -> Option<String> {
        let cell = self.text(column)?;
        self.noted(column, time(cell).ok_or(Reason::NoTime))
    }

    /// A time, or as much of it as is known: a month, a year.
    pub(crate) fn rough_time(&mut self, column: Option<usize>) -> Option<String> {
        let cell = self.text(column)?;
        let rough = || incident::When::parse(cell).is_ok().then(|| cell.to_owned());
        self.noted(column, time(cell).or_else(rough).ok_or(Reason::NoTime))
    }

    pub(crate) fn yen(&mut self, column: Option<usize>) -> Option<i64> {
        let cell = self.text(column)?;
        self.noted(column, yen(cell).ok_or(Reason::NoAmount))
    }
}

/// A value without white space, and without the apostrophe or the `="…"` by which spreadsheets keep it from being a number
/// or a formula.
fn strip(cell: &str) -> &str {
    let cell = cell.trim();
    let inner = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    let cell = inner.unwrap_or(cell);
    let bare = cell.strip_prefix('\'').filter(|rest| {
        rest.starts_with(|c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r') || c.is_ascii_digit())
    });
    bare.unwrap_or(cell).trim()
}

fn id(cell: &str) -> Result<String, Reason> {
    let id = text::tidy_line(cell);
    if id.chars().count() > ID_CHARS_MAX {
        Err(Reason::TooLong)
    } else if text::has_forbidden(&id) {
        Err(Reason::Characters)
    } else if !is_of_a_marketplace(&id) && domain::pan::find_card_number(&id).is_some() {
        Err(Reason::CardNumber)
    } else {
        Ok(id)
    }
}

/// Whether a number is written as large marketplaces write those of orders: shop, day and a number (Rakuten), or 3, 7 and 7
/// digits (Amazon). A tenth of these would pass for cards; no card's number is parted so.
fn is_of_a_marketplace(id: &str) -> bool {
    let parts: Vec<&str> = id.split('-').collect();
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match parts[..] {
        [shop, day, number] if parts.iter().all(digits) => {
            let lengths = [shop, day, number].map(str::len);
            lengths == [3, 7, 7]
                || lengths[0] == 6
                    && lengths[1] == 8
                    && self::day(&format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..])).is_some()
        }
        _ => false,
    }
}

/// A line of a name or address. Longer ones than forms of ours take are kept: they are what was written then.
fn line(cell: &str) -> Result<Personal, Reason> {
    let line = text::tidy_line(cell);
    if line.chars().count() > LINE_CHARS_MAX {
        Err(Reason::TooLong)
    } else if text::has_forbidden(&line) {
        Err(Reason::Characters)
    } else if domain::pan::find_card_number(&line).is_some() {
        Err(Reason::CardNumber)
    } else {
        Ok(Personal::new(line))
    }
}

/// A time that `incident` reads. One without an offset is one in Japan; a day alone stays a day.
fn time(cell: &str) -> Option<String> {
    written(cell).filter(|at| incident::When::parse(at).is_ok())
}

fn written(cell: &str) -> Option<String> {
    let text = text::tidy_line(cell).replace('/', "-");
    let mut words = text.splitn(2, [' ', 'T']);
    let (day, rest) = (day(words.next()?)?, words.next());
    let Some(rest) = rest.map(str::trim).filter(|rest| !rest.is_empty()) else {
        return Some(day.to_string());
    };
    let split = rest.find(['+', '-', 'Z', ' ']).unwrap_or(rest.len());
    let (clock, offset) = (clock(&rest[..split])?, rest[split..].trim());
    if offset.is_empty() {
        return Some(format!("{day}T{clock}+09:00"));
    }
    let offset = match offset {
        "Z" | "UTC" | "GMT" => "+00:00".to_owned(),
        o if o.len() == 5 && o.is_ascii() && !o.contains(':') => format!("{}:{}", &o[..3], &o[3..]),
        o => o.to_owned(),
    };
    let at: Timestamp = format!("{day}T{clock}{offset}").parse().ok()?;
    Some(at.to_string())
}

/// `2021-03-10` or, as spreadsheets write it, `2021-3-10`.
fn day(text: &str) -> Option<civil::Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let plain = |part: &str, most| part.len() <= most && part.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || year.len() != 4 || !plain(year, 4) || !plain(month, 2) || !plain(day, 2) {
        return None;
    }
    civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// `12:30`, `9:05:00`, `12:30:00.000`.
fn clock(text: &str) -> Option<String> {
    let whole = text.split('.').next()?;
    let mut parts = whole.split(':').map(|part| {
        let plain = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| part.parse::<i8>().ok()).flatten()
    });
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    let time = civil::Time::new(hour, minute, second, 0).ok()?;
    parts.next().is_none().then(|| time.to_string())
}

/// Whole yen: `12345`, `12,345`, `¥12,345`, `12345.00`, `12,345円`.
fn yen(cell: &str) -> Option<i64> {
    let folded = text::fold_width(cell);
    let bare: String = folded.chars().filter(|c| !matches!(c, ',' | '¥' | '\\' | '円' | ' ')).collect();
    let (whole, fraction) = bare.split_once('.').unwrap_or((&bare, ""));
    if fraction.bytes().any(|b| b != b'0') {
        return None;
    }
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| whole.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_spreadsheets_put_around_a_value_is_no_part_of_it() {
        for (cell, bare) in [
            (" a ", "a"),
            ("'0312345678", "0312345678"),
            ("'+819012345678", "+819012345678"),
            ("'=1+1", "=1+1"),
            ("=\"0312345678\"", "0312345678"),
            ("'Abe", "'Abe"),
            ("'", "'"),
            ("\u{3000}", ""),
            ("", ""),
        ] {
            assert_eq!(strip(cell), bare, "{cell}");
        }
    }

    #[test]
    fn times_are_read_as_shops_write_them() {
        for (cell, at) in [
            ("2021-03-10 12:30:05", "2021-03-10T12:30:05+09:00"),
            ("2021/3/9 9:05", "2021-03-09T09:05:00+09:00"),
            ("2021-03-10", "2021-03-10"),
            ("2021-03-10 12:30:00 +0900", "2021-03-10T03:30:00Z"),
            ("2021-03-10T12:30:00+09:00", "2021-03-10T03:30:00Z"),
            ("2021-03-10T03:30:00.000Z", "2021-03-10T03:30:00Z"),
            ("2021-03-10 03:30:00 UTC", "2021-03-10T03:30:00Z"),
        ] {
            assert_eq!(time(cell).as_deref(), Some(at), "{cell}");
            assert!(incident::When::parse(at).is_ok(), "{at}");
        }
        for cell in [
            "",
            "yesterday",
            "2021-13-01",
            "2021-02-30",
            "03/10/2021",
            "2021-03-10 25:00",
            "21-3-1",
            "44265",
            "9999-12-31",
        ] {
            assert_eq!(time(cell), None, "{cell}");
        }
    }

    #[test]
    fn amounts_are_whole_yen() {
        for (cell, amount) in [
            ("12345", 12_345),
            ("12,345", 12_345),
            ("¥12,345", 12_345),
            ("12345.00", 12_345),
            ("-500", -500),
            ("０", 0),
        ] {
            assert_eq!(yen(cell), Some(amount), "{cell}");
        }
        for cell in ["", "12.50", "1e3", "abc", "¥", "99999999999999999999"] {
            assert_eq!(yen(cell), None, "{cell}");
        }
    }

    #[test]
    fn a_cards_number_is_no_name() {
        assert!(line("4242 4242 4242 4242").is_err() && id("4242424242424242").is_err());
        assert!(line("栗原 花子").is_ok() && id("EC-0001234").is_ok());
        for number in 0..500_u64 {
            let tail = number * 20_011 % 10_000_000;
            assert!(id(&format!("361234-20210309-{:010}", tail * 997)).is_ok(), "{number}");
            assert!(id(&format!("250-{:07}-{tail:07}", number * 977)).is_ok(), "{number}");
        }
        for card in [
            "4242-4242-4242-4242",
            "42424242-42424242",
            "424242-42424242-42",
            "4242 4242 4242 4242",
            "A4242424242424242",
        ] {
            assert!(id(card).is_err(), "{card}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_a_time_is_one_for_the_history_too(cell in "[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}[ T]?[0-9:]{0,8}[ +Z0-9:]{0,6}") {
            if let Some(at) = time(&cell) {
                prop_assert!(incident::When::parse(&at).is_ok());
            }
        }

        #[test]
        fn nothing_panics(cell in any::<String>()) {
            let _ = (strip(&cell), time(&cell), yen(&cell));
        }
    }
}
