//! Root of the shop's machine, where the vault is on another one. (Root of the one machine, with the seeds that sign:
//! `crates/vault/src/tests/root.rs` and `e2e/tests/witness.rs`.)

use crate::{code_in_web, tap::Tap};
use e2e::apart::Apart;
use std::{fs, path::Path};
use uuid::Uuid;
use vault_api::{Client, Column, MessageKind, Place, Role, RoleKey, Sealed, UnsealItem};

/// He has every file and process of the shop's machine: the papers of the relay, the keys of `web`, `post` and `watch`.
#[test]
fn of_the_web_machine_gets_what_web_and_post_get_and_is_named_to_the_person() {
    let folder = testkit::temp_dir();
    let mut staff = None;
    let apart = Apart::start(&folder, |shop| staff = Some(e2e::staff::Staff::set_up(shop)));
    let (shop, staff) = (&apart.shop, staff.unwrap());
    let data = apart.shop_data.clone();
    code_in_web::attack(shop, &apart.vault_data, "run/relay/vault.sock", staff, |tap, grants| {
        opens_as_post(tap, &data, grants);
        becomes_nobody_else(tap, &data);
    });
}

/// As `post`: the fields of a mail about each order of which a grant lies in the database.
fn opens_as_post(tap: &Tap, data: &Path, grants: &[(Uuid, Vec<u8>)]) {
    let key = RoleKey::parse(fs::read_to_string(data.join("post/role.key")).unwrap().trim()).unwrap();
    let post = Client::with_key(&tap.real, Role::Post, Some(key));
    let db = crate::database::open(data);
    let of_order = |order: Uuid| -> Option<UnsealItem> {
        let found =
            db.query_row("select person_id, email from orders where id = ?1", [order.to_string()], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
            });
        let (person, sealed) = found.ok()?;
        let place = Place::new(Column::OrdersEmail, order, person.parse().ok()?);
        Some(UnsealItem { place, sealed: Sealed::from_bytes(sealed) })
    };
    let before = tap.seen().mailed.len();
    for (order, grant) in grants.iter().step_by(grants.len().div_ceil(80)) {
        let Some(item) = of_order(*order) else { continue };
        let items = vec![item.clone()];
        if let Ok(mail) = post.open_message(grant, Uuid::new_v4(), MessageKind::OrderReceived, items) {
            tap.seen().mail(&[item], &mail.opened);
        }
    }
    let more = tap.seen().mailed.len() - before;
    assert!(more > 20, "he opened {more}: is the attack still one?");
    eprintln!("{more} persons more, as post");
}

/// No owner, no keeper: those are nobody from this machine.
fn becomes_nobody_else(tap: &Tap, data: &Path) {
    for room in ["web", "post", "watch"] {
        let text = fs::read_to_string(data.join(room).join("role.key")).unwrap();
        for role in [Role::Owner, Role::Keeper] {
            let client = Client::with_key(&tap.real, role, RoleKey::parse(text.trim()));
            assert!(client.ping().is_err(), "{room} is {role:?}");
        }
    }
    assert!(!data.join("vault/keeper.key").exists() && !data.join("relay/authority.pem").exists());
}
