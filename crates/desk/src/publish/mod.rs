//! What is published: static pages that any web server can serve while the shop is off, in both languages, with every
//! version readable and marked with what was corrected. Pure: the files' texts come out, by path.

mod feed;
mod html;
mod record;

pub use record::{Record, Unreadable};

use crate::{
    Case, Lang,
    check::{self, Finding},
    gate::{self, Missing},
};
use record::Edition;
use std::collections::BTreeMap;

/// The record of what was published, among the pages: the next publication begins with it.
pub const RECORD: &str = "record.json";
const STYLE: &str = include_str!("../../assets/desk.css");

/// Texts of files, by their path from the folder of the publication.
pub type Files = BTreeMap<String, String>;

/// Why nothing is published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Something must be stated first.
    #[error("before publishing: {}", todo(.0))]
    Missing(Vec<Missing>),
    /// A text says what the facts do not bear.
    #[error("the text must be changed first: {}", listed(.0))]
    Text(Vec<Finding>),
    /// A version that is out says something else already.
    #[error(
        "version {0} is published and says something else: add a version to [[versions]] that says who changed what \
         when and why, so that what is published stays readable"
    )]
    Changed(u32),
    /// The versions that are out are not those of the facts.
    #[error(
        "version {0} is published, and the facts know versions up to {1} only: is it an older facts file?"
    )]
    Older(u32, u32),
}

fn todo(missing: &[Missing]) -> String {
    missing.iter().map(|m| m.todo()).map(|t| format!("\n- {}\n  {}", t.ja, t.en)).collect()
}

fn listed(findings: &[Finding]) -> String {
    let line = |f: &Finding| {
        let say = |lang| format!("{} {}", f.why(lang), f.instead(lang));
        format!("\n- {}\n  {}", say(Lang::Ja), say(Lang::En))
    };
    findings.iter().map(line).collect()
}

/// All files of the publication, and the record among them.
///
/// # Errors
/// Where something must be stated first, or the facts contradict what is out without a new version.
pub fn files(case: Case<'_>, before: Option<Record>) -> Result<Files, Refused> {
    let missing = gate::missing(case);
    let (Some(merchant), Some(version), []) = (case.merchant(), case.version(), missing.as_slice()) else {
        return Err(Refused::Missing(missing));
    };
    let mut record = before.unwrap_or_default();
    let current = Edition::of(case, version);
    let findings = check::check_blocks(current.blocks(), case);
    if !findings.is_empty() {
        return Err(Refused::Text(findings));
    }
    if let Some(last) = record.editions.last() {
        if last.number > current.number {
            return Err(Refused::Older(last.number, current.number));
        }
        if last.number == current.number && !last.says_the_same(&current) {
            return Err(Refused::Changed(last.number));
        }
    }
    // The same version on another day: terms may have passed since.
    record.editions.retain(|edition| edition.number < current.number);
    record.editions.push(current);
    let mut files = Files::new();
    for lang in Lang::ALL {
        let site = html::Site { merchant, case, lang, record: &record };
        files.extend(site.pages());
        files.insert(html::path(lang, "feed.atom"), feed::atom(&site));
    }
    files.insert("desk.css".to_owned(), STYLE.to_owned());
    files.insert(RECORD.to_owned(), record.to_json());
    Ok(files)
}
