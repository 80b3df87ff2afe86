//! The honey card: a number of the sandbox's range of declined test cards, another one each day. It is typed at the
//! processor's page and nowhere else, so wherever it turns up, somebody has taken it from there.

use jiff::civil::Date;

/// Numbers that begin so are declined by the sandbox: what they are typed for is over then.
pub const PREFIX: &str = "40000099";
/// Digits of a number.
const DIGITS: usize = 16;

/// A card that is only there to be stolen. No `Debug`: it is to turn up nowhere.
pub struct Honey {
    number: String,
    disguises: Vec<String>,
    day: Date,
}

impl Honey {
    /// A fresh one for this day.
    ///
    /// # Errors
    /// Where the kernel has no random bytes.
    pub fn new(day: Date) -> Result<Honey, getrandom::Error> {
        let mut chance = [0; DIGITS - PREFIX.len() - 1];
        getrandom::fill(&mut chance)?;
        let drawn: String = chance.iter().map(|byte| char::from(b'0' + byte % 10)).collect();
        let number = with_check_digit(&format!("{PREFIX}{drawn}"));
        let fours: Vec<&str> = (0..DIGITS).step_by(4).filter_map(|at| number.get(at..at + 4)).collect();
        let disguises = vec![
            number.clone(),
            number.chars().rev().collect(),
            fours.join(" "),
            fours.join("+"),
            fours.join("%20"),
            fours.join("-"),
            base64(&number),
            number.bytes().map(|byte| format!("{byte:02x}")).collect(),
        ];
        Ok(Honey { number, disguises, day })
    }

    /// The day for which it was made.
    pub fn day(&self) -> Date {
        self.day
    }

    pub(crate) fn number(&self) -> &str {
        &self.number
    }

    /// How it may be sent away.
    pub(crate) fn disguises(&self) -> &[String] {
        &self.disguises
    }
}

/// The digits with the one behind them that ISO/IEC 7812-1, annex B asks for.
fn with_check_digit(digits: &str) -> String {
    let weighed = |(at, digit): (usize, u8)| {
        let value = u32::from(digit - b'0') * if at % 2 == 0 { 2 } else { 1 };
        value / 10 + value % 10
    };
    let sum: u32 = digits.bytes().rev().enumerate().map(weighed).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// What of its base64 does not depend on what stands behind it.
fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = text.as_bytes().chunks_exact(3);
    let letters = groups.flat_map(|group| {
        let word = group.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte));
        [18, 12, 6, 0].map(|shift| char::from(LETTERS[(word >> shift & 63) as usize]))
    });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_number_of_the_declined_range_another_each_time() {
        let day = jiff::civil::date(2026, 11, 25);
        let (a, b) = (Honey::new(day).unwrap(), Honey::new(day).unwrap());
        assert_ne!(a.number(), b.number());
        for honey in [&a, &b] {
            let digits: Vec<u8> = honey.number().bytes().map(|b| b - b'0').collect();
            assert!(domain::pan::is_card_number(&digits) && honey.number().starts_with(PREFIX));
        }
        assert_eq!(with_check_digit("424242424242424"), "4242424242424242");
        assert_eq!(base64("4242424242424242"), "NDI0MjQyNDI0MjQyNDI0");
    }
}
