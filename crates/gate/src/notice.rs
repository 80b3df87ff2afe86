//! The gate's own pages: what a person sees when something did not pass. Static, Japanese first, English below;
//! they need nothing of `web`.

use crate::{Phone, reference::Reference, refusal::Refusal};
use bytes::Bytes;
use lock_api::Closed;
use sha2::{Digest, Sha256};
use site::{Refused, Why, labels::label};
use std::{collections::BTreeMap, time::Duration};

const LAYOUT: &str = include_str!("../assets/notice.html");
const STYLE: &str = include_str!("../assets/notice.css");
const PICTURE: &str = include_str!("../assets/kura.svg");

/// One notice: its name, its titles in both languages and its text.
struct Notice {
    name: &'static str,
    ja: &'static str,
    en: &'static str,
    text: &'static str,
}

/// All notices of one shop.
pub(crate) struct Notices {
    shop: String,
    origin: String,
    phone: [String; 3],
    integrity: String,
}

impl Notices {
    pub(crate) fn new(shop_name: &str, origin: &str, phone: Option<&Phone>) -> Notices {
        let said = |text: Option<&str>, or: &str| escape(text.filter(|t| !t.trim().is_empty()).unwrap_or(or));
        let phone = [
            said(phone.map(|p| p.number.as_str()), "-"),
            said(phone.map(|p| p.ja.as_str()), "営業時間のうちに"),
            said(phone.map(|p| p.en.as_str()), "in our opening hours"),
        ];
        Notices { shop: escape(shop_name), origin: escape(origin), phone, integrity: integrity() }
    }

    /// The page for `refusal`, which leads back to the page at `back`. Repeats nothing else of the request but the
    /// name of a form's field.
    pub(crate) fn page(&self, refusal: &Refusal, back: &str, reference: Reference) -> Bytes {
        let notice = notice(refusal);
        let (field_ja, field_en, why_ja, why_en) = match refusal {
            Refusal::Form(refused) => explain(refused),
            _ => Default::default(),
        };
        let seconds = refusal.retry_after_s().unwrap_or(10).to_string();
        let page = fill(
            &fixed(&notice, &self.integrity),
            &[
                ("shop", &self.shop),
                ("origin", &self.origin),
                ("phone", &self.phone[0]),
                ("hours_ja", &self.phone[1]),
                ("hours_en", &self.phone[2]),
                ("reference", reference.as_str()),
                ("field_ja", &field_ja),
                ("field_en", &field_en),
                ("why_ja", &why_ja),
                ("why_en", &why_en),
                ("seconds", &seconds),
                ("back", &escape(back)),
            ],
        );
        Bytes::from(page)
    }

    /// A file of the pages: content type and bytes.
    pub(crate) fn file(&self, name: &str) -> Option<(&'static str, Bytes)> {
        match name {
            "notice.css" => Some(("text/css", Bytes::from_static(STYLE.as_bytes()))),
            "kura.svg" => Some(("image/svg+xml", Bytes::from_static(PICTURE.as_bytes()))),
            _ => None,
        }
    }
}

/// The gate's own pages by name, for the page manifest. The one that names a form's field is not among them: who only looks
/// is never shown it.
pub fn signed() -> BTreeMap<String, String> {
    let all = [
        Refusal::Host,
        Refusal::Method,
        Refusal::NotFound,
        Refusal::Pace(Duration::ZERO),
        Refusal::BodyTooLarge,
        Refusal::BodyLate,
        Refusal::Card,
        Refusal::WebDown,
        Refusal::WebFailed,
        Refusal::Locked(Closed::Payment),
        Refusal::Locked(Closed::Shop),
    ];
    let all = all.iter().map(notice);
    all.map(|notice| (notice.name.to_owned(), fixed(&notice, &integrity()))).collect()
}

/// What is the same in each answer with this notice, in every shop; places for the rest stay as they are.
fn fixed(notice: &Notice, integrity: &str) -> String {
    let page = fill(LAYOUT, &[("text", notice.text)]);
    let Notice { ja, en, .. } = notice;
    fill(&page, &[("title_ja", *ja), ("title_en", *en), ("integrity", integrity)])
}

/// Of the style.
fn integrity() -> String {
    format!("sha256-{}", base64(&Sha256::digest(STYLE)))
}

macro_rules! notice {
    ($ja:literal, $en:literal, $file:literal) => {
        Notice {
            name: $file,
            ja: $ja,
            en: $en,
            text: include_str!(concat!("../assets/notices/", $file, ".html")),
        }
    };
}

fn notice(refusal: &Refusal) -> Notice {
    match refusal {
        Refusal::Host => notice!("お店の入口はこちらです", "The shop's entrance is over here", "host"),
        Refusal::Method
        | Refusal::UriTooLong
        | Refusal::HeadTooLarge
        | Refusal::Framing
        | Refusal::ContentType => {
            notice!("この形ではお受けできませんでした", "We could not take it in this form", "request")
        }
        Refusal::NotFound => {
            notice!("お探しのページは見つかりませんでした", "There is no such page", "not-found")
        }
        Refusal::Pace(_) => notice!("少しだけお待ちください", "A moment, please", "pace"),
        Refusal::BodyTooLarge => {
            notice!("送られた内容が大きすぎます", "What was sent is too large", "too-large")
        }
        Refusal::BodyLate => notice!("途中で届かなくなりました", "It did not arrive whole", "late"),
        Refusal::Form(_) => {
            notice!("入力の内容をお受けできませんでした", "One of the fields does not fit", "form")
        }
        Refusal::Card => {
            notice!("カード番号は送らないでください", "Please do not send a card number", "card")
        }
        Refusal::WebDown | Refusal::TillDown => {
            notice!("ただいま準備をしております", "We shall be right back", "down")
        }
        Refusal::Answer(_) | Refusal::Page(_) | Refusal::WebFailed => {
            notice!("このページは今お見せできません", "This page cannot be shown now", "answer")
        }
        Refusal::Locked(Closed::Shop) => {
            notice!("ただいまお店を閉めております", "The shop is closed for the moment", "closed")
        }
        Refusal::Locked(_) => {
            notice!("お手続きを一時止めております", "We have paused this for a while", "locked")
        }
    }
}

/// The field's name and what is wrong with it, in both languages, escaped.
fn explain(refused: &Refused) -> (String, String, String, String) {
    let (field_ja, field_en) = match label(&refused.field) {
        Some((ja, en)) => (format!("「{ja}」"), en.to_owned()),
        None if refused.field.is_empty() => ("入力項目".to_owned(), "a field".to_owned()),
        None => {
            (format!("項目「{}」", escape(&refused.field)), format!("field “{}”", escape(&refused.field)))
        }
    };
    let (why_ja, why_en) = match refused.why {
        Why::Unknown => {
            ("このフォームにない項目です。".to_owned(), "This form has no such field.".to_owned())
        }
        Why::Missing => ("値が届きませんでした。".to_owned(), "It did not arrive.".to_owned()),
        Why::TooOften => ("同じ項目が重ねて届きました。".to_owned(), "It arrived more than once.".to_owned()),
        Why::TooLong { chars_max } => {
            (format!("{chars_max}文字までです。"), format!("It may have at most {chars_max} characters."))
        }
        Why::Characters => {
            ("使えない文字が入っています。".to_owned(), "It holds characters that cannot be used.".to_owned())
        }
        Why::Form => (
            "この項目で選べるものではありません。".to_owned(),
            "It is not one of the values that can be chosen.".to_owned(),
        ),
        Why::Range { min, max } => {
            (format!("{min}から{max}までの数でお願いします。"), format!("It must be from {min} to {max}."))
        }
        Why::TooLarge { bytes_max } => {
            let mib = bytes_max / (1024 * 1024);
            (format!("{mib}MBまでのファイルでお願いします。"), format!("It may have at most {mib} MiB."))
        }
        Why::NoPicture => (
            "JPEG、PNG、WebPの写真ではありませんでした。".to_owned(),
            "It is no picture in JPEG, PNG or WebP.".to_owned(),
        ),
        Why::Encoding => ("文字として読めませんでした。".to_owned(), "It cannot be read as text.".to_owned()),
    };
    (field_ja, field_en, why_ja, why_en)
}

/// Replaces `{{name}}` in one pass: what is put in is not looked at again.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 1_024);
    let mut rest = template;
    while let Some(at) = rest.find("{{") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find("}}").map_or(rest.len(), |e| e + 2);
        match values
            .iter()
            .find(|(name, _)| rest[..end].strip_prefix("{{").and_then(|r| r.strip_suffix("}}")) == Some(name))
        {
            Some((_, value)) => out.push_str(value),
            None => out.push_str(&rest[..end]),
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// Base 64 with padding (RFC 4648 §4), for the integrity of the style.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let three = chunk.iter().fold(0u32, |v, b| v << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[(three >> (18 - 6 * place)) as usize & 63];
            out.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Refusal> {
        let refused = |why| Refusal::Form(Refused { field: "noshi_name".into(), why });
        vec![
            Refusal::Host,
            Refusal::Method,
            Refusal::UriTooLong,
            Refusal::Framing,
            Refusal::NotFound,
            Refusal::Pace(Duration::from_secs(4)),
            Refusal::BodyTooLarge,
            Refusal::BodyLate,
            Refusal::ContentType,
            refused(Why::TooLong { chars_max: 30 }),
            refused(Why::Range { min: 1, max: 99 }),
            refused(Why::TooLarge { bytes_max: 10 * 1024 * 1024 }),
            refused(Why::NoPicture),
            Refusal::Card,
            Refusal::WebDown,
            Refusal::TillDown,
            Refusal::Answer("x"),
            Refusal::WebFailed,
            Refusal::Page(manifest::Breach { why: manifest::Why::Script, at: 7 }),
            Refusal::Locked(Closed::Payment),
            Refusal::Locked(Closed::Shop),
        ]
    }

    #[test]
    fn every_page_is_whole_and_in_both_languages() {
        let notices = Notices::new("栗鼠堂 & <b>", "http://shop.localhost:8080", None);
        let reference = Reference::new();
        for refusal in all() {
            let page = String::from_utf8(notices.page(&refusal, "/contact", reference).to_vec()).unwrap();
            assert!(!page.contains("{{"), "{refusal:?}");
            assert!(page.contains(reference.as_str()) && page.contains("lang=\"en\""), "{refusal:?}");
            assert!(
                page.contains("栗鼠堂 &amp; &lt;b&gt;")
                    && !page.contains("<script")
                    && !page.contains("style=")
            );
        }
    }

    #[test]
    fn how_large_a_picture_may_be_is_said() {
        let notices = Notices::new("栗鼠堂", "http://shop.localhost", None);
        let page = notices.page(&Refusal::BodyTooLarge, "/admin", Reference::new());
        let page = String::from_utf8(page.to_vec()).unwrap();
        let mib = site::form::PICTURE_BYTES_MAX >> 20;
        assert!(page.contains(&format!("1枚{mib}MBまで")) && page.contains(&format!("to {mib} MB at most")));
    }

    #[test]
    fn every_page_but_that_of_a_field_is_signed_to_the_letter_but_for_its_places() {
        let phone = Phone { number: "0263-00-0000".into(), ja: "9時から".into(), en: String::new() };
        let (notices, signed) = (Notices::new("栗鼠堂", "http://shop.localhost", Some(&phone)), signed());
        for refusal in all() {
            let name = notice(&refusal).name;
            let Some(text) = signed.get(name) else {
                assert_eq!(name, "form", "{refusal:?}");
                continue;
            };
            let reference = Reference::new();
            let seconds = refusal.retry_after_s().unwrap_or(10).to_string();
            let values = [
                ("shop", "栗鼠堂"),
                ("origin", "http://shop.localhost"),
                ("phone", "0263-00-0000"),
                ("hours_ja", "9時から"),
                ("hours_en", "in our opening hours"),
                ("reference", reference.as_str()),
                ("seconds", &seconds),
                ("back", "/contact"),
            ];
            let page = notices.page(&refusal, "/contact", reference);
            assert!(page == fill(text, &values), "{refusal:?}");
        }
    }

    #[test]
    fn names_the_field() {
        let notices = Notices::new("栗鼠堂", "http://shop.localhost", None);
        let of = |field: &str, why| {
            let refusal = Refusal::Form(Refused { field: field.into(), why });
            let page = notices.page(&refusal, "/search", Reference::new());
            String::from_utf8(page.to_vec()).unwrap()
        };
        let page = of("to_postcode", Why::TooLong { chars_max: 16 });
        assert!(page.contains("http://shop.localhost/search\""));
        assert!(page.contains("「郵便番号」") && page.contains("16文字まで") && page.contains("at most 16"));
        assert!(of("price", Why::Unknown).contains("このフォームにない"));
        assert!(of("", Why::Encoding).contains("入力項目"));
    }

    #[test]
    fn base_64() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn filling_is_done_once() {
        assert_eq!(fill("{{a}}{{b}}{{", &[("a", "{{b}}"), ("b", "x")]), "{{b}}x{{");
    }
}
