//! Kana typed in Latin letters, as passports and as keyboards write it.

/// Syllables with their kana, longest first where one begins another.
const SYLLABLES: &[(&str, &str)] = &[
    ("kya", "キャ"),
    ("kyu", "キュ"),
    ("kyo", "キョ"),
    ("gya", "ギャ"),
    ("gyu", "ギュ"),
    ("gyo", "ギョ"),
    ("sha", "シャ"),
    ("shu", "シュ"),
    ("sho", "ショ"),
    ("she", "シェ"),
    ("shi", "シ"),
    ("sya", "シャ"),
    ("syu", "シュ"),
    ("syo", "ショ"),
    ("cha", "チャ"),
    ("chu", "チュ"),
    ("cho", "チョ"),
    ("che", "チェ"),
    ("chi", "チ"),
    ("tya", "チャ"),
    ("tyu", "チュ"),
    ("tyo", "チョ"),
    ("tsu", "ツ"),
    ("nya", "ニャ"),
    ("nyu", "ニュ"),
    ("nyo", "ニョ"),
    ("hya", "ヒャ"),
    ("hyu", "ヒュ"),
    ("hyo", "ヒョ"),
    ("bya", "ビャ"),
    ("byu", "ビュ"),
    ("byo", "ビョ"),
    ("pya", "ピャ"),
    ("pyu", "ピュ"),
    ("pyo", "ピョ"),
    ("mya", "ミャ"),
    ("myu", "ミュ"),
    ("myo", "ミョ"),
    ("rya", "リャ"),
    ("ryu", "リュ"),
    ("ryo", "リョ"),
    ("jya", "ジャ"),
    ("jyu", "ジュ"),
    ("jyo", "ジョ"),
    ("zya", "ジャ"),
    ("zyu", "ジュ"),
    ("zyo", "ジョ"),
    ("dya", "ヂャ"),
    ("dyu", "ヂュ"),
    ("dyo", "ヂョ"),
    ("thi", "ティ"),
    ("dhi", "ディ"),
    ("ja", "ジャ"),
    ("ju", "ジュ"),
    ("jo", "ジョ"),
    ("je", "ジェ"),
    ("ji", "ジ"),
    ("fa", "ファ"),
    ("fi", "フィ"),
    ("fe", "フェ"),
    ("fo", "フォ"),
    ("fu", "フ"),
    ("va", "ヴァ"),
    ("vi", "ヴィ"),
    ("vu", "ヴ"),
    ("ve", "ヴェ"),
    ("vo", "ヴォ"),
    ("ka", "カ"),
    ("ki", "キ"),
    ("ku", "ク"),
    ("ke", "ケ"),
    ("ko", "コ"),
    ("ga", "ガ"),
    ("gi", "ギ"),
    ("gu", "グ"),
    ("ge", "ゲ"),
    ("go", "ゴ"),
    ("sa", "サ"),
    ("si", "シ"),
    ("su", "ス"),
    ("se", "セ"),
    ("so", "ソ"),
    ("za", "ザ"),
    ("zi", "ジ"),
    ("zu", "ズ"),
    ("ze", "ゼ"),
    ("zo", "ゾ"),
    ("ta", "タ"),
    ("ti", "チ"),
    ("tu", "ツ"),
    ("te", "テ"),
    ("to", "ト"),
    ("da", "ダ"),
    ("di", "ヂ"),
    ("du", "ヅ"),
    ("de", "デ"),
    ("do", "ド"),
    ("na", "ナ"),
    ("ni", "ニ"),
    ("nu", "ヌ"),
    ("ne", "ネ"),
    ("no", "ノ"),
    ("ha", "ハ"),
    ("hi", "ヒ"),
    ("hu", "フ"),
    ("he", "ヘ"),
    ("ho", "ホ"),
    ("ba", "バ"),
    ("bi", "ビ"),
    ("bu", "ブ"),
    ("be", "ベ"),
    ("bo", "ボ"),
    ("pa", "パ"),
    ("pi", "ピ"),
    ("pu", "プ"),
    ("pe", "ペ"),
    ("po", "ポ"),
    ("ma", "マ"),
    ("mi", "ミ"),
    ("mu", "ム"),
    ("me", "メ"),
    ("mo", "モ"),
    ("ya", "ヤ"),
    ("yu", "ユ"),
    ("yo", "ヨ"),
    ("ra", "ラ"),
    ("ri", "リ"),
    ("ru", "ル"),
    ("re", "レ"),
    ("ro", "ロ"),
    ("wa", "ワ"),
    ("wo", "ヲ"),
    ("a", "ア"),
    ("i", "イ"),
    ("u", "ウ"),
    ("e", "エ"),
    ("o", "オ"),
];

/// The katakana of a word in Latin letters; `None` where it cannot be read so from its beginning to its end.
pub fn kana(word: &str) -> Option<String> {
    if word.is_empty() || !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let mut out = String::new();
    let mut rest = word;
    while !rest.is_empty() {
        if let Some((latin, kana)) = SYLLABLES.iter().find(|(latin, _)| rest.starts_with(latin)) {
            out.push_str(kana);
            rest = &rest[latin.len()..];
            continue;
        }
        let mut letters = rest.bytes();
        match (letters.next(), letters.next()) {
            // tempura, senbei, anko, an; nn before a vowel is one ン too, as keyboards have it.
            (Some(b'm'), Some(b'b' | b'p' | b'm')) | (Some(b'n'), _) => {
                let double = rest.starts_with("nn") && !rest[2..].starts_with(['a', 'i', 'u', 'e', 'o', 'y']);
                out.push('ン');
                rest = &rest[if double { 2 } else { 1 }..];
            }
            (Some(a), Some(b)) if (a == b && !is_vowel(a)) || (a == b't' && b == b'c') => {
                out.push('ッ');
                rest = &rest[1..];
            }
            _ => return None,
        }
    }
    Some(out)
}

fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'i' | b'u' | b'e' | b'o')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_in_latin_letters() {
        for (latin, want) in [
            ("kuri", "クリ"),
            ("yokan", "ヨカン"),
            ("youkan", "ヨウカン"),
            ("manju", "マンジュ"),
            ("manjyuu", "マンジュウ"),
            ("dorayaki", "ドラヤキ"),
            ("senbei", "センベイ"),
            ("sembei", "センベイ"),
            ("anko", "アンコ"),
            ("annko", "アンコ"),
            ("konnyaku", "コンニャク"),
            ("donguri", "ドングリ"),
            ("matcha", "マッチャ"),
            ("mochi", "モチ"),
            ("moti", "モチ"),
            ("kukkii", "クッキイ"),
            ("vanira", "ヴァニラ"),
            ("an", "アン"),
        ] {
            assert_eq!(kana(latin).as_deref(), Some(want), "{latin}");
        }
        for other in ["chestnut", "box", "8", "", "くり", "Kuri", "x", "ch"] {
            assert_eq!(kana(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_letters_are_read_to_the_end_or_not_at_all(word in "[a-z]{0,20}") {
            if let Some(kana) = kana(&word) {
                prop_assert!(!kana.is_empty() && kana.chars().all(crate::search::fold::is_kana));
            }
        }
    }
}
