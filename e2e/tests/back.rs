//! The browser's own Back, the commonest gesture on a phone: it leads to a page of the shop that says where the buyer
//! stands, wherever on the way to the card and behind it he makes it; and nothing is ordered or paid twice by it.
#![allow(clippy::unwrap_used)]

use e2e::{
    browser::{Browser, Width},
    journey::{self, Buyer, CARD_PAYS, Gift, Pay},
    plain,
};
use store::Store;
use testkit::{Dozo, http};

/// What the page of an order says that waits for its payment.
const WAITS: &str = "お支払いをお待ちしております";

fn database(shop: &Dozo) -> String {
    shop.data().join("shop/shop.db").display().to_string()
}

/// How many orders there are in all, and the payments of this one.
fn count(database: &str, order: &str) -> (u64, Vec<domain::payment::PaymentState>) {
    let id = domain::OrderId(order.parse().unwrap());
    let read = move |tx: &mut store::Tx<'_>| -> Result<_, store::Error> {
        let orders = store::order::counts(tx)?.iter().map(|(_, count)| count).sum();
        let paid = store::order::whole(tx, id)?.map(|whole| whole.payments).unwrap_or_default();
        Ok((orders, paid.iter().map(|payment| payment.state).collect()))
    };
    Store::open(&database.parse().unwrap()).unwrap().read_blocking(read).unwrap()
}

/// Back, and a page of the shop is there.
async fn back(b: &Browser) -> String {
    b.back().await.unwrap();
    b.find("main").await.unwrap();
    let url = b.url().await.unwrap();
    assert!(url.contains("//shop.localhost"), "{url}");
    url
}

async fn to_the_card(b: &Browser, shop: &Dozo) {
    journey::fill_cart(b, shop).await.unwrap();
    journey::fill_checkout(b, &Buyer::unique(), None, Pay::Card).await.unwrap();
    journey::place(b).await.unwrap();
    b.arrives_at("//pay.localhost").await.unwrap();
}

/// Back from the card's page, on to it again, paid, and back once more.
async fn back_and_paid(width: Width) {
    let Some(b) = Browser::open(width).await else { return };
    let shop = e2e::shop();
    let (before, _) = count(&database(&shop), "00000000-0000-8000-8000-000000000000");
    to_the_card(&b, &shop).await;

    let order = journey::order_id(&back(&b).await).unwrap();
    b.sees(WAITS).await.unwrap();
    b.look("back-unpaid").await.unwrap();
    // Further back the cart is empty, and says why.
    b.back().await.unwrap();
    b.arrives_at("/cart").await.unwrap();
    b.sees("お支払いをまだ確認できておりません").await.unwrap();
    b.look("back-cart").await.unwrap();
    b.click("main .notice a").await.unwrap();
    b.arrives_at(&format!("/order/{order}")).await.unwrap();
    b.click("form[action$='/pay'] button").await.unwrap();
    b.arrives_at("//pay.localhost").await.unwrap();
    // He hesitates once more.
    back(&b).await;
    b.sees(WAITS).await.unwrap();
    b.click("form[action$='/pay'] button").await.unwrap();
    journey::type_card(&b, CARD_PAYS).await.unwrap();
    b.arrives_at(&format!("/order/{order}")).await.unwrap();
    b.sees("4242").await.unwrap();

    // The page before is the processor's, and the one before that the order's: it is paid, and offers nothing to pay.
    b.back().await.unwrap();
    b.arrives_at("//pay.localhost").await.unwrap();
    assert!(back(&b).await.ends_with(&format!("/order/{order}")));
    b.sees("4242").await.unwrap();
    let text = b.text().await.unwrap();
    assert!(!text.contains(WAITS) && text.contains("ご注文ありがとうございます"), "{text}");
    assert!(!b.driver.source().await.unwrap().contains("/pay\""), "nothing to pay");
    b.look("back-paid").await.unwrap();

    let (after, payments) = count(&database(&shop), &order);
    assert_eq!(after, before + 1, "one order");
    assert_eq!(payments, [domain::payment::PaymentState::Succeeded], "one payment");
    let mails = journey::mails_to(&shop, &Buyer::unique().email, 2).unwrap();
    assert_eq!(mails.len(), 2, "received and paid, each once");
    b.close().await.unwrap();
}

#[tokio::test]
async fn from_the_cards_page_on_a_phone() {
    back_and_paid(Width::Phone).await;
}

#[tokio::test]
async fn from_the_cards_page_on_a_desktop() {
    back_and_paid(Width::Desktop).await;
}

#[tokio::test]
async fn without_scripts() {
    let Some(b) = Browser::open_without_scripts(Width::Phone).await else { return };
    let shop = e2e::shop();
    to_the_card(&b, &shop).await;
    back(&b).await;
    b.sees(WAITS).await.unwrap();
    b.close().await.unwrap();
}

#[tokio::test]
async fn through_every_page_of_several_recipients_and_from_the_terms() {
    let Some(b) = Browser::open(Width::Desktop).await else { return };
    let shop = e2e::shop();
    journey::fill_cart(&b, &shop).await.unwrap();
    let gift = Gift::unique();
    journey::fill_several(&b, &Buyer::unique(), std::slice::from_ref(&gift)).await.unwrap();

    // From the page to confirm to the terms and back: all is there. So it is when the page is loaded anew.
    let confirm = b.url().await.unwrap();
    b.click(".terms-more a").await.unwrap();
    b.arrives_at("/legal/tokushoho").await.unwrap();
    assert_eq!(back(&b).await, confirm);
    b.sees(&gift.to.name).await.unwrap();
    b.driver.refresh().await.unwrap();
    b.find("form[action='/checkout/place'] button[value='confirm']").await.unwrap();
    b.sees(&gift.to.name).await.unwrap();

    // Its list, the orderer's page, the list before, the gift's page, the first.
    for there in ["button[value='done']", "input[name='at']", "button[value='done']", "input[name='at']"] {
        back(&b).await;
        b.find(there).await.unwrap();
    }
    back(&b).await;
    b.find("input[name='agree']").await.unwrap();
    b.look("back-first").await.unwrap();

    // Forward again as he was, to the card, and back.
    b.goto(&confirm).await.unwrap();
    journey::place(&b).await.unwrap();
    b.arrives_at("//pay.localhost").await.unwrap();
    back(&b).await;
    b.sees(WAITS).await.unwrap();
    // Every page of that way leads to the order now, and holds nothing of what was typed.
    let order = journey::order_id(&b.url().await.unwrap()).unwrap();
    b.goto(&confirm).await.unwrap();
    b.arrives_at(&format!("/order/{order}")).await.unwrap();
    b.close().await.unwrap();
}

/// Request by request: what a browser asks for when it goes back.
fn plainly(shop: &Dozo, database: &str) {
    let mut b = http::Browser::new("ja");
    let product = plain::first_product(&mut b, shop).unwrap();
    plain::to_cart(&mut b, shop, &product).unwrap();
    let form = plain::to_confirm(&mut b, shop, &Buyer::unique(), Pay::Card).unwrap();
    let key = form.iter().find(|(name, _)| name == "key").unwrap().1.clone();
    let (before, _) = count(database, &key);
    let confirm = shop.url(&format!("/checkout/at/{key}"));
    assert_eq!(b.get(&confirm).unwrap().status, 200);
    let hosted = plain::place(&mut b, shop, &form).unwrap().location().unwrap();
    assert!(hosted.contains("//pay.localhost"), "{hosted}");

    assert_eq!(b.get(&confirm).unwrap().location().unwrap(), shop.url(&format!("/order/{key}")));
    let page = b.open(&confirm).unwrap().text();
    assert!(page.contains(WAITS), "{page}");
    assert!(
        b.get(&shop.url("/cart")).unwrap().text().contains(&format!("/order/{key}")),
        "the empty cart names it"
    );
    // Another tab still shows the page to confirm, and its button is pressed there, too.
    assert_eq!(plain::place(&mut b, shop, &form).unwrap().location().unwrap(), hosted);

    let back = plain::card(&mut b, &hosted, CARD_PAYS).unwrap().unwrap();
    assert!(b.open(&back).unwrap().text().contains("4242"));
    let page = b.open(&confirm).unwrap().text();
    assert!(page.contains("4242") && !page.contains(WAITS), "{page}");
    assert!(!b.get(&shop.url("/cart")).unwrap().text().contains(&key));
    let paid = plain::place(&mut b, shop, &form).unwrap().location().unwrap();
    assert_eq!(paid, shop.url(&format!("/order/{key}")), "nothing is paid twice");
    assert_eq!(count(database, &key), (before + 1, vec![domain::payment::PaymentState::Succeeded]));
}

#[test]
fn plainly_on_sqlite() {
    let shop = e2e::shop();
    plainly(&shop, &database(&shop));
}

#[test]
fn plainly_on_postgres() {
    let Some(url) = testkit::postgres_url() else { return };
    let shop = Dozo::builder().arg("--database").arg(&url).start().unwrap_or_else(|e| panic!("{e:#}"));
    plainly(&shop, &url);
}
