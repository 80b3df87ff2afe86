//! Places as a form or a generator of made-up addresses asks for them.
#![allow(clippy::unwrap_used)]

use postal::{lookup, sample, sample_in};
use proptest::prelude::*;

#[test]
fn a_town() {
    let [place] = lookup("〒064-0941")[..] else { panic!("one place") };
    assert_eq!((place.prefecture, place.city, place.town), ("北海道", "札幌市中央区", "旭ケ丘"));
    assert_eq!(
        (place.prefecture_kana, place.city_kana, place.town_kana),
        ("ホッカイドウ", "サッポロシチュウオウク", "アサヒガオカ")
    );
    assert_eq!((place.floor, place.office), (None, None));
    assert_eq!(place.code.hyphenated(), "064-0941");
}

#[test]
fn the_rest_of_a_city_has_no_town() {
    assert_eq!(lookup("060-0000")[0].town, "");
    assert_eq!(lookup("766-0002")[0].town, "");
}

#[test]
fn towns_that_merely_look_like_remarks_stay() {
    assert_eq!(lookup("522-0317")[0].town, "一円");
    assert_eq!(lookup("851-0502")[0].town, "以下宿町");
}

#[test]
fn several_towns_for_one_code() {
    let towns = lookup("452-0961");
    assert!(towns.len() > 60 && towns.iter().all(|p| p.city == "清須市"));
    assert_eq!(lookup("441-1324").len(), 3);
}

#[test]
fn a_floor_of_a_tower() {
    let place = lookup("106-6107")[0];
    assert_eq!((place.city, place.floor), ("港区", Some(7)));
    assert!(place.town.starts_with("六本木"));
}

#[test]
fn an_office_with_a_code_of_its_own() {
    let office = lookup("100-8111")[0].office.unwrap();
    assert_eq!((office.name, office.street), ("宮内庁", "1-1"));
}

#[test]
fn codes_not_in_use() {
    assert!(lookup("000-0000").is_empty() && lookup("999-9999").is_empty() && lookup("abc").is_empty());
}

#[test]
fn samples_are_steady_and_spread() {
    let some: Vec<_> = (0..500).map(sample).collect();
    assert_eq!(some, (0..500).map(sample).collect::<Vec<_>>());
    let mut prefectures: Vec<_> = some.iter().map(|p| p.prefecture).collect();
    prefectures.sort_unstable();
    prefectures.dedup();
    assert!(prefectures.len() > 35, "only {} prefectures", prefectures.len());
    assert_eq!(sample_in("長野県", 7).unwrap().prefecture, "長野県");
    assert_eq!(sample_in("香川県", 7), sample_in("香川県", 7));
    assert_eq!(sample_in("江戸", 7), None);
}

proptest! {
    #[test]
    fn a_sample_is_found_by_its_code(n: u64) {
        let place = sample(n);
        prop_assert!(!place.town.is_empty() && place.office.is_none() && place.floor.is_none());
        prop_assert!(lookup(&place.code.to_string()).contains(&place));
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,40}") {
        let _ = lookup(&text);
    }
}
