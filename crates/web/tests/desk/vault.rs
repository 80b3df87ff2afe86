//! The page of the vault: what it says when, and the freeze that a planted customer brings.

use crate::house::{House, NAME};
use domain::{
    payment::PaymentMethod,
    staff::{StaffRole, StaffStatus},
};
use http::StatusCode;
use std::time::Duration;

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
    assert!(wrong.body.contains("パスワードか確認コードが違う"));
    assert_eq!(house.post("/admin/vault/unfreeze", &clerk, &form).await.status, StatusCode::FORBIDDEN);
    assert!(house.web.state().unwrap().frozen.is_some(), "still");
}

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_that_is_down_is_a_page_that_says_so() {
    let mut house = House::open();
    let owner = house.enter("owner", StaffRole::Owner, StaffStatus::Active);
    house.close_vault();
    for path in ["/admin/vault", "/admin/exports", "/admin"] {
        let answer = house.get(path, &owner).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(answer.body.contains("蔵") && answer.body.contains("<h1>"), "{}", answer.body);
    }
    house.open_vault();
    let well = house.get("/admin/vault", &owner).await;
    assert!(
        well.status == StatusCode::OK && well.body.contains("すべてふだんどおり"),
        "nobody was signed out"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_set_back_is_said_until_it_has_caught_up() {
    let house = House::open();
    let owner = house.enter("owner", StaffRole::Owner, StaffStatus::Active);
    house.clock_ahead(2 * HOUR);
    assert!(house.get("/admin/vault", &owner).await.body.contains("すべてふだんどおり"));
    house.clock_ahead(Duration::ZERO);
    let said = house.get("/admin/vault", &owner).await.body;
    assert!(said.contains("時計が戻っています") && said.contains("時刻の同期"), "{said}");
    house.clock_ahead(2 * HOUR);
    assert!(!house.get("/admin/vault", &owner).await.body.contains("時計が戻っています"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_is_away_for_a_day_stops_exports_and_nothing_else() {
    let house = House::open_witnessed(true);
    let order = house.order(PaymentMethod::CashOnDelivery, false);
    house.clock_ahead(25 * HOUR);
    let owner = house.enter("owner", StaffRole::Owner, StaffStatus::Active);
    let said = house.get("/admin/vault", &owner).await.body;
    assert!(said.contains("帳面の立会人が、一日以上来ていません"), "{said}");
    let exports = house.get("/admin/exports", &owner).await.body;
    assert!(exports.contains("立会人が一日以上来ていないため、書き出しを止めています"), "{exports}");
    let days = [("from", "2026-11-01"), ("until", "2026-11-30"), ("reason", "mailing")];
    let ask: Vec<_> = [("subject", "orders"), ("field", "name")].into_iter().chain(days).collect();
    let refused = house.post("/admin/exports", &owner, &ask).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let opened = house.post(&format!("/admin/orders/{order}/open"), &owner, &[("purpose", "ship")]).await;
    assert!(opened.body.contains(NAME), "daily work goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_was_put_back_alone_is_said() {
    let mut house = House::open();
    let (store, copy) = (house.folder.path().join("vault/vault.redb"), house.folder.path().join("copy"));
    house.close_vault();
    std::fs::copy(&store, &copy).unwrap();
    house.clock_ahead(HOUR);
    house.open_vault();
    house.order(PaymentMethod::CashOnDelivery, false);
    house.close_vault();
    std::fs::copy(&copy, &store).unwrap();
    house.open_vault();
    let owner = house.enter("owner", StaffRole::Owner, StaffStatus::Active);
    let said = house.get("/admin/vault", &owner).await.body;
    assert!(said.contains("蔵の一部だけが、古い控えに戻されています") && said.contains("丸ごと"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn how_far_a_change_of_keys_is_can_be_seen() {
    let house = House::open();
    let owner = house.enter("owner", StaffRole::Owner, StaffStatus::Active);
    assert!(!house.get("/admin/vault", &owner).await.body.contains("鍵の入れ替え"));
    let keeper = vault_api::Client::lazy(&house.folder.path().join("vault.sock"), vault_api::Role::Keeper);
    keeper.keys_rotate(vault_api::KeyLevel::Index).unwrap();
    let said = house.get("/admin/vault", &owner).await.body;
    assert!(
        said.contains("鍵の入れ替え") && said.contains("検索の索引の鍵") && said.contains("<progress"),
        "{said}"
    );
    keeper.keys_rotate(vault_api::KeyLevel::House).unwrap();
    let said = house.get("/admin/vault", &owner).await.body;
    assert!(said.contains("メールの許しの鍵") && said.contains("遅くとも"), "{said}");
}
