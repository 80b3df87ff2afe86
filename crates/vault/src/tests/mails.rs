//! The budget of `post`.

use super::*;
use crate::clock::{DAY_MS, HOUR_MS, MINUTE_MS};
use vault_api::{MailsHeld, MessageKind};

/// An order's field, as `post` finds it, and the order's grant.
struct Mail {
    place: Place,
    sealed: Sealed,
    grant: Vec<u8>,
}

impl Bench {
    /// A vault whose `post` may open so many persons an hour.
    fn of_post(persons_max: u32) -> Bench {
        let mut bench = Bench::new();
        bench.open_again(persons_max);
        bench
    }

    fn open_again(&mut self, persons_max: u32) {
        self.house = None;
        self.house =
            Some(self.open_with(|config| config.mail_persons_per_hour_max = Some(persons_max)).unwrap());
    }

    /// An order by a person of the same number.
    fn buys(&self, n: u128) -> Mail {
        let here = place("email", n, n);
        let mut order = self.seal_order(None, vec![item(&here, "a@example.jp")], id(n), &[&here]).unwrap();
        Mail { place: here, sealed: order.items.remove(0).sealed, grant: order.grant.message_grant }
    }

    fn tells(&self, message: u128, mail: &Mail) -> Option<VaultError> {
        let items = vec![unseal_item(&mail.place, &mail.sealed)];
        let (grant, kind) = (mail.grant.clone(), MessageKind::Shipped);
        err(self.ask(Role::Post, Request::OpenMessage { grant, message: id(message), kind, items }))
    }

    fn held(&self) -> Option<MailsHeld> {
        match self.ask(Role::Watch, Request::State) {
            Ok(Response::State(state)) => state.mails_held,
            _ => panic!("no state"),
        }
    }
}

const BUDGET: Option<VaultError> = Some(VaultError::Denied(Reason::Budget));

#[test]
fn an_orders_own_mails_are_free_for_an_hour_and_all_others_are_counted() {
    let bench = Bench::of_post(3);
    let orders: Vec<Mail> = (1..=5).map(|n| bench.buys(n)).collect();
    for (n, order) in (0..).zip(&orders) {
        assert_eq!(bench.tells(100 + n, order), None, "five on a budget of three: each was placed just now");
    }
    bench.pass(HOUR_MS);
    for (n, order) in (0..).zip(&orders[..3]) {
        assert_eq!(bench.tells(200 + n, order), None);
    }
    assert_eq!(bench.held(), None);
    let (opened, since_ms) = (bench.house().counters.opened.get(), bench.now_ms());
    for _ in 0..crate::grant::OPENS_PER_MESSAGE_MAX + 1 {
        assert_eq!(bench.tells(203, &orders[3]), BUDGET);
    }
    assert_eq!(bench.house().counters.opened.get(), opened, "nothing was opened");
    assert_eq!(bench.last_entry(), ("deny".into(), Reason::Budget.to_string()));
    assert_eq!(bench.held(), Some(MailsHeld { since_ms, persons_max: 3 }));
    assert_eq!(bench.tells(210, &orders[0]), None, "who was opened costs nothing");
    let new = bench.buys(6);
    assert_eq!(bench.tells(211, &new), None, "whoever buys now hears of it");

    // It waits, and no try was counted.
    bench.pass(20 * MINUTE_MS);
    assert_eq!(bench.tells(203, &orders[3]), BUDGET);
    assert_eq!(bench.held().unwrap().since_ms, since_ms, "one time of waiting");
    bench.pass(40 * MINUTE_MS);
    assert_eq!(bench.held(), None);
    for n in [0, 3] {
        assert_eq!(bench.tells(203 + n as u128, &orders[n]), None);
    }
}

#[test]
fn a_mail_costs_everybody_in_its_order() {
    let bench = Bench::of_post(3);
    let (own, gift) = (place("email", 1, 1), Place::new(Column::OrderRecipientContact, id(50), id(2)));
    let items = vec![item(&own, "a@example.jp"), item(&gift, "栗田")];
    let mut order = bench.seal_order(None, items, id(1), &[&own, &gift]).unwrap();
    let both = Mail { place: own, sealed: order.items.remove(0).sealed, grant: order.grant.message_grant };
    let others = [bench.buys(3), bench.buys(4)];
    bench.pass(HOUR_MS);
    // One field is opened, and the link that comes with it leads to both.
    assert_eq!(bench.tells(1, &both), None);
    assert_eq!(bench.tells(2, &others[0]), None);
    assert_eq!(bench.tells(3, &others[1]), BUDGET);
}

#[test]
fn a_restart_neither_refills_it_nor_makes_a_new_order_an_old_one() {
    let mut bench = Bench::of_post(2);
    let orders: Vec<Mail> = (1..=3).map(|n| bench.buys(n)).collect();
    bench.pass(HOUR_MS);
    let new: Vec<Mail> = (11..=14).map(|n| bench.buys(n)).collect();
    assert!(orders[..2].iter().zip(1..).all(|(order, n)| bench.tells(n, order).is_none()));
    assert!(new.iter().zip(11..).all(|(order, n)| bench.tells(n, order).is_none()));
    bench.open_again(2);
    assert_eq!(bench.tells(3, &orders[2]), BUDGET);
    assert_eq!(bench.tells(21, &new[0]), None);
    bench.pass(HOUR_MS);
    assert_eq!(bench.tells(3, &orders[2]), None);
}

#[test]
fn orders_that_were_brought_in_have_no_mails_of_their_own() {
    let bench = Bench::of_post(2);
    let mails = (1..=3).map(|n| {
        let here = place("email", n, n);
        let (sealed, _) = bench.seal_new(&here, "a@example.jp");
        let orders = vec![OrderAsk { order: id(n), person: id(n), places: vec![here] }];
        let Ok(Response::Granted(mut grants)) = bench.ask(Role::Owner, Request::OrdersPlaced { orders })
        else {
            panic!("the owner may import")
        };
        Mail { place: here, sealed, grant: grants.remove(0).message_grant }
    });
    let said: Vec<_> = mails.zip(1..).map(|(mail, n)| bench.tells(n, &mail)).collect();
    assert_eq!(said, [None, None, BUDGET]);
}

#[test]
fn it_follows_the_size_of_the_shop_where_nothing_is_said() {
    let mut bench = Bench::new();
    let orders: Vec<Mail> = (1..=340).map(|n| bench.buys(n)).collect();
    bench.house().mark().unwrap();
    bench.restart();
    let told = |bench: &Bench, from: u128| {
        orders.iter().zip(from..).filter(|(order, n)| bench.tells(*n, order).is_none()).count()
    };
    bench.pass(2 * DAY_MS);
    assert_eq!(told(&bench, 1_000), 340, "a week's parcels in one hour");
    bench.pass(6 * DAY_MS);
    assert_eq!(told(&bench, 2_000), 300, "a shop that sells nothing any more has little to tell");
}
