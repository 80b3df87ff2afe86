//! Answers to inquiries: what concerns the records that somebody asked about, and of a card the last four digits. No name
//! stands in it, and it goes nowhere but to the contact data of those very records.

use crate::{Block, Case, Lang, case::CARD_ITEMS, notice, notice::Vector, questions, speaker::Speaker};

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The subject of the mail or letter: the same whatever it tells.
    pub subject: String,
    /// What it tells.
    pub blocks: Vec<Block>,
}

/// A card that was typed in with one of those records: brand as the processor calls it, and the last four digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Card {
    /// The brand; empty where it is not known.
    pub brand: String,
    /// The last four digits.
    pub last4: String,
}

/// Answers. `cards` is `None` where only the first question was asked: whether anything concerns him.
pub fn reply(case: Case<'_>, lang: Lang, vector: &Vector, cards: Option<&[Card]>) -> Reply {
    let s = Speaker::new(case, lang);
    let concerned = notice::causes(case, vector);
    let mut blocks = vec![s.p("reply-lead", &[("shop", &s.shop())])];
    if concerned.is_empty() {
        blocks.push(s.p("reply-none", &[]));
        if !case.is_finished() {
            blocks.push(s.p("a-may-change", &[]));
        }
    } else {
        blocks.push(s.p("reply-concerned", &[]));
        blocks.extend(notice::all_causes(&s, &concerned));
        blocks.extend(notice::please(&s, &concerned));
    }
    let of_card = CARD_ITEMS.iter().any(|item| notice::has_item(&concerned, item));
    if let (Some(cards), true) = (cards, of_card) {
        let name = |card: &Card| {
            let brand =
                if card.brand.is_empty() { s.say("reply-brand-unknown", &[]) } else { card.brand.clone() };
            s.say("reply-card", &[("brand", &brand), ("digits", &card.last4)])
        };
        match cards {
            [] => blocks.push(s.p("reply-cards-unknown", &[])),
            cards => {
                blocks.push(s.p("reply-cards", &[]));
                blocks.push(Block::List(cards.iter().map(name).collect()));
                blocks.push(s.p("reply-cards-only", &[]));
            }
        }
    }
    if of_card {
        blocks.push(s.p("a-reissue-how", &[]));
        blocks.extend(questions::fee(&s));
    }
    blocks.push(s.p("a-never-ask", &[("shop", &s.shop())]));
    blocks.push(Block::Paragraph(s.contact()));
    Reply { subject: s.say("reply-subject", &[("shop", &s.shop())]), blocks }
}
