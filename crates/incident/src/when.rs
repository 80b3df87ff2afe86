//! Times as records and notices give them: to the second, the day, the month or the year, in Japan.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::Offset,
};
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::Truth;

/// Japan Standard Time, nine hours before UTC, without summer time since 1952.
const JST_SECONDS: i64 = 9 * 3_600;
const DAY_SECONDS: i64 = 86_400;
const MINUTE_SECONDS: i64 = 60;

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
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<When, NoTime> {
        let when = match Days::parse(text) {
            Some(days) => days.span(),
            None => {
                clock(text).map(|(at, length)| When { from: at, until: at + length }).ok_or(NoTime::Form)?
            }
        };
        let year = |date: Option<DateTime>| date.is_some_and(|date| YEARS.contains(&date.year()));
        if year(when.start()) && year(when.end()) { Ok(when) } else { Err(NoTime::Age) }
    }

    /// Whether it begins earlier than another; of what nothing is known comes last.
    pub(crate) fn is_before(self, other: When) -> bool {
        let known = |when: When| if when.from == i64::MIN { i64::MAX } else { when.from };
        known(self) < known(other)
    }

    /// Whether all of it comes before another begins.
    pub(crate) fn ends_before(self, other: When) -> bool {
        self.until <= other.from
    }

    /// The span from the beginning of one to the end of another.
    #[must_use]
    pub fn to(self, end: When) -> When {
        When { from: self.from.min(end.from), until: self.until.max(end.until) }
    }

    /// From its beginning to nobody knows when.
    pub(crate) fn onward(self) -> When {
        When { until: i64::MAX, ..self }
    }

    /// The first day that it touches, in Japan; `None` where nothing is known of it.
    pub fn day(self) -> Option<Date> {
        self.start().map(DateTime::date)
    }

    /// When it begins, in Japan; `None` where nothing is known of it.
    fn start(self) -> Option<DateTime> {
        in_japan(self.from)
    }

    /// Its last second, in Japan; `None` where nothing is known of it.
    fn end(self) -> Option<DateTime> {
        in_japan(self.until.checked_sub(1)?)
    }

    /// What is known of it, in the largest whole there is: to the minute only where `clock` asks for times of a day.
    pub(crate) fn known(self, clock: bool) -> KnownAs {
        let (Some(start), Some(end)) = (self.start(), self.end()) else { return KnownAs::Nothing };
        let (first, last) = (start.date(), end.date());
        let whole = self == (Days { first, last }).span();
        match (first, last) {
            _ if clock && self.until - self.from <= MINUTE_SECONDS => KnownAs::Time(start),
            _ if clock && !whole => KnownAs::Times(start, end),
            _ if first == last => KnownAs::Day(first),
            _ if first.day() == 1 && last == first.last_of_month() => KnownAs::Month(first),
            _ if first.day_of_year() == 1 && last == first.last_of_year() => KnownAs::Year(first),
            _ => KnownAs::Days(first, last),
        }
    }
}

/// What is known of a time, as people say it; in Japan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KnownAs {
    /// When it was.
    Time(DateTime),
    /// That it was between these.
    Times(DateTime, DateTime),
    /// The day.
    Day(Date),
    /// The month.
    Month(Date),
    /// The year.
    Year(Date),
    /// That it was between these.
    Days(Date, Date),
    /// Nothing.
    Nothing,
}

/// Why a text is no time that a record may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoTime {
    /// It is not written as one.
    #[error("it is no time: write {FORMS}")]
    Form,
    /// Systems write 9999-12-31 or 0000-00-00 where they mean "never" or "not known": taken as a time it would decide
    /// something.
    #[error(
        "its year is not one from 1900 to 2199: where nothing ended leave the line out, and the time where it is not known"
    )]
    Age,
}

/// The years in which something can have been recorded.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2199;
/// The years that an end of a window may name: to write it far ahead is to leave it open.
const END_YEARS: std::ops::RangeInclusive<i16> = 1900..=9999;

/// The first second of a date with a time, and how many it may be: those of its minute, or one. Whatever else a library reads
/// as a date would be taken for midnight.
fn clock(text: &str) -> Option<(i64, i64)> {
    let length = match text.as_bytes().get(10..)? {
        [b'T' | b't' | b' ', _, _, b':', _, _, b':', ..] => 1,
        [b'T' | b't' | b' ', _, _, b':', ..] => MINUTE_SECONDS,
        _ => return None,
    };
    Some((instant(text)?, length))
}

/// The second that a date with a time names; without an offset it is a time in Japan.
fn instant(text: &str) -> Option<i64> {
    // RFC 3339 §5.6: an offset has less than 24 hours.
    let offset = text.get(11..).and_then(|time| time.rfind(['+', '-']).map(|at| &time[at + 1..]));
    if offset.is_some_and(|offset| offset.get(..2).is_none_or(|hours| hours > "23")) {
        return None;
    }
    let at = text.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        Offset::from_seconds(i32::try_from(JST_SECONDS).ok()?).ok()?.to_timestamp(local).ok()
    });
    at.map(Timestamp::as_second)
}

/// The second of a date and time in Japan.
fn seconds(at: DateTime) -> i64 {
    at.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0)).as_secs() - JST_SECONDS
}

/// Date and time in Japan at that second.
fn in_japan(second: i64) -> Option<DateTime> {
    let at = Timestamp::from_second(second.checked_add(JST_SECONDS)?).ok()?;
    Some(Offset::UTC.to_datetime(at))
}

pub(crate) const FORMS: &str = "2021-03-10T12:30:00+09:00, 2021-03-10, 2021-03 or 2021";

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
        let undashed = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
        let dashed = undashed.then(|| format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]));
        let mut parts = dashed.as_deref().unwrap_or(text).split('-');
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
        let seconds = |date: Date| seconds(date.at(0, 0, 0, 0));
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
    /// A time on that day, in Japan, and how many seconds it may be: a minute or one.
    Clock(DateTime, i64),
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
        matches!(self.1, Precision::Day | Precision::Clock(..))
    }

    /// The time of the day, in Japan, if one was named.
    pub fn clock(self) -> Option<DateTime> {
        match self.1 {
            Precision::Clock(at, _) => Some(at),
            _ => None,
        }
    }

    /// Whether it names a second.
    pub fn has_second(self) -> bool {
        matches!(self.1, Precision::Clock(_, 1))
    }

    fn span(self) -> When {
        let Precision::Clock(at, length) = self.1 else { return self.0.span() };
        let from = seconds(at);
        When { from, until: from + length }
    }

    /// Whether a month was named.
    pub fn has_month(self) -> bool {
        self.1 != Precision::Year
    }
}

impl TryFrom<String> for End {
    type Error = String;

    fn try_from(text: String) -> Result<End, String> {
        let end = Days::parse(&text).map(|days| {
            let precision = match text.len() {
                4 => Precision::Year,
                7 => Precision::Month,
                _ => Precision::Day,
            };
            End(days, precision)
        });
        let end = end.or_else(|| End::at(&text)).ok_or_else(|| {
            format!("“{text}” is no day: write 2021-03-10, 2021-03 or 2021, or a time as 2021-03-10T12:30")
        })?;
        if !END_YEARS.contains(&end.first().year()) {
            return Err(format!("“{text}”: its year is before 1900; leave an end out that is open"));
        }
        Ok(end)
    }
}

impl End {
    /// Reads `2021-03-10T12:30` and `2021-03-10T12:30:15`, with an offset or in Japan.
    fn at(text: &str) -> Option<End> {
        let (second, length) = clock(text).filter(|_| text.as_bytes().get(10) == Some(&b'T'))?;
        let at = in_japan(second)?;
        Some(End(Days { first: at.date(), last: at.date() }, Precision::Clock(at, length)))
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.0.first;
        match self.1 {
            Precision::Year => write!(f, "{:04}", date.year()),
            Precision::Month => write!(f, "{:04}-{:02}", date.year(), date.month()),
            Precision::Day => write!(f, "{date}"),
            Precision::Clock(at, 1) => write!(f, "{}", at.strftime("%Y-%m-%dT%H:%M:%S")),
            Precision::Clock(at, _) => write!(f, "{}", at.strftime("%Y-%m-%dT%H:%M")),
        }
    }
}

impl From<End> for String {
    fn from(end: End) -> String {
        end.to_string()
    }
}

/// Days in Japan, the first and the last included; or times there, with the minute or second that they name. An end that
/// is absent is open: since ever, or until now.
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

impl When {
    /// Whether another time lies in it: unknown where a part of what is known of the other does.
    pub(crate) fn holds(self, when: When) -> Truth {
        if when.from >= self.from && when.until <= self.until {
            Truth::Yes
        } else if when.until <= self.from || when.from >= self.until {
            Truth::No
        } else {
            Truth::Unknown
        }
    }

    /// For times of a length, the first and the last beginning with which a part of them may lie in it; then those with which
    /// all of them do. What [`When::holds`] says, for many at once.
    pub(crate) fn beginnings(self, length: Length) -> [Option<(i64, i64)>; 2] {
        let When { from, until } = self;
        let last = until.saturating_sub(1);
        match length {
            Length::Seconds(length) => {
                let part = from.saturating_sub(length).saturating_add(1);
                [Some((part, last)), Some((from, until.saturating_sub(length)))]
            }
            Length::Onward => [Some((i64::MIN, last)), (until == i64::MAX).then_some((from, i64::MAX))],
            Length::Unknown => {
                let all = self == When::ANY;
                [Some((i64::MIN, i64::MAX)), all.then_some((i64::MIN, i64::MAX))]
            }
        }
    }
}

/// How long a time may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Length {
    /// So many seconds.
    Seconds(i64),
    /// From a beginning to nobody knows when.
    Onward,
    /// Nothing is known of it.
    Unknown,
}

impl When {
    /// How long it is, and when it begins where that is known.
    pub(crate) fn length(self) -> (Length, Option<i64>) {
        match (self.from, self.until) {
            (i64::MIN, _) => (Length::Unknown, None),
            (from, i64::MAX) => (Length::Onward, Some(from)),
            (from, until) => (Length::Seconds(until - from), Some(from)),
        }
    }

    /// The time that begins then and is so long.
    pub(crate) fn of(from: i64, length: Length) -> When {
        match length {
            Length::Seconds(length) => When { from, until: from + length },
            Length::Onward => When { from, until: i64::MAX },
            Length::Unknown => When::ANY,
        }
    }
}

impl Window {
    /// No end is set.
    pub const EVER: Window = Window { from: None, to: None };

    /// Whether a time lies in it: unknown where a part of what is known of the time does.
    pub fn holds(&self, when: When) -> Truth {
        self.span().holds(when)
    }

    /// Whether a time lies in any of them; where there is none, in all time.
    pub fn hold(windows: &[Window], when: When) -> Truth {
        match windows {
            [] => Truth::Yes,
            [one] => one.holds(when),
            several => Window::joined(several).iter().map(|span| span.holds(when)).max().unwrap_or(Truth::No),
        }
    }

    /// Whether any of them covers a day that another does; where there is none, all time.
    pub(crate) fn overlap(windows: &[Window], other: &Window) -> bool {
        windows.is_empty() || windows.iter().any(|window| window.overlaps(other))
    }

    /// What they cover, in order. Those that overlap or follow one another are one.
    pub(crate) fn joined(windows: &[Window]) -> Vec<When> {
        let mut spans: Vec<When> = windows.iter().map(Window::span).filter(|s| s.from < s.until).collect();
        spans.sort_by_key(|span| span.from);
        spans.dedup_by(|next, before| {
            let meets = next.from <= before.until;
            if meets {
                before.until = before.until.max(next.until);
            }
            meets
        });
        spans
    }

    /// Whether it begins or ends at a time of the day.
    pub fn has_clock(&self) -> bool {
        self.from.iter().chain(&self.to).any(|end| end.clock().is_some())
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

    /// What both cover, if anything.
    pub fn meet(&self, other: &Window) -> Option<Window> {
        let from = self.from.into_iter().chain(other.from).max_by_key(|end| end.span().from);
        let to = self.to.into_iter().chain(other.to).min_by_key(|end| end.span().until);
        Some(Window { from, to }).filter(|both| !both.is_backwards())
    }

    /// Whether its end comes before its beginning.
    pub fn is_backwards(&self) -> bool {
        let span = self.span();
        span.until <= span.from
    }

    fn span(&self) -> When {
        When {
            from: self.from.map_or(i64::MIN, |end| end.span().from),
            until: self.to.map_or(i64::MAX, |end| end.span().until),
        }
    }
}

#[cfg(test)]
mod tests;
