//! Requests for what no shop may ask for.

use super::{
    Rule, Sentence,
    read::{has_any, places},
    spoken::{clause_after, is_negative},
};

const SECRETS: &[&str] = &[
    "カード番号",
    "カードの番号",
    "クレジット番号",
    "クレカの番号",
    "クレジットカード情報",
    "カード情報",
    "カードの写真",
    "カードの画像",
    "セキュリティコード",
    "セキュリティーコード",
    "裏面の3桁",
    "裏面の数字",
    "名義",
    "暗証番号",
    "パスワード",
    "有効期限",
    "認証コード",
    "認証番号",
    "確認コード",
    "cvv",
    "cvc",
    "card number",
    "card numbers",
    "card details",
    "card data",
    "number on your card",
    "number on the card",
    "digits on the back",
    "sides of your card",
    "photo of your card",
    "three digits",
    "security code",
    "password",
    "passwords",
    "pin",
    "expiry date",
    "date of expiry",
    "one-time code",
    "verification code",
];
/// What somebody is asked to do, before ください and the like.
const GIVE: &[&str] = &[
    "お知らせ",
    "お教え",
    "教えて",
    "お送り",
    "送信",
    "送って",
    "ご送付",
    "ご返信",
    "返信して",
    "ご返送",
    "お伝え",
    "伝えて",
    "ご連絡",
    "お書き添え",
    "書き添えて",
    "お書き",
    "書いて",
    "添えて",
    "ご入力",
    "入力",
    "ご記入",
    "記入",
    "ご記載",
    "ご提示",
    "ご提出",
    "お聞かせ",
    "お申し付け",
    "ご申告",
    "ご用意",
    "ご明記",
    "ご一報",
];
const PLEASE: &[&str] = &[
    "ください",
    "下さい",
    "いただ",
    "頂",
    "願",
    "をお願い",
    "くだされ",
    "のうえ",
    "の上",
    "のほど",
    "してください",
    "して下さい",
    "していただ",
    "して頂",
    "しご",
    "ご返信",
    "返信",
    "になって",
    "になり",
    "にてください",
];
/// What we ourselves do.
const ASK: &[&str] = &[
    "うかがいます",
    "伺います",
    "うかがって",
    "伺って",
    "お尋ねします",
    "お尋ねいたします",
    "お聞きします",
    "お聞きいたします",
    "確認させて",
    "お聞かせ願",
    "確認いたします",
];
const REQUESTS: &[&str] = &[
    "state your",
    "include your",
    "quote your",
    "will ask you for",
    "ask you for your",
    "enter",
    "send us",
    "send your",
    "email your",
    "e-mail your",
    "mail your",
    "text us",
    "tell us",
    "tell our",
    "give us",
    "give our",
    "reply with",
    "reply to this mail with",
    "answer with",
    "send a photo",
    "send a copy",
    "send photos",
    "provide",
    "type in your",
    "confirm your",
    "submit",
    "let us have",
    "let us know",
    "verify your",
    "have your",
    "we need your",
    "we need the",
    "we will need your",
    "fill in",
    "what is your",
    "what is the number",
    "read out",
];
const NEVER: &[&str] = &[
    "never",
    "not",
    "don't",
    "nobody",
    "no one",
    "without",
    "if anybody",
    "if anyone",
    "cannot",
    "only",
    "asked",
    "asks you",
    "ask you",
];

pub fn check(sentence: &Sentence, found: &mut dyn FnMut(Rule, &str)) {
    if sentence.warns() {
        return;
    }
    if let Some(secret) = japanese(sentence).or_else(|| english(sentence)) {
        found(Rule::AsksForSecrets, secret);
    }
}

fn japanese(sentence: &Sentence) -> Option<&str> {
    let text = &sentence.plain;
    let give = GIVE.iter().flat_map(|stem| {
        let places = sentence.places(stem).map(|at| (at, at + stem.len()));
        places.filter(|(_, end)| {
            let behind = text[*end..].trim_start_matches('を');
            PLEASE.iter().any(|please| behind.starts_with(please)) || behind.starts_with("お願い")
        })
    });
    give.chain(sentence.spans(ASK)).find_map(|(at, end)| {
        let clause = clause_after(&text[end..]);
        if is_negative(clause)
            || has_any(
                clause,
                &[
                    "ないでください",
                    "ないよう",
                    "お控え",
                    "ことはあり",
                    "ことはござい",
                    "なくて",
                    "必要はあり",
                    "必要はござ",
                    "必要ありません",
                ],
            )
            || sentence.quotes(at, end)
        {
            return None;
        }
        secret_before(&text[..at])
    })
}

/// The secret that a request is for: in its own part between commas, or in those that are joined with it.
fn secret_before(text: &str) -> Option<&str> {
    let mut parts = text.rsplit('、').peekable();
    while let Some(part) = parts.next() {
        if let Some(secret) = secret_in(part) {
            return Some(secret);
        }
        // The part before goes on here: as the thing, or as one more of them.
        let goes_on = parts.peek().is_some_and(|before| {
            let bare = before.trim_end_matches(['を', 'は', 'と', 'や', 'も', 'か', 'ら', 'の', 'ど', 'な']);
            SECRETS.iter().any(|secret| bare.ends_with(secret))
                || before.ends_with('を') && !before.ends_with("旨を")
        });
        if !goes_on && !part.is_empty() {
            return None;
        }
        if !goes_on {
            let before = parts.peek()?;
            let bare = before.trim_end_matches(['を', 'は']);
            if !SECRETS.iter().any(|secret| bare.ends_with(secret)) {
                return None;
            }
        }
    }
    None
}

/// A secret that is asked for, not one that is changed, forgotten or only spoken of.
fn secret_in(part: &str) -> Option<&str> {
    SECRETS.iter().find_map(|secret| {
        let mut places = places(part, secret).map(|at| (at, at + secret.len()));
        let (at, end) = places.find(|(_, end)| {
            let behind = part[*end..].trim_start_matches('の');
            let other = [
                "を変",
                "を新しく",
                "をお忘れ",
                "を忘れ",
                "を変更",
                "変更",
                "再設定",
                "が近い",
                "下4桁",
                "を入力された",
                "を入力なさった",
                "が漏",
                "の漏",
                "漏",
                "が対象",
                "について",
                "に関",
                "を尋ね",
                "を求め",
                "再発行",
                "を使",
            ];
            !other.iter().any(|other| behind.starts_with(other))
        })?;
        Some(&part[at..end])
    })
}

fn english(sentence: &Sentence) -> Option<&str> {
    let text = &sentence.plain;
    REQUESTS.iter().find_map(|request| {
        sentence.places(request).find_map(|at| {
            let before = sentence.clause_before(at);
            let before = before.rsplit(", ").next().unwrap_or_default();
            if has_any(before, NEVER) {
                return None;
            }
            let after = &text[at..];
            let cuts = [", and ", ", but ", ";", " if you see", ", or call", " if ", " when you"];
            let end = cuts.iter().filter_map(|cut| after.find(cut)).min().unwrap_or(after.len());
            let after = &after[..end];
            let secret = SECRETS
                .iter()
                .find_map(|secret| places(after, secret).next().map(|at| &after[at..at + secret.len()]))?;
            // Pages may be told of on which one changes it.
            (!after.contains("to change") && !has_any(after, &["do not", "never", "change your"]))
                .then_some(secret)
        })
    })
}
