//! A member's life: registers by mail, buys, looks back, buys again, forgets the password, changes the address, leaves.
#![allow(clippy::unwrap_used)]

use e2e::{
    browser::{Browser, Width},
    journey::{self, Buyer},
};
use testkit::Dozo;

const MAIL: &str = "member.4k8d@canary.example";
const NEW_MAIL: &str = "member.new.4k8d@canary.example";
const PASSWORD: &str = "kuri to kurumi 7";
const NEW_PASSWORD: &str = "another good one 3";

/// The link in the newest mail to this address, once there are so many.
fn link(shop: &Dozo, address: &str, count: usize) -> String {
    let mails = journey::mails_to(shop, address, count).unwrap();
    let texts: Vec<&str> = mails.iter().filter_map(|m| m["text"].as_str()).collect();
    let links = texts.iter().flat_map(|t| t.split_whitespace()).filter(|w| w.contains("/a/"));
    // The viewer lists the newest first.
    links.map(str::to_owned).next().expect("a link to an account's form")
}

async fn register(b: &Browser, shop: &Dozo) {
    b.goto(&shop.url("/account")).await.unwrap();
    b.arrives_at("/sign-in").await.unwrap();
    b.look("sign-in").await.unwrap();
    b.click("main a[href='/register']").await.unwrap();
    b.arrives_at("/register").await.unwrap();
    b.look("register").await.unwrap();
    b.fill("email", MAIL).await.unwrap();
    b.click("form[action='/register'] button[type=submit]").await.unwrap();
    b.arrives_at("/register/sent").await.unwrap();
    b.look("register-sent").await.unwrap();
    let link = link(shop, MAIL, 1);
    b.goto(&link).await.unwrap();
    b.find("form[action='/register/confirm']").await.unwrap();
    b.look("register-form").await.unwrap();
    b.fill("new_password", "password1234").await.unwrap();
    let buyer = Buyer::unique();
    b.fill("name", &buyer.name).await.unwrap();
    b.fill("kana", &buyer.kana).await.unwrap();
    b.fill("postcode", "390-0811").await.unwrap();
    b.click("button[name='go'][value='postcode']").await.unwrap();
    b.sees_value("city", "松本市").await.unwrap();
    b.fill("street", &buyer.street).await.unwrap();
    b.fill("phone", &buyer.phone).await.unwrap();
    b.click("input[name='agree']").await.unwrap();
    b.click(".actions button[value='save']").await.unwrap();
    b.sees("よく使われるパスワード").await.unwrap();
    b.look("register-weak").await.unwrap();
    b.fill("new_password", PASSWORD).await.unwrap();
    b.click(".actions button[value='save']").await.unwrap();
    b.arrives_at("/account?done=registered").await.unwrap();
    b.sees(&buyer.name).await.unwrap();
    b.look("account-new").await.unwrap();
    b.goto(&link).await.unwrap();
    b.sees("このリンクはお使いいただけません").await.unwrap();
    b.look("link-dead").await.unwrap();
}

/// An entry of the address book.
async fn keep_an_address(b: &Browser, shop: &Dozo) {
    b.goto(&shop.url("/account/addresses")).await.unwrap();
    b.look("addresses-empty").await.unwrap();
    b.click("main a[href='/account/addresses/new']").await.unwrap();
    b.arrives_at("/account/addresses/new").await.unwrap();
    b.look("address-new").await.unwrap();
    b.fill("name", "鸙野 祖母").await.unwrap();
    b.fill("kana", "ヒバリノ ソボ").await.unwrap();
    b.fill("postcode", "100-0005").await.unwrap();
    b.click("button[name='go'][value='postcode']").await.unwrap();
    b.sees_value("city", "千代田区").await.unwrap();
    b.fill("street", "１丁目１番").await.unwrap();
    b.fill("phone", "07000918274").await.unwrap();
    b.click(".actions button[value='save']").await.unwrap();
    b.arrives_at("/account/addresses?done=address-saved").await.unwrap();
    b.look("addresses").await.unwrap();
}

/// The order goes to the grandmother of the address book; what was registered stands in the form already.
async fn buy(b: &Browser, shop: &Dozo) -> String {
    journey::fill_cart(b, shop).await.unwrap();
    b.click("button[name='go'][value='checkout']").await.unwrap();
    b.arrives_at("/checkout").await.unwrap();
    b.sees_value("name", &Buyer::unique().name).await.unwrap();
    b.tick("ship_to", "other").await.unwrap();
    let entry = b.find("select[name='book'] option:nth-child(2)").await.unwrap();
    let entry = entry.attr("value").await.unwrap().unwrap();
    b.choose("book", &entry).await.unwrap();
    b.look("checkout-book").await.unwrap();
    b.click("button[name='go'][value='book']").await.unwrap();
    b.sees("お届け先帳から入力しました").await.unwrap();
    b.sees_value("to_name", "鸙野 祖母").await.unwrap();
    b.click("input[name='agree']").await.unwrap();
    b.look("checkout-from-book").await.unwrap();
    b.click(".actions button[name='go'][value='confirm']").await.unwrap();
    b.find("form[action='/checkout/place']").await.unwrap();
    journey::place(b).await.unwrap();
    journey::type_card(b, journey::CARD_PAYS).await.unwrap();
    let url = b.arrives_at("/order/").await.unwrap();
    let order = journey::order_id(&url).unwrap();
    b.sees("鸙野 祖母").await.unwrap();
    b.look("order-member").await.unwrap();
    b.goto(&shop.url("/account/orders")).await.unwrap();
    b.find(&format!("a[href='/order/{order}']")).await.unwrap();
    b.look("account-orders").await.unwrap();
    b.click(&format!("form[action='/order/{order}/again'] button")).await.unwrap();
    b.arrives_at("/cart").await.unwrap();
    b.goto(&shop.url("/account/leave")).await.unwrap();
    b.sees("お届けの済んでいないご注文").await.unwrap();
    b.look("leave-refused").await.unwrap();
    order
}

async fn forget_and_reset(b: &Browser, shop: &Dozo) {
    b.goto(&shop.url("/account")).await.unwrap();
    b.look("account").await.unwrap();
    b.click(".account-nav form button").await.unwrap();
    // Signed out, one stands at the shop's door.
    b.find("main a[href^='/p/']").await.unwrap();
    b.goto(&shop.url("/forgot")).await.unwrap();
    b.look("forgot").await.unwrap();
    b.fill("email", MAIL).await.unwrap();
    let before = journey::mails_to(shop, MAIL, 0).unwrap().len();
    b.click("form[action='/forgot'] button[type=submit]").await.unwrap();
    b.arrives_at("/forgot/sent").await.unwrap();
    b.goto(&link(shop, MAIL, before + 1)).await.unwrap();
    b.find("form[action='/forgot/confirm']").await.unwrap();
    b.look("reset").await.unwrap();
    b.fill("new_password", NEW_PASSWORD).await.unwrap();
    b.click("form[action='/forgot/confirm'] button[type=submit]").await.unwrap();
    b.arrives_at("/account?done=password").await.unwrap();
}

async fn change_mail(b: &Browser, shop: &Dozo) {
    b.goto(&shop.url("/account/mail")).await.unwrap();
    b.look("account-mail").await.unwrap();
    b.fill("email", NEW_MAIL).await.unwrap();
    b.fill("password", NEW_PASSWORD).await.unwrap();
    b.click("form[action='/account/mail'] button[type=submit]").await.unwrap();
    b.arrives_at("/account?done=mail-asked").await.unwrap();
    b.goto(&link(shop, NEW_MAIL, 1)).await.unwrap();
    b.find("form[action='/account/mail/confirm']").await.unwrap();
    b.look("mail-confirm").await.unwrap();
    b.click("form[action='/account/mail/confirm'] button").await.unwrap();
    b.arrives_at("/account/mail/changed").await.unwrap();
    b.goto(&shop.url("/account")).await.unwrap();
    b.sees(NEW_MAIL).await.unwrap();
}

/// The staff ship it; then the member can leave, and the staff see that he has.
async fn leave(b: &Browser, shop: &Dozo, order: &str) {
    b.goto(shop.address("staff_sign_in")).await.unwrap();
    b.click("main form button[type=submit]").await.unwrap();
    b.arrives_at("/admin/setup").await.unwrap();
    let page = format!("{}/orders/{order}", shop.address("back_office"));
    b.goto(&page).await.unwrap();
    b.fill("tracking_number", "1234-5678-9012").await.unwrap();
    b.click("form[action$='/ship'] button[type=submit]").await.unwrap();
    b.sees("123456789012").await.unwrap();

    b.goto(&shop.url("/account/leave")).await.unwrap();
    b.look("leave").await.unwrap();
    b.fill("password", NEW_PASSWORD).await.unwrap();
    b.click("input[name='sure']").await.unwrap();
    b.click("form[action='/account/leave'] button[type=submit]").await.unwrap();
    b.arrives_at("/left").await.unwrap();
    b.look("left").await.unwrap();
    let last = journey::mails_to(shop, NEW_MAIL, 2).unwrap();
    assert!(last.iter().any(|m| m["text"].as_str().unwrap_or("").contains("退会")), "told by a last mail");

    b.goto(&page).await.unwrap();
    b.click("form[action$='/open'] button[type=submit]").await.unwrap();
    b.sees("退会されたお客様").await.unwrap();
    assert!(!b.text().await.unwrap().contains(&Buyer::unique().name));
    b.look("staff-order-erased").await.unwrap();
    b.goto(&shop.url("/sign-in")).await.unwrap();
    b.fill("email", NEW_MAIL).await.unwrap();
    b.fill("password", NEW_PASSWORD).await.unwrap();
    b.click("form[action='/sign-in'] button[type=submit]").await.unwrap();
    b.sees("違うようです").await.unwrap();
}

#[tokio::test]
async fn from_the_first_mail_to_the_last() {
    let Some(b) = Browser::open(Width::Desktop).await else { return };
    let shop = e2e::shop();
    register(&b, &shop).await;
    keep_an_address(&b, &shop).await;
    let order = buy(&b, &shop).await;
    forget_and_reset(&b, &shop).await;
    change_mail(&b, &shop).await;
    leave(&b, &shop, &order).await;
    b.close().await.unwrap();
}

#[tokio::test]
async fn the_pages_on_a_phone() {
    let Some(b) = Browser::open(Width::Phone).await else { return };
    let shop = e2e::shop();
    register(&b, &shop).await;
    keep_an_address(&b, &shop).await;
    for (name, path) in [
        ("account", "/account"),
        ("account-orders", "/account/orders"),
        ("account-profile", "/account/profile"),
        ("account-mail", "/account/mail"),
        ("account-password", "/account/password"),
        ("leave", "/account/leave"),
        ("forgot", "/forgot"),
        ("account-en", "/account?lang=en"),
    ] {
        b.goto(&shop.url(path)).await.unwrap();
        b.look(name).await.unwrap();
    }
    b.close().await.unwrap();
}
