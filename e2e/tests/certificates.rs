//! A shop that obtains its certificate by itself, from an authority that others wrote.
#![allow(clippy::unwrap_used)]

use e2e::{
    authority::{ALIAS, Authority},
    secure::HOST,
};
use serde_json::Value;
use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    time::{Duration, Instant},
};
use testkit::Dozo;

/// The life of certificates that end while one looks on. What is obtained in time takes some seconds.
const LIFE: Duration = Duration::from_secs(30);
/// When their renewal is advised, in percent of it; without advice it is two thirds.
const ADVISED_AT: u8 = 30;
const OWNER: &str = "owner@risudo.example";

/// What a customer gets who believes the authority: the status of the first page, and the certificate.
fn visit(authority: &Authority, shop: &Dozo) -> Result<(String, Vec<u8>), String> {
    visit_by(HOST, authority, shop)
}

/// The same under one of the shop's names.
fn visit_by(name: &str, authority: &Authority, shop: &Dozo) -> Result<(String, Vec<u8>), String> {
    let trust = tls::Trust::from_pem(&fs::read_to_string(authority.certificate()).unwrap()).unwrap();
    let host = shop.address("shop").trim_start_matches("https://").trim_end_matches('/').replace(HOST, name);
    let port: u16 = host.rsplit(':').next().unwrap().parse().unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut stream = tls::connect(&trust.client().unwrap(), name, stream).map_err(|e| e.to_string())?;
    let certificate = stream.conn.peer_certificates().unwrap()[0].to_vec();
    write!(stream, "GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).map_err(|e| e.to_string())?;
    Ok((String::from_utf8_lossy(&head).into_owned(), certificate))
}

/// What the plain port answers to a path: the first line, and where it leads.
fn plain(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {HOST}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn open_findings(data: &Path) -> Vec<String> {
    let shown: Value =
        serde_json::from_slice(&fs::read(data.join("run/watch/findings.json")).unwrap()).unwrap();
    let open = shown["cases"].as_array().into_iter().flatten().filter(|case| case["over"].is_null());
    open.filter_map(|case| Some(case["what"].as_str()?.to_owned())).collect()
}

#[test]
fn is_obtained_at_the_first_start_kept_and_renewed_in_time_while_the_shop_is_open() {
    let Some(python) = testkit::pypi_python() else { return };
    let folder = testkit::temp_dir();
    let mut authority = Authority::start(&python, folder.path().join("authority")).unwrap();
    let data = e2e::folder_in(&folder);
    let settings = fs::read_to_string(data.join("dozo.toml")).unwrap();
    fs::write(data.join("dozo.toml"), settings + authority.settings().as_str()).unwrap();
    let began = Instant::now();
    let mut shop =
        Dozo::builder().data(&data).start().unwrap_or_else(|e| panic!("{e:#}\n{}", authority.log()));
    // The gate takes it up within a second or two.
    let mut seen = visit(&authority, &shop);
    while seen.is_err() && began.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(100));
        seen = visit(&authority, &shop);
    }
    let (status, first) = seen.unwrap_or_else(|e| {
        let log = fs::read_to_string(data.join("logs/acme.jsonl")).unwrap_or_default();
        panic!("{e}\n{log}\n{}", authority.log())
    });
    assert_eq!(status, "HTTP/1.1 200");
    eprintln!("open with a certificate of the authority's after {:?}", began.elapsed());
    let state =
        || -> Value { serde_json::from_slice(&fs::read(data.join("run/acme/state.json")).unwrap()).unwrap() };
    assert!(state()["until"].is_string() && state()["failing_since"].is_null(), "{}", state());
    // The proof is gone, and others are led to https.
    assert_eq!(fs::read_dir(data.join("run/acme/challenge")).unwrap().count(), 0);
    for path in ["/", "/.well-known/acme-challenge/x", "/.well-known/acme-challenge/..%2Fkey.pem"] {
        let answer = plain(authority.proof_port, path);
        assert!(answer.starts_with("HTTP/1.1 308") && !answer.contains("PRIVATE"), "{path}: {answer}");
    }
    // It is kept: another start asks for none.
    assert!(shop.stop());
    let asked = || authority.log().matches("POST /acme/neworders").count();
    let before = asked();
    let shop = Dozo::builder().data(&data).start().unwrap_or_else(|e| panic!("{e:#}"));
    assert_eq!((visit(&authority, &shop).unwrap().1, asked()), (first.clone(), before));
    // One certificate is for both names, and who comes by the other is led on.
    let (led, shown) = visit_by(ALIAS, &authority, &shop).unwrap();
    assert_eq!((led.as_str(), &shown), ("HTTP/1.1 308", &first));
    // What is due is obtained anew by the same account, and nobody is turned away meanwhile: each handshake checks name,
    // chain and time.
    let account = fs::read(data.join("acme/account.json")).unwrap();
    authority.vouches_for(LIFE).unwrap();
    fs::remove_file(data.join("acme/chain.pem")).unwrap();
    let renewed = |before: &[u8]| {
        let began = Instant::now();
        loop {
            let (status, shown) = visit(&authority, &shop).unwrap();
            assert_eq!(status, "HTTP/1.1 200");
            if shown != before {
                return (shown, began.elapsed());
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{}", authority.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let (short, _) = renewed(&first);
    // By now it was asked for advice on this one, and had none: then two thirds of its life count.
    std::thread::sleep(Duration::from_secs(3));
    authority.advises_at(ADVISED_AT).unwrap();
    let (second, took) = renewed(&short);
    eprintln!("without advice one of {LIFE:?} was renewed {took:?} after it was three seconds old");
    assert!(took > LIFE / 2, "not before two thirds");
    // The one that follows lives longer, so that a busy machine has time for what is looked at last.
    authority.vouches_for(LIFE * 3 / 2).unwrap();
    let (third, took) = renewed(&second);
    eprintln!("with advice at {ADVISED_AT} % the next one after {took:?}");
    assert!(took < LIFE * 3 / 5, "the advice is followed");
    assert!(authority.log().contains("GET /acme/renewal-info/"), "{}", authority.log());
    assert_eq!(fs::read(data.join("acme/account.json")).unwrap(), account);
    // Certificates with other keys, early and of a short life: but they are what the house obtained.
    assert_eq!(open_findings(&data), Vec::<String>::new());
    // Nobody vouches any more: the owner hears of it while customers still get in.
    shop.expect_alarms();
    authority.goes_away();
    let began = Instant::now();
    while open_findings(&data) != ["renewal_fails"] {
        assert!(began.elapsed() < LIFE * 3 / 2, "{}", state());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(visit(&authority, &shop).unwrap().1, third, "told in time");
    eprintln!("that it cannot be renewed was told {:?} after the authority had gone", began.elapsed());
    let told = || e2e::journey::mails_to(&shop, OWNER, 1).unwrap_or_default();
    while !told().iter().any(|mail| mail.to_string().contains("証明書")) {
        assert!(began.elapsed() < LIFE * 3, "no mail of it");
        std::thread::sleep(Duration::from_millis(200));
    }
}
