//! The vault as a process of its own, killed in the middle of its work: what it has answered stands on the ledger.

#![allow(clippy::unwrap_used)]

use ledger::{Entry, Folder, Kind, Reader, verify};
use std::{
    collections::HashMap,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use telemetry::Life;
use uuid::Uuid;
use vault_api::{
    CapToken, Client, Column, OrderAsk, Place, Plain, Purpose, Role, SealItem, Sealed, UnsealItem,
};

/// Where a child of this test keeps its vault.
const CHILD: &str = "DOZO_TEST_VAULT";
const TEST: &str = "a_killed_vault_has_written_all_that_it_answered";
const CLIENTS: usize = 4;

/// Orders of which the seal was answered, and how often each was opened since.
#[derive(Default)]
struct Told {
    orders: Vec<(Place, Sealed, CapToken)>,
    opened: HashMap<Uuid, usize>,
}

#[test]
fn a_killed_vault_has_written_all_that_it_answered() {
    if let Some(dir) = std::env::var_os(CHILD) {
        let dir = Path::new(&dir);
        let config = vault::Config::new(dir.join("vault"), dir.join("s"), "Risudo");
        vault::run(config, Life::of_test("vault", dir)).unwrap();
        return;
    }
    let runs = std::env::var("DOZO_CRASH_RUNS").ok().and_then(|r| r.parse::<u64>().ok());
    let kills = runs.map_or(6, |runs| runs / 100);
    let dir = tempfile::tempdir().unwrap();
    let told = Mutex::new(Told::default());
    for kill in 0..kills {
        let child = Running::start(dir.path());
        work_until_killed(child, dir.path(), &told, Duration::from_millis(20 + 37 * kill % 400));
    }
    let last = Running::start(dir.path());
    last.wait_signed(dir.path());
    drop(last);
    let told = told.into_inner().unwrap();
    assert!(told.orders.len() > kills as usize && told.opened.len() > 1, "they did nothing");

    let folder = Folder::reading(dir.path().join("vault/ledger/1"));
    let reader = Reader::open(folder.clone()).unwrap();
    let (mut sealed, mut opened) = (HashMap::<Uuid, usize>::new(), HashMap::<Uuid, usize>::new());
    let seen = &mut |_, bytes: &[u8]| {
        let entry = Entry::decode(bytes).unwrap();
        let count = match entry.kind {
            Kind::Seal => &mut sealed,
            Kind::Unseal => &mut opened,
            _ => return Ok(true),
        };
        entry.places.pairs().for_each(|(_, row)| *count.entry(*row).or_default() += 1);
        Ok(true)
    };
    reader.entries(0..u64::MAX, seen).unwrap();
    assert!(told.orders.iter().all(|(place, ..)| sealed.contains_key(&place.row)));
    for (row, count) in &told.opened {
        assert!(opened.get(row).is_some_and(|entries| entries >= count), "{row}: {count} answers");
    }
    verify(&*folder, &reader.keys().unwrap().unwrap(), &[]).unwrap();
}

/// Clients place orders and open them until nobody answers.
fn work_until_killed(mut vault: Running, dir: &Path, told: &Mutex<Told>, after: Duration) {
    let over = AtomicBool::new(false);
    std::thread::scope(|s| {
        for _ in 0..CLIENTS {
            s.spawn(|| {
                let client = Client::lazy(&dir.join("s"), Role::Web);
                while !over.load(Ordering::SeqCst) {
                    work(&client, told);
                }
            });
        }
        std::thread::sleep(after);
        vault.0.kill().unwrap();
        over.store(true, Ordering::SeqCst);
    });
}

fn work(client: &Client, told: &Mutex<Told>) {
    let order = Uuid::new_v4();
    let place = Place::new(Column::OrdersEmail, order, order);
    let plaintext = Plain::new(order.to_string());
    let item = SealItem { place, plaintext, create_person: true, index: Vec::new() };
    let ask = OrderAsk { order, person: order, places: vec![place] };
    if let Ok(mut placed) = client.seal_order(None, vec![item], ask) {
        let sealed = placed.items.remove(0).sealed;
        told.lock().unwrap().orders.push((place, sealed, placed.grant.guest_cap.unwrap()));
    }
    let known = {
        let told = told.lock().unwrap();
        let at = order.as_u128() as usize % told.orders.len().max(1);
        told.orders.get(at).map(|(place, sealed, cap)| (*place, sealed.clone(), cap.clone()))
    };
    let Some((place, sealed, cap)) = known else { return };
    if let Ok(mut opened) = client.unseal(&cap, Purpose::OrderPage, vec![UnsealItem { place, sealed }]) {
        let plain = opened.remove(0).map_err(|e| e.to_string()).unwrap();
        assert_eq!(plain.reveal_text(), Some(place.row.to_string().as_str()));
        *told.lock().unwrap().opened.entry(place.row).or_default() += 1;
    }
}

/// A vault that runs as a process of its own; killed when dropped.
struct Running(Child);

impl Running {
    fn start(dir: &Path) -> Running {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([TEST, "--exact"]).env(CHILD, dir).stdout(Stdio::null());
        let running = Running(command.spawn().unwrap());
        let until = Instant::now() + Duration::from_secs(30);
        while let Err(e) = Client::connect(&dir.join("s"), Role::Watch) {
            assert!(Instant::now() < until, "the vault does not come up: {e}");
            std::thread::sleep(Duration::from_millis(5));
        }
        running
    }

    /// Returns when all that is written is signed.
    fn wait_signed(&self, dir: &Path) {
        let client = Client::connect(&dir.join("s"), Role::Watch).unwrap();
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let state = client.ledger_state().unwrap();
            let size = state.checkpoint.map_or(0, |note| ledger::Checkpoint::unverified(&note).unwrap().size);
            if size == client.ping().unwrap().ledger_seq {
                return;
            }
            assert!(Instant::now() < until, "not signed");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
