//! Categories, products and their packings, and what is told of them.

use crate::{Label, Part, Picture, Text};
use domain::{Yen, allergen::Allergen, tax::TaxClass};
use serde::Deserialize;

/// A category of goods.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its word in URLs.
    pub slug: String,
    /// Its name.
    pub name: Text,
    /// A sentence about it.
    #[serde(default)]
    pub lead: Text,
}

/// How a product is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Storage {
    /// At room temperature.
    Ambient,
    /// At 10 °C or below, and sent so.
    Cool,
    /// No food: however you like.
    #[default]
    None,
}

impl std::str::FromStr for Storage {
    type Err = UnknownStorage;

    fn from_str(word: &str) -> Result<Storage, UnknownStorage> {
        match word {
            "ambient" => Ok(Storage::Ambient),
            "cool" => Ok(Storage::Cool),
            "none" => Ok(Storage::None),
            _ => Err(UnknownStorage),
        }
    }
}

/// A word that is no way of keeping anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownStorage;

impl Storage {
    /// The words of the label, in Japanese and in English.
    pub const fn text(self) -> (&'static str, &'static str) {
        match self {
            Storage::Ambient => (
                "直射日光・高温多湿を避け、常温で保存",
                "Keep at room temperature, away from sun, heat and damp.",
            ),
            Storage::Cool => (
                "要冷蔵（10℃以下）で保存。お早めにお召し上がりください",
                "Keep refrigerated at 10 °C or below, and eat soon.",
            ),
            Storage::None => ("", ""),
        }
    }
}

/// What a product is known for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tag {
    /// New this year.
    New,
    /// Among the best sellers.
    Popular,
    /// Often given.
    Gift,
}

/// A packing of a product: what is priced, counted and put into the cart.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// The shop's own number.
    pub sku: String,
    /// JAN-13.
    pub jan: Option<String>,
    /// Such as 6個入・紙箱.
    pub name: Text,
    /// Price in yen, tax included.
    pub price: Yen,
    /// Net weight in grams of the whole packing; 0 where it does not matter.
    #[serde(default)]
    pub grams: u32,
    /// Pieces in it; 1 for what is sold by the bar, the cake or by weight.
    #[serde(default = "one")]
    pub pieces: u32,
    /// Packings in the store room.
    #[serde(default)]
    pub on_hand: u32,
    /// At this many, more are made.
    pub reorder_at: Option<u32>,
    /// The store room holds no more.
    pub stock_max: Option<u32>,
    /// One order takes no more.
    pub order_max: Option<u32>,
}

const fn one() -> u32 {
    1
}

impl Variant {
    /// Net weight of one piece, in grams.
    pub fn piece_grams(&self) -> u32 {
        self.grams / self.pieces.max(1)
    }
}

/// A product.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Its word in URLs.
    pub slug: String,
    /// The slug of its category.
    pub category: String,
    /// Its place on the home page, from 1; 0: not there.
    #[serde(default)]
    pub featured: u32,
    /// Its name.
    pub name: Text,
    /// How the name is read, and other words that it shall be found by.
    #[serde(default)]
    pub reading: String,
    /// One sentence that sells it.
    #[serde(default)]
    pub lead: Text,
    /// A paragraph about it.
    #[serde(default)]
    pub body: Text,
    /// 原材料名 as on the label; for what is no food, material and size.
    #[serde(default)]
    pub ingredients: Text,
    /// What the label must or should name.
    #[serde(default)]
    pub allergens: Vec<Allergen>,
    /// Days that it keeps from the day it is made; 0 for what is no food.
    #[serde(default)]
    pub shelf_life_days: u32,
    /// How it is kept.
    #[serde(default)]
    pub storage: Storage,
    /// The tax class: food is at the reduced rate.
    pub tax: TaxClass,
    /// The closest foods of the table, by weight; empty for what is no food.
    #[serde(default)]
    pub composition: Vec<Part>,
    /// The figures of the label, where the merchant has them; instead of `composition`.
    pub nutrition: Option<Label>,
    /// Its picture; more are added in the back office.
    pub picture: Option<Picture>,
    /// What it is known for.
    #[serde(default)]
    pub tags: Vec<Tag>,
    /// Months in which it is made (1-12); empty: all year.
    #[serde(default)]
    pub season: Vec<u8>,
    /// Its packings.
    pub variants: Vec<Variant>,
}

impl Product {
    /// Whether it must travel chilled.
    pub fn is_cool(&self) -> bool {
        self.storage == Storage::Cool
    }

    /// Whether it is something to eat.
    pub fn is_food(&self) -> bool {
        self.tax == TaxClass::Reduced
    }

    /// Whether it is made in `month` (1-12).
    pub fn in_season(&self, month: u8) -> bool {
        self.season.is_empty() || self.season.contains(&month)
    }
}

/// A piece of news; it counts as published on the last such day before the shop opened.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct News {
    /// The month, 1 to 12.
    pub month: i8,
    /// The day of the month, 1 to 28.
    pub day: i8,
    /// Its title.
    pub title: Text,
    /// Its text, in Markdown.
    pub body: Text,
}
