//! Row by row through a file, record by record out of it.

use crate::{
    cell::Row,
    form::{Layout, Refused, Words},
    note::{Broken, Note, Reason},
    record::Record,
    survey::Survey,
    table::Table,
    words::Dictionary,
};
use std::{collections::VecDeque, io::Read};

/// What is found in a file, in its order.
pub enum Item {
    /// A record.
    Record(Box<Record>),
    /// Something that could not be read.
    Note(Note),
}

/// A file that is being read.
pub struct Import<R: Read> {
    table: Table<R>,
    layout: Box<dyn Layout + Send>,
    words: Words,
    /// The record whose rows are being read, and what names it.
    open: Option<(Record, Key)>,
    ready: VecDeque<Item>,
    ended: bool,
}

/// What is the same in all rows of a record, as it stands there; and what was noted of it.
struct Key {
    id: String,
    also: String,
    said: Vec<(Option<String>, Reason)>,
}

impl<R: Read> Import<R> {
    /// Begins to read what was surveyed, from its first byte. `own` are names that the merchant has said the meaning of.
    ///
    /// # Errors
    /// Where the medium fails or it is another file by now.
    pub fn open(from: R, survey: &Survey, own: Dictionary) -> Result<Import<R>, Broken> {
        let table = Table::open(from, survey.encoding, survey.delimiter)?;
        let layout = survey.kind.layout(&table.header)?;
        let words = Words::new(own);
        Ok(Import { table, layout, words, open: None, ready: VecDeque::new(), ended: false })
    }

    /// Passes over so many rows: those of [`Record::rows`] with which an import was broken off. To be called first.
    ///
    /// # Errors
    /// Where the file has fewer.
    pub fn skip(&mut self, rows: u64) -> Result<(), Broken> {
        for _ in 0..rows {
            if !self.table.read()? {
                return Err(Broken::Shorter);
            }
        }
        Ok(())
    }

    /// How many rows were read, the header not counted.
    pub fn rows(&self) -> u64 {
        self.table.rows()
    }

    /// The next record or note; `None` at the end.
    ///
    /// # Errors
    /// Where the file is not to be read further. What came before stands.
    pub fn next_item(&mut self) -> Result<Option<Item>, Broken> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Ok(Some(item));
            }
            if self.ended {
                return Ok(None);
            }
            match self.table.read() {
                Ok(true) => self.row(),
                Ok(false) => {
                    self.ended = true;
                    self.close(self.table.rows());
                }
                Err(e) => {
                    self.ended = true;
                    return Err(e);
                }
            }
        }
    }

    /// Hands on the record that was being read, `rows` being those before the next one.
    fn close(&mut self, rows: u64) {
        if let Some((mut record, _)) = self.open.take() {
            record.rows = rows;
            self.ready.push_back(Item::Record(Box::new(record)));
        }
    }

    fn row(&mut self) {
        let before = self.table.rows() - 1;
        let cells = self.table.row();
        let line = self.table.line();
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return;
        }
        let (found, expected) = (cells.len(), self.table.header.len());
        let wrong = match (self.table.swallows(), found != expected) {
            (true, _) => Some(Reason::Quote),
            (false, true) => Some(Reason::Columns { found, expected }),
            (false, false) => None,
        };
        if let Some(reason) = wrong {
            self.close(before);
            return self.refuse(Note { line, column: None, reason, refused: true });
        }
        let cell = |column: usize| cells.get(column).unwrap_or_default().to_owned();
        let id = cell(self.layout.id());
        let also = self.layout.also().map(cell).unwrap_or_default();
        let mut notes = Vec::new();
        let mut row = Row { header: &self.table.header, cells, line, notes: &mut notes };
        if let Some((record, key)) = self.open.as_mut().filter(|(_, key)| key.id == id && key.also == also) {
            self.layout.more(&mut row, record);
            // An address that cannot be read stands in each row of an order.
            notes.retain(|note| !key.said.contains(&(note.column.clone(), note.reason)));
            key.said.extend(said(&notes));
            self.ready.extend(notes.into_iter().map(Item::Note));
            return;
        }
        let first = self.layout.first(&mut row, &mut self.words);
        self.close(before);
        match first {
            Ok(mut records) => {
                let key = Key { id, also, said: said(&notes).collect() };
                self.ready.extend(notes.into_iter().map(Item::Note));
                let last = records.pop();
                for mut record in records {
                    // The row is done with its last record only.
                    record.rows = before;
                    self.ready.push_back(Item::Record(Box::new(record)));
                }
                self.open = last.map(|record| (record, key));
            }
            Err(Refused(column, reason)) => {
                let name = |column| self.table.header.name(column);
                // That it is unreadable or too long says more than that there is none.
                let known = notes.iter().find(|note| note.column == column.map(name)).map(|n| n.reason);
                let column = column.map(name);
                self.refuse(Note { line, column, reason: known.unwrap_or(reason), refused: true });
            }
        }
    }

    fn refuse(&mut self, note: Note) {
        self.ready.push_back(Item::Note(note));
    }
}

fn said(notes: &[Note]) -> impl Iterator<Item = (Option<String>, Reason)> + '_ {
    notes.iter().map(|note| (note.column.clone(), note.reason))
}
