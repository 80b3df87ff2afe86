//! What stands between facts and their publication. Reporting is never held up: whoever must be told by law is told with
//! what is known.

use crate::{Case, Lang, Tongue};
use incident::facts::{Office, Text};

/// Something to do before publishing; each is named by a text `gate-…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Whose incident it is.
    Merchant,
    /// Who changed the facts when and why.
    Version,
    /// The newest version is of a day to come.
    VersionAhead,
    /// How far the investigation is: stated, not finished.
    Status,
    /// Where customers can ask.
    Contact,
    /// The desk has closed.
    ContactClosed,
    /// The Commission was told, or why not yet.
    Commission,
    /// The police were told, or why not yet.
    Police,
    /// The processor was told, or why not yet.
    Processor,
}

/// All that is missing; empty: it can be published.
pub fn missing(case: Case<'_>) -> Vec<Missing> {
    let facts = case.facts;
    let told = |to: Office| facts.filings.iter().any(|filing| filing.to == to);
    let cards = case.card_causes().next().is_some();
    let closed = facts.contacts.as_ref().and_then(|c| c.open_until).is_some_and(|until| case.passed(until));
    let ahead = case.version().is_some_and(|version| version.on > case.today);
    [
        (Missing::Merchant, facts.merchant.is_none()),
        (Missing::Version, facts.versions.is_empty()),
        (Missing::VersionAhead, ahead),
        (Missing::Status, facts.investigation.is_none()),
        (Missing::Contact, facts.contacts.is_none()),
        // Who publishes for the first time must be able to answer; a page that stays up need not.
        (Missing::ContactClosed, closed && facts.versions.len() < 2),
        (Missing::Commission, !told(Office::Commission)),
        (Missing::Police, facts.malicious != Some(false) && !told(Office::Police)),
        (Missing::Processor, cards && !told(Office::Processor) && !told(Office::CardCompanies)),
    ]
    .into_iter()
    .filter_map(|(missing, is)| is.then_some(missing))
    .collect()
}

impl Missing {
    /// The part of the facts in which it is written down; none: a version says it.
    pub fn part(self) -> Option<&'static str> {
        match self {
            Missing::Merchant => Some("merchant"),
            Missing::Version | Missing::VersionAhead => None,
            Missing::Status => Some("investigation"),
            Missing::Contact | Missing::ContactClosed => Some("contacts"),
            Missing::Commission | Missing::Police | Missing::Processor => Some("filings"),
        }
    }

    /// Its word, for whoever has texts of his own.
    pub fn word(self) -> &'static str {
        match self {
            Missing::Merchant => "merchant",
            Missing::Version => "version",
            Missing::VersionAhead => "version-ahead",
            Missing::Status => "status",
            Missing::Contact => "contact",
            Missing::ContactClosed => "contact-closed",
            Missing::Commission => "commission",
            Missing::Police => "police",
            Missing::Processor => "processor",
        }
    }

    /// What to do in a file, in both languages.
    pub fn todo(self) -> Text {
        let id = format!("gate-{}", self.word());
        let say = |lang| Tongue::of(lang).say(&id, &[]);
        Text { ja: say(Lang::Ja), en: say(Lang::En) }
    }
}
