//! Nothing is sold that is not there.

use crate::common::{NOW, audit, both, level, order, place, shop, staff, write};
use domain::{payment::PaymentMethod, stock::StockReason};
use std::{
    sync::atomic::{AtomicU32, Ordering},
    thread,
};
use store::{Error, Span, Store, order::PlaceError, stock};

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
    let history = store.read_blocking(move |tx| stock::history(tx, variant, Span::ALWAYS, 10)).unwrap();
    let reasons: Vec<_> = history.iter().map(|a| (a.reason, a.quantity, a.after.on_hand)).collect();
    use StockReason as R;
    assert_eq!(
        reasons,
        [(R::Count, 12, 12), (R::WriteOff, 2, 13), (R::Receive, 5, 15), (R::Receive, 10, 10)]
    );
    assert_eq!(history[0].cause.staff, Some(staff()));
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
}
