//! Mails and webhooks, to receivers who take them, refuse them, or are not there.

use super::*;
use crate::{alarms::Alarms, book::Book, register::Register};
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex, mpsc},
};

const SHOP: &str = "http://shop.localhost:8080";
const SECRET: &str = "whsec_0123";
const RULES: Rules = Rules { warn_after: WARN_AFTER, remind_every: SignedDuration::from_hours(6) };

struct House {
    dir: tempfile::TempDir,
    alarms: Alarms,
}

impl House {
    fn new() -> House {
        let dir = tempfile::tempdir().unwrap();
        let life = Life::of_test("watch", dir.path());
        let book = Book::open(dir.path(), "looks", 1 << 20, 2).unwrap();
        let register = Register::open(dir.path(), None).unwrap();
        let alarms =
            Alarms::new(Arc::new(Mutex::new(book)), Arc::new(Mutex::new(register)), None, life.metrics());
        House { dir, alarms }
    }

    fn teller(&self, name: &'static str, channel: impl Channel + 'static) -> Teller {
        let life = Life::of_test("watch", self.dir.path());
        let alarms = self.alarms.beside(Looker::of(name), life.metrics());
        let ask = self.dir.path().join(ASK).join(name);
        fs::create_dir_all(self.dir.path().join(ASK)).unwrap();
        Teller::new(name, Box::new(channel), alarms, RULES, (SHOP.into(), ask), Counter::default())
    }

    fn finds(&mut self, found: &[Finding]) {
        self.alarms.compare(found.iter().cloned().collect());
    }

    fn case(&self) -> crate::Case {
        lock(&self.alarms.register()).due("nobody", Timestamp::MAX, RULES).remove(0)
    }
}

fn weak() -> Finding {
    Finding::HeaderWeak { page: "home".into(), header: "content-security-policy".into() }
}

/// Answers each post with the next of these statuses; what came in is handed on.
fn receiver(statuses: Vec<u16>) -> (String, mpsc::Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://hook.localhost:{}/dozo", listener.local_addr().unwrap().port());
    let (got, took) = mpsc::channel();
    std::thread::spawn(move || {
        for (stream, status) in listener.incoming().flatten().zip(statuses) {
            got.send(take(stream, status)).unwrap();
        }
    });
    (url, took)
}

/// Reads one post and answers it.
fn take(stream: impl Read + Write, status: u16) -> (String, Vec<u8>) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while reader.read_line(&mut head).unwrap() > 2 {}
    let length = head.lines().find_map(|l| l.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    reader.get_mut().write_all(answer.as_bytes()).unwrap();
    reader.get_mut().flush().unwrap();
    (head, body)
}

/// Takes one mail.
fn mailbox() -> (u16, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (got, took) = mpsc::channel();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let say = |line: &str| (&stream).write_all(format!("{line}\r\n").as_bytes()).unwrap();
        say("220 mail");
        let (mut mail, mut in_mail) = (String::new(), false);
        for line in BufReader::new(&stream).lines().map_while(Result::ok) {
            match line.as_str() {
                "." => {
                    in_mail = false;
                    got.send(mail.clone()).unwrap();
                    say("250 ok");
                }
                _ if in_mail => mail += &format!("{line}\r\n"),
                "DATA" => {
                    in_mail = true;
                    say("354 go");
                }
                command => {
                    mail += &format!("{command}\r\n");
                    say("250 ok");
                }
            }
        }
    });
    (port, took)
}

fn mail(port: u16) -> Mail {
    let address = |text: &str| smtp::Address::parse(text).unwrap();
    let server = smtp::Server { host: "localhost".into(), port, login: None };
    Mail { server, from: address("shop@risudo.example"), to: address("owner@risudo.example") }
}

fn hook(url: &str) -> Webhook {
    Webhook { url: url.into(), secret: outbound::Secret::new(SECRET), trust: None }
}

/// Whether the signature in the head is that of the body; the second at which it was made.
fn signed_at(head: &str, body: &[u8]) -> i64 {
    let signed = head.lines().find_map(|l| l.strip_prefix("dozo-signature: ")).unwrap();
    let (at, mac) = signed.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let wanted = hmac::sign(&key, &[format!("{at}.").as_bytes(), body].concat());
    assert_eq!(mac, ledger::hex(wanted.as_ref()));
    at.parse().unwrap()
}

#[test]
fn by_https_only_who_is_believed_is_told() {
    let mut house = House::new();
    let now = Timestamp::now();
    let (authority, key) = (tls::Authority::new("Test", now).unwrap(), tls::Key::new().unwrap());
    let life = SignedDuration::from_hours(1);
    let own = authority.issue(&key.public(), "hook.localhost", tls::Use::Server, now, life).unwrap();
    let config = key.identity(own).server(&[]).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://hook.localhost:{}/dozo", listener.local_addr().unwrap().port());
    let (got, took) = mpsc::channel();
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            // Whoever does not believe us hangs up.
            if let Ok(stream) = tls::accept(&config, stream) {
                got.send(take(stream, 204)).unwrap();
            }
        }
    });
    house.finds(&[weak()]);
    let trust =
        |of: &tls::Authority| Some(outbound::Trust::from_pem(&tls::to_pem(of.certificate())).unwrap());
    let stranger = tls::Authority::new("Test", now).unwrap();
    let mut teller = house.teller("webhook", Webhook { trust: trust(&stranger), ..hook(&url) });
    teller.turn(now);
    assert!(house.case().told.is_empty() && took.try_recv().is_err(), "nothing is told to a stranger");
    let mut teller = house.teller("webhook", Webhook { trust: trust(&authority), ..hook(&url) });
    teller.turn(now);
    let (head, body) = took.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(signed_at(&head, &body), now.as_second());
    assert!(head.starts_with("POST /dozo ") && String::from_utf8(body).unwrap().contains("header_weak"));
    assert!(house.case().told.contains_key("webhook"));
}

#[test]
fn a_webhook_is_signed_and_says_what_where_and_since_when() {
    let mut house = House::new();
    let (url, took) = receiver(vec![200]);
    let mut teller = house.teller("webhook", hook(&url));
    house.finds(&[weak()]);
    let now = Timestamp::now();
    teller.turn(now);
    let (head, body) = took.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(signed_at(&head, &body), now.as_second());
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let found = &body["findings"][0];
    assert_eq!((&body["type"], &body["shop"]), (&"findings".into(), &SHOP.into()));
    assert_eq!((&found["what"], &found["page"]), (&"header_weak".into(), &"home".into()));
    assert_eq!((&found["severity"], &found["seen"]), (&"critical".into(), &1.into()));
    assert!(found["since"].is_string() && found["title"]["en"].as_str().unwrap().contains("front page"));
    assert_eq!(house.case().told["webhook"].at.as_second(), now.as_second());
    teller.turn(now + SignedDuration::from_hours(1));
    assert!(took.try_recv().is_err(), "told once");
}

#[test]
fn a_mail_says_it_in_both_languages() {
    let mut house = House::new();
    let (port, took) = mailbox();
    let mut teller = house.teller("mail", mail(port));
    house.finds(&[weak(), Finding::ServerNamed { page: "cart".into() }]);
    teller.turn(Timestamp::now() + SignedDuration::from_secs(61));
    let mail = took.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(mail.contains("RCPT TO:<owner@risudo.example>") && mail.is_ascii());
    assert!(mail.lines().all(|line| line.len() <= 78), "{mail}");
    let (head, body) = mail.split_once("\r\n\r\n").unwrap();
    let words = head.split("=?UTF-8?B?").skip(1).map(|word| word.split("?=").next().unwrap());
    let subject = words.map(|word| String::from_utf8(STANDARD.decode(word).unwrap()).unwrap());
    assert_eq!(
        subject.collect::<String>(),
        "【土蔵】見張りのお知らせ（shop.localhost:8080）: \
         入口のページを守る見出し content-security-policy が、無いか弱くなっています、ほか1件"
    );
    let body: String = body.lines().collect();
    let text = String::from_utf8(STANDARD.decode(body).unwrap()).unwrap();
    for said in
        ["[重大] 入口のページを守る見出し", "[注意] かごのページの返事が", "* [critical] The front page"]
    {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(text.contains("http://shop.localhost:8080/admin/watch"));
}

#[test]
fn what_was_refused_is_tried_again_and_is_a_finding_meanwhile() {
    let mut house = House::new();
    let (url, took) = receiver(vec![500, 204]);
    let mut teller = house.teller("webhook", hook(&url));
    house.finds(&[weak()]);
    let now = Timestamp::now();
    teller.turn(now);
    took.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(house.case().told.is_empty());
    teller.turn(now);
    assert!(took.try_recv().is_err(), "not at once");
    teller.failing_since = Some(now - FAILING_MAX);
    teller.note();
    let undelivered = Finding::NotDelivered { channel: "webhook".into() };
    let standing = |house: &House| lock(&house.alarms.register()).standing(&Looker::of("webhook"));
    assert!(standing(&house).contains(&undelivered));
    teller.not_before = None;
    teller.turn(now);
    took.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(house.case().told.contains_key("webhook") && standing(&house).is_empty());
}

#[test]
fn nobody_is_flooded() {
    let mut house = House::new();
    let (url, took) = receiver(vec![200; 10]);
    let mut teller = house.teller("webhook", hook(&url));
    let other = |n: usize| Finding::HeaderWeak { page: "cart".into(), header: n.to_string() };
    house.finds(&[weak()]);
    let now = Timestamp::now();
    teller.turn(now);
    let all: Vec<Finding> = [weak()].into_iter().chain((0..30).map(other)).collect();
    house.finds(&all);
    teller.turn(now + SignedDuration::from_secs(9));
    assert_eq!(took.iter().take(1).count(), 1);
    assert!(took.try_recv().is_err(), "ten seconds between two messages");
    teller.turn(now + SignedDuration::from_secs(10));
    let (_, body) = took.recv_timeout(Duration::from_secs(10)).unwrap();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((body["findings"].as_array().unwrap().len(), &body["more"]), (ITEMS_MAX, &10.into()));
    teller.turn(now + SignedDuration::from_secs(100));
    assert!(took.try_recv().is_err(), "those beyond the limit were told of by their number");
}

#[test]
fn a_test_is_answered_on_each_channel() {
    let house = House::new();
    let (url, took) = receiver(vec![200]);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut tellers = [house.teller("webhook", hook(&url)), house.teller("mail", mail(closed))];
    let dir = house.dir.path().to_owned();
    let names = ["webhook".to_owned(), "mail".to_owned()];
    let asking = std::thread::spawn(move || test(&dir, &names, Duration::from_secs(20)));
    while !asking.is_finished() {
        tellers.iter_mut().for_each(|teller| teller.turn(Timestamp::now()));
        std::thread::sleep(Duration::from_millis(20));
    }
    let tested = asking.join().unwrap().unwrap();
    assert!(tested[0].delivered && !tested[1].delivered);
    assert_eq!(tested[1].why.as_deref(), Some("smtp connect: connection lost"));
    let (_, body) = took.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(String::from_utf8(body).unwrap().contains("\"type\":\"test\""));
}
