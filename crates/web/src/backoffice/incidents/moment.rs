//! A day with what is known of it, and a time of the day, in the fields of a form; one moment in the facts.
//!
//! `since` is the day; `since_time` its time, where the form has one; `since_span` how much of the day is known.

use super::faults::{Why, Wrong};
use crate::form::Fields;
use incident::End;
use site::FormShape;

/// What a field of a moment is called behind its day.
pub const TIME: &str = "_time";
/// See [`TIME`].
pub const SPAN: &str = "_span";

/// The field of a moment that stands behind its day, if the form has it.
fn beside(form: &FormShape, day: &str, end: &str) -> Option<&'static str> {
    form.fields.iter().map(|f| f.name).find(|name| name.strip_suffix(end) == Some(day))
}

/// The day to which a field of a moment belongs.
pub fn day_of(name: &str) -> Option<&str> {
    name.strip_suffix(TIME).or_else(|| name.strip_suffix(SPAN))
}

/// The moment as the facts have it, `None` where none was given. `old` is what they have now: written in another way but
/// meant the same, it stays.
///
/// # Errors
/// What is wrong, and in which field.
pub fn typed(
    form: &FormShape,
    day: &'static str,
    fields: &Fields,
    old: Option<&str>,
) -> Result<Option<String>, Wrong> {
    let of = |end: &str| beside(form, day, end).map(|name| (name, fields.get(name).trim()));
    let date = fields.get(day).trim();
    let time = of(TIME).filter(|(_, time)| !time.is_empty());
    let span = of(SPAN).map_or("day", |(_, span)| span);
    if date.is_empty() {
        return time.map_or(Ok(None), |_| Err(Wrong::new(day, Why::DayOfTime)));
    }
    // What a picker sends, and nothing shorter: a month is chosen.
    if date.len() != 10 || end(date).is_none() {
        return Err(Wrong::new(day, Why::Day));
    }
    let text = match (span, time) {
        ("month" | "year", Some((name, _))) => return Err(Wrong::new(name, Why::TimeOfNoDay)),
        ("month", None) => date[..7].to_owned(),
        ("year", None) => date[..4].to_owned(),
        (_, None) => date.to_owned(),
        (_, Some((name, time))) => {
            let text = format!("{date}T{time}");
            end(&text).ok_or(Wrong::new(name, Why::Time))?;
            text
        }
    };
    let same = old.filter(|old| end(old) == end(&text));
    Ok(Some(same.map_or(text, str::to_owned)))
}

/// What a field of a moment shows of it.
pub fn shown(moment: &str, field: &str) -> String {
    let Some(end) = end(moment) else { return String::new() };
    if field.ends_with(TIME) {
        return end.to_string().get(11..).unwrap_or_default().to_owned();
    }
    if field.ends_with(SPAN) {
        let word = if end.has_day() {
            "day"
        } else if end.has_month() {
            "month"
        } else {
            "year"
        };
        return word.to_owned();
    }
    end.first().to_string()
}

fn end(text: &str) -> Option<End> {
    End::try_from(text.to_owned()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use site::incident::BEGIN;

    fn of(day: &str, time: &str, span: &str, old: Option<&str>) -> Result<Option<String>, Wrong> {
        let fields = Fields::of([("since", day), ("since_time", time), ("since_span", span)]);
        typed(&BEGIN, "since", &fields, old)
    }

    #[test]
    fn a_moment_is_as_precise_as_it_is_known() {
        let read = |day, time, span| of(day, time, span, None).unwrap_or_else(|w| panic!("{w:?}"));
        assert_eq!(read("", "", "day"), None);
        for (span, want) in
            [("day", "2026-02-01"), ("month", "2026-02"), ("year", "2026"), ("", "2026-02-01")]
        {
            assert_eq!(read("2026-02-01", "", span).as_deref(), Some(want));
        }
        assert_eq!(read("2026-02-01", "12:20", "day").as_deref(), Some("2026-02-01T12:20"));
        let wrong = |day, time, span| of(day, time, span, None).err().map(|w| (w.field, w.why));
        assert_eq!(wrong("2026-02-30", "", "day"), Some(("since", Why::Day)));
        assert_eq!(wrong("きのう", "", "day"), Some(("since", Why::Day)));
        assert_eq!(wrong("2026-02-01", "朝", "day"), Some(("since_time", Why::Time)));
        assert_eq!(wrong("2026-02-01", "12:20", "month"), Some(("since_time", Why::TimeOfNoDay)));
        assert_eq!(wrong("", "12:20", "day"), Some(("since", Why::DayOfTime)));
    }

    #[test]
    fn what_is_shown_is_read_back_as_it_stood() {
        for text in ["2026", "2026-02", "2026-02-01", "2026-02-01T12:20", "2026-02-01T12:20:15", "20260201"] {
            let [day, time, span] = ["since", "since_time", "since_span"].map(|field| shown(text, field));
            let again = of(&day, &time, &span, Some(text)).unwrap_or_else(|w| panic!("{text} {w:?}"));
            assert_eq!(again.as_deref(), Some(text));
        }
        assert_eq!(shown("2026-02-01T03:20:00Z", "since_time"), "12:20:00", "in Japan");
    }
}
