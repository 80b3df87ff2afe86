//! Somebody between `web` and the gate changes the shop's answers: he lies on the socket and puts something in the place of
//! something else. What he made of a page is not sent; on the way to a payment the shop closes that way.
#![allow(clippy::unwrap_used)]

use e2e::plain;
use std::{
    io::{Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use testkit::{Dozo, http::Browser};

/// What he replaces, by something of the same length: so that he need not change what the head says of it.
type Change = Arc<Mutex<Option<(&'static str, &'static str)>>>;

/// Lies down between the two. The gate comes back and connects through him.
fn between(shop: &Dozo) -> Change {
    let socket = shop.data().join("run/web/web.sock");
    let real = shop.data().join("run/web/real.sock");
    std::fs::rename(&socket, &real).unwrap();
    let listener = UnixListener::bind(&socket).unwrap();
    let change = Change::default();
    let told = Arc::clone(&change);
    std::thread::spawn(move || {
        for gate in listener.incoming().flatten() {
            let web = UnixStream::connect(&real).unwrap();
            let (from_gate, mut to_web) = (gate.try_clone().unwrap(), web.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut &from_gate, &mut to_web));
            let change = Arc::clone(&told);
            std::thread::spawn(move || answers(web, gate, &change));
        }
    });
    let ended = shop.kill_child("gate");
    let end = Instant::now() + Duration::from_secs(30);
    let mut visitor = Browser::new("ja");
    while shop.pids_of("gate").first().is_none_or(|pid| *pid == ended)
        || !visitor.get(&shop.url("/stores")).is_ok_and(|a| a.status == 200)
    {
        assert!(Instant::now() < end, "the gate does not come back");
        std::thread::sleep(Duration::from_millis(50));
    }
    change
}

/// Passes answers on. A page comes in one piece or in several: he waits until no more has come for a moment.
fn answers(mut web: UnixStream, mut gate: UnixStream, change: &Change) -> Option<()> {
    web.set_read_timeout(Some(Duration::from_millis(30))).ok()?;
    let (mut held, mut part) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        match web.read(&mut part) {
            Ok(0) => return None,
            Ok(bytes) => held.extend_from_slice(&part[..bytes]),
            Err(_) if held.is_empty() => continue,
            Err(_) => {
                let change = *change.lock().unwrap();
                if let Some((from, to)) = change {
                    assert_eq!(from.len(), to.len());
                    let all = held.windows(from.len()).enumerate().filter(|(_, w)| *w == from.as_bytes());
                    let places: Vec<usize> = all.map(|(at, _)| at).collect();
                    places.iter().for_each(|at| held[*at..at + to.len()].copy_from_slice(to.as_bytes()));
                }
                gate.write_all(&held).ok()?;
                held.clear();
            }
        }
    }
}

/// Puts a script into a product's name and text, as somebody does who writes in the database.
fn plant(shop: &Dozo, product: &str) {
    let db = rusqlite::Connection::open(shop.data().join("shop/shop.db")).unwrap();
    db.busy_timeout(Duration::from_secs(10)).unwrap();
    let sql = "update product set name_ja = name_ja || '<script>', lead_ja = '<script>steal()</script>' where slug = $1";
    assert_eq!(db.execute(sql, [product]).unwrap(), 1);
}

#[test]
fn what_somebody_made_of_a_page_is_not_sent_and_payment_closes() {
    let folder = testkit::temp_dir();
    let (shop, data) = e2e::shop_in(&folder);
    shop.expect_alarms();
    let mut b = Browser::new("ja");
    let product = plain::first_product(&mut b, &shop).unwrap();
    plain::to_cart(&mut b, &shop, &product).unwrap();
    plant(&shop, &product);
    let change = between(&shop);
    let page = b.get(&shop.url(&format!("/p/{product}"))).unwrap();
    assert_eq!(page.status, 200);
    assert!(page.text().contains("&#60;script&#62;") && !page.text().contains("<script>"), "shown as text");
    assert_eq!(b.get(&shop.url("/cart")).unwrap().status, 200);
    assert!(shop.alarms().is_empty(), "{:?}", shop.alarms());

    // On a page that stands, with another address each time, so that it is made anew.
    let changes = [
        ("&#60;script&#62;", "<script>        "),
        ("integrity=\"sha384-", "integrity=\"sha256-"),
        ("action=\"/search\"", "action=\"//evils\""),
        ("<main id=\"main\"", "<form id=\"main\""),
        ("</main>", "<form> "),
        ("name=\"q\" ", "name=\"cc\""),
        ("さがす", "カード"),
    ];
    for (n, (from, to)) in changes.into_iter().enumerate() {
        *change.lock().unwrap() = Some((from, to));
        let answer =
            b.get(&shop.url(&format!("/search?q={}", ["a", "b", "c", "d", "e", "f", "g"][n]))).unwrap();
        let other = b.get(&shop.url(&format!("/p/{product}?lang=ja"))).unwrap();
        let refused = if from.starts_with('&') { &other } else { &answer };
        assert_eq!(refused.status, 502, "{from} → {to}");
        assert!(
            refused.text().contains("受付番号") && !refused.text().contains("evil"),
            "{}",
            refused.text()
        );
    }
    assert!(shop.alarms().len() >= changes.len(), "{:?}", shop.alarms());
    assert!(shop.alarms().iter().all(|alarm| alarm["payment"] == false));
    assert!(!data.join("gate/lock.json").exists());

    // On the way to a payment.
    *change.lock().unwrap() = Some(changes[0]);
    assert_eq!(b.get(&shop.url("/cart")).unwrap().status, 502);
    *change.lock().unwrap() = None;
    for path in ["/cart", "/checkout"] {
        let closed = b.get(&shop.url(path)).unwrap();
        assert_eq!(closed.status, 503, "{path}");
        assert!(closed.text().contains("一時止めて"), "{}", closed.text());
    }
    assert_eq!(b.get(&shop.url("/stores")).unwrap().status, 200, "the rest is open");
    let lock = std::fs::read_to_string(data.join("gate/lock.json")).unwrap();
    assert!(lock.contains("\"closed\":\"payment\"") && lock.contains("\"why\":\"script\""), "{lock}");
    let alarm = shop.alarms().pop().unwrap();
    assert_eq!((&alarm["route"], &alarm["payment"]), (&"cart".into(), &true.into()));
    std::fs::remove_file(data.join("gate/lock.json")).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(b.get(&shop.url("/cart")).unwrap().status, 503, "to take the file away opens nothing");
    let opened = std::process::Command::new(testkit::binary().unwrap())
        .args(["unlock", "--data"])
        .arg(&data)
        .output()
        .unwrap();
    assert!(opened.status.success(), "{}", String::from_utf8_lossy(&opened.stderr));
    assert_eq!(b.get(&shop.url("/cart")).unwrap().status, 200, "the owner has opened it again");
}
