//! The notices of a campaign: to whom each goes, and what became of it. References only: an address stands sealed in the
//! row of the purchase at which it was used.

pub mod address;
pub mod due;

use crate::BlindIndex;
use crate::{
    Error, Hash, Millis, Tx,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{
    Locale,
    message::ReturnOutcome,
    notice::{NoticeEvent, NoticeState},
};
use uuid::Uuid;

/// The most reports kept of one notice: whoever got it could send any number.
pub const REPORTS_MAX: usize = 20;
/// The most notices to one mail address that are looked at.
pub const TO_MAIL_MAX: u32 = 20;

statements! {
    INSERT = both("insert into notice (id, campaign_id, person_id, text_number, source, source_row, grant_bytes, state,
            attempts, next_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $9)");
    GET = both("select id, campaign_id, person_id, text_number, source, source_row, state, attempts, next_at, detail,
            returned, sent_at, updated_at
        from notice where id = $1");
    LIST = both("select id, campaign_id, person_id, text_number, source, source_row, state, attempts, next_at, detail,
            returned, sent_at, updated_at
        from notice where campaign_id = $1 and state = $2 and id > $3 order by id limit $4");
    OF_PERSON = both("select id, campaign_id, person_id, text_number, source, source_row, state, attempts, next_at, detail,
            returned, sent_at, updated_at
        from notice where campaign_id = $1 and person_id = $2");
    COUNTS = both("select state, count(*) from notice where campaign_id = $1 group by state");
    FATES = both("select state, returned, count(*) from notice where campaign_id = $1 group by state, returned");
    OF_TEXTS = both("select text_number, count(*) from notice where campaign_id = $1 group by text_number");
    LIST_RETURNED = both("select id, campaign_id, person_id, text_number, source, source_row, state, attempts, next_at, detail,
            returned, sent_at, updated_at
        from notice where campaign_id = $1 and returned = $2 and id > $3 order by id limit $4");
    TO_MAIL = both("select id, campaign_id, person_id, text_number, source, source_row, state, attempts, next_at, detail,
            returned, sent_at, updated_at
        from notice where campaign_id = $1 and person_id in (
            select person_id from orders where email_index in ($2, $3)
            union select person_id from imported_party where mail_index in ($2, $3)
            union select id from customer where email_index in ($2, $3))
        order by id limit $4");
    GENUINE = both("select t.subject, t.locale, c.incident, c.settled_at, n.sent_at
        from notice n join campaign c on c.id = n.campaign_id
          join campaign_text t on t.campaign_id = n.campaign_id and t.number = n.text_number
        where n.id = $1");
    REPORTS = both("select report, outcome from notice_return where notice_id = $1");
    ADD_REPORT = both("insert into notice_return (notice_id, report, outcome, reason, status, reply, at)
        values ($1, $2, $3, $4, $5, $6, $7)");
    SET_RETURNED = both("update notice set returned = $1, updated_at = $2 where id = $3");
    AGAIN = both("update notice set state = $1, next_at = $2, updated_at = $2 where id = $3 and state = $4");
}

/// Where the address stands that was used at a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// At an order.
    Order,
    /// At a record of another shop system.
    Imported,
    /// At the account, where no purchase is known.
    Customer,
}

impl Source {
    /// The table, as it is stored.
    pub const fn word(self) -> &'static str {
        match self {
            Source::Order => "orders",
            Source::Imported => "imported_party",
            Source::Customer => "customer",
        }
    }

    pub(crate) fn of_word(word: &str) -> Option<Source> {
        [Source::Order, Source::Imported, Source::Customer].into_iter().find(|source| source.word() == word)
    }
}

/// A notice that is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotice {
    /// Its id.
    pub id: Uuid,
    /// To whom.
    pub person: Uuid,
    /// The number of its text.
    pub text: u32,
    /// Where his address stands, with the vault's grant to open it; none: he cannot be reached by mail.
    pub address: Option<(Source, Uuid, Vec<u8>)>,
}

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: Uuid,
    /// Of which campaign.
    pub campaign: Uuid,
    /// To whom.
    pub person: Uuid,
    /// The number of its text.
    pub text: u32,
    /// Where his address stands.
    pub address: Option<(Source, Uuid)>,
    /// Where it stands.
    pub state: NoticeState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is to be tried next, where it waits.
    pub next_at: Millis,
    /// What a server said last: numbers and fixed words.
    pub detail: Option<String>,
    /// What came back of it.
    pub returned: Option<ReturnOutcome>,
    /// When a server took it.
    pub sent_at: Option<Millis>,
    /// When anything changed last.
    pub updated_at: Millis,
}

/// What anybody may know of a notice whose code he has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genuine {
    /// Its subject.
    pub subject: String,
    /// Its language.
    pub locale: Locale,
    /// What the facts call the incident.
    pub incident: String,
    /// When the campaign was settled.
    pub settled_at: Option<Millis>,
    /// When a server took it.
    pub sent_at: Option<Millis>,
}

/// What one report says that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// SHA-256 of what came back.
    pub report: Hash,
    /// What became of the notice.
    pub outcome: ReturnOutcome,
    /// Why: a word of `docs/bounces.md`.
    pub reason: String,
    /// Enhanced status code.
    pub status: Option<String>,
    /// SMTP reply code.
    pub reply: Option<i64>,
    /// When it was taken.
    pub at: Millis,
}

fn read(r: &mut Row<'_>) -> Result<Notice, Error> {
    let (id, campaign, person, text) = (r.take()?, r.take()?, r.take()?, r.take()?);
    let (source, row) = (r.take::<Option<String>>()?, r.take::<Option<Uuid>>()?);
    Ok(Notice {
        id,
        campaign,
        person,
        text,
        address: source.as_deref().and_then(Source::of_word).zip(row),
        state: r.take()?,
        attempts: r.take()?,
        next_at: r.take()?,
        detail: r.take()?,
        returned: r.take()?,
        sent_at: r.take()?,
        updated_at: r.take()?,
    })
}

/// Adds notices to a campaign; whoever has no address is unreachable from the beginning.
///
/// # Errors
/// [`Error::Constraint`] where the campaign writes to that person already.
pub fn add(tx: &mut Tx<'_>, campaign: Uuid, notices: &[NewNotice], now: Millis) -> Result<(), Error> {
    for n in notices {
        let (source, row, grant) = match &n.address {
            Some((source, row, grant)) => (Some(source.word().to_owned()), Some(*row), Some(grant.clone())),
            None => (None, None, None),
        };
        let state = if source.is_some() { NoticeState::Planned } else { NoticeState::Unreachable };
        tx.exec(&INSERT, params![n.id, campaign, n.person, n.text, source, row, grant, state, now])?;
    }
    Ok(())
}

/// A notice by id.
///
/// # Errors
/// As every database call.
pub fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<Notice>, Error> {
    tx.first(&GET, params![id], read)
}

/// The notice to a person.
///
/// # Errors
/// As every database call.
pub fn of_person(tx: &mut Tx<'_>, campaign: Uuid, person: Uuid) -> Result<Option<Notice>, Error> {
    tx.first(&OF_PERSON, params![campaign, person], read)
}

/// Walks those of a campaign in one state by id: those after `after`, at most `limit`.
///
/// # Errors
/// As every database call.
pub fn list(
    tx: &mut Tx<'_>,
    campaign: Uuid,
    state: NoticeState,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Notice>, Error> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    tx.rows(&LIST, params![campaign, state, after, limit], read)
}

/// How many stand in each state that occurs.
///
/// # Errors
/// As every database call.
pub fn counts(tx: &mut Tx<'_>, campaign: Uuid) -> Result<Vec<(NoticeState, u64)>, Error> {
    tx.rows(&COUNTS, params![campaign], |r| Ok((r.take()?, r.take::<i64>()?.unsigned_abs())))
}

/// How many stand in each state and are known to have come back so.
///
/// # Errors
/// As every database call.
pub fn fates(
    tx: &mut Tx<'_>,
    campaign: Uuid,
) -> Result<Vec<(NoticeState, Option<ReturnOutcome>, u64)>, Error> {
    tx.rows(&FATES, params![campaign], |r| Ok((r.take()?, r.take()?, r.take::<i64>()?.unsigned_abs())))
}

/// How many came back, by outcome.
///
/// # Errors
/// As every database call.
pub fn returns(tx: &mut Tx<'_>, campaign: Uuid) -> Result<Vec<(ReturnOutcome, u64)>, Error> {
    let mut found: Vec<(ReturnOutcome, u64)> = Vec::new();
    for (_, returned, count) in fates(tx, campaign)? {
        let Some(returned) = returned else { continue };
        match found.iter_mut().find(|(outcome, _)| *outcome == returned) {
            Some((_, sum)) => *sum += count,
            None => found.push((returned, count)),
        }
    }
    Ok(found)
}

/// To how many each text goes, by its number.
///
/// # Errors
/// As every database call.
pub fn of_texts(tx: &mut Tx<'_>, campaign: Uuid) -> Result<Vec<(u32, u64)>, Error> {
    tx.rows(&OF_TEXTS, params![campaign], |r| Ok((r.take()?, r.take::<i64>()?.unsigned_abs())))
}

/// Walks those of which this came back, as [`list`].
///
/// # Errors
/// As every database call.
pub fn list_returned(
    tx: &mut Tx<'_>,
    campaign: Uuid,
    returned: ReturnOutcome,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Notice>, Error> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    tx.rows(&LIST_RETURNED, params![campaign, returned, after, limit], read)
}

/// The notices to whoever used a mail address, by its blind indexes: the newest and the one before.
///
/// # Errors
/// As every database call.
pub fn to_mail(tx: &mut Tx<'_>, campaign: Uuid, index: [BlindIndex; 2]) -> Result<Vec<Notice>, Error> {
    let [newest, before] = index;
    tx.rows(&TO_MAIL, params![campaign, newest, before, TO_MAIL_MAX], read)
}

/// What anybody may know of a notice whose code he has.
///
/// # Errors
/// As every database call.
pub fn genuine(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<Genuine>, Error> {
    tx.first(&GENUINE, params![id], |r| {
        Ok(Genuine {
            subject: r.take()?,
            locale: r.take()?,
            incident: r.take()?,
            settled_at: r.take()?,
            sent_at: r.take()?,
        })
    })
}

/// Which of two reports of a notice says what became of it: that it failed, above all.
fn weight(outcome: ReturnOutcome) -> u8 {
    match outcome {
        ReturnOutcome::Failed => 4,
        ReturnOutcome::Complaint => 3,
        ReturnOutcome::AutoReply => 2,
        ReturnOutcome::Delayed => 1,
    }
}

/// Takes down what came back of a notice. `false` where it was known, or the notice has enough of them.
///
/// # Errors
/// [`Error::NotFound`] where there is no such notice.
pub fn note_return(tx: &mut Tx<'_>, id: Uuid, new: &Report) -> Result<bool, Error> {
    get(tx, id)?.ok_or(Error::NotFound("notice"))?;
    let known: Vec<(Hash, ReturnOutcome)> = tx.rows(&REPORTS, params![id], |r| Ok((r.take()?, r.take()?)))?;
    // A machine may answer any number of times, and must not leave no room for what says more.
    let said = weight(new.outcome) < weight(ReturnOutcome::Complaint)
        && known.iter().any(|(_, outcome)| *outcome == new.outcome);
    if known.len() >= REPORTS_MAX || said || known.iter().any(|(report, _)| *report == new.report) {
        return Ok(false);
    }
    let values = params![id, new.report, new.outcome, new.reason, new.status, new.reply, new.at];
    tx.exec(&ADD_REPORT, values)?;
    if known.iter().all(|(_, outcome)| weight(*outcome) <= weight(new.outcome)) {
        tx.exec(&SET_RETURNED, params![new.outcome, new.at, id])?;
    }
    Ok(true)
}

/// Staff looked into a notice in doubt, or refused: it is to be sent again.
///
/// # Errors
/// [`Error::Refused`] for any other state; [`Error::NotFound`].
pub fn again(tx: &mut Tx<'_>, id: Uuid, now: Millis) -> Result<(), Error> {
    let notice = get(tx, id)?.ok_or(Error::NotFound("notice"))?;
    let state = notice.state.on(NoticeEvent::Again)?;
    tx.exec_one(&AGAIN, params![state, now, id, notice.state], "notice")
}
