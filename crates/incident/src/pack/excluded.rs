//! What was left out of a cause, by system.

use super::{
    FieldColumn, Packed,
    chunk::Chunk,
    look::{OF_PERSON, OF_RECIPIENTS},
    sum::Truths,
    tree::{NO, YES, marked},
};
use crate::{condition::Scalar, facts::Facts, scope::Excluded};
use std::sync::OnceLock;

/// The systems that the records name.
pub struct Systems<'a> {
    packed: &'a Packed,
    column: Option<&'a FieldColumn>,
    /// In order.
    names: Vec<String>,
    /// By code, the place of its name; that of none first.
    places: Vec<Option<usize>>,
    /// The events that went to anybody, where that is asked.
    sent: OnceLock<Truths>,
}

/// What was left out, by the place of the system's name: so many records, of so many persons.
pub type LeftOut = Vec<[u64; 2]>;

impl Packed {
    pub(super) fn systems(&self) -> Systems<'_> {
        let column = self.fields.get("system");
        let name = |values: &Vec<Scalar>| match values.first() {
            Some(Scalar::Text(id)) => Some(id.clone()),
            _ => None,
        };
        let named = column.map_or(Vec::new(), |column| column.values.each(name));
        let mut names: Vec<String> = named.iter().flatten().cloned().collect();
        names.sort_unstable();
        names.dedup();
        let places = [None].into_iter().chain(named).map(|name| names.binary_search(&name?).ok());
        Systems { packed: self, column, places: places.collect(), names, sent: OnceLock::new() }
    }
}

impl Systems<'_> {
    /// Nothing was left out.
    pub fn none(&self) -> LeftOut {
        vec![[0; 2]; self.names.len()]
    }

    /// Counts what each cause left out of a chunk.
    pub fn count(&self, chunk: &Chunk, causes: &mut [LeftOut]) {
        let Some(column) = self.column else { return };
        let place = |event: usize| self.places[column.codes.get(event) as usize];
        let owners = self.packed.rooms.owners(chunk.events.clone());
        for (n, (marks, found)) in chunk.left_out.iter().zip(causes).enumerate() {
            // By system and person, whether something of his was.
            let persons = chunk.persons.len();
            let mut theirs = vec![NO; persons * self.names.len()];
            marked(marks, |at| {
                let event = chunk.events.start + at;
                // Had it been of a system that counts, it would have meant nobody.
                let is_nothing = marks[at] == OF_RECIPIENTS && !self.is_sent(event);
                if let Some(place) = place(event).filter(|_| !is_nothing) {
                    found[place][0] += 1;
                    let person = usize::from(owners[at]);
                    if person < persons {
                        theirs[place * persons + person] |= marks[at] & OF_PERSON;
                    }
                }
            });
            let sent = chunk.left_sent.iter().filter(|(cause, _, _)| *cause == n);
            for (person, place) in sent.filter_map(|(_, person, event)| Some((person, place(*event)?))) {
                theirs[place * persons + person] = OF_PERSON;
            }
            for (theirs, [_, found]) in theirs.chunks(persons.max(1)).zip(found) {
                *found += theirs.iter().map(|one| u64::from(*one)).sum::<u64>();
            }
        }
    }

    /// Whether an event went to anybody.
    fn is_sent(&self, event: usize) -> bool {
        let sent = self.sent.get_or_init(|| {
            let sent = Truths::new(self.packed.events());
            let received = &self.packed.received;
            received.each(received.all(), |event| sent.raise_alone(event, YES));
            sent
        });
        sent.get(event) == YES
    }

    /// The same as it is told.
    pub fn told(&self, facts: &Facts, left_out: &LeftOut) -> Vec<Excluded> {
        let found = self.names.iter().zip(left_out).filter(|(_, [records, _])| *records > 0);
        let excluded = found.map(|(system, [records, persons])| Excluded {
            system: system.clone(),
            records: *records,
            persons: *persons,
            why: facts.system(system).and_then(|s| s.why.clone()),
        });
        excluded.collect()
    }
}
