//! Styles and scripts: files compiled into the binary, under names that hold a hash of their bytes, so that browsers
//! may keep them for ever, and with the SHA-384 that each page states for them (Subresource Integrity).

use crate::error::Fault;
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::header;
use sha2::{Digest, Sha256, Sha384};
use std::sync::LazyLock;

/// A file as a page refers to it.
#[derive(Debug)]
pub struct Asset {
    /// The name in the source.
    pub name: &'static str,
    /// Where it is served: `/assets/shop.0123456789abcdef.css`.
    pub url: String,
    /// For the attribute `integrity`: `sha384-…`.
    pub integrity: String,
    /// Its type.
    pub content_type: &'static str,
    bytes: &'static [u8],
}

impl Asset {
    /// Its SHA-256 in base64, as browsers report it.
    pub fn sha256(&self) -> String {
        STANDARD.encode(Sha256::digest(self.bytes))
    }

    /// Its SHA-256, in hex.
    pub fn sha256_hex(&self) -> String {
        hex(&Sha256::digest(self.bytes))
    }

    /// The file itself.
    pub fn bytes(&self) -> &'static [u8] {
        self.bytes
    }
}

macro_rules! files {
    ($($name:literal),+ $(,)?) => { [$(($name, include_bytes!(concat!("../assets/", $name)).as_slice())),+] };
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    files!["shop.css", "shop.js", "passkey.js", "progress.js", "upload.js", "backoffice.css", "icon.svg"]
        .into_iter()
        .map(|(n, b)| asset(n, b))
        .collect()
});

fn asset(name: &'static str, bytes: &'static [u8]) -> Asset {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "bin"));
    let hash = hex(&Sha256::digest(bytes)[..8]);
    let content_type = match ending {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };
    Asset {
        name,
        url: format!("/assets/{stem}.{hash}.{ending}"),
        integrity: format!("sha384-{}", STANDARD.encode(Sha384::digest(bytes))),
        content_type,
        bytes,
    }
}

/// Bytes in hex, two small digits each.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A hash as forms carry it.
pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes().as_chunks::<2>().0;
    let bytes = digits.iter().map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    bytes.collect::<Option<Vec<u8>>>()?.try_into().ok()
}

/// Every file.
pub fn all() -> &'static [Asset] {
    &ASSETS
}

/// The address of a file by its name in the source. An unknown name gives an address that is not found; a test looks
/// for such names in all templates.
pub fn url(name: &str) -> &'static str {
    find(name).map_or("/assets/unknown", |a| &a.url)
}

/// What a page states in `integrity` for a file.
pub fn integrity(name: &str) -> &'static str {
    find(name).map_or("sha384-unknown", |a| &a.integrity)
}

fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|a| a.name == name)
}

/// `GET /assets/{file}`.
pub async fn serve(Path(file): Path<String>) -> Result<Response, Fault> {
    let asset =
        ASSETS.iter().find(|a| a.url.strip_prefix("/assets/") == Some(&file)).ok_or(Fault::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, asset.bytes).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_changes_with_its_bytes_and_integrity_is_what_browsers_compute() {
        let (one, two) = (asset("a.css", b"a{}"), asset("a.css", b"b{}"));
        assert_ne!(one.url, two.url);
        assert!(one.url.starts_with("/assets/a.") && one.url.ends_with(".css"));
        // printf '' | openssl dgst -sha384 -binary | base64
        assert_eq!(
            asset("e.js", b"").integrity,
            "sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb"
        );
    }

    #[test]
    fn no_file_refers_to_another_host() {
        for file in all() {
            let text = std::str::from_utf8(file.bytes()).unwrap().replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("://"), "{}", file.name);
        }
    }

    #[test]
    fn a_picture_is_refused_from_the_size_on_from_which_it_is_not_taken() {
        let max = format!("data-bytes-max=\"{}\"", site::form::PICTURE_BYTES_MAX);
        assert!(include_str!("../templates/backoffice/product.html").contains(&max));
    }

    #[tokio::test]
    async fn only_the_name_with_the_right_hash_is_served() {
        let right = url("shop.css").trim_start_matches("/assets/").to_owned();
        let response = serve(Path(right)).await.unwrap();
        assert!(response.headers()[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        assert!(serve(Path("shop.css".into())).await.is_err());
        assert!(serve(Path("../Cargo.toml".into())).await.is_err());
    }

    #[test]
    fn hashes_there_and_back() {
        let hash = std::array::from_fn(|n| n as u8 * 7);
        assert_eq!(unhex(&hex(&hash)), Some(hash));
        for wrong in ["", "00", &"zz".repeat(32), &"0".repeat(66), &"é".repeat(32)] {
            assert_eq!(unhex(wrong), None, "{wrong}");
        }
    }
}
