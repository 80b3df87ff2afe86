//! Paces: a token bucket per client address, in bounded memory.

use crate::limits::Rate;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::Mutex,
    time::{Duration, Instant},
};

/// Buckets of one kind for all clients.
#[derive(Debug)]
pub struct Limiter {
    rate: Rate,
    half: usize,
    buckets: Mutex<Generations>,
}

/// The younger half of the addresses, and the older, which is dropped when the younger is full. An address seen in
/// between moves up, so memory is bounded and only the long unseen are forgotten.
#[derive(Debug, Default)]
struct Generations {
    young: HashMap<u64, Bucket>,
    old: HashMap<u64, Bucket>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f32,
    filled_at: Instant,
}

impl Limiter {
    /// Buckets of this rate for at most `addresses_max` addresses.
    pub fn new(rate: Rate, addresses_max: usize) -> Limiter {
        Limiter { rate, half: (addresses_max / 2).max(1), buckets: Mutex::default() }
    }

    /// Takes one token of `address`, or says how long to wait for the next.
    ///
    /// # Errors
    /// The time until a token is there.
    pub fn take(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        self.take_key(key(address), now)
    }

    /// The same of whoever goes by this number.
    ///
    /// # Errors
    /// As [`Limiter::take`].
    pub fn take_key(&self, key: u64, now: Instant) -> Result<(), Duration> {
        let mut all = self.buckets.lock().unwrap_or_else(|p| p.into_inner());
        let all = &mut *all;
        let full = Bucket { tokens: self.rate.burst, filled_at: now };
        let known = all.young.get(&key).or_else(|| all.old.get(&key)).copied().unwrap_or(full);
        let passed_s = now.saturating_duration_since(known.filled_at).as_secs_f32();
        let tokens = (known.tokens + passed_s * self.rate.per_s).min(self.rate.burst);
        let enough = tokens >= 1.0;
        let left = if enough { tokens - 1.0 } else { tokens };
        if all.young.len() >= self.half && !all.young.contains_key(&key) {
            all.old = std::mem::take(&mut all.young);
        }
        all.young.insert(key, Bucket { tokens: left, filled_at: now });
        if enough { Ok(()) } else { Err(self.wait_for(1.0 - left)) }
    }

    /// How many addresses are remembered.
    pub fn len(&self) -> usize {
        let all = self.buckets.lock().unwrap_or_else(|p| p.into_inner());
        all.young.len() + all.old.len()
    }

    /// Whether no address is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn wait_for(&self, tokens: f32) -> Duration {
        let seconds = if self.rate.per_s > 0.0 { tokens / self.rate.per_s } else { 3_600.0 };
        Duration::from_secs_f32(seconds.clamp(0.0, 3_600.0))
    }
}

/// One client: an IPv4 address, or the /64 that one IPv6 customer is given.
pub(crate) fn key(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(v4) => u64::from(v4.to_bits()),
        IpAddr::V6(v6) => (v6.to_bits() >> 64) as u64 | 1 << 63,
    }
}

/// The same where who is given a /48 or /56 is one client: what costs the shop more than an answer.
pub(crate) fn wide_key(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(_) => key(address),
        IpAddr::V6(_) => key(address) & !0xFF,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address(n: u32) -> IpAddr {
        IpAddr::V4(n.into())
    }

    #[test]
    fn empties_and_fills_again() {
        let limiter = Limiter::new(Rate { burst: 3.0, per_s: 2.0 }, 100);
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(limiter.take(address(1), start), Ok(()));
        }
        let wait = limiter.take(address(1), start).unwrap_err();
        assert_eq!(wait, Duration::from_millis(500));
        assert_eq!(limiter.take(address(2), start), Ok(()), "another address has its own");
        assert_eq!(limiter.take(address(1), start + wait), Ok(()));
        assert!(limiter.take(address(1), start + wait).is_err());
    }

    #[test]
    fn one_customer_of_ipv6_is_one_client() {
        let limiter = Limiter::new(Rate { burst: 1.0, per_s: 0.1 }, 100);
        let now = Instant::now();
        assert_eq!(limiter.take("2001:db8::1".parse().unwrap(), now), Ok(()));
        assert!(limiter.take("2001:db8::2".parse().unwrap(), now).is_err());
        assert_eq!(limiter.take("2001:db8:0:1::2".parse().unwrap(), now), Ok(()));
        assert_eq!(limiter.take("1.2.3.4".parse().unwrap(), now), Ok(()));
        assert!(limiter.take("::ffff:1.2.3.4".parse().unwrap(), now).is_err());
    }

    proptest! {
        #[test]
        fn memory_is_bounded(addresses in prop::collection::vec(any::<u32>(), 0..500), max in 2usize..50) {
            let limiter = Limiter::new(Rate { burst: 1.0, per_s: 1.0 }, max);
            let now = Instant::now();
            for a in addresses {
                let _ = limiter.take(address(a), now);
                prop_assert!(limiter.len() <= max + 1);
            }
        }

        /// However the calls are spread, no more pass than the burst and what was regained meanwhile.
        #[test]
        fn never_more_than_the_pace(steps in prop::collection::vec(0u64..800, 1..200)) {
            let (burst, per_s) = (5.0, 2.0);
            let limiter = Limiter::new(Rate { burst, per_s }, 10);
            let start = Instant::now();
            let (mut now, mut passed) = (start, 0.0f32);
            for ms in steps {
                now += Duration::from_millis(ms);
                if limiter.take(address(7), now).is_ok() {
                    passed += 1.0;
                }
            }
            prop_assert!(passed <= burst + (now - start).as_secs_f32() * per_s + 0.01);
        }
    }
}
