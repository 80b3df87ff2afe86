//! Whether a rule holds of a person, and why.

use super::Losses;
use crate::{
    Truth, When, Window,
    condition::{Condition, Scalar},
    facts::{Cause, During, Events, Facts, Gap, Rule},
    history::{Event, History, Missing, Part},
};
use std::{cell::RefCell, collections::HashMap};

/// What decided that a rule holds of somebody, does not, or cannot be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because {
    /// Everybody is meant.
    Everyone,
    /// There are such records of him.
    Has {
        /// Their kind.
        kind: String,
        /// Whether he had no part in them but that they went to him.
        received: bool,
        /// How many.
        count: usize,
        /// When the first was.
        first: When,
    },
    /// There is a record that may be such a one.
    Unclear {
        /// Its kind.
        kind: String,
        /// When it was, as far as that is known.
        when: When,
        /// What it does not say.
        lacks: Lack,
    },
    /// Records that might show it are lost.
    Lost {
        /// Of this kind.
        kind: String,
        /// Of these days.
        days: Window,
    },
    /// Records that might show it are of nobody knows whom.
    OfNobody {
        /// Their kinds.
        kinds: Vec<String>,
    },
    /// There is no record of these kinds.
    NoRecord {
        /// The kinds.
        kinds: Vec<String>,
        /// Whether only such were asked for as went to him.
        received: bool,
    },
    /// There are such records, at other times.
    Outside {
        /// Their kind.
        kind: String,
        /// When the nearest in the file's order was.
        when: When,
    },
    /// There are such records, on another system.
    Elsewhere {
        /// Their kind.
        kind: String,
        /// The system.
        system: String,
    },
    /// There are such records, and this field of theirs is another.
    Differs {
        /// Their kind.
        kind: String,
        /// The field.
        field: String,
    },
    /// What is recorded of the person fits, does not, or is not recorded.
    Person {
        /// What was asked.
        asked: Condition,
        /// The field, where one alone decided.
        field: Option<String>,
        /// Which of the three.
        fits: Truth,
    },
    /// Another cause concerns him, may, or does not.
    Cause {
        /// Its id.
        id: String,
        /// Which of the three.
        concerns: Truth,
    },
    /// A rule that was turned into its opposite was decided by this.
    Opposite(Box<Because>),
}

/// What a record does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// When exactly it was.
    Time,
    /// On which system.
    System,
    /// This field.
    Field(String),
}

/// A rule's answer about a person.
pub type Judgement = (Truth, Vec<Because>);

/// What a rule is asked against.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// The facts.
    pub facts: &'a Facts,
    /// The records.
    pub history: &'a History,
    /// The cause that the rule belongs to; `None` for a group's.
    pub cause: Option<&'a Cause>,
    /// The days that "windows" means in the rule.
    pub windows: &'a [Window],
    /// Whether the rule says who is concerned in place of lost records.
    pub in_gap: bool,
    /// Then the days in which the lost ones would have counted; none: any.
    pub lost_in: &'a [Window],
    /// How far each cause, by its place, concerns the person: those decided so far.
    pub decided: &'a [Truth],
    /// Of whom more ids than one are known: what is recorded under this one, and nothing else.
    pub part: Option<&'a Part>,
    /// Whether what is asked stands within an opposite: then it speaks against a person.
    pub denied: bool,
    /// What was asked before of the records of nobody knows whom.
    pub nobodys: Option<&'a Nobodys>,
}

/// Whether a rule's event is found among the records of nobody knows whom, by the places of rule, days and cause in memory: it is
/// the same for everybody.
#[derive(Default)]
pub struct Nobodys(RefCell<HashMap<[usize; 4], bool>>);

impl<'a> Frame<'a> {
    /// Asks a rule of the person at `place`: of all that is recorded of him, and where further ids were found to be his of
    /// what is recorded under each. Whom it concerns under one of his ids it concerns, whatever stands under another.
    pub fn ask(&self, rule: &Rule, place: usize) -> Judgement {
        let whole = self.judge(rule, place);
        let by_part = self.parts(place).map(|frame| frame.judge(rule, place));
        by_part.fold(whole, |most, one| if one.0 > most.0 { one } else { most })
    }

    /// The same frame for each of the ids of a person of whom more than one is known.
    pub fn parts(&self, place: usize) -> impl Iterator<Item = Frame<'a>> + use<'a> {
        let frame = *self;
        frame.history.persons[place].parts.iter().map(move |part| Frame { part: Some(part), ..frame })
    }

    /// Asks a rule of what is recorded of the person at `place`, or of the part of it that is meant.
    pub fn judge(&self, rule: &Rule, place: usize) -> Judgement {
        match rule {
            Rule::Everyone => (Truth::Yes, vec![Because::Everyone]),
            Rule::Cause(id) => {
                let place = self.facts.place(id);
                let decided = place.and_then(|n| self.decided.get(n)).copied().unwrap_or(Truth::Unknown);
                let perhaps = || place.is_some_and(|n| self.may_be_of_nobody_by(&self.facts.causes[n]));
                let concerns =
                    if self.denied && decided == Truth::No && perhaps() { Truth::Unknown } else { decided };
                (concerns, vec![Because::Cause { id: id.clone(), concerns }])
            }
            Rule::Person(condition) => {
                let whole = &self.history.persons[place].fields;
                let (fits, field) = condition.holds(self.part.map_or(whole, |part| &part.fields));
                let (asked, field) = (condition.clone(), field.map(str::to_owned));
                (fits, vec![Because::Person { asked, field, fits }])
            }
            Rule::Not(inner) => {
                let (truth, why) = Frame { denied: !self.denied, ..*self }.judge(inner, place);
                (!truth, why.into_iter().map(|b| Because::Opposite(Box::new(b))).collect())
            }
            Rule::All(all) => {
                let each: Vec<Judgement> = all.iter().map(|rule| self.judge(rule, place)).collect();
                let truth = each.iter().map(|(t, _)| *t).min().unwrap_or(Truth::Yes);
                let mut deciding = each.into_iter().filter(|(t, _)| *t == truth).map(|(_, why)| why);
                let why = if truth == Truth::No {
                    deciding.next().unwrap_or_default()
                } else {
                    deciding.flatten().collect()
                };
                (truth, why)
            }
            Rule::Any(all) => {
                let each: Vec<Judgement> = all.iter().map(|rule| self.judge(rule, place)).collect();
                let truth = each.iter().map(|(t, _)| *t).max().unwrap_or(Truth::No);
                let mut deciding = each.into_iter().filter(|(t, _)| *t == truth).map(|(_, why)| why);
                // That none holds has as many reasons as there are rules.
                let why = if truth == Truth::No {
                    deciding.flatten().collect()
                } else {
                    deciding.next().unwrap_or_default()
                };
                (truth, why)
            }
            Rule::Event(events) => self.judge_events(events, place),
        }
    }

    fn judge_events(&self, rule: &Events, place: usize) -> Judgement {
        let mut found: Vec<Found<'_>> = Vec::new();
        let mut best: Option<(Seen, &Event)> = None;
        for (_, event) in self.of_person(rule, place) {
            let seen = self.see(rule, event);
            if seen.truth == Truth::Yes {
                let received = !rule.whom.person || event.person != Some(place);
                match found.iter_mut().find(|found| found.kind == event.kind) {
                    Some(found) => found.add(event, received),
                    None => found.push(Found { kind: &event.kind, received, count: 1, first: event.when }),
                }
            } else if best.as_ref().is_none_or(|(b, _)| seen.rank() > b.rank()) {
                best = Some((seen, event));
            }
        }
        if !found.is_empty() {
            return (Truth::Yes, found.into_iter().map(Found::told).collect());
        }
        let best = best.map(|(seen, event)| (seen.truth, why(rule, event, &seen)));
        let lost = self.lost(rule, place);
        match (best, lost) {
            (Some((Truth::Unknown, why)), _) | (_, Some(why)) => (Truth::Unknown, vec![why]),
            // That there is none of his is not certain where there are some of nobody knows whom.
            _ if self.denied && self.may_be_of_nobody(rule) => {
                (Truth::Unknown, vec![Because::OfNobody { kinds: rule.kinds.clone() }])
            }
            (Some((truth, why)), None) => (truth, vec![why]),
            (None, None) => {
                let received = !rule.whom.person;
                (Truth::No, vec![Because::NoRecord { kinds: rule.kinds.clone(), received }])
            }
        }
    }

    /// The events of the rule's kinds that concern that person, with their places in the history.
    pub fn of_person<'r>(
        &self,
        rule: &'r Events,
        place: usize,
    ) -> impl Iterator<Item = (usize, &'a Event)> + use<'a, 'r> {
        let (history, part) = (self.history, self.part);
        let events = history.persons[place].events.iter().map(|n| (*n, &history.events[*n]));
        events.filter(move |(n, event)| {
            let (own, received) = match part {
                Some(part) => (part.own.contains(n), part.received.contains(n)),
                None => (event.person == Some(place), event.recipients.contains(&place)),
            };
            rule.kinds.contains(&event.kind) && (rule.whom.person && own || rule.whom.recipients && received)
        })
    }

    /// Whether one event, of a kind that the rule means, is such a one.
    pub fn see(&self, rule: &Events, event: &Event) -> Seen {
        let time = self.covers(rule, event.when);
        let (fits, _) = rule.when.holds(&event.fields);
        let tests =
            [(time, Asked::Time), (self.on(rule, system(event)), Asked::System), (fits, Asked::Fields)];
        let passed = tests.iter().take_while(|(truth, _)| *truth != Truth::No).count();
        let least = tests.into_iter().min_by_key(|(truth, _)| *truth);
        let (truth, by) = least.unwrap_or((Truth::Yes, Asked::Time));
        Seen { truth, by, passed }
    }

    /// Whether the event's time counts for the rule.
    fn covers(&self, rule: &Events, when: When) -> Truth {
        let covers = rule.covers(self.windows, when);
        covers.min(Window::hold(self.lost_in_of(rule), when))
    }

    /// The days in which lost records would have counted, where the rule asks in "the windows" who is concerned in their
    /// place; none: any.
    pub fn lost_in_of(&self, rule: &Events) -> &'a [Window] {
        if rule.during == During::Windows { self.lost_in } else { &[] }
    }

    /// The frame in which it is asked who is concerned in place of records that are lost of those that a rule means: in the
    /// days of which they are lost, as far as such count.
    pub fn instead_of<'g>(&self, rule: &'g Events, gap: &'g Gap) -> Frame<'g>
    where
        'a: 'g,
    {
        let (windows, lost_in) = (std::slice::from_ref(&gap.days), rule.windows(self.windows));
        Frame { windows, lost_in, in_gap: true, ..*self }
    }

    /// Whether a system is one of those that count for the rule.
    pub fn on(&self, rule: &Events, system: Option<&str>) -> Truth {
        let named = rule.systems.as_ref().or_else(|| self.cause?.systems.as_ref());
        let Some(system) = system else {
            let all = named.is_none() && self.facts.systems.iter().all(|s| s.affected);
            return if all { Truth::Yes } else { Truth::Unknown };
        };
        let described = self.facts.system(system);
        match named {
            Some(named) if named.iter().any(|n| n == system) => Truth::Yes,
            // Of a system that nobody described nobody can say that it is another.
            _ if described.is_none() && !self.facts.systems.is_empty() => Truth::Unknown,
            Some(_) => Truth::No,
            None => Truth::from(described.is_none_or(|s| s.affected)),
        }
    }

    /// Whether lost records might have shown such an event of that person.
    pub(super) fn lost(&self, rule: &Events, place: usize) -> Option<Because> {
        let concerned = |gap: &&Gap| {
            // Who is concerned instead is not asked of the same lost records again: that would have no end.
            let (within, instead) = (self.instead_of(rule, gap), gap.instead.as_ref());
            self.loses(rule, gap) && instead.is_none_or(|rule| within.judge(rule, place).0 != Truth::No)
        };
        let mut stated = self.gaps().iter().filter(|_| !self.in_gap);
        let found = stated.find(concerned).map(|gap| (&gap.of, gap.days));
        let found = found.or_else(|| self.missing(rule).next().map(|found| (&found.kind, found.days)));
        found.map(|(kind, days)| Because::Lost { kind: kind.clone(), days })
    }

    /// Whether a record of nobody knows whom is, or may be, such a one.
    pub fn may_be_of_nobody(&self, rule: &Events) -> bool {
        let find = || {
            let meant = |event: &&Event| event.person.is_none() && rule.kinds.contains(&event.kind);
            rule.whom.person
                && self.history.events.iter().filter(meant).any(|e| self.see(rule, e).truth != Truth::No)
        };
        let Some(Nobodys(known)) = self.nobodys else { return find() };
        let cause = self.cause.map_or(0, |cause| std::ptr::from_ref(cause).addr());
        let [windows, lost_in] = [self.windows, self.lost_in].map(|days| days.as_ptr().addr());
        let key = [std::ptr::from_ref(rule).addr(), windows, lost_in, cause];
        let before = known.borrow().get(&key).copied();
        before.unwrap_or_else(|| {
            let found = find();
            known.borrow_mut().insert(key, found);
            found
        })
    }

    /// Whether a record of nobody knows whom is, or may be, such a one as a cause asks for.
    fn may_be_of_nobody_by(&self, cause: &'a Cause) -> bool {
        let theirs = self.of(cause);
        let mut found = false;
        theirs.facts.each_asked(cause, &mut |events, cause| {
            found = found || theirs.of(cause).may_be_of_nobody(events);
        });
        found
    }

    /// The frame in which a cause's own rules are asked.
    pub fn of(&self, cause: &'a Cause) -> Frame<'a> {
        Frame { cause: Some(cause), windows: &cause.windows, lost_in: &[], ..*self }
    }

    /// Records that are lost such as the rule asks for, of which the facts do not say who is concerned instead.
    fn missing(&self, rule: &Events) -> impl Iterator<Item = &'a Missing> {
        let missing = self.history.missing.iter().filter(|missing| !self.is_stated(missing));
        missing.filter(|m| self.means(rule, &m.kind, &m.days, m.system.as_deref()))
    }

    /// Whether records are lost by which a rule would find somebody.
    pub fn losses(&self, rule: &Rule) -> Losses {
        match rule {
            Rule::Event(events) => {
                let gaps = self.gaps().iter().filter(|gap| !self.in_gap && self.loses(events, gap));
                // What would say who is concerned instead may be lost, too.
                let unbounded = |gap: &Gap| {
                    let within = self.instead_of(events, gap);
                    gap.instead.as_ref().is_none_or(|instead| within.losses(instead).any)
                };
                let missing = self.missing(events).next().is_some();
                let all = Losses { any: missing, unbounded: missing };
                gaps.fold(all, |all, gap| all.or(Losses { any: true, unbounded: unbounded(gap) }))
            }
            Rule::All(all) | Rule::Any(all) => {
                all.iter().fold(Losses::default(), |found, rule| found.or(self.losses(rule)))
            }
            Rule::Cause(id) => {
                let cause = self.facts.place(id).and_then(|n| self.facts.causes.get(n));
                cause.map_or(Losses::default(), |cause| self.losses_by(cause))
            }
            // Of somebody whose only record was lost nothing is known.
            Rule::Everyone => {
                let lost = self.history.missing.iter().any(|missing| !self.is_stated(missing));
                Losses { any: lost, unbounded: lost }
            }
            Rule::Person(_) | Rule::Not(_) => Losses::default(),
        }
    }

    /// The same of a cause: whom `confirmed` alone finds it concerns, too.
    pub fn losses_by(&self, cause: &'a Cause) -> Losses {
        self.of(cause).losses(&cause.rule).or(self.losses_of_confirmed(cause))
    }

    /// Whether records are lost by which a cause's `confirmed` would find somebody.
    pub fn losses_of_confirmed(&self, cause: &'a Cause) -> Losses {
        cause.confirmed.as_ref().map_or(Losses::default(), |rule| self.of(cause).losses(rule))
    }

    /// The same of any cause.
    pub fn losses_of_all(&self) -> Losses {
        self.facts.causes.iter().fold(Losses::default(), |all, cause| all.or(self.losses_by(cause)))
    }

    pub(super) fn loses(&self, rule: &Events, gap: &Gap) -> bool {
        self.means(rule, &gap.of, &gap.days, gap.system.as_deref())
    }

    pub(super) fn gaps(&self) -> &'a [Gap] {
        self.cause.map_or(&[], |cause| &cause.gaps)
    }

    /// Whether the records lost are such as the rule asks for.
    pub fn means(&self, rule: &Events, kind: &str, days: &Window, system: Option<&str>) -> bool {
        rule.kinds.iter().any(|k| k == kind)
            && rule.overlaps(self.windows, days)
            && Window::overlap(self.lost_in_of(rule), days)
            && (system.is_none() || self.on(rule, system) != Truth::No)
    }

    /// Whether the facts say who is concerned in place of those lost records.
    pub fn is_stated(&self, missing: &Missing) -> bool {
        self.gaps().iter().any(|gap| {
            gap.of == missing.kind
                && gap.days.contains(&missing.days)
                && (gap.system.is_none() || gap.system == missing.system)
        })
    }
}

/// The system of an event.
pub fn system(event: &Event) -> Option<&str> {
    match event.fields.get("system")?.first()? {
        Scalar::Text(id) => Some(id),
        _ => None,
    }
}

/// Records of one kind that show what was asked.
struct Found<'a> {
    kind: &'a str,
    received: bool,
    count: usize,
    first: When,
}

impl Found<'_> {
    fn add(&mut self, event: &Event, received: bool) {
        self.count += 1;
        self.received &= received;
        self.first = if event.when.is_before(self.first) { event.when } else { self.first };
    }

    fn told(self) -> Because {
        let Found { kind, received, count, first } = self;
        Because::Has { kind: kind.to_owned(), received, count, first }
    }
}

/// Why an event is not one that the rule means, or may be none.
fn why(rule: &Events, event: &Event, seen: &Seen) -> Because {
    let (kind, when) = (event.kind.clone(), event.when);
    let field = || rule.when.holds(&event.fields).1.unwrap_or_default().to_owned();
    match (seen.truth, seen.by) {
        (Truth::No, Asked::Time) => Because::Outside { kind, when },
        (Truth::No, Asked::System) => {
            Because::Elsewhere { kind, system: system(event).unwrap_or_default().to_owned() }
        }
        (Truth::No, Asked::Fields) => Because::Differs { kind, field: field() },
        (_, Asked::Time) => Because::Unclear { kind, when, lacks: Lack::Time },
        (_, Asked::System) => Because::Unclear { kind, when, lacks: Lack::System },
        (_, Asked::Fields) => Because::Unclear { kind, when, lacks: Lack::Field(field()) },
    }
}

/// What a rule asks of an event.
#[derive(Clone, Copy)]
enum Asked {
    Time,
    System,
    Fields,
}

/// How an event looks to a rule.
pub struct Seen {
    /// Whether it is one that the rule means.
    pub truth: Truth,
    /// What decided so.
    by: Asked,
    /// How many of the tests it passed: of several that fail, the one that came nearest is told.
    passed: usize,
}

impl Seen {
    fn rank(&self) -> (Truth, usize) {
        (self.truth, self.passed)
    }
}
