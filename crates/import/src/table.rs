//! A CSV file: its header, and its rows one after the other (RFC 4180, and what Excel and shop systems make of it).

use crate::{
    Encoding,
    encoding::{Decoded, TOO_MUCH},
    note::Broken,
};
use csv::{ReaderBuilder, StringRecord};
use std::io::Read;

/// The most bytes of one row, in UTF-8: a quote that is never closed would otherwise swallow the rest of the file.
pub const RECORD_BYTES_MAX: usize = 1 << 20;

/// The names of the columns.
pub(crate) struct Header {
    /// As they stand in the file.
    names: Vec<String>,
    /// As they are compared.
    folded: Vec<String>,
}

impl Header {
    pub(crate) fn new(row: &StringRecord) -> Header {
        Header { names: row.iter().map(str::to_owned).collect(), folded: row.iter().map(folded).collect() }
    }

    /// The place of the first column with one of these names, the earlier name first.
    pub(crate) fn find(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| {
            let name = folded(name);
            self.folded.iter().position(|column| *column == name)
        })
    }

    pub(crate) fn has(&self, names: &[&str]) -> bool {
        self.find(names).is_some()
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// The name of a column as it stands in the file. Only of columns that were found by name: that of another may be
    /// anything.
    pub(crate) fn name(&self, column: usize) -> String {
        self.names.get(column).map(|name| name.trim().to_owned()).unwrap_or_default()
    }
}

/// Full-width letters and brackets, capitals and white space make no other column.
fn folded(name: &str) -> String {
    let folded = domain::text::fold_width(name).to_lowercase();
    folded.chars().filter(|c| !c.is_whitespace() && *c != '\u{FEFF}').collect()
}

/// What stands between two values, by the first line of the file: a comma, or what some programs write in its place.
pub(crate) fn delimiter(first_line: &str) -> u8 {
    let count = |c| first_line.matches(c).count();
    match (count(','), count('\t'), count(';')) {
        (0, tabs, _) if tabs > 0 => b'\t',
        (0, 0, semicolons) if semicolons > 0 => b';',
        _ => b',',
    }
}

/// The rows of a file.
pub(crate) struct Table<R: Read> {
    csv: csv::Reader<Decoded<R>>,
    pub(crate) header: Header,
    row: StringRecord,
    /// Rows read so far, the header not among them.
    rows: u64,
    /// The line on which the row begins, from 1.
    line: u64,
    delimiter: u8,
    /// Whether a quote in the row is not closed, and rows that follow were read as part of it.
    swallows: bool,
}

/// A line within a value is taken for a row from so many columns on, if they are as many as the header's.
const COLUMNS_OF_A_ROW: usize = 4;

impl<R: Read> Table<R> {
    /// Reads the header.
    pub(crate) fn open(from: R, encoding: Encoding, delimiter: u8) -> Result<Table<R>, Broken> {
        let decoded = Decoded::new(from, encoding);
        let csv =
            ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(decoded);
        let header = Header::new(&StringRecord::new());
        let row = StringRecord::new();
        let mut table = Table { csv, header, row, rows: 0, line: 1, delimiter, swallows: false };
        if !table.read()? {
            return Err(Broken::Empty);
        }
        table.header = Header::new(&table.row);
        table.rows = 0;
        Ok(table)
    }

    /// Reads the next row into [`Table::row`]; `false` at the end.
    pub(crate) fn read(&mut self) -> Result<bool, Broken> {
        self.csv.get_mut().allow(RECORD_BYTES_MAX);
        let line = self.csv.position().line();
        let found = self.csv.read_record(&mut self.row).map_err(|e| match e.into_kind() {
            csv::ErrorKind::Io(e) if e.to_string() == TOO_MUCH => Broken::Endless { line },
            csv::ErrorKind::Io(e) => Broken::Io(e),
            // Nothing else is left: the text is UTF-8, rows may have any length.
            _ => Broken::Endless { line },
        })?;
        self.rows += u64::from(found);
        // The end of the last line then stands in the value.
        let unclosed = self.csv.get_ref().ends_quoted()
            && self.row.iter().next_back().is_some_and(|cell| cell.ends_with('\n'));
        // Every line ends with one character, and empty ones before the row are passed over.
        let within = self.row.iter().map(|cell| cell.matches('\n').count() as u64).sum::<u64>();
        self.line = self.csv.position().line().saturating_sub(within + u64::from(!unclosed)).max(1);
        self.swallows = unclosed || within > 0 && self.row.iter().any(|cell| self.holds_a_row(cell));
        Ok(found)
    }

    /// Whether a line within a value is a row like the others.
    fn holds_a_row(&self, cell: &str) -> bool {
        let expected = self.header.len();
        let columns = |line: &str| {
            let mut quoted = false;
            let parts = line.bytes().filter(|byte| {
                quoted ^= *byte == b'"';
                *byte == self.delimiter && !quoted
            });
            parts.count() + 1
        };
        expected >= COLUMNS_OF_A_ROW && cell.lines().skip(1).any(|line| columns(line) == expected)
    }

    /// Whether a quote in the row is not closed: other rows are in it.
    pub(crate) fn swallows(&self) -> bool {
        self.swallows
    }

    /// The row that was read last.
    pub(crate) fn row(&self) -> &StringRecord {
        &self.row
    }

    /// The line on which it begins, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// How many rows were read, the header not among them.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }
}
