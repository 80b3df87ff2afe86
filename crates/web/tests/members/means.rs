//! A member's means to sign in: passkeys with the proof before a change, and the sign-ins that are alive.

use crate::{
    house::House,
    walk::{MAIL, NAME, PASSWORD, cap, register},
};
use http::StatusCode;

async fn sign_in(house: &House) -> String {
    cap(&house.post("/sign-in", "", &[("email", MAIL), ("password", PASSWORD)]).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_are_seen_and_ended() {
    let house = House::open();
    let (first, second) = (register(&house, MAIL, NAME).await, sign_in(&house).await);
    let page = house.get("/account/sign-ins", &second).await;
    assert_eq!(page.body.matches("いまお使いの端末").count(), 1);
    assert_eq!(page.body.matches("action=\"/account/sign-ins/end\"").count(), 1, "the other one");
    let id =
        page.body.split("name=\"sign_in\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let ended = house.post("/account/sign-ins/end", &second, &[("sign_in", &id)]).await;
    assert_eq!(ended.to(), "/account/sign-ins?done=ended");
    assert_eq!(house.get("/account", &first).await.to(), "/sign-in");
    assert!(
        house.get("/account/sign-ins?done=ended", &second).await.body.contains("サインインを終わらせました")
    );

    let third = sign_in(&house).await;
    let all = house.post("/account/sign-ins/all", &third, &[]).await;
    assert_eq!(all.to(), "/sign-in");
    assert!(cap(&all).ends_with("cap="), "the cookie is taken back");
    for cookie in [&second, &third] {
        assert_eq!(house.get("/account", cookie).await.to(), "/sign-in");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_asked_for_as_browsers_want_it_and_a_forged_one_is_refused() {
    let house = House::open();
    let own = register(&house, MAIL, NAME).await;
    let page = house.get("/account/passkeys", &own).await;
    assert!(
        page.body.contains("data-passkey=\"create\"") && page.body.contains("passkey."),
        "{}",
        page.status
    );
    let asked = house.post("/account/passkeys/ask", &own, &[]).await;
    let ask: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(asked.headers[http::header::CACHE_CONTROL], "no-store");
    assert_eq!(
        (ask["rp"]["id"].as_str(), ask["user"]["name"].as_str()),
        (Some("shop.localhost"), Some(MAIL))
    );
    assert_eq!((ask["attestation"].as_str(), ask["user"]["id"].as_str().unwrap().len()), (Some("none"), 43));
    let forged = [("passkey_name", "a"), ("client_data", "e30"), ("attestation", "oA")];
    let answer = house.post("/account/passkeys", &own, &forged).await;
    assert!(answer.status == StatusCode::OK && answer.body.contains("応答を確かめられませんでした"));
    assert!(!house.get("/account/passkeys", &own).await.body.contains("/account/passkeys/remove"));
    for (path, fields) in [
        ("/account/passkeys/ask", &[][..]),
        ("/account/prove/ask", &[][..]),
        ("/account/passkeys", &forged[..]),
        ("/account/prove", &[("password", PASSWORD)][..]),
    ] {
        assert_eq!(house.post(path, "", fields).await.to(), "/sign-in", "{path} is nobody's");
    }

    let wrong = house.post("/account/prove", &own, &[("password", "wrong one 1234")]).await;
    assert!(wrong.status == StatusCode::OK && wrong.body.contains("いまのパスワードが違うようです"));
    let right = house.post("/account/prove", &own, &[("password", PASSWORD)]).await;
    assert_eq!(right.to(), "/account/passkeys?done=proved");
}
