//! What browsers report: taken at a pace, written down without the visitor, and answered with nothing.

use crate::house::House;
use std::time::{Duration, Instant};

const EVIL: &str = "{\"csp-report\":{\"effective-directive\":\"script-src-elem\",\
    \"blocked-uri\":\"https://evil.example/x.js\",\"document-uri\":\"http://shop.localhost/checkout?q=secret\"}}";

fn send(house: &House, kind: &str, body: &str) -> u16 {
    house.ask("POST", "/gate/reports", &[("content-type", kind)], body.as_bytes()).status
}

fn written(house: &House) -> String {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        match std::fs::read_to_string(house.dir.path().join("reports.json")) {
            Ok(text) => return text,
            Err(_) => assert!(Instant::now() < end, "nothing was written"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn pages_ask_for_both_kinds_of_reports_and_other_files_for_none() {
    let house = House::new();
    let answer = house.get("/");
    assert!(answer.header("content-security-policy").unwrap().ends_with("; report-uri /gate/reports"));
    let hashes = answer.header("content-security-policy-report-only").unwrap();
    assert_eq!(hashes, "script-src 'self' 'report-sha256'; report-to reports");
    assert_eq!(answer.header("reporting-endpoints"), Some("reports=\"/gate/reports\""));
    assert!(house.get("/gate/health").header("content-security-policy-report-only").is_none());
}

#[test]
fn a_report_is_taken_and_nothing_of_the_visitor_is_kept() {
    let house = House::new();
    assert_eq!(send(&house, "application/csp-report", EVIL), 204);
    let hash = "[{\"type\":\"csp-hash\",\"body\":{\"hash\":\"sha256-other=\",\"subresourceURL\":\"https://evil.example/y\"}},\
        {\"type\":\"csp-hash\",\"body\":{\"hash\":\"sha256-own=\",\"subresourceURL\":\"https://evil.example/z\"}}]";
    assert_eq!(send(&house, "application/reports+json; charset=utf-8", hash), 204);
    let end = Instant::now() + Duration::from_secs(20);
    let mut text = written(&house);
    while !text.contains("\"hash\"") {
        assert!(Instant::now() < end, "{text}");
        std::thread::sleep(Duration::from_millis(50));
        text = written(&house);
    }
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    let things: Vec<_> =
        all.as_array().unwrap().iter().map(|t| (&t["what"], &t["from"], &t["visitors"])).collect();
    let evil = serde_json::json!("evil.example");
    assert_eq!(things, [(&"hash".into(), &evil, &1.into()), (&"script".into(), &evil, &1.into())]);
    assert!(!text.contains("secret") && !text.contains("127.0.0.1"), "{text}");
    assert_eq!(house.web.count(), 0, "web hears nothing of it");
    assert!(house.metrics().contains("dozo_gate_reports_total{process=\"gate\"} 2"));
}

#[test]
fn what_is_no_report_is_dropped_and_nobody_floods() {
    let house = House::with(
        |limits| limits.reports = Some(gate::Rate { burst: 6.0, per_s: 0.001 }),
        |_| crate::house::page("x"),
    );
    assert_eq!(send(&house, "text/plain", EVIL), 415);
    for (body, status) in
        [("{", 204), ("[3,null,{\"type\":7}]", 204), (&format!("\"{}\"", "x".repeat(70_000)), 204)]
    {
        assert_eq!(send(&house, "application/csp-report", body), status);
    }
    let chunked = format!(
        "POST /gate/reports HTTP/1.1\r\nhost: {}\r\ncontent-type: application/csp-report\r\n\
         transfer-encoding: chunked\r\nconnection: close\r\n\r\n0\r\n\r\n",
        house.host()
    );
    assert!(house.raw(chunked.as_bytes()).starts_with("HTTP/1.1 400"), "as everywhere");
    let all: Vec<u16> = (0..10).map(|_| send(&house, "application/csp-report", EVIL)).collect();
    assert!(all.starts_with(&[204]) && all.ends_with(&[429]), "{all:?}");
}
