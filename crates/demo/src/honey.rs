//! Honeytokens for a shop that has customers of its own: made-up members among them.

use crate::{
    chance::Chance,
    past::{LoadError, customers},
    people::{Names, Someone},
};
use domain::{PersonId, person::Personal};
use store::{Millis, Store};
use vault_api::Client;

/// Where a shop has no member yet, the first planted one registered so many milliseconds ago: a year.
const SINCE_MS: i64 = 365 * 24 * 3600 * 1000;

/// Plants `count` members who registered at some time since the shop's first, and gives their ids. In the database they
/// are as everybody else; nobody can sign in as one of them. Their mail addresses are at `domain`, which should be one
/// that looks like a customer's and that the merchant reads: a mail that comes there was sent to a stolen list.
///
/// # Errors
/// As [`LoadError`] says; then none is planted.
pub fn plant(
    store: &Store,
    vault: &Client,
    (count, domain, seed): (usize, &str, u64),
    now: Millis,
) -> Result<Vec<PersonId>, LoadError> {
    let first = store.read_blocking(|tx| store::customer::list(tx, None, 1))?;
    let since = first.first().map_or(now - SINCE_MS, |c| c.created_at).min(now);
    let (names, mut chance) = (Names::load(), Chance::new(seed));
    let people: Vec<(PersonId, Someone, Millis)> = (0..count)
        .map(|_| {
            let number = chance.below(90_000) + 10_000;
            let someone = names.someone(number, &mut chance);
            let local = someone.email.reveal().split('@').next().unwrap_or_default().replace("..", ".");
            let email = Personal::new(format!("{}@{domain}", local.trim_end_matches('.')));
            let at = chance.between(since, now);
            (PersonId(chance.id(at)), Someone { email, ..someone }, at)
        })
        .collect();
    let ids: Vec<PersonId> = people.iter().map(|(id, ..)| *id).collect();
    let persons = ids.iter().map(|id| id.0).collect();
    let rows = customers(&people, |items| vault.honeytoken_plant(items, persons))?;
    store.write_blocking(move |tx| rows.iter().try_for_each(|c| store::customer::insert(tx, c)))?;
    Ok(ids)
}
