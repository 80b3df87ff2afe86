//! When goods may arrive: the earliest date, the latest, and the carriers' time slots.

use crate::shipping::Region;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime};

/// Orders up to this hour (Japan) leave the house the next working day.
pub const CUT_OFF_HOUR: i8 = 13;
/// How many days ahead a date may be chosen.
pub const DAYS_AHEAD_MAX: i64 = 60;

crate::words! {
    /// The part of the day that the recipient is at home, as carriers divide it.
    TimeSlot {
        /// No wish.
        Any = "any",
        /// 午前中
        Morning = "morning",
        /// 14–16時
        From14 = "14_16",
        /// 16–18時
        From16 = "16_18",
        /// 18–20時
        From18 = "18_20",
        /// 19–21時
        From19 = "19_21",
    }
}

/// The first date that can be promised for an order placed at `now` (Japan time).
pub fn earliest(now: DateTime, region: Region) -> Date {
    let days = if now.hour() < CUT_OFF_HOUR { 1 } else { 2 };
    plus(now.date(), days + region.transit_days())
}

/// The last date that can be chosen.
pub fn latest(now: DateTime) -> Date {
    plus(now.date(), DAYS_AHEAD_MAX)
}

/// Whether `wish` can be promised.
pub fn can_promise(now: DateTime, region: Region, wish: Date) -> bool {
    (earliest(now, region)..=latest(now)).contains(&wish)
}

/// The calendar ends in the year 9999: there, a date stays where it is.
fn plus(date: Date, days: i64) -> Date {
    date.checked_add(days.days()).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn promises() {
        let before = date(2026, 11, 23).at(12, 59, 0, 0);
        let after = date(2026, 11, 23).at(13, 0, 0, 0);
        assert_eq!(earliest(before, Region::Central), date(2026, 11, 25));
        assert_eq!(earliest(after, Region::Central), date(2026, 11, 26));
        assert_eq!(earliest(after, Region::Okinawa), date(2026, 11, 28));
        assert!(can_promise(before, Region::Central, date(2027, 1, 22)));
        assert!(!can_promise(before, Region::Central, date(2027, 1, 23)));
        assert!(!can_promise(before, Region::Central, date(2026, 11, 24)));
    }
}
