//! One line of a history: a JSON object in which each name stands once.

use crate::condition::what;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value};
use std::fmt;

/// Reads a line.
///
/// # Errors
/// A sentence that repeats no value.
pub fn object(line: &[u8]) -> Result<Map<String, Value>, String> {
    let read: Result<Once, _> = serde_json::from_slice(line);
    match read {
        Ok(Once { map, twice: None }) => Ok(map),
        // JSON takes the last of them: the others would be lost in silence.
        Ok(Once { twice: Some(name), .. }) => Err(format!("“{name}” stands there twice")),
        Err(e) => Err(match serde_json::from_slice::<Value>(line) {
            Ok(other) => format!("an object stands in each line, not {}", what(&other)),
            Err(_) => {
                format!("it is no JSON object (column {}): write one object a line, in UTF-8", e.column())
            }
        }),
    }
}

struct Once {
    map: Map<String, Value>,
    /// A name that stands there more than once.
    twice: Option<String>,
}

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Once, D::Error> {
        struct Reading;
        impl<'de> Visitor<'de> for Reading {
            type Value = Once;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Once, A::Error> {
                let mut once = Once { map: Map::new(), twice: None };
                while let Some((name, value)) = entries.next_entry::<String, Value>()? {
                    if once.map.contains_key(&name) {
                        once.twice = Some(name);
                    } else {
                        once.map.insert(name, value);
                    }
                }
                Ok(once)
            }
        }
        from.deserialize_map(Reading)
    }
}
