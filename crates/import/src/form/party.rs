//! The columns in which a form names somebody.

use crate::{
    cell::Row,
    record::{Address, Party},
};
use domain::person::Personal;

/// Columns of one person.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) mail: Option<usize>,
    /// Family name, then given name; or one of them alone is the whole.
    pub(super) name: [Option<usize>; 2],
    pub(super) kana: [Option<usize>; 2],
    pub(super) company: Option<usize>,
    pub(super) phone: Option<usize>,
    pub(super) postcode: Option<usize>,
    /// In the order in which an envelope has them.
    pub(super) address: Vec<Option<usize>>,
}

impl Columns {
    pub(super) fn read(&self, row: &mut Row<'_>) -> Party {
        let noted = row.notes.len();
        let lines = self.address.iter().filter_map(|column| row.line_of_text(*column));
        let lines: Vec<Personal> = lines.map(prefecture).collect();
        let postcode = row.postcode(self.postcode);
        let known = postcode.is_some() || !lines.is_empty();
        let mut party = Party {
            mail: row.mail(self.mail),
            name: joined(self.name.map(|column| row.line_of_text(column))),
            kana: joined(self.kana.map(|column| row.line_of_text(column))),
            company: row.line_of_text(self.company),
            phone: row.phone(self.phone),
            address: known.then_some(Address { postcode, lines }),
            ..Party::default()
        };
        party.unread = row.notes.len() > noted;
        party
    }

    /// Whether anybody could be told by them.
    pub(super) fn names(&self) -> [(Option<usize>, &'static str); 3] {
        let name = self.name[0].or(self.name[1]);
        [(self.mail, "mail"), (name, "name"), (self.phone, "phone")]
    }
}

/// Japanese names have the family first, others last.
fn joined([family, given]: [Option<Personal>; 2]) -> Option<Personal> {
    match (family, given) {
        (Some(family), Some(given)) => {
            let (f, g) = (family.reveal(), given.reveal());
            let western = f.is_ascii() && g.is_ascii();
            Some(Personal::new(if western { format!("{g} {f}") } else { format!("{f} {g}") }))
        }
        (one, other) => one.or(other),
    }
}

/// `JP13` and `JP-13` are how two shop systems write 東京都 (ISO 3166-2:JP).
fn prefecture(line: Personal) -> Personal {
    let code = line.reveal().strip_prefix("JP").map(|rest| rest.trim_start_matches('-'));
    let number = code.filter(|code| code.len() == 2).and_then(|code| code.parse::<usize>().ok());
    let name = number.and_then(|n| domain::shipping::PREFECTURES.get(n.checked_sub(1)?));
    name.map_or(line, |name| Personal::new(*name))
}
