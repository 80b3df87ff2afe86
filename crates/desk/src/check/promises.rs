//! Promises that the facts do not hold.

use super::{Rule, Sentence};
use crate::Case;
use incident::facts::Payer;

const COMPENSATION: &[&str] = &[
    "補償します",
    "補償いたします",
    "補償させて",
    "補償致します",
    "賠償",
    "全額",
    "返金いたします",
    "返金します",
    "返金致します",
    "弁償",
    "肩代わり",
    "お見舞い",
    "お詫びの品",
    "クーポン",
    "ポイントを進呈",
    "商品券",
    "慰謝料",
    "will compensate",
    "compensate you",
    "will refund",
    "will reimburse",
    "full refund",
    "will pay you",
    "gift card",
    "voucher",
    "coupon",
    "make good any loss",
    "cover any loss",
    "cover all losses",
];
const MERCHANT_PAYS: &[&str] = &[
    "当店が負担",
    "当社が負担",
    "弊社が負担",
    "当店で負担",
    "当社で負担",
    "弊社で負担",
    "負担いたします",
    "負担させていただ",
    "at our expense",
    "we bear the fee",
    "we pay the fee",
    "we will bear",
    "we will cover",
];
const COMPANIES_PAY: &[&str] = &[
    "カード会社が負担",
    "カード会社で負担",
    "card companies bear",
    "card company bears",
    "card companies pay",
];
const FREE: &[&str] = &[
    "ご負担はありません",
    "ご負担はございません",
    "ご負担なく",
    "無料で再発行",
    "手数料は無料",
    "手数料はかかりません",
    "手数料はいただきません",
    "free of charge",
    "costs you nothing",
    "without any fee",
    "no fee",
    "at no cost",
];
const WHATEVER_HAPPENS: &[&str] = &[
    "お約束します",
    "お約束いたします",
    "約束いたします",
    "保証します",
    "保証いたします",
    "we promise",
    "without fail",
];

pub fn check(sentence: &Sentence, case: Case<'_>, found: &mut dyn FnMut(Rule, &str)) {
    let reissue = case.facts.cards.as_ref().and_then(|cards| cards.reissue.as_ref());
    let open = reissue.filter(|r| r.agreed && r.free_until.is_none_or(|until| !case.passed(until)));
    let payer = open.map(|r| r.paid_by);
    let promised = case.facts.compensation.is_some();
    // Who asks others for it does not promise it.
    let asked = sentence.has_any(&["依頼", "お願いし", "要請", "相談して", "協議", "asked", "asking", "ask"]);
    let all = [
        (COMPENSATION, promised),
        (MERCHANT_PAYS, promised || payer == Some(Payer::Merchant) || asked),
        (COMPANIES_PAY, payer == Some(Payer::CardCompanies) || asked),
        (FREE, payer.is_some() || asked),
        (WHATEVER_HAPPENS, false),
    ];
    for (words, held) in all {
        if let Some(words) = sentence.first(words).filter(|_| !held) {
            found(Rule::Promise, words);
        }
    }
    let surely = sentence.has("必ず") && !sentence.has_any(&["必ずしも", "必ずご確認", "ください", "お願い"]);
    if surely && sentence.has_any(&["ます", "ません"]) {
        found(Rule::Promise, "必ず");
    }
}
