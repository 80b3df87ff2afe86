//! Text as people type it: full-width and half-width forms folded, ends trimmed, control characters refused.

use unicode_normalization::UnicodeNormalization;

/// Unicode NFKC: full-width digits and letters become ASCII, half-width kana become full-width.
pub fn fold_width(text: &str) -> String {
    text.nfkc().collect()
}

/// NFKC, inner runs of white space (ideographic ones too) to one space, trimmed.
pub fn tidy_line(text: &str) -> String {
    fold_width(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether `text` has a character that no form of ours accepts: control characters (but tab and newline),
/// bidirectional overrides, non-characters and private use.
pub fn has_forbidden(text: &str) -> bool {
    text.chars().any(|c| {
        (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
            || matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}')
    })
}

/// Whether `c` is a letter by its category but leaves the paper white: fillers of Korean and Khmer.
pub fn is_blank(c: char) -> bool {
    matches!(c, '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{3164}' | '\u{FFA0}')
}

/// Hiragana to katakana; everything else stays.
pub fn to_katakana(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => char::from_u32(c as u32 + 0x60).unwrap_or(c),
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn folds() {
        assert_eq!(tidy_line("　栗鼠堂　 ﾄﾞｰﾑ１２ "), "栗鼠堂 ドーム12");
        assert_eq!(to_katakana("くりようかん"), "クリヨウカン");
        assert!(has_forbidden("a\u{202E}b") && has_forbidden("\0") && !has_forbidden("二行\r\n目"));
    }

    proptest! {
        #[test]
        fn tidying_twice_is_tidying_once(s in ".{0,60}") {
            prop_assert_eq!(tidy_line(&tidy_line(&s)), tidy_line(&s));
        }
    }
}
