//! What a second version of the facts corrects of the first.

use super::{Level, Scope};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What two versions say differently of the same records.
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
    /// What this version says differently from an older one of the same records.
    pub fn corrects(&self, before: &Scope) -> Comparison {
        let older: BTreeMap<&str, _> =
            before.persons.iter().map(|p| (p.person.as_str(), &p.causes)).collect();
        let ids = || before.causes.iter().chain(&self.causes).map(|c| c.id.as_str());
        let mut seen = BTreeSet::new();
        let ids: Vec<&str> = ids().filter(|id| seen.insert(*id)).collect();
        let mut persons = Vec::new();
        let causes = ids.into_iter().map(|id| {
            let mut change = CauseChange { id: id.to_owned(), ..CauseChange::default() };
            for person in &self.persons {
                let state = |causes: Option<&BTreeMap<String, super::Outcome>>| {
                    let outcome = causes.and_then(|c| c.get(id));
                    (
                        outcome.map_or(Level::None, |o| o.result),
                        outcome.map(|o| o.items.clone()).unwrap_or_default(),
                    )
                };
                let (was, old) = state(older.get(person.person.as_str()).copied());
                let (is, new) = state(Some(&person.causes));
                change.count(was, is);
                let without = |from: &[String], other: &[String]| -> Vec<String> {
                    from.iter().filter(|item| !other.contains(item)).cloned().collect()
                };
                let (added, retracted) = (without(&new, &old), without(&old, &new));
                if was != is || !added.is_empty() || !retracted.is_empty() {
                    persons.push(PersonChange {
                        person: person.person.clone(),
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
