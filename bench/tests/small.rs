//! The whole measurement, small: that it runs, and gives every figure. How fast a debug build is says nothing.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::process::Command;

const NAMES: [&str; 8] = [
    "product_seen",
    "category_seen",
    "product_first",
    "product_again",
    "product_cookie",
    "category_cookie",
    "search",
    "memory",
];

#[test]
fn every_figure_is_given_beside_what_it_is_held_to() {
    let Ok(dozo) = testkit::binary() else {
        testkit::skip(&testkit::test_name(), "no shop to measure: `cargo build -p dozo`");
        return;
    };
    let mut bench = Command::new(env!("CARGO_BIN_EXE_bench"));
    bench.args(["--json", "--seconds", "1", "--products", "60", "--connections", "4"]).env("DOZO_BIN", dozo);
    for name in NAMES {
        bench.args(["--only", name]);
    }
    let done = bench.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let all: Vec<Value> = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(all.iter().map(|m| m["name"].as_str().unwrap()).collect::<Vec<_>>(), NAMES);
    for measure in &all {
        assert!(measure["value"].as_f64().unwrap() > 0.0 && measure["ratio"].as_f64().unwrap() > 0.0);
        let held_to = measure["limit"].as_f64().or(measure["peer"]["value"].as_f64());
        assert!(held_to.unwrap() > 0.0 && measure["unit"].is_string(), "{measure}");
    }
}
