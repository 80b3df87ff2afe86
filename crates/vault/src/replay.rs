//! What the vault learns from its own ledger when it starts: where it ended, and what staff opened in the last hour.

use crate::{
    budget::Budgets,
    clock::HOUR_MS,
    entry::{Kind, Remembered},
};
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
};

/// How much is read first; doubled until the last hour is covered.
const TAIL_BYTES: u64 = 1 << 20;

/// The end of the ledger.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// Number of the last entry that can be read; 0 for none.
    pub(crate) seq: u64,
    /// Its time.
    pub(crate) t: i64,
    /// Whether the file ends in the middle of a line: the vault died while writing it, before it answered.
    pub(crate) torn: bool,
    /// Lines of the last hour that are no entries.
    pub(crate) unreadable: usize,
}

/// Reads the end of the ledger, and counts the last hour's openings against the budgets.
///
/// # Errors
/// As the kernel says; `InvalidData` where a file with content holds no entry at all.
pub(crate) fn read_end(file: &mut File, budgets: &Budgets, now_ms: i64) -> io::Result<End> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut wanted = TAIL_BYTES;
    loop {
        let from = length.saturating_sub(wanted);
        file.seek(SeekFrom::Start(from))?;
        let mut tail = Vec::new();
        file.take(length - from).read_to_end(&mut tail)?;
        let torn = tail.last().is_some_and(|b| *b != b'\n');
        let mut lines: Vec<&[u8]> = tail.split(|b| *b == b'\n').filter(|l| !l.is_empty()).collect();
        if from > 0 && !lines.is_empty() {
            // Reading may have begun in the middle of a line.
            lines.remove(0);
        }
        let entries: Vec<Remembered> =
            lines.iter().filter_map(|line| serde_json::from_slice(line).ok()).collect();
        let covered = from == 0 || entries.first().is_some_and(|e| e.t < now_ms - HOUR_MS);
        if !covered {
            wanted *= 2;
            continue;
        }
        let Some(last) = entries.iter().max_by_key(|e| e.seq) else {
            return match length {
                0 => Ok(End { seq: 0, t: 0, torn: false, unreadable: 0 }),
                _ => Err(io::Error::new(io::ErrorKind::InvalidData, "the ledger file holds no entry")),
            };
        };
        let end = End { seq: last.seq, t: last.t, torn, unreadable: lines.len() - entries.len() };
        for entry in entries.iter().filter(|e| e.t > now_ms - HOUR_MS) {
            remember(entry, budgets);
        }
        return Ok(end);
    }
}

fn remember(entry: &Remembered, budgets: &Budgets) {
    if let (Some(staff), Kind::Unseal | Kind::Index) = (entry.staff, entry.kind) {
        let persons: Vec<_> = entry.places.values().flatten().map(|(person, _)| *person).collect();
        budgets.remember(staff, &persons, entry.fields.len(), entry.t);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        entry::Entry,
        ledger::{Ledger, open_file},
    };
    use std::{collections::HashSet, io::Write};
    use uuid::Uuid;
    use vault_api::{Column, Place};

    const NOW: i64 = 1_800_000_000_000;

    #[test]
    fn numbers_go_on_and_budgets_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.log");
        let staff = Uuid::from_u128(1);
        let place = |n| Place::new(Column::OrdersEmail, Uuid::from_u128(n), Uuid::from_u128(n));
        let mut file = open_file(&path).unwrap();
        assert!(open_file(&path).is_err(), "one vault at a time");
        let budgets = Budgets::new(3, 10);
        let empty = read_end(&mut file, &budgets, NOW).unwrap();
        assert_eq!(empty, End { seq: 0, t: 0, torn: false, unreadable: 0 });
        let ledger = Ledger::new(Box::new(file), 0, false);
        for (at, person) in [(NOW - 2 * HOUR_MS, 10), (NOW - 9, 11), (NOW - 8, 12)] {
            let mut entry = Entry::new(at, Kind::Unseal).places(&[place(person)]);
            entry.staff = Some(staff);
            ledger.append(&entry).unwrap();
        }
        drop(ledger);
        std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(b"{\"seq\":4,\"t\":1")
            .unwrap();

        let mut file = open_file(&path).unwrap();
        let end = read_end(&mut file, &budgets, NOW).unwrap();
        assert_eq!(end, End { seq: 3, t: NOW - 8, torn: true, unreadable: 1 });
        let persons = |range: std::ops::Range<u128>| range.map(Uuid::from_u128).collect::<HashSet<_>>();
        assert!(!budgets.take_persons(staff, &persons(20..22), NOW), "two of three are used");
        assert!(budgets.take_persons(staff, &persons(20..21), NOW));

        let ledger = Ledger::new(Box::new(file), end.seq, end.torn);
        assert_eq!(ledger.append(&Entry::new(NOW, Kind::Boot)), Ok(4));
        drop(ledger);
        let end = read_end(&mut File::open(&path).unwrap(), &budgets, NOW).unwrap();
        assert_eq!((end.seq, end.torn), (4, false), "the half line is left as it was");
    }

    #[test]
    fn long_tails_are_read_back_far_enough() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.log");
        let ledger = Ledger::new(Box::new(open_file(&path).unwrap()), 0, false);
        let (staff, budgets) = (Uuid::from_u128(1), Budgets::new(1, 1));
        let mut first = Entry::new(NOW - HOUR_MS + 1, Kind::Index).fields([vault_api::IndexField::Email]);
        first.staff = Some(staff);
        ledger.append(&first).unwrap();
        let place = |n| Place::new(Column::OrdersEmail, Uuid::from_u128(n), Uuid::from_u128(n));
        let places: Vec<_> = (0..1000).map(place).collect();
        (0..30).for_each(|_| assert!(ledger.append(&Entry::new(NOW, Kind::Seal).places(&places)).is_ok()));
        drop(ledger);
        let mut file = File::open(&path).unwrap();
        assert!(file.metadata().unwrap().len() > 2 * TAIL_BYTES);
        assert_eq!(read_end(&mut file, &budgets, NOW).unwrap().seq, 31);
        assert!(!budgets.take_lookups(staff, 1, NOW));
    }
}
