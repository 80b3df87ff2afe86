//! The rounds of answers: at fixed times whatever waits is decided, written down and queued. What is looked up and when
//! does not depend on what is found: all records are read for each round, and both indexes are looked for in each case.

use super::state::{Books, Current};
use crate::{App, view};
use desk::Lang;
use domain::{
    AnswerId, Locale, OrderId, PersonId,
    inquiry::{CaseState, Reach},
};
use inquiry::{Decision, Given, Need, Question, Record, decide, rhythm};
use std::{thread::JoinHandle, time::Duration};
use store::{
    BlindIndex, Sealed,
    case::{self, Case, Known},
    notice::Source,
};
use telemetry::Life;
use uuid::Uuid;
use vault_api::{Column, Place, UnsealItem, VaultError};

/// How often the thread looks whether a round has begun.
const LOOK: Duration = Duration::from_secs(2);
/// The same answer is mailed to the same record once in this time.
const MAILED_AGAIN_MS: i64 = 24 * 60 * 60 * 1_000;
/// And posted once in this.
const POSTED_AGAIN_MS: i64 = 30 * MAILED_AGAIN_MS;
/// The most cases of one round that are taken at a time.
const AT_ONCE: u32 = 200;

/// Starts the thread; it ends with `life`.
///
/// # Errors
/// As the kernel says, where no thread can be made.
pub fn start(app: App, life: Life) -> std::io::Result<JoinHandle<()>> {
    let settled =
        life.metrics().counter("web_inquiries_settled", "Inquiries about an incident that were decided");
    let clerk = Clerk { app };
    std::thread::Builder::new().name("inquiries".into()).spawn(move || {
        while !life.sleep(LOOK) {
            match clerk.round(clerk.app.now_ms()) {
                Ok(n) => {
                    settled.inc_by(n);
                }
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "a round of answers; it is tried again")
                }
            }
        }
    })
}

/// Decides now whatever waits for a round that has begun by `now`; gives how many inquiries that were.
///
/// # Errors
/// Where records or facts cannot be read. What was decided before stays.
pub fn settle(app: &App, now: i64) -> anyhow::Result<u64> {
    Clerk { app: app.clone() }.round(now)
}

/// An answer, and what lets `post` write to an address in no order.
type ToTell = (case::Answer, Option<Sealed>);

struct Clerk {
    app: App,
}

impl Clerk {
    fn round(&self, now: i64) -> anyhow::Result<u64> {
        let store = self.app.store();
        let round = rhythm::last_round(now);
        let due = store.read_blocking(move |tx| case::due(tx, round, AT_ONCE))?;
        if due.is_empty() {
            return Ok(0);
        }
        let current = Current::read(store)?;
        let books = Books::read(store)?;
        for case in &due {
            self.settle(case, current.as_ref(), &books)?;
        }
        Ok(due.len() as u64)
    }

    fn settle(&self, case: &Case, current: Option<&Current>, books: &Books) -> anyhow::Result<()> {
        let (store, now) = (self.app.store(), self.app.now_ms());
        let (mail, phone) = (case.mail_index, case.phone_index);
        let known = store.read_blocking(move |tx| case::records(tx, mail, phone))?;
        let records: Vec<Record> = known.iter().map(record).collect();
        let decision = decide(&question(case), &records, current.and_then(Current::intrusion));
        let mut needs: Vec<&str> = decision.needs.iter().map(|need| word(*need)).collect();
        if current.is_none() {
            // Nothing that could be said has been settled.
            needs.push(NO_INCIDENT);
        }
        let (answers, was_told) = match current {
            Some(current) => self.answers(case, current, books, &decision, &known)?,
            None => (Vec::new(), false),
        };
        let mailed = |(a, grant): &ToTell| a.reach == Reach::Mail && (a.order.is_some() || grant.is_some());
        if !answers.iter().all(mailed) {
            needs.push(TO_BE_TOLD);
        }
        let state = if needs.is_empty() { CaseState::Answered } else { CaseState::Staff };
        needs.extend(was_told.then_some(WAS_TOLD));
        let (of, needs) = ((case.id, case.locale), needs.join(" "));
        store.write_blocking(move |tx| case::settle(tx, of, state, &needs, &answers, now))?;
        Ok(())
    }

    fn answers(
        &self,
        case: &Case,
        current: &Current,
        books: &Books,
        decision: &Decision,
        known: &[Known],
    ) -> anyhow::Result<(Vec<ToTell>, bool)> {
        let now = self.app.now_ms();
        let mut was_told = false;
        let lang = if case.locale == Locale::Ja { Lang::Ja } else { Lang::En };
        let today = view::in_japan(now).date();
        let mut answers = Vec::new();
        for answer in &decision.answers {
            let about: Vec<&Known> = known.iter().filter(|k| answer.about.contains(&k.id)).collect();
            let (subject, body) = current.answer(books, &about, answer.level, lang, today)?;
            let to = known.iter().find(|k| k.id == answer.to);
            let of = |source| to.filter(|k| k.source == source).map(|k| k.id);
            let told = case::Answer {
                id: AnswerId(Uuid::now_v7()),
                case: case.id,
                reach: answer.reach,
                level: answer.level,
                order: of(Source::Order).map(OrderId),
                customer: of(Source::Customer).map(PersonId),
                party: of(Source::Imported),
                mailed: false,
                subject,
                body,
                staff: None,
                done_at: None,
                created_at: now,
            };
            // Whoever asks in another's name, again and again, has him told once.
            if let Some(for_ms) = told_again_after(answer.reach)
                && self.app.store().read_blocking(|tx| case::was_told(tx, &told, now - for_ms))?
            {
                was_told = true;
                continue;
            }
            let grant = to.filter(|_| answer.reach == Reach::Mail).map(|k| self.grant(k)).transpose()?;
            answers.push((told, grant.flatten()));
        }
        Ok((answers, was_told))
    }
}

/// How long the same answer is not sent to the same record again; `None`: it is always given.
fn told_again_after(reach: Reach) -> Option<i64> {
    match reach {
        Reach::Mail => Some(MAILED_AGAIN_MS),
        Reach::Letter => Some(POSTED_AGAIN_MS),
        Reach::Call => None,
    }
}

impl Clerk {
    /// What lets `post` write to the address in a record that is no order; none where the vault does not give it: then
    /// staff tells him.
    fn grant(&self, known: &Known) -> anyhow::Result<Option<Sealed>> {
        let column = match known.source {
            Source::Order => return Ok(None),
            Source::Customer => Column::CustomerEmail,
            Source::Imported => Column::ImportedMail,
        };
        let Some(sealed) = &known.sealed else { return Ok(None) };
        let place = Place::new(column, known.id, known.person);
        let item = UnsealItem { place, sealed: vault_api::Sealed::from_bytes(sealed.0.clone()) };
        match self.app.vault().blocking().answer_ask(item) {
            Ok(grant) => Ok(Some(grant.into())),
            Err(VaultError::Denied(_) | VaultError::BadRequest(_)) => Ok(None),
            // The whole round is tried again.
            Err(error) => Err(error.into()),
        }
    }
}

/// Said of a case where no facts were ever frozen.
pub const NO_INCIDENT: &str = "no_incident";
/// Said of a case with an answer that somebody has to give: by telephone, by letter, or to a member who never ordered.
pub const TO_BE_TOLD: &str = "to_be_told";

/// Said of a case whose answer left to the same record a short while ago, for another inquiry.
pub const WAS_TOLD: &str = "was_told";

/// The word of a need, in the database and in texts.
pub fn word(need: Need) -> &'static str {
    match need {
        Need::PowerOfAttorney => "power_of_attorney",
        Need::CallBackByContract => "call_back_by_contract",
        Need::WrittenRequest => "written_request",
        Need::ContactChanged => "contact_changed",
        Need::NoSuchWay => "no_such_way",
    }
}

fn question(case: &Case) -> Question {
    let index = |i: Option<BlindIndex>| i.map(|i| i.0);
    Question {
        asker: case.asker,
        via: case.via,
        level: case.level,
        reach: case.reach,
        given: Given {
            mail: index(case.mail_index),
            phone: index(case.phone_index),
            name: index(case.name_index),
        },
    }
}

fn record(known: &Known) -> Record {
    let index = |i: Option<BlindIndex>| i.map(|i| i.0);
    // An imported record that does not say when it happened may be younger than any other.
    let since = match (known.source, &known.happened) {
        (Source::Imported, Some(at)) => recorded::began(at).unwrap_or(i64::MAX),
        (Source::Imported, None) => i64::MAX,
        (Source::Order | Source::Customer, _) => known.since,
    };
    Record {
        id: known.id,
        person: known.person,
        since,
        mail: index(known.mail),
        phone: index(known.phone),
        name: index(known.name),
        postal: known.source == Source::Order || known.name.is_some(),
        account: known.account,
    }
}
