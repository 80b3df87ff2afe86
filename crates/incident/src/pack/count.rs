//! Who is concerned and how many, over columns. What is counted and how it is meant is as in [`crate::scope`].

use super::{
    Packed,
    judge::{Answers, Asked, NO, OF_PERSON, OF_RECIPIENTS, UNKNOWN, YES, threads, truth},
};
use crate::{
    condition::Scalar,
    facts::{Certainty, Facts, Precision, Unit},
    history::History,
    scope::{CauseScope, Count, Excluded, GroupScope, Level, Pair, Scope, name_in},
    words,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed},
};

/// A cause whose rules were asked.
struct Cause {
    rule: Asked,
    confirmed: Option<Asked>,
    /// By the number of a kind, whether its records are counted; `None`: all that match are.
    kinds: Option<Vec<bool>>,
    unit: Unit,
    sure: bool,
    affected: Sum,
    confirmed_sum: Sum,
    possible: Sum,
}

/// Records and persons of one level, counted by several threads at once.
struct Sum {
    /// The most that is known of each name: of a card, or of an order.
    named: Vec<AtomicU8>,
    /// Of each event that has none.
    events: Vec<AtomicU8>,
    persons: [AtomicU64; 2],
    lost: AtomicBool,
}

/// What makes two records one.
struct Keys {
    /// By the number of a fingerprint: the card, from 1.
    cards: Vec<u64>,
    card_names: u64,
}

impl Packed {
    /// Applies facts to the records. [`Scope::persons`] lists whom anything concerns, and nobody else.
    pub fn evaluate(&self, facts: &Facts) -> Scope {
        let (counts, concerned) = self.count(facts);
        Scope { persons: self.told(facts, &concerned), ..counts }
    }

    /// The same without [`Scope::persons`].
    pub fn counts(&self, facts: &Facts) -> Scope {
        self.count(facts).0
    }

    /// All counts, and the places of whom anything concerns.
    fn count(&self, facts: &Facts) -> (Scope, Vec<usize>) {
        let empty = History { missing: self.missing(), ..History::default() };
        let mut answers = Answers::new(self, facts, &empty);
        let keys = self.keys();
        let causes: Vec<Cause> = (0..facts.causes.len()).map(|n| self.ask(&mut answers, &keys, n)).collect();
        let frame = answers.frame(None);
        let groups: Vec<Asked> = facts.groups.iter().map(|g| answers.ask(&g.rule, &frame, None)).collect();
        let order = facts.order().unwrap_or_else(|_| (0..facts.causes.len()).collect());
        let counted = Counting {
            packed: self,
            answers: &answers,
            causes: &causes,
            groups: &groups,
            order: &order,
            keys: &keys,
        };
        let half = self.persons().div_ceil(threads()).max(1);
        let parts: Vec<Part> = std::thread::scope(|scope| {
            let running: Vec<_> = (0..self.persons())
                .step_by(half)
                .map(|from| {
                    scope.spawn({
                        let (counted, to) = (&counted, self.persons().min(from + half));
                        move || counted.part(from..to)
                    })
                })
                .collect();
            running.into_iter().filter_map(|part| part.join().ok()).collect()
        });
        let mut all = Part::new(groups.len());
        parts.into_iter().for_each(|part| all.append(part));
        let unlinked: Vec<Vec<usize>> =
            causes.iter().map(|cause| counted.unlinked(|event| counted.single_of(cause, event))).collect();
        let mut affected = all.affected;
        let nobodys: BTreeSet<usize> = unlinked.iter().flatten().copied().collect();
        affected.unknown(nobodys.len() as u64);
        let ended = causes.iter().zip(&unlinked).enumerate();
        let causes = ended.map(|(n, (cause, unlinked))| counted.end(facts, n, cause, unlinked)).collect();
        let asked = facts.groups.iter().zip(&groups).zip(all.groups);
        let groups = asked.map(|((group, asked), mut persons)| {
            persons.unknown(counted.unlinked(|event| counted.single(asked, event)).len() as u64);
            let sentence = words::rule(facts, None, &group.rule);
            GroupScope { id: group.id.clone(), sentence, persons }
        });
        let shapes = History { events: self.shapes.clone(), missing: self.missing(), persons: Vec::new() };
        let scope = Scope {
            causes,
            groups: groups.collect(),
            persons_affected: affected,
            persons_known: self.persons() as u64,
            persons: Vec::new(),
            warnings: words::warnings(facts, &shapes),
        };
        (scope, all.concerned)
    }

    fn ask<'a>(&self, answers: &mut Answers<'a>, keys: &Keys, n: usize) -> Cause {
        let cause = &answers.facts.causes[n];
        let frame = answers.frame(Some(cause));
        let rule = answers.ask(&cause.rule, &frame, Some(n));
        let confirmed = cause.confirmed.as_ref().map(|rule| answers.ask(rule, &frame, None));
        let unit = cause.unit();
        let sum = || Sum::new(self, unit, keys);
        let sure = cause.certainty == Certainty::Confirmed;
        let kinds = cause.confirmed.as_ref().map(|_| {
            let mut kinds = BTreeSet::new();
            answers.facts.kinds_asked(&cause.rule, &mut kinds);
            self.kind_names.iter().map(|kind| kinds.contains(kind.as_str())).collect()
        });
        Cause { rule, confirmed, kinds, unit, sure, affected: sum(), confirmed_sum: sum(), possible: sum() }
    }

    fn keys(&self) -> Keys {
        let mut numbers = HashMap::new();
        let values = self.fields.get("fingerprint").map_or(&[][..], |column| &column.values);
        let cards = values.iter().map(|values| {
            name_in(values).map_or(0, |name| {
                let next = numbers.len() as u64 + 1;
                *numbers.entry(name).or_insert(next)
            })
        });
        let cards = [0].into_iter().chain(cards).collect();
        Keys { cards, card_names: numbers.len() as u64 }
    }
}

impl Sum {
    fn new(packed: &Packed, unit: Unit, keys: &Keys) -> Sum {
        let names = match unit {
            Unit::Cards => keys.card_names,
            Unit::Orders => packed.order_names,
            Unit::Events | Unit::Persons => 0,
        };
        let zeros = |count: usize| (0..count).map(|_| AtomicU8::new(0)).collect();
        let events = if unit == Unit::Persons { 0 } else { packed.events() };
        Sum {
            named: zeros(names as usize + 1),
            events: zeros(events),
            persons: Default::default(),
            lost: AtomicBool::new(false),
        }
    }

    fn person(&self, certain: bool) {
        self.persons[usize::from(certain)].fetch_add(1, Relaxed);
    }

    fn record(&self, name: Option<u64>, event: usize, truth: u8) {
        // A record that does not say which it was may be one of those that are counted already.
        let (known, truth) = match name {
            Some(0) => (&self.events[event], truth.min(UNKNOWN)),
            Some(name) => (&self.named[name as usize], truth),
            None => (&self.events[event], truth),
        };
        if known.load(Relaxed) < truth {
            known.fetch_max(truth, Relaxed);
        }
    }

    fn pair(&self, unit: Unit, unknown_persons: u64) -> Pair {
        let mut persons = count(self.persons[0].load(Relaxed), self.persons[1].load(Relaxed));
        persons.unknown(unknown_persons);
        if unit == Unit::Persons {
            return Pair { records: persons, persons };
        }
        let (mut unsure, mut sure) = (0, 0);
        for known in self.named.iter().chain(&self.events) {
            match known.load(Relaxed) {
                NO => {}
                UNKNOWN => unsure += 1,
                _ => sure += 1,
            }
        }
        let mut records = count(unsure, sure);
        if self.lost.load(Relaxed) {
            records.widen(Precision::About);
        }
        Pair { records, persons }
    }
}

fn count(unsure: u64, sure: u64) -> Count {
    let mut count = Count { count: sure, precision: Precision::Exact };
    count.unknown(unsure);
    count
}

/// What one thread counts of groups, and whom it finds.
struct Part {
    groups: Vec<Count>,
    affected: Count,
    concerned: Vec<usize>,
}

impl Part {
    fn new(groups: usize) -> Part {
        Part { groups: vec![Count::ZERO; groups], affected: Count::ZERO, concerned: Vec::new() }
    }

    fn append(&mut self, other: Part) {
        let add = |to: &mut Count, from: Count| {
            to.count += from.count;
            to.widen(from.precision);
        };
        self.groups.iter_mut().zip(other.groups).for_each(|(to, from)| add(to, from));
        add(&mut self.affected, other.affected);
        self.concerned.extend(other.concerned);
    }
}

/// All that is needed to count.
struct Counting<'a> {
    packed: &'a Packed,
    answers: &'a Answers<'a>,
    causes: &'a [Cause],
    groups: &'a [Asked],
    order: &'a [usize],
    keys: &'a Keys,
}

impl Counting<'_> {
    fn part(&self, persons: std::ops::Range<usize>) -> Part {
        let mut part = Part::new(self.groups.len());
        let mut decided = vec![UNKNOWN; self.causes.len()];
        let (mut all, mut sure) = (BTreeMap::new(), BTreeMap::new());
        for person in persons {
            decided.fill(UNKNOWN);
            for n in self.order {
                decided[*n] = self.decide(&self.causes[*n], person, &decided, (&mut all, &mut sure));
            }
            let most = decided.iter().copied().max().unwrap_or(NO);
            part.affected.add(truth(most));
            if most != NO {
                part.concerned.push(person);
            }
            for (group, count) in self.groups.iter().zip(&mut part.groups) {
                count.add(truth(self.answers.judge(group, person, &decided)));
            }
        }
        part
    }

    /// How far a cause concerns a person, and counts him and his records.
    fn decide(
        &self,
        cause: &Cause,
        person: usize,
        decided: &[u8],
        (all, sure): (&mut BTreeMap<usize, u8>, &mut BTreeMap<usize, u8>),
    ) -> u8 {
        let confirmed = cause.confirmed.as_ref().map(|rule| self.answers.judge(rule, person, decided));
        let possible = self.answers.judge(&cause.rule, person, decided);
        let (result, certain) = match (confirmed, possible) {
            (Some(YES), _) => (Level::Confirmed, true),
            (_, YES) => (if cause.sure { Level::Confirmed } else { Level::Possible }, true),
            (_, UNKNOWN) | (Some(UNKNOWN), _) => (Level::Possible, false),
            _ => return NO,
        };
        let of_person = if certain { YES } else { UNKNOWN };
        all.clear();
        sure.clear();
        self.matching(&cause.rule, person, decided, all);
        cause.confirmed.iter().for_each(|rule| self.matching(rule, person, decided, sure));
        for (event, truth) in &*sure {
            let known = all.entry(*event).or_insert(*truth);
            *known = (*known).max(*truth);
        }
        self.keep_counted(cause, sure);
        let kept = cause.kinds.as_ref().map(|_| {
            let mut kept = all.clone();
            self.keep_counted(cause, &mut kept);
            kept
        });
        let counted = kept.as_ref().filter(|kept| !kept.is_empty()).unwrap_or(all);
        let of_level = if result == Level::Confirmed && !sure.is_empty() { &*sure } else { counted };
        let level = if result == Level::Confirmed { &cause.confirmed_sum } else { &cause.possible };
        for (sum, records) in [(level, of_level), (&cause.affected, counted)] {
            sum.person(certain);
            if records.is_empty() {
                sum.lost.store(true, Relaxed);
            }
            for (event, truth) in records {
                self.record(sum, cause.unit, *event, of_person.min(*truth));
            }
        }
        of_person
    }

    /// Of the records of a person, those that are counted.
    fn keep_counted(&self, cause: &Cause, records: &mut BTreeMap<usize, u8>) {
        if let Some(kinds) = &cause.kinds {
            records.retain(|event, _| kinds[self.packed.kinds.get(*event) as usize]);
        }
    }

    fn record(&self, sum: &Sum, unit: Unit, event: usize, truth: u8) {
        let name = match unit {
            Unit::Persons => return,
            Unit::Events => None,
            Unit::Orders => Some(self.packed.orders.get(event)),
            Unit::Cards => {
                let column = self.packed.fields.get("fingerprint");
                Some(column.map_or(0, |column| self.keys.cards[column.codes.get(event) as usize]))
            }
        };
        sum.record(name, event, truth);
    }

    /// The records of a person that a rule means, where it speaks for them and not against them.
    fn matching(&self, rule: &Asked, person: usize, decided: &[u8], into: &mut BTreeMap<usize, u8>) {
        match rule {
            Asked::Leaf(place) => {
                let leaf = &self.answers.leaves[*place];
                let own = self.packed.own(person).filter(|_| leaf.person);
                let sent = self.packed.sent_to(person).filter(|_| leaf.recipients);
                for event in own.chain(sent).filter(|event| leaf.events[*event] != NO) {
                    let known = into.entry(event).or_insert(NO);
                    *known = (*known).max(leaf.events[event]);
                }
            }
            Asked::All(all) if self.answers.judge(rule, person, decided) != NO => {
                all.iter().for_each(|rule| self.matching(rule, person, decided, into));
            }
            Asked::Any(all) => all.iter().for_each(|rule| self.matching(rule, person, decided, into)),
            Asked::Cause(place) if decided.get(*place).is_some_and(|truth| *truth != NO) => {
                self.matching(&self.causes[*place].rule, person, decided, into);
            }
            _ => {}
        }
    }

    /// The places of matching records of which nobody can say whose they are.
    fn unlinked(&self, meant: impl Fn(usize) -> Option<u8>) -> Vec<usize> {
        self.packed.nobodys().filter(|event| meant(*event).is_some_and(|truth| truth != NO)).collect()
    }

    /// Whether such an event is one that a cause means.
    fn single_of(&self, cause: &Cause, event: usize) -> Option<u8> {
        let rules = cause.confirmed.iter().chain([&cause.rule]);
        rules.filter_map(|rule| self.single(rule, event)).max()
    }

    /// Whether an event of nobody knows whom is one that the rule means; `None` where the rule asks for more than the
    /// event can say.
    fn single(&self, rule: &Asked, event: usize) -> Option<u8> {
        match rule {
            Asked::Leaf(place) => {
                let leaf = &self.answers.leaves[*place];
                Some(if leaf.person { leaf.events[event] } else { NO })
            }
            Asked::All(all) => {
                let each: Vec<Option<u8>> = all.iter().map(|rule| self.single(rule, event)).collect();
                let limit = if each.contains(&None) { UNKNOWN } else { YES };
                each.iter().flatten().min().map(|least| (*least).min(limit))
            }
            Asked::Any(all) => all.iter().filter_map(|rule| self.single(rule, event)).max(),
            Asked::Cause(place) => self.single_of(self.causes.get(*place)?, event),
            Asked::Everyone => Some(YES),
            Asked::Person(_) | Asked::Not(_) => None,
        }
    }

    fn end(&self, facts: &Facts, n: usize, cause: &Cause, unlinked: &[usize]) -> CauseScope {
        let described = &facts.causes[n];
        for sum in [&cause.affected, &cause.possible] {
            unlinked.iter().for_each(|event| self.record(sum, cause.unit, *event, UNKNOWN));
        }
        let nobodys = unlinked.len() as u64;
        CauseScope {
            id: described.id.clone(),
            sentence: words::rule(facts, Some(described), &described.rule),
            unit: cause.unit,
            affected: cause.affected.pair(cause.unit, nobodys),
            confirmed: cause.confirmed_sum.pair(cause.unit, 0),
            possible: cause.possible.pair(cause.unit, nobodys),
            unlinked_records: nobodys,
            excluded: self.excluded(facts, n),
            stated: described.stated.clone(),
        }
    }

    /// What was left out, by system.
    fn excluded(&self, facts: &Facts, n: usize) -> Vec<Excluded> {
        let (Some(left_out), Some(column)) = (&self.answers.left_out[n], self.packed.fields.get("system"))
        else {
            return Vec::new();
        };
        let mut found: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        let name = |event: usize, whom: u8| {
            let code = column.codes.get(event).checked_sub(1).filter(|_| left_out[event] & whom != 0)?;
            match column.values[code as usize].first()? {
                Scalar::Text(id) => Some(id.as_str()),
                _ => None,
            }
        };
        let mut theirs = BTreeSet::new();
        for person in 0..self.packed.persons() {
            theirs.clear();
            theirs.extend(self.packed.own(person).filter_map(|event| name(event, OF_PERSON)));
            theirs.extend(self.packed.sent_to(person).filter_map(|event| name(event, OF_RECIPIENTS)));
            theirs.iter().for_each(|system| found.entry(system).or_default().1 += 1);
        }
        (0..self.packed.events())
            .filter_map(|event| name(event, OF_PERSON | OF_RECIPIENTS))
            .for_each(|system| found.entry(system).or_default().0 += 1);
        let excluded = found.into_iter().map(|(system, (records, persons))| Excluded {
            system: system.to_owned(),
            records,
            persons,
            why: facts.system(system).and_then(|s| s.why.clone()),
        });
        excluded.collect()
    }
}
