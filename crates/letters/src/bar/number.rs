//! Which letters, digits and hyphens of an address go into its bar-code (Japan Post, 郵便番号・バーコードマニュアル,
//! バーコードに必要な文字情報の抜き出し法).

use unicode_normalization::UnicodeNormalization;

/// Behind these a number in kanji is a number; longer ones first.
const COUNTED: [&str; 9] = ["丁目", "丁", "番地", "番", "号", "地割", "線", "の", "ノ"];
/// Left out, and what stands beside them moves together.
const DROPPED: [char; 4] = ['&', '/', '・', '.'];

/// The number for the bar-code, from all of an address that its postcode does not say: what follows the town.
pub fn number(after_town: &str) -> String {
    let plain: Vec<char> = after_town.nfkc().map(dash).flat_map(char::to_uppercase).collect();
    let plain: Vec<char> = plain.into_iter().filter(|c| !DROPPED.contains(c)).collect();
    let plain = counted(&plain);
    let mut out = String::new();
    let mut apart = false;
    for (at, c) in plain.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| plain[at]);
        let behind = plain.get(at + 1);
        let is_letter = |c: &char| c.is_ascii_uppercase();
        let alone = is_letter(c) && !before.as_ref().is_some_and(is_letter) && !behind.is_some_and(is_letter);
        // A floor: 2F.
        let floor = *c == 'F' && before.is_some_and(|c| c.is_ascii_digit());
        let kept = c.is_ascii_digit() || (alone && !floor);
        if !kept {
            apart = true;
            continue;
        }
        // No hyphen stands beside a letter.
        let beside = alone || out.ends_with(|last: char| last.is_ascii_uppercase());
        if apart && !out.is_empty() && !beside {
            out.push('-');
        }
        apart = false;
        out.push(*c);
    }
    out
}

/// All that is written for a hyphen between numbers.
fn dash(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}' | '\u{30fc}' => '-',
        other => other,
    }
}

/// Numbers in kanji that count something, in digits.
fn counted(plain: &[char]) -> Vec<char> {
    let mut out = Vec::with_capacity(plain.len());
    let mut at = 0;
    while at < plain.len() {
        let run = plain[at..].iter().take_while(|c| is_kanji_digit(**c)).count();
        let behind = &plain[at + run..];
        let counts =
            COUNTED.iter().any(|word| word.chars().eq(behind.iter().copied().take(word.chars().count())));
        match value(&plain[at..at + run]) {
            Some(value) if run > 0 && counts => out.extend(value.to_string().chars()),
            _ => out.extend(&plain[at..at + run.max(1)]),
        }
        at += run.max(1);
    }
    out
}

fn is_kanji_digit(c: char) -> bool {
    matches!(c, '〇' | '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' | '百' | '千')
}

/// 二十一, 百五, 一〇三. None where it is no number that an address has.
fn value(kanji: &[char]) -> Option<u32> {
    let digit = |c: char| "〇一二三四五六七八九".chars().position(|known| known == c);
    let positional = kanji.iter().all(|c| digit(*c).is_some());
    let mut sum: u32 = 0;
    let mut last: Option<u32> = None;
    for c in kanji {
        match digit(*c) {
            Some(value) if positional => {
                sum = sum.checked_mul(10)?.checked_add(u32::try_from(value).ok()?)?
            }
            Some(value) => last = Some(u32::try_from(value).ok()?),
            None => {
                let unit = match c {
                    '十' => 10,
                    '百' => 100,
                    _ => 1_000,
                };
                sum = sum.checked_add(last.take().unwrap_or(1).checked_mul(unit)?)?;
            }
        }
    }
    sum.checked_add(last.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Addresses behind the town with what the manual makes of them.
    #[test]
    fn the_examples_of_the_manual() {
        for (address, wanted) in [
            ("1丁目3番2号　郵便プラザ503室", "1-3-2-503"),
            ("3丁目30-8　郵便ビル403号", "3-30-8-403"),
            ("南田茂木　添60-1", "60-1"),
            ("5-6-3　ABCビル10F", "5-6-3-10"),
            ("4丁目　郵便センター6号館", "4-6"),
            ("8丁目　郵便センター10号館", "8-10"),
            ("韮崎400", "400"),
            ("東3丁目-20-5　郵便・A&bコーポB604号", "3-20-5B604"),
            ("十一丁目六番地一号　郵便タワー601", "11-6-1-601"),
            ("第二十一地割大淵川480", "21-480"),
            ("四丁六番十九号", "4-6-19"),
            ("七線西28", "7-28"),
            ("6丁目7-14　ABCビル2F", "6-7-14-2"),
            ("9丁目7-6　郵便シティA棟1F1号", "9-7-6A1-1"),
            ("6-7　LプラザB106", "6-7LB106"),
            ("29丁目1524-23　第2郵便ハウス501", "29-1524-23-2-501"),
            ("3丁目80-25　J1ビル2-B", "3-80-25J1-2B"),
        ] {
            assert_eq!(number(address), wanted, "{address}");
        }
    }

    #[test]
    fn as_people_type() {
        for (address, wanted) in [
            ("", ""),
            ("なし", ""),
            ("１−２−３", "1-2-3"),
            ("１ー２ー３", "1-2-3"),
            ("-5-", "5"),
            ("百五番地の二", "105"),
            ("一〇三号", "103"),
            ("三菱ビル", ""),
            ("ｂ棟 ２ｆ", "B2"),
        ] {
            assert_eq!(number(address), wanted, "{address}");
        }
    }

    proptest! {
        #[test]
        fn always_fit_for_bars(address: String) {
            let found = number(&address);
            prop_assert!(super::super::encode("1000013", &found).is_some());
            prop_assert!(!found.starts_with('-') && !found.ends_with('-') && !found.contains("--"));
        }
    }
}
