//! Questions that customers ask, and answers from the facts. A question that these facts do not raise is left out; one
//! whose answer is not known is answered with what is known, and with when more will be said.

mod asking;
mod cards;
mod personal;
mod response;

pub(crate) use cards::{counted, fee, told, unlinked, unlinked_all, watched};
pub(crate) use personal::dangers;
pub(crate) use response::{found_out, investigation, measures, misuse, news, why, why_of};

use crate::{
    Case,
    document::{Block, Lang},
    speaker::Speaker,
};
use incident::facts::Part;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A question that customers ask.
#[derive(Clone, Copy)]
struct Question {
    /// Its text is `q-ID`; links to its answer go on to work from version to version.
    id: &'static str,
    part: Part,
    /// Empty where the facts do not raise it.
    answer: fn(&Speaker<'_>) -> Vec<Block>,
}

/// A question with its answer. Kept as it was published: fields are only ever added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// A name that does not change.
    pub id: String,
    /// Where it belongs.
    pub part: Part,
    /// Its number on the page, from 1.
    pub number: usize,
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: Vec<Block>,
    /// When it was added; `None` for what is rendered from the facts.
    pub added: Option<Date>,
}

/// The parts, in their order.
pub const PARTS: [Part; 4] = [Part::Cards, Part::Personal, Part::Asking, Part::Response];

/// All questions that the facts raise, with their answers, numbered in the order of the page.
pub fn answered(case: Case<'_>, lang: Lang) -> Vec<Answered> {
    let speaker = Speaker::on_page(case, lang);
    let mut all: Vec<Answered> = Vec::new();
    let questions = [cards::QUESTIONS, personal::QUESTIONS, asking::QUESTIONS, response::QUESTIONS].concat();
    for part in PARTS {
        for question in questions.iter().filter(|q| q.part == part) {
            let answer = (question.answer)(&speaker);
            if !answer.is_empty() {
                all.push(Answered {
                    id: question.id.to_owned(),
                    part,
                    number: all.len() + 1,
                    question: speaker.say(&format!("q-{}", question.id), &[]),
                    answer,
                    added: None,
                });
            }
        }
        for (n, added) in case.facts.answers.iter().enumerate().filter(|(_, a)| a.part == part) {
            all.push(Answered {
                id: format!("added-{}", n + 1),
                part,
                number: all.len() + 1,
                question: speaker.tongue.text(&added.question).to_owned(),
                answer: vec![Block::Paragraph(speaker.tongue.text(&added.answer).to_owned())],
                added: Some(added.on),
            });
        }
    }
    all
}

/// The heading of a part.
pub fn part_title(speaker: &Speaker<'_>, part: Part) -> String {
    let id = match part {
        Part::Cards => "part-cards",
        Part::Personal => "part-personal",
        Part::Asking => "part-asking",
        Part::Response => "part-response",
    };
    speaker.say(id, &[])
}
