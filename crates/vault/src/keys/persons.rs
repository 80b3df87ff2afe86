//! The persons' wrapped keys in memory: what the store has, where one is found in well under a microsecond.
//!
//! Still wrapped: whoever reads this memory without the key of the house has nothing. About a hundred bytes a person.
//! What is read here is on disk: entries come after the commit that wrote them, and go with the person.

use super::WRAPPED_KEY_BYTES;
use hashbrown::HashTable;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use uuid::Uuid;

/// Parts of the table, each with a lock of its own: a part that grows holds up few, and a batch takes each lock once.
const SHARDS: usize = 8;
/// No older version.
const NONE: u32 = u32::MAX;

/// A person's key as it stands in the store.
pub(crate) type Wrapped = [u8; WRAPPED_KEY_BYTES];

/// All wrapped keys of all persons.
pub(crate) struct Persons {
    shards: Box<[RwLock<Shard>]>,
    /// Ids come from outside: where they fall must not be foreseeable.
    seed: [u64; 2],
}

#[derive(Default)]
struct Shard {
    /// Person → slot of his newest key.
    index: HashTable<u32>,
    slots: Vec<Slot>,
    free: Vec<u32>,
}

struct Slot {
    person: Uuid,
    version: u32,
    /// Slot of the version before; [`NONE`] for the first.
    older: u32,
    wrapped: Wrapped,
}

impl Persons {
    /// An empty table.
    pub(crate) fn new(seed: [u64; 2]) -> Persons {
        Persons { shards: (0..SHARDS).map(|_| RwLock::default()).collect(), seed }
    }

    /// A key in one version.
    pub(crate) fn get(&self, person: Uuid, version: u32) -> Option<Wrapped> {
        let hash = self.hash(person);
        self.read(hash).get(hash, person, version)
    }

    /// The same of many, in their order. What lies in one part is looked for together, so that the processor waits for
    /// several of them at a time: they lie anywhere in a large memory.
    pub(crate) fn get_all(&self, wanted: &[(Uuid, u32)]) -> Vec<Option<Wrapped>> {
        let hashes: Vec<u64> = wanted.iter().map(|(person, _)| self.hash(*person)).collect();
        let mut found = vec![None; wanted.len()];
        for (number, shard) in self.shards.iter().enumerate() {
            let of_this = || (0..hashes.len()).filter(|at| shard_of(hashes[*at]) == number);
            if of_this().next().is_some() {
                let shard = shard.read().unwrap_or_else(PoisonError::into_inner);
                of_this().for_each(|at| found[at] = shard.get(hashes[at], wanted[at].0, wanted[at].1));
            }
        }
        found
    }

    /// The newest key and its version.
    pub(crate) fn newest(&self, person: Uuid) -> Option<(u32, Wrapped)> {
        let hash = self.hash(person);
        let shard = self.read(hash);
        shard.chain(hash, person).next().map(|slot| (slot.version, slot.wrapped))
    }

    /// Adds a version newer than those there are, of somebody new or known.
    pub(crate) fn insert(&self, person: Uuid, version: u32, wrapped: Wrapped) {
        let hash = self.hash(person);
        self.write(hash)
            .insert(hash, Slot { person, version, older: NONE, wrapped }, |person| self.hash(person));
    }

    /// The same, but of nobody who is not there: an erased person must not come back.
    pub(crate) fn add(&self, person: Uuid, version: u32, wrapped: Wrapped) {
        let hash = self.hash(person);
        let mut shard = self.write(hash);
        if shard.find(hash, person).is_some() {
            shard.insert(hash, Slot { person, version, older: NONE, wrapped }, |person| self.hash(person));
        }
    }

    /// Puts other bytes in the place of a version that is there.
    pub(crate) fn rewrap(&self, person: Uuid, version: u32, wrapped: Wrapped) {
        let hash = self.hash(person);
        let mut shard = self.write(hash);
        let mut at = shard.find(hash, person).unwrap_or(NONE);
        while let Some(slot) = shard.slots.get_mut(at as usize) {
            if slot.version == version {
                slot.wrapped = wrapped;
                return;
            }
            at = slot.older;
        }
    }

    /// Forgets a person.
    pub(crate) fn remove(&self, person: Uuid) {
        let hash = self.hash(person);
        self.write(hash).remove(hash, person);
    }

    /// Forgets all versions of a person but the newest.
    pub(crate) fn remove_older(&self, person: Uuid) {
        let hash = self.hash(person);
        self.write(hash).remove_older(hash, person);
    }

    /// How many persons have a key.
    pub(crate) fn len(&self) -> u64 {
        self.shards.iter().map(|s| s.read().unwrap_or_else(PoisonError::into_inner).index.len() as u64).sum()
    }

    fn hash(&self, person: Uuid) -> u64 {
        let (high, low) = person.as_u64_pair();
        let product = u128::from(high ^ self.seed[0]) * u128::from(low ^ self.seed[1]);
        (product as u64) ^ (product >> 64) as u64
    }

    fn shard(&self, hash: u64) -> &RwLock<Shard> {
        &self.shards[shard_of(hash)]
    }

    fn read(&self, hash: u64) -> RwLockReadGuard<'_, Shard> {
        self.shard(hash).read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, hash: u64) -> RwLockWriteGuard<'_, Shard> {
        self.shard(hash).write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The table itself goes by the highest and the lowest bits.
fn shard_of(hash: u64) -> usize {
    (hash >> 32) as usize % SHARDS
}

impl Shard {
    fn get(&self, hash: u64, person: Uuid, version: u32) -> Option<Wrapped> {
        self.chain(hash, person).find(|slot| slot.version == version).map(|slot| slot.wrapped)
    }

    fn find(&self, hash: u64, person: Uuid) -> Option<u32> {
        self.index.find(hash, |at| self.slots[*at as usize].person == person).copied()
    }

    /// A person's versions, the newest first.
    fn chain(&self, hash: u64, person: Uuid) -> impl Iterator<Item = &Slot> {
        let slot = |at: u32| self.slots.get(at as usize);
        let newest = self.find(hash, person).and_then(slot);
        std::iter::successors(newest, move |newer| slot(newer.older))
    }

    fn insert(&mut self, hash: u64, mut slot: Slot, hash_of: impl Fn(Uuid) -> u64) {
        let person = slot.person;
        let newest = self.find(hash, person);
        slot.older = newest.unwrap_or(NONE);
        let at = match self.free.pop() {
            Some(at) => {
                self.slots[at as usize] = slot;
                at
            }
            None => {
                if self.slots.len() == self.slots.capacity() {
                    // An eighth at a time: doubling would waste half of what is the vault's largest memory.
                    self.slots.reserve_exact(self.slots.len() / 8 + 8);
                }
                self.slots.push(slot);
                (self.slots.len() - 1) as u32
            }
        };
        let Shard { index, slots, .. } = self;
        match newest {
            Some(_) => {
                let entry = index.find_mut(hash, |at| slots[*at as usize].person == person);
                entry.into_iter().for_each(|entry| *entry = at);
            }
            None => drop(index.insert_unique(hash, at, |at| hash_of(slots[*at as usize].person))),
        }
    }

    fn remove(&mut self, hash: u64, person: Uuid) {
        self.remove_older(hash, person);
        let Shard { index, slots, .. } = self;
        if let Ok(entry) = index.find_entry(hash, |at| slots[*at as usize].person == person) {
            let at = entry.remove().0;
            self.release(at);
        }
    }

    fn remove_older(&mut self, hash: u64, person: Uuid) {
        let Some(newest) = self.find(hash, person) else { return };
        let mut at = std::mem::replace(&mut self.slots[newest as usize].older, NONE);
        while at != NONE {
            let older = self.slots[at as usize].older;
            self.release(at);
            at = older;
        }
    }

    fn release(&mut self, at: u32) {
        self.slots[at as usize] =
            Slot { person: Uuid::nil(), version: 0, older: NONE, wrapped: [0; WRAPPED_KEY_BYTES] };
        self.free.push(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Debug, Clone)]
    enum Step {
        Insert(u8),
        Add(u8),
        Rewrap(u8, u8),
        Remove(u8),
        RemoveOlder(u8),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..20u8).prop_map(Step::Insert),
            (0..20u8).prop_map(Step::Add),
            (0..20u8, 1..4u8).prop_map(|(p, v)| Step::Rewrap(p, v)),
            (0..20u8).prop_map(Step::Remove),
            (0..20u8).prop_map(Step::RemoveOlder),
        ]
    }

    proptest! {
        #[test]
        fn does_as_a_plain_map_does(steps in prop::collection::vec(step(), 0..200), seed: [u64; 2]) {
            let table = Persons::new(seed);
            let mut plain: BTreeMap<u8, BTreeMap<u32, Wrapped>> = BTreeMap::new();
            let id = |person: u8| Uuid::from_u128(u128::from(person));
            for (at, step) in steps.into_iter().enumerate() {
                let bytes = [at as u8; WRAPPED_KEY_BYTES];
                let next = |plain: &BTreeMap<u8, BTreeMap<u32, Wrapped>>, p| {
                    plain.get(&p).and_then(|v| v.keys().max()).map_or(1, |v| v + 1)
                };
                match step {
                    Step::Insert(p) => {
                        let version = next(&plain, p);
                        table.insert(id(p), version, bytes);
                        plain.entry(p).or_default().insert(version, bytes);
                    }
                    Step::Add(p) => {
                        let version = next(&plain, p);
                        table.add(id(p), version, bytes);
                        if let Some(of) = plain.get_mut(&p) {
                            of.insert(version, bytes);
                        }
                    }
                    Step::Rewrap(p, v) => {
                        table.rewrap(id(p), v.into(), bytes);
                        if let Some(known) = plain.get_mut(&p).and_then(|of| of.get_mut(&v.into())) {
                            *known = bytes;
                        }
                    }
                    Step::Remove(p) => {
                        table.remove(id(p));
                        plain.remove(&p);
                    }
                    Step::RemoveOlder(p) => {
                        table.remove_older(id(p));
                        plain.entry(p).and_modify(|of| of.retain({
                            let newest = of.keys().max().copied();
                            move |v, _| Some(*v) == newest
                        }));
                    }
                }
                prop_assert_eq!(table.len(), plain.len() as u64);
                for p in 0..20 {
                    let of = plain.get(&p);
                    let newest = of.and_then(|of| of.last_key_value()).map(|(v, w)| (*v, *w));
                    prop_assert_eq!(table.newest(id(p)), newest);
                    for v in 1..6 {
                        prop_assert_eq!(table.get(id(p), v), of.and_then(|of| of.get(&v)).copied());
                    }
                }
            }
        }
    }

    #[test]
    fn many_persons() {
        let table = Persons::new([3, 5]);
        let id = |n: u128| Uuid::from_u128(n << 64 | n);
        (0..20_000).for_each(|n| table.insert(id(n), 1, [n as u8; WRAPPED_KEY_BYTES]));
        assert_eq!(table.len(), 20_000);
        assert!((0..20_000).all(|n| table.get(id(n), 1) == Some([n as u8; WRAPPED_KEY_BYTES])));
        assert_eq!(table.get(id(20_000), 1), None);
        let wanted: Vec<_> = [7, 20_000, 19_999, 7, 0].map(|n| (id(n), 1)).into();
        let all = [Some(7u8), None, Some(19_999u128 as u8), Some(7), Some(0)];
        assert_eq!(table.get_all(&wanted), all.map(|n| n.map(|n| [n; WRAPPED_KEY_BYTES])));
        assert_eq!(table.get_all(&[(id(7), 2)]), [None]);
    }
}
