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
}

/// What the merchant charges for sending one recipient's goods, and for collecting the money at the door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tariff {
    /// Fee by region, in the order of [`Region::ALL`].
    pub fees: [Yen; 7],
    /// Added for goods that must be kept cool.
    pub cool_surcharge: Yen,
    /// From this goods total per recipient the regional fee is waived (not the cool surcharge, not to Okinawa).
    pub free_from: Yen,
    /// For collecting cash, by steps that rise; none: the shop takes no cash.
    #[serde(default = "CashFee::usual")]
    pub cash: Vec<CashFee>,
}

/// What is charged for collecting an amount in cash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CashFee {
    /// Up to this amount, with it.
    pub up_to: Yen,
    /// The fee, tax included.
    pub fee: Yen,
}

impl CashFee {
    /// The steps where the merchant names none.
    fn usual() -> Vec<CashFee> {
        let step = |(up_to, fee)| CashFee { up_to: Yen::new(up_to), fee: Yen::new(fee) };
        [(9_999, 330), (29_999, 440), (99_999, 660), (300_000, 1_100)].map(step).into()
    }
}

impl Default for Tariff {
    fn default() -> Self {
        Tariff {
            fees: [1_200, 900, 750, 850, 950, 1_050, 1_600].map(Yen::new),
            cool_surcharge: Yen::new(330),
            free_from: Yen::new(10_800),
            cash: CashFee::usual(),
        }
    }
}

impl Tariff {
    /// The fee for one recipient.
    pub fn fee(&self, region: Region, goods: Yen, cool: bool) -> Yen {
        let index = Region::ALL.iter().position(|r| *r == region).unwrap_or(0);
        let waived = goods >= self.free_from && region != Region::Okinawa;
        let base = if waived { Yen::ZERO } else { self.fees[index] };
        [base, self.cool_fee(cool)].into_iter().sum()
    }

    /// What of it is for goods that are kept cool.
    pub fn cool_fee(&self, cool: bool) -> Yen {
        if cool { self.cool_surcharge } else { Yen::ZERO }
    }

    /// The fee for collecting `total` in cash; `None` where it is more than is collected.
    pub fn cash_fee(&self, total: Yen) -> Option<Yen> {
        self.cash.iter().find(|step| total <= step.up_to).map(|step| step.fee)
    }

    /// The most that is collected in cash; `None` where the shop takes none.
    pub fn cash_max(&self) -> Option<Yen> {
        self.cash.last().map(|step| step.up_to)
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
        for (total, fee) in [(9_999, Some(330)), (10_000, Some(440)), (300_000, Some(1_100)), (300_001, None)]
        {
            assert_eq!(t.cash_fee(Yen::new(total)), fee.map(Yen::new), "{total}");
        }
        let none = Tariff { cash: Vec::new(), ..t };
        assert_eq!((none.cash_fee(Yen::new(1)), none.cash_max()), (None, None));
    }
}
