//! Incidents: facts in revisions, versions that were frozen, and how many they concern.
//!
//! A revision is written once and never changed; the database refuses to. What stands in facts is no personal data.

use crate::{
    Error, Hash, Millis, Tx,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{IncidentId, StaffId};

macro_rules! revision {
    () => {
        "incident_id, number, facts, hash, part, staff_id, created_at"
    };
}

statements! {
    BEGIN = both("insert into incident (id, created_at) values ($1, $2) on conflict (id) do nothing");
    ADD = both(concat!("insert into incident_revision (", revision!(), ") values ($1, $2, $3, $4, $5, $6, $7)"));
    HIGHEST = both("select max(number) from incident_revision where incident_id = $1");
    GET = both(concat!("select ", revision!(), " from incident_revision where incident_id = $1 and number = $2"));
    NEWEST = both(concat!("select ", revision!(), " from incident_revision
        where incident_id = $1 order by number desc limit 1"));
    ALL_NEWEST = both(concat!("select ", revision!(), " from incident_revision r
        where number = (select max(number) from incident_revision where incident_id = r.incident_id)
        order by created_at desc, incident_id desc limit $1"));
    CHANGES = both("select number, hash, part, staff_id, created_at from incident_revision
        where incident_id = $1 order by number desc limit $2");
    FREEZE = both("insert into incident_version (incident_id, version, revision, hash, staff_id, created_at)
        values ($1, $2, $3, $4, $5, $6)");
    VERSIONS = both("select incident_id, version, revision, hash, staff_id, created_at from incident_version
        where incident_id = $1 order by version desc");
    FROZEN = both(concat!("select ", revision!(), " from incident_revision r where incident_id = $1
        and number = (select max(revision) from incident_version where incident_id = r.incident_id)"));
    COUNTED = both("insert into incident_count (incident_id, revision, counts, with_ledger, created_at)
        values ($1, $2, $3, $4, $5)
        on conflict (incident_id, revision) do update set counts = excluded.counts,
          with_ledger = excluded.with_ledger, created_at = excluded.created_at");
    COUNTS = both("select incident_id, revision, counts, with_ledger, created_at from incident_count
        where incident_id = $1 order by revision desc limit 1");
}

/// The facts as they stood after one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The incident.
    pub incident: IncidentId,
    /// From 1, each one more than the one before.
    pub number: u32,
    /// The facts as JSON.
    pub facts: String,
    /// SHA-256 of `facts`, in hexadecimal.
    pub hash: String,
    /// Which part was changed.
    pub part: String,
    /// Who changed it; `None`: the owner, at the command line.
    pub staff: Option<StaffId>,
    /// When.
    pub at: Millis,
}

/// A change, without the facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The revision that it made.
    pub number: u32,
    /// Its hash.
    pub hash: String,
    /// Which part.
    pub part: String,
    /// Who.
    pub staff: Option<StaffId>,
    /// When.
    pub at: Millis,
}

/// A revision that was frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The incident.
    pub incident: IncidentId,
    /// Its number in the facts.
    pub version: u32,
    /// The revision.
    pub revision: u32,
    /// The revision's hash.
    pub hash: String,
    /// Who froze it.
    pub staff: Option<StaffId>,
    /// When.
    pub at: Millis,
}

/// How many a revision concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The incident.
    pub incident: IncidentId,
    /// The revision whose rules were applied.
    pub revision: u32,
    /// As `dozo incident evaluate --json` prints them, without persons.
    pub counts: String,
    /// Whether the ledger was read; without it what it would tell counts as lost.
    pub with_ledger: bool,
    /// When.
    pub at: Millis,
}

/// Facts as they are kept: their text, and its SHA-256.
pub type Kept = (String, Hash);

impl Revision {
    /// The first of an incident.
    pub fn first(incident: IncidentId, kept: Kept, staff: Option<StaffId>, at: Millis) -> Revision {
        Revision::of(incident, 1, kept, "begin", staff, at)
    }

    /// The one behind this, with the part that was changed in it.
    pub fn next(&self, kept: Kept, part: &str, staff: Option<StaffId>, at: Millis) -> Revision {
        Revision::of(self.incident, self.number + 1, kept, part, staff, at)
    }

    fn of(
        incident: IncidentId,
        number: u32,
        (facts, hash): Kept,
        part: &str,
        staff: Option<StaffId>,
        at: Millis,
    ) -> Revision {
        let hash = hash.iter().map(|b| format!("{b:02x}")).collect();
        Revision { incident, number, facts, hash, part: part.to_owned(), staff, at }
    }
}

fn read(r: &mut Row<'_>) -> Result<Revision, Error> {
    Ok(Revision {
        incident: r.take()?,
        number: r.take()?,
        facts: r.take()?,
        hash: r.take()?,
        part: r.take()?,
        staff: r.take()?,
        at: r.take()?,
    })
}

/// Adds a revision; the first one begins the incident.
///
/// # Errors
/// [`Error::Constraint`] with `duplicate` where there is a revision of that number: somebody else was faster.
/// [`Error::Inconsistent`] where it does not follow the newest one.
pub fn add(tx: &mut Tx<'_>, r: &Revision) -> Result<(), Error> {
    tx.exec(&BEGIN, params![r.incident, r.at])?;
    let highest = tx.first(&HIGHEST, params![r.incident], |r| r.take::<Option<u32>>())?.flatten();
    if r.number > highest.unwrap_or(0) + 1 {
        return Err(Error::Inconsistent("a revision that does not follow the newest one"));
    }
    tx.exec(&ADD, params![r.incident, r.number, r.facts, r.hash, r.part, r.staff, r.at]).map(|_| ())
}

/// One revision.
///
/// # Errors
/// As every database call.
pub fn get(tx: &mut Tx<'_>, id: IncidentId, number: u32) -> Result<Option<Revision>, Error> {
    tx.first(&GET, params![id, number], read)
}

/// The newest revision.
///
/// # Errors
/// As every database call.
pub fn newest(tx: &mut Tx<'_>, id: IncidentId) -> Result<Option<Revision>, Error> {
    tx.first(&NEWEST, params![id], read)
}

/// The newest revision of each incident, the last changed first.
///
/// # Errors
/// As every database call.
pub fn list(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<Revision>, Error> {
    tx.rows(&ALL_NEWEST, params![limit], read)
}

/// What was changed, the newest first.
///
/// # Errors
/// As every database call.
pub fn changes(tx: &mut Tx<'_>, id: IncidentId, limit: u32) -> Result<Vec<Change>, Error> {
    tx.rows(&CHANGES, params![id, limit], |r| {
        Ok(Change { number: r.take()?, hash: r.take()?, part: r.take()?, staff: r.take()?, at: r.take()? })
    })
}

/// Adds a revision that is frozen as a version. What the one before it was counted to concern, it concerns, too: that
/// depends on no version.
///
/// # Errors
/// As [`add`]; [`Error::Constraint`] where there is such a version already.
pub fn freeze(tx: &mut Tx<'_>, r: &Revision, version: u32) -> Result<(), Error> {
    add(tx, r)?;
    tx.exec(&FREEZE, params![r.incident, version, r.number, r.hash, r.staff, r.at])?;
    match counts(tx, r.incident)?.filter(|counted| counted.revision + 1 == r.number) {
        Some(counted) => set_counts(tx, &Counted { revision: r.number, ..counted }),
        None => Ok(()),
    }
}

/// What was frozen, the newest first.
///
/// # Errors
/// As every database call.
pub fn versions(tx: &mut Tx<'_>, id: IncidentId) -> Result<Vec<Version>, Error> {
    tx.rows(&VERSIONS, params![id], |r| {
        Ok(Version {
            incident: r.take()?,
            version: r.take()?,
            revision: r.take()?,
            hash: r.take()?,
            staff: r.take()?,
            at: r.take()?,
        })
    })
}

/// The revision that was frozen last.
///
/// # Errors
/// As every database call.
pub fn frozen(tx: &mut Tx<'_>, id: IncidentId) -> Result<Option<Revision>, Error> {
    tx.first(&FROZEN, params![id], read)
}

/// Keeps how many a revision concerns; a later count of the same one takes its place.
///
/// # Errors
/// [`Error::Constraint`] where there is no such revision.
pub fn set_counts(tx: &mut Tx<'_>, c: &Counted) -> Result<(), Error> {
    tx.exec(&COUNTED, params![c.incident, c.revision, c.counts, c.with_ledger, c.at]).map(|_| ())
}

/// The count of the newest revision that was counted.
///
/// # Errors
/// As every database call.
pub fn counts(tx: &mut Tx<'_>, id: IncidentId) -> Result<Option<Counted>, Error> {
    tx.first(&COUNTS, params![id], |r| {
        Ok(Counted {
            incident: r.take()?,
            revision: r.take()?,
            counts: r.take()?,
            with_ledger: r.take()?,
            at: r.take()?,
        })
    })
}
