//! A history in columns: what an evaluation at size reads. One byte or two stand for a word, events lie by persons and by
//! kinds, and only the columns that a rule asks for are looked at.
//!
//! [`Packed::evaluate`] counts as [`Scope::evaluate`](crate::Scope::evaluate) does, whatever the facts (a property test
//! compares the two), and lists whom anything concerns and who is in a group; of the others it says how many they are.

mod chunk;
mod column;
mod count;
mod days;
mod excluded;
mod file;
mod judge;
mod look;
mod records;
mod repeated;
mod rooms;
mod shared;
mod sum;
mod tree;
mod unpack;
mod values;

use crate::{
    End, Truth, When, Window,
    condition::{Fields, Scalar},
    facts::Unit,
    history::{Event, History, Missing, Person},
    when::Length,
    words::Recorded,
};
pub use count::Together;
pub use file::{PACKED, Unreadable};

use column::{Codes, Dictionary};
use rooms::{Received, Rooms};
use serde::{Deserialize, Serialize};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
};
use values::{Texts, Values};

/// Values of a field, by number; 0 is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct FieldColumn {
    codes: Codes,
    values: Values,
}

/// When the events were: a beginning, and a length by number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Times {
    /// Seconds after `base`.
    from: Codes,
    base: i64,
    /// 0 for the length that most have.
    lengths: Codes,
    of: Vec<Length>,
}

/// Those of whom there are records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct People {
    ids: Texts,
    /// Further ids, by place.
    also: BTreeMap<u64, Vec<String>>,
    fields: BTreeMap<String, FieldColumn>,
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
    persons: People,
    rooms: Rooms,
    received: Received,
    kind_names: Vec<String>,
    times: Times,
    fields: BTreeMap<String, FieldColumn>,
    /// What names the order that an event is or belongs to, by number; 0: nothing does.
    orders: Codes,
    order_names: u64,
    /// Cards: what is no card, as 0, and what names the same card as another, by the code of `fingerprint`.
    same_cards: BTreeMap<u64, u64>,
    missing: Vec<Lost>,
    /// One event of each shape there is: kind, system, which fields are recorded.
    shapes: Vec<Event>,
}

impl Packed {
    /// Puts a history into columns.
    pub fn of(history: History) -> Packed {
        let History { persons, events, missing } = history;
        let mut kinds = Dictionary::new();
        let kind_codes: Vec<u64> = events.iter().map(|event| kinds.number(&event.kind) - 1).collect();
        let (rooms, order) = Rooms::of(
            (events.len(), persons.len(), kinds.things.len()),
            |n| events[n].person.unwrap_or(persons.len()),
            |n| kind_codes[n] as usize,
        );
        let mut places = vec![0; events.len()];
        order.iter().enumerate().for_each(|(new, old)| places[*old] = new);
        let received = Received::of(&received(&events, &places, persons.len()));
        let at = |n: &usize| &events[*n];
        let mut names = Dictionary::new();
        let orders: Vec<u64> = order
            .iter()
            .map(|n| crate::scope::order_of(at(n)).map_or(0, |name| names.number(&name)))
            .collect();
        let fields = columns(order.iter().map(|n| &at(n).fields));
        Packed {
            rooms,
            received,
            kind_names: kinds.things,
            times: Times::of(order.iter().map(|n| at(n).when)),
            same_cards: same_cards(fields.get("fingerprint")),
            fields,
            orders: Codes::of(&orders),
            order_names: names.things.len() as u64,
            missing: missing.iter().map(Lost::of).collect(),
            shapes: shapes(&events),
            persons: People::of(&persons),
        }
    }

    /// What is missing, as a history has it.
    fn missing(&self) -> Vec<Missing> {
        self.missing.iter().map(Lost::missing).collect()
    }

    /// So many cards or orders have names, at most; none where a record is something else.
    fn names(&self, unit: Unit) -> u64 {
        match unit {
            Unit::Cards => self.fields.get("fingerprint").map_or(0, |column| column.values.len() as u64),
            Unit::Orders => self.order_names,
            Unit::Events | Unit::Persons => 0,
        }
    }

    /// The number of the card or order that an event names, 0 where it names none.
    fn name(&self, unit: Unit, event: usize) -> Option<u64> {
        match unit {
            Unit::Cards => Some(self.fields.get("fingerprint").map_or(0, |column| {
                let code = column.codes.get(event);
                if self.same_cards.is_empty() { code } else { *self.same_cards.get(&code).unwrap_or(&code) }
            })),
            Unit::Orders => Some(self.orders.get(event)),
            Unit::Events | Unit::Persons => None,
        }
    }

    /// The same of many.
    fn names_of(&self, unit: Unit, events: impl Iterator<Item = usize>, names: &mut Vec<Option<u64>>) {
        let cards = self.fields.get("fingerprint").filter(|_| self.same_cards.is_empty());
        match (unit, cards) {
            (Unit::Orders, _) => self.orders.gather(events, |name| names.push(Some(name))),
            (Unit::Cards, Some(column)) => column.codes.gather(events, |name| names.push(Some(name))),
            _ => names.extend(events.map(|event| self.name(unit, event))),
        }
    }

    /// How many events there are.
    pub fn events(&self) -> usize {
        self.rooms.events()
    }

    /// The places of the events of which nobody can say whose they are.
    fn nobodys(&self) -> Range<usize> {
        self.rooms.chunk(self.persons().div_ceil(rooms::PERSONS))
    }

    /// How many persons there are records of.
    pub fn persons(&self) -> usize {
        self.persons.ids.len()
    }
}

impl Recorded for Packed {
    fn says(&self, field: &str, value: &Scalar) -> bool {
        let says = |found: &Vec<Scalar>| found.iter().any(|found| found.is(value) != Truth::No);
        let columns = self.fields.get(field).into_iter().chain(self.persons.fields.get(field));
        columns.into_iter().any(|column| column.values.each(says).contains(&true))
    }
}

/// The places of what went to each person.
fn received(events: &[Event], places: &[usize], persons: usize) -> Vec<Vec<u64>> {
    let mut of: Vec<Vec<u64>> = vec![Vec::new(); persons];
    for (n, event) in events.iter().enumerate() {
        let to: BTreeSet<usize> = event.recipients.iter().copied().collect();
        to.into_iter().for_each(|person| of[person].push(places[n] as u64));
    }
    of
}

fn columns<'a>(all: impl Iterator<Item = &'a Fields> + Clone) -> BTreeMap<String, FieldColumn> {
    let names: BTreeSet<&String> = all.clone().flat_map(Fields::keys).collect();
    let column = |name: &String| {
        let mut values = Dictionary::new();
        let codes = all.clone().map(|fields| fields.get(name).map_or(0, |value| values.number(value)));
        let codes = Codes::of(&codes.collect::<Vec<u64>>());
        (name.clone(), FieldColumn { codes, values: Values::of(values.things) })
    };
    names.into_iter().map(column).collect()
}

fn same_cards(column: Option<&FieldColumn>) -> BTreeMap<u64, u64> {
    let mut codes = HashMap::new();
    let names =
        column.map_or(Vec::new(), |column| column.values.each(|values| crate::scope::name_in(values)));
    let each = names.into_iter().zip(1..).map(|(name, code)| {
        let first = name.map_or(0, |name| *codes.entry(name).or_insert(code));
        (code, first)
    });
    each.filter(|(code, first)| code != first).collect()
}

impl People {
    fn of(persons: &[Person]) -> People {
        let also = persons.iter().zip(0..).filter(|(person, _)| !person.also.is_empty());
        People {
            ids: Texts::of(persons.iter().map(|person| &person.id[..])),
            also: also.map(|(person, n)| (n, person.also.clone())).collect(),
            fields: columns(persons.iter().map(|person| &person.fields)),
        }
    }

    /// Without his events.
    fn person(&self, place: usize) -> Person {
        Person {
            id: self.ids.get(place).to_owned(),
            also: self.also.get(&(place as u64)).cloned().unwrap_or_default(),
            fields: fields(&self.fields, place),
            events: Vec::new(),
            parts: Vec::new(),
        }
    }
}

/// The fields of one.
fn fields(columns: &BTreeMap<String, FieldColumn>, place: usize) -> Fields {
    let fields = columns.iter().filter_map(|(name, column)| {
        let code = column.codes.get(place).checked_sub(1)?;
        Some((name.clone(), column.values.get(code as usize)))
    });
    fields.collect()
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
        let all: Vec<(Length, Option<i64>)> = times.map(When::length).collect();
        let base = all.iter().filter_map(|(_, from)| *from).min().unwrap_or(0);
        let mut counts = HashMap::<_, u64>::new();
        all.iter().for_each(|(length, _)| *counts.entry(*length).or_default() += 1);
        let mut of: Vec<Length> = counts.keys().copied().collect();
        of.sort_by_key(|length| (Reverse(counts[length]), *length));
        let codes: HashMap<Length, u64> = of.iter().copied().zip(0..).collect();
        let from = all.iter().map(|(_, from)| from.map_or(0, |from| from.abs_diff(base)));
        Times {
            from: Codes::of(&from.collect::<Vec<u64>>()),
            base,
            lengths: Codes::of(&all.iter().map(|(length, _)| codes[length]).collect::<Vec<u64>>()),
            of,
        }
    }

    fn at(&self, event: usize) -> When {
        let from = self.base + self.from.get(event) as i64;
        When::of(from, self.of[self.lengths.get(event) as usize])
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
