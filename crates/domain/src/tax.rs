//! Consumption tax on prices that already include it.
//!
//! Prices are shown with tax (総額表示, 消費税法 第63条). The tax contained in an order is worked out from the
//! sum per rate and rounded **once per rate and invoice** (消費税法施行令 第70条の10; National Tax Agency,
//! Q&A on the invoice system, question 57), here downwards, as the law leaves the direction to the seller.

use crate::Yen;
use std::collections::BTreeMap;

crate::words! {
    /// What a thing is for tax purposes.
    TaxClass {
        /// Food and drink to take away: the reduced rate.
        Reduced = "reduced",
        /// Everything else: wrapping, shipping, fees, goods that are no food.
        Standard = "standard",
    }
}

impl TaxClass {
    /// The rate in per cent, in force since 2019-10-01.
    pub const fn percent(self) -> i64 {
        match self {
            TaxClass::Reduced => 8,
            TaxClass::Standard => 10,
        }
    }
}

/// What an invoice states for one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxLine {
    /// The class whose rate applies.
    pub class: TaxClass,
    /// Sum of all amounts at this rate, tax included.
    pub gross: Yen,
    /// The tax contained in `gross`, rounded down once.
    pub tax: Yen,
}

/// The tax lines of an invoice: one for each rate that occurs, the reduced one first.
///
/// `amounts` are line totals including tax; their order and division do not change the result.
pub fn tax_lines(amounts: impl IntoIterator<Item = (TaxClass, Yen)>) -> Vec<TaxLine> {
    let mut sums: BTreeMap<TaxClass, Yen> = BTreeMap::new();
    for (class, amount) in amounts {
        let sum = sums.entry(class).or_default();
        *sum = [*sum, amount].into_iter().sum();
    }
    sums.into_iter().map(|(class, gross)| TaxLine { class, gross, tax: contained(gross, class) }).collect()
}

/// The tax contained in `gross`, rounded towards zero.
fn contained(gross: Yen, class: TaxClass) -> Yen {
    Yen::new(gross.get() * class.percent() / (100 + class.percent()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rounds_once_per_rate() {
        // Three lines of 108 - each alone would contain 8.0; 3 × 99 contain 22, not 3 × 7 = 21.
        let lines = tax_lines([(TaxClass::Reduced, Yen::new(99)); 3]);
        assert_eq!(lines, [TaxLine { class: TaxClass::Reduced, gross: Yen::new(297), tax: Yen::new(22) }]);
    }

    fn amounts() -> impl Strategy<Value = Vec<(TaxClass, Yen)>> {
        prop::collection::vec((any::<bool>(), 0i64..1_000_000), 0..40).prop_map(|v| {
            v.into_iter()
                .map(|(r, y)| (if r { TaxClass::Reduced } else { TaxClass::Standard }, Yen::new(y)))
                .collect()
        })
    }

    proptest! {
        #[test]
        fn order_and_division_do_not_matter(mut amounts in amounts(), split in 0i64..1000) {
            let want = tax_lines(amounts.clone());
            amounts.reverse();
            if let Some((class, yen)) = amounts.pop() {
                let part = Yen::new(split.min(yen.get()));
                amounts.push((class, part));
                amounts.push((class, yen.checked_sub(part).unwrap()));
            }
            prop_assert_eq!(tax_lines(amounts), want);
        }

        #[test]
        fn exact_to_less_than_a_yen(amounts in amounts()) {
            for line in tax_lines(amounts) {
                // tax <= gross * p / (100 + p) < tax + 1, in whole numbers.
                let p = line.class.percent();
                let scaled = line.gross.get() * p;
                prop_assert!(line.tax.get() * (100 + p) <= scaled && scaled < (line.tax.get() + 1) * (100 + p));
            }
        }
    }
}
