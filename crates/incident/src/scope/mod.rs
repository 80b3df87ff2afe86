//! Whom an incident concerns: each person's result for each cause, with the reason, and all counts.
//!
//! **Missing evidence widens a population, never narrows it**: where records do not say, or are lost, a person's result
//! is *possible*, and a count of such persons is *at most*.

mod compare;
mod count;
mod excluded;
mod judge;
mod tally;

pub use compare::{CauseChange, Comparison, PersonChange};
pub(crate) use count::Losses;
pub use count::{Count, Pair};
pub use excluded::Excluded;
pub use judge::{Because, Lack};
pub(crate) use judge::{Frame, system};
pub(crate) use tally::{Counts, name_in, named_by, order_of};

use crate::{
    Truth,
    facts::{Cause, Certainty, Facts, Gap, Rule, Unit},
    history::History,
    words,
};
use judge::{Judgement, Nobodys};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use tally::{Tally, items};

/// Whether a cause concerns a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It does not.
    None,
    /// It may.
    Possible,
    /// It does.
    Confirmed,
}

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sentence {
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
}

/// What a cause means for one person.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Whether it concerns him.
    pub result: Level,
    /// Whether he is counted on what the records say, or because they do not say enough.
    pub certain: bool,
    /// Why.
    pub reason: Sentence,
    /// So many matching records.
    pub records: usize,
    /// What of him is concerned.
    pub items: Vec<String>,
    /// Of `items` those of which the records do not say for certain that they are concerned where he is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unsure: Vec<String>,
}

/// One person's results.
#[derive(Debug, Clone, Serialize)]
pub struct PersonScope {
    /// His id in the records.
    pub person: String,
    /// Further ids of the same person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// The results, by cause.
    pub causes: BTreeMap<String, Outcome>,
    /// The groups that he belongs to, or may.
    pub groups: Vec<String>,
    /// All items that are concerned by any cause.
    pub items: Vec<String>,
}

/// What is counted of one cause.
#[derive(Debug, Clone, Serialize)]
pub struct CauseScope {
    /// Its id.
    pub id: String,
    /// Its rule, in words.
    pub sentence: Sentence,
    /// The rule of `confirmed`, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<Sentence>,
    /// What a record is.
    pub unit: Unit,
    /// Those whom it concerns or may concern.
    pub affected: Pair,
    /// Of them, those of whom it is certain that data got out.
    pub confirmed: Pair,
    /// Of them, the others.
    pub possible: Pair,
    /// Matching records of which nobody can say whose they are: nobody can be told.
    pub unlinked_records: u64,
    /// What was left out because it is on a system that is not concerned.
    pub excluded: Vec<Excluded>,
    /// What others stated, never changed by us.
    pub stated: Vec<crate::facts::Stated>,
}

/// What is counted of one group.
#[derive(Debug, Clone, Serialize)]
pub struct GroupScope {
    /// Its id.
    pub id: String,
    /// Its rule, in words.
    pub sentence: Sentence,
    /// So many persons.
    pub persons: Count,
    /// What others stated, never changed by us.
    pub stated: Vec<crate::facts::Stated>,
}

/// Whom an incident concerns.
#[derive(Debug, Clone, Serialize)]
pub struct Scope {
    /// By cause, in the order of the facts.
    pub causes: Vec<CauseScope>,
    /// By group, in the order of the facts.
    pub groups: Vec<GroupScope>,
    /// Persons whom any cause concerns or may concern, each once.
    pub persons_affected: Count,
    /// Persons of whom there are records.
    pub persons_known: u64,
    /// Each of them, those whom nothing concerns among them, in the order of the records.
    pub persons: Vec<PersonScope>,
    /// What whoever wrote the facts should look at.
    pub warnings: Vec<Sentence>,
}

impl Scope {
    /// Applies facts to records. The same input gives the same result, whenever and wherever.
    pub fn evaluate(facts: &Facts, history: &History) -> Scope {
        let order = facts.order().unwrap_or_else(|_| (0..facts.causes.len()).collect());
        let mut tallies: Vec<Tally<'_>> =
            facts.causes.iter().map(|c| Tally::new(facts, c, history)).collect();
        let mut groups = vec![Count::ZERO; facts.groups.len()];
        let mut affected = Count::ZERO;
        let nobodys = Nobodys::default();
        let persons = (0..history.persons.len()).map(|place| {
            let mut decided = vec![Truth::Unknown; facts.causes.len()];
            let mut causes = BTreeMap::new();
            for n in &order {
                let cause = &facts.causes[*n];
                let frame = Frame { nobodys: Some(&nobodys), ..frame(facts, history, Some(cause), &decided) };
                let (outcome, truth) = decide(&frame, cause, place, &mut tallies[*n]);
                decided[*n] = truth;
                causes.insert(cause.id.clone(), outcome);
            }
            affected.add(decided.iter().copied().max().unwrap_or(Truth::No));
            let frame = Frame { nobodys: Some(&nobodys), ..frame(facts, history, None, &decided) };
            let mut member_of = Vec::new();
            for (group, count) in facts.groups.iter().zip(&mut groups) {
                let (truth, _) = frame.ask(&group.rule, place);
                count.add(truth);
                member_of.extend((truth != Truth::No).then(|| group.id.clone()));
            }
            summary(history, place, causes, member_of)
        });
        let persons: Vec<PersonScope> = persons.collect();
        let mut unlinked = BTreeSet::new();
        let causes: Vec<CauseScope> = tallies
            .into_iter()
            .map(|tally| {
                unlinked.extend(tally.unlinked(facts).into_keys());
                tally.end(facts)
            })
            .collect();
        affected.unknown(unlinked.len() as u64);
        let nobody = frame(facts, history, None, &[]);
        let affected = nobody.losses_of_all().less(affected);
        let groups = facts.groups.iter().zip(groups).map(|(group, mut persons)| {
            persons.unknown(nobody.unlinked_by(&group.rule));
            let persons = nobody.losses(&group.rule).less(persons);
            let sentence = words::rule(facts, None, &group.rule);
            GroupScope { id: group.id.clone(), sentence, persons, stated: group.stated.clone() }
        });
        Scope {
            groups: groups.collect(),
            persons_affected: affected,
            persons_known: persons.len() as u64,
            persons,
            warnings: {
                let mut warnings = words::warnings(facts, history, history);
                warnings.extend(history.placeholders().map(words::placeholder));
                warnings.extend(history.placeholder_cards().into_iter().map(words::placeholder_card));
                warnings
            },
            causes,
        }
    }
}

impl Facts {
    /// Whether the lost records of a gap are such as a rule of its cause asks for.
    pub fn misses(&self, cause: &Cause, rule: &Rule, gap: &Gap) -> bool {
        let history = History::default();
        let frame = frame(self, &history, Some(cause), &[]);
        let mut asked = false;
        rule.each(&mut |rule| asked |= matches!(rule, Rule::Event(events) if frame.loses(events, gap)));
        asked
    }

    /// Whether anybody can be concerned in the stead of what is lost.
    pub fn has_others(&self, cause: &Cause, gap: &Gap) -> bool {
        cause.confirmed.iter().chain([&cause.rule]).any(|rule| self.misses(cause, rule, gap))
    }
}

pub(crate) fn frame<'a>(
    facts: &'a Facts,
    history: &'a History,
    cause: Option<&'a Cause>,
    decided: &'a [Truth],
) -> Frame<'a> {
    let windows = cause.map_or(&[][..], |c| &c.windows);
    Frame {
        facts,
        history,
        cause,
        windows,
        in_gap: false,
        lost_in: &[],
        decided,
        part: None,
        denied: false,
        nobodys: None,
    }
}

/// One person, one cause; and how far it concerns him, for rules that speak of it.
fn decide(frame: &Frame<'_>, cause: &Cause, place: usize, tally: &mut Tally<'_>) -> (Outcome, Truth) {
    let confirmed: Option<Judgement> = cause.confirmed.as_ref().map(|rule| frame.ask(rule, place));
    let (possible, why) = frame.ask(&cause.rule, place);
    let is = |truth: Truth| confirmed.as_ref().is_some_and(|(t, _)| *t == truth);
    let (result, certain, why) = if is(Truth::Yes) {
        (Level::Confirmed, true, confirmed.map(|(_, why)| why).unwrap_or_default())
    } else if possible == Truth::Yes {
        let sure = cause.certainty == Certainty::Confirmed;
        (if sure { Level::Confirmed } else { Level::Possible }, true, why)
    } else if possible == Truth::Unknown {
        (Level::Possible, false, why)
    } else if is(Truth::Unknown) {
        (Level::Possible, false, confirmed.map(|(_, why)| why).unwrap_or_default())
    } else {
        (Level::None, true, why)
    };
    let truth = match (result, certain) {
        (Level::None, _) => Truth::No,
        (_, true) => Truth::Yes,
        (_, false) => Truth::Unknown,
    };
    let of_itself = possible == Truth::Yes && cause.certainty == Certainty::Confirmed;
    let records = tally.person(frame, place, (result, certain), of_itself);
    let found = match result {
        Level::None => Vec::new(),
        Level::Possible | Level::Confirmed => items(frame, cause, place, &records),
    };
    let unsure =
        found.iter().filter(|(_, truth)| *truth != Truth::Yes).map(|(item, _)| item.clone()).collect();
    let items = found.into_iter().map(|(item, _)| item).collect();
    let reason = words::reason(frame.facts, cause, result, certain, &why);
    (Outcome { result, certain, reason, records: records.len(), items, unsure }, truth)
}

fn summary(
    history: &History,
    place: usize,
    causes: BTreeMap<String, Outcome>,
    groups: Vec<String>,
) -> PersonScope {
    let person = &history.persons[place];
    let mut items: Vec<String> = causes.values().flat_map(|o| o.items.iter().cloned()).collect();
    items.sort();
    items.dedup();
    PersonScope { person: person.id.clone(), also: person.also.clone(), causes, groups, items }
}
