//! Times, windows and their ends as records and facts write them.
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
fn an_end_may_be_a_time_and_the_minute_that_it_names_is_part_of_it() {
    let window = window("2020-11-16T12:20", "2020-11-21T23:05:30");
    for (time, holds) in [
        ("2020-11-16T12:19:59+09:00", Truth::No),
        ("2020-11-16T03:20:00Z", Truth::Yes),
        ("2020-11-16", Truth::Unknown),
        ("2020-11-17", Truth::Yes),
        ("2020-11-21T23:05:30", Truth::Yes),
        ("2020-11-21T23:05:31", Truth::No),
    ] {
        assert_eq!(window.holds(When::parse(time).unwrap()), holds, "{time}");
    }
    let whole = super::Window { to: Some(End::try_from("2020-11-16T12:20".to_owned()).unwrap()), ..window };
    assert_eq!(whole.holds(When::parse("2020-11-16T12:20:59").unwrap()), Truth::Yes);
    assert!(!whole.is_backwards() && whole.has_clock());
    for (written, kept) in [
        ("2018-08-21T22:58+01:00", "2018-08-22T06:58"),
        ("2018-08-21T21:58:00Z", "2018-08-22T06:58:00"),
        ("2018-08-22T06:58", "2018-08-22T06:58"),
    ] {
        assert_eq!(End::try_from(written.to_owned()).unwrap().to_string(), kept);
    }
    for text in ["2020-11-16 12:20", "2020-11-16T25:00", "2020-11-16T12", "2020-11-16T"] {
        assert!(End::try_from(text.to_owned()).is_err(), "{text}");
    }
}

#[test]
fn the_beginnings_say_what_the_window_does() {
    let hour = window("2021-03-10T00:00", "2021-03-10T00:59");
    let days = window("2021-03-10", "2021-03-11");
    for window in [hour, days, window("", "2021-03-10"), window("2021-03-10", ""), Window::EVER] {
        let day = When::parse("2021-03-10").unwrap();
        let lengths = [1, 3_600, DAY_SECONDS, 31 * DAY_SECONDS].map(Length::Seconds);
        for length in lengths.into_iter().chain([Length::Onward, Length::Unknown]) {
            let seconds = if let Length::Seconds(seconds) = length { seconds } else { 0 };
            let ends = [day.from, day.from + 3_600, day.until, day.until + DAY_SECONDS];
            let near = ends.iter().flat_map(|end| [*end, end - seconds]);
            for from in near.flat_map(|at| at - 2..at + 3) {
                let inside = |(first, last): (i64, i64)| (first..=last).contains(&from);
                let [part, all] = window.span().beginnings(length).map(|of| of.is_some_and(inside));
                let truth = if all {
                    Truth::Yes
                } else if part {
                    Truth::Unknown
                } else {
                    Truth::No
                };
                let when = When::of(from, length);
                assert_eq!(when.length().0, length);
                assert_eq!(window.holds(when), truth, "{window:?} {length:?} {from}");
            }
        }
    }
}

#[test]
fn windows_that_follow_one_another_are_one() {
    let two = [window("2021-03-11", "2021-03-31"), window("2021-03-01", "2021-03-10")];
    let gap = [window("2021-03-12", "2021-03-31"), window("2021-03-01", "2021-03-10")];
    for (time, holds, with_gap) in [
        ("2021-03", Truth::Yes, Truth::Unknown),
        ("2021-03-11", Truth::Yes, Truth::No),
        ("2021", Truth::Unknown, Truth::Unknown),
        ("2020", Truth::No, Truth::No),
    ] {
        let when = When::parse(time).unwrap();
        assert_eq!((Window::hold(&two, when), Window::hold(&gap, when)), (holds, with_gap), "{time}");
    }
    assert_eq!(Window::hold(&two, When::ANY), Truth::Unknown);
    assert_eq!(Window::hold(&[], When::ANY), Truth::Yes);
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
    assert_eq!(window("2021-06-16", "").holds(When::parse("2199").unwrap()), Truth::Yes);
    for end in ["9999", "9999-12", "9999-12-31", "2999-12-31T23:59"] {
        assert!(!window("2021-06-16", end).is_backwards(), "{end}");
        assert_eq!(window("", end).holds(When::parse("2199").unwrap()), Truth::Yes, "{end}");
    }
    assert!(window("2021-06-16", "2021-06-15").is_backwards());
    assert!(!window("2021-06-16", "2021-06-16").is_backwards());
}

#[test]
fn what_is_no_time_is_refused_with_the_forms_there_are() {
    for text in ["", "21-03-10", "2021-3-1", "2021-02-30", "2021/03/10", "yesterday", "2021-03-10-1"] {
        assert!(When::parse(text).unwrap_err().to_string().contains("2021-03-10"), "{text}");
    }
}

#[test]
fn a_day_without_dashes_is_a_day_and_a_minute_is_one() {
    assert_eq!(When::parse("20210310"), When::parse("2021-03-10"));
    let at = |text: &str| When::parse(text).unwrap();
    assert_eq!(at("2021-03-10T12:30"), at("2021-03-10T12:30:00").to(at("2021-03-10T12:30:59")));
    assert_eq!(at("2021-03-10 12:30:05"), at("2021-03-10T03:30:05Z"));
    for text in ["2021-W10-3", "2021069", "2021-03-10T12", "+002021-03-10", "20210310T123000", "20210230"] {
        assert!(When::parse(text).is_err(), "{text}");
    }
}

#[test]
fn what_stands_for_never_is_no_time() {
    for text in
        ["9999-12-31", "9999", "9999-12", "9999-12-30T00:00:00", "2200", "1899-12-31", "0000", "0001-01-01"]
    {
        assert_eq!(When::parse(text), Err(NoTime::Age), "{text}");
    }
    for text in ["0000-01-01", "1899", "0001-01-01T00:00"] {
        assert!(End::try_from(text.to_owned()).unwrap_err().contains("1900"), "{text}");
    }
    assert!(When::parse("1900").is_ok() && When::parse("2199-12-31T23:59:59").is_ok());
}

#[test]
fn a_span_is_told_as_it_is() {
    let day = |text: &str| text.parse::<Date>().unwrap();
    let when = |from: &str, to: &str| When::parse(from).unwrap().to(When::parse(to).unwrap());
    for (from, to, known) in [
        ("2021-03-10", "2021-03-10", KnownAs::Day(day("2021-03-10"))),
        ("2021-03-10T08:00", "2021-03-10T09:30", KnownAs::Day(day("2021-03-10"))),
        ("2021-02", "2021-02", KnownAs::Month(day("2021-02-01"))),
        ("2021-02-01", "2021-02-28", KnownAs::Month(day("2021-02-01"))),
        ("2020", "2020", KnownAs::Year(day("2020-01-01"))),
        ("2019-12-01", "2020-01-31", KnownAs::Days(day("2019-12-01"), day("2020-01-31"))),
        ("2022-02-27", "2022-03-02", KnownAs::Days(day("2022-02-27"), day("2022-03-02"))),
        ("2022-02-09T20:00", "2022-02-10T11:30", KnownAs::Days(day("2022-02-09"), day("2022-02-10"))),
    ] {
        assert_eq!(when(from, to).known(false), known, "{from} {to}");
    }
    let at = |text: &str| text.parse::<DateTime>().unwrap();
    let times = KnownAs::Times(at("2022-02-09T20:00:00"), at("2022-02-10T11:30:00"));
    assert_eq!(when("2022-02-09T20:00:00", "2022-02-10T11:30:00").known(true), times);
    assert_eq!(
        when("2022-02-09T20:00:00", "2022-02-09T20:00:00").known(true),
        KnownAs::Time(at("2022-02-09T20:00:00"))
    );
    assert_eq!(
        when("2022-02-09", "2022-02-10").known(true),
        KnownAs::Days(day("2022-02-09"), day("2022-02-10"))
    );
    assert_eq!(When::ANY.known(true), KnownAs::Nothing);
}
