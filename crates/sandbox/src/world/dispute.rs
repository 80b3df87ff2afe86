//! Disputes: a buyer tells his bank that he does not owe the money.

use super::{World, kind, new_id};
use crate::render;
use serde::{Deserialize, Serialize};

/// How long the shop has to answer, in seconds.
const ANSWER_S: i64 = 9 * 24 * 3600;

/// A Dispute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// `du_…`.
    pub id: String,
    /// Its place in the lists.
    pub seq: u64,
    /// The charge.
    pub charge: String,
    /// The intent.
    pub intent: String,
    /// In yen.
    pub amount: i64,
    /// Unix seconds.
    pub created: i64,
    /// Unix seconds until which the shop can answer.
    pub due_by: i64,
    /// Why, in Stripe's word.
    pub reason: String,
    /// Where it stands.
    pub status: DisputeStatus,
}

/// Where a dispute stands, in Stripe's words (those that the sandbox can bring about).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeStatus {
    /// The shop is asked.
    NeedsResponse,
    /// The bank decides.
    UnderReview,
    /// The shop keeps the money.
    Won,
    /// The buyer has it back.
    Lost,
}

impl DisputeStatus {
    /// Stripe's word.
    pub fn word(self) -> &'static str {
        match self {
            DisputeStatus::NeedsResponse => "needs_response",
            DisputeStatus::UnderReview => "under_review",
            DisputeStatus::Won => "won",
            DisputeStatus::Lost => "lost",
        }
    }

    /// Whether it is decided.
    pub fn is_over(self) -> bool {
        matches!(self, DisputeStatus::Won | DisputeStatus::Lost)
    }
}

impl World {
    /// The newest dispute of a charge.
    pub fn dispute_of(&self, charge: &str) -> Option<&Dispute> {
        self.disputes.values().filter(|d| d.charge == charge).max_by_key(|d| d.seq)
    }

    /// The buyer disputes what is left of a charge; nothing happens where nothing is left or one is open.
    pub fn open_dispute(&mut self, charge: &str, now: i64) {
        let Some(charge) = self.charges.get(charge).cloned() else { return };
        let left = charge.captured() - charge.refunded;
        if left < 1 || self.dispute_of(&charge.id).is_some() {
            return;
        }
        let dispute = Dispute {
            id: new_id("du_", 24),
            seq: self.next_seq(),
            charge: charge.id,
            intent: charge.intent,
            amount: left,
            created: now,
            due_by: now + ANSWER_S,
            reason: "fraudulent".into(),
            status: DisputeStatus::NeedsResponse,
        };
        self.put_dispute(dispute.clone());
        let object = render::dispute(&dispute, now);
        self.emit("charge.dispute.created", object, now, None);
    }

    /// The bank goes on or decides; a decision stands.
    pub fn move_dispute(&mut self, charge: &str, status: DisputeStatus, now: i64) {
        let Some(mut dispute) = self.dispute_of(charge).cloned().filter(|d| !d.status.is_over()) else {
            return;
        };
        dispute.status = status;
        self.put_dispute(dispute.clone());
        let word = if status.is_over() { "charge.dispute.closed" } else { "charge.dispute.updated" };
        let object = render::dispute(&dispute, now);
        self.emit(word, object, now, None);
    }

    fn put_dispute(&mut self, dispute: Dispute) {
        self.mark(kind::DISPUTE, &dispute.id, &dispute);
        self.disputes.insert(dispute.id.clone(), dispute);
    }
}
