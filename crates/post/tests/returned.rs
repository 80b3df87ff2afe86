//! Mail that comes back: by Maildir, by LMTP, through the pipe; and from a real Postfix.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;
#[path = "common/postfix.rs"]
mod postfix;
#[path = "common/shop.rs"]
mod shop;

use common::{Dies, FakeServer, FakeVault, Script, campaign};
use domain::{
    OrderId, message::DeliveryState as State, message::ReturnOutcome, notice::NoticeState,
    payment::PaymentMethod,
};
use post::{
    Address, Config, Courier, Queue, Returns, Turn, Verdict,
    campaign::{Ended, Pace, Sender},
    intake,
    smtp::Server,
};
use shop::{NOON, Shop};
use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    time::{Duration, Instant},
};
use store::{Error, mail_return, notice};
use telemetry::Life;
use uuid::Uuid;

fn returns() -> Returns {
    Returns::new("bounces@risudo.example", &[7; 32]).unwrap()
}

fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Sends an order's first mail through a server; gives the message and its return address.
fn send(shop: &Shop, server: Server, to: &str) -> (OrderId, Uuid, String) {
    let order = shop.place(to, PaymentMethod::CashOnDelivery);
    let (vault, queue) = (FakeVault::default(), Queue::new(shop.store.clone()));
    let (now, never) = (|| NOON, || false);
    let sender = (server, Address::parse("orders@risudo.example").unwrap(), common::shop());
    let mut courier = Courier::new(&queue, &vault, sender, &now, &never).returning_to(Some(returns()));
    let message = match courier.turn() {
        Turn::Settled(message, Verdict::Sent) => message,
        other => panic!("{other:?}"),
    };
    courier.leave();
    (order, message, returns().address(message).unwrap().lawful())
}

/// A post that takes returned mail, until it is dropped.
struct Running {
    life: Life,
    thread: Option<std::thread::JoinHandle<anyhow::Result<()>>>,
    socket: PathBuf,
    maildir: PathBuf,
}

impl Running {
    fn start(shop: &Shop, lmtp: Option<SocketAddr>) -> Running {
        let maildir = shop.dir.path().join("Maildir");
        for part in ["new", "cur", "tmp"] {
            fs::create_dir_all(maildir.join(part)).unwrap();
        }
        let socket = shop.dir.path().join("returns.sock");
        let config = Config {
            database: store::Url::Sqlite(shop.dir.path().join("shop.db")),
            vault_socket: shop.dir.path().join("vault.sock"),
            vault_key: None,
            smtp: Server { host: "127.0.0.1".into(), port: 9, login: None },
            from_address: "orders@risudo.example".into(),
            shop: common::shop(),
            signer: None,
            notice_lines: 2,
            letters: common::letters(shop.dir.path()),
            returned: Some(intake::Config {
                returns: returns(),
                socket: socket.clone(),
                lmtp,
                maildir: Some(maildir.clone()),
            }),
        };
        let life = Life::of_test("post", shop.dir.path());
        let theirs = life.clone();
        let thread = Some(std::thread::spawn(move || post::run(config, theirs)));
        let running = Running { life, thread, socket, maildir };
        until(|| running.socket.exists());
        running
    }

    fn metric(&self, name: &str) -> u64 {
        let text = self.life.metrics().text();
        let line = text.lines().find(|l| l.starts_with(&format!("dozo_{name}_total{{"))).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.life.stop();
        self.thread.take().unwrap().join().unwrap().unwrap();
    }
}

fn until(what: impl Fn() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn report(to: &str, action: &str, status: &str) -> Vec<u8> {
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: {to}\r\nSubject: Undelivered\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\
         Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; hanako@example.jp\r\nAction: {action}\r\nStatus: {status}\r\n\r\n--b--\r\n"
    )
    .into_bytes()
}

fn state(shop: &Shop, order: OrderId) -> State {
    shop.messages(order)[0].state
}

fn kept(shop: &Shop, order: OrderId) -> Vec<mail_return::MailReturn> {
    let id = shop.messages(order)[0].id;
    shop.store.read_blocking(move |tx| mail_return::of(tx, id)).map_err(|e: Error| e.to_string()).unwrap()
}

#[test]
fn each_mail_goes_out_under_a_return_address_of_its_own() {
    let shop = Shop::new();
    let server = FakeServer::start(vec![Script::dies(Dies::Never)]);
    let (_, message, address) = send(&shop, server.server(), "a..b@docomo.ne.jp");
    let (_, mail) = server.seen().remove(0);
    let senders = server.senders.lock().unwrap().clone();
    assert!(senders[0].starts_with(&format!("MAIL FROM:<{address}>")), "{senders:?}");
    assert!(
        mail.contains("orders@risudo.example") && !mail.contains("bounces+"),
        "the reader sees the shop's own"
    );
    assert_eq!(returns().message(&address), Some(message));
}

#[test]
fn a_report_in_the_maildir_is_noted_once_and_removed() {
    let shop = Shop::new();
    let server = FakeServer::start(vec![Script::dies(Dies::Never)]);
    let (order, _, address) = send(&shop, server.server(), "hanako@example.jp");
    let running = Running::start(&shop, None);
    let put = |name: &str, mail: &[u8]| {
        let (tmp, new) = (running.maildir.join("tmp").join(name), running.maildir.join("new").join(name));
        fs::write(&tmp, mail).unwrap();
        fs::rename(tmp, new).unwrap();
    };
    let empty = || fs::read_dir(running.maildir.join("new")).unwrap().count() == 0;
    put("1", &report(&address, "delayed", "4.4.1"));
    until(empty);
    assert_eq!((state(&shop, order), running.metric("returned_nothing")), (State::Sent, 1));
    put("2", &report(&address, "failed", "5.1.1"));
    put("3", &report(&address, "failed", "5.1.1"));
    put("4", &report("bounces+aaaa@risudo.example", "failed", "5.1.1"));
    put("5", b"From: taro@example.jp\r\nTo: bounces@risudo.example\r\n\r\nHello\r\n");
    until(empty);
    until(|| running.metric("returned_no_report") == 1);
    assert_eq!(state(&shop, order), State::Failed);
    let counted = ["returned_failed", "returned_known", "returned_unmatched"].map(|m| running.metric(m));
    assert_eq!(counted, [1, 1, 1]);
    let kept = kept(&shop, order);
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].outcome, kept[0].reason.as_str()), (ReturnOutcome::Failed, "user-unknown"));
    assert_eq!(kept[0].status.as_deref(), Some("5.1.1"));
}

#[test]
fn the_pipe_hears_a_yes_when_it_is_written_down() {
    let shop = Shop::new();
    let server = FakeServer::start(vec![Script::dies(Dies::Never)]);
    let (order, _, address) = send(&shop, server.server(), "hanako@example.jp");
    let socket = shop.dir.path().join("returns.sock");
    let mail = report("list@elsewhere.example", "failed", "5.2.2");
    assert!(intake::hand_over(&socket, &address, &mail).is_err(), "nobody listens yet");
    let running = Running::start(&shop, None);
    intake::hand_over(&running.socket, &address, &mail).unwrap();
    assert_eq!(state(&shop, order), State::Failed);
    let refused = intake::hand_over(&running.socket, "orders@risudo.example", &mail).unwrap_err();
    assert!(refused.to_string().contains("550"), "{refused}");
    assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput, "it need not come again");
    // A mail broken off in the middle was not taken.
    {
        use std::io::{Read, Write};
        let mut stream = std::os::unix::net::UnixStream::connect(&running.socket).unwrap();
        let talk = format!("LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<{address}>\r\nDATA\r\nFrom: x\r\n");
        stream.write_all(talk.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut said = String::new();
        let _ = stream.read_to_string(&mut said);
        assert!(said.contains("354") && !said.contains("taken"), "{said}");
    }
    assert_eq!(kept(&shop, order).len(), 1);
}

#[test]
fn what_a_database_does_not_take_stays_in_the_maildir() {
    let shop = Shop::new();
    let server = FakeServer::start(vec![Script::dies(Dies::Never)]);
    let (order, _, address) = send(&shop, server.server(), "hanako@example.jp");
    let running = Running::start(&shop, None);
    // Somebody holds the database longer than anybody waits for it.
    let file = shop.dir.path().join("shop.db");
    let away = shop.dir.path().join("away.db");
    let holder = Holder::of(&file);
    fs::write(running.maildir.join("new/1"), report(&address, "failed", "5.1.1")).unwrap();
    until(|| running.metric("returned_stuck") > 0);
    assert!(running.maildir.join("new/1").exists() && !away.exists());
    drop(holder);
    until(|| !running.maildir.join("new/1").exists());
    assert_eq!(state(&shop, order), State::Failed);
}

/// Keeps everybody from writing to a database file.
struct Holder(std::process::Child);

impl Holder {
    fn of(file: &std::path::Path) -> Holder {
        use std::io::{BufRead, BufReader, Write};
        let python = std::env::var("DOZO_PYTHON").unwrap_or_else(|_| "python3".into());
        let script = "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1], isolation_level=None)\n\
                      c.execute('begin immediate')\nprint('held', flush=True)\nsys.stdin.read()";
        let mut child = std::process::Command::new(python)
            .args(["-c", script])
            .arg(file)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.as_mut().unwrap().flush().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "held\n");
        Holder(child)
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_real_postfix_refuses_defers_and_returns() {
    let shop = Shop::new();
    let lmtp = free_port();
    let answers = |rcpt| FakeServer::start(vec![Script::answers(&[("RCPT", rcpt)])]);
    let [unknown, full, later] =
        ["550 5.1.1 user unknown", "552 5.2.2 mailbox full", "450 4.2.0 later"].map(answers);
    let taken = FakeServer::start(vec![Script::dies(Dies::Never)]);
    let hops = [("gone", &unknown), ("full", &full), ("later", &later), ("fine", &taken)];
    let hops = hops.map(|(name, server)| (format!("{name}.example"), server.port));
    let Some(postfix) = postfix::Postfix::start(lmtp, &hops) else { return };
    let running = Running::start(&shop, Some(lmtp));
    let [gone, full, later, fine] = ["gone", "full", "later", "fine"]
        .map(|host| send(&shop, postfix.server(), &format!("hanako@{host}.example")).0);
    until(|| running.metric("returned_failed") == 2);
    assert_eq!(
        [gone, full, later, fine].map(|o| state(&shop, o)),
        [State::Failed, State::Failed, State::Sent, State::Sent]
    );
    assert_eq!(kept(&shop, gone)[0].reason, "user-unknown");
    assert_eq!(kept(&shop, full)[0].reason, "mailbox-full");
    // A warning that it is late is no failure.
    until(|| running.metric("returned_nothing") >= 1);
    assert_eq!(taken.seen().len(), 1);
    assert_eq!(state(&shop, later), State::Sent);

    // One that refuses at once: known before the mail has left.
    let order = shop.place("nobody@rejected.example", PaymentMethod::CashOnDelivery);
    let (vault, queue) = (FakeVault::default(), Queue::new(shop.store.clone()));
    let (now, never) = (|| NOON, || false);
    let sender = (postfix.server(), Address::parse("orders@risudo.example").unwrap(), common::shop());
    let mut courier = Courier::new(&queue, &vault, sender, &now, &never).returning_to(Some(returns()));
    assert!(matches!(courier.turn(), Turn::Settled(_, Verdict::Failed(_))));
    assert_eq!(state(&shop, order), State::Failed);
}

#[test]
fn notices_through_a_real_postfix_are_accepted_refused_and_come_back() {
    let shop = Shop::new();
    let lmtp = free_port();
    let unknown = FakeServer::start(vec![Script::answers(&[("RCPT", "550 5.1.1 user unknown")])]);
    let taken = FakeServer::start(vec![Script::dies(Dies::Never)]);
    let hops = [("gone.example".to_owned(), unknown.port), ("fine.example".to_owned(), taken.port)];
    let Some(postfix) = postfix::Postfix::start(lmtp, &hops) else { return };
    let running = Running::start(&shop, Some(lmtp));
    let mails =
        ["a@fine.example", "b..c@fine.example", "x@gone.example", "y@rejected.example", "z@fine.example"];
    campaign::plan(&shop.store, &mails.map(str::to_owned), "{}");
    let sender = Sender { server: postfix.server(), returns: Some(returns()), ..campaign::sender(0, 3) };
    assert_eq!(campaign::run(&shop.store, &sender, &mut Pace::default(), NOON), Ended::Done);
    until(|| running.metric("returned_failed") == 1 && taken.seen().len() == 3);
    let notice =
        |n| shop.store.read_blocking(move |tx| notice::get(tx, campaign::notice_id(n))).unwrap().unwrap();
    let all: Vec<_> = (0..mails.len()).map(|n| (notice(n).state, notice(n).returned)).collect();
    let (accepted, refused) = (NoticeState::Accepted, NoticeState::Refused);
    let came_back = Some(ReturnOutcome::Failed);
    let fine = (accepted, None);
    assert_eq!(all, [fine, fine, (accepted, came_back), (refused, None), fine]);
}
