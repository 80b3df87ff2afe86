//! An incident on a day: its facts, its counts, and what follows from them.

use crate::{
    Counts,
    counts::{CauseCounts, Told},
};
use incident::{
    Facts,
    facts::{Cause, Certainty, Filing, FilingKind, Happened, Merchant, Office, Progress, Step, Version},
};
use jiff::civil::Date;

/// The items of a card with which somebody else could pay.
pub const CARD_ITEMS: [&str; 5] =
    ["card_number", "card_holder", "card_expiry", "card_security_code", "card_auth_password"];
/// Passwords, as they are and hashed.
pub const PASSWORD_ITEMS: [&str; 2] = ["password", "password_hash"];

/// Facts, counts and a day.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// What is known.
    pub facts: &'a Facts,
    /// How many; `None` where nobody counted yet.
    pub counts: Option<&'a Counts>,
    /// The day for which is written: terms that have passed are said to have passed.
    pub today: Date,
}

/// What may be said of everybody whom a cause concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certain {
    /// Data may have got out.
    Possible,
    /// It did.
    Confirmed,
    /// Of some it is certain, of others possible.
    Mixed,
}

impl<'a> Case<'a> {
    /// Whose incident it is.
    pub fn merchant(&self) -> Option<&'a Merchant> {
        self.facts.merchant.as_ref()
    }

    /// The causes that concern cards.
    pub fn card_causes(&self) -> impl Iterator<Item = &'a Cause> + use<'a> {
        self.facts.causes.iter().filter(|cause| has_card(cause))
    }

    /// The causes that concern anything else; one may be both.
    pub fn personal_causes(&self) -> impl Iterator<Item = &'a Cause> + use<'a> {
        self.facts.causes.iter().filter(|cause| has_personal(cause))
    }

    /// Whether any cause concerns an item.
    pub fn concerns(&self, item: &str) -> bool {
        self.facts.causes.iter().any(|cause| cause.items.iter().any(|i| i.item == item))
    }

    /// The counts of a cause.
    pub fn count(&self, cause: &Cause) -> Option<&'a CauseCounts> {
        self.counts?.cause(&cause.id)
    }

    /// What may be said of everybody whom the cause concerns. Where it was not counted, no more than the rule says.
    pub fn certain(&self, cause: &Cause) -> Certain {
        let none = |pair: &incident::scope::Pair| pair.persons.count == 0;
        match (self.count(cause), cause.certainty) {
            (Some(c), _) if none(&c.confirmed) => Certain::Possible,
            (Some(c), _) if none(&c.possible) => Certain::Confirmed,
            (Some(_), _) => Certain::Mixed,
            (None, Certainty::Confirmed) => Certain::Confirmed,
            (None, Certainty::Possible) => Certain::Possible,
        }
    }

    /// The first line of the timeline of that kind.
    pub fn step(&self, what: Happened) -> Option<&'a Step> {
        self.facts.timeline.iter().filter(|step| step.what == what).min_by_key(|step| step.on.first())
    }

    /// The first filing of that kind that was made.
    pub fn filed(&self, to: Office, kind: Option<FilingKind>) -> Option<&'a Filing> {
        let wanted = |f: &&Filing| f.to == to && f.on.is_some() && kind.is_none_or(|kind| f.kind == kind);
        self.facts.filings.iter().filter(wanted).min_by_key(|f| f.on)
    }

    /// Whether notices went out by mail, by the timeline or by what became of them.
    pub fn mail_began(&self) -> bool {
        self.step(Happened::NoticesSent).is_some() || self.told().is_some_and(|told| told.by_mail > 0)
    }

    /// What has become of telling the persons, where that was counted.
    pub fn told(&self) -> Option<Told> {
        self.counts?.told
    }

    /// Whether nothing more is being looked for.
    pub fn is_finished(&self) -> bool {
        self.facts.investigation.as_ref().is_some_and(|i| i.status == Progress::Finished)
    }

    /// Whether a day has passed: on the day itself it has not.
    pub fn passed(&self, day: Date) -> bool {
        self.today > day
    }

    /// The newest version.
    pub fn version(&self) -> Option<&'a Version> {
        self.facts.versions.last()
    }

    /// Whole days from one step to another, where both are known to the day.
    pub fn days_between(&self, from: Happened, to: Happened) -> Option<u64> {
        let day = |what| self.step(what).filter(|s| s.on.has_day()).map(|s| s.on.first());
        let days = day(from)?.until(day(to)?).ok()?.get_days();
        u64::try_from(days).ok()
    }
}

/// Whether the cause concerns cards.
pub fn has_card(cause: &Cause) -> bool {
    cause.items.iter().any(|i| CARD_ITEMS.contains(&i.item.as_str()))
}

/// Whether the cause concerns anything but cards.
pub fn has_personal(cause: &Cause) -> bool {
    cause.items.iter().any(|i| !CARD_ITEMS.contains(&i.item.as_str()))
}

/// Whether an item of a cause concerns some only: by a condition in the facts, or by what each record names. Of whoever else is
/// known for certain, it is possible of him at most.
pub fn is_conditional(cause: &Cause, item: &str) -> bool {
    cause.items_of_records || !cause.items.iter().any(|i| i.item == item && i.only.is_none())
}
