//! Money and dates as people read them, in both languages.

use domain::{Locale, Yen, delivery::Weekday};
use jiff::{Timestamp, civil::Date, civil::DateTime, tz::TimeZone};

/// Japan has had one offset from UTC since 1951, in seconds.
const JAPAN_SECONDS: i32 = 9 * 3600;

/// `1,234円` or `¥1,234`.
pub fn yen(locale: &Locale, amount: &Yen) -> String {
    match locale {
        Locale::Ja => format!("{amount}円"),
        Locale::En => format!("¥{amount}"),
    }
}

/// The zone of Japan, which has no summer time.
pub fn japan() -> TimeZone {
    jiff::tz::Offset::from_seconds(JAPAN_SECONDS).map(TimeZone::fixed).unwrap_or(TimeZone::UTC)
}

/// Date and time in Japan of Unix milliseconds.
pub fn in_japan(unix_ms: i64) -> DateTime {
    Timestamp::from_millisecond(unix_ms).unwrap_or_default().to_zoned(japan()).datetime()
}

/// `2026年11月23日（月）` or `Mon, 23 November 2026`.
pub fn date(locale: &Locale, date: &Date) -> String {
    match locale {
        Locale::Ja => {
            let day = weekday(locale, Weekday::of(*date));
            format!("{}年{}月{}日（{day}）", date.year(), date.month(), date.day())
        }
        Locale::En => date.strftime("%a, %-d %B %Y").to_string(),
    }
}

/// `月` or `Mon`.
pub fn weekday(locale: &Locale, day: Weekday) -> &'static str {
    let names = match locale {
        Locale::Ja => ["月", "火", "水", "木", "金", "土", "日"],
        Locale::En => ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    };
    names[day as usize]
}

/// The date with hours and minutes in Japan.
pub fn date_time(locale: &Locale, unix_ms: &i64) -> String {
    let at = in_japan(*unix_ms);
    match locale {
        Locale::Ja => format!("{} {}時{:02}分", date(locale, &at.date()), at.hour(), at.minute()),
        Locale::En => format!("{}, {:02}:{:02}", date(locale, &at.date()), at.hour(), at.minute()),
    }
}

/// `11月` or `November`.
pub fn month(locale: &Locale, date: &Date) -> String {
    match locale {
        Locale::Ja => format!("{}月", date.month()),
        Locale::En => date.strftime("%B").to_string(),
    }
}

/// A telephone number in groups where its beginning says how long they are; of others only the exchange knows, and they stand as
/// they are.
pub fn phone(number: &str) -> String {
    let begins = |starts: &[&str]| starts.iter().any(|start| number.starts_with(start));
    let groups: &[usize] = match number.len() {
        10 if begins(&["0120", "0570"]) => &[4, 3],
        11 if begins(&["0800"]) => &[4, 3],
        11 if begins(&["050", "060", "070", "080", "090"]) => &[3, 4],
        10 if begins(&["03", "06"]) => &[2, 4],
        _ => return number.to_owned(),
    };
    let mut out = String::new();
    let mut rest = number;
    for group in groups {
        let Some((head, tail)) = rest.split_at_checked(*group) else { return number.to_owned() };
        out.push_str(head);
        out.push('-');
        rest = tail;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephone_numbers_stand_in_the_groups_that_are_known() {
        for (plain, grouped) in [
            ("09012345678", "090-1234-5678"),
            ("0312345678", "03-1234-5678"),
            ("0120123456", "0120-123-456"),
            ("08001234567", "0800-123-4567"),
            ("08012345678", "080-1234-5678"),
            ("0263112233", "0263112233"),
            ("090", "090"),
            ("", ""),
        ] {
            assert_eq!(phone(plain), grouped);
        }
    }

    #[test]
    fn dates_and_money_read_naturally() {
        let d = Date::constant(2026, 11, 23);
        assert_eq!(date(&Locale::Ja, &d), "2026年11月23日（月）");
        assert_eq!(date(&Locale::En, &d), "Mon, 23 November 2026");
        assert_eq!(yen(&Locale::Ja, &Yen::new(12_960)), "12,960円");
        assert_eq!(yen(&Locale::En, &Yen::new(12_960)), "¥12,960");
        // 2026-11-22 23:30 UTC is the next morning in Japan.
        let ms = "2026-11-22T23:30:00Z".parse::<Timestamp>().unwrap().as_millisecond();
        assert_eq!(date_time(&Locale::Ja, &ms), "2026年11月23日（月） 8時30分");
    }
}
