//! The desk with a processor that loses calls, answers and money's trace on command.

mod fake;

use super::*;
use crate::{
    api::{DisputeView, ListedQuery},
    processor::{EventPage, Hint, Opening, Remote, RemoteCard, RemoteList, RemoteMethod, RemoteRefund},
};
use domain::{
    Locale,
    payment::{Capture, RefundState},
};
use fake::{Fake, Fate};
use proptest::prelude::*;
use std::sync::Arc;

const SHOP: &str = "http://shop.localhost";

struct Shop {
    desk: Desk,
    fake: Fake,
    order: Uuid,
    _dir: tempfile::TempDir,
}

fn shop() -> Shop {
    let dir = tempfile::tempdir().unwrap();
    let (fake, life) = (Fake::default(), Life::of_test("till", dir.path()));
    let desk = Desk::new(
        Book::open(dir.path()).unwrap(),
        Box::new(fake.clone()),
        Pace::default(),
        SHOP.into(),
        &life,
    )
    .unwrap();
    Shop { desk, fake, order: Uuid::from_u128(7), _dir: dir }
}

impl Shop {
    fn create(&self, attempt: u32) -> Done<Created> {
        self.create_as(attempt, Capture::AtOrder)
    }

    fn create_as(&self, attempt: u32, capture: Capture) -> Done<Created> {
        self.desk.create(&Create {
            order: self.order,
            attempt,
            amount: Yen::new(3_240),
            expires_in_s: 1_800,
            locale: Locale::Ja,
            success_url: "http://shop.localhost/checkout/return".into(),
            cancel_url: "http://shop.localhost/checkout/canceled".into(),
            capture,
            customer: None,
        })
    }

    fn fate(&self, fates: &[Fate]) {
        self.fake.bank().fates = fates.iter().rev().copied().collect();
    }
}

#[test]
fn opened_once_however_often_asked() {
    let shop = shop();
    let first = shop.create(1).unwrap();
    assert_eq!(first.state, PaymentState::RequiresPaymentMethod);
    assert_eq!(shop.create(1).unwrap(), first);
    assert_eq!(shop.fake.bank().opens, 1, "the second answer came from the book");
    assert!(shop.desk.is_ours(first.url.as_deref().unwrap()).unwrap());
    assert!(!shop.desk.is_ours("http://pay.localhost/c/other").unwrap());
    assert!(!shop.desk.is_ours(&shop.fake.bank().sessions[0].session).unwrap(), "an id is no URL");
}

#[test]
fn an_unknown_outcome_is_found_by_the_same_key() {
    let shop = shop();
    shop.fate(&[Fate::AnswerLost, Fate::LostOnTheWay]);
    let unknown = shop.create(1).unwrap();
    assert_eq!((unknown.state, unknown.url), (PaymentState::OutcomeUnknown, None));
    assert_eq!(shop.desk.status(shop.order).unwrap().state, PaymentState::OutcomeUnknown);
    assert!(shop.desk.check(shop.order).unwrap(), "still open");
    assert_eq!(shop.desk.status(shop.order).unwrap().state, PaymentState::RequiresPaymentMethod);
    assert!(shop.create(1).unwrap().url.is_some());
    assert_eq!(shop.fake.bank().sessions.len(), 1);
}

#[test]
fn a_page_that_was_surely_not_opened_is_told_so_and_opened_later() {
    let shop = shop();
    for (attempt, fate) in [(1, Fate::Unreached), (2, Fate::NotAccepted)] {
        shop.fate(&[fate, fate]);
        let created = shop.create(attempt).unwrap();
        assert_eq!(created, Created { url: None, state: PaymentState::RequiresPaymentMethod });
        let view = shop.desk.status(shop.order).unwrap();
        assert_eq!(
            (view.attempt, view.state, view.failure_code.as_deref()),
            (attempt, PaymentState::RequiresPaymentMethod, Some("not_opened"))
        );
        assert!(shop.desk.check(shop.order).is_err(), "asked again by itself, and not answered");
        assert_eq!(shop.desk.status(shop.order).unwrap(), view, "nothing new is told");
    }
    assert_eq!(shop.fake.bank().opens, 0, "the first was given up without a call");
    assert!(shop.create(2).unwrap().url.is_some());
    assert_eq!(shop.desk.status(shop.order).unwrap().failure_code, None);
    assert_eq!(shop.fake.bank().sessions.len(), 1);
}

#[test]
fn whoever_may_have_been_heard_once_is_not_sure_any_more() {
    let shop = shop();
    shop.fate(&[Fate::LostOnTheWay, Fate::Unreached]);
    assert_eq!(shop.create(1).unwrap().state, PaymentState::OutcomeUnknown);
    shop.fate(&[Fate::Unreached, Fate::Unreached]);
    assert_eq!(
        shop.create(1).unwrap().state,
        PaymentState::OutcomeUnknown,
        "an earlier call may have opened it"
    );
    // Sure at first, and then not.
    let other = Shop { order: Uuid::from_u128(8), ..shop };
    other.fate(&[Fate::Unreached]);
    assert_eq!(other.create(1).unwrap().state, PaymentState::RequiresPaymentMethod);
    other.fate(&[Fate::AnswerLost, Fate::Unreached]);
    assert_eq!(other.create(1).unwrap().state, PaymentState::OutcomeUnknown);
    assert_eq!(other.desk.status(other.order).unwrap().failure_code, None);
}

#[test]
fn what_was_never_opened_ends_without_a_call() {
    let shop = shop();
    shop.fate(&[Fate::Unreached]);
    shop.create(1).unwrap();
    shop.fate(&[Fate::Unreached; 8]);
    assert_eq!(shop.desk.cancel(shop.order).unwrap().state, PaymentState::Canceled);
    assert_eq!(shop.fake.bank().fates.len(), 8, "nobody was called");
}

#[test]
fn a_paid_order_is_not_paid_twice() {
    let shop = shop();
    shop.create(1).unwrap();
    shop.fake.pay();
    let second = shop.create(2).unwrap();
    assert_eq!(second, Created { url: None, state: PaymentState::Succeeded });
    assert_eq!(shop.fake.bank().sessions.len(), 1);
    let view = shop.desk.status(shop.order).unwrap();
    assert_eq!((view.received, view.last4.as_deref()), (Yen::new(3_240), Some("4242")));
}

#[test]
fn what_the_buyers_return_has_told_is_not_asked_again() {
    let shop = shop();
    shop.create(1).unwrap();
    assert!(!shop.desk.schedule.is_empty(), "he may not come back");
    shop.fake.pay();
    assert_eq!(shop.desk.retrieve(shop.order).unwrap().state, PaymentState::Succeeded);
    assert!(shop.desk.schedule.is_empty());
}

#[test]
fn a_second_attempt_closes_the_first() {
    let shop = shop();
    shop.create(1).unwrap();
    shop.fake.decline();
    assert!(shop.desk.check(shop.order).unwrap());
    assert_eq!(shop.desk.status(shop.order).unwrap().failure_code.as_deref(), Some("card_declined"));
    let second = shop.create(2).unwrap();
    assert!(second.url.is_some());
    assert_eq!(shop.fake.bank().sessions[0].state, PaymentState::Canceled);
    assert!(matches!(shop.create(4), Err(TillError::BadRequest(_))), "attempts have no gaps");
    assert_eq!(
        shop.desk.status(shop.order).unwrap().failure_code,
        None,
        "the view is about the last attempt"
    );
}

#[test]
fn canceling_tells_the_truth() {
    let shop = shop();
    assert_eq!(shop.desk.cancel(shop.order), Err(TillError::UnknownOrder));
    shop.create(1).unwrap();
    shop.fake.pay();
    assert_eq!(shop.desk.cancel(shop.order).unwrap().state, PaymentState::Succeeded, "paid a moment before");

    let shop = self::shop();
    shop.create(1).unwrap();
    shop.fate(&[Fate::LostOnTheWay]);
    assert_eq!(shop.desk.cancel(shop.order).unwrap().state, PaymentState::OutcomeUnknown);
    assert!(shop.create(1).unwrap().url.is_none(), "nobody is sent to a page that is being closed");
    assert!(!shop.desk.check(shop.order).unwrap(), "closed without being told again");
    assert_eq!(shop.desk.status(shop.order).unwrap().state, PaymentState::Canceled);
}

#[test]
fn refunds_give_back_once() {
    let shop = shop();
    shop.create(1).unwrap();
    let refund = |yen, key: u128| shop.desk.refund(shop.order, 1, Yen::new(yen), Uuid::from_u128(key));
    assert!(matches!(refund(1, 1), Err(TillError::BadRequest(_))), "not paid");
    shop.fake.pay();
    shop.desk.check(shop.order).unwrap();
    shop.fate(&[Fate::AnswerLost]);
    assert_eq!(refund(3_000, 1).unwrap().state, RefundState::Pending);
    assert!(
        matches!(refund(241, 2), Err(TillError::BadRequest(_))),
        "what is promised is not promised again"
    );
    assert_eq!(refund(3_000, 1).unwrap().state, RefundState::Succeeded, "the same key finds it");
    assert!(matches!(refund(200, 1), Err(TillError::BadRequest(_))), "a key is for one amount");
    assert_eq!(refund(240, 2).unwrap().state, RefundState::Succeeded);
    shop.desk.check(shop.order).unwrap();
    assert_eq!(shop.desk.status(shop.order).unwrap().refunded, Yen::new(3_240));
    assert_eq!(shop.fake.bank().refunds.len(), 2);
}

#[test]
fn authorised_money_is_taken_once_or_released() {
    let shop = shop();
    shop.create_as(1, Capture::AtShipping).unwrap();
    shop.fake.pay();
    assert_eq!(shop.create_as(2, Capture::AtShipping).unwrap().state, PaymentState::RequiresCapture);
    assert!(shop.desk.rests(shop.order).unwrap(), "nobody need look often");
    // The answer is lost: it is taken all the same, and once.
    shop.fate(&[Fate::AnswerLost]);
    assert_eq!(shop.desk.capture(shop.order).unwrap().state, PaymentState::Succeeded);
    assert_eq!(shop.desk.capture(shop.order).unwrap().received, Yen::new(3_240));
    assert_eq!(shop.fake.bank().captures, 1);
    assert_eq!(shop.desk.cancel(shop.order).unwrap().state, PaymentState::Succeeded, "too late to release");

    let shop = self::shop();
    shop.create_as(1, Capture::AtShipping).unwrap();
    shop.fake.pay();
    shop.desk.check(shop.order).unwrap();
    shop.fate(&[Fate::LostOnTheWay, Fate::NotNow]);
    assert_eq!(shop.desk.capture(shop.order), Err(TillError::ProcessorUnavailable), "nobody knows");
    shop.fate(&[Fate::LostOnTheWay]);
    assert_eq!(
        shop.desk.cancel(shop.order).unwrap().state,
        PaymentState::RequiresCapture,
        "still to be released"
    );
    assert!(!shop.desk.rests(shop.order).unwrap());
    assert!(!shop.desk.check(shop.order).unwrap());
    assert_eq!(
        shop.desk.capture(shop.order).unwrap().state,
        PaymentState::Canceled,
        "nothing is taken any more"
    );
    assert_eq!(shop.fake.bank().captures, 0);
}

#[test]
fn a_refund_that_the_bank_sends_back_is_noticed() {
    let shop = shop();
    shop.create(1).unwrap();
    shop.fake.pay();
    shop.desk.check(shop.order).unwrap();
    let key = Uuid::from_u128(1);
    let given = shop.desk.refund(shop.order, 1, Yen::new(3_240), key).unwrap();
    assert_eq!(given.state, RefundState::Succeeded);
    shop.fake.send_back(key);
    shop.desk.check(shop.order).unwrap();
    let view = shop.desk.status(shop.order).unwrap();
    assert_eq!((view.refunded, view.refunds[0].state), (Yen::ZERO, RefundState::Failed));
    assert!(view.refunds[0].updated_at_ms > given.updated_at_ms);
    let again = shop.desk.refund(shop.order, 1, Yen::new(3_240), Uuid::from_u128(2)).unwrap();
    assert_eq!(again.state, RefundState::Succeeded, "it can be given back again");
}

#[test]
fn changes_come_in_order_and_once() {
    let shop = shop();
    let life = Life::of_test("till", std::path::Path::new("/nonexistent"));
    let after = |seq| shop.desk.changes(seq, Duration::ZERO, &life).unwrap();
    assert!(after(0).is_empty());
    shop.create(1).unwrap();
    let opened = after(0);
    assert_eq!(opened.len(), 1, "only the last change of an attempt");
    shop.desk.check(shop.order).unwrap();
    assert!(after(opened[0].seq).is_empty(), "asking changes nothing");
    shop.fake.pay();
    std::thread::scope(|s| {
        let waiting = s.spawn(|| shop.desk.changes(opened[0].seq, Duration::from_secs(20), &life).unwrap());
        shop.desk.check(shop.order).unwrap();
        let changes = waiting.join().unwrap();
        assert_eq!(changes[0].view.state, PaymentState::Succeeded);
        assert!(changes[0].seq > opened[0].seq);
    });
}

#[test]
fn what_was_open_is_looked_at_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (fake, life) = (Fake::default(), Life::of_test("till", dir.path()));
    let open = || {
        Desk::new(
            Book::open(dir.path()).unwrap(),
            Box::new(fake.clone()),
            Pace::default(),
            SHOP.into(),
            &life,
        )
        .unwrap()
    };
    let shop = Shop {
        desk: open(),
        fake: fake.clone(),
        order: Uuid::from_u128(7),
        _dir: tempfile::tempdir().unwrap(),
    };
    shop.create(1).unwrap();
    drop(shop.desk);
    fake.pay();
    let desk = open();
    let order = desk.schedule.next(Duration::ZERO).expect("due at once");
    assert!(!desk.check(order).unwrap());
    assert_eq!(desk.status(order).unwrap().state, PaymentState::Succeeded);
    drop(desk);
    assert!(open().schedule.is_empty(), "what is settled is left alone");
}

#[test]
fn an_answer_about_another_order_is_not_believed() {
    let shop = shop();
    shop.create(1).unwrap();
    shop.fake.pay();
    shop.fake.bank().sessions[0].amount = Yen::new(1);
    assert!(matches!(shop.desk.check(shop.order), Err(Fault::Mismatch)));
    assert_eq!(shop.desk.status(shop.order).unwrap().state, PaymentState::RequiresPaymentMethod);
}

#[test]
fn hints_find_their_order() {
    let shop = shop();
    shop.create(1).unwrap();
    let session = shop.fake.bank().sessions[0].session.clone();
    let of = |hint: Hint| shop.desk.order_of(&hint).unwrap();
    assert_eq!(of(Hint { session: Some(session), ..Hint::default() }), Some(shop.order));
    assert_eq!(of(Hint { order: Some(shop.order), ..Hint::default() }), Some(shop.order));
    assert_eq!(
        of(Hint { order: Some(Uuid::from_u128(8)), intent: Some("pi_x".into()), ..Hint::default() }),
        None
    );
}

#[test]
fn a_hint_of_what_is_known_is_no_news() {
    let shop = shop();
    shop.create(1).unwrap();
    let session = shop.fake.bank().sessions[0].session.clone();
    let paid = Hint { session: Some(session), says_paid: true, ..Hint::default() };
    let news = |hint: &Hint| shop.desk.news_of(hint).unwrap();
    assert_eq!(news(&paid), Some(shop.order), "not paid yet, as far as the book knows");
    shop.fake.pay();
    shop.desk.check(shop.order).unwrap();
    assert_eq!(news(&paid), None);
    let other = Hint { order: Some(shop.order), session: Some("cs_other".into()), ..paid.clone() };
    assert_eq!(news(&other), Some(shop.order), "paid in another tab too");
    assert_eq!(news(&Hint { says_paid: false, ..paid }), Some(shop.order), "a refund, a dispute");
}

#[derive(Debug, Clone)]
enum Step {
    Create(Capture),
    Pay,
    Capture,
    Decline,
    Check,
    Cancel,
    Refund(u8, i64),
    SentBack(u8),
    Fates(Vec<Fate>),
}

fn step() -> impl Strategy<Value = Step> {
    let fate = prop::sample::select(vec![Fate::Well, Fate::LostOnTheWay, Fate::AnswerLost, Fate::NotNow]);
    prop_oneof![
        3 => prop::sample::select(vec![Capture::AtOrder, Capture::AtShipping]).prop_map(Step::Create),
        2 => Just(Step::Capture),
        1 => (0u8..4).prop_map(Step::SentBack),
        2 => Just(Step::Pay),
        1 => Just(Step::Decline),
        3 => Just(Step::Check),
        1 => Just(Step::Cancel),
        2 => (0u8..4, 1i64..4_000).prop_map(|(key, yen)| Step::Refund(key, yen)),
        3 => prop::collection::vec(fate, 1..4).prop_map(Step::Fates),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Whatever is lost on the way: never two paid pages, never more given back than came, and once the processor
    /// answers again the book says what the processor says.
    #[test]
    fn money_and_book_agree_in_the_end(steps in prop::collection::vec(step(), 1..25)) {
        let shop = shop();
        let mut attempt = 1;
        for step in steps {
            match step {
                Step::Create(capture) => {
                    if shop.desk.status(shop.order).is_ok_and(|v| v.state == PaymentState::Canceled) {
                        attempt = shop.desk.status(shop.order).unwrap().attempt + 1;
                    }
                    let _ = shop.create_as(attempt, capture);
                }
                Step::Pay => shop.fake.pay(),
                Step::Decline => shop.fake.decline(),
                Step::Check => drop(shop.desk.check(shop.order)),
                Step::Cancel => drop(shop.desk.cancel(shop.order)),
                Step::Refund(key, yen) => {
                    let paid = shop.desk.status(shop.order).map_or(1, |v| v.attempt);
                    let _ = shop.desk.refund(shop.order, paid, Yen::new(yen), Uuid::from_u128(key.into()));
                }
                Step::Capture => drop(shop.desk.capture(shop.order)),
                Step::SentBack(key) => shop.fake.send_back(Uuid::from_u128(key.into())),
                Step::Fates(fates) => shop.fake.bank().fates = fates,
            }
        }
        shop.fake.bank().fates.clear();
        let _ = shop.desk.check(shop.order);
        shop.desk.check(shop.order).unwrap();
        let bank = shop.fake.bank();
        let paid: Vec<&Remote> = bank.sessions.iter().filter(|s| s.state == PaymentState::Succeeded).collect();
        prop_assert!(paid.len() <= 1, "two pages paid");
        prop_assert!(bank.captures <= 1, "captured twice");
        prop_assert!(bank.sessions.iter().filter(|s| !s.state.is_final()).count() <= 1, "two pages open");
        let Ok(view) = shop.desk.status(shop.order) else {
            prop_assert!(bank.sessions.is_empty());
            return Ok(());
        };
        match (paid.first(), bank.sessions.last()) {
            (Some(paid), _) => {
                prop_assert_eq!(view.state, PaymentState::Succeeded);
                prop_assert_eq!((view.received, view.refunded), (paid.received, paid.refunded));
                prop_assert!(paid.refunded <= paid.received);
            }
            (None, Some(last)) => prop_assert_eq!(view.state, last.state),
            (None, None) => prop_assert_ne!(view.state, PaymentState::Succeeded),
        }
        for refund in shop.desk.book.refunds(shop.order).unwrap() {
            let there = bank.refunds.iter().find(|(_, _, r)| r.key == Some(refund.key));
            let given = there.is_some_and(|(_, _, r)| r.state == RefundState::Succeeded);
            prop_assert_eq!(refund.state == RefundState::Succeeded, given);
        }
    }
}
