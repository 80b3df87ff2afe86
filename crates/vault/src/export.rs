//! Exports: many persons for a file, on two persons' word ([`vault_api::ExportAsk`]).
//!
//! Of whom a file tells is kept from the asking on; it is approved by its hash and opened once, each row of it once,
//! outside of anybody's hourly budget. Who approves must have proved himself since it was asked for: two capabilities
//! that lie in `web` are not enough. Honeytokens are exported as everybody else, and freeze nothing here: who is left
//! out of a list, or stops it, would be known for one.

use crate::{
    caps::{Cap, Scope},
    clock::{HOUR_MS, MINUTE_MS},
    crypto::{Hash, random, sha256},
    entry::{Entry, Kind},
    house::{Asked, Done, Fault, House},
    records::with_cap,
    staff::StaffRecord,
    store::{EXPORT_ROWS, EXPORTS, STAFF, Tx},
    subject::Subject,
};
use serde::Serialize;
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;
use vault_api::{
    AccountMessageKind, CapToken, Column, EXPORT_HOURS, EXPORT_PLACES_MAX, EXPORT_READ_MINUTES,
    EXPORTS_LISTED_MAX, EXPORTS_WAITING_MAX, Export, ExportApproved, ExportAsk, ExportField, ExportRows,
    ExportState, ExportTaken, Place, Reason, Response, Secret,
};

/// How long an export waits for each step.
const WAITS_MS: i64 = EXPORT_HOURS as i64 * HOUR_MS;
/// How long it can be read.
const READ_MS: i64 = EXPORT_READ_MINUTES as i64 * MINUTE_MS;
/// The most exports that are remembered; the ledger has them all.
const KEPT_MAX: usize = 1_000;
/// Begins what is hashed.
const CONTEXT: &str = "dozo export 1";

/// Those that are being taken out: capability → which export, and what of it was not opened yet.
#[derive(Default)]
pub(crate) struct Exporting(Mutex<HashMap<Hash, (Hash, HashSet<Place>)>>);

impl Exporting {
    fn begin(&self, cap: Hash, export: Hash, places: HashSet<Place>) {
        self.all().insert(cap, (export, places));
    }

    /// Takes places out of what is left: all of them, or none.
    fn take(&self, cap: &Hash, places: &[Place]) -> Option<Hash> {
        let mut all = self.all();
        let (export, left) = all.get_mut(cap)?;
        let asked: HashSet<&Place> = places.iter().collect();
        if asked.len() < places.len() || !asked.iter().all(|place| left.contains(*place)) {
            return None;
        }
        left.retain(|place| !asked.contains(place));
        Some(*export)
    }

    /// Forgets those that cannot be read any more.
    fn sweep(&self, is_alive: impl Fn(&Hash) -> bool) {
        self.all().retain(|cap, _| is_alive(cap));
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Hash, (Hash, HashSet<Place>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl House {
    pub(crate) fn exports(&self, asked: Asked, token: &CapToken) -> Done {
        let (cap, staff) = self.staff_cap(asked, token)?;
        let mut all = self.store.all::<Export>(EXPORTS)?.into_iter().map(|(_, e)| e).collect::<Vec<_>>();
        all.sort_by_key(|export| std::cmp::Reverse((export.asked.1, export.id)));
        all.truncate(EXPORTS_LISTED_MAX);
        all.iter_mut().for_each(|export| export.state = state(export, asked.now_ms));
        let proved_at_ms = self.sign_ins.proved_at_ms(&cap.hash, asked.now_ms);
        Ok(Response::Exports(vault_api::Exports { all, alone: self.is_alone(staff)?, proved_at_ms }))
    }

    pub(crate) fn export_ask(&self, asked: Asked, token: &CapToken, ask: ExportAsk) -> Done {
        let (cap, staff) = self.staff_cap(asked, token)?;
        self.may_export(asked, &cap)?;
        self.must_be_fresh(asked, &cap)?;
        let ask = settle(ask)?;
        let persons = ask.rows.iter().flat_map(|of| &of.rows).map(|(_, person)| *person);
        let persons = persons.collect::<HashSet<Uuid>>().len();
        let ExportAsk { subject, reason, ref fields, from_ms, until_ms, .. } = ask;
        let export = Export {
            id: Uuid::from_bytes(*random::<16>()?),
            hash: hash_of(staff, asked.now_ms, &ask)?,
            subject,
            reason,
            fields: fields.clone(),
            from_ms,
            until_ms,
            persons: u32::try_from(persons).unwrap_or(u32::MAX),
            asked: (staff, asked.now_ms),
            approved: None,
            ended: None,
            taken_at_ms: None,
            state: ExportState::Waiting,
        };
        self.write(&step(asked, &cap, &export, "asked for"))?;
        self.store.write(|tx| {
            let known = tx.all::<Export>(EXPORTS)?;
            if known.iter().filter(|(_, e)| waits(e, asked.now_ms)).count() >= EXPORTS_WAITING_MAX {
                return Err(Fault::Busy);
            }
            make_room(tx, &known, asked.now_ms)?;
            tx.put(EXPORT_ROWS, export.id.as_bytes(), &ask.rows)?;
            Ok(tx.put(EXPORTS, export.id.as_bytes(), &export)?)
        })?;
        Ok(Response::Export(export))
    }

    pub(crate) fn export_approve(
        &self,
        asked: Asked,
        token: &CapToken,
        id: Uuid,
        hash: &Hash,
        shop_mail: &Secret,
    ) -> Done {
        let (cap, staff) = self.staff_cap(asked, token)?;
        self.may_export(asked, &cap)?;
        let export = self.export_at(asked, &cap, id, ExportState::Waiting)?;
        if export.hash != *hash {
            return Err(cap.denied(Reason::Export));
        }
        let alone = export.asked.0 == staff;
        if alone && !self.is_alone(staff)? {
            return Err(cap.denied(Reason::NotCovered));
        }
        self.must_be_proved_since(asked, &cap, export.asked.1)?;
        let grant = match alone {
            true => {
                let to = crate::account::address(shop_mail)?;
                Some(self.account_grant(asked, AccountMessageKind::ExportAlone, to, None, None)?)
            }
            false => None,
        };
        self.write(&step(asked, &cap, &export, if alone { "approved alone" } else { "approved" }))?;
        let export = self.store.write(|tx| {
            step_on(tx, (asked, &cap), &export, |export| {
                (export.approved, export.state) = (Some((staff, asked.now_ms)), ExportState::Approved);
            })
        })?;
        Ok(Response::ExportApproved(ExportApproved { export, grant }))
    }

    pub(crate) fn export_end(&self, asked: Asked, token: &CapToken, id: Uuid) -> Done {
        let (cap, staff) = self.staff_cap(asked, token)?;
        let export = self.export(id)?.filter(|export| waits(export, asked.now_ms));
        let export = export.ok_or_else(|| cap.denied(Reason::Export))?;
        self.write(&step(asked, &cap, &export, "ended"))?;
        let export = self.store.write(|tx| {
            tx.remove(EXPORT_ROWS, id.as_bytes())?;
            step_on(tx, (asked, &cap), &export, |export| {
                (export.ended, export.state) = (Some((staff, asked.now_ms)), ExportState::Ended);
            })
        })?;
        Ok(Response::Export(export))
    }

    pub(crate) fn export_take(&self, asked: Asked, token: &CapToken, id: Uuid) -> Done {
        let (cap, staff) = self.staff_cap(asked, token)?;
        self.may_export(asked, &cap)?;
        let export = self.export_at(asked, &cap, id, ExportState::Approved)?;
        if export.asked.0 != staff {
            return Err(cap.denied(Reason::NotCovered));
        }
        self.write(&step(asked, &cap, &export, "taken out"))?;
        let scope = Scope::Export { staff };
        let draft = self.caps.draft(scope, asked.now_ms + READ_MS)?;
        let (export, rows) = self.store.write(|tx| -> Done<_> {
            let rows = tx.get::<Vec<ExportRows>>(EXPORT_ROWS, id.as_bytes())?;
            let export = step_on(tx, (asked, &cap), &export, |export| {
                (export.taken_at_ms, export.state) = (Some(asked.now_ms), ExportState::Taken);
            })?;
            tx.remove(EXPORT_ROWS, id.as_bytes())?;
            Ok((export, rows.ok_or_else(|| cap.denied(Reason::Export))?))
        })?;
        self.exporting.begin(draft.hash, export.hash, rows.iter().flat_map(ExportRows::places).collect());
        Ok(Response::ExportTaken(ExportTaken { export, cap: self.caps.keep(draft), rows }))
    }

    /// Lets rows of an export be opened, each once. Which export it is.
    pub(crate) fn export_opens(&self, asked: Asked, cap: &Cap, places: &[Place]) -> Done<Hash> {
        self.may_export(asked, cap)?;
        self.exporting.take(&cap.hash, places).ok_or_else(|| cap.denied(Reason::NotCovered))
    }

    /// Forgets rows that nobody may open any more.
    pub(crate) fn sweep_exports(&self) -> Result<(), redb::Error> {
        let now_ms = self.clock.now_ms();
        self.exporting.sweep(|cap| self.caps.has(cap));
        let mut ended = Vec::new();
        for (id, ()) in self.store.all::<()>(EXPORT_ROWS)? {
            if !self.store.get::<Export>(EXPORTS, &id)?.is_some_and(|export| waits(&export, now_ms)) {
                ended.push(id);
            }
        }
        if ended.is_empty() {
            return Ok(());
        }
        self.store.write(|tx| ended.iter().try_for_each(|id| tx.remove(EXPORT_ROWS, id)))
    }

    /// Refuses while exports are stopped.
    fn may_export(&self, asked: Asked, cap: &Cap) -> Done<()> {
        if self.freeze().is_some() {
            return Err(cap.denied(Reason::Frozen));
        }
        match self.witnesses.health(asked.now_ms).exports_stop {
            true => Err(cap.denied(Reason::WitnessAway)),
            false => Ok(()),
        }
    }

    /// Whether this is an owner, and nobody else who works here can sign in.
    pub(crate) fn is_alone(&self, staff: Uuid) -> Done<bool> {
        for (id, record) in self.store.all::<StaffRecord>(STAFF)? {
            let other = Uuid::from_slice(&id).ok().filter(|other| *other != staff);
            let Some(other) = other else { continue };
            if record.can_sign_in() || self.has_passkey(Subject::Staff(other))? {
                return Ok(false);
            }
        }
        self.is_owner(staff)
    }

    fn export(&self, id: Uuid) -> Done<Option<Export>> {
        Ok(self.store.get::<Export>(EXPORTS, id.as_bytes())?)
    }

    /// An export that is at this step now.
    fn export_at(&self, asked: Asked, cap: &Cap, id: Uuid, at: ExportState) -> Done<Export> {
        let found = self.export(id)?.filter(|export| state(export, asked.now_ms) == at);
        found.ok_or_else(|| cap.denied(Reason::Export))
    }
}

/// Brings an export a step on, where it is still as it was when that was judged.
fn step_on(
    tx: &Tx<'_>,
    (asked, cap): (Asked, &Cap),
    judged: &Export,
    change: impl FnOnce(&mut Export),
) -> Done<Export> {
    let found = tx.get::<Export>(EXPORTS, judged.id.as_bytes())?.filter(|found| found == judged);
    let mut export = found.ok_or_else(|| cap.denied(Reason::Export))?;
    change(&mut export);
    tx.put(EXPORTS, export.id.as_bytes(), &export)?;
    export.state = state(&export, asked.now_ms);
    Ok(export)
}

/// Where an export stands now.
fn state(export: &Export, now_ms: i64) -> ExportState {
    let since_ms = match (export.state, export.approved) {
        (ExportState::Waiting, _) => export.asked.1,
        (ExportState::Approved, Some((_, at_ms))) => at_ms,
        (other, _) => return other,
    };
    if now_ms - since_ms > WAITS_MS { ExportState::Expired } else { export.state }
}

/// Whether somebody may still do something with it.
fn waits(export: &Export, now_ms: i64) -> bool {
    matches!(state(export, now_ms), ExportState::Waiting | ExportState::Approved)
}

/// Forgets the oldest that is over, where there are as many as are kept.
fn make_room(tx: &Tx<'_>, known: &[(Vec<u8>, Export)], now_ms: i64) -> Result<(), redb::Error> {
    if known.len() < KEPT_MAX {
        return Ok(());
    }
    let over = known.iter().filter(|(_, export)| !waits(export, now_ms));
    match over.min_by_key(|(_, export)| export.asked.1) {
        Some((id, _)) => tx.remove(EXPORTS, id),
        None => Ok(()),
    }
}

/// What was asked, each row once and in order; refused where it contradicts itself.
fn settle(mut ask: ExportAsk) -> Done<ExportAsk> {
    let fields = ExportField::ALL.into_iter().filter(|field| ask.fields.contains(field)).collect::<Vec<_>>();
    let columns = fields.iter().map(|field| field.column(ask.subject)).collect::<Option<HashSet<Column>>>();
    if fields.is_empty() || fields != ask.fields || ask.from_ms >= ask.until_ms {
        return Err(Fault::Bad("an export has fields, each once and in order, and a span of time"));
    }
    ask.rows.sort_by_key(|of| of.column);
    let given = ask.rows.iter().map(|of| of.column).collect::<HashSet<_>>();
    if given.len() < ask.rows.len() || Some(given) != columns {
        return Err(Fault::Bad("an export's rows are those of the columns that its fields stand in"));
    }
    for of in &mut ask.rows {
        of.rows.sort_unstable();
        of.rows.dedup();
    }
    match ask.rows.iter().map(|of| of.rows.len()).sum::<usize>() {
        0 => Err(Fault::Bad("an export of nobody")),
        count if count > EXPORT_PLACES_MAX => Err(Fault::Bad("more rows than one export may have")),
        _ => Ok(ask),
    }
}

/// What stands for all of it, who asked and when among it.
fn hash_of(staff: Uuid, at_ms: i64, ask: &ExportAsk) -> Done<Hash> {
    #[derive(Serialize)]
    struct Hashed<'a>(&'static str, Uuid, i64, &'a ExportAsk);
    let bytes = postcard::to_allocvec(&Hashed(CONTEXT, staff, at_ms, ask)).map_err(anyhow::Error::from)?;
    Ok(sha256(&bytes))
}

/// The entry of a step: it names the export by its hash.
fn step(asked: Asked, cap: &Cap, export: &Export, done: &str) -> Entry {
    let mut entry = with_cap(asked.entry(Kind::Token), Some(cap));
    entry.reason = Some(format!("{} {done}: {} persons", name(&export.hash), export.persons).into());
    entry
}

/// What an export is called on the ledger.
pub(crate) fn name(hash: &Hash) -> String {
    format!("export {}", ::ledger::hex(hash))
}
