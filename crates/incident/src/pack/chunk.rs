//! Some persons beside each other with all their own events: what each leaf says of them, and then each rule.

use super::{
    Packed,
    judge::{Answers, Asked, LEFT_OUT, Of},
    tree::{NO, Tree, UNKNOWN, marked},
};
use std::ops::Range;

/// So many persons are looked at together: with some ten events each that is about a block of events.
pub const PERSONS: usize = 512;

/// Persons and their own events. Or nobody, and events of which nobody can say whose they are.
#[derive(Default)]
pub struct Chunk {
    pub persons: Range<usize>,
    pub events: Range<usize>,
    /// Where each person's events end, behind the first of all.
    ends: Vec<usize>,
    /// Where in [`Packed::received`] what went to each person ends, and before that the first one's begins.
    sent: Vec<usize>,
    leaves: Vec<Said>,
    /// By cause, how far it concerns each person: unknown before it is decided.
    pub decided: Vec<Vec<u8>>,
    /// By cause, whom of those that an event names its own rule left out for the system.
    pub left_out: Vec<Vec<u8>>,
    /// The same of events that went to somebody: cause, person, place among all.
    pub left_sent: Vec<(usize, usize, usize)>,
}

/// What a leaf says.
#[derive(Default)]
struct Said {
    /// Of each event.
    events: Vec<u8>,
    /// The most that it says of any event of each person.
    persons: Vec<u8>,
    /// Whom a matching event went to, its place among all, and what is said of it.
    sent: Vec<(usize, usize, u8)>,
}

impl Chunk {
    pub fn new(answers: &Answers<'_>) -> Chunk {
        Chunk {
            leaves: answers.leaves.iter().map(|_| Said::default()).collect(),
            decided: vec![Vec::new(); answers.facts.causes.len()],
            left_out: vec![Vec::new(); answers.facts.causes.len()],
            ..Chunk::default()
        }
    }

    /// Takes these persons and events, and asks each leaf.
    pub fn look(&mut self, answers: &Answers<'_>, persons: Range<usize>, events: Range<usize>) {
        let packed = answers.packed;
        self.ends.clear();
        packed
            .starts
            .each(persons.start + 1..persons.end + 1, |_, end| self.ends.push(end as usize - events.start));
        self.sent.clear();
        self.left_sent.clear();
        packed.received_starts.each(persons.start..persons.end + 1, |_, at| self.sent.push(at as usize));
        self.decided.iter_mut().for_each(|of| refill(of, persons.len(), UNKNOWN));
        self.left_out.iter_mut().for_each(|of| refill(of, events.len(), NO));
        for (leaf, said) in answers.leaves.iter().zip(&mut self.leaves) {
            refill(&mut said.events, events.len(), NO);
            refill(&mut said.persons, persons.len(), NO);
            if leaf.person || leaf.main.is_some() {
                let left_out = leaf.main.map(|cause| &mut self.left_out[cause][..]);
                match &leaf.sent {
                    Some(truths) => leaf.events.again(truths, events.clone(), &mut said.events, left_out),
                    None => leaf.events.at(events.clone(), &mut said.events, left_out),
                }
            }
            if leaf.person && !persons.is_empty() {
                let Said { events, persons, .. } = said;
                each_of(&self.ends, events, |person, event| {
                    persons[person] = persons[person].max(events[event])
                });
            }
            if let Some(truths) = &leaf.sent {
                said.sent.clear();
                for (n, (person, range)) in said.persons.iter_mut().zip(self.sent.windows(2)).enumerate() {
                    packed.received.each(range[0]..range[1], |_, event| match truths.get(event as usize) {
                        NO => {}
                        LEFT_OUT => self.left_sent.extend(leaf.main.map(|cause| (cause, n, event as usize))),
                        truth => {
                            *person = (*person).max(truth);
                            said.sent.push((n, event as usize, truth));
                        }
                    });
                }
            }
        }
        (self.persons, self.events) = (persons, events);
    }

    /// Asks a rule of so many persons as `out` has, from one on.
    pub fn ask(&self, answers: &Answers<'_>, rule: &Asked<'_>, from: usize, out: &mut [u8]) {
        let leaf = |of: &Of<'_>, out: &mut [u8]| match of {
            Of::Always(truth) => out.fill(*truth),
            Of::Cause(n) => out.copy_from_slice(&self.decided[*n][from..from + out.len()]),
            Of::Person(condition) => {
                let first = self.persons.start + from;
                condition.ask(&|look, out| look.at(first..first + out.len(), out), out);
            }
            Of::Event(n) => {
                out.copy_from_slice(&self.leaves[*n].persons[from..from + out.len()]);
                let lost = &answers.leaves[*n].lost;
                if !matches!(lost, Tree::Any(none) if none.is_empty()) {
                    let mut one = [NO; PERSONS];
                    let one = &mut one[..out.len()];
                    self.ask(answers, lost, from, one);
                    out.iter_mut().zip(one).for_each(|(out, one)| *out = (*out).max((*one).min(UNKNOWN)));
                }
            }
        };
        rule.ask(&leaf, out);
    }

    /// The places of a person's own events, behind the first of all.
    pub fn own(&self, n: usize) -> Range<usize> {
        n.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[n]
    }

    /// Calls with whose each event is that a leaf means, the event's place among all, and what is said of it.
    pub fn each_own(&self, answers: &Answers<'_>, leaf: usize, mut call: impl FnMut(usize, usize, u8)) {
        let said = self.said(leaf);
        if answers.leaves[leaf].person {
            each_of(&self.ends, said, |person, event| {
                call(person, self.events.start + event, said[event]);
            });
        }
    }

    /// The same of the events that went to somebody, person by person.
    pub fn each_sent(&self, leaf: usize, mut call: impl FnMut(usize, usize, u8)) {
        self.leaves[leaf].sent.iter().for_each(|(person, event, truth)| call(*person, *event, *truth));
    }

    /// The same of the events that went to one person.
    pub fn sent(&self, leaf: usize, n: usize, mut call: impl FnMut(usize, u8)) {
        let all = &self.leaves[leaf].sent;
        let from = all.partition_point(|(person, _, _)| *person < n);
        let his = all[from..].iter().take_while(|(person, _, _)| *person == n);
        his.for_each(|(_, event, truth)| call(*event, *truth));
    }

    /// What a leaf says of each event.
    pub fn said(&self, leaf: usize) -> &[u8] {
        &self.leaves[leaf].events
    }

    /// Calls with each event that is marked, and whose it is.
    pub fn each_marked(&self, all: &[u8], call: impl FnMut(usize, usize)) {
        each_of(&self.ends, all, call);
    }
}

fn refill(of: &mut Vec<u8>, len: usize, with: u8) {
    of.clear();
    of.resize(len, with);
}

/// `ends`: where each person's events end.
fn each_of(ends: &[usize], all: &[u8], mut call: impl FnMut(usize, usize)) {
    let mut person = 0;
    marked(all, |event| {
        while ends.get(person).is_some_and(|end| event >= *end) {
            person += 1;
        }
        call(person, event);
    });
}

impl Packed {
    /// The places of a person's own events.
    pub fn own(&self, person: usize) -> Range<usize> {
        self.starts.get(person) as usize..self.starts.get(person + 1) as usize
    }

    /// Calls with the places of the events that went to a person.
    pub fn sent_to(&self, person: usize, mut call: impl FnMut(usize)) {
        let range = self.received_starts.get(person) as usize..self.received_starts.get(person + 1) as usize;
        self.received.each(range, |_, place| call(place as usize));
    }

    /// The places of the events of which nobody can say whose they are.
    pub fn nobodys(&self) -> Range<usize> {
        self.starts.get(self.persons()) as usize..self.events()
    }
}
