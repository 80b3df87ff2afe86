//! How fast notices go to each mail domain. A carrier that gets thousands at once takes them for a flood, refuses them all,
//! and the shop's own address with them.
//!
//! A domain is known only once an address was opened. Who must wait gets a time of his own, is forgotten, and opened again at
//! that time: what stands in memory of him until then is the id of his notice.

use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// Stands for every domain that has no rate of its own.
pub const OTHERS: &str = "*";
/// So far ahead of its time a notice may go: those of one second go together.
const TOGETHER_US: i64 = 1_000_000;
/// How fast mail goes out where nothing else is said: carriers get it slowly.
pub const USUAL: &str = r#"{"*":1200,"docomo.ne.jp":300,"ezweb.ne.jp":300,"au.com":300,"softbank.ne.jp":300,"i.softbank.jp":300,"ymobile.ne.jp":300}"#;
/// The highest rate, in mails a minute.
pub const PER_MINUTE_MAX: u32 = 10_000_000;

/// The rates, and how far each domain is. The text form is JSON: `{"*":1200,"docomo.ne.jp":300}`, in mails a minute.
#[derive(Debug, Default)]
pub struct Pace {
    rates: BTreeMap<String, u32>,
    /// When the next may go, Unix microseconds.
    next_us: HashMap<String, i64>,
    /// Who waits for a time that was kept for him.
    kept: HashSet<Uuid>,
}

/// No such rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a pace names mail domains with mails a minute (1 to {PER_MINUTE_MAX}), * for all others: {{\"*\":1200,\"docomo.ne.jp\":300}}"
)]
pub struct NoPace;

impl Pace {
    /// Reads the text form.
    ///
    /// # Errors
    /// [`NoPace`].
    pub fn read(text: &str) -> Result<Pace, NoPace> {
        let rates: BTreeMap<String, u32> = serde_json::from_str(text).map_err(|_| NoPace)?;
        let fine = |(domain, rate): (&String, &u32)| {
            let named =
                domain == OTHERS || domain.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
            named && (1..=PER_MINUTE_MAX).contains(rate)
        };
        match rates.iter().all(fine) {
            true => Ok(Pace { rates, ..Pace::default() }),
            false => Err(NoPace),
        }
    }

    /// Whether a notice may go to this domain now; else the time that is kept for it, Unix milliseconds.
    pub fn ask(&mut self, notice: Uuid, domain: &str, now_ms: i64) -> Result<(), i64> {
        let rate = self.rates.get(domain).or_else(|| self.rates.get(OTHERS));
        let Some(rate) = rate else { return Ok(()) };
        if self.kept.remove(&notice) {
            return Ok(());
        }
        let (now_us, gap_us) = (now_ms.saturating_mul(1_000), 60_000_000 / i64::from((*rate).max(1)));
        let next = self.next_us.entry(domain.to_owned()).or_insert(now_us);
        let at_us = (*next).max(now_us);
        *next = at_us + gap_us;
        if at_us <= now_us + TOGETHER_US {
            return Ok(());
        }
        self.kept.insert(notice);
        Err(at_us.div_euclid(1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: usize) -> Uuid {
        Uuid::from_u128(n as u128)
    }

    #[test]
    fn each_domain_has_its_own_rate_and_whoever_waited_goes_at_his_time() {
        let mut pace = Pace::read(r#"{"*":600,"docomo.ne.jp":60}"#).unwrap();
        let times: Vec<_> = (0..5).map(|n| pace.ask(id(n), "docomo.ne.jp", 10_000)).collect();
        assert_eq!(times, [Ok(()), Ok(()), Err(12_000), Err(13_000), Err(14_000)]);
        assert_eq!(pace.ask(id(9), "example.jp", 10_000), Ok(()), "others are not held up");
        assert_eq!(pace.ask(id(2), "docomo.ne.jp", 12_000), Ok(()));
        assert_eq!(pace.ask(id(5), "docomo.ne.jp", 12_000), Err(15_000), "behind those who waited");
        let many = (100..1_000).filter(|n| pace.ask(id(*n), "example.jp", 10_000).is_ok()).count();
        assert_eq!(many, 10, "those of a second go together");
        let mut free = Pace::read("{}").unwrap();
        assert!((0..10_000).all(|n| free.ask(id(n), "example.jp", 0).is_ok()));
    }

    #[test]
    fn the_usual_pace_is_one() {
        assert!(Pace::read(USUAL).is_ok());
    }

    #[test]
    fn what_is_no_pace_is_said() {
        for bad in ["", "[]", r#"{"*":0}"#, r#"{"*":"fast"}"#, r#"{"a b":1}"#, r#"{"*":-1}"#] {
            assert_eq!(Pace::read(bad).err(), Some(NoPace), "{bad}");
        }
    }
}
