//! An order: the guest's capability, the grant for its mails, the link.

use super::*;
use crate::{
    clock::{DAY_MS, MINUTE_MS},
    grant::{MESSAGES_PER_KIND_MAX, OPENS_PER_MESSAGE_MAX},
};
use vault_api::{Column, Holder, LinkToken, MessageKind, OpenedMessage, Redeemed};

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
    let gift = Place::new(Column::OrderRecipientContact, id(50), id(2));
    let items = vec![item(&mail, "a@example.jp"), item(&gift, "栗田"), item(&other, "old@example.jp")];
    let mut sealed = bench.seal_order(None, items, id(ORDER), &[&mail, &gift]).unwrap();
    let mut next = || sealed.items.remove(0).sealed;
    let (mail, gift, other) = ((mail, next()), (gift, next()), (other, next()));
    let OrderGrant { guest_cap, message_grant } = sealed.grant;
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
fn an_order_has_two_entries_and_its_capability_outlives_a_restart() {
    let mut p = placed();
    let ledger = p.bench.ledger();
    let [seal, token] = &ledger[ledger.len() - 2..] else { panic!("two entries") };
    assert_eq!((seal["kind"].as_str(), token["kind"].as_str()), (Some("seal"), Some("token")));
    assert_eq!(seal["places"]["order_recipient.contact"], serde_json::json!([[id(2), id(50)]]));
    assert_eq!(
        (&token["orders"], &token["person"]),
        (&serde_json::json!([id(ORDER)]), &serde_json::json!(id(1)))
    );
    assert_eq!(token["asked"], "seal_order");
    p.bench.restart();
    assert_eq!(p.page(&p.cap, &[&p.mail]), Ok(vec![Ok("a@example.jp".into())]));
}

#[test]
fn a_customer_orders_with_his_own_capability() {
    let p = placed();
    let own = p.bench.customer(id(1), "a@example.jp");
    let (mine, gift) = (place("email", 8, 1), Place::new(Column::OrderRecipientContact, id(51), id(3)));
    let items = || vec![item(&mine, "a@example.jp"), item(&gift, "胡桃沢")];
    let sealed = p.bench.seal_order(Some(&own), items(), id(8), &[&mine, &gift]).unwrap();
    assert!(sealed.grant.guest_cap.is_none(), "his account opens his orders");
    let opened = p.message(&sealed.grant.message_grant, 200, MessageKind::OrderReceived, &[]);
    assert!(opened.is_ok());
    assert_eq!(
        p.bench.unseal(&own, Purpose::OwnAccount, &[(&mine, &sealed.items[0].sealed)]),
        Ok(vec![Ok("a@example.jp".into())])
    );
    let again = p.bench.seal_order(Some(&own), items(), id(9), &[&mine]);
    assert_eq!(err(again), Some(VaultError::Denied(Reason::NotCovered)), "the recipient exists by now");
}

#[test]
fn an_order_for_persons_who_are_not_covered() {
    let p = placed();
    let (mine, new) = (super::place("email", 30, 30), || item(&super::place("email", 30, 30), "x"));
    let ask = |cap: Option<&CapToken>, items: Vec<SealItem>, places: &[&Place]| {
        err(p.bench.seal_order(cap, items, id(31), places))
    };
    let refused = Some(VaultError::Denied(Reason::NotCovered));
    assert_eq!(ask(None, vec![item(&p.mail.0, "x")], &[&mine]), refused, "somebody who exists");
    assert_eq!(ask(None, vec![new()], &[&p.mail.0]), refused, "an order of somebody who exists");
    assert_eq!(ask(None, vec![new()], &[&mine, &p.gift.0]), refused, "somebody among the recipients");
    assert_eq!(
        ask(Some(&p.cap), vec![item(&p.mail.0, "x")], &[&p.mail.0]),
        refused,
        "a page is no right to order"
    );
    assert_eq!(ask(None, vec![new()], &[&mine]), None, "what was refused has left nobody behind");
    let orders = vec![OrderAsk { order: id(1), person: id(1), places: vec![p.mail.0] }];
    let answer = |role| p.bench.ask(role, Request::OrdersPlaced { orders: orders.clone() });
    assert_eq!(err(answer(Role::Web)), Some(VaultError::Denied(Reason::Role)));
    let Ok(Response::Granted(grants)) = answer(Role::Owner) else { panic!("the owner may import") };
    assert!(grants[0].guest_cap.is_none() && !grants[0].message_grant.is_empty());
}

#[test]
fn a_mail_is_opened_by_post_alone_again_and_again_with_one_link() {
    let p = placed();
    let first = p.message(&p.grant, 100, MessageKind::OrderReceived, &[&p.mail, &p.gift]).unwrap();
    let link = |mail: &OpenedMessage| *mail.order_link.as_ref().unwrap().reveal();
    let of_first = link(&first);
    let texts: Vec<_> = first.opened.into_iter().map(text).collect();
    assert_eq!(texts, [Ok("a@example.jp".into()), Ok("栗田".into())]);
    let again = p.message(&p.grant, 100, MessageKind::OrderReceived, &[&p.mail]).unwrap();
    assert!(link(&again) == of_first);
    let another = p.message(&p.grant, 101, MessageKind::Shipped, &[&p.mail]).unwrap();
    assert!(link(&another) != of_first);

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

/// Anybody can have it sent: it tells what concerns the address, and opens nothing.
#[test]
fn an_answer_has_no_link_to_the_order() {
    let p = placed();
    let links = || p.bench.house().store.all::<crate::house::Link>(crate::store::LINKS).unwrap().len();
    let before = links();
    let mail = p.message(&p.grant, 100, MessageKind::InquiryAnswer, &[&p.mail]).unwrap();
    assert!(mail.order_link.is_none() && mail.opened[0].is_ok());
    assert_eq!(links(), before);
}

#[test]
fn the_link_opens_the_order_for_90_days() {
    let mut p = placed();
    let link = p.message(&p.grant, 100, MessageKind::OrderReceived, &[]).unwrap().order_link.unwrap();
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
