//! Which records of a person match, and how many there are of each kind.

use super::{CauseScope, Count, Level, Pair, excluded, judge::Frame};
use crate::{
    Truth,
    condition::{Fields, Scalar},
    facts::{Cause, Certainty, Events, Facts, Rule, Unit},
    history::{Event, History},
    words,
};
use std::collections::{BTreeMap, BTreeSet};

/// Records that match, by their place in the history: for certain, or perhaps.
pub type Matching = BTreeMap<usize, Truth>;

/// A matching record of which nobody can say whose it is.
#[derive(Clone, Copy)]
pub struct Lone {
    /// Whether it matches for certain, or perhaps.
    pub truth: Truth,
    /// Whether it shows that data got out.
    pub is_confirmed: bool,
}

/// What is counted of one cause, person by person.
pub struct Tally<'a> {
    cause: &'a Cause,
    history: &'a History,
    counts: Counts<'a>,
    affected: Sum,
    confirmed: Sum,
    /// Without records: they are those of `affected` that are not confirmed.
    possible: Sum,
}

/// Records and persons of one level.
#[derive(Default)]
struct Sum {
    records: BTreeMap<Key, Truth>,
    persons: Vec<Truth>,
    /// So many are counted of whom no record is left.
    lost: u64,
}

/// What makes two records one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Named(String),
    Event(usize),
}

impl<'a> Tally<'a> {
    /// Nobody so far.
    pub fn new(facts: &'a Facts, cause: &'a Cause, history: &'a History) -> Tally<'a> {
        Tally {
            cause,
            history,
            counts: Counts::of(facts, cause),
            affected: Sum::default(),
            confirmed: Sum::default(),
            possible: Sum::default(),
        }
    }

    /// Counts a person, and gives back his matching records.
    /// `of_itself`: the cause's own rule shows that data got out.
    pub fn person(
        &mut self,
        frame: &Frame<'_>,
        place: usize,
        (result, certain): (Level, bool),
        of_itself: bool,
    ) -> Matching {
        let mut all = Matching::new();
        if result == Level::None {
            return all;
        }
        frame.matching_any(&self.cause.rule, place, &mut all);
        let mut sure = Matching::new();
        self.cause.confirmed.iter().for_each(|rule| frame.matching_any(rule, place, &mut sure));
        for (n, truth) in &sure {
            let known = all.entry(*n).or_insert(*truth);
            *known = (*known).max(*truth);
        }
        let truth = if certain { Truth::Yes } else { Truth::Unknown };
        let counted = self.counted(&all);
        let counted = if counted.is_empty() { &all } else { &counted };
        // What fits for certain shows it; only where nothing does, what may fit.
        if sure.values().any(|truth| *truth == Truth::Yes) {
            sure.retain(|_, truth| *truth == Truth::Yes);
        }
        let mut shown = self.shown(counted, &sure);
        if of_itself {
            shown.extend(
                counted.iter().filter(|(_, truth)| **truth == Truth::Yes).map(|(n, truth)| (*n, *truth)),
            );
        }
        let of_level = if result == Level::Confirmed && !shown.is_empty() { &shown } else { counted };
        let unit = self.cause.unit();
        if result == Level::Confirmed {
            self.confirmed.add(unit, self.history, of_level, truth);
        } else {
            self.possible.person(truth, counted.is_empty());
        }
        self.affected.add(unit, self.history, counted, truth);
        all
    }

    /// Those of the records that are counted.
    fn counted(&self, records: &Matching) -> Matching {
        self.of(records, |event| self.counts.holds(event))
    }

    /// Those of the records that are counted which these show: they are among them, or of a card or an order that one of
    /// them names.
    fn shown(&self, counted: &Matching, sure: &Matching) -> Matching {
        let unit = self.cause.unit();
        let name = |event: &Event| name(unit, event);
        let names: BTreeSet<String> = sure.keys().filter_map(|n| name(&self.history.events[*n])).collect();
        let themselves = counted.iter().filter(|(n, _)| sure.contains_key(n)).map(|(n, truth)| (*n, *truth));
        let mut shown = self.of(counted, |event| name(event).is_some_and(|name| names.contains(&name)));
        shown.extend(themselves);
        shown
    }

    fn of(&self, records: &Matching, holds: impl Fn(&Event) -> bool) -> Matching {
        let held = records.iter().filter(|(n, _)| holds(&self.history.events[**n]));
        held.map(|(n, truth)| (*n, *truth)).collect()
    }

    /// The places of matching records of which nobody can say whose they are.
    pub fn unlinked(&self, facts: &Facts) -> BTreeMap<usize, Lone> {
        let frame = super::frame(facts, self.history, Some(self.cause), &[]);
        frame.unlinked(|event| frame.single_of(self.cause, event), |lone| lone.truth)
    }

    /// All that was counted.
    pub fn end(mut self, facts: &Facts) -> CauseScope {
        let theirs = self.unlinked(facts);
        let unit = self.cause.unit();
        for (n, lone) in &theirs {
            self.affected.record(unit, self.history, *n, lone.truth);
            if lone.is_confirmed {
                self.confirmed.record(unit, self.history, *n, lone.truth);
            }
        }
        let Tally { affected, confirmed, mut possible, .. } = self;
        let others = affected.records.iter().filter(|(key, _)| !confirmed.records.contains_key(key));
        possible.records = others.map(|(key, truth)| (key.clone(), *truth)).collect();
        // Each of them may be a person of his own, even with a card that somebody else used, too.
        let unlinked_records = theirs.len() as u64;
        let unlinked_confirmed = theirs.values().filter(|lone| lone.is_confirmed).count() as u64;
        let frame = super::frame(facts, self.history, None, &[]);
        let (losses, of_confirmed) = (frame.losses_by(self.cause), frame.losses_of_confirmed(self.cause));
        CauseScope {
            id: self.cause.id.clone(),
            sentence: words::rule(facts, Some(self.cause), &self.cause.rule),
            confirmed_by: words::confirmed(facts, self.cause),
            unit,
            affected: affected.pair(unit, unlinked_records).less(unit, losses),
            confirmed: confirmed.pair(unit, unlinked_confirmed).less(unit, of_confirmed),
            possible: possible.pair(unit, unlinked_records - unlinked_confirmed).less(unit, losses),
            unlinked_records,
            excluded: excluded::of(facts, self.history, self.cause),
            stated: self.cause.stated.clone(),
        }
    }
}

impl Sum {
    fn add(&mut self, unit: Unit, history: &History, records: &Matching, person: Truth) {
        self.person(person, records.is_empty());
        for (n, truth) in records {
            self.record(unit, history, *n, person.and(*truth));
        }
    }

    fn person(&mut self, truth: Truth, is_lost: bool) {
        self.persons.push(truth);
        self.lost += u64::from(is_lost);
    }

    fn record(&mut self, unit: Unit, history: &History, n: usize, truth: Truth) {
        let event = &history.events[n];
        let (key, same) = match (unit, name(unit, event)) {
            (Unit::Events | Unit::Persons, _) => (Key::Event(n), true),
            (_, Some(name)) => (Key::Named(name), true),
            (_, None) => (Key::Event(n), false),
        };
        // A record that does not say which card it was may be one of those that are counted already.
        let truth = if same { truth } else { truth.and(Truth::Unknown) };
        let known = self.records.entry(key).or_insert(truth);
        *known = (*known).max(truth);
    }

    fn pair(&self, unit: Unit, unknown_persons: u64) -> Pair {
        let mut persons = Count::ZERO;
        self.persons.iter().for_each(|truth| persons.add(*truth));
        persons.unknown(unknown_persons);
        let mut records = Count::ZERO;
        if unit == Unit::Persons {
            return Pair { records: persons, persons };
        }
        self.records.values().for_each(|truth| records.add(*truth));
        records.lost(self.lost);
        Pair { records, persons }
    }
}

/// What names the card or order that a record is of, where these are counted.
fn name(unit: Unit, event: &Event) -> Option<String> {
    match unit {
        Unit::Cards => named_by(&event.fields, "fingerprint"),
        Unit::Orders => order_of(event),
        Unit::Events | Unit::Persons => None,
    }
}

/// Which of the matching records are counted, where any of them is: those of the kinds that `rule` asks for, since what
/// `confirmed` alone asks for only shows something; and of cards and orders none that is neither. Whatever names a card or
/// an order is counted as that one.
pub(crate) struct Counts<'a> {
    unit: Unit,
    /// `None`: all of them.
    kinds: Option<BTreeSet<&'a str>>,
}

impl<'a> Counts<'a> {
    pub(crate) fn of(facts: &'a Facts, cause: &'a Cause) -> Counts<'a> {
        let kinds = cause.confirmed.as_ref().map(|_| facts.kinds_asked(&cause.rule));
        Counts { unit: cause.unit(), kinds }
    }

    /// Whether a record of that kind is counted that names no card or order; and one that does.
    pub(crate) fn kind(&self, kind: &str) -> [bool; 2] {
        let asked = self.kinds.as_ref().is_none_or(|kinds| kinds.contains(kind));
        [asked && !self.unit.is_never(kind), true]
    }

    fn holds(&self, event: &Event) -> bool {
        self.kind(&event.kind)[usize::from(name(self.unit, event).is_some())]
    }
}

/// What names the order that an event is, or belongs to.
pub(crate) fn order_of(event: &Event) -> Option<String> {
    if event.kind == "order" { event.id.clone() } else { named_by(&event.fields, "order") }
}

/// What a field names: a text or a number.
pub(crate) fn named_by(fields: &Fields, name: &str) -> Option<String> {
    name_in(fields.get(name)?)
}

/// The same of its values.
pub(crate) fn name_in(values: &[Scalar]) -> Option<String> {
    match values.first()? {
        Scalar::Text(text) => Some(text.clone()),
        Scalar::Number(number) => Some(number.to_string()),
        Scalar::Bool(_) => None,
    }
}

/// What of a person is concerned where he is, in the order of the facts, and whether that is certain of each.
pub fn items(frame: &Frame<'_>, cause: &Cause, place: usize, records: &Matching) -> Vec<(String, Truth)> {
    let mut named: Vec<(String, Truth)> = Vec::new();
    for item in &cause.items {
        let truth = item.only.as_ref().map_or(Truth::Yes, |rule| frame.ask(rule, place).0);
        // An item may stand there several times, for some persons and for others.
        if truth != Truth::No {
            raise(&mut named, &item.item, truth);
        }
    }
    named.sort_by_key(|(item, _)| cause.items.iter().position(|known| known.item == *item));
    if !cause.items_of_records {
        return named;
    }
    let mut opened: Vec<(String, Truth)> = Vec::new();
    if records.is_empty() || !frame.is_all_told(cause, place) {
        named.iter().for_each(|(item, _)| raise(&mut opened, item, Truth::Unknown));
    }
    for (n, truth) in records {
        match frame.history.events[*n].fields.get("fields") {
            Some(fields) => fields.iter().for_each(|field| {
                if let Scalar::Text(item) = field {
                    raise(&mut opened, item, *truth);
                }
            }),
            // A record that does not say what was opened may have opened everything.
            None => named.iter().for_each(|(item, _)| raise(&mut opened, item, Truth::Unknown)),
        }
    }
    let of = |item: &str| opened.iter().find(|(known, _)| known == item).map(|(_, truth)| *truth);
    let mut items: Vec<(String, Truth)> =
        named.into_iter().filter_map(|(item, truth)| of(&item).map(|said| (item, said.and(truth)))).collect();
    opened.sort();
    opened.retain(|(item, _)| !items.iter().any(|(known, _)| known == item));
    items.extend(opened);
    items
}

/// Notes that an item is concerned; what is certain by one is.
fn raise(items: &mut Vec<(String, Truth)>, item: &str, truth: Truth) {
    match items.iter_mut().find(|(known, _)| known == item) {
        Some((_, known)) => *known = (*known).max(truth),
        None => items.push((item.to_owned(), truth)),
    }
}

impl Frame<'_> {
    /// The records of a person that a rule means, of all that is recorded of him or under any of his ids.
    fn matching_any(&self, rule: &Rule, place: usize, into: &mut Matching) {
        self.matching(rule, place, Truth::Yes, into);
        self.parts(place).for_each(|frame| frame.matching(rule, place, Truth::Yes, into));
    }

    /// The records of a person that a rule means, where it speaks for them and not against them. `most`: what is said of the
    /// rule that this one is part of; none of its records is more certain.
    fn matching(&self, rule: &Rule, place: usize, most: Truth, into: &mut Matching) {
        match rule {
            Rule::Event(events) => {
                for (n, event) in self.of_person(events, place) {
                    let truth = self.see(events, event).truth.and(most);
                    if truth != Truth::No {
                        let known = into.entry(n).or_insert(truth);
                        *known = (*known).max(truth);
                    }
                }
            }
            Rule::All(all) => {
                let most = self.judge(rule, place).0.and(most);
                if most != Truth::No {
                    all.iter().for_each(|rule| self.matching(rule, place, most, into));
                }
            }
            Rule::Any(all) => all.iter().for_each(|rule| self.matching(rule, place, most, into)),
            Rule::Cause(id) => {
                if let Some((cause, decided)) = self.decided_of(id) {
                    self.of(cause).matching(&cause.rule, place, decided.and(most), into);
                }
            }
            Rule::Everyone | Rule::Person(_) | Rule::Not(_) => {}
        }
    }

    /// A cause that concerns the person or may, and which of the two.
    fn decided_of(&self, id: &str) -> Option<(&Cause, Truth)> {
        let n = self.facts.place(id)?;
        let decided = self.decided.get(n).copied().filter(|truth| *truth != Truth::No)?;
        Some((&self.facts.causes[n], decided))
    }

    /// How far the records at hand say all that a cause means of a person, of all that is known of him or under any of his ids.
    fn is_all_told(&self, cause: &Cause, place: usize) -> bool {
        let told = |frame: &Frame<'_>| {
            let each = cause.confirmed.as_ref().is_none_or(|rule| frame.told(rule, place) != Told::NotAll);
            each && matches!(frame.told(&cause.rule, place), Told::All | Told::Nothing)
        };
        told(self) && self.parts(place).all(|frame| told(&frame))
    }

    fn told(&self, rule: &Rule, place: usize) -> Told {
        if self.judge(rule, place).0 == Truth::No {
            return Told::Nothing;
        }
        match rule {
            Rule::Event(events) if self.lost(events, place).is_some() => Told::NotAll,
            Rule::Event(_) => Told::All,
            Rule::Everyone | Rule::Person(_) | Rule::Not(_) => Told::NoRecords,
            Rule::Cause(id) => match self.decided_of(id) {
                Some((cause, _)) => self.of(cause).told(&cause.rule, place),
                None => Told::Nothing,
            },
            // What asks for no records only says of whom the others are asked.
            Rule::All(all) => all.iter().map(|rule| self.told(rule, place)).max().unwrap_or(Told::NoRecords),
            Rule::Any(all) => {
                let each: Vec<Told> = all.iter().map(|rule| self.told(rule, place)).collect();
                match each.iter().copied().max().unwrap_or(Told::Nothing) {
                    Told::All if each.contains(&Told::NoRecords) => Told::NotAll,
                    most => most,
                }
            }
        }
    }

    /// The events of which nobody can say whose they are, and that mean, or may mean, somebody; by place.
    fn unlinked<T>(&self, ask: impl Fn(&Event) -> T, truth: impl Fn(&T) -> Truth) -> BTreeMap<usize, T> {
        let events = self.history.events.iter().enumerate().filter(|(_, event)| event.person.is_none());
        events.map(|(n, event)| (n, ask(event))).filter(|(_, one)| truth(one) != Truth::No).collect()
    }

    /// How many of them a rule means: each may be a person of his own.
    pub fn unlinked_by(&self, rule: &Rule) -> u64 {
        self.unlinked(|event| self.single(rule, event).meant(), |truth| *truth).len() as u64
    }

    /// Whether such an event is one that a cause means.
    fn single_of(&self, cause: &Cause, event: &Event) -> Lone {
        let theirs = self.of(cause);
        let asked = |rule: &Rule| theirs.single(rule, event).meant();
        let (rule, confirmed) = (asked(&cause.rule), cause.confirmed.as_ref().map_or(Truth::No, asked));
        let sure = cause.certainty == Certainty::Confirmed && rule == Truth::Yes;
        Lone { truth: rule.max(confirmed), is_confirmed: sure || confirmed == Truth::Yes }
    }

    /// What a rule says of somebody of whom one event is known. Whether there are others of his, of other kinds, is unknown.
    fn single(&self, rule: &Rule, event: &Event) -> Single {
        let each = |all: &[Rule], none: Truth, choose: fn(Truth, Truth) -> Truth| {
            let each = all.iter().map(|rule| self.single(rule, event));
            each.fold(Single { holds: none, ..Single::NONE }, |all, one| Single {
                shown: all.shown.max(one.shown),
                holds: choose(all.holds, one.holds),
            })
        };
        match rule {
            Rule::Event(events) => {
                let meant = events.kinds.contains(&event.kind) && events.whom.person;
                let shown = if meant { self.see(events, event).truth } else { Truth::No };
                let shown = shown.max(self.instead(events, event).and(Truth::Unknown));
                // He may have had one of another kind that the rule asks for.
                Single {
                    shown,
                    holds: if events.is_only(&event.kind) { shown } else { shown.max(Truth::Unknown) },
                }
            }
            Rule::All(all) => each(all, Truth::Yes, Truth::min),
            Rule::Any(all) => each(all, Truth::No, Truth::max),
            Rule::Cause(id) => {
                let Some(cause) = self.facts.place(id).and_then(|n| self.facts.causes.get(n)) else {
                    return Single { shown: Truth::No, holds: Truth::Unknown };
                };
                let theirs = self.of(cause);
                let rules =
                    cause.confirmed.iter().chain([&cause.rule]).map(|rule| theirs.single(rule, event));
                rules.fold(Single::NONE, |all, one| Single {
                    shown: all.shown.max(one.meant()),
                    holds: all.holds.max(one.holds),
                })
            }
            // It is a record of somebody.
            Rule::Everyone => Single { shown: Truth::Yes, holds: Truth::Yes },
            Rule::Person(_) => Single { shown: Truth::No, holds: Truth::Unknown },
            Rule::Not(inner) => {
                Single { shown: Truth::No, holds: !self.single(inner, event).holds.max(Truth::Unknown) }
            }
        }
    }

    /// Whether such an event is of somebody who is concerned in place of lost records.
    fn instead(&self, rule: &Events, event: &Event) -> Truth {
        let gaps = self.gaps().iter().filter(|gap| !self.in_gap && self.loses(rule, gap));
        let each = gaps.filter_map(|gap| {
            let instead = gap.instead.as_ref().filter(|rule| **rule != Rule::Everyone)?;
            Some(self.instead_of(rule, gap).single(instead, event).meant())
        });
        each.max().unwrap_or(Truth::No)
    }
}

/// Whether the records that a rule means are all that it means of a person: of two parts of a rule the greater counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    /// It means nothing of him.
    Nothing,
    /// It asks for none.
    NoRecords,
    /// They are.
    All,
    /// Some may be lost, or it may mean him without any.
    NotAll,
}

/// What a rule says of an event alone.
#[derive(Clone, Copy)]
struct Single {
    /// Whether it is one of those that the rule asks for.
    shown: Truth,
    /// Whether the rule holds of whoever's it is.
    holds: Truth,
}

impl Single {
    const NONE: Single = Single { shown: Truth::No, holds: Truth::No };

    fn meant(self) -> Truth {
        self.shown.and(self.holds)
    }
}
