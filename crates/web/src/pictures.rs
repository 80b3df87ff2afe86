//! Pictures: they live in the database, so that nothing of this process needs to write files.

use crate::{App, error::Fault};
use axum::{
    body::Body,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use domain::PictureId;
use http::{HeaderMap, StatusCode, header};
use std::fmt::Write as _;
use uuid::Uuid;

/// Browsers ask again after five minutes and get "not modified" where nothing changed.
const CACHE: &str = "public, max-age=300, stale-while-revalidate=86400";

/// Where a picture is served.
pub fn url(id: &Uuid) -> String {
    format!("/pictures/{}.svg", id.hyphenated())
}

/// `GET /pictures/{file}`: the id, with or without an ending.
pub async fn serve(
    State(app): State<App>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let stem = file.split_once('.').map_or(file.as_str(), |(stem, _)| stem);
    let id = PictureId(Uuid::try_parse(stem).map_err(|_| Fault::NotFound)?);
    let asked = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
    if !asked.is_empty() {
        let hash = app.store().read(move |tx| store::picture::etag(tx, id)).await?.ok_or(Fault::NotFound)?;
        let tag = etag(&hash);
        if asked.split(',').any(|t| t.trim().trim_start_matches("W/") == tag) {
            let same = [(header::ETAG, tag.as_str()), (header::CACHE_CONTROL, CACHE)];
            return Ok((StatusCode::NOT_MODIFIED, same).into_response());
        }
    }
    let picture = app.store().read(move |tx| store::picture::bytes(tx, id)).await?.ok_or(Fault::NotFound)?;
    let kind =
        media_type(&picture.media_type).ok_or(Fault::Internal("a picture of a type that we do not serve"))?;
    let tag = etag(&picture.sha256);
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::ETAG, tag.as_str()),
        (header::CACHE_CONTROL, CACHE),
        // A picture that is opened by itself runs nothing; the gate says the same for all answers.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    ];
    Ok((headers, Body::from(picture.bytes)).into_response())
}

/// The types that browsers get; a stored word is never passed on as it is.
fn media_type(stored: &str) -> Option<&'static str> {
    ["image/svg+xml", "image/png", "image/jpeg", "image/webp"].into_iter().find(|t| *t == stored)
}

fn etag(hash: &[u8; 32]) -> String {
    let mut tag = String::with_capacity(34);
    tag.push('"');
    for byte in &hash[..16] {
        // Writing into a String does not fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_types_that_we_know_are_served() {
        assert_eq!(media_type("image/svg+xml"), Some("image/svg+xml"));
        assert_eq!(media_type("text/html"), None);
        assert_eq!(etag(&[0xab; 32]).len(), 34);
    }
}
