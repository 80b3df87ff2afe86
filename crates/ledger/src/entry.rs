//! What one entry says. Ids, names of tables and columns, kinds and reasons: no personal data.

use crate::{codec, places::Places, tree::Hash};
use serde::{Serialize, Serializer};
use std::{borrow::Cow, collections::BTreeMap};
use uuid::Uuid;

/// A word of the program's own: a request, a role, a purpose, a reason.
pub type Word = Cow<'static, str>;

/// What happened. The numbers stand on ledgers: kinds are only ever added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Kind {
    /// The vault started.
    Boot = 1,
    /// Fields were sealed.
    Seal = 2,
    /// Fields were opened, or were about to be.
    Unseal = 3,
    /// Blind indexes were given.
    Index = 4,
    /// A capability, grant or link was given or taken away, a verifier set.
    Token = 5,
    /// Somebody proved who he is.
    SignIn = 6,
    /// A request was refused.
    Deny = 7,
    /// Persons' keys were taken away for good.
    Erase = 8,
    /// A planted record was opened: nobody has a reason to.
    Honeytoken = 9,
    /// A log begins after a restore, where another had to end.
    Restart = 10,
    /// Keys of the house were changed, or their recovery was.
    Keys = 11,
    /// Fields were opened and sealed anew inside the vault; nothing of them left it.
    Renew = 12,
}

impl Kind {
    pub(crate) const ALL: [Kind; 12] = [
        Kind::Boot,
        Kind::Seal,
        Kind::Unseal,
        Kind::Index,
        Kind::Token,
        Kind::SignIn,
        Kind::Deny,
        Kind::Erase,
        Kind::Honeytoken,
        Kind::Restart,
        Kind::Keys,
        Kind::Renew,
    ];

    pub(crate) fn opens(self) -> bool {
        matches!(self, Kind::Unseal | Kind::Honeytoken)
    }
}

/// The end of the log before, as far as it is known to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Before {
    /// Which log.
    pub origin: String,
    /// How many entries its last known checkpoint has.
    pub size: u64,
    /// And which root.
    #[serde(serialize_with = "hex")]
    pub root: Hash,
}

/// One entry. Its number is its place in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Unix milliseconds. On a log it never decreases.
    #[serde(rename = "t")]
    pub at_ms: i64,
    /// By how many whole seconds the machine's clock was behind the entry before.
    #[serde(skip_serializing_if = "is_zero")]
    pub clock_behind_s: u32,
    /// What happened.
    pub kind: Kind,
    /// The request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<Word>,
    /// Which room asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Word>,
    /// What for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Word>,
    /// SHA-256 of the capability.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "hex_option")]
    pub cap: Option<Hash>,
    /// The staff member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staff: Option<Uuid>,
    /// Whose capability or grant it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<Uuid>,
    /// Orders it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<Uuid>,
    /// The id of the mail, for a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Uuid>,
    /// `table.column` → pairs of person and row.
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub places: Places,
    /// Persons whose keys are taken away.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub erased: Vec<Uuid>,
    /// Kinds of values looked up, one each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Word>,
    /// Why it was refused; what was odd at the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Word>,
    /// How many refusals of strangers before this entry have no entry of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unwritten: Option<u64>,
    /// The log before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
}

impl Entry {
    /// An entry of which only time (Unix milliseconds) and kind are known.
    pub fn new(at_ms: i64, kind: Kind) -> Entry {
        Entry {
            at_ms,
            clock_behind_s: 0,
            kind,
            asked: None,
            role: None,
            purpose: None,
            cap: None,
            staff: None,
            person: None,
            orders: Vec::new(),
            message: None,
            places: Places::default(),
            erased: Vec::new(),
            fields: Vec::new(),
            reason: None,
            unwritten: None,
            before: None,
        }
    }

    /// What the machine's clock showed, to the second where it was behind the ledger; Unix milliseconds.
    pub fn clock_ms(&self) -> i64 {
        self.at_ms - i64::from(self.clock_behind_s) * 1000
    }

    /// Whether something sealed was opened by it.
    pub fn opens(&self) -> bool {
        self.kind.opens()
    }

    /// Of whom something was opened by it, each person once, with the columns. None are named for a mail about a person's
    /// account, which opens the address that he gave. A mail to an address that has no account opens nobody's.
    pub fn opened(&self) -> BTreeMap<Uuid, Vec<&str>> {
        let mut opened = BTreeMap::<Uuid, Vec<&str>>::new();
        if !self.opens() {
            return opened;
        }
        for (column, pairs) in self.places.iter() {
            for (person, _) in pairs {
                let columns = opened.entry(*person).or_default();
                if columns.last() != Some(&column) {
                    columns.push(column);
                }
            }
        }
        if self.places.is_empty() {
            opened.extend(self.person.map(|person| (person, Vec::new())));
        }
        opened
    }

    /// The bytes that stand on the log: more than one entry where the places are too many for one.
    pub fn encode(&self) -> Vec<Vec<u8>> {
        codec::encode(self)
    }

    /// Reads an entry's bytes; `None` where they are none, or of a newer version.
    pub fn decode(bytes: &[u8]) -> Option<Entry> {
        codec::decode(bytes)
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn hex<S: Serializer>(hash: &Hash, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&crate::hex(hash))
}

fn hex_option<S: Serializer>(hash: &Option<Hash>, to: S) -> Result<S::Ok, S::Error> {
    match hash {
        Some(hash) => hex(hash, to),
        None => to.serialize_none(),
    }
}
