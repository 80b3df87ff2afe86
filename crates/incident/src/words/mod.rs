//! Rules, reasons and warnings as sentences, in Japanese and English, both from the same facts.

mod en;
mod ja;
mod warnings;

pub use warnings::{Recorded, placeholder, placeholder_card, warnings};

use crate::{
    End, When, Window,
    condition::{Condition, Scalar, Test},
    facts::{Cause, During, Events, Facts, Rule, Text},
    scope::{Because, Level, Sentence},
    vocabulary::{self, ITEMS, KINDS, OPEN_FIELDS, Words},
    when::KnownAs,
};
use jiff::civil::{Date, DateTime};

/// A language in which sentences are built.
trait Tongue {
    /// The one of two texts.
    fn of(&self, ja: &str, en: &str) -> String;
    /// A day.
    fn day(&self, date: Date) -> String;
    /// A time of a day, with its second or without.
    fn time(&self, at: DateTime, second: bool) -> String;
    /// A month.
    fn month(&self, date: Date) -> String;
    /// A year.
    fn year(&self, date: Date) -> String;
    /// Days from and to; an end that is absent is open.
    fn span(&self, from: Option<String>, to: Option<String>) -> String;
    /// About then; `None`: nobody knows when.
    fn about(&self, time: Option<String>) -> String;
    /// At some time between these.
    fn between(&self, from: String, to: String) -> String;
    /// Alternatives.
    fn either(&self, all: &[String]) -> String;
    /// A name, set apart from the sentence.
    fn quote(&self, name: &str) -> String;
    /// A condition on one field.
    fn test(&self, field: &str, test: &Test, values: &dyn Fn(&Scalar) -> String) -> String;
    /// The opposite of a condition.
    fn not(&self, condition: &str) -> String;
    /// Several conditions together.
    fn together(&self, all: &[String]) -> String;
    /// Those of whom there are such records.
    fn who_has(&self, events: &Named) -> String;
    /// Those who are in all of the first and in none of the second.
    fn who_is(&self, all: &[String], but: &[String]) -> String;
    /// Some, set apart from what follows.
    fn apart(&self, who: &str) -> String;
    /// Those who are one of some, set apart from an exception that follows.
    fn any_of(&self, who: &str) -> String;
    /// Those who are in one of several.
    fn who_is_one_of(&self, all: &[String]) -> String;
    /// Everybody of whom there is a record.
    fn everyone(&self) -> String;
    /// Those whom another cause concerns.
    fn concerned_by(&self, cause: &str) -> String;
    /// Those of whom something is recorded.
    fn described(&self, condition: &str) -> String;
    /// The whole rule; `clock`: a time of the day is in it.
    fn sentence(&self, who: &str, clock: bool) -> String;
    /// Why, up to the verb of what follows from it.
    fn because(&self, because: &Plain) -> String;
    /// What follows.
    fn verdict(&self, reasons: &[String], result: Level, certain: bool) -> String;
}

/// The parts of "records of these kinds", in words.
struct Named {
    time: Option<String>,
    systems: Option<String>,
    kinds: String,
    condition: Option<String>,
    person: bool,
    recipients: bool,
}

/// The parts of a reason, in words.
enum Plain {
    Everyone,
    Has { kind: String, received: bool, count: usize, first: String },
    UnclearTime { kind: String, when: String },
    UnclearSystem { kind: String },
    UnclearField { kind: String, field: String },
    Lost { kind: String, days: String },
    OfNobody { kinds: String },
    NoRecord { kinds: String, received: bool },
    Outside { kind: String, when: String },
    Elsewhere { kind: String, system: String },
    Differs { kind: String, field: String },
    Person { asked: String, field: Option<String>, fits: crate::Truth },
    Cause { title: String, concerns: crate::Truth },
}

/// A rule in words.
pub fn rule(facts: &Facts, cause: Option<&Cause>, rule: &Rule) -> Sentence {
    let clock = has_clock(cause, rule);
    let say =
        |tongue: &dyn Tongue| tongue.sentence(&Speaker { tongue, facts, cause, clock }.who(rule), clock);
    Sentence { ja: say(&ja::Japanese), en: say(&en::English) }
}

/// The rule of a cause's `confirmed`.
pub fn confirmed(facts: &Facts, cause: &Cause) -> Option<Sentence> {
    cause.confirmed.as_ref().map(|confirmed| rule(facts, Some(cause), confirmed))
}

/// Whether a time of the day decides anything: then reasons name it, too.
fn has_clock(cause: Option<&Cause>, rule: &Rule) -> bool {
    let mut found = cause.is_some_and(|cause| cause.windows.iter().any(Window::has_clock));
    rule.each(&mut |rule| {
        found |= matches!(rule, Rule::Event(Events { during: During::Days(days), .. }) if days.has_clock());
    });
    found
}

/// A person's reason in words.
pub fn reason(facts: &Facts, cause: &Cause, result: Level, certain: bool, why: &[Because]) -> Sentence {
    let say = |tongue: &dyn Tongue| {
        let clock = cause.rules().any(|rule| has_clock(Some(cause), rule));
        let speaker = Speaker { tongue, facts, cause: Some(cause), clock };
        let mut reasons: Vec<String> = Vec::new();
        for because in why {
            let reason = tongue.because(&speaker.plain(because));
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        tongue.verdict(&reasons, result, certain)
    };
    Sentence { ja: say(&ja::Japanese), en: say(&en::English) }
}

/// The name of an item.
pub fn item(facts: &Facts, name: &str) -> Sentence {
    named(facts, vocabulary::find(ITEMS, name), name)
}

/// The name of a kind of events.
pub fn kind(facts: &Facts, name: &str) -> Sentence {
    named(facts, vocabulary::find(KINDS, name), name)
}

fn named(facts: &Facts, words: Option<Words>, name: &str) -> Sentence {
    let (ja, en) = words.map_or_else(|| own(facts, name), |words| (words.ja, words.en));
    Sentence { ja: ja.to_owned(), en: en.to_owned() }
}

/// What people call a name of the owner's own; where nothing says so, its name.
fn own<'a>(facts: &'a Facts, name: &'a str) -> (&'a str, &'a str) {
    facts.words.get(name).map_or((name, name), |text| (&text.ja, &text.en))
}

/// A time, as precise as it was written.
pub fn time(end: End) -> Sentence {
    Sentence { ja: written(&ja::Japanese, end), en: written(&en::English, end) }
}

/// Days from and to.
pub fn days(window: &Window) -> Sentence {
    let say = |tongue: &dyn Tongue| {
        let end = |end: End| written(tongue, end);
        tongue.span(window.from.map(end), window.to.map(end))
    };
    Sentence { ja: say(&ja::Japanese), en: say(&en::English) }
}

fn written(tongue: &dyn Tongue, end: End) -> String {
    match (end.has_month(), end.has_day()) {
        (_, true) => {
            let time = |at| tongue.time(at, end.has_second());
            end.clock().map_or_else(|| tongue.day(end.first()), time)
        }
        (true, false) => tongue.month(end.first()),
        (false, false) => tongue.year(end.first()),
    }
}

/// Whether a rule's words have an exception.
fn but(rule: &Rule) -> bool {
    match rule {
        Rule::Not(_) => true,
        Rule::All(all) => all.iter().any(|rule| matches!(rule, Rule::Not(_))) || alone(all).is_some_and(but),
        Rule::Any(all) => alone(all).is_some_and(but),
        _ => false,
    }
}

/// Whether they name one of several.
fn is_choice(rule: &Rule) -> bool {
    match rule {
        Rule::Any(all) if all.len() > 1 => true,
        Rule::All(all) | Rule::Any(all) => alone(all).is_some_and(is_choice),
        _ => false,
    }
}

fn alone(all: &[Rule]) -> Option<&Rule> {
    if let [one] = all { Some(one) } else { None }
}

/// Says the facts' rules and reasons in one language.
struct Speaker<'a> {
    tongue: &'a dyn Tongue,
    facts: &'a Facts,
    cause: Option<&'a Cause>,
    clock: bool,
}

impl Speaker<'_> {
    fn text(&self, text: &Text) -> String {
        self.tongue.of(&text.ja, &text.en)
    }

    fn who(&self, rule: &Rule) -> String {
        match rule {
            Rule::Everyone => self.tongue.everyone(),
            Rule::Cause(id) => self.tongue.concerned_by(&self.title(id)),
            Rule::Person(condition) => self.tongue.described(&self.condition(condition)),
            Rule::Not(inner) => self.tongue.who_is(&[self.tongue.everyone()], &[self.who(inner)]),
            Rule::Any(all) => {
                // An exception is one of its own part alone.
                let one = |rule: &Rule| match but(rule) {
                    true if all.len() > 1 => self.tongue.apart(&self.who(rule)),
                    _ => self.who(rule),
                };
                self.tongue.who_is_one_of(&all.iter().map(one).collect::<Vec<_>>())
            }
            Rule::All(all) => {
                let (mut with, mut without) = (Vec::new(), Vec::new());
                for rule in all {
                    match rule {
                        Rule::Not(inner) => without.push(self.who(inner)),
                        other => with.push(other),
                    }
                }
                let with = match with[..] {
                    [] => vec![self.tongue.everyone()],
                    // An exception is one of all of them.
                    [one] if is_choice(one) && !without.is_empty() => {
                        vec![self.tongue.any_of(&self.who(one))]
                    }
                    _ => with.into_iter().map(|rule| self.who(rule)).collect(),
                };
                self.tongue.who_is(&with, &without)
            }
            Rule::Event(events) => {
                let windows: Vec<Window> = match &events.during {
                    During::Ever => Vec::new(),
                    During::Days(days) => vec![*days],
                    During::Windows => self.cause.map(|c| c.windows.clone()).unwrap_or_default(),
                };
                let systems = events.systems.as_ref().or_else(|| self.cause?.systems.as_ref());
                let asked = events.when != Condition::NONE;
                self.tongue.who_has(&Named {
                    time: (!windows.is_empty()).then(|| {
                        self.tongue.either(&windows.iter().map(|w| self.window(w)).collect::<Vec<_>>())
                    }),
                    systems: systems
                        .map(|s| self.tongue.either(&s.iter().map(|id| self.system(id)).collect::<Vec<_>>())),
                    kinds: self.kinds(&events.kinds),
                    condition: asked.then(|| self.condition(&events.when)),
                    person: events.whom.person,
                    recipients: events.whom.recipients,
                })
            }
        }
    }

    fn condition(&self, condition: &Condition) -> String {
        // What is put together otherwise stands in brackets.
        let several = |all: &[Condition], other: fn(&Condition) -> bool| {
            let one = |c: &Condition| match other(c) {
                true if all.len() > 1 => format!("({})", self.condition(c)),
                _ => self.condition(c),
            };
            all.iter().map(one).collect::<Vec<_>>()
        };
        match condition {
            Condition::All(all) => {
                self.tongue.together(&several(all, |c| matches!(c, Condition::Any(any) if any.len() > 1)))
            }
            Condition::Any(all) => {
                self.tongue.either(&several(all, |c| matches!(c, Condition::All(all) if all.len() > 1)))
            }
            Condition::Not(inner) => self.tongue.not(&self.condition(inner)),
            Condition::Field(name, test) => {
                let value = |value: &Scalar| self.value(name, value);
                self.tongue.test(&self.field(name), test, &value)
            }
        }
    }

    fn plain(&self, because: &Because) -> Plain {
        let kind = |kind: &String| self.kinds(std::slice::from_ref(kind));
        match because {
            // "He has it, therefore not" and "he has it, therefore so" are the same words.
            Because::Opposite(inner) => self.plain(inner),
            Because::Everyone => Plain::Everyone,
            Because::Has { kind: k, received, count, first } => {
                Plain::Has { kind: kind(k), received: *received, count: *count, first: self.when(*first) }
            }
            Because::Unclear { kind: k, when, lacks } => match lacks {
                crate::scope::Lack::Time => Plain::UnclearTime { kind: kind(k), when: self.when(*when) },
                crate::scope::Lack::System => Plain::UnclearSystem { kind: kind(k) },
                crate::scope::Lack::Field(field) => {
                    Plain::UnclearField { kind: kind(k), field: self.field(field) }
                }
            },
            Because::Lost { kind: k, days } => Plain::Lost { kind: kind(k), days: self.window(days) },
            Because::OfNobody { kinds } => Plain::OfNobody { kinds: self.kinds(kinds) },
            Because::NoRecord { kinds, received } => {
                Plain::NoRecord { kinds: self.kinds(kinds), received: *received }
            }
            Because::Outside { kind: k, when } => Plain::Outside { kind: kind(k), when: self.when(*when) },
            Because::Elsewhere { kind: k, system } => {
                Plain::Elsewhere { kind: kind(k), system: self.system(system) }
            }
            Because::Differs { kind: k, field } => Plain::Differs { kind: kind(k), field: self.field(field) },
            Because::Person { asked, field, fits } => Plain::Person {
                asked: self.condition(asked),
                field: field.as_ref().map(|f| self.field(f)),
                fits: *fits,
            },
            Because::Cause { id, concerns } => Plain::Cause { title: self.title(id), concerns: *concerns },
        }
    }

    fn window(&self, window: &Window) -> String {
        let days = days(window);
        self.tongue.of(&days.ja, &days.en)
    }

    fn when(&self, when: When) -> String {
        let (day, time) = (|day| self.tongue.day(day), |at: DateTime| self.tongue.time(at, at.second() != 0));
        match when.known(self.clock) {
            KnownAs::Time(at) => time(at),
            KnownAs::Times(from, to) => self.tongue.between(time(from), time(to)),
            KnownAs::Day(date) => day(date),
            KnownAs::Month(date) => self.tongue.about(Some(self.tongue.month(date))),
            KnownAs::Year(date) => self.tongue.about(Some(self.tongue.year(date))),
            KnownAs::Days(from, to) => self.tongue.between(day(from), day(to)),
            KnownAs::Nothing => self.tongue.about(None),
        }
    }

    fn title(&self, id: &str) -> String {
        let cause = self.facts.place(id).map(|n| &self.facts.causes[n]);
        cause.map_or_else(|| id.to_owned(), |c| self.tongue.quote(&self.text(&c.title)))
    }

    fn system(&self, id: &str) -> String {
        let name = self.facts.system(id).map_or_else(|| id.to_owned(), |s| self.text(&s.name));
        self.tongue.quote(&name)
    }

    fn kinds(&self, kinds: &[String]) -> String {
        let name = |kind: &String| self.word(vocabulary::find(KINDS, kind), kind);
        self.tongue.either(&kinds.iter().map(name).collect::<Vec<_>>())
    }

    fn field(&self, name: &str) -> String {
        let words = vocabulary::field(name).map(|f| f.words).or_else(|| vocabulary::find(OPEN_FIELDS, name));
        self.word(words, name)
    }

    fn value(&self, field: &str, value: &Scalar) -> String {
        match value {
            Scalar::Bool(true) => self.tongue.quote(&self.tongue.of("はい", "yes")),
            Scalar::Bool(false) => self.tongue.quote(&self.tongue.of("いいえ", "no")),
            Scalar::Number(number) => number.to_string(),
            Scalar::Text(text) if field == "system" => self.system(text),
            Scalar::Text(text) => {
                let words = vocabulary::field(field).and_then(|f| vocabulary::find(f.values, text));
                self.word(words, text)
            }
        }
    }

    fn word(&self, words: Option<Words>, or: &str) -> String {
        let (ja, en) = words.map_or_else(|| own(self.facts, or), |words| (words.ja, words.en));
        self.tongue.quote(&self.tongue.of(ja, en))
    }
}
