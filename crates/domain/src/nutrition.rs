//! The nutrition facts that a label states, per 100 g.

use serde::{Deserialize, Serialize};

/// Figures per 100 g, in whole kcal and in milligrams, so that no rounding creeps in before the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Nutrition {
    /// Energy in kcal.
    pub energy_kcal: u32,
    /// Protein in mg.
    pub protein_mg: u32,
    /// Fat in mg.
    pub fat_mg: u32,
    /// Carbohydrate in mg.
    pub carbohydrate_mg: u32,
    /// Salt equivalent in mg.
    pub salt_mg: u32,
}

impl Nutrition {
    /// The figures for `grams` of the product, each rounded to the nearest unit.
    pub fn per(self, grams: u32) -> Nutrition {
        let scale = |v: u32| ((u64::from(v) * u64::from(grams) + 50) / 100).min(u64::from(u32::MAX)) as u32;
        Nutrition {
            energy_kcal: scale(self.energy_kcal),
            protein_mg: scale(self.protein_mg),
            fat_mg: scale(self.fat_mg),
            carbohydrate_mg: scale(self.carbohydrate_mg),
            salt_mg: scale(self.salt_mg),
        }
    }
}

/// Milligrams as grams with one decimal (two below 0.1 g, as labels state salt), such as `12.3`.
pub fn grams(mg: u32) -> String {
    if mg > 0 && mg < 95 {
        let hundredths = (mg + 5) / 10;
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    } else {
        let tenths = (mg + 50) / 100;
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_grams() {
        for (mg, text) in [
            (0, "0.0"),
            (4, "0.00"),
            (12, "0.01"),
            (94, "0.09"),
            (95, "0.1"),
            (149, "0.1"),
            (150, "0.2"),
            (12_340, "12.3"),
        ] {
            assert_eq!(grams(mg), text, "{mg} mg");
        }
    }

    #[test]
    fn a_piece() {
        let n = Nutrition { energy_kcal: 285, protein_mg: 4_900, ..Nutrition::default() };
        assert_eq!((n.per(40).energy_kcal, n.per(40).protein_mg), (114, 1_960));
    }
}
