//! Sizes: heads and bodies at their limit pass, one byte beyond they do not, however they are sent.

use e2e::raw;
use std::{
    io::{Read, Write},
    time::{Duration, Instant},
};
use testkit::Dozo;

fn ask(shop: &Dozo, head: &str, body: &[u8]) -> Vec<u16> {
    let host = shop.address("shop").trim_end_matches('/').trim_start_matches("http://").to_owned();
    let text = head.replace("{host}", &host);
    let answer = raw::send(shop, &[text.as_bytes(), body].concat()).unwrap();
    raw::statuses(&answer)
}

#[test]
fn sizes_end_where_they_are_said_to() {
    let shop = e2e::shop();
    let close = "Host: {host}\r\nConnection: close\r\n";
    let get = |more: &str| format!("GET /cart HTTP/1.1\r\n{close}{more}\r\n");
    let form = |length: usize| {
        format!(
            "POST /contact HTTP/1.1\r\n{close}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    let lines = |count: usize| (0..count).map(|n| format!("X-{n}: 1\r\n")).collect::<String>();
    assert_eq!(ask(&shop, &get(&lines(60)), b""), [200]);
    assert_eq!(ask(&shop, &get(&lines(70)), b""), [431]);
    assert_eq!(ask(&shop, &get(&format!("X-A: {}\r\n", "a".repeat(30_000))), b""), [200]);
    assert_eq!(ask(&shop, &get(&format!("X-A: {}\r\n", "a".repeat(33_000))), b""), [431]);
    assert_eq!(
        ask(&shop, &format!("GET /search?q={} HTTP/1.1\r\n{close}\r\n", "a".repeat(2_100)), b""),
        [414]
    );
    // A form of the largest size is read, and found to be none; a larger one is not.
    let largest = site::form::FORM_BYTES_MAX;
    assert_eq!(ask(&shop, &form(largest), &vec![b'a'; largest]), [400]);
    assert_eq!(ask(&shop, &form(largest + 1), &vec![b'a'; largest + 1]), [413]);
    assert_eq!(ask(&shop, &form(1 << 40), b"a"), [413]);
    // A length that never comes is waited for, and no longer than that.
    let began = Instant::now();
    assert_eq!(ask(&shop, &form(100), b"_t=a"), [408]);
    assert!(began.elapsed() < Duration::from_secs(19), "{:?}", began.elapsed());
}

#[test]
fn a_body_drop_by_drop_is_cut_in_time_however_steadily_it_comes() {
    let shop = e2e::shop();
    let host = shop.address("shop").trim_end_matches('/').trim_start_matches("http://").to_owned();
    let mut stream = raw::connect(&shop).unwrap();
    let head = format!(
        "POST /contact HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let (began, mut answer) = (Instant::now(), [0; 64]);
    let status = loop {
        assert!(began.elapsed() < Duration::from_secs(25), "it is still waited for");
        let _ = stream.write_all(b"a");
        if let Ok(bytes) = stream.read(&mut answer) {
            break String::from_utf8_lossy(&answer[..bytes]).into_owned();
        }
    };
    assert!(status.is_empty() || status.starts_with("HTTP/1.1 408"), "{status}");
}
