//! What comes out of a row.

use domain::person::Personal;

/// A value of a field, as a history has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A word of the vocabulary, or what names something.
    Text(String),
    /// A whole number.
    Number(i64),
    /// True or false.
    Bool(bool),
}

/// A recorded event and who is named in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    /// So many rows of the file are done with this record, the header not counted: where an import goes on.
    pub rows: u64,
    /// Its kind, of [`incident::vocabulary::KINDS`] or one of the owner's own.
    pub event: String,
    /// What names it in the system it comes from.
    pub id: String,
    /// When it was, as [`incident::When`] reads it; `None`: unknown.
    pub at: Option<String>,
    /// With `at`: it was at some time between the two.
    pub until: Option<String>,
    /// Whose it was; `None`: the row names nobody.
    pub person: Option<Party>,
    /// To whom it went, as far as they are others than `person`.
    pub recipients: Vec<Party>,
    /// What else is known, by the names of the vocabulary. Never personal.
    pub fields: Vec<(String, Value)>,
}

/// Somebody, as a row names him. Personal.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Party {
    /// What names him as a member of the system he comes from.
    pub member: Option<String>,
    /// `member`, `guest` or `recipient`; `None`: the file does not say.
    pub kind: Option<&'static str>,
    /// The mail address that he gave there.
    pub mail: Option<Personal>,
    /// Family and given name.
    pub name: Option<Personal>,
    /// Its reading.
    pub kana: Option<Personal>,
    /// His company.
    pub company: Option<Personal>,
    /// Ten or eleven digits.
    pub phone: Option<Personal>,
    /// His address as it was then.
    pub address: Option<Address>,
    /// Whether something of him stood there that could not be read: then there is somebody, of whom nothing may be known.
    pub unread: bool,
}

/// A postal address as it was written. Personal.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// Seven digits, or as it was written abroad.
    pub postcode: Option<Personal>,
    /// The rest, in the order in which an envelope has it.
    pub lines: Vec<Personal>,
}

impl Party {
    /// Whether nothing is known by which anybody could be told from anybody else.
    pub fn is_nobody(&self) -> bool {
        self.member.is_none()
            && self.mail.is_none()
            && self.name.is_none()
            && self.phone.is_none()
            && self.address.is_none()
    }

    /// Whether the other is plainly the same person: the same name at the same telephone or address. Where either is
    /// not given, nobody can say so.
    pub fn is_plainly(&self, other: &Party) -> bool {
        let same = |a: &Option<Personal>, b: &Option<Personal>| match (a, b) {
            (Some(a), Some(b)) => bare(a) == bare(b),
            _ => false,
        };
        let at_home = match (&self.address, &other.address) {
            (Some(a), Some(b)) => !a.lines.is_empty() && a.bare() == b.bare(),
            _ => false,
        };
        same(&self.name, &other.name) && (same(&self.phone, &other.phone) || at_home)
    }
}

impl Address {
    fn bare(&self) -> String {
        self.lines.iter().map(bare).collect()
    }
}

fn bare(text: &Personal) -> String {
    let folded = domain::text::fold_width(text.reveal());
    folded.chars().filter(|c| !c.is_whitespace() && *c != '-').collect()
}
