//! The text between two tags: what a template can put there.

use super::value::escaped;
use crate::{derive::DeriveError, skeleton::Hole};
use std::collections::HashSet;

/// The most fixed texts that can stand at one place.
const TEXTS_MAX: usize = 64;

/// What may stand between two tags.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Text {
    /// One of these, blanks apart; in order once [settled](Text::settled).
    Fixed(Vec<String>),
    /// One of the shop's own texts.
    Word,
    /// Anything.
    Free,
    /// Anything, and the elements that staff's markup makes.
    Markup,
}

impl Text {
    pub(super) fn nothing() -> Text {
        Text::Fixed(vec![String::new()])
    }

    pub(super) fn of_hole(hole: Hole) -> Text {
        if hole == Hole::Word { Text::Word } else { Text::Free }
    }

    /// This, and then that.
    pub(super) fn then(&self, more: &Text, file: &str) -> Result<Text, DeriveError> {
        Ok(match (self, more) {
            (Text::Fixed(a), Text::Fixed(b)) => {
                let mut all: Vec<_> =
                    a.iter().flat_map(|a| b.iter().map(move |b| format!("{a}{b}"))).collect();
                all.sort();
                all.dedup();
                if all.len() > TEXTS_MAX {
                    return Err(DeriveError::new(file, "too many texts can stand at one place"));
                }
                Text::Fixed(all)
            }
            (blank, other) | (other, blank) if blank.is_blank() => other.clone(),
            (Text::Markup, _) | (_, Text::Markup) => {
                return Err(DeriveError::new(
                    file,
                    "markup stands beside other text: put it into an element of its own",
                ));
            }
            _ => Text::Free,
        })
    }

    fn is_blank(&self) -> bool {
        matches!(self, Text::Fixed(all) if all.iter().all(|text| text.trim().is_empty()))
    }

    /// Ready to be compared.
    pub(super) fn settled(self) -> Text {
        match self {
            Text::Fixed(all) => {
                let mut all: Vec<_> = all.iter().map(|text| squeezed(text)).collect();
                all.sort();
                all.dedup();
                Text::Fixed(all)
            }
            other => other,
        }
    }

    /// Whether `text`, as it stands in the page, may stand here.
    pub(super) fn admits(&self, text: &str, words: &Words) -> bool {
        match self {
            Text::Free | Text::Markup => true,
            Text::Word => words.knows(text),
            Text::Fixed(all) => {
                let trimmed = text.trim_ascii();
                if trimmed.is_empty() {
                    return all.first().is_some_and(String::is_empty);
                }
                let there = |text: &str| all.iter().any(|one| one == text);
                there(trimmed)
                    || (trimmed.contains(['\n', '\t', '\r']) || trimmed.contains("  "))
                        && there(&squeezed(trimmed))
            }
        }
    }
}

/// The shop's own texts, as they stand in pages.
#[derive(Debug)]
pub(super) struct Words(HashSet<String>);

impl Words {
    pub(super) fn new<'w>(texts: impl Iterator<Item = &'w String>) -> Words {
        Words(texts.map(|text| squeezed(&escaped(text))).collect())
    }

    fn knows(&self, text: &str) -> bool {
        let trimmed = text.trim_ascii();
        trimmed.is_empty() || self.0.contains(trimmed) || self.0.contains(&squeezed(trimmed))
    }
}

/// Without blanks at its ends, and with one for each run of them.
pub(super) fn squeezed(text: &str) -> String {
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}
