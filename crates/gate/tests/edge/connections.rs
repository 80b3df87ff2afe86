//! Kept, slow, broken and missing connections.

use crate::house::{Answer, House, Stub, page};
use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{Arc, atomic::Ordering},
};

/// Reads one answer with a stated length from a connection that stays open.
fn answer(stream: &mut TcpStream) -> Answer {
    let (mut text, mut byte) = (Vec::new(), [0]);
    while !text.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        text.push(byte[0]);
    }
    let head = Answer::of(&String::from_utf8_lossy(&text));
    let mut body = vec![0; head.header("content-length").unwrap().parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    Answer { body: String::from_utf8(body).unwrap(), ..head }
}

#[test]
fn both_sides_are_kept() {
    let house = House::new();
    let mut stream = house.connect();
    for round in 0..20 {
        write!(stream, "GET /?lang=ja HTTP/1.1\r\nhost: {}\r\n\r\n", house.host()).unwrap();
        assert_eq!(answer(&mut stream).status, 200, "round {round}");
    }
    let upstream = house.web.connections.load(Ordering::SeqCst);
    assert!(upstream <= 3, "20 requests took {upstream} connections to web");
}

#[test]
fn an_ordinary_refusal_keeps_the_connection() {
    let house = House::new();
    let mut stream = house.connect();
    for (path, status) in [("/nowhere", 404), ("/", 200), ("/?lang=xx", 400), ("/", 200)] {
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", house.host()).unwrap();
        assert_eq!(answer(&mut stream).status, status);
    }
}

#[test]
fn web_is_away_and_comes_back() {
    let mut house = House::new();
    assert_eq!(house.get("/").status, 200);
    let socket = house.dir.path().join("web.sock");
    house.web = Stub::start(&house.dir.path().join("elsewhere.sock"), Arc::new(|_| page("x")));
    std::fs::remove_file(&socket).unwrap();
    let down = house.get("/");
    assert_eq!(down.status, 503);
    assert_eq!(down.header("retry-after"), Some("10"));
    assert!(down.body.contains("お店の支度を整えております") && down.body.contains("/gate/notice.css"));
    assert_eq!(house.get("/gate/notice.css").status, 200, "the notice needs nothing of web");
    house.web = Stub::start(&socket, Arc::new(|_| page("back")));
    assert_eq!(house.get("/").body, "back");
}

#[test]
fn web_that_restarts_is_not_noticed() {
    let mut house = House::new();
    let mut stream = house.connect();
    for round in 0..3 {
        write!(stream, "GET / HTTP/1.1\r\nhost: {}\r\n\r\n", house.host()).unwrap();
        assert_eq!(answer(&mut stream).status, 200, "round {round}");
        let socket = house.dir.path().join("web.sock");
        drop(std::mem::replace(&mut house.web, Stub::start(&socket, Arc::new(|_| page("x")))));
    }
}

#[test]
fn web_that_never_answers() {
    let house = House::with(|l| l.answer_ms = 100, |_| page("x"));
    assert_eq!(house.get("/search?q=a").status, 503);
    assert_eq!(house.get("/").status, 200, "others are served");
}

#[test]
fn slow_heads_and_bodies_are_cut() {
    let house = House::with(|l| (l.head_read_ms, l.body_read_ms) = (150, 150), |_| page("x"));
    let mut stream = house.connect();
    write!(stream, "GET / HTTP/1.1\r\nhost: {}\r\nx-slow:", house.host()).unwrap();
    let mut rest = String::new();
    let _ = stream.read_to_string(&mut rest);
    assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 408"), "{rest}");

    let mut stream = house.connect();
    let form = "content-type: application/x-www-form-urlencoded\r\ncontent-length: 500";
    write!(stream, "POST /cart/add HTTP/1.1\r\nhost: {}\r\n{form}\r\n\r\n_t=a", house.host()).unwrap();
    let mut rest = String::new();
    let _ = stream.read_to_string(&mut rest);
    assert!(rest.starts_with("HTTP/1.1 408") && rest.contains("途中で届かなく"), "{rest}");

    let mut idle = house.connect();
    let mut nothing = Vec::new();
    assert!(matches!(idle.read_to_end(&mut nothing), Ok(0)), "an idle connection is closed");
    assert_eq!(house.web.count(), 0);
}

#[test]
fn who_reads_nothing_is_cut() {
    let house = House::with(
        |l| l.write_stall_ms = 100,
        |_| crate::house::typed(200, "image/png", vec![7u8; 40_000_000]),
    );
    let mut stream = house.connect();
    write!(stream, "GET /pictures/a.png HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", house.host())
        .unwrap();
    // Wait without reading until the gate has given up: its gauge of open connections goes back to none.
    let gone = (0..500).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        house.web.count() == 1 && house.metrics().contains("dozo_gate_connections{process=\"gate\"} 0")
    });
    assert!(gone, "the connection is still held");
    let mut got = Vec::new();
    let _ = stream.read_to_end(&mut got);
    assert!(got.len() < 40_000_000);
}

#[test]
fn connections_of_one_address_are_counted() {
    let house = House::with(|l| l.connections_per_address_max = 3, |_| page("x"));
    let mut held: Vec<TcpStream> = (0..3).map(|_| house.connect()).collect();
    for stream in &mut held {
        write!(stream, "GET / HTTP/1.1\r\nhost: {}\r\n\r\n", house.host()).unwrap();
        assert_eq!(answer(stream).status, 200);
    }
    let mut one_more = house.connect();
    let mut nothing = Vec::new();
    let _ = one_more.read_to_end(&mut nothing);
    assert!(nothing.is_empty());
    assert!(house.metrics().contains("dozo_gate_connections_refused_total{process=\"gate\"} 1"));
}

#[test]
fn stops_in_order() {
    let mut house = House::new();
    let mut kept = house.connect();
    write!(kept, "GET / HTTP/1.1\r\nhost: {}\r\n\r\n", house.host()).unwrap();
    assert_eq!(answer(&mut kept).status, 200);
    house.stop();
    assert_eq!(kept.read(&mut [0; 16]).unwrap(), 0, "a kept connection is closed");
    assert!(TcpStream::connect(house.address).is_err(), "nobody listens any more");
    assert_eq!(house.journal().len(), 1);
}
