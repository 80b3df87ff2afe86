//! A member's orders, buying again, and leaving.

use crate::{
    house::{House, box_of_manju},
    walk::{MAIL, NAME, PASSWORD, mail, mailbox, register},
};
use domain::{
    Locale, OrderId, PersonId, RecipientId, Yen,
    catalog::SaleStatus,
    fulfillment::Carrier,
    order::Channel,
    payment::PaymentMethod,
    staff::{StaffRole, StaffStatus},
    tax::{TaxClass, TaxLine},
};
use http::StatusCode;
use store::order::NewOrder;
use uuid::Uuid;
use vault_api::{
    AccountMessageKind as Kind, CapToken, Column, IndexAsk, IndexField, OrderAsk, Place, Plain, SealItem,
};

/// The customer behind a cookie.
fn person(house: &House, cookie: &str) -> (PersonId, CapToken) {
    let cap = CapToken::parse(cookie.strip_prefix("cap=").unwrap()).unwrap();
    match house.web.who_am_i(&cap).unwrap().holder {
        vault_api::Holder::OwnAccount { person } => (PersonId(person), cap),
        _ => panic!("not an account"),
    }
}

/// An order of a member, paid on delivery, with a gift for a friend.
pub fn order(house: &House, cookie: &str) -> OrderId {
    let (person, cap) = person(house, cookie);
    let (id, recipient, friend) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let contact = r#"{"name":"梟谷 木霊","kana":"フクロウ","phone":"0263112233","postcode":"3900811",
        "prefecture":"長野県","city":"松本市中央","street":"1-2-3"}"#;
    let item = |column: Column, row, who, text: &str, new, index| SealItem {
        place: Place::new(column, row, who),
        plaintext: Plain::new(text.as_bytes()),
        create_person: new,
        index,
    };
    let items = vec![
        item(Column::OrdersEmail, id, person.0, MAIL, false, vec![IndexAsk::new(IndexField::Email, MAIL)]),
        item(
            Column::OrdersContact,
            id,
            person.0,
            contact,
            false,
            vec![IndexAsk::new(IndexField::Name, NAME)],
        ),
        item(Column::OrderRecipientContact, recipient, friend, contact, true, vec![]),
    ];
    let places: Vec<Place> = items.iter().map(|i| i.place).collect();
    let ask = OrderAsk { order: id, person: person.0, places };
    let placed = house.web.seal_order(Some(&cap), items, ask).unwrap();
    let grant = placed.grant.message_grant;
    let mut sealed = placed.items.into_iter();
    let (email, orderer, to) = (sealed.next().unwrap(), sealed.next().unwrap(), sealed.next().unwrap());
    let price = Yen::new(1_080);
    let new = NewOrder {
        id: OrderId(id),
        person,
        customer: Some(person),
        channel: Channel::Web,
        method: PaymentMethod::CashOnDelivery,
        locale: Locale::Ja,
        placed_at: 1_795_000_000_000,
        subtotal: price,
        shipping_fee: Yen::ZERO,
        cod_fee: Yen::ZERO,
        total: price,
        taxes: vec![TaxLine { class: TaxClass::Reduced, gross: price, tax: Yen::new(80) }],
        email_index: email.index[0].0.into(),
        email: email.sealed.into_bytes().into(),
        name_index: orderer.index[0].0.into(),
        phone_index: [7; 16].into(),
        contact: orderer.sealed.into_bytes().into(),
        message_grant: Some(store::order::MessageGrant(grant)),
        recipients: vec![box_of_manju(
            RecipientId(recipient),
            PersonId(friend),
            to.sealed.into_bytes().into(),
        )],
        cart: None,
        card_entry: None,
        envelope: None,
    };
    house
        .store
        .write_blocking(move |tx| {
            store::order::place(tx, &new).map_err(|_| store::Error::Inconsistent("the order was not placed"))
        })
        .unwrap()
        .id
}

fn deliver(house: &House, order: OrderId) {
    let parcel = house.parcel(order);
    let staff = house.invite(&format!("packer-{parcel}")[..20], StaffRole::Clerk, StaffStatus::Active).0;
    house
        .store
        .write_blocking(move |tx| {
            store::order::ship(tx, parcel, Carrier::Yamato, "123456789012", Some(staff), 2).map(|_| ())
        })
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_shows_ones_own_orders_and_buys_them_again() {
    let house = House::open();
    let anna = register(&house, MAIL, NAME).await;
    let ben = register(&house, "ben@example.jp", "団栗 勉").await;
    assert!(house.get("/account/orders", &anna).await.body.contains("ご注文はまだございません"));
    let mine: Vec<OrderId> = (0..2).map(|_| order(&house, &anna)).collect();
    let list = house.get("/account/orders", &anna).await;
    assert!(mine.iter().all(|id| list.body.contains(&format!("/order/{id}"))));
    assert!(list.body.contains("まんじゅう 6個入") && list.body.contains("2件のご注文"));
    let theirs = house.get("/account/orders", &ben).await;
    assert!(!theirs.body.contains(&mine[0].to_string()));
    assert_eq!(house.get("/account/orders?page=9", &anna).await.status, StatusCode::OK);

    let path = format!("/order/{}/again", mine[0]);
    assert_eq!(house.post(&path, &ben, &[]).await.status, StatusCode::FORBIDDEN, "another's order");
    assert_eq!(house.post(&path, "", &[]).await.to(), "/sign-in");
    assert_eq!(house.post(&path, &anna, &[]).await.to(), "/cart");
    assert!(house.get("/cart", &anna).await.body.contains("まんじゅう"));
    // What is not sold any more is said, not passed over.
    let gone = house.store.read_blocking(|tx| store::product::variants(tx, crate::house::goods())).unwrap();
    let gone = store::product::Variant { status: SaleStatus::Ended, ..gone[0].variant.clone() };
    house.store.write_blocking(move |tx| store::product::put_variant(tx, &gone)).unwrap();
    let said = house.post(&path, &anna, &[]).await;
    assert_eq!(said.status, StatusCode::OK);
    assert!(said.body.contains("いまは取り扱いのないもの") && said.body.contains("まんじゅう 6個入"));
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_is_refused_while_an_order_is_open_and_erases_then() {
    let house = House::open();
    let anna = register(&house, MAIL, NAME).await;
    let id = order(&house, &anna);
    assert!(house.get("/account/leave", &anna).await.body.contains("お届けの済んでいないご注文"));
    let leave = |password: &'static str, sure: &'static str| {
        let (house, cookie) = (&house, anna.clone());
        async move { house.post("/account/leave", &cookie, &[("password", password), ("sure", sure)]).await }
    };
    assert!(leave(PASSWORD, "1").await.body.contains("お届けの済んでいないご注文"));
    deliver(&house, id);
    assert!(house.get("/account/leave", &anna).await.body.contains("元には戻せません"));
    assert!(leave(PASSWORD, "").await.body.contains("確認のしるし"));
    assert!(leave("wrong one 1234", "1").await.body.contains("いまのパスワードが違う"));
    assert_eq!(house.get("/account", &anna).await.status, StatusCode::OK, "a refusal changes nothing");
    mailbox(&house);

    let left = leave(PASSWORD, "1").await;
    assert_eq!(left.to(), "/left");
    assert!(house.get("/left", "").await.body.contains("退会の手続きが終わりました"));
    let told = mail(&house);
    assert_eq!((told.kind, told.to.reveal()), (Kind::Left, MAIL), "told with an address that is gone");
    assert_eq!(house.get("/account", &anna).await.to(), "/sign-in");
    let again = house.post("/sign-in", "", &[("email", MAIL), ("password", PASSWORD)]).await;
    assert_eq!(again.status, StatusCode::OK, "nobody signs in");
    assert_eq!(house.get(&format!("/order/{id}"), &anna).await.status, StatusCode::FORBIDDEN);

    // The staff see an order without a name, and are told why.
    let staff = house.enter("owner", StaffRole::Owner, StaffStatus::Active);
    assert_eq!(house.get(&format!("/admin/orders/{id}"), &staff).await.status, StatusCode::OK);
    let open = house.post(&format!("/admin/orders/{id}/open"), &staff, &[("purpose", "ship")]).await;
    assert_eq!(open.status, StatusCode::OK);
    assert!(
        open.body.contains("退会") && !open.body.contains(NAME) && !open.body.contains("梟谷"),
        "{}",
        open.body
    );
    let names = house.post("/admin/orders", &staff, &[]).await;
    assert_eq!(names.status, StatusCode::OK);
    assert!(names.body.contains("退会"));
    let slip = house.post(&format!("/admin/orders/{id}/slip"), &staff, &[]).await;
    assert!(slip.status == StatusCode::OK && slip.body.contains("退会"), "{}", slip.status);
}

/// Web died after the vault had erased: the rows are cleared by the thread that keeps the house in step.
#[tokio::test(flavor = "multi_thread")]
async fn a_leaving_that_was_broken_off_is_finished() {
    let house = House::open();
    let anna = register(&house, MAIL, NAME).await;
    let ben = register(&house, "ben@example.jp", "団栗 勉").await;
    let ((anna_id, cap), (ben_id, _)) = (person(&house, &anna), person(&house, &ben));
    for id in [anna_id, ben_id] {
        house.store.write_blocking(move |tx| store::leaving::begin(tx, id, 1)).unwrap().unwrap();
    }
    house.web.account_leave(&cap, vault_api::Secret::new(PASSWORD), Vec::new()).unwrap();
    let app = web::App::new(web::Config {
        vault_socket: house.folder.path().join("vault.sock"),
        shop_origin: crate::house::ORIGIN.into(),
        ..crate::common::config(house.folder.path(), house.store.clone())
    });
    tokio::task::spawn_blocking(move || web::account::finish_leaving(&app)).await.unwrap();
    let row = |id| house.store.read_blocking(move |tx| store::customer::get(tx, id)).unwrap().unwrap();
    use domain::customer::CustomerStatus as S;
    assert_eq!((row(anna_id).status, row(anna_id).email.0.len()), (S::Closed, 5));
    assert_eq!(row(ben_id).status, S::Active, "the vault knows that he is still here");
}
