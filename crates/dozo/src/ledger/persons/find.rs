//! Who was opened. A window may hold very many openings: what they have in common is kept once, and they are a list in
//! the order of persons.

use super::how::How;
use ledger::{Opening, Reader};
use std::{collections::HashMap, io, ops::Range, thread};
use uuid::Uuid;

/// One person in one entry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Opened {
    pub(super) person: Uuid,
    /// The entry.
    pub(super) number: u64,
    /// Unix milliseconds.
    pub(super) at_ms: i64,
    /// Which [`How`].
    pub(super) how: u32,
}

/// Who was opened, and how.
#[derive(Default)]
pub(super) struct Found {
    /// Ascending.
    pub(super) openings: Vec<Opened>,
    pub(super) hows: Vec<How>,
    /// Mails to addresses that have no account.
    pub(super) nobodys: u64,
}

/// Finds them in a range of entries, or this person alone.
pub(super) fn find(reader: &Reader, range: Range<u64>, person: Option<Uuid>) -> io::Result<Found> {
    let part = |range: Range<u64>| {
        let mut finder = Finder { only: person, ..Finder::default() };
        let seen = &mut |opening: Opening<'_>| finder.add(&opening);
        match person {
            Some(person) => reader.openings_of(person, range, seen)?,
            None => reader.openings(range, seen)?,
        }
        finder.found.openings.sort_unstable();
        Ok(finder.found)
    };
    if person.is_some() || range.is_empty() {
        return part(range);
    }
    // A large window is read by as many as the machine has processors, one behind the other's part.
    let parts = thread::available_parallelism().map_or(1, usize::from) as u64;
    let step = (range.end - range.start).div_ceil(parts);
    thread::scope(|s| {
        let starts = range.clone().step_by(usize::try_from(step).map_err(io::Error::other)?);
        let running: Vec<_> =
            starts.map(|from| s.spawn(move || part(from..range.end.min(from + step)))).collect();
        let mut found = Found::default();
        for part in running {
            found.append(part.join().map_err(|_| io::Error::other("a reader of the ledger panicked"))??);
        }
        // Of what is in order already, one behind the other, this sort only merges.
        found.openings.sort();
        Ok(found)
    })
}

impl Found {
    fn append(&mut self, other: Found) {
        let before = self.hows.len() as u32;
        self.hows.extend(other.hows);
        self.openings.extend(other.openings.into_iter().map(|o| Opened { how: o.how + before, ..o }));
        self.nobodys += other.nobodys;
    }
}

/// Whoever goes through a range.
#[derive(Default)]
struct Finder {
    found: Found,
    only: Option<Uuid>,
    columns: Vec<String>,
    /// Which [`How`] belongs to the manner of an entry and the numbers of a person's columns.
    numbers: HashMap<Box<[u8]>, u32>,
    /// Of the entry that is looked at.
    manner: Vec<u8>,
    places: Vec<(Uuid, u16)>,
}

impl Finder {
    fn add(&mut self, opening: &Opening<'_>) -> io::Result<()> {
        let Finder { found, columns, numbers, manner, places, .. } = self;
        places.clear();
        opening.persons(&mut |person, column| places.push((person, number(columns, column))))?;
        found.nobodys += u64::from(places.is_empty());
        if let Some(only) = self.only {
            places.retain(|(person, _)| *person == only);
        }
        places.sort_unstable();
        places.dedup();
        manner.clear();
        opening.manner(manner)?;
        let common = manner.len();
        for his in places.chunk_by(|one, other| one.0 == other.0) {
            manner.truncate(common);
            manner.extend(his.iter().flat_map(|(_, column)| column.to_be_bytes()));
            let how = match numbers.get(&manner[..]) {
                Some(how) => *how,
                None => {
                    let names = his.iter().map(|(_, column)| columns[usize::from(*column)].clone());
                    let mut fields: Vec<_> = names.filter(|name| !name.is_empty()).collect();
                    fields.sort_unstable();
                    found.hows.push(How::of(&opening.entry()?, fields));
                    let how = found.hows.len() as u32 - 1;
                    numbers.insert(manner[..].into(), how);
                    how
                }
            };
            let (number, at_ms) = (opening.number, opening.at_ms());
            found.openings.push(Opened { person: his[0].0, number, at_ms, how });
        }
        Ok(())
    }
}

/// The number of a column, which is given one when it comes first. A database has few.
fn number(columns: &mut Vec<String>, column: &str) -> u16 {
    let at = columns.iter().position(|known| known == column).unwrap_or_else(|| {
        columns.push(column.to_owned());
        columns.len() - 1
    });
    at as u16
}
