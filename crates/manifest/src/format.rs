//! The manifest as data, and the one form in which it is written down.

use crate::skeleton::Template;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The name and version of the form. Another one is not read.
pub const FORMAT: &str = "dozo.page-manifest/1";

/// What each kind of page may be made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// The headers that answers bear.
    pub headers: Headers,
    /// Scripts, styles and pictures that are part of the binary: nothing else is served as such.
    pub files: Vec<ServedFile>,
    /// The routes, and what forms to them may hold.
    pub routes: Vec<RouteRule>,
    /// The templates that may answer for a kind of page.
    pub pages: BTreeMap<String, Vec<String>>,
    /// The shop's own texts, Japanese and English.
    pub words: BTreeMap<String, [String; 2]>,
    /// The templates.
    pub templates: BTreeMap<String, Template>,
    /// The gate's own pages by name, with `{{…}}` where they differ from answer to answer.
    pub notices: BTreeMap<String, String>,
}

/// Security headers by the kind of answer (`page`, `payment`, `other`): name and value. `{processor}` stands for the
/// origins of the payment processor.
pub type Headers = BTreeMap<String, BTreeMap<String, String>>;

/// A file of the binary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServedFile {
    /// Its name in the source.
    pub name: String,
    /// Where it is served.
    pub path: String,
    /// What pages state in `integrity`: its SHA-384.
    pub integrity: String,
    /// Its SHA-256, in hex.
    pub sha256: String,
}

/// A route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteRule {
    /// Its name in the map.
    pub id: String,
    /// `get` or `post`.
    pub method: String,
    /// Its pattern.
    pub path: String,
    /// The kind of page that answers.
    pub page: String,
    /// Whether it lies on the way to a payment.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub payment: bool,
    /// Whether it may lead to the processor; all others lead nowhere but into the shop.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub to_processor: bool,
    /// Whether a form to it may hold a file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub file: bool,
    /// The fields that a form to it may have.
    pub fields: Vec<FormField>,
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormField {
    /// Its name.
    pub name: String,
    /// Whether it is a password's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub password: bool,
}

/// A text that is no manifest.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not the form that is known here.
    #[error(
        "this is no page manifest that this version reads ({FORMAT} is expected): derive and sign it anew"
    )]
    Format,
    /// Not as it is written down here, to the letter: there would be two hashes of one manifest.
    #[error("the manifest was changed by hand or by another program: derive and sign it anew")]
    Form,
}

impl Manifest {
    /// The one text of this manifest.
    pub fn to_text(&self) -> String {
        // Strings, lists and maps in their order: always JSON, and always the same.
        let mut text = serde_json::to_string(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads one. Believe it only after its signature.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn parse(text: &str) -> Result<Manifest, ReadError> {
        let manifest: Manifest = serde_json::from_str(text).map_err(|_| ReadError::Format)?;
        if manifest.format != FORMAT {
            return Err(ReadError::Format);
        }
        if manifest.to_text() == text { Ok(manifest) } else { Err(ReadError::Form) }
    }

    /// SHA-256 of its text, in hex: what is signed.
    pub fn sha256(&self) -> String {
        hex(&Sha256::digest(self.to_text()))
    }
}

/// Bytes in hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
