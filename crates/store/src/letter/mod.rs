//! Letters to those whom no mail reaches, and answers that somebody asked for on paper: batches, what they say, and each letter
//! with what became of it. References only:
//! an address stands sealed in the row of the purchase at which it was used.

pub mod answers;
pub mod each;
pub mod told;

use crate::{
    Error, Hash, Millis, Tx,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{
    StaffId,
    letter::{BatchEvent, BatchState, LetterState},
};
use uuid::Uuid;

macro_rules! columns {
    () => {
        "id, number, campaign_id, texts, state, staff_id, created_at, made_at, printed_at, printed_by, posted_at, posted_by,
         removed_at, trouble"
    };
}

statements! {
    HIGHEST = both("select max(number) from letter_batch");
    INSERT = both("insert into letter_batch (id, number, campaign_id, texts, state, staff_id, created_at)
        values ($1, $2, $3, $4, $5, $6, $7)");
    ADD_TEXT = both("insert into letter_text (batch_id, number, paper) values ($1, $2, $3)");
    TEXTS = both("select number, paper from letter_text where batch_id = $1 order by number");
    GET = both(concat!("select ", columns!(), " from letter_batch where id = $1"));
    LIST = both(concat!("select ", columns!(), " from letter_batch order by number desc limit $1"));
    OF_CAMPAIGN = both(concat!("select ", columns!(), " from letter_batch where campaign_id = $1 order by number desc"));
    OF_STATE = both(concat!("select ", columns!(), " from letter_batch where state = $1 order by number"));
    // A file is kept no longer than it is needed.
    STALE = both(concat!("select ", columns!(), " from letter_batch where removed_at is null and made_at is not null
        and (state in ('posted', 'dropped') or made_at < $1) order by number"));
    MOVE = both("update letter_batch set state = $1, made_at = $2, printed_at = $3, printed_by = $4, posted_at = $5,
          posted_by = $6, removed_at = $7, trouble = null
        where id = $8 and state = $9");
    REMOVED = both("update letter_batch set removed_at = $1 where id = $2");
    TROUBLE = both("update letter_batch set trouble = $1 where id = $2 and state = 'making'");
    ALL_TO = both("update letter set state = $1, updated_at = $2 where batch_id = $3 and state = $4");
    ALL_DROPPED = both("update letter set state = 'dropped', updated_at = $1 where batch_id = $2");
    COUNTS = both("select state, count(*), cast(coalesce(sum(sheets), 0) as bigint) from letter where batch_id = $1 group by state");
    DROP_LETTERS = both("delete from letter where batch_id = $1");
    DROP_TEXTS = both("delete from letter_text where batch_id = $1");
    DROP = both("delete from letter_batch where id = $1 and state = 'planning'");
}

/// A batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its id, the vault's, too.
    pub id: Uuid,
    /// What people call it, from 1.
    pub number: u32,
    /// The campaign whose notices it carries further; none: it carries answers to inquiries.
    pub campaign: Option<Uuid>,
    /// SHA-256 of what its letters say, as the vault was told.
    pub texts: Hash,
    /// Where it stands.
    pub state: BatchState,
    /// Who planned it; `None`: the owner, at the command line.
    pub staff: Option<StaffId>,
    /// When it was begun.
    pub created_at: Millis,
    /// When its file was made.
    pub made_at: Option<Millis>,
    /// When it was printed, and who says so.
    pub printed: Option<(Millis, Option<StaffId>)>,
    /// When it was brought to the post, and who says so.
    pub posted: Option<(Millis, Option<StaffId>)>,
    /// When its file was removed.
    pub removed_at: Option<Millis>,
    /// Why it cannot be made now: a fixed word.
    pub trouble: Option<String>,
}

/// How many letters of a batch stand in a state, and how many sheets they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The state.
    pub state: LetterState,
    /// Letters.
    pub letters: u64,
    /// Sheets of paper, as far as they were made.
    pub sheets: u64,
}

fn read(r: &mut Row<'_>) -> Result<Batch, Error> {
    let (id, number, campaign, texts) = (r.take()?, r.take()?, r.take()?, r.take()?);
    let (state, staff, created_at, made_at) = (r.take()?, r.take()?, r.take()?, r.take()?);
    let printed = (r.take::<Option<Millis>>()?, r.take()?);
    let posted = (r.take::<Option<Millis>>()?, r.take()?);
    Ok(Batch {
        id,
        number,
        campaign,
        texts,
        state,
        staff,
        created_at,
        made_at,
        printed: printed.0.map(|at| (at, printed.1)),
        posted: posted.0.map(|at| (at, posted.1)),
        removed_at: r.take()?,
        trouble: r.take()?,
    })
}

/// Begins a batch with what its letters say, each as JSON; gives its number.
///
/// # Errors
/// [`Error::Constraint`] where another one got the same number in this moment.
pub fn begin(
    tx: &mut Tx<'_>,
    (id, campaign, texts): (Uuid, Option<Uuid>, Hash),
    papers: &[String],
    staff: Option<StaffId>,
    now: Millis,
) -> Result<u32, Error> {
    let highest: Option<u32> = tx.one(&HIGHEST, params![], "letters", |r| r.take())?;
    let number = highest.unwrap_or(0) + 1;
    tx.exec(&INSERT, params![id, number, campaign, texts, BatchState::Planning, staff, now])?;
    for (n, paper) in (0u32..).zip(papers) {
        tx.exec(&ADD_TEXT, params![id, n, paper])?;
    }
    Ok(number)
}

/// A batch by id.
///
/// # Errors
/// As every database call.
pub fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<Batch>, Error> {
    tx.first(&GET, params![id], read)
}

/// The newest batches.
///
/// # Errors
/// As every database call.
pub fn list(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<Batch>, Error> {
    tx.rows(&LIST, params![limit], read)
}

/// Those of a campaign, the newest first.
///
/// # Errors
/// As every database call.
pub fn of_campaign(tx: &mut Tx<'_>, campaign: Uuid) -> Result<Vec<Batch>, Error> {
    tx.rows(&OF_CAMPAIGN, params![campaign], read)
}

/// Those in one state, the oldest first.
///
/// # Errors
/// As every database call.
pub fn of_state(tx: &mut Tx<'_>, state: BatchState) -> Result<Vec<Batch>, Error> {
    tx.rows(&OF_STATE, params![state], read)
}

/// Those whose file is to be removed: posted, given up, or made before `before`.
///
/// # Errors
/// As every database call.
pub fn stale(tx: &mut Tx<'_>, before: Millis) -> Result<Vec<Batch>, Error> {
    tx.rows(&STALE, params![before], read)
}

/// What the letters of a batch say, each as JSON, in the order of their numbers.
///
/// # Errors
/// As every database call.
pub fn texts(tx: &mut Tx<'_>, id: Uuid) -> Result<Vec<String>, Error> {
    let all: Vec<(u32, String)> = tx.rows(&TEXTS, params![id], |r| Ok((r.take()?, r.take()?)))?;
    Ok(all.into_iter().map(|(_, paper)| paper).collect())
}

/// How many letters stand in each state that occurs.
///
/// # Errors
/// As every database call.
pub fn counts(tx: &mut Tx<'_>, id: Uuid) -> Result<Vec<Counted>, Error> {
    tx.rows(&COUNTS, params![id], |r| {
        let (state, letters) = (r.take()?, r.take::<i64>()?.unsigned_abs());
        Ok(Counted { state, letters, sheets: r.take::<i64>()?.unsigned_abs() })
    })
}

/// Something happens to a batch, and with it to its letters. `by` says who; `None`: the owner, at the command line, or post.
///
/// # Errors
/// [`Error::Refused`] where that cannot happen now; [`Error::NotFound`].
pub fn step(
    tx: &mut Tx<'_>,
    id: Uuid,
    event: BatchEvent,
    by: Option<StaffId>,
    now: Millis,
) -> Result<Batch, Error> {
    let mut b = get(tx, id)?.ok_or(Error::NotFound("letters"))?;
    let before = b.state;
    b.state = before.on(event)?;
    match event {
        BatchEvent::Finish => (b.made_at, b.removed_at) = (Some(now), None),
        BatchEvent::Print => b.printed = Some((now, by)),
        BatchEvent::Post => {
            b.posted = Some((now, by));
            tx.exec(&ALL_TO, params![LetterState::Posted, now, id, LetterState::Made])?;
            answers::posted(tx, id, by, now)?;
        }
        BatchEvent::Drop => drop(tx.exec(&ALL_DROPPED, params![now, id])?),
        BatchEvent::Make => b.printed = None,
        BatchEvent::Settle => {}
    }
    let (printed_at, printed_by) = b.printed.map_or((None, None), |(at, by)| (Some(at), by));
    let (posted_at, posted_by) = b.posted.map_or((None, None), |(at, by)| (Some(at), by));
    let values =
        params![b.state, b.made_at, printed_at, printed_by, posted_at, posted_by, b.removed_at, id, before];
    tx.exec_one(&MOVE, values, "letters")?;
    b.trouble = None;
    Ok(b)
}

/// Its file is gone.
///
/// # Errors
/// As every database call.
pub fn removed(tx: &mut Tx<'_>, id: Uuid, now: Millis) -> Result<(), Error> {
    tx.exec(&REMOVED, params![now, id]).map(drop)
}

/// Why it cannot be made now, in one of our words; it is tried again.
///
/// # Errors
/// As every database call.
pub fn trouble(tx: &mut Tx<'_>, id: Uuid, word: &str) -> Result<(), Error> {
    tx.exec(&TROUBLE, params![word, id]).map(drop)
}

/// Forgets a batch whose planning was broken off.
///
/// # Errors
/// [`Error::NotFound`] where it is none of those.
pub fn forget(tx: &mut Tx<'_>, id: Uuid) -> Result<(), Error> {
    let planning = get(tx, id)?.is_some_and(|b| b.state == BatchState::Planning);
    if !planning {
        return Err(Error::NotFound("letters"));
    }
    for sql in [&DROP_LETTERS, &DROP_TEXTS] {
        tx.exec(sql, params![id])?;
    }
    tx.exec_one(&DROP, params![id], "letters")
}
