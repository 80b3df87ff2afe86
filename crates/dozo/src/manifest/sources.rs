//! What this program's manifest is derived from.

use anyhow::{Context, Result};
use manifest::{Manifest, ServedFile, Sources};

/// The manifest of the pages in this program.
///
/// # Errors
/// Where a template does what no manifest has a word for; a test keeps that from happening.
pub fn own() -> Result<Manifest> {
    let file = |asset: &web::assets::Asset| ServedFile {
        name: asset.name.into(),
        path: asset.url.clone(),
        integrity: asset.integrity.clone(),
        sha256: asset.sha256_hex(),
    };
    let sources = Sources {
        templates: web::pages::TEMPLATES,
        pages: web::pages::of_kind,
        faults: web::pages::FAULTS,
        markup: web::pages::MARKUP,
        words: web::pages::words(),
        files: web::assets::all().iter().map(file).collect(),
        headers: gate::security_headers(),
        notices: gate::notices(),
    };
    manifest::derive(sources).context("cannot derive the page manifest")
}
