//! Promises that the facts do not hold.

use super::{Rule, Sentence, fold::plain, read::has_any};
use crate::Case;
use incident::facts::Payer;

const COMPENSATION: &[&str] = &[
    "補てん",
    "we'll refund",
    "we'll reimburse",
    "we'll compensate",
    "entitled to compensation",
    "補償します",
    "補償いたします",
    "補償させて",
    "補償致します",
    "補填",
    "賠償します",
    "賠償いたします",
    "賠償させて",
    "賠償致します",
    "賠償",
    "全額補償",
    "全額お支払い",
    "全額を補償",
    "全額をお支払い",
    "全額お返し",
    "全額返金",
    "全額ご返金",
    "全額負担",
    "返金いたします",
    "返金します",
    "返金致します",
    "弁償",
    "肩代わり",
    "お見舞い",
    "お見舞金",
    "お詫びの品",
    "クーポン",
    "ポイントを進呈",
    "ポイントを差し上げ",
    "ポイントを付与",
    "ポイントをお付け",
    "商品券",
    "慰謝料",
    "すべて取り消します",
    "お支払いいただく必要はありません",
    "お支払いいただく必要はございません",
    "請求されません",
    "損失は生じません",
    "will compensate",
    "be compensated",
    "compensate you",
    "will refund",
    "will reimburse",
    "will pay for",
    "not have to pay",
    "full refund",
    "will pay you",
    "gift card",
    "voucher",
    "coupon",
    "make good any loss",
    "cover any loss",
    "cover all losses",
    "won't lose",
    "will not lose",
];
const MERCHANT_PAYS: &[&str] = &[
    "当店が負担",
    "当社が負担",
    "弊社が負担",
    "当店で負担",
    "当社で負担",
    "弊社で負担",
    "弊社にて負担",
    "当店にて負担",
    "当社にて負担",
    "負担いたします",
    "負担させていただ",
    "当店持ち",
    "当社持ち",
    "弊社持ち",
    "at our expense",
    "paid by us",
    "borne by us",
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
    "at no charge",
    "without charge",
    "ご負担はありません",
    "ご負担はございません",
    "ご負担は一切",
    "ご負担なく",
    "負担をおかけすることは",
    "無料で再発行",
    "再発行は無料",
    "手数料は無料",
    "手数料はかかりません",
    "手数料はいただきません",
    "free of charge",
    "costs you nothing",
    "without any fee",
    "no fee",
    "at no cost",
    "not be charged",
];
const WHATEVER_HAPPENS: &[&str] = &[
    "お約束します",
    "お約束いたします",
    "約束いたします",
    "約束します",
    "保証します",
    "保証いたします",
    "絶対に起こしません",
    "we promise",
    "we guarantee",
    "without fail",
];

pub fn check(sentence: &Sentence, case: Case<'_>, found: &mut dyn FnMut(Rule, &str)) {
    let reissue = case.facts.cards.as_ref().and_then(|cards| cards.reissue.as_ref());
    let open = reissue.filter(|r| r.agreed && r.free_until.is_none_or(|until| !case.passed(until)));
    let payer = open.map(|r| r.paid_by);
    let promise = case.facts.compensation.as_ref().map(|text| plain(&format!("{}\n{}", text.ja, text.en)));
    let promised = |words: &str| promise.as_ref().is_some_and(|promise| promise.contains(words));
    let all: [(&[&str], bool); 5] = [
        (COMPENSATION, false),
        (MERCHANT_PAYS, payer == Some(Payer::Merchant)),
        (COMPANIES_PAY, payer == Some(Payer::CardCompanies)),
        (FREE, payer.is_some()),
        (WHATEVER_HAPPENS, false),
    ];
    for (words, held) in all {
        let said = sentence.spans(words).find(|(at, end)| {
            !held && !promised(&sentence.plain[*at..*end]) && is_promised(sentence, *at, *end)
        });
        if let Some((at, end)) = said {
            found(Rule::Promise, &sentence.plain[at..end]);
        }
    }
    // Something is promised, but not as much.
    if let Some(promise) = promise.filter(|_| sentence.has_any(COMPENSATION)) {
        for money in money(&sentence.plain) {
            if !self::money(&promise).contains(&money) {
                found(Rule::Promise, money);
            }
        }
    }
    let surely = sentence.has("必ず")
        && !sentence.has_any(&["必ずしも", "必ずご確認", "ください", "お願い", "必ず書かれて", "必ず記載"]);
    if surely && sentence.has_any(&["ます", "ません"]) {
        found(Rule::Promise, "必ず");
    }
}

/// Whether the words promise it: who asks others for it, or says that he cannot, does not.
fn is_promised(sentence: &Sentence, at: usize, end: usize) -> bool {
    let (before, after) = (&sentence.plain[..at], &sentence.plain[end..]);
    let asked_for =
        |text: &str| ["お願い", "依頼", "要請", "協議", "相談"].iter().any(|word| text.contains(word));
    let asks = after.contains("よう") && asked_for(after)
        || after.contains("いただくこと") && !after.starts_with("いただくこと")
        || after.starts_with("について") && asked_for(after)
        || has_any(sentence.clause_before(at), &["asked", "asking", "we ask", "whether"]);
    let open = ["できるか", "かどうか", "について、今", "するかは"].iter().any(|open| after.contains(open));
    let denied = has_any(
        before,
        &["not promise", "cannot promise", "cannot guarantee", "nobody can", "not", "nothing that"],
    ) && sentence.denied_before(at)
        && !sentence.plain[at..end].starts_with("not");
    !asks && !open && !denied && !sentence.is_spoken_of(at, end) && !sentence.denies(end)
}

/// Sums of money.
fn money(text: &str) -> Vec<&str> {
    let units = ["円", " yen"];
    let found =
        units.iter().flat_map(|unit| text.match_indices(unit).map(|(at, unit)| (at, at + unit.len())));
    found
        .map(|(at, _)| {
            let digits = |c: char| c.is_ascii_digit() || ",万千".contains(c);
            text[..at].rfind(|c| !digits(c)).map_or(&text[..at], |from| {
                &text[from + text[from..].chars().next().map_or(0, char::len_utf8)..at]
            })
        })
        .filter(|sum| !sum.is_empty())
        .collect()
}
