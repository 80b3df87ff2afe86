//! Sentences in English.

use super::{Level, Named, Plain, Scalar, Test, Tongue};
use crate::Truth;
use jiff::civil::{Date, DateTime};

/// Plain English, as in a notice.
pub struct English;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl Tongue for English {
    fn of(&self, _ja: &str, en: &str) -> String {
        en.to_owned()
    }

    fn day(&self, date: Date) -> String {
        format!("{} {}", date.day(), self.month(date))
    }

    fn time(&self, at: DateTime, second: bool) -> String {
        let second = if second { format!(":{:02}", at.second()) } else { String::new() };
        format!("{:02}:{:02}{second} on {}", at.hour(), at.minute(), self.day(at.date()))
    }

    fn month(&self, date: Date) -> String {
        let month = usize::try_from(date.month()).ok().and_then(|m| MONTHS.get(m.wrapping_sub(1)));
        format!("{} {}", month.copied().unwrap_or_default(), date.year())
    }

    fn year(&self, date: Date) -> String {
        date.year().to_string()
    }

    fn span(&self, from: Option<String>, to: Option<String>) -> String {
        match (from, to) {
            (Some(from), Some(to)) if from == to => from,
            (Some(from), Some(to)) => format!("{from} to {to}"),
            (Some(from), None) => format!("{from} or later"),
            (None, Some(to)) => format!("{to} or earlier"),
            (None, None) => "any time".to_owned(),
        }
    }

    fn about(&self, time: Option<String>) -> String {
        time.map_or_else(|| "at an unknown time".to_owned(), |time| format!("some day in {time}"))
    }

    fn between(&self, from: String, to: String) -> String {
        format!("at some time from {from} to {to}")
    }

    fn either(&self, all: &[String]) -> String {
        all.join(" or ")
    }

    fn quote(&self, name: &str) -> String {
        format!("“{name}”")
    }

    fn test(&self, field: &str, test: &Test, values: &dyn Fn(&Scalar) -> String) -> String {
        match test {
            Test::In(all) => {
                format!("{field} is {}", self.either(&all.iter().map(values).collect::<Vec<_>>()))
            }
            Test::AtLeast(limit) => format!("{field} is {} or beyond", values(limit)),
            Test::AtMost(limit) => format!("{field} is {} or before", values(limit)),
            Test::Recorded(true) => format!("{field} is recorded"),
            Test::Recorded(false) => format!("{field} is not recorded"),
        }
    }

    fn not(&self, condition: &str) -> String {
        format!("not ({condition})")
    }

    fn together(&self, all: &[String]) -> String {
        all.join(", and ")
    }

    fn who_has(&self, events: &Named) -> String {
        let whom = match (events.person, events.recipients) {
            (true, true) => "those with, and those who received from, a record of",
            (false, true) => "those who received from a record of",
            _ => "those with a record of",
        };
        let condition = events.condition.as_ref().map(|c| format!(" ({c})")).unwrap_or_default();
        let systems = events.systems.as_ref().map(|s| format!(" on {s}")).unwrap_or_default();
        let time = events.time.as_ref().map(|t| format!(", {t}")).unwrap_or_default();
        format!("{whom} {}{condition}{systems}{time}", events.kinds)
    }

    fn who_is(&self, all: &[String], but: &[String]) -> String {
        let with = match all {
            [one] => one.clone(),
            several => {
                let each = several.iter().map(|who| self.apart(who));
                format!("those who are all of {}", each.collect::<Vec<_>>().join(" and "))
            }
        };
        if but.is_empty() { with } else { format!("{with} (except {})", but.join("; ")) }
    }

    fn who_is_one_of(&self, all: &[String]) -> String {
        all.join("; or ")
    }

    fn apart(&self, who: &str) -> String {
        format!("[{who}]")
    }

    fn any_of(&self, who: &str) -> String {
        format!("those who are any of {}", self.apart(who))
    }

    fn everyone(&self) -> String {
        "everybody of whom there are records".to_owned()
    }

    fn concerned_by(&self, cause: &str) -> String {
        format!("those whom {cause} concerns")
    }

    fn described(&self, condition: &str) -> String {
        format!("those whose {condition}")
    }

    fn sentence(&self, who: &str, clock: bool) -> String {
        let days = if clock {
            " (days and times in Japan, those named included)"
        } else if who.contains("20") || who.contains("19") {
            " (days in Japan, first and last included)"
        } else {
            ""
        };
        format!("{who}{days}")
    }

    fn because(&self, because: &Plain) -> String {
        match because {
            Plain::Everyone => "everybody of whom there are records is meant".to_owned(),
            Plain::Has { kind, received: true, count: 1, first } => {
                format!("a record of {kind} ({first}) went to this person")
            }
            Plain::Has { kind, received: true, count, first } => {
                format!("{count} records of {kind} went to this person, the first {first}")
            }
            Plain::Has { kind, count: 1, first, .. } => format!("there is a record of {kind} ({first})"),
            Plain::Has { kind, count, first, .. } => {
                format!("there are {count} records of {kind}, the first {first}")
            }
            Plain::UnclearTime { kind, when } => {
                format!(
                    "there is a record of {kind} ({when}) that does not say whether it lies within the time"
                )
            }
            Plain::UnclearSystem { kind } => {
                format!("there is a record of {kind}, and nobody can say whether its system is concerned")
            }
            Plain::UnclearField { kind, field } => {
                format!("there is a record of {kind} that does not say {field}")
            }
            Plain::Lost { kind, days } => format!("records of {kind} are lost ({days})"),
            Plain::OfNobody { kinds } => {
                format!("there are records of {kinds} of which nobody can say whose they are")
            }
            Plain::NoRecord { kinds, received: true } => {
                format!("no record of {kinds} went to this person")
            }
            Plain::NoRecord { kinds, .. } => format!("there is no record of {kinds}"),
            Plain::Outside { kind, when } => {
                format!("the record of {kind} is of another time ({when})")
            }
            Plain::Elsewhere { kind, system } => {
                format!("the record of {kind} is of another system, {system}")
            }
            Plain::Differs { kind, field } => format!("{field} of {kind} is another"),
            Plain::Person { asked, field, fits } => match fits {
                Truth::Yes => asked.clone(),
                Truth::Unknown => {
                    format!("{} is not recorded", field.as_deref().unwrap_or("what is registered"))
                }
                Truth::No => format!("it is not so that {asked}"),
            },
            Plain::Cause { title, concerns } => match concerns {
                Truth::Yes => format!("{title} concerns this person"),
                Truth::Unknown => format!("{title} may concern this person"),
                Truth::No => format!("{title} does not concern this person"),
            },
        }
    }

    fn verdict(&self, reasons: &[String], result: Level, certain: bool) -> String {
        let verdict = match (result, certain) {
            (Level::Confirmed, _) => "it is certain that data got out.",
            (Level::Possible, true) => "data may have got out.",
            (Level::Possible, false) => {
                "it cannot be ruled out that data got out, and this is treated as possible."
            }
            (Level::None, _) => "not concerned.",
        };
        format!("{}: {verdict}", reasons.join(", and "))
    }
}
