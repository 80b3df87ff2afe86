//! Honest customers, while others do what they do: how long each page takes them, and what the gate takes in memory.

use anyhow::Context;
use e2e::{plain, raw::fresh_address, secure::Secure};
use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// So many of them.
const CUSTOMERS: usize = 4;
/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// What was seen while an attack went on.
#[derive(Debug)]
pub struct Seen {
    pub pages: usize,
    pub failed: Vec<String>,
    pub p50: Duration,
    pub p99: Duration,
    /// The most that the gate held, resident, in MiB.
    pub gate_mib: u64,
}

/// Resident memory of a process in MiB.
pub fn resident_mib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|kb| kb.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Lets customers look and fill carts while `attack` runs in threads of its own, for so long.
pub fn meanwhile(
    secure: &Secure,
    time: Duration,
    threads: usize,
    attack: impl Fn(usize, &AtomicBool) + Sync,
) -> Seen {
    let gate = secure.shop.pids_of("gate")[0];
    let (stop, times, failed) = (AtomicBool::new(false), Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let mut gate_mib = 0;
    thread::scope(|scope| {
        for thread in 0..threads {
            let (attack, stop) = (&attack, &stop);
            scope.spawn(move || attack(thread, stop));
        }
        // The attack gets up to its height first.
        thread::sleep(time / 4);
        for _ in 0..CUSTOMERS {
            scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    if let Err(error) = shops(secure, &times) {
                        failed.lock().unwrap().push(format!("{error:#}"));
                    }
                }
            });
        }
        let end = Instant::now() + time;
        while Instant::now() < end {
            gate_mib = gate_mib.max(resident_mib(gate));
            thread::sleep(LOOK);
        }
        stop.store(true, Ordering::SeqCst);
    });
    assert_eq!(secure.shop.pids_of("gate"), [gate], "the gate fell");
    let (mut times, failed) = (times.into_inner().unwrap(), failed.into_inner().unwrap());
    times.sort();
    let at = |part: f64| times.get((times.len() as f64 * part) as usize).copied().unwrap_or_default();
    Seen { pages: times.len(), failed, p50: at(0.5), p99: at(0.99), gate_mib }
}

/// One customer from an address of his own: three pages, and something in the cart.
fn shops(secure: &Secure, times: &Mutex<Vec<Duration>>) -> anyhow::Result<()> {
    let mut b = secure.customer(fresh_address())?;
    let shop = &secure.shop;
    let home = timed(times, || b.get(&shop.url("/")))?.text();
    let product = home.split("href=\"/p/").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let page = timed(times, || b.get(&shop.url(&format!("/p/{product}"))))?;
    let variant = page.input("variant").context("no product's page")?;
    let form = plain::hidden(&page, "/cart/add")?;
    let typed = [("variant", variant.as_str()), ("quantity", "1")];
    let added = timed(times, || plain::send(&mut b, &shop.url("/cart/add"), &form, &typed))?;
    anyhow::ensure!(added.status == 303, "the cart gave {}", added.status);
    let cart = timed(times, || b.get(&shop.url("/cart")))?;
    anyhow::ensure!(
        cart.status == 200 && cart.text().contains(product),
        "the cart is empty: {}",
        cart.status
    );
    Ok(())
}

fn timed<T>(times: &Mutex<Vec<Duration>>, work: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let done = work();
    times.lock().unwrap().push(began.elapsed());
    done
}
