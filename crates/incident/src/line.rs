//! JSON in which each name stands once in its object: a line of a history, and facts.

use crate::condition::what;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
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

/// Reads a text in which no object, however deep, has a name twice.
///
/// # Errors
/// What is wrong with it, or the name that stands there twice.
pub fn value(text: &str) -> Result<Value, String> {
    let Strict(value) = serde_json::from_str(text).map_err(|e| e.to_string())?;
    Ok(value)
}

/// A value of which that holds.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Strict, D::Error> {
        struct Reading;
        impl<'de> Visitor<'de> for Reading {
            type Value = Strict;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Strict, E> {
                Ok(Strict(Value::Null))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_str<E>(self, value: &str) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Strict, A::Error> {
                let mut list = Vec::new();
                while let Some(Strict(one)) = all.next_element()? {
                    list.push(one);
                }
                Ok(Strict(Value::Array(list)))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Strict, A::Error> {
                let mut map = Map::new();
                while let Some((name, Strict(value))) = entries.next_entry::<String, Strict>()? {
                    if map.contains_key(&name) {
                        return Err(A::Error::custom(format_args!("“{name}” stands there twice")));
                    }
                    map.insert(name, value);
                }
                Ok(Strict(Value::Object(map)))
            }
        }
        from.deserialize_any(Reading)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_stands_twice_is_told_however_deep() {
        let text = r#"{"a": [1, -2, 1.5, true, null, "b", {"c": {}}]}"#;
        assert_eq!(value(text), Ok(serde_json::from_str(text).unwrap()));
        let told = value("{\"a\": [{\"from\": \"2021\",\n \"from\": \"2020\"}]}").unwrap_err();
        assert!(told.contains("“from” stands there twice") && told.contains("line 2"), "{told}");
    }
}
