//! What is rendered: a document of sections and blocks, the same for a page, a mail and a letter.

use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lang {
    /// Japanese, which is the first one.
    Ja,
    /// English.
    En,
}

impl Lang {
    /// Both.
    pub const ALL: [Lang; 2] = [Lang::Ja, Lang::En];

    /// As it stands in `lang` attributes.
    pub fn word(self) -> &'static str {
        match self {
            Lang::Ja => "ja",
            Lang::En => "en",
        }
    }
}

/// A part of a text. No markup stands in its strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// Sentences.
    Paragraph(String),
    /// Things of one kind.
    List(Vec<String>),
    /// Names and what is said of each.
    Table(Vec<(String, String)>),
    /// What whoever completes a draft must do at this place. No part of what is filed.
    Note(String),
}

/// A part with a heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// A name that does not change from version to version: a link to it goes on to work.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// What stands in it.
    pub blocks: Vec<Block>,
}

/// Blocks as plain text, for mails, letters and staff: nothing that needs a program to be read.
pub fn plain(blocks: &[Block], lang: Lang) -> String {
    let mut out = String::new();
    for (n, block) in blocks.iter().enumerate() {
        if n > 0 {
            out.push('\n');
        }
        match block {
            Block::Paragraph(text) | Block::Note(text) => writeln!(out, "{text}"),
            Block::List(all) => all.iter().try_for_each(|one| {
                let mark = if lang == Lang::Ja { "・" } else { "- " };
                writeln!(out, "{mark}{one}")
            }),
            Block::Table(rows) => rows.iter().try_for_each(|(name, text)| {
                let colon = if lang == Lang::Ja { "：" } else { ": " };
                writeln!(out, "{name}{colon}{text}")
            }),
        }
        .ok();
    }
    out
}

impl Block {
    /// Each string in it.
    pub fn strings(&self) -> Vec<&str> {
        match self {
            Block::Paragraph(text) | Block::Note(text) => vec![text],
            Block::List(all) => all.iter().map(String::as_str).collect(),
            Block::Table(rows) => {
                rows.iter().flat_map(|(name, text)| [name.as_str(), text.as_str()]).collect()
            }
        }
    }
}
