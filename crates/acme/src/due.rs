//! When a certificate is to be renewed: when the authority advises it (RFC 9773), else when two thirds of its life are over.
//!
//! An authority advises to renew early where it must take certificates back. It is asked now and then; one that does not
//! answer, or has no advice, or advises a day too near the end, changes nothing for the worse.

use crate::files::Facts;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// How soon, and how late, the authority is asked again, whatever it says (§4.3.2).
const ASK_AFTER_MIN: SignedDuration = SignedDuration::from_mins(1);
const ASK_AFTER_MAX: SignedDuration = SignedDuration::from_hours(24);
/// How late where it gave no answer (§4.3.3).
const ASK_AFTER_FAILURE: SignedDuration = SignedDuration::from_hours(6);

/// The least age of a certificate that is renewed because of advice, or a quarter of its life where that is shorter: an
/// authority that always says "now" is asked for one a day.
const AGE_MIN: SignedDuration = SignedDuration::from_hours(24);

/// What an authority advises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
}

/// What is known of when to renew.
pub(crate) struct Due {
    /// Where in each window: drawn at the start, so that not all shops come at once (§4.2).
    part: f64,
    /// The certificate that the advice is for.
    of: Option<Facts>,
    at: Option<Timestamp>,
    ask_at: Option<Timestamp>,
}

impl Due {
    /// `part` is 0 to 1, drawn by chance.
    pub(crate) fn new(part: f64) -> Due {
        Due { part, of: None, at: None, ask_at: None }
    }

    /// Whether the authority is to be asked about this certificate.
    pub(crate) fn asks(&mut self, facts: &Facts, now: Timestamp) -> bool {
        if self.of.as_ref() != Some(facts) {
            (self.of, self.at, self.ask_at) = (Some(facts.clone()), None, None);
        }
        facts.known_as.is_some() && self.ask_at.is_none_or(|at| now >= at)
    }

    /// Takes what it said, and after how long it wants to be asked again; `None`: it did not answer, or has no advice.
    pub(crate) fn take(&mut self, said: Option<(Window, Duration)>, now: Timestamp) {
        let wait = match said {
            // A window that ends before it begins is no advice.
            Some((Window { start, end }, again)) if end > start => {
                let into = end.duration_since(start).as_secs_f64() * self.part;
                self.at = SignedDuration::try_from_secs_f64(into).ok().map(|into| start + into);
                SignedDuration::try_from(again).unwrap_or(ASK_AFTER_MAX).clamp(ASK_AFTER_MIN, ASK_AFTER_MAX)
            }
            _ => ASK_AFTER_FAILURE,
        };
        self.ask_at = now.checked_add(wait).ok();
    }

    /// Whether it is to be renewed now.
    pub(crate) fn is(&self, facts: &Facts, now: Timestamp) -> bool {
        let (life, left) = (facts.until.duration_since(facts.from), facts.until.duration_since(now));
        let advised = self.at.filter(|_| self.of.as_ref() == Some(facts));
        let due = match advised {
            // However late it is advised, a sixth of its life is left for what may go wrong.
            Some(at) => now >= at.max(facts.from + AGE_MIN.min(life / 4)) || left * 6 < life,
            None => left * 3 < life,
        };
        due || !facts.whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_795_359_900 + day * 86_400).unwrap()
    }

    fn facts() -> Facts {
        Facts { from: at(0), until: at(90), whole: true, known_as: Some((vec![1], vec![2])) }
    }

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn without_advice_when_two_thirds_of_its_life_are_over() {
        let due = Due::new(0.5);
        assert!(!due.is(&facts(), at(59)) && due.is(&facts(), at(61)) && due.is(&facts(), at(91)));
        let partial = Facts { whole: false, ..facts() };
        assert!(due.is(&partial, at(1)), "a name came to it");
    }

    #[test]
    fn with_advice_within_the_window_and_never_too_near_the_end() {
        let (facts, mut due) = (facts(), Due::new(0.5));
        assert!(due.asks(&facts, at(0)));
        due.take(Some((Window { start: at(10), end: at(12) }, HOUR)), at(0));
        assert!(!due.is(&facts, at(10)) && due.is(&facts, at(11)));
        due.take(Some((Window { start: at(62), end: at(64) }, HOUR)), at(0));
        assert!(!due.is(&facts, at(62)) && due.is(&facts, at(63)), "somewhat later is nothing");
        due.take(Some((Window { start: at(88), end: at(90) }, HOUR)), at(0));
        assert!(!due.is(&facts, at(74)) && due.is(&facts, at(76)));
        due.take(Some((Window { start: at(12), end: at(10) }, HOUR)), at(0));
        assert!(!due.is(&facts, at(74)), "what is no window leaves what was advised before");
        due.take(Some((Window { start: at(-9), end: at(0) }, HOUR)), at(0));
        let hours = |hours| at(0) + SignedDuration::from_hours(hours);
        assert!(!due.is(&facts, hours(23)) && due.is(&facts, hours(24)), "at once, but not every second");
        let renewed = Facts { from: at(70), until: at(160), known_as: Some((vec![1], vec![3])), ..facts };
        assert!(!due.is(&renewed, at(76)), "the advice was for another one");
        assert!(due.asks(&renewed, at(76)));
        assert!(!due.is(&renewed, at(129)) && due.is(&renewed, at(131)));
    }

    #[test]
    fn the_authority_is_asked_when_it_wants_to_be_within_reason() {
        let (facts, mut due) = (facts(), Due::new(0.0));
        let window = Window { start: at(60), end: at(62) };
        for (again, seconds) in [
            (Some(Duration::ZERO), 60),
            (Some(HOUR * 6), 6 * 3_600),
            (Some(HOUR * 10_000), 24 * 3_600),
            (Some(Duration::MAX), 24 * 3_600),
            (None, 6 * 3_600),
        ] {
            assert!(due.asks(&facts, at(1)), "{again:?}");
            due.take(again.map(|again| (window, again)), at(1));
            let later = |s| at(1) + SignedDuration::from_secs(s);
            assert!(!due.asks(&facts, later(seconds - 1)) && due.asks(&facts, later(seconds)), "{again:?}");
            due = Due::new(0.0);
        }
        let unknown = Facts { known_as: None, ..facts };
        assert!(!due.asks(&unknown, at(1)), "it could not be asked about it");
    }
}
