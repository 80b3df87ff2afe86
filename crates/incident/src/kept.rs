//! Facts as a shop keeps them: a text, and the hash that is frozen with a version.

use jiff::civil::Date;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The text that is kept, and its [`kept_hash`].
pub fn kept(facts: &Value) -> (String, [u8; 32]) {
    let text = facts.to_string();
    let hash = kept_hash(&text);
    (text, hash)
}

/// The facts with one more version, and its number.
pub fn with_version(facts: &Value, on: Date, who: &str, [ja, en]: [&str; 2]) -> (Value, u32) {
    let mut facts = facts.clone();
    let number = facts["versions"].as_array().map_or(0, Vec::len) + 1;
    let why = json!({ "ja": ja, "en": en });
    let version = json!({ "number": number, "on": on.to_string(), "who": who, "why": why });
    match facts["versions"].as_array_mut() {
        Some(all) => all.push(version),
        None => facts["versions"] = json!([version]),
    }
    (facts, u32::try_from(number).unwrap_or(u32::MAX))
}

/// SHA-256 of facts as they are kept. Of the text, not of what it says: the order of its keys is the writer's, and may be
/// another one in another build.
pub fn kept_hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_hashed_as_it_stands_whatever_the_order_of_its_keys() {
        let hex: String = kept_hash("{\"b\":1,\"a\":2}").iter().map(|byte| format!("{byte:02x}")).collect();
        // By sha256sum: neither sorted nor written anew.
        assert_eq!(hex, "a1d46c3cdb4e5795c8d637f80daeb578ebb1a9a65dc1ed5f11f51794c3c89f3a");
        let (text, hash) = kept(&serde_json::json!({ "b": 1, "a": 2 }));
        assert_eq!(kept_hash(&text), hash);
    }

    #[test]
    fn versions_are_counted_from_one() {
        let on = jiff::civil::date(2026, 11, 26);
        let (first, one) = with_version(&json!({ "format": 1 }), on, "chizuru", ["初版", "first"]);
        let (second, two) = with_version(&first, on, "chizuru", ["追加", "added"]);
        assert_eq!((one, two, second["versions"][1]["why"]["ja"].as_str()), (1, 2, Some("追加")));
        assert_eq!((&second["versions"][0], &second["format"]), (&first["versions"][0], &json!(1)));
    }
}
