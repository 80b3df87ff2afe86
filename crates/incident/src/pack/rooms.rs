//! Where events lie: those of a few hundred persons together, of these by kind, and of a kind person by person. So a rule
//! that asks of one kind reads past no other, and whoever counts persons has all of theirs at hand. Those of nobody come last.

use super::column::{Bytes, Codes};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// So many persons are looked at together: what is said of them and of a kind of their events stays in the processor's
/// nearest caches, and a place among them is one byte.
pub const PERSONS: usize = 256;

/// The order of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rooms {
    kinds: usize,
    /// Where each room begins, and at last where all end: kind by kind of the first [`PERSONS`], of the next, of nobody.
    starts: Codes,
    /// Whose each event is, by the place among [`PERSONS`].
    owners: Bytes,
}

/// Events of one kind beside each other.
#[derive(Clone)]
pub struct Room {
    pub kind: usize,
    pub events: Range<usize>,
}

impl Rooms {
    /// Finds the order of so many events, and gives back which of them comes first, second and so on. `whose`: the number of
    /// `persons` where it is nobody's.
    pub fn of(
        (events, persons, kinds): (usize, usize, usize),
        whose: impl Fn(usize) -> usize,
        kind: impl Fn(usize) -> usize,
    ) -> (Rooms, Vec<usize>) {
        let chunks = persons.div_ceil(PERSONS);
        let chunk = |event| if whose(event) == persons { chunks } else { whose(event) / PERSONS };
        let (by_person, _) = sorted(0..events, persons + 1, &whose);
        let (order, starts) = sorted(by_person.iter().copied(), (chunks + 1) * kinds, |event| {
            chunk(event) * kinds + kind(event)
        });
        let owner = |event: &usize| if whose(*event) == persons { 0 } else { among(whose(*event)) };
        let owners = Bytes(order.iter().map(owner).collect());
        (Rooms { kinds, starts: Codes::of(&starts), owners }, order)
    }

    /// How many events there are.
    pub fn events(&self) -> usize {
        self.owners.0.len()
    }

    /// The events of the so-manyth [`PERSONS`]; behind the last, of nobody.
    pub fn chunk(&self, n: usize) -> Range<usize> {
        self.start(n * self.kinds)..self.start((n + 1) * self.kinds)
    }

    /// The rooms of a range, as far as they are in it.
    pub fn within(&self, range: Range<usize>) -> impl Iterator<Item = Room> {
        let first = self.room(range.start);
        let each = (first..self.starts.len() - 1).map(|n| (n % self.kinds, self.start(n)..self.start(n + 1)));
        let each = each.take_while(move |(_, events)| events.start < range.end);
        let inside = move |(kind, events): (usize, Range<usize>)| Room {
            kind,
            events: events.start.max(range.start)..events.end.min(range.end),
        };
        each.map(inside).filter(|room| !room.events.is_empty())
    }

    /// The number of an event's kind.
    pub fn kind(&self, event: usize) -> usize {
        self.room(event) % self.kinds
    }

    /// Whose each event of a range is, by the place among [`PERSONS`]; 0 where it is nobody's.
    pub fn owners(&self, events: Range<usize>) -> &[u8] {
        &self.owners.0[events]
    }

    /// The events of one person.
    pub fn own(&self, person: usize) -> impl Iterator<Item = usize> {
        let rooms = self.within(self.chunk(person / PERSONS));
        rooms.flat_map(move |room| self.owners.run(room.events, among(person)))
    }

    fn start(&self, room: usize) -> usize {
        self.starts.get(room) as usize
    }

    /// The last room that begins there or before.
    fn room(&self, event: usize) -> usize {
        self.starts.place(0..self.starts.len(), |start| start <= event as u64).saturating_sub(1)
    }
}

/// What went to each person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// Where that of each [`PERSONS`] begins, and at last where all ends.
    starts: Codes,
    /// To whom it went, by the place among them.
    owners: Bytes,
    /// The event's place.
    places: Codes,
}

impl Received {
    /// From the places of the events that went to each of all persons.
    pub fn of(all: &[Vec<u64>]) -> Received {
        let mut starts = vec![0];
        for chunk in all.chunks(PERSONS) {
            starts.push(starts[starts.len() - 1] + chunk.iter().map(Vec::len).sum::<usize>() as u64);
        }
        let owner = |(person, places): (usize, &Vec<u64>)| vec![among(person); places.len()];
        let owners = Bytes(all.iter().enumerate().flat_map(owner).collect());
        Received { starts: Codes::of(&starts), owners, places: Codes::of(&all.concat()) }
    }

    /// Where all of it stands.
    pub fn all(&self) -> Range<usize> {
        0..self.places.len()
    }

    /// Where that of the so-manyth [`PERSONS`] does.
    pub fn chunk(&self, n: usize) -> Range<usize> {
        self.starts.get(n) as usize..self.starts.get(n + 1) as usize
    }

    /// Calls with the place of each event of a range.
    pub fn each(&self, range: Range<usize>, mut call: impl FnMut(usize)) {
        self.places.each(range, |_, place| call(place as usize));
    }

    /// To whom each went, by the place among [`PERSONS`].
    pub fn owners(&self, range: Range<usize>) -> &[u8] {
        &self.owners.0[range]
    }

    /// The event's place.
    pub fn place(&self, n: usize) -> usize {
        self.places.get(n) as usize
    }

    /// The places of the events that went to one person.
    pub fn own(&self, person: usize) -> impl Iterator<Item = usize> {
        let run = self.owners.run(self.chunk(person / PERSONS), among(person));
        run.map(|n| self.place(n))
    }
}

/// The place among [`PERSONS`].
fn among(person: usize) -> u8 {
    (person % PERSONS) as u8
}

/// Things in the order of their keys, those of one key as they came; and where each key begins, at last where all end.
fn sorted(
    all: impl Iterator<Item = usize> + Clone,
    keys: usize,
    key: impl Fn(usize) -> usize,
) -> (Vec<usize>, Vec<u64>) {
    let mut starts = vec![0; keys + 1];
    all.clone().for_each(|one| starts[key(one) + 1] += 1);
    (1..starts.len()).for_each(|n| starts[n] += starts[n - 1]);
    let mut next = starts.clone();
    let mut order = vec![0; starts[keys] as usize];
    for one in all {
        let place = &mut next[key(one)];
        order[*place as usize] = one;
        *place += 1;
    }
    (order, starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Persons around the edge of a chunk, one of nobody's; the kinds are 0 and 1.
    #[test]
    fn each_event_lies_with_its_kind_and_its_person() {
        let persons = PERSONS + 1;
        let all = [(PERSONS, 1), (0, 1), (persons, 0), (0, 0), (PERSONS, 0), (3, 1), (0, 1)];
        let (rooms, order) = Rooms::of((all.len(), persons, 2), |n| all[n].0, |n| all[n].1);
        assert_eq!(order, [3, 1, 6, 5, 4, 0, 2]);
        let of =
            |n: usize| rooms.within(rooms.chunk(n)).map(|room| (room.kind, room.events)).collect::<Vec<_>>();
        assert_eq!(
            [of(0), of(1), of(2)],
            [vec![(0, 0..1), (1, 1..4)], vec![(0, 4..5), (1, 5..6)], vec![(0, 6..7)]]
        );
        let cut: Vec<_> = rooms.within(2..6).map(|room| (room.kind, room.events)).collect();
        assert_eq!(cut, [(1, 2..4), (0, 4..5), (1, 5..6)]);
        assert_eq!((0..7).map(|event| rooms.kind(event)).collect::<Vec<_>>(), [0, 1, 1, 1, 0, 1, 0]);
        let own = |person| rooms.own(person).collect::<Vec<_>>();
        assert_eq!([own(0), own(1), own(3), own(PERSONS)], [vec![0, 1, 2], vec![], vec![3], vec![4, 5]]);
        assert_eq!(rooms.owners(3..5), [3, 0]);
    }

    #[test]
    fn without_events_there_is_no_room() {
        let (rooms, order) = Rooms::of((0, 2, 0), |_| 0, |_| 0);
        assert_eq!((order.len(), rooms.events(), rooms.chunk(0), rooms.chunk(1)), (0, 0, 0..0, 0..0));
        assert_eq!(rooms.within(0..0).count() + rooms.own(1).count(), 0);
    }

    #[test]
    fn what_went_to_each_is_found() {
        let mut all = vec![Vec::new(); PERSONS + 2];
        all[1] = vec![7, 9];
        all[PERSONS + 1] = vec![8];
        let received = Received::of(&all);
        let own = |person| received.own(person).collect::<Vec<_>>();
        assert_eq!([own(0), own(1), own(PERSONS + 1)], [vec![], vec![7, 9], vec![8]]);
        let mut second = Vec::new();
        received.each(received.chunk(1), |place| second.push(place));
        assert_eq!((second, received.owners(received.chunk(1)), received.place(2)), (vec![8], &[1][..], 8));
        assert_eq!(received.all(), 0..3);
    }
}
