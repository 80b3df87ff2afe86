//! When the ledger's disk fails, nothing is opened; when it works again, things go on.

use super::*;
use vault_api::AccountWish;

#[test]
fn a_full_disk_stops_everything_that_needs_an_entry() {
    let bench = Bench::new();
    let here = place("email", 1, 1);
    let (sealed, _) = bench.seal_new(&here, "a@example.jp");
    let (own, staff) = (bench.customer(id(1), "a@example.jp"), bench.staff(id(90), "owner"));
    let open = || bench.unseal(&own, Purpose::OwnAccount, &[(&here, &sealed)]);
    bench.disk.full.store(true, Ordering::SeqCst);
    let down = Some(VaultError::Unavailable);
    assert_eq!(err(open()), down);
    assert_eq!(err(bench.seal(Role::Web, None, vec![item(&place("email", 2, 2), "b")])), down);
    let third = place("email", 3, 3);
    assert_eq!(err(bench.seal_order(None, vec![item(&third, "c")], id(3), &[&third])), down);
    let items = vec![IndexAsk::new(vault_api::IndexField::Name, "栗田")];
    assert_eq!(err(bench.ask(Role::Web, Request::Index { cap: staff.clone(), items })), down);
    let mail = Secret::new("a@example.jp");
    let sign_in = Request::CustomerSignIn { mail: mail.clone(), password: Secret::new(PASSWORD) };
    assert_eq!(err(bench.ask(Role::Web, sign_in)), down);
    let password = Secret::new("another good one 3");
    let set = Request::CustomerSetPassword { person: id(1), mail: mail.clone(), password: password.clone() };
    assert_eq!(err(bench.ask(Role::Owner, set)), down);
    assert_eq!(err(bench.wish("b@example.jp", AccountWish::Register)), down);
    let leave =
        Request::AccountLeave { cap: own.clone(), proof: Secret::new(PASSWORD).into(), orders: vec![] };
    assert_eq!(err(bench.ask(Role::Web, leave)), down, "nobody is erased without a line");
    let wrong = bench.unseal(&own, Purpose::StaffList, &[(&here, &sealed)]);
    assert_eq!(err(wrong), down, "not even a refusal is told that was not written down");
    let Ok(Response::Health(health)) = bench.ask(Role::Watch, Request::Ping) else { panic!("ping answers") };
    assert!(!health.ledger_ok);
    assert!(bench.ask(Role::Web, Request::WhoAmI { cap: own.clone() }).is_ok(), "who needs no entry goes on");

    bench.disk.full.store(false, Ordering::SeqCst);
    assert_eq!(open(), Ok(vec![Ok("a@example.jp".into())]));
    let sign_in = Request::CustomerSignIn { mail, password };
    assert_eq!(
        err(bench.ask(Role::Web, sign_in)),
        Some(VaultError::Denied(Reason::SignIn)),
        "the password was not changed"
    );
    let seqs: Vec<_> = bench.ledger().iter().map(|line| line["seq"].as_u64().unwrap()).collect();
    assert!(seqs.is_sorted_by(|a, b| a < b), "no number twice: {seqs:?}");
}

#[test]
fn a_failed_sync_stops_until_a_restart() {
    let mut bench = Bench::new();
    let here = place("email", 1, 1);
    let (sealed, _) = bench.seal_new(&here, "a@example.jp");
    let own = bench.customer(id(1), "a@example.jp");
    bench.disk.sync_fails.store(true, Ordering::SeqCst);
    assert_eq!(
        err(bench.unseal(&own, Purpose::OwnAccount, &[(&here, &sealed)])),
        Some(VaultError::Unavailable)
    );
    bench.disk.sync_fails.store(false, Ordering::SeqCst);
    assert_eq!(
        err(bench.unseal(&own, Purpose::OwnAccount, &[(&here, &sealed)])),
        Some(VaultError::Unavailable)
    );
    bench.restart();
    assert!(bench.unseal(&own, Purpose::OwnAccount, &[(&here, &sealed)]).is_ok());
}

#[test]
fn every_opening_has_its_entry_before_the_answer() {
    let bench = Bench::new();
    let here = place("email", 1, 1);
    let (sealed, _) = bench.seal_new(&here, "a@example.jp");
    let own = bench.customer(id(1), "a@example.jp");
    let threads = 8;
    std::thread::scope(|s| {
        for _ in 0..threads {
            s.spawn(|| {
                for _ in 0..20 {
                    assert!(bench.unseal(&own, Purpose::OwnAccount, &[(&here, &sealed)]).is_ok());
                }
            });
        }
    });
    let unseals = bench.ledger().iter().filter(|l| l["kind"] == "unseal").count();
    assert_eq!(unseals, threads * 20);
    let line = bench.ledger().pop().unwrap();
    assert_eq!(line["places"]["orders.email"][0], serde_json::json!([id(1), id(1)]));
    assert_eq!((line["role"].as_str(), line["purpose"].as_str()), (Some("web"), Some("own_account")));
}

/// Every order that was answered has both entries on the ledger and its persons' keys in the store, however many come
/// at once and share a write: what is read anew from the disk opens what was sealed.
#[test]
fn every_order_has_its_entries_and_keys_on_the_disk_before_the_answer() {
    let mut bench = Bench::new();
    let orders: Vec<(Place, Sealed, CapToken)> = std::thread::scope(|s| {
        let order = |n: u128| {
            let (bench, here) = (&bench, place("email", n, n));
            s.spawn(move || {
                let mut sealed = bench.seal_order(None, vec![item(&here, "a")], id(n), &[&here]).unwrap();
                let entries = bench.ledger();
                let orders = entries.iter().filter(|l| l["orders"][0] == serde_json::json!(id(n)));
                assert_eq!(orders.count(), 1);
                (here, sealed.items.remove(0).sealed, sealed.grant.guest_cap.unwrap())
            })
        };
        let all: Vec<_> = (1..=40).map(order).collect();
        all.into_iter().map(|t| t.join().unwrap()).collect()
    });
    bench.restart();
    for (here, sealed, cap) in &orders {
        assert_eq!(bench.unseal(cap, Purpose::OrderPage, &[(here, sealed)]), Ok(vec![Ok("a".into())]));
    }
}

#[test]
fn strangers_cannot_fill_the_ledger() {
    let bench = Bench::new();
    let here = place("email", 1, 1);
    let (sealed, _) = bench.seal_new(&here, "a@example.jp");
    let before = bench.ledger().len();
    let made_up = |n: u16| {
        let mut bytes = [7; 32];
        bytes[..2].copy_from_slice(&n.to_be_bytes());
        CapToken::from_bytes(bytes)
    };
    let denied = Some(VaultError::Denied(Reason::NoCapability));
    for n in 0..500 {
        assert_eq!(err(bench.ask(Role::Web, Request::WhoAmI { cap: made_up(n) })), denied);
    }
    assert_eq!(bench.ledger().len(), before + 120);
    // What would open something is always written down.
    for n in 0..5 {
        assert_eq!(err(bench.unseal(&made_up(n), Purpose::OrderPage, &[(&here, &sealed)])), denied);
    }
    assert_eq!(bench.ledger().len(), before + 125);
    bench.house().write_rest(false);
    assert_eq!(bench.ledger().len(), before + 125, "not yet");
    bench.pass(60_000);
    bench.disk.full.store(true, Ordering::SeqCst);
    bench.house().write_rest(false);
    bench.disk.full.store(false, Ordering::SeqCst);
    bench.house().write_rest(false);
    let ledger = bench.ledger();
    assert_eq!(ledger.last().unwrap()["unwritten"], 380);
}
