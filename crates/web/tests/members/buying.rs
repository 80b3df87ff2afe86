//! The address book at the checkout, and the order's page of a member.

use crate::{
    house::{House, variant},
    pages::order,
    walk::{MAIL, NAME, contact, register, send},
};
use http::StatusCode;
use uuid::Uuid;

async fn keep(house: &House, cookie: &str, name: &str) {
    let mut fields = contact(name);
    fields.push(("key", Uuid::now_v7().to_string()));
    let kept = send(house, "/account/addresses", cookie, &fields).await;
    assert_eq!(kept.to(), "/account/addresses?done=address-saved");
}

async fn fill_cart(house: &House, cookie: &str) {
    let put = [("variant", variant().to_string()), ("quantity", "2".to_owned())];
    assert_eq!(send(house, "/cart/add", cookie, &put).await.to(), "/cart");
}

/// The first page of the checkout, filled in, with the recipient's fields empty.
fn first_page(more: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let mut fields = contact(NAME);
    fields.push(("email", MAIL.to_owned()));
    fields.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    fields
}

/// The ids that can be chosen from.
fn entries(page: &str) -> Vec<String> {
    let Some(select) = page.split("name=\"book\"").nth(1) else { return Vec::new() };
    let options = select.split("</select>").next().unwrap().split("<option value=\"").skip(2);
    options.map(|o| o.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_is_chosen_from_ones_own_book() {
    let house = House::open();
    let anna = register(&house, MAIL, NAME).await;
    let ben = register(&house, "ben@example.jp", "団栗 勉").await;
    keep(&house, &anna, "栗原 祖母子").await;
    fill_cart(&house, &anna).await;
    let page = house.get("/checkout", &anna).await;
    assert!(
        page.body.contains("お届け先帳から選ぶ") && page.body.contains("栗原 祖母子様（長野県松本市中央）")
    );
    let chosen = entries(&page.body).remove(0);
    let take = |go: &'static str, several: bool| {
        let ship_to = if several { "several" } else { "other" };
        let mut fields = first_page(&[("go", go), ("ship_to", ship_to), ("agree", "1")]);
        fields.push(("book", chosen.clone()));
        fields
    };
    let filled = send(&house, "/checkout", &anna, &take("book", false)).await;
    assert!(filled.body.contains("お届け先帳から入力しました"));
    assert!(filled.body.contains("name=\"to_name\" type=\"text\" value=\"栗原 祖母子\""), "{}", filled.body);
    // Nobody else's book, and none for guests.
    let stolen = send(&house, "/checkout", &ben, &take("book", false)).await;
    assert!(stolen.status == StatusCode::OK && !stolen.body.contains("栗原"));
    let guest = house.get("/checkout", "").await;
    assert!(!guest.body.contains("name=\"book\"") && !guest.body.contains("name=\"keep\""));

    // On the page of one of several recipients.
    let one = send(&house, "/checkout", &anna, &take("confirm", true)).await;
    assert!(one.body.contains("name=\"at\" value=\"0\"") && entries(&one.body) == [chosen.clone()]);
    let mut fields = take("book", true);
    fields.extend([("at", "0".to_owned()), ("lines", variant().0.simple().to_string())]);
    fields.extend([
        ("to_goods", "2".to_owned()),
        ("quantity", "2".to_owned()),
        ("to_whom", "other".to_owned()),
    ]);
    let one = send(&house, "/checkout", &anna, &fields).await;
    assert!(one.body.contains("name=\"to_name\" type=\"text\" value=\"栗原 祖母子\""), "{}", one.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_is_kept_where_that_was_wished_and_once() {
    let house = House::open();
    let anna = register(&house, MAIL, NAME).await;
    fill_cart(&house, &anna).await;
    let typed = |keep: bool| {
        let mut fields = first_page(&[("go", "confirm"), ("ship_to", "other"), ("agree", "1")]);
        let to = contact("胡桃沢 菊").into_iter().map(|(name, value)| {
            let name = match name {
                "name" => "to_name",
                "kana" => "to_kana",
                "phone" => "to_phone",
                "postcode" => "to_postcode",
                "prefecture" => "to_prefecture",
                "city" => "to_city",
                "street" => "to_street",
                _ => "to_building",
            };
            (name, value)
        });
        fields.extend(to);
        fields.extend(keep.then(|| ("keep", "1".to_owned())));
        fields
    };
    let book =
        || async { house.get("/account/addresses", &anna).await.body.matches("胡桃沢 菊</p>").count() };
    let confirm = send(&house, "/checkout", &anna, &typed(false)).await;
    assert!(confirm.body.contains("/checkout/place") && book().await == 0, "nothing is kept unasked");
    for _ in 0..2 {
        let confirm = send(&house, "/checkout", &anna, &typed(true)).await;
        assert!(confirm.body.contains("/checkout/place") && confirm.body.contains("お届け先帳に控えました"));
        assert_eq!(book().await, 1);
    }
    // A guest's form that says so is an ordinary one.
    let guest = send(&house, "/checkout", "", &typed(true)).await;
    assert!(guest.status == StatusCode::OK && !guest.body.contains("控えました"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_sees_the_whole_of_his_order_and_nobody_elses() {
    let house = House::open();
    let anna = register(&house, MAIL, NAME).await;
    let ben = register(&house, "ben@example.jp", "団栗 勉").await;
    let id = order(&house, &anna);
    let page = house.get(&format!("/order/{id}"), &anna).await;
    assert!(page.body.contains("梟谷 木霊"), "the recipient, too: {}", page.body);
    assert!(page.body.contains(&format!("action=\"/order/{id}/again\"")));
    assert_eq!(house.get(&format!("/order/{id}"), &ben).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_says_what_for_and_when_the_money_came() {
    let house = House::open();
    let anna = register(&house, MAIL, NAME).await;
    let id = order(&house, &anna);
    let receipt = format!("/order/{id}/receipt");
    let page = house.get(&receipt, &anna).await.body;
    assert!(page.contains("お買い上げ明細書") && !page.contains("領収日"), "{page}");
    // 2026-11-27 in Japan.
    let paid = 1_795_748_400_000;
    house.store.write_blocking(move |tx| store::payment::cash_collected(tx, id, paid)).unwrap();
    let page = house.get(&receipt, &anna).await.body;
    assert!(
        page.contains("領収日</dt><dd>2026年11月27日（金）") && page.contains("但し　お品代として"),
        "{page}"
    );
}
