//! What this process is told at its start: addresses of its neighbours; and the merchant's facts, which stand as JSON
//! in the database under [`store::meta::SHOP`].

use domain::{Locale, delivery::Dispatch, payment::Capture, shipping::Tariff};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};

/// Everything that [`crate::run`] needs.
#[derive(Clone)]
pub struct Config {
    /// Where this process listens (HTTP/1.1), made with mode 0600.
    pub socket: PathBuf,
    /// This process's own folder.
    pub folder: PathBuf,
    /// The database, open and migrated.
    pub store: store::Store,
    /// The vault's socket.
    pub vault_socket: PathBuf,
    /// What proves there that this is web; `None` where the vault asks for no keys.
    pub vault_key: Option<vault_api::RoleKey>,
    /// The till's socket.
    pub till_socket: PathBuf,
    /// What the watch found, as it lays it out ([`crate::backoffice`] shows it).
    pub watch_shown: PathBuf,
    /// Where the gate is asked to close.
    pub lock_socket: PathBuf,
    /// Scheme, host and port under which customers see the shop, without a slash at the end.
    pub shop_origin: String,
    /// The same of the processor's pages, for links to the demo's test cards only.
    pub pay_origin: String,
    /// When a card's money is taken.
    pub capture: Capture,
    /// The hour, in Japan, after which the books of the day before are compared with the processor's.
    pub reconcile_hour: u8,
    /// Whether the shop is only tried out, which a line on each page says.
    pub trial: Option<Trial>,
}

/// Why no goods come and no money moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    /// It is the demo shop.
    Demo,
    /// A merchant tries his own.
    Practice,
}

impl Config {
    /// Whether cookies may travel over TLS only.
    pub fn secure_cookies(&self) -> bool {
        self.shop_origin.starts_with("https://")
    }
}

/// A text in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Both {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

impl Both {
    /// The text in `locale`; Japanese where there is no English one.
    pub fn get(&self, locale: &Locale) -> &str {
        locale.pick(&self.ja, &self.en)
    }
}

/// Who sells: what 特定商取引法 第11条 wants stated, and how the shop presents itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShopFacts {
    /// The shop's name.
    pub name: Both,
    /// A line under the name.
    pub tagline: Both,
    /// The year of its founding.
    pub founded: u16,
    /// The company.
    pub company: Both,
    /// Who answers for the shop.
    pub representative: Both,
    /// Seven digits with a hyphen.
    pub postcode: String,
    /// Where the company sits.
    pub address: Both,
    /// With hyphens.
    pub phone: String,
    /// When the telephone is answered.
    pub phone_hours: Both,
    /// For customers.
    pub email: String,
    /// Registration number of a qualified invoice issuer: `T` and 13 digits.
    pub invoice_number: String,
    /// The shop's own pictures by the name of their file (`hero`, `empty-cart`, `not-found`, `store-…`), each with its
    /// id in the database.
    pub art: BTreeMap<String, uuid::Uuid>,
    /// First line of the home page.
    pub hero_title: Both,
    /// What stands below it.
    pub hero_lead: Both,
    /// The shop's story, paragraph by paragraph.
    pub story: Vec<Both>,
    /// What else is worked with where the food is made, shown with the allergens of each.
    pub allergen_note: Both,
    /// What receipts say was bought; empty: goods.
    pub receipt_for: Both,
    /// Who answers for sales by post.
    pub seller_in_charge: Both,
    /// Who answers for personal data.
    pub privacy_officer: Both,
    /// The merchant's own rows of 特定商取引法に基づく表記 below who he is: in place of the usual row of the same key, else
    /// after them.
    pub legal: Vec<Article>,
    /// The merchant's own points of the privacy policy; none: the shop's usual ones.
    pub privacy: Vec<Article>,
    /// What sending costs.
    pub tariff: Tariff,
    /// When orders leave the house.
    pub dispatch: Dispatch,
    /// What the database does not say of the stores, in its order.
    pub stores: Vec<StoreNote>,
}

impl ShopFacts {
    /// The address of one of the shop's own pictures.
    pub fn picture(&self, name: &str) -> Option<String> {
        self.art.get(name).map(|id| crate::pictures::url(id, crate::pictures::Size::Zoom))
    }
}

/// A titled text of the merchant's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Article {
    /// A fixed word for it, where one is needed.
    pub key: String,
    /// Its title.
    pub title: Both,
    /// Its text; lines are kept.
    pub text: Both,
}

/// What a page says of a store besides its address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoreNote {
    /// Closed on.
    pub closed: Both,
    /// A sentence about it.
    pub note: Both,
    /// Name of its picture in [`ShopFacts::art`].
    pub picture: String,
}
