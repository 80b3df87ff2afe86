//! Nutrition facts, worked out from the table of food composition.
//!
//! A label in Japan states energy in whole kcal and protein, fat, carbohydrate and salt equivalent in tenths of a
//! gram (食品表示基準 別表第9, 最小表示の位); the digit after the last is rounded half up. A figure may be
//! called 0 where 100 g hold less than 5 kcal, 0.5 g of protein, fat or carbohydrate, or 5 mg of sodium; that is
//! left to the page. Salt equivalent is sodium × 2.54 (別表第3). Figures that come from a table and not from a
//! laboratory must be called estimates (推定値, 同基準 第3条).
//!
//! Sums are made in integers (kcal, mg) and rounded once, at the end; a piece is taken from the 100 g.

use domain::nutrition::Nutrition;
use serde::{Deserialize, Deserializer, de::Error as _};

/// What figures of a composition are taken from, to be shown wherever they are: the licence asks for it.
pub const NUTRITION_SOURCE: &str = "日本食品標準成分表2020年版（八訂）（文部科学省、CC BY 4.0）";

/// Sodium chloride per sodium by weight, in hundredths.
const SALT_PER_SODIUM_PERCENT: u64 = 254;
/// No food has more of anything in 100 g, in g (and 900 kcal are pure fat).
const PER_100_G_MAX: f64 = 1_000.0;

/// A food of the table, with its figures per 100 g.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Food {
    /// Its number in the table.
    pub id: u32,
    /// Its name in the table.
    pub name: String,
    /// Energy in kcal.
    pub energy_kcal: u32,
    /// Protein in mg.
    #[serde(rename = "protein_g", deserialize_with = "as_mg")]
    pub protein_mg: u32,
    /// Fat in mg.
    #[serde(rename = "fat_g", deserialize_with = "as_mg")]
    pub fat_mg: u32,
    /// Carbohydrate (by difference) in mg.
    #[serde(rename = "carbohydrate_g", deserialize_with = "as_mg")]
    pub carbohydrate_mg: u32,
    /// Sodium in mg.
    pub sodium_mg: u32,
}

/// A part of a product: so much of a food of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Number of the food.
    pub food: u32,
    /// Parts by weight.
    pub parts: u32,
}

/// The figures of a label per 100 g, as the merchant has them from a laboratory or a reckoning of his own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Energy in kcal.
    pub energy_kcal: u32,
    /// Protein in mg.
    #[serde(rename = "protein_g", deserialize_with = "as_mg")]
    pub protein_mg: u32,
    /// Fat in mg.
    #[serde(rename = "fat_g", deserialize_with = "as_mg")]
    pub fat_mg: u32,
    /// Carbohydrate in mg.
    #[serde(rename = "carbohydrate_g", deserialize_with = "as_mg")]
    pub carbohydrate_mg: u32,
    /// Salt equivalent in mg.
    #[serde(rename = "salt_g", deserialize_with = "as_mg")]
    pub salt_mg: u32,
    /// Where they come from, to be shown beside them.
    #[serde(default)]
    pub source: String,
}

impl Label {
    /// The figures alone.
    pub const fn figures(&self) -> Nutrition {
        Nutrition {
            energy_kcal: self.energy_kcal,
            protein_mg: self.protein_mg,
            fat_mg: self.fat_mg,
            carbohydrate_mg: self.carbohydrate_mg,
            salt_mg: self.salt_mg,
        }
    }
}

/// Reads grams with decimals as whole milligrams.
fn as_mg<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    let grams = f64::deserialize(from)?;
    if !(0.0..=PER_100_G_MAX).contains(&grams) {
        return Err(D::Error::custom("grams per 100 g must lie between 0 and 1000"));
    }
    Ok((grams * 1_000.0).round() as u32)
}

/// The figures of 100 g of a mixture. `None` if it is empty, weighs nothing, or names a food that is not there.
pub(crate) fn per_100_g(parts: &[Part], foods: &[Food]) -> Option<Nutrition> {
    let total: u64 = parts.iter().map(|p| u64::from(p.parts)).sum();
    if total == 0 {
        return None;
    }
    let mut sums = [0u64; 5];
    for part in parts {
        let food = foods.iter().find(|f| f.id == part.food)?;
        let figures = [food.energy_kcal, food.protein_mg, food.fat_mg, food.carbohydrate_mg, food.sodium_mg];
        for (sum, figure) in sums.iter_mut().zip(figures) {
            *sum += u64::from(figure) * u64::from(part.parts);
        }
    }
    let [energy, protein, fat, carbohydrate, sodium] = sums;
    Some(Nutrition {
        energy_kcal: divided(energy, total),
        protein_mg: divided(protein, total),
        fat_mg: divided(fat, total),
        carbohydrate_mg: divided(carbohydrate, total),
        salt_mg: divided(sodium * SALT_PER_SODIUM_PERCENT, total * 100),
    })
}

/// The quotient, rounded half up.
fn divided(sum: u64, by: u64) -> u32 {
    u32::try_from((sum + by / 2) / by).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn food(id: u32, figure: u32) -> Food {
        Food {
            id,
            name: "test".into(),
            energy_kcal: figure,
            protein_mg: figure * 7,
            fat_mg: figure * 5,
            carbohydrate_mg: figure * 3,
            sodium_mg: figure,
        }
    }

    #[test]
    fn one_food_is_itself_and_salt_comes_from_sodium() {
        let n = per_100_g(&[Part { food: 1, parts: 3 }], &[food(1, 200)]).unwrap();
        assert_eq!((n.energy_kcal, n.protein_mg, n.salt_mg), (200, 1_400, 508));
    }

    #[test]
    fn nothing_and_the_unknown_have_no_figures() {
        assert_eq!(per_100_g(&[], &[food(1, 1)]), None);
        assert_eq!(per_100_g(&[Part { food: 1, parts: 0 }], &[food(1, 1)]), None);
        assert_eq!(per_100_g(&[Part { food: 2, parts: 1 }], &[food(1, 1)]), None);
    }

    #[test]
    fn grams_are_read_exactly() {
        let json = r#"{"id":1,"name":"x","energy_kcal":1,"protein_g":7.1,"fat_g":0.3,"carbohydrate_g":61,"sodium_mg":2}"#;
        let f: Food = serde_json::from_str(json).unwrap();
        assert_eq!((f.protein_mg, f.fat_mg, f.carbohydrate_mg), (7_100, 300, 61_000));
        assert!(serde_json::from_str::<Food>(&json.replace("0.3", "-0.3")).is_err());
    }

    proptest! {
        #[test]
        fn a_mixture_lies_between_its_parts(a in 0u32..900, b in 0u32..900, x in 1u32..500, y in 1u32..500) {
            let foods = [food(1, a), food(2, b)];
            let n = per_100_g(&[Part { food: 1, parts: x }, Part { food: 2, parts: y }], &foods).unwrap();
            prop_assert!((a.min(b)..=a.max(b)).contains(&n.energy_kcal));
            // Only the proportions count.
            let twice = per_100_g(&[Part { food: 2, parts: 2 * y }, Part { food: 1, parts: 2 * x }], &foods);
            prop_assert_eq!(twice, Some(n));
        }
    }
}
