//! Allergens that food labels in Japan name.
//!
//! The eight that must be named (特定原材料) and the twenty that should be (特定原材料に準ずるもの): 食品表示基準
//! 別表第14 and Consumer Affairs Agency notice 消食表第139号, as amended 2024-03-28.

crate::words! {
    /// An allergen, named by the word that the catalogue stores.
    Allergen {
        /// えび
        Shrimp = "shrimp",
        /// かに
        Crab = "crab",
        /// くるみ
        Walnut = "walnut",
        /// 小麦
        Wheat = "wheat",
        /// そば
        Buckwheat = "buckwheat",
        /// 卵
        Egg = "egg",
        /// 乳
        Milk = "milk",
        /// 落花生
        Peanut = "peanut",
        /// アーモンド
        Almond = "almond",
        /// あわび
        Abalone = "abalone",
        /// いか
        Squid = "squid",
        /// いくら
        SalmonRoe = "salmon_roe",
        /// オレンジ
        Orange = "orange",
        /// カシューナッツ
        Cashew = "cashew",
        /// キウイフルーツ
        Kiwi = "kiwi",
        /// 牛肉
        Beef = "beef",
        /// ごま
        Sesame = "sesame",
        /// さけ
        Salmon = "salmon",
        /// さば
        Mackerel = "mackerel",
        /// 大豆
        Soybean = "soybean",
        /// 鶏肉
        Chicken = "chicken",
        /// バナナ
        Banana = "banana",
        /// 豚肉
        Pork = "pork",
        /// マカダミアナッツ
        Macadamia = "macadamia",
        /// もも
        Peach = "peach",
        /// やまいも
        Yam = "yam",
        /// りんご
        Apple = "apple",
        /// ゼラチン
        Gelatin = "gelatin",
    }
}

impl Allergen {
    /// Whether the law demands that it is named.
    pub fn is_mandatory(self) -> bool {
        use Allergen as A;
        matches!(
            self,
            A::Shrimp | A::Crab | A::Walnut | A::Wheat | A::Buckwheat | A::Egg | A::Milk | A::Peanut
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_and_twenty() {
        assert_eq!(Allergen::ALL.iter().filter(|a| a.is_mandatory()).count(), 8);
        assert_eq!(Allergen::ALL.len(), 28);
    }
}
