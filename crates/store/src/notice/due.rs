//! Notices on their way out: which are due, and what becomes of each. A notice changes from waiting to in doubt before the
//! whole text is in a server's hands, and only one of several senders can make that change: so none goes out twice,
//! whoever dies when.

use super::Source;
use crate::{
    Error, Millis, Sealed, Tx,
    sql::{both, statements},
    value::{Row, params},
};
use domain::notice::{NoticeEvent, NoticeState};
use uuid::Uuid;

/// The most characters of a detail.
const DETAIL_CHARS_MAX: usize = 200;

statements! {
    DUE = both("select n.id, n.person_id, n.text_number, n.state, n.attempts, n.grant_bytes, n.source, n.source_row,
            coalesce(o.email, p.mail, c.email), coalesce(o.contact, p.name, c.contact)
        from notice n
          left join orders o on n.source = 'orders' and o.id = n.source_row
          left join imported_party p on n.source = 'imported_party' and p.id = n.source_row
          left join customer c on n.source = 'customer' and c.id = n.source_row
        where n.campaign_id = $1 and n.state in ('planned', 'delayed') and n.next_at <= $2
        order by n.next_at, n.id limit $3");
    NEXT = both("select min(next_at) from notice where campaign_id = $1 and state in ('planned', 'delayed')");
    BEGIN = both("update notice set state = $1, attempts = $2, updated_at = $3
        where id = $4 and state = $5 and attempts = $6");
    SETTLE = both("update notice set state = $1, attempts = $2, next_at = $3, detail = $4, sent_at = $5, updated_at = $6
        where id = $7 and state = $8 and attempts = $9");
    DETAIL = both("update notice set detail = $1, updated_at = $2 where id = $3 and state = $4 and attempts = $5");
    PUT_OFF = both("update notice set next_at = $1 where id = $2 and state in ('planned', 'delayed')");
    ADD_ATTEMPT = both("insert into notice_attempt (notice_id, attempt, at, outcome, detail, settled_at)
        values ($1, $2, $3, $4, $5, $6)");
    SETTLE_ATTEMPT = both("update notice_attempt set outcome = $1, detail = $2, settled_at = $3
        where notice_id = $4 and attempt = $5");
    ATTEMPTS = both("select attempt, at, outcome, detail from notice_attempt where notice_id = $1 order by attempt");
}

/// A notice whose time has come, with what stands sealed of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Its id.
    pub id: Uuid,
    /// To whom.
    pub person: Uuid,
    /// The number of its text.
    pub text: u32,
    /// How far it was.
    pub was: Was,
    /// The vault's grant to open it.
    pub grant: Vec<u8>,
    /// Where the address stands.
    pub source: Source,
    /// In which row.
    pub row: Uuid,
    /// The mail address, sealed.
    pub mail: Sealed,
    /// His name, or a contact with it, sealed.
    pub name: Option<Sealed>,
}

/// How far a notice was when it was taken up: what somebody else has changed since is not touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Was {
    /// Where it stood.
    pub state: NoticeState,
    /// How often it had been tried.
    pub attempts: u32,
}

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server took it.
    Accepted,
    /// It did not, for now: again at this time.
    Delayed(Millis, String),
    /// It did not, for good.
    Refused(String),
    /// Nobody can know: the line was lost behind the text.
    Doubt(String),
}

/// One line of what was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// When.
    pub at: Millis,
    /// What became of it.
    pub outcome: NoticeState,
    /// What a server said: numbers and fixed words.
    pub detail: Option<String>,
}

fn read(r: &mut Row<'_>) -> Result<Due, Error> {
    let (id, person, text) = (r.take()?, r.take()?, r.take()?);
    let was = Was { state: r.take()?, attempts: r.take()? };
    let (grant, source, row) = (r.take()?, r.take::<String>()?, r.take()?);
    let source = Source::of_word(&source).ok_or(Error::NotFound("notice's source"))?;
    // Of a row that is gone there is nothing, which opens as little as what was changed.
    let mail = r.take::<Option<Sealed>>()?.unwrap_or_default();
    Ok(Due { id, person, text, was, grant, source, row, mail, name: r.take()? })
}

/// Those of a campaign whose time has come, the oldest first.
///
/// # Errors
/// As every database call.
pub fn due(tx: &mut Tx<'_>, campaign: Uuid, now: Millis, limit: u32) -> Result<Vec<Due>, Error> {
    tx.rows(&DUE, params![campaign, now, limit], read)
}

/// When the next one is due; none where none waits.
///
/// # Errors
/// As every database call.
pub fn next_at(tx: &mut Tx<'_>, campaign: Uuid) -> Result<Option<Millis>, Error> {
    tx.one(&NEXT, params![campaign], "notice", |r| r.take())
}

/// From now on the server may have the whole text. Commit this before its last byte goes.
///
/// # Errors
/// [`Error::NotFound`] where somebody else has sent it, or is sending it: do not go on.
pub fn begin(tx: &mut Tx<'_>, id: Uuid, was: Was, now: Millis) -> Result<(), Error> {
    let (state, attempt) = (was.state.on(NoticeEvent::Begin)?, was.attempts + 1);
    tx.exec_one(&BEGIN, params![state, attempt, now, id, was.state, was.attempts], "notice")?;
    let none: Option<Millis> = None;
    let detail: Option<String> = None;
    tx.exec(&ADD_ATTEMPT, params![id, attempt, now, NoticeState::Doubt, detail, none]).map(drop)
}

/// What became of an attempt; `begun` where [`begin`] was committed for it.
///
/// # Errors
/// [`Error::NotFound`] where somebody else has the notice in hand.
pub fn settle(
    tx: &mut Tx<'_>,
    id: Uuid,
    was: Was,
    begun: bool,
    outcome: &Outcome,
    now: Millis,
) -> Result<(), Error> {
    let attempt = was.attempts + 1;
    let (state, attempts) = if begun { (NoticeState::Doubt, attempt) } else { (was.state, was.attempts) };
    let short = |why: &String| Some(why.chars().take(DETAIL_CHARS_MAX).collect::<String>());
    let (event, next_at, detail, sent_at) = match outcome {
        Outcome::Accepted => (NoticeEvent::Accept, now, None, Some(now)),
        Outcome::Delayed(at, why) => (NoticeEvent::Defer, *at, short(why), None),
        Outcome::Refused(why) => (NoticeEvent::Refuse, now, short(why), None),
        Outcome::Doubt(why) => {
            let detail = short(why);
            tx.exec_one(&DETAIL, params![detail, now, id, state, attempts], "notice")?;
            return tx.exec(&SETTLE_ATTEMPT, params![NoticeState::Doubt, detail, now, id, attempt]).map(drop);
        }
    };
    let after = state.on(event)?;
    let values = params![after, attempt, next_at, detail, sent_at, now, id, state, attempts];
    tx.exec_one(&SETTLE, values, "notice")?;
    match begun {
        true => tx.exec(&SETTLE_ATTEMPT, params![after, detail, now, id, attempt]).map(drop),
        false => tx.exec(&ADD_ATTEMPT, params![id, attempt, now, after, detail, now]).map(drop),
    }
}

/// Lets a notice wait until its domain may have another one; no attempt.
///
/// # Errors
/// As every database call.
pub fn put_off(tx: &mut Tx<'_>, id: Uuid, until: Millis) -> Result<(), Error> {
    tx.exec(&PUT_OFF, params![until, id]).map(drop)
}

/// What was tried.
///
/// # Errors
/// As every database call.
pub fn attempts(tx: &mut Tx<'_>, id: Uuid) -> Result<Vec<Attempt>, Error> {
    tx.rows(&ATTEMPTS, params![id], |r| {
        Ok(Attempt { number: r.take()?, at: r.take()?, outcome: r.take()?, detail: r.take()? })
    })
}
