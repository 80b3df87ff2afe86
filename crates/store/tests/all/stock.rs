//! Nothing is sold that is not there.

use crate::common::{NOW, audit, both, level, order, place, shop, staff, write};
use domain::{payment::PaymentMethod, stock::StockReason};
use std::{
    sync::atomic::{AtomicU32, Ordering},
    thread,
};
use store::{
    Error, Span, Store,
    order::PlaceError,
    stock::{self, Moves},
};

both!(fifty_buyers_want_the_last_ten, counting_and_history, a_count_below_what_is_promised);

fn fifty_buyers_want_the_last_ten(store: &Store) {
    let shop = shop(store);
    let variant = shop.variants[0];
    let (sold, refused) = (AtomicU32::new(0), AtomicU32::new(0));
    thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| {
                let new = order(PaymentMethod::CashOnDelivery, &[(variant, 1_080, 1)]);
                match store.write_blocking(move |tx| store::order::place(tx, &new)) {
                    Ok(_) => sold.fetch_add(1, Ordering::Relaxed),
                    Err(PlaceError::OutOfStock { variant: which, available: 0 }) if which == variant => {
                        refused.fetch_add(1, Ordering::Relaxed)
                    }
                    Err(e) => panic!("{e}"),
                };
            });
        }
    });
    assert_eq!((sold.into_inner(), refused.into_inner()), (10, 40));
    assert_eq!(level(store, variant), (10, 10));
    assert_eq!(audit(store, &shop), 10);
}

fn counting_and_history(store: &Store) {
    let shop = shop(store);
    let variant = shop.variants[0];
    let after = write(store, move |tx| {
        stock::receive(tx, variant, 5, staff().into(), NOW + 1)?;
        stock::adjust(tx, variant, StockReason::WriteOff, 2, staff().into(), NOW + 2)?;
        stock::count(tx, variant, 12, staff().into(), NOW + 3)
    });
    assert_eq!((after.on_hand, after.reserved), (12, 0));
    let history = store.read_blocking(move |tx| stock::history(tx, variant, Moves::ALL, 10, 0)).unwrap();
    let reasons: Vec<_> = history.iter().map(|a| (a.reason, a.quantity, a.after.on_hand)).collect();
    use StockReason as R;
    assert_eq!(
        reasons,
        [(R::Count, 12, 12), (R::WriteOff, 2, 13), (R::Receive, 5, 15), (R::Receive, 10, 10)]
    );
    assert_eq!(history[0].cause.staff, Some(staff()));
    let before: Vec<_> = history.iter().map(|a| a.before.unwrap().on_hand).collect();
    assert_eq!(before, [13, 15, 10, 0]);
    let span = Span { from: NOW + 1, until: NOW + 3 };
    let some = |which, limit, offset| {
        store.read_blocking(move |tx| stock::history(tx, variant, which, limit, offset)).unwrap()
    };
    let received = Moves { reason: Some(R::Receive), ..Moves::ALL };
    assert_eq!(some(received, 10, 0), [history[2].clone(), history[3].clone()]);
    assert_eq!(some(Moves { span, ..Moves::ALL }, 10, 0), history[1..3]);
    assert_eq!(some(Moves::ALL, 2, 1), history[1..3]);
    let count = |which| store.read_blocking(move |tx| stock::count_history(tx, variant, which)).unwrap();
    assert_eq!(
        (count(Moves::ALL), count(received), count(Moves { span, reason: Some(R::Count) })),
        (4, 2, 0)
    );
    let low = store.read_blocking(move |tx| stock::low(tx, 10, 10)).unwrap();
    assert_eq!(low.iter().map(|(v, _)| *v).collect::<Vec<_>>(), [shop.variants[1]]);
}

fn a_count_below_what_is_promised(store: &Store) {
    let shop = shop(store);
    let variant = shop.variants[0];
    place(store, &order(PaymentMethod::Card, &[(variant, 1_080, 4)]));
    let counted = store.write_blocking(move |tx| stock::count(tx, variant, 3, staff().into(), NOW));
    assert!(matches!(counted, Err(Error::Refused(_))));
    assert_eq!(level(store, variant), (10, 4));
    let last = store.read_blocking(move |tx| stock::history(tx, variant, Moves::ALL, 1, 0)).unwrap();
    let levels = last[0]
        .before
        .map(|b| (b.on_hand, b.reserved))
        .zip(Some((last[0].after.on_hand, last[0].after.reserved)));
    assert_eq!(levels, Some(((10, 0), (10, 4))), "what was promised, and to whom");
    assert!(last[0].cause.order.is_some());
}
