//! What the columns say of events, block by block: kind, time, system and fields. Nothing is kept of what no rule means.

use super::{
    FieldColumn,
    column::Codes,
    days::Days,
    judge::LEFT_OUT,
    sum::Truths,
    tree::{BLOCK, NO, Tree, are_all, byte},
};
use crate::{
    condition::{Condition, Scalar},
    facts::Events,
    scope::Frame,
};
use std::{collections::BTreeMap, ops::Range};

/// What one column says.
pub enum Look<'a> {
    /// What each code means, that of none first.
    Column(&'a Codes, Vec<u8>),
    /// Nothing needs to be looked at.
    Always(u8),
}

/// Which events a rule means.
pub struct Looked<'a> {
    /// By the number of a kind, whether it means such.
    kinds: Vec<bool>,
    /// The same of such and no others.
    only: Vec<bool>,
    /// Of those, the fields.
    fits: Tree<Look<'a>>,
    /// It has to lie in all of them.
    days: Vec<Days<'a>>,
    system: Look<'a>,
    /// How an event is marked that is left out for its system.
    whom: u8,
}

/// It would have concerned whose it was.
pub const OF_PERSON: u8 = 1;
/// It would have concerned to whom it went.
pub const OF_RECIPIENTS: u8 = 2;

impl<'a> Looked<'a> {
    pub fn new(packed: &'a super::Packed, rule: &Events, frame: &Frame<'_>) -> Looked<'a> {
        let kinds = packed.kind_names.iter().map(|kind| rule.kinds.contains(kind)).collect();
        let only = packed.kind_names.iter().map(|kind| rule.is_only(kind)).collect();
        let windows = [rule.windows(frame.windows), frame.lost_in_of(rule)];
        let days = windows.into_iter().filter_map(|windows| Days::new(&packed.times, windows)).collect();
        let system = match packed.fields.get("system") {
            Some(column) => Look::Column(&column.codes, on(rule, frame, column)),
            None => Look::Always(byte(frame.on(rule, None))),
        };
        let fits = compile(&packed.fields, &rule.when);
        let whom = u8::from(rule.whom.person) * OF_PERSON + u8::from(rule.whom.recipients) * OF_RECIPIENTS;
        Looked { kinds, only, fits, days, system, whom }
    }

    /// Whether there may be events that it would mean were they on another system.
    pub fn leaves_out(&self) -> bool {
        matches!(&self.system, Look::Column(_, table) if table[1..].contains(&NO))
    }

    /// Whether it means events of a kind, by its number.
    pub fn means(&self, kind: usize) -> bool {
        self.kinds[kind]
    }

    /// Whether it means such and no others.
    pub fn means_only(&self, kind: usize) -> bool {
        self.only[kind]
    }

    /// As [`Looked::at`] has answered of all events before; `out` says nothing yet.
    pub fn again(
        &self,
        truths: &Truths,
        range: Range<usize>,
        out: &mut [u8],
        mut left_out: Option<&mut [u8]>,
    ) {
        truths.each(range, |n, truth| match (truth, left_out.as_deref_mut()) {
            (LEFT_OUT, Some(left_out)) => left_out[n] |= self.whom,
            (LEFT_OUT, None) => {}
            _ => out[n] = truth,
        });
    }

    /// What holds of each event of a range of one kind that it means; and marks those that it would mean were they on another
    /// system.
    pub fn at(&self, range: Range<usize>, out: &mut [u8], mut left_out: Option<&mut [u8]>) {
        let mut systems = [NO; BLOCK];
        for (n, out) in out.chunks_mut(BLOCK).enumerate() {
            let from = range.start + n * BLOCK;
            let (range, systems) = (from..from + out.len(), &mut systems[..out.len()]);
            self.fits.ask(&|look, out| look.at(range.clone(), out), out);
            if are_all(out, NO) {
                continue;
            }
            self.days.iter().for_each(|days| days.narrow(range.clone(), out));
            self.system.at(range, systems);
            if let Some(left_out) = left_out.as_deref_mut() {
                let told = left_out[n * BLOCK..].iter_mut().zip(&*out).zip(&*systems);
                told.for_each(|((told, fits), on)| {
                    *told |= if *fits != NO && *on == NO { self.whom } else { 0 }
                });
            }
            out.iter_mut().zip(&*systems).for_each(|(out, on)| *out = (*out).min(*on));
        }
    }
}

/// Whether each value of `system` counts; that of none first.
fn on(rule: &Events, frame: &Frame<'_>, column: &FieldColumn) -> Vec<u8> {
    let named = |values: &Vec<Scalar>| match values.first() {
        Some(Scalar::Text(id)) => byte(frame.on(rule, Some(id))),
        _ => byte(frame.on(rule, None)),
    };
    [vec![byte(frame.on(rule, None))], column.values.each(named)].concat()
}

/// A condition on columns.
pub fn compile<'a>(fields: &'a BTreeMap<String, FieldColumn>, condition: &Condition) -> Tree<Look<'a>> {
    let each = |all: &[Condition]| all.iter().map(|c| compile(fields, c)).collect();
    match condition {
        Condition::All(all) => Tree::All(each(all)),
        Condition::Any(all) => Tree::Any(each(all)),
        Condition::Not(inner) => Tree::Not(Box::new(compile(fields, inner))),
        Condition::Field(name, test) => {
            let none = byte(test.holds(name, None));
            let Some(column) = fields.get(name) else { return Tree::Leaf(Look::Always(none)) };
            let values = column.values.each(|values| byte(test.holds(name, Some(values))));
            Tree::Leaf(Look::Column(&column.codes, [vec![none], values].concat()))
        }
    }
}

impl Look<'_> {
    /// What it says of each of a range, [`BLOCK`] at most.
    pub fn at(&self, range: Range<usize>, out: &mut [u8]) {
        match self {
            Look::Column(codes, table) => codes.look_up(table, range, out),
            Look::Always(truth) => out.fill(*truth),
        }
    }
}
