//! Tests of several recipients in one form.

use super::*;
use crate::{
    checkout::details::{Details, Wrong},
    view::Texts,
};
use domain::{
    Locale,
    delivery::{Calendar, Dispatch},
    shipping::Region,
};
use jiff::civil::DateTime;
use proptest::prelude::*;

fn noon() -> Calendar {
    Calendar { now: DateTime::constant(2026, 11, 23, 12, 0, 0, 0), dispatch: Dispatch::default() }
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// The first page, and the variants 1 and 2 in the cart.
fn first_page() -> Fields {
    Fields::of([
        ("name", "山野　栗子"),
        ("kana", "やまの くりこ"),
        ("email", "kuriko@example.jp"),
        ("phone", "０２６３－１１－２２３３"),
        ("postcode", "〒390-0811"),
        ("prefecture", "長野県"),
        ("city", "松本市中央"),
        ("street", "1-2-3"),
        ("building", ""),
        ("ship_to", "several"),
        ("payment", "card"),
        ("agree", "1"),
        ("lines", &ids(&[id(1), id(2)])),
    ])
}

/// Adds a recipient; `prefecture` empty: the orderer.
fn add(fields: &mut Fields, name: &str, prefecture: &str, goods: &str) {
    let whom = if prefecture.is_empty() { "self" } else { "other" };
    let values = [
        whom,
        name,
        "カワベ",
        "090-0000-1111",
        "9000001",
        prefecture,
        "港町",
        "4",
        "",
        "year_end",
        "山野",
        "outside",
        "paper",
        "お元気で",
        "",
        "morning",
        goods,
    ];
    for (field, value) in FIELDS.iter().zip(values) {
        let empty =
            prefecture.is_empty() && field.starts_with("to_") && !["to_whom", "to_goods"].contains(field);
        fields.push(field, if empty { "" } else { value });
    }
}

fn read(fields: &Fields) -> Result<Details, Wrong> {
    Details::read(Locale::Ja, fields, noon())
}

#[test]
fn each_recipient_has_what_was_typed_for_him() {
    let mut fields = first_page();
    add(&mut fields, "川辺 胡桃", "沖縄県", "1.0");
    add(&mut fields, "", "", "0.2");
    add(&mut fields, "谷口 実", "北海道", "3.4");
    let details = read(&fields).ok().unwrap();
    let seen: Vec<_> = details
        .parcels
        .iter()
        .map(|p| (p.to(&details.orderer).name.reveal().to_owned(), p.region, p.goods.clone().unwrap()))
        .collect();
    assert_eq!(
        seen,
        [
            ("川辺 胡桃".to_owned(), Region::Okinawa, vec![(id(1), 1)]),
            ("山野 栗子".to_owned(), Region::Central, vec![(id(2), 2)]),
            ("谷口 実".to_owned(), Region::Hokkaido, vec![(id(1), 3), (id(2), 4)]),
        ]
    );
}

#[test]
fn hidden_fields_carry_every_recipient_on_and_the_gate_lets_them_through() {
    let mut fields = first_page();
    add(&mut fields, "川辺 胡桃", "沖縄県", "1.0");
    add(&mut fields, "", "", "0.2");
    let first = read(&fields).ok().unwrap();
    let hidden = first.hidden();
    let again = read(&Fields::of(hidden.clone())).ok().unwrap();
    assert!(hidden == again.hidden());
    let mut sent: Vec<(String, String)> = hidden.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
    sent.push(("_t".into(), "x".into()));
    assert_eq!(site::check(&site::checkout::CHECKOUT, &sent), Ok(()));
}

#[test]
fn who_is_not_complete_sends_the_buyer_to_the_list() {
    let mut nobody = first_page();
    assert!(matches!(read(&nobody), Err(Wrong::Recipients)));
    nobody.set("agree", "");
    assert!(matches!(read(&nobody), Err(Wrong::Form(_))), "the first page comes first");
    for (name, goods) in [("", "1.0"), ("川辺 胡桃", "0.0"), ("川辺 胡桃", "")] {
        let mut fields = first_page();
        add(&mut fields, "谷口 実", "北海道", "1.1");
        add(&mut fields, name, "沖縄県", goods);
        assert!(matches!(read(&fields), Err(Wrong::Recipients)), "{name} {goods}");
    }
}

#[test]
fn twenty_recipients_and_no_more_are_read() {
    let mut fields = first_page();
    for _ in 0..25 {
        add(&mut fields, "川辺 胡桃", "沖縄県", "1.0");
    }
    assert_eq!(read(&fields).ok().unwrap().parcels.len(), RECIPIENTS_MAX);
}

#[test]
fn every_field_of_a_recipient_is_one_that_may_be_sent_once_for_each() {
    let of_recipient: Vec<&str> = site::checkout::CHECKOUT
        .fields
        .iter()
        .filter(|f| f.repeated_max == RECIPIENTS_MAX)
        .map(|f| f.name)
        .collect();
    assert_eq!(of_recipient, FIELDS);
    for name in ONCE {
        assert_eq!(site::checkout::CHECKOUT.field(name).unwrap().repeated_max, 1, "{name}");
    }
}

proptest! {
    #[test]
    fn nothing_sent_makes_it_fail(
        pairs in prop::collection::vec((prop::sample::select(&FIELDS[..]), ".{0,40}"), 0..80),
        lines in "[0-9a-f.]{0,80}",
    ) {
        let mut fields = first_page();
        fields.set("lines", lines);
        pairs.iter().for_each(|(name, value)| fields.push(name, value.as_str()));
        let reader = Reader { t: Texts::of(Locale::En), locale: Locale::En, calendar: noon() };
        if let Some(parcels) = super::read(&reader, &fields, None) {
            prop_assert!(parcels.iter().all(|p| p.goods.as_ref().is_some_and(|g| !g.is_empty())));
        }
        let _ = carried(&fields);
    }
}
