//! Times as records and notices give them: to the second, the day, the month or the year, in Japan.

use jiff::{Timestamp, civil::Date, tz::Offset};
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::Truth;

/// Japan Standard Time, nine hours before UTC, without summer time since 1952.
const JST_SECONDS: i64 = 9 * 3_600;
const DAY_SECONDS: i64 = 86_400;

/// A time that is known to lie in a span: a day, a month and a year are spans, an instant is one of a second.
///
/// In seconds since 1970-01-01T00:00:00Z; the end is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    from: i64,
    until: i64,
}

impl When {
    /// Nothing is known of it.
    pub const ANY: When = When { from: i64::MIN, until: i64::MAX };

    /// Reads `2021`, `2021-03`, `2021-03-10`, `2021-03-10T12:30:00+09:00`; a time without an offset is one in Japan.
    ///
    /// # Errors
    /// With a sentence that says which forms there are.
    pub fn parse(text: &str) -> Result<When, String> {
        if let Some(days) = Days::parse(text) {
            return Ok(days.span());
        }
        let at = text.parse::<Timestamp>().ok().or_else(|| {
            let local: jiff::civil::DateTime = text.parse().ok()?;
            Offset::from_seconds(i32::try_from(JST_SECONDS).ok()?).ok()?.to_timestamp(local).ok()
        });
        let at = at.ok_or_else(|| format!("“{text}” is no time: write {FORMS}"))?.as_second();
        Ok(When { from: at, until: at + 1 })
    }

    /// Its first second, and the first one after it.
    pub(crate) fn bounds(self) -> (i64, i64) {
        (self.from, self.until)
    }

    /// The span between these.
    pub(crate) fn between(from: i64, until: i64) -> When {
        When { from, until }
    }

    /// The span from the beginning of one to the end of another.
    #[must_use]
    pub fn to(self, end: When) -> When {
        When { from: self.from.min(end.from), until: self.until.max(end.until) }
    }

    /// The first day that it touches, in Japan; `None` where nothing is known of it.
    pub fn day(self) -> Option<Date> {
        let days = (self.from.checked_add(JST_SECONDS)?).div_euclid(DAY_SECONDS);
        Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()
    }

    /// Whether it was known to the day or better.
    pub fn is_one_day(self) -> bool {
        self.is_within(1)
    }

    /// Whether it was known to the month or better.
    pub fn is_one_month(self) -> bool {
        self.is_within(31)
    }

    fn is_within(self, days: i64) -> bool {
        self.until.checked_sub(self.from).is_some_and(|length| length <= days * DAY_SECONDS)
    }
}

const FORMS: &str = "2021-03-10T12:30:00+09:00, 2021-03-10, 2021-03 or 2021";

/// A day, a month or a year as somebody wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Days {
    first: Date,
    last: Date,
}

impl Days {
    fn parse(text: &str) -> Option<Days> {
        let number = |part: &str, digits: usize| {
            let written = part.len() == digits && part.bytes().all(|b| b.is_ascii_digit());
            written.then(|| part.parse::<i16>().ok()).flatten()
        };
        let small = |part: &str| number(part, 2).and_then(|n| i8::try_from(n).ok());
        let mut parts = text.split('-');
        let year = number(parts.next()?, 4)?;
        let (month, day) = (parts.next().map(small), parts.next().map(small));
        if parts.next().is_some() {
            return None;
        }
        let (first, last) = match (month, day) {
            (None, _) => (Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?),
            (Some(month), None) => {
                let first = Date::new(year, month?, 1).ok()?;
                (first, first.last_of_month())
            }
            (Some(month), Some(day)) => {
                let day = Date::new(year, month?, day?).ok()?;
                (day, day)
            }
        };
        Some(Days { first, last })
    }

    fn span(self) -> When {
        let seconds = |date: Date| {
            Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).map_or(0, Timestamp::as_second) - JST_SECONDS
        };
        When { from: seconds(self.first), until: seconds(self.last) + DAY_SECONDS }
    }
}

/// One end of a window, or a time as it was written; so precise is what is said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct End(Days, Precision);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Precision {
    Year,
    Month,
    Day,
}

impl End {
    /// The first day of it.
    pub fn first(self) -> Date {
        self.0.first
    }

    /// The last day of it.
    pub fn last(self) -> Date {
        self.0.last
    }

    /// Whether a day of the month was named.
    pub fn has_day(self) -> bool {
        self.1 == Precision::Day
    }

    /// Whether a month was named.
    pub fn has_month(self) -> bool {
        self.1 != Precision::Year
    }
}

impl TryFrom<String> for End {
    type Error = String;

    fn try_from(text: String) -> Result<End, String> {
        let days = Days::parse(&text)
            .ok_or_else(|| format!("“{text}” is no day: write 2021-03-10, 2021-03 or 2021"))?;
        let precision = match text.len() {
            4 => Precision::Year,
            7 => Precision::Month,
            _ => Precision::Day,
        };
        Ok(End(days, precision))
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.0.first;
        match self.1 {
            Precision::Year => write!(f, "{:04}", date.year()),
            Precision::Month => write!(f, "{:04}-{:02}", date.year(), date.month()),
            Precision::Day => write!(f, "{date}"),
        }
    }
}

impl From<End> for String {
    fn from(end: End) -> String {
        end.to_string()
    }
}

/// Days in Japan, the first and the last included. An end that is absent is open: since ever, or until now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The first day, or the first one of the month or year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<End>,
    /// The last day, or the last one of the month or year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<End>,
}

impl Window {
    /// No end is set.
    pub const EVER: Window = Window { from: None, to: None };

    /// Whether a time lies in it: unknown where a part of what is known of the time does.
    pub fn holds(&self, when: When) -> Truth {
        let own = self.span();
        if when.from >= own.from && when.until <= own.until {
            Truth::Yes
        } else if when.until <= own.from || when.from >= own.until {
            Truth::No
        } else {
            Truth::Unknown
        }
    }

    /// Whether all of the other lies in it.
    pub fn contains(&self, other: &Window) -> bool {
        self.holds(other.span()) == Truth::Yes
    }

    /// Whether there is a day that both cover.
    pub fn overlaps(&self, other: &Window) -> bool {
        let (a, b) = (self.span(), other.span());
        a.from < b.until && b.from < a.until
    }

    /// Whether its end comes before its beginning.
    pub fn is_backwards(&self) -> bool {
        let span = self.span();
        span.until <= span.from
    }

    fn span(&self) -> When {
        When {
            from: self.from.map_or(i64::MIN, |end| end.0.span().from),
            until: self.to.map_or(i64::MAX, |end| end.0.span().until),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "for tests")]
    use super::*;

    fn window(from: &str, to: &str) -> Window {
        let end = |text: &str| (!text.is_empty()).then(|| End::try_from(text.to_owned()).unwrap());
        Window { from: end(from), to: end(to) }
    }

    #[test]
    fn both_days_are_part_of_a_window_and_they_are_japans() {
        let window = window("2021-03-10", "2021-06-16");
        for (time, holds) in [
            ("2021-03-09T23:59:59+09:00", Truth::No),
            ("2021-03-09T15:00:00Z", Truth::Yes),
            ("2021-03-10", Truth::Yes),
            ("2021-06-16T23:59:59+09:00", Truth::Yes),
            ("2021-06-16T15:00:00Z", Truth::No),
            ("2021-06-16T23:59:59", Truth::Yes),
            ("2021-04", Truth::Yes),
            ("2021-03", Truth::Unknown),
            ("2021", Truth::Unknown),
            ("2020", Truth::No),
        ] {
            assert_eq!(window.holds(When::parse(time).unwrap()), holds, "{time}");
        }
        assert_eq!(window.holds(When::ANY), Truth::Unknown);
        assert_eq!(Window::EVER.holds(When::ANY), Truth::Yes);
    }

    #[test]
    fn a_month_is_all_its_days() {
        let window = window("2020-02", "2020-02");
        assert_eq!(window.holds(When::parse("2020-02-29").unwrap()), Truth::Yes);
        assert_eq!(window.holds(When::parse("2020-03-01").unwrap()), Truth::No);
    }

    #[test]
    fn an_end_that_is_absent_is_open() {
        assert_eq!(window("", "2021-06-16").holds(When::parse("1999").unwrap()), Truth::Yes);
        assert_eq!(window("2021-06-16", "").holds(When::parse("2999").unwrap()), Truth::Yes);
        assert!(window("2021-06-16", "2021-06-15").is_backwards());
        assert!(!window("2021-06-16", "2021-06-16").is_backwards());
    }

    #[test]
    fn what_is_no_time_is_refused_with_the_forms_there_are() {
        for text in ["", "21-03-10", "2021-3-1", "2021-02-30", "2021/03/10", "yesterday", "2021-03-10-1"] {
            assert!(When::parse(text).unwrap_err().contains("2021-03-10"), "{text}");
        }
    }
}
