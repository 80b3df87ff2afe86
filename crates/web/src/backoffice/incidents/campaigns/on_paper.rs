//! What follows on paper from a campaign: how many letters, where they are, and the list of those whom nothing reaches.

use super::one::SHOWN;
use crate::backoffice::{
    Say,
    desk::Badge,
    letters::view::{badge, why},
};
use domain::{letter::LetterState, notice::Told};
use site::campaign::NOWHERE;
use std::collections::BTreeMap;
use store::{
    campaign::Campaign,
    letter::{Batch, told::Unreachable},
};
use uuid::Uuid;

/// Letters of a campaign.
pub struct Letters {
    /// How many persons stand where, with the way to whom nothing reaches.
    pub counts: Vec<(Badge, u64, String)>,
    /// Its batches: the page of each, its name, and where it stands.
    pub batches: Vec<(String, String, Badge)>,
    /// Whether letters are to be planned, and whoever looks may.
    pub may_plan: bool,
    /// Whether only the command line has the facts from which they would be.
    pub by_file: bool,
}

/// A list of those whom nothing reaches.
pub struct Nowhere {
    /// Person, why, since when, and the batch of the letter.
    pub rows: Vec<NowhereRow>,
    /// Where it goes on.
    pub more: Option<String>,
}

/// Somebody whom nothing reaches.
pub struct NowhereRow {
    /// Who.
    pub person: String,
    /// Why.
    pub why: String,
    /// Since when.
    pub since: String,
    /// The page of his letter's batch.
    pub batch: Option<String>,
}

/// What the page of a campaign says of letters; none where no mail failed.
pub fn letters(
    say: &Say,
    (campaign, manages): (&Campaign, bool),
    told: &BTreeMap<Told, u64>,
    batches: &[Batch],
) -> Option<Letters> {
    const ON_PAPER: [(Told, &str); 4] =
        [(Told::ToWrite, "wait"), (Told::Written, "go"), (Told::Posted, "done"), (Told::Unreachable, "stop")];
    let count = |of: &Told| told.get(of).copied().unwrap_or_default();
    // Before it is sent nobody knows whom its mails reach.
    if campaign.sending_at.is_none() || ON_PAPER.iter().all(|(of, _)| count(of) == 0) {
        return None;
    }
    let row = |(of, tone): &(Told, &'static str)| {
        let n = count(of);
        let listed = *of == Told::Unreachable && n > 0;
        let href = listed.then(|| format!("/admin/campaigns/{}?told={NOWHERE}", campaign.id));
        let tone = if n == 0 { "off" } else { tone };
        (say.badge("bo-camp-told", of.word(), tone), n, href.unwrap_or_default())
    };
    let batch = |b: &Batch| {
        let name = say.t.f1("bo-letters-batch", "n", b.number);
        (format!("/admin/letters/{}", b.id), name, badge(say, b))
    };
    let waits = count(&Told::ToWrite) > 0;
    Some(Letters {
        counts: ON_PAPER.iter().map(row).collect(),
        batches: batches.iter().map(batch).collect(),
        may_plan: waits && manages && campaign.incident_id.is_some(),
        by_file: waits && campaign.incident_id.is_none(),
    })
}

/// The list.
pub fn nowhere(say: &Say, campaign: Uuid, all: &[Unreachable]) -> Nowhere {
    let shown = &all[..all.len().min(SHOWN as usize)];
    let row = |u: &Unreachable| NowhereRow {
        person: u.person.to_string(),
        why: match &u.letter {
            None => say.s("bo-camp-no-postal"),
            Some((LetterState::Returned, reason, _)) => {
                say.t.f1("bo-camp-letter-back", "why", why(say, LetterState::Returned, reason))
            }
            Some((state, reason, _)) => say.t.f1("bo-camp-letter-unfit", "why", why(say, *state, reason)),
        },
        since: say.when(u.since),
        batch: u.letter.as_ref().map(|(_, _, batch)| format!("/admin/letters/{batch}")),
    };
    let last = shown.last().filter(|_| all.len() > shown.len());
    Nowhere {
        rows: shown.iter().map(row).collect(),
        more: last.map(|last| format!("/admin/campaigns/{campaign}?told={NOWHERE}&after={}", last.notice)),
    }
}
