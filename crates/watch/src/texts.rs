//! What the watch says, in both languages: titles of findings, what to do about them, and mails.

use crate::{
    finding::{AddressFault, BrowserFault, Finding, ManifestDoubt},
    strays::Disguise,
    witness::Doubt,
};
use i18n_embed::{
    LanguageLoader,
    fluent::{FluentLanguageLoader, fluent_language_loader},
};
use i18n_embed_fl::fl;
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

#[derive(rust_embed::RustEmbed)]
#[folder = "locale/"]
struct Texts;

/// One language.
pub(crate) type Tongue = FluentLanguageLoader;

/// Japanese.
pub(crate) static JA: LazyLock<Tongue> = LazyLock::new(|| load("ja"));
/// English.
pub(crate) static EN: LazyLock<Tongue> = LazyLock::new(|| load("en"));

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Both {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

fn load(language: &str) -> Tongue {
    let loader: Tongue = fluent_language_loader!();
    let languages = language.parse().map_or_else(|_| vec![loader.fallback_language().clone()], |l| vec![l]);
    // The files are in the binary, and a test reads both: what could fail here fails there.
    let _ = loader.load_languages(&Texts, &languages);
    // Invisible marks around each value would stand in mails.
    loader.set_use_isolating(false);
    loader
}

fn both(say: impl Fn(&Tongue) -> String) -> Both {
    Both { ja: say(&JA), en: say(&EN) }
}

/// What is wrong, in a sentence.
pub fn title(finding: &Finding) -> Both {
    both(|t| title_in(t, finding))
}

/// What whoever reads it should do.
pub(crate) fn todo(finding: &Finding) -> Both {
    both(|t| todo_in(t, finding))
}

pub(crate) fn title_in(t: &Tongue, finding: &Finding) -> String {
    let of = |page: &String| fl!(t, "page", page = page.clone());
    match finding {
        Finding::GateSilent => fl!(t, "gate-silent"),
        Finding::NameUnknown => fl!(t, "name-unknown"),
        Finding::PageSilent { page } => fl!(t, "page-silent", page = of(page)),
        Finding::Status { page, status } => fl!(t, "status", page = of(page), status = status.to_string()),
        Finding::ContentType { page } => fl!(t, "content-type", page = of(page)),
        Finding::HeaderWeak { page, header } => {
            fl!(t, "header-weak", page = of(page), header = header.clone())
        }
        Finding::ServerNamed { page } => fl!(t, "server-named", page = of(page)),
        Finding::Ledger { doubt } => doubted(t, *doubt),
        Finding::FileUnexpected { file } => fl!(t, "file-unexpected", file = file.clone()),
        Finding::FileGrown { file } => fl!(t, "file-grown", file = file.clone()),
        Finding::ProgramReplaced => fl!(t, "program-replaced"),
        Finding::JournalCut => fl!(t, "journal-cut"),
        Finding::GateUnread { file } => fl!(t, "gate-unread", file = file.clone()),
        Finding::CardNumber { file, disguise } => {
            fl!(t, "card-number", file = file.clone(), disguise = disguised(t, *disguise))
        }
        Finding::DatabaseUnread => fl!(t, "database-unread"),
        Finding::PageRefused { route, why } => {
            fl!(t, "page-refused", route = route.clone(), why = why.clone())
        }
        Finding::Locked { by, .. } if by == "outside" => fl!(t, "locked-outside"),
        Finding::Locked { closed, by } => fl!(t, "locked", closed = closed.clone(), by = by.clone()),
        Finding::Reported { kind, from } => fl!(t, "reported", kind = kind.clone(), from = from.clone()),
        Finding::RenewalFails => fl!(t, "renewal-fails"),
        Finding::OtherWatchSilent => fl!(t, "other-watch-silent"),
        Finding::WatchSilent => fl!(t, "watch-silent"),
        Finding::NotDelivered { channel } => {
            fl!(t, "not-delivered", channel = fl!(t, "channel", channel = channel.clone()))
        }
        Finding::HoneytokenOpened => fl!(t, "honeytoken-opened"),
        Finding::MailsHeld => fl!(t, "mails-held"),
        Finding::ProcessorAway => fl!(t, "processor-away"),
        Finding::DiskFull => fl!(t, "disk-full"),
        Finding::PageChanged { page, why } => fl!(t, "page-changed", page = of(page), why = why.clone()),
        Finding::FileChanged { file } => fl!(t, "file-changed", file = file.clone()),
        Finding::RedirectElsewhere { page } => fl!(t, "redirect-elsewhere", page = of(page)),
        Finding::Cloaked { page } => fl!(t, "cloaked", page = of(page)),
        Finding::Manifest { doubt } => match doubt {
            ManifestDoubt::Missing => fl!(t, "manifest-missing"),
            ManifestDoubt::Unsigned => fl!(t, "manifest-unsigned"),
            ManifestDoubt::Older => fl!(t, "manifest-older"),
            ManifestDoubt::OtherBuild => fl!(t, "manifest-other-build"),
            ManifestDoubt::OtherOwner => fl!(t, "manifest-other-owner"),
        },
        Finding::SeenInBrowser { page, kind, from } => {
            fl!(t, "seen-in-browser", page = of(page), kind = kind.clone(), from = from.clone())
        }
        Finding::Address { place, fault } => {
            let place = fl!(t, "place", place = place.word());
            match fault {
                AddressFault::Elsewhere => fl!(t, "address-elsewhere", place = place),
                AddressFault::Moved => fl!(t, "address-moved", place = place),
                AddressFault::Refused => fl!(t, "certificate-refused", place = place),
                AddressFault::OtherIssuer => fl!(t, "certificate-other-issuer", place = place),
                AddressFault::OtherKey => fl!(t, "certificate-other-key", place = place),
            }
        }
        Finding::CertificateEnds { place, day } => {
            fl!(t, "certificate-ends", place = fl!(t, "place", place = place.word()), day = day.clone())
        }
        Finding::StaffMeans { change } => fl!(t, "staff-means", change = change.clone()),
        Finding::Browser { fault: BrowserFault::Away } => fl!(t, "browser-away"),
        Finding::Browser { fault: BrowserFault::NoWay } => fl!(t, "browser-no-way"),
    }
}

fn disguised(t: &Tongue, disguise: Disguise) -> String {
    match disguise {
        Disguise::Plain => fl!(t, "disguise-plain"),
        Disguise::Reversed => fl!(t, "disguise-reversed"),
        Disguise::Hex => fl!(t, "disguise-hex"),
        Disguise::Base64 => fl!(t, "disguise-base64"),
        Disguise::Xor => fl!(t, "disguise-xor"),
        Disguise::Hash => fl!(t, "disguise-hash"),
    }
}

fn doubted(t: &Tongue, doubt: Doubt) -> String {
    match doubt {
        Doubt::LedgerSilent => fl!(t, "ledger-silent"),
        Doubt::LedgerUnsigned => fl!(t, "ledger-unsigned"),
        Doubt::LedgerRolledBack => fl!(t, "ledger-rolled-back"),
        Doubt::LedgerForked => fl!(t, "ledger-forked"),
        Doubt::LedgerReplaced => fl!(t, "ledger-replaced"),
        Doubt::LedgerBegunAnew => fl!(t, "ledger-begun-anew"),
        Doubt::LedgerWithheld => fl!(t, "ledger-withheld"),
        Doubt::LedgerStandsStill => fl!(t, "ledger-stands-still"),
        Doubt::LedgerStale => fl!(t, "ledger-stale"),
        Doubt::CopyFailed => fl!(t, "copy-failed"),
        Doubt::CopyFull => fl!(t, "copy-full"),
        Doubt::NotHandedBack => fl!(t, "not-handed-back"),
    }
}

pub(crate) fn todo_in(t: &Tongue, finding: &Finding) -> String {
    match finding {
        Finding::GateSilent => fl!(t, "gate-silent-todo"),
        Finding::NameUnknown => fl!(t, "name-unknown-todo"),
        Finding::PageSilent { .. } => fl!(t, "page-silent-todo"),
        Finding::Status { .. } => fl!(t, "status-todo"),
        Finding::ContentType { .. } => fl!(t, "content-type-todo"),
        Finding::HeaderWeak { .. } => fl!(t, "header-weak-todo"),
        Finding::ServerNamed { .. } => fl!(t, "server-named-todo"),
        Finding::Ledger { doubt } => match doubt {
            Doubt::LedgerSilent | Doubt::LedgerStale | Doubt::NotHandedBack => fl!(t, "ledger-away-todo"),
            Doubt::LedgerBegunAnew => fl!(t, "ledger-anew-todo"),
            Doubt::CopyFailed | Doubt::CopyFull => fl!(t, "copy-todo"),
            _ => fl!(t, "ledger-evidence-todo"),
        },
        Finding::FileUnexpected { .. } => fl!(t, "file-unexpected-todo"),
        Finding::FileGrown { .. } => fl!(t, "file-grown-todo"),
        Finding::ProgramReplaced => fl!(t, "program-replaced-todo"),
        Finding::JournalCut => fl!(t, "journal-cut-todo"),
        Finding::GateUnread { .. } => fl!(t, "gate-unread-todo"),
        Finding::CardNumber { .. } => fl!(t, "card-number-todo"),
        Finding::PageRefused { .. } => fl!(t, "page-refused-todo"),
        Finding::Locked { .. } => fl!(t, "locked-todo"),
        Finding::Reported { .. } => fl!(t, "reported-todo"),
        Finding::RenewalFails => fl!(t, "renewal-fails-todo"),
        Finding::OtherWatchSilent => fl!(t, "other-watch-silent-todo"),
        Finding::WatchSilent => fl!(t, "watch-silent-todo"),
        Finding::NotDelivered { .. } => fl!(t, "not-delivered-todo"),
        Finding::HoneytokenOpened => fl!(t, "honeytoken-opened-todo"),
        Finding::MailsHeld => fl!(t, "mails-held-todo"),
        Finding::ProcessorAway => fl!(t, "processor-away-todo"),
        Finding::DiskFull => fl!(t, "disk-full-todo"),
        Finding::PageChanged { .. } | Finding::FileChanged { .. } | Finding::RedirectElsewhere { .. } => {
            fl!(t, "page-changed-todo")
        }
        Finding::Cloaked { .. } => fl!(t, "cloaked-todo"),
        Finding::SeenInBrowser { .. } => fl!(t, "seen-in-browser-todo"),
        Finding::Address { fault, .. } => match fault {
            AddressFault::Elsewhere => fl!(t, "address-elsewhere-todo"),
            AddressFault::Moved => fl!(t, "address-moved-todo"),
            AddressFault::Refused => fl!(t, "certificate-refused-todo"),
            AddressFault::OtherIssuer | AddressFault::OtherKey => fl!(t, "certificate-changed-todo"),
        },
        Finding::CertificateEnds { .. } => fl!(t, "certificate-ends-todo"),
        Finding::DatabaseUnread => fl!(t, "database-unread-todo"),
        Finding::StaffMeans { .. } => fl!(t, "staff-means-todo"),
        Finding::Browser { fault: BrowserFault::Away } => fl!(t, "browser-away-todo"),
        Finding::Browser { fault: BrowserFault::NoWay } => fl!(t, "browser-no-way-todo"),
        Finding::Manifest { doubt } => match doubt {
            ManifestDoubt::OtherOwner => fl!(t, "manifest-other-owner-todo"),
            _ => fl!(t, "manifest-todo"),
        },
    }
}

/// Day and time in Japan, which has had no summer time since 1951.
pub(crate) fn time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::fixed(jiff::tz::offset(9))).strftime("%Y-%m-%d %H:%M:%S (JST)").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// Every id with its arguments.
    fn ids(file: &str) -> BTreeMap<String, BTreeSet<String>> {
        let text = String::from_utf8(Texts::get(file).unwrap().data.into_owned()).unwrap();
        let resource = fluent_syntax::parser::parse(text).map_err(|(_, errors)| errors).unwrap();
        let message = |entry| match entry {
            fluent_syntax::ast::Entry::Message(message) => Some(message),
            _ => None,
        };
        let with_arguments = |message: fluent_syntax::ast::Message<String>| {
            let id = message.id.name.clone();
            let body = vec![fluent_syntax::ast::Entry::Message(message)];
            // Arguments are found in the serialised form: `$name`.
            let text = fluent_syntax::serializer::serialize(&fluent_syntax::ast::Resource { body });
            let arguments = text.split('$').skip(1);
            let word = |a: &str| a.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            (id, arguments.map(word).collect())
        };
        resource.body.into_iter().filter_map(message).map(with_arguments).collect()
    }

    #[test]
    fn both_languages_say_the_same_things() {
        assert_eq!(ids("ja/watch.ftl"), ids("en/watch.ftl"));
    }

    #[test]
    fn times_are_those_of_japan() {
        let at: Timestamp = "2026-11-22T15:05:00Z".parse().unwrap();
        assert_eq!(time(at), "2026-11-23 00:05:00 (JST)");
    }
}
