//! How long an evaluation takes: `cargo run --release -p incident --example scope -- MILLIONS`. A made-up history of a
//! million events is evaluated as it is and in columns, then in columns as many times over as asked.
#![allow(clippy::unwrap_used)]

use incident::{Facts, History, Packed, Scope};
use std::{fmt::Write, time::Instant};

const FACTS: &str = r#"
format = 1
title = { ja = "例", en = "example" }
systems = [{ id = "shop", name = { ja = "店", en = "shop" } }, { id = "store", name = { ja = "店舗", en = "store" }, affected = false, why = { ja = "別の会社です。", en = "another company" } }]

[[causes]]
id = "typed"
title = { ja = "入力", en = "typed" }
windows = [{ from = "2021-03-10", to = "2021-03-12" }]
items = ["card_number"]
rule = { event = "card_entry", if = { means = ["typed", "changed"], step = { at_least = "typed" } } }

[[causes]]
id = "database"
title = { ja = "閲覧", en = "read" }
windows = [{ from = "2021-03-10", to = "2021-03-10" }]
items = ["name"]
rule = { all = [{ event = "order", if = { payment = "card" } }, { not = { event = "login", during = "ever" } }] }
"#;

/// Events of a hundred thousand persons in three years.
fn made(events: usize) -> String {
    let mut text = String::new();
    let words = |n: usize, all: &[&str]| all[n % all.len()].to_owned();
    for n in 0..events {
        let chance = n.wrapping_mul(0x9E37_79B9) >> 7;
        let day = format!("20{}-{:02}-{:02}", 20 + chance % 3, chance / 3 % 12 + 1, chance / 36 % 28 + 1);
        let person = chance / 1_000 % (events / 10).max(1);
        let (system, kind) = (
            words(chance / 5, &["shop", "shop", "store"]),
            words(n, &["card_entry", "order", "login", "opened"]),
        );
        let _ = write!(
            text,
            r#"{{"event":"{kind}","id":"{n}","at":"{day}","person":"p{person}","system":"{system}""#
        );
        if kind == "card_entry" {
            let (means, step) = (
                words(chance / 7, &["typed", "saved", "changed"]),
                words(chance / 11, &["cart", "next", "placed"]),
            );
            let _ = write!(
                text,
                r#","means":"{means}","step":"{step}","fingerprint":"fp-{}""#,
                chance % (events / 5).max(1)
            );
        } else if kind == "order" {
            let _ = write!(
                text,
                r#","payment":"{}","recipients":["p{}"]"#,
                words(chance / 13, &["card", "cash_on_delivery"]),
                person / 2
            );
        }
        text.push_str("}\n");
    }
    text
}

fn main() {
    let millions: u64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(10);
    let facts = Facts::read(FACTS).unwrap();
    let timed = |what: &str, begun: Instant| println!("{what}: {:.3} s", begun.elapsed().as_secs_f64());
    let text = made(1_000_000);
    let begun = Instant::now();
    let history = History::read(text.as_bytes()).unwrap();
    timed("1 million: JSON lines read", begun);
    let begun = Instant::now();
    let whole = Scope::evaluate(&facts, &history);
    timed("1 million: evaluated as it is", begun);
    let begun = Instant::now();
    let packed = Packed::of(history);
    timed("1 million: put into columns", begun);
    let begun = Instant::now();
    let scope = packed.evaluate(&facts);
    timed("1 million: evaluated in columns", begun);
    for (a, b) in whole.causes.iter().zip(&scope.causes) {
        assert_eq!((a.affected, a.unlinked_records), (b.affected, b.unlinked_records));
        println!("{}: {:?}", a.id, a.affected);
    }
    let large = packed.repeated(millions);
    println!("{} events, {} persons", large.events(), large.persons());
    let mut file = Vec::new();
    large.write(&mut file).unwrap();
    drop(large);
    println!("the file has {} MB", file.len() / 1_000_000);
    let begun = Instant::now();
    let large = Packed::read(&file[..]).unwrap();
    timed("read, checked", begun);
    drop(file);
    for _ in 0..2 {
        let begun = Instant::now();
        let counts = large.counts(&facts);
        timed("counted", begun);
        counts.causes.iter().for_each(|c| println!("{}: {:?}", c.id, c.affected));
    }
}
