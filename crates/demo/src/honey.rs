//! Honeytokens for a shop that has customers of its own: made-up members among them.
//!
//! Whoever holds the database and this program must not tell them apart. So they are what the newest members are: made
//! after the last of them and before the next (a file tells in which order its rows were written), under the first
//! version of their keys, in the languages and through the doors of those who are there. They order nothing, because an
//! invented order would stand in the books: they are like members who have not ordered.

use crate::{
    chance::Chance,
    past::{LoadError, customers},
    people::{Names, Someone},
};
use domain::{PersonId, person::Personal};
use store::{Millis, Store, Tx, customer::Customer};
use vault_api::Client;

/// Where a shop has no member yet, the first planted one registered at most so many milliseconds ago: a day.
const SINCE_MS: i64 = 24 * 3600 * 1000;
/// Members that are read at once.
const PAGE: u32 = 500;

/// What was planted.
pub struct Planted {
    /// Who.
    pub persons: Vec<PersonId>,
    /// Whether there is a real member who has ordered nothing, as they have.
    pub has_company: bool,
}

/// Plants `count` members who registered since the shop's newest one. Nobody can sign in as one of them. Their mail
/// addresses are at `domain`, which should be one that looks like a customer's and that the merchant reads: a mail that
/// comes there was sent to a stolen list. A few at a time: many who register on one day stand out.
///
/// # Errors
/// As [`LoadError`] says; then none is planted.
pub fn plant(
    store: &Store,
    vault: &Client,
    (count, domain, seed): (usize, &str, u64),
    now: Millis,
) -> Result<Planted, LoadError> {
    let Members { newest, all, idle } = store.read_blocking(Members::read)?;
    let (names, mut chance) = (Names::load(), Chance::new(seed));
    let since = newest.unwrap_or(now - SINCE_MS).min(now);
    let mut times: Vec<Millis> = (0..count).map(|_| chance.between((since + 1).min(now), now)).collect();
    times.sort_unstable();
    let people: Vec<(PersonId, Someone, Millis)> = times
        .into_iter()
        .map(|at| {
            let number = chance.below(90_000) + 10_000;
            let someone = names.someone(number, &mut chance);
            let local = someone.email.reveal().split('@').next().unwrap_or_default().replace("..", ".");
            let email = Personal::new(format!("{}@{domain}", local.trim_end_matches('.')));
            (PersonId(chance.id(at)), Someone { email, ..someone }, at)
        })
        .collect();
    let persons: Vec<PersonId> = people.iter().map(|(id, ..)| *id).collect();
    let ids = persons.iter().map(|id| id.0).collect();
    let mut rows = customers(&people, |items| vault.honeytoken_plant(items, ids))?;
    let models = if idle.is_empty() { &all } else { &idle };
    for row in &mut rows {
        if let Some(model) = chance.pick(models) {
            model.dress(row);
        }
    }
    store.write_blocking(move |tx| rows.iter().try_for_each(|c| store::customer::insert(tx, c)))?;
    Ok(Planted { persons, has_company: !idle.is_empty() })
}

/// What of a member everybody sees who holds the database, his times aside.
#[derive(Clone, Copy)]
struct Model {
    locale: domain::Locale,
    channel: domain::order::Channel,
    status: domain::customer::CustomerStatus,
    has_contact: bool,
}

impl Model {
    fn of(c: &Customer) -> Model {
        let Customer { locale, channel, status, .. } = *c;
        Model { locale, channel, status, has_contact: c.contact.is_some() }
    }

    fn dress(self, c: &mut Customer) {
        (c.locale, c.channel, c.status) = (self.locale, self.channel, self.status);
        if !self.has_contact {
            (c.contact, c.name_index, c.phone_index) = (None, None, None);
        }
    }
}

/// Those who are there.
#[derive(Default)]
struct Members {
    newest: Option<Millis>,
    all: Vec<Model>,
    /// Those of them who have ordered nothing.
    idle: Vec<Model>,
}

impl Members {
    fn read(tx: &mut Tx<'_>) -> Result<Members, store::Error> {
        let (mut members, mut after) = (Members::default(), None);
        loop {
            let page = store::customer::list(tx, after, PAGE)?;
            let Some(last) = page.last() else { return Ok(members) };
            after = Some(last.id);
            for c in page.iter() {
                members.newest = members.newest.max(Some(c.created_at));
                if c.status == domain::customer::CustomerStatus::Closed {
                    continue;
                }
                members.all.push(Model::of(c));
                if store::order::count_of_customer(tx, c.id)? == 0 {
                    members.idle.push(Model::of(c));
                }
            }
        }
    }
}
