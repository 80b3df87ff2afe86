//! Inquiries about an incident: what was asked, which records the given data may mean, and what is answered to whom.

use crate::{
    BlindIndex, Error, Millis, Sealed, Tx,
    notice::Source,
    outbox,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{
    AnswerId, CaseId, Locale, OrderId, PersonId, StaffId,
    inquiry::{Asker, CaseState, Level, Reach, Via},
};
use uuid::Uuid;

macro_rules! columns {
    () => {
        "id, person_id, via, asker, level, reach, state, locale, mail, name, phone, body, mail_index, name_index,
         phone_index, had_card, needs, topic, round_at, received_at, updated_at"
    };
}

macro_rules! answer {
    () => {
        "id, case_id, reach, level, order_id, customer_id, subject, body, staff_id, done_at, created_at, party_id"
    };
}

macro_rules! mailed {
    () => {
        "(select count(*) from outbox where outbox.answer_id = inquiry_answer.id)"
    };
}

/// Records of everybody who bears one of two indexes, his other records among them: orders, customers, records of other
/// systems. Of those that are no order the sealed mail address comes along.
macro_rules! records {
    ($person:literal) => {
        concat!(
            "select 'orders', o.id, o.person_id, o.placed_at, cast(null as text), o.email_index, o.phone_index, o.name_index,
               cast(null as bytea), o.id, cast(0 as bigint) from orders o
             where o.person_id in (",
            $person,
            ") and length(o.email) > 5
             union all
             select 'customer', c.id, c.id, c.updated_at, cast(null as text), c.email_index, c.phone_index, c.name_index,
               c.email, c.id, cast(1 as bigint) from customer c
             where c.id in (",
            $person,
            ") and length(c.email) > 5
             union all
             select 'imported_party', p.id, p.person_id, 0, e.happened, p.mail_index, p.phone_index, p.name_index, p.mail,
               e.system || ':' || e.source_id, cast(case when e.event = 'order' then 0 else 1 end as bigint)
             from imported_party p join imported_event e on e.id = p.event_id
             where p.person_id in (",
            $person,
            ")"
        )
    };
}

statements! {
    INSERT = both(concat!("insert into inquiry_case (", columns!(), ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9,
        $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) on conflict (id) do nothing"));
    GET = both(concat!("select ", columns!(), " from inquiry_case where id = $1"));
    LIST = both(concat!("select ", columns!(), " from inquiry_case where state = $1
        order by received_at desc, id desc limit $2 offset $3"));
    LIST_OLDEST = both(concat!("select ", columns!(), " from inquiry_case where state = $1
        order by received_at, id limit $2 offset $3"));
    DUE = both(concat!("select ", columns!(), " from inquiry_case where state = 'received' and round_at <= $1
        order by round_at, id limit $2"));
    SINCE = both("select received_at, updated_at, state, level, topic from inquiry_case where received_at >= $1");
    COUNT = both("select count(*) from inquiry_case where state = $1");
    SET_STATE = both("update inquiry_case set state = $1, updated_at = $2 where id = $3");
    SETTLE = both("update inquiry_case set state = $1, needs = $2, updated_at = $3 where id = $4 and state = 'received'");
    SET_TOPIC = both("update inquiry_case set topic = $1, updated_at = $2 where id = $3");
    RECORDS = both(records!("select person_id from orders where email_index = $1 or phone_index = $2
        union select id from customer where email_index = $1 or phone_index = $2
        union select person_id from imported_party where mail_index = $1 or phone_index = $2"));
    ANSWER = both(concat!("insert into inquiry_answer (", answer!(), ")
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"));
    ANSWERS = both(concat!("select ", answer!(), ", ", mailed!(), " from inquiry_answer where case_id = $1
        order by created_at, id"));
    GET_ANSWER = both(concat!("select ", answer!(), ", ", mailed!(), " from inquiry_answer where id = $1"));
    WAS_TOLD = both("select count(*) from inquiry_answer a where reach = $1 and created_at >= $2
          and coalesce(order_id, customer_id, party_id) = $3 and subject = $4 and body = $5
          and (reach <> 'mail' or exists (select 1 from outbox o where o.answer_id = a.id and o.state <> 'failed'))");
    DONE = both("update inquiry_answer set staff_id = $1, done_at = $2 where id = $3 and done_at is null");
}

/// An inquiry. Sealed columns are bound to the row `id` and the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its id; a second insert with the same one does nothing.
    pub id: CaseId,
    /// The sender, a person of the vault's.
    pub person: PersonId,
    /// How it came.
    pub via: Via,
    /// Who he says he is.
    pub asker: Asker,
    /// What he wants to know.
    pub level: Level,
    /// How he wants the answer.
    pub reach: Reach,
    /// Where it stands.
    pub state: CaseState,
    /// His language.
    pub locale: Locale,
    /// The mail address that he gave, sealed for `inquiry_case.mail`.
    pub mail: Option<Sealed>,
    /// The full name that he gave, sealed for `inquiry_case.name`.
    pub name: Option<Sealed>,
    /// The telephone number that he gave, sealed for `inquiry_case.phone`.
    pub phone: Option<Sealed>,
    /// His own words, sealed for `inquiry_case.body`.
    pub body: Sealed,
    /// Finds the mail address.
    pub mail_index: Option<BlindIndex>,
    /// Finds the name.
    pub name_index: Option<BlindIndex>,
    /// Finds the telephone number.
    pub phone_index: Option<BlindIndex>,
    /// Whether a card number was removed from his words.
    pub had_card: bool,
    /// What the staff has to do, in words of ours with spaces between.
    pub needs: String,
    /// The question of the public page that it belongs to.
    pub topic: Option<String>,
    /// The round of answers that it waits for.
    pub round_at: Millis,
    /// When it came.
    pub received_at: Millis,
    /// When anything of it last changed.
    pub updated_at: Millis,
}

/// A record of somebody whom given data may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// What it is a row of.
    pub source: Source,
    /// The order, the customer, or who an imported record names.
    pub id: Uuid,
    /// Whose it is.
    pub person: Uuid,
    /// Since when these contact data stand there; of an imported record see `happened`.
    pub since: Millis,
    /// When an imported record says that it happened, in its own words.
    pub happened: Option<String>,
    /// Finds its mail address.
    pub mail: Option<BlindIndex>,
    /// Finds its telephone number.
    pub phone: Option<BlindIndex>,
    /// Finds the full name.
    pub name: Option<BlindIndex>,
    /// The mail address, sealed, where it is no order: an order has its vault's grant.
    pub sealed: Option<Sealed>,
    /// What the history calls the record.
    pub key: String,
    /// Whether it is an account's, whose contact data can be changed afterwards.
    pub account: bool,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its id.
    pub id: AnswerId,
    /// The inquiry.
    pub case: CaseId,
    /// By which way.
    pub reach: Reach,
    /// How much it tells.
    pub level: Level,
    /// The order whose contact data it goes to.
    pub order: Option<OrderId>,
    /// The customer whose contact data it goes to.
    pub customer: Option<PersonId>,
    /// Whom an imported record names, where it goes to the contact data in that.
    pub party: Option<Uuid>,
    /// Whether a mail with it was queued: nobody needs to do anything.
    pub mailed: bool,
    /// The subject of the mail or letter.
    pub subject: String,
    /// What is told: no name and no address.
    pub body: String,
    /// Who called or posted it.
    pub staff: Option<StaffId>,
    /// When.
    pub done_at: Option<Millis>,
    /// When it was decided.
    pub created_at: Millis,
}

fn read(r: &mut Row<'_>) -> Result<Case, Error> {
    Ok(Case {
        id: r.take()?,
        person: r.take()?,
        via: r.take()?,
        asker: r.take()?,
        level: r.take()?,
        reach: r.take()?,
        state: r.take()?,
        locale: r.take()?,
        mail: r.take()?,
        name: r.take()?,
        phone: r.take()?,
        body: r.take()?,
        mail_index: r.take()?,
        name_index: r.take()?,
        phone_index: r.take()?,
        had_card: r.take()?,
        needs: r.take()?,
        topic: r.take()?,
        round_at: r.take()?,
        received_at: r.take()?,
        updated_at: r.take()?,
    })
}

fn read_answer(r: &mut Row<'_>) -> Result<Answer, Error> {
    Ok(Answer {
        id: r.take()?,
        case: r.take()?,
        reach: r.take()?,
        level: r.take()?,
        order: r.take()?,
        customer: r.take()?,
        subject: r.take()?,
        body: r.take()?,
        staff: r.take()?,
        done_at: r.take()?,
        created_at: r.take()?,
        party: r.take()?,
        mailed: r.take::<i64>()? > 0,
    })
}

/// Keeps an inquiry.
///
/// # Errors
/// As every database call.
pub fn insert(tx: &mut Tx<'_>, c: &Case) -> Result<(), Error> {
    let row = params![
        c.id,
        c.person,
        c.via,
        c.asker,
        c.level,
        c.reach,
        c.state,
        c.locale,
        c.mail,
        c.name,
        c.phone,
        c.body,
        c.mail_index,
        c.name_index,
        c.phone_index,
        c.had_card,
        c.needs,
        c.topic,
        c.round_at,
        c.received_at,
        c.updated_at
    ];
    tx.exec(&INSERT, row).map(|_| ())
}

/// An inquiry by id.
///
/// # Errors
/// As every database call.
pub fn get(tx: &mut Tx<'_>, id: CaseId) -> Result<Option<Case>, Error> {
    tx.first(&GET, params![id], read)
}

/// Inquiries in `state`, at most `limit` behind the first `offset`: those that wait for somebody from the oldest on, whose
/// time is up first; the others from the newest on.
///
/// # Errors
/// As every database call.
pub fn list(tx: &mut Tx<'_>, state: CaseState, limit: u32, offset: u32) -> Result<Vec<Case>, Error> {
    let sql = if state == CaseState::Staff { &LIST_OLDEST } else { &LIST };
    tx.rows(sql, params![state, limit, offset], read)
}

/// Whether the same was told to the same record by mail or letter since then, and did not fail.
///
/// # Errors
/// As every database call.
pub fn was_told(tx: &mut Tx<'_>, a: &Answer, since: Millis) -> Result<bool, Error> {
    let record = a.order.map(|id| id.0).or(a.customer.map(|id| id.0)).or(a.party);
    let row = params![a.reach, since, record, a.subject, a.body];
    tx.one(&WAS_TOLD, row, "answer", |r| Ok(r.take::<i64>()? > 0))
}

/// Inquiries that wait for a round that has begun, the oldest first.
///
/// # Errors
/// As every database call.
pub fn due(tx: &mut Tx<'_>, round: Millis, limit: u32) -> Result<Vec<Case>, Error> {
    tx.rows(&DUE, params![round, limit], read)
}

/// When each inquiry since then came and changed, where it stands, what was asked, and its topic.
///
/// # Errors
/// As every database call.
#[allow(clippy::type_complexity)]
pub fn since(
    tx: &mut Tx<'_>,
    from: Millis,
) -> Result<Vec<(Millis, Millis, CaseState, Level, Option<String>)>, Error> {
    tx.rows(&SINCE, params![from], |r| Ok((r.take()?, r.take()?, r.take()?, r.take()?, r.take()?)))
}

/// How many are in `state`.
///
/// # Errors
/// As every database call.
pub fn count(tx: &mut Tx<'_>, state: CaseState) -> Result<u64, Error> {
    tx.one(&COUNT, params![state], "inquiry", |r| r.take::<i64>()).map(i64::unsigned_abs)
}

/// Changes where an inquiry stands.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_state(tx: &mut Tx<'_>, id: CaseId, state: CaseState, now: Millis) -> Result<(), Error> {
    tx.exec_one(&SET_STATE, params![state, now, id], "inquiry")
}

/// Says to which question of the public page an inquiry belongs.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_topic(tx: &mut Tx<'_>, id: CaseId, topic: Option<&str>, now: Millis) -> Result<(), Error> {
    let topic = topic.map(str::to_owned);
    tx.exec_one(&SET_TOPIC, params![topic, now, id], "inquiry")
}

/// All records of everybody one of whose records bears the mail address or the telephone number. Both are looked for
/// whether or not both were given: the work is the same.
///
/// # Errors
/// As every database call.
pub fn records(
    tx: &mut Tx<'_>,
    mail: Option<BlindIndex>,
    phone: Option<BlindIndex>,
) -> Result<Vec<Known>, Error> {
    tx.rows(&RECORDS, params![mail, phone], |r| {
        let source = r.take::<String>()?;
        Ok(Known {
            source: Source::of_word(&source).ok_or(Error::NotFound("kind of record"))?,
            id: r.take()?,
            person: r.take()?,
            since: r.take()?,
            happened: r.take()?,
            mail: r.take()?,
            phone: r.take()?,
            name: r.take()?,
            sealed: r.take()?,
            key: r.take()?,
            account: r.take::<i64>()? != 0,
        })
    })
}

/// Writes down what was decided, and queues the mails: those to the address of an order, and those that come with the
/// vault's grant. `false` where it was decided already.
///
/// # Errors
/// As every database call.
pub fn settle(
    tx: &mut Tx<'_>,
    (id, locale): (CaseId, Locale),
    state: CaseState,
    needs: &str,
    answers: &[(Answer, Option<Sealed>)],
    now: Millis,
) -> Result<bool, Error> {
    if tx.exec(&SETTLE, params![state, needs.to_owned(), now, id])? == 0 {
        return Ok(false);
    }
    for (a, grant) in answers {
        let row = params![
            a.id,
            a.case,
            a.reach,
            a.level,
            a.order,
            a.customer,
            a.subject,
            a.body,
            a.staff,
            a.done_at,
            a.created_at,
            a.party
        ];
        tx.exec(&ANSWER, row)?;
        match (a.reach, a.order, grant) {
            (Reach::Mail, Some(order), _) => outbox::enqueue_answer(tx, a.id, order, now)?,
            (Reach::Mail, None, Some(grant)) => outbox::enqueue_granted(tx, a.id, grant, locale, now)?,
            _ => {}
        }
    }
    Ok(true)
}

/// The answers to an inquiry.
///
/// # Errors
/// As every database call.
pub fn answers(tx: &mut Tx<'_>, id: CaseId) -> Result<Vec<Answer>, Error> {
    tx.rows(&ANSWERS, params![id], read_answer)
}

/// One answer.
///
/// # Errors
/// As every database call.
pub fn answer(tx: &mut Tx<'_>, id: AnswerId) -> Result<Option<Answer>, Error> {
    tx.first(&GET_ANSWER, params![id], read_answer)
}

/// Somebody called or posted an answer; done once, it stays as it was.
///
/// # Errors
/// As every database call.
pub fn answer_done(tx: &mut Tx<'_>, id: AnswerId, staff: StaffId, now: Millis) -> Result<(), Error> {
    tx.exec(&DONE, params![staff, now, id]).map(|_| ())
}
