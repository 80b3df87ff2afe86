//! TLS on the public port: both versions of HTTP, a certificate that is renewed, the plain port beside it.

use crate::house::{Answer, House, page};
use gate::Tls;
use jiff::{SignedDuration, Timestamp};
use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};
use tls::{Authority, Key, Use, to_pem};

const HOST: &str = "shop.localhost";
const ALIAS: &str = "www.shop.localhost";

/// A gate with a certificate, and who signed it.
struct Secure {
    house: House,
    authority: Authority,
    folder: tempfile::TempDir,
    plain: SocketAddr,
}

fn write_certificate(folder: &Path, authority: &Authority) {
    let (now, key) = (Timestamp::now(), Key::new().unwrap());
    let own = authority.issue(&key.public(), HOST, Use::Server, now, SignedDuration::from_hours(1)).unwrap();
    fs::write(folder.join("chain.pem"), to_pem(&own)).unwrap();
    fs::write(folder.join("key.pem"), &*key.to_pem()).unwrap();
}

impl Secure {
    fn new() -> Secure {
        Secure::with(|_| {})
    }

    fn with(limits: impl FnOnce(&mut gate::Limits)) -> Secure {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new("Test", Timestamp::now()).unwrap();
        write_certificate(folder.path(), &authority);
        fs::write(folder.path().join("ca.pem"), to_pem(authority.certificate())).unwrap();
        let plain = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let at = |name: &str| folder.path().join(name);
        let tls = Tls {
            certificate: at("chain.pem"),
            key: at("key.pem"),
            redirect: Some(plain),
            challenges: None,
            aliases: vec![ALIAS.into()],
        };
        let tell = |config: &mut gate::Config| {
            config.origin = format!("https://{HOST}:{}", config.listen.port());
            config.tls = Some(tls);
            limits(&mut config.limits);
        };
        let house = House::told(tell, |_| page("<!doctype html><title>栗</title>"));
        Secure { house, authority, folder, plain }
    }

    fn connect(&self) -> tls::ClientStream<TcpStream> {
        let trust = tls::Trust::authority(self.authority.certificate()).unwrap();
        tls::connect(&trust.client().unwrap(), HOST, self.house.connect()).unwrap()
    }

    fn ask(&self, on: &mut tls::ClientStream<TcpStream>) -> Answer {
        write!(on, "GET / HTTP/1.1\r\nhost: {}\r\n\r\n", self.house.host()).unwrap();
        let mut bytes = vec![0; 64 * 1024];
        let read = on.read(&mut bytes).unwrap();
        Answer::of(&String::from_utf8_lossy(&bytes[..read]))
    }

    /// What curl, which is not ours, gets: `status version`, and the body.
    fn curl(&self, more: &[&str]) -> (String, String) {
        let port = self.house.address.port();
        let resolve = format!("{HOST}:{port}:127.0.0.1");
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--max-time", "20", "--resolve", &resolve, "--cacert"]);
        curl.arg(self.folder.path().join("ca.pem")).args(["--write-out", "\n%{http_code} %{http_version}"]);
        curl.args(more).arg(format!("https://{HOST}:{port}/"));
        let out = String::from_utf8(curl.output().unwrap().stdout).unwrap();
        let (body, seen) = out.rsplit_once('\n').unwrap();
        (seen.to_owned(), body.to_owned())
    }
}

#[test]
fn both_versions_of_http_go_the_same_way() {
    let secure = Secure::new();
    for (version, seen) in [("--http1.1", "200 1.1"), ("--http2", "200 2")] {
        let (got, body) =
            secure.curl(&[version, "--cookie", "__Host-visit=CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk"]);
        assert_eq!((got.as_str(), body.contains('栗')), (seen, true), "{body}");
        let reached = secure.house.web.last();
        assert_eq!(reached.header("x-forwarded-proto"), Some("https"));
        assert_eq!(reached.header("host"), Some(secure.house.host().as_str()));
        assert!(reached.header("cookie").is_some_and(|c| c.contains("visit=")), "{:?}", reached.headers);
    }
    let answer = secure.ask(&mut secure.connect());
    assert!(answer.header("strict-transport-security").is_some_and(|v| v.contains("max-age=63072000")));
    // The checks are the same: a name that is not the shop's, a method, a body that nobody declared.
    let before = secure.house.web.count();
    for refused in [
        &["--http2", "--header", "host: evil.example"][..],
        &["--http2", "--request", "PUT"],
        &["--http2", "--data", "a=b"],
    ] {
        let (got, _) = secure.curl(refused);
        assert!(got.starts_with('4') && got.ends_with(" 2"), "{refused:?}: {got}");
    }
    assert_eq!(secure.house.web.count(), before, "nothing of it reached web");
    // Plain HTTP on the port of TLS is no HTTP.
    assert!(!secure.house.raw(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").contains("200 OK"));
}

#[test]
fn a_certificate_is_renewed_while_connections_go_on() {
    let secure = Secure::new();
    let mut kept = secure.connect();
    assert_eq!(secure.ask(&mut kept).status, 200);
    let own = |on: &tls::ClientStream<TcpStream>| on.conn.peer_certificates().unwrap()[0].to_vec();
    let first = own(&kept);
    // Half of a renewal, and one that is nonsense: the one before stays.
    fs::write(secure.folder.path().join("chain.pem"), "no certificate").unwrap();
    std::thread::sleep(Duration::from_millis(1_300));
    assert_eq!(own(&secure.connect()), first);
    write_certificate(secure.folder.path(), &secure.authority);
    let end = Instant::now() + Duration::from_secs(10);
    while own(&secure.connect()) == first {
        assert!(Instant::now() < end, "the new certificate is not in use");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(secure.ask(&mut kept).status, 200, "who was here goes on");
}

#[test]
fn the_plain_port_leads_to_https_and_takes_nothing() {
    let secure = Secure::new();
    let ask = |head: &str| {
        let mut stream = TcpStream::connect(secure.plain).unwrap();
        stream.write_all(format!("{head}\r\nhost: {HOST}\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        Answer::of(&answer)
    };
    // Until it listens.
    let end = Instant::now() + Duration::from_secs(10);
    while TcpStream::connect(secure.plain).is_err() {
        assert!(Instant::now() < end, "nobody on the plain port");
    }
    let led = ask("GET /p/kuri?lang=en HTTP/1.1");
    let to = format!("https://{}/p/kuri?lang=en", secure.house.host());
    assert_eq!((led.status, led.header("location")), (308, Some(to.as_str())));
    assert_eq!(ask("POST /sign-in HTTP/1.1\r\ncontent-length: 0").status, 403);
    assert_eq!(secure.house.web.count(), 0);
}

#[test]
fn another_name_of_the_shop_leads_to_its_own_and_serves_nothing() {
    let secure = Secure::new();
    let alias = secure.house.host().replace(HOST, ALIAS);
    let ask = |text: String| {
        let mut on = secure.connect();
        on.write_all(text.as_bytes()).unwrap();
        let mut bytes = vec![0; 64 * 1024];
        let read = on.read(&mut bytes).unwrap();
        Answer::of(&String::from_utf8_lossy(&bytes[..read]))
    };
    let led = ask(format!("GET /p/kuri?lang=en HTTP/1.1\r\nhost: {alias}\r\n\r\n"));
    let to = format!("https://{}/p/kuri?lang=en", secure.house.host());
    assert_eq!((led.status, led.header("location")), (308, Some(to.as_str())));
    assert!(led.header("strict-transport-security").is_some() && led.header("set-cookie").is_none());
    let (got, _) = secure.curl(&["--http2", "--header", &format!("host: {alias}")]);
    assert_eq!(got, "308 2");
    for refused in [
        format!("POST /sign-in HTTP/1.1\r\nhost: {alias}\r\ncontent-length: 0\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nhost: {alias}\r\nhost: {alias}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nhost: evil.{alias}\r\n\r\n"),
        "GET / HTTP/1.1\r\nhost: www.shop.localhost:1\r\n\r\n".to_owned(),
    ] {
        let status = ask(refused.clone()).status;
        assert!((400..500).contains(&status), "{refused}: {status}");
    }
    assert_eq!(secure.house.web.count(), 0);
}

#[test]
fn a_silent_connection_of_http2_is_cut() {
    let secure = Secure::with(|limits| limits.h2_idle_ms = 1_500);
    let identity = Key::new().unwrap();
    let shown = tls::self_signed(&identity, "a.example", Timestamp::now()).unwrap();
    let trust = tls::Trust::authority(secure.authority.certificate()).unwrap();
    let client = identity.identity(shown).client(&trust, b"h2").unwrap();
    let mut stream = tls::connect(&client, HOST, secure.house.connect()).unwrap();
    // The preface and empty settings (RFC 9113 §3.4), then silence.
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    let began = Instant::now();
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    assert!(began.elapsed() < Duration::from_secs(8), "still open");
    assert!(!bytes.is_empty(), "it was HTTP/2 until then");
}
