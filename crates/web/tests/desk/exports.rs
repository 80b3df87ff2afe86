//! Exports of customers' data as two members of staff walk through them, and what the file holds.

use crate::house::{Colleague, House, MAIL, NAME, TO};
use domain::{PersonId, message::DeliveryState, payment::PaymentMethod, staff::StaffRole};
use http::StatusCode;
use uuid::Uuid;
use vault_api::{AccountMessageKind, Client, Column, Place, Plain, Role, SealItem};

/// Around the orders of [`House::order`], which were placed on 2026-11-18 (Japan).
const DAYS: [(&str, &str); 2] = [("from", "2026-11-01"), ("until", "2026-11-30")];

fn form<'a>(subject: &'a str, fields: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![("subject", subject), ("reason", "shipping")];
    all.extend(DAYS);
    all.extend(fields.iter().map(|f| ("field", *f)));
    all
}

/// What a page's first form to this end of an address carries.
fn hidden(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\" value=\"")).expect("such a field");
    page[at..].split('"').nth(3).unwrap().to_owned()
}

fn action(page: &str, end: &str) -> Option<String> {
    let forms = page.split("action=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    forms
        .into_iter()
        .find(|action| action.starts_with("/admin/exports/") && action.ends_with(end))
        .map(str::to_owned)
}

/// Approves the first that waits, with a fresh proof.
async fn approve(house: &House, who: &mut Colleague) -> crate::house::Answer {
    let page = house.get("/admin/exports", &who.cookie).await.body;
    let (to, hash, proof) = (action(&page, "/approve").unwrap(), hidden(&page, "hash"), who.proof());
    let mut fields = vec![("hash", hash.as_str())];
    fields.extend(proof.iter().map(|(name, value)| (*name, value.as_str())));
    house.post(&to, &who.cookie, &fields).await
}

fn member(house: &House, name: &str, mail: &str) -> PersonId {
    let person = Uuid::now_v7();
    let contact = format!(
        r#"{{"name":"{name}","kana":"カナ","phone":"09011112222","postcode":"3900811","prefecture":"長野県","city":"松本市","street":"一","building":""}}"#
    );
    let item = |column, text: &str| SealItem {
        place: Place::new(column, person, person),
        plaintext: Plain::new(text.as_bytes()),
        create_person: true,
        index: vec![],
    };
    let items = vec![item(Column::CustomerEmail, mail), item(Column::CustomerContact, &contact)];
    let mut sealed = house.owner.seal(None, items).unwrap().items.into_iter().map(|i| i.sealed.into_bytes());
    let row = store::customer::Customer {
        id: PersonId(person),
        email: sealed.next().unwrap().into(),
        contact: Some(sealed.next().unwrap().into()),
        email_index: [1; 16].into(),
        phone_index: None,
        name_index: None,
        locale: domain::Locale::Ja,
        channel: domain::order::Channel::Web,
        status: domain::customer::CustomerStatus::Active,
        created_at: 1_795_000_000_000,
        updated_at: 1_795_000_000_000,
    };
    house.store.write_blocking(move |tx| store::customer::insert(tx, &row)).unwrap();
    PersonId(person)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_asks_another_approves_and_the_file_comes_once() {
    let house = House::open();
    let mut chief = house.colleague("chizuru", StaffRole::Owner);
    let mut clerk = house.colleague("minoru", StaffRole::Clerk);
    house.order(PaymentMethod::CashOnDelivery, true);
    house.order(PaymentMethod::CashOnDelivery, false);

    let clerks = house.get("/admin/exports", &clerk.cookie).await.body;
    assert!(!clerks.contains("action=\"/admin/exports\""), "a clerk asks for nothing");
    let fields = form("orders", &["name", "email", "recipient"]);
    assert_eq!(house.post("/admin/exports", &clerk.cookie, &fields).await.status, StatusCode::FORBIDDEN);
    for (wrong, says) in [
        (form("orders", &[]), "項目を一つ以上"),
        (form("customers", &["recipient"]), "お届け先は"),
        (form("customers", &["name"]), "書き出すものがありません"),
    ] {
        let answer = house.post("/admin/exports", &chief.cookie, &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(says), "{says}: {}", answer.body);
    }
    let asked = house.post("/admin/exports", &chief.cookie, &fields).await;
    assert_eq!(asked.to(), "/admin/exports?done=export_asked", "{}", asked.body);
    // What comes after the asking is not in it.
    house.order(PaymentMethod::CashOnDelivery, false);

    let own = house.get("/admin/exports", &chief.cookie).await.body;
    assert!(own.contains("別の方の承認を待っています") && own.contains("3名"), "{own}");
    assert!(action(&own, "/approve").is_none() && action(&own, "/file").is_none());
    let page = house.get("/admin/exports", &clerk.cookie).await.body;
    assert!(page.contains(&chief.name()) && page.contains("運送会社や倉庫に渡す"), "{page}");
    let (to, hash) = (action(&page, "/approve").unwrap(), hidden(&page, "hash"));
    let unproved = house.post(&to, &clerk.cookie, &[("hash", &hash)]).await;
    assert_eq!(unproved.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unproved.body.contains("もう一度ご確認ください"), "{}", unproved.body);
    let wrong = [("hash", hash.as_str()), ("password", "not his"), ("totp", "000000")];
    assert!(house.post(&to, &clerk.cookie, &wrong).await.body.contains("パスワードか確認コードが違う"));
    let proof = chief.proof();
    let mut alone = vec![("hash", hash.as_str())];
    alone.extend(proof.iter().map(|(name, value)| (*name, value.as_str())));
    let alone = house.post(&to, &chief.cookie, &alone).await;
    assert!(
        alone.status == StatusCode::UNPROCESSABLE_ENTITY && alone.body.contains("別の方の承認が要ります")
    );
    assert_eq!(approve(&house, &mut clerk).await.to(), "/admin/exports?done=export_approved");

    let page = house.get("/admin/exports", &chief.cookie).await.body;
    let file = action(&page, "/file").unwrap();
    let csv = house.post(&file, &chief.cookie, &[]).await;
    assert_eq!(csv.status, StatusCode::OK);
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(csv.headers["cache-control"], "no-store");
    assert!(
        csv.headers["content-disposition"].to_str().unwrap().starts_with("attachment; filename=\"export-")
    );
    let lines: Vec<&str> = csv.body.lines().collect();
    assert!(lines[0].starts_with("\u{feff}ご注文番号,") && lines[0].contains("届け先氏名"), "{}", lines[0]);
    assert_eq!(lines.len(), 3, "{}", csv.body);
    assert!(lines[1..].iter().all(|l| l.contains(NAME) && l.contains(MAIL)), "{}", csv.body);
    assert_eq!(lines[1..].iter().filter(|l| l.contains(TO)).count(), 1);
    assert_eq!(lines[1..].iter().filter(|l| l.contains(",1080,")).count(), 2);
    assert!(lines[1..].iter().all(|l| l.contains("まんじゅう 6個入 × 1")));

    let again = house.post(&file, &chief.cookie, &[]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.body.contains("もう次へ進んでいる") && !again.body.contains(NAME));
    assert!(again.body.contains("書き出し済み") && again.body.contains(&clerk.name()), "{}", again.body);
    let done = house.actions();
    for action in ["export.asked 3", "export.approved 3", "export.taken 3"] {
        assert!(done.contains(&action.to_owned()), "{action}: {done:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_no_formulas_and_who_left_is_gone() {
    let house = House::open();
    let chief = house.colleague("chizuru", StaffRole::Owner);
    let mut clerk = house.colleague("minoru", StaffRole::Clerk);
    member(&house, "=HYPERLINK(1)", "a@example.jp");
    member(&house, "＝二", "b@example.jp");
    let gone = member(&house, "去った 人", "gone@example.jp");
    let ask = form("customers", &["name", "email", "phone", "address"]);
    assert_eq!(
        house.post("/admin/exports", &chief.cookie, &ask).await.to(),
        "/admin/exports?done=export_asked"
    );
    approve(&house, &mut clerk).await;
    // He leaves between the approval and the file.
    let password = vault_api::Secret::new("kuri-to-kurumi-1921");
    house
        .owner
        .customer_set_password(gone.0, vault_api::Secret::new("gone@example.jp"), password.clone())
        .unwrap();
    let signed =
        house.web.customer_sign_in(vault_api::Secret::new("gone@example.jp"), password.clone()).unwrap();
    house.web.account_leave(&signed.cap, password, vec![]).unwrap();

    let page = house.get("/admin/exports", &chief.cookie).await.body;
    let csv = house.post(&action(&page, "/file").unwrap(), &chief.cookie, &[]).await.body;
    assert!(csv.contains("\"'=HYPERLINK(1)\"") && csv.contains("\"'＝二\""), "{csv}");
    assert!(csv.contains(",090-1111-2222,390-0811,長野県,松本市,一,"), "{csv}");
    assert!(csv.contains("退会により消去") && !csv.contains("去った") && !csv.contains("gone@"), "{csv}");
    assert_eq!(csv.lines().count(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_alone_proves_himself_twice_and_the_shop_gets_a_mail() {
    let house = House::open();
    let facts = r#"{"email":"shop@risudo.example"}"#;
    house.store.write_blocking(move |tx| store::meta::set(tx, store::meta::SHOP, facts)).unwrap();
    let mut owner = house.colleague("chizuru", StaffRole::Owner);
    house.order(PaymentMethod::CashOnDelivery, false);
    let page = house.get("/admin/exports", &owner.cookie).await.body;
    assert!(page.contains("お二人で確かめるより弱い守りです"), "{page}");
    let asked = house.post("/admin/exports", &owner.cookie, &form("orders", &["email"])).await;
    assert_eq!(asked.to(), "/admin/exports?done=export_asked", "{}", asked.body);
    let page = house.get("/admin/exports", &owner.cookie).await.body;
    let (to, hash) = (action(&page, "/approve").unwrap(), hidden(&page, "hash"));
    let early = house.post(&to, &owner.cookie, &[("hash", &hash)]).await;
    assert_eq!(
        early.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "the proof of before the asking is not enough"
    );
    assert_eq!(approve(&house, &mut owner).await.to(), "/admin/exports?done=export_approved");
    let post = Client::lazy(&house.folder.path().join("vault.sock"), Role::Post);
    let rows = house.store.read_blocking(|tx| store::outbox::list(tx, DeliveryState::Queued, 50)).unwrap();
    let (grant, id) = rows.into_iter().find_map(|row| Some((row.account_grant?, row.id))).unwrap();
    let mail = post.open_account_message(&grant.0, id.0).unwrap();
    assert_eq!((mail.kind, mail.to.reveal()), (AccountMessageKind::ExportAlone, "shop@risudo.example"));
    let page = house.get("/admin/exports", &owner.cookie).await.body;
    assert!(page.contains("ご自身のみ"), "{page}");
    let csv = house.post(&action(&page, "/file").unwrap(), &owner.cookie, &[]).await.body;
    assert!(csv.contains(MAIL) && !csv.contains(NAME), "{csv}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_stopped_while_frozen_in_plain_words() {
    let house = House::open();
    let mut chief = house.colleague("chizuru", StaffRole::Owner);
    let mut clerk = house.colleague("minoru", StaffRole::Clerk);
    house.order(PaymentMethod::CashOnDelivery, false);
    for _ in 0..2 {
        let asked = house.post("/admin/exports", &chief.cookie, &form("orders", &["name"])).await;
        assert_eq!(asked.to(), "/admin/exports?done=export_asked");
    }
    approve(&house, &mut clerk).await;
    house.owner.honeytoken_test().unwrap();
    let page = house.get("/admin/exports", &chief.cookie).await.body;
    assert!(page.contains("おとりのお客様の封が切られようとしたため、書き出しを止めています"), "{page}");
    let file = house.post(&action(&page, "/file").unwrap(), &chief.cookie, &[]).await;
    assert_eq!(file.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!file.body.contains(NAME) && file.body.contains("書き出しを止めています"));
    // The owner ends it, with what he has in his hands; whoever is none does not.
    let guess = [("password", "any"), ("totp", "000000")];
    let refused = house.post("/admin/vault/unfreeze", &clerk.cookie, &guess).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let proof = chief.proof();
    let fields: Vec<_> = proof.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let ended = house.post("/admin/vault/unfreeze", &chief.cookie, &fields).await;
    assert_eq!(ended.to(), "/admin/vault?done=unfrozen", "{}", ended.body);
    let file = house.post(&action(&page, "/file").unwrap(), &chief.cookie, &[]).await;
    assert!(file.status == StatusCode::OK && file.body.contains(NAME));
    let back = action(&house.get("/admin/exports", &chief.cookie).await.body, "/end").unwrap();
    assert_eq!(house.post(&back, &chief.cookie, &[]).await.to(), "/admin/exports?done=export_ended");
}
