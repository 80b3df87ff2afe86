//! Tests of reading the checkout form.

use super::*;
use domain::{delivery::Dispatch, shipping::Region};
use jiff::civil::DateTime;
use proptest::prelude::*;

fn typed() -> Fields {
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
        ("ship_to", "self"),
        ("noshi", "none"),
        ("wrapping", "none"),
        ("time_slot", "any"),
        ("payment", "card"),
        ("agree", "1"),
    ])
}

fn to_other(mut fields: Fields) -> Fields {
    fields.set("ship_to", "other");
    for (name, value) in [
        ("to_name", "川辺 胡桃"),
        ("to_kana", "カワベ クルミ"),
        ("to_phone", "090-0000-1111"),
        ("to_postcode", "9000001"),
        ("to_prefecture", "沖縄県"),
        ("to_city", "那覇市港町"),
        ("to_street", "4"),
    ] {
        fields.set(name, value);
    }
    fields
}

fn noon() -> Calendar {
    Calendar { now: DateTime::constant(2026, 11, 23, 12, 0, 0, 0), dispatch: Dispatch::default() }
}

fn faults(fields: &Fields) -> Vec<&'static str> {
    match Details::read(Locale::Ja, fields, noon()) {
        Err(Wrong::Form(errors)) => errors.into_iter().map(|e| e.0).collect(),
        Err(Wrong::Recipients) => panic!("nobody named several recipients"),
        Ok(_) => Vec::new(),
    }
}

#[test]
fn what_was_typed_is_tidied() {
    let d = Details::read(Locale::Ja, &typed(), noon()).ok().unwrap();
    assert_eq!(d.orderer.name.reveal(), "山野 栗子");
    assert_eq!(d.orderer.kana.reveal(), "ヤマノ クリコ");
    assert_eq!(d.orderer.phone.reveal(), "0263112233");
    assert_eq!(d.orderer.postcode.reveal(), "3900811");
    let [parcel] = d.parcels.as_slice() else { panic!() };
    assert_eq!((parcel.region, d.payment), (Region::Central, PaymentMethod::Card));
    assert!(parcel.recipient.is_none() && parcel.goods.is_none());
}

#[test]
fn each_fault_is_said_at_its_field() {
    for (field, value) in [
        ("name", ""),
        ("kana", "山野"),
        ("email", "kuriko@"),
        ("phone", "12"),
        ("postcode", "39"),
        ("prefecture", "信州"),
        ("city", "<b>"),
        ("street", ""),
        ("agree", ""),
        ("delivery_date", "2026-11-24"),
        ("delivery_date", "いつか"),
    ] {
        let mut fields = typed();
        fields.set(field, value);
        assert_eq!(faults(&fields), [field], "{value}");
    }
}

#[test]
fn a_reading_is_asked_of_those_who_write_it() {
    let mut fields = typed();
    fields.set("kana", "");
    assert_eq!(faults(&fields), ["kana"]);
    fields.set("name", "John Smith");
    assert!(faults(&fields).is_empty());
    fields.set("name", "山野 栗子");
    let english = Details::read(Locale::En, &fields, noon()).ok().unwrap();
    assert!(english.orderer.kana.is_empty());
    fields.set("kana", "Yamano");
    assert!(matches!(Details::read(Locale::En, &fields, noon()), Err(Wrong::Form(e)) if e[0].0 == "kana"));
}

#[test]
fn faults_come_in_the_order_of_the_form() {
    let all = faults(&Fields::default());
    assert_eq!(all, ["name", "kana", "email", "phone", "postcode", "prefecture", "city", "street", "agree"]);
}

#[test]
fn goods_to_somebody_else_go_by_the_region_of_the_other() {
    let d = Details::read(Locale::Ja, &to_other(typed()), noon()).ok().unwrap();
    assert_eq!(d.parcels[0].region, Region::Okinawa);
    assert_eq!(d.parcels[0].to(&d.orderer).name.reveal(), "川辺 胡桃");
    let mut incomplete = to_other(typed());
    incomplete.set("to_street", "");
    assert_eq!(faults(&incomplete), ["to_street"]);
    // Okinawa is farther than the orderer's own town.
    let mut soon = to_other(typed());
    soon.set("delivery_date", "2026-11-25");
    assert_eq!(faults(&soon), ["delivery_date"]);
}

#[test]
fn a_name_on_a_noshi_needs_a_noshi() {
    let mut fields = typed();
    fields.set("noshi_name", "山野");
    assert_eq!(faults(&fields), ["noshi"]);
    fields.set("noshi", "celebration");
    assert!(faults(&fields).is_empty());
}

#[test]
fn hidden_fields_carry_everything_on_and_are_fields_of_the_form() {
    let mut fields = to_other(typed());
    for (name, value) in [
        ("noshi", "thanks"),
        ("noshi_name", "山野"),
        ("wrapping", "paper"),
        ("message", "いつも\nありがとう"),
        ("delivery_date", "2026-12-01"),
        ("time_slot", "morning"),
        ("noshi_place", "outside"),
    ] {
        fields.set(name, value);
    }
    let first = Details::read(Locale::Ja, &fields, noon()).ok().unwrap();
    let hidden = first.hidden();
    let again = Details::read(Locale::Ja, &Fields::of(hidden.clone()), noon()).ok().unwrap();
    assert!(hidden == again.hidden());
    let (a, b) = (&again.parcels[0], &first.parcels[0]);
    assert!(a.words == b.words && a.recipient == b.recipient && again.email == first.email);
    for (name, value) in hidden {
        let field = site::checkout::CHECKOUT.field(name).unwrap();
        assert!(site::check::check_value(field, &value).is_ok(), "{name}");
    }
}

#[test]
fn cash_is_asked_of_the_orderer_and_of_nobody_else() {
    let cash = |mut fields: Fields| {
        fields.set("payment", "cash_on_delivery");
        faults(&fields)
    };
    assert!(cash(typed()).is_empty());
    assert_eq!(cash(to_other(typed())), ["payment"]);
    let mut several = typed();
    several.set("ship_to", "several");
    assert_eq!(cash(several), ["payment"], "said before anybody has named twenty recipients");
}

proptest! {
    #[test]
    fn nothing_typed_makes_it_fail(values in proptest::collection::vec(".{0,120}", 20)) {
        let names = site::checkout::CHECKOUT.fields.iter().map(|f| f.name);
        let fields = Fields::of(names.zip(values.into_iter().cycle()));
        let _ = Details::read(Locale::En, &fields, noon());
    }
}
