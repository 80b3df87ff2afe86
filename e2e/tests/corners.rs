//! The dark corners of paying, as buyers and staff meet them: two windows, the back button, double clicks, an expired
//! page, a network that says no later, an order given up meanwhile, money captured at shipping, a dispute, a day whose
//! books do not agree, saved cards.
#![allow(clippy::unwrap_used)]

use e2e::{
    Shop,
    browser::{Browser, Width},
    journey::{self, Buyer, CARD_PAYS, Pay},
    plain,
};
use testkit::{Dozo, http};

/// A card whose payment is disputed at once.
const CARD_DISPUTED: &str = "4000000000000259";

fn switch(shop: &Dozo, switches: &[(&str, &str)]) {
    let url = format!("{}/switches", shop.address("sandbox"));
    let answer = http::Browser::new("ja").post(&url, switches).unwrap();
    assert!(answer.status < 400, "{}", answer.text());
}

/// Makes network, bank or time do something to the payment of a hosted page.
fn deed(hosted: &str, deed: &str) {
    let (origin, session) = hosted.split_once("/c/").unwrap();
    let url = format!("{origin}/dashboard/payments/{}/{deed}", session.split(['?', '#']).next().unwrap());
    let answer = http::Browser::new("ja").post(&url, &[]).unwrap();
    assert_eq!(answer.status, 303, "{deed}: {}", answer.text());
}

async fn to_processor(b: &Browser, shop: &Dozo) -> String {
    journey::fill_cart(b, shop).await.unwrap();
    journey::fill_checkout(b, &Buyer::unique(), None, Pay::Card).await.unwrap();
    journey::place(b).await.unwrap();
    b.arrives_at("//pay.localhost").await.unwrap()
}

/// Signs the owner in with the one-time link; the back office is open afterwards.
async fn staff(b: &Browser, shop: &Dozo) {
    b.goto(shop.address("staff_sign_in")).await.unwrap();
    b.click("main form button[type=submit]").await.unwrap();
    b.arrives_at("/admin/setup").await.unwrap();
}

fn mails(shop: &Dozo, at_least: usize) -> usize {
    journey::mails_to(shop, &Buyer::unique().email, at_least).unwrap().len()
}

/// A shop that takes the money when it ships.
fn shop_that_captures_at_shipping() -> (tempfile::TempDir, Dozo) {
    let folder = testkit::temp_dir();
    let (mut dozo, data) = e2e::shop_in(&folder);
    assert!(dozo.stop());
    drop(dozo);
    let file = data.join("dozo.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("capture = \"order\"", "capture = \"shipping\"")).unwrap();
    let dozo = Dozo::builder().data(&data).start().unwrap_or_else(|e| panic!("{e:#}"));
    (folder, dozo)
}

#[tokio::test]
async fn two_windows_back_button_and_double_clicks_pay_once() {
    let Some(b) = Browser::open(Width::Desktop).await else { return };
    let shop = e2e::shop();
    journey::fill_cart(&b, &shop).await.unwrap();
    journey::fill_checkout(&b, &Buyer::unique(), None, Pay::Card).await.unwrap();
    // Three clicks as fast as a script can: one order.
    let click =
        "const b = document.querySelector(\"form[action='/checkout/place'] button[value='confirm']\");
        b.click(); b.click(); b.click();";
    b.driver.execute(click, vec![]).await.unwrap();
    let hosted = b.arrives_at("//pay.localhost").await.unwrap();
    assert_eq!(mails(&shop, 1), 1, "one order was received");
    // A second window with the same page; the first one pays, with a double click.
    let first = b.driver.window().await.unwrap();
    let second = b.driver.new_tab().await.unwrap();
    b.driver.switch_to_window(second.clone()).await.unwrap();
    b.goto(&hosted).await.unwrap();
    b.fill("number", CARD_PAYS).await.unwrap();
    b.fill("expiry", "12/34").await.unwrap();
    b.fill("cvc", "123").await.unwrap();
    b.driver.switch_to_window(first).await.unwrap();
    b.fill("number", CARD_PAYS).await.unwrap();
    b.fill("expiry", "12/34").await.unwrap();
    b.fill("cvc", "123").await.unwrap();
    let pay = "const b = document.querySelector('#pay'); b.click(); b.click();";
    b.driver.execute(pay, vec![]).await.unwrap();
    let order = b.arrives_at("/order/").await.unwrap();
    b.sees("4242").await.unwrap();
    // The second window pays too: it is told that all is paid, and led to the order.
    b.driver.switch_to_window(second).await.unwrap();
    b.click("#pay").await.unwrap();
    b.arrives_at("/order/").await.unwrap();
    // Back to the page where the card was typed: nothing can be typed any more.
    b.goto(&hosted).await.unwrap();
    b.sees("お支払いは完了しています").await.unwrap();
    b.click("#back").await.unwrap();
    b.arrives_at(&format!("/order/{}", journey::order_id(&order).unwrap())).await.unwrap();
    assert_eq!(mails(&shop, 2), 2, "received and paid, once each");
    let charges = http::Browser::new("ja").get(shop.address("sandbox")).unwrap().text();
    assert_eq!(charges.matches("badge good").count(), 1, "one payment: {charges}");
    b.close().await.unwrap();
}

#[tokio::test]
async fn an_expired_page_and_a_network_that_says_no_later_leave_the_order_to_be_paid() {
    let Some(b) = Browser::open(Width::Phone).await else { return };
    let shop = e2e::shop();
    let hosted = to_processor(&b, &shop).await;
    deed(&hosted, "expire");
    journey::type_card(&b, CARD_PAYS).await.unwrap();
    b.sees("期限切れ").await.unwrap();
    b.look("processor-expired").await.unwrap();
    b.click("#back").await.unwrap();
    b.find("form[action$='/pay'] button").await.unwrap();
    // Once more; this time the network does not answer at once.
    switch(&shop, &[("network", "later")]);
    b.click("form[action$='/pay'] button").await.unwrap();
    let hosted = b.arrives_at("//pay.localhost").await.unwrap();
    journey::type_card(&b, CARD_PAYS).await.unwrap();
    let order = b.arrives_at("/order/").await.unwrap();
    b.sees("お支払いを確かめております").await.unwrap();
    b.look("order-processing").await.unwrap();
    deed(&hosted, "network-no");
    switch(&shop, &[]);
    for _ in 0..100 {
        b.goto(&order).await.unwrap();
        if b.driver.source().await.unwrap().contains("/pay\"") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    b.find("form[action$='/pay'] button").await.unwrap();
    b.look("order-failed-later").await.unwrap();
    b.click("form[action$='/pay'] button").await.unwrap();
    journey::type_card(&b, CARD_PAYS).await.unwrap();
    b.arrives_at("/order/").await.unwrap();
    b.sees("お支払いが済みました").await.unwrap();
    assert_eq!(mails(&shop, 2), 2);
    b.close().await.unwrap();
}

#[tokio::test]
async fn given_up_by_staff_while_the_buyer_types_the_card() {
    let Some(b) = Browser::open(Width::Desktop).await else { return };
    let shop = e2e::shop();
    let mut buyer = http::Browser::new("ja");
    let hosted = plain::order(&mut buyer, &shop, &Buyer::unique(), Pay::Card).unwrap();
    staff(&b, &shop).await;
    b.goto(&format!("{}/orders?state=awaiting_payment", shop.address("back_office"))).await.unwrap();
    b.click("main table tbody th a").await.unwrap();
    b.arrives_at("/admin/orders/").await.unwrap();
    b.click("details summary").await.unwrap();
    b.click("form[action$='/cancel'] button[type=submit]").await.unwrap();
    b.sees("ご注文を取り消しました").await.unwrap();
    // The buyer had the page open all the time, and sends the card now.
    let typed = [("number", CARD_PAYS), ("expiry", "12/34"), ("cvc", "123")];
    let answer = buyer.post(&hosted, &typed).unwrap();
    let to = answer.location().unwrap_or_default();
    assert!(!to.contains("/checkout/return"), "nothing can be paid any more: {to}");
    assert!(buyer.get(&hosted).unwrap().text().contains("期限切れ"));
    assert_eq!(mails(&shop, 2), 2, "received and canceled");
    b.close().await.unwrap();
}

#[tokio::test]
async fn money_is_taken_when_the_first_parcel_is_shipped() {
    let Some(b) = Browser::open(Width::Desktop).await else { return };
    let (_folder, shop) = shop_that_captures_at_shipping();
    to_processor(&b, &shop).await;
    journey::type_card(&b, CARD_PAYS).await.unwrap();
    let order = journey::order_id(&b.arrives_at("/order/").await.unwrap()).unwrap();
    b.sees("ご請求は発送のときに確定します").await.unwrap();
    b.look("order-authorised").await.unwrap();
    staff(&b, &shop).await;
    b.goto(shop.address("back_office")).await.unwrap();
    b.sees("与信のみのご注文").await.unwrap();
    b.look("staff-dashboard-captures").await.unwrap();
    let page = format!("{}/orders/{order}", shop.address("back_office"));
    b.goto(&page).await.unwrap();
    b.sees("与信の期限").await.unwrap();
    b.look("staff-order-authorised").await.unwrap();
    // The processor does not answer: nothing is shipped.
    switch(&shop, &[("errors", "before")]);
    b.fill("tracking_number", "1234-5678-9012").await.unwrap();
    b.click("form[action$='/ship'] button[type=submit]").await.unwrap();
    b.sees("荷物は発送していません").await.unwrap();
    b.look("staff-capture-unknown").await.unwrap();
    assert!(!b.text().await.unwrap().contains("123456789012"));
    switch(&shop, &[]);
    b.goto(&page).await.unwrap();
    b.fill("tracking_number", "1234-5678-9012").await.unwrap();
    b.click("form[action$='/ship'] button[type=submit]").await.unwrap();
    b.sees("123456789012").await.unwrap();
    b.sees("支払い済み").await.unwrap();
    assert_eq!(mails(&shop, 3), 3, "received, paid and shipped");
    b.close().await.unwrap();
}

#[tokio::test]
async fn a_dispute_is_shown_with_what_to_do_until_it_is_won() {
    let Some(b) = Browser::open(Width::Desktop).await else { return };
    let shop = e2e::shop();
    let mut buyer = http::Browser::new("ja");
    // Not one webhook arrives: the list of events tells.
    switch(&shop, &[("webhooks", "lost")]);
    let hosted = plain::order(&mut buyer, &shop, &Buyer::unique(), Pay::Card).unwrap();
    let back = plain::card(&mut buyer, &hosted, CARD_DISPUTED).unwrap().unwrap();
    buyer.open(&back).unwrap();
    mails(&shop, 2);
    staff(&b, &shop).await;
    b.goto(shop.address("back_office")).await.unwrap();
    b.sees("不審請求の申し立て（チャージバック）").await.unwrap();
    b.look("staff-dashboard-dispute").await.unwrap();
    b.click("#disputes tbody a").await.unwrap();
    b.arrives_at("#dispute").await.unwrap();
    b.sees("決着がつくまで").await.unwrap();
    b.sees("お客様がカード会社に支払いの取り消しを求めています").await.unwrap();
    assert!(b.driver.find_all(thirtyfour::By::Css("form[action$='/ship']")).await.unwrap().is_empty());
    b.look("staff-order-dispute").await.unwrap();
    let page = b.url().await.unwrap();
    switch(&shop, &[]);
    deed(&hosted, "dispute-won");
    for _ in 0..100 {
        b.goto(&page).await.unwrap();
        b.driver.refresh().await.unwrap();
        if b.text().await.unwrap().contains("お店の勝ち") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    b.sees("お店の主張が認められ").await.unwrap();
    b.find("form[action$='/ship']").await.unwrap();
    b.close().await.unwrap();
}

#[tokio::test]
async fn the_books_are_compared_on_demand() {
    for width in [Width::Desktop, Width::Phone] {
        let Some(b) = Browser::open(width).await else { return };
        let shop = e2e::shop();
        let mut buyer = http::Browser::new("ja");
        let hosted = plain::order(&mut buyer, &shop, &Buyer::unique(), Pay::Card).unwrap();
        plain::card(&mut buyer, &hosted, CARD_PAYS).unwrap();
        mails(&shop, 2);
        staff(&b, &shop).await;
        b.goto(&format!("{}/reconciliation", shop.address("back_office"))).await.unwrap();
        b.look("staff-reconciliation-none").await.unwrap();
        compare(&b, "すべて合っています").await;
        b.look("staff-reconciliation-well").await.unwrap();
        // A payment that no order of this shop knows, and a processor that is away.
        paid_without_an_order(&shop);
        switch(&shop, &[("errors", "before")]);
        compare(&b, "決済会社が答えないため").await;
        b.look("staff-reconciliation-away").await.unwrap();
        switch(&shop, &[]);
        compare(&b, "ご注文のないお支払い").await;
        b.look("staff-reconciliation-differs").await.unwrap();
        b.goto(&format!("{}/reconciliation", shop.address("back_office"))).await.unwrap();
        b.look("staff-reconciliation").await.unwrap();
        b.close().await.unwrap();
    }
}

/// Asks for the comparison of today and waits for what its page says.
async fn compare(b: &Browser, says: &str) {
    b.click("form[action='/admin/reconciliation'] button").await.unwrap();
    b.arrives_at("/admin/reconciliation/").await.unwrap();
    let page = b.url().await.unwrap();
    for _ in 0..60 {
        b.goto(page.split('?').next().unwrap()).await.unwrap();
        if b.text().await.unwrap().contains(says) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    panic!("never said {says}:\n{}", b.text().await.unwrap());
}

/// Somebody takes money with the shop's key, past the shop.
fn paid_without_an_order(shop: &Dozo) {
    let origin = shop.address("sandbox").trim_end_matches("/dashboard").trim_end_matches('/').to_owned();
    let key = std::fs::read_to_string(shop.data().join("till/processor.key")).unwrap();
    let form = "mode=payment&success_url=http%3A%2F%2Fshop.localhost%2Fr&line_items[0][quantity]=1\
        &line_items[0][price_data][currency]=jpy&line_items[0][price_data][unit_amount]=5000\
        &line_items[0][price_data][product_data][name]=x";
    let mut answer = http::agent()
        .post(format!("{origin}/v1/checkout/sessions"))
        .header("authorization", format!("Bearer {}", key.trim()))
        .header("content-type", "application/x-www-form-urlencoded")
        .send(form)
        .unwrap();
    let session: serde_json::Value = answer.body_mut().read_json().unwrap();
    let page = session["url"].as_str().unwrap_or_else(|| panic!("{session}"));
    plain::card(&mut http::Browser::new("ja"), page, CARD_PAYS).unwrap().unwrap();
}

#[tokio::test]
async fn a_member_saves_a_card_uses_it_and_removes_it() {
    let Some(b) = Browser::open(Width::Phone).await else { return };
    let shop: Shop = e2e::shop();
    b.goto(&shop.url("/sign-in")).await.unwrap();
    b.fill("email", "hanako@demo.example").await.unwrap();
    b.fill("password", "kuri-to-kurumi-1921").await.unwrap();
    b.click("main form button[type=submit]").await.unwrap();
    b.arrives_at("/account").await.unwrap();
    b.goto(&shop.url("/account/cards")).await.unwrap();
    b.sees("保存したカードはありません").await.unwrap();
    b.look("account-cards-none").await.unwrap();
    to_processor(&b, &shop).await;
    b.click("#save").await.unwrap();
    journey::type_card(&b, CARD_PAYS).await.unwrap();
    b.arrives_at("/order/").await.unwrap();
    b.goto(&shop.url("/account/cards")).await.unwrap();
    b.sees("4242").await.unwrap();
    b.look("account-cards").await.unwrap();
    to_processor(&b, &shop).await;
    b.sees("•••• 4242").await.unwrap();
    b.look("processor-saved-cards").await.unwrap();
    b.click("button[name='saved']").await.unwrap();
    b.arrives_at("/order/").await.unwrap();
    b.sees("お支払いが済みました").await.unwrap();
    b.goto(&shop.url("/account/cards")).await.unwrap();
    b.click(".card-list .sure summary").await.unwrap();
    b.click("form[action='/account/cards/remove'] button").await.unwrap();
    b.sees("カードを削除しました").await.unwrap();
    assert!(!b.text().await.unwrap().contains("4242"));
    b.close().await.unwrap();
}
