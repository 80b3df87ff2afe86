//! When goods may arrive: the earliest date, the latest, and the carriers' time slots.

use crate::shipping::Region;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

/// How many days ahead a date may be chosen.
pub const DAYS_AHEAD_MAX: i64 = 60;
/// For how many days one may choose where the earliest is nearly as far ahead as that.
const DAYS_TO_CHOOSE_MIN: i64 = 14;

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

crate::words! {
    /// A day of the week.
    Weekday {
        /// 月
        Monday = "mon",
        /// 火
        Tuesday = "tue",
        /// 水
        Wednesday = "wed",
        /// 木
        Thursday = "thu",
        /// 金
        Friday = "fri",
        /// 土
        Saturday = "sat",
        /// 日
        Sunday = "sun",
    }
}

impl Weekday {
    /// That of a date.
    pub fn of(day: Date) -> Weekday {
        use jiff::civil::Weekday as W;
        match day.weekday() {
            W::Monday => Weekday::Monday,
            W::Tuesday => Weekday::Tuesday,
            W::Wednesday => Weekday::Wednesday,
            W::Thursday => Weekday::Thursday,
            W::Friday => Weekday::Friday,
            W::Saturday => Weekday::Saturday,
            W::Sunday => Weekday::Sunday,
        }
    }
}

/// When what was ordered leaves the house, and how long it is on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dispatch {
    /// Orders before this hour (Japan, 0 to 24) count as of that day, others as of the next.
    pub order_until: i8,
    /// Working days from there to dispatch.
    pub days: u8,
    /// Days on which nothing leaves the house. Never all of them.
    pub rests: Vec<Weekday>,
    /// Days after dispatch on which the carrier arrives at the earliest, in the order of [`Region::ALL`].
    pub transit: [u8; 7],
}

impl Default for Dispatch {
    fn default() -> Dispatch {
        Dispatch { order_until: 13, days: 1, rests: Vec::new(), transit: [2, 1, 1, 1, 2, 2, 3] }
    }
}

impl Dispatch {
    /// The day on which an order placed at `now` (Japan time) leaves the house.
    fn leaves(&self, now: DateTime) -> Date {
        let counts_from = plus(now.date(), i64::from(now.hour() >= self.order_until));
        let mut day = self.working(counts_from);
        for _ in 0..self.days {
            day = self.working(plus(day, 1));
        }
        day
    }

    /// That day, or the next one on which the house works.
    fn working(&self, day: Date) -> Date {
        (0..7).map(|more| plus(day, more)).find(|day| !self.rests.contains(&Weekday::of(*day))).unwrap_or(day)
    }
}

/// The dates that can be promised for an order that is placed now.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// Japan time.
    pub now: DateTime,
    /// How the house works.
    pub dispatch: Dispatch,
}

impl Calendar {
    /// The first date.
    pub fn earliest(&self, region: Region) -> Date {
        let at = Region::ALL.iter().position(|r| *r == region).unwrap_or(0);
        plus(self.dispatch.leaves(self.now), i64::from(self.dispatch.transit[at]))
    }

    /// The region that is reached first.
    pub fn nearest(&self) -> Region {
        let by_days = Region::ALL.iter().zip(self.dispatch.transit).min_by_key(|(_, days)| *days);
        by_days.map_or(Region::Central, |(region, _)| *region)
    }

    /// The last date.
    pub fn latest(&self, region: Region) -> Date {
        plus(self.now.date(), DAYS_AHEAD_MAX).max(plus(self.earliest(region), DAYS_TO_CHOOSE_MIN))
    }

    /// Whether `wish` can be promised.
    pub fn can_promise(&self, region: Region, wish: Date) -> bool {
        (self.earliest(region)..=self.latest(region)).contains(&wish)
    }
}

/// The calendar ends in the year 9999: there, a date stays where it is.
fn plus(date: Date, days: i64) -> Date {
    date.checked_add(days.days()).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    /// Of a Monday.
    fn at(hour: i8, dispatch: Dispatch) -> Calendar {
        Calendar { now: date(2026, 11, 23).at(hour, 0, 0, 0), dispatch }
    }

    #[test]
    fn promises() {
        let (before, after) = (at(12, Dispatch::default()), at(13, Dispatch::default()));
        assert_eq!(before.earliest(Region::Central), date(2026, 11, 25));
        assert_eq!(after.earliest(Region::Central), date(2026, 11, 26));
        assert_eq!(after.earliest(Region::Okinawa), date(2026, 11, 28));
        assert!(before.can_promise(Region::Central, date(2027, 1, 22)));
        assert!(!before.can_promise(Region::Central, date(2027, 1, 23)));
        assert!(!before.can_promise(Region::Central, date(2026, 11, 24)));
    }

    #[test]
    fn days_of_rest_are_passed_over() {
        let house = |days, rests: &[Weekday]| Dispatch { days, rests: rests.into(), ..Dispatch::default() };
        use Weekday::*;
        for (days, rests, leaves) in [
            (0, vec![], 23),
            (0, vec![Monday], 24),
            (1, vec![Monday], 25),
            (1, vec![Tuesday, Wednesday], 26),
            (5, vec![Saturday, Sunday], 30),
        ] {
            let said = at(9, house(days, &rests)).dispatch.leaves(date(2026, 11, 23).at(9, 0, 0, 0));
            assert_eq!(said, date(2026, 11, leaves), "{days} {rests:?}");
        }
        let rare = at(9, house(30, &[Monday, Tuesday, Wednesday, Thursday, Friday, Saturday]));
        assert!(rare.latest(Region::Central) > rare.earliest(Region::Central), "one may choose");
    }
}
