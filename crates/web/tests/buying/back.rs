//! Going back, and loading anew, while the vault is away: every page that follows a form has an address, which shows it
//! again to its visitor and to nobody else, and once the order is placed leads to the order.

use crate::shop::{COOKIE, MAIL, NAME, Shop, hidden, shop, typed};
use axum::body::Body;
use http::{Request, StatusCode, header};
use tower::ServiceExt;

async fn with_cart(shop: &Shop) -> String {
    let page = shop.get("/p/manju").await;
    let mut add = hidden(&page, "/cart/add");
    let token = add[0].1.clone();
    add.extend([("variant".into(), shop.variant.to_string()), ("quantity".into(), "1".into())]);
    shop.post("/cart/add", &add).await;
    token
}

/// Where a form leads, not followed.
async fn leads(shop: &Shop, path: &str, fields: &[(String, String)]) -> String {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(path)
        .header("origin", "http://shop.localhost:8080")
        .header("content-type", "application/x-www-form-urlencoded");
    let (status, to, _) = shop.ask(request, body).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    to
}

fn value(page: &str, name: &str) -> String {
    let fields = hidden(page, "/checkout/place");
    fields.into_iter().find(|(n, _)| n == name).unwrap().1
}

#[tokio::test]
async fn a_page_is_there_again_for_its_visitor_alone() {
    let shop = shop();
    let token = with_cart(&shop).await;
    let at = leads(&shop, "/checkout", &typed(&token, "confirm")).await;
    let id = at.strip_prefix("/checkout/at/").unwrap();
    for word in [NAME, MAIL, "狐塚", "%E7"] {
        assert!(!at.contains(word), "an address says nothing of anybody");
    }
    let (one, two) = (shop.get(&at).await, shop.get(&at).await);
    assert!(one.contains(NAME) && two.contains(NAME));
    assert_eq!((value(&one, "key"), value(&two, "key")), (id.to_owned(), id.to_owned()), "the same order");
    // In the other language, too.
    let english = shop.get(&format!("{at}?lang=en")).await;
    assert!(english.contains(NAME) && english.contains("Review"), "{english}");
    // Somebody else, with the address, is led to his own cart.
    let other = COOKIE.replace("CQkJ", "CgoK");
    let request = Request::get(&at).header("cookie", other).body(Body::empty()).unwrap();
    let answer = shop.router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.headers().get(header::LOCATION).unwrap(), "/cart");

    // What is wrong is said there again, and a step of before is as it was.
    let mut wrong = typed(&token, "confirm");
    wrong.iter_mut().filter(|(n, _)| n == "kana").for_each(|(_, v)| *v = "x".into());
    let faulty = leads(&shop, "/checkout", &wrong).await;
    for _ in 0..2 {
        let page = shop.get(&faulty).await;
        assert!(page.contains("href=\"#kana\"") && page.contains(MAIL), "{page}");
    }
    assert!(shop.get(&at).await.contains("action=\"/checkout/place\""));
    assert!(!shop.on_disk(MAIL) && !shop.on_disk(NAME));
    // What is shown is of this moment: what the cart holds now is what is to be confirmed.
    with_cart(&shop).await;
    assert!(shop.get(&at).await.contains("2,160円"), "two pieces by now");
}

#[tokio::test]
async fn a_page_that_is_kept_no_more_is_said_so_and_an_empty_cart_is_the_cart() {
    let shop = shop();
    let token = with_cart(&shop).await;
    let at = leads(&shop, "/checkout", &typed(&token, "confirm")).await;
    // The process was started anew.
    let (again, _) = crate::shop::shop_in(shop.folder, &std::path::PathBuf::from("no-vault.sock"));
    let page = again.get(&at).await;
    assert!(page.contains("お店には残しておりません") && !page.contains(NAME), "{page}");
    assert!(page.contains("name=\"agree\""));
    let cart = again.get("/cart").await;
    let mut out = hidden(&cart, "/cart/update");
    out.retain(|(n, _)| n != "variant");
    out.push(("remove".into(), again.variant.to_string()));
    again.post("/cart/update", &out).await;
    let (status, to, _) = again.ask(Request::get(&at), String::new()).await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/cart"));
    let strange = "/checkout/at/00000000-0000-8000-8000-000000000000";
    assert_eq!(again.ask(Request::get(strange), String::new()).await.1, "/cart");
}
