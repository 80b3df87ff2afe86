//! The posting list of a batch: which letters there are, to be counted against the envelopes, and to find one that came back.

use crate::{Letter, Made};
use domain::csv;

/// Columns of the list.
pub const COLUMNS: usize = 7;

/// A list in the making, RFC 4180 in UTF-8. Holds personal data: no `Debug`.
pub struct PostingList(String);

impl PostingList {
    /// Begins a list with what its columns are called: number, postcode, place, company, name, sheets, bar-code.
    pub fn new(heads: [String; COLUMNS]) -> PostingList {
        let mut out = String::from(csv::MARK);
        csv::line(&mut out, &heads);
        PostingList(out)
    }

    /// Adds a letter that was made.
    pub fn add(&mut self, letter: &Letter, made: Made, bars: &str) {
        let address = &letter.address;
        let fields = [
            letter.number.to_string(),
            address.digits(),
            address.parts().collect::<Vec<_>>().join("　"),
            address.company.reveal().to_owned(),
            address.name.reveal().to_owned(),
            made.sheets.to_string(),
            if made.has_bars { bars.to_owned() } else { String::new() },
        ];
        csv::line(&mut self.0, &fields);
    }

    /// The file.
    pub fn finish(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}
