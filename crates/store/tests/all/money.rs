//! A shop, a till and a bank in which everything happens at the wrong moment: attempts in several windows, late networks,
//! reports that come late, twice, in any order or never, captures, cancellations, refunds that race and fail, disputes.
//! Whatever happened: once the last reports are in, no order is lost, doubled, or paid without an order.

use crate::common::{NOW, Shop, both, level, order, place, shop, staff, whole, write};
use domain::{
    OrderId, RefundId, Yen,
    fulfillment::{Carrier, FulfillmentState},
    order::OrderState,
    payment::{DisputeState, PAY_WITHIN_MS, PaymentMethod, PaymentState, RefundState},
};
use proptest::prelude::*;
use store::{
    Error, Millis, Store, payment,
    payment::{DisputeReport, RefundReport, Report},
    refund,
    refund::Refund,
};

both!(whatever_happens_money_and_orders_agree, an_authorisation_lapses_while_another_page_is_open);

/// An attempt as till and bank have it.
#[derive(Clone)]
struct Attempt {
    state: PaymentState,
    received: i64,
    refunded: i64,
    refunds: Vec<RefundReport>,
    amounts: Vec<i64>,
    dispute: Option<DisputeReport>,
}

impl Attempt {
    fn disputed(&self) -> bool {
        self.dispute.as_ref().is_some_and(|d| d.state.withholds_money())
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// The buyer begins anew in another window.
    Window,
    /// The buyer pays in this window; the money is taken, authorised, or under way.
    Pay(usize, PaymentState),
    /// The network answers to a payment that was under way.
    Network(usize, bool),
    /// A page's time is over, or an authorisation's.
    Lapse(usize),
    /// One of all reports ever made arrives, again or for the first time.
    Hear(usize),
    /// Staff gives the order up.
    Cancel,
    /// Staff ships: what is authorised is captured first.
    Ship,
    /// Staff gives some yen back.
    Refund(i64),
    /// Somebody gives back at the bank's own desk.
    DeskRefund(usize, i64),
    /// The bank sends back what was given back last.
    SentBack(usize),
    /// The buyer disputes, and it is decided.
    Dispute(usize),
    Decide(usize, bool),
    /// The shop's worker does what is due; the answer may be lost.
    Worker(bool),
    /// The time to pay is over.
    Late,
}

fn step() -> impl Strategy<Value = Step> {
    use PaymentState as P;
    let at = 0usize..3;
    prop_oneof![
        2 => Just(Step::Window),
        5 => (at.clone(), prop::sample::select(vec![P::Succeeded, P::Succeeded, P::RequiresCapture, P::Processing]))
            .prop_map(|(at, how)| Step::Pay(at, how)),
        2 => (at.clone(), any::<bool>()).prop_map(|(at, yes)| Step::Network(at, yes)),
        1 => at.clone().prop_map(Step::Lapse),
        8 => (0usize..64).prop_map(Step::Hear),
        1 => Just(Step::Cancel),
        2 => Just(Step::Ship),
        2 => (1i64..2_000).prop_map(Step::Refund),
        1 => (at.clone(), 1i64..2_000).prop_map(|(at, yen)| Step::DeskRefund(at, yen)),
        1 => at.clone().prop_map(Step::SentBack),
        1 => at.clone().prop_map(Step::Dispute),
        1 => (at, any::<bool>()).prop_map(|(at, won)| Step::Decide(at, won)),
        3 => any::<bool>().prop_map(Step::Worker),
        1 => Just(Step::Late),
    ]
}

struct World<'a> {
    store: &'a Store,
    shop: &'a Shop,
    id: OrderId,
    total: i64,
    attempts: Vec<Attempt>,
    /// Every report that was ever made.
    said: Vec<Report>,
    now: Millis,
}

impl World<'_> {
    fn new<'a>(store: &'a Store, shop: &'a Shop) -> World<'a> {
        let new = order(PaymentMethod::Card, &[(shop.variants[0], 1_080, 1)]);
        place(store, &new);
        let mut world = World {
            store,
            shop,
            id: new.id,
            total: new.total.get(),
            attempts: Vec::new(),
            said: Vec::new(),
            now: NOW,
        };
        world.window();
        world
    }

    /// The next moment: no two reports are of the same.
    fn tick(&mut self) -> Millis {
        self.now += 7;
        self.now
    }

    fn window(&mut self) {
        let (id, now, fresh) = (self.id, self.tick(), !self.attempts.is_empty());
        let opened = self.store.write_blocking(move |tx| payment::open_attempt(tx, id, fresh, now));
        // The till numbers as the shop does: it opens no page that the shop has not written down.
        let Ok(opened) = opened else { return };
        while self.attempts.len() < opened.attempt as usize {
            self.attempts.push(Attempt {
                state: PaymentState::RequiresPaymentMethod,
                received: 0,
                refunded: 0,
                refunds: Vec::new(),
                amounts: Vec::new(),
                dispute: None,
            });
            self.say(self.attempts.len() - 1);
        }
    }

    /// The till reports how an attempt stands now.
    fn say(&mut self, at: usize) {
        let (seen_at, a) = (self.tick(), &self.attempts[at]);
        let mut refunds = a.refunds.clone();
        refunds.iter_mut().for_each(|r| r.seen_at = r.seen_at.max(1));
        self.said.push(Report {
            order: self.id,
            attempt: at as u32 + 1,
            state: a.state,
            received: Yen::new(a.received),
            refunded: Yen::new(a.refunded),
            brand: None,
            last4: None,
            fingerprint: None,
            failure_code: None,
            three_d_secure: None,
            entry: None,
            authorized_until: None,
            refunds,
            dispute: a.dispute.clone(),
            seen_at,
        });
    }

    fn hear(&mut self, which: usize) {
        let (report, now) = (self.said[which % self.said.len()].clone(), self.tick());
        write(self.store, move |tx| payment::apply(tx, &report, now));
    }

    fn set(&mut self, at: usize, change: impl FnOnce(&mut Attempt) -> bool) {
        if self.attempts.get_mut(at).is_some_and(change) {
            self.say(at);
        }
    }

    fn capture(&mut self) {
        let total = self.total;
        for at in 0..self.attempts.len() {
            let first = !self.attempts.iter().any(|a| a.state == PaymentState::Succeeded);
            self.set(at, |a| {
                let waits = a.state == PaymentState::RequiresCapture;
                if waits {
                    (a.state, a.received) =
                        if first { (PaymentState::Succeeded, total) } else { (PaymentState::Canceled, 0) };
                }
                waits
            });
        }
    }

    fn ship(&mut self) {
        let parcel = whole(self.store, self.id).recipients[0].fulfillment.clone();
        if whole(self.store, self.id).order.hold_reason.is_some() {
            return;
        }
        self.capture();
        if let Some(last) = self.said.len().checked_sub(1) {
            self.hear(last);
        }
        let now = self.tick();
        let shipped = self.store.write_blocking(move |tx| {
            store::order::ship(tx, parcel.id, Carrier::Yamato, "123456789012", None, now)
        });
        assert!(shipped.is_ok() || matches!(shipped, Err(Error::Refused(_))));
    }

    /// The till is asked for a refund, and answers, or its answer is lost.
    fn give_back(&mut self, r: &Refund, lost: bool) {
        let at = r.attempt as usize - 1;
        let (seen_at, amount) = (self.tick(), r.amount.get());
        let known = self.attempts[at].refunds.iter().find(|k| k.id == r.id).cloned();
        let answer = known.unwrap_or_else(|| {
            let a = &mut self.attempts[at];
            let done = !a.disputed() && amount <= a.received - a.refunded;
            a.refunded += if done { amount } else { 0 };
            let (state, failure_code) = match done {
                true => (RefundState::Succeeded, None),
                false => (RefundState::Failed, Some("refused".to_owned())),
            };
            let answer = RefundReport { id: r.id, state, failure_code, seen_at };
            a.refunds.push(answer.clone());
            a.amounts.push(amount);
            answer
        });
        self.say(at);
        let (id, now): (RefundId, _) = (r.id, self.tick());
        let told = write(self.store, move |tx| match lost {
            true => refund::unanswered(tx, id, now),
            false => {
                refund::report(tx, id, answer.state, answer.failure_code.as_deref(), answer.seen_at, now)
            }
        });
        assert_eq!(told.id, id);
    }

    fn worker(&mut self, lost: bool) {
        let far = self.now + 365 * 24 * 3_600_000;
        let due = self.store.read_blocking(move |tx| refund::due(tx, far, 100)).unwrap();
        let id = self.id;
        for refund in due.into_iter().filter(|r| r.order == id) {
            self.give_back(&refund, lost);
        }
        let close = self.store.read_blocking(|tx| payment::to_close(tx, 100)).unwrap();
        if close.contains(&self.id) {
            self.close();
        }
    }

    /// Pages are closed and authorisations released; what is under way nobody can stop.
    fn close(&mut self) {
        for at in 0..self.attempts.len() {
            self.set(at, |a| {
                let stops = !a.state.is_final() && a.state != PaymentState::Processing;
                if stops {
                    a.state = PaymentState::Canceled;
                }
                stops
            });
        }
    }

    fn step(&mut self, step: &Step) {
        use PaymentState as P;
        let (id, total) = (self.id, self.total);
        match *step {
            Step::Window => self.window(),
            Step::Pay(at, how) => self.set(at, |a| {
                let open = a.state == P::RequiresPaymentMethod;
                if open {
                    (a.state, a.received) = (how, if how == P::Succeeded { total } else { 0 });
                }
                open
            }),
            Step::Network(at, yes) => self.set(at, |a| {
                let open = a.state == P::Processing;
                if open {
                    (a.state, a.received) = if yes { (P::Succeeded, total) } else { (P::Canceled, 0) };
                }
                open
            }),
            Step::Lapse(at) => self.set(at, |a| {
                let open = matches!(a.state, P::RequiresPaymentMethod | P::RequiresCapture);
                if open {
                    a.state = P::Canceled;
                }
                open
            }),
            Step::Hear(which) => self.hear(which),
            Step::Cancel => {
                let now = self.tick();
                let done =
                    self.store.write_blocking(move |tx| store::order::cancel(tx, id, Some(staff()), now));
                assert!(done.is_ok() || matches!(done, Err(Error::Refused(_))));
            }
            Step::Ship => self.ship(),
            Step::Refund(yen) => {
                let now = self.tick();
                let asked = self
                    .store
                    .write_blocking(move |tx| refund::request(tx, id, Some(Yen::new(yen)), staff(), now));
                assert!(asked.is_ok() || matches!(asked, Err(Error::Refused(_))));
            }
            Step::DeskRefund(at, yen) => self.set(at, |a| {
                let fits = !a.disputed() && yen <= a.received - a.refunded;
                a.refunded += if fits { yen } else { 0 };
                fits
            }),
            Step::SentBack(at) => {
                let seen_at = self.tick();
                self.set(at, |a| match a.refunds.iter().rposition(|r| r.state == RefundState::Succeeded) {
                    Some(last) => {
                        a.refunded -= a.amounts[last];
                        a.refunds[last].state = RefundState::Failed;
                        a.refunds[last].failure_code = Some("sent_back".into());
                        a.refunds[last].seen_at = seen_at;
                        true
                    }
                    None => false,
                });
            }
            Step::Dispute(at) => {
                let opened_at = self.now;
                self.set(at, |a| {
                    let amount = a.received - a.refunded;
                    let fits = amount > 0 && a.dispute.is_none();
                    if fits {
                        let (state, reason) = (DisputeState::NeedsResponse, "fraudulent".to_owned());
                        let (amount, respond_by) = (Yen::new(amount), None);
                        a.dispute = Some(DisputeReport { state, reason, amount, opened_at, respond_by });
                    }
                    fits
                });
            }
            Step::Decide(at, won) => self.set(at, |a| match &mut a.dispute {
                Some(d) if !d.state.is_over() => {
                    d.state = if won { DisputeState::Won } else { DisputeState::Lost };
                    true
                }
                _ => false,
            }),
            Step::Worker(lost) => self.worker(lost),
            Step::Late => self.now += PAY_WITHIN_MS,
        }
    }

    /// The networks have answered, the time to pay is over, and everything that was said last is heard.
    fn end(&mut self) {
        for at in 0..self.attempts.len() {
            self.step(&Step::Network(at, at % 2 == 0));
        }
        self.now += PAY_WITHIN_MS;
        if whole(self.store, self.id).order.state == OrderState::AwaitingPayment {
            self.close();
        }
        for _ in 0..4 {
            for at in 0..self.attempts.len() {
                self.say(at);
                let last = self.said.len() - 1;
                self.hear(last);
            }
            self.worker(false);
        }
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let end = whole(self.store, self.id);
        let money = self.store.read_blocking(|tx| payment::money(tx, self.id)).unwrap();
        let there: i64 = self.attempts.iter().map(|a| a.received).sum();
        let back: i64 = self.attempts.iter().map(|a| a.refunded).sum();
        prop_assert_eq!(money.received.get(), there, "every yen that came is booked");
        prop_assert_eq!(end.payments.len(), self.attempts.len().max(1));
        for (p, a) in end.payments.iter().zip(&self.attempts) {
            prop_assert_eq!(p.refunded.get(), a.refunded, "and every yen that went back");
            prop_assert!(a.refunded <= a.received);
        }
        let failed = end.refunds.iter().any(|r| r.state == RefundState::Failed);
        prop_assert!(end.refunds.iter().all(|r| r.state != RefundState::Pending), "nothing is left undone");
        let authorised = self.attempts.iter().any(|a| a.state == PaymentState::RequiresCapture);
        let disputed = self.attempts.iter().any(Attempt::disputed);
        let seen_to = failed || disputed || end.order.hold_reason.is_some();
        match end.order.state {
            OrderState::AwaitingPayment => {
                prop_assert!(end.order.hold_reason.is_some(), "nobody waits for ever")
            }
            OrderState::Confirmed | OrderState::Completed => {
                prop_assert!(there > 0 || authorised || seen_to, "no order without money");
                prop_assert!(there - back <= self.total || seen_to, "and none paid twice");
            }
            OrderState::Canceled => {
                prop_assert!(!authorised, "nothing stays authorised for an order that is gone");
                prop_assert!(there == back || seen_to, "no money without an order: {there} {back}");
            }
        }
        if end.recipients[0].fulfillment.state == FulfillmentState::Shipped {
            prop_assert!(there > 0 || end.log.iter().any(|e| e.event == "released"), "nothing left unpaid");
        }
        let (on_hand, reserved) = level(self.store, self.shop.variants[0]);
        prop_assert!(on_hand >= reserved, "nothing is promised that is not there");
        Ok(())
    }
}

fn whatever_happens_money_and_orders_agree(store: &Store) {
    let cases = if store.is_sqlite() { 100 } else { 12 };
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(cases));
    let steps = prop::collection::vec(step(), 1..30);
    let shop = shop(store);
    let variant = shop.variants[0];
    runner
        .run(&steps, |steps| {
            // Whatever the case before left: there is enough to sell.
            write(store, move |tx| {
                store::stock::receive(tx, variant, 1, store::stock::Cause::default(), NOW)
            });
            let mut world = World::new(store, &shop);
            steps.iter().for_each(|step| world.step(step));
            world.end();
            world.check()?;
            Ok(())
        })
        .unwrap();
}

/// The word that the card was authorised comes after the page was given up and another opened: the order stands on
/// nothing, and staff is told so.
fn an_authorisation_lapses_while_another_page_is_open(store: &Store) {
    let shop = shop(store);
    let mut world = World::new(store, &shop);
    let authorised = Step::Hear(1);
    for step in [Step::Pay(0, PaymentState::RequiresCapture), Step::Lapse(0), Step::Window, authorised] {
        world.step(&step);
    }
    world.end();
    world.check().unwrap();
    assert_eq!(whole(store, world.id).order.hold_reason.as_deref(), Some(payment::HOLD_LAPSED));
}
