//! Code that runs inside `post`: it holds post's key and the whole database, with the grants of all mails of 400 days.
//!
//! It is counted by itself, from bytes it received, like code inside `web`.

use crate::{SAKURA, database, ledger};
use e2e::{
    journey::{self, Buyer, Pay},
    plain,
    staff::{self, Staff},
};
use rusqlite::Connection;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};
use testkit::http::Browser;
use uuid::Uuid;
use vault_api::{
    AccountWish, CapToken, Client, IndexAsk, IndexField, LinkToken, MessageKind, OrderAsk, Plain, Purpose,
    Reason, Role, RoleKey, SealItem, Secret, UnsealItem, VaultError,
};

/// What `post` may open in any hour, where a shop is small and its settings say nothing.
const BUDGET: usize = 300;
const KINDS: [MessageKind; 5] = [
    MessageKind::OrderReceived,
    MessageKind::PaymentReceived,
    MessageKind::Shipped,
    MessageKind::Canceled,
    MessageKind::Refunded,
];

/// An order, as the database has it.
struct Order {
    id: Uuid,
    grant: Vec<u8>,
    /// Each sealed field of it.
    fields: Vec<UnsealItem>,
}

#[test]
fn reads_who_buys_meanwhile_and_an_hours_budget_and_honest_mail_goes_on() {
    let shop = e2e::shop();
    let mut staff = Staff::set_up(&shop);
    let from_ms = crate::now_ms();
    let guest = Buyer::unique();
    let bought = plain::order(&mut Browser::new("ja"), &shop, &guest, Pay::Cash).unwrap();
    let bought: Uuid = journey::order_id(&bought).unwrap().parse().unwrap();
    journey::mails_to(&shop, &guest.email, 1).unwrap();

    let orders = orders(&database::open(shop.data()));
    let key = RoleKey::parse(fs::read_to_string(shop.data().join("post/role.key")).unwrap().trim()).unwrap();
    let post = Client::with_key(&shop.data().join("run/vault/vault.sock"), Role::Post, Some(key));
    is_nobody_else(&post, &orders);
    let there: BTreeSet<Uuid> = orders
        .iter()
        .filter(|o| o.id == bought)
        .flat_map(|o| o.fields.iter().map(|f| f.place.person))
        .collect();
    let (opened, links) = opens_all_he_can(&post, &orders);
    let strangers = opened.difference(&there).count();
    assert!(strangers <= BUDGET, "{strangers} strangers opened on a budget of {BUDGET}");
    assert!(strangers > BUDGET / 6 && opened.is_superset(&there), "is the attack still one? {strangers}");
    eprintln!("{} persons of {} orders: {strangers} by the budget", opened.len(), orders.len());

    // What he learned from links, as any visitor does, is of the same persons: a mail costs its whole order.
    for (order, link) in links.iter().take(12) {
        let mut visitor = Browser::new("ja");
        let page = visitor.open(&shop.url(&format!("/o/{}", link.to_text()))).unwrap();
        assert_eq!(page.status, 200, "the link to {order} leads to its page");
    }
    let by_post = ledger::persons_opened_by("post", shop.data(), from_ms);
    assert_eq!(opened.difference(&by_post).count(), 0, "opened, and on no ledger");
    assert_eq!(by_post.difference(&opened).count(), 0, "on the ledger, and not opened");
    let by_links = ledger::persons_opened_by("web", shop.data(), from_ms);
    let of_links: BTreeSet<Uuid> = orders
        .iter()
        .filter(|order| links.contains_key(&order.id))
        .flat_map(|order| order.fields.iter().map(|field| field.place.person))
        .collect();
    assert_eq!(by_links.difference(&of_links).count(), 0, "links opened somebody else");
    assert!(of_links.difference(&there).count() <= BUDGET, "links lead beyond the budget");

    // It is seen, and said; who buys now and who forgot his password hears of it all the same.
    e2e::until("the watch says nothing", || {
        let told = fs::read_to_string(shop.data().join("run/watch/findings.json")).unwrap_or_default();
        told.contains("mails_held")
    });
    let page = staff::page(&shop, &mut staff.sign_in(&shop), "/admin/vault").text();
    assert!(page.contains("次の一時間を待っています") && page.contains("300人まで"), "{page}");
    let late = Buyer { email: "honest.mail@canary.example".into(), ..Buyer::unique() };
    plain::order(&mut Browser::new("ja"), &shop, &late, Pay::Cash).unwrap();
    journey::mails_to(&shop, &late.email, 1).unwrap();
    let mut visitor = Browser::new("ja");
    let form = visitor.get(&shop.url("/forgot")).unwrap();
    let form = plain::hidden(&form, "/forgot").unwrap();
    plain::send(&mut visitor, &shop.url("/forgot"), &form, &[("email", SAKURA.mail)]).unwrap();
    journey::mails_to(&shop, SAKURA.mail, 1).unwrap();
}

/// Every order that has a grant, with its sealed fields.
fn orders(db: &Connection) -> Vec<Order> {
    let id = |text: String| text.parse::<Uuid>().unwrap();
    // An order's own fields stand in its row, its recipients' in theirs.
    let mut rows = db.prepare("select id, order_id from order_recipient").unwrap();
    let of_row = rows.query_map([], |row| Ok((id(row.get(0)?), id(row.get(1)?)))).unwrap();
    let mut of_row: BTreeMap<Uuid, Uuid> = of_row.map(Result::unwrap).collect();
    let mut rows =
        db.prepare("select id, message_grant from orders where message_grant is not null").unwrap();
    let grants = rows.query_map([], |row| Ok((id(row.get(0)?), row.get::<_, Vec<u8>>(1)?))).unwrap();
    let grants: Vec<(Uuid, Vec<u8>)> = grants.map(Result::unwrap).collect();
    of_row.extend(grants.iter().map(|(order, _)| (*order, *order)));
    let mut fields: BTreeMap<Uuid, Vec<UnsealItem>> = BTreeMap::new();
    for field in database::sealed_fields(db) {
        if let Some(order) = of_row.get(&field.place.row) {
            fields.entry(*order).or_default().push(field);
        }
    }
    let order = |(id, grant)| Order { id, grant, fields: fields.remove(&id).unwrap_or_default() };
    grants.into_iter().map(order).collect()
}

/// With every grant, under every pretext. Of whom he got something, and the links that came with it.
fn opens_all_he_can(post: &Client, orders: &[Order]) -> (BTreeSet<Uuid>, BTreeMap<Uuid, LinkToken>) {
    let (mut opened, mut links, mut refused) = (BTreeSet::new(), BTreeMap::new(), 0);
    for (n, order) in orders.iter().enumerate() {
        let kind = KINDS[n % KINDS.len()];
        match post.open_message(&order.grant, Uuid::new_v4(), kind, order.fields.clone()) {
            Ok(mail) => {
                let read = order.fields.iter().zip(&mail.opened).filter(|(_, o)| o.is_ok());
                opened.extend(read.map(|(field, _)| field.place.person));
                links.extend(mail.order_link.map(|link| (order.id, link)));
            }
            Err(VaultError::Denied(Reason::Budget | Reason::Grant)) => refused += 1,
            Err(other) => panic!("{other}"),
        }
        // Another order's field under this grant opens nothing.
        let other = &orders[(n + 1) % orders.len()];
        if n % 97 == 0 && other.id != order.id {
            let asked = post.open_message(&order.grant, Uuid::new_v4(), kind, other.fields.clone());
            assert_eq!(asked.err(), Some(VaultError::Denied(Reason::Grant)));
        }
    }
    assert!(refused > orders.len() / 2, "the budget never ended: {refused} of {}", orders.len());
    (opened, links)
}

/// Nothing but mails is for him: not what `web`, owner and keeper ask.
fn is_nobody_else(post: &Client, orders: &[Order]) {
    let refused = |error: Option<VaultError>| assert_eq!(error, Some(VaultError::Denied(Reason::Role)));
    let field = &orders[0].fields[0];
    let (place, secret) = (field.place, || Secret::new("kore wa watashi no mono 4"));
    let cap = CapToken::from_bytes(orders[0].grant[..32].try_into().unwrap());
    let item = SealItem { place, plaintext: Plain::new(*b"his"), create_person: true, index: vec![] };
    refused(post.unseal(&cap, Purpose::OrderPage, vec![field.clone()]).err());
    refused(post.seal(None, vec![item.clone()]).err());
    let ask = OrderAsk { order: place.row, person: place.person, places: vec![place] };
    refused(post.seal_order(None, vec![item.clone()], ask.clone()).err());
    refused(post.orders_imported(vec![ask]).err());
    refused(post.index(&cap, vec![IndexAsk::new(IndexField::Phone, "09000000000")]).err());
    refused(post.customer_set_password(place.person, Secret::new(SAKURA.mail), secret()).err());
    refused(post.account_ask(Secret::new(SAKURA.mail), AccountWish::Reset).err());
    refused(post.open_order(&cap, &orders[0].grant).err());
    refused(post.keys_status().err());
    refused(post.import_seal(vec![item]).err());
}
