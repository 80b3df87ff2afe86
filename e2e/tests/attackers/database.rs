//! Somebody who holds a copy of the database, and somebody who may write in it while the shop runs.

use crate::{HANAKO, Member, SAKURA, TARO, people};
use e2e::{
    journey::{self, Buyer, Pay},
    plain,
};
use rusqlite::{Connection, types::Value};
use std::{net::Ipv4Addr, path::Path};
use testkit::http::Browser;
use uuid::Uuid;
use vault_api::{CapToken, Client, Column, Place, Role, Sealed, Secret, UnsealItem};

/// The shop's database, as whoever holds it opens it.
pub fn open(data: &Path) -> Connection {
    let db = Connection::open(data.join("shop/shop.db")).unwrap();
    db.busy_timeout(std::time::Duration::from_secs(20)).unwrap();
    db
}

/// Every sealed field of the database, with the place that it belongs to.
pub fn sealed_fields(db: &Connection) -> Vec<UnsealItem> {
    let mut all = Vec::new();
    for column in Column::ALL.iter().filter(|c| c.is_of_shop()) {
        let (table, name) = (column.table(), column.name());
        let person = match table {
            "customer" => "id",
            "customer_address" => "customer_id",
            _ => "person_id",
        };
        let sql = format!("select id, {person}, {name} from {table} where {name} is not null");
        let mut rows = db.prepare(&sql).unwrap();
        let found = rows.query_map([], |row| {
            let id = |n| row.get::<_, String>(n).map(|id| id.parse::<Uuid>().unwrap());
            let place = Place::new(*column, id(0)?, id(1)?);
            Ok(UnsealItem { place, sealed: Sealed::from_bytes(row.get::<_, Vec<u8>>(2)?) })
        });
        all.extend(found.unwrap().map(Result::unwrap));
    }
    assert!(all.len() > 10_000, "the demo shop has {} sealed fields", all.len());
    all
}

/// Every value of every row, but of pictures and goods.
fn every_value(db: &Connection) -> Vec<Vec<u8>> {
    let tables: Vec<String> = {
        let mut names = db.prepare("select name from sqlite_schema where type = 'table'").unwrap();
        names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let mut values = Vec::new();
    for table in tables.iter().filter(|t| !["picture", "picture_size"].contains(&t.as_str())) {
        let mut rows = db.prepare(&format!("select * from {table}")).unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for at in 0..columns {
                match row.get::<_, Value>(at).unwrap() {
                    Value::Text(text) => values.push(text.into_bytes()),
                    Value::Blob(bytes) => values.push(bytes),
                    _ => {}
                }
            }
        }
    }
    values
}

#[test]
fn a_copy_of_the_database_opens_nobody() {
    let shop = e2e::shop();
    let hanako = people::sign_in(&shop, &HANAKO).expect("she knows her password");
    let db = open(shop.data());
    let values = every_value(&db);
    // Nothing personal stands in it, nor what signs anybody in.
    let cookie = |name| hanako.cookie("shop.localhost", name).unwrap().as_bytes().to_vec();
    let (cap, visit) = (cookie("cap"), cookie("visit"));
    let clear = [HANAKO.name.as_bytes(), HANAKO.mail.as_bytes(), HANAKO.password.as_bytes(), &cap, &visit];
    for value in &values {
        for needle in clear {
            assert!(!value.windows(needle.len()).any(|w| w == needle), "in the clear: {}", needle.len());
        }
    }
    // What has the size of a token is tried as one: as a capability, a visit, a link. Each from an address of its own,
    // so that the paces of the gate stop none of it.
    let tries = |n: u32, token: &str| {
        let mut thief = Browser::at(Ipv4Addr::from(0x7f01_0000 + n), "ja");
        thief.headers.insert("cookie".into(), format!("cap={token}; staff={token}"));
        let account = thief.get(&shop.url("/account")).unwrap().status;
        let link = Browser::at(Ipv4Addr::from(0x7f01_0000 + n), "ja").get(&shop.url(&format!("/a/{token}")));
        (account, link.unwrap().text().contains("new_password"))
    };
    assert_eq!(tries(1, std::str::from_utf8(&cap).unwrap()), (200, false), "what is tried can work");
    let mut blobs: Vec<&Vec<u8>> = values.iter().filter(|v| v.len() >= 32).collect();
    blobs.sort_by_key(|v| (v.len(), *v));
    blobs.dedup();
    let step = blobs.len().div_ceil(200).max(1);
    for (n, bytes) in (2..).zip(blobs.iter().step_by(step)) {
        let token = CapToken::from_bytes(bytes[..32].try_into().unwrap()).to_text();
        assert_eq!(tries(n, &token), (303, false), "a value of the database is a token");
    }
    assert!(blobs.len() / step >= 100, "{} values were tried", blobs.len() / step);
}

/// The account page of a member, whole.
fn account(b: &mut Browser, shop: &testkit::Dozo) -> String {
    ["/account", "/account/profile", "/account/orders", "/account/addresses"]
        .map(|path| b.get(&shop.url(path)).unwrap().text())
        .join("\n")
}

#[test]
fn who_writes_in_the_database_reads_nobody_and_becomes_nobody() {
    let shop = e2e::shop();
    let db = open(shop.data());
    // His own account, which he may use as he likes.
    let mut thief = people::sign_in(&shop, &TARO).unwrap();
    assert!(account(&mut thief, &shop).contains(TARO.name), "what is looked for can be seen");
    // Which row is whose he is told; in earnest he would try all.
    let [own, victim] = [&TARO, &SAKURA].map(|member| person(&shop, member));

    // 1. The victim's fields in his own row, one by one and all.
    let read = |column: &str| -> Vec<u8> {
        db.query_row(&format!("select {column} from customer where id = ?1"), [&victim], |r| r.get(0))
            .unwrap()
    };
    for columns in [&["contact"][..], &["email"], &["contact", "email", "email_index"]] {
        let before: Vec<Vec<u8>> = columns
            .iter()
            .map(|c| {
                db.query_row(&format!("select {c} from customer where id = ?1"), [&own], |r| r.get(0))
                    .unwrap()
            })
            .collect();
        for column in columns {
            let set = format!("update customer set {column} = ?1 where id = ?2");
            db.execute(&set, rusqlite::params![read(column), own]).unwrap();
        }
        let seen = account(&mut thief, &shop);
        assert!(
            !seen.contains(SAKURA.name) && !seen.contains(SAKURA.mail),
            "{columns:?} opened in his account"
        );
        for (column, old) in columns.iter().zip(before) {
            let set = format!("update customer set {column} = ?1 where id = ?2");
            db.execute(&set, rusqlite::params![old, own]).unwrap();
        }
    }

    // 2. An order of somebody else made his own, with everything that goes with it.
    let buyer = Buyer::unique();
    let mut guest = Browser::new("ja");
    let page = plain::order(&mut guest, &shop, &buyer, Pay::Cash).unwrap();
    journey::mails_to(&shop, &buyer.email, 1).unwrap();
    let order = journey::order_id(&page).unwrap();
    assert!(guest.get(&page).unwrap().text().contains(&buyer.name), "the guest sees his order");
    for set in ["customer_id = ?1", "person_id = ?1", "customer_id = ?1, person_id = ?1"] {
        db.execute(&format!("update orders set {set} where id = ?2"), [&own, &order]).unwrap();
        let seen = thief.get(&shop.url(&format!("/order/{order}"))).unwrap().text()
            + account(&mut thief, &shop).as_str();
        for canary in buyer.canaries() {
            assert!(!seen.contains(&canary.value), "{}: {set}", canary.field);
        }
    }

    // 3. The grant of that order in an order of his own: its mail would go to him.
    let mine =
        Buyer { name: "盗人 太郎".into(), email: "thief@canary.example".into(), ..Buyer::unique() };
    let mut other = Browser::new("ja");
    let page = plain::order(&mut other, &shop, &mine, Pay::Cash).unwrap();
    let own_order = journey::order_id(&page).unwrap();
    journey::mails_to(&shop, &mine.email, 1).unwrap();
    db.execute(
        "update orders set message_grant = (select message_grant from orders where id = ?1),
           contact = (select contact from orders where id = ?1) where id = ?2",
        [&order, &own_order],
    )
    .unwrap();
    db.execute(
        "insert into outbox (id, once, kind, order_id, state, attempts, next_at, data_begun, created_at)
         select ?1, ?1, kind, order_id, 'queued', 0, 0, 0, created_at from outbox where order_id = ?2 limit 1",
        [&Uuid::from_u128(0x7715).to_string(), &own_order],
    )
    .unwrap();
    let state = || -> (String, i64) {
        let id = Uuid::from_u128(0x7715).to_string();
        db.query_row("select state, attempts from outbox where id = ?1", [&id], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })
        .unwrap()
    };
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while state() == ("queued".to_owned(), 0) && std::time::Instant::now() < end {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(state() != ("queued".to_owned(), 0), "the outbox looked at it");
    for mail in journey::mails_to(&shop, &mine.email, 1).unwrap() {
        let text = mail.to_string();
        assert!(
            !text.contains(&buyer.name) && !text.contains(&buyer.email),
            "a stranger's order is mailed to him"
        );
    }

    // 4. Nobody else's account is his, and nobody has lost his own.
    for member in [&HANAKO, &TARO, &SAKURA] {
        let mut b = people::sign_in(&shop, member).unwrap_or_else(|| panic!("{} is locked out", member.mail));
        assert!(account(&mut b, &shop).contains(member.name));
        let stolen = Member { password: TARO.password, ..*member };
        assert_eq!(people::sign_in(&shop, &stolen).is_some(), member.mail == TARO.mail);
    }
}

/// Whose row a member's is.
fn person(shop: &testkit::Dozo, member: &Member) -> String {
    let key = e2e::staff::web_key(shop.data());
    let vault = Client::with_key(&shop.data().join("run/vault/vault.sock"), Role::Web, Some(key));
    let signed_in = vault.customer_sign_in(Secret::new(member.mail), Secret::new(member.password));
    signed_in.unwrap().person.to_string()
}
