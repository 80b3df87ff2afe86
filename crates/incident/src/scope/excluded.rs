//! What was left out, and why: it is stated, so that nobody need wonder.

use super::judge::system;
use crate::{
    Truth,
    facts::{Cause, Events, Facts, Rule, Text},
    history::History,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Records on a system that a cause does not concern, which the cause would otherwise have meant.
#[derive(Debug, Clone, Serialize)]
pub struct Excluded {
    /// The system.
    pub system: String,
    /// So many records.
    pub records: u64,
    /// Of so many persons.
    pub persons: u64,
    /// Why it is not concerned, as the facts say.
    pub why: Option<Text>,
}

/// What was left out of a cause, by system.
pub fn of(facts: &Facts, history: &History, cause: &Cause) -> Vec<Excluded> {
    let frame = super::frame(facts, history, Some(cause), &[]);
    let mut rules = Vec::new();
    cause.rule.each_for(&mut |rule| {
        if let Rule::Event(events) = rule {
            rules.push(events);
        }
    });
    let mut found: BTreeMap<&str, (u64, BTreeSet<usize>)> = BTreeMap::new();
    for event in &history.events {
        let Some(system) = system(event) else { continue };
        let left_out = |rule: &&&Events| {
            rule.kinds.contains(&event.kind)
                && rule.covers(&cause.windows, event.when) != Truth::No
                && rule.when.holds(&event.fields).0 != Truth::No
                && frame.on(rule, Some(system)) == Truth::No
        };
        let (mut whom, mut of_nobody) = (BTreeSet::new(), false);
        for rule in rules.iter().filter(left_out) {
            whom.extend(event.person.filter(|_| rule.whom.person));
            whom.extend(event.recipients.iter().filter(|_| rule.whom.recipients));
            of_nobody |= rule.whom.person && event.person.is_none();
        }
        if of_nobody || !whom.is_empty() {
            let entry = found.entry(system).or_default();
            entry.0 += 1;
            entry.1.extend(whom);
        }
    }
    let excluded = found.into_iter().map(|(system, (records, persons))| Excluded {
        system: system.to_owned(),
        records,
        persons: persons.len() as u64,
        why: facts.system(system).and_then(|s| s.why.clone()),
    });
    excluded.collect()
}
