//! Questions about notices, and about asking.

use super::Question;
use crate::{
    document::Block,
    speaker::{About, Speaker},
};
use incident::facts::Part;

pub(super) const QUESTIONS: &[Question] = &[
    asking("notice-genuine", genuine),
    asking("notice-missing", missing),
    asking("notice-retracted", retracted),
    asking("ask-where", where_to),
    asking("ask-for-others", for_others),
    asking("ask-address-changed", address_changed),
];

const fn asking(id: &'static str, answer: fn(&Speaker<'_>) -> Vec<Block>) -> Question {
    Question { id, part: Part::Asking, answer }
}

fn genuine(s: &Speaker<'_>) -> Vec<Block> {
    let mut blocks = vec![s.p("a-genuine", &[])];
    if let Some(merchant) = s.case.merchant() {
        let sender = merchant.sender.as_ref().map(|sender| s.say("a-genuine-sender", &[("mail", sender)]));
        let page = merchant.check_page.as_ref().map(|page| s.say("a-genuine-code", &[("page", page)]));
        let list: Vec<String> = [sender, page].into_iter().flatten().collect();
        if !list.is_empty() {
            blocks.push(Block::List(list));
        }
    }
    blocks.push(s.p("a-never-ask", &[("shop", &s.shop())]));
    blocks
}

fn missing(s: &Speaker<'_>) -> Vec<Block> {
    let id = if s.case.mail_began() { "a-missing" } else { "a-missing-soon" };
    vec![s.p(id, &[]), s.p("a-missing-ask", &[]), Block::Paragraph(s.contact())]
}

fn retracted(s: &Speaker<'_>) -> Vec<Block> {
    let correction = s.case.counts.and_then(|counts| counts.correction.as_ref());
    let none = correction.is_none_or(|correction| correction.causes.iter().all(|cause| cause.retracted == 0));
    if none { Vec::new() } else { vec![s.p("a-retracted", &[("subject", &s.subject(About::Retraction))])] }
}

fn where_to(s: &Speaker<'_>) -> Vec<Block> {
    let rows = s.contact_rows();
    if rows.is_empty() { vec![s.p("contact-none", &[])] } else { vec![Block::Table(rows)] }
}

fn for_others(s: &Speaker<'_>) -> Vec<Block> {
    vec![s.p("a-for-others", &[]), s.p("a-for-others-how", &[])]
}

fn address_changed(s: &Speaker<'_>) -> Vec<Block> {
    vec![s.p("a-address-changed", &[]), s.p("a-address-changed-letter", &[])]
}
