//! Whether facts agree with themselves.

use super::{Cause, FORMAT, Facts, Kind, Rule, Unfit};
use crate::{
    history::known_kind,
    vocabulary::{self, ITEMS},
};
use std::collections::BTreeSet;

impl Facts {
    pub(super) fn check(&self) -> Result<(), Unfit> {
        if self.format != FORMAT {
            return Err(Unfit::other(format!("“format” is {}, this program reads {FORMAT}", self.format)));
        }
        if self.causes.is_empty() {
            return Err(Unfit::other("“causes” is empty: without a cause nobody is concerned".to_owned()));
        }
        once("systems", self.systems.iter().map(|s| s.id.as_str()))?;
        once("causes", self.causes.iter().map(|c| c.id.as_str()))?;
        once("groups", self.groups.iter().map(|g| g.id.as_str()))?;
        if let Some(name) = self.words.keys().find(|name| !vocabulary::is_own(name)) {
            return Err(Unfit::other(format!(
                "“words”: “{name}” is no name of your own: such begin with x_"
            )));
        }
        if let Some(system) = self.systems.iter().find(|s| !s.affected && s.why.is_none()) {
            return Err(Unfit::other(format!(
                "the system “{}” is not affected: say in “why” how that is known",
                system.id
            )));
        }
        for cause in &self.causes {
            self.check_cause(cause).map_err(|e| e.within(&format!("cause “{}”", cause.id)))?;
        }
        for group in &self.groups {
            self.check_rule(&group.rule).map_err(|e| e.within(&format!("group “{}”", group.id)))?;
        }
        self.order()?;
        self.check_response()
    }

    fn check_cause(&self, cause: &Cause) -> Result<(), Unfit> {
        if cause.windows.iter().any(crate::Window::is_backwards) {
            return Err(Unfit::other("a window ends before it begins"));
        }
        if cause.systems.as_ref().is_some_and(Vec::is_empty) {
            let why =
                "“systems” is empty, so that nobody would be concerned: leave it out, or name one at least";
            return Err(Unfit::other(why));
        }
        self.check_systems(cause.systems.iter().flatten())?;
        if cause.items.is_empty() {
            return Err(Unfit::other("“items” is empty: say what of a person is concerned"));
        }
        for item in &cause.items {
            let known = vocabulary::find(ITEMS, &item.item).is_some() || vocabulary::is_own(&item.item);
            if !known {
                let all = vocabulary::listed(ITEMS);
                return Err(Unfit::other(format!(
                    "there is no item “{}”: use {all}, or a name of your own with x_",
                    item.item
                )));
            }
            item.only.iter().try_for_each(|rule| self.check_rule(rule))?;
        }
        for gap in &cause.gaps {
            known_kind(&gap.of).map_err(Unfit::other)?;
            self.check_systems(gap.system.iter())?;
            if gap.days.is_backwards() {
                return Err(Unfit::other("a gap ends before it begins"));
            }
            gap.instead.iter().try_for_each(|rule| self.check_rule(rule))?;
        }
        cause.confirmed.iter().chain([&cause.rule]).try_for_each(|rule| self.check_rule(rule))
    }

    fn check_rule(&self, rule: &Rule) -> Result<(), Unfit> {
        let mut found = Ok(());
        rule.each(&mut |rule| {
            let this = match rule {
                Rule::Cause(id) if self.place(id).is_none() => {
                    Err(Unfit(format!("there is no cause “{id}”"), Kind::NoCause))
                }
                Rule::Event(events) => self.check_systems(events.systems.iter().flatten()),
                _ => Ok(()),
            };
            if found.is_ok() {
                found = this;
            }
        });
        found
    }

    /// Where the facts name systems at all, a rule may name no other: it would be a misspelling.
    fn check_systems<'a>(&self, mut ids: impl Iterator<Item = &'a String>) -> Result<(), Unfit> {
        let stranger = ids.find(|id| !self.systems.is_empty() && self.system(id).is_none());
        let none = |id| Unfit(format!("there is no system “{id}”: describe it in “systems”"), Kind::NoSystem);
        stranger.map_or(Ok(()), |id| Err(none(id)))
    }

    /// The causes in an order in which each comes after those that it speaks of.
    ///
    /// # Errors
    /// Where some speak of each other in a circle.
    pub fn order(&self) -> Result<Vec<usize>, Unfit> {
        let mut order: Vec<usize> = Vec::new();
        while order.len() < self.causes.len() {
            let ready = |n: &usize| {
                let mut all_known = true;
                self.causes[*n].rules().for_each(|rule| {
                    rule.each(&mut |r| {
                        if let Rule::Cause(id) = r {
                            all_known &= self.place(id).is_some_and(|p| order.contains(&p));
                        }
                    });
                });
                all_known && !order.contains(n)
            };
            let next = (0..self.causes.len()).find(ready).ok_or_else(|| {
                let left = (0..self.causes.len()).filter(|n| !order.contains(n));
                let left: Vec<String> = left.map(|n| format!("“{}”", self.causes[n].id)).collect();
                let why = format!(
                    "causes speak of each other in a circle, and none of {} can be decided first; where a cause names itself, repeat its rule",
                    left.join(", ")
                );
                Unfit(why, Kind::Circle)
            })?;
            order.push(next);
        }
        Ok(order)
    }
}

impl Cause {
    /// All rules of the cause.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        let items = self.items.iter().filter_map(|item| item.only.as_ref());
        let gaps = self.gaps.iter().filter_map(|gap| gap.instead.as_ref());
        [&self.rule].into_iter().chain(&self.confirmed).chain(items).chain(gaps)
    }
}

fn once<'a>(what: &str, ids: impl Iterator<Item = &'a str>) -> Result<(), Unfit> {
    let mut seen = BTreeSet::new();
    for id in ids {
        if !is_id(id) {
            return Err(Unfit::other(format!(
                "“{what}”: an id is made of a-z, 0-9, “-”, “_” and “.”, not “{id}”"
            )));
        }
        if !seen.insert(id) {
            return Err(Unfit::other(format!("“{what}”: “{id}” stands there twice")));
        }
    }
    Ok(())
}

/// Whether it is a short name of a system, a cause or a group.
pub fn is_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}
