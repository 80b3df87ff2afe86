//! Times as people write them: RFC 3339, or a day or a minute in Japan; and as they are shown, in Japan.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::{TimeZone, offset},
};
use std::collections::HashMap;

const DAY_MS: i64 = 86_400_000;
/// Clocks in Japan are ahead by so much.
const JAPAN_MS: i64 = 9 * 3_600_000;

/// Reads a time; Unix milliseconds. A day begins at midnight in Japan.
///
/// # Errors
/// A text for whoever wrote it.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    let japan = TimeZone::fixed(offset(9));
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time.as_millisecond());
    }
    // What has an offset is no time in Japan, and was refused above.
    let day = text.parse::<Date>().ok().filter(|_| text.len() == 10).map(|day| day.at(0, 0, 0, 0));
    let local = day.or_else(|| text.parse::<DateTime>().ok());
    let time = local.and_then(|local| local.to_zoned(japan).ok());
    time.map(|time| time.timestamp().as_millisecond()).ok_or_else(|| {
        "a time is 2026-11-25, 2026-11-25T14:30 (both in Japan) or 2026-11-25T14:30:00+09:00".into()
    })
}

/// A time in Japan, as RFC 3339 writes it, with milliseconds.
pub(super) fn shown(time_ms: i64) -> String {
    let time = Timestamp::from_millisecond(time_ms).unwrap_or_default();
    format!("{:.3}", time.display_with_offset(offset(9)))
}

/// Days that were shown, for who shows very many times: of each day the date is made once.
#[derive(Default)]
pub(super) struct Days(HashMap<i64, String>);

impl Days {
    /// Adds what [`shown`] says of a time.
    pub(super) fn put(&mut self, out: &mut Vec<u8>, time_ms: i64) {
        let time_ms = Timestamp::from_millisecond(time_ms).unwrap_or_default().as_millisecond();
        let local_ms = time_ms + JAPAN_MS;
        let (day, of_day_ms) = (local_ms.div_euclid(DAY_MS), local_ms.rem_euclid(DAY_MS));
        let date = self.0.entry(day).or_insert_with(|| {
            let shown = shown(time_ms);
            shown[..shown.find('T').map_or(0, |t| t + 1)].to_owned()
        });
        out.extend_from_slice(date.as_bytes());
        let digits = |number: i64, place: i64| b'0' + (number / place % 10) as u8;
        let (hour, minute) = (of_day_ms / 3_600_000, of_day_ms / 60_000 % 60);
        let (second, ms) = (of_day_ms / 1000 % 60, of_day_ms % 1000);
        for (number, behind) in [(hour, b':'), (minute, b':'), (second, b'.')] {
            out.extend([digits(number, 10), digits(number, 1), behind]);
        }
        out.extend([digits(ms, 100), digits(ms, 10), digits(ms, 1)]);
        out.extend_from_slice(b"+09:00");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn many_are_shown_as_one_is(times in prop::collection::vec(prop_oneof![any::<i64>(), -DAY_MS..4 * DAY_MS, 0..253_402_207_200_000i64], 1..20)) {
            let (mut days, mut out) = (Days::default(), Vec::new());
            for time in times {
                out.clear();
                days.put(&mut out, time);
                prop_assert_eq!(String::from_utf8_lossy(&out), shown(time));
            }
        }
    }

    #[test]
    fn written_in_three_ways_and_shown_in_one() {
        let at = |text| parse(text).map(shown);
        let ok = |text: &str| Ok::<_, String>(text.to_owned());
        assert_eq!(at("2026-11-25"), ok("2026-11-25T00:00:00.000+09:00"));
        assert_eq!(at("2026-11-25T14:30"), ok("2026-11-25T14:30:00.000+09:00"));
        assert_eq!(at("2026-11-25 14:30:01.5"), ok("2026-11-25T14:30:01.500+09:00"));
        assert_eq!(at("2026-11-25T05:30:00Z"), at("2026-11-25T14:30:00+09:00"));
        for odd in ["", "yesterday", "2026-13-01", "14:30", "1764050000000"] {
            assert!(parse(odd).is_err(), "{odd}");
        }
    }
}
