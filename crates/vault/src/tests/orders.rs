//! An order: the guest's capability, the grant for its mails, the link.

use super::*;
use crate::{
    clock::{DAY_MS, MINUTE_MS},
    grant::{MESSAGES_PER_KIND_MAX, OPENS_PER_MESSAGE_MAX},
};
use vault_api::{Holder, LinkToken, MessageKind, OpenedMessage, Redeemed};

/// An order by person 1 with a gift for person 2, and another order of person 1.
struct Placed {
    bench: Bench,
    mail: (Place, Sealed),
    gift: (Place, Sealed),
    other: (Place, Sealed),
    cap: CapToken,
    grant: Vec<u8>,
}

const ORDER: u128 = 1;

fn placed() -> Placed {
    let bench = Bench::new();
    let (mail, other) = (place("email", ORDER, 1), place("email", 7, 1));
    let gift = Place::new("order_recipient", "contact", id(50), id(2));
    let items = vec![item(&mail, "a@example.jp"), item(&gift, "栗田"), item(&other, "old@example.jp")];
    let mut batch = bench.seal(Role::Web, None, items).unwrap();
    let mut next = || batch.items.remove(0).sealed;
    let (mail, gift, other) = ((mail, next()), (gift, next()), (other, next()));
    let ticket = batch.ticket.unwrap();
    let OrderGrant { guest_cap, message_grant } =
        bench.order_placed(&ticket, id(ORDER), &[&mail.0, &gift.0]).unwrap();
    Placed { bench, mail, gift, other, cap: guest_cap.unwrap(), grant: message_grant }
}

impl Placed {
    fn message(
        &self,
        grant: &[u8],
        message: u128,
        kind: MessageKind,
        of: &[&(Place, Sealed)],
    ) -> Result<OpenedMessage, VaultError> {
        let items = of.iter().map(|(place, sealed)| unseal_item(place, sealed)).collect();
        let request = Request::OpenMessage { grant: grant.to_vec(), message: id(message), kind, items };
        match self.bench.ask(Role::Post, request)? {
            Response::Message(message) => Ok(message),
            _ => panic!("another answer"),
        }
    }

    fn redeem(&self, token: &LinkToken) -> Result<Redeemed, VaultError> {
        redeemed(self.bench.ask(Role::Web, Request::RedeemOrderLink { token: token.clone() }))
    }

    fn page(&self, cap: &CapToken, of: &[&(Place, Sealed)]) -> Opened {
        let items: Vec<_> = of.iter().map(|(place, sealed)| (place, sealed)).collect();
        self.bench.unseal(cap, Purpose::OrderPage, &items)
    }
}

fn redeemed(answer: Result<Response, VaultError>) -> Result<Redeemed, VaultError> {
    match answer? {
        Response::Redeemed(redeemed) => Ok(redeemed),
        _ => panic!("another answer"),
    }
}

#[test]
fn the_guest_opens_this_order_and_no_other() {
    let p = placed();
    let both = Ok(vec![Ok("a@example.jp".into()), Ok("栗田".into())]);
    assert_eq!(p.page(&p.cap, &[&p.mail, &p.gift]), both);
    assert_eq!(p.page(&p.cap, &[&p.other]), denied(Reason::NotCovered), "the same person's other order");
    assert_eq!(p.page(&p.cap, &[&p.mail, &p.other]), denied(Reason::NotCovered));
    assert_eq!(p.bench.last_entry().0, "deny");
    let seal = p.bench.seal(Role::Web, Some(&p.cap), vec![item(&place("contact", 1, 1), "x")]);
    assert_eq!(err(seal), Some(VaultError::Denied(Reason::NotCovered)), "nor changes anything");
    p.bench.pass(30 * MINUTE_MS);
    assert_eq!(p.page(&p.cap, &[&p.mail]), denied(Reason::NoCapability));
}

#[test]
fn an_order_for_persons_who_are_not_covered() {
    let p = placed();
    let (_, stranger) = p.bench.seal_new(&place("email", 30, 30), "x");
    let place = |cap: &CapToken, places: &[&Place]| err(p.bench.order_placed(cap, id(31), places));
    let refused = Some(VaultError::Denied(Reason::NotCovered));
    assert_eq!(place(&stranger, &[&p.mail.0]), refused);
    let mine = super::place("email", 30, 30);
    assert_eq!(place(&stranger, &[&mine, &p.gift.0]), refused, "a stranger among the recipients");
    assert_eq!(place(&p.cap, &[&p.mail.0]), refused, "an order's page is no right to order");
    assert_eq!(place(&stranger, &[&mine]), None);
    let orders = vec![OrderAsk { order: id(1), person: id(1), places: vec![p.mail.0.clone()] }];
    let answer = |role| p.bench.ask(role, Request::OrdersPlaced { cap: None, orders: orders.clone() });
    assert_eq!(err(answer(Role::Web)), Some(VaultError::Denied(Reason::NoCapability)));
    let Ok(Response::Granted(grants)) = answer(Role::Owner) else { panic!("the owner may import") };
    assert!(grants[0].guest_cap.is_none() && !grants[0].message_grant.is_empty());
}

#[test]
fn a_mail_is_opened_by_post_alone_again_and_again_with_one_link() {
    let p = placed();
    let first = p.message(&p.grant, 100, MessageKind::OrderReceived, &[&p.mail, &p.gift]).unwrap();
    let texts: Vec<_> = first.opened.into_iter().map(text).collect();
    assert_eq!(texts, [Ok("a@example.jp".into()), Ok("栗田".into())]);
    let again = p.message(&p.grant, 100, MessageKind::OrderReceived, &[&p.mail]).unwrap();
    assert!(again.order_link.reveal() == first.order_link.reveal());
    let another = p.message(&p.grant, 101, MessageKind::Shipped, &[&p.mail]).unwrap();
    assert!(another.order_link.reveal() != first.order_link.reveal());

    let refused = Some(VaultError::Denied(Reason::Grant));
    assert_eq!(
        err(p.message(&p.grant, 100, MessageKind::Shipped, &[&p.mail])),
        refused,
        "one id, one message"
    );
    assert_eq!(
        err(p.message(&p.grant, 102, MessageKind::Shipped, &[&p.other])),
        refused,
        "another order's field"
    );
    let mut bent = p.grant.clone();
    bent[40] ^= 1;
    assert_eq!(err(p.message(&bent, 103, MessageKind::Shipped, &[&p.mail])), refused);
    let request = Request::OpenMessage {
        grant: p.grant.clone(),
        message: id(1),
        kind: MessageKind::Shipped,
        items: vec![],
    };
    assert_eq!(err(p.bench.ask(Role::Web, request)), Some(VaultError::Denied(Reason::Role)));
    p.bench.pass(400 * DAY_MS);
    assert_eq!(err(p.message(&p.grant, 104, MessageKind::Refunded, &[&p.mail])), refused, "400 days later");
}

#[test]
fn mails_and_tries_are_bounded() {
    let p = placed();
    let refused = Some(VaultError::Denied(Reason::Grant));
    for _ in 0..OPENS_PER_MESSAGE_MAX {
        p.message(&p.grant, 100, MessageKind::Canceled, &[]).unwrap();
    }
    assert_eq!(err(p.message(&p.grant, 100, MessageKind::Canceled, &[])), refused);
    for n in 1..MESSAGES_PER_KIND_MAX {
        p.message(&p.grant, 100 + u128::from(n), MessageKind::Canceled, &[]).unwrap();
    }
    assert_eq!(err(p.message(&p.grant, 999, MessageKind::Canceled, &[])), refused);
    assert!(p.message(&p.grant, 999, MessageKind::Refunded, &[]).is_ok());
}

#[test]
fn the_link_opens_the_order_for_90_days() {
    let mut p = placed();
    let link = p.message(&p.grant, 100, MessageKind::OrderReceived, &[]).unwrap().order_link;
    p.bench.pass(89 * DAY_MS);
    p.bench.restart();
    p.bench.house().sweep_caps().and(p.bench.house().sweep_links()).unwrap();
    for _ in 0..2 {
        let Redeemed { order, person, cap } = p.redeem(&link).unwrap();
        assert_eq!((order, person), (id(ORDER), id(1)));
        assert!(p.page(&cap, &[&p.mail, &p.gift]).is_ok());
        assert_eq!(p.page(&cap, &[&p.other]), denied(Reason::NotCovered));
    }
    assert_eq!(err(p.redeem(&LinkToken::from_bytes([0; 32]))), Some(VaultError::Denied(Reason::Token)));
    p.bench.pass(DAY_MS);
    assert_eq!(err(p.redeem(&link)), Some(VaultError::Denied(Reason::Token)));
    p.bench.house().sweep_caps().and(p.bench.house().sweep_links()).unwrap();
}

#[test]
fn a_customer_opens_his_own_orders_with_their_recipients() {
    let p = placed();
    let open = |cap: &CapToken| {
        redeemed(p.bench.ask(Role::Web, Request::OpenOrder { cap: cap.clone(), grant: p.grant.clone() }))
    };
    let cap = open(&p.bench.customer(id(1), "a@example.jp")).unwrap().cap;
    assert!(p.page(&cap, &[&p.gift]).is_ok());
    let stranger = p.bench.customer(id(9), "z@example.jp");
    assert_eq!(err(open(&stranger)), Some(VaultError::Denied(Reason::NotCovered)));
    assert_eq!(err(open(&p.cap)), Some(VaultError::Denied(Reason::NotCovered)));
    let Ok(Response::Identity(who)) = p.bench.ask(Role::Web, Request::WhoAmI { cap }) else {
        panic!("another answer")
    };
    assert_eq!(who.holder, Holder::GuestOrder { order: id(ORDER), person: id(1) });
}
