//! Code inside `web` while the vault is down: it opens nothing, but sees what people type. What it saw is named by the
//! gate's journal and the database together.

use crate::ledger;
use e2e::journey::{Buyer, Pay};
use e2e::{journey, plain};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::PathBuf,
    process::Command,
    sync::{Arc, Mutex},
};
use testkit::{Dozo, http::Browser};

/// `web` asks each second whether the vault is there, and waits four for the answer.
const SEEN_AWAY: std::time::Duration = std::time::Duration::from_secs(8);

/// He reads along between the gate and `web`: every request as `web` gets it, every answer.
struct Wire {
    /// By the mail address that was typed, the orders that came of it.
    seen: Arc<Mutex<BTreeMap<String, BTreeSet<String>>>>,
}

impl Wire {
    fn lay(shop: &Dozo) -> Wire {
        let socket = shop.data().join("run/web/web.sock");
        let real = socket.with_file_name("real.sock");
        std::fs::rename(&socket, &real).unwrap();
        let listener = UnixListener::bind(&socket).unwrap();
        let wire = Wire { seen: Arc::default() };
        let seen = Arc::clone(&wire.seen);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (seen, real) = (Arc::clone(&seen), real.clone());
                std::thread::spawn(move || between(client, real, &seen));
            }
        });
        // Connections that the gate still has would pass him by.
        let ended = shop.kill_child("gate");
        e2e::until("the gate does not come back", || {
            shop.pids_of("gate").first().is_some_and(|pid| *pid != ended)
                && Browser::new("ja").get(&shop.url("/cart")).is_ok_and(|a| a.status == 200)
        });
        wire
    }
}

/// Both directions at once; of each connection what came, in order.
fn between(client: UnixStream, real: PathBuf, seen: &Mutex<BTreeMap<String, BTreeSet<String>>>) {
    let Ok(web) = UnixStream::connect(real) else { return };
    let typed = Arc::new(Mutex::new(None::<String>));
    let (mut from, mut to) = (client.try_clone().unwrap(), web.try_clone().unwrap());
    let theirs = Arc::clone(&typed);
    std::thread::scope(|s| {
        s.spawn(move || {
            pump(&mut from, &mut to, |bytes| {
                let text = String::from_utf8_lossy(bytes);
                if let Some(mail) = text.split(['&', '\n']).find_map(|field| field.strip_prefix("email=")) {
                    let mail = mail.split(['&', '\r', ' ']).next().unwrap_or_default().replace("%40", "@");
                    seen.lock().unwrap().entry(mail.clone()).or_default();
                    *theirs.lock().unwrap() = Some(mail);
                }
            });
            let _ = to.shutdown(std::net::Shutdown::Write);
        });
        let (mut from, mut to) = (web, client);
        pump(&mut from, &mut to, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let order =
                text.lines().find_map(|line| line.strip_prefix("location: /order/").map(str::to_owned));
            if let (Some(order), Some(mail)) = (order, typed.lock().unwrap().clone()) {
                seen.lock().unwrap().entry(mail).or_default().insert(order.trim().to_owned());
            }
        });
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
}

fn pump(from: &mut UnixStream, to: &mut UnixStream, mut see: impl FnMut(&[u8])) {
    let mut bytes = vec![0; 256 * 1024];
    while let Ok(read) = from.read(&mut bytes) {
        if read == 0 || to.write_all(&bytes[..read]).is_err() {
            return;
        }
        see(&bytes[..read]);
    }
}

fn hold(shop: &Dozo, how: &str) {
    let pid = shop.pids_of("vault")[0].to_string();
    assert!(Command::new("kill").args([how, &pid]).status().unwrap().success());
}

#[test]
fn while_the_vault_is_down_is_named_by_journal_and_envelopes() {
    let shop = e2e::shop();
    e2e::until("no key of the day", || shop.data().join("web/day.key").exists());
    // Somebody who came before him is not on the list.
    let early = Buyer { email: "typed.0@canary.example".into(), ..Buyer::unique() };
    plain::order(&mut Browser::new("ja"), &shop, &early, Pay::Cash).unwrap();
    // Somebody who has filled everything in by then and not ordered is still in memory.
    let left = Buyer { email: "typed.5@canary.example".into(), ..Buyer::unique() };
    let mut gone = Browser::new("ja");
    let product = plain::first_product(&mut gone, &shop).unwrap();
    plain::to_cart(&mut gone, &shop, &product).unwrap();
    plain::to_confirm(&mut gone, &shop, &left, Pay::Cash).unwrap();
    let wire = Wire::lay(&shop);
    hold(&shop, "-STOP");
    // Until `web` has seen it: a request that is under way at that moment is done by the vault when it is back, for a
    // person whose order went into an envelope meanwhile, and he would stand on the ledger under a second id.
    std::thread::sleep(SEEN_AWAY);
    let from_ms = crate::now_ms();

    // Three order, one fills everything in and leaves, one only looks.
    for n in 1..=3 {
        let buyer = Buyer { email: format!("typed.{n}@canary.example"), ..Buyer::unique() };
        plain::order(&mut Browser::new("ja"), &shop, &buyer, Pay::Cash).unwrap();
    }
    let leaves = Buyer { email: "typed.4@canary.example".into(), ..Buyer::unique() };
    let mut leaver = Browser::new("ja");
    let product = plain::first_product(&mut leaver, &shop).unwrap();
    plain::to_cart(&mut leaver, &shop, &product).unwrap();
    plain::to_confirm(&mut leaver, &shop, &leaves, Pay::Cash).unwrap();
    Browser::new("ja").get(&shop.url("/cart")).unwrap();

    // His list, from bytes that he received.
    let his = wire.seen.lock().unwrap().clone();
    assert_eq!(his.len(), 4, "{:?}", his.keys());
    let orders: BTreeSet<_> = his.values().flatten().cloned().collect();
    assert_eq!(orders.len(), 3);
    // The house's, while the vault is still down: the ledger has nothing, journal and database name all.
    let told = ledger::persons(shop.data(), from_ms, &["--typed"]);
    assert_eq!(told["count"], 0, "nothing was opened");
    let db = crate::database::open(shop.data());
    let person_of = |order: &String| -> String {
        db.query_row("select person_id from orders where id = ?1", [order], |row| row.get(0)).unwrap()
    };
    let his_persons: BTreeSet<uuid::Uuid> = orders.iter().map(|o| person_of(o).parse().unwrap()).collect();
    let named = |told: &serde_json::Value| ledger::ids(told["typed"]["persons"].as_array().unwrap());
    assert_eq!(named(&told), his_persons, "neither one too few nor one too many");
    assert_eq!(
        told["typed"]["visits"].as_object().unwrap().len(),
        his.len() + 1,
        "what lies in memory is his, too"
    );
    assert_eq!(told["typed"]["visits_unknown"], 2, "both who left are counted: {told}");

    // And afterwards, when the envelopes are taken in: the same.
    hold(&shop, "-CONT");
    for n in 1..=3 {
        journey::mails_to(&shop, &format!("typed.{n}@canary.example"), 1).unwrap();
    }
    let told = ledger::persons(shop.data(), from_ms, &["--typed"]);
    assert_eq!(named(&told), his_persons);
}
