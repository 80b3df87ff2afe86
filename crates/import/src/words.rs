//! What merchants and shop systems call things, in the words of the vocabulary. What is not plainly one of them stays
//! unknown.

use domain::text::fold_width;
use incident::vocabulary;
use std::collections::HashMap;

/// Which cards are no credit cards: bought in a shop, and typed nowhere.
const OTHER_CARDS: [&str; 5] = ["ギフトカード", "giftcard", "プリペイド", "prepaid", "商品券"];

/// Parts of names by which a way of payment is known.
const PAYMENTS: &[(&str, &[&str])] = &[
    ("card", &["クレジット", "creditcard", "credit_card", "カード決済", "カード払", "デビット", "debitcard"]),
    ("cash_on_delivery", &["代金引換", "代金引き換え", "代引", "cashondelivery", "(cod)"]),
    ("bank_transfer", &["銀行振込", "銀行振り込み", "口座振込", "banktransfer", "bankdeposit"]),
    ("convenience_store", &["コンビニ", "conveniencestore", "konbini"]),
    ("postal_transfer", &["郵便振替", "郵便振込", "ゆうちょ振替", "郵便払込", "postaltransfer"]),
    ("deferred", &["後払", "あと払", "paidy", "atone"]),
    (
        "wallet",
        &[
            "paypay",
            "ペイペイ",
            "amazonpay",
            "楽天ペイ",
            "rakutenpay",
            "linepay",
            "d払い",
            "aupay",
            "メルペイ",
            "merpay",
            "applepay",
            "googlepay",
            "id決済",
        ],
    ),
    ("cash", &["現金"]),
];

/// Names that mean it only if nothing else stands there.
const WHOLE: &[(&str, &str)] = &[
    ("カード", "card"),
    ("card", "card"),
    ("cod", "cash_on_delivery"),
    ("bacs", "bank_transfer"),
    ("振込", "bank_transfer"),
    ("cash", "cash"),
];

/// The way of payment that a name plainly means, as the field `payment` has it; `None` where it may mean another.
///
/// Shopify Payments and PayPal take typed cards and wallets alike and stay unknown.
pub fn payment(name: &str) -> Option<&'static str> {
    let name = bare(name);
    if let Some(word) = of_vocabulary("payment", &name) {
        return Some(word);
    }
    if let Some((_, word)) = WHOLE.iter().find(|(whole, _)| *whole == name) {
        return Some(word);
    }
    if OTHER_CARDS.iter().any(|other| name.contains(other)) {
        return None;
    }
    let found = PAYMENTS.iter().filter(|(_, parts)| parts.iter().any(|part| name.contains(part)));
    let mut found: Vec<&'static str> = found.map(|(word, _)| *word).collect();
    // A deferred payment is made in convenience stores and at banks; cash on delivery is cash.
    let includes = |word: &str| match word {
        "deferred" => &["convenience_store", "bank_transfer", "postal_transfer"][..],
        "cash_on_delivery" => &["cash"],
        _ => &[],
    };
    let included: Vec<&str> = found.iter().flat_map(|word| includes(word)).copied().collect();
    found.retain(|word| !included.contains(word));
    match found.as_slice() {
        [one] => Some(one),
        _ => None,
    }
}

/// A name without what only looks different.
pub(crate) fn bare(name: &str) -> String {
    fold_width(name).to_lowercase().chars().filter(|c| !c.is_whitespace()).collect()
}

/// A word of a field that stands in the file as it is.
pub(crate) fn of_vocabulary(field: &str, word: &str) -> Option<&'static str> {
    let field = vocabulary::field(field)?;
    Some(field.values[field.rank(word)?].0)
}

/// Names that the merchant has said the meaning of, by field.
#[derive(Debug, Clone, Default)]
pub struct Dictionary(HashMap<(&'static str, String), &'static str>);

/// The fields that names of the merchant's stand for.
const NAMED: [&str; 3] = ["payment", "status", "channel"];

impl Dictionary {
    /// Adds `FIELD:NAME=WORD`, as `payment:店頭払い=cash`.
    ///
    /// # Errors
    /// A sentence that says what may stand there.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        let wrong = || "write it as payment:NAME=WORD, status:NAME=WORD or channel:NAME=WORD".to_owned();
        let (field, rest) = text.split_once(':').ok_or_else(wrong)?;
        let (name, word) = rest.rsplit_once('=').ok_or_else(wrong)?;
        let field = NAMED.into_iter().find(|known| *known == field.trim()).ok_or_else(wrong)?;
        let word = of_vocabulary(field, word.trim()).ok_or_else(|| {
            let words = vocabulary::field(field).map(|f| vocabulary::listed(f.values)).unwrap_or_default();
            format!("the words of {field} are {words}")
        })?;
        self.0.insert((field, bare(name)), word);
        Ok(())
    }

    pub(crate) fn find(&self, field: &'static str, name: &str) -> Option<&'static str> {
        self.0.get(&(field, bare(name))).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_of_payment_by_the_names_that_shops_give_them() {
        for (name, word) in [
            ("クレジットカード", Some("card")),
            ("ｸﾚｼﾞｯﾄｶｰﾄﾞ決済", Some("card")),
            ("カード決済（一括）", Some("card")),
            ("Credit Card (Stripe)", Some("card")),
            ("代金引換", Some("cash_on_delivery")),
            ("代引き（現金のみ）", Some("cash_on_delivery")),
            ("Cash on Delivery (COD)", Some("cash_on_delivery")),
            ("銀行振込", Some("bank_transfer")),
            ("コンビニ決済", Some("convenience_store")),
            ("コンビニ後払い", Some("deferred")),
            ("NP後払い", Some("deferred")),
            ("郵便振替", Some("postal_transfer")),
            ("PayPay残高払い", Some("wallet")),
            ("Amazon Pay", Some("wallet")),
            ("現金書留", Some("cash")),
            ("convenience_store", Some("convenience_store")),
            ("クレジットカード・コンビニ", None),
            ("ギフトカード決済", None),
            ("Shopify Payments", None),
            ("PayPal Express Checkout", None),
            ("ポイント", None),
            ("", None),
        ] {
            assert_eq!(payment(name), word, "{name}");
        }
    }

    #[test]
    fn every_word_is_one_of_the_vocabulary() {
        let words = PAYMENTS.iter().map(|p| p.0).chain(WHOLE.iter().map(|w| w.1));
        for word in words {
            assert!(of_vocabulary("payment", word).is_some(), "{word}");
        }
    }

    #[test]
    fn the_merchant_may_say_what_a_name_means() {
        let mut own = Dictionary::default();
        own.add("payment:店頭 払い=cash").unwrap_or_default();
        assert_eq!(own.find("payment", "店頭払い"), Some("cash"));
        assert_eq!(own.find("status", "店頭払い"), None);
        for wrong in ["payment", "payment:a", "colour:a=card", "payment:a=gold", ""] {
            assert!(own.add(wrong).is_err(), "{wrong}");
        }
    }
}
