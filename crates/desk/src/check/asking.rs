//! Requests for what no shop may ask for.

use super::{Rule, Sentence};

const SECRETS: &[&str] = &[
    "カード番号",
    "クレジットカード情報",
    "カード情報",
    "セキュリティコード",
    "暗証番号",
    "パスワード",
    "有効期限",
    "cvv",
    "cvc",
    "card number",
    "card numbers",
    "card details",
    "security code",
    "password",
    "passwords",
    "pin",
    "expiry date",
    "one-time code",
];
const REQUESTS: &[&str] = &[
    "お知らせください",
    "お知らせ下さい",
    "教えてください",
    "お教えください",
    "お送りください",
    "お送り下さい",
    "送信してください",
    "送ってください",
    "ご入力",
    "入力してください",
    "入力して下さい",
    "入力をお願い",
    "入力のうえ",
    "入力いただ",
    "ご記入",
    "記入してください",
    "ご返信ください",
    "返信してください",
    "お伝えください",
    "ご連絡ください",
    "お書きください",
    "お書き添え",
    "ご提示",
    "お聞かせください",
    "お申し付けください",
    "enter",
    "send us",
    "send your",
    "tell us",
    "give us",
    "reply with",
    "provide",
    "type in your",
    "confirm your",
    "submit",
    "let us have",
    "verify your",
];
/// It is said that nobody asks, or asked that nobody does.
const NEVER: &[&str] = &[
    "ないでください",
    "ないで下さい",
    "ことはありません",
    "ことはございません",
    "いたしません",
    "しません",
    "お控えください",
    "never",
    "not",
    "don't",
    "nobody",
    "without",
];

pub fn check(sentence: &Sentence, found: &mut dyn FnMut(Rule, &str)) {
    if let (Some(secret), Some(_)) = (sentence.first(SECRETS), sentence.first(REQUESTS))
        && !sentence.has_any(NEVER)
    {
        found(Rule::AsksForSecrets, secret);
    }
}
