//! Whether facts agree with themselves.

use super::{Cause, FORMAT, Facts, Rule, Unfit};
use crate::{
    history::known_kind,
    vocabulary::{self, ITEMS},
};
use std::collections::BTreeSet;

impl Facts {
    pub(super) fn check(&self) -> Result<(), Unfit> {
        if self.format != FORMAT {
            return Err(Unfit(format!("“format” is {}, this program reads {FORMAT}", self.format)));
        }
        if self.causes.is_empty() {
            return Err(Unfit("“causes” is empty: without a cause nobody is concerned".to_owned()));
        }
        once("systems", self.systems.iter().map(|s| s.id.as_str()))?;
        once("causes", self.causes.iter().map(|c| c.id.as_str()))?;
        once("groups", self.groups.iter().map(|g| g.id.as_str()))?;
        if let Some(name) = self.words.keys().find(|name| !vocabulary::is_own(name)) {
            return Err(Unfit(format!("“words”: “{name}” is no name of your own: such begin with x_")));
        }
        if let Some(system) = self.systems.iter().find(|s| !s.affected && s.why.is_none()) {
            return Err(Unfit(format!(
                "the system “{}” is not affected: say in “why” how that is known",
                system.id
            )));
        }
        for cause in &self.causes {
            self.check_cause(cause).map_err(|e| Unfit(format!("cause “{}”: {e}", cause.id)))?;
        }
        for group in &self.groups {
            self.check_rule(&group.rule).map_err(|e| Unfit(format!("group “{}”: {e}", group.id)))?;
        }
        self.order()?;
        self.check_response()
    }

    fn check_cause(&self, cause: &Cause) -> Result<(), String> {
        if cause.windows.iter().any(crate::Window::is_backwards) {
            return Err("a window ends before it begins".to_owned());
        }
        self.check_systems(cause.systems.iter().flatten())?;
        if cause.items.is_empty() {
            return Err("“items” is empty: say what of a person is concerned".to_owned());
        }
        for item in &cause.items {
            let known = vocabulary::find(ITEMS, &item.item).is_some() || vocabulary::is_own(&item.item);
            if !known {
                let all = vocabulary::listed(ITEMS);
                return Err(format!(
                    "there is no item “{}”: use {all}, or a name of your own with x_",
                    item.item
                ));
            }
            item.only.iter().try_for_each(|rule| self.check_rule(rule))?;
        }
        for gap in &cause.gaps {
            known_kind(&gap.of)?;
            self.check_systems(gap.system.iter())?;
            if gap.days.is_backwards() {
                return Err("a gap ends before it begins".to_owned());
            }
            gap.instead.iter().try_for_each(|rule| self.check_rule(rule))?;
        }
        cause.confirmed.iter().chain([&cause.rule]).try_for_each(|rule| self.check_rule(rule))
    }

    fn check_rule(&self, rule: &Rule) -> Result<(), String> {
        let mut found = Ok(());
        rule.each(&mut |rule| {
            let this = match rule {
                Rule::Cause(id) if self.place(id).is_none() => Err(format!("there is no cause “{id}”")),
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
    fn check_systems<'a>(&self, mut ids: impl Iterator<Item = &'a String>) -> Result<(), String> {
        let stranger = ids.find(|id| !self.systems.is_empty() && self.system(id).is_none());
        stranger.map_or(Ok(()), |id| Err(format!("there is no system “{id}”: describe it in “systems”")))
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
                Unfit(format!(
                    "causes speak of each other in a circle, and none of {} can be decided first; where a cause names itself, repeat its rule",
                    left.join(", ")
                ))
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
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
            return Err(Unfit(format!("“{what}”: an id is made of a-z, 0-9, “-”, “_” and “.”, not “{id}”")));
        }
        if !seen.insert(id) {
            return Err(Unfit(format!("“{what}”: “{id}” stands there twice")));
        }
    }
    Ok(())
}
