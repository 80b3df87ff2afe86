//! The page of the vault: what it says when, and the freeze that a planted customer brings.

use crate::house::{House, NAME};
use domain::{
    payment::PaymentMethod,
    staff::{StaffRole, StaffStatus},
};
use http::StatusCode;

#[tokio::test(flavor = "multi_thread")]
async fn opening_somebody_who_was_planted_freezes_the_desk_in_plain_words() {
    let house = House::open();
    let clerk = house.enter("clerk", StaffRole::Clerk, StaffStatus::Active);
    let owner = house.enter("owner", StaffRole::Owner, StaffStatus::Active);
    let (real, bait) = (
        house.order(PaymentMethod::CashOnDelivery, false),
        house.order(PaymentMethod::CashOnDelivery, false),
    );
    let planted = house.store.read_blocking(move |tx| store::order::get(tx, bait)).unwrap().unwrap().person;
    house.owner.honeytoken_plant(Vec::new(), vec![planted.0]).unwrap();
    let open = |order: domain::OrderId| format!("/admin/orders/{order}/open");
    let page = house.get("/admin/vault", &clerk).await.body;
    assert!(page.contains("すべてふだんどおり") && page.contains("残り300人"), "{page}");

    // Ordinary work, with its reason on the ledger and what is left of the hour.
    let opened = house.post(&open(real), &clerk, &[("purpose", "payment")]).await;
    assert!(opened.body.contains(NAME) && opened.body.contains("残り299人"), "{}", opened.body);

    let frozen = house.post(&open(bait), &clerk, &[("purpose", "inquiry")]).await;
    assert_eq!(frozen.status, StatusCode::FORBIDDEN);
    assert!(frozen.body.contains("おとり") && frozen.body.contains("href=\"/admin/vault\""));
    assert!(!frozen.body.contains(NAME));
    for cookie in [&clerk, &owner] {
        let refused = house.post(&open(real), cookie, &[("purpose", "inquiry")]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "everybody, and real customers too");
        assert!(!refused.body.contains(NAME));
    }
    // What is not personal goes on.
    assert_eq!(house.get("/admin/orders", &clerk).await.status, StatusCode::OK);

    let said = house.get("/admin/vault", &clerk).await.body;
    assert!(
        said.contains("clerk") && said.contains("1名") && said.contains("再開できるのは店主だけ"),
        "{said}"
    );
    assert!(!said.contains("/admin/vault/unfreeze"));
    let said = house.get("/admin/vault", &owner).await.body;
    assert!(said.contains("action=\"/admin/vault/unfreeze\""));
    let form = [("password", "not the owner's"), ("totp", "000000")];
    let wrong = house.post("/admin/vault/unfreeze", &owner, &form).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("パスワードか確認コードが違います"));
    assert_eq!(house.post("/admin/vault/unfreeze", &clerk, &form).await.status, StatusCode::FORBIDDEN);
    assert!(house.web.state().unwrap().frozen.is_some(), "still");
}
