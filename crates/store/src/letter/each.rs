//! Letters, one by one: who needs one, what is opened for it, and what became of it.

use crate::{
    Error, Millis, Sealed, Tx,
    notice::Source,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{
    AnswerId, StaffId,
    letter::{LetterReturn, LetterState},
};
use uuid::Uuid;

statements! {
    // Unreachable from the beginning, refused for good, or come back; and without a letter.
    NEEDING = both("select n.id, n.person_id from notice n
        where n.campaign_id = $1 and n.id > $2
          and (n.state in ('unreachable', 'refused') or n.returned = 'failed' and n.state in ('doubt', 'accepted'))
          and not exists (select 1 from letter l where l.notice_id = n.id and l.state <> 'dropped')
        order by n.id limit $3");
    // Five bytes are left of a sealed field of somebody who is erased.
    RECORDED = both("select count(*) from imported_party where id = $1 and length(address) > 5");
    INSERT = both("insert into letter (id, batch_id, notice_id, answer_id, person_id, text_number, source, source_row, grant_bytes,
            state, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
    WITHOUT = both("insert into letter_without (notice_id, at) values ($1, $2) on conflict (notice_id) do nothing");
    FOUND = both("delete from letter_without where notice_id = $1");
    TO_MAKE = both("select l.id, l.person_id, l.text_number, l.grant_bytes, l.source, l.source_row,
            coalesce(o.contact, p.address, c.contact), p.name
        from letter l
          left join orders o on l.source = 'orders' and o.id = l.source_row
          left join imported_party p on l.source = 'imported_party' and p.id = l.source_row
          left join customer c on l.source = 'customer' and c.id = l.source_row
        where l.batch_id = $1 and l.id > $2 order by l.id limit $3");
    MADE = both("update letter set state = $1, number = $2, sheets = $3, has_bars = $4, reason = null, updated_at = $5
        where id = $6 and state in ('planned', 'made', 'unfit')");
    UNFIT = both("update letter set state = $1, number = null, sheets = null, has_bars = null, reason = $2, updated_at = $3
        where id = $4 and state in ('planned', 'made', 'unfit')");
    LIST = both("select id, notice_id, answer_id, person_id, state, number, sheets, has_bars, reason, returned_at
        from letter
        where batch_id = $1 order by number, id limit $2");
    OF_STATE = both("select id, notice_id, answer_id, person_id, state, number, sheets, has_bars, reason, returned_at
        from letter
        where batch_id = $1 and state = $2 order by number, id limit $3");
    BY_NUMBER = both("select id, notice_id, answer_id, person_id, state, number, sheets, has_bars, reason, returned_at
        from letter
        where batch_id = $1 and number = $2");
    RETURN = both("update letter set state = $1, reason = $2, returned_at = $3, returned_by = $4, updated_at = $3
        where id = $5 and state in ('posted', 'returned')");
    GENUINE = both("select t.paper, b.posted_at, b.made_at, b.created_at
        from letter l join letter_batch b on b.id = l.batch_id
          join letter_text t on t.batch_id = l.batch_id and t.number = l.text_number
        where l.id = $1 and l.state in ('made', 'posted', 'returned')");
}

/// What a letter carries further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A notice that no mail brought.
    Notice(Uuid),
    /// An answer to an inquiry, to somebody who asked for it on paper.
    Answer(AnswerId),
}

impl About {
    /// The two columns.
    fn columns(self) -> (Option<Uuid>, Option<AnswerId>) {
        match self {
            About::Notice(id) => (Some(id), None),
            About::Answer(id) => (None, Some(id)),
        }
    }
}

/// A letter that is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLetter {
    /// Its id.
    pub id: Uuid,
    /// What it carries further.
    pub about: About,
    /// To whom.
    pub person: Uuid,
    /// The number of its text.
    pub text: u32,
    /// Where the address stands.
    pub address: (Source, Uuid),
    /// The vault's grant to open it.
    pub grant: Vec<u8>,
}

/// A letter that is to be made, with what stands sealed of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToMake {
    /// Its id.
    pub id: Uuid,
    /// To whom.
    pub person: Uuid,
    /// The number of its text.
    pub text: u32,
    /// The vault's grant to open it.
    pub grant: Vec<u8>,
    /// Where the address stands.
    pub address: (Source, Uuid),
    /// The address, sealed; with the name, but for records of other systems.
    pub postal: Sealed,
    /// The name of a record of another system, sealed.
    pub name: Option<Sealed>,
}

/// A letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its id.
    pub id: Uuid,
    /// What it carries further.
    pub about: About,
    /// To whom.
    pub person: Uuid,
    /// Where it stands.
    pub state: LetterState,
    /// Its number in the file.
    pub number: Option<u32>,
    /// Sheets of paper.
    pub sheets: Option<u32>,
    /// Whether it has a bar-code.
    pub has_bars: bool,
    /// Why it cannot be printed, or why it came back: a fixed word.
    pub reason: Option<String>,
    /// When it came back.
    pub returned_at: Option<Millis>,
}

/// What anybody may know of a letter whose code he has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genuine {
    /// What it says, as JSON.
    pub paper: String,
    /// When it was posted, or made.
    pub at: Millis,
}

fn read(r: &mut Row<'_>) -> Result<Letter, Error> {
    Ok(Letter {
        id: r.take()?,
        about: match (r.take()?, r.take::<Option<AnswerId>>()?) {
            (Some(notice), _) => About::Notice(notice),
            (None, answer) => About::Answer(answer.ok_or(Error::NotFound("what a letter is about"))?),
        },
        person: r.take()?,
        state: r.take()?,
        number: r.take()?,
        sheets: r.take()?,
        has_bars: r.take::<Option<bool>>()?.unwrap_or_default(),
        reason: r.take()?,
        returned_at: r.take()?,
    })
}

/// Text by which rows are walked, from the beginning where there is none.
fn behind(after: Option<Uuid>) -> String {
    after.map(|id| id.to_string()).unwrap_or_default()
}

/// Notices of a campaign that nobody got by mail, with the person of each, by id: those after `after`, at most `limit`.
///
/// # Errors
/// As every database call.
pub fn needing(
    tx: &mut Tx<'_>,
    campaign: Uuid,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<(Uuid, Uuid)>, Error> {
    tx.rows(&NEEDING, params![campaign, behind(after), limit], |r| Ok((r.take()?, r.take()?)))
}

/// No postal address is known of the persons of these notices either: they stand on the list of the unreachable, until a letter
/// is planned all the same.
///
/// # Errors
/// As every database call.
pub fn without(tx: &mut Tx<'_>, notices: &[Uuid], now: Millis) -> Result<(), Error> {
    notices.iter().try_for_each(|notice| tx.exec(&WITHOUT, params![notice, now]).map(drop))
}

/// Whether a postal address stands in a record of another system.
///
/// # Errors
/// As every database call.
pub fn is_recorded(tx: &mut Tx<'_>, party: Uuid) -> Result<bool, Error> {
    tx.one(&RECORDED, params![party], "record", |r| r.take::<i64>()).map(|count| count > 0)
}

/// Adds letters to a batch.
///
/// # Errors
/// [`Error::Constraint`] where a notice, or an answer, has a letter already.
pub fn add(tx: &mut Tx<'_>, batch: Uuid, letters: &[NewLetter], now: Millis) -> Result<(), Error> {
    for l in letters {
        let (source, row) = (l.address.0.word(), l.address.1);
        let (notice, answer) = l.about.columns();
        let state = LetterState::Planned;
        let values = params![l.id, batch, notice, answer, l.person, l.text, source, row, l.grant, state, now];
        tx.exec(&INSERT, values)?;
        notice.map_or(Ok(0), |notice| tx.exec(&FOUND, params![notice]))?;
    }
    Ok(())
}

/// Letters of a batch with what is opened for them, by id: those after `after`, at most `limit`.
///
/// # Errors
/// As every database call.
pub fn to_make(tx: &mut Tx<'_>, batch: Uuid, after: Option<Uuid>, limit: u32) -> Result<Vec<ToMake>, Error> {
    tx.rows(&TO_MAKE, params![batch, behind(after), limit], |r| {
        let (id, person, text, grant) = (r.take()?, r.take()?, r.take()?, r.take()?);
        let (source, row) = (r.take::<String>()?, r.take()?);
        let source = Source::of_word(&source).ok_or(Error::NotFound("letter's source"))?;
        // Of a row that is gone there is nothing, which opens as little as what was changed.
        let postal = r.take::<Option<Sealed>>()?.unwrap_or_default();
        Ok(ToMake { id, person, text, grant, address: (source, row), postal, name: r.take()? })
    })
}

/// A letter is in the file, under a number.
///
/// # Errors
/// [`Error::NotFound`] where it stands otherwise by now.
pub fn made(
    tx: &mut Tx<'_>,
    id: Uuid,
    (number, sheets, has_bars): (u32, u32, bool),
    now: Millis,
) -> Result<(), Error> {
    tx.exec_one(&MADE, params![LetterState::Made, number, sheets, has_bars, now, id], "letter")
}

/// A letter cannot be printed.
///
/// # Errors
/// [`Error::NotFound`] where it stands otherwise by now.
pub fn unfit(tx: &mut Tx<'_>, id: Uuid, reason: &str, now: Millis) -> Result<(), Error> {
    tx.exec_one(&UNFIT, params![LetterState::Unfit, reason, now, id], "letter")
}

/// Letters of a batch, by number; of one state where it is given.
///
/// # Errors
/// As every database call.
pub fn list(
    tx: &mut Tx<'_>,
    batch: Uuid,
    state: Option<LetterState>,
    limit: u32,
) -> Result<Vec<Letter>, Error> {
    match state {
        Some(state) => tx.rows(&OF_STATE, params![batch, state, limit], read),
        None => tx.rows(&LIST, params![batch, limit], read),
    }
}

/// A letter came back. One that had come back gets the other reason.
///
/// # Errors
/// [`Error::NotFound`] where the batch has no letter of this number with the post.
pub fn returned(
    tx: &mut Tx<'_>,
    batch: Uuid,
    number: u32,
    why: LetterReturn,
    by: Option<StaffId>,
    now: Millis,
) -> Result<Letter, Error> {
    let letter = tx.first(&BY_NUMBER, params![batch, number], read)?.filter(|l| l.state.can_return());
    let mut letter = letter.ok_or(Error::NotFound("letter"))?;
    tx.exec_one(&RETURN, params![LetterState::Returned, why.word(), now, by, letter.id], "letter")?;
    if let About::Answer(answer) = letter.about {
        super::answers::returned(tx, answer, now)?;
    }
    (letter.state, letter.reason, letter.returned_at) =
        (LetterState::Returned, Some(why.word().to_owned()), Some(now));
    Ok(letter)
}

/// What anybody may know of a letter whose code he has.
///
/// # Errors
/// As every database call.
pub fn genuine(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<Genuine>, Error> {
    tx.first(&GENUINE, params![id], |r| {
        let paper = r.take()?;
        let (posted, made, created) = (r.take::<Option<Millis>>()?, r.take::<Option<Millis>>()?, r.take()?);
        Ok(Genuine { paper, at: posted.or(made).unwrap_or(created) })
    })
}
