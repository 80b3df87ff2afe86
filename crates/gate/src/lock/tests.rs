//! The lock: closed, looked after, opened.

use super::*;
use ledger::NoteSigner;
use std::{fs, path::Path, sync::Arc};

const SHOP: &str = "http://shop.localhost:8080";

fn owner() -> NoteSigner {
    NoteSigner::from_seed("owner", &[1; 32]).unwrap()
}

fn lock_seen(folder: &Path, seen: u64) -> Lock {
    let life = telemetry::Life::of_test("gate", folder);
    let failed = life.metrics().counter("failed", "");
    let (journal, _) = Journal::open(&folder.join("journal"), 1 << 20, 2, failed).unwrap();
    let seen = (seen, Closed::Nothing);
    let told = Told { folder: folder.to_owned(), shop: SHOP.into(), owner: Some(owner().key()), seen };
    Lock::open(told, journal, life.metrics())
}

fn lock(folder: &Path) -> Lock {
    lock_seen(folder, 0)
}

fn refused(lock: &Lock) -> Vec<&'static str> {
    ["home", "cart", "checkout_place", "webhook", "staff_orders", "script", "style"]
        .into_iter()
        .filter(|id| site::route(id).is_some_and(|route| lock.enter(route).is_err()))
        .collect()
}

const PAYMENT: [&str; 2] = ["cart", "checkout_place"];
const WHOLE: [&str; 3] = ["home", "cart", "checkout_place"];

fn text_of(folder: &Path) -> String {
    fs::read_to_string(folder.join(FILE)).unwrap()
}

#[test]
fn outlasts_a_restart_and_is_never_loosened_by_closing() {
    let dir = tempfile::tempdir().unwrap();
    let first = lock(dir.path());
    assert_eq!(refused(&first), [""; 0]);
    first.close_payment("script", Reference::new());
    assert_eq!((refused(&first), first.stands().number), (PAYMENT.to_vec(), 1));
    first.close_payment("form", Reference::new());
    assert_eq!((first.stands().why.as_str(), first.stands().number), ("script", 1), "the first stands");
    assert_eq!(refused(&lock(dir.path())), PAYMENT);
    let second = lock(dir.path());
    assert_eq!(second.close(Closed::Shop, By::Owner, "a drill").unwrap().lock.number, 2);
    assert_eq!(refused(&second), WHOLE);
    second.close_payment("script", Reference::new());
    assert_eq!(refused(&second), WHOLE);
    let again = second.close(Closed::Payment, By::Watch, "").unwrap();
    assert_eq!((again.lock.by, again.lock.closed, again.after_us), (By::Owner, Closed::Shop, 0));
    assert_eq!(refused(&lock(dir.path())), WHOLE);
    assert_eq!(second.close(Closed::Nothing, By::Owner, ""), Err(Refused::NoClosing));
    assert_eq!(second.close(Closed::Shop, By::Owner, "a\nb"), Err(Refused::Why));
}

#[test]
fn opens_for_the_owners_signature_alone() {
    let dir = tempfile::tempdir().unwrap();
    let lock = lock(dir.path());
    assert_eq!(lock.challenge(), Err(Refused::Open));
    assert_eq!(lock.open_with("x"), Err(Refused::Open));
    lock.close_payment("script", Reference::new());
    assert_eq!(lock.open_with("x"), Err(Refused::Stale), "nobody asked for a challenge");
    let text = lock.challenge().unwrap();
    assert_eq!(lock.challenge().unwrap(), text, "the same, whoever asks");
    let other = NoteSigner::from_seed("owner", &[2; 32]).unwrap();
    assert_eq!(lock.open_with(&sign(&text, &other).unwrap()), Err(Refused::Signature));
    let note = sign(&text, &owner()).unwrap();
    // Closed further since: what was signed is about another state.
    lock.close(Closed::Shop, By::Office, "").unwrap();
    assert_eq!(lock.open_with(&note), Err(Refused::Stale));
    let note = sign(&lock.challenge().unwrap(), &owner()).unwrap();
    assert_eq!(refused(&lock), WHOLE);
    assert_eq!(lock.open_with(&note).unwrap().closed, Closed::Nothing);
    assert_eq!(refused(&lock), [""; 0]);
    // The same note opens no other lock, and a restart finds it open.
    assert_eq!(refused(&lock_seen(dir.path(), 2)), [""; 0]);
    lock.close_payment("script", Reference::new());
    assert_eq!(lock.open_with(&note), Err(Refused::Stale));
    lock.challenge().unwrap();
    assert_eq!(lock.open_with(&note), Err(Refused::Stale));
    assert_eq!(refused(&lock), PAYMENT);
}

#[test]
fn whoever_writes_the_file_closes_but_does_not_open() {
    let dir = tempfile::tempdir().unwrap();
    let lock = lock(dir.path());
    let open = "{\"closed\":\"nothing\",\"since\":\"\",\"by\":\"owner\",\"why\":\"\"}";
    lock.look();
    assert!(!dir.path().join(FILE).exists(), "where nothing ever was, nothing is written");
    close_in(dir.path(), Closed::Payment, By::Owner, "x").unwrap();
    lock.look();
    assert_eq!(refused(&lock), PAYMENT);
    lock.look();
    let held = text_of(dir.path());
    for change in ["", "{", open] {
        fs::write(dir.path().join(FILE), change).unwrap();
        lock.look();
        assert_eq!((refused(&lock), text_of(dir.path())), (PAYMENT.to_vec(), held.clone()), "{change}");
    }
    fs::remove_file(dir.path().join(FILE)).unwrap();
    lock.look();
    assert_eq!((refused(&lock), text_of(dir.path())), (PAYMENT.to_vec(), held));
    // Taken away while the gate was down: the supervisor knows better.
    fs::remove_file(dir.path().join(FILE)).unwrap();
    assert_eq!(refused(&lock_seen(dir.path(), 1)), PAYMENT);
}

#[test]
fn what_is_under_way_is_held_back_and_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let lock = Arc::new(lock(dir.path()));
    let (cart, home) = (site::route("cart").unwrap(), site::route("home").unwrap());
    let (under_way, other) = (lock.enter(cart).unwrap(), lock.enter(home).unwrap());
    let theirs = Arc::clone(&lock);
    let closing = thread::spawn(move || theirs.close(Closed::Payment, By::Owner, "").unwrap());
    while lock.enter(cart).is_ok() {
        thread::yield_now();
    }
    thread::sleep(Duration::from_millis(50));
    assert!(!closing.is_finished(), "an answer is under way");
    assert_eq!(under_way.leave(), Err(Refusal::Locked(Closed::Payment)));
    let shut = closing.join().unwrap();
    assert!(shut.settled && shut.held_back == 1 && shut.after_us >= 50_000, "{shut:?}");
    assert_eq!(other.leave(), Ok(()), "on another way");
    // One that never ends is not waited for longer than a second.
    let _stuck = lock.enter(home).unwrap();
    let shut = lock.close(Closed::Shop, By::Owner, "").unwrap();
    assert!(!shut.settled && shut.after_us >= 1_000_000, "{shut:?}");
}

#[test]
fn a_change_is_in_the_journal_without_what_people_wrote() {
    let dir = tempfile::tempdir().unwrap();
    let lock = lock(dir.path());
    lock.close_payment("script", Reference::new());
    lock.close(Closed::Shop, By::Owner, "Hanako said so").unwrap();
    let note = sign(&lock.challenge().unwrap(), &owner()).unwrap();
    lock.open_with(&note).unwrap();
    thread::sleep(Duration::from_millis(200));
    let text = fs::read_to_string(dir.path().join("journal/current.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let said: Vec<_> = lines.iter().map(|l| l["lock"].clone()).collect();
    assert_eq!(said[0], serde_json::json!({"number":1,"closed":"payment","by":"gate","why":"script"}));
    assert_eq!(said[1], serde_json::json!({"number":2,"closed":"shop","by":"owner"}));
    assert_eq!(said[2], serde_json::json!({"number":2,"closed":"nothing","by":"owner"}));
    assert!(!text.contains("Hanako"));
}

#[tokio::test]
async fn speaks_on_its_socket() {
    struct Keeper(Lock);
    impl AsRef<Lock> for Keeper {
        fn as_ref(&self) -> &Lock {
            &self.0
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("s");
    let keeper = Arc::new(Keeper(lock(dir.path())));
    listen(wire::Listener::bind(&socket).unwrap(), Arc::clone(&keeper)).unwrap();
    let client = lock_api::Client::connect(&socket);
    assert_eq!(client.state().unwrap(), Stands::never());
    assert_eq!(client.close(Closed::Payment, By::Watch, "card-number").unwrap().lock.number, 1);
    assert_eq!(refused(&keeper.0), PAYMENT);
    let note = sign(&client.challenge().unwrap(), &owner()).unwrap();
    assert_eq!(client.open(&note).unwrap().closed, Closed::Nothing);
    assert_eq!(client.challenge(), Err(Refused::Open.into()));
}
