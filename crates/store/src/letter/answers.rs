//! Answers to inquiries that go by letter: which wait for one, and what a letter that was posted, or came back, says of them.

use crate::{
    Error, Millis, Tx,
    notice::Source,
    sql::{both, statements},
    value::params,
};
use domain::{AnswerId, Locale, StaffId, inquiry::CaseState, letter::LetterState};
use uuid::Uuid;

statements! {
    // Five bytes are left of a sealed field of somebody who is erased.
    WAITING = both("select a.id, a.subject, a.body, c.locale, o.id, o.person_id, u.id, p.id, p.person_id,
            cast(case when length(p.name) > 5 then 1 else 0 end as bigint)
        from inquiry_answer a join inquiry_case c on c.id = a.case_id
          left join orders o on o.id = a.order_id and length(o.contact) > 5
          left join customer u on u.id = a.customer_id and length(u.contact) > 5
          left join imported_party p on p.id = a.party_id and length(p.address) > 5
        where a.reach = 'letter' and a.done_at is null and c.state <> 'closed'
          and (o.id is not null or u.id is not null or p.id is not null)
          and not exists (select 1 from letter l where l.answer_id = a.id and l.state <> 'dropped')
        order by a.created_at, a.id limit $1");
    OF_ANSWER = both("select b.id, b.number, l.state from letter l join letter_batch b on b.id = l.batch_id
        where l.answer_id = $1 and l.state <> 'dropped'");
    DONE = both("update inquiry_answer set staff_id = $1, done_at = $2 where done_at is null
          and id in (select answer_id from letter where batch_id = $3 and state = 'posted')");
    // Nothing is left to do: all that somebody had to tell is told.
    ANSWERED = both("update inquiry_case set state = $1, updated_at = $2 where state = 'staff'
          and needs in ('to_be_told', 'contact_changed to_be_told')
          and id in (select a.case_id from inquiry_answer a join letter l on l.answer_id = a.id where l.batch_id = $3)
          and not exists (select 1 from inquiry_answer a where a.case_id = inquiry_case.id and a.done_at is null
            and not exists (select 1 from outbox where outbox.answer_id = a.id))");
    RETURNED = both("update inquiry_case set state = $1, needs = 'letter_returned', updated_at = $2
        where id in (select case_id from inquiry_answer where id = $3)");
}

/// An answer that waits for a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub id: AnswerId,
    /// The person of the record to whose postal address it goes.
    pub person: Uuid,
    /// Where the address stands, and whether a name of its own does.
    pub address: (Source, Uuid, bool),
    /// In which language it was asked.
    pub locale: Locale,
    /// What it is about.
    pub subject: String,
    /// What is told: no name and no address.
    pub body: String,
}

/// Answers that wait for a letter, the oldest first, at most `limit`. Those to a record without a postal address are none: staff
/// tells them.
///
/// # Errors
/// As every database call.
pub fn waiting(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<Waiting>, Error> {
    tx.rows(&WAITING, params![limit], |r| {
        let (id, subject, body, locale) = (r.take()?, r.take()?, r.take()?, r.take()?);
        let order = (r.take::<Option<Uuid>>()?, r.take::<Option<Uuid>>()?);
        let customer = r.take::<Option<Uuid>>()?;
        let party = (r.take::<Option<Uuid>>()?, r.take::<Option<Uuid>>()?);
        let has_name = r.take::<bool>()?;
        let (person, address) = match (order, customer, party) {
            ((Some(row), Some(person)), ..) => (person, (Source::Order, row, true)),
            (_, Some(row), _) => (row, (Source::Customer, row, true)),
            (.., (Some(row), Some(person))) => (person, (Source::Imported, row, has_name)),
            _ => return Err(Error::NotFound("address of an answer")),
        };
        Ok(Waiting { id, person, address, locale, subject, body })
    })
}

/// The batch in which an answer's letter is, with the number that people call it, and where the letter stands.
///
/// # Errors
/// As every database call.
pub fn letter(tx: &mut Tx<'_>, id: AnswerId) -> Result<Option<(Uuid, u32, LetterState)>, Error> {
    tx.first(&OF_ANSWER, params![id], |r| Ok((r.take()?, r.take()?, r.take()?)))
}

/// A batch is with the post: its answers are given.
pub(super) fn posted(tx: &mut Tx<'_>, batch: Uuid, by: Option<StaffId>, now: Millis) -> Result<(), Error> {
    tx.exec(&DONE, params![by, now, batch])?;
    tx.exec(&ANSWERED, params![CaseState::Answered, now, batch]).map(drop)
}

/// A letter came back: whoever asked knows nothing, and somebody has to look into it.
pub(super) fn returned(tx: &mut Tx<'_>, id: AnswerId, now: Millis) -> Result<(), Error> {
    tx.exec(&RETURNED, params![CaseState::Staff, now, id]).map(drop)
}
