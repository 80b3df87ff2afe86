//! The SMTP client against servers that others wrote, where they are installed: postfix's smtp-sink, and aiosmtpd
//! (`DOZO_PYTHON` names a Python that has it, default `python3`).

#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;

use post::{
    Address,
    smtp::{Envelope, Limits, NotSent, Server, Session, Step},
};
use std::{
    io::{BufRead, BufReader},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
};

struct Running(Child, u16);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn deliver(port: u16, to: &str, message: &[u8]) -> Result<(), NotSent> {
    let server = Server { host: "127.0.0.1".into(), port, login: None };
    let envelope =
        Envelope { from: Address::parse("shop@risudo.example").unwrap(), to: Address::parse(to).unwrap() };
    let mut session = Session::open(&server, "risudo.example", Limits::default())?;
    session.deliver(&envelope, message, &mut || true)?;
    session.quit();
    Ok(())
}

/// smtp-sink that hangs up without an answer after `command`.
fn smtp_sink(program: &str, hangs_up_after: Option<&str>) -> Running {
    let port = free_port();
    let mut command = Command::new(program);
    if let Some(after) = hangs_up_after {
        command.args(["-q", after]);
    }
    if std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0) {
        command.args(["-u", "nobody"]);
    }
    let child = command.arg(format!("127.0.0.1:{port}")).arg("10").stderr(Stdio::null()).spawn().unwrap();
    let running = Running(child, port);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    running
}

#[test]
fn smtp_sink_that_dies_at_each_command() {
    let places = ["/usr/sbin/smtp-sink", "/usr/local/sbin/smtp-sink"];
    let named = std::env::var("DOZO_SMTP_SINK").ok();
    let program = named.as_deref().or(places.into_iter().find(|p| Path::new(p).exists()));
    let Some(program) = program else {
        testkit::skip(&testkit::test_name(), "smtp-sink is not installed (Debian's package postfix has it)");
        return;
    };
    let mail = b"Subject: x\r\n\r\n.\r\n..\r\nend\r\n";
    let sink = smtp_sink(program, None);
    for to in ["hanako@example.jp", "a..b@docomo.ne.jp", "x.@docomo.ne.jp"] {
        assert!(deliver(sink.1, to, mail).is_ok(), "{to}");
    }
    for (command, step) in [
        ("EHLO", Step::Hello),
        ("MAIL", Step::Mail),
        ("RCPT", Step::Rcpt),
        ("DATA", Step::Data),
        (".", Step::Dot),
    ] {
        let sink = smtp_sink(program, Some(command));
        let error = deliver(sink.1, "hanako@example.jp", mail).unwrap_err();
        assert_eq!(error.fault().step, step, "{command}: {}", error.fault());
        assert_eq!(matches!(error, NotSent::Unknown(_)), command == ".", "{command}");
    }
}

const AIOSMTPD: &str = r#"
import json, sys, email, email.policy
from aiosmtpd.controller import Controller
class Handler:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        print(json.dumps({"rcpt": envelope.rcpt_tos, "subject": mail["subject"], "to": mail["to"],
            "text": mail.get_body(("plain",)).get_content(), "defects": len(mail.defects)}), flush=True)
        return "250 OK"
c = Controller(Handler(), hostname="127.0.0.1", port=int(sys.argv[1]))
c.start()
print("ready", flush=True)
sys.stdin.read()
"#;

#[test]
fn aiosmtpd_reads_what_was_written() {
    let python = std::env::var("DOZO_PYTHON").unwrap_or_else(|_| "python3".into());
    let there = Command::new(&python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
    if !there.is_ok_and(|s| s.success()) {
        testkit::skip(&testkit::test_name(), "aiosmtpd is not installed (Debian's package python3-aiosmtpd)");
        return;
    }
    let port = free_port();
    let child = Command::new(python)
        .args(["-c", AIOSMTPD, &port.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut running = Running(child, port);
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "ready");

    let facts = common::facts(post::About::Received, domain::Locale::Ja);
    let people = post::open(&common::FakeVault::default(), &facts).unwrap();
    let author = post::Author::of("栗鼠堂", &Address::parse("shop@risudo.example").unwrap(), "");
    for to in ["hanako@example.jp", "a..b@docomo.ne.jp"] {
        let letter = post::write(&facts, &people, &common::shop()).unwrap();
        let text = letter.text.clone();
        let address = Address::parse(to).unwrap();
        let message = post::pack(letter, &author, &address, facts.message, 0, "ja").unwrap();
        deliver(port, to, &message).unwrap();
        let seen: serde_json::Value = serde_json::from_str(&lines.next().unwrap()).unwrap();
        assert_eq!(seen["subject"], "【栗鼠堂】ご注文ありがとうございます（ご注文番号 R26-0000-1234）");
        // Python's parsers take the quotes off again.
        for seen in [&seen["rcpt"][0], &seen["to"]] {
            assert_eq!(seen.as_str().unwrap().replace('"', ""), to);
        }
        assert_eq!(seen["text"].as_str().unwrap().replace("\r\n", "\n"), text);
        assert_eq!(seen["defects"], 0);
    }
}
