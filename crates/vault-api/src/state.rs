//! How the vault is: facts that the back office puts into words, and what a staff member has left.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Answer to [`crate::Client::state`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultState {
    /// Whether the ledger can be written.
    pub ledger: LedgerHealth,
    /// Number of the last durable ledger entry.
    pub ledger_seq: u64,
    /// By how much the clock stands behind the latest time that the vault has seen, in milliseconds; 0 where it does not.
    pub clock_behind_ms: i64,
    /// Whether the store was found older than the ledger, within the last week: it was put back from a backup alone,
    /// and lacks keys of persons, links and capabilities that the ledger tells of. (A ledger that is older than the
    /// store does not start at all.)
    pub store_older: bool,
    /// Whether the ledger's witness is away for so long that nothing may be exported.
    pub witness_away: bool,
    /// Set since a honeytoken was opened: staff and exports are refused.
    pub frozen: Option<Freeze>,
    /// Set while mails of older orders wait, because `post` has opened as many persons as an hour allows.
    pub mails_held: Option<MailsHeld>,
}

/// Whether the ledger can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LedgerHealth {
    /// It can.
    Fine,
    /// The last write failed, most likely for want of room: each request tries again.
    Full,
    /// An fsync failed: nothing is written until the vault is started anew, which it does by itself.
    Broken,
}

/// A honeytoken was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// When, Unix milliseconds.
    pub since_ms: i64,
    /// With whose capability.
    pub staff: Option<Uuid>,
    /// How many persons that request was for. None of them was opened. 0: the owner's drill.
    pub persons: u32,
}

impl Freeze {
    /// Whether nobody was to be opened: the owner froze the house to see that everybody knows what to do.
    pub fn is_drill(&self) -> bool {
        self.persons == 0
    }
}

/// Mails wait for the hour to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailsHeld {
    /// Since when, Unix milliseconds.
    pub since_ms: i64,
    /// How many distinct persons `post` may open in any hour.
    pub persons_max: u32,
}

/// What a staff member may still open: any hour's worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetLeft {
    /// Distinct persons more.
    pub persons: u32,
    /// Of so many.
    pub persons_max: u32,
    /// Look-ups more.
    pub lookups: u32,
    /// Of so many.
    pub lookups_max: u32,
}
