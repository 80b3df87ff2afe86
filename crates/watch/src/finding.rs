//! What may be wrong, and how grave it is.

use crate::{strays::Disguise, witness::Doubt};
use serde::{Deserialize, Serialize};

/// Something wrong. It stands as long as it is seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Finding {
    /// The gate does not answer.
    GateSilent,
    /// A page does not come, or not whole.
    PageSilent {
        /// `home`, `product` or `cart`.
        page: String,
    },
    /// A page comes with this status.
    Status {
        /// `home`, `product` or `cart`.
        page: String,
        /// Its status.
        status: u16,
    },
    /// A page is no HTML.
    ContentType {
        /// `home`, `product` or `cart`.
        page: String,
    },
    /// A security header is missing or weaker than it may be.
    HeaderWeak {
        /// `home`, `product` or `cart`.
        page: String,
        /// The header.
        header: String,
    },
    /// A security header of a page (not of a notice with a status of 500 or more) is not what it was. Stands for one
    /// round: then the new value is what is compared with.
    HeaderChanged {
        /// `home`, `product` or `cart`.
        page: String,
        /// The header.
        header: String,
    },
    /// An answer names the software that made it.
    ServerNamed {
        /// `home`, `product` or `cart`.
        page: String,
    },
    /// The witness of the ledger has a doubt.
    Ledger {
        /// Which.
        doubt: Doubt,
    },
    /// Something lies in the shop's folder that nothing of the shop puts there.
    FileUnexpected {
        /// Its path in the folder.
        file: String,
    },
    /// A file is larger than it ever may be.
    FileGrown {
        /// Its path in the folder.
        file: String,
    },
    /// The program's file is not the program that runs.
    ProgramReplaced,
    /// There is a card number in a file.
    CardNumber {
        /// Its path in the folder.
        file: String,
        /// How it was hidden.
        disguise: Disguise,
    },
    /// The gate refused an answer of the shop: it was not as the page manifest says.
    PageRefused {
        /// The route.
        route: String,
        /// What was wrong, in a word of the gate's.
        why: String,
    },
    /// Something is locked.
    Locked {
        /// `payment` or `shop`.
        closed: String,
        /// Who locked it.
        by: String,
    },
    /// Several customers' browsers reported that a page did what its policy forbids, or ran another script than ours.
    Reported {
        /// What kind of thing.
        kind: String,
        /// A host, a path of our own, or a word.
        from: String,
    },
    /// The watch itself gives no sign of life. Told by who listens to it.
    WatchSilent,
    /// Alarms do not reach those whom they are for.
    NotDelivered {
        /// `mail` or `webhook`.
        channel: String,
    },
    /// Somebody who was planted among the customers was opened: staff and exports are frozen.
    HoneytokenOpened,
}

/// What can take a card from a page, or lead its buyer elsewhere.
const REPORTS_GRAVE: [&str; 5] = ["script", "hash", "form", "connect", "frame"];

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The shop is not as well as it should be. Told when it lasts.
    Warning,
    /// Somebody may be changing the shop. Told at once.
    Critical,
}

impl Finding {
    /// How grave it is.
    pub fn severity(&self) -> Severity {
        match self {
            Finding::ContentType { .. }
            | Finding::HeaderWeak { .. }
            | Finding::FileUnexpected { .. }
            | Finding::FileGrown { .. }
            | Finding::ProgramReplaced
            | Finding::PageRefused { .. }
            | Finding::WatchSilent
            | Finding::HoneytokenOpened
            | Finding::Locked { .. }
            | Finding::CardNumber { .. } => Severity::Critical,
            Finding::Reported { kind, .. } if REPORTS_GRAVE.contains(&kind.as_str()) => Severity::Critical,
            Finding::Ledger { doubt } if doubt.refuses() || *doubt == Doubt::LedgerWithheld => {
                Severity::Critical
            }
            _ => Severity::Warning,
        }
    }

    /// What, which page or file, which header: for one line of a log.
    pub(crate) fn words(&self) -> (&'static str, &str, &str) {
        match self {
            Finding::GateSilent => ("gate_silent", "", ""),
            Finding::PageSilent { page } => ("page_silent", page, ""),
            Finding::Status { page, .. } => ("status", page, ""),
            Finding::ContentType { page } => ("content_type", page, ""),
            Finding::HeaderWeak { page, header } => ("header_weak", page, header),
            Finding::HeaderChanged { page, header } => ("header_changed", page, header),
            Finding::ServerNamed { page } => ("server_named", page, ""),
            Finding::Ledger { doubt } => (doubt.word(), "", ""),
            Finding::FileUnexpected { file } => ("file_unexpected", file, ""),
            Finding::FileGrown { file } => ("file_grown", file, ""),
            Finding::ProgramReplaced => ("program_replaced", "", ""),
            Finding::CardNumber { file, .. } => ("card_number", file, ""),
            Finding::PageRefused { route, why } => ("page_refused", route, why),
            Finding::Locked { closed, by } => ("locked", closed, by),
            Finding::Reported { kind, from } => ("reported", kind, from),
            Finding::WatchSilent => ("watch_silent", "", ""),
            Finding::NotDelivered { channel } => ("not_delivered", channel, ""),
            Finding::HoneytokenOpened => ("honeytoken_opened", "", ""),
        }
    }
}
