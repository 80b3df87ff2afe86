//! Many who sign in at once, and somebody who is signed in already.

use super::*;
use std::{
    sync::atomic::AtomicUsize,
    time::{Duration, Instant},
};

/// As many as no queue of the vault holds.
const THREADS: usize = 48;
/// What somebody who is signed in asks for meanwhile.
const UNSEALS: usize = 60;

#[test]
fn a_flood_of_sign_ins_does_not_hold_up_who_is_here() {
    let bench = Bench::new();
    let here = place("email", 1, 1);
    let (sealed, _) = bench.seal_new(&here, "a@example.jp");
    let own = bench.customer(id(1), "a@example.jp");
    let (stop, checked, busy) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let mut took: Vec<Duration> = Vec::new();
    std::thread::scope(|s| {
        for thread in 0..THREADS {
            let (bench, stop, checked, busy) = (&bench, &stop, &checked, &busy);
            s.spawn(move || {
                for n in 0.. {
                    let mail = Secret::new(format!("nobody-{thread}-{n}@example.jp"));
                    let request = Request::CustomerSignIn { mail, password: Secret::new("whatever it is") };
                    match err(bench.ask(Role::Web, request)) {
                        Some(VaultError::Busy) => {
                            busy.fetch_add(1, Ordering::SeqCst);
                            // As somebody who is told to come back does.
                            std::thread::sleep(Duration::from_millis(20));
                        }
                        _ => drop(checked.fetch_add(1, Ordering::SeqCst)),
                    }
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                }
            });
        }
        while busy.load(Ordering::SeqCst) == 0 {
            std::thread::yield_now();
        }
        for _ in 0..UNSEALS {
            let at = Instant::now();
            assert!(bench.unseal(&own, Purpose::OwnAccount, &[(&here, &sealed)]).is_ok());
            took.push(at.elapsed());
        }
        stop.store(true, Ordering::SeqCst);
    });
    took.sort();
    let (middle, worst) = (took[UNSEALS / 2], took[UNSEALS - 1]);
    println!(
        "{} checked, {} told to come back; unseal p50 {middle:?}, worst {worst:?}",
        checked.load(Ordering::SeqCst),
        busy.load(Ordering::SeqCst)
    );
    assert!(checked.load(Ordering::SeqCst) > 0, "those who wait their turn get it");
    // Far below the seconds that a queue of all of them would take, and with room for a machine that is busy itself.
    assert!(middle < Duration::from_millis(300) && worst < Duration::from_secs(2), "{middle:?}, {worst:?}");
}
