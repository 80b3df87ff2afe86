//! What stands behind the `?`: declared fields are checked, undeclared ones end here.

use crate::{cards, refusal::Refusal};
use site::{FormShape, Refused, Why, check, check::decode};

/// The most pairs that are looked at.
const PAIRS_MAX: usize = 64;

/// The part of `query` that may reach `web`: its declared fields, byte for byte as they came.
///
/// Links from newsletters and advertisements bring tags along (`utm_source`, `fbclid`): a customer who follows one
/// is welcome, the tag is not.
///
/// # Errors
/// [`Refusal::Card`] where a card number stands in it, [`Refusal::Form`] where a declared field does not fit.
pub(crate) fn admit(shape: &FormShape, query: &str) -> Result<String, Refusal> {
    let broken = |why| Refusal::Form(Refused { field: String::new(), why });
    let (mut kept, mut pairs) = (String::new(), Vec::new());
    for (count, part) in query.split('&').filter(|p| !p.is_empty()).enumerate() {
        if count >= PAIRS_MAX {
            return Err(broken(Why::TooOften));
        }
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let name = decode(name.as_bytes()).ok_or_else(|| broken(Why::Encoding))?;
        let Some(field) = shape.field(&name) else {
            if cards::whole(&name) || cards::whole(value) {
                return Err(Refusal::Card);
            }
            continue;
        };
        let Some(value) = decode(value.as_bytes()) else {
            return Err(Refusal::Form(Refused { field: field.name.to_owned(), why: Why::Encoding }));
        };
        if !kept.is_empty() {
            kept.push('&');
        }
        kept.push_str(part);
        pairs.push((name, value));
    }
    if cards::in_form(shape, &pairs) {
        return Err(Refusal::Card);
    }
    check(shape, &pairs).map_err(Refusal::Form)?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn search(query: &str) -> Result<String, Refusal> {
        admit(site::route("search").unwrap().query, query)
    }

    #[test]
    fn declared_fields_pass_as_they_came() {
        assert_eq!(
            search("q=%E6%A0%97+a&utm_source=x&page=2&_ga=2.26734.123456789.1234567890"),
            Ok("q=%E6%A0%97+a&page=2".into())
        );
        assert_eq!(search(""), Ok(String::new()));
        assert_eq!(search("page=0").unwrap_err().word(), "form");
        assert_eq!(search("q=a&q=b").unwrap_err().word(), "form");
        assert_eq!(search("q=%zz").unwrap_err().word(), "form");
        assert_eq!(search("q=%3Cscript%3E").unwrap_err().word(), "form");
        assert_eq!(search("q=4242424242424242").unwrap_err(), Refusal::Card);
        assert_eq!(search("q=x+%EF%BC%94242-4242-4242-4242").unwrap_err(), Refusal::Card);
        assert_eq!(search("card=4242%204242%204242%204242").unwrap_err(), Refusal::Card);
    }

    proptest! {
        #[test]
        fn nothing_undeclared_passes(query in "[a-z0-9=&%+]{0,60}") {
            if let Ok(kept) = search(&query) {
                for part in kept.split('&').filter(|p| !p.is_empty()) {
                    let name = part.split('=').next().unwrap_or("");
                    let known = site::route("search").unwrap().query.field(&decode(name.as_bytes()).unwrap()).is_some();
                    prop_assert!(known);
                }
            }
        }
    }
}
