//! Pictures: they live in the database, so that nothing of this process needs to write files. What staff send in is
//! made anew ([`make`]) before it is kept; a picture that is kept never changes under its address.

pub mod make;

use crate::{App, error::Fault};
use axum::{
    body::Body,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use domain::PictureId;
use http::{HeaderMap, StatusCode, header};
use uuid::Uuid;

/// Another picture has another address: browsers need not ask again.
const CACHE: &str = "public, max-age=31536000, immutable";
/// Characters of an id.
const ID_CHARS: usize = 36;

/// What a picture is shown for. Drawings have one form for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// On a list.
    Card,
    /// On its product's page.
    Page,
    /// By itself.
    Zoom,
}

impl Size {
    /// All of them, the smallest first.
    pub const ALL: [Size; 3] = [Size::Card, Size::Page, Size::Zoom];

    /// The fixed word, in addresses and as stored.
    pub const fn word(self) -> &'static str {
        match self {
            Size::Card => "card",
            Size::Page => "page",
            Size::Zoom => "zoom",
        }
    }

    /// The longer side, in pixels; a picture that is smaller stays so.
    pub const fn side_max(self) -> u32 {
        match self {
            Size::Card => 640,
            Size::Page => 1_200,
            Size::Zoom => 2_000,
        }
    }
}

/// Where a picture is served.
pub fn url(id: &Uuid, size: Size) -> String {
    format!("/pictures/{}-{}", id.hyphenated(), size.word())
}

/// `GET /pictures/{file}`: an id and the word of a size.
pub async fn serve(
    State(app): State<App>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let (id, size) = named(&file).ok_or(Fault::NotFound)?;
    let tag = format!("\"{file}\"");
    let asked = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).unwrap_or("");
    if asked.split(',').any(|t| t.trim().trim_start_matches("W/") == tag) {
        let same = [(header::ETAG, tag.as_str()), (header::CACHE_CONTROL, CACHE)];
        return Ok((StatusCode::NOT_MODIFIED, same).into_response());
    }
    let picture = app.store().read(move |tx| store::picture::bytes(tx, id, size.word())).await?;
    let picture = picture.ok_or(Fault::NotFound)?;
    let kind =
        media_type(&picture.media_type).ok_or(Fault::Internal("a picture of a type that we do not serve"))?;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::ETAG, tag.as_str()),
        (header::CACHE_CONTROL, CACHE),
        // A picture that is opened by itself runs nothing; the gate says the same for all answers.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    ];
    Ok((headers, Body::from(picture.bytes)).into_response())
}

/// The picture and size that a file's name says.
fn named(file: &str) -> Option<(PictureId, Size)> {
    let (id, size) = (file.get(..ID_CHARS)?, file.get(ID_CHARS..)?.strip_prefix('-')?);
    let size = Size::ALL.into_iter().find(|s| s.word() == size)?;
    let id = Uuid::try_parse(id).ok()?;
    // One address for each picture: no other spelling of its id.
    (id.hyphenated().to_string() == file[..ID_CHARS]).then_some((PictureId(id), size))
}

/// The types that browsers get; a stored word is never passed on as it is.
fn media_type(stored: &str) -> Option<&'static str> {
    ["image/svg+xml", "image/png", "image/jpeg", "image/webp"].into_iter().find(|t| *t == stored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_types_that_we_know_are_served() {
        assert_eq!(media_type("image/svg+xml"), Some("image/svg+xml"));
        assert_eq!(media_type("text/html"), None);
    }

    #[test]
    fn an_address_names_one_picture_in_one_size() {
        let id = Uuid::from_u128(7);
        for size in Size::ALL {
            let url = url(&id, size);
            assert_eq!(named(url.strip_prefix("/pictures/").unwrap()), Some((PictureId(id), size)));
        }
        for other in
            ["", "x", "00000000-0000-0000-0000-000000000007", "00000000-0000-0000-0000-00000000000A-card"]
        {
            assert_eq!(named(other), None, "{other}");
        }
    }
}
