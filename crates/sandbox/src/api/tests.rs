//! The API's rules.

use super::*;
use crate::{
    cards,
    world::{Means, Names, Next},
};
use aws_lc_rs::hmac;
use serde_json::Value;

const NOW: i64 = 1_800_000_000;
const FORM: &str = "mode=payment&success_url=http://shop.localhost/r&cancel_url=http://shop.localhost/c\
    &line_items[0][quantity]=1&line_items[0][price_data][currency]=jpy&line_items[0][price_data][unit_amount]=3240\
    &line_items[0][price_data][product_data][name]=x&client_reference_id=0198f0aa-1111-7000-8000-000000000001";

fn world() -> World {
    World::new(Names {
        pay_origin: "http://pay.localhost:1".into(),
        acs_origin: "http://acs.localhost:1".into(),
        ..Names::default()
    })
}

fn call(world: &mut World, post: bool, path: &str, form: &str, key: Option<&str>) -> (u16, Value, bool) {
    let verb = if post { Verb::Post } else { Verb::Get };
    let request = ApiRequest { verb, path, form: form.as_bytes(), idempotency_key: key };
    let answer = answer(world, &request, NOW);
    (answer.status, serde_json::from_str(&answer.body).unwrap(), answer.replayed)
}

fn typed(number: &str) -> Means {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &[1; 32]);
    Means::typed(&cards::read(number, "12/34", "123", (2027, 1), &key).unwrap(), false)
}

fn open(world: &mut World) -> String {
    let (status, session, _) = call(world, true, "/v1/checkout/sessions", FORM, None);
    assert_eq!(status, 200, "{session}");
    session["id"].as_str().unwrap().to_owned()
}

#[test]
fn same_key_same_answer_other_parameters_refused() {
    let mut w = world();
    let first = call(&mut w, true, "/v1/checkout/sessions", FORM, Some("k"));
    let again = call(&mut w, true, "/v1/checkout/sessions", FORM, Some("k"));
    assert_eq!((first.0, &first.1, false), (200, &again.1, first.2));
    assert!(again.2 && w.sessions.len() == 1);
    let reordered: Vec<&str> = FORM.split('&').rev().collect();
    assert!(
        call(&mut w, true, "/v1/checkout/sessions", &reordered.join("&"), Some("k")).2,
        "order does not matter"
    );
    for (path, form) in
        [("/v1/checkout/sessions", FORM.replace("3240", "3241")), ("/v1/refunds", FORM.into())]
    {
        let (status, error, _) = call(&mut w, true, path, &form, Some("k"));
        assert_eq!((status, &error["error"]["type"]), (400, &Value::from("idempotency_error")));
    }
    call(&mut w, true, "/v1/checkout/sessions", FORM, Some("other"));
    assert_eq!(w.sessions.len(), 2);
}

#[test]
fn a_request_refused_at_the_door_leaves_its_key_free() {
    let mut w = world();
    assert_eq!(call(&mut w, true, "/v1/checkout/sessions", "mode=payment", Some("k")).0, 400);
    assert_eq!(call(&mut w, true, "/v1/checkout/sessions", FORM, Some("k")).0, 200);
    let long = "k".repeat(256);
    assert_eq!(call(&mut w, true, "/v1/checkout/sessions", FORM, Some(&long)).0, 400);
    assert_eq!(call(&mut w, true, "/v1/checkout/sessions", FORM, Some("")).0, 400);
}

#[test]
fn kept_answers_are_forgotten_after_a_day_and_when_they_are_too_many() {
    let mut w = world();
    let stored = |at| StoredAnswer { request: String::new(), status: 200, body: String::new(), at };
    w.keep_answer("old", stored(NOW - crate::world::IDEMPOTENT_S - 1));
    w.keep_answer("new", stored(NOW));
    assert_eq!(w.idempotent.keys().collect::<Vec<_>>(), ["new"]);
    for n in 0..crate::world::ANSWERS_MAX as i64 {
        w.keep_answer(&n.to_string(), stored(NOW + 1 + n / 1_000));
    }
    assert_eq!(w.idempotent.len(), crate::world::ANSWERS_MAX);
    assert!(!w.idempotent.contains_key("new"));
}

#[test]
fn refuses_what_makes_no_sense() {
    let mut w = world();
    let with = |change: &str| format!("{FORM}&{change}");
    for (form, code) in [
        (with("evil=1"), "parameter_unknown"),
        (with("customer_email=a@b.example"), "parameter_unknown"),
        (with("payment_method_data[card][number]=1"), "parameter_unknown"),
        (FORM.replace("3240", "49"), "amount_too_small"),
        (FORM.replace("3240", "99999999").replace("quantity]=1", "quantity]=2"), "amount_too_large"),
        (FORM.replace("3240", "1.5"), "parameter_invalid_integer"),
        (FORM.replace("mode=payment&", ""), "parameter_missing"),
        (FORM.replace("http://shop.localhost/r", "javascript:alert(1)"), "url_invalid"),
    ] {
        let (status, error, _) = call(&mut w, true, "/v1/checkout/sessions", &form, None);
        assert_eq!((status, error["error"]["code"].as_str()), (400, Some(code)), "{form}");
    }
    for form in [
        with(&format!("expires_at={}", NOW + 1_799)),
        with(&format!("expires_at={}", NOW + 86_401)),
        with("locale=fr"),
        with("expand[]=customer"),
        FORM.replace("jpy", "usd"),
        FORM.replace("mode=payment", "mode=subscription"),
        with("mode=payment"),
    ] {
        assert_eq!(call(&mut w, true, "/v1/checkout/sessions", &form, None).0, 400, "{form}");
    }
    assert!(w.sessions.is_empty() && w.take_dirty().is_empty(), "nothing was begun");
}

#[test]
fn refuses_card_numbers_and_keeps_none() {
    let mut w = world();
    for value in ["4242424242424242", "4242+4242+4242+4242", "%EF%BC%94242424242424242"] {
        for name in ["metadata[x]", "client_reference_id", "card[number]"] {
            let form = format!("{}&{name}={value}", FORM.split("&client_reference_id").next().unwrap());
            let (status, error, _) = call(&mut w, true, "/v1/checkout/sessions", &form, Some("k"));
            assert_eq!(status, 402, "{form}");
            assert!(
                domain::pan::find_card_number(&error.to_string()).is_none(),
                "the error does not repeat it"
            );
        }
    }
    assert!(w.take_dirty().is_empty());
}

#[test]
fn the_key_is_needed() {
    for (header, ok) in [
        (Some("Bearer sk_test_1"), true),
        (Some("Bearer sk_test_2"), false),
        (Some("Bearer "), false),
        (Some("sk_test_1"), false),
        (None, false),
    ] {
        assert_eq!(authorized(header, "sk_test_1"), ok, "{header:?}");
    }
}

#[test]
fn expires_open_ones_only() {
    let mut w = world();
    let id = open(&mut w);
    let expire = format!("/v1/checkout/sessions/{id}/expire");
    let (status, session, _) = call(&mut w, true, &expire, "", None);
    assert_eq!((status, session["status"].as_str(), &session["url"]), (200, Some("expired"), &Value::Null));
    let (status, error, _) = call(&mut w, true, &expire, "", None);
    assert_eq!((status, error["error"]["code"].as_str()), (400, Some("resource_invalid_state")));
    assert_eq!(call(&mut w, true, "/v1/checkout/sessions/cs_none/expire", "", None).0, 404);
}

#[test]
fn refunds_no_more_than_was_paid() {
    let mut w = world();
    let id = open(&mut w);
    assert_eq!(w.pay(&id, &typed("4242424242424242"), NOW), Ok(Next::Paid));
    let intent = w.sessions[&id].intent.clone().unwrap();
    let refund = |w: &mut World, more: &str| {
        call(w, true, "/v1/refunds", &format!("payment_intent={intent}{more}"), None)
    };
    assert_eq!(refund(&mut w, "&amount=3241").1["error"]["code"], "amount_too_large");
    assert_eq!(refund(&mut w, "&amount=0").0, 400);
    assert_eq!(refund(&mut w, "&reason=whim").0, 400);
    assert_eq!(refund(&mut w, "&amount=240&reason=requested_by_customer").0, 200);
    assert_eq!(refund(&mut w, "").1["amount"], 3_000, "the rest");
    assert_eq!(refund(&mut w, "").1["error"]["code"], "charge_already_refunded");
    let unpaid = open(&mut w);
    w.pay(&unpaid, &typed("4000000000000002"), NOW).unwrap();
    let intent = w.sessions[&unpaid].intent.clone().unwrap();
    assert_eq!(call(&mut w, true, "/v1/refunds", &format!("payment_intent={intent}"), None).0, 400);
}

#[test]
fn pages_of_a_list() {
    let mut w = world();
    let ids: Vec<String> = (0..5).map(|_| open(&mut w)).collect();
    let list = |w: &mut World, query: &str| {
        let (status, page, _) = call(w, false, "/v1/checkout/sessions", query, None);
        assert_eq!(status, 200, "{page}");
        let found: Vec<usize> = page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| ids.iter().position(|id| *id == s["id"].as_str().unwrap()).unwrap())
            .collect();
        (found, page["has_more"].as_bool().unwrap())
    };
    assert_eq!(list(&mut w, ""), (vec![4, 3, 2, 1, 0], false));
    assert_eq!(list(&mut w, "limit=2"), (vec![4, 3], true));
    assert_eq!(list(&mut w, &format!("limit=2&starting_after={}", ids[3])), (vec![2, 1], true));
    assert_eq!(
        list(&mut w, &format!("limit=2&ending_before={}", ids[0])),
        (vec![2, 1], true),
        "next to the cursor"
    );
    assert_eq!(list(&mut w, &format!("limit=2&ending_before={}", ids[3])), (vec![4], false));
    assert_eq!(call(&mut w, false, "/v1/checkout/sessions", "limit=0", None).0, 400);
    assert_eq!(call(&mut w, false, "/v1/events", "ending_before=evt_unknown", None).0, 404);
    assert_eq!(call(&mut w, false, "/v1/balance", "", None).0, 404);
}
