//! Small facts by key: what has been loaded, cursors, the merchant's own texts.

use crate::{
    Error, Tx,
    sql::{both, statements},
    value::params,
};

statements! {
    GET = both("select value from meta where key = $1");
    SET = both(
        "insert into meta (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value");
    REMOVE = both("delete from meta where key = $1");
    COUNT = both("update counter set value = value + 1 where name = $1 returning value");
    COUNTER = both("insert into counter (name, value) values ($1, 0) on conflict (name) do nothing");
}

/// The key under which the last change applied from the till is kept.
pub const TILL_CURSOR: &str = "till_cursor";
/// The key under which the demo loader notes that it has finished.
pub const DEMO_LOADED: &str = "demo_loaded";
/// The key under which stands that a merchant's own shop was written here, and how: [`SHOP_SELLS`] or [`SHOP_PRACTISES`].
pub const SHOP_LOADED: &str = "shop_loaded";
/// It is open to the public.
pub const SHOP_SELLS: &str = "sells";
/// It is only tried out.
pub const SHOP_PRACTISES: &str = "practises";
/// The key of the moment, in unix milliseconds, from which orders are in the processor's books of this shop: what was
/// brought in from before is not compared with them.
pub const BOOKS_FROM: &str = "books_from";
/// The key of the merchant's own facts (name, address, representative…), as JSON.
pub const SHOP: &str = "shop";

/// The value of `key`.
///
/// # Errors
/// As every database call.
pub fn get(tx: &mut Tx<'_>, key: &str) -> Result<Option<String>, Error> {
    tx.first(&GET, params![key], |r| r.take())
}

/// Sets `key` to `value`.
///
/// # Errors
/// As every database call.
pub fn set(tx: &mut Tx<'_>, key: &str, value: &str) -> Result<(), Error> {
    tx.exec(&SET, params![key, value]).map(|_| ())
}

/// Forgets `key`.
///
/// # Errors
/// As every database call.
pub fn remove(tx: &mut Tx<'_>, key: &str) -> Result<(), Error> {
    tx.exec(&REMOVE, params![key]).map(|_| ())
}

/// The next value of the counter `name`, from 1. Concurrent callers wait for each other: for rare things.
///
/// # Errors
/// As every database call.
pub fn count(tx: &mut Tx<'_>, name: &str) -> Result<i64, Error> {
    tx.exec(&COUNTER, params![name])?;
    tx.one(&COUNT, params![name], "counter", |r| r.take())
}
