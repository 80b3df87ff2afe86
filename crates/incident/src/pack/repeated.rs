//! The same records many times: what a measurement at size needs.

use super::{
    Packed,
    column::Codes,
    rooms::{Received, Rooms},
    values::{Texts, Values},
};

impl Packed {
    /// The same records of so many times as many persons, each with cards and orders of its own.
    #[doc(hidden)]
    pub fn repeated(&self, times: u64) -> Packed {
        let (events, persons, times) = (self.events(), self.persons(), times as usize);
        let mut whose = vec![None; events];
        (0..persons).for_each(|person| self.rooms.own(person).for_each(|event| whose[event] = Some(person)));
        let kinds: Vec<usize> = (0..events).map(|event| self.rooms.kind(event)).collect();
        let (rooms, order) = Rooms::of(
            (events * times, persons * times, self.kind_names.len()),
            |n| whose[n % events].map_or(persons * times, |person| n / events * persons + person),
            |n| kinds[n % events],
        );
        let mut places = vec![0; order.len()];
        order.iter().enumerate().for_each(|(new, old)| places[*old] = new as u64);
        let codes = |codes: &Codes, step: u64| {
            let one = |n: &usize| match codes.get(n % events) {
                0 => 0,
                code => code + (n / events) as u64 * step,
            };
            Codes::of(&order.iter().map(one).collect::<Vec<u64>>())
        };
        let went = |n: usize| {
            let place = |event| places[n / persons * events + event];
            self.received.own(n % persons).map(place).collect()
        };
        let mut whole = self.clone();
        whole.rooms = rooms;
        whole.received = Received::of(&(0..persons * times).map(went).collect::<Vec<_>>());
        whole.orders = codes(&self.orders, self.order_names);
        whole.order_names = self.order_names * times as u64;
        (whole.times.from, whole.times.lengths) = (codes(&self.times.from, 0), codes(&self.times.lengths, 0));
        for (name, column) in &mut whole.fields {
            let names = column.values.len() as u64;
            let is_card = name == "fingerprint" && self.same_cards.is_empty();
            column.codes = codes(&column.codes, if is_card { names } else { 0 });
            if let (true, Values::Texts(texts)) = (is_card, &column.values) {
                column.values = Values::Texts(named(texts, times));
            }
        }
        whole.persons.ids = named(&self.persons.ids, times);
        let also = (0..times as u64).flat_map(|n| {
            self.persons.also.iter().map(move |(at, ids)| (at + n * persons as u64, ids.clone()))
        });
        whole.persons.also = also.collect();
        for column in whole.persons.fields.values_mut() {
            let all = (0..persons * times).map(|n| column.codes.get(n % persons));
            column.codes = Codes::of(&all.collect::<Vec<u64>>());
        }
        whole
    }
}

/// The texts with a number of their own each time.
fn named(texts: &Texts, times: usize) -> Texts {
    let all = (0..times).flat_map(|n| (0..texts.len()).map(move |at| format!("{}-{n}", texts.get(at))));
    let all: Vec<String> = all.collect();
    Texts::of(all.iter().map(String::as_str))
}
