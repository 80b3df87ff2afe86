//! Chance from a fixed seed: the same demo shop on every machine and in every version.

use uuid::Uuid;

/// SplitMix64 (Steele, Lea, Flood 2014): small, well distributed, and ours, so that no update of a library changes
/// the demo's people. Never for secrets.
#[derive(Clone)]
pub struct Chance(u64);

impl Chance {
    /// A stream of its own for each seed.
    pub fn new(seed: u64) -> Chance {
        Chance(seed)
    }

    /// 64 evenly distributed bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 where `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.bits()) * end as u128) >> 64) as usize
    }

    /// A number from `from` to `to`, both included.
    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.below((to - from + 1).max(1) as usize) as i64
    }

    /// True in `percent` of a hundred cases.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of `from`, or the default where there is none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    /// A version 7 UUID of that moment.
    pub fn id(&mut self, at_ms: i64) -> Uuid {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.bits().to_le_bytes());
        random[8..].copy_from_slice(&self.bits().to_le_bytes()[..2]);
        uuid::Builder::from_unix_timestamp_millis(at_ms.max(0) as u64, &random).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_the_same() {
        let mut c = Chance::new(0);
        assert_eq!(c.bits(), 0xE220_A839_7B1D_CDAF, "the published first value for seed 0");
        let (mut a, mut b) = (Chance::new(7), Chance::new(7));
        assert!((0..100).all(|_| a.id(5) == b.id(5)));
    }

    #[test]
    fn stays_within() {
        let mut c = Chance::new(1);
        for _ in 0..10_000 {
            assert!((3..=9).contains(&c.between(3, 9)));
            assert!(c.below(5) < 5);
        }
        assert_eq!(c.below(0), 0);
        let hits = (0..10_000).filter(|_| c.percent(30)).count();
        assert!((2_700..3_300).contains(&hits), "{hits}");
    }
}
