//! Rules: whom a cause concerns, said of recorded events.

use crate::{
    When, Window,
    condition::{Condition, what},
    history::known_kind,
};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Map, Value};

/// A sentence about a person that his records answer with yes, no or unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// Everybody of whom there is any record.
    Everyone,
    /// Each of them holds.
    All(Vec<Rule>),
    /// One of them at least holds.
    Any(Vec<Rule>),
    /// The opposite holds.
    Not(Box<Rule>),
    /// Another cause of the same incident concerns him.
    Cause(String),
    /// What is recorded of the person himself.
    Person(Condition),
    /// There is such an event.
    Event(Events),
}

/// Which events a rule means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Events {
    /// Of one of these kinds.
    pub kinds: Vec<String>,
    /// In this time.
    pub during: During,
    /// On one of these systems, where they are others than those of the cause.
    pub systems: Option<Vec<String>>,
    /// Whom of those that the event names it concerns.
    pub whom: Whom,
    /// With these fields.
    pub when: Condition,
}

/// The time in which events count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum During {
    /// The windows of the cause.
    Windows,
    /// Any.
    Ever,
    /// These days.
    Days(Window),
}

/// Whom an event concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whom {
    /// Whose event it was.
    pub person: bool,
    /// To whom it went.
    pub recipients: bool,
}

impl Events {
    /// The windows in which events count, where the cause has these; none: at any time.
    pub fn windows<'a>(&'a self, of_cause: &'a [Window]) -> &'a [Window] {
        match &self.during {
            During::Ever => &[],
            During::Days(days) => std::slice::from_ref(days),
            During::Windows => of_cause,
        }
    }

    /// Whether the event's time counts.
    pub fn covers(&self, windows: &[Window], when: When) -> crate::Truth {
        Window::hold(self.windows(windows), when)
    }

    /// Whether any of its time is in those days.
    pub fn overlaps(&self, windows: &[Window], days: &Window) -> bool {
        Window::overlap(self.windows(windows), days)
    }

    /// Whether it asks for that kind and no other.
    pub fn is_only(&self, kind: &str) -> bool {
        self.kinds.iter().all(|asked| asked == kind)
    }
}

impl Rule {
    /// Calls for it and each rule within it.
    pub fn each<'a>(&'a self, call: &mut dyn FnMut(&'a Rule)) {
        call(self);
        match self {
            Rule::All(all) | Rule::Any(all) => all.iter().for_each(|rule| rule.each(call)),
            Rule::Not(inner) => inner.each(call),
            Rule::Everyone | Rule::Cause(_) | Rule::Person(_) | Rule::Event(_) => {}
        }
    }

    /// Whether the opposite of anything stands in it.
    pub(crate) fn has_opposite(&self) -> bool {
        let mut found = false;
        self.each(&mut |rule| match rule {
            Rule::Not(_) => found = true,
            Rule::Person(condition) => found |= condition.has_opposite(),
            _ => {}
        });
        found
    }

    /// The same, but not for what stands within an opposite: the rules whose events speak for a person.
    pub fn each_for<'a>(&'a self, call: &mut dyn FnMut(&'a Rule)) {
        call(self);
        match self {
            Rule::All(all) | Rule::Any(all) => all.iter().for_each(|rule| rule.each_for(call)),
            Rule::Not(_) | Rule::Everyone | Rule::Cause(_) | Rule::Person(_) | Rule::Event(_) => {}
        }
    }

    /// Reads a rule from JSON; `path` says where it stands in the file.
    ///
    /// # Errors
    /// A sentence that names the place and what may stand there.
    pub fn read(value: &Value, path: &str) -> Result<Rule, String> {
        let Value::Object(map) = value else {
            return Err(format!("{path}: a rule is a table, not {}", what(value)));
        };
        let heads: Vec<&str> = HEADS.iter().copied().filter(|head| map.contains_key(*head)).collect();
        let [head] = heads.as_slice() else {
            return Err(format!("{path}: a rule has exactly one of {}", HEADS.join(", ")));
        };
        if *head == "event" {
            return Events::read(map, path).map(Rule::Event);
        }
        if let Some(stranger) = map.keys().find(|key| key != head) {
            return Err(format!("{path}: “{stranger}” has no meaning beside “{head}”"));
        }
        let (inner, path) = (&map[*head], format!("{path}.{head}"));
        match *head {
            "everyone" if inner == &Value::Bool(true) => Ok(Rule::Everyone),
            "everyone" => Err(format!("{path}: write true")),
            "cause" => Ok(Rule::Cause(one_text(inner, &path)?)),
            "person" => Ok(Rule::Person(Condition::read(inner, &path)?)),
            "not" => Ok(match Rule::read(inner, &path)? {
                // The opposite of an opposite speaks for a person again.
                Rule::Not(twice) => *twice,
                once => Rule::Not(Box::new(once)),
            }),
            "all" => Ok(Rule::All(several(inner, &path)?)),
            _ => Ok(Rule::Any(several(inner, &path)?)),
        }
    }
}

const HEADS: [&str; 7] = ["event", "person", "cause", "everyone", "all", "any", "not"];

fn several(value: &Value, path: &str) -> Result<Vec<Rule>, String> {
    let list = value.as_array();
    let list = list.ok_or_else(|| format!("{path}: a list of rules stands here, not {}", what(value)))?;
    if list.is_empty() {
        return Err(format!("{path}: the list is empty: at least one rule stands in it"));
    }
    list.iter().enumerate().map(|(n, rule)| Rule::read(rule, &format!("{path}[{n}]"))).collect()
}

fn one_text(value: &Value, path: &str) -> Result<String, String> {
    let text = value.as_str().map(str::to_owned);
    text.ok_or_else(|| format!("{path}: a text stands here, not {}", what(value)))
}

/// A text, or a list of texts.
fn texts(value: &Value, path: &str) -> Result<Vec<String>, String> {
    match value {
        Value::Array(list) if list.is_empty() => {
            Err(format!("{path}: the list is empty: leave it out, or name one at least"))
        }
        Value::Array(list) => list.iter().map(|v| one_text(v, path)).collect(),
        one => Ok(vec![one_text(one, path)?]),
    }
}

impl Events {
    fn read(map: &Map<String, Value>, path: &str) -> Result<Events, String> {
        let mut events = Events {
            kinds: Vec::new(),
            during: During::Windows,
            systems: None,
            whom: Whom { person: true, recipients: false },
            when: Condition::NONE,
        };
        for (key, value) in map {
            let path = format!("{path}.{key}");
            match key.as_str() {
                "event" => {
                    events.kinds = texts(value, &path)?;
                    let known = events.kinds.iter().try_for_each(|kind| known_kind(kind));
                    known.map_err(|e| format!("{path}: {e}"))?;
                }
                "during" => events.during = During::read(value, &path)?,
                "systems" => events.systems = Some(texts(value, &path)?),
                "whom" => events.whom = Whom::read(value, &path)?,
                "if" => events.when = Condition::read(value, &path)?,
                _ => return Err(format!("{path}: beside “event” stand during, systems, whom and if")),
            }
        }
        Ok(events)
    }
}

impl During {
    fn read(value: &Value, path: &str) -> Result<During, String> {
        match value {
            Value::String(word) if word == "windows" => Ok(During::Windows),
            Value::String(word) if word == "ever" => Ok(During::Ever),
            Value::Object(_) => {
                let days: Window =
                    serde_json::from_value(value.clone()).map_err(|e| format!("{path}: {e}"))?;
                let right = !days.is_backwards();
                right.then_some(During::Days(days)).ok_or_else(|| format!("{path}: it ends before it begins"))
            }
            _ => Err(format!("{path}: write \"windows\", \"ever\" or {{ from = …, to = … }}")),
        }
    }
}

impl Whom {
    fn read(value: &Value, path: &str) -> Result<Whom, String> {
        let words = texts(value, path)?;
        let has = |word: &str| words.iter().any(|w| w == word);
        if words.iter().any(|w| !matches!(w.as_str(), "person" | "recipients")) {
            return Err(format!("{path}: write \"person\", \"recipients\" or both in a list"));
        }
        Ok(Whom { person: has("person"), recipients: has("recipients") })
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Rule, D::Error> {
        Rule::read(&Value::deserialize(from)?, "rule").map_err(D::Error::custom)
    }
}
