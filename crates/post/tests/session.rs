//! The SMTP client against a server that dies on cue: how far it got is always told right.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;

use common::{Dies, FakeServer, Script};
use post::{
    Address,
    smtp::{Envelope, Limits, Login, NotSent, Server, Session, Step, What},
};
use std::time::Duration;

fn envelope(to: &str) -> Envelope {
    Envelope { from: Address::parse("shop@risudo.example").unwrap(), to: Address::parse(to).unwrap() }
}

fn open(server: &Server) -> Result<Session, NotSent> {
    Session::open(server, "risudo.example", Limits::default())
}

const MAIL: &[u8] = b"Subject: x\r\n\r\n.dot\r\nend\r\n";

/// One mail through one fake server; whether the note before the dot was made.
fn send(script: Script, to: &str) -> (Result<(), NotSent>, bool, FakeServer) {
    let fake = FakeServer::start(vec![script.clone()]);
    let mut noted = false;
    let outcome = open(&fake.server()).and_then(|mut session| {
        session.deliver(&envelope(to), MAIL, &mut || {
            noted = true;
            if script.dies == Dies::MidData {
                // The note takes a moment; meanwhile the server is gone for certain.
                fake.ended.lock().unwrap().recv().unwrap();
            }
            true
        })
    });
    (outcome, noted, fake)
}

#[test]
fn wherever_the_server_dies() {
    let lost = |step| Some((step, What::Lost));
    for (dies, unknown, at, seen) in [
        (Dies::BeforeGreeting, false, lost(Step::Greeting), 0),
        (Dies::AfterMail, false, lost(Step::Rcpt), 0),
        (Dies::AfterRcpt, false, lost(Step::Data), 0),
        (Dies::MidData, false, lost(Step::Content), 0),
        (Dies::AfterDot, true, lost(Step::Dot), 1),
        (Dies::AfterAnswer, false, None, 1),
        (Dies::Never, false, None, 1),
    ] {
        let (outcome, noted, fake) = send(Script::dies(dies), "hanako@example.jp");
        assert_eq!(outcome.err().map(|n| (n.fault().step, n.fault().what)), at, "{dies:?}");
        assert_eq!(matches!(outcome, Err(NotSent::Unknown(_))), unknown, "{dies:?}");
        assert_eq!(fake.seen().len(), seen, "{dies:?}");
        assert!(!unknown || noted, "{dies:?}: nothing is unknown without a note");
    }
}

#[test]
fn content_arrives_stuffed() {
    let (outcome, noted, fake) = send(Script::dies(Dies::Never), "hanako@example.jp");
    assert!(outcome.is_ok() && noted);
    let want = ("RCPT TO:<hanako@example.jp>".to_owned(), "Subject: x\r\n\r\n..dot\r\nend\r\n".to_owned());
    assert_eq!(fake.seen(), [want]);
}

#[test]
fn refusals() {
    for (verb, answer, never) in [
        ("", "554 5.3.2 no service", false),
        ("EHLO", "421 4.3.2 later", false),
        ("MAIL", "451 4.3.0 later", false),
        ("MAIL", "530 5.7.0 sign in", false),
        ("MAIL", "550 5.7.1 no", true),
        ("RCPT", "450 4.2.0 <hanako@example.jp> greylisted", false),
        ("RCPT", "550 5.1.1 <hanako@example.jp> unknown", true),
        ("DATA", "554 5.5.1 no", true),
        (".", "451 4.3.0 later", false),
        (".", "552 5.2.2 full", true),
    ] {
        let (outcome, ..) = send(Script::answers(&[(verb, answer)]), "hanako@example.jp");
        let error = outcome.unwrap_err();
        assert_eq!(matches!(error, NotSent::Never(_)), never, "{verb} {answer}");
        assert_eq!(matches!(error, NotSent::Later(_)), !never, "{verb} {answer}");
        assert!(!error.fault().to_string().contains("hanako"), "no text of a server is passed on");
    }
}

#[test]
fn an_answer_not_understood_after_the_dot_is_unknown() {
    let (outcome, ..) = send(Script::answers(&[(".", "maybe")]), "hanako@example.jp");
    assert!(matches!(outcome, Err(NotSent::Unknown(f)) if f.what == What::Garbled));
}

#[test]
fn a_server_that_speaks_before_the_end_is_heard() {
    for (early, never) in
        [("354 go\r\n421 4.3.2 shutting down", false), ("354 go\r\n552 5.3.4 too much", true)]
    {
        let (outcome, noted, fake) = send(Script::answers(&[("DATA", early)]), "hanako@example.jp");
        assert_eq!(matches!(outcome, Err(NotSent::Never(_))), never);
        assert!(outcome.is_err() && !noted && fake.seen().is_empty(), "the dot was not written");
    }
    // A yes that comes too early is no yes.
    let (outcome, ..) = send(Script::answers(&[("DATA", "354 go\r\n250 done")]), "hanako@example.jp");
    assert!(matches!(outcome, Err(NotSent::Later(f)) if f.what == What::Garbled));
}

#[test]
fn addresses_against_the_rules_are_quoted_and_then_tried_as_issued() {
    let (outcome, _, fake) = send(Script::dies(Dies::Never), "a..b@docomo.ne.jp");
    assert!(outcome.is_ok());
    assert_eq!(fake.seen()[0].0, "RCPT TO:<\"a..b\"@docomo.ne.jp>");

    let no_quotes = Script::answers(&[("RCPT quoted", "501 5.1.3 bad syntax")]);
    let (outcome, _, fake) = send(no_quotes, "x.@docomo.ne.jp");
    assert!(outcome.is_ok());
    assert_eq!(fake.seen()[0].0, "RCPT TO:<x.@docomo.ne.jp>");

    let neither = Script::answers(&[("RCPT quoted", "553 5.1.3 no"), ("RCPT", "553 5.1.3 no")]);
    let (outcome, ..) = send(neither, "x.@docomo.ne.jp");
    assert_eq!(outcome.unwrap_err().fault().to_string(), "smtp rcpt: refused with 553 5.1.3");
}

#[test]
fn too_large_is_not_offered() {
    let fake = FakeServer::start(vec![Script::answers(&[("EHLO", "250-x\r\n250 SIZE 20")])]);
    let mut session = open(&fake.server()).ok().unwrap();
    let outcome = session.deliver(&envelope("hanako@example.jp"), MAIL, &mut || true);
    assert!(matches!(outcome, Err(NotSent::Never(f)) if f.what == What::TooLarge));
}

#[test]
fn silence_ends() {
    let limits = Limits {
        answer: Duration::from_millis(30),
        after_dot: Duration::from_millis(30),
        ..Limits::default()
    };
    let fake = FakeServer::start(vec![Script::answers(&[(".", "250-still thinking")])]);
    let mut session = Session::open(&fake.server(), "risudo.example", limits).ok().unwrap();
    let outcome = session.deliver(&envelope("hanako@example.jp"), MAIL, &mut || true);
    assert!(matches!(outcome, Err(NotSent::Unknown(f)) if f.what == What::TimeOut));

    let fake = FakeServer::start(vec![Script::answers(&[("", "220-wait")])]);
    let outcome = Session::open(&fake.server(), "risudo.example", limits).err();
    assert!(
        matches!(outcome, Some(NotSent::Later(f)) if f.step == Step::Greeting && f.what == What::TimeOut)
    );
}

#[test]
fn nobody_there() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Server { host: "127.0.0.1".into(), port, login: None };
    assert!(matches!(open(&server).err(), Some(NotSent::Later(f)) if f.step == Step::Connect));
}

#[test]
fn signs_in_where_asked() {
    let login = Some(Login { user: "shop".into(), password: "hush".to_owned().into() });
    let fake = FakeServer::start(vec![Script::answers(&[
        ("EHLO", "250-x\r\n250 AUTH PLAIN LOGIN"),
        ("AUTH", "235 2.7.0 welcome"),
    ])]);
    assert!(open(&Server { login: login.clone(), ..fake.server() }).is_ok());
    let fake = FakeServer::start(vec![Script::answers(&[
        ("EHLO", "250-x\r\n250 AUTH PLAIN"),
        ("AUTH", "535 5.7.8 wrong"),
    ])]);
    let refused = open(&Server { login: login.clone(), ..fake.server() }).err();
    assert!(matches!(refused, Some(NotSent::Later(f)) if f.what == What::Refused(535, Some((5, 7, 8)))));
    let fake = FakeServer::start(vec![Script::dies(Dies::Never)]);
    assert!(open(&Server { login, ..fake.server() }).is_err(), "no password to a server that did not ask");
}

#[test]
fn several_mails_over_one_connection() {
    let fake = FakeServer::start(vec![Script::answers(&[("RCPT quoted", "550 no"), ("RCPT", "250 ok")])]);
    let mut session = open(&fake.server()).ok().unwrap();
    for _ in 0..3 {
        assert!(session.deliver(&envelope("hanako@example.jp"), MAIL, &mut || true).is_ok());
    }
    session.quit();
    assert_eq!(fake.seen().len(), 3);
    assert_eq!(fake.connections.load(std::sync::atomic::Ordering::SeqCst), 1);
}
