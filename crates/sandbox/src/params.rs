//! Parameters of an API request, form-encoded as Stripe's: `line_items[0][price_data][currency]=jpy`.

use crate::api::ApiError;
use std::collections::BTreeMap;

/// The longest body or query, in bytes.
pub const FORM_BYTES_MAX: usize = 64 * 1024;
/// The most parameters of a request.
const PARAMS_MAX: usize = 200;
/// The most keys of one metadata (Stripe's limit).
const METADATA_KEYS_MAX: usize = 50;
/// The longest metadata key, in characters (Stripe's limit).
const METADATA_KEY_CHARS_MAX: usize = 40;
/// The longest metadata value, in characters (Stripe's limit).
const METADATA_VALUE_CHARS_MAX: usize = 500;

/// Parameters by their whole name. `expand[]` and `expand[0]` both end up as numbered ones.
#[derive(Debug, Default)]
pub struct Params(BTreeMap<String, String>);

impl Params {
    /// Reads a query or body.
    ///
    /// # Errors
    /// Where it is too long, not UTF-8, names a parameter twice, or holds a card number.
    pub fn parse(form: &[u8]) -> Result<Params, ApiError> {
        if form.len() > FORM_BYTES_MAX {
            return Err(ApiError::invalid("The request is too large.", None));
        }
        let mut params = BTreeMap::new();
        for pair in form.split(|b| *b == b'&').filter(|p| !p.is_empty()) {
            let mut halves = pair.splitn(2, |b| *b == b'=');
            let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
            let (Some(name), Some(value)) = (decode(name), decode(value)) else {
                return Err(ApiError::invalid("The request is not valid form-encoded UTF-8.", None));
            };
            let name = match name.strip_suffix("[]") {
                Some(list) => format!("{list}[{}]", params.len()),
                None => name,
            };
            refuse_card_number(&name, &value)?;
            if params.len() == PARAMS_MAX {
                return Err(ApiError::invalid("Too many parameters.", None));
            }
            if params.contains_key(&name) {
                return Err(ApiError::invalid("A parameter is given twice.", Some(&name)));
            }
            params.insert(name, value);
        }
        Ok(Params(params))
    }

    /// Refuses what no pattern names. In a pattern `#` stands for an index and `*` for a free key.
    ///
    /// # Errors
    /// `parameter_unknown`, as Stripe says it.
    pub fn allow(&self, patterns: &[&str]) -> Result<(), ApiError> {
        match self.0.keys().find(|name| !patterns.iter().any(|p| fits(p, name))) {
            Some(unknown) => Err(ApiError::unknown_parameter(unknown)),
            None => Ok(()),
        }
    }

    /// A parameter; an empty one counts as not given, as at Stripe.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }

    /// A parameter that must be there.
    ///
    /// # Errors
    /// `parameter_missing`.
    pub fn required(&self, name: &str) -> Result<&str, ApiError> {
        self.get(name).ok_or_else(|| ApiError::missing_parameter(name))
    }

    /// A whole number.
    ///
    /// # Errors
    /// `parameter_invalid_integer`.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, ApiError> {
        self.get(name).map(|v| v.parse().map_err(|_| ApiError::invalid_integer(name))).transpose()
    }

    /// What stands under `prefix[…]`.
    ///
    /// # Errors
    /// Where keys are too many or too long.
    pub fn metadata(&self, prefix: &str) -> Result<BTreeMap<String, String>, ApiError> {
        let mut out = BTreeMap::new();
        for (name, value) in &self.0 {
            let Some(key) = name.strip_prefix(prefix).and_then(|k| k.strip_prefix('[')?.strip_suffix(']'))
            else {
                continue;
            };
            let fits = key.chars().count() <= METADATA_KEY_CHARS_MAX
                && value.chars().count() <= METADATA_VALUE_CHARS_MAX
                && out.len() < METADATA_KEYS_MAX;
            if !fits {
                return Err(ApiError::invalid("Metadata has too many keys, or one is too long.", Some(name)));
            }
            out.insert(key.to_owned(), value.clone());
        }
        Ok(out)
    }

    /// The values of a list such as `expand`.
    pub fn list(&self, prefix: &str) -> Vec<String> {
        let pattern = format!("{prefix}[#]");
        self.0.iter().filter(|(name, _)| fits(&pattern, name)).map(|(_, v)| v.clone()).collect()
    }

    /// One text for equal parameters, whatever their order: what an idempotency key is bound to.
    pub fn canonical(&self) -> String {
        self.0.iter().flat_map(|(k, v)| [k.as_str(), "\0", v.as_str(), "\0"]).collect()
    }
}

fn fits(pattern: &str, name: &str) -> bool {
    let mut name = name.split('[');
    let mut pattern = pattern.split('[');
    loop {
        match (pattern.next(), name.next()) {
            (None, None) => return true,
            (Some("#]"), Some(n)) => {
                let index = n.strip_suffix(']').unwrap_or("");
                if index.is_empty() || index.len() > 3 || !index.bytes().all(|b| b.is_ascii_digit()) {
                    return false;
                }
            }
            (Some("*]"), Some(n)) if n.len() > 1 && n.ends_with(']') => {}
            (Some(p), Some(n)) if p == n => {}
            _ => return false,
        }
    }
}

/// The server side takes no card numbers, whatever they are called. Ids of ours that look like one by chance
/// are not taken for one: UUIDs are left out of the scan.
fn refuse_card_number(name: &str, value: &str) -> Result<(), ApiError> {
    let found =
        [name, value].iter().any(|text| domain::pan::find_card_number(&without_uuids(text)).is_some());
    if found { Err(ApiError::raw_card_number()) } else { Ok(()) }
}

fn without_uuids(text: &str) -> String {
    const UUID_BYTES: usize = 36;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        match rest.get(..UUID_BYTES) {
            // Most are told by their first hyphen.
            Some(head) if head.as_bytes()[8] == b'-' && uuid::Uuid::try_parse(head).is_ok() => {
                out.push('u');
                rest = &rest[UUID_BYTES..];
            }
            _ => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

/// Undoes percent-encoding and `+`; `None` where what comes out is not UTF-8 or an escape is broken.
pub fn decode(encoded: &[u8]) -> Option<String> {
    let mut out = Vec::with_capacity(encoded.len());
    let mut bytes = encoded.iter().copied();
    while let Some(b) = bytes.next() {
        out.push(match b {
            b'+' => b' ',
            b'%' => {
                let (high, low) =
                    (char::from(bytes.next()?).to_digit(16)?, char::from(bytes.next()?).to_digit(16)?);
                u8::try_from(high * 16 + low).ok()?
            }
            b => b,
        });
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(form: &str) -> Params {
        Params::parse(form.as_bytes()).unwrap()
    }

    #[test]
    fn reads_nested_names() {
        let p = parse(
            "line_items%5B0%5D[price_data][currency]=jpy&metadata[order]=a+b%26c&expand[]=x&expand[]=y&empty=",
        );
        assert_eq!(p.get("line_items[0][price_data][currency]"), Some("jpy"));
        assert_eq!(p.metadata("metadata").unwrap()["order"], "a b&c");
        assert_eq!(p.list("expand"), ["x", "y"]);
        assert_eq!(p.get("empty"), None);
        assert!(
            p.allow(&["line_items[#][price_data][currency]", "metadata[*]", "expand[#]", "empty"]).is_ok()
        );
    }

    #[test]
    fn refuses_what_is_not_named() {
        for form in [
            "evil=1",
            "metadata[a][b]=1",
            "metadata[]x=1",
            "line_items[x][quantity]=1",
            "metadata=1",
            "mode[0]=a",
        ] {
            let error = parse(form).allow(&["mode", "metadata[*]", "line_items[#][quantity]"]).unwrap_err();
            assert_eq!(error.code, Some("parameter_unknown"), "{form}");
        }
    }

    #[test]
    fn refuses_card_numbers_anywhere() {
        for form in [
            "card[number]=4242424242424242",
            "metadata[note]=4242+4242-4242+4242",
            "metadata[4242424242424242]=x",
            "x=%EF%BC%94%EF%BC%92%EF%BC%94%EF%BC%92424242424242",
        ] {
            assert_eq!(Params::parse(form.as_bytes()).unwrap_err().status, 402, "{form}");
        }
        assert!(
            Params::parse(b"client_reference_id=42424242-4242-4242-8000-000000000000").is_ok(),
            "an id, no card"
        );
    }

    #[test]
    fn equal_whatever_the_order() {
        assert_eq!(parse("a=1&b=2").canonical(), parse("b=2&a=1").canonical());
        assert_ne!(parse("a=1&b=2").canonical(), parse("a=12&b=").canonical());
    }

    proptest! {
        #[test]
        fn never_panics(form in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(p) = Params::parse(&form) {
                let _ = (p.allow(&["a", "metadata[*]"]), p.metadata("metadata"), p.canonical());
            }
        }
    }
}
