//! Which records a rule means: of a person, and of nobody knows whom.

use super::{
    chunk::Chunk,
    count::{Cause, Counting},
    judge::{Asked, Of},
    tree::{BLOCK, NO, Tree, UNKNOWN, YES},
};

/// Records of one person that a cause means, looked up once; kept from person to person for its room.
#[derive(Default)]
pub(super) struct Found {
    records: Vec<Record>,
    /// Places of those that `confirmed` asks for, and the names of their cards or orders.
    sure: (Vec<usize>, Vec<u64>),
    /// What names each of many records.
    pub(super) names: Vec<Option<u64>>,
}

struct Record {
    event: usize,
    truth: u8,
    /// As [`Packed::name`](super::Packed::name).
    name: Option<u64>,
    /// Whether it is one of those that show that data got out, or of the same card or order.
    shown: bool,
}

impl Record {
    fn is_named(&self) -> bool {
        self.name.is_some_and(|name| name != 0)
    }
}

impl Found {
    /// Marks what is shown: by the first `confirmed` of the records, which that rule asks for, and `of_itself` by what
    /// fits the cause's own rule for certain.
    fn show(&mut self, confirmed: usize, of_itself: bool) {
        let by = &self.records[..confirmed];
        // What fits for certain shows it; only where nothing does, what may fit.
        let least = if by.iter().any(|record| record.truth == YES) { YES } else { UNKNOWN };
        let by = by.iter().filter(|record| record.truth >= least);
        let (places, names) = &mut self.sure;
        places.clear();
        places.extend(by.clone().map(|record| record.event));
        places.sort_unstable();
        names.clear();
        names.extend(by.filter(|record| record.is_named()).filter_map(|record| record.name));
        names.sort_unstable();
        for record in &mut self.records {
            record.shown = of_itself && record.truth == YES
                || places.binary_search(&record.event).is_ok()
                || record.name.is_some_and(|name| names.binary_search(&name).is_ok());
        }
    }
}

impl Counting<'_> {
    /// Counts the records of a person whom a cause concerns; where he is confirmed, it is said whether by the cause's own rule.
    pub(super) fn records(
        &self,
        cause: &Cause<'_>,
        chunk: &Chunk,
        found: &mut Found,
        n: usize,
        decided: u8,
        confirmed: Option<bool>,
    ) {
        let packed = self.answers.packed;
        let level = cause.confirmed_of.as_ref().filter(|_| confirmed.is_some());
        found.records.clear();
        let mut add = |rule: &Asked<'_>| {
            self.matching(chunk, rule, n, YES, &mut |event, truth| {
                let name = packed.name(cause.unit, event);
                found.records.push(Record { event, truth, name, shown: false });
            });
            found.records.len()
        };
        let by_confirmed = cause.confirmed.as_ref().map_or(0, &mut add);
        add(&cause.rule);
        if found.records.is_empty() {
            cause.affected.lost();
            level.iter().for_each(|level| level.lost());
            return;
        }
        if level.is_some() {
            found.show(by_confirmed, confirmed.unwrap_or_default());
        }
        if let Some(counts) = &cause.counts {
            let is_counted =
                |record: &Record| counts[packed.rooms.kind(record.event)][usize::from(record.is_named())];
            if found.records.iter().any(is_counted) {
                found.records.retain(is_counted);
            }
        }
        // What is confirmed by some records is not said of others.
        let is_any_shown = found.records.iter().any(|record| record.shown);
        for Record { event, truth, name, shown } in &found.records {
            let level = level.filter(|_| !is_any_shown || *shown);
            cause.record(level, *name, *event, (*truth).min(decided));
        }
    }

    /// Calls with the records of a person that a rule means, where it speaks for them and not against them; with some of
    /// them twice. `most`: what is said of the rule that this one is part of.
    pub(super) fn matching(
        &self,
        chunk: &Chunk,
        rule: &Asked<'_>,
        n: usize,
        most: u8,
        call: &mut dyn FnMut(usize, u8),
    ) {
        match rule {
            Tree::Leaf(Of::Event(place)) => {
                chunk.found_of(*place, n, |event, truth| call(event, truth.min(most)));
            }
            Tree::Leaf(Of::Cause(place)) => match chunk.decided[*place][n].min(most) {
                NO => {}
                most => self.matching(chunk, &self.causes[*place].rule, n, most, call),
            },
            Tree::All(all) => {
                let mut holds = [NO];
                chunk.ask(self.answers, rule, n, &mut holds);
                let most = holds[0].min(most);
                if most != NO {
                    all.iter().for_each(|rule| self.matching(chunk, rule, n, most, call));
                }
            }
            Tree::Any(all) => all.iter().for_each(|rule| self.matching(chunk, rule, n, most, call)),
            Tree::Not(_) | Tree::Leaf(_) => {}
        }
    }

    /// Whether each event of nobody knows whom is one that a cause means, and whether it shows that data got out: then
    /// `confirmed` is [`YES`].
    pub(super) fn single_of(&self, chunk: &Chunk, cause: &Cause, out: &mut [u8], confirmed: &mut [u8]) {
        self.meant(chunk, &cause.rule, out);
        let sure = |truth: &u8| if cause.sure && *truth == YES { YES } else { NO };
        confirmed.iter_mut().zip(&*out).for_each(|(confirmed, out)| *confirmed = sure(out));
        if let Some(rule) = &cause.confirmed {
            let mut one = [NO; BLOCK];
            let one = &mut one[..out.len()];
            self.meant(chunk, rule, one);
            for ((out, confirmed), one) in out.iter_mut().zip(confirmed).zip(one) {
                *out = (*out).max(*one);
                *confirmed = if *one == YES { YES } else { *confirmed };
            }
        }
    }

    /// Whether each event of nobody knows whom is one that a rule means.
    pub(super) fn meant(&self, chunk: &Chunk, rule: &Asked<'_>, out: &mut [u8]) {
        let mut holds = [NO; BLOCK];
        let holds = &mut holds[..out.len()];
        self.single(chunk, rule, out, holds);
        out.iter_mut().zip(holds).for_each(|(out, holds)| *out = (*out).min(*holds));
    }

    /// Of each event of nobody knows whom, whether it is one of those that a rule asks for, and whether the rule holds of
    /// whoever's it is. Whether there are others of his, of other kinds, is unknown.
    fn single(&self, chunk: &Chunk, rule: &Asked<'_>, shown: &mut [u8], holds: &mut [u8]) {
        match rule {
            Tree::All(all) => self.singles(chunk, all.iter(), (YES, u8::min), shown, holds),
            Tree::Any(all) => self.singles(chunk, all.iter(), (NO, u8::max), shown, holds),
            Tree::Not(inner) => {
                self.single(chunk, inner, shown, holds);
                shown.fill(NO);
                holds.iter_mut().for_each(|holds| *holds = YES - (*holds).max(UNKNOWN));
            }
            Tree::Leaf(Of::Event(place)) => {
                self.leaf(chunk, *place, shown);
                chunk.other_kinds(self.answers, *place, holds);
                holds.iter_mut().zip(shown).for_each(|(holds, shown)| *holds = (*holds).max(*shown));
            }
            Tree::Leaf(Of::Cause(place)) => {
                let cause = &self.causes[*place];
                let rules = cause.confirmed.iter().chain([&cause.rule]);
                self.singles(chunk, rules.clone(), (NO, u8::max), shown, holds);
                let mut one = [NO; BLOCK];
                let one = &mut one[..shown.len()];
                shown.fill(NO);
                for rule in rules {
                    self.meant(chunk, rule, one);
                    shown.iter_mut().zip(&*one).for_each(|(shown, one)| *shown = (*shown).max(*one));
                }
            }
            // It is a record of somebody.
            Tree::Leaf(Of::Always(YES)) => {
                shown.fill(YES);
                holds.fill(YES);
            }
            Tree::Leaf(Of::Always(_) | Of::Person(_)) => {
                shown.fill(NO);
                holds.fill(UNKNOWN);
            }
        }
    }

    /// The same of several rules. `none`: what holds of none of them.
    fn singles<'r>(
        &self,
        chunk: &Chunk,
        all: impl Iterator<Item = &'r Asked<'r>>,
        (none, choose): (u8, fn(u8, u8) -> u8),
        shown: &mut [u8],
        holds: &mut [u8],
    ) {
        let (mut one, mut holds_one) = ([NO; BLOCK], [NO; BLOCK]);
        let (one, holds_one) = (&mut one[..shown.len()], &mut holds_one[..shown.len()]);
        shown.fill(NO);
        holds.fill(none);
        for rule in all {
            self.single(chunk, rule, one, holds_one);
            shown.iter_mut().zip(&*one).for_each(|(shown, one)| *shown = (*shown).max(*one));
            holds.iter_mut().zip(&*holds_one).for_each(|(holds, one)| *holds = choose(*holds, *one));
        }
    }

    /// Whether each is such an event, or of somebody who is concerned in place of lost ones.
    fn leaf(&self, chunk: &Chunk, place: usize, out: &mut [u8]) {
        let leaf = &self.answers.leaves[place];
        out.fill(NO);
        chunk.found(place).for_each(|(_, event, truth)| out[event - chunk.events.start] = truth);
        let mut one = [NO; BLOCK];
        let one = &mut one[..out.len()];
        let Tree::Any(lost) = &leaf.lost else { return };
        for instead in lost.iter().filter(|rule| !matches!(rule, Tree::Leaf(Of::Always(_)))) {
            self.meant(chunk, instead, one);
            out.iter_mut().zip(&*one).for_each(|(out, one)| *out = (*out).max((*one).min(UNKNOWN)));
        }
    }
}
