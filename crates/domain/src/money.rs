//! Money: whole yen, never a fraction, never silently overflowing.

use serde::{Deserialize, Serialize};
use std::{fmt, iter::Sum};

/// The largest amount the shop reckons with, in yen: far above any order, far below where `i64` ends.
pub const YEN_MAX: i64 = 1_000_000_000_000;

/// An amount in yen. Tax is included unless a name says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Yen(i64);

impl Yen {
    /// No money.
    pub const ZERO: Yen = Yen(0);

    /// An amount in yen; values beyond ±[`YEN_MAX`] are held at that bound.
    pub const fn new(yen: i64) -> Yen {
        Yen(if yen > YEN_MAX {
            YEN_MAX
        } else if yen < -YEN_MAX {
            -YEN_MAX
        } else {
            yen
        })
    }

    /// The amount in yen.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Sum, or `None` beyond [`YEN_MAX`].
    pub fn checked_add(self, other: Yen) -> Option<Yen> {
        Self::within(i128::from(self.0) + i128::from(other.0))
    }

    /// Difference, or `None` beyond [`YEN_MAX`].
    pub fn checked_sub(self, other: Yen) -> Option<Yen> {
        Self::within(i128::from(self.0) - i128::from(other.0))
    }

    /// Price times quantity, or `None` beyond [`YEN_MAX`].
    pub fn checked_mul(self, quantity: u32) -> Option<Yen> {
        Self::within(i128::from(self.0) * i128::from(quantity))
    }

    fn within(yen: i128) -> Option<Yen> {
        i64::try_from(yen).ok().filter(|y| (-YEN_MAX..=YEN_MAX).contains(y)).map(Yen)
    }
}

/// Digits in groups of three, without a currency sign: `12,960`.
impl fmt::Display for Yen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.unsigned_abs().to_string();
        let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
        if self.0 < 0 {
            out.push('-');
        }
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                out.push(',');
            }
            out.push(digit);
        }
        f.pad(&out)
    }
}

/// Sums hold at [`YEN_MAX`]; each part of an order is bounded far below it by its own limits.
impl Sum for Yen {
    fn sum<I: Iterator<Item = Yen>>(iter: I) -> Yen {
        iter.fold(Yen::ZERO, |a, b| Yen::new(a.0.saturating_add(b.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn groups_of_three() {
        for (yen, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (-12_960, "-12,960")]
        {
            assert_eq!(Yen::new(yen).to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn adding_and_taking_away_is_nothing(a in -1_000_000_000i64..1_000_000_000, b in -1_000_000_000i64..1_000_000_000) {
            let (a, b) = (Yen::new(a), Yen::new(b));
            prop_assert_eq!(a.checked_add(b).unwrap().checked_sub(b).unwrap(), a);
        }

        #[test]
        fn times_is_repeated_adding(price in 0i64..100_000, n in 0u32..200) {
            let sum: Yen = std::iter::repeat_n(Yen::new(price), n as usize).sum();
            prop_assert_eq!(Yen::new(price).checked_mul(n).unwrap(), sum);
        }

        #[test]
        fn never_beyond_the_bound(a in any::<i64>(), b in any::<i64>(), n in any::<u32>()) {
            for r in [Yen::new(a).checked_add(Yen::new(b)), Yen::new(a).checked_mul(n)].into_iter().flatten() {
                prop_assert!(r.get().abs() <= YEN_MAX);
            }
        }

        #[test]
        fn display_reads_back(a in any::<i64>()) {
            let yen = Yen::new(a);
            prop_assert_eq!(yen.to_string().replace(',', "").parse::<i64>().unwrap(), yen.get());
        }
    }
}
