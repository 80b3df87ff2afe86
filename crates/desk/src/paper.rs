//! A notice on paper: what the mail says, in the form of a letter. The name stands in the address, the code in a place of its
//! own, so that the text is the same for everybody whom the same concerns.

use crate::{
    Block, Case, Lang,
    document::plain,
    notice::{CODE, NAME, Notice},
    speaker::Speaker,
};
use serde::{Deserialize, Serialize};

/// A part of a letter. No markup stands in its strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Sentences.
    Paragraph(String),
    /// What the next parts are about.
    Heading(String),
    /// Things of one kind.
    List(Vec<String>),
    /// Names and what is said of each.
    Table(Vec<(String, String)>),
    /// At the right margin: 敬具, and who signs.
    Right(String),
}

/// A letter without its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// Its language.
    pub lang: Lang,
    /// Its date.
    pub day: String,
    /// Who writes, a line each.
    pub sender: Vec<String>,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub parts: Vec<Part>,
    /// What stands over the code.
    pub code: String,
    /// What is said of the page where a code is checked, and its address.
    pub check: Option<(String, String)>,
}

impl Paper {
    /// As plain text, to be read before anything is printed.
    pub fn text(&self) -> String {
        let mut blocks = vec![Block::Paragraph(self.day.clone())];
        blocks.extend(self.sender.iter().cloned().map(Block::Paragraph));
        blocks.push(Block::Paragraph(self.subject.clone()));
        blocks.extend(self.parts.iter().map(|part| match part {
            Part::Paragraph(text) | Part::Heading(text) | Part::Right(text) => Block::Paragraph(text.clone()),
            Part::List(all) => Block::List(all.clone()),
            Part::Table(rows) => Block::Table(rows.clone()),
        }));
        blocks.push(Block::Paragraph(self.code.clone()));
        blocks
            .extend(self.check.iter().map(|(label, page)| Block::Table(vec![(label.clone(), page.clone())])));
        plain(&blocks, self.lang)
    }
}

impl Paper {
    /// An answer to an inquiry, as [`crate::reply`] wrote it: a line a paragraph.
    pub fn answer(case: Case<'_>, lang: Lang, subject: &str, body: &str) -> Paper {
        let s = Speaker::new(case, lang);
        let lines = body.lines().map(str::trim).filter(|line| !line.is_empty());
        let lines: Vec<&str> = lines.collect();
        let mut parts = Vec::with_capacity(lines.len() + 3);
        for (n, line) in lines.iter().enumerate() {
            match n {
                0 => {
                    let opening = s.say("letter-open", &[("text", line)]);
                    parts.extend(opening.lines().map(|line| Part::Paragraph(line.to_owned())));
                }
                _ => parts.push(Part::Paragraph((*line).to_owned())),
            }
        }
        parts.push(Part::Paragraph(s.say("letter-code", &[])));
        parts.push(Part::Right(s.say("letter-close", &[])));
        sheet(&s, subject.to_owned(), parts)
    }
}

impl Notice {
    /// The letter, with a sentence that says why it comes on paper.
    pub fn paper(&self, case: Case<'_>) -> Paper {
        let s = Speaker::new(case, self.lang);
        let mark = s.say("notice-heading", &[("title", "")]);
        let mut parts = Vec::with_capacity(self.blocks.len() + 4);
        let greeting = self.blocks.iter().position(|block| !has(block, NAME)).unwrap_or_default();
        let mut closed = false;
        for (n, block) in self.blocks.iter().enumerate().skip(greeting) {
            let Block::Paragraph(text) = block else {
                parts.push(of(block));
                continue;
            };
            let heading = text.strip_prefix(mark.trim_end()).map(str::trim);
            // The greeting ends where what concerns the person begins.
            if heading.is_some() && !closed {
                parts.push(Part::Right(s.say("letter-close", &[])));
                closed = true;
            }
            if n == greeting {
                let opening = s.say("letter-open", &[("text", text)]);
                parts.extend(opening.lines().map(|line| Part::Paragraph(line.to_owned())));
                parts.push(Part::Paragraph(s.say("letter-why", &[])));
                continue;
            }
            parts.push(match heading {
                Some(title) => Part::Heading(title.to_owned()),
                None if has(block, CODE) => Part::Paragraph(s.say("letter-code", &[])),
                None if n + 1 == self.blocks.len() && case.merchant().is_some() => Part::Right(text.clone()),
                None => of(block),
            });
        }
        sheet(&s, self.subject.clone(), parts)
    }
}

/// Parts with what stands around them: who writes, when, and the code.
fn sheet(s: &Speaker<'_>, subject: String, parts: Vec<Part>) -> Paper {
    let merchant = s.case.merchant();
    let text = |text: &incident::facts::Text| s.tongue.text(text).to_owned();
    let sender = merchant.map_or_else(Vec::new, |m| {
        let signs = m.representative.iter().map(text);
        std::iter::once(text(&m.shop))
            .chain([text(&m.name)])
            .chain(m.address.iter().map(text))
            .chain(signs)
            .collect()
    });
    let page = merchant.and_then(|m| m.check_page.clone());
    Paper {
        lang: s.tongue.lang,
        day: s.day(s.case.today),
        sender,
        subject,
        parts,
        code: s.say("letter-code-label", &[]),
        check: page.map(|page| (s.say("letter-check", &[]), page)),
    }
}

fn has(block: &Block, place: &str) -> bool {
    block.strings().iter().any(|text| text.contains(place))
}

fn of(block: &Block) -> Part {
    match block {
        Block::Paragraph(text) | Block::Note(text) => Part::Paragraph(text.clone()),
        Block::List(all) => Part::List(all.clone()),
        Block::Table(rows) => Part::Table(rows.clone()),
    }
}
