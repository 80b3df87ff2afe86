//! What may be wrong, and how grave it is.

use crate::{strays::Disguise, witness::Doubt};
use serde::{Deserialize, Serialize};

/// Something wrong. It stands as long as it is seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Finding {
    /// The gate does not answer.
    GateSilent,
    /// The shop's name leads nowhere, as far as the watch's machine can tell.
    NameUnknown,
    /// A page does not come, or not whole.
    PageSilent {
        /// Its kind, as the map names it.
        page: String,
    },
    /// A page comes with this status.
    Status {
        /// Its kind, as the map names it.
        page: String,
        /// Its status.
        status: u16,
    },
    /// A page is no HTML.
    ContentType {
        /// Its kind, as the map names it.
        page: String,
    },
    /// A security header is not as it was signed, or there is one that no answer bears.
    HeaderWeak {
        /// Its kind, as the map names it.
        page: String,
        /// The header.
        header: String,
    },
    /// An answer names the software that made it.
    ServerNamed {
        /// Its kind, as the map names it.
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
    /// The gate's journal is not all there any more.
    JournalCut,
    /// What the gate writes down cannot be read.
    GateUnread {
        /// The file, or its folder.
        file: String,
    },
    /// There is a card number in a file.
    CardNumber {
        /// Its path in the folder.
        file: String,
        /// How it was hidden.
        disguise: Disguise,
    },
    /// The database does not answer the watch: its texts are not read for card numbers.
    DatabaseUnread,
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
        /// Who locked it; `outside` where visitors are shown so, and the gate does not say so.
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
    /// The watch on the other machine gives no sign of life, or does not look.
    OtherWatchSilent,
    /// No certificate is obtained although one is due.
    RenewalFails,
    /// Alarms do not reach those whom they are for.
    NotDelivered {
        /// `mail` or `webhook`.
        channel: String,
    },
    /// Somebody who was planted among the customers was opened: staff and exports are frozen.
    HoneytokenOpened,
    /// A page is not what the owner signed, as it came to a visitor.
    PageChanged {
        /// Its kind, as the map names it.
        page: String,
        /// What kind of thing does not belong there, in a word of the manifest's.
        why: String,
    },
    /// A script, style or picture of the program is not what the owner signed.
    FileChanged {
        /// Its address.
        file: String,
    },
    /// A page leads out of the shop, or to a page that the shop does not have.
    RedirectElsewhere {
        /// Its kind, as the map names it.
        page: String,
    },
    /// A page is not the same for everybody.
    Cloaked {
        /// Its kind, as the map names it.
        page: String,
    },
    /// There is a doubt about the page manifest.
    Manifest {
        /// Which.
        doubt: ManifestDoubt,
    },
    /// Something on a page that does not belong there, as a real browser saw it.
    SeenInBrowser {
        /// The step of the way to a payment.
        page: String,
        /// What kind of thing.
        kind: String,
        /// A host, a header, or a word.
        from: String,
    },
    /// Something is wrong with where a name leads.
    Address {
        /// Whose name.
        place: Place,
        /// What.
        fault: AddressFault,
    },
    /// A certificate ends soon, or has ended.
    CertificateEnds {
        /// Whose.
        place: Place,
        /// The day in Japan, such as `2026-12-09`.
        day: String,
    },
    /// Who works in the back office, or by what means they sign in, was changed. Stands for a while.
    StaffMeans {
        /// `password`, `code`, `passkey`, `passkey_removed`, `invited` or `removed`.
        change: String,
    },
    /// The browser that walks through the shop does not get through, or does not walk.
    Browser {
        /// Which.
        fault: BrowserFault,
    },
    /// Mails of older orders wait: `post` has opened as many persons as an hour allows.
    MailsHeld,
    /// The payment processor does not answer the till.
    ProcessorAway,
    /// There is little room on the disk of the shop's folder.
    DiskFull,
}

/// Whose name it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The shop's.
    Shop,
    /// The payment processor's.
    Processor,
}

/// What may be wrong with where a name leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressFault {
    /// To other addresses than those in the settings.
    Elsewhere,
    /// To other addresses than before. Stands for a while.
    Moved,
    /// To somebody who has no certificate for the name that is believed.
    Refused,
    /// The certificate is by another issuer than before. Stands for a while.
    OtherIssuer,
    /// The certificate has another key than before, and was not due to be renewed. Stands for a while.
    OtherKey,
}

/// What is wrong with the browser's walks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrowserFault {
    /// It does not walk.
    Away,
    /// It does not get to the end of the way.
    NoWay,
}

/// What may be wrong with the page manifest that lies in the gate's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ManifestDoubt {
    /// There is none that could be in force: nothing is held against it.
    Missing,
    /// It is not signed with the owner's key, or was changed afterwards.
    Unsigned,
    /// It is older than one that was in force.
    Older,
    /// It was signed for other pages than those of this program.
    OtherBuild,
    /// The owner's key in the settings is another one than before.
    OtherOwner,
}

impl ManifestDoubt {
    /// The fixed word, in the log.
    const fn word(self) -> &'static str {
        match self {
            ManifestDoubt::Missing => "missing",
            ManifestDoubt::Unsigned => "unsigned",
            ManifestDoubt::Older => "older",
            ManifestDoubt::OtherBuild => "other_build",
            ManifestDoubt::OtherOwner => "other_owner",
        }
    }
}

impl Place {
    /// The fixed word, in the log and in texts.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Place::Shop => "shop",
            Place::Processor => "processor",
        }
    }
}

impl AddressFault {
    /// The fixed word, in the log.
    const fn word(self) -> &'static str {
        match self {
            AddressFault::Elsewhere => "address_elsewhere",
            AddressFault::Moved => "address_moved",
            AddressFault::Refused => "certificate_refused",
            AddressFault::OtherIssuer => "certificate_other_issuer",
            AddressFault::OtherKey => "certificate_other_key",
        }
    }
}

/// What can take a card from a page, or lead its buyer elsewhere.
const REPORTS_GRAVE: [&str; 5] = ["script", "hash", "form", "connect", "frame"];

/// What a robber puts on a page, as a browser sees it. A policy that was kept and a header that is weak rob nobody by
/// themselves.
const SEEN_GRAVE: [&str; 11] =
    ["script", "request", "socket", "frame", "form", "field", "covered", "page", "redirect", "card", "head"];

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
            | Finding::JournalCut
            | Finding::GateUnread { .. }
            | Finding::PageRefused { .. }
            | Finding::WatchSilent
            | Finding::OtherWatchSilent
            | Finding::HoneytokenOpened
            | Finding::Locked { .. }
            | Finding::PageChanged { .. }
            | Finding::FileChanged { .. }
            | Finding::RedirectElsewhere { .. }
            | Finding::Cloaked { .. }
            | Finding::Manifest { .. }
            | Finding::SeenInBrowser { .. }
            | Finding::Address { .. }
            | Finding::CardNumber { .. } => Severity::Critical,
            Finding::Reported { kind, .. } if REPORTS_GRAVE.contains(&kind.as_str()) => Severity::Critical,
            Finding::Ledger { doubt } if doubt.refuses() || *doubt == Doubt::LedgerWithheld => {
                Severity::Critical
            }
            _ => Severity::Warning,
        }
    }

    /// Whether the way to payment closes for it at once: cards may be on their way to somebody. What a stranger could bring
    /// about at will (browsers' reports) or comes with an upgrade (another program's file) is told, and people decide.
    pub(crate) fn closes_payment(&self) -> bool {
        match self {
            Finding::CardNumber { .. }
            | Finding::PageChanged { .. }
            | Finding::FileChanged { .. }
            | Finding::RedirectElsewhere { .. } => true,
            Finding::SeenInBrowser { kind, .. } => SEEN_GRAVE.contains(&kind.as_str()),
            _ => false,
        }
    }

    /// What, which page or file, which header or why: for one line of a log.
    pub(crate) fn words(&self) -> (&'static str, &str, &str) {
        match self {
            Finding::GateSilent => ("gate_silent", "", ""),
            Finding::NameUnknown => ("name_unknown", "", ""),
            Finding::PageSilent { page } => ("page_silent", page, ""),
            Finding::Status { page, .. } => ("status", page, ""),
            Finding::ContentType { page } => ("content_type", page, ""),
            Finding::HeaderWeak { page, header } => ("header_weak", page, header),
            Finding::ServerNamed { page } => ("server_named", page, ""),
            Finding::Ledger { doubt } => (doubt.word(), "", ""),
            Finding::FileUnexpected { file } => ("file_unexpected", file, ""),
            Finding::FileGrown { file } => ("file_grown", file, ""),
            Finding::ProgramReplaced => ("program_replaced", "", ""),
            Finding::JournalCut => ("journal_cut", "", ""),
            Finding::GateUnread { file } => ("gate_unread", file, ""),
            Finding::CardNumber { file, .. } => ("card_number", file, ""),
            Finding::DatabaseUnread => ("database_unread", "", ""),
            Finding::PageRefused { route, why } => ("page_refused", route, why),
            Finding::Locked { closed, by } => ("locked", closed, by),
            Finding::Reported { kind, from } => ("reported", kind, from),
            Finding::WatchSilent => ("watch_silent", "", ""),
            Finding::OtherWatchSilent => ("other_watch_silent", "", ""),
            Finding::RenewalFails => ("renewal_fails", "", ""),
            Finding::NotDelivered { channel } => ("not_delivered", channel, ""),
            Finding::HoneytokenOpened => ("honeytoken_opened", "", ""),
            Finding::PageChanged { page, why } => ("page_changed", page, why),
            Finding::FileChanged { file } => ("file_changed", file, ""),
            Finding::RedirectElsewhere { page } => ("redirect_elsewhere", page, ""),
            Finding::Cloaked { page } => ("cloaked", page, ""),
            Finding::Manifest { doubt } => ("manifest", doubt.word(), ""),
            Finding::SeenInBrowser { page, kind, .. } => ("seen_in_browser", page, kind),
            Finding::Address { place, fault } => (fault.word(), place.word(), ""),
            Finding::CertificateEnds { place, day } => ("certificate_ends", place.word(), day),
            Finding::StaffMeans { change } => ("staff_means", change, ""),
            Finding::Browser { fault: BrowserFault::Away } => ("browser_away", "", ""),
            Finding::Browser { fault: BrowserFault::NoWay } => ("browser_no_way", "", ""),
            Finding::MailsHeld => ("mails_held", "", ""),
            Finding::ProcessorAway => ("processor_away", "", ""),
            Finding::DiskFull => ("disk_full", "", ""),
        }
    }
}
