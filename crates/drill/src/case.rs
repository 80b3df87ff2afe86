//! What came of planting something.

use serde::Serialize;
use std::time::{Duration, Instant};

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It was held back before a customer had it.
    Refused,
    /// It was there, and somebody was told.
    Noticed,
    /// It was there, and could do nothing.
    Contained,
    /// Nobody saw it, and it could do its work.
    Missed,
    /// It could not be planted here.
    Untried,
}

impl Verdict {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Verdict::Refused => "refused",
            Verdict::Noticed => "noticed",
            Verdict::Contained => "contained",
            Verdict::Missed => "MISSED",
            Verdict::Untried => "untried",
        }
    }
}

/// What came of one way.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Its name.
    pub name: &'static str,
    /// What was planted.
    pub plants: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// Who caught it, or what keeps it in.
    pub by: &'static str,
    /// Why, in the words of who caught it.
    pub why: String,
    /// From planting to the catch, in milliseconds.
    pub after_ms: Option<u64>,
    /// Within which time it had to be noticed, in milliseconds.
    pub within_ms: Option<u64>,
    /// Pages with the change that were sent meanwhile; in front of the gate, with those that the watch itself looked at.
    pub pages_sent: u32,
    /// Test cards that reached the robber.
    pub cards_leaked: u32,
}

impl Outcome {
    fn of(verdict: Verdict, by: &'static str, why: &str) -> Outcome {
        let why = why.to_owned();
        let (after_ms, within_ms) = (None, None);
        Outcome {
            name: "",
            plants: "",
            verdict,
            by,
            why,
            after_ms,
            within_ms,
            pages_sent: 0,
            cards_leaked: 0,
        }
    }

    pub(crate) fn refused(by: &'static str, why: &str, planted: Instant) -> Outcome {
        Outcome { after_ms: Some(ms(planted.elapsed())), ..Outcome::of(Verdict::Refused, by, why) }
    }

    pub(crate) fn noticed(by: &'static str, why: &str, planted: Instant) -> Outcome {
        Outcome { after_ms: Some(ms(planted.elapsed())), ..Outcome::of(Verdict::Noticed, by, why) }
    }

    pub(crate) fn contained(by: &'static str, why: &str) -> Outcome {
        Outcome::of(Verdict::Contained, by, why)
    }

    pub(crate) fn missed(why: &str) -> Outcome {
        Outcome::of(Verdict::Missed, "nobody", why)
    }

    pub(crate) fn untried(why: &str) -> Outcome {
        Outcome::of(Verdict::Untried, "-", why)
    }

    /// With the time within which it had to be noticed.
    pub(crate) fn held_to(self, limit: Duration) -> Outcome {
        let within_ms = (self.verdict == Verdict::Noticed).then(|| ms(limit));
        Outcome { within_ms, ..self }
    }

    /// Whether it was noticed too late.
    pub fn is_late(&self) -> bool {
        self.within_ms.zip(self.after_ms).is_some_and(|(within, after)| after > within)
    }

    /// Whether the shop has stood it.
    pub fn is_stood(&self) -> bool {
        self.verdict != Verdict::Missed && self.cards_leaked == 0 && !self.is_late()
    }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
