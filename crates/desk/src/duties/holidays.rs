//! Days on which Japan's offices are shut: the holidays of the Act on National Holidays (国民の祝日に関する法律), computed, with
//! substitute and sandwiched days; Saturdays and Sundays; 29 December to 3 January (行政機関の休日に関する法律, article 1).
//!
//! Good from 2020 on. The equinoxes are forecasts, as those of the National Astronomical Observatory are until each February;
//! the formula holds to 2099. What a later act changes, must be changed here.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

/// Whether a day is a holiday: by the Act itself, in the place of a Sunday, or between two others.
pub fn is_holiday(day: Date) -> bool {
    by_name(day) || is_substitute(day) || is_between(day)
}

/// Whether offices are shut.
pub fn is_shut(day: Date) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let turn_of_the_year = matches!((day.month(), day.day()), (12, 29..=31) | (1, 1..=3));
    weekend || turn_of_the_year || is_holiday(day)
}

/// The day itself, or the next one on which offices are open.
pub fn open_from(day: Date) -> Date {
    // There is no year with so many days in a row.
    (0..60).map(|n| shifted(day, n)).find(|day| !is_shut(*day)).unwrap_or(day)
}

/// So many days later, or earlier.
pub fn shifted(day: Date, days: i32) -> Date {
    day.saturating_add(i64::from(days).days())
}

/// The days that the Act names (article 2, and the acts for the games of 2020 and 2021).
fn by_name(day: Date) -> bool {
    let (year, month, number) = (day.year(), day.month(), day.day());
    let monday = |nth: i8| day.weekday() == Weekday::Monday && (number - 1) / 7 + 1 == nth;
    let games = matches!(year, 2020 | 2021);
    match month {
        1 => number == 1 || monday(2),
        2 => number == 11 || number == 23,
        3 => number == equinox(year, 20.8431),
        4 => number == 29,
        5 => (3..=5).contains(&number),
        7 if year == 2020 => matches!(number, 23 | 24),
        7 if year == 2021 => matches!(number, 22 | 23),
        7 => monday(3),
        8 if year == 2020 => number == 10,
        8 if year == 2021 => number == 8,
        8 => number == 11,
        9 => monday(3) || number == equinox(year, 23.2488),
        10 => !games && monday(2),
        11 => number == 3 || number == 23,
        _ => false,
    }
}

/// The day of March or September on which day and night are equally long in Japan, for 1980 to 2099.
fn equinox(year: i16, base: f64) -> i8 {
    let years = f64::from(year - 1980);
    let day = (base + 0.242_194 * years).floor() - (years / 4.0).floor();
    #[allow(clippy::cast_possible_truncation, reason = "a day of a month")]
    let day = day as i8;
    day
}

/// Article 3, paragraph 2: where a named day is a Sunday, the next day that is none.
fn is_substitute(day: Date) -> bool {
    if by_name(day) {
        return false;
    }
    let mut before = shifted(day, -1);
    while by_name(before) {
        if before.weekday() == Weekday::Sunday {
            return true;
        }
        before = shifted(before, -1);
    }
    false
}

/// Article 3, paragraph 3: a day that is none between two that are.
fn is_between(day: Date) -> bool {
    !by_name(day) && by_name(shifted(day, -1)) && by_name(shifted(day, 1))
}
