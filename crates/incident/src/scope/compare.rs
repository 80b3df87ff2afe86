//! What a second version of the facts corrects of the first.

use super::{Level, PersonScope, Scope};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What two versions say differently.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// By cause: those of either version.
    pub causes: Vec<CauseChange>,
    /// Persons whose result or items differ.
    pub persons: Vec<PersonChange>,
}

/// How many a correction of one cause touches.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CauseChange {
    /// The cause.
    pub id: String,
    /// Persons whom it concerns only in the newer version: they must be told.
    pub added: u64,
    /// Persons whom it concerned only in the older version: they were told wrongly, and are told so.
    pub retracted: u64,
    /// Persons of whom something was possible and is certain now.
    pub confirmed_now: u64,
    /// Persons of whom something was called certain and is possible now.
    pub no_longer_confirmed: u64,
}

/// How one person's result differs.
#[derive(Debug, Clone, Serialize)]
pub struct PersonChange {
    /// His id.
    pub person: String,
    /// The cause.
    pub cause: String,
    /// The result in the older version.
    pub before: Level,
    /// The result in the newer version.
    pub after: Level,
    /// Items named only in the newer version.
    pub items_added: Vec<String>,
    /// Items named only in the older version.
    pub items_retracted: Vec<String>,
}

impl Scope {
    /// What this version says differently from an older one: of other facts, of other records, or both. Whose ids were found
    /// to be one person is that person.
    pub fn corrects(&self, before: &Scope) -> Comparison {
        let ids = || before.causes.iter().chain(&self.causes).map(|c| c.id.as_str());
        let mut seen = BTreeSet::new();
        let ids: Vec<&str> = ids().filter(|id| seen.insert(*id)).collect();
        let pairs = self.beside(before);
        let mut persons = Vec::new();
        let causes = ids.into_iter().map(|id| {
            let mut change = CauseChange { id: id.to_owned(), ..CauseChange::default() };
            for (person, new, old) in &pairs {
                let ((is, new), (was, old)) = (state(new.as_slice(), id), state(old, id));
                change.count(was, is);
                let without = |from: &BTreeSet<&str>, other: &BTreeSet<&str>| -> Vec<String> {
                    from.difference(other).map(|item| (*item).to_owned()).collect()
                };
                let (added, retracted) = (without(&new, &old), without(&old, &new));
                if was != is || !added.is_empty() || !retracted.is_empty() {
                    persons.push(PersonChange {
                        person: (*person).to_owned(),
                        cause: id.to_owned(),
                        before: was,
                        after: is,
                        items_added: added,
                        items_retracted: retracted,
                    });
                }
            }
            change
        });
        Comparison { causes: causes.collect(), persons }
    }

    /// Each person of either version once: his id, what the newer one says of him, and what the older one does.
    fn beside<'a>(
        &'a self,
        before: &'a Scope,
    ) -> Vec<(&'a str, Option<&'a PersonScope>, Vec<&'a PersonScope>)> {
        let ids = |person: &'a PersonScope| [&person.person].into_iter().chain(&person.also);
        let older: BTreeMap<&String, usize> = before
            .persons
            .iter()
            .enumerate()
            .flat_map(|(n, person)| ids(person).map(move |id| (id, n)))
            .collect();
        let mut found: BTreeSet<usize> = BTreeSet::new();
        let mut pairs: Vec<_> = self
            .persons
            .iter()
            .map(|person| {
                let theirs: BTreeSet<usize> = ids(person).filter_map(|id| older.get(id).copied()).collect();
                found.extend(&theirs);
                let theirs = theirs.into_iter().map(|n| &before.persons[n]);
                (person.person.as_str(), Some(person), theirs.collect::<Vec<_>>())
            })
            .collect();
        let gone = before.persons.iter().enumerate().filter(|(n, _)| !found.contains(n));
        pairs.extend(gone.map(|(_, person)| (person.person.as_str(), None, vec![person])));
        pairs
    }
}

/// How far a cause concerns a person, and with which items: the most that was said under any of his ids.
fn state<'a>(of: &[&'a PersonScope], cause: &str) -> (Level, BTreeSet<&'a str>) {
    let outcomes = || of.iter().filter_map(|person| person.causes.get(cause));
    let level = outcomes().map(|outcome| outcome.result).max().unwrap_or(Level::None);
    (level, outcomes().flat_map(|outcome| outcome.items.iter().map(String::as_str)).collect())
}

impl CauseChange {
    fn count(&mut self, was: Level, is: Level) {
        let counted = match (was, is) {
            (Level::None, Level::None) => return,
            (Level::None, _) => &mut self.added,
            (_, Level::None) => &mut self.retracted,
            (Level::Possible, Level::Confirmed) => &mut self.confirmed_now,
            (Level::Confirmed, Level::Possible) => &mut self.no_longer_confirmed,
            _ => return,
        };
        *counted += 1;
    }
}
