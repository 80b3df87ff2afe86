//! What the history holds, whatever the day.

use super::*;
use std::collections::{HashMap, HashSet};

fn goods() -> Vec<Goods> {
    let goods: Vec<Goods> = (1..=60)
        .map(|n| Goods {
            variant: VariantId(uuid::Uuid::from_u128(n)),
            price: Yen::new(180 * n as i64),
            tax: if n % 20 == 0 { TaxClass::Standard } else { TaxClass::Reduced },
            cool: n % 9 == 0,
            // Some are sold out, some nearly.
            on_hand: [0, 1, 3, 40][n as usize % 4],
        })
        .collect();
    goods
}

fn history() -> History {
    History::make(&goods(), 1_795_000_000_000)
}

#[test]
fn what_is_still_to_be_sent_is_there() {
    for day in 0..5 {
        let goods = goods();
        let h = History::make(&goods, 1_795_000_000_000 + day * DAY_MS);
        assert_eq!(h.orders.len(), ORDERS);
        let mut promised: HashMap<VariantId, u32> = HashMap::new();
        let open: Vec<_> = h.orders.iter().filter(|o| o.ending == Ending::Open).collect();
        for line in open.iter().flat_map(|o| &o.parcels).flat_map(|p| &p.lines) {
            *promised.entry(line.variant).or_default() += line.quantity;
        }
        assert!(!promised.is_empty());
        for g in &goods {
            assert!(promised.get(&g.variant).is_none_or(|n| *n <= g.on_hand));
        }
    }
}

#[test]
fn holds_every_kind_that_a_desk_must_tell_apart() {
    let h = history();
    assert_eq!((h.customers.len(), h.orders.len(), h.left.len()), (CUSTOMERS, ORDERS, LEFT_CARTS));
    let count = |f: &dyn Fn(&PastOrder) -> bool| h.orders.iter().filter(|o| f(o)).count();
    assert!(count(&|o| o.customer.is_none()) > 1_000, "guests");
    assert!(count(&|o| o.recipients.iter().any(|r| r.person != o.person)) > 1_500, "gifts");
    assert!(count(&|o| o.recipients.len() > 1) > 200, "several recipients");
    assert!(count(&|o| o.ending == Ending::Abandoned) > 100, "abandoned");
    assert!(count(&|o| o.ending == Ending::Declined) > 50, "declined");
    assert!(count(&|o| o.cards.len() > 1) > 100, "failed first");
    assert!(count(&|o| o.method == PaymentMethod::CashOnDelivery) > 400, "cash");
    let today: HashMap<PersonId, &str> =
        h.customers.iter().map(|c| (c.id, c.someone.email.reveal())).collect();
    assert!(
        count(&|o| o.customer.is_some_and(|c| today[&c] != o.orderer.email.reveal())) > 100,
        "changed mail"
    );
    let cards: HashSet<(PersonId, &str)> =
        h.orders.iter().flat_map(|o| o.cards.iter().map(|c| (o.person, c.fingerprint.as_str()))).collect();
    let mut per_person: HashMap<PersonId, usize> = HashMap::new();
    cards.iter().for_each(|(p, _)| *per_person.entry(*p).or_default() += 1);
    assert!(per_person.values().filter(|n| **n > 1).count() > 100, "several cards");
}

#[test]
fn the_same_again() {
    let (a, b) = (history(), history());
    assert!(a.orders.iter().zip(&b.orders).all(|(a, b)| a.id == b.id && a.quote == b.quote));
    let ids: HashSet<OrderId> = a.orders.iter().map(|o| o.id).collect();
    assert_eq!(ids.len(), ORDERS);
    let mails: HashSet<&str> = a.customers.iter().map(|c| c.someone.email.reveal()).collect();
    assert_eq!(mails.len(), CUSTOMERS, "each customer has an address of his own");
}
