//! Rules over columns: what is asked of events, and what a rule says of persons once their events have been looked at.

use super::{
    Packed,
    look::{Look, Looked, compile},
    sum::Truths,
    tree::{NO, Tree, UNKNOWN, YES, are_all, refill},
};
use crate::{
    facts::{Cause, Events, Facts, Gap, Rule},
    history::History,
    scope::{Frame, frame},
};

/// A rule, asked of persons.
pub(super) type Asked<'a> = Tree<Of<'a>>;

/// What a rule is made of.
pub(super) enum Of<'a> {
    /// The same of everybody.
    Always(u8),
    /// Another cause, by its place.
    Cause(usize),
    /// What is recorded of the person himself.
    Person(Tree<Look<'a>>),
    /// "There is such an event", by its place in [`Answers::leaves`].
    Event(usize),
}

/// It does not hold, and was left out for its system.
pub(super) const LEFT_OUT: u8 = 3;

/// "There is such an event".
pub(super) struct Leaf<'a> {
    pub(super) events: Looked<'a>,
    pub(super) person: bool,
    /// Where it asks for events that went to somebody, what holds of each by its place, or [`LEFT_OUT`].
    pub(super) sent: Option<Truths>,
    /// Whom lost records might show: he has such an event, perhaps.
    pub(super) lost: Asked<'a>,
    /// The cause whose own rule it is part of: what that leaves out is told.
    pub(super) main: Option<usize>,
    /// Whether the events that it means are counted, not only whose they are.
    pub(super) counted: bool,
}

/// What a rule is asked for.
#[derive(Clone, Copy)]
pub(super) enum Use {
    /// It is the rule of a cause, by its place.
    Rule(usize),
    /// It says who is confirmed.
    Confirmed,
    /// Of whom it holds, and nothing of records.
    Persons,
}

/// All that the rules of some facts ask of events.
pub(super) struct Answers<'a> {
    pub(super) packed: &'a Packed,
    pub(super) facts: &'a Facts,
    /// Only what is missing stands in it.
    empty: &'a History,
    pub(super) leaves: Vec<Leaf<'a>>,
}

impl<'a> Answers<'a> {
    pub(super) fn new(packed: &'a Packed, facts: &'a Facts, empty: &'a History) -> Answers<'a> {
        Answers { packed, facts, empty, leaves: Vec::new() }
    }

    pub(super) fn frame(&self, cause: Option<&'a Cause>) -> Frame<'a> {
        frame(self.facts, self.empty, cause, &[])
    }

    /// Asks a rule.
    pub(super) fn ask(&mut self, rule: &'a Rule, frame: &Frame<'a>, what: Use) -> Asked<'a> {
        let mut each = |all: &'a [Rule]| all.iter().map(|rule| self.ask(rule, frame, what)).collect();
        match rule {
            Rule::All(all) => Tree::All(each(all)),
            Rule::Any(all) => Tree::Any(each(all)),
            Rule::Not(inner) => {
                let denied = Frame { denied: !frame.denied, ..*frame };
                Tree::Not(Box::new(self.ask(inner, &denied, Use::Persons)))
            }
            Rule::Everyone => Tree::Leaf(Of::Always(YES)),
            Rule::Cause(id) => match self.facts.place(id) {
                Some(place) => perhaps(Of::Cause(place), frame.denied && self.may_be_of_nobody_by(place)),
                None => Tree::Leaf(Of::Always(UNKNOWN)),
            },
            Rule::Person(condition) => {
                Tree::Leaf(Of::Person(compile(&self.packed.persons.fields, condition)))
            }
            Rule::Event(events) => {
                let of_nobody = frame.denied && self.may_be_of_nobody(events, frame);
                perhaps(Of::Event(self.leaf(events, frame, what)), of_nobody)
            }
        }
    }

    /// As [`Frame::may_be_of_nobody`].
    fn may_be_of_nobody(&self, rule: &Events, frame: &Frame<'_>) -> bool {
        let looked = Looked::new(self.packed, rule, frame);
        let mut out = Vec::new();
        let rooms = self.packed.rooms.within(self.packed.nobodys()).filter(|room| looked.means(room.kind));
        rule.whom.person
            && rooms.map(|room| room.events).any(|events| {
                refill(&mut out, events.len(), NO);
                looked.at(events, &mut out, None);
                !are_all(&out, NO)
            })
    }

    /// The same of what a cause asks for.
    fn may_be_of_nobody_by(&self, place: usize) -> bool {
        let mut found = false;
        self.facts.each_asked(&self.facts.causes[place], &mut |events, cause| {
            found = found || self.may_be_of_nobody(events, &self.frame(Some(cause)));
        });
        found
    }

    fn leaf(&mut self, rule: &'a Events, frame: &Frame<'a>, what: Use) -> usize {
        let missing = self.empty.missing.iter().filter(|missing| !frame.is_stated(missing));
        let mut missing = missing.filter(|m| frame.means(rule, &m.kind, &m.days, m.system.as_deref()));
        let mut lost: Vec<Asked<'a>> =
            missing.next().map(|_| Tree::Leaf(Of::Always(YES))).into_iter().collect();
        let gaps: &'a [Gap] = frame.cause.filter(|_| !frame.in_gap).map_or(&[], |cause| &cause.gaps);
        for gap in gaps.iter().filter(|g| frame.means(rule, &g.of, &g.days, g.system.as_deref())) {
            let within = frame.instead_of(rule, gap);
            lost.push(match &gap.instead {
                None => Tree::Leaf(Of::Always(YES)),
                Some(instead) => self.ask(instead, &within, Use::Persons),
            });
        }
        let events = Looked::new(self.packed, rule, frame);
        let main = match what {
            Use::Rule(place) if events.leaves_out() => Some(place),
            _ => None,
        };
        self.leaves.push(Leaf {
            main,
            counted: !matches!(what, Use::Persons),
            person: rule.whom.person,
            sent: rule.whom.recipients.then(|| Truths::new(self.packed.events())),
            lost: Tree::Any(lost),
            events,
        });
        self.leaves.len() - 1
    }
}

/// What is said; where that is "no", unknown if records of nobody knows whom may speak against it.
fn perhaps<'a>(said: Of<'a>, of_nobody: bool) -> Asked<'a> {
    let leaf = Tree::Leaf(said);
    if of_nobody { Tree::Any(vec![leaf, Tree::Leaf(Of::Always(UNKNOWN))]) } else { leaf }
}
