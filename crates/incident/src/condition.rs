//! What a rule asks of one record: its fields, and what is said of their values.

use crate::{Truth, vocabulary};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A value in a record: what JSON has, without objects. A list means that each of its values is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scalar {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// A word or text.
    Text(String),
}

/// The fields of a record. One that is absent, `null`, empty or `"unknown"` says nothing.
pub type Fields = BTreeMap<String, Vec<Scalar>>;

impl Scalar {
    /// The value of a field in JSON; `None` where it says nothing.
    ///
    /// # Errors
    /// A sentence, without the value: that may be personal data put there by mistake.
    pub fn list(value: &Value) -> Result<Option<Vec<Scalar>>, String> {
        let one = |value: &Value| match value {
            Value::Bool(b) => Ok(Scalar::Bool(*b)),
            Value::Number(n) => n.as_i64().map(Scalar::Number).ok_or("a number must be whole"),
            Value::String(s) if says_nothing(s) => Err("what is not known stands alone, not in a list"),
            // A blank at its end is an export's.
            Value::String(s) => Ok(Scalar::Text(s.trim().to_owned())),
            _ => Err("a value must be a text, a whole number, true, false, or a list of these"),
        };
        match value {
            Value::Null => Ok(None),
            Value::String(s) if says_nothing(s) => Ok(None),
            Value::Array(all) if all.is_empty() => Ok(None),
            Value::Array(all) => Ok(Some(all.iter().map(one).collect::<Result<_, _>>()?)),
            other => Ok(Some(vec![one(other)?])),
        }
    }
}

impl Scalar {
    /// Whether it is the same value: a number is the same as a text that writes it. Whether a text or number is what was
    /// meant by true or false nobody can say.
    pub(crate) fn is(&self, other: &Scalar) -> Truth {
        match (self, other) {
            (Scalar::Number(number), Scalar::Text(text)) | (Scalar::Text(text), Scalar::Number(number)) => {
                Truth::from(text.parse() == Ok(*number))
            }
            (Scalar::Bool(a), Scalar::Bool(b)) => Truth::from(a == b),
            (Scalar::Bool(_), _) | (_, Scalar::Bool(_)) => Truth::Unknown,
            // One system writes JCB, another jcb.
            (Scalar::Text(a), Scalar::Text(b)) => Truth::from(
                a.eq_ignore_ascii_case(b)
                    || !(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase(),
            ),
            (a, b) => Truth::from(a == b),
        }
    }
}

/// What stands where nothing is known.
pub const UNKNOWN: &str = "unknown";

/// Exports write nothing where they know nothing: two empty fingerprints are not one card.
pub(crate) fn says_nothing(text: &str) -> bool {
    text.trim().is_empty() || text.trim().eq_ignore_ascii_case(UNKNOWN)
}

/// A condition on the fields of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Each of them.
    All(Vec<Condition>),
    /// One of them at least.
    Any(Vec<Condition>),
    /// The opposite.
    Not(Box<Condition>),
    /// What is said of one field.
    Field(String, Test),
}

/// What is asked of the value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It is one of these; of a list, one at least is.
    In(Vec<Scalar>),
    /// It is this or comes after it, in the order of the vocabulary or of numbers.
    AtLeast(Scalar),
    /// It is this or comes before it.
    AtMost(Scalar),
    /// It is recorded, or it is not. The one test whose answer is never unknown.
    Recorded(bool),
}

impl Condition {
    /// Nothing is asked.
    pub const NONE: Condition = Condition::All(Vec::new());

    /// Whether it holds of these fields, and the field that decided so, where one alone did.
    pub fn holds<'a>(&'a self, fields: &Fields) -> (Truth, Option<&'a str>) {
        match self {
            Condition::Field(name, test) => (test.holds(name, fields.get(name)), Some(name)),
            Condition::Not(inner) => {
                let (truth, field) = inner.holds(fields);
                (!truth, field)
            }
            Condition::All(all) => {
                let each = all.iter().map(|c| c.holds(fields));
                each.min_by_key(|(truth, _)| *truth).unwrap_or((Truth::Yes, None))
            }
            // The last of those equal, were it `max_by_key`.
            Condition::Any(all) => {
                let each = all.iter().rev().map(|c| c.holds(fields));
                each.max_by_key(|(truth, _)| *truth).unwrap_or((Truth::No, None))
            }
        }
    }

    /// Reads a condition from JSON; `path` says where it stands in the file.
    ///
    /// # Errors
    /// A sentence that names the place and what may stand there.
    pub fn read(value: &Value, path: &str) -> Result<Condition, String> {
        let Value::Object(map) = value else {
            return Err(format!("{path}: a condition is a table of fields, not {}", what(value)));
        };
        let mut all = Vec::new();
        for (key, value) in map {
            let path = format!("{path}.{key}");
            all.push(match key.as_str() {
                "all" => Condition::All(Condition::several(value, &path)?),
                "any" => Condition::Any(Condition::several(value, &path)?),
                "not" => Condition::Not(Box::new(Condition::read(value, &path)?)),
                field => Condition::field(field, value, &path)?,
            });
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Condition::All(all) })
    }

    fn several(value: &Value, path: &str) -> Result<Vec<Condition>, String> {
        let Value::Array(list) = value else {
            return Err(format!("{path}: a list of conditions stands here, not {}", what(value)));
        };
        list.iter().enumerate().map(|(n, c)| Condition::read(c, &format!("{path}[{n}]"))).collect()
    }

    fn field(name: &str, value: &Value, path: &str) -> Result<Condition, String> {
        known_field(name).map_err(|e| format!("{path}: {e}"))?;
        let within = |e: String| format!("{path}: {e}");
        let Value::Object(map) = value else {
            let values = Scalar::list(value).map_err(within)?;
            let values = values.filter(|v| !v.is_empty()).ok_or_else(|| {
                format!("{path}: name the values that count; for “not recorded” write {{ recorded = false }}")
            })?;
            values.iter().try_for_each(|v| known_value(name, v)).map_err(within)?;
            return Ok(Condition::Field(name.to_owned(), Test::In(values)));
        };
        let tests = Condition::tests(name, map).map_err(within)?;
        Ok(Condition::All(tests.into_iter().map(|t| Condition::Field(name.to_owned(), t)).collect()))
    }

    fn tests(name: &str, map: &Map<String, Value>) -> Result<Vec<Test>, String> {
        let limit = |value: &Value| {
            let list = Scalar::list(value)?.unwrap_or_default();
            let [one] = list.as_slice() else { return Err("one value stands here".to_owned()) };
            known_value(name, one)?;
            let ordered = vocabulary::field(name).is_none_or(|f| f.ordered);
            match one {
                Scalar::Text(_) if vocabulary::field(name).is_none() || !ordered => {
                    Err(format!("the values of “{name}” have no order: list those that count"))
                }
                Scalar::Text(word) if vocabulary::field(name).is_some_and(|f| f.rank(word).is_none()) => {
                    Err(format!("“{word}” has no place in the order of “{name}”"))
                }
                Scalar::Bool(_) => Err("true and false have no order".to_owned()),
                _ => Ok(one.clone()),
            }
        };
        let tests = map.iter().map(|(key, value)| match key.as_str() {
            "at_least" => limit(value).map(Test::AtLeast),
            "at_most" => limit(value).map(Test::AtMost),
            "recorded" => value.as_bool().map(Test::Recorded).ok_or("write true or false".to_owned()),
            other => Err(format!("“{other}” is no test: write at_least, at_most or recorded")),
        });
        let tests: Vec<Test> = tests.collect::<Result<_, _>>()?;
        let limit = |limit: fn(&Test) -> Option<&Scalar>| rank(name, tests.iter().find_map(limit)?);
        let least = limit(|test| if let Test::AtLeast(limit) = test { Some(limit) } else { None });
        let most = limit(|test| if let Test::AtMost(limit) = test { Some(limit) } else { None });
        match (least, most) {
            _ if tests.is_empty() => Err("nothing is asked of it".to_owned()),
            (Some(least), Some(most)) if least > most => {
                Err("nothing is both: at_least lies beyond at_most".to_owned())
            }
            _ => Ok(tests),
        }
    }

    /// Calls for each value that a field is to have, with the field's name.
    pub(crate) fn each_value<'a>(&'a self, call: &mut dyn FnMut(&'a str, &'a Scalar)) {
        match self {
            Condition::Field(name, Test::In(values)) => values.iter().for_each(|value| call(name, value)),
            Condition::Field(..) => {}
            Condition::Not(inner) => inner.each_value(call),
            Condition::All(all) | Condition::Any(all) => all.iter().for_each(|c| c.each_value(call)),
        }
    }

    /// Whether the opposite of anything stands in it.
    pub(crate) fn has_opposite(&self) -> bool {
        match self {
            Condition::Not(_) => true,
            Condition::All(all) | Condition::Any(all) => all.iter().any(Condition::has_opposite),
            Condition::Field(..) => false,
        }
    }

    /// Calls for each field that it names.
    pub fn each_field<'a>(&'a self, call: &mut dyn FnMut(&'a str)) {
        match self {
            Condition::Field(name, _) => call(name),
            Condition::Not(inner) => inner.each_field(call),
            Condition::All(all) | Condition::Any(all) => all.iter().for_each(|c| c.each_field(call)),
        }
    }
}

impl Test {
    /// Whether it holds of what the field of that name has; `None`: it is not recorded.
    pub(crate) fn holds(&self, name: &str, values: Option<&Vec<Scalar>>) -> Truth {
        if let Test::Recorded(wanted) = self {
            return Truth::from(values.is_some() == *wanted);
        }
        let Some(values) = values else { return Truth::Unknown };
        let compare = |limit: &Scalar, fits: fn(i64, i64) -> bool| {
            let each = values.iter().map(|v| match (rank(name, v), rank(name, limit)) {
                (Some(value), Some(limit)) => Truth::from(fits(value, limit)),
                _ => Truth::Unknown,
            });
            each.max().unwrap_or(Truth::No)
        };
        match self {
            Test::In(wanted) => {
                let each = values.iter().flat_map(|value| wanted.iter().map(|w| value.is(w)));
                each.max().unwrap_or(Truth::No)
            }
            Test::AtLeast(limit) => compare(limit, |value, limit| value >= limit),
            Test::AtMost(limit) => compare(limit, |value, limit| value <= limit),
            Test::Recorded(_) => Truth::Unknown,
        }
    }
}

/// Where a value of that field stands among others, if they have an order.
fn rank(name: &str, value: &Scalar) -> Option<i64> {
    match value {
        Scalar::Number(n) => Some(*n),
        Scalar::Text(word) => match vocabulary::field(name) {
            Some(field) => field.rank(word).and_then(|r| i64::try_from(r).ok()),
            None => word.parse().ok(),
        },
        Scalar::Bool(_) => None,
    }
}

/// Whether there may be a field of that name.
///
/// # Errors
/// A sentence that lists the names there are.
pub fn known_field(name: &str) -> Result<(), String> {
    let open = vocabulary::find(vocabulary::OPEN_FIELDS, name).is_some();
    if open || vocabulary::field(name).is_some() || vocabulary::is_own(name) || name == "system" {
        return Ok(());
    }
    let closed = vocabulary::FIELDS.iter().map(|f| f.name);
    let all: Vec<&str> = closed.chain(vocabulary::OPEN_FIELDS.iter().map(|f| f.0)).collect();
    Err(format!("there is no field “{name}”: use {}, or begin a name of your own with x_", all.join(", ")))
}

/// Whether the field may have that value.
///
/// # Errors
/// A sentence that lists the values there are; the one that was found is not repeated.
pub fn known_value(name: &str, value: &Scalar) -> Result<(), String> {
    if vocabulary::YES_OR_NO.contains(&name) && !matches!(value, Scalar::Bool(_)) {
        return Err(format!("“{name}” is true or false"));
    }
    let digits = |text: &String| text.bytes().filter(u8::is_ascii_digit).count();
    if name == "last4" && matches!(value, Scalar::Text(text) if digits(text) > 4) {
        return Err("“last4” has four digits: no more of a card belongs here".to_owned());
    }
    let Some(field) = vocabulary::field(name) else { return Ok(()) };
    let known = matches!(value, Scalar::Text(word) if field.rank(word).is_some() || vocabulary::is_own(word));
    if known {
        return Ok(());
    }
    let listed = vocabulary::listed(field.values);
    Err(format!("the values of “{name}” are {listed}, or ones of your own that begin with x_"))
}

/// What kind of value it is, for an error.
pub fn what(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}
