//! Rules over columns: what each leaf of a rule says of each event, block by block, then what a rule says of a person.

use super::{FieldColumn, Packed};
use crate::{
    Truth, When, Window,
    condition::{Condition, Scalar},
    facts::{Cause, Events, Facts, Gap, Rule},
    history::History,
    scope::{Frame, frame},
};

/// Truth in a byte.
pub(super) const NO: u8 = 0;
pub(super) const UNKNOWN: u8 = 1;
pub(super) const YES: u8 = 2;
/// An event that was left out would have concerned whose it was.
pub(super) const OF_PERSON: u8 = 1;
/// It would have concerned to whom it went.
pub(super) const OF_RECIPIENTS: u8 = 2;
/// Events that are looked at together: their truths stay in the processor's nearest cache.
const BLOCK: usize = 4_096;

pub(super) fn byte(truth: Truth) -> u8 {
    match truth {
        Truth::No => NO,
        Truth::Unknown => UNKNOWN,
        Truth::Yes => YES,
    }
}

pub(super) fn truth(byte: u8) -> Truth {
    match byte {
        NO => Truth::No,
        UNKNOWN => Truth::Unknown,
        _ => Truth::Yes,
    }
}

/// A rule whose leaves have been looked at.
pub(super) enum Asked {
    Everyone,
    All(Vec<Asked>),
    Any(Vec<Asked>),
    Not(Box<Asked>),
    /// Another cause, by its place.
    Cause(usize),
    /// What it says of each person.
    Person(Vec<u8>),
    /// A leaf, by its place.
    Leaf(usize),
}

/// "There is such an event", for each event and person.
pub(super) struct Leaf {
    /// What it says of each event.
    pub(super) events: Vec<u8>,
    /// The most that it says of any event of each person.
    persons: Vec<u8>,
    pub(super) person: bool,
    pub(super) recipients: bool,
    /// Records that might show it are lost, of everybody or of whom one of these concerns.
    lost: bool,
    lost_if: Vec<Asked>,
}

/// The rules of some facts, asked of all records.
pub(super) struct Answers<'a> {
    pub(super) packed: &'a Packed,
    pub(super) facts: &'a Facts,
    /// Only what is missing stands in it.
    empty: &'a History,
    pub(super) leaves: Vec<Leaf>,
    /// For each cause, of each event, whom of those that it names was left out for its system: of these, or 0.
    pub(super) left_out: Vec<Option<Vec<u8>>>,
}

impl<'a> Answers<'a> {
    pub(super) fn new(packed: &'a Packed, facts: &'a Facts, empty: &'a History) -> Answers<'a> {
        let left_out = facts.causes.iter().map(|_| None).collect();
        Answers { packed, facts, empty, leaves: Vec::new(), left_out }
    }

    pub(super) fn frame(&self, cause: Option<&'a Cause>) -> Frame<'a> {
        frame(self.facts, self.empty, cause, &[])
    }

    /// Asks a rule. `main` is the place of the cause whose own rule it is: what that leaves out is told.
    pub(super) fn ask(&mut self, rule: &'a Rule, frame: &Frame<'a>, main: Option<usize>) -> Asked {
        let mut each = |all: &'a [Rule]| all.iter().map(|rule| self.ask(rule, frame, main)).collect();
        match rule {
            Rule::Everyone => Asked::Everyone,
            Rule::All(all) => Asked::All(each(all)),
            Rule::Any(all) => Asked::Any(each(all)),
            Rule::Not(inner) => Asked::Not(Box::new(self.ask(inner, frame, None))),
            Rule::Cause(id) => Asked::Cause(self.facts.place(id).unwrap_or(usize::MAX)),
            Rule::Person(condition) => {
                let of = |person: &super::Someone| byte(condition.holds(&person.fields).0);
                Asked::Person(self.packed.persons.iter().map(of).collect())
            }
            Rule::Event(events) => Asked::Leaf(self.leaf(events, frame, main)),
        }
    }

    fn leaf(&mut self, rule: &'a Events, frame: &Frame<'a>, main: Option<usize>) -> usize {
        let lost = self.empty.missing.iter().filter(|missing| !frame.is_stated(missing));
        let mut lost = lost.clone().any(|m| frame.means(rule, &m.kind, &m.days, m.system.as_deref()));
        let gaps: &'a [Gap] = frame.cause.filter(|_| !frame.in_gap).map_or(&[], |cause| &cause.gaps);
        let mut lost_if = Vec::new();
        for gap in gaps.iter().filter(|g| frame.means(rule, &g.of, &g.days, g.system.as_deref())) {
            match &gap.instead {
                None => lost = true,
                Some(instead) => {
                    let within = Frame { windows: std::slice::from_ref(&gap.days), in_gap: true, ..*frame };
                    lost_if.push(self.ask(instead, &within, None));
                }
            }
        }
        let (events, left_out) = self.events(rule, frame, main.is_some());
        if let (Some(main), Some(mut new)) = (main, left_out) {
            let whom =
                u8::from(rule.whom.person) * OF_PERSON + u8::from(rule.whom.recipients) * OF_RECIPIENTS;
            new.iter_mut().for_each(|new| *new *= whom);
            match &mut self.left_out[main] {
                Some(all) => all.iter_mut().zip(&new).for_each(|(all, new)| *all |= new),
                none => *none = Some(new),
            }
        }
        let persons = self.persons(rule, &events);
        let (person, recipients) = (rule.whom.person, rule.whom.recipients);
        self.leaves.push(Leaf { events, persons, person, recipients, lost, lost_if });
        self.leaves.len() - 1
    }

    fn kinds(&self, rule: &Events) -> Vec<u8> {
        self.packed.kind_names.iter().map(|kind| u8::from(rule.kinds.contains(kind))).collect()
    }

    /// What the leaf says of each event; and which it would mean were they on another system.
    fn events(&self, rule: &Events, frame: &Frame<'_>, told: bool) -> (Vec<u8>, Option<Vec<u8>>) {
        let packed = self.packed;
        let kinds = self.kinds(rule);
        let system = packed.fields.get("system");
        let systems: Vec<u8> = on(rule, frame, system);
        let told = told && systems[1..].contains(&NO);
        let test = compile(packed, &rule.when);
        let mut all = vec![NO; packed.events()];
        let mut left_out = vec![0; if told { all.len() } else { 0 }];
        let half = all.len().div_ceil(threads()).next_multiple_of(BLOCK).max(BLOCK);
        let looking =
            Looking { packed, rule, windows: frame.windows, kinds: &kinds, systems: &systems, test: &test };
        std::thread::scope(|scope| {
            let mut outs = left_out.chunks_mut(half);
            for (n, part) in all.chunks_mut(half).enumerate() {
                let (out, looking) = (outs.next(), &looking);
                scope.spawn(move || looking.part(n * half, part, out));
            }
        });
        (all, told.then_some(left_out))
    }

    /// The most that it says of any event of each person.
    fn persons(&self, rule: &Events, events: &[u8]) -> Vec<u8> {
        let packed = self.packed;
        let mut persons = vec![NO; packed.persons()];
        let half = persons.len().div_ceil(threads()).max(1);
        std::thread::scope(|scope| {
            for (n, part) in persons.chunks_mut(half).enumerate() {
                scope.spawn(move || {
                    for (k, most) in part.iter_mut().enumerate() {
                        let person = n * half + k;
                        if rule.whom.person {
                            *most = events[packed.own(person)].iter().copied().max().unwrap_or(NO);
                        }
                        if rule.whom.recipients {
                            packed.sent_to(person).for_each(|event| *most = (*most).max(events[event]));
                        }
                    }
                });
            }
        });
        persons
    }

    /// Asks a rule of a person.
    pub(super) fn judge(&self, rule: &Asked, person: usize, decided: &[u8]) -> u8 {
        match rule {
            Asked::Everyone => YES,
            Asked::All(all) => all.iter().map(|r| self.judge(r, person, decided)).min().unwrap_or(YES),
            Asked::Any(all) => all.iter().map(|r| self.judge(r, person, decided)).max().unwrap_or(NO),
            Asked::Not(inner) => YES - self.judge(inner, person, decided),
            Asked::Cause(place) => decided.get(*place).copied().unwrap_or(UNKNOWN),
            Asked::Person(of) => of[person],
            Asked::Leaf(place) => {
                let leaf = &self.leaves[*place];
                let lost = || leaf.lost || leaf.lost_if.iter().any(|r| self.judge(r, person, decided) != NO);
                match leaf.persons[person] {
                    NO if lost() => UNKNOWN,
                    most => most,
                }
            }
        }
    }
}

/// As many as the machine has processors.
pub(super) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Whether each value of `system` counts; that of none first.
fn on(rule: &Events, frame: &Frame<'_>, column: Option<&FieldColumn>) -> Vec<u8> {
    let named = |values: &Vec<Scalar>| match values.first() {
        Some(Scalar::Text(id)) => byte(frame.on(rule, Some(id))),
        _ => byte(frame.on(rule, None)),
    };
    let values = column.map_or(&[][..], |column| &column.values);
    [byte(frame.on(rule, None))].into_iter().chain(values.iter().map(named)).collect()
}

/// A condition on columns.
enum Test<'a> {
    All(Vec<Test<'a>>),
    Any(Vec<Test<'a>>),
    Not(Box<Test<'a>>),
    /// What each value means, that of none first.
    Column(&'a FieldColumn, Vec<u8>),
    /// No event has the field.
    Always(u8),
}

fn compile<'a>(packed: &'a Packed, condition: &Condition) -> Test<'a> {
    let each = |all: &[Condition]| all.iter().map(|c| compile(packed, c)).collect();
    match condition {
        Condition::All(all) => Test::All(each(all)),
        Condition::Any(all) => Test::Any(each(all)),
        Condition::Not(inner) => Test::Not(Box::new(compile(packed, inner))),
        Condition::Field(name, test) => {
            let none = byte(test.holds(name, None));
            let Some(column) = packed.fields.get(name) else { return Test::Always(none) };
            let values = column.values.iter().map(|values| byte(test.holds(name, Some(values))));
            Test::Column(column, [none].into_iter().chain(values).collect())
        }
    }
}

impl Test<'_> {
    fn block(&self, range: std::ops::Range<usize>, out: &mut [u8]) {
        let combine = |all: &[Test<'_>], from: u8, choose: fn(u8, u8) -> u8, out: &mut [u8]| {
            out.fill(from);
            let mut one = [NO; BLOCK];
            let one = &mut one[..out.len()];
            for test in all {
                test.block(range.clone(), one);
                out.iter_mut().zip(&*one).for_each(|(out, one)| *out = choose(*out, *one));
            }
        };
        match self {
            Test::All(all) => combine(all, YES, u8::min, out),
            Test::Any(all) => combine(all, NO, u8::max, out),
            Test::Not(inner) => {
                inner.block(range, out);
                out.iter_mut().for_each(|out| *out = YES - *out);
            }
            Test::Column(column, table) => column.codes.look_up(table, range, out),
            Test::Always(truth) => out.fill(*truth),
        }
    }
}

/// A leaf on its way through the events.
struct Looking<'a> {
    packed: &'a Packed,
    rule: &'a Events,
    windows: &'a [Window],
    kinds: &'a [u8],
    systems: &'a [u8],
    test: &'a Test<'a>,
}

impl Looking<'_> {
    fn part(&self, first: usize, part: &mut [u8], mut left_out: Option<&mut [u8]>) {
        let (mut kinds, mut times, mut systems) = ([0; BLOCK], [NO; BLOCK], [NO; BLOCK]);
        for (n, out) in part.chunks_mut(BLOCK).enumerate() {
            let (from, count) = (first + n * BLOCK, out.len());
            let range = from..from + count;
            self.packed.kinds.look_up(self.kinds, range.clone(), &mut kinds[..count]);
            if kinds[..count].iter().all(|kind| *kind == 0) {
                continue;
            }
            self.times(range.clone(), &mut times[..count]);
            match self.packed.fields.get("system") {
                Some(column) => column.codes.look_up(self.systems, range.clone(), &mut systems[..count]),
                None => systems.fill(self.systems[0]),
            }
            self.test.block(range, out);
            if let Some(left_out) = left_out.as_deref_mut() {
                let all = kinds.iter().zip(&times).zip(&systems).zip(&*out);
                let told = &mut left_out[n * BLOCK..n * BLOCK + count];
                all.zip(told).for_each(|((((kind, time), system), fits), told)| {
                    *told = u8::from(*kind != 0 && *time != NO && *system == NO && *fits != NO);
                });
            }
            let all = kinds.iter().zip(&times).zip(&systems);
            all.zip(out).for_each(|(((kind, time), system), out)| {
                *out = (*out).min(*time).min(*system) * *kind;
            });
        }
    }

    fn times(&self, range: std::ops::Range<usize>, out: &mut [u8]) {
        let times = &self.packed.times;
        let mut lengths = [0; BLOCK];
        times.lengths.each(range.clone(), |n, code| lengths[n] = code as usize);
        times.from.each(range, |n, after| {
            let when = match times.of[lengths[n]] {
                Some(length) => {
                    let from = times.base + after as i64;
                    When::between(from, from + length)
                }
                None => When::ANY,
            };
            out[n] = byte(self.rule.covers(self.windows, when));
        });
    }
}

impl Packed {
    /// The places of a person's own events.
    pub(super) fn own(&self, person: usize) -> std::ops::Range<usize> {
        self.starts.get(person) as usize..self.starts.get(person + 1) as usize
    }

    /// The places of the events that went to a person.
    pub(super) fn sent_to(&self, person: usize) -> impl Iterator<Item = usize> + '_ {
        let range = self.received_starts.get(person) as usize..self.received_starts.get(person + 1) as usize;
        range.map(|n| self.received.get(n) as usize)
    }

    /// The places of the events of which nobody can say whose they are.
    pub(super) fn nobodys(&self) -> std::ops::Range<usize> {
        self.starts.get(self.persons.len()) as usize..self.events()
    }
}
