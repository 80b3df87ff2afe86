//! The bytes of an entry, version 1 (`docs/ledger.md` has the whole of it): a head of twelve bytes, then fields in
//! ascending order of their numbers, each as number, length, value. Ids stand once, in the first field; the others
//! name them by their place in it.

#[cfg(test)]
mod tests;

use crate::entry::{Before, Entry, Kind, Word};
use hashbrown::HashTable;
use std::{
    hash::{BuildHasher, RandomState},
    ops::Range,
    sync::LazyLock,
};
use uuid::Uuid;

/// The most bytes of an entry: its length in a bundle is a u16.
pub(crate) const ENTRY_BYTES_MAX: usize = 65_535;
/// Version, kind, time (u48), seconds that the clock was behind (u32).
pub(crate) const HEAD_BYTES: usize = 12;
const VERSION: u8 = 1;
const LATEST_MS: u64 = (1 << 48) - 1;
/// Below so many ids it is quicker to look through them.
const SEARCHED: usize = 16;

/// The numbers of the fields.
mod field {
    pub(super) const IDS: u8 = 1;
    pub(super) const ASKED: u8 = 2;
    pub(super) const ROLE: u8 = 3;
    pub(super) const PURPOSE: u8 = 4;
    pub(super) const CAP: u8 = 5;
    pub(super) const STAFF: u8 = 6;
    pub(super) const PERSON: u8 = 7;
    pub(super) const ORDERS: u8 = 8;
    pub(super) const MESSAGE: u8 = 9;
    pub(super) const PLACES: u8 = 10;
    pub(super) const ERASED: u8 = 11;
    pub(super) const LOOKED_UP: u8 = 12;
    pub(super) const REASON: u8 = 13;
    pub(super) const UNWRITTEN: u8 = 14;
    pub(super) const BEFORE: u8 = 15;
}

pub(crate) fn encode(entry: &Entry) -> Vec<Vec<u8>> {
    let bytes = encode_one(entry);
    if bytes.len() <= ENTRY_BYTES_MAX {
        return vec![bytes];
    }
    let (mut first, mut second) = (entry.clone(), entry.clone());
    (first.places, second.places) = entry.places.halves();
    halve_list(&mut first.orders, &mut second.orders);
    halve_list(&mut first.erased, &mut second.erased);
    // What cannot be parted is bounded far below the limit.
    if first == *entry {
        return vec![bytes];
    }
    [encode(&first), encode(&second)].concat()
}

fn halve_list(first: &mut Vec<Uuid>, second: &mut Vec<Uuid>) {
    let middle = first.len().div_ceil(2);
    first.truncate(middle);
    second.drain(..middle);
}

fn encode_one(entry: &Entry) -> Vec<u8> {
    let places = entry.places.pairs().count();
    let mut ids = Ids::with_capacity(1 + entry.orders.len() + 2 * places + entry.erased.len());
    let mut named = Named { ids: &mut ids, bytes: Vec::with_capacity(64 + 4 * places) };
    // In this order ids are given their places.
    let person = named.field(entry.person.iter());
    let orders = named.field(entry.orders.iter());
    let placed = named.places(entry);
    let erased = named.field(entry.erased.iter());
    let named = named.bytes;

    let mut out = Vec::with_capacity(HEAD_BYTES + 192 + ids.bytes.len() + named.len());
    out.extend([VERSION, entry.kind as u8]);
    out.extend([0; HEAD_BYTES - 2]);
    set_time(&mut out, u64::try_from(entry.at_ms).unwrap_or(0), entry.clock_behind_s);
    let mut put = |number, value: &[u8]| {
        if !value.is_empty() {
            out.push(number);
            varint(&mut out, value.len() as u64);
            out.extend_from_slice(value);
        }
    };
    let word = |word| Option::map_or(word, &[][..], |word: &'_ Word| word.as_bytes());
    let id = |id| Option::map_or(id, &[][..], |id: &'_ Uuid| id.as_bytes());
    put(field::IDS, &ids.bytes);
    put(field::ASKED, word(entry.asked.as_ref()));
    put(field::ROLE, word(entry.role.as_ref()));
    put(field::PURPOSE, word(entry.purpose.as_ref()));
    put(field::CAP, entry.cap.as_ref().map_or(&[][..], |cap| cap));
    put(field::STAFF, id(entry.staff.as_ref()));
    put(field::PERSON, &named[person]);
    put(field::ORDERS, &named[orders]);
    put(field::MESSAGE, id(entry.message.as_ref()));
    put(field::PLACES, &named[placed]);
    put(field::ERASED, &named[erased]);
    let mut looked_up = Vec::new();
    entry.fields.iter().for_each(|word| text(&mut looked_up, word));
    put(field::LOOKED_UP, &looked_up);
    put(field::REASON, word(entry.reason.as_ref()));
    let mut unwritten = Vec::new();
    entry.unwritten.iter().for_each(|count| varint(&mut unwritten, *count));
    put(field::UNWRITTEN, &unwritten);
    if let Some(before) = &entry.before {
        let before = [&before.size.to_be_bytes()[..], &before.root, before.origin.as_bytes()].concat();
        put(field::BEFORE, &before);
    }
    out
}

/// The fields that name ids, one behind the other.
struct Named<'a> {
    ids: &'a mut Ids,
    bytes: Vec<u8>,
}

impl Named<'_> {
    fn field<'i>(&mut self, ids: impl Iterator<Item = &'i Uuid>) -> Range<usize> {
        let start = self.bytes.len();
        ids.for_each(|id| self.ids.put(&mut self.bytes, id));
        start..self.bytes.len()
    }

    fn places(&mut self, entry: &Entry) -> Range<usize> {
        let start = self.bytes.len();
        for (column, pairs) in entry.places.iter() {
            text(&mut self.bytes, column);
            varint(&mut self.bytes, pairs.len() as u64);
            for (person, row) in pairs {
                self.ids.put(&mut self.bytes, person);
                self.ids.put(&mut self.bytes, row);
            }
        }
        start..self.bytes.len()
    }
}

/// Time (Unix milliseconds) of an entry's bytes; `None` where they are none.
pub(crate) fn time_ms(bytes: &[u8]) -> Option<u64> {
    let head = bytes.first_chunk::<HEAD_BYTES>().filter(|head| head[0] == VERSION)?;
    Some(head[2..8].iter().fold(0, |time, byte| time << 8 | u64::from(*byte)))
}

/// Puts the time into an entry's bytes.
pub(crate) fn set_time(bytes: &mut [u8], time_ms: u64, behind_s: u32) {
    bytes[2..8].copy_from_slice(&time_ms.min(LATEST_MS).to_be_bytes()[2..]);
    bytes[8..12].copy_from_slice(&behind_s.to_be_bytes());
}

pub(crate) fn decode(bytes: &[u8]) -> Option<Entry> {
    let mut entry = Entry::new(i64::try_from(time_ms(bytes)?).ok()?, kind(bytes)?);
    entry.clock_behind_s = u32::from_be_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
    fields(bytes, &mut |number, value, ids| read(&mut entry, number, value, ids))?;
    Some(entry)
}

/// Whether something was opened by an entry; `None` where the bytes are none.
pub(crate) fn opens(bytes: &[u8]) -> Option<bool> {
    time_ms(bytes)?;
    Some(kind(bytes)?.opens())
}

/// What [`Opening::manner`](crate::Opening::manner) adds.
pub(crate) fn manner(bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    out.push(*bytes.get(1)?);
    fields(bytes, &mut |number, value, _| {
        if !matches!(number, field::PERSON | field::ORDERS | field::PLACES | field::ERASED) {
            out.push(number);
            varint(out, value.0.len() as u64);
            out.extend_from_slice(value.0);
        }
        value.0 = &[];
        Some(())
    })
}

/// Shows the persons of whom something was opened by an entry, as [`Entry::opened`] does, though a person may come more
/// than once, and none by an empty column. Nothing is allocated.
pub(crate) fn opened(bytes: &[u8], seen: &mut dyn FnMut(Uuid, &str)) -> Option<()> {
    if !opens(bytes)? {
        return Some(());
    }
    let (mut owner, mut placed) = (None, false);
    fields(bytes, &mut |number, value, ids| {
        match number {
            field::PERSON => owner = Some(value.id(ids)?),
            field::PLACES => {
                placed = true;
                while !value.0.is_empty() {
                    let name = value.str()?;
                    for _ in 0..value.length()? {
                        seen(value.id(ids)?, name);
                        value.varint()?;
                    }
                }
            }
            _ => value.0 = &[],
        }
        Some(())
    })?;
    owner.filter(|_| !placed).into_iter().for_each(|owner| seen(owner, ""));
    Some(())
}

fn kind(bytes: &[u8]) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| Some(&(*kind as u8)) == bytes.get(1))
}

/// A field: its number, its value, and the ids of the entry. It takes all of the value.
type OnField<'f> = dyn FnMut(u8, &mut Input<'_>, &[[u8; 16]]) -> Option<()> + 'f;

/// Goes through the fields of an entry of this version; `None` where it is none.
fn fields(bytes: &[u8], on: &mut OnField<'_>) -> Option<()> {
    time_ms(bytes)?;
    let (mut rest, mut last, mut ids) = (Input(&bytes[HEAD_BYTES..]), 0, &[][..]);
    while !rest.0.is_empty() {
        let number = rest.byte()?;
        let length = rest.length()?;
        let mut value = Input(rest.take(length)?);
        if number <= last || value.0.is_empty() {
            return None;
        }
        last = number;
        match number {
            field::IDS => {
                let (whole, odd) = value.0.as_chunks::<16>();
                odd.is_empty().then_some(())?;
                (ids, value.0) = (whole, &[]);
            }
            _ => on(number, &mut value, ids)?,
        }
        if !value.0.is_empty() {
            return None;
        }
    }
    Some(())
}

fn read(entry: &mut Entry, number: u8, value: &mut Input<'_>, ids: &[[u8; 16]]) -> Option<()> {
    match number {
        field::ASKED => entry.asked = Some(value.word()?),
        field::ROLE => entry.role = Some(value.word()?),
        field::PURPOSE => entry.purpose = Some(value.word()?),
        field::CAP => entry.cap = Some(value.array()?),
        field::STAFF => entry.staff = Some(Uuid::from_bytes(value.array()?)),
        field::PERSON => entry.person = Some(value.id(ids)?),
        field::ORDERS => entry.orders = value.ids(ids)?,
        field::MESSAGE => entry.message = Some(Uuid::from_bytes(value.array()?)),
        field::PLACES => {
            while !value.0.is_empty() {
                let name = value.text()?;
                let count = value.length()?;
                let pairs = (0..count).map(|_| Some((value.id(ids)?, value.id(ids)?)));
                let pairs = pairs.collect::<Option<Vec<_>>>()?;
                entry.places.insert(name.into(), pairs)?;
            }
        }
        field::ERASED => entry.erased = value.ids(ids)?,
        field::LOOKED_UP => {
            while !value.0.is_empty() {
                entry.fields.push(value.text()?.into());
            }
        }
        field::REASON => entry.reason = Some(value.word()?),
        field::UNWRITTEN => entry.unwritten = Some(value.varint()?),
        field::BEFORE => {
            let (size, root) = (u64::from_be_bytes(value.array()?), value.array()?);
            entry.before = Some(Before { origin: value.word()?.into_owned(), size, root });
        }
        _ => return None,
    }
    Some(())
}

/// The ids of an entry, each once.
struct Ids {
    bytes: Vec<u8>,
    /// Where each stands, once they are many.
    known: HashTable<u32>,
    hasher: FoldHasher,
}

impl Ids {
    fn with_capacity(count: usize) -> Ids {
        let many = if count > SEARCHED { count } else { 0 };
        let (bytes, known) = (Vec::with_capacity(16 * count), HashTable::with_capacity(many));
        Ids { bytes, known, hasher: FoldHasher::new() }
    }

    /// Writes an id's place, giving it one the first time.
    fn put(&mut self, to: &mut Vec<u8>, id: &Uuid) {
        let Ids { bytes, known, hasher } = self;
        let all = bytes.as_chunks::<16>().0;
        let next = all.len() as u32;
        let at = if known.capacity() == 0 {
            all.iter().position(|known| known == id.as_bytes()).map_or(next, |at| at as u32)
        } else {
            let hash = |at: &u32| hasher.hash(&all[*at as usize]);
            *known
                .entry(hasher.hash(id.as_bytes()), |at| all[*at as usize] == *id.as_bytes(), hash)
                .or_insert(next)
                .get()
        };
        if at == next {
            bytes.extend_from_slice(id.as_bytes());
        }
        varint(to, at.into());
    }
}

/// Hashes ids. They come from outside: which of them fall together must not be foreseeable.
struct FoldHasher([u64; 2]);

impl FoldHasher {
    fn new() -> FoldHasher {
        static SEED: LazyLock<[u64; 2]> = LazyLock::new(|| [0, 1].map(|n| RandomState::new().hash_one(n)));
        FoldHasher(*SEED)
    }

    fn hash(&self, id: &[u8; 16]) -> u64 {
        let (high, low) = Uuid::from_bytes(*id).as_u64_pair();
        let product = u128::from(high ^ self.0[0]) * u128::from(low ^ self.0[1]);
        (product as u64) ^ (product >> 64) as u64
    }
}

/// A number, seven bits a byte, the lowest first; the top bit says that more follow.
fn varint(to: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

fn text(to: &mut Vec<u8>, text: &str) {
    varint(to, text.len() as u64);
    to.extend_from_slice(text.as_bytes());
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f)
                .checked_shl(shift)
                .filter(|part| part >> shift == u64::from(byte & 0x7f))?;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// A count or length; one that is larger than all that is left is none.
    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.varint()?).ok().filter(|length| *length <= self.0.len())
    }

    fn word(&mut self) -> Option<Word> {
        Some(std::str::from_utf8(self.take(self.0.len())?).ok()?.to_owned().into())
    }

    fn str(&mut self) -> Option<&'a str> {
        let length = self.length()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    fn text(&mut self) -> Option<String> {
        self.str().map(str::to_owned)
    }

    fn id(&mut self, ids: &[[u8; 16]]) -> Option<Uuid> {
        ids.get(usize::try_from(self.varint()?).ok()?).map(|id| Uuid::from_bytes(*id))
    }

    fn ids(&mut self, ids: &[[u8; 16]]) -> Option<Vec<Uuid>> {
        let mut out = Vec::new();
        while !self.0.is_empty() {
            out.push(self.id(ids)?);
        }
        Some(out)
    }
}
