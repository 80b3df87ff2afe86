//! The drill: inert versions of the ways such shops are robbed, planted one after the other in a running demo shop, and what
//! the shop does about each.
//!
//! The robber is somebody outside the shop's program: he lies on the socket between `gate` and `web` ([`between`]), writes in
//! the database and in files, puts other programs and manifests in the place of ours, sends signals, and lies in front of
//! `gate` ([`proxy`](crate::Proxy)). The program itself knows nothing of the drill. What he would take is counted: pages with his change that reached a customer, and test
//! cards that reached him. Everything is put back, and what was locked is opened again.
//!
//! Invariant: nothing planted does anything. Forms lead nowhere, scripts are comments, cards are test numbers.

mod between;
mod case;
mod customer;
mod files;
mod front;
mod house;
mod pages;
mod processes;
mod proxy;
mod staff;
mod texts;

pub use case::{Outcome, Verdict};
pub use house::{Config, House, Owner};
pub use proxy::{Change, Proxy};

use anyhow::{Result, ensure};
use std::time::Duration;

/// One way to rob the shop.
struct Way {
    name: &'static str,
    /// What is planted, in a sentence.
    plants: &'static str,
    rob: fn(&House) -> Result<Outcome>,
}

/// How soon the watch must have noticed what was planted in this way.
fn within(name: &str) -> Duration {
    let s = match name {
        // A walk begins every fifteen seconds.
        _ if name.starts_with("browser-") => 20,
        // It looks at two or three pages a second, and sixty times.
        "front-twentieth" => 30,
        // It is missed after ten seconds.
        "watch-held" => 15,
        // It witnesses the ledger every minute.
        "staff-takeover" => 65,
        _ => 5,
    };
    Duration::from_secs(s)
}

/// All ways, in their order.
fn ways() -> Vec<&'static Way> {
    [texts::WAYS, staff::WAYS, pages::WAYS, front::WAYS, files::WAYS, processes::WAYS]
        .into_iter()
        .flatten()
        .collect()
}

/// The names of all ways.
pub fn names() -> Vec<&'static str> {
    ways().iter().map(|way| way.name).collect()
}

/// Plants one after the other, or `only` those whose names begin so, and tells of each as it is over. What is noticed must
/// be within the stated time, or `patience` times that: a busy machine is slower.
///
/// # Errors
/// Where there is no such way. A way that cannot be tried is an outcome.
pub fn run(
    house: &House,
    only: Option<&str>,
    patience: u32,
    mut tell: impl FnMut(&Outcome),
) -> Result<Vec<Outcome>> {
    let chosen: Vec<_> =
        ways().into_iter().filter(|way| only.is_none_or(|only| way.name.starts_with(only))).collect();
    ensure!(!chosen.is_empty(), "there is no such way; these are known: {}", names().join(", "));
    let mut outcomes = Vec::new();
    for way in chosen {
        let outcome = match (way.rob)(house) {
            Ok(outcome) => outcome,
            Err(error) => Outcome::untried(&format!("{error:#}")),
        };
        house.settle();
        let limit = within(way.name) * patience;
        let outcome = Outcome { name: way.name, plants: way.plants, ..outcome }.held_to(limit);
        tell(&outcome);
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_words_and_no_name_comes_twice() {
        let mut names = super::names();
        assert!(names.len() >= 30, "{names:?}");
        assert!(
            names
                .iter()
                .all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))
        );
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), super::ways().len());
    }
}
