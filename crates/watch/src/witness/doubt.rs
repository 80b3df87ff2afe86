//! What a witness may doubt.

use serde::{Deserialize, Serialize};

/// Why a checkpoint is not witnessed, or what is odd although it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// The log cannot be asked.
    LedgerSilent,
    /// The checkpoint is not signed with the log's keys, or is none. Refused.
    LedgerUnsigned,
    /// The log has fewer entries than were witnessed. Refused.
    LedgerRolledBack,
    /// What was witnessed is not the beginning of the log any more. Refused.
    LedgerForked,
    /// Another log, which does not go on from the last checkpoint that was witnessed, or from a later one. Refused.
    LedgerReplaced,
    /// A new log that does, as after a restore. Witnessed, and said.
    LedgerBegunAnew,
    /// The log does not show the tree or the entries that it signed. Not witnessed until it does.
    LedgerWithheld,
    /// The vault sealed, and the log has no more entries than before.
    LedgerStandsStill,
    /// The newest checkpoint was signed too long ago, or later than now: the vault does not sign, or a clock is wrong.
    LedgerStale,
    /// The witness cannot write its copy. Not witnessed until it can.
    CopyFailed,
    /// The witness's copy has as many bytes as it may: it goes on without copying entries.
    CopyFull,
    /// The cosignature was not taken: what the witness saw is not known there.
    NotHandedBack,
}

impl Doubt {
    /// As it stands in a line of a log, and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Doubt::LedgerSilent => "ledger_silent",
            Doubt::LedgerUnsigned => "ledger_unsigned",
            Doubt::LedgerRolledBack => "ledger_rolled_back",
            Doubt::LedgerForked => "ledger_forked",
            Doubt::LedgerReplaced => "ledger_replaced",
            Doubt::LedgerBegunAnew => "ledger_begun_anew",
            Doubt::LedgerWithheld => "ledger_withheld",
            Doubt::LedgerStandsStill => "ledger_stands_still",
            Doubt::LedgerStale => "ledger_stale",
            Doubt::CopyFailed => "copy_failed",
            Doubt::CopyFull => "copy_full",
            Doubt::NotHandedBack => "not_handed_back",
        }
    }

    /// Whether the checkpoint itself is the evidence: it is kept.
    pub(crate) fn refuses(self) -> bool {
        matches!(
            self,
            Doubt::LedgerUnsigned | Doubt::LedgerRolledBack | Doubt::LedgerForked | Doubt::LedgerReplaced
        )
    }
}
