//! The viewer as a whole: mails in by SMTP, out by HTTP.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;

use common::{FakeVault, facts, shop};
use domain::Locale;
use post::{
    About, Address, Author,
    smtp::{Envelope, Limits, Server, Session},
    viewer,
};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
};
use telemetry::Life;

struct Running {
    http: SocketAddr,
    smtp: SocketAddr,
    life: Life,
    thread: Option<std::thread::JoinHandle<anyhow::Result<()>>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.life.stop();
        if let Some(thread) = self.thread.take() {
            assert!(thread.join().unwrap().is_ok(), "the viewer stops in order");
        }
    }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn start(folder: &Path) -> Running {
    let (http, smtp) = (free(), free());
    let life = Life::of_test("mailbox", folder);
    let config = viewer::Config { http_listen: http, smtp_listen: smtp, folder: folder.to_owned() };
    let theirs = life.clone();
    let thread = Some(std::thread::spawn(move || viewer::run(config, theirs)));
    for at in [http, smtp] {
        while TcpStream::connect(at).is_err() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
    Running { http, smtp, life, thread }
}

impl Running {
    fn ask(&self, method: &str, path: &str, more: &str) -> String {
        let mut stream = TcpStream::connect(self.http).unwrap();
        let host = format!("mail.localhost:{}", self.http.port());
        let host = if more.contains("Host:") { String::new() } else { format!("Host: {host}\r\n") };
        let request =
            format!("{method} {path} HTTP/1.1\r\n{host}{more}Content-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn get(&self, path: &str) -> String {
        self.ask("GET", path, "")
    }

    fn mails(&self) -> serde_json::Value {
        let answer = self.get("/api/mails");
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    fn send(&self, to: &str, message: &[u8]) {
        let server = Server { host: "localhost".into(), port: self.smtp.port(), login: None };
        let mut session = Session::open(&server, "risudo.example", Limits::default()).unwrap();
        let envelope = Envelope {
            from: Address::parse("shop@risudo.example").unwrap(),
            to: Address::parse(to).unwrap(),
        };
        assert!(session.deliver(&envelope, message, &mut || true).is_ok());
        session.quit();
    }
}

fn order_mail(to: &str) -> Vec<u8> {
    let facts = facts(About::Received, Locale::Ja);
    let people = post::open(&FakeVault::default(), &facts).unwrap();
    let author = Author::of("栗鼠堂", &Address::parse("shop@risudo.example").unwrap(), "");
    let letter = post::write(&facts, &people, &shop()).unwrap();
    post::pack(letter, &author, &Address::parse(to).unwrap(), facts.message, 1_795_359_900_000, "ja").unwrap()
}

#[test]
fn a_mail_comes_in_and_is_shown() {
    let dir = tempfile::tempdir().unwrap();
    let viewer = start(dir.path());
    let empty = viewer.get("/");
    assert!(empty.contains("まだメールは届いていません") && empty.contains("http-equiv=\"refresh\""));
    viewer.send("hanako@example.jp", &order_mail("hanako@example.jp"));
    viewer.send("a..b@docomo.ne.jp", &order_mail("a..b@docomo.ne.jp"));

    let mails = viewer.mails();
    assert_eq!(mails.as_array().unwrap().len(), 2);
    let mail = &mails[1];
    assert_eq!(mail["to"], "hanako@example.jp");
    assert_eq!(mail["subject"], "【栗鼠堂】ご注文ありがとうございます（ご注文番号 R26-0000-1234）");
    assert!(mail["text"].as_str().unwrap().contains("くるみ羊羹 一棹※\n"));
    assert!(mail["html"].as_str().unwrap().starts_with("<!DOCTYPE html>"));
    assert!(mail["links"][0].as_str().unwrap().starts_with("http://shop.localhost:8080/o/"));
    assert!(mails[0]["to"].as_str().unwrap().contains("a..b"));

    let id = mail["id"].as_str().unwrap();
    let list = viewer.get("/");
    assert!(
        list.contains("R26-0000-1234") && list.contains(&format!("/mails/{id}")) && !list.contains("refresh")
    );
    let page = viewer.get(&format!("/mails/{id}"));
    assert!(page.contains(&format!("<iframe src=\"/mails/{id}/html\"")) && page.contains("aria-current"));
    assert!(page.contains("default-src 'none'") && !page.contains("style=") && !page.contains("<script"));
    assert!(viewer.get(&format!("/mails/{id}?view=text")).contains("いつまでもお元気で。"));
    let source = viewer.get(&format!("/mails/{id}?view=source"));
    assert!(source.contains("Delivered-To: hanako@example.jp") && source.contains("Message-ID:"));
    let html = viewer.get(&format!("/mails/{id}/html"));
    assert!(html.contains("content-security-policy: sandbox allow-popups") && html.contains("<base target"));
    assert!(viewer.get("/mails/nothing").starts_with("HTTP/1.1 404"));
    assert!(viewer.ask("GET", "/", "Accept-Language: en\r\n").contains("Mail viewer"));
}

#[test]
fn keeps_mails_over_a_restart_and_removes_them_when_told() {
    let dir = tempfile::tempdir().unwrap();
    let viewer = start(dir.path());
    viewer.send("hanako@example.jp", b"Subject: one\r\n\r\n.\r\n..\r\n");
    drop(viewer);
    let viewer = start(dir.path());
    assert_eq!(viewer.mails()[0]["text"], ".\n..\n");
    assert!(viewer.ask("POST", "/clear", "").starts_with("HTTP/1.1 303"));
    assert!(viewer.mails().as_array().unwrap().is_empty());
    assert!(viewer.get("/").contains("まだメールは届いていません"));
}

#[test]
fn no_other_site_reads_or_removes() {
    let dir = tempfile::tempdir().unwrap();
    let viewer = start(dir.path());
    assert!(viewer.ask("GET", "/api/mails", "Host: evil.example\r\n").starts_with("HTTP/1.1 421"));
    assert!(viewer.ask("GET", "/", "Host: localhost.evil.example\r\n").starts_with("HTTP/1.1 421"));
    assert!(viewer.ask("POST", "/clear", "Sec-Fetch-Site: cross-site\r\n").starts_with("HTTP/1.1 403"));
    assert!(viewer.ask("POST", "/clear", "Origin: http://evil.example\r\n").starts_with("HTTP/1.1 403"));
    assert!(viewer.ask("POST", "/clear", "Origin: null\r\n").starts_with("HTTP/1.1 403"));
    let own =
        format!("Origin: http://mail.localhost:{}\r\nSec-Fetch-Site: same-origin\r\n", viewer.http.port());
    assert!(viewer.ask("POST", "/clear", &own).starts_with("HTTP/1.1 303"));
}

#[test]
fn the_sink_minds_its_protocol() {
    let dir = tempfile::tempdir().unwrap();
    let viewer = start(dir.path());
    let mut stream = TcpStream::connect(viewer.smtp).unwrap();
    let long = "x".repeat(5_000);
    // All at once, as a pipelining client does.
    let talk = format!(
        "EHLO me\r\nDATA\r\nRCPT TO:<a@b.jp>\r\n{long}\r\nMAIL FROM:<a@b.jp> SIZE=99999999999\r\nMAIL FROM:<a@b.jp>\r\n\
         RCPT TO:<>\r\nRCPT TO:<c@d.jp>\r\nDATA\r\nSubject: s\n.\nstill\r\n.\r\nNONSENSE\r\nQUIT\r\n"
    );
    stream.write_all(talk.as_bytes()).unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    let codes: Vec<&str> = answers.lines().filter(|l| l.as_bytes()[3] == b' ').map(|l| &l[..3]).collect();
    assert_eq!(
        codes,
        ["220", "250", "503", "503", "500", "552", "250", "501", "250", "354", "250", "500", "221"],
        "{answers}"
    );
    // A dot between bare line feeds did not end it.
    assert_eq!(viewer.mails().as_array().unwrap().len(), 1);
}

#[test]
fn many_connections() {
    let dir = tempfile::tempdir().unwrap();
    let viewer = start(dir.path());
    let mail = order_mail("hanako@example.jp");
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| viewer.send("hanako@example.jp", &mail));
        }
    });
    assert_eq!(viewer.mails().as_array().unwrap().len(), 20);
}

#[test]
fn only_on_this_machine() {
    let dir = tempfile::tempdir().unwrap();
    let everywhere: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let config =
        viewer::Config { http_listen: everywhere, smtp_listen: free(), folder: dir.path().to_owned() };
    assert!(viewer::run(config, Life::of_test("mailbox", dir.path())).is_err());
}

#[test]
fn who_opens_connections_and_says_nothing_takes_no_more_than_his_share() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(folder.path());
    let max = 128;
    let held: Vec<TcpStream> = (0..max + 1).map(|_| TcpStream::connect(running.http).unwrap()).collect();
    // Whoever comes when all places are taken is hung up on; nobody is kept waiting.
    let mut one_more = TcpStream::connect(running.http).unwrap();
    one_more.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
    assert_eq!(one_more.read(&mut [0; 16]).unwrap(), 0);
    drop(held);
    let end = std::time::Instant::now() + std::time::Duration::from_secs(10);
    let back = || -> bool {
        let mut stream = TcpStream::connect(running.http).unwrap();
        let host = format!("mail.localhost:{}", running.http.port());
        let _ = write!(stream, "GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer.starts_with("HTTP/1.1 200")
    };
    while !back() {
        assert!(std::time::Instant::now() < end, "no place came free");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}
