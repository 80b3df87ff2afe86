//! The demo shop as it is delivered.

use super::*;
use crate::art::FILES as ART_FILES;
use domain::{
    Yen,
    allergen::Allergen,
    nutrition::{Nutrition, grams},
    shipping::Tariff,
};
use merchant::{Product, Text};
use std::collections::HashSet;

#[test]
fn the_shop_is_whole() {
    let all = read().unwrap();
    assert_eq!(all.categories.len(), 5);
    assert!(all.products.len() >= 26);
    assert_eq!(all.stores.len(), 3);
    assert!(all.products.iter().filter(|p| !p.is_food()).count() >= 1);
    assert!(all.products.iter().any(Product::is_cool));
    assert!(
        all.products.iter().flat_map(|p| &p.variants).any(|v| v.on_hand == 0),
        "a sold-out packing is wanted"
    );
    for month in 1..=12 {
        assert!(all.products.iter().filter(|p| p.in_season(month)).count() >= 15);
    }
}

#[test]
fn every_picture_is_used_and_every_file_is_embedded() {
    let all = read().unwrap();
    let embedded: HashSet<&str> = ART_FILES.iter().map(|(name, _)| *name).collect();
    assert_eq!(all.pictures.keys().map(String::as_str).collect::<HashSet<_>>(), embedded);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/art");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), embedded.len());
    let size = |p: &merchant::Picture| all.drawn(p).map(|d| (d.width, d.height));
    assert_eq!(size(all.shop.art.hero.as_ref().unwrap()), Some((1600, 700)));
    assert!(all.products.iter().all(|p| size(p.picture.as_ref().unwrap()) == Some((800, 600))));
}

/// The demo speaks both languages everywhere, and says more than a shop must.
#[test]
fn nothing_is_left_out() {
    let all = read().unwrap();
    let both = |t: &Text| !t.ja.trim().is_empty() && !t.en.trim().is_empty();
    for p in &all.products {
        assert!([&p.name, &p.lead, &p.body, &p.ingredients].into_iter().all(both), "{}", p.slug);
        assert!(!p.reading.is_empty() && p.variants.iter().all(|v| both(&v.name)), "{}", p.slug);
        assert!(p.is_food() == all.nutrition(p).is_some(), "{}", p.slug);
        // Of the range that GS1 leaves to shops for their own use.
        assert!(p.variants.iter().all(|v| v.jan.as_ref().is_some_and(|jan| jan.starts_with('2'))));
    }
    for c in &all.categories {
        assert!(
            both(&c.name) && both(&c.lead) && all.products.iter().any(|p| p.category == c.slug),
            "{}",
            c.slug
        );
    }
    for s in &all.stores {
        assert!(
            [&s.name, &s.address, &s.hours, &s.closed, &s.access, &s.note].into_iter().all(both),
            "{}",
            s.slug
        );
    }
    let s = &all.shop;
    let who = [&s.name, &s.reading, &s.tagline, &s.company, &s.representative, &s.address, &s.phone_hours];
    assert!(who.into_iter().chain([&s.hero_title, &s.hero_lead, &s.seller_in_charge]).all(both));
    assert!(s.legal.iter().chain(&s.privacy).all(|i| both(&i.title) && both(&i.text)));
    assert!(all.news.iter().all(|n| both(&n.title) && both(&n.body)));
}

/// Pictures are shown under a strict policy and several may end up in one page: nothing active, nothing from
/// outside, no style, no font, and no id twice in the whole folder.
#[test]
fn pictures_are_harmless() {
    let mut ids = HashSet::new();
    for (name, bytes) in ART_FILES {
        let text = std::str::from_utf8(bytes).unwrap();
        assert!(text.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""), "{name}");
        assert_eq!(text.matches("://").count(), 1, "{name} refers to something outside");
        for word in [
            "<script",
            "<foreignObject",
            "<image",
            "<text",
            "<style",
            "style=",
            " on",
            "javascript:",
            "data:",
        ] {
            assert!(!text.contains(word), "{name} has {word}");
        }
        assert!(bytes.len() < 30_000, "{name} has {} bytes", bytes.len());
        let own: HashSet<&str> = after(text, " id=\"", '"').collect();
        for reference in after(text, "url(#", ')').chain(after(text, "href=\"#", '"')) {
            assert!(own.contains(reference), "{name}: {reference} is not there");
        }
        for id in own {
            assert!(ids.insert(id), "{name}: id {id} is also elsewhere");
        }
    }
}

fn after<'a>(text: &'a str, start: &'a str, end: char) -> impl Iterator<Item = &'a str> {
    text.split(start).skip(1).filter_map(move |rest| rest.split(end).next())
}

#[test]
fn nutrition_by_hand() {
    let all = read().unwrap();
    let manju = all.product("kuri-manju").unwrap();
    // 85 parts of 15031 (296 kcal, 6.5 / 1.4 / 68.1 g, 26 mg Na) and 15 of 15117 (303, 1.1 / 0.3 / 77.4, 28).
    let n = all.nutrition(manju).unwrap();
    let want = Nutrition {
        energy_kcal: 297,
        protein_mg: 5_690,
        fat_mg: 1_235,
        carbohydrate_mg: 69_495,
        salt_mg: 67,
    };
    assert_eq!(n, want);
    let piece = n.per(manju.variants[0].piece_grams());
    assert_eq!((piece.energy_kcal, grams(piece.protein_mg)), (143, "2.7".to_owned()));
    assert_eq!(all.nutrition(all.product("furoshiki-konoha").unwrap()), None);
}

/// The table's energy is by its own method, so it differs a little from 4-9-4; a slip of a column would not.
#[test]
fn energy_is_plausible() {
    let all = read().unwrap();
    for p in all.products.iter().filter(|p| p.is_food()) {
        let n = all.nutrition(p).unwrap();
        let rough = (4 * n.protein_mg + 9 * n.fat_mg + 4 * n.carbohydrate_mg) / 1000;
        assert!(n.energy_kcal.abs_diff(rough) * 100 <= rough * 12, "{}: {n:?}, about {rough} kcal", p.slug);
    }
}

/// What the label says in words and what the filter knows are the same.
#[test]
fn allergens_stand_in_the_ingredients() {
    use Allergen as A;
    let words = [
        (A::Wheat, "小麦"),
        (A::Buckwheat, "そば"),
        (A::Egg, "卵"),
        (A::Milk, "乳成分"),
        (A::Peanut, "落花生"),
        (A::Walnut, "くるみ"),
        (A::Almond, "アーモンド"),
        (A::Soybean, "大豆"),
        (A::Yam, "やまいも"),
        (A::Orange, "オレンジ"),
        (A::Gelatin, "ゼラチン"),
    ];
    for p in read().unwrap().products {
        let named =
            p.ingredients.ja.split_once("（一部に").map_or("", |(_, rest)| rest.trim_end_matches("を含む）"));
        let mut listed: Vec<&str> = named.split('・').filter(|w| !w.is_empty()).collect();
        let mut known: Vec<&str> = p
            .allergens
            .iter()
            .map(|a| {
                words.iter().find(|(w, _)| w == a).unwrap_or_else(|| panic!("{}: no word for {a}", p.slug)).1
            })
            .collect();
        listed.sort_unstable();
        known.sort_unstable();
        assert_eq!(listed, known, "{}", p.slug);
    }
}

/// The law wants the charges stated: the text must not drift away from what is charged.
#[test]
fn legal_text_states_the_tariff() {
    let all = read().unwrap();
    let item = all.shop.legal.iter().find(|i| i.key == "extra_charges").unwrap();
    let tariff = Tariff::default();
    for yen in tariff.fees.iter().chain([&tariff.cool_surcharge, &tariff.free_from]) {
        let n = yen.get();
        let text = if n >= 1000 { format!("{},{:03}", n / 1000, n % 1000) } else { n.to_string() };
        assert!(
            item.text.ja.contains(&format!("{text}円")) && item.text.en.contains(&format!("¥{text}")),
            "{text}"
        );
    }
    for total in [9_999, 29_999, 99_999, 300_000] {
        let fee = tariff.cash_fee(Yen::new(total)).unwrap().get();
        let text = if fee >= 1000 { format!("{},{:03}", fee / 1000, fee % 1000) } else { fee.to_string() };
        assert!(item.text.ja.contains(&format!("{text}円")), "{text}");
    }
}
