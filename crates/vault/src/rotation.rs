//! Changing keys while the vault works: each level by itself, in small steps, each on disk before the next.
//!
//! How far a change is stands in the store beside what it changes, in the same transaction: killed anywhere, it goes on
//! from there. What was made with a key before opens until nothing needs that key any more; only then is it taken away.
//!
//! The root key and that of links change at once. Wrapped keys are worked through here. Where rows of the shop's
//! database must change (fields of persons, blind indexes), the keeper brings them page by page ([`House::renew`]) and
//! says when he has found nothing old. What was made for a while (grants) or is known only when somebody signs in
//! (the pepper) is waited for.

use crate::{
    clock::HOUR_MS,
    customers::{CustomerRecord, kept_place},
    entry::{Fill, Kind},
    grant::GRANT_MS,
    house::{Asked, Done, Fault, House},
    keys::{GRANT, INDEXES, LINK, LOGIN, PEPPER, PERSON_WRAP, STAFF_WRAP, parse_person_id, persons::Wrapped},
    records::check_count,
    seal,
    staff::StaffRecord,
    store::{CUSTOMER_MAILS, CUSTOMER_OF, CUSTOMERS, PERSON_KEYS, ROTATIONS, STAFF},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vault_api::{
    BlindIndex, Content, IndexField, KeyChange, KeyLevel, KeyPhase, KeysStatus, NotOpened, Plain, Reason,
    RenewItem, Renewed, Response, Sealed, Secret,
};

/// Records of the store in one step: a step is a commit, and others wait for it.
pub(crate) const STEP_RECORDS: usize = 500;
/// How long fields that were sealed before may be on their way into the database: longer than any request lasts.
pub(crate) const SETTLE_MS: i64 = 60_000;
/// How often it is looked whether anybody still needs a key before.
const LOOK_EVERY_MS: i64 = HOUR_MS;

/// The keys of the house that change together.
const HOUSE: [&str; 6] = [PERSON_WRAP, GRANT, STAFF_WRAP, PEPPER, LINK, LOGIN];
const ROOT: &str = "root";
const PERSON: &str = "person";
const INDEX: &str = "index";

/// How far a change of keys is. Stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Change {
    phase: Phase,
    /// The last key of the table that is worked through.
    pub(crate) cursor: Vec<u8>,
    pub(crate) done: u64,
    pub(crate) total: u64,
    started_at_ms: i64,
    /// When this phase began.
    phase_at_ms: i64,
    finished_at_ms: Option<i64>,
}

/// Stored: variants are only ever added at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Phase {
    /// The vault goes through its own store.
    Making,
    /// The keeper goes through the database.
    Walking,
    /// What was before is taken away.
    Retiring,
    /// Somebody still needs what was before.
    Waiting,
    Done,
}

impl Change {
    fn new(phase: Phase, total: u64, now_ms: i64) -> Change {
        let finished_at_ms = (phase == Phase::Done).then_some(now_ms);
        let (done, cursor) = (if phase == Phase::Done { total } else { 0 }, Vec::new());
        Change { phase, cursor, done, total, started_at_ms: now_ms, phase_at_ms: now_ms, finished_at_ms }
    }

    pub(crate) fn enter(&mut self, phase: Phase, now_ms: i64) {
        (self.phase, self.phase_at_ms) = (phase, now_ms);
        self.cursor.clear();
        if phase == Phase::Done {
            (self.done, self.finished_at_ms) = (self.total, Some(now_ms));
        } else {
            self.done = 0;
        }
    }
}

impl House {
    pub(crate) fn keys_rotate(&self, asked: Asked, level: KeyLevel) -> Done {
        let _changing = self.keys.changing();
        let running = |name: &str| -> Done<bool> {
            let change = self.store.get::<Change>(ROTATIONS, name.as_bytes())?;
            // Grants wait for months: another change need not wait for them.
            Ok(change.is_some_and(|c| c.phase != Phase::Done) && name != GRANT)
        };
        let names: &[&str] = match level {
            KeyLevel::Root => &[ROOT],
            KeyLevel::House => &HOUSE,
            KeyLevel::Person => &[PERSON],
            KeyLevel::Index => &[INDEX],
        };
        for name in names {
            if running(name)? {
                return Err(Fault::Bad("these keys are being changed already: see `dozo vault status`"));
            }
        }
        if level == KeyLevel::Root && !self.keys.source().is_file() {
            return Err(Fault::Bad(
                "the root key is a credential of systemd: put the next one beside it as dozo-root-key-next and \
                 start the vault anew (see the guide)",
            ));
        }
        let mut entry = asked.entry(Kind::Keys);
        entry.purpose = Some(word(level).into());
        self.write(&entry)?;
        let now = asked.now_ms;
        match level {
            KeyLevel::Root => {
                let next = self.keys.change_root(&self.store)?;
                let change = Change::new(Phase::Done, 1, now);
                self.store.write(|tx| tx.put(ROTATIONS, ROOT.as_bytes(), &change))?;
                self.encrypt_for_recovery(&next)?;
            }
            KeyLevel::House => self.begin_house(now)?,
            KeyLevel::Person => {
                let change = Change::new(Phase::Making, self.keys.persons.len(), now);
                self.store.write(|tx| tx.put(ROTATIONS, PERSON.as_bytes(), &change))?;
            }
            KeyLevel::Index => {
                let change = Change::new(Phase::Walking, 0, now);
                self.store.write(|tx| -> Done<()> {
                    self.keys.make_next(tx, &INDEXES)?;
                    Ok(tx.put(ROTATIONS, INDEX.as_bytes(), &change)?)
                })?;
                self.keys.reread(&self.store)?;
            }
        }
        self.keys_status()
    }

    fn begin_house(&self, now: i64) -> Done<()> {
        let (persons, staff) = (self.store.count(PERSON_KEYS)?, self.store.count(STAFF)?);
        let verifiers = self.store.count(CUSTOMERS)? + staff;
        let changes = [
            (PERSON_WRAP, Change::new(Phase::Making, persons, now)),
            (GRANT, Change::new(Phase::Waiting, 1, now)),
            (STAFF_WRAP, Change::new(Phase::Making, staff, now)),
            (PEPPER, Change::new(Phase::Waiting, verifiers, now)),
            // A mail that is tried again makes its link anew: nothing needs the key before.
            (LINK, Change::new(Phase::Done, 1, now)),
            (LOGIN, Change::new(Phase::Making, self.store.count(CUSTOMER_OF)?, now)),
        ];
        self.store.write(|tx| -> Done<()> {
            self.keys.make_next(tx, &HOUSE)?;
            self.keys.drop_older(tx, LINK)?;
            changes.iter().try_for_each(|(name, change)| tx.put(ROTATIONS, name.as_bytes(), change))?;
            Ok(())
        })?;
        Ok(self.keys.reread(&self.store)?)
    }

    /// One step of whatever is to be done; `false` where there is nothing now.
    pub(crate) fn rotate_step(&self, now_ms: i64) -> anyhow::Result<bool> {
        let _changing = self.keys.changing();
        for (name, change) in self.store.all::<Change>(ROTATIONS)? {
            let stepped = match (std::str::from_utf8(&name)?, change.phase) {
                (PERSON_WRAP, Phase::Making) => self.rewrap_persons(change, now_ms)?,
                (STAFF_WRAP, Phase::Making) => self.rewrap_staff(change, now_ms)?,
                (LOGIN, Phase::Making) => self.move_logins(change, now_ms)?,
                (LOGIN, Phase::Waiting) if now_ms - change.phase_at_ms >= LOOK_EVERY_MS => {
                    self.look_again(change, now_ms)?
                }
                (PERSON, Phase::Making) => self.make_person_keys(change, now_ms)?,
                (PERSON, Phase::Retiring) => self.retire_person_keys(change, now_ms)?,
                (GRANT, Phase::Waiting) if now_ms - change.started_at_ms > GRANT_MS => {
                    self.end(GRANT, change, now_ms)?
                }
                (PEPPER, Phase::Waiting) => self.look_for_peppers(change, now_ms)?,
                _ => false,
            };
            if stepped {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn rewrap_persons(&self, mut change: Change, now_ms: i64) -> anyhow::Result<bool> {
        let page = self.store.page::<Vec<u8>>(PERSON_KEYS, &change.cursor, STEP_RECORDS)?;
        let Some((last, _)) = page.last() else { return self.end(PERSON_WRAP, change, now_ms) };
        change.cursor = last.clone();
        change.done += page.len() as u64;
        let mut changed: Vec<(Vec<u8>, Wrapped)> = Vec::new();
        for (id, wrapped) in &page {
            changed.extend(self.keys.rewrapped(id, wrapped)?.map(|now| (id.clone(), now)));
        }
        self.store.write(|tx| -> anyhow::Result<()> {
            for (id, wrapped) in &changed {
                // Who was erased since stays so.
                if tx.get::<Vec<u8>>(PERSON_KEYS, id)?.is_some() {
                    tx.put(PERSON_KEYS, id, &wrapped.to_vec())?;
                }
            }
            Ok(tx.put(ROTATIONS, PERSON_WRAP.as_bytes(), &change)?)
        })?;
        for (id, wrapped) in changed {
            let (person, version) = parse_person_id(&id)?;
            self.keys.persons.rewrap(person, version, wrapped);
        }
        Ok(true)
    }

    fn rewrap_staff(&self, change: Change, now_ms: i64) -> anyhow::Result<bool> {
        self.store.write(|tx| -> anyhow::Result<()> {
            for (id, mut record) in tx.all::<StaffRecord>(STAFF)? {
                record.rewrap(&self.keys.ring().staff_wrap, Uuid::from_slice(&id)?)?;
                tx.put(STAFF, &id, &record)?;
            }
            Ok(())
        })?;
        self.end(STAFF_WRAP, change, now_ms)
    }

    /// The next version of each person's key. His fields follow one by one; until then both open.
    fn make_person_keys(&self, mut change: Change, now_ms: i64) -> anyhow::Result<bool> {
        let page = self.store.page::<Vec<u8>>(PERSON_KEYS, &change.cursor, STEP_RECORDS)?;
        let Some((last, _)) = page.last() else {
            change.enter(Phase::Walking, now_ms);
            self.store.write(|tx| tx.put(ROTATIONS, PERSON.as_bytes(), &change))?;
            return Ok(true);
        };
        // The versions of one person may lie on both sides of a page's end: he is taken whole.
        change.cursor = crate::keys::person_id(parse_person_id(last)?.0, u32::MAX).to_vec();
        let mut persons =
            page.iter().map(|(id, _)| Ok(parse_person_id(id)?.0)).collect::<anyhow::Result<Vec<_>>>()?;
        persons.dedup();
        change.done += persons.len() as u64;
        let made = self.store.write(|tx| -> anyhow::Result<Vec<_>> {
            tx.put(ROTATIONS, PERSON.as_bytes(), &change)?;
            let next = |person: &Uuid| match self.keys.persons.newest(*person) {
                Some((version, _)) if tx.any(PERSON_KEYS, person.as_bytes(), 4)? => {
                    self.keys.make_person_key(tx, *person, version + 1).map(Some)
                }
                _ => Ok(None),
            };
            persons.iter().filter_map(|person| next(person).transpose()).collect()
        })?;
        made.into_iter().for_each(|made| made.add_to(&self.keys.persons));
        Ok(true)
    }

    /// Nothing in the shop's database needs the versions before; the vault's own field of a person follows here.
    fn retire_person_keys(&self, mut change: Change, now_ms: i64) -> anyhow::Result<bool> {
        let page = self.store.page::<Vec<u8>>(PERSON_KEYS, &change.cursor, STEP_RECORDS)?;
        let Some((last, _)) = page.last() else { return self.end(PERSON, change, now_ms) };
        change.cursor = last.clone();
        let mut retired = Vec::new();
        self.store.write(|tx| -> anyhow::Result<()> {
            for (id, _) in &page {
                let (person, version) = parse_person_id(id)?;
                let newest = self.keys.newest_person_key(person)?;
                let Some(newest) = newest.filter(|newest| newest.version > version) else { continue };
                if let Some(kept) = tx.get::<Vec<u8>>(CUSTOMER_MAILS, person.as_bytes())? {
                    let renewed = self.renewed(&newest, kept_place(person), Sealed::from_bytes(kept))?;
                    if let Some((sealed, _)) = renewed {
                        tx.put(CUSTOMER_MAILS, person.as_bytes(), &sealed.into_bytes())?;
                    }
                }
                tx.remove(PERSON_KEYS, id)?;
                retired.push(person);
            }
            change.done += retired.len() as u64;
            Ok(tx.put(ROTATIONS, PERSON.as_bytes(), &change)?)
        })?;
        retired.into_iter().for_each(|person| self.keys.persons.remove_older(person));
        Ok(true)
    }

    fn look_again(&self, mut change: Change, now_ms: i64) -> anyhow::Result<bool> {
        change.enter(Phase::Making, now_ms);
        self.store.write(|tx| tx.put(ROTATIONS, LOGIN.as_bytes(), &change))?;
        Ok(true)
    }

    /// How many verifiers still need a pepper before. A password is mixed with the newest when it is typed.
    fn look_for_peppers(&self, mut change: Change, now_ms: i64) -> anyhow::Result<bool> {
        if now_ms - change.phase_at_ms < LOOK_EVERY_MS {
            return Ok(false);
        }
        let newest = self.keys.ring().pepper.newest_version();
        let (mut all, mut old) = (0, 0);
        let mut count = |pepper: Option<u32>| {
            all += 1;
            old += u64::from(pepper.is_some_and(|pepper| pepper < newest));
            Ok(())
        };
        self.store.each::<CustomerRecord>(CUSTOMERS, |_, r| count(Some(r.verifier.pepper())))?;
        self.store.each::<StaffRecord>(STAFF, |_, r| count(r.pepper()))?;
        if old == 0 {
            return self.end(PEPPER, change, now_ms);
        }
        (change.total, change.done, change.phase_at_ms) = (all, all - old, now_ms);
        self.store.write(|tx| tx.put(ROTATIONS, PEPPER.as_bytes(), &change))?;
        Ok(true)
    }

    /// Ends a change: the versions before go, where it is the house's.
    pub(crate) fn end(&self, name: &str, mut change: Change, now_ms: i64) -> anyhow::Result<bool> {
        change.enter(Phase::Done, now_ms);
        self.store.write(|tx| -> anyhow::Result<()> {
            match name {
                PERSON => {}
                INDEX => INDEXES.iter().try_for_each(|name| self.keys.drop_older(tx, name))?,
                name => self.keys.drop_older(tx, name)?,
            }
            Ok(tx.put(ROTATIONS, name.as_bytes(), &change)?)
        })?;
        self.keys.reread(&self.store)?;
        tracing::info!(keys = name, "keys changed");
        Ok(true)
    }

    /// Seals fields anew, with each person's newest key; blind indexes under the newest keys.
    pub(crate) fn renew(&self, asked: Asked, items: Vec<RenewItem>) -> Done {
        check_count(items.len())?;
        let walks = |name: &str| -> Done<bool> {
            let change = self.store.get::<Change>(ROTATIONS, name.as_bytes())?;
            Ok(change.is_some_and(|change| change.phase == Phase::Walking))
        };
        if !(walks(PERSON)? || walks(INDEX)?) {
            return Err(Reason::NotCovered.into());
        }
        let mut entry = asked.entry(Kind::Renew).places(items.iter().map(|item| &item.place));
        entry.purpose = Some("rotation".into());
        self.write(&entry)?;
        let mut out = Vec::with_capacity(items.len());
        for RenewItem { place, sealed } in items {
            let Some(newest) = self.keys.newest_person_key(place.person)? else {
                out.push(Err(NotOpened::NoKey));
                continue;
            };
            let old = seal::key_version(&sealed) != Some(newest.version);
            out.push(match self.renewed(&newest, place, sealed)? {
                None => Err(NotOpened::Mismatch),
                Some((sealed, plain)) => {
                    let index = self.indexes_in(place.column.content(), &plain);
                    Ok(Renewed { sealed: old.then_some(sealed), index })
                }
            });
        }
        Ok(Response::Renewed(out))
    }

    /// A field under a person's newest key, and what is in it; `None` where it does not open.
    fn renewed(
        &self,
        newest: &crate::keys::PersonKey,
        place: vault_api::Place,
        sealed: Sealed,
    ) -> anyhow::Result<Option<(Sealed, Plain)>> {
        let Some(version) = seal::key_version(&sealed) else { return Ok(None) };
        let ring = self.keys.ring();
        let Some(key) = self.keys.person_key(&ring, place.person, version)? else { return Ok(None) };
        let Ok(plain) = seal::open(&key, &place, sealed) else { return Ok(None) };
        Ok(Some((seal::seal(newest, &place, &plain)?, plain)))
    }

    /// The blind indexes of what is in a field; none where it is indexed by nothing, or by nothing that can be read.
    fn indexes_in(&self, content: Content, plain: &Plain) -> Vec<BlindIndex> {
        /// The part of a contact that is indexed. Personal: no `Debug`.
        #[derive(Deserialize)]
        struct Contact {
            name: Secret,
            phone: Secret,
        }
        let index = |field, value: &str| self.keys.blind_index(field, value);
        let made: Option<Vec<BlindIndex>> = match content {
            Content::Unindexed => None,
            Content::Value(field) => plain.reveal_text().and_then(|v| index(field, v)).map(|i| vec![i]),
            Content::Contact => serde_json::from_slice::<Contact>(plain.reveal()).ok().and_then(|c| {
                Some(vec![
                    index(IndexField::Name, c.name.reveal())?,
                    index(IndexField::Phone, c.phone.reveal())?,
                ])
            }),
        };
        made.unwrap_or_default()
    }

    pub(crate) fn keys_finish(&self, asked: Asked, level: KeyLevel) -> Done {
        let name = match level {
            KeyLevel::Person => PERSON,
            KeyLevel::Index => INDEX,
            KeyLevel::Root | KeyLevel::House => return Err(Fault::Bad("these keys need no walk")),
        };
        let _changing = self.keys.changing();
        let change = self.store.get::<Change>(ROTATIONS, name.as_bytes())?;
        let mut change = change
            .filter(|change| change.phase == Phase::Walking)
            .ok_or(Fault::Bad("no change of these keys goes through the database"))?;
        if asked.now_ms - change.phase_at_ms < SETTLE_MS {
            return Err(Fault::Busy);
        }
        let mut entry = asked.entry(Kind::Keys);
        entry.purpose = Some(word(level).into());
        self.write(&entry)?;
        if level == KeyLevel::Index {
            self.end(INDEX, change, asked.now_ms)?;
        } else {
            change.enter(Phase::Retiring, asked.now_ms);
            change.total = self.keys.persons.len();
            self.store.write(|tx| tx.put(ROTATIONS, PERSON.as_bytes(), &change))?;
        }
        self.keys_status()
    }

    pub(crate) fn keys_status(&self) -> Done {
        let changes = self.store.all::<Change>(ROTATIONS)?.into_iter().map(|(name, c)| KeyChange {
            phase: match c.phase {
                Phase::Making | Phase::Retiring => KeyPhase::Working,
                Phase::Walking => KeyPhase::Walking,
                Phase::Waiting => KeyPhase::Waiting,
                Phase::Done => KeyPhase::Done,
            },
            until_ms: (name == GRANT.as_bytes() && c.phase == Phase::Waiting)
                .then(|| c.started_at_ms + GRANT_MS),
            name: String::from_utf8_lossy(&name).into_owned(),
            done: c.done,
            total: c.total.max(c.done),
            started_at_ms: c.started_at_ms,
            finished_at_ms: c.finished_at_ms,
        });
        let changes = changes.collect();
        Ok(Response::Keys(KeysStatus {
            root_at: if self.keys.source().is_file() { "file" } else { "credential" }.to_owned(),
            persons: self.keys.persons.len(),
            recipients: self.recipients()?,
            changes,
            memory_locked: crate::memory::is_locked(),
        }))
    }
}

fn word(level: KeyLevel) -> &'static str {
    match level {
        KeyLevel::Root => ROOT,
        KeyLevel::House => "house",
        KeyLevel::Person => PERSON,
        KeyLevel::Index => INDEX,
    }
}
