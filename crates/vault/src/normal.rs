//! Normal forms: what makes two ways of writing a mail address, a telephone number or a name the same.
//!
//! First form: compatible forms, kana and a short list of variant kanji. A later issue may add variants; the indexes
//! are then computed anew from the sealed values.

use unicode_normalization::UnicodeNormalization;
use vault_api::IndexField;
use zeroize::Zeroizing;

/// Variants of one character that keyboards, registers and postal data mix up, though the name is the same. Only
/// glyph variants: characters that people tell apart in names (斉 and 斎, 沢 and 澤, 島 and 嶋) stay apart. What NFKC
/// folds by itself (most of the compatibility block) is not listed.
const VARIANTS: [(char, char); 20] = [
    ('髙', '高'),
    ('﨑', '崎'),
    ('邊', '辺'),
    ('邉', '辺'),
    ('齋', '斎'),
    ('𠮷', '吉'),
    ('栁', '柳'),
    ('桒', '桑'),
    ('槗', '橋'),
    ('𣘺', '橋'),
    ('德', '徳'),
    ('淸', '清'),
    ('瀨', '瀬'),
    ('賴', '頼'),
    ('濵', '濱'),
    ('靑', '青'),
    ('黑', '黒'),
    ('增', '増'),
    ('寬', '寛'),
    ('舩', '船'),
];

/// The most digits of an E.164 number (ITU-T E.164 §6.1).
const PHONE_DIGITS_MAX: usize = 15;

/// The normal form, or `None` where the value can be no such thing.
pub(crate) fn normal(field: IndexField, value: &str) -> Option<Zeroizing<String>> {
    match field {
        IndexField::Email => email(value),
        IndexField::Phone => phone(value),
        IndexField::Name => name(value),
    }
}

/// A mail address: NFKC, trimmed, lower case, domain in IDNA's ASCII form.
///
/// The local part is lower-cased too: RFC 5321 lets it be case-sensitive, no mail service makes it so.
pub(crate) fn email(value: &str) -> Option<Zeroizing<String>> {
    let folded = Zeroizing::new(value.nfkc().collect::<String>());
    let (local, domain) = folded.trim().rsplit_once('@')?;
    if local.is_empty() || domain.is_empty() {
        return None;
    }
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let domain = Zeroizing::new(idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_lowercase()));
    let local = Zeroizing::new(local.to_lowercase());
    Some(Zeroizing::new(format!("{}@{}", *local, *domain)))
}

/// A telephone number in E.164 form; without a country it is Japan's (+81).
pub(crate) fn phone(value: &str) -> Option<Zeroizing<String>> {
    let folded = Zeroizing::new(value.nfkc().collect::<String>());
    let digits = Zeroizing::new(folded.chars().filter(char::is_ascii_digit).collect::<String>());
    let international = folded.trim_start().starts_with('+');
    // The zero before an area code is not dialled from abroad, though people write "+81 (0)90…".
    let national = |digits: &str| {
        let rest = digits.trim_start_matches('0');
        (!rest.is_empty()).then(|| Zeroizing::new(format!("81{rest}")))
    };
    let number = match digits.strip_prefix("00").unwrap_or(&digits).strip_prefix("81") {
        _ if digits.is_empty() => return None,
        Some(rest) if international || digits.starts_with("00") => national(rest)?,
        Some(rest) if matches!(rest.len(), 9 | 10) => national(rest)?,
        _ if international => digits,
        _ => national(&digits)?,
    };
    (number.len() <= PHONE_DIGITS_MAX).then(|| Zeroizing::new(format!("+{}", *number)))
}

/// How often a name is gone over at most.
const PASSES_MAX: usize = 8;

/// A name: NFKC, no spaces or variation selectors, kana as katakana, Latin in lower case, variant kanji folded.
pub(crate) fn name(value: &str) -> Option<Zeroizing<String>> {
    let selector = |c: char| matches!(c, '\u{180b}'..='\u{180d}' | '\u{200b}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
    let fold = |c: char| match c {
        'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => char::from_u32(c as u32 + 0x60).unwrap_or(c),
        _ => VARIANTS.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to),
    };
    let pass = |text: &str| -> Zeroizing<String> {
        let kept = text.nfkc().filter(|c| !c.is_whitespace() && !selector(*c));
        Zeroizing::new(kept.map(fold).flat_map(char::to_lowercase).collect())
    };
    // What is dropped may have stood between characters that belong together: again until nothing changes.
    let mut name = pass(value);
    for _ in 0..PASSES_MAX {
        let next = pass(&name);
        if *next == *name {
            break;
        }
        name = next;
    }
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(field: IndexField, forms: &[&str]) {
        let first = normal(field, forms[0]).expect("a normal form");
        for form in forms {
            assert_eq!(normal(field, form).as_deref(), Some(&*first), "{form}");
        }
    }

    #[test]
    fn mail() {
        same(
            IndexField::Email,
            &[
                "hanako@example.jp",
                " Hanako@EXAMPLE.jp ",
                "ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ",
                "hanako@example.jp.",
            ],
        );
        same(IndexField::Email, &["a..b@docomo.example", "A..b@docomo.example"]);
        same(IndexField::Email, &["x@例え.jp", "x@xn--r8jz45g.jp", "x@XN--R8JZ45G.JP"]);
        assert_ne!(email("a.b@example.jp"), email("ab@example.jp"));
        assert!(email("nobody").is_none() && email("@example.jp").is_none() && email("a@").is_none());
    }

    #[test]
    fn phones() {
        same(
            IndexField::Phone,
            &[
                "090-1234-5678",
                "０９０－１２３４－５６７８",
                "+819012345678",
                "+81 (0)90 1234 5678",
                "819012345678",
                "0081 90 1234 5678",
            ],
        );
        same(IndexField::Phone, &["0312345678", "+81 3-1234-5678", "03(1234)5678"]);
        assert_eq!(phone("+1 212 555 0100").as_deref().map(String::as_str), Some("+12125550100"));
        assert!(phone("").is_none() && phone("none").is_none() && phone(&"1".repeat(20)).is_none());
    }

    #[test]
    fn names() {
        same(IndexField::Name, &["髙橋 一郎", "高橋一郎", "高橋　一郎", "髙橋\u{e0100}一郎"]);
        same(IndexField::Name, &["山﨑 花子", "山崎花子"]);
        same(IndexField::Name, &["渡邊", "渡邉", "渡辺"]);
        same(IndexField::Name, &["やまだ はなこ", "ヤマダハナコ", "ﾔﾏﾀﾞ ﾊﾅｺ"]);
        same(IndexField::Name, &["か\u{3000}\u{3099}", "が", "ガ"]);
        same(IndexField::Name, &["John Smith", "JOHN  SMITH"]);
        for (a, b) in [("斉藤", "斎藤"), ("沢田", "澤田"), ("小島", "小嶋"), ("山田", "山田花子")]
        {
            assert_ne!(name(a), name(b), "{a} {b}");
        }
        assert!(name(" 　").is_none());
    }

    proptest! {
        #[test]
        fn a_normal_form_is_its_own(value in "\\PC{0,40}") {
            for field in [IndexField::Name, IndexField::Phone] {
                if let Some(once) = normal(field, &value) {
                    prop_assert_eq!(normal(field, &once), Some(once));
                }
            }
        }

        #[test]
        fn any_text_is_survived(value: String) {
            for field in [IndexField::Email, IndexField::Name, IndexField::Phone] {
                let _ = normal(field, &value);
            }
        }
    }
}
