//! The facts of an incident: whom it concerns, and what was done and is said about it; a TOML or JSON file, as
//! `docs/incident/facts.md` and `docs/incident/response.md` describe it.

mod check;
mod check_response;
mod response;
mod rule;

pub use check::is_id;
pub use check_response::{is_address, is_mail, is_phone};
pub use response::{
    Added, Advice, Announcements, Cards, Contacts, Defence, Explained, Filing, FilingKind, Happened,
    Investigation, Known, Lookup, Measure, Merchant, Monitoring, Next, Office, Part, Payer, Progress,
    Reissue, Step, Updates, Version,
};
pub use rule::{During, Events, Rule, Whom};

use crate::Window;
use serde::{Deserialize, Serialize, de::Error};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The version of the form that this program reads.
pub const FORMAT: u32 = 1;

/// What is known of an incident.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// Always [`FORMAT`].
    pub format: u32,
    /// What it is called.
    pub title: Text,
    /// What people call kinds, fields, values and items of the owner's own, by their names in records and rules.
    #[serde(default)]
    pub words: BTreeMap<String, Text>,
    /// The systems that there are, those that are not concerned among them.
    #[serde(default)]
    pub systems: Vec<System>,
    /// How data could get out.
    pub causes: Vec<Cause>,
    /// Unions, intersections and parts of the causes' populations that are counted of their own.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// Whose incident it is.
    #[serde(default)]
    pub merchant: Option<Merchant>,
    /// What happened when.
    #[serde(default)]
    pub timeline: Vec<Step>,
    /// How far the investigation is.
    #[serde(default)]
    pub investigation: Option<Investigation>,
    /// Whether it was done to do harm, as an intrusion is; the law gives the final report more time then. Absent: not
    /// known.
    #[serde(default)]
    pub malicious: Option<bool>,
    /// Whether the secret without which guessed passwords cannot be tried against stored ones got out as well. Absent:
    /// there is none, or nobody knows.
    #[serde(default)]
    pub pepper_exposed: Option<bool>,
    /// What was done, or will be, so that it does not happen again.
    #[serde(default)]
    pub measures: Vec<Measure>,
    /// What there was against it when it happened.
    #[serde(default)]
    pub defences: Vec<Defence>,
    /// Whether the software was up to date.
    #[serde(default)]
    pub updates: Option<Updates>,
    /// Where customers ask.
    #[serde(default)]
    pub contacts: Option<Contacts>,
    /// What card companies and the processor do.
    #[serde(default)]
    pub cards: Option<Cards>,
    /// Reports that were filed, or why not yet.
    #[serde(default)]
    pub filings: Vec<Filing>,
    /// What will be announced.
    #[serde(default)]
    pub announcements: Option<Announcements>,
    /// What customers are asked to do.
    #[serde(default)]
    pub advice: Vec<Advice>,
    /// What is promised for damage, in whole sentences. Absent: nothing is.
    #[serde(default)]
    pub compensation: Option<Text>,
    /// What the shop can look up.
    #[serde(default)]
    pub lookup: Option<Lookup>,
    /// Answers that were added.
    #[serde(default)]
    pub answers: Vec<Added>,
    /// The versions of these facts, the newest last.
    #[serde(default)]
    pub versions: Vec<Version>,
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a text in both languages: { ja = \"…\", en = \"…\" }")]
pub struct Text {
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
}

/// Something that keeps records of its own: an online shop, a new or old version of it, a store's terminals.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// As the field `system` of recorded events names it.
    pub id: String,
    /// What people call it.
    pub name: Text,
    /// Whether the intruder could reach it. What is excluded is stated, with `why`.
    #[serde(default = "yes")]
    pub affected: bool,
    /// Why it is not concerned.
    #[serde(default)]
    pub why: Option<Text>,
}

/// One way by which data could get out, and whom it concerns.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// A short name, for rules and results.
    pub id: String,
    /// What it is called.
    pub title: Text,
    /// When it could happen: days in Japan, first and last included. None: at any time.
    #[serde(default)]
    pub windows: Vec<Window>,
    /// On which systems; absent: on all that are affected.
    #[serde(default)]
    pub systems: Option<Vec<String>>,
    /// Whom it concerns.
    pub rule: Rule,
    /// What the rule's yes means of a person: that his data may have got out, or that it did.
    #[serde(default)]
    pub certainty: Certainty,
    /// Of whom it is certain that his data got out, where the rule itself says less.
    #[serde(default)]
    pub confirmed: Option<Rule>,
    /// What got out, or may have.
    pub items: Vec<Item>,
    /// Whether only those items are concerned that the matching records name in `fields`.
    #[serde(default)]
    pub items_of_records: bool,
    /// Lost records, and who is concerned in their stead.
    #[serde(default)]
    pub gaps: Vec<Gap>,
    /// What a record is, when records are counted.
    #[serde(default)]
    pub count: Option<Unit>,
    /// Figures of others: the forensic firm's, the processor's. They are shown beside ours and change nothing.
    #[serde(default)]
    pub stated: Vec<Stated>,
    /// What shows it.
    #[serde(default)]
    pub evidence: Vec<Text>,
    /// Whom it concerns, as customers are told, where the rule's own words are too dry: "those who …".
    #[serde(default)]
    pub whom: Option<Text>,
    /// How it was done.
    #[serde(default)]
    pub how: Option<Explained>,
    /// Why it could be done.
    #[serde(default)]
    pub why: Option<Explained>,
}

/// What is known of a person whom a rule matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// His data may have got out.
    #[default]
    Possible,
    /// It did.
    Confirmed,
}

/// An item that is concerned.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its name, from the vocabulary.
    pub item: String,
    /// Of whom; absent: of all whom the cause concerns.
    pub only: Option<Rule>,
}

/// In a file: its name, or `{ item = NAME, if = RULE }`.
impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Item, D::Error> {
        let wrong = "an item is its name, or { item = NAME, if = RULE }";
        match Value::deserialize(from)? {
            Value::String(item) => Ok(Item { item, only: None }),
            Value::Object(map) => {
                let (Some(Value::String(item)), Some(only), 2) = (map.get("item"), map.get("if"), map.len())
                else {
                    return Err(D::Error::custom(wrong));
                };
                let only = Rule::read(only, "if").map_err(D::Error::custom)?;
                Ok(Item { item: item.clone(), only: Some(only) })
            }
            _ => Err(D::Error::custom(wrong)),
        }
    }
}

/// Records that are lost, and who is concerned instead of those whom they would have shown.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// The kind of events.
    pub of: String,
    /// The days.
    pub days: Window,
    /// The system; absent: all of them.
    #[serde(default)]
    pub system: Option<String>,
    /// Whoever matches this may be concerned; its windows are the days of the gap, as far as lost ones would have
    /// counted in them. Absent: everybody.
    #[serde(default)]
    pub instead: Option<Rule>,
}

/// What is counted as a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Distinct cards, by the processor's fingerprint.
    Cards,
    /// Orders.
    Orders,
    /// Matching records.
    Events,
    /// Persons.
    Persons,
}

impl Unit {
    /// Whether a record of that kind is none of it, as long as it names none: who registered has not shown a card by that.
    pub(crate) fn is_never(self, kind: &str) -> bool {
        let of_the_account = ["registration", "leave", "login", "change", "inquiry", "imported", "opened"];
        match self {
            Unit::Cards => of_the_account.contains(&kind),
            Unit::Orders => kind == "card_saved" || of_the_account.contains(&kind),
            Unit::Events | Unit::Persons => false,
        }
    }
}

/// How a figure is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// So many.
    Exact,
    /// So many or fewer.
    AtMost,
    /// Nobody can say exactly.
    About,
}

/// A figure that somebody else stated.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stated {
    /// Who.
    pub by: Text,
    /// So many records.
    #[serde(default)]
    pub records: Option<u64>,
    /// So many persons.
    #[serde(default)]
    pub persons: Option<u64>,
    /// How it is meant.
    pub precision: Precision,
}

/// Some of those whom the causes concern.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// A short name.
    pub id: String,
    /// What it is called.
    pub title: Text,
    /// Who belongs to it.
    pub rule: Rule,
    /// Figures of others, as of a cause.
    #[serde(default)]
    pub stated: Vec<Stated>,
}

/// TOML as JSON: its dates, which need no quotes, are texts there.
fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(b) => b.into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(list) => list.into_iter().map(json).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, json(value))).collect(),
    }
}

fn yes() -> bool {
    true
}

/// A facts file that cannot be used; the text says where and why, the kind says it to whoever has words of his own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the facts cannot be used: {0}")]
pub struct Unfit(pub String, pub Kind);

/// What makes facts unfit, where entries that are right each by itself contradict one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A rule names a cause that there is not.
    NoCause,
    /// A cause or a rule names a system that there is not.
    NoSystem,
    /// Causes speak of each other in a circle.
    Circle,
    /// It was discovered before it began.
    BeforeBegun,
    /// Customers were told before it was discovered.
    BeforeKnown,
    /// A later version has an earlier day.
    VersionDay,
    /// Something else.
    Other,
}

impl Unfit {
    /// Of no kind that has a name.
    fn other(why: impl Into<String>) -> Unfit {
        Unfit(why.into(), Kind::Other)
    }

    /// The same, with the place where it stands.
    fn within(self, place: &str) -> Unfit {
        Unfit(format!("{place}: {}", self.0), self.1)
    }
}

/// A text of facts, or of a part of them, as JSON: JSON where it begins with `{` and is some, else TOML.
///
/// # Errors
/// Where it is neither.
pub fn value(text: &str) -> Result<Value, Unfit> {
    let text = text.trim_start_matches('\u{feff}');
    match text.trim_start().starts_with('{') {
        true => crate::line::value(text).map_err(Unfit::other),
        false => Ok(json(toml::Value::Table(toml::from_str(text).map_err(|e| Unfit::other(e.to_string()))?))),
    }
}

/// A rule as somebody wrote it: JSON, or a TOML table in braces.
///
/// # Errors
/// Where it is neither, or no rule.
pub fn rule_value(text: &str) -> Result<Value, Unfit> {
    let text = text.trim();
    let parsed = match text.starts_with('{').then(|| serde_json::from_str::<Value>(text)) {
        Some(Ok(_)) => crate::line::value(text).map_err(Unfit::other)?,
        _ => {
            // Its place in a line is of no use to who wrote into a field.
            let table = toml::from_str(&format!("rule = {}", text.replace(['\r', '\n'], " ")));
            json(toml::Value::Table(table.map_err(|e| Unfit::other(e.message()))?))["rule"].take()
        }
    };
    Rule::read(&parsed, "rule").map_err(Unfit::other)?;
    Ok(parsed)
}

impl Facts {
    /// Reads a file's text: JSON where it begins with `{`, else TOML; and checks that it agrees with itself.
    ///
    /// # Errors
    /// Where it is neither, something is missing or unknown, or it contradicts itself.
    pub fn read(text: &str) -> Result<Facts, Unfit> {
        Facts::of_value(value(text)?)
    }

    /// The facts in a file's text as [`value`] reads it; checks that they agree with themselves.
    ///
    /// # Errors
    /// Where something is missing or unknown, or it contradicts itself.
    pub fn of_value(value: Value) -> Result<Facts, Unfit> {
        let facts: Facts = serde_path_to_error::deserialize(value)
            .map_err(|e| Unfit::other(format!("{}: {}", e.path(), e.inner())))?;
        facts.check()?;
        Ok(facts)
    }

    /// The system of that name.
    pub fn system(&self, id: &str) -> Option<&System> {
        self.systems.iter().find(|system| system.id == id)
    }

    /// Whether a cause asks for events of one of these kinds, by its own rule or by that of a cause which it names.
    pub fn asks_for(&self, cause: &Cause, kinds: &[&str]) -> bool {
        let mut found = false;
        cause.rule.each(&mut |rule| match rule {
            Rule::Event(events) => found |= events.kinds.iter().any(|kind| kinds.contains(&kind.as_str())),
            Rule::Cause(id) => {
                found |= self.causes.iter().any(|named| named.id == *id && self.asks_for(named, kinds));
            }
            _ => {}
        });
        found
    }

    /// All rules of causes and groups.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &Rule> {
        let groups = self.groups.iter().map(|group| &group.rule);
        self.causes.iter().flat_map(Cause::rules).chain(groups)
    }

    /// Calls with each event that a cause asks for, by its own rules or by those of causes that they name, and with the cause whose
    /// rule it stands in; not with what stands within an opposite.
    pub(crate) fn each_asked<'a>(&'a self, cause: &'a Cause, call: &mut dyn FnMut(&'a Events, &'a Cause)) {
        let mut named = Vec::new();
        for rule in cause.confirmed.iter().chain([&cause.rule]) {
            rule.each_for(&mut |rule| match rule {
                Rule::Event(events) => call(events, cause),
                Rule::Cause(id) => named.extend(self.place(id).map(|place| &self.causes[place])),
                _ => {}
            });
        }
        // Causes do not speak of each other in a circle.
        named.into_iter().for_each(|cause| self.each_asked(cause, call));
    }

    /// The kinds of events that a cause's rule asks for: what it counts. Those of `confirmed` alone only show something.
    pub(crate) fn kinds_asked<'a>(&'a self, rule: &'a Rule) -> BTreeSet<&'a str> {
        let mut kinds = BTreeSet::new();
        rule.each_for(&mut |rule| match rule {
            Rule::Event(events) => kinds.extend(events.kinds.iter().map(String::as_str)),
            // Causes do not speak of each other in a circle.
            Rule::Cause(id) => {
                let cause = self.place(id).map(|place| &self.causes[place]);
                kinds.extend(cause.into_iter().flat_map(|cause| self.kinds_asked(&cause.rule)));
            }
            _ => {}
        });
        kinds
    }

    /// The place of a cause among the causes.
    pub fn place(&self, id: &str) -> Option<usize> {
        self.causes.iter().position(|cause| cause.id == id)
    }
}

impl Cause {
    /// The same cause in the days of a gap, as far as its records would have counted in them: what is asked in place of lost
    /// records is asked of these.
    #[must_use]
    pub fn within(&self, gap: &Gap) -> Cause {
        let mut asked: Vec<&[Window]> = Vec::new();
        self.rule.each(&mut |rule| match rule {
            Rule::Event(events) if events.kinds.contains(&gap.of) => {
                asked.push(events.windows(&self.windows))
            }
            _ => {}
        });
        // Where they are asked for of several times, each part has its own.
        let same = asked.first().filter(|first| asked.iter().all(|windows| windows == *first));
        let days: Vec<Window> =
            same.into_iter().copied().flatten().filter_map(|window| window.meet(&gap.days)).collect();
        Cause { windows: if days.is_empty() { vec![gap.days] } else { days }, ..self.clone() }
    }

    /// What a record is: what was said, or what the rule's events suggest where they are all alike.
    pub fn unit(&self) -> Unit {
        let mut kinds = Vec::new();
        self.rule.each(&mut |rule| {
            if let Rule::Event(events) = rule {
                kinds.extend(events.kinds.iter().map(String::as_str));
            }
        });
        let all = |of: &[&str]| !kinds.is_empty() && kinds.iter().all(|kind| of.contains(kind));
        self.count.unwrap_or(if all(&["card_entry", "card_saved"]) {
            Unit::Cards
        } else if all(&["order"]) {
            Unit::Orders
        } else {
            Unit::Persons
        })
    }
}
