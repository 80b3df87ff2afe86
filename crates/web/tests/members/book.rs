//! The address book: one's own, sealed for its row, bounded.

use crate::{
    house::House,
    walk::{MAIL, NAME, contact, register, send},
};
use http::StatusCode;
use store::address::ADDRESSES_MAX;
use uuid::Uuid;

fn with_key(name: &str) -> Vec<(&'static str, String)> {
    let mut fields = contact(name);
    fields.push(("key", Uuid::now_v7().to_string()));
    fields
}

/// The ids of the entries on the page.
fn ids(page: &str) -> Vec<String> {
    let after = page.split("href=\"/account/addresses/").skip(1);
    after.map(|r| r.split('"').next().unwrap().to_owned()).filter(|id| id != "new").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn added_changed_and_removed_by_its_owner_alone() {
    let house = House::open();
    let anna = register(&house, MAIL, NAME).await;
    let ben = register(&house, "ben@example.jp", "団栗 勉").await;
    let empty = house.get("/account/addresses", &anna).await;
    assert!(empty.body.contains("お届け先は、まだございません"));
    let fields = with_key("栗原 祖母子");
    for _ in 0..2 {
        let added = send(&house, "/account/addresses", &anna, &fields).await;
        assert_eq!(added.to(), "/account/addresses?done=address-saved");
    }
    let list = house.get("/account/addresses?done=address-saved", &anna).await;
    let all = ids(&list.body);
    assert_eq!(all.len(), 1, "a form sent twice adds one");
    assert!(list.body.contains("栗原 祖母子") && list.body.contains("お届け先を保存いたしました"));
    let wrong = send(&house, "/account/addresses", &anna, &with_key("")).await;
    assert!(wrong.status == StatusCode::OK && wrong.body.contains("id=\"name-error\""));

    let path = format!("/account/addresses/{}", all[0]);
    assert!(house.get(&path, &anna).await.body.contains("value=\"栗原 祖母子\""));
    assert_eq!(house.get(&path, &ben).await.status, StatusCode::NOT_FOUND);
    assert_eq!(send(&house, &path, &ben, &contact("他人")).await.status, StatusCode::NOT_FOUND);
    send(&house, &format!("{path}/remove"), &ben, &[]).await;
    assert_eq!(send(&house, &path, &anna, &contact("栗原 ばあば")).await.status, StatusCode::SEE_OTHER);
    let list = house.get("/account/addresses", &anna).await;
    assert!(list.body.contains("栗原 ばあば") && !list.body.contains("祖母子"));
    assert!(list.body.contains("<details class=\"sure\">") && list.body.contains("削除してよろしいですか"));
    let removed = send(&house, &format!("{path}/remove"), &anna, &[]).await;
    assert_eq!(removed.to(), "/account/addresses?done=address-removed");
    assert!(ids(&house.get("/account/addresses", &anna).await.body).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_book_says_so() {
    let house = House::open();
    let anna = register(&house, MAIL, NAME).await;
    for n in 0..ADDRESSES_MAX {
        send(&house, "/account/addresses", &anna, &with_key(&format!("栗 {n}"))).await;
    }
    let more = send(&house, "/account/addresses", &anna, &with_key("一人多い")).await;
    assert_eq!(more.to(), "/account/addresses");
    let list = house.get("/account/addresses", &anna).await;
    assert_eq!(ids(&list.body).len(), ADDRESSES_MAX as usize);
    assert!(list.body.contains("30件まで") && !list.body.contains("一人多い"));
    assert!(!list.body.contains("/account/addresses/new"));
}

/// Two entries whose sealed fields were exchanged in the database, as an intruder there could.
#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_was_moved_to_another_row_does_not_open() {
    let house = House::open();
    let anna = register(&house, MAIL, NAME).await;
    for name in ["栗原 祖母子", "胡桃沢 菊"] {
        send(&house, "/account/addresses", &anna, &with_key(name)).await;
    }
    let list = house.get("/account/addresses", &anna).await;
    assert_eq!(ids(&list.body).len(), 2);
    let person = house.store.read_blocking(|tx| store::customer::list(tx, None, 9)).unwrap()[0].id;
    let rows = house.store.read_blocking(move |tx| store::address::of_customer(tx, person)).unwrap();
    house
        .store
        .write_blocking(move |tx| {
            store::address::set(tx, rows[0].id, person, &rows[1].contact, 1)?;
            let own = store::customer::get(tx, person)?.unwrap().contact.unwrap();
            store::address::set(tx, rows[1].id, person, &own, 1)
        })
        .unwrap();
    let list = house.get("/account/addresses", &anna).await;
    assert_eq!(list.status, StatusCode::OK);
    assert!(ids(&list.body).is_empty(), "neither another row's nor another column's");
    assert!(!list.body.contains("胡桃沢") && !list.body.contains(&format!("<p>{NAME}</p>")));
}
