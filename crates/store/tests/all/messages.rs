//! The outbox: claimed by one, recovered when its holder dies, never sent again where it may have arrived.

use crate::common::{NOW, both, order, place, read, shop, write};
use domain::{
    MessageId,
    message::{DeliveryState as S, ReturnOutcome},
    payment::PaymentMethod,
};
use std::thread;
use store::{
    Error, Store,
    mail_return::{self, MailReturn, REPORTS_MAX},
    outbox,
    outbox::OutboxRow,
};
use uuid::Uuid;

both!(
    claimed_and_sent,
    one_holder_at_a_time,
    dead_holders_are_recovered,
    a_successor_waits_for_no_lease,
    deferred_failed_requeued,
    ten_senders_send_each_once,
    what_came_back_fails_a_mail_once,
);

const LEASE_MS: i64 = 60_000;

fn queue(store: &Store, count: u32) {
    let shop = shop(store);
    for _ in 0..count {
        place(store, &order(PaymentMethod::CashOnDelivery, &[(shop.variants[0], 1_080, 1)]));
    }
}

fn claim(store: &Store, attempt: u128, now: i64) -> Vec<OutboxRow> {
    write(store, move |tx| outbox::claim(tx, Uuid::from_u128(attempt), now, LEASE_MS, 10))
}

fn counts(store: &Store) -> Vec<(S, u64)> {
    read(store, outbox::counts)
}

fn claimed_and_sent(store: &Store) {
    queue(store, 2);
    assert_eq!(read(store, outbox::next_at), Some(NOW));
    assert!(claim(store, 1, NOW - 1).is_empty(), "not before its time");
    let held = claim(store, 1, NOW);
    assert_eq!(held.len(), 2);
    assert_eq!((held[0].state, held[0].attempts), (S::Sending, 1));
    let id = held[0].id;
    write(store, move |tx| {
        outbox::data_begun(tx, id, Uuid::from_u128(1), NOW + LEASE_MS)?;
        outbox::sent(tx, id, Uuid::from_u128(1), NOW + 5)
    });
    let row = read(store, move |tx| outbox::get(tx, id)).unwrap();
    assert_eq!((row.state, row.sent_at), (S::Sent, Some(NOW + 5)));
    assert_eq!(counts(store), [(S::Sending, 1), (S::Sent, 1)]);
    assert_eq!(read(store, outbox::next_at), None);
}

fn one_holder_at_a_time(store: &Store) {
    queue(store, 1);
    let id = claim(store, 1, NOW)[0].id;
    assert!(claim(store, 2, NOW).is_empty());
    let stranger = store.write_blocking(move |tx| outbox::sent(tx, id, Uuid::from_u128(2), NOW));
    assert_eq!(stranger, Err(Error::NotFound("message")));
}

fn a_successor_waits_for_no_lease(store: &Store) {
    queue(store, 3);
    let held = claim(store, 1, NOW);
    let (begun, put_off, not_begun) = (held[0].id, held[1].id, held[2].id);
    write(store, move |tx| {
        outbox::data_begun(tx, begun, Uuid::from_u128(1), NOW + LEASE_MS)?;
        outbox::retry(tx, put_off, Uuid::from_u128(1), NOW + LEASE_MS, "smtp connect: connection lost")
    });
    let freed = write(store, |tx| outbox::release(tx, None, NOW + 1));
    let state = |id| freed.iter().find(|r| r.id == id).map(|r| r.state);
    assert_eq!((state(begun), state(not_begun)), (Some(S::Unknown), Some(S::Queued)));
    assert_eq!(state(put_off), None, "nobody held it");
    assert_eq!(claim(store, 2, NOW + 1).len(), 1);
    // What was put off is due at once where there is reason to hope.
    assert!(claim(store, 3, NOW + 2).is_empty());
    write(store, |tx| outbox::hasten(tx, NOW + 2));
    assert_eq!(claim(store, 3, NOW + 2)[0].id, put_off);
}

fn dead_holders_are_recovered(store: &Store) {
    queue(store, 2);
    let held = claim(store, 1, NOW);
    let (begun, not_begun) = (held[0].id, held[1].id);
    write(store, move |tx| outbox::data_begun(tx, begun, Uuid::from_u128(1), NOW + LEASE_MS));
    assert!(write(store, |tx| outbox::recover(tx, NOW + 1)).is_empty(), "the lease still runs");
    let freed = write(store, |tx| outbox::recover(tx, NOW + LEASE_MS + 1));
    let state = |id| freed.iter().find(|r| r.id == id).unwrap().state;
    assert_eq!((state(begun), state(not_begun)), (S::Unknown, S::Queued));
    // The dead one comes back to life: it may not speak any more.
    let late = store.write_blocking(move |tx| outbox::data_begun(tx, not_begun, Uuid::from_u128(1), NOW));
    assert_eq!(late, Err(Error::NotFound("message")));
    let again = claim(store, 2, NOW + LEASE_MS + 2);
    assert_eq!(again.iter().map(|r| (r.id, r.attempts)).collect::<Vec<_>>(), [(not_begun, 2)]);
}

fn deferred_failed_requeued(store: &Store) {
    queue(store, 3);
    let held = claim(store, 1, NOW);
    let [a, b, c] = [0, 1, 2].map(|i| held[i].id);
    let me = Uuid::from_u128(1);
    write(store, move |tx| {
        outbox::retry(tx, a, me, NOW + 500, "451 later")?;
        outbox::failed(tx, b, me, NOW, &"550 no such box ".repeat(100))?;
        outbox::unknown(tx, c, me, NOW, "lost after DATA")
    });
    assert_eq!(counts(store), [(S::Failed, 1), (S::Queued, 1), (S::Unknown, 1)]);
    assert!(claim(store, 2, NOW + 499).is_empty());
    let row = read(store, move |tx| outbox::get(tx, b)).unwrap();
    assert_eq!(row.last_error.unwrap().chars().count(), outbox::ERROR_CHARS_MAX);
    write(store, move |tx| outbox::requeue(tx, c, NOW));
    let queued = store.write_blocking(move |tx| outbox::requeue(tx, c, NOW));
    assert!(matches!(queued, Err(Error::Refused(_))));
    assert_eq!(claim(store, 2, NOW + 1).iter().map(|r| r.id).collect::<Vec<_>>(), [c]);
    assert_eq!(read(store, |tx| outbox::list(tx, S::Failed, 10)).len(), 1);
}

fn ten_senders_send_each_once(store: &Store) {
    queue(store, 10);
    let mut sent: Vec<_> = thread::scope(|scope| {
        let senders: Vec<_> = (0..10u128)
            .map(|attempt| {
                scope.spawn(move || {
                    write(store, move |tx| outbox::claim(tx, Uuid::from_u128(attempt), NOW, LEASE_MS, 3))
                })
            })
            .collect();
        senders.into_iter().flat_map(|s| s.join().unwrap()).map(|r| r.id).collect()
    });
    let all = sent.len();
    sent.sort_unstable();
    sent.dedup();
    assert_eq!((all, sent.len()), (10, 10));
}

fn what_came_back_fails_a_mail_once(store: &Store) {
    queue(store, 1);
    let id = claim(store, 1, NOW)[0].id;
    let report = |byte: u8, outcome, at| MailReturn {
        report: [byte; 32],
        outcome,
        reason: "user-unknown".into(),
        status: Some("5.1.1".into()),
        reply: Some(550),
        at,
    };
    let failed = report(1, ReturnOutcome::Failed, NOW + 1);
    let note = |new: &MailReturn| {
        let new = new.clone();
        write(store, move |tx| mail_return::note(tx, id, &new))
    };
    let state = || read(store, move |tx| outbox::get(tx, id)).unwrap().state;

    // A report that overtakes the server's own yes changes nothing of the sending.
    assert!(note(&report(9, ReturnOutcome::Failed, NOW)));
    assert_eq!(state(), S::Sending);
    write(store, move |tx| outbox::sent(tx, id, Uuid::from_u128(1), NOW));
    assert!(note(&report(2, ReturnOutcome::Complaint, NOW + 1)));
    assert_eq!(state(), S::Sent, "a complaint has arrived");
    assert!(note(&failed) && !note(&failed), "taken once");
    assert_eq!(state(), S::Failed);
    let row = read(store, move |tx| outbox::get(tx, id)).unwrap();
    assert_eq!(row.last_error.as_deref(), Some("returned: user-unknown"));

    // Sent again: the same report does not fail the second mail.
    write(store, move |tx| outbox::requeue(tx, id, NOW + 2));
    claim(store, 2, NOW + 3);
    write(store, move |tx| outbox::sent(tx, id, Uuid::from_u128(2), NOW + 4));
    assert!(!note(&failed));
    assert_eq!(state(), S::Sent);

    for byte in 10..10 + REPORTS_MAX as u8 {
        note(&report(byte, ReturnOutcome::Complaint, NOW + 9));
    }
    let kept = read(store, move |tx| mail_return::of(tx, id));
    assert_eq!((kept.len(), kept[0].at), (REPORTS_MAX, NOW + 9), "newest first, and not without end");
    let none = MessageId(Uuid::from_u128(5));
    let unknown = store.write_blocking(move |tx| mail_return::note(tx, none, &failed));
    assert_eq!(unknown, Err(Error::NotFound("message")));
}
