//! How much is asked, how long people wait, and what is asked most.

use domain::inquiry::{CaseState, Level};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Whoever needs somebody of the staff is to hear within so many milliseconds: a day.
pub const STAFF_WITHIN_MS: i64 = 24 * 60 * 60 * 1_000;
/// Japan is so many milliseconds ahead of UTC, all year.
const JAPAN_MS: i64 = 9 * 60 * 60 * 1_000;

/// An inquiry, as far as it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// When it came, Unix milliseconds.
    pub received: i64,
    /// When its state changed last, Unix milliseconds.
    pub updated: i64,
    /// Where it stands.
    pub state: CaseState,
    /// What was asked.
    pub level: Level,
    /// The question of the public page that it belongs to, where somebody of the staff said so.
    pub topic: Option<String>,
}

/// A day in Japan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Day {
    /// So many came.
    pub received: u32,
    /// So many of them are answered or closed.
    pub done: u32,
}

/// What the overview shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Load {
    /// By day, the newest first.
    pub days: Vec<(Date, Day)>,
    /// So many wait for the staff.
    pub waiting: u32,
    /// So many of them for longer than [`STAFF_WITHIN_MS`].
    pub late: u32,
    /// By topic, what is asked most first.
    pub topics: Vec<(String, u32)>,
}

/// When a case must be dealt with that waits for the staff, Unix milliseconds.
pub fn due(received: i64) -> i64 {
    received + STAFF_WITHIN_MS
}

/// Counts.
pub fn load(all: &[Counted], now: i64) -> Load {
    let mut days: BTreeMap<Date, Day> = BTreeMap::new();
    let mut topics: BTreeMap<&str, u32> = BTreeMap::new();
    let mut load = Load::default();
    for case in all {
        let day = days.entry(in_japan(case.received)).or_default();
        day.received += 1;
        day.done += u32::from(matches!(case.state, CaseState::Answered | CaseState::Closed));
        if case.state == CaseState::Staff {
            load.waiting += 1;
            load.late += u32::from(due(case.received) < now);
        }
        if let Some(topic) = &case.topic {
            *topics.entry(topic).or_default() += 1;
        }
    }
    load.days = days.into_iter().rev().collect();
    load.topics = topics.into_iter().map(|(topic, count)| (topic.to_owned(), count)).collect();
    load.topics.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    load
}

fn in_japan(at_ms: i64) -> Date {
    let at = jiff::Timestamp::from_millisecond(at_ms.saturating_add(JAPAN_MS)).unwrap_or_default();
    at.to_zoned(jiff::tz::TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_japan_and_late_is_late() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().map(|t| t.as_millisecond()).unwrap_or_default();
        let case = |when, state, topic: Option<&str>| Counted {
            received: at(when),
            updated: at(when),
            state,
            level: Level::Concerned,
            topic: topic.map(str::to_owned),
        };
        let all = [
            case("2026-11-24T14:59:00Z", CaseState::Answered, Some("card-am-i")),
            case("2026-11-24T15:01:00Z", CaseState::Staff, Some("card-reissue")),
            case("2026-11-25T10:00:00Z", CaseState::Staff, Some("card-reissue")),
            case("2026-11-25T11:00:00Z", CaseState::Received, None),
        ];
        let load = load(&all, at("2026-11-25T20:00:00Z"));
        let days: Vec<_> = load.days.iter().map(|(d, n)| (d.to_string(), n.received, n.done)).collect();
        assert_eq!(days, [("2026-11-25".to_owned(), 3, 0), ("2026-11-24".to_owned(), 1, 1)]);
        assert_eq!((load.waiting, load.late), (2, 1));
        assert_eq!(load.topics, [("card-reissue".to_owned(), 2), ("card-am-i".to_owned(), 1)]);
    }
}
