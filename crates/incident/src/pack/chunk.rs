//! Some persons beside each other with all their own events: what each leaf says of them, and then each rule.

use super::{
    judge::{Answers, Asked, LEFT_OUT, Of},
    rooms::{PERSONS, Room},
    tree::{NO, Tree, UNKNOWN, marked, refill},
};
use std::ops::Range;

/// Persons and their own events. Or nobody, and events of which nobody can say whose they are.
#[derive(Default)]
pub struct Chunk {
    pub persons: Range<usize>,
    pub events: Range<usize>,
    rooms: Vec<Room>,
    leaves: Vec<Said>,
    /// By cause, how far it concerns each person: unknown before it is decided.
    pub decided: Vec<Vec<u8>>,
    /// By cause, whom of those that an event names its own rule left out for the system.
    pub left_out: Vec<Vec<u8>>,
    /// The same of events that went to somebody: cause, person, place among all.
    pub left_sent: Vec<(usize, usize, usize)>,
    /// What is said of the events of a room.
    one: Vec<u8>,
}

/// What a leaf says.
#[derive(Default)]
struct Said {
    /// The most that it says of any event of each person.
    persons: Vec<u8>,
    /// The matching events by whose they are, where they are counted or nobody's.
    own: Vec<Hit>,
    /// The same by whom they went to.
    sent: Vec<Hit>,
}

/// A matching event.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    /// The place among [`PERSONS`].
    person: u8,
    truth: u8,
    event: usize,
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
        let rooms = &answers.packed.rooms;
        self.rooms.clear();
        self.rooms.extend(rooms.within(events.clone()));
        self.left_sent.clear();
        self.decided.iter_mut().for_each(|of| refill(of, persons.len(), UNKNOWN));
        self.left_out.iter_mut().for_each(|of| refill(of, events.len(), NO));
        for (leaf, said) in answers.leaves.iter().zip(&mut self.leaves) {
            let Said { persons: most, own, sent } = said;
            refill(most, persons.len(), NO);
            own.clear();
            sent.clear();
            if !leaf.person && leaf.main.is_none() {
                continue;
            }
            let (is_listed, mut in_order) = (leaf.counted || persons.is_empty(), true);
            for room in self.rooms.iter().filter(|room| leaf.events.means(room.kind)) {
                let Range { start, end } = room.events;
                refill(&mut self.one, end - start, NO);
                let left_out = leaf.main.map(|cause| &mut self.left_out[cause][..]);
                let left_out = left_out.map(|all| &mut all[start - events.start..end - events.start]);
                match &leaf.sent {
                    Some(truths) => leaf.events.again(truths, start..end, &mut self.one, left_out),
                    None => leaf.events.at(start..end, &mut self.one, left_out),
                }
                if !leaf.person {
                    continue;
                }
                in_order = in_order && own.is_empty();
                let owners = rooms.owners(start..end);
                marked(&self.one, |at| {
                    let (person, truth) = (owners[at], self.one[at]);
                    most.get_mut(usize::from(person)).into_iter().for_each(|most| *most = (*most).max(truth));
                    if is_listed {
                        own.push(Hit { person, truth, event: start + at });
                    }
                });
            }
            if !in_order {
                own.sort_unstable();
            }
        }
        (self.persons, self.events) = (persons, events);
    }

    /// The same of what went to them, the so-manyth [`PERSONS`].
    pub fn look_at_sent(&mut self, answers: &Answers<'_>, n: usize) {
        let received = &answers.packed.received;
        let all = received.chunk(n);
        let owners = received.owners(all.clone());
        for (leaf, said) in answers.leaves.iter().zip(&mut self.leaves) {
            let Some(truths) = &leaf.sent else { continue };
            self.one.clear();
            received.each(all.clone(), |event| self.one.push(truths.get(event)));
            marked(&self.one, |at| {
                let (person, event, truth) = (owners[at], received.place(all.start + at), self.one[at]);
                if truth == LEFT_OUT {
                    self.left_sent.extend(leaf.main.map(|cause| (cause, person.into(), event)));
                    return;
                }
                let most = &mut said.persons[usize::from(person)];
                *most = (*most).max(truth);
                if leaf.counted {
                    said.sent.push(Hit { person, truth, event });
                }
            });
        }
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

    /// Whose each event is that a leaf means, or whom it went to, the event's place among all, and what is said of it.
    pub fn found(&self, leaf: usize) -> impl Iterator<Item = (usize, usize, u8)> {
        let Said { own, sent, .. } = &self.leaves[leaf];
        own.iter().chain(sent).map(|hit| (hit.person.into(), hit.event, hit.truth))
    }

    /// The same of one person.
    pub fn found_of(&self, leaf: usize, n: usize, mut call: impl FnMut(usize, u8)) {
        let Said { own, sent, .. } = &self.leaves[leaf];
        for all in [own, sent] {
            let from = all.partition_point(|hit| usize::from(hit.person) < n);
            let his = all[from..].iter().take_while(|hit| usize::from(hit.person) == n);
            his.for_each(|hit| call(hit.event, hit.truth));
        }
    }

    /// What each event says by its kind of such that a leaf asks for: nothing where it asks for no other kind.
    pub fn other_kinds(&self, answers: &Answers<'_>, leaf: usize, out: &mut [u8]) {
        for room in &self.rooms {
            let Range { start, end } = room.events;
            let is_only = answers.leaves[leaf].events.means_only(room.kind);
            out[start - self.events.start..end - self.events.start].fill(if is_only { NO } else { UNKNOWN });
        }
    }
}
