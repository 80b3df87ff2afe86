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

/// Whether `c` leaves no trace on the screen, or turns the order of what stands around it: zero width, marks of direction.
pub fn is_unseen(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Endings of hosts that mail programs make into links, however they are written and whatever stands before them.
const ENDINGS: [&str; 24] = [
    "app", "biz", "cc", "club", "cn", "co", "com", "dev", "edu", "gov", "info", "io", "jp", "link", "mobi",
    "net", "online", "org", "page", "ru", "shop", "site", "top", "xyz",
];

/// Whether a mail program may make a link of something in `text`: an address with its scheme, or the name of a host. A dot in a
/// person's or a company's name (St.John, J. Smith, A.B.Smith) is none.
pub fn is_like_link(text: &str) -> bool {
    let folded: Vec<char> = text.nfkc().filter(|c| !is_unseen(*c)).collect();
    folded.windows(3).any(|three| three == [':', '/', '/'])
        || folded
            .iter()
            .enumerate()
            .filter(|(_, c)| matches!(c, '.' | '。'))
            .any(|(at, _)| is_host(&folded, at))
}

/// Whether what stands around a dot reads as a host: two letters or digits before it and two small letters behind it, or a known
/// ending.
fn is_host(folded: &[char], dot: usize) -> bool {
    let before = folded[..dot].iter().rev().take_while(|c| c.is_alphanumeric() || **c == '-').count();
    let small = folded[dot + 1..].iter().take_while(|c| c.is_ascii_lowercase()).count();
    let label = folded[dot + 1..].iter().take_while(|c| c.is_ascii_alphanumeric());
    let label: String = label.map(char::to_ascii_lowercase).collect();
    before >= 2 && small >= 2 || before >= 1 && ENDINGS.contains(&label.as_str())
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

    #[test]
    fn a_host_in_any_form_is_like_a_link_and_a_dot_in_a_name_is_not() {
        for link in [
            "example.com",
            "ｅｘａｍｐｌｅ．ｃｏｍ",
            "至急 kuri-card.example で確認",
            "栗原.net",
            "exa\u{200B}mple.\u{200B}com",
            "T.CO",
            "EXAMPLE.COM",
            "card.Jp",
            "example。jp",
            "http://1",
            "ｈｔｔｐｓ：／／a",
            "www.ab.example",
        ] {
            assert!(is_like_link(link), "{link}");
        }
        for name in [
            "St.John",
            "J. Smith",
            "A.B.Smith",
            "株式会社A・B",
            "J.R.R.tolkien",
            "山野 栗子",
            "Dr. yamada",
            "ST.JOHN",
            "No.1",
            "a...bc",
            "Jr.",
            "3.14",
            "A/B",
            "",
        ] {
            assert!(!is_like_link(name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_host_is_found_wherever_it_stands(
            before in "([ -~]{0,10} )?", host in "[a-z0-9]{2,10}", ending in "[a-z]{2,6}", behind in "( .{0,10})?", wide in any::<bool>(),
        ) {
            let host = format!("{host}.{ending}");
            let wider = |c: char| char::from_u32(c as u32 + 0xFEE0).unwrap_or(c);
            let host: String = if wide { host.chars().map(wider).collect() } else { host };
            let text = [before, host, behind].concat();
            prop_assert!(is_like_link(&text));
        }

        #[test]
        fn tidying_twice_is_tidying_once(s in ".{0,60}") {
            prop_assert_eq!(tidy_line(&tidy_line(&s)), tidy_line(&s));
        }
    }
}
