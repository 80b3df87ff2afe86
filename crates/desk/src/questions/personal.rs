//! Questions about personal data other than cards.

use super::{Question, cards};
use crate::{
    case::{CARD_ITEMS, PASSWORD_ITEMS, has_card, has_personal},
    document::Block,
    shape::{Shape, means_more},
    speaker::Speaker,
};
use incident::facts::{Cause, Part};

pub(super) const QUESTIONS: &[Question] = &[
    personal("personal-am-i", am_i),
    personal("personal-meaning", meaning),
    personal("personal-items", items),
    personal("personal-cards-too", cards_too),
    personal("personal-two-causes", two_causes),
    personal("personal-password", password),
    personal("personal-risks", risks),
    personal("personal-recipient", recipient),
    personal("personal-count", count),
];

const fn personal(id: &'static str, answer: fn(&Speaker<'_>) -> Vec<Block>) -> Question {
    Question { id, part: Part::Personal, answer }
}

fn causes<'a>(s: &Speaker<'a>) -> Vec<&'a Cause> {
    s.case.personal_causes().collect()
}

fn am_i(s: &Speaker<'_>) -> Vec<Block> {
    let causes = causes(s);
    if causes.is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![s.p("a-personal-am-i", &[])];
    blocks.push(Block::List(causes.iter().map(|cause| s.whom(cause)).collect()));
    blocks.extend(cards::told(s));
    blocks.extend(cards::unlinked_all(s, &causes));
    blocks
}

fn meaning(s: &Speaker<'_>) -> Vec<Block> {
    cards::meaning_of(s, &causes(s))
}

fn items(s: &Speaker<'_>) -> Vec<Block> {
    let causes = causes(s);
    let several = s.case.facts.causes.len() > 1;
    let mut blocks = Vec::new();
    for cause in causes {
        if several {
            blocks.push(s.p("a-items-of", &[("cause", s.tongue.text(&cause.title))]));
        }
        blocks.push(Block::List(s.item_names(cause)));
        blocks.push(Block::Paragraph(s.verdict(cause, "verdict-these", &|_| true)));
    }
    blocks
}

fn cards_too(s: &Speaker<'_>) -> Vec<Block> {
    let causes = causes(s);
    if causes.is_empty() {
        return Vec::new();
    }
    let mut blocks = Vec::new();
    for cause in &causes {
        let title = s.tongue.text(&cause.title);
        blocks.push(
            s.p(if has_card(cause) { "a-cards-too-yes" } else { "a-cards-too-no" }, &[("cause", title)]),
        );
    }
    let kept = s.case.facts.cards.as_ref().and_then(|cards| cards.numbers_kept);
    if kept == Some(false) {
        blocks.push(s.p("a-cards-not-kept", &[]));
    }
    if s.case.card_causes().any(|cause| !has_personal(cause)) {
        blocks.push(s.p("a-cards-other-cause", &[]));
    }
    blocks
}

fn two_causes(s: &Speaker<'_>) -> Vec<Block> {
    let all = &s.case.facts.causes;
    if all.len() < 2 {
        return Vec::new();
    }
    let mut blocks = vec![s.p("a-two-causes", &[("n", &all.len().to_string())])];
    blocks.push(Block::Table(
        all.iter().map(|cause| (s.tongue.text(&cause.title).to_owned(), s.whom(cause))).collect(),
    ));
    blocks.push(s.p("a-two-causes-differ", &[]));
    blocks
}

fn password(s: &Speaker<'_>) -> Vec<Block> {
    let [plain, hashed] = PASSWORD_ITEMS.map(|item| s.case.concerns(item));
    if !plain && !hashed {
        return vec![s.p("a-password-no", &[])];
    }
    let mut blocks = Vec::new();
    if plain {
        blocks.push(s.p("a-password-plain", &[]));
    }
    if hashed {
        blocks.push(s.p("a-password-hashed", &[]));
        blocks.push(match s.case.facts.pepper_exposed {
            Some(false) => s.p("a-password-pepper", &[]),
            _ => s.p("a-password-guess", &[]),
        });
    }
    blocks.push(s.p("a-password-change", &[]));
    blocks
}

fn risks(s: &Speaker<'_>) -> Vec<Block> {
    let mut blocks = dangers(s, "a-risks", &|item| !CARD_ITEMS.contains(&item) && s.case.concerns(item));
    if !blocks.is_empty() {
        blocks.push(s.p("a-never-ask", &[("shop", &s.shop())]));
    }
    blocks
}

/// What may happen to those whom these items concern, under a sentence of that name.
pub fn dangers(s: &Speaker<'_>, lead: &str, has: &dyn Fn(&str) -> bool) -> Vec<Block> {
    let risks = [
        ("a-risk-card", CARD_ITEMS.as_slice()),
        ("a-risk-mail", ["mail"].as_slice()),
        ("a-risk-phone", ["phone", "recipient"].as_slice()),
        ("a-risk-address", ["address", "recipient"].as_slice()),
        ("a-risk-password", PASSWORD_ITEMS.as_slice()),
        ("a-risk-bank", ["bank_account"].as_slice()),
    ];
    let meant = risks.iter().filter(|(_, items)| items.iter().any(|item| has(item)));
    let list: Vec<String> = meant.map(|(id, _)| s.say(id, &[])).collect();
    if list.is_empty() { Vec::new() } else { vec![s.p(lead, &[]), Block::List(list)] }
}

fn recipient(s: &Speaker<'_>) -> Vec<Block> {
    let shapes: Vec<_> = s.case.facts.causes.iter().map(|cause| (cause, Shape::of(cause))).collect();
    let meant: Vec<&Cause> = shapes
        .iter()
        .filter(|(_, shape)| shape.as_ref().is_some_and(Shape::recipients))
        .map(|(c, _)| *c)
        .collect();
    if meant.is_empty() && !s.case.concerns("recipient") {
        // A rule of another kind may mean them: then nothing is said rather than something wrong.
        let known = shapes.iter().all(|(cause, shape)| shape.is_some() && !means_more(cause));
        return if known { vec![s.p("a-recipient-no", &[])] } else { Vec::new() };
    }
    let mut blocks = vec![s.p("a-recipient-yes", &[])];
    blocks.extend(meant.iter().map(|cause| s.p("a-recipient-items", &[("items", &s.items(cause))])));
    blocks.push(s.p("a-recipient-told", &[]));
    blocks
}

fn count(s: &Speaker<'_>) -> Vec<Block> {
    cards::counted(s, &causes(s))
}
