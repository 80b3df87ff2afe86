//! Who sells: the shop's facts, its stores, and what the law wants said (特定商取引法 第11条, 個人情報保護法).

use crate::{Picture, Text};
use domain::{
    Yen,
    delivery::{Dispatch, Weekday},
    shipping::{CashFee, Tariff},
};
use serde::Deserialize;

/// The shop.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shop {
    /// Its name.
    pub name: Text,
    /// How the name is read aloud.
    #[serde(default)]
    pub reading: Text,
    /// A line under the name.
    #[serde(default)]
    pub tagline: Text,
    /// The year of its founding; 0: not shown.
    #[serde(default)]
    pub founded: u16,
    /// The company.
    pub company: Text,
    /// Who stands for the company.
    pub representative: Text,
    /// Who answers for the online shop.
    #[serde(default)]
    pub seller_in_charge: Text,
    /// Who answers for personal data.
    #[serde(default)]
    pub privacy_officer: Text,
    /// Seven digits with a hyphen.
    pub postcode: String,
    /// Where the company sits.
    pub address: Text,
    /// With hyphens.
    pub phone: String,
    /// When the telephone is answered.
    #[serde(default)]
    pub phone_hours: Text,
    /// For customers.
    pub email: String,
    /// Registration number of a qualified invoice issuer: `T` and 13 digits; empty: none.
    #[serde(default)]
    pub invoice_number: String,
    /// What sending costs; none: [`Tariff::default`].
    pub postage: Option<Postage>,
    /// What collecting cash at the door costs, by steps that rise; empty: the shop takes none; none: those of
    /// [`Tariff::default`].
    pub cash_on_delivery: Option<Vec<CashFee>>,
    /// When orders leave the house; none: [`Dispatch::default`].
    pub dispatch: Option<Leaves>,
    /// First line of the home page; empty: the shop's name.
    #[serde(default)]
    pub hero_title: Text,
    /// What stands below it.
    #[serde(default)]
    pub hero_lead: Text,
    /// Pictures that belong to no product.
    #[serde(default)]
    pub art: ShopArt,
    /// The shop's story, paragraph by paragraph.
    #[serde(default)]
    pub story: Vec<Text>,
    /// What else is worked with where the food is made, such as "our workshop also uses wheat and egg"; shown with the
    /// allergens of each food.
    #[serde(default)]
    pub allergen_note: Text,
    /// 但し書き of the receipt, such as お菓子代; empty: お品代.
    #[serde(default)]
    pub receipt_for: Text,
    /// 特定商取引法に基づく表記 (seller, address and telephone stand above): an item with a key replaces the usual one
    /// (`price`, `extra_charges`, `payment`, `delivery`, `returns`, `cancellation`), others are added. The usual charges
    /// are those of `postage`.
    #[serde(default)]
    pub legal: Vec<LegalItem>,
    /// The privacy policy, point by point; empty: the usual points.
    #[serde(default)]
    pub privacy: Vec<LegalItem>,
}

/// What sending to one recipient costs, in yen with tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Postage {
    /// 北海道
    pub hokkaido: Yen,
    /// 東北
    pub tohoku: Yen,
    /// 関東・信越・北陸・中部
    pub central: Yen,
    /// 関西
    pub kansai: Yen,
    /// 中国・四国
    pub chugoku_shikoku: Yen,
    /// 九州
    pub kyushu: Yen,
    /// 沖縄
    pub okinawa: Yen,
    /// Added for goods that must be kept cool.
    pub cool: Yen,
    /// From this goods total per recipient the fee is waived (not the one for cool goods, and not to Okinawa).
    pub free_from: Yen,
}

impl Postage {
    /// Each amount with its key.
    pub(crate) fn amounts(&self) -> [(&'static str, Yen); 9] {
        [
            ("hokkaido", self.hokkaido),
            ("tohoku", self.tohoku),
            ("central", self.central),
            ("kansai", self.kansai),
            ("chugoku_shikoku", self.chugoku_shikoku),
            ("kyushu", self.kyushu),
            ("okinawa", self.okinawa),
            ("cool", self.cool),
            ("free_from", self.free_from),
        ]
    }
}

/// When orders leave the house.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaves {
    /// Orders before this hour count as of that day, others as of the next; 0 to 24.
    pub order_until: i8,
    /// Working days from there to dispatch.
    pub days: u8,
    /// Days on which nothing leaves.
    #[serde(default)]
    pub rests: Vec<Weekday>,
    /// How long the carrier takes; none: from the middle of Japan.
    pub transit: Option<Transit>,
}

/// Days after dispatch on which the carrier arrives at the earliest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transit {
    /// 北海道
    pub hokkaido: u8,
    /// 東北
    pub tohoku: u8,
    /// 関東・信越・北陸・中部
    pub central: u8,
    /// 関西
    pub kansai: u8,
    /// 中国・四国
    pub chugoku_shikoku: u8,
    /// 九州
    pub kyushu: u8,
    /// 沖縄
    pub okinawa: u8,
}

impl Shop {
    /// What sending costs, and collecting.
    pub fn tariff(&self) -> Tariff {
        let usual = Tariff::default();
        let cash = self.cash_on_delivery.clone().unwrap_or_else(|| usual.cash.clone());
        let Some(p) = &self.postage else { return Tariff { cash, ..usual } };
        Tariff {
            // In the order of `Region::ALL`.
            fees: [p.hokkaido, p.tohoku, p.central, p.kansai, p.chugoku_shikoku, p.kyushu, p.okinawa],
            cool_surcharge: p.cool,
            free_from: p.free_from,
            cash,
        }
    }

    /// When orders leave the house.
    pub fn dispatch(&self) -> Dispatch {
        let usual = Dispatch::default();
        let Some(Leaves { order_until, days, rests, transit }) = &self.dispatch else { return usual };
        // In the order of `Region::ALL`.
        let by_region =
            |t: &Transit| [t.hokkaido, t.tohoku, t.central, t.kansai, t.chugoku_shikoku, t.kyushu, t.okinawa];
        Dispatch {
            order_until: *order_until,
            days: *days,
            rests: rests.clone(),
            transit: transit.as_ref().map_or(usual.transit, by_region),
        }
    }
}

/// Pictures that belong to no product. Where one is missing, nothing stands in its place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShopArt {
    /// The mark in one colour.
    pub logo: Option<Picture>,
    /// The mark for a browser's tab.
    pub favicon: Option<Picture>,
    /// The wide picture of the home page (1600 × 700).
    pub hero: Option<Picture>,
    /// For a cart with nothing in it.
    pub empty_cart: Option<Picture>,
    /// For a page that is not there.
    pub not_found: Option<Picture>,
    /// For a shop that takes no orders just now.
    pub closed: Option<Picture>,
}

impl ShopArt {
    /// Each that is there, with its key, in a fixed order. The mark for the tab is a file of the program.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, &Picture)> {
        let all = [
            ("logo", &self.logo),
            ("hero", &self.hero),
            ("empty_cart", &self.empty_cart),
            ("not_found", &self.not_found),
            ("closed", &self.closed),
        ];
        all.into_iter().filter_map(|(key, picture)| Some((key, picture.as_ref()?)))
    }
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
    #[serde(default)]
    pub phone: String,
    /// Opening hours.
    #[serde(default)]
    pub hours: Text,
    /// Closed on.
    #[serde(default)]
    pub closed: Text,
    /// How to get there.
    #[serde(default)]
    pub access: Text,
    /// A sentence about it.
    #[serde(default)]
    pub note: Text,
    /// Its card terminals: a system of their own.
    #[serde(default)]
    pub terminal: Terminal,
    /// Its picture.
    pub picture: Option<Picture>,
}

/// The card terminals of a store, which have no line to the online shop.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Terminal {
    /// A word for the system.
    pub id: String,
    /// What it is and whose.
    pub system: String,
    /// The same in English.
    pub system_en: String,
}
