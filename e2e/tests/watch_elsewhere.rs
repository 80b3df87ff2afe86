//! The watch on a second machine, over HTTPS: two folders with nothing between them but two ports.
#![allow(clippy::unwrap_used)]

use e2e::{elsewhere::Elsewhere, raw::fresh_address, secure::Secure};
use serde_json::Value;
use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU16, Ordering},
    },
    time::{Duration, Instant},
};

/// What is noticed on a busy machine, with a debug build, may take longer than is stated.
const LONG: Duration = Duration::from_secs(60);
/// After how long without it payment is closed: the shortest that can be configured, in seconds.
const LOCK_AFTER_S: u64 = 15;
/// How soon a page on the way to a card stands on the other machine: within a second, on an idle one.
const COPIED_WITHIN: Duration = Duration::from_secs(3);

/// Somebody in front of the shop, who has its certificate: he puts a script into each page when told to.
struct Front {
    port: u16,
    robs: Arc<AtomicBool>,
    behind: Arc<AtomicU16>,
}

impl Front {
    fn start(secure: &Secure) -> Front {
        let read = |name: &str| fs::read_to_string(secure.data.join(name)).unwrap();
        let papers = format!("{}{}", read("gate/chain.pem"), read("gate/key.pem"));
        let server = tls::Identity::from_pem(&papers).unwrap().server(&[]).unwrap();
        let (client, listener) = (secure.believes().unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
        let port = listener.local_addr().unwrap().port();
        let robs = Arc::<AtomicBool>::default();
        let behind = Arc::new(AtomicU16::new(secure.at().unwrap().port()));
        let (told, to) = (Arc::clone(&robs), Arc::clone(&behind));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (server, client, told) = (Arc::clone(&server), Arc::clone(&client), Arc::clone(&told));
                let behind = to.load(Ordering::Acquire);
                std::thread::spawn(move || {
                    let mut here = tls::accept(&server, stream).ok()?;
                    let shop = TcpStream::connect(("127.0.0.1", behind)).ok()?;
                    let shop = tls::connect(&client, e2e::secure::HOST, shop).ok()?;
                    pass(&mut here, shop, (port, behind), told.load(Ordering::Acquire))
                });
            }
        });
        Front { port, robs, behind }
    }
}

/// One request and its answer.
fn pass(
    here: &mut (impl Read + Write),
    mut shop: impl Read + Write,
    (port, behind): (u16, u16),
    robs: bool,
) -> Option<()> {
    let (mut held, mut part) = (Vec::new(), vec![0; 1 << 16]);
    while !held.windows(4).any(|w| w == b"\r\n\r\n") {
        let bytes = here.read(&mut part).ok().filter(|bytes| *bytes > 0)?;
        held.extend_from_slice(&part[..bytes]);
    }
    let head = String::from_utf8_lossy(&held).replace(&format!(":{port}"), &format!(":{behind}"));
    shop.write_all(head.replacen("\r\n", "\r\nconnection: close\r\n", 1).as_bytes()).ok()?;
    let mut answer = Vec::new();
    let _ = shop.read_to_end(&mut answer);
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
    let (head, mut body) = (String::from_utf8_lossy(&answer[..end]).into_owned(), answer[end..].to_vec());
    if head.contains("text/html") {
        // By the name under which he is called.
        let mut page = String::from_utf8_lossy(&body).replace(&format!(":{behind}"), &format!(":{port}"));
        if robs {
            page = page.replace("</body>", "<script>1</script></body>");
        }
        body = page.into_bytes();
    }
    let kept = head.lines().filter(|line| {
        let line = line.to_ascii_lowercase();
        !line.is_empty() && !line.starts_with("content-length:") && !line.starts_with("transfer-encoding:")
    });
    let head = kept.collect::<Vec<_>>().join("\r\n").replace(&format!(":{behind}"), &format!(":{port}"));
    let head = format!("{head}\r\ncontent-length: {}\r\n\r\n", body.len());
    here.write_all(&[head.as_bytes(), &body].concat()).ok()?;
    here.flush().ok()
}

fn signal(word: &str, pid: u32) {
    assert!(Command::new("kill").args([word, &pid.to_string()]).status().unwrap().success());
}

/// What stands open there, and how many rounds were made.
fn found(data: &Path) -> (u64, Vec<String>) {
    let text = fs::read(data.join("run/watch/findings.json")).unwrap_or_default();
    let shown: Value = serde_json::from_slice(&text).unwrap_or_default();
    let open = shown["cases"].as_array().into_iter().flatten().filter(|case| case["over"].is_null());
    let word = |case: &Value| Some(case["doubt"].as_str().or(case["what"].as_str())?.to_owned());
    let open = open.filter_map(word).collect();
    (shown["rounds"].as_u64().unwrap_or_default(), open)
}

fn until(what: &str, limit: Duration, elsewhere: &Elsewhere, so: impl Fn() -> bool) -> Duration {
    let began = Instant::now();
    while !so() {
        let open = found(&elsewhere.dir.join("kept"));
        assert!(began.elapsed() < limit, "{what}: not within {limit:?}; {open:?}\n{}", elsewhere.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    began.elapsed()
}

fn setting(data: &Path, section: &str, name: &str) -> String {
    let text = fs::read_to_string(data.join("run/settings.toml")).unwrap();
    text.parse::<toml::Table>().unwrap()[section][name].as_str().unwrap().to_owned()
}

fn port(data: &Path, name: &str) -> String {
    setting(data, "listen", name).rsplit(':').next().unwrap().to_owned()
}

#[test]
fn finds_closes_tells_keeps_and_is_missed() {
    let folder = testkit::temp_dir();
    let mut elsewhere = Elsewhere::watching(folder.path().join("elsewhere"));
    // Its key does not depend on what it watches.
    let config = |shop: u16, owner: &str, pay: &str, smtp: &str| {
        format!(
            "folder = \"kept\"\nshop = \"https://shop.localhost:{shop}\"\nca_file = \"ca.pem\"\nowner = \"{owner}\"\n\
             processor_pages = [\"http://pay.localhost:{pay}\"]\n[link]\n{}[alarm]\nmail_to = [\"elsewhere@risudo.example\"]\n\
             [smtp]\nhost = \"127.0.0.1\"\nport = {smtp}\nfrom = \"watch@risudo.example\"\n",
            elsewhere.way()
        )
    };
    elsewhere.is_told(&config(1, "owner", "9", "25"));
    let backup = folder.path().join("backup");
    let copy = |from: &Path, to: &Path| {
        let _ = fs::remove_dir_all(to);
        assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
    };
    let mut secure = Secure::start_with(|data| {
        copy(&data.join("vault"), &backup);
        elsewhere.is_told_to(data);
        let settings = fs::read_to_string(data.join("dozo.toml")).unwrap();
        let ours = format!("\n[watch]\nelsewhere_lock_after_s = {LOCK_AFTER_S}\n");
        fs::write(data.join("dozo.toml"), settings + ours.as_str()).unwrap();
    })
    .unwrap();
    secure.shop.expect_alarms();
    let data = secure.data.clone();
    fs::copy(data.join("ca.pem"), elsewhere.dir.join("ca.pem")).unwrap();
    elsewhere.learns_of(&data);
    let front = Front::start(&secure);
    elsewhere.is_told(&config(
        front.port,
        &setting(&data, "manifest", "owner"),
        &port(&data, "pay"),
        &port(&data, "smtp"),
    ));
    elsewhere.run();
    let kept = elsewhere.dir.join("kept");
    until("it does not look", LONG, &elsewhere, || found(&kept).0 > 4);
    let told = fs::read_to_string(kept.join("watch/findings.json")).unwrap_or("[]".into());
    assert_eq!(told, "[]", "of an ordinary shop nothing was ever wrong");
    assert!(kept.join("watch/manifest/manifest.note").exists(), "it keeps what the owner signed");
    until("the ledger is not witnessed", LONG, &elsewhere, || {
        kept.join("watch/witness/1/checkpoint").exists()
    });

    // What a customer is sent on the way to a card stands there, too.
    let lines = || fs::read_to_string(kept.join("watch/entries.jsonl")).unwrap_or_default();
    let before = lines().len();
    let mut customer = secure.customer(fresh_address()).unwrap();
    assert_eq!(customer.get(&secure.shop.url("/cart")).unwrap().status, 200);
    let took = until("no copy", COPIED_WITHIN, &elsewhere, || lines().len() > before);
    eprintln!("a cart that was sent is known there after {took:?}");

    let lock = || -> Value {
        serde_json::from_slice(&fs::read(data.join("gate/lock.json")).unwrap_or_default()).unwrap_or_default()
    };
    // Held still it is missed here, and then payment is closed, until the owner opens.
    let missed = "other_watch_silent".to_owned();
    assert_eq!(lock()["closed"], Value::Null, "whoever is there is no reason to close");
    signal("-STOP", elsewhere.pid());
    let silent = Instant::now();
    let took = until("the shop does not miss it", LONG, &elsewhere, || found(&data).1.contains(&missed));
    eprintln!("the shop misses it after {took:?}");
    until("payment is not closed", LONG, &elsewhere, || lock()["closed"] == "payment");
    let took = silent.elapsed();
    eprintln!("payment is closed {took:?} after its last sign of life");
    // The last one came up to a second before it was held.
    assert!(took > Duration::from_secs(LOCK_AFTER_S - 2), "closed too soon: {took:?}");
    assert_eq!((&lock()["by"], &lock()["why"]), (&"watch".into(), &missed.as_str().into()));
    let mut status = |path: &str| customer.get(&secure.shop.url(path)).unwrap().status;
    assert_eq!((status("/cart"), status("/")), (503, 200), "payment, and nothing else");
    signal("-CONT", elsewhere.pid());
    until("it is not back", LONG, &elsewhere, || !found(&data).1.contains(&missed));
    assert!(!found(&kept).1.contains(&missed), "who was held still misses nobody");
    assert_eq!(status("/cart"), 503, "whoever is back opens nothing");
    let opened = Command::new(testkit::binary().unwrap()).arg("unlock").arg("--data").arg(&data).output();
    let opened = opened.unwrap();
    assert!(opened.status.success(), "{}", String::from_utf8_lossy(&opened.stderr));
    assert_eq!(status("/cart"), 200);
    let seen = found(&kept).0;
    until("it does not look again", LONG, &elsewhere, || found(&kept).0 > seen + 2);
    assert_eq!(found(&kept).1, [""; 0], "a way that is closed, and open again, is no finding there");

    // A page that is changed on its way: found there, closed here, told from there.
    front.robs.store(true, Ordering::Release);
    let took = until("payment is not closed for it", LONG, &elsewhere, || lock()["why"] == "page_changed");
    eprintln!("payment is closed {took:?} after a page was changed in front of the shop");
    assert_eq!((&lock()["by"], &lock()["closed"]), (&"watch".into(), &"payment".into()));
    let mails = || e2e::journey::mails_to(&secure.shop, "elsewhere@risudo.example", 1).unwrap_or_default();
    until("nobody is told", LONG, &elsewhere, || {
        mails().iter().any(|mail| mail.to_string().contains("署名したもの"))
    });
    front.robs.store(false, Ordering::Release);

    // It misses the shop, too.
    let witnessed = fs::read_to_string(kept.join("watch/witness/state.json")).unwrap();
    secure.shop.kill_supervisor();
    let took = until("it does not miss the shop", LONG, &elsewhere, || {
        let open = found(&kept).1;
        open.contains(&missed) && open.contains(&"gate_silent".into())
    });
    eprintln!("it misses a shop that was killed after {took:?}");

    // Root puts the ledger back to what it was.
    copy(&backup, &data.join("vault"));
    secure.again().unwrap();
    secure.shop.expect_alarms();
    front.behind.store(secure.at().unwrap().port(), Ordering::Release);
    let rolled = |open: &[String]| {
        open.iter().any(|what| ["ledger_rolled_back", "ledger_forked"].contains(&what.as_str()))
    };
    // It looks every minute by itself; that much time is not to be had here.
    fs::write(kept.join("watch/witness/ask"), "").unwrap();
    let took = until("the ledger is believed", LONG, &elsewhere, || rolled(&found(&kept).1));
    eprintln!("a ledger that was put back is doubted {took:?} after the shop is open ({witnessed})");
    until("the shop is not back", LONG, &elsewhere, || !found(&kept).1.contains(&missed));
}
