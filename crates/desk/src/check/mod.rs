//! The check against false certainty: of any text about an incident, ours, the merchant's or an agency's, before it goes
//! out. It refuses what the facts do not bear, and says what to write instead.
//!
//! It reads sentences by their words, not their meaning. What it lets pass may still be wrong; what it refuses, somebody
//! should look at.

mod asking;
mod certainty;
mod figures;
mod fold;
mod html;
mod items;
mod links;
mod phones;
mod promises;
mod read;
mod safety;
mod spoken;
mod subjects;
mod terms;

use crate::{Block, Case, Lang, Tongue};
use html::visible;
use read::{Sentence, sentences};

/// What is wrong with a sentence; texts `finding-…` and `finding-…-do` say why and what to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Said to have leaked where it only may have.
    Certainty,
    /// Said to be safe.
    Safety,
    /// Promised where the facts hold no such promise.
    Promise,
    /// Asks for a card number, a code or a password.
    AsksForSecrets,
    /// A link or address of somebody else.
    ForeignLink,
    /// A telephone number that the facts do not have.
    StrangeNumber,
    /// A subject that no notice of these facts has.
    Subject,
    /// A number of persons or records that is counted nowhere.
    Figure,
    /// A day that the facts do not have.
    Day,
    /// A term that has passed, spoken of as if it had not.
    PassedTerm,
    /// An item that no cause concerns.
    Item,
}

impl Rule {
    /// All of them.
    pub const ALL: [Rule; 11] = [
        Rule::Certainty,
        Rule::Safety,
        Rule::Promise,
        Rule::AsksForSecrets,
        Rule::ForeignLink,
        Rule::StrangeNumber,
        Rule::Subject,
        Rule::Figure,
        Rule::Day,
        Rule::PassedTerm,
        Rule::Item,
    ];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Rule::Certainty => "certainty",
            Rule::Safety => "safety",
            Rule::Promise => "promise",
            Rule::AsksForSecrets => "secrets",
            Rule::ForeignLink => "link",
            Rule::StrangeNumber => "phone",
            Rule::Subject => "subject",
            Rule::Figure => "figure",
            Rule::Day => "day",
            Rule::PassedTerm => "term",
            Rule::Item => "item",
        }
    }
}

/// Something to change before a text goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub rule: Rule,
    /// The words, within their sentence.
    pub what: String,
    /// What may stand there, where the facts know it.
    pub ours: String,
}

impl Finding {
    /// Why it is refused.
    pub fn why(&self, lang: Lang) -> String {
        Tongue::of(lang).say(&format!("finding-{}", self.rule.word()), &[("what", &self.what)])
    }

    /// What to write instead.
    pub fn instead(&self, lang: Lang) -> String {
        let tongue = Tongue::of(lang);
        let instead = tongue.say(&format!("finding-{}-do", self.rule.word()), &[]);
        let ours = match self.rule {
            _ if self.ours.is_empty() => return instead,
            Rule::Figure => tongue.say("finding-uncounted", &[]),
            _ => tongue.say("finding-ours", &[("ours", &self.ours)]),
        };
        format!("{instead}{}{ours}", tongue.say("finding-between", &[]))
    }
}

/// Checks a text, sentence by sentence. HTML is read as it is seen, its links as they lead.
pub fn check(text: &str, case: Case<'_>) -> Vec<Finding> {
    let seen = visible(text);
    let known = figures::Known::of(case);
    let mut findings: Vec<Finding> = Vec::new();
    let mut add = |line: usize, rule: Rule, what: &str| {
        let finding = Finding { line, rule, what: what.trim().to_owned(), ours: ours(rule, case) };
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    };
    for sentence in sentences(&seen) {
        let mut found = |rule: Rule, what: &str| add(sentence.line_of(what), rule, what);
        certainty::check(&sentence, case, &mut found);
        safety::check(&sentence, &mut found);
        promises::check(&sentence, case, &mut found);
        asking::check(&sentence, &mut found);
        links::check(&sentence, case, &mut found);
        phones::check(&sentence, case, &mut found);
        figures::check(&sentence, &known, &mut found);
        terms::check(&sentence, case, &mut found);
        items::check(&sentence, case, &mut found);
    }
    for (line, value) in &seen.links {
        if let Some((rule, what)) = links::leads_astray(value, case) {
            add(*line, rule, &what);
        }
    }
    subjects::check(&seen.text, case, &mut |line, what| add(line, Rule::Subject, what));
    findings.sort_by_key(|finding| (finding.line, finding.rule));
    findings
}

/// What may stand in the place of what was found.
fn ours(rule: Rule, case: Case<'_>) -> String {
    match rule {
        Rule::ForeignLink => links::hosts(case).join(", "),
        Rule::StrangeNumber => case.facts.contacts.as_ref().and_then(|c| c.phone.clone()).unwrap_or_default(),
        Rule::Subject => subjects::known(case).join(" / "),
        Rule::Figure if case.counts.is_none() => "--scope".to_owned(),
        _ => String::new(),
    }
}

/// Checks what was rendered: each paragraph, item and row as a line.
pub fn check_blocks<'a>(blocks: impl Iterator<Item = &'a Block>, case: Case<'_>) -> Vec<Finding> {
    let mut text = String::new();
    for block in blocks {
        match block {
            Block::Paragraph(one) | Block::Note(one) => text.push_str(one),
            Block::List(all) => text.push_str(&all.join("\n\n")),
            Block::Table(rows) => {
                rows.iter().for_each(|(name, one)| text.push_str(&format!("{name}: {one}\n\n")));
            }
        }
        text.push_str("\n\n");
    }
    check(&text, case)
}
