//! Who is told what: one notice a person, to the address that he used at the purchase which concerns him; whoever has none is
//! on the list of the unreachable.

use crate::{NoPace, Pace, address, findings, texts::digest};
use desk::{
    Case, Counts, Lang,
    check::Finding,
    notice::{self, Audience, Unwritten, Vector},
};
use domain::{IncidentId, Locale};
use incident::{
    Facts,
    facts::Cause,
    scope::{PersonScope, Scope},
};
use jiff::civil::Date;
use std::collections::{BTreeMap, HashSet};
use store::{
    Store, Tx,
    campaign::Text,
    notice::address::{Address, all_told, last_told, was_told},
};
use uuid::Uuid;
use vault_api::VaultError;

/// What is planned.
#[derive(Clone, Copy)]
pub struct Wish<'a> {
    /// The facts.
    pub facts: &'a Facts,
    /// SHA-256 of the text that they were read from.
    pub digest: [u8; 32],
    /// The incident of the shop whose facts they are; none: they were given as a file.
    pub incident: Option<IncidentId>,
    /// Mails a minute to each mail domain, as [`Pace::read`] reads it.
    pub pace: &'a str,
    /// Whether those are written to who were told the same before.
    pub again: bool,
    /// The day for which is written.
    pub today: Date,
}

/// Why nothing was planned.
#[derive(Debug, thiserror::Error)]
pub enum Unplanned {
    /// The pace is none.
    #[error(transparent)]
    Pace(#[from] NoPace),
    /// A notice says what the facts do not bear.
    #[error("a notice must be changed first: {} {}", .0.why(Lang::En), .0.instead(Lang::En))]
    Finding(Finding),
    /// The facts do not fit whom they are said to concern.
    #[error(transparent)]
    Unwritten(#[from] Unwritten),
    /// Nobody is to be told.
    #[error(
        "nobody is to be told: {before} were told the same before (--again), {strangers} persons of the records are none of this shop"
    )]
    Nobody {
        /// So many were told the same before.
        before: usize,
        /// So many are none of this shop.
        strangers: usize,
    },
    /// Nobody of a campaign waits for a letter.
    #[error("nobody needs a letter: every notice arrived, is on its way, or has one")]
    NobodyWaits,
    /// Nobody who waits for a letter gets one.
    #[error(
        "nobody gets a letter: {without} have no postal address, {strangers} are not concerned by these facts"
    )]
    NoLetters {
        /// So many have no postal address; they stand on the list of the unreachable.
        without: usize,
        /// So many are not concerned by these facts.
        strangers: usize,
    },
    /// The records have a time that is none.
    #[error("{0:#}")]
    Records(anyhow::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The vault refused; its text is made for callers to read.
    #[error("{}", vault_says(.0))]
    Vault(#[from] VaultError),
    /// The vault answered another question.
    #[error("the vault gave another number of grants than asked")]
    Grants,
}

fn vault_says(error: &VaultError) -> String {
    match error {
        VaultError::BadRequest(text) => text.to_string(),
        other => other.to_string(),
    }
}

/// Somebody to be told.
pub(crate) struct Told {
    pub(crate) person: Uuid,
    pub(crate) text: usize,
    pub(crate) address: Option<Address>,
}

/// A campaign in the making: nothing of it is written down.
pub struct Plan<'a> {
    pub(crate) wish: Wish<'a>,
    pub(crate) store: &'a Store,
    pub(crate) texts: Vec<Text>,
    pub(crate) told: Vec<Told>,
    pub(crate) before: usize,
    pub(crate) strangers: usize,
    counts: Counts,
    drawn: BTreeMap<String, Drawn>,
    /// Who was told anything of this incident before.
    known: HashSet<Uuid>,
}

/// Of which kind a text is.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// What concerns somebody.
    Notice,
    /// That an earlier notice named what does not, and what is left.
    Correction,
}

/// A text that was checked.
struct Drawn {
    text: Text,
    /// Its place among the texts of the campaign, once somebody is told so.
    number: Option<usize>,
}

impl<'a> Plan<'a> {
    /// Settles whom the facts concern and what each is told.
    ///
    /// # Errors
    /// As [`Unplanned`] says; the vault is not asked yet.
    pub fn new(wish: Wish<'a>, scope: &Scope, store: &'a Store) -> Result<Plan<'a>, Unplanned> {
        Pace::read(wish.pace)?;
        let (texts, drawn, told) = (Vec::new(), BTreeMap::new(), Vec::new());
        let counts = Counts::of(scope);
        let known = store.read_blocking(|tx| all_told(tx, &wish.facts.title.ja))?;
        let mut plan = Plan { wish, store, texts, told, before: 0, strangers: 0, counts, drawn, known };
        scope.persons.iter().try_for_each(|person| plan.person(person))?;
        match plan.told.is_empty() {
            true => Err(Unplanned::Nobody { before: plan.before, strangers: plan.strangers }),
            false => Ok(plan),
        }
    }

    /// What the facts call the incident.
    pub(crate) fn incident(&self) -> &str {
        &self.wish.facts.title.ja
    }

    /// What the vault holds the texts against.
    pub(crate) fn digest(&self) -> [u8; 32] {
        digest(&self.texts, self.wish.pace)
    }

    fn person(&mut self, person: &PersonScope) -> Result<(), Unplanned> {
        let (vector, ids) = (Vector::of(person), address::ids(person));
        let title = self.incident().to_owned();
        let last = match ids.iter().any(|id| self.known.contains(id)) {
            true => self.store.read_blocking(|tx| last_told(tx, &ids, &title))?,
            false => None,
        };
        // A cause that he was told of and that does not concern him any more is taken back in so many words.
        let gone = |cause: &Cause| {
            let named = last.as_ref().is_some_and(|last| notice::names(last, cause));
            named && !vector.0.contains_key(&cause.id)
        };
        let corrected = self.wish.facts.causes.iter().any(gone);
        if vector.0.is_empty() && !corrected {
            return Ok(());
        }
        let Some(first) = ids.first().copied() else {
            self.strangers += 1;
            return Ok(());
        };
        // Without a mail address: the record that says what he was.
        let fits = |_: &mut Tx<'_>, address: &Address| Ok(Some(address.has_mail));
        let found = address::best(self.store, self.wish.facts, (&ids, person), fits)?;
        let (owner, address) = found.map_or((None, None), |(id, address)| (Some(id), Some(address)));
        let audience = address::audience(address.as_ref());
        let locale = address.as_ref().and_then(|a| a.locale).unwrap_or(Locale::Ja);
        let kind = if corrected { Kind::Correction } else { Kind::Notice };
        let key = self.draw(kind, locale, audience, &vector)?;
        let person = owner.unwrap_or(first);
        let concerns = &self.drawn[&key].text.concerns;
        let mut told = self.known.contains(&person)
            && self.store.read_blocking(|tx| was_told(tx, person, &title, concerns))?;
        if !corrected && let Some(last) = &last {
            // Or a correction told him what is left.
            let correction = self.draw(Kind::Correction, locale, audience, &vector)?;
            told |= *last == self.drawn[&correction].text.concerns;
        }
        if told && !self.wish.again {
            self.before += 1;
            return Ok(());
        }
        let address = address.filter(|address| address.has_mail);
        let text = self.number(&key);
        self.told.push(Told { person, text, address });
        Ok(())
    }

    /// Writes and checks a text the first time that somebody may be told so, and gives its key.
    fn draw(
        &mut self,
        kind: Kind,
        locale: Locale,
        audience: Audience,
        vector: &Vector,
    ) -> Result<String, Unplanned> {
        let key = format!("{kind:?} {locale} {audience:?} {:?}", vector.0);
        if self.drawn.contains_key(&key) {
            return Ok(key);
        }
        let case = Case { facts: self.wish.facts, counts: Some(&self.counts), today: self.wish.today };
        let lang = match locale {
            Locale::Ja => Lang::Ja,
            Locale::En => Lang::En,
        };
        let notice = match kind {
            Kind::Notice => notice::notice(case, lang, audience, vector)?,
            Kind::Correction => notice::retraction(case, lang, audience, vector)?,
        };
        if let Some(finding) = findings(&notice, vector, case).into_iter().next() {
            return Err(Unplanned::Finding(finding));
        }
        let (subject, body, concerns) = (notice.subject.clone(), notice.mail(), notice.concerns());
        let text = Text { number: 0, locale, subject, body, concerns };
        self.drawn.insert(key.clone(), Drawn { text, number: None });
        Ok(key)
    }

    /// The number of a text that somebody is told.
    fn number(&mut self, key: &str) -> usize {
        let next = self.texts.len();
        let Some(drawn) = self.drawn.get_mut(key) else { return next };
        *drawn.number.get_or_insert_with(|| {
            self.texts.push(Text { number: u32::try_from(next).unwrap_or(u32::MAX), ..drawn.text.clone() });
            next
        })
    }
}
