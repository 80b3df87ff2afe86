//! JSON in which each name stands once in its object, however deep: a line of a history, and facts.

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
    match serde_json::from_slice(line) {
        Ok(Once(Value::Object(map))) => Ok(map),
        Ok(Once(other)) => Err(format!("an object stands in each line, not {}", what(&other))),
        // Of JSON nothing but a name that stands there twice is refused; where in the line is no help.
        Err(e) if e.is_data() => {
            let told = e.to_string();
            Err(told.rsplit_once(" at line ").map_or(&*told, |(told, _)| told).to_owned())
        }
        Err(e) => {
            Err(format!("it is no JSON object (column {}): write one object a line, in UTF-8", e.column()))
        }
    }
}

/// Reads a text.
///
/// # Errors
/// What is wrong with it, or the name that stands there twice.
pub fn value(text: &str) -> Result<Value, String> {
    let Once(value) = serde_json::from_str(text).map_err(|e| e.to_string())?;
    Ok(value)
}

/// A value in which no object, however deep, has a name twice: JSON takes the last of them, and the others would be lost in
/// silence.
struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Once, D::Error> {
        struct Reading;
        impl<'de> Visitor<'de> for Reading {
            type Value = Once;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Once, E> {
                Ok(Once(Value::Null))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Once, E> {
                Ok(Once(value.into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Once, E> {
                Ok(Once(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Once, E> {
                Ok(Once(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Once, E> {
                Ok(Once(value.into()))
            }

            fn visit_str<E>(self, value: &str) -> Result<Once, E> {
                Ok(Once(value.into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Once, A::Error> {
                let mut list = Vec::new();
                while let Some(Once(one)) = all.next_element()? {
                    list.push(one);
                }
                Ok(Once(Value::Array(list)))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Once, A::Error> {
                let mut map = Map::new();
                while let Some((name, Once(value))) = entries.next_entry::<String, Once>()? {
                    if map.contains_key(&name) {
                        return Err(A::Error::custom(format_args!("“{name}” stands there twice")));
                    }
                    map.insert(name, value);
                }
                Ok(Once(Value::Object(map)))
            }
        }
        from.deserialize_any(Reading)
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
        for line in ["{\"a\": 1, \"a\": 2}", "{\"b\": [{\"a\": 1, \"a\": 2}]}"] {
            assert_eq!(object(line.as_bytes()), Err("“a” stands there twice".into()));
        }
        assert_eq!(object(b"[1]"), Err("an object stands in each line, not a list".into()));
        assert!(object(b"{\"a\": 1} x").unwrap_err().starts_with("it is no JSON object (column "));
    }
}
