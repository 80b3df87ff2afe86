//! What is missing or wrong is said with file and line, all of it at once.
#![allow(clippy::unwrap_used)]

use merchant::{Fault, Files, Merchant};
use proptest::prelude::*;
use std::{collections::HashMap, io};

const SHOP: &str = r#"name = "山月堂"
company = "山月堂"
representative = "月野 渡"
postcode = "390-0811"
address = "長野県松本市中央一丁目1番1号"
phone = "0263-00-1111"
email = "shop@sangetsu.example"
cash_on_delivery = [{ up_to = 9999, fee = 350 }, { up_to = 50000, fee = 700 }]

[dispatch]
order_until = 10
days = 3
rests = ["sun", "wed"]
transit = { hokkaido = 1, tohoku = 1, central = 2, kansai = 2, chugoku_shikoku = 3, kyushu = 3, okinawa = 5 }

[postage]
hokkaido = 1300
tohoku = 1000
central = 800
kansai = 900
chugoku_shikoku = 1000
kyushu = 1100
okinawa = 1700
cool = 400
free_from = 8000
"#;

const CATALOGUE: &str = r#"[[category]]
slug = "tsukimi"
name = "月見の菓子"

[[product]]
slug = "dango"
category = "tsukimi"
name = { ja = "月見団子", en = "Moon dumplings" }
tax = "reduced"
shelf_life_days = 2
storage = "ambient"
picture = { file = "dango.svg", alt = "三方に盛った団子" }
variants = [
  { sku = "TD-15", name = "15個", price = 1200, on_hand = 8 },
]

[[product]]
slug = "sambo"
category = "tsukimi"
name = "三方"
tax = "standard"
variants = [{ sku = "SB-1", name = "1台", price = 3000 }]
"#;

struct Written(HashMap<&'static str, String>);

impl Files for Written {
    fn file(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.0.get(name).map(|text| text.clone().into_bytes()))
    }

    fn picture(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let svg =
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 800 600\"><path d=\"M0 0h8\"/></svg>";
        Ok((name == "dango.svg").then(|| svg.into()))
    }
}

fn read(shop: &str, catalogue: &str) -> Result<Merchant, Vec<Fault>> {
    let files = HashMap::from([("shop.toml", shop.to_owned()), ("catalogue.toml", catalogue.to_owned())]);
    merchant::read(&Written(files), &merchant::svg)
}

#[test]
fn a_small_shop_needs_little() {
    let all = read(SHOP, CATALOGUE).unwrap();
    assert_eq!((all.categories.len(), all.products.len(), all.stores.len()), (1, 2, 0));
    assert_eq!(all.shop.tariff().fees[6].get(), 1700);
    assert_eq!(all.shop.tariff().free_from.get(), 8000);
    assert_eq!(all.shop.tariff().cash_max().map(|yen| yen.get()), Some(50_000));
    assert_eq!((all.shop.dispatch().days, all.shop.dispatch().transit[6]), (3, 5));
    assert_eq!(all.pictures["dango.svg"].width, 800);
    assert!(all.products[0].is_food() && all.nutrition(&all.products[0]).is_none());
    let bare = CATALOGUE.split("[[product]]").next().unwrap();
    assert!(read(SHOP, bare).unwrap().products.is_empty(), "goods can be added later");
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    for (file, old, new, line, why) in [
        ("shop", "name = \"山月堂\"\n", "name = \"\"\n", Some(1), "empty"),
        ("shop", "390-0811", "390", Some(4), "postcode"),
        ("shop", "0263-00-1111", "11", Some(6), "phone"),
        ("shop", "shop@sangetsu.example", "sangetsu", Some(7), "email"),
        ("shop", "cool = 400", "cool = -1", Some(24), "amount"),
        ("shop", "cool = 400\n", "", Some(16), "form"),
        ("shop", "up_to = 9999", "up_to = 99999", Some(8), "cash-steps"),
        ("shop", "order_until = 10", "order_until = 25", Some(11), "hour"),
        ("shop", "days = 3", "days = 31", Some(12), "days"),
        (
            "shop",
            "[\"sun\",",
            "[\"mon\", \"tue\", \"thu\", \"fri\", \"sat\", \"sun\",",
            Some(13),
            "no-working-day",
        ),
        ("shop", "okinawa = 5", "okinawa = 15", Some(14), "days"),
        ("shop", "company = ", "colour = 1\ncompany = ", Some(2), "form"),
        ("shop", "山月堂\"\ncom", "<b>\"\ncom", Some(1), "characters"),
        ("catalogue", "\"dango\"", "\"Dango\"", Some(6), "slug"),
        ("catalogue", "\"sambo\"", "\"dango\"", Some(18), "twice"),
        ("catalogue", "\"SB-1\"", "\"TD-15\"", Some(22), "twice"),
        (
            "catalogue",
            "category = \"tsukimi\"\nname = \"三",
            "category = \"tsuki\"\nname = \"三",
            Some(19),
            "no-category",
        ),
        ("catalogue", "storage = \"ambient\"\n", "", Some(5), "no-storage"),
        ("catalogue", "shelf_life_days = 2", "shelf_life_days = 0", Some(10), "no-shelf-life"),
        ("catalogue", "dango.svg", "gone.svg", Some(12), "no-picture"),
        ("catalogue", "dango.svg", "../dango.svg", Some(12), "picture-name"),
        ("catalogue", "dango.svg", "団子.svg", Some(12), "picture-name"),
        ("catalogue", "price = 1200", "price = 0", Some(14), "price"),
        ("catalogue", "name = \"15個\"", "name = \"\"", Some(14), "empty"),
        (
            "catalogue",
            "tax = \"standard\"",
            "tax = \"standard\"\nallergens = [\"egg\"]",
            Some(21),
            "only-food",
        ),
        (
            "catalogue",
            "variants = [{ sku = \"SB-1\", name = \"1台\", price = 3000 }]",
            "variants = []",
            Some(22),
            "no-variants",
        ),
        ("catalogue", "tax = \"reduced\"", "tax = \"none\"", Some(9), "form"),
    ] {
        let (mut shop, mut catalogue) = (SHOP.to_owned(), CATALOGUE.to_owned());
        let text = if file == "shop" { &mut shop } else { &mut catalogue };
        assert!(text.contains(old), "{old}");
        *text = text.replacen(old, new, 1);
        let faults = read(&shop, &catalogue).unwrap_err();
        let told = faults.iter().map(ToString::to_string).collect::<Vec<_>>();
        let [fault] = faults.as_slice() else { panic!("{why}: {told:?}") };
        assert_eq!((fault.why, fault.line), (why, line), "{told:?}");
        assert_eq!(fault.file, format!("{file}.toml"));
    }
}

#[test]
fn everything_is_said_at_once() {
    let blank = SHOP.replace("\"山月堂\"", "\"\"").replace("390-0811", "").replace("0263-00-1111", "");
    let faults = read(&blank, &CATALOGUE.replace("price = 1200", "price = 0")).unwrap_err();
    let told: Vec<_> = faults.iter().map(|f| (f.file, f.line, f.why)).collect();
    assert_eq!(
        told,
        [
            ("shop.toml", Some(1), "empty"),
            ("shop.toml", Some(2), "empty"),
            ("shop.toml", Some(4), "postcode"),
            ("shop.toml", Some(6), "phone"),
            ("catalogue.toml", Some(14), "price"),
        ]
    );
    let none = merchant::read(&Written(HashMap::new()), &merchant::svg).unwrap_err();
    let told: Vec<_> = none.iter().map(|f| (f.file, f.line, f.why)).collect();
    assert_eq!(told, [("shop.toml", None, "missing"), ("catalogue.toml", None, "missing")]);
}

proptest! {
    /// Whatever stands there is read or refused.
    #[test]
    fn nothing_breaks_the_reader(at in 0..CATALOGUE.len(), cut in 0usize..40, with in "[ -~\\n]{0,12}") {
        let bytes = CATALOGUE.as_bytes();
        let end = (at + cut).min(bytes.len());
        let spoilt = [&bytes[..at], with.as_bytes(), &bytes[end..]].concat();
        if let Err(faults) = read(SHOP, &String::from_utf8_lossy(&spoilt)) {
            prop_assert!(!faults.is_empty());
            let lines = spoilt.iter().filter(|b| **b == b'\n').count() + 1;
            prop_assert!(faults.iter().all(|f| f.line.is_none_or(|line| (1..=lines).contains(&line))));
        }
    }
}
