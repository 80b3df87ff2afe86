//! Whatever dies in the middle, nothing is half written and nothing that was confirmed is lost.

use crate::common::{NOW, Schema, Shop, audit, order, place, read, shop, sqlite, write};
use domain::{OrderId, VariantId, payment::PaymentMethod};
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};
use store::{Store, order as orders};

const FOLDER: &str = "DOZO_TEST_KILL_FOLDER";
const VARIANT: &str = "DOZO_TEST_KILL_VARIANT";

fn restock(store: &Store, shop: &Shop) {
    let variant = shop.variants[0];
    write(store, move |tx| store::stock::receive(tx, variant, 1_000, Default::default(), NOW));
}

/// The process that is killed: places orders on four threads and says which it was told are placed.
#[test]
fn the_victim() {
    let (Ok(folder), Ok(variant)) = (std::env::var(FOLDER), std::env::var(VARIANT)) else { return };
    let store = sqlite(Path::new(&folder));
    let variant: VariantId = variant.parse().unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..1_000 {
                    let new = order(PaymentMethod::Card, &[(variant, 1_080, 1)]);
                    place(&store, &new);
                    println!("placed {}", new.id);
                }
            });
        }
    });
}

#[test]
fn a_killed_process_leaves_whole_orders() {
    let dir = tempfile::tempdir().unwrap();
    let store = sqlite(dir.path());
    let shop = shop(&store);
    restock(&store, &shop);
    drop(store);
    for wanted in [5, 20, 40] {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::the_victim", "--nocapture"])
            .env(FOLDER, dir.path())
            .env(VARIANT, shop.variants[0].to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(victim.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut told: Vec<OrderId> = Vec::new();
        for line in lines {
            told.extend(line.split("placed ").nth(1).and_then(|id| id.trim().parse::<OrderId>().ok()));
            if told.len() == wanted {
                victim.kill().unwrap();
            }
        }
        victim.wait().unwrap();
        let store = sqlite(dir.path());
        assert!(told.len() >= wanted);
        for id in told {
            assert!(read(&store, move |tx| orders::get(tx, id)).is_some(), "it was told that this is placed");
        }
        assert!(audit(&store, &shop) >= wanted);
    }
}

/// PostgreSQL's side of it: connections are cut again and again while orders are placed.
#[test]
fn cut_connections_leave_whole_orders() {
    let Some(schema) = Schema::new() else { return };
    let store = schema.open();
    let shop = shop(&store);
    restock(&store, &shop);
    let done = AtomicBool::new(false);
    let variant = shop.variants[0];
    let placed: Vec<OrderId> = thread::scope(|scope| {
        scope.spawn(|| {
            let cut = format!(
                "select pg_terminate_backend(a.pid) from pg_stat_activity a join pg_locks l on l.pid = a.pid
                 where l.relation = '{}.stock_level'::regclass and a.pid <> pg_backend_pid()",
                schema.name()
            );
            while !done.load(Ordering::Relaxed) {
                schema.admin(&cut);
            }
        });
        let buyers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut placed = Vec::new();
                    for _ in 0..15 {
                        let new = order(PaymentMethod::Card, &[(variant, 1_080, 1)]);
                        let again = new.clone();
                        // "Commit unknown" and "unavailable" are honest answers; the same order may be sent again.
                        if store.write_blocking(move |tx| orders::place(tx, &new)).is_ok() {
                            placed.push(again.id);
                        }
                    }
                    placed
                })
            })
            .collect();
        let placed = buyers.into_iter().flat_map(|b| b.join().unwrap()).collect();
        done.store(true, Ordering::Relaxed);
        placed
    });
    for id in &placed {
        let id = *id;
        assert!(read(&store, move |tx| orders::get(tx, id)).is_some());
    }
    assert!(audit(&store, &shop) >= placed.len());
}
