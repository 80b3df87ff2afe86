//! A guest buys: by card (passed, refused, 3-D Secure, abandoned) and in cash; the staff ships.
#![allow(clippy::unwrap_used)]

use e2e::{
    browser::{Browser, Width},
    journey::{self, Buyer, CARD_ASKS, CARD_PAYS, CARD_REFUSED, Gift, Pay},
};
use testkit::Dozo;

async fn to_processor(b: &Browser, shop: &Dozo, gift: Option<&Gift>) {
    journey::fill_cart(b, shop).await.unwrap();
    journey::fill_checkout(b, &Buyer::unique(), gift, Pay::Card).await.unwrap();
    journey::place(b).await.unwrap();
}

/// Pays by card, sees the order, gets two mails, and the staff ships it.
async fn pays_and_is_shipped(width: Width) {
    let Some(b) = Browser::open(width).await else { return };
    let shop = e2e::shop();
    to_processor(&b, &shop, Some(&Gift::unique())).await;
    journey::type_card(&b, CARD_PAYS).await.unwrap();
    let url = b.arrives_at("/order/").await.unwrap();
    b.sees("4242").await.unwrap();
    b.look("order-paid").await.unwrap();
    let order = journey::order_id(&url).unwrap();
    let mails = journey::mails_to(&shop, &Buyer::unique().email, 1).unwrap();
    let link = mails
        .iter()
        .find_map(|m| m["text"].as_str()?.split_whitespace().find(|w| w.contains("/o/")).map(str::to_owned));
    b.driver.delete_all_cookies().await.unwrap();
    b.goto(&link.expect("a signed link in the mail")).await.unwrap();
    b.arrives_at(&format!("/order/{order}")).await.unwrap();
    b.sees("鸙野").await.unwrap();

    b.goto(shop.address("staff_sign_in")).await.unwrap();
    b.look("staff-link").await.unwrap();
    b.click("main form button[type=submit]").await.unwrap();
    b.arrives_at("/admin/setup").await.unwrap();
    b.goto(&format!("{}/orders/{order}", shop.address("back_office"))).await.unwrap();
    b.look("staff-order-closed").await.unwrap();
    assert!(!b.text().await.unwrap().contains("鸙野"), "nothing is opened unasked");
    b.click("form[action$='/open'] button[type=submit]").await.unwrap();
    b.sees("鸙野").await.unwrap();
    b.look("staff-order-open").await.unwrap();
    b.fill("tracking_number", "1234-5678-9012").await.unwrap();
    b.click("form[action$='/ship'] button[type=submit]").await.unwrap();
    b.sees("123456789012").await.unwrap();
    b.look("staff-order-shipped").await.unwrap();
    let mails = journey::mails_to(&shop, &Buyer::unique().email, 3).unwrap();
    assert!(
        mails.iter().any(|m| m["text"].as_str().unwrap_or("").contains("123456789012")),
        "the shipping mail"
    );
    b.close().await.unwrap();
}

#[tokio::test]
async fn card_passed_on_a_desktop() {
    pays_and_is_shipped(Width::Desktop).await;
}

#[tokio::test]
async fn card_passed_on_a_phone() {
    pays_and_is_shipped(Width::Phone).await;
}

#[tokio::test]
async fn card_refused_then_another() {
    let Some(b) = Browser::open(Width::Desktop).await else { return };
    let shop = e2e::shop();
    to_processor(&b, &shop, None).await;
    journey::type_card(&b, CARD_REFUSED).await.unwrap();
    b.find("#alert").await.unwrap();
    b.look("processor-refused").await.unwrap();
    journey::type_card(&b, CARD_PAYS).await.unwrap();
    b.arrives_at("/order/").await.unwrap();
    b.sees("4242").await.unwrap();
    b.close().await.unwrap();
}

#[tokio::test]
async fn three_d_secure_passed_and_failed() {
    let Some(b) = Browser::open(Width::Phone).await else { return };
    let shop = e2e::shop();
    to_processor(&b, &shop, None).await;
    journey::type_card(&b, CARD_ASKS).await.unwrap();
    b.arrives_at("//acs.localhost").await.unwrap();
    b.look("three-d-secure").await.unwrap();
    b.click("#fail").await.unwrap();
    b.find("#alert").await.unwrap();
    journey::type_card(&b, CARD_ASKS).await.unwrap();
    b.arrives_at("//acs.localhost").await.unwrap();
    b.click("#pass").await.unwrap();
    b.arrives_at("/order/").await.unwrap();
    b.sees("3220").await.unwrap();
    b.close().await.unwrap();
}

#[tokio::test]
async fn abandoned_and_paid_later() {
    let Some(b) = Browser::open(Width::Desktop).await else { return };
    let shop = e2e::shop();
    to_processor(&b, &shop, None).await;
    b.arrives_at("//pay.localhost").await.unwrap();
    b.click("#cancel").await.unwrap();
    b.find("form[action$='/pay'] button").await.unwrap();
    b.look("order-unpaid").await.unwrap();
    b.click("form[action$='/pay'] button").await.unwrap();
    journey::type_card(&b, CARD_PAYS).await.unwrap();
    b.arrives_at("/order/").await.unwrap();
    b.sees("4242").await.unwrap();
    b.close().await.unwrap();
}

#[tokio::test]
async fn the_window_closed_after_paying() {
    let Some(b) = Browser::open(Width::Desktop).await else { return };
    let shop = e2e::shop();
    to_processor(&b, &shop, None).await;
    let page = b.arrives_at("//pay.localhost").await.unwrap();
    // The card is taken, and the way back not followed: the window is closed for certain, after paying for certain.
    e2e::plain::card(&mut testkit::http::Browser::new("ja"), &page, CARD_PAYS).unwrap().unwrap();
    b.close().await.unwrap();
    // Nobody comes back: the webhook or the reconciliation must tell.
    journey::mails_to(&shop, &Buyer::unique().email, 2).unwrap();
}

#[tokio::test]
async fn cash_on_delivery_without_scripts() {
    let Some(b) = Browser::open_without_scripts(Width::Phone).await else { return };
    let shop = e2e::shop();
    journey::fill_cart(&b, &shop).await.unwrap();
    journey::fill_checkout(&b, &Buyer::unique(), None, Pay::Cash).await.unwrap();
    journey::place(&b).await.unwrap();
    b.arrives_at("/order/").await.unwrap();
    b.sees("代金引換").await.unwrap();
    b.look("order-cash").await.unwrap();
    journey::mails_to(&shop, &Buyer::unique().email, 1).unwrap();
    b.close().await.unwrap();
}
