//! Visits: a browser's stay in the shop, known by the hash of its cookie.

use crate::{
    Error, Hash, Millis, Tx,
    sql::{both, statements},
    value::params,
};
use domain::Locale;

/// [`touch`] writes only when the last time is older than this, in milliseconds.
pub const TOUCH_MS: i64 = 10 * 60 * 1000;

statements! {
    INSERT = both("insert into visit (id_hash, csrf_nonce, locale, created_at, last_seen_at)
          values ($1, $2, $3, $4, $5) on conflict (id_hash) do nothing");
    GET = both("select id_hash, csrf_nonce, locale, created_at, last_seen_at from visit where id_hash = $1");
    TOUCH = both("update visit set last_seen_at = $1 where id_hash = $2 and last_seen_at < $3");
    SET_LOCALE = both("update visit set locale = $1 where id_hash = $2");
    REMOVE = both("delete from visit where id_hash = $1");
    EXPIRE = both("delete from visit where last_seen_at < $1");
}

/// A visit. The cookie itself is never stored: a stolen database opens no session.
#[derive(Clone, PartialEq, Eq)]
pub struct Visit {
    /// SHA-256 of the cookie.
    pub id_hash: Hash,
    /// Secret of this visit that goes into its form tokens.
    pub csrf_nonce: Hash,
    /// The language chosen.
    pub locale: Locale,
    /// When it began.
    pub created_at: Millis,
    /// When it was last seen, give or take [`TOUCH_MS`].
    pub last_seen_at: Millis,
}

impl std::fmt::Debug for Visit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Visit").field("locale", &self.locale).field("created_at", &self.created_at).finish()
    }
}

/// Begins a visit; one that exists stays as it is.
///
/// # Errors
/// As every database call.
pub fn insert(tx: &mut Tx<'_>, v: &Visit) -> Result<(), Error> {
    tx.exec(&INSERT, params![v.id_hash, v.csrf_nonce, v.locale, v.created_at, v.last_seen_at]).map(|_| ())
}

/// The visit of this cookie hash.
///
/// # Errors
/// As every database call.
pub fn get(tx: &mut Tx<'_>, id_hash: &Hash) -> Result<Option<Visit>, Error> {
    tx.first(&GET, params![id_hash], |r| {
        Ok(Visit {
            id_hash: r.take()?,
            csrf_nonce: r.take()?,
            locale: r.take()?,
            created_at: r.take()?,
            last_seen_at: r.take()?,
        })
    })
}

/// Notes that the visitor is still there.
///
/// # Errors
/// As every database call.
pub fn touch(tx: &mut Tx<'_>, id_hash: &Hash, now: Millis) -> Result<(), Error> {
    tx.exec(&TOUCH, params![now, id_hash, now.saturating_sub(TOUCH_MS)]).map(|_| ())
}

/// Changes the language.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_locale(tx: &mut Tx<'_>, id_hash: &Hash, locale: Locale) -> Result<(), Error> {
    tx.exec_one(&SET_LOCALE, params![locale, id_hash], "visit")
}

/// Ends a visit and empties its cart.
///
/// # Errors
/// As every database call.
pub fn remove(tx: &mut Tx<'_>, id_hash: &Hash) -> Result<(), Error> {
    tx.exec(&REMOVE, params![id_hash]).map(|_| ())
}

/// Ends all visits last seen before `before`; gives their number. Card-entry records stay.
///
/// # Errors
/// As every database call.
pub fn expire(tx: &mut Tx<'_>, before: Millis) -> Result<u64, Error> {
    tx.exec(&EXPIRE, params![before])
}
