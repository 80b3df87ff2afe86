//! Records of other shop systems, brought in by the owner: whose they are is sealed, and found by blind index.
//!
//! Each part of a file is one transaction, in which [`ImportedFile::rows`] says how far it goes: whoever dies between two
//! parts goes on behind the first. A record has one name in its system and is kept once, whichever files it stands in.

use crate::{
    BlindIndex, Error, Hash, Millis, Sealed, Tx,
    sql::{both, statements},
    value::{Row, params},
};
use uuid::Uuid;

macro_rules! file {
    () => {
        "id, digest, system, kind, bytes, rows, records, refused, mended_by, created_at, finished_at"
    };
}

macro_rules! event {
    () => {
        "id, file_id, system, event, source_id, happened, until, fields"
    };
}

macro_rules! known {
    () => {
        "event_id, position, person_id, kind, member, cast(case when length(mail) > 5 then 1 else 0 end as bigint),
         cast(case when length(address) > 5 then 1 else 0 end as bigint), mail_index, name_index, phone_index"
    };
}

statements! {
    BEGIN = both(concat!("insert into imported_file (", file!(),
        ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"));
    FILE = both(concat!("select ", file!(), " from imported_file where digest = $1 and system = $2"));
    FILES = both(concat!("select ", file!(), " from imported_file order by created_at, id"));
    ADVANCE = both("update imported_file set rows = $1, records = $2, refused = $3, finished_at = $4
          where id = $5 and rows <= $1");
    MEND = both("update imported_file set mended_by = $1 where id = $2");
    EVENT = both(concat!("select ", event!(), " from imported_event
          where system = $1 and event = $2 and source_id = $3"));
    EVENTS = both(concat!("select ", event!(), " from imported_event where id > $1 order by id limit $2"));
    ADD_EVENT = both(concat!("insert into imported_event (", event!(),
        ") values ($1, $2, $3, $4, $5, $6, $7, $8)"));
    FILL_EVENT = both("update imported_event set happened = $1, until = $2, fields = $3 where id = $4");
    ADD_PARTY = both("insert into imported_party (id, event_id, position, person_id, kind, system, member, mail, name,
            phone, address, mail_index, name_index, phone_index)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)");
    PARTIES = both(concat!("select ", known!(), " from imported_party where event_id = $1 order by position"));
    PARTIES_BETWEEN = both(concat!("select ", known!(), " from imported_party
          where event_id > $1 and event_id <= $2 order by event_id, position"));
    BY_MEMBER = both("select person_id from imported_party where system = $1 and member = $2 order by id limit 1");
    BY_MAIL = both("select person_id from imported_party where mail_index in ($1, $2) order by id limit 1");
    CUSTOMER_BY_MAIL = both("select id from customer where email_index in ($1, $2) and status <> 'closed'
          order by created_at, id limit 1");
    BY_PHONE = both("select person_id from imported_party where phone_index in ($1, $2) and name_index in ($3, $4)
          order by id limit 1");
    CUSTOMER_BY_PHONE = both("select id from customer where phone_index in ($1, $2) and name_index in ($3, $4)
          and status <> 'closed' order by created_at, id limit 1");
    SILENCE = both("update imported_party set mail = substr(mail, 1, 5), name = substr(name, 1, 5),
            phone = substr(phone, 1, 5), address = substr(address, 1, 5), member = null, mail_index = null,
            name_index = null, phone_index = null
          where person_id = $1");
    COUNT = both("select count(*), count(distinct person_id) from imported_party");
}

/// A file that was imported, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedFile {
    /// Its id here.
    pub id: Uuid,
    /// SHA-256 of its bytes.
    pub digest: Hash,
    /// What the system it comes from is called.
    pub system: String,
    /// What it is an export of.
    pub kind: String,
    /// Its size.
    pub bytes: u64,
    /// So many of its rows are in the tables.
    pub rows: u64,
    /// So many of its records are.
    pub records: u64,
    /// So many of those rows were refused.
    pub refused: u64,
    /// The file that has them mended.
    pub mended_by: Option<Uuid>,
    /// When it was begun.
    pub created_at: Millis,
    /// When it was done; `None`: it was broken off, or is being read.
    pub finished_at: Option<Millis>,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id here.
    pub id: Uuid,
    /// The file that it came from first.
    pub file: Uuid,
    /// What the system it comes from is called.
    pub system: String,
    /// Its kind.
    pub event: String,
    /// What names it there.
    pub source_id: String,
    /// When it was, as far as that is known.
    pub happened: Option<String>,
    /// With `happened`: at some time between the two.
    pub until: Option<String>,
    /// What else is known: a JSON object of words, never personal.
    pub fields: String,
}

/// Somebody who is named in a record, as he was named there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The row that sealed columns are bound to.
    pub id: Uuid,
    /// The record.
    pub event: Uuid,
    /// 0: whose it was; from 1: to whom it went.
    pub position: u32,
    /// A person of the vault's.
    pub person: Uuid,
    /// What he was there; `None`: unknown.
    pub kind: Option<String>,
    /// What his system is called.
    pub system: String,
    /// His number as a member of it.
    pub member: Option<String>,
    /// The mail address used there, sealed.
    pub mail: Option<Sealed>,
    /// His name, sealed.
    pub name: Option<Sealed>,
    /// His telephone number, sealed.
    pub phone: Option<Sealed>,
    /// Address, company and reading, sealed.
    pub address: Option<Sealed>,
    /// Finds the mail address.
    pub mail_index: Option<BlindIndex>,
    /// Finds the name.
    pub name_index: Option<BlindIndex>,
    /// Finds the telephone number.
    pub phone_index: Option<BlindIndex>,
}

/// What can be said of somebody in a record without opening anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The record.
    pub event: Uuid,
    /// 0: whose it was; from 1: to whom it went.
    pub position: u32,
    /// A person of the vault's.
    pub person: Uuid,
    /// What he was there; `None`: unknown.
    pub kind: Option<String>,
    /// His number as a member.
    pub member: Option<String>,
    /// Whether there is a mail address.
    pub has_mail: bool,
    /// Whether there is a postal address.
    pub has_address: bool,
    /// Finds the mail address.
    pub mail_index: Option<BlindIndex>,
    /// Finds the name.
    pub name_index: Option<BlindIndex>,
    /// Finds the telephone number.
    pub phone_index: Option<BlindIndex>,
}

/// By what somebody is looked for: the newest blind index of each and the one before. Absent: not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keys {
    /// Of the mail address.
    pub mail: Option<[BlindIndex; 2]>,
    /// Of the name.
    pub name: Option<[BlindIndex; 2]>,
    /// Of the telephone number.
    pub phone: Option<[BlindIndex; 2]>,
}

fn read_file(r: &mut Row<'_>) -> Result<ImportedFile, Error> {
    Ok(ImportedFile {
        id: r.take()?,
        digest: r.take()?,
        system: r.take()?,
        kind: r.take()?,
        bytes: r.take::<i64>()?.unsigned_abs(),
        rows: r.take::<i64>()?.unsigned_abs(),
        records: r.take::<i64>()?.unsigned_abs(),
        refused: r.take::<i64>()?.unsigned_abs(),
        mended_by: r.take()?,
        created_at: r.take()?,
        finished_at: r.take()?,
    })
}

fn read_event(r: &mut Row<'_>) -> Result<Event, Error> {
    Ok(Event {
        id: r.take()?,
        file: r.take()?,
        system: r.take()?,
        event: r.take()?,
        source_id: r.take()?,
        happened: r.take()?,
        until: r.take()?,
        fields: r.take()?,
    })
}

fn read_known(r: &mut Row<'_>) -> Result<Known, Error> {
    Ok(Known {
        event: r.take()?,
        position: r.take()?,
        person: r.take()?,
        kind: r.take()?,
        member: r.take()?,
        has_mail: r.take()?,
        has_address: r.take()?,
        mail_index: r.take()?,
        name_index: r.take()?,
        phone_index: r.take()?,
    })
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The file with these bytes of that system, if it was begun.
///
/// # Errors
/// As every database call.
pub fn file(tx: &mut Tx<'_>, digest: Hash, system: &str) -> Result<Option<ImportedFile>, Error> {
    tx.first(&FILE, params![digest, system], read_file)
}

/// All files, the oldest first.
///
/// # Errors
/// As every database call.
pub fn files(tx: &mut Tx<'_>) -> Result<Vec<ImportedFile>, Error> {
    tx.rows(&FILES, &[], read_file)
}

/// Begins a file.
///
/// # Errors
/// [`Error::Constraint`] where it was begun already.
pub fn begin(tx: &mut Tx<'_>, f: &ImportedFile) -> Result<(), Error> {
    let (bytes, rows) = (number(f.bytes), number(f.rows));
    let (records, refused) = (number(f.records), number(f.refused));
    tx.exec(
        &BEGIN,
        params![
            f.id,
            f.digest,
            f.system,
            f.kind,
            bytes,
            rows,
            records,
            refused,
            f.mended_by,
            f.created_at,
            f.finished_at
        ],
    )
    .map(drop)
}

/// Says how far a file is, in the transaction that makes it true.
///
/// # Errors
/// [`Error::NotFound`] where it is further already: somebody else imports the same file.
pub fn advance(tx: &mut Tx<'_>, f: &ImportedFile) -> Result<(), Error> {
    let (rows, records, refused) = (number(f.rows), number(f.records), number(f.refused));
    tx.exec_one(&ADVANCE, params![rows, records, refused, f.finished_at, f.id], "imported file")
}

/// Says that what was refused of a file is in another one.
///
/// # Errors
/// [`Error::NotFound`].
pub fn mend(tx: &mut Tx<'_>, file: Uuid, by: Uuid) -> Result<(), Error> {
    tx.exec_one(&MEND, params![by, file], "imported file")
}

/// A record by its name.
///
/// # Errors
/// As every database call.
pub fn event(tx: &mut Tx<'_>, system: &str, event: &str, source_id: &str) -> Result<Option<Event>, Error> {
    tx.first(&EVENT, params![system, event, source_id], read_event)
}

/// Walks all records by id: those after `after`, at most `limit`.
///
/// # Errors
/// As every database call.
pub fn events(tx: &mut Tx<'_>, after: Option<Uuid>, limit: u32) -> Result<Vec<Event>, Error> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    tx.rows(&EVENTS, params![after, limit], read_event)
}

/// Adds a record.
///
/// # Errors
/// [`Error::Constraint`] where its system has it already.
pub fn add_event(tx: &mut Tx<'_>, e: &Event) -> Result<(), Error> {
    let values = params![e.id, e.file, e.system, e.event, e.source_id, e.happened, e.until, e.fields];
    tx.exec(&ADD_EVENT, values).map(drop)
}

/// Replaces what is known of a record, by more.
///
/// # Errors
/// [`Error::NotFound`].
pub fn fill_event(tx: &mut Tx<'_>, e: &Event) -> Result<(), Error> {
    tx.exec_one(&FILL_EVENT, params![e.happened, e.until, e.fields, e.id], "imported event")
}

/// Adds somebody to a record.
///
/// # Errors
/// As every database call.
pub fn add_party(tx: &mut Tx<'_>, p: &Party) -> Result<(), Error> {
    tx.exec(
        &ADD_PARTY,
        params![
            p.id,
            p.event,
            p.position,
            p.person,
            p.kind,
            p.system,
            p.member,
            p.mail,
            p.name,
            p.phone,
            p.address,
            p.mail_index,
            p.name_index,
            p.phone_index
        ],
    )
    .map(drop)
}

/// Who is named in a record.
///
/// # Errors
/// As every database call.
pub fn parties(tx: &mut Tx<'_>, event: Uuid) -> Result<Vec<Known>, Error> {
    tx.rows(&PARTIES, params![event], read_known)
}

/// Who is named in the records behind `after` up to `last`, in the order of [`events`].
///
/// # Errors
/// As every database call.
pub fn parties_between(tx: &mut Tx<'_>, after: Option<Uuid>, last: Uuid) -> Result<Vec<Known>, Error> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    tx.rows(&PARTIES_BETWEEN, params![after, last], read_known)
}

/// The person with that number as a member, else with that mail address, else with that telephone number and name: of an
/// import, else of the shop's own customers.
///
/// # Errors
/// As every database call.
pub fn find(tx: &mut Tx<'_>, system: &str, member: Option<&str>, keys: &Keys) -> Result<Option<Uuid>, Error> {
    if let Some(member) = member
        && let Some(person) = tx.first(&BY_MEMBER, params![system, member], |r| r.take())?
    {
        return Ok(Some(person));
    }
    if let Some([newest, before]) = keys.mail {
        for sql in [&BY_MAIL, &CUSTOMER_BY_MAIL] {
            if let Some(person) = tx.first(sql, params![newest, before], |r| r.take())? {
                return Ok(Some(person));
            }
        }
    }
    if let (Some([phone, phone_before]), Some([name, name_before])) = (keys.phone, keys.name) {
        for sql in [&BY_PHONE, &CUSTOMER_BY_PHONE] {
            let keys = params![phone, phone_before, name, name_before];
            if let Some(person) = tx.first(sql, keys, |r| r.take())? {
                return Ok(Some(person));
            }
        }
    }
    Ok(None)
}

/// Whoever is erased is found here no more, and nothing of him opens.
///
/// # Errors
/// As every database call.
pub fn silence(tx: &mut Tx<'_>, person: Uuid) -> Result<(), Error> {
    tx.exec(&SILENCE, params![person]).map(drop)
}

/// How often somebody is named, and how many persons that are.
///
/// # Errors
/// As every database call.
pub fn count(tx: &mut Tx<'_>) -> Result<(u64, u64), Error> {
    let read = |r: &mut Row<'_>| Ok((r.take::<i64>()?.unsigned_abs(), r.take::<i64>()?.unsigned_abs()));
    tx.one(&COUNT, &[], "imported party", read)
}
