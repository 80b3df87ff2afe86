//! The books added up.

use crate::common::{NOW, both, order, place, read, shop, write};
use crate::payments::report;
use domain::{
    Yen,
    payment::{PaymentMethod, PaymentState},
};
use store::{Span, Store, payment, tally};

both!(orders_pieces_and_money_are_added_up);

fn orders_pieces_and_money_are_added_up(store: &Store) {
    let shop = shop(store);
    let tally = |method| read(store, move |tx| tally::orders(tx, Span::ALWAYS, method));
    let empty = tally(PaymentMethod::Card);
    assert_eq!((empty.orders, empty.total, empty.pieces, empty.received), (0, Yen::ZERO, 0, Yen::ZERO));
    let paid = order(PaymentMethod::Card, &[(shop.variants[0], 1_080, 2)]);
    let open = order(PaymentMethod::Card, &[(shop.variants[1], 2_160, 1)]);
    let gone = order(PaymentMethod::Card, &[(shop.variants[1], 2_160, 4)]);
    let cash = order(PaymentMethod::CashOnDelivery, &[(shop.variants[0], 1_080, 3)]);
    for new in [&paid, &open, &gone, &cash] {
        place(store, new);
    }
    let (came, gone) = (report(paid.id, PaymentState::Succeeded, paid.total), gone.id);
    write(store, move |tx| {
        store::order::cancel(tx, gone, None, NOW)?;
        payment::apply(tx, &came, NOW + 10)
    });
    let cards = tally(PaymentMethod::Card);
    assert_eq!((cards.orders, cards.waiting, cards.pieces, cards.paid), (1, 1, 3, 1));
    assert_eq!((cards.total, cards.received), (paid.total, paid.total));
    let at_the_door = tally(PaymentMethod::CashOnDelivery);
    assert_eq!((at_the_door.orders, at_the_door.pieces, at_the_door.paid), (1, 3, 0));
    assert_eq!(at_the_door.total, cash.total);
    assert_eq!(read(store, tally::promised), 6);
    let later = Span { from: NOW + 1, until: i64::MAX };
    assert_eq!(read(store, move |tx| tally::orders(tx, later, PaymentMethod::Card)).orders, 0);
}
