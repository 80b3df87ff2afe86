//! Normal forms: what makes two ways of writing a mail address, a telephone number or a name the same.
//!
//! A change here is a change of every blind index made of it: after an update that says so, `dozo vault rotate index`
//! makes them anew from the sealed values.

use unicode_normalization::UnicodeNormalization;
use vault_api::IndexField;
use zeroize::Zeroizing;

/// Variants of one character that keyboards, registers and postal data mix up, though the name is the same. Only
/// glyph variants: characters that people tell apart in names (斉 and 斎, 沢 and 澤, 島 and 嶋, 槇 and 槙) stay apart.
/// What NFKC folds by itself (most of the compatibility block) is not listed. A list of our own, from no data set.
const VARIANTS: [(char, char); 66] = [
    ('髙', '高'),
    ('﨑', '崎'),
    ('嵜', '崎'),
    ('𥔎', '崎'),
    ('邊', '辺'),
    ('邉', '辺'),
    ('齋', '斎'),
    ('𠮷', '吉'),
    ('栁', '柳'),
    ('桺', '柳'),
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
    ('薮', '藪'),
    ('籔', '藪'),
    ('嶌', '嶋'),
    ('圡', '土'),
    ('𡈽', '土'),
    ('昻', '昂'),
    ('恆', '恒'),
    ('吳', '呉'),
    ('內', '内'),
    ('緖', '緒'),
    ('郞', '郎'),
    ('敎', '教'),
    ('曆', '暦'),
    ('步', '歩'),
    ('溫', '温'),
    ('硏', '研'),
    ('祿', '禄'),
    ('穗', '穂'),
    ('綠', '緑'),
    ('淨', '浄'),
    ('橫', '横'),
    ('每', '毎'),
    ('錄', '録'),
    ('鄕', '郷'),
    ('鄉', '郷'),
    ('黃', '黄'),
    ('彥', '彦'),
    ('悅', '悦'),
    ('戶', '戸'),
    ('頴', '穎'),
    ('鐡', '鐵'),
    ('鉃', '鉄'),
    ('麴', '麹'),
    ('逹', '達'),
    ('凬', '風'),
    ('曺', '曹'),
    ('曻', '昇'),
    ('閒', '間'),
    ('鷗', '鴎'),
    ('瑤', '瑶'),
    ('涉', '渉'),
    ('巢', '巣'),
    ('兔', '兎'),
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
/// The local part is lower-cased too: RFC 5321 lets it be case-sensitive, no mail service makes it so. Dots in it are
/// kept as they are: Japanese carriers gave out `a..b@` and `a.@`, which RFC 5322 allows only in quotes; with quotes
/// and without it is the same mailbox.
pub(crate) fn email(value: &str) -> Option<Zeroizing<String>> {
    let folded = collected(value.nfkc(), value);
    let (local, domain) = folded.trim().rsplit_once('@')?;
    let local = unquoted(local);
    if local.is_empty() || domain.is_empty() {
        return None;
    }
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let domain = Zeroizing::new(idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_lowercase()));
    let local = Zeroizing::new(local.to_lowercase());
    Some(Zeroizing::new([&local[..], "@", &domain].concat()))
}

/// Characters as a text that is wiped, about as long as `like`. One that grows by itself leaves its old bytes behind.
pub(crate) fn collected(chars: impl Iterator<Item = char>, like: &str) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(like.len() + 8));
    for c in chars {
        if text.len() + c.len_utf8() > text.capacity() {
            let mut larger = Zeroizing::new(String::with_capacity(2 * text.capacity()));
            larger.push_str(&text);
            text = larger;
        }
        text.push(c);
    }
    text
}

/// A local part without the quotes around it (RFC 5322, section 3.2.4).
fn unquoted(local: &str) -> Zeroizing<String> {
    let inner = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let Some(inner) = inner else { return Zeroizing::new(local.to_owned()) };
    let mut escaped = false;
    let meant = inner.chars().filter(|c| {
        escaped = *c == '\\' && !escaped;
        !escaped
    });
    collected(meant, inner)
}

/// What begins an extension, which is no part of a number.
const EXTENSIONS: [&str; 4] = ["内線", "ext", "x", "#"];

/// A telephone number in E.164 form; without a country it is Japan's (+81). `010` and `00` are dialled before a
/// country's number.
pub(crate) fn phone(value: &str) -> Option<Zeroizing<String>> {
    let folded = collected(value.nfkc().flat_map(char::to_lowercase), value);
    let end = EXTENSIONS.iter().filter_map(|mark| folded.find(mark)).min().unwrap_or(folded.len());
    let folded = &folded[..end];
    let digits = collected(folded.chars().filter(char::is_ascii_digit), folded);
    let international = folded.trim_start().starts_with('+');
    // The zero before an area code is not dialled from abroad, though people write "+81 (0)90…".
    let national = |digits: &str| {
        let rest = digits.trim_start_matches('0');
        (!rest.is_empty()).then(|| Zeroizing::new(["81", rest].concat()))
    };
    let dialled = digits.strip_prefix("010").or_else(|| digits.strip_prefix("00"));
    let abroad = if international { Some(&digits[..]) } else { dialled };
    let number = match abroad.unwrap_or(&digits).strip_prefix("81") {
        _ if digits.is_empty() => return None,
        Some(rest) if abroad.is_some() || matches!(rest.len(), 9 | 10) => national(rest)?,
        _ => match abroad {
            Some("") => return None,
            Some(number) => Zeroizing::new(number.to_owned()),
            None => national(&digits)?,
        },
    };
    (number.len() <= PHONE_DIGITS_MAX).then(|| Zeroizing::new(["+", &number].concat()))
}

/// How often a name is gone over at most.
const PASSES_MAX: usize = 8;

/// A name: NFKC, no spaces or variation selectors, kana as katakana, Latin in lower case, variant kanji folded, `々`
/// written out, small `ヶ` and `ヵ` as large ones.
pub(crate) fn name(value: &str) -> Option<Zeroizing<String>> {
    let selector = |c: char| matches!(c, '\u{180b}'..='\u{180d}' | '\u{200b}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
    let fold = |c: char| match c {
        'ヶ' | 'ゖ' => 'ケ',
        'ヵ' | 'ゕ' => 'カ',
        'ぁ'..='ゔ' | 'ゝ' | 'ゞ' => char::from_u32(c as u32 + 0x60).unwrap_or(c),
        _ => VARIANTS.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to),
    };
    let pass = |text: &str| -> Zeroizing<String> {
        let kept = text.nfkc().filter(|c| !c.is_whitespace() && !selector(*c));
        let mut before = None;
        let written_out = kept.map(fold).map(|c| {
            let c = if c == '々' { before.unwrap_or(c) } else { c };
            before = Some(c);
            c
        });
        collected(written_out.flat_map(char::to_lowercase), text)
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
    fn what_is_collected_is_all_there() {
        for text in ["", "hanako@example.jp", "\u{fdfa}\u{fdfa}\u{fdfa}", &"株式会社㍿".repeat(40)] {
            assert_eq!(*collected(text.nfkc(), text), text.nfkc().collect::<String>());
            assert_eq!(*collected(text.nfkc(), ""), text.nfkc().collect::<String>(), "from very little room");
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
        same(IndexField::Email, &["a..b@docomo.example", "A..b@docomo.example", "\"a..b\"@docomo.example"]);
        same(IndexField::Email, &["x.@docomo.example", "X.@DOCOMO.example", "\"x.\"@docomo.example"]);
        same(IndexField::Email, &["a b@x.example", r#""a\ b"@x.example"#]);
        assert_ne!(email("a..b@docomo.example"), email("a.b@docomo.example"));
        assert_ne!(email("x.@docomo.example"), email("x@docomo.example"));
        assert!(email("\"\"@example.jp").is_none());
        same(IndexField::Email, &["x@例え.jp", "x@xn--r8jz45g.jp", "x@XN--R8JZ45G.JP", "x@例え。jp"]);
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
                "010-81-90-1234-5678",
                "＋８１ ９０ １２３４ ５６７８",
                "090-1234-5678 内線 12",
                "090 1234 5678 ext. 3",
            ],
        );
        same(IndexField::Phone, &["0312345678", "+81 3-1234-5678", "03(1234)5678"]);
        same(IndexField::Phone, &["+1 212 555 0100", "010-1-212-555-0100", "001 212 555 0100"]);
        assert_eq!(phone("+1 212 555 0100").as_deref().map(String::as_str), Some("+12125550100"));
        assert!(
            phone("").is_none()
                && phone("+").is_none()
                && phone("00").is_none()
                && phone("none").is_none()
                && phone(&"1".repeat(20)).is_none()
        );
    }

    #[test]
    fn names() {
        same(IndexField::Name, &["髙橋 一郎", "高橋一郎", "高橋　一郎", "髙橋\u{e0100}一郎"]);
        same(IndexField::Name, &["山﨑 花子", "山崎花子"]);
        same(IndexField::Name, &["渡邊", "渡邉", "渡辺"]);
        same(IndexField::Name, &["佐々木", "佐佐木"]);
        same(IndexField::Name, &["一ヶ瀬", "一ケ瀬", "一ｹ瀬"]);
        same(IndexField::Name, &["圡屋", "土屋", "𡈽屋"]);
        same(IndexField::Name, &["やまだ はなこ", "ヤマダハナコ", "ﾔﾏﾀﾞ ﾊﾅｺ"]);
        same(IndexField::Name, &["か\u{3000}\u{3099}", "が", "ガ"]);
        same(IndexField::Name, &["John Smith", "JOHN  SMITH"]);
        for (a, b) in [("斉藤", "斎藤"), ("沢田", "澤田"), ("小島", "小嶋"), ("山田", "山田花子")]
        {
            assert_ne!(name(a), name(b), "{a} {b}");
        }
        assert!(name(" 　").is_none());
    }

    #[test]
    fn the_table_leads_to_its_end_in_one_step() {
        for (at, (from, to)) in VARIANTS.iter().enumerate() {
            assert!(VARIANTS.iter().all(|(other, _)| other != to), "{from} to {to}, which leads on");
            assert!(VARIANTS[..at].iter().all(|(other, _)| other != from), "{from} twice");
            assert_eq!(from.nfkc().collect::<String>(), from.to_string(), "{from}: NFKC does it already");
        }
    }

    proptest! {
        #[test]
        fn variants_in_any_name_are_the_same_name(name in "[高崎柳吉橋土徳一二郎美ァ-ン]{1,8}", pick: prop::sample::Index) {
            let variants: Vec<_> = VARIANTS.iter().filter(|(_, to)| name.contains(*to)).collect();
            prop_assume!(!variants.is_empty());
            let (from, to) = variants[pick.index(variants.len())];
            let written = name.replace(*to, &from.to_string());
            prop_assert_eq!(super::name(&written), super::name(&name));
        }

        #[test]
        fn a_number_is_the_same_with_and_without_its_country(digits in "[2-9][0-9]{8,9}") {
            let forms = [format!("0{digits}"), format!("+81 {digits}"), format!("+81 (0){digits}"), format!("010-81-{digits}")];
            for form in &forms {
                prop_assert_eq!(phone(form).map(|p| p.to_string()), Some(format!("+81{digits}")));
            }
        }

        #[test]
        fn dots_of_a_local_part_are_kept(a in "[a-z]{1,5}", dots in "\\.{1,3}", b in "[a-z]{0,5}") {
            let bare = format!("{a}{dots}{b}@docomo.example");
            let quoted = format!("\"{}\"@DOCOMO.example", format!("{a}{dots}{b}").to_uppercase());
            prop_assert_eq!(email(&bare).map(|m| m.to_string()), Some(bare.clone()));
            prop_assert_eq!(email(&quoted).map(|m| m.to_string()), Some(bare));
        }

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
