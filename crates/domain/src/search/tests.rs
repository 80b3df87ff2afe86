//! A shelf of sweets, and what people type to find them.

use super::*;
use proptest::prelude::*;

fn texts(name: &str, reading: &str, category: &str, lead: &str, ingredients: &str) -> Texts {
    let [name, reading, category, lead, ingredients] =
        [name, reading, category, lead, ingredients].map(str::to_owned);
    Texts { name, reading, category, lead, ingredients }
}

fn shelf() -> Vec<Texts> {
    vec![
        texts(
            "栗まんじゅう Chestnut manju",
            "くり まんじゅう",
            "和菓子 Wagashi",
            "栗がひと粒。",
            "白生餡、砂糖、小麦粉",
        ),
        texts("どら焼き Dorayaki", "どらやき", "和菓子 Wagashi", "蜂蜜の皮ふんわり。", "小豆、蜂蜜"),
        texts("練り羊羹「木守り」 Neri-yokan", "ねり ようかん", "和菓子 Wagashi", "", "小豆、寒天"),
        texts(
            "窯焼きカステラ Castella",
            "かまやき カステラ",
            "焼き菓子 Baked sweets",
            "",
            "卵、砂糖、栗の蜂蜜",
        ),
        texts(
            "マロングラッセ Marrons glacés",
            "マロングラッセ くり",
            "栗と木の実 Chestnuts and nuts",
            "",
            "栗、砂糖",
        ),
        texts(
            "栗蒸し羊羹 Steamed chestnut yokan",
            "くりむし ようかん",
            "栗と木の実 Chestnuts and nuts",
            "",
            "栗、小豆",
        ),
        texts("風呂敷 Furoshiki", "ふろしき", "贈りもの Gifts", "綿", ""),
    ]
}

fn find(query: &str) -> (Vec<usize>, How) {
    let found = Index::build(&shelf()).search(query);
    (found.hits, found.how)
}

fn all(query: &str) -> Vec<usize> {
    let (hits, how) = find(query);
    assert_eq!(how, How::All, "{query}");
    hits
}

#[test]
fn however_it_is_written() {
    for query in
        ["羊羹", "ようかん", "ヨウカン", "ﾖｳｶﾝ", "ヨーカン", "よおかん", "yokan", "youkan", "Yōkan", "羊羮"]
    {
        let mut hits = all(query);
        hits.sort_unstable();
        assert_eq!(hits, [2, 5], "{query}");
    }
    assert_eq!(all("ドラヤキ"), [1]);
    for query in ["くりまんじゅう", "クリマンジュー", "kurimanju", "栗饅頭"] {
        assert_eq!(all(query), [0], "{query}: in one word, where the reading has two");
    }
    assert_eq!(all("MARRON GLACE"), [4]);
    assert_eq!(all("かすてーら"), [3]);
}

#[test]
fn chestnuts_by_kanji_kana_and_latin_letters() {
    // In the name first, then by reading or category, then by ingredients.
    assert_eq!(all("栗"), [0, 5, 4, 3]);
    assert_eq!(all("くり"), [0, 5, 4]);
    assert_eq!(all("kuri"), [0, 5, 4]);
    assert_eq!(all("chestnut"), [0, 5, 4]);
    assert_eq!(all("木の実"), [4, 5]);
}

#[test]
fn every_word_must_be_found() {
    assert_eq!(all("栗 ようかん"), [5]);
    assert_eq!(all("栗の羊羹"), [5], "a particle stands between");
    assert_eq!(all("栗羊羹"), [5], "a compound of two words");
    assert_eq!(all("和菓子 蜂蜜"), [1]);
}

#[test]
fn slips_are_mended_by_our_own_words() {
    assert_eq!(find("どらやぎ"), (vec![1], How::Mended("どらやき".into())));
    assert_eq!(find("chesnut manju"), (vec![0], How::Mended("Chestnut manju".into())));
    assert_eq!(find("dorayakki"), (vec![1], How::Mended("Dorayaki".into())));
    assert_eq!(find("castela").0, [3]);
    assert_eq!(find("まろん ぐらっせ").0, [4]);
}

#[test]
fn some_of_the_words_are_better_than_nothing() {
    let (hits, how) = find("羊羹 きつねうどん");
    assert_eq!((hits, how), (vec![2, 5], How::Some));
    assert_eq!(find("きつねうどん"), (vec![], How::Some));
    assert_eq!(find("？！"), (vec![], How::All));
    assert_eq!(find(""), (vec![], How::All));
}

#[test]
fn latin_words_are_found_by_their_beginning() {
    assert_eq!(all("furo"), [6]);
    assert_eq!(all("yaki"), [1, 3], "kana are found anywhere");
    assert!(find("nut").0.contains(&4) && !find("nut").0.contains(&0));
}

#[test]
fn lists_of_the_house_are_filtered_by_the_same_forms() {
    assert!(matches("ヨーカン 8", "栗ようかん 8個入 KY-8"));
    assert!(matches("くりようかん", "栗羊羹 くり ようかん"));
    assert!(matches("ky", "栗ようかん KY-8") && matches("", "x") && !matches("栗 x", "栗"));
}

/// Real names of sweets, each found by its whole name.
#[test]
fn a_hundred_and_eighty_five_sweets_are_found_by_their_names() {
    let Some(data) = testkit::shared_data() else { return };
    let file = std::fs::read(data.join("products/mext_confectionery_185.json")).unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&file).unwrap();
    let names: Vec<String> = rows.iter().filter_map(|r| r["foodName"].as_str().map(str::to_owned)).collect();
    assert!(names.len() > 150);
    let shelf: Vec<Texts> = names.iter().map(|n| Texts { name: n.clone(), ..Texts::default() }).collect();
    let index = Index::build(&shelf);
    for (at, name) in names.iter().enumerate() {
        let found = index.search(name);
        assert!(found.hits.contains(&at) && found.how == How::All, "{name}");
    }
}

proptest! {
    #[test]
    fn no_query_is_too_much(query: String) {
        let found = Index::build(&shelf()).search(&query);
        prop_assert!(found.hits.iter().all(|at| *at < 7));
    }

    #[test]
    fn a_product_is_found_by_any_two_neighbours_of_its_name(at in 0usize..7, from in 0usize..20) {
        let shelf = shelf();
        let name = fold(&shelf[at].name);
        let chars: Vec<char> = name.chars().collect();
        let pair: String = chars[from % (chars.len() - 1)..].iter().take(2).collect();
        let latin = pair.is_ascii() || pair.contains(' ');
        prop_assume!(!latin);
        prop_assert!(Index::build(&shelf).search(&pair).hits.contains(&at));
    }

    #[test]
    fn a_kana_query_finds_what_the_other_kana_finds(word in "[ぁ-ん]{2,6}") {
        let index = Index::build(&shelf());
        prop_assert_eq!(index.search(&word).hits, index.search(&crate::text::to_katakana(&word)).hits);
    }
}
