//! Letters in the making: to those of a campaign whom no mail reached, and to those who asked for an answer on paper. One letter
//! each, to the address at the purchase which concerns him.

use crate::{Unplanned, address, read::findings};
use desk::{
    Case, Counts, Lang,
    notice::{self, Vector},
    paper::Paper,
};
use domain::{
    Locale, StaffId,
    letter::{BatchEvent, BatchState, LETTERS_MAX},
};
use incident::{
    Facts,
    scope::{PersonScope, Scope},
};
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use store::{
    Store, Tx,
    campaign::Campaign,
    letter::{
        self, answers,
        each::{self, About, NewLetter},
    },
    notice::{Source, address::Address},
};
use uuid::Uuid;
use vault_api::{CapToken, Client, Column, NoticePlan, Place};

/// Letters planned at a time.
const PART: usize = 200;

/// Who plans letters, and with what.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The facts: who writes, and of what.
    pub facts: &'a Facts,
    /// The day that stands on the letters.
    pub today: Date,
    /// The database.
    pub store: &'a Store,
    /// The vault.
    pub vault: &'a Client,
    /// Who plans, with his capability; none: the owner, at the command line.
    pub by: Option<(StaffId, &'a CapToken)>,
    /// The clock, Unix milliseconds.
    pub now_ms: fn() -> i64,
}

/// What was planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The batch.
    pub batch: Uuid,
    /// What people call it.
    pub number: u32,
    /// SHA-256 of all of it: what is approved.
    pub hash: [u8; 32],
    /// So many letters.
    pub letters: usize,
    /// So many texts.
    pub texts: usize,
    /// So many have no postal address either.
    pub without: usize,
    /// So many wait for a letter whom these facts do not concern, or who go into the next batch.
    pub left: usize,
}

/// Somebody who gets a letter.
struct To {
    about: About,
    person: Uuid,
    text: usize,
    address: (Source, Uuid),
    has_name: bool,
}

/// A batch in the making.
#[derive(Default)]
struct Draft {
    papers: Vec<String>,
    letters: Vec<To>,
}

/// SHA-256 of what the letters of a batch say: what the vault holds them against, whenever it opens an address.
pub fn digest(papers: &[String]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in std::iter::once("dozo letters texts 1").chain(papers.iter().map(String::as_str)) {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// What the vault grants for a letter: the postal address as it was at that purchase, and the name where it stands apart.
pub fn places(source: Source, row: Uuid, person: Uuid, has_name: bool) -> Vec<Place> {
    let columns: &[Column] = match source {
        Source::Order => &[Column::OrdersContact],
        Source::Customer => &[Column::CustomerContact],
        Source::Imported if has_name => &[Column::ImportedAddress, Column::ImportedName],
        Source::Imported => &[Column::ImportedAddress],
    };
    columns.iter().map(|column| Place::new(*column, row, person)).collect()
}

impl Desk<'_> {
    /// Letters to those whom a campaign's mails did not reach. Whoever has no postal address either is put on the list of the
    /// unreachable.
    ///
    /// # Errors
    /// Where nobody needs a letter, or none who does can get one; where a text says what the facts do not bear. What was written
    /// until then is never made.
    pub fn to_unreached(self, campaign: &Campaign, scope: &Scope) -> Result<Planned, Unplanned> {
        let id = campaign.id;
        let needing = self.store.read_blocking(move |tx| each::needing(tx, id, None, u32::MAX))?;
        if needing.is_empty() {
            return Err(Unplanned::NobodyWaits);
        }
        let needing = needing.into_iter().map(|(notice, person)| (person, notice)).collect();
        let counts = Counts::of(scope);
        let case = Case { facts: self.facts, counts: Some(&counts), today: self.today };
        let mut unreached = Unreached {
            desk: self,
            case,
            needing,
            known: BTreeMap::new(),
            draft: Draft::default(),
            without: Vec::new(),
        };
        scope.persons.iter().try_for_each(|person| unreached.person(person))?;
        let Unreached { needing, draft, without, .. } = unreached;
        let (nowhere, now) = (without.len(), (self.now_ms)());
        self.store.write_blocking(move |tx| each::without(tx, &without, now))?;
        if draft.letters.is_empty() {
            return Err(Unplanned::NoLetters { without: nowhere, strangers: needing.len() });
        }
        Ok(Planned { without: nowhere, left: needing.len(), ..draft.keep(self, Some(id))? })
    }

    /// Letters with the answers to inquiries that were asked for on paper.
    ///
    /// # Errors
    /// Where none waits. What was written until then is never made.
    pub fn to_askers(self) -> Result<Planned, Unplanned> {
        let most = u32::try_from(LETTERS_MAX).unwrap_or(u32::MAX);
        let waiting = self.store.read_blocking(move |tx| answers::waiting(tx, most))?;
        if waiting.is_empty() {
            return Err(Unplanned::NobodyWaits);
        }
        let case = Case { facts: self.facts, counts: None, today: self.today };
        let mut draft = Draft::default();
        for answer in waiting {
            let (source, row, has_name) = answer.address;
            let paper = Paper::answer(case, lang(answer.locale), &answer.subject, &answer.body);
            let text = draft.text(&paper)?;
            let (about, person) = (About::Answer(answer.id), answer.person);
            draft.letters.push(To { about, person, text, address: (source, row), has_name });
        }
        draft.keep(self, None)
    }
}

fn lang(locale: Locale) -> Lang {
    match locale {
        Locale::Ja => Lang::Ja,
        Locale::En => Lang::En,
    }
}

/// Those of a campaign whom no mail reached, while it is settled who gets a letter.
struct Unreached<'a> {
    desk: Desk<'a>,
    case: Case<'a>,
    /// Who needs a letter, with his notice.
    needing: HashMap<Uuid, Uuid>,
    known: BTreeMap<String, usize>,
    draft: Draft,
    /// Notices of those without a postal address.
    without: Vec<Uuid>,
}

impl Unreached<'_> {
    fn person(&mut self, person: &PersonScope) -> Result<(), Unplanned> {
        let vector = Vector::of(person);
        if vector.0.is_empty() || self.draft.letters.len() >= LETTERS_MAX {
            return Ok(());
        }
        let ids = address::ids(person);
        let Some(notice) = ids.iter().find_map(|id| self.needing.remove(id)) else { return Ok(()) };
        // At an order and an account the name stands with the address.
        let fits = |tx: &mut Tx<'_>, address: &Address| {
            Ok(match address.source {
                Source::Order | Source::Customer => address.has_name,
                Source::Imported => each::is_recorded(tx, address.row)?,
            }
            .then_some(true))
        };
        match address::best(self.desk.store, self.desk.facts, (&ids, person), fits)? {
            Some((person, found)) => {
                let text = self.text(&found, &vector)?;
                let address = (found.source, found.row);
                let about = About::Notice(notice);
                self.draft.letters.push(To { about, person, text, address, has_name: found.has_name });
            }
            None => self.without.push(notice),
        }
        Ok(())
    }

    /// The number of a text, written and checked the first time that somebody is to be told so.
    fn text(&mut self, address: &Address, vector: &Vector) -> Result<usize, Unplanned> {
        let audience = address::audience(Some(address));
        let lang = lang(address.locale.unwrap_or(Locale::Ja));
        let key = format!("{lang:?} {audience:?} {:?}", vector.0);
        if let Some(number) = self.known.get(&key) {
            return Ok(*number);
        }
        let notice = notice::notice(self.case, lang, audience, vector)?;
        if let Some(finding) = findings(&notice, vector, self.case).into_iter().next() {
            return Err(Unplanned::Finding(finding));
        }
        let number = self.draft.text(&notice.paper(self.case))?;
        self.known.insert(key, number);
        Ok(number)
    }
}

impl Draft {
    /// The number of a text.
    fn text(&mut self, paper: &Paper) -> Result<usize, Unplanned> {
        let paper = serde_json::to_string(paper).map_err(|error| Unplanned::Records(error.into()))?;
        if let Some(number) = self.papers.iter().position(|known| *known == paper) {
            return Ok(number);
        }
        self.papers.push(paper);
        Ok(self.papers.len() - 1)
    }

    /// Writes it down, here and in the vault, and settles it. A batch whose plan was broken off is forgotten.
    fn keep(self, desk: Desk<'_>, campaign: Option<Uuid>) -> Result<Planned, Unplanned> {
        let Desk { store, vault, by, now_ms, .. } = desk;
        for broken in store.read_blocking(|tx| letter::of_state(tx, BatchState::Planning))? {
            store.write_blocking(move |tx| letter::forget(tx, broken.id))?;
        }
        let (id, texts, cap) = (Uuid::now_v7(), digest(&self.papers), by.map(|(_, cap)| cap));
        let (staff, now, papers) = (by.map(|(staff, _)| staff), now_ms(), self.papers.clone());
        vault.campaign_begin(cap, id, texts)?;
        let number =
            store.write_blocking(move |tx| letter::begin(tx, (id, campaign, texts), &papers, staff, now))?;
        for part in self.letters.chunks(PART) {
            keep_part(desk, id, part)?;
        }
        let hash = vault.campaign_settle(cap, id)?.hash;
        let now = now_ms();
        store.write_blocking(move |tx| letter::step(tx, id, BatchEvent::Settle, staff, now))?;
        let (letters, texts) = (self.letters.len(), self.papers.len());
        Ok(Planned { batch: id, number, hash, letters, texts, without: 0, left: 0 })
    }
}

fn keep_part(desk: Desk<'_>, batch: Uuid, part: &[To]) -> Result<(), Unplanned> {
    let number = |to: &To| u32::try_from(to.text).unwrap_or(u32::MAX);
    let ids: Vec<Uuid> = part.iter().map(|_| Uuid::now_v7()).collect();
    let plan = |(to, id): (&To, &Uuid)| {
        let (source, row) = to.address;
        NoticePlan { notice: *id, text: number(to), places: places(source, row, to.person, to.has_name) }
    };
    let plans = part.iter().zip(&ids).map(plan).collect();
    let grants = desk.vault.campaign_add(desk.by.map(|(_, cap)| cap), batch, plans)?;
    if grants.len() != part.len() {
        return Err(Unplanned::Grants);
    }
    let new = |((to, id), grant): ((&To, Uuid), Vec<u8>)| NewLetter {
        id,
        about: to.about,
        person: to.person,
        text: number(to),
        address: to.address,
        grant,
    };
    let letters: Vec<NewLetter> = part.iter().zip(ids).zip(grants).map(new).collect();
    let now = (desk.now_ms)();
    Ok(desk.store.write_blocking(move |tx| each::add(tx, batch, &letters, now))?)
}
