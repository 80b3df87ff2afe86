//! Floods and crowds: the gate stays up within the memory that docs/limits.md states, and honest customers are served.

use crate::{
    floods::{Attacker, FLOODS},
    honest::{self, Seen},
};
use e2e::{raw::fresh_address, secure::Secure};
use std::{
    io::Write,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};
use testkit::source::Source;

/// How long each flood goes on, in seconds; longer by `DOZO_FLOOD_SECONDS`.
fn time() -> Duration {
    Duration::from_secs(testkit::scale("DOZO_FLOOD_SECONDS", 3).into())
}
/// From so many threads.
const THREADS: usize = 4;
/// What the gate may take, in MiB: docs/limits.md.
const GATE_MIB_MAX: u64 = 384;
/// How long one page may take an honest customer, 99 of 100 times, with a build for tests on a busy machine.
const P99_MAX: Duration = Duration::from_secs(5);
/// Silent connections at once, and how many of them one address holds.
const SILENT: usize = 10_000;
const OF_ADDRESS: usize = 50;

fn judged(name: &str, seen: &Seen, counted: usize) {
    eprintln!(
        "{name:<28} {counted:>7} connections, {:>5} pages, p50 {:>6.1} ms, p99 {:>7.1} ms, gate {:>4} MiB",
        seen.pages,
        seen.p50.as_secs_f64() * 1e3,
        seen.p99.as_secs_f64() * 1e3,
        seen.gate_mib,
    );
    assert!(seen.failed.is_empty(), "{name}: {:?}", &seen.failed[..seen.failed.len().min(3)]);
    assert!(seen.pages > 20 && seen.p99 < P99_MAX, "{name}: {seen:?}");
    assert!(seen.gate_mib > 5 && seen.gate_mib < GATE_MIB_MAX, "{name}: {seen:?}");
}

#[test]
fn floods_keep_nobody_out() {
    let secure = Secure::start().unwrap();
    let (h1, h2) = (secure.believes().unwrap(), secure.believes_h2().unwrap());
    let none = honest::meanwhile(&secure, time(), 0, |_, _| {});
    judged("nobody", &none, 0);
    for flood in FLOODS {
        let connections = AtomicUsize::new(0);
        let seen = honest::meanwhile(&secure, time(), THREADS, |_, stop| {
            let host = secure.host();
            let attacker = Attacker { secure: &secure, host, h1: h1.clone(), h2: h2.clone(), stop };
            while !stop.load(Ordering::SeqCst) {
                connections.fetch_add(1, Ordering::SeqCst);
                // Who is hung up on comes again from another address.
                let _ = (flood.on)(&attacker);
            }
        });
        judged(flood.name, &seen, connections.load(Ordering::SeqCst));
    }
}

#[test]
fn ten_thousand_silent_connections_keep_nobody_out() {
    let secure = Secure::start().unwrap();
    let (at, config) = (secure.at().unwrap(), secure.believes().unwrap());
    let files = std::fs::read_to_string("/proc/self/limits").unwrap();
    let files =
        files.lines().find_map(|l| l.strip_prefix("Max open files")?.split_whitespace().next()?.parse().ok());
    let silent = SILENT.min(files.unwrap_or(0usize).saturating_sub(1_000));
    assert!(silent >= 500, "this test needs more open files: ulimit -n");
    let opened = AtomicUsize::new(0);
    let crowd = |begin: &(dyn Fn(std::net::TcpStream) -> Option<Box<dyn Send>> + Sync)| {
        opened.store(0, Ordering::SeqCst);
        honest::meanwhile(&secure, time() * 4, THREADS, |thread, stop: &AtomicBool| {
            let (mut held, mut address) = (Vec::new(), fresh_address());
            while held.len() < silent / THREADS && !stop.load(Ordering::SeqCst) {
                if held.len() % OF_ADDRESS == thread {
                    address = fresh_address();
                }
                let Ok(stream) = Source(address).connect(at) else { continue };
                held.extend(begin(stream));
                opened.fetch_add(1, Ordering::SeqCst);
            }
            while !stop.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(50));
            }
        })
    };
    let seen = crowd(&|stream| Some(Box::new(stream)));
    judged("silent", &seen, opened.load(Ordering::SeqCst));
    assert!(opened.load(Ordering::SeqCst) >= silent / THREADS * THREADS, "that was no crowd");
    // With their hands shaken each costs more.
    let shaken = |stream| {
        let mut line = tls::connect(&config, e2e::secure::HOST, stream).ok()?;
        line.write_all(b"GET / HTTP/1.1\r\n").ok()?;
        Some(Box::new(line) as Box<dyn Send>)
    };
    judged("silent, with TLS", &crowd(&shaken), opened.load(Ordering::SeqCst));
}
