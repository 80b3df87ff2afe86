//! A history in columns: what an evaluation at size reads. One byte or two stand for a word, an event lies beside those of
//! the same person, and only the columns that a rule asks for are looked at.
//!
//! [`Packed::evaluate`] counts as [`Scope::evaluate`](crate::Scope::evaluate) does, whatever the facts (a property test
//! compares the two), and lists whom anything concerns; of the others it says how many they are.

mod column;
mod count;
mod file;
mod judge;
mod unpack;

use crate::{
    End, When, Window,
    condition::{Fields, Scalar},
    history::{Event, History, Missing},
};
pub use file::{MAGIC, Unreadable};

use column::{Codes, Dictionary};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Values of a field, by number; 0 is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct FieldColumn {
    codes: Codes,
    values: Vec<Vec<Scalar>>,
}

/// When the events were: a beginning, and a length by number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Times {
    /// Seconds after `base`.
    from: Codes,
    base: i64,
    lengths: Codes,
    /// In seconds; `None`: nothing is known of the time.
    of: Vec<Option<i64>>,
}

/// Somebody of whom there are records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Someone {
    id: String,
    also: Vec<String>,
    fields: Fields,
}

/// Records that are lost, with the ends of their days as they were written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Lost {
    kind: String,
    from: Option<String>,
    to: Option<String>,
    system: Option<String>,
}

/// A history in columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packed {
    persons: Vec<Someone>,
    /// Where each person's own events begin, and at last where those of nobody do.
    starts: Codes,
    /// Where in `received` what went to each person begins, and where it ends.
    received_starts: Codes,
    /// Places of events.
    received: Codes,
    kinds: Codes,
    kind_names: Vec<String>,
    times: Times,
    fields: BTreeMap<String, FieldColumn>,
    /// What names the order that an event is or belongs to, by number; 0: nothing does.
    orders: Codes,
    order_names: u64,
    missing: Vec<Lost>,
    /// One event of each shape there is: kind, system, which fields are recorded.
    shapes: Vec<Event>,
}

impl Packed {
    /// Puts a history into columns.
    pub fn of(history: History) -> Packed {
        let History { persons, events, missing } = history;
        let (order, starts) = sorted(&events, persons.len());
        let mut places = vec![0; events.len()];
        order.iter().enumerate().for_each(|(new, old)| places[*old] = new);
        let (received_starts, received) = received(&events, &places, persons.len());
        let at = |n: &usize| &events[*n];
        let mut kinds = Dictionary::new();
        let kind_codes: Vec<u64> = order.iter().map(|n| kinds.number(&at(n).kind) - 1).collect();
        let mut names = Dictionary::new();
        let orders: Vec<u64> = order
            .iter()
            .map(|n| crate::scope::order_of(at(n)).map_or(0, |name| names.number(&name)))
            .collect();
        let all: BTreeSet<&String> = events.iter().flat_map(|event| event.fields.keys()).collect();
        let fields = all.into_iter().map(|name| (name.clone(), field(name, order.iter().map(at)))).collect();
        Packed {
            starts: Codes::of(&starts),
            received_starts: Codes::of(&received_starts),
            received: Codes::of(&received),
            kinds: Codes::of(&kind_codes),
            kind_names: kinds.things,
            times: Times::of(order.iter().map(|n| at(n).when)),
            fields,
            orders: Codes::of(&orders),
            order_names: names.things.len() as u64,
            missing: missing.iter().map(Lost::of).collect(),
            shapes: shapes(&events),
            persons: persons
                .into_iter()
                .map(|p| Someone { id: p.id, also: p.also, fields: p.fields })
                .collect(),
        }
    }

    /// What is missing, as a history has it.
    fn missing(&self) -> Vec<Missing> {
        self.missing.iter().map(Lost::missing).collect()
    }

    /// The same records of so many times as many persons: what a measurement at size needs.
    #[doc(hidden)]
    pub fn repeated(&self, times: u64) -> Packed {
        let each = |codes: &Codes, step: u64| {
            let all = (0..times).flat_map(|n| (0..codes.len()).map(move |at| codes.get(at) + n * step));
            Codes::of(&all.collect::<Vec<u64>>())
        };
        let starts = |codes: &Codes| {
            let (count, last) = (codes.len() - 1, codes.get(codes.len() - 1));
            let all = (0..times).flat_map(|n| (0..count).map(move |at| codes.get(at) + n * last));
            Codes::of(&all.chain([last * times]).collect::<Vec<u64>>())
        };
        let events = self.events() as u64;
        let mut whole = self.clone();
        (whole.starts, whole.received_starts) = (starts(&self.starts), starts(&self.received_starts));
        (whole.received, whole.kinds) = (each(&self.received, events), each(&self.kinds, 0));
        (whole.times.from, whole.times.lengths) = (each(&self.times.from, 0), each(&self.times.lengths, 0));
        whole.orders = each(&self.orders, 0);
        whole.fields.values_mut().for_each(|column| column.codes = each(&column.codes, 0));
        whole.persons = (0..times).flat_map(|_| self.persons.iter().cloned()).collect();
        whole
    }

    /// How many events there are.
    pub fn events(&self) -> usize {
        self.kinds.len()
    }

    /// How many persons there are records of.
    pub fn persons(&self) -> usize {
        self.persons.len()
    }
}

/// The events person by person, those of nobody last; and where each person's begin.
fn sorted(events: &[Event], persons: usize) -> (Vec<usize>, Vec<u64>) {
    let whose = |event: &Event| event.person.unwrap_or(persons);
    let mut starts = vec![0; persons + 2];
    events.iter().for_each(|event| starts[whose(event) + 1] += 1);
    (1..starts.len()).for_each(|n| starts[n] += starts[n - 1]);
    let mut next = starts.clone();
    let mut order = vec![0; events.len()];
    for (n, event) in events.iter().enumerate() {
        let place = &mut next[whose(event)];
        order[*place as usize] = n;
        *place += 1;
    }
    starts.pop();
    (order, starts)
}

/// What went to each person, where it begins first.
fn received(events: &[Event], places: &[usize], persons: usize) -> (Vec<u64>, Vec<u64>) {
    let mut of: Vec<Vec<u64>> = vec![Vec::new(); persons];
    for (n, event) in events.iter().enumerate() {
        let to: BTreeSet<usize> = event.recipients.iter().copied().collect();
        to.into_iter().for_each(|person| of[person].push(places[n] as u64));
    }
    let mut starts = vec![0];
    of.iter().for_each(|list| starts.push(starts[starts.len() - 1] + list.len() as u64));
    (starts, of.concat())
}

fn field<'a>(name: &str, events: impl Iterator<Item = &'a Event>) -> FieldColumn {
    let mut values = Dictionary::new();
    let codes: Vec<u64> =
        events.map(|event| event.fields.get(name).map_or(0, |value| values.number(value))).collect();
    FieldColumn { codes: Codes::of(&codes), values: values.things }
}

fn shapes(events: &[Event]) -> Vec<Event> {
    let mut seen = BTreeSet::new();
    let mut shapes = Vec::new();
    for event in events {
        let system = event.fields.get("system").cloned();
        let names: Vec<&String> = event.fields.keys().collect();
        if seen.insert((event.kind.clone(), system, format!("{names:?}"))) {
            let (kind, fields) = (event.kind.clone(), event.fields.clone());
            shapes.push(Event {
                kind,
                id: None,
                when: When::ANY,
                person: None,
                recipients: Vec::new(),
                fields,
            });
        }
    }
    shapes
}

impl Times {
    fn of(times: impl Iterator<Item = When>) -> Times {
        let bounds: Vec<(i64, i64)> = times.map(When::bounds).collect();
        let known = |(from, until): &(i64, i64)| *from != i64::MIN && *until != i64::MAX;
        let base = bounds.iter().filter(|b| known(b)).map(|b| b.0).min().unwrap_or(0);
        let mut lengths = Dictionary::new();
        let mut from = Vec::with_capacity(bounds.len());
        let mut codes = Vec::with_capacity(bounds.len());
        for bound in &bounds {
            let length = known(bound).then(|| bound.1 - bound.0);
            from.push(if length.is_some() { bound.0.abs_diff(base) } else { 0 });
            codes.push(lengths.number(&length) - 1);
        }
        Times { from: Codes::of(&from), base, lengths: Codes::of(&codes), of: lengths.things }
    }

    fn at(&self, event: usize) -> When {
        match self.of[self.lengths.get(event) as usize] {
            Some(length) => {
                let from = self.base + self.from.get(event) as i64;
                When::between(from, from + length)
            }
            None => When::ANY,
        }
    }
}

impl Lost {
    fn of(missing: &Missing) -> Lost {
        let end = |end: Option<End>| end.map(|end| end.to_string());
        let Missing { kind, days, system } = missing;
        Lost { kind: kind.clone(), from: end(days.from), to: end(days.to), system: system.clone() }
    }

    fn missing(&self) -> Missing {
        let end = |end: &Option<String>| end.clone().and_then(|end| End::try_from(end).ok());
        let days = Window { from: end(&self.from), to: end(&self.to) };
        Missing { kind: self.kind.clone(), days, system: self.system.clone() }
    }
}
