//! Campaigns: what becomes of each notice, whatever the server does.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;

use common::{Dies, FakeServer, Script, campaign::*};
use domain::notice::{CampaignEvent, CampaignState, NoticeState};
use mail_parser::MessageParser;
use post::campaign::{Ended, Pace};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};
use store::{Store, campaign, notice};

both!(
    each_gets_his_own_once_and_it_can_be_read,
    only_the_moment_after_the_dot_is_in_doubt_and_that_is_never_sent_again,
    refused_for_good_and_for_now_are_told_apart,
    addresses_that_break_the_rules_are_quoted_and_then_written_as_they_were_issued,
    a_domain_gets_no_more_than_its_pace_and_others_do_not_wait_for_it,
    paused_it_stops_and_goes_on_where_it_was,
    texts_that_are_not_those_of_the_plan_are_not_sent,
    a_server_that_is_away_costs_no_attempt
);

fn mails(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("buyer-{n}@example.jp")).collect()
}

fn counts(store: &Store) -> BTreeMap<NoticeState, u64> {
    store.read_blocking(|tx| notice::counts(tx, CAMPAIGN)).unwrap().into_iter().collect()
}

fn script(dies: Dies) -> Script {
    let hello = ("EHLO", "250-mail.localhost\r\n250-PIPELINING\r\n250 SIZE 1000000");
    Script { dies, ..Script::answers(&[hello]) }
}

fn each_gets_his_own_once_and_it_can_be_read(databases: &Databases) {
    let (store, server) = (databases.store(), FakeServer::start(vec![script(Dies::Never)]));
    plan(&store, &mails(300), "{}");
    assert_eq!(run(&store, &sender(server.port, 8), &mut Pace::default(), 10), Ended::Done);
    assert_eq!(counts(&store), [(NoticeState::Accepted, 300)].into());
    assert_eq!(found(&store).state, CampaignState::Done);
    let seen = server.seen();
    let to: std::collections::BTreeSet<_> = seen.iter().map(|(to, _)| to.clone()).collect();
    assert_eq!((seen.len(), to.len()), (300, 300));
    let mail = MessageParser::default().parse(seen[0].1.as_bytes()).unwrap();
    assert_eq!(mail.subject(), Some(text().subject.as_str()));
    let body = mail.body_text(0).unwrap().replace("\r\n", "\n");
    assert!(body.starts_with("山野 栗子 様\n\n.\nお知らせの番号は ") && !body.contains('{'), "{body}");
    let senders = server.senders.lock().unwrap().clone();
    assert!(senders.iter().all(|from| from.starts_with("MAIL FROM:<bounces+")), "{senders:?}");
    assert_eq!(senders.iter().collect::<std::collections::BTreeSet<_>>().len(), 300, "a return address each");
    let attempts = store.read_blocking(|tx| notice::due::attempts(tx, notice_id(0))).unwrap();
    assert_eq!(
        attempts.iter().map(|a| (a.number, a.outcome)).collect::<Vec<_>>(),
        [(1, NoticeState::Accepted)]
    );
}

fn only_the_moment_after_the_dot_is_in_doubt_and_that_is_never_sent_again(databases: &Databases) {
    for (dies, doubt) in [
        (Dies::AfterMail, false),
        (Dies::AfterRcpt, false),
        (Dies::MidData, false),
        (Dies::AfterDot, true),
        (Dies::AfterAnswer, false),
    ] {
        let (store, server) = (databases.store(), FakeServer::start(vec![script(dies), script(Dies::Never)]));
        plan(&store, &mails(3), "{}");
        let sender = sender(server.port, 1);
        let first = run(&store, &sender, &mut Pace::default(), 10);
        assert_eq!(found(&store).state == CampaignState::Done, first == Ended::Done);
        run(&store, &sender, &mut Pace::default(), 1_000_000_000);
        let expected = if doubt {
            vec![(NoticeState::Doubt, 1), (NoticeState::Accepted, 2)]
        } else {
            vec![(NoticeState::Accepted, 3)]
        };
        assert_eq!(counts(&store), expected.into_iter().collect(), "{dies:?}");
        assert_eq!(server.seen().len(), 3, "{dies:?}: each once");
        assert_eq!(found(&store).state, CampaignState::Done, "{dies:?}");
    }
}

fn refused_for_good_and_for_now_are_told_apart(databases: &Databases) {
    let never = Script::answers(&[("RCPT", "550 5.1.1 <buyer@example.jp> unknown")]);
    let later = Script::answers(&[("RCPT", "450 4.2.1 later")]);
    for (script, state, detail) in [
        (never, NoticeState::Refused, "smtp rcpt: refused with 550 5.1.1"),
        (later, NoticeState::Delayed, "smtp rcpt: refused with 450 4.2.1"),
    ] {
        let (store, server) = (databases.store(), FakeServer::start(vec![script]));
        plan(&store, &mails(1), "{}");
        let ended = run(&store, &sender(server.port, 2), &mut Pace::default(), 10);
        assert_eq!(ended == Ended::Done, state == NoticeState::Refused);
        let found = store.read_blocking(|tx| notice::get(tx, notice_id(0))).unwrap().unwrap();
        assert_eq!((found.state, found.detail.as_deref(), found.attempts), (state, Some(detail), 1));
        assert!(state == NoticeState::Refused || found.next_at > 10);
    }
}

fn addresses_that_break_the_rules_are_quoted_and_then_written_as_they_were_issued(databases: &Databases) {
    let script = Script::answers(&[("RCPT quoted", "553 5.1.3 syntax")]);
    let (store, server) = (databases.store(), FakeServer::start(vec![script]));
    plan(&store, &["a..b@docomo.ne.jp".into(), "x.@docomo.ne.jp".into(), "no address".into()], "{}");
    assert_eq!(run(&store, &sender(server.port, 1), &mut Pace::default(), 10), Ended::Done);
    let seen: Vec<_> = server.seen().into_iter().map(|(to, _)| to).collect();
    assert_eq!(seen, ["RCPT TO:<a..b@docomo.ne.jp>", "RCPT TO:<x.@docomo.ne.jp>"]);
    let third = store.read_blocking(|tx| notice::get(tx, notice_id(2))).unwrap().unwrap();
    assert_eq!(third.state, NoticeState::Refused);
    assert_eq!(third.detail.as_deref(), Some("not a mail address that SMTP can carry"));
}

fn a_domain_gets_no_more_than_its_pace_and_others_do_not_wait_for_it(databases: &Databases) {
    let (store, server) = (databases.store(), FakeServer::start(vec![script(Dies::Never)]));
    let at = |domain: &str, n: usize| format!("b{n}@{domain}");
    let mails: Vec<_> =
        (0..20).map(|n| at("docomo.ne.jp", n)).chain((0..20).map(|n| at("example.jp", n))).collect();
    let rates = r#"{"docomo.ne.jp":60}"#;
    plan(&store, &mails, rates);
    let (sender, mut pace) = (sender(server.port, 4), Pace::read(rates).unwrap());
    let to = |domain: &str| server.seen().iter().filter(|(to, _)| to.contains(domain)).count();
    assert_eq!(run(&store, &sender, &mut pace, 0), Ended::Idle);
    assert_eq!((to("docomo.ne.jp"), to("example.jp")), (2, 20), "those of one second go together");
    assert_eq!(run(&store, &sender, &mut pace, 6_000), Ended::Idle);
    assert_eq!(to("docomo.ne.jp"), 7, "one a second");
    assert_eq!(run(&store, &sender, &mut pace, 60_000), Ended::Done);
    assert_eq!(to("docomo.ne.jp"), 20);
    let tried = store.read_blocking(|tx| notice::get(tx, notice_id(19))).unwrap().unwrap();
    assert_eq!(tried.attempts, 1, "to wait is no attempt");
}

fn paused_it_stops_and_goes_on_where_it_was(databases: &Databases) {
    let (store, server) = (databases.store(), FakeServer::start(vec![script(Dies::Never)]));
    plan(&store, &mails(500), "{}");
    let (sender, calls) = (sender(server.port, 2), AtomicUsize::new(0));
    let pausing = || {
        if calls.fetch_add(1, Ordering::SeqCst) == 40 {
            store.write_blocking(|tx| campaign::step(tx, CAMPAIGN, CampaignEvent::Pause, 5)).unwrap();
        }
        false
    };
    assert_eq!(run_with(&store, &sender, &mut Pace::default(), &|| 10, &pausing), Ended::Stopped);
    let gone = server.seen().len();
    assert!((1..400).contains(&gone), "{gone}");
    assert_eq!(run(&store, &sender, &mut Pace::default(), 10), Ended::Stopped, "it waits");
    assert_eq!(server.seen().len(), gone);
    store.write_blocking(|tx| campaign::step(tx, CAMPAIGN, CampaignEvent::Send, 6)).unwrap();
    assert_eq!(run(&store, &sender, &mut Pace::default(), 10), Ended::Done);
    assert_eq!((server.seen().len(), counts(&store)), (500, [(NoticeState::Accepted, 500)].into()));
}

fn texts_that_are_not_those_of_the_plan_are_not_sent(databases: &Databases) {
    let (store, server) = (databases.store(), FakeServer::start(vec![script(Dies::Never)]));
    plan(&store, &mails(3), "{}");
    let changed = store::campaign::Campaign { pace: r#"{"*":5}"#.into(), ..found(&store) };
    let told = |_: &post::campaign::Carried| {};
    let sender = sender(server.port, 1);
    let runner = post::campaign::Runner {
        store: &store,
        opener: &FakeNotices,
        sender: &sender,
        now_ms: &|| 10,
        stopping: &|| false,
        told: &told,
    };
    assert!(matches!(runner.run(&changed, &mut Pace::default()), Ended::Unfit(_)));
    assert!(server.seen().is_empty());
}

fn a_server_that_is_away_costs_no_attempt(databases: &Databases) {
    let store = databases.store();
    plan(&store, &mails(30), "{}");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert!(matches!(run(&store, &sender(free, 4), &mut Pace::default(), 10), Ended::Away(_)));
    assert_eq!(counts(&store), [(NoticeState::Planned, 30)].into());
    let first = store.read_blocking(|tx| notice::due::attempts(tx, notice_id(0))).unwrap();
    assert!(first.is_empty());
}
