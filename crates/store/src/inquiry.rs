//! Messages sent through the contact form; all that the sender typed is sealed.

use crate::{
    BlindIndex, Error, Millis, Sealed, Tx,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{InquiryId, Locale, PersonId, customer::InquiryState};

macro_rules! columns {
    () => {
        "id, person_id, email, email_index, contact, body, locale, state, created_at, updated_at"
    };
}

statements! {
    INSERT = both(concat!("insert into inquiry (", columns!(),
        ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing"));
    GET = both(concat!("select ", columns!(), " from inquiry where id = $1"));
    LIST = both(concat!("select ", columns!(), " from inquiry where state = $1
        order by created_at desc, id desc limit $2"));
    SET_STATE = both("update inquiry set state = $1, updated_at = $2 where id = $3");
    COUNT = both("select count(*) from inquiry where state = $1");
}

/// A message. Sealed columns are bound to the row `id` and the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inquiry {
    /// Its id; a second insert with the same one does nothing.
    pub id: InquiryId,
    /// The sender, a person of the vault's.
    pub person: PersonId,
    /// Where to answer, sealed for `inquiry.email`.
    pub email: Sealed,
    /// Finds the mail address.
    pub email_index: BlindIndex,
    /// The name, sealed for `inquiry.contact`.
    pub contact: Sealed,
    /// The message, sealed for `inquiry.body`.
    pub body: Sealed,
    /// The sender's language.
    pub locale: Locale,
    /// Where it stands.
    pub state: InquiryState,
    /// When it came.
    pub created_at: Millis,
    /// When its state last changed.
    pub updated_at: Millis,
}

fn read(r: &mut Row<'_>) -> Result<Inquiry, Error> {
    Ok(Inquiry {
        id: r.take()?,
        person: r.take()?,
        email: r.take()?,
        email_index: r.take()?,
        contact: r.take()?,
        body: r.take()?,
        locale: r.take()?,
        state: r.take()?,
        created_at: r.take()?,
        updated_at: r.take()?,
    })
}

/// Keeps a message.
///
/// # Errors
/// As every database call.
pub fn insert(tx: &mut Tx<'_>, i: &Inquiry) -> Result<(), Error> {
    tx.exec(
        &INSERT,
        params![
            i.id,
            i.person,
            i.email,
            i.email_index,
            i.contact,
            i.body,
            i.locale,
            i.state,
            i.created_at,
            i.updated_at
        ],
    )
    .map(|_| ())
}

/// A message by id.
///
/// # Errors
/// As every database call.
pub fn get(tx: &mut Tx<'_>, id: InquiryId) -> Result<Option<Inquiry>, Error> {
    tx.first(&GET, params![id], read)
}

/// Messages in `state`, newest first, at most `limit`.
///
/// # Errors
/// As every database call.
pub fn list(tx: &mut Tx<'_>, state: InquiryState, limit: u32) -> Result<Vec<Inquiry>, Error> {
    tx.rows(&LIST, params![state, limit], read)
}

/// Changes a message's state.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_state(tx: &mut Tx<'_>, id: InquiryId, state: InquiryState, now: Millis) -> Result<(), Error> {
    tx.exec_one(&SET_STATE, params![state, now, id], "inquiry")
}

/// How many messages are in `state`.
///
/// # Errors
/// As every database call.
pub fn count(tx: &mut Tx<'_>, state: InquiryState) -> Result<u64, Error> {
    tx.one(&COUNT, params![state], "inquiry", |r| r.take::<i64>()).map(i64::unsigned_abs)
}
