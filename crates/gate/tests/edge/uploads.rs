//! Pictures on their way in.

use crate::house::{Answer, House, page};
use std::{io::Write, thread, time::Duration};

const PATH: &str = "/admin/products/0198c5b2-7b7e-7c3a-9a51-3f2a0c1d9e77/picture";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0 pixels\r\n--b\r\n and more";
const CARD: &str = "4242 4242 4242 4242";

fn body(alt: &str, filename: &str, file: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in [("_t", "abc"), ("alt_ja", alt), ("alt_en", "")] {
        let part = format!("--XyZ\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--XyZ\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"{filename}\"\r\n\
         Content-Type: image/jpeg\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--XyZ--\r\n");
    body
}

fn send(house: &House, path: &str, body: &[u8]) -> Answer {
    house.ask("POST", path, &[("content-type", "multipart/form-data; boundary=XyZ")], body)
}

#[test]
fn a_picture_reaches_web_byte_for_byte() {
    let house = House::new();
    let large = [JPEG, &vec![7; 3 * 1024 * 1024]].concat();
    let sent = body("栗", "栗.jpg", &large);
    assert_eq!(send(&house, PATH, &sent).status, 200);
    let seen = house.web.last();
    assert_eq!((seen.method.as_str(), seen.target.as_str(), seen.body == sent), ("POST", PATH, true));
}

#[test]
fn what_is_no_picture_or_has_a_card_number_beside_it_stops_here() {
    let house = House::new();
    for (sent, status) in [
        (body("栗", "a.php", b"<?php system($_GET['c']); ?>"), 400),
        (body("栗", "a.svg", b"<svg onload='alert(1)'/>"), 400),
        (body(CARD, "a.jpg", JPEG), 422),
        (body("栗", &format!("{CARD}.jpg"), JPEG), 422),
        (body("<b>", "a.jpg", JPEG), 400),
        (body("栗", "a.jpg", &[JPEG, &vec![0; 10 * 1024 * 1024]].concat()), 400),
        (body("栗", "a.jpg", JPEG)[..200].to_vec(), 400),
        (CARD.as_bytes().to_vec(), 422),
        (vec![b'x'; 11 * 1024 * 1024], 413),
    ] {
        let answer = send(&house, PATH, &sent);
        assert_eq!(answer.status, status, "{}", answer.head);
        assert!(!answer.body.contains("4242"));
    }
    // A form with a picture belongs to its own route, and that route takes nothing else.
    assert_eq!(send(&house, "/contact", &body("栗", "a.jpg", JPEG)).status, 415);
    assert_eq!(house.form(PATH, "_t=abc&alt_ja=x&alt_en=").status, 415);
    assert_eq!(house.web.count(), 0);
}

#[test]
fn no_more_of_them_are_held_at_once_than_allowed() {
    let house = House::with(
        |l| {
            l.uploads_max = 1;
            l.body_read_ms = 300;
        },
        |_| page("x"),
    );
    let mut slow = house.connect();
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: {}\r\ncontent-type: multipart/form-data; boundary=XyZ\r\n\
         content-length: 5000\r\n\r\n--XyZ",
        house.host()
    );
    slow.write_all(head.as_bytes()).unwrap();
    thread::sleep(Duration::from_millis(200));
    let second = send(&house, PATH, &body("栗", "a.jpg", JPEG));
    assert_eq!(second.status, 429, "{}", second.head);
    assert_eq!(house.get("/").status, 200, "the shop goes on");
    drop(slow);
    thread::sleep(Duration::from_millis(200));
    assert_eq!(send(&house, PATH, &body("栗", "a.jpg", JPEG)).status, 200);
}
