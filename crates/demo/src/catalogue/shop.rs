//! Who sells: the shop's facts, its stores, and what the law wants said (特定商取引法 第11条, 個人情報保護法).

use super::{Picture, Text};
use serde::Deserialize;

/// The shop.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shop {
    /// Its name.
    pub name: Text,
    /// How the name is read aloud.
    pub reading: Text,
    /// A line under the name.
    pub tagline: Text,
    /// The year of its founding.
    pub founded: u16,
    /// The company.
    pub company: Text,
    /// Who stands for the company.
    pub representative: Text,
    /// Who answers for the online shop.
    pub seller_in_charge: Text,
    /// Who answers for personal data.
    pub privacy_officer: Text,
    /// Seven digits with a hyphen.
    pub postcode: String,
    /// Where the company sits.
    pub address: Text,
    /// With hyphens.
    pub phone: String,
    /// When the telephone is answered.
    pub phone_hours: Text,
    /// For customers.
    pub email: String,
    /// Registration number of a qualified invoice issuer: `T` and 13 digits.
    pub invoice_number: String,
    /// First line of the home page.
    pub hero_title: Text,
    /// What stands below it.
    pub hero_lead: Text,
    /// Pictures that belong to no product.
    pub art: ShopArt,
    /// The shop's story, paragraph by paragraph.
    pub story: Vec<Text>,
    /// 特定商取引法に基づく表記, item by item (seller, address and telephone stand above).
    pub legal: Vec<LegalItem>,
    /// The privacy policy, point by point.
    pub privacy: Vec<LegalItem>,
}

/// Pictures that belong to no product.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShopArt {
    /// The mark in one colour.
    pub logo: Picture,
    /// The mark for a browser's tab.
    pub favicon: Picture,
    /// The wide picture of the home page (1600 × 700).
    pub hero: Picture,
    /// For a cart with nothing in it.
    pub empty_cart: Picture,
    /// For a page that is not there.
    pub not_found: Picture,
    /// For a shop that takes no orders just now.
    pub closed: Picture,
}

/// A title and what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalItem {
    /// A fixed word for it, where one is needed.
    #[serde(default)]
    pub key: String,
    /// The title.
    pub title: Text,
    /// The text.
    pub text: Text,
}

/// A store in town.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// A fixed word for it.
    pub slug: String,
    /// Its name.
    pub name: Text,
    /// Seven digits with a hyphen.
    pub postcode: String,
    /// Where it is.
    pub address: Text,
    /// With hyphens.
    pub phone: String,
    /// Opening hours.
    pub hours: Text,
    /// Closed on.
    pub closed: Text,
    /// How to get there.
    pub access: Text,
    /// A sentence about it.
    pub note: Text,
    /// Its card terminals: a system of their own.
    pub terminal: Terminal,
    /// Its picture.
    pub picture: Picture,
}

/// The card terminals of a store, which have no line to the online shop.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terminal {
    /// A word for the system.
    pub id: String,
    /// What it is and whose.
    pub system: String,
    /// The same in English.
    pub system_en: String,
}
