//! A part of a file: its persons are found or made, what is personal is sealed, and all of it is written in one
//! transaction, with how far the file is.

use ::import::{Note, Party, Reason, Record, Value};
use anyhow::{Context, Result};
use domain::person::Personal;
use serde::Serialize;
use std::collections::HashMap;
use store::{
    BlindIndex, Sealed, Store,
    imported::{self, Event, ImportedFile, Keys, Known},
};
use uuid::Uuid;
use vault_api::{Client, Column, IndexAsk, IndexField, Place, Plain, SealItem, SealedItem, VaultError};

/// So many people are named in a part: with all their fields they stay below what the vault takes at once.
const PARTIES_MAX: usize = 240;
/// How often a part is tried in which somebody else made the same person.
const TRIES: usize = 3;

/// What of a file is not written yet.
pub struct Part<'a> {
    store: &'a Store,
    vault: &'a Client,
    file: ImportedFile,
    /// The file was imported already, and is read once more.
    again: bool,
    records: Vec<Record>,
    parties: usize,
    /// Refused rows since the file's beginning.
    refused: u64,
    /// What was refused by what the books say, and is not told yet.
    notes: Vec<Note>,
}

/// What of the records the books have not yet.
#[derive(Default)]
struct Found {
    fresh: Vec<Fresh>,
    /// Who everybody in it is.
    persons: Vec<Vec<Uuid>>,
    /// The lines of records that bear the name of somebody else's.
    others: Vec<u64>,
}

/// A record and what of it the books have not.
struct Fresh {
    event: Event,
    /// Whether the books have an older form of it.
    known: bool,
    parties: Vec<(u32, Party, Keys)>,
}

impl<'a> Part<'a> {
    pub fn new(store: &'a Store, vault: &'a Client, file: ImportedFile, again: bool) -> Part<'a> {
        let refused = if again { 0 } else { file.refused };
        Part { store, vault, file, again, records: Vec::new(), parties: 0, refused, notes: Vec::new() }
    }

    pub fn note(&mut self, note: &Note) {
        self.refused += u64::from(note.refused);
    }

    /// Takes a record, and writes those before it where they fill a part. Gives back what was refused of those.
    pub fn take(&mut self, record: Record) -> Result<Vec<Note>> {
        self.put(record)?;
        Ok(std::mem::take(&mut self.notes))
    }

    fn put(&mut self, mut record: Record) -> Result<()> {
        // Of one with more recipients than that, the rest comes in parts of its own.
        while 1 + record.recipients.len() > PARTIES_MAX {
            let rest = record.recipients.split_off(PARTIES_MAX / 2);
            let first =
                Record { recipients: std::mem::replace(&mut record.recipients, rest), ..record.clone() };
            self.put(Record { rows: self.records.last().map_or(self.file.rows, |r| r.rows), ..first })?;
        }
        let named = usize::from(record.person.is_some()) + record.recipients.len();
        if self.parties + named > PARTIES_MAX || self.records.len() >= PARTIES_MAX {
            self.write(None)?;
        }
        self.parties += named;
        self.records.push(record);
        Ok(())
    }

    /// Writes what is left, and that the file is done.
    pub fn end(mut self, rows: u64, now: i64) -> Result<(ImportedFile, Vec<Note>)> {
        self.write(Some((rows, now)))?;
        Ok((self.file, self.notes))
    }

    fn write(&mut self, end: Option<(u64, i64)>) -> Result<()> {
        let records = std::mem::take(&mut self.records);
        self.parties = 0;
        let mut file = self.file.clone();
        if !self.again {
            file.rows = records.last().map_or(file.rows, |record| record.rows);
        }
        file.refused = self.refused;
        if let Some((rows, now)) = end {
            (file.rows, file.finished_at) = (rows, Some(now));
        }
        for tried in 1.. {
            match self.settle(&records, &file) {
                Err(e) if tried < TRIES && matches!(e.downcast_ref(), Some(VaultError::Busy)) => {}
                done => {
                    let others;
                    (self.file, others) = done?;
                    self.refused = self.file.refused;
                    let note = |line| Note { line, column: None, reason: Reason::OtherRecord, refused: true };
                    self.notes.extend(others.into_iter().map(note));
                    break;
                }
            }
        }
        Ok(())
    }

    fn settle(&self, records: &[Record], file: &ImportedFile) -> Result<(ImportedFile, Vec<u64>)> {
        let keys = self.keys(records)?;
        let Found { fresh, persons, others } = self.fresh(records, keys)?;
        let new = fresh.iter().filter(|f| !f.known).count() as u64;
        let rows = self.seal(&fresh, &persons)?;
        let refused = file.refused + others.len() as u64;
        let file = ImportedFile { records: file.records + new, refused, ..file.clone() };
        let events: Vec<(bool, Event)> = fresh.into_iter().map(|f| (f.known, f.event)).collect();
        let written = file.clone();
        self.store
            .write_blocking(move |tx| {
                for (known, event) in &events {
                    if *known { imported::fill_event(tx, event)? } else { imported::add_event(tx, event)? }
                }
                rows.iter().try_for_each(|party| imported::add_party(tx, party))?;
                imported::advance(tx, &written)
            })
            .context("cannot write a part of the file: is another import of it running?")?;
        Ok((file, others))
    }

    /// The blind indexes by which everybody in the records is looked for.
    fn keys(&self, records: &[Record]) -> Result<Vec<Keys>> {
        let everybody: Vec<&Party> = records.iter().flat_map(named).collect();
        let mut asks = Vec::new();
        for party in &everybody {
            for (field, value) in indexed(party) {
                asks.extend(value.map(|value| IndexAsk::new(field, value.reveal())));
            }
        }
        let found = if asks.is_empty() { Vec::new() } else { self.vault.import_index(asks)? };
        let mut found = found.into_iter();
        let mut next = |value: Option<&Personal>| -> Result<Option<[BlindIndex; 2]>> {
            let Some(_) = value else { return Ok(None) };
            let index = found.next().context("the vault gave back fewer indexes than it was asked for")?;
            Ok(index.map(|both| both.map(|index| BlindIndex(index.0))))
        };
        let keys = everybody.iter().map(|party| {
            let [(_, mail), (_, name), (_, phone)] = indexed(party);
            Ok(Keys { mail: next(mail)?, name: next(name)?, phone: next(phone)? })
        });
        keys.collect()
    }

    /// What the books have not yet, and who everybody in it is.
    fn fresh(&self, records: &[Record], keys: Vec<Keys>) -> Result<Found> {
        let system = self.file.system.clone();
        let mut keys = keys.into_iter();
        let keyed: Vec<(&Record, Vec<Keys>)> =
            records.iter().map(|r| (r, keys.by_ref().take(named(r).count()).collect())).collect();
        let file = self.file.id;
        Ok(self.store.read_blocking(|tx| -> Result<_, store::Error> {
            let mut persons = Persons::default();
            let mut places = HashMap::<(&str, &str), usize>::new();
            let Found { mut fresh, persons: mut who, mut others } = Found::default();
            for (record, keys) in &keyed {
                let name = (record.event.as_str(), record.id.as_str());
                let old = imported::event(tx, &system, &record.event, &record.id)?;
                let mut there: Vec<Known> = match &old {
                    Some(event) => imported::parties(tx, event.id)?,
                    None => Vec::new(),
                };
                if let Some(at) = places.get(&name) {
                    let here = fresh[*at].parties.iter().zip(&who[*at]);
                    there.extend(here.map(|((n, p, k), id)| shown(*n, p, k, *id)));
                }
                let owner = there.iter().find(|known| known.position == 0);
                if let (Some(owner), Some(buyer), Some(keys)) = (owner, &record.person, keys.first())
                    && is_another(owner, buyer, keys)
                {
                    others.push(record.line);
                    continue;
                }
                let at = *places.entry(name).or_insert_with(|| {
                    let known = old.is_some();
                    let event = old.unwrap_or_else(|| bare(file, &system, record));
                    fresh.push(Fresh { event, known, parties: Vec::new() });
                    who.push(Vec::new());
                    fresh.len() - 1
                });
                fill(&mut fresh[at].event, record);
                for (n, (party, keys)) in named(record).zip(keys).enumerate() {
                    let buyer = n == 0 && record.person.is_some();
                    let person = persons.find(tx, &system, party, keys)?;
                    if there.iter().any(|known| is_there(known, buyer, person, keys)) {
                        continue;
                    }
                    let last = there.iter().map(|known| known.position).max().unwrap_or(0);
                    let position = if buyer { 0 } else { last + 1 };
                    there.push(shown(position, party, keys, person));
                    fresh[at].parties.push((position, party.clone(), *keys));
                    who[at].push(person);
                }
            }
            Ok(Found { fresh, persons: who, others })
        })?)
    }

    fn seal(&self, fresh: &[Fresh], persons: &[Vec<Uuid>]) -> Result<Vec<imported::Party>> {
        let (mut rows, mut items) = (Vec::new(), Vec::new());
        for (record, persons) in fresh.iter().zip(persons) {
            for ((position, party, keys), person) in record.parties.iter().zip(persons) {
                let row = imported::Party {
                    id: Uuid::now_v7(),
                    event: record.event.id,
                    position: *position,
                    person: *person,
                    kind: party.kind.map(str::to_owned),
                    system: self.file.system.clone(),
                    member: party.member.clone(),
                    mail: None,
                    name: None,
                    phone: None,
                    address: None,
                    mail_index: None,
                    name_index: None,
                    phone_index: None,
                };
                items.extend(sealable(&row, party, keys));
                rows.push(row);
            }
        }
        let sealed = if items.is_empty() { Vec::new() } else { self.vault.import_seal(items.clone())? };
        anyhow::ensure!(sealed.len() == items.len(), "the vault gave back fewer fields than it got");
        let places: HashMap<Uuid, usize> = rows.iter().enumerate().map(|(n, row)| (row.id, n)).collect();
        for (item, sealed) in items.iter().zip(sealed) {
            let row = places.get(&item.place.row).and_then(|n| rows.get_mut(*n));
            put(row.context("a field of nobody")?, item.place.column, sealed);
        }
        Ok(rows)
    }
}

/// Everybody whom a record names.
fn named(record: &Record) -> impl Iterator<Item = &Party> {
    record.person.iter().chain(&record.recipients)
}

/// By what somebody is found.
fn indexed(party: &Party) -> [(IndexField, Option<&Personal>); 3] {
    [
        (IndexField::Email, party.mail.as_ref()),
        (IndexField::Name, party.name.as_ref()),
        (IndexField::Phone, party.phone.as_ref()),
    ]
}

/// Who was found or made in this part already.
#[derive(Default)]
struct Persons {
    members: HashMap<String, Uuid>,
    mails: HashMap<[u8; 16], Uuid>,
    phones: HashMap<([u8; 16], [u8; 16]), Uuid>,
}

impl Persons {
    /// The person whom the books or this part know by that, else a new one.
    fn find(
        &mut self,
        tx: &mut store::Tx<'_>,
        system: &str,
        party: &Party,
        keys: &Keys,
    ) -> Result<Uuid, store::Error> {
        let newest = |both: Option<[BlindIndex; 2]>| both.map(|[newest, _]| newest.0);
        let mail = newest(keys.mail);
        let phone = newest(keys.phone).zip(newest(keys.name));
        let here = party.member.as_ref().and_then(|m| self.members.get(m));
        let here = here.or_else(|| mail.and_then(|m| self.mails.get(&m)));
        let here = here.or_else(|| phone.and_then(|p| self.phones.get(&p))).copied();
        let person = match here {
            Some(person) => person,
            None => imported::find(tx, system, party.member.as_deref(), keys)?.unwrap_or_else(Uuid::now_v7),
        };
        if let Some(member) = &party.member {
            self.members.entry(member.clone()).or_insert(person);
        }
        if let Some(mail) = mail {
            self.mails.entry(mail).or_insert(person);
        }
        if let Some(phone) = phone {
            self.phones.entry(phone).or_insert(person);
        }
        Ok(person)
    }
}

/// Whether two indexes find the same; `None` where either is not known.
fn is_one_of(index: Option<BlindIndex>, both: Option<[BlindIndex; 2]>) -> Option<bool> {
    index.zip(both).map(|(index, both)| both.contains(&index))
}

/// Whether the one whose record the books have is plainly another than the one whose record this is: by number as a member,
/// else by mail address, else by name and telephone number. Two shops count their orders alike.
fn is_another(known: &Known, party: &Party, keys: &Keys) -> bool {
    let same_member = known.member.as_ref().zip(party.member.as_ref()).map(|(a, b)| a == b);
    let same_mail = is_one_of(known.mail_index, keys.mail);
    let (same_name, same_phone) =
        (is_one_of(known.name_index, keys.name), is_one_of(known.phone_index, keys.phone));
    match (same_member, same_mail) {
        (Some(same), _) | (None, Some(same)) => !same,
        (None, None) => same_name == Some(false) && same_phone == Some(false),
    }
}

/// Whether somebody stands in the books as part of the record already: the one whose it was, or a recipient who is the same
/// person, or has the same name and no other telephone number, or of whom both times nothing could be read.
fn is_there(known: &Known, buyer: bool, person: Uuid, keys: &Keys) -> bool {
    if buyer {
        return known.position == 0;
    }
    let nothing = keys.mail.is_none() && keys.name.is_none() && keys.phone.is_none();
    let unread =
        !known.has_mail && !known.has_address && known.name_index.is_none() && known.phone_index.is_none();
    let same_name = is_one_of(known.name_index, keys.name) == Some(true);
    known.person == person
        || known.position > 0 && nothing && unread
        || known.position > 0 && same_name && is_one_of(known.phone_index, keys.phone) != Some(false)
}

fn shown(position: u32, party: &Party, keys: &Keys, person: Uuid) -> Known {
    let newest = |both: Option<[BlindIndex; 2]>| both.map(|[newest, _]| newest);
    Known {
        event: Uuid::nil(),
        position,
        person,
        kind: None,
        member: party.member.clone(),
        has_mail: party.mail.is_some(),
        has_address: party.address.is_some(),
        mail_index: newest(keys.mail),
        name_index: newest(keys.name),
        phone_index: newest(keys.phone),
    }
}

fn bare(file: Uuid, system: &str, record: &Record) -> Event {
    Event {
        id: Uuid::now_v7(),
        file,
        system: system.to_owned(),
        event: record.event.clone(),
        source_id: record.id.clone(),
        happened: None,
        until: None,
        fields: "{}".to_owned(),
    }
}

/// Adds what a record says and the books do not; what they say stays.
fn fill(event: &mut Event, record: &Record) {
    if event.happened.is_none() {
        (event.happened, event.until) = (record.at.clone(), record.until.clone());
    }
    let mut fields: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&event.fields).unwrap_or_default();
    for (name, value) in &record.fields {
        fields.entry(name.clone()).or_insert_with(|| match value {
            Value::Text(text) => text.as_str().into(),
            Value::Number(number) => (*number).into(),
            Value::Bool(truth) => (*truth).into(),
        });
    }
    event.fields = serde_json::Value::Object(fields).to_string();
}

/// What is sealed of somebody beside mail address, name and telephone number. Personal.
#[derive(Serialize)]
struct Rest<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    postcode: Option<&'a Personal>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    address: &'a [Personal],
    #[serde(skip_serializing_if = "Option::is_none")]
    kana: Option<&'a Personal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<&'a Personal>,
}

fn sealable(row: &imported::Party, party: &Party, keys: &Keys) -> Vec<SealItem> {
    let item = |column, bytes: Vec<u8>, index: Option<IndexAsk>| SealItem {
        place: Place::new(column, row.id, row.person),
        plaintext: Plain::new(bytes),
        create_person: true,
        index: index.into_iter().collect(),
    };
    let columns = [Column::ImportedMail, Column::ImportedName, Column::ImportedPhone];
    let can = [keys.mail.is_some(), keys.name.is_some(), keys.phone.is_some()];
    let mut items = Vec::new();
    for ((column, can), (field, value)) in columns.into_iter().zip(can).zip(indexed(party)) {
        let Some(value) = value else { continue };
        let index = can.then(|| IndexAsk::new(field, value.reveal()));
        items.push(item(column, value.reveal().as_bytes().to_vec(), index));
    }
    let address = party.address.as_ref();
    let rest = Rest {
        postcode: address.and_then(|a| a.postcode.as_ref()),
        address: address.map_or(&[], |a| &a.lines),
        kana: party.kana.as_ref(),
        company: party.company.as_ref(),
    };
    if address.is_some() || rest.kana.is_some() || rest.company.is_some() {
        items.push(item(Column::ImportedAddress, serde_json::to_vec(&rest).unwrap_or_default(), None));
    }
    items
}

fn put(row: &mut imported::Party, column: Column, item: SealedItem) {
    let index = item.index.first().map(|index| BlindIndex(index.0));
    let sealed = Some(Sealed(item.sealed.into_bytes()));
    match column {
        Column::ImportedMail => (row.mail, row.mail_index) = (sealed, index),
        Column::ImportedName => (row.name, row.name_index) = (sealed, index),
        Column::ImportedPhone => (row.phone, row.phone_index) = (sealed, index),
        _ => row.address = sealed,
    }
}
