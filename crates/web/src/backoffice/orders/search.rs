//! What a member of staff typed into the search, and what the database has of it. Personal values are sealed, so the
//! vault is asked for their blind index, which finds equal values and nothing alike.

use crate::{App, backoffice::StaffSession, error::Fault};
use domain::{OrderId, order::is_order_number, person::Personal, text};
use store::{BlindIndex, By, order::Order};
use vault_api::{IndexAsk, IndexField, VaultError};

/// The fewest digits of what is taken for a telephone number.
const PHONE_DIGITS_MIN: usize = 9;

/// What was typed, told apart.
#[derive(Clone, PartialEq, Eq)]
pub enum Wanted {
    /// An order's number.
    Number(String),
    /// It looks like one, but its check digit is wrong.
    BadNumber,
    /// A mail address.
    Email(Personal),
    /// A telephone number.
    Phone(Personal),
    /// A full name.
    Name(Personal),
    /// Nothing.
    Nothing,
}

/// What came of it.
pub enum Found {
    /// The order with this number.
    One(OrderId),
    /// Orders, newest first.
    Some(Vec<Order>),
    /// The number's check digit is wrong.
    BadNumber,
    /// Nothing was asked.
    Nothing,
}

impl Wanted {
    /// Reads what was typed.
    pub fn of(typed: &str) -> Wanted {
        let line = text::tidy_line(typed);
        if line.is_empty() {
            return Wanted::Nothing;
        }
        if let Some(number) = number(&line) {
            return number;
        }
        let digits = line.chars().filter(char::is_ascii_digit).count();
        let phone = digits >= PHONE_DIGITS_MIN
            && line
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, '-' | '(' | ')' | ' ' | '+' | '‐' | '−' | 'ー'));
        match line {
            line if line.contains('@') => Wanted::Email(Personal::new(line)),
            line if phone => Wanted::Phone(Personal::new(line)),
            line => Wanted::Name(Personal::new(line)),
        }
    }

    /// By what was looked: the id of a text.
    pub const fn by(&self) -> &'static str {
        match self {
            Wanted::Email(_) => "bo-find-by-email",
            Wanted::Phone(_) => "bo-find-by-phone",
            Wanted::Name(_) => "bo-find-by-name",
            Wanted::Number(_) | Wanted::BadNumber | Wanted::Nothing => "bo-find-by-number",
        }
    }

    fn ask(&self) -> Option<IndexAsk> {
        match self {
            Wanted::Email(value) => Some(IndexAsk::new(IndexField::Email, value.reveal())),
            Wanted::Phone(value) => Some(IndexAsk::new(IndexField::Phone, value.reveal())),
            Wanted::Name(value) => Some(IndexAsk::new(IndexField::Name, value.reveal())),
            Wanted::Number(_) | Wanted::BadNumber | Wanted::Nothing => None,
        }
    }
}

/// An order's number, with or without its hyphens; none where it does not look like one at all.
fn number(line: &str) -> Option<Wanted> {
    let plain: String = line.chars().filter(|c| !matches!(c, '-' | ' ' | '‐' | '−' | 'ー')).collect();
    let plain = plain.to_ascii_uppercase();
    let digits = plain.strip_prefix('R')?;
    if digits.len() != 10 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number = format!("R{}-{}-{}", &digits[..2], &digits[2..6], &digits[6..]);
    Some(if is_order_number(&number) { Wanted::Number(number) } else { Wanted::BadNumber })
}

/// Looks in the database, by way of the vault where the value is personal.
///
/// # Errors
/// [`Fault::VaultAway`], [`Fault::VaultDenied`] where the hour's look-ups are used up, and as the database.
pub async fn look(app: &App, session: &StaffSession, wanted: &Wanted) -> Result<Found, Fault> {
    match wanted {
        Wanted::Nothing => return Ok(Found::Nothing),
        Wanted::BadNumber => return Ok(Found::BadNumber),
        Wanted::Number(number) => {
            let number = number.clone();
            let order = app.store().read(move |tx| store::order::by_number(tx, &number)).await?;
            return Ok(order.map_or(Found::Some(Vec::new()), |o| Found::One(o.id)));
        }
        Wanted::Email(_) | Wanted::Phone(_) | Wanted::Name(_) => {}
    }
    let Some(ask) = wanted.ask() else { return Ok(Found::Nothing) };
    let (cap, field) = (session.cap(), ask.field);
    let index = match app.vault().ask(move |vault| vault.index(&cap, vec![ask])).await? {
        Ok(indexes) => indexes.first().map(|both| both.map(|index| BlindIndex::from(index.0))),
        // No such thing as its field says: nobody can have it.
        Err(VaultError::BadRequest(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let Some(index) = index else { return Ok(Found::Some(Vec::new())) };
    let by = match field {
        IndexField::Email => By::Email(index),
        IndexField::Phone => By::Phone(index),
        IndexField::Name => By::Name(index),
    };
    Ok(Found::Some(app.store().read(move |tx| store::order::find(tx, by)).await?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::order::order_number;

    #[test]
    fn what_was_typed_is_told_apart() {
        let good = order_number(2026, 123);
        let plain = good.replace('-', "");
        for typed in [good.clone(), plain.to_lowercase(), format!("　{good} "), plain.replace('R', "Ｒ")] {
            assert!(Wanted::of(&typed) == Wanted::Number(good.clone()), "{typed}");
        }
        let last = good.pop_digit();
        assert!(Wanted::of(&last) == Wanted::BadNumber);
        assert!(matches!(Wanted::of("hanako@example.jp"), Wanted::Email(_)));
        assert!(matches!(Wanted::of("０２６３－１１－２２３３"), Wanted::Phone(_)));
        assert!(matches!(Wanted::of("+81 263 11 2233"), Wanted::Phone(_)));
        assert!(matches!(Wanted::of("山野　栗子"), Wanted::Name(_)));
        assert!(matches!(Wanted::of("R26"), Wanted::Name(_)));
        assert!(matches!(Wanted::of(" 　"), Wanted::Nothing));
    }

    trait Wrong {
        fn pop_digit(&self) -> String;
    }

    impl Wrong for String {
        /// The same number with another check digit.
        fn pop_digit(&self) -> String {
            let digit = self.bytes().last().unwrap() - b'0';
            format!("{}{}", &self[..self.len() - 1], (digit + 1) % 10)
        }
    }
}
