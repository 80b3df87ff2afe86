//! How long an evaluation takes: `cargo run --release -p incident --example scope -- MILLIONS`. A made-up history of
//! [`EVENTS`] is evaluated as it is (the plain way, person by person) and in columns: all that is counted must be the
//! same. Then in columns as many times over as asked, each time with persons, cards and orders of its own: all that is
//! counted must be so many times as much.
#![allow(clippy::unwrap_used)]

use incident::{Facts, History, Packed, Scope};
use serde_json::Value;
use std::{fmt::Write, time::Instant};

/// So many are compared with the plain way.
const EVENTS: usize = 250_000;

/// As in a real incident: a changed payment page for 98 days, of which some records are lost, and a database that could be
/// read at will until then.
const FACTS: &str = r#"
format = 1
title = { ja = "例", en = "example" }

[[systems]]
id = "shop"
name = { ja = "店", en = "shop" }
[[systems]]
id = "store"
name = { ja = "店舗", en = "store" }
affected = false
why = { ja = "別の会社です。", en = "another company" }

[[causes]]
id = "typed"
title = { ja = "入力", en = "typed" }
windows = [{ from = "2021-03-10", to = "2021-06-16" }]
items = ["card_number", "card_expiry", "card_security_code"]
rule = { event = "card_entry", if = { means = ["typed", "changed"], step = { at_least = "typed" } } }
confirmed = { event = "card_entry", if = { means = ["typed", "changed"], step = "placed" } }
gaps = [{ of = "card_entry", days = { from = "2021-05-01", to = "2021-05-03" }, instead = { event = "order", if = { payment = "card" } } }]

[[causes]]
id = "database"
title = { ja = "閲覧", en = "read" }
windows = [{ to = "2021-06-16" }]
items = ["name", "address", "mail"]
count = "orders"
rule = { event = "order", whom = ["person", "recipients"] }

[[groups]]
id = "both"
title = { ja = "両方", en = "both" }
rule = { all = [{ cause = "typed" }, { cause = "database" }] }
[[groups]]
id = "guests"
title = { ja = "会員でない人", en = "guests" }
rule = { all = [{ any = [{ cause = "typed" }, { cause = "database" }] }, { person = { kind = "guest" } }, { not = { event = "login", during = "ever" } }] }
"#;

/// Events of a tenth as many persons in three years. One in twenty is known to the month only, one card entry in fifty is
/// of nobody knows whom, every second order went to somebody else.
fn made(events: usize) -> String {
    let mut text = String::new();
    let persons = (events / 10).max(1);
    (0..persons).step_by(3).for_each(|n| {
        let _ = writeln!(text, r#"{{"event":"person","id":"p{n}","kind":"{}"}}"#, ["member", "guest"][n % 2]);
    });
    for n in 0..events {
        // Numbers without a pattern (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
        let mixed = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mut left = (mixed ^ mixed >> 27) >> 8;
        let mut one_of = |count: usize| {
            let one = left % count as u64;
            left /= count as u64;
            one as usize
        };
        let kind = ["card_entry", "order", "login", "opened"][one_of(4)];
        let person = (mixed ^ mixed >> 31) as usize % persons;
        let mut at = format!("20{}-{:02}", 20 + one_of(3), one_of(12) + 1);
        if one_of(20) > 0 {
            let _ = write!(at, "-{:02}T{:02}:{:02}:00+09:00", one_of(28) + 1, one_of(24), one_of(60));
        }
        let system = ["shop", "shop", "store"][one_of(3)];
        let _ = write!(text, r#"{{"event":"{kind}","id":"{n}","at":"{at}","system":"{system}""#);
        if kind != "card_entry" || one_of(50) > 0 {
            let _ = write!(text, r#","person":"p{person}""#);
        }
        match kind {
            "card_entry" => {
                let means = ["typed", "saved", "changed"][one_of(3)];
                let step = ["cart", "next", "placed"][one_of(3)];
                let card = person * 2 + n % 2;
                let _ = write!(text, r#","means":"{means}","step":"{step}","fingerprint":"fp-{card}""#);
            }
            "order" => {
                let payment = ["card", "cash_on_delivery"][one_of(2)];
                let _ = write!(text, r#","payment":"{payment}""#);
                if one_of(2) == 0 {
                    let _ = write!(text, r#","recipients":["p{}"]"#, person / 2);
                }
            }
            _ => {}
        }
        text.push_str("}\n");
    }
    text
}

/// All that is counted, so many times as much.
fn counted(scope: &Scope, times: u64) -> Value {
    fn each(value: &mut Value, times: u64) {
        match value {
            Value::Number(n) => *value = (n.as_u64().unwrap() * times).into(),
            Value::Array(all) => all.iter_mut().for_each(|v| each(v, times)),
            Value::Object(all) => all.values_mut().for_each(|v| each(v, times)),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(scope).unwrap();
    value["persons"].take();
    each(&mut value, times);
    value
}

/// What the process has used of all processors so far, in seconds.
fn processor_time() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let ticks =
        |n: usize| stat.rsplit(") ").next().unwrap().split(' ').nth(n).unwrap().parse::<f64>().unwrap();
    // utime and stime, in hundredths of a second (proc_pid_stat(5)).
    (ticks(11) + ticks(12)) / 100.0
}

/// What the process has in memory now, and the most it had.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    };
    format!("{} MiB, at most {} MiB", of("VmRSS"), of("VmHWM"))
}

fn main() {
    let millions: u64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(10);
    let times = millions * 1_000_000 / EVENTS as u64;
    let facts = Facts::read(FACTS).unwrap();
    let now = || (Instant::now(), processor_time());
    let timed = |what: &str, (begun, used): (Instant, f64)| {
        let (elapsed, used) = (begun.elapsed().as_secs_f64(), processor_time() - used);
        println!("{what}: {elapsed:.3} s, {used:.2} s of processors");
    };
    let text = made(EVENTS);
    println!("the facts:{FACTS}\nthe first records of each:");
    ["person", "card_entry", "order", "login"].iter().for_each(|kind| {
        println!("{}", text.lines().find(|line| line.contains(&format!(r#""event":"{kind}""#))).unwrap());
    });
    let begun = now();
    let history = History::read(text.as_bytes()).unwrap();
    timed("one part: JSON lines read", begun);
    let begun = now();
    let whole = Scope::evaluate(&facts, &history);
    timed("one part: evaluated as it is", begun);
    let begun = now();
    let packed = Packed::of(history);
    timed("one part: put into columns", begun);
    assert_eq!(
        counted(&packed.counts(&facts).unwrap(), 1),
        counted(&whole, 1),
        "in columns the same comes out"
    );
    let large = packed.repeated(times);
    drop(packed);
    println!("{} events, {} persons", large.events(), large.persons());
    let mut file = Vec::new();
    large.write(&mut file).unwrap();
    drop(large);
    println!("the file has {} MB; memory: {}", file.len() / 1_000_000, memory());
    let begun = now();
    let large = Packed::read(&file[..]).unwrap();
    timed("read, checked", begun);
    drop(file);
    println!("memory: {}", memory());
    for n in 0..5 {
        let begun = now();
        let scope = large.counts(&facts).unwrap();
        timed("counted", begun);
        if n == 0 {
            for cause in &scope.causes {
                println!("{}: affected {:?}", cause.id, cause.affected);
                println!(
                    "  confirmed {:?}, unlinked {}, left out {:?}",
                    cause.confirmed, cause.unlinked_records, cause.excluded
                );
            }
            scope.groups.iter().for_each(|group| println!("{}: {:?}", group.id, group.persons));
        }
        assert_eq!(
            counted(&scope, 1),
            counted(&whole, times),
            "so many times over it is so many times as much"
        );
    }
    println!("memory: {}", memory());
}
