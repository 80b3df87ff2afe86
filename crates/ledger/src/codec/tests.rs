//! Entries, written and read.

use super::*;
use crate::places::Places;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// Any entry, with ids that come again.
fn entries() -> impl Strategy<Value = Entry> {
    let ids = || prop::collection::vec((0..40u128).prop_map(id), 0..30);
    let place = ("[a-z]{1,9}\\.[a-z]{1,9}", 0..40u128, 0..40u128);
    let head = (0..LATEST_MS as i64, any::<u32>(), prop::sample::select(&Kind::ALL[..]));
    let some = (any::<Option<u64>>(), any::<Option<[u8; 32]>>(), prop::option::of("[a-z ]{1,20}"));
    (head, some, ids(), ids(), prop::collection::vec(place, 0..60)).prop_map(
        |(head, some, orders, erased, places)| {
            let mut entry = Entry::new(head.0, head.2);
            entry.clock_behind_s = head.1;
            (entry.unwritten, entry.cap, entry.reason) = (some.0, some.1, some.2.map(Word::from));
            (entry.person, entry.staff) = (orders.first().copied(), erased.first().copied());
            (entry.orders, entry.erased) = (orders, erased);
            entry.fields = vec!["email".into(), "name".into()];
            for (name, person, row) in places {
                entry.places.put(name, id(person), id(row));
            }
            entry
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read(entry in entries()) {
        let bytes = entry.encode();
        prop_assert_eq!(bytes.len(), 1);
        let mut persons = BTreeMap::<Uuid, BTreeSet<String>>::new();
        let seen = &mut |person, column: &str| {
            let columns = persons.entry(person).or_default();
            columns.extend(Some(column.to_owned()).filter(|column| !column.is_empty()));
        };
        opened(&bytes[0], seen).unwrap();
        let own = |columns: Vec<&str>| columns.into_iter().map(str::to_owned).collect();
        prop_assert_eq!(persons, entry.opened().into_iter().map(|(person, columns)| (person, own(columns))).collect());
        prop_assert_eq!(Entry::decode(&bytes[0]), Some(entry));
    }

    #[test]
    fn the_manner_is_all_but_when_and_whom(one in entries(), other in entries()) {
        let manner = |entry: &Entry| {
            let mut out = Vec::new();
            manner(&entry.encode()[0], &mut out).unwrap();
            out
        };
        let mut moved = other.clone();
        (moved.kind, moved.cap, moved.staff) = (one.kind, one.cap, one.staff);
        (moved.unwritten, moved.reason) = (one.unwritten, one.reason.clone());
        prop_assert_eq!(manner(&moved), manner(&one));
        moved.cap = Some([one.cap.map_or(1, |cap| cap[0].wrapping_add(1)); 32]);
        prop_assert_ne!(manner(&moved), manner(&one));
    }

    #[test]
    fn any_bytes_can_be_looked_at(bytes: Vec<u8>, entry in entries(), at: prop::sample::Index, cut: prop::sample::Index) {
        Entry::decode(&bytes);
        opened(&bytes, &mut |_, _| {});
        manner(&bytes, &mut Vec::new());
        let mut whole = entry.encode().remove(0);
        let at = at.index(whole.len());
        whole[at] ^= 1 + bytes.first().copied().unwrap_or(0) % 255;
        Entry::decode(&whole);
        Entry::decode(&whole[..cut.index(whole.len())]);
    }
}

#[test]
fn a_batch_too_large_for_one_entry_becomes_several_that_say_the_same() {
    let mut entry = Entry::new(7, Kind::Unseal);
    entry.orders = (0..1_000).map(id).collect();
    for n in 0..1_000 {
        entry.places.put(format!("table_{n:034}.column_{n:033}"), id(2 * n), id(2 * n + 1));
    }
    let parts: Vec<Entry> = entry
        .encode()
        .iter()
        .map(|bytes| {
            assert!(bytes.len() <= ENTRY_BYTES_MAX);
            Entry::decode(bytes).unwrap()
        })
        .collect();
    assert!(parts.len() > 1 && parts.iter().all(|p| p.at_ms == 7));
    let mut places = Places::default();
    for (column, pairs) in parts.iter().flat_map(|part| part.places.iter()) {
        places.of(column.to_owned().into(), pairs.len()).extend(pairs);
    }
    assert_eq!(places, entry.places);
    assert_eq!(parts.iter().flat_map(|p| p.orders.clone()).collect::<Vec<_>>(), entry.orders);
}

#[test]
fn the_usual_entry_is_small() {
    let mut entry = Entry::new(1_800_000_000_000, Kind::Unseal);
    (entry.asked, entry.role, entry.purpose) =
        (Some("unseal".into()), Some("web".into()), Some("own_account".into()));
    (entry.cap, entry.person) = (Some([7; 32]), Some(id(1)));
    entry.places.put("customer.contact", id(1), id(1));
    let bytes = entry.encode().remove(0);
    assert_eq!(bytes.len(), 115, "docs/ledger.md says how large");
}
