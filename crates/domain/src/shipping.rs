//! Shipping fees by region, and the fee for cash on delivery. All in yen with tax (10 %).

use crate::Yen;
use serde::{Deserialize, Serialize};

/// The 47 prefectures in the order of JIS X 0401 (its code is the index plus one).
pub const PREFECTURES: [&str; 47] = [
    "北海道",
    "青森県",
    "岩手県",
    "宮城県",
    "秋田県",
    "山形県",
    "福島県",
    "茨城県",
    "栃木県",
    "群馬県",
    "埼玉県",
    "千葉県",
    "東京都",
    "神奈川県",
    "新潟県",
    "富山県",
    "石川県",
    "福井県",
    "山梨県",
    "長野県",
    "岐阜県",
    "静岡県",
    "愛知県",
    "三重県",
    "滋賀県",
    "京都府",
    "大阪府",
    "兵庫県",
    "奈良県",
    "和歌山県",
    "鳥取県",
    "島根県",
    "岡山県",
    "広島県",
    "山口県",
    "徳島県",
    "香川県",
    "愛媛県",
    "高知県",
    "福岡県",
    "佐賀県",
    "長崎県",
    "熊本県",
    "大分県",
    "宮崎県",
    "鹿児島県",
    "沖縄県",
];

crate::words! {
    /// A zone of the carriers' tariffs.
    Region {
        /// 北海道
        Hokkaido = "hokkaido",
        /// 東北
        Tohoku = "tohoku",
        /// 関東・信越・北陸・中部 - the shop's own and its neighbours.
        Central = "central",
        /// 関西
        Kansai = "kansai",
        /// 中国・四国
        ChugokuShikoku = "chugoku_shikoku",
        /// 九州
        Kyushu = "kyushu",
        /// 沖縄
        Okinawa = "okinawa",
    }
}

impl Region {
    /// The zone of a prefecture, named in full (`長野県`); `None` for anything else.
    pub fn of_prefecture(name: &str) -> Option<Region> {
        let code = PREFECTURES.iter().position(|p| *p == name)? + 1;
        Some(match code {
            1 => Region::Hokkaido,
            2..=7 => Region::Tohoku,
            8..=24 => Region::Central,
            25..=30 => Region::Kansai,
            31..=39 => Region::ChugokuShikoku,
            40..=46 => Region::Kyushu,
            _ => Region::Okinawa,
        })
    }

    /// How many days after dispatch the carrier arrives at the earliest.
    pub fn transit_days(self) -> i64 {
        match self {
            Region::Central | Region::Kansai | Region::Tohoku => 1,
            Region::ChugokuShikoku | Region::Kyushu | Region::Hokkaido => 2,
            Region::Okinawa => 3,
        }
    }
}

/// What the merchant charges for sending one recipient's goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tariff {
    /// Fee by region, in the order of [`Region::ALL`].
    pub fees: [Yen; 7],
    /// Added for goods that must be kept cool.
    pub cool_surcharge: Yen,
    /// From this goods total per recipient the regional fee is waived (not the cool surcharge, not to Okinawa).
    pub free_from: Yen,
}

impl Default for Tariff {
    fn default() -> Self {
        Tariff {
            fees: [1_200, 900, 750, 850, 950, 1_050, 1_600].map(Yen::new),
            cool_surcharge: Yen::new(330),
            free_from: Yen::new(10_800),
        }
    }
}

impl Tariff {
    /// The fee for one recipient.
    pub fn fee(&self, region: Region, goods: Yen, cool: bool) -> Yen {
        let index = Region::ALL.iter().position(|r| *r == region).unwrap_or(0);
        let waived = goods >= self.free_from && region != Region::Okinawa;
        let base = if waived { Yen::ZERO } else { self.fees[index] };
        [base, if cool { self.cool_surcharge } else { Yen::ZERO }].into_iter().sum()
    }
}

/// The carrier's fee for collecting `total` in cash; `None` above what it collects (300,000 yen).
pub fn cash_on_delivery_fee(total: Yen) -> Option<Yen> {
    match total.get() {
        ..10_000 => Some(Yen::new(330)),
        10_000..30_000 => Some(Yen::new(440)),
        30_000..100_000 => Some(Yen::new(660)),
        100_000..=300_000 => Some(Yen::new(1_100)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions() {
        for (p, r) in [
            ("北海道", Region::Hokkaido),
            ("福島県", Region::Tohoku),
            ("長野県", Region::Central),
            ("三重県", Region::Central),
            ("滋賀県", Region::Kansai),
            ("香川県", Region::ChugokuShikoku),
            ("高知県", Region::ChugokuShikoku),
            ("福岡県", Region::Kyushu),
            ("沖縄県", Region::Okinawa),
        ] {
            assert_eq!(Region::of_prefecture(p), Some(r), "{p}");
        }
        assert_eq!(Region::of_prefecture("長野"), None);
    }

    #[test]
    fn fees() {
        let t = Tariff::default();
        assert_eq!(t.fee(Region::Central, Yen::new(3_000), false), Yen::new(750));
        assert_eq!(t.fee(Region::Central, Yen::new(10_800), true), Yen::new(330));
        assert_eq!(t.fee(Region::Okinawa, Yen::new(50_000), false), Yen::new(1_600));
        assert_eq!(cash_on_delivery_fee(Yen::new(300_001)), None);
        assert_eq!(cash_on_delivery_fee(Yen::new(9_999)), Some(Yen::new(330)));
    }
}
