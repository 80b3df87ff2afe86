//! An object as it was at some time, kept as text: a tree of it takes five times the memory.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A JSON value as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Snapshot(Box<str>);

impl Snapshot {
    /// Whether this stands anywhere in it: much faster than reading it.
    pub fn mentions(&self, word: &str) -> bool {
        self.0.contains(word)
    }

    /// The value.
    pub fn value(&self) -> Value {
        // What was written from a value is read as one.
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

impl From<&Value> for Snapshot {
    fn from(value: &Value) -> Snapshot {
        Snapshot(value.to_string().into())
    }
}

/// From its text, or from the value itself, as older files have it.
impl<'de> Deserialize<'de> for Snapshot {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Snapshot, D::Error> {
        Ok(match Value::deserialize(from)? {
            Value::String(text) => Snapshot(text.into()),
            value => Snapshot::from(&value),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn new_and_old_files_are_read() {
        let object = json!({ "id": "ch_1", "amount": 1080, "card": { "last4": "4242" } });
        let kept = Snapshot::from(&object);
        let new = serde_json::to_string(&kept).unwrap();
        for file in [new, object.to_string()] {
            let read: Snapshot = serde_json::from_str(&file).unwrap();
            assert!(read == kept && read.value() == object && read.mentions("ch_1"));
        }
    }
}
