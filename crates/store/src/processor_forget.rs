//! Members whom the payment processor must forget, with their saved cards: written down when they leave, done when till
//! and processor answer.

use crate::{
    Error, Millis, Tx,
    sql::{both, statements},
    value::params,
};
use domain::PersonId;

/// The pause before the till is asked again: doubled each time, in milliseconds.
const PAUSE_MS_MIN: i64 = 5_000;
const PAUSE_MS_MAX: i64 = 3_600_000;

statements! {
    ASK = both("insert into processor_forget (person_id, attempts, next_at, asked_at) values ($1, 0, $2, $3)
        on conflict (person_id) do nothing");
    DUE = both("select person_id from processor_forget where next_at <= $1 order by next_at, person_id limit $2");
    ATTEMPTS = both("select attempts from processor_forget where person_id = $1");
    LATER = both("update processor_forget set attempts = $1, next_at = $2 where person_id = $3");
    DONE = both("delete from processor_forget where person_id = $1");
}

/// The processor must forget this member. Call it in the transaction in which the member leaves.
///
/// # Errors
/// As every database call.
pub fn ask(tx: &mut Tx<'_>, person: PersonId, now: Millis) -> Result<(), Error> {
    tx.exec(&ASK, params![person, now, now]).map(|_| ())
}

/// Members about whom the till is to be asked now.
///
/// # Errors
/// As every database call.
pub fn due(tx: &mut Tx<'_>, now: Millis, limit: u32) -> Result<Vec<PersonId>, Error> {
    tx.rows(&DUE, params![now, limit], |r| r.take())
}

/// Till or processor did not answer: ask again later.
///
/// # Errors
/// As every database call.
pub fn later(tx: &mut Tx<'_>, person: PersonId, now: Millis) -> Result<(), Error> {
    let Some(attempts) = tx.first(&ATTEMPTS, params![person], |r| r.take::<u32>())? else { return Ok(()) };
    let attempts = attempts.saturating_add(1);
    let pause = PAUSE_MS_MIN.saturating_mul(1 << attempts.min(20)).min(PAUSE_MS_MAX);
    tx.exec(&LATER, params![attempts, now.saturating_add(pause), person]).map(|_| ())
}

/// The processor has forgotten the member.
///
/// # Errors
/// As every database call.
pub fn done(tx: &mut Tx<'_>, person: PersonId) -> Result<(), Error> {
    tx.exec(&DONE, params![person]).map(|_| ())
}
