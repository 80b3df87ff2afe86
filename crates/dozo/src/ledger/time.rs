//! Times as people write them: RFC 3339, or a day or a minute in Japan; and as they are shown, in Japan.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::{TimeZone, offset},
};

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

#[cfg(test)]
mod tests {
    use super::*;

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
