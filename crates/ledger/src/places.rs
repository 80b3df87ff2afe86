//! Where something was opened or sealed: columns, and the persons and rows in each.

use crate::entry::Word;
use serde::{Serialize, Serializer};
use std::ops::Index;
use uuid::Uuid;

/// A person and a row.
pub type Pair = (Uuid, Uuid);

/// `table.column` → pairs of person and row. Columns are few: a list, ascending by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Places(Vec<(Word, Vec<Pair>)>);

impl Places {
    /// Adds a place.
    pub fn put(&mut self, column: impl Into<Word>, person: Uuid, row: Uuid) {
        self.of(column.into(), 1).push((person, row));
    }

    /// The pairs of a column, with room for `more`: whoever adds many names the column once.
    pub fn of(&mut self, column: Word, more: usize) -> &mut Vec<Pair> {
        let at = match self.0.binary_search_by(|(known, _)| known.as_ref().cmp(&column)) {
            Ok(at) => at,
            Err(at) => {
                self.0.insert(at, (column, Vec::with_capacity(more)));
                at
            }
        };
        &mut self.0[at].1
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The columns with their pairs.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[Pair])> {
        self.0.iter().map(|(column, pairs)| (column.as_ref(), &pairs[..]))
    }

    /// All pairs, whatever their column.
    pub fn pairs(&self) -> impl Iterator<Item = &Pair> {
        self.0.iter().flat_map(|(_, pairs)| pairs)
    }

    /// A column that was read; `None` where it is there already.
    pub(crate) fn insert(&mut self, column: Word, pairs: Vec<Pair>) -> Option<()> {
        let at = self.0.binary_search_by(|(known, _)| known.as_ref().cmp(&column)).err()?;
        self.0.insert(at, (column, pairs));
        Some(())
    }

    /// The first half and the second, for two entries.
    pub(crate) fn halves(&self) -> (Places, Places) {
        let mut left = self.pairs().count().div_ceil(2);
        let mut halves = (Places::default(), Places::default());
        for (column, pairs) in &self.0 {
            let (one, other) = pairs.split_at(left.min(pairs.len()));
            left -= one.len();
            for (half, pairs) in [(&mut halves.0, one), (&mut halves.1, other)] {
                if !pairs.is_empty() {
                    half.0.push((column.clone(), pairs.to_vec()));
                }
            }
        }
        halves
    }
}

/// The pairs of a column; none where it is not there.
impl Index<&str> for Places {
    type Output = [Pair];

    fn index(&self, column: &str) -> &[Pair] {
        let found = self.0.binary_search_by(|(known, _)| known.as_ref().cmp(column));
        found.map_or(&[], |at| &self.0[at].1)
    }
}

impl Serialize for Places {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.iter())
    }
}
