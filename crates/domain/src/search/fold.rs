//! One form for what people write in many: widths, cases, kana, long vowels, old and new kanji.

use crate::text;
use std::{collections::HashMap, sync::LazyLock};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Kanji written in two ways, the less usual one first: old forms, forms of names, and what keyboards offer instead.
const VARIANTS: &str = "髙高﨑崎栁柳濵浜濱浜邊辺邉辺齋斎齊斉國国櫻桜壽寿榮栄麵麺餠餅鹽塩黑黒澤沢嶋島嶌島廣広德徳惠恵實実寶宝萬万鷄鶏龜亀團団檜桧栢柏莓苺楳梅藷薯麸麩麥麦黃黄綠緑靑青淸清\
    溫温燒焼醬醤蠟蝋卷巻舖舗龍竜瀧滝戀恋樂楽圓円來来氣気條条當当羮羹麴麹鷗鴎蘆芦蟲虫縣県學学會会澁渋瓣弁豐豊盃杯凉涼飮飲糀麹饀餡舘館槇槙曾曽冨富埜野鶯鴬籠篭穗穂稻稲";

/// Sweets and what is in them that are written in kanji as well as in kana, by their kana. None that a shorter word stands in, such as
/// 餅 in 柏餅: that one would not be found any more.
const KANJI: [(&str, &str); 22] = [
    ("饅頭", "マンジュウ"),
    ("煎餅", "センベイ"),
    ("団子", "ダンゴ"),
    ("大福", "ダイフク"),
    ("最中", "モナカ"),
    ("金鍔", "キンツバ"),
    ("外郎", "ウイロウ"),
    ("落雁", "ラクガン"),
    ("求肥", "ギュウヒ"),
    ("御萩", "オハギ"),
    ("善哉", "ゼンザイ"),
    ("汁粉", "シルコ"),
    ("心太", "トコロテン"),
    ("葛切", "クズキリ"),
    ("金平糖", "コンペイトウ"),
    ("胡桃", "クルミ"),
    ("胡麻", "ゴマ"),
    ("蜜柑", "ミカン"),
    ("林檎", "リンゴ"),
    ("南瓜", "カボチャ"),
    ("蕎麦", "ソバ"),
    ("珈琲", "コーヒー"),
];

/// NFKC in lower case without accents, hiragana as katakana, variant kanji by their usual form, the [`KANJI`] of sweets by their kana;
/// words apart by one space each.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    let mut after_kana = false;
    let lower = text::to_katakana(&text::fold_width(text).to_lowercase());
    for c in lower.chars() {
        let c = match c {
            // A dash behind kana is a long vowel that the keyboard had no key for.
            '-' | '\u{2010}'..='\u{2015}' | '−' | '~' | '〜' if after_kana => 'ー',
            c => plain(c),
        };
        if is_selector(c) || is_combining_mark(c) {
            continue;
        }
        if !c.is_alphanumeric() && c != 'ー' {
            // An apostrophe stands within a word.
            space |= !matches!(c, '\'' | '’');
            after_kana = false;
            continue;
        }
        if space && !out.is_empty() {
            out.push(' ');
        }
        space = false;
        after_kana = is_kana(c);
        out.push(c);
    }
    for (kanji, kana) in KANJI {
        if out.contains(kanji) {
            out = out.replace(kanji, kana);
        }
    }
    out
}

/// [`VARIANTS`] by the less usual form.
static USUAL: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let all: Vec<char> = VARIANTS.chars().collect();
    all.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
});

/// A Latin letter without its accent, a kanji in its usual form.
fn plain(c: char) -> char {
    match c {
        '\u{c0}'..='\u{24f}' => std::iter::once(c).nfd().next().unwrap_or(c),
        '\u{3400}'.. => USUAL.get(&c).copied().unwrap_or(c),
        c => c,
    }
}

fn is_selector(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether `c` is katakana, the long vowel's mark among it.
pub fn is_kana(c: char) -> bool {
    matches!(c, 'ァ'..='ヺ' | 'ー')
}

/// How a folded text sounds: long vowels are short, small kana large, kana of one sound written with one of them.
pub fn sound(folded: &str) -> String {
    let mut out = String::with_capacity(folded.len());
    let mut vowel_before = None;
    let mut chars = folded.chars().peekable();
    while let Some(c) = chars.next() {
        if c == 'ー' {
            continue;
        }
        let lengthens = matches!(
            (vowel_before, c),
            (Some('a'), 'ア')
                | (Some('i'), 'イ')
                | (Some('u'), 'ウ')
                | (Some('e'), 'エ' | 'イ')
                | (Some('o'), 'オ' | 'ウ')
        );
        if lengthens {
            continue;
        }
        let one = if c == 'ヴ' { of_v(chars.peek().copied()) } else { (one_of(c), false) };
        if one.1 {
            chars.next();
        }
        vowel_before = vowel(one.0);
        out.push(one.0);
    }
    out
}

/// ヴ with the small vowel behind it, and whether that one is used up.
fn of_v(next: Option<char>) -> (char, bool) {
    match next {
        Some('ァ') => ('バ', true),
        Some('ィ') => ('ビ', true),
        Some('ェ') => ('ベ', true),
        Some('ォ') => ('ボ', true),
        _ => ('ブ', false),
    }
}

/// The kana that stands for all of its sound.
fn one_of(c: char) -> char {
    match c {
        'ヂ' => 'ジ',
        'ヅ' => 'ズ',
        'ヲ' => 'オ',
        'ヰ' => 'イ',
        'ヱ' => 'エ',
        'ァ' => 'ア',
        'ィ' => 'イ',
        'ゥ' => 'ウ',
        'ェ' => 'エ',
        'ォ' => 'オ',
        'ッ' => 'ツ',
        'ャ' => 'ヤ',
        'ュ' => 'ユ',
        'ョ' => 'ヨ',
        'ヮ' => 'ワ',
        'ヵ' => 'カ',
        'ヶ' => 'ケ',
        c => c,
    }
}

fn vowel(kana: char) -> Option<char> {
    const ROWS: [(char, &str); 5] = [
        ('a', "アカガサザタダナハバパマヤラワ"),
        ('i', "イキギシジチニヒビピミリ"),
        ('u', "ウクグスズツヌフブプムユル"),
        ('e', "エケゲセゼテデネヘベペメレ"),
        ('o', "オコゴソゾトドノホボポモヨロ"),
    ];
    ROWS.iter().find(|(_, row)| row.contains(kana)).map(|(vowel, _)| *vowel)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sounds(text: &str) -> String {
        sound(&fold(text))
    }

    #[test]
    fn folds() {
        for (typed, want) in [
            ("　ﾄﾞﾗﾔｷ　８個入・紙箱", "ドラヤキ 8個入 紙箱"),
            ("髙﨑の羊羮", "高崎ノ羊羹"),
            ("葛\u{e0100}餅", "葛餅"),
            ("栗饅頭と胡桃柚餅子", "栗マンジュウトクルミ柚餅子"),
            ("團子", "ダンゴ"),
            ("Marrons glacés, Yōkan", "marrons glaces yokan"),
            ("Squirrel's BOX", "squirrels box"),
            ("ケ-キ、バター〜", "ケーキ バターー"),
            ("り-1 x-y", "リー1 x y"),
            ("？！", ""),
        ] {
            assert_eq!(fold(typed), want, "{typed}");
        }
    }

    #[test]
    fn long_vowels_and_small_kana_sound_alike() {
        for alike in [
            ["ようかん", "ヨーカン", "よおかん"],
            ["ケーキ", "ケイキ", "けえき"],
            ["まんじゅう", "マンジュー", "まんぢゅう"],
            ["キャラメル", "キヤラメル", "きゃらめる"],
            ["ヴァニラ", "バニラ", "ばにら"],
            ["ビスケット", "ビスケツト", "びすけっと"],
            ["おはぎ", "をはぎ", "オハギ"],
        ] {
            assert!(alike.iter().all(|a| sounds(a) == sounds(alike[0])), "{alike:?}");
        }
        assert_ne!(sounds("くり"), sounds("くるみ"));
        assert_eq!(sounds("ティー"), "テイ", "a small vowel lengthens nothing");
    }

    #[test]
    fn variants_come_in_pairs() {
        let all: Vec<char> = VARIANTS.chars().collect();
        assert_eq!(all.len() % 2, 0);
        for pair in all.chunks(2) {
            assert_eq!(plain(plain(pair[0])), plain(pair[0]), "{pair:?}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in "[ぁ-んァ-ンa-zA-Zé栗髙饅頭團子 ー・-]{0,30}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }

        #[test]
        fn any_text_is_survived(text: String) {
            let folded = fold(&text);
            let sounded = sound(&folded);
            prop_assert!(!folded.starts_with(' ') && !folded.ends_with(' ') && !folded.contains("  "));
            prop_assert!(sounded.chars().count() <= folded.chars().count());
        }
    }
}
