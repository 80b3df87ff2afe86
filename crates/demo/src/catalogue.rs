//! The demo shop's goods, stores and legal facts: data files that are part of the program, read and checked.
//!
//! [`load`] reads everything at once; a mistake in a data file is an error that says where it is, not a panic.
//! Nothing here is personal data: the shop and its people are invented.

mod art;
mod check;
mod facts;
mod shop;
#[cfg(test)]
mod tests;

pub use art::{FILES as ART_FILES, bytes as art_bytes};
pub use facts::{Food, Part};
pub use shop::{LegalItem, Shop, ShopArt, Store, Terminal};

use domain::{Yen, allergen::Allergen, locale::Locale, nutrition::Nutrition, tax::TaxClass};
use serde::{Deserialize, de::DeserializeOwned};

/// What the nutrition figures are taken from, to be shown wherever they are: the licence asks for it.
pub const NUTRITION_SOURCE: Source = Source {
    ja: "日本食品標準成分表2020年版（八訂）（文部科学省、CC BY 4.0）",
    en: "Standard Tables of Food Composition in Japan 2020 (MEXT, CC BY 4.0)",
};

/// A fixed text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// Japanese.
    pub ja: &'static str,
    /// English.
    pub en: &'static str,
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

impl Text {
    /// The text in `locale`.
    pub fn get(&self, locale: Locale) -> &str {
        match locale {
            Locale::Ja => &self.ja,
            Locale::En => &self.en,
        }
    }
}

/// A picture among [`ART_FILES`], an SVG without script, font or outside reference.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Picture {
    /// File name, such as `dorayaki.svg`.
    pub file: String,
    /// What it shows, for those who do not see it.
    pub alt: Text,
}

impl Picture {
    /// The SVG itself; empty if there is no such file, which [`load`] refuses.
    pub fn bytes(&self) -> &'static [u8] {
        art::bytes(&self.file).unwrap_or_default()
    }

    /// Width and height in pixels at natural size.
    pub fn size(&self) -> (u32, u32) {
        art::size(&self.file)
    }
}

/// A category of goods.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its word in URLs.
    pub slug: String,
    /// Its name.
    pub name: Text,
    /// A sentence about it.
    pub lead: Text,
}

/// How a product is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Storage {
    /// At room temperature.
    Ambient,
    /// At 10 °C or below, and sent so.
    Cool,
    /// No food: however you like.
    None,
}

impl Storage {
    /// The words of the label.
    pub fn text(self) -> Source {
        match self {
            Storage::Ambient => Source {
                ja: "直射日光・高温多湿を避け、常温で保存",
                en: "Keep at room temperature, away from sun, heat and damp.",
            },
            Storage::Cool => Source {
                ja: "要冷蔵（10℃以下）で保存。お早めにお召し上がりください",
                en: "Keep refrigerated at 10 °C or below, and eat soon.",
            },
            Storage::None => Source { ja: "", en: "" },
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
    /// JAN-13 of the in-store range (20-29).
    pub jan: String,
    /// Such as 6個入・紙箱.
    pub name: Text,
    /// Price in yen, tax included.
    pub price: Yen,
    /// Net weight in grams of the whole packing.
    pub grams: u32,
    /// Pieces in it; 1 for what is sold by the bar, the cake or by weight.
    pub pieces: u32,
    /// Packings in the store room.
    pub on_hand: u32,
    /// At this many, more are made.
    pub reorder_at: u32,
    /// The store room holds no more.
    pub stock_max: u32,
    /// One order takes no more.
    pub order_max: u32,
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
    pub featured: u32,
    /// Its name.
    pub name: Text,
    /// How the name is read, and other words that it shall be found by.
    pub reading: String,
    /// One sentence that sells it.
    pub lead: Text,
    /// A paragraph about it.
    pub body: Text,
    /// 原材料名 as on the label; for what is no food, material and size.
    pub ingredients: Text,
    /// What the label must or should name.
    pub allergens: Vec<Allergen>,
    /// Days from dispatch to best-before; 0 for what is no food.
    pub shelf_life_days: u32,
    /// How it is kept.
    pub storage: Storage,
    /// The tax class: food is at the reduced rate.
    pub tax: TaxClass,
    /// The closest foods of the table, by weight; empty for what is no food.
    pub composition: Vec<Part>,
    /// Its picture.
    pub picture: Picture,
    /// What it is known for.
    pub tags: Vec<Tag>,
    /// Months in which it is made (1-12); empty: all year.
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

/// A piece of news; it was published on the last such day before the demo began.
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

/// Everything that the demo shop is.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    /// Categories in the order of the menu.
    pub categories: Vec<Category>,
    /// Products in the order of their categories.
    pub products: Vec<Product>,
    /// The foods that compositions refer to.
    pub foods: Vec<Food>,
    /// The stores in town.
    pub stores: Vec<Store>,
    /// What the shop tells its visitors through the year.
    pub news: Vec<News>,
    /// Who sells.
    pub shop: Shop,
}

impl Catalogue {
    /// The product with this slug.
    pub fn product(&self, slug: &str) -> Option<&Product> {
        self.products.iter().find(|p| p.slug == slug)
    }

    /// The nutrition facts per 100 g; `None` for what is no food.
    ///
    /// Use [`Nutrition::per`] with [`Variant::piece_grams`] for one piece. They are rounded to whole kcal and mg;
    /// [`NUTRITION_SOURCE`] must stand beside them.
    pub fn nutrition(&self, product: &Product) -> Option<Nutrition> {
        facts::per_100_g(&product.composition, &self.foods)
    }
}

/// Why the demo shop's data cannot be used. A data file is wrong: correct it and build again.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// A file does not have the expected form.
    #[error("demo data, {file}: {why}")]
    Form {
        /// The file in `crates/demo/data`.
        file: &'static str,
        /// What the parser says.
        why: String,
    },
    /// A rule is broken.
    #[error("demo data: {0}")]
    Rule(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GoodsFile {
    category: Vec<Category>,
    product: Vec<Product>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoresFile {
    store: Vec<Store>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewsFile {
    news: Vec<News>,
}

/// Reads and checks the data that is part of the program.
///
/// # Errors
/// If a data file has a wrong form or breaks a rule, see [`CatalogueError`].
pub fn load() -> Result<Catalogue, CatalogueError> {
    let goods: GoodsFile = parse("catalogue.toml", include_str!("../data/catalogue.toml"))?;
    let stores: StoresFile = parse("stores.toml", include_str!("../data/stores.toml"))?;
    let news: NewsFile = parse("news.toml", include_str!("../data/news.toml"))?;
    let shop: Shop = parse("shop.toml", include_str!("../data/shop.toml"))?;
    let foods: Vec<Food> = serde_json::from_str(include_str!("../data/foods.json"))
        .map_err(|e| CatalogueError::Form { file: "foods.json", why: e.to_string() })?;
    let all = Catalogue {
        categories: goods.category,
        products: goods.product,
        foods,
        stores: stores.store,
        news: news.news,
        shop,
    };
    check::everything(&all)?;
    Ok(all)
}

fn parse<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<T, CatalogueError> {
    toml::from_str(text).map_err(|e| CatalogueError::Form { file, why: e.to_string() })
}
