//! The same records many times: what a measurement at size needs.

use super::{
    Packed,
    column::Codes,
    values::{Texts, Values},
};
use std::ops::Range;

impl Packed {
    /// The same records of so many times as many persons, each with cards and orders of its own.
    #[doc(hidden)]
    pub fn repeated(&self, times: u64) -> Packed {
        // Everybody's events stand before those of nobody.
        let (events, theirs) = (self.events() as u64, self.nobodys().start as u64);
        let place = |n: u64, at: u64| {
            if at < theirs { n * theirs + at } else { times * theirs + n * (events - theirs) + at - theirs }
        };
        let codes = |codes: &Codes, step: u64| {
            let one = |(n, at)| match codes.get(at) {
                0 => 0,
                code => code + n * step,
            };
            let all = each(times, 0..theirs).chain(each(times, theirs..events));
            Codes::of(&all.map(one).collect::<Vec<u64>>())
        };
        let starts = |starts: &Codes| {
            let (count, last) = (starts.len() as u64 - 1, starts.get(starts.len() - 1));
            let all = each(times, 0..count).map(|(n, at)| starts.get(at) + n * last);
            Codes::of(&all.chain([last * times]).collect::<Vec<u64>>())
        };
        let received =
            each(times, 0..self.received.len() as u64).map(|(n, at)| place(n, self.received.get(at)));
        let mut whole = self.clone();
        whole.received = Codes::of(&received.collect::<Vec<u64>>());
        (whole.starts, whole.received_starts) = (starts(&self.starts), starts(&self.received_starts));
        (whole.orders, whole.order_names) = (codes(&self.orders, self.order_names), self.order_names * times);
        whole.kinds = codes(&self.kinds, 0);
        (whole.times.from, whole.times.lengths) = (codes(&self.times.from, 0), codes(&self.times.lengths, 0));
        for (name, column) in &mut whole.fields {
            let names = column.values.len() as u64;
            let is_card = name == "fingerprint" && self.same_cards.is_empty();
            column.codes = codes(&column.codes, if is_card { names } else { 0 });
            if let (true, Values::Texts(texts)) = (is_card, &column.values) {
                column.values = Values::Texts(named(texts, times));
            }
        }
        let persons = self.persons() as u64;
        whole.persons.ids = named(&self.persons.ids, times);
        let also = (0..times)
            .flat_map(|n| self.persons.also.iter().map(move |(at, ids)| (at + n * persons, ids.clone())));
        whole.persons.also = also.collect();
        for column in whole.persons.fields.values_mut() {
            let all = each(times, 0..persons).map(|(_, at)| column.codes.get(at));
            column.codes = Codes::of(&all.collect::<Vec<u64>>());
        }
        whole
    }
}

fn each(times: u64, range: Range<u64>) -> impl Iterator<Item = (u64, usize)> {
    (0..times).flat_map(move |n| range.clone().map(move |at| (n, at as usize)))
}

/// The texts with a number of their own each time.
fn named(texts: &Texts, times: u64) -> Texts {
    let all: Vec<String> =
        each(times, 0..texts.len() as u64).map(|(n, at)| format!("{}-{n}", texts.get(at))).collect();
    Texts::of(all.iter().map(String::as_str))
}
