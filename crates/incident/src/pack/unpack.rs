//! Those whom something concerns, out of the columns again: their results have reasons and items, which need the records
//! themselves. What is said of a person depends on his own records alone; under an opposite, on those of nobody, too.

use super::{Packed, fields};
use crate::{
    facts::{Facts, Rule},
    history::{Event, History, Person},
    scope::{PersonScope, Scope},
};
use std::{collections::HashMap, ops::Range};

impl Packed {
    /// The results of these persons, in their order.
    pub(super) fn told(&self, facts: &Facts, concerned: &[usize]) -> Vec<PersonScope> {
        if concerned.is_empty() {
            return Vec::new();
        }
        let nobodys = if facts.rules().any(Rule::has_opposite) { self.nobodys() } else { 0..0 };
        let mut scope = Scope::evaluate(facts, &self.history(concerned, nobodys));
        scope.persons.truncate(concerned.len());
        scope.persons
    }

    /// Some persons with all records that are theirs or went to them, and records of nobody. Behind them stands one for all others
    /// whose those records are.
    fn history(&self, some: &[usize], nobodys: Range<usize>) -> History {
        let mut history = History { missing: self.missing(), ..History::default() };
        let mut events = HashMap::new();
        for person in some {
            let mut places: Vec<usize> = self.rooms.own(*person).chain(self.received.own(*person)).collect();
            places.sort_unstable();
            places.dedup();
            let mut theirs = Vec::with_capacity(places.len());
            for place in places {
                theirs.push(*events.entry(place).or_insert_with(|| {
                    history.events.push(self.event(place));
                    history.events.len() - 1
                }));
            }
            history.persons.push(Person { events: theirs, ..self.persons.person(*person) });
        }
        let others = history.persons.len();
        history.events.iter_mut().for_each(|event| event.person = Some(others));
        let id = String::new();
        let (fields, also, parts, events_of) = Default::default();
        history.persons.push(Person { id, also, fields, events: events_of, parts });
        for (n, person) in some.iter().enumerate() {
            self.rooms.own(*person).for_each(|place| history.events[events[&place]].person = Some(n));
            self.received.own(*person).for_each(|place| history.events[events[&place]].recipients.push(n));
        }
        for place in nobodys {
            // What went to one of them is there already.
            match events.get(&place) {
                Some(known) => history.events[*known].person = None,
                None => history.events.push(self.event(place)),
            }
        }
        history
    }

    fn event(&self, place: usize) -> Event {
        Event {
            kind: self.kind_names[self.rooms.kind(place)].clone(),
            id: None,
            when: self.times.at(place),
            person: None,
            recipients: Vec::new(),
            fields: fields(&self.fields, place),
        }
    }
}
