//! News of the shop, written by staff.

use crate::{
    Error, Millis, Tx,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{NewsId, news::NewsState};

macro_rules! columns {
    () => {
        "id, state, publish_at, title_ja, title_en, body_ja, body_en, created_at, updated_at"
    };
}

statements! {
    PUT = both(concat!("insert into news (", columns!(), ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
          on conflict (id) do update set state = excluded.state, publish_at = excluded.publish_at,
            title_ja = excluded.title_ja, title_en = excluded.title_en, body_ja = excluded.body_ja,
            body_en = excluded.body_en, updated_at = excluded.updated_at"));
    GET = both(concat!("select ", columns!(), " from news where id = $1"));
    SHOWN = both(concat!("select ", columns!(), " from news where state = 'published' and publish_at <= $1
          order by publish_at desc, id desc limit $2 offset $3"));
    COUNT_SHOWN = both("select count(*) from news where state = 'published' and publish_at <= $1");
    TIMES = both("select publish_at from news where state = 'published' order by publish_at");
    LIST = both(concat!("select ", columns!(), " from news
          order by publish_at desc, id desc limit $1 offset $2"));
    COUNT = both("select count(*) from news");
}

/// A piece of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Its id.
    pub id: NewsId,
    /// What becomes of it.
    pub state: NewsState,
    /// When it is, or was, to be shown.
    pub publish_at: Millis,
    /// Its title.
    pub title_ja: String,
    /// Its title in English.
    pub title_en: String,
    /// Its text, in Markdown.
    pub body_ja: String,
    /// Its text in English, in Markdown.
    pub body_en: String,
    /// When it was begun.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
}

fn read(r: &mut Row<'_>) -> Result<News, Error> {
    Ok(News {
        id: r.take()?,
        state: r.take()?,
        publish_at: r.take()?,
        title_ja: r.take()?,
        title_en: r.take()?,
        body_ja: r.take()?,
        body_en: r.take()?,
        created_at: r.take()?,
        updated_at: r.take()?,
    })
}

/// Inserts or replaces a piece of news; `created_at` of one that exists stays.
///
/// # Errors
/// As every database call.
pub fn put(tx: &mut Tx<'_>, n: &News) -> Result<(), Error> {
    let row = params![
        n.id,
        n.state,
        n.publish_at,
        n.title_ja,
        n.title_en,
        n.body_ja,
        n.body_en,
        n.created_at,
        n.updated_at
    ];
    tx.exec(&PUT, row).map(|_| ())
}

/// A piece of news, whatever its state.
///
/// # Errors
/// As every database call.
pub fn get(tx: &mut Tx<'_>, id: NewsId) -> Result<Option<News>, Error> {
    tx.first(&GET, params![id], read)
}

/// What visitors can read at `now`, newest first: at most `limit`, leaving out the first `offset`.
///
/// # Errors
/// As every database call.
pub fn shown(tx: &mut Tx<'_>, now: Millis, limit: u32, offset: u32) -> Result<Vec<News>, Error> {
    tx.rows(&SHOWN, params![now, limit, offset], read)
}

/// How many pieces visitors can read at `now`.
///
/// # Errors
/// As every database call.
pub fn count_shown(tx: &mut Tx<'_>, now: Millis) -> Result<u32, Error> {
    Ok(tx.first(&COUNT_SHOWN, params![now], |r| r.take())?.unwrap_or(0))
}

/// When each piece was or will be shown first, in ascending order.
///
/// # Errors
/// As every database call.
pub fn times(tx: &mut Tx<'_>) -> Result<Vec<Millis>, Error> {
    tx.rows(&TIMES, &[], |r| r.take())
}

/// All of them, newest first: at most `limit`, leaving out the first `offset`.
///
/// # Errors
/// As every database call.
pub fn list(tx: &mut Tx<'_>, limit: u32, offset: u32) -> Result<Vec<News>, Error> {
    tx.rows(&LIST, params![limit, offset], read)
}

/// How many there are.
///
/// # Errors
/// As every database call.
pub fn count(tx: &mut Tx<'_>) -> Result<u32, Error> {
    Ok(tx.first(&COUNT, &[], |r| r.take())?.unwrap_or(0))
}
