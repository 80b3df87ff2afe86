//! A campaign through Debian's OpenSMTPD, which takes notices, refuses, defers and hangs up.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;
#[path = "common/opensmtpd.rs"]
mod opensmtpd;

use common::{Dies, FakeServer, Script, campaign::*};
use domain::notice::NoticeState;
use mail_parser::MessageParser;
use opensmtpd::Opensmtpd;
use post::campaign::{Ended, Pace};
use std::time::{Duration, Instant};
use store::notice;

#[test]
fn a_real_opensmtpd_takes_refuses_defers_and_hangs_up() {
    let hop = FakeServer::start((0..20).map(|_| Script::dies(Dies::Never)).collect());
    let Some(server) = Opensmtpd::start(hop.port) else { return };
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir.path().join("shop.db").display().to_string());
    let at = |domain: &str| format!("buyer@{domain}.example");
    let mails = ["one", "rejected", "two", "deferred", "three", "dropped", "four"].map(at);
    plan(&store, &mails, "{}");
    assert_eq!(run(&store, &sender(server.port, 2), &mut Pace::default(), 10), Ended::Idle);
    let stands = |n: usize| {
        let notice = store.read_blocking(|tx| notice::get(tx, notice_id(n))).unwrap().unwrap();
        (notice.state, notice.detail.unwrap_or_default())
    };
    for n in [0, 2, 4, 6] {
        assert_eq!(stands(n).0, NoticeState::Accepted, "{n}: {}", stands(n).1);
    }
    let (refused, deferred, dropped) = (stands(1), stands(3), stands(5));
    assert!(refused.0 == NoticeState::Refused && refused.1.contains("550 5.1.1"), "{refused:?}");
    assert!(deferred.0 == NoticeState::Delayed && deferred.1.contains("451 4.7.1"), "{deferred:?}");
    assert_eq!(dropped.0, NoticeState::Delayed, "no server has it: {dropped:?}");
    // What it took it hands on, as it was written.
    let begun = Instant::now();
    while hop.seen().len() < 4 {
        assert!(begun.elapsed() < Duration::from_secs(30), "{} of 4 arrived", hop.seen().len());
        std::thread::sleep(Duration::from_millis(50));
    }
    let seen = hop.seen();
    let mail = MessageParser::default().parse(seen[0].1.as_bytes()).unwrap();
    assert_eq!(mail.subject(), Some(text().subject.as_str()));
    assert!(mail.body_text(0).unwrap().contains("山野 栗子 様"));
}
