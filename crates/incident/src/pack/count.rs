//! Who is concerned and how many, over columns. What is counted and how it is meant is as in [`crate::scope`].

use super::{
    Packed,
    chunk::Chunk,
    excluded::{LeftOut, Systems},
    judge::{Answers, Asked, LEFT_OUT, Of, Use},
    records::Found,
    rooms::PERSONS,
    shared::shared,
    sum::{IN_WORD, Sum, count},
    tree::{BLOCK, NO, Tree, YES, marked, tally},
};
use crate::{
    facts::{Certainty, Facts, Rule, Unit},
    history::History,
    scope::{CauseScope, Count, Counts, GroupScope, Pair, Scope},
    words,
};
use std::ops::Range;

/// Events are looked at in so many together before any person is asked for, where it matters to whom they went.
const SENT: usize = 16 * BLOCK;
/// So that no two threads raise what stands in one word ([`Truths::raise_alone`](super::sum::Truths::raise_alone)).
const _: () = assert!(SENT.is_multiple_of(IN_WORD));

/// A cause whose rules are asked.
pub(super) struct Cause<'a> {
    pub(super) rule: Asked<'a>,
    pub(super) confirmed: Option<Asked<'a>>,
    /// By the number of a kind, whether its records are counted that name no card or order, and those that do; `None`: all
    /// that match are.
    pub(super) counts: Option<Vec<[bool; 2]>>,
    pub(super) unit: Unit,
    pub(super) sure: bool,
    pub(super) affected: Sum,
    /// Of `affected` those confirmed, where anybody can be. The others are possible.
    pub(super) confirmed_of: Option<Sum>,
}

impl Cause<'_> {
    /// Counts a record, by the name of its card or order where these are counted.
    pub(super) fn record(&self, level: Option<&Sum>, name: Option<u64>, event: usize, truth: u8) {
        self.affected.record(name, event, truth);
        level.iter().for_each(|level| level.record(name, event, truth));
    }
}

/// All that is needed to count.
pub(super) struct Counting<'a> {
    pub(super) answers: &'a Answers<'a>,
    pub(super) causes: &'a [Cause<'a>],
    groups: &'a [Asked<'a>],
    order: &'a [usize],
    systems: &'a Systems<'a>,
    /// Whether it is asked who is concerned, not only how many.
    listed: bool,
}

/// What one processor counts, and whom it finds.
struct Part {
    chunk: Chunk,
    found: Found,
    groups: Vec<[u64; 2]>,
    affected: [u64; 2],
    concerned: Vec<usize>,
    /// By cause.
    left_out: Vec<LeftOut>,
    /// By cause, matching records of which nobody can say whose they are, and of those the ones that show that data got out.
    unlinked: Vec<[u64; 2]>,
    /// Those of all causes.
    unlinked_any: u64,
    /// The same by group.
    unlinked_of_groups: Vec<u64>,
}

/// Columns cannot say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "some persons have several ids (“same”), and a rule has “not”: what stands under each id is no longer known in columns; evaluate the history that they were made from"
)]
pub struct Together;

impl Packed {
    /// Applies facts to the records. [`Scope::persons`] lists whom anything concerns and who is in a group, and nobody else.
    ///
    /// # Errors
    /// Where some ids are one person, and a rule with an opposite asks what stands under each.
    pub fn evaluate(&self, facts: &Facts) -> Result<Scope, Together> {
        self.can_tell(facts)?;
        let (counts, concerned) = self.count(facts, true);
        Ok(Scope { persons: self.told(facts, &concerned), ..counts })
    }

    /// The same without [`Scope::persons`].
    ///
    /// # Errors
    /// As [`Packed::evaluate`].
    pub fn counts(&self, facts: &Facts) -> Result<Scope, Together> {
        self.can_tell(facts)?;
        Ok(self.count(facts, false).0)
    }

    /// All records of a person stand together in columns. Without an opposite in a rule that says no less than what stands
    /// under each of his ids.
    fn can_tell(&self, facts: &Facts) -> Result<(), Together> {
        let opposite = facts.rules().any(Rule::has_opposite);
        if !self.persons.also.is_empty() && opposite { Err(Together) } else { Ok(()) }
    }

    /// All counts, and where it is asked for the places of whom anything concerns.
    fn count(&self, facts: &Facts, listed: bool) -> (Scope, Vec<usize>) {
        let empty = History { missing: self.missing(), ..History::default() };
        let mut answers = Answers::new(self, facts, &empty);
        let causes: Vec<Cause<'_>> = (0..facts.causes.len()).map(|n| self.ask(&mut answers, n)).collect();
        let frame = answers.frame(None);
        let groups: Vec<Asked<'_>> =
            facts.groups.iter().map(|g| answers.ask(&g.rule, &frame, Use::Persons)).collect();
        let order = facts.order().unwrap_or_else(|_| (0..facts.causes.len()).collect());
        let (answers, systems) = (&answers, &self.systems());
        answers.look_at_sent();
        let counted = Counting { answers, causes: &causes, groups: &groups, order: &order, systems, listed };
        let mut all = counted.all();
        all.concerned.sort();
        let causes = (0..causes.len()).map(|n| counted.end(n, &all));
        let counts = all.groups.iter().zip(&all.unlinked_of_groups);
        let groups = facts.groups.iter().zip(counts).map(|(group, (persons, unlinked))| {
            let mut persons = count(*persons);
            persons.unknown(*unlinked);
            let persons = frame.losses(&group.rule).less(persons);
            let sentence = words::rule(facts, None, &group.rule);
            GroupScope { id: group.id.clone(), sentence, persons, stated: group.stated.clone() }
        });
        let mut affected = count(all.affected);
        affected.unknown(all.unlinked_any);
        let affected = frame.losses_of_all().less(affected);
        let shapes = History { events: self.shapes.clone(), missing: self.missing(), persons: Vec::new() };
        let scope = Scope {
            causes: causes.collect(),
            groups: groups.collect(),
            persons_affected: affected,
            persons_known: self.persons() as u64,
            persons: Vec::new(),
            warnings: words::warnings(facts, &shapes, self),
        };
        (scope, all.concerned)
    }

    fn ask<'a>(&'a self, answers: &mut Answers<'a>, n: usize) -> Cause<'a> {
        let cause = &answers.facts.causes[n];
        let frame = answers.frame(Some(cause));
        let rule = answers.ask(&cause.rule, &frame, Use::Rule(n));
        let confirmed = cause.confirmed.as_ref().map(|rule| answers.ask(rule, &frame, Use::Confirmed));
        let unit = cause.unit();
        let sum = || Sum::new(self, unit);
        let sure = cause.certainty == Certainty::Confirmed;
        let confirmed_of = (sure || confirmed.is_some()).then(sum);
        let rules = [Some(&cause.rule), cause.confirmed.as_ref()];
        let mut asked = rules.into_iter().flatten().flat_map(|rule| answers.facts.kinds_asked(rule));
        let counts = Counts::of(answers.facts, cause);
        let is_all = asked.all(|kind| counts.kind(kind) == [true; 2]);
        let counts = (!is_all).then(|| self.kind_names.iter().map(|kind| counts.kind(kind)).collect());
        Cause { rule, confirmed, counts, unit, sure, affected: sum(), confirmed_of }
    }
}

impl Part {
    fn new(counted: &Counting<'_>) -> Part {
        let causes = counted.causes.len();
        Part {
            chunk: Chunk::new(counted.answers),
            found: Found::default(),
            groups: vec![[0; 2]; counted.groups.len()],
            affected: [0; 2],
            concerned: Vec::new(),
            left_out: vec![counted.systems.none(); causes],
            unlinked: vec![[0; 2]; causes],
            unlinked_any: 0,
            unlinked_of_groups: vec![0; counted.groups.len()],
        }
    }

    fn append(&mut self, other: Part) {
        let add = |to: &mut [u64], from: &[u64]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        self.groups.iter_mut().zip(&other.groups).for_each(|(to, from)| add(to, from));
        add(&mut self.affected, &other.affected);
        self.concerned.extend(other.concerned);
        let left_out = self.left_out.iter_mut().flatten().zip(other.left_out.iter().flatten());
        left_out.for_each(|(to, from)| add(to, from));
        self.unlinked.iter_mut().zip(&other.unlinked).for_each(|(to, from)| add(to, from));
        self.unlinked_any += other.unlinked_any;
        add(&mut self.unlinked_of_groups, &other.unlinked_of_groups);
    }
}

impl Counting<'_> {
    /// Everybody, and the events of nobody knows whom.
    fn all(&self) -> Part {
        let (persons, nobodys) = (self.answers.packed.persons(), self.answers.packed.nobodys());
        let chunks = persons.div_ceil(PERSONS);
        let pieces = chunks + nobodys.len().div_ceil(BLOCK);
        let parts = shared(
            pieces,
            || Part::new(self),
            |part, n| match n.checked_sub(chunks) {
                None => self.persons(part, n),
                Some(n) => {
                    let from = nobodys.start + n * BLOCK;
                    self.nobodys(part, from..nobodys.end.min(from + BLOCK));
                }
            },
        );
        let mut all = Part::new(self);
        parts.into_iter().for_each(|part| all.append(part));
        all
    }

    /// The so-manyth [`PERSONS`].
    fn persons(&self, part: &mut Part, n: usize) {
        let (packed, first) = (self.answers.packed, n * PERSONS);
        let count = PERSONS.min(packed.persons() - first);
        part.chunk.look(self.answers, first..first + count, packed.rooms.chunk(n));
        part.chunk.look_at_sent(self.answers, n);
        let (mut most, mut group) = ([NO; PERSONS], [NO; PERSONS]);
        let (most, group) = (&mut most[..count], &mut group[..count]);
        for n in self.order {
            let decided = self.decide(&self.causes[*n], &part.chunk, &mut part.found, most);
            part.chunk.decided[*n].copy_from_slice(&decided[..count]);
        }
        part.affected = add(part.affected, tally(most));
        for (rule, persons) in self.groups.iter().zip(&mut part.groups) {
            part.chunk.ask(self.answers, rule, 0, group);
            *persons = add(*persons, tally(group));
            if self.listed {
                most.iter_mut().zip(&*group).for_each(|(most, group)| *most = (*most).max(*group));
            }
        }
        if self.listed {
            marked(most, |n| part.concerned.push(first + n));
        }
        self.systems.count(&part.chunk, &mut part.left_out);
    }

    /// How far a cause concerns each person, which raises `most`; and counts them and their records.
    fn decide(&self, cause: &Cause<'_>, chunk: &Chunk, found: &mut Found, most: &mut [u8]) -> [u8; PERSONS] {
        let (mut decided, mut confirmed, mut of_itself) = ([NO; PERSONS], [NO; PERSONS], [NO; PERSONS]);
        let all = 0..most.len();
        chunk.ask(self.answers, &cause.rule, 0, &mut decided[all.clone()]);
        if let Some(rule) = &cause.confirmed {
            chunk.ask(self.answers, rule, 0, &mut confirmed[all.clone()]);
        }
        for (((decided, confirmed), of_itself), most) in
            decided.iter_mut().zip(&mut confirmed).zip(&mut of_itself).zip(most)
        {
            *of_itself = if cause.sure && *decided == YES { YES } else { NO };
            let is_confirmed = *confirmed == YES || *of_itself == YES;
            *decided = (*decided).max(*confirmed);
            *confirmed = if is_confirmed { YES } else { NO };
            *most = (*most).max(*decided);
        }
        let ([unsure, sure], [_, is_confirmed]) = (tally(&decided), tally(&confirmed));
        cause.affected.persons([unsure, sure]);
        cause.confirmed_of.iter().for_each(|of| of.persons([0, is_confirmed]));
        match (cause.unit, &cause.rule, &cause.confirmed) {
            (Unit::Persons, ..) => {}
            (_, Tree::Leaf(Of::Event(place)), None) if cause.counts.is_none() => {
                self.records_of(cause, chunk, found, *place, &decided, &confirmed)
            }
            _ => marked(&decided, |n| {
                let confirmed = (confirmed[n] == YES).then_some(of_itself[n] == YES);
                self.records(cause, chunk, found, n, decided[n], confirmed);
            }),
        }
        decided
    }

    /// Counts the records of all whom a cause concerns that asks for one thing only: whoever has such a record is concerned.
    fn records_of(
        &self,
        cause: &Cause<'_>,
        chunk: &Chunk,
        found: &mut Found,
        place: usize,
        decided: &[u8; PERSONS],
        confirmed: &[u8; PERSONS],
    ) {
        let level = |n: usize| cause.confirmed_of.as_ref().filter(|_| confirmed[n] == YES);
        let mut lost = *decided;
        // All names first: what is counted by all processors together lets none of them read ahead.
        found.names.clear();
        let events = chunk.found(place).map(|(_, event, _)| event);
        self.answers.packed.names_of(cause.unit, events, &mut found.names);
        for ((n, event, truth), name) in chunk.found(place).zip(&found.names) {
            lost[n] = NO;
            // Whoever is confirmed has a record that fits for certain; it shows nothing of those that may.
            let level = level(n).filter(|_| truth == YES);
            cause.record(level, *name, event, truth.min(decided[n]));
        }
        marked(&lost, |n| {
            cause.affected.lost();
            level(n).iter().for_each(|level| level.lost());
        });
    }

    fn record(&self, cause: &Cause<'_>, level: Option<&Sum>, event: usize, truth: u8) {
        if cause.unit != Unit::Persons {
            cause.record(level, self.answers.packed.name(cause.unit, event), event, truth);
        }
    }

    /// Events of nobody knows whom.
    fn nobodys(&self, part: &mut Part, events: Range<usize>) {
        part.chunk.look(self.answers, 0..0, events.clone());
        let (mut any, mut meant, mut confirmed) = ([NO; BLOCK], [NO; BLOCK], [NO; BLOCK]);
        let count = events.len();
        let (any, meant, confirmed) = (&mut any[..count], &mut meant[..count], &mut confirmed[..count]);
        for (cause, unlinked) in self.causes.iter().zip(&mut part.unlinked) {
            self.single_of(&part.chunk, cause, meant, confirmed);
            any.iter_mut().zip(&*meant).for_each(|(any, meant)| *any = (*any).max(*meant));
            marked(meant, |n| {
                let is_confirmed = confirmed[n] == YES;
                *unlinked = add(*unlinked, [1, u64::from(is_confirmed)]);
                let level = cause.confirmed_of.as_ref().filter(|_| is_confirmed);
                self.record(cause, level, events.start + n, meant[n]);
            });
        }
        marked(any, |_| part.unlinked_any += 1);
        for (rule, unlinked) in self.groups.iter().zip(&mut part.unlinked_of_groups) {
            self.meant(&part.chunk, rule, meant);
            marked(meant, |_| *unlinked += 1);
        }
        self.systems.count(&part.chunk, &mut part.left_out);
    }

    fn end(&self, n: usize, all: &Part) -> CauseScope {
        let (cause, facts, [unlinked, unlinked_confirmed]) =
            (&self.causes[n], self.answers.facts, all.unlinked[n]);
        let described = &facts.causes[n];
        let frame = self.answers.frame(None);
        let (losses, of_confirmed) = (frame.losses_by(described), frame.losses_of_confirmed(described));
        let less = |pair: Pair| pair.less(cause.unit, losses);
        let confirmed_of = cause.confirmed_of.as_ref();
        let none = Pair { records: Count::ZERO, persons: Count::ZERO };
        let confirmed = confirmed_of.map_or(none, |of| of.pair(cause.unit, unlinked_confirmed));
        let possible = cause.affected.pair_but(confirmed_of, cause.unit, unlinked - unlinked_confirmed);
        let affected = cause.affected.pair(cause.unit, unlinked);
        CauseScope {
            id: described.id.clone(),
            sentence: words::rule(facts, Some(described), &described.rule),
            confirmed_by: words::confirmed(facts, described),
            unit: cause.unit,
            affected: less(affected),
            confirmed: confirmed.less(cause.unit, of_confirmed),
            possible: less(possible),
            unlinked_records: unlinked,
            excluded: self.systems.told(facts, &all.left_out[n]),
            stated: described.stated.clone(),
        }
    }
}

fn add(a: [u64; 2], b: [u64; 2]) -> [u64; 2] {
    [a[0] + b[0], a[1] + b[1]]
}

impl Answers<'_> {
    /// Looks at all events where it matters to whom they went: a person's lie anywhere.
    fn look_at_sent(&self) {
        let sent = || self.leaves.iter().filter_map(|leaf| Some((leaf, leaf.sent.as_ref()?)));
        let pieces = if sent().count() == 0 { 0 } else { self.packed.events().div_ceil(SENT) };
        let work = |(out, left_out): &mut (Vec<u8>, Vec<u8>), n: usize| {
            let all = n * SENT..self.packed.events().min((n + 1) * SENT);
            for room in self.packed.rooms.within(all) {
                let (from, count) = (room.events.start, room.events.len());
                let (out, left_out) = (&mut out[..count], &mut left_out[..count]);
                for (leaf, truths) in sent().filter(|(leaf, _)| leaf.events.means(room.kind)) {
                    left_out.fill(NO);
                    leaf.events.at(room.events.clone(), out, leaf.main.map(|_| &mut *left_out));
                    marked(out, |event| truths.raise_alone(from + event, out[event]));
                    marked(left_out, |event| truths.raise_alone(from + event, LEFT_OUT));
                }
            }
        };
        shared(pieces, || (vec![NO; SENT], vec![NO; SENT]), work);
    }
}
