//! The lines of a history on their way out: events within the window, and persons once each at the end.

use crate::span;
use ::incident::{Truth, Window};
use anyhow::Result;
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
};
use uuid::Uuid;

/// What is known of somebody.
#[derive(Default)]
struct Person {
    kinds: BTreeSet<String>,
    has_mail: bool,
    has_address: bool,
}

/// The lines.
pub struct Lines<W: Write> {
    out: W,
    window: Window,
    persons: BTreeMap<Uuid, Person>,
}

impl<W: Write> Lines<W> {
    /// Lines of that time, to there.
    pub fn new(out: W, window: Window) -> Lines<W> {
        Lines { out, window, persons: BTreeMap::new() }
    }

    /// A line as it is.
    ///
    /// # Errors
    /// Where the output is closed.
    pub fn line(&mut self, line: &Value) -> Result<()> {
        serde_json::to_writer(&mut self.out, line)?;
        Ok(self.out.write_all(b"\n")?)
    }

    /// An event, if any of its time may lie within the window. What is `null` is left out: it is unknown.
    ///
    /// # Errors
    /// As [`Lines::line`], and where a time is none.
    pub fn event(&mut self, mut line: Value) -> Result<()> {
        if let Some(map) = line.as_object_mut() {
            map.retain(|_, value| !value.is_null());
            let text = |name: &str| map.get(name).and_then(Value::as_str);
            if let Some(at) = text("at")
                && self.window.holds(span(at, text("until"))?) == Truth::No
            {
                return Ok(());
            }
        }
        self.line(&line)
    }

    /// Somebody is known, whether or not anything of him lies within the window.
    pub fn person(&mut self, id: Uuid, kind: Option<&str>, has_mail: bool, has_address: bool) {
        let person = self.persons.entry(id).or_default();
        person.kinds.extend(kind.map(str::to_owned));
        person.has_mail |= has_mail;
        person.has_address |= has_address;
    }

    /// Prints who everybody is.
    ///
    /// # Errors
    /// As [`Lines::line`].
    pub fn end(mut self) -> Result<W> {
        for (id, person) in std::mem::take(&mut self.persons) {
            let mut line = json!({ "event": "person", "id": id, "has_mail": person.has_mail, "has_address": person.has_address });
            // Of whom nothing is said, nothing is known.
            if let Some(map) = line.as_object_mut().filter(|_| !person.kinds.is_empty()) {
                let kinds: Vec<Value> = person.kinds.into_iter().map(Value::from).collect();
                map.insert(
                    "kind".to_owned(),
                    if let [one] = kinds.as_slice() { one.clone() } else { kinds.into() },
                );
            }
            self.line(&line)?;
        }
        Ok(self.out)
    }
}

/// The fields of a JSON object that stands in the books.
pub(crate) fn fields(text: &str) -> Result<Map<String, Value>> {
    Ok(serde_json::from_str(text)?)
}
