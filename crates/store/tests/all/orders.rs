//! Orders: placed once, cancelled, shipped, found.

use crate::common::{
    NOW, audit, both, card_entry, index, level, order, orders, place, read, shop, staff, whole, write,
};
use domain::{
    OrderId, Yen,
    card_entry::Step,
    catalog::SaleStatus,
    fulfillment::{Carrier, FulfillmentState},
    message::MessageKind,
    order::{OrderState, is_order_number},
    payment::{PaymentMethod, PaymentState},
};
use std::thread;
use store::{
    By, Error, Span, Store, cart,
    order::{self, Filter, Past, PastParcel, PastPayment, PlaceError},
    visit,
};

both!(
    placed_whole,
    placed_once_however_often_sent,
    placed_once_when_sent_at_the_same_time,
    refused_whole,
    cash_is_confirmed_at_once,
    shipping_the_last_parcel_completes,
    two_clerks_ship_two_parcels,
    cancel_frees_the_stock,
    the_rest_of_a_partly_shipped_order_can_be_stopped,
    held_orders_stay,
    found_by_number_and_index,
    recipients_are_found_as_buyers_are,
    listed_by_page,
    the_past_moves_nothing,
    numbers_can_be_passed_over,
);

fn numbers_can_be_passed_over(store: &Store) {
    let shop = shop(store);
    let next = || -> u32 {
        let new = orders(PaymentMethod::Card, &[&[(shop.variants[0], 1_080, 1)]]);
        let number = place(store, &new).number;
        assert!(is_order_number(&number), "{number}");
        number[4..12].replace('-', "").parse().unwrap()
    };
    let first = next();
    write(store, |tx| order::skip_numbers(tx, 10_000));
    let second = next();
    assert!((first + 10_001..first + 10_100).contains(&second), "{first}, then {second}");
}

fn placed_whole(store: &Store) {
    let shop = shop(store);
    let (a, b) = (shop.variants[0], shop.variants[1]);
    let visit = visit::Visit {
        id_hash: [7; 32],
        csrf_nonce: [0; 32],
        locale: domain::Locale::Ja,
        created_at: NOW,
        last_seen_at: NOW,
    };
    write(store, move |tx| {
        visit::insert(tx, &visit)?;
        cart::add(tx, &[7; 32], a, 1, NOW)
    });
    let entry = card_entry(store, [7; 32]);
    let mut new = orders(PaymentMethod::Card, &[&[(a, 1_080, 2), (b, 2_160, 1)], &[(a, 1_080, 3)]]);
    new.cart = Some([7; 32]);
    new.card_entry = Some(entry);
    let placed = place(store, &new);
    assert!(is_order_number(&placed.number) && !placed.already, "{}", placed.number);
    assert_eq!((placed.state, placed.total), (OrderState::AwaitingPayment, new.total));
    let whole = whole(store, new.id);
    assert_eq!(
        (whole.order.email.clone(), whole.order.message_grant.clone()),
        (new.email, new.message_grant)
    );
    assert_eq!(whole.taxes, new.taxes);
    assert_eq!(whole.recipients.iter().map(|r| r.lines.len()).collect::<Vec<_>>(), [2, 1]);
    let first = &whole.recipients[0];
    assert!(first.is_orderer && first.person == new.person);
    assert_eq!(first.delivery_date, Some(jiff::civil::date(2026, 12, 24)));
    assert_eq!(first.fulfillment.state, FulfillmentState::Unfulfilled);
    assert_eq!((whole.payments.len(), whole.payments[0].amount), (1, new.total));
    assert_eq!(whole.payments[0].state, PaymentState::RequiresPaymentMethod);
    assert_eq!(whole.log[0].event, "placed");
    assert_eq!(whole.messages.iter().map(|m| m.kind).collect::<Vec<_>>(), [MessageKind::OrderReceived]);
    assert_eq!((level(store, a), level(store, b)), ((10, 5), (10, 1)));
    assert!(read(store, |tx| cart::lines(tx, &[7; 32])).is_empty());
    let entry = read(store, |tx| store::card_entry::get(tx, entry)).unwrap();
    assert_eq!(
        (entry.order, entry.person, entry.step),
        (Some(new.id), Some(new.person), Step::SentToProcessor)
    );
    assert_eq!(audit(store, &shop), 1);
    // What would be printed by accident.
    let printed = format!("{whole:?}");
    assert!(printed.contains("Sealed(64 bytes)") && printed.contains("MessageGrant(…)"));
    assert!(!printed.contains("[2, 2"));
}

fn placed_once_however_often_sent(store: &Store) {
    let shop = shop(store);
    let new = order(PaymentMethod::CashOnDelivery, &[(shop.variants[0], 1_080, 2)]);
    let first = place(store, &new);
    let second = place(store, &new);
    assert!(!first.already && second.already);
    assert_eq!((&first.number, first.state), (&second.number, second.state));
    assert_eq!((level(store, shop.variants[0]), audit(store, &shop)), ((10, 2), 1));
}

fn placed_once_when_sent_at_the_same_time(store: &Store) {
    let shop = shop(store);
    let new = order(PaymentMethod::Card, &[(shop.variants[0], 1_080, 2)]);
    let numbers: Vec<_> = thread::scope(|scope| {
        let sent: Vec<_> = (0..8).map(|_| scope.spawn(|| place(store, &new))).collect();
        sent.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert_eq!(numbers.iter().filter(|p| !p.already).count(), 1);
    assert!(numbers.iter().all(|p| p.number == numbers[0].number));
    assert_eq!((level(store, shop.variants[0]), audit(store, &shop)), ((10, 2), 1));
}

fn refused_whole(store: &Store) {
    let shop = shop(store);
    let (a, b) = (shop.variants[0], shop.variants[1]);
    let try_place = |new: order::NewOrder| store.write_blocking(move |tx| order::place(tx, &new));
    // The first variant would fit: nothing of it may stay reserved.
    let greedy = try_place(order(PaymentMethod::Card, &[(a, 1_080, 2), (b, 2_160, 11)]));
    assert_eq!(greedy, Err(PlaceError::OutOfStock { variant: b, available: 10 }));
    let split = try_place(orders(PaymentMethod::Card, &[&[(a, 1_080, 6)], &[(a, 1_080, 6)]]));
    assert_eq!(split, Err(PlaceError::OutOfStock { variant: a, available: 10 }));
    let cheap = try_place(order(PaymentMethod::Card, &[(a, 1, 1)]));
    assert_eq!(cheap, Err(PlaceError::Changed { variant: a }));
    let mut wrong = order(PaymentMethod::Card, &[(a, 1_080, 1)]);
    wrong.total = Yen::new(1);
    assert!(matches!(try_place(wrong), Err(PlaceError::Store(Error::Inconsistent(_)))));
    let product = shop.product;
    write(store, move |tx| store::product::set_status(tx, product, SaleStatus::Ended, NOW));
    let ended = try_place(order(PaymentMethod::Card, &[(a, 1_080, 1)]));
    assert_eq!(ended, Err(PlaceError::Changed { variant: a }));
    assert_eq!((level(store, a), level(store, b), audit(store, &shop)), ((10, 0), (10, 0), 0));
}

fn cash_is_confirmed_at_once(store: &Store) {
    let shop = shop(store);
    let new = order(PaymentMethod::CashOnDelivery, &[(shop.variants[0], 1_080, 1)]);
    assert_eq!(place(store, &new).state, OrderState::Confirmed);
    let id = new.id;
    write(store, move |tx| store::payment::cash_collected(tx, id, NOW + 1));
    let paid = &whole(store, id).payments[0];
    assert_eq!((paid.state, paid.received), (PaymentState::Succeeded, new.total));
    let again = store.write_blocking(move |tx| store::payment::cash_collected(tx, id, NOW + 2));
    assert!(matches!(again, Err(Error::Refused(_))));
}

/// A confirmed order for two recipients.
fn for_two(store: &Store, shop: &crate::common::Shop) -> OrderId {
    let new =
        orders(PaymentMethod::Card, &[&[(shop.variants[0], 1_080, 2)], &[(shop.variants[1], 2_160, 1)]]);
    place(store, &new);
    let report = crate::payments::report(new.id, PaymentState::Succeeded, new.total);
    write(store, move |tx| store::payment::apply(tx, &report, NOW));
    new.id
}

fn shipping_the_last_parcel_completes(store: &Store) {
    let shop = shop(store);
    let id = for_two(store, &shop);
    let [one, two] = [0, 1].map(|i| whole(store, id).recipients[i].fulfillment.id);
    let ship = |parcel, at| {
        store.write_blocking(move |tx| {
            order::ship(tx, parcel, Carrier::Yamato, "123456789012", Some(staff()), at)
        })
    };
    assert!(!ship(one, NOW + 1).unwrap().completed);
    assert_eq!(level(store, shop.variants[0]), (8, 0));
    assert!(matches!(ship(one, NOW + 2), Err(Error::Refused(_))), "a parcel leaves once");
    assert!(matches!(
        store.write_blocking(move |tx| order::cancel(tx, id, Some(staff()), NOW + 3)),
        Err(Error::Refused(_))
    ));
    assert!(ship(two, NOW + 4).unwrap().completed);
    write(store, move |tx| order::deliver(tx, one, NOW + 5));
    let end = whole(store, id);
    assert_eq!(end.order.state, OrderState::Completed);
    assert_eq!(end.recipients[0].fulfillment.state, FulfillmentState::Delivered);
    assert_eq!(end.recipients[0].fulfillment.tracking_number.as_deref(), Some("123456789012"));
    assert_eq!(end.recipients[0].fulfillment.shipped_at, Some(NOW + 1));
    use MessageKind as M;
    let kinds: Vec<_> = end.messages.iter().map(|m| m.kind).collect();
    assert_eq!(kinds, [M::OrderReceived, M::PaymentReceived, M::Shipped, M::Shipped]);
    let events: Vec<_> = end.log.iter().map(|l| l.event.as_str()).collect();
    assert_eq!(events, ["placed", "payment_settled", "shipped", "shipped", "all_shipped"]);
    assert_eq!(end.log[2].staff, Some(staff()));
    audit(store, &shop);
}

/// Each sees the other's parcel still in the house; one of them must see that it shipped the last one.
fn two_clerks_ship_two_parcels(store: &Store) {
    let shop = shop(store);
    for _ in 0..4 {
        let id = for_two(store, &shop);
        let parcels = [0, 1].map(|i| whole(store, id).recipients[i].fulfillment.id);
        let completed: Vec<bool> = thread::scope(|scope| {
            let clerks = parcels.map(|parcel| {
                scope.spawn(move || {
                    write(store, move |tx| {
                        order::ship(tx, parcel, Carrier::Sagawa, "123456789012", None, NOW)
                    })
                    .completed
                })
            });
            clerks.into_iter().map(|c| c.join().unwrap()).collect()
        });
        assert_eq!(completed.iter().filter(|c| **c).count(), 1);
        assert_eq!(whole(store, id).order.state, OrderState::Completed);
    }
}

fn cancel_frees_the_stock(store: &Store) {
    let shop = shop(store);
    let cash = order(PaymentMethod::CashOnDelivery, &[(shop.variants[0], 1_080, 3)]);
    place(store, &cash);
    let id = cash.id;
    let done = write(store, move |tx| order::cancel(tx, id, Some(staff()), NOW + 1));
    assert!(done.refunds.is_empty() && !done.close_payment);
    assert_eq!(level(store, shop.variants[0]), (10, 0));
    let after = whole(store, id);
    assert_eq!((after.order.state, after.payments[0].state), (OrderState::Canceled, PaymentState::Canceled));
    assert_eq!(after.recipients[0].fulfillment.state, FulfillmentState::Canceled);
    assert_eq!(after.messages.last().unwrap().kind, MessageKind::Canceled);
    let again = store.write_blocking(move |tx| order::cancel(tx, id, None, NOW + 2));
    assert!(matches!(again, Err(Error::Refused(_))));
    // Not paid yet: the page at the processor must be closed.
    let open = order(PaymentMethod::Card, &[(shop.variants[0], 1_080, 3)]);
    place(store, &open);
    let id = open.id;
    let done = write(store, move |tx| order::cancel(tx, id, None, NOW + 1));
    assert!(done.refunds.is_empty() && done.close_payment);
    // Paid: the money goes back.
    let paid = for_two(store, &shop);
    let total = whole(store, paid).order.total;
    let done = write(store, move |tx| order::cancel(tx, paid, Some(staff()), NOW + 1));
    assert_eq!((done.refunds[0].amount, done.close_payment), (total, false));
    assert_eq!((level(store, shop.variants[0]), level(store, shop.variants[1])), ((10, 0), (10, 0)));
    audit(store, &shop);
}

fn the_rest_of_a_partly_shipped_order_can_be_stopped(store: &Store) {
    let shop = shop(store);
    let id = for_two(store, &shop);
    let refused = |what: &str| {
        let stopped = store.write_blocking(move |tx| order::stop_rest(tx, id, staff(), NOW + 2));
        assert!(matches!(stopped, Err(Error::Refused(_))), "{what}");
    };
    refused("nothing has left yet: cancel it instead");
    let before = (level(store, shop.variants[0]), level(store, shop.variants[1]));
    let parcel = whole(store, id).recipients[0].clone();
    let shipped = parcel.fulfillment.id;
    let ship =
        move |tx: &mut store::Tx<'_>| order::ship(tx, shipped, Carrier::Yamato, "123456789012", None, NOW);
    assert!(!write(store, ship).completed);
    let canceled = store.write_blocking(move |tx| order::cancel(tx, id, Some(staff()), NOW + 1));
    assert!(matches!(canceled, Err(Error::Refused(_))), "a parcel has left");
    write(store, move |tx| order::hold(tx, id, "refunded", Some(staff()), NOW + 1));
    write(store, move |tx| order::stop_rest(tx, id, staff(), NOW + 2));
    let after = whole(store, id);
    assert_eq!((after.order.state, after.order.hold_reason), (OrderState::Completed, None));
    let states: Vec<_> = after.recipients.iter().map(|r| r.fulfillment.state).collect();
    assert_eq!(states, [FulfillmentState::Shipped, FulfillmentState::Canceled]);
    // What left is gone, what did not can be sold again.
    let sum = |levels: ((u32, u32), (u32, u32))| (levels.0.0 + levels.1.0, levels.0.1 + levels.1.1);
    let gone: u32 = parcel.lines.iter().map(|l| l.quantity).sum();
    let now = (level(store, shop.variants[0]), level(store, shop.variants[1]));
    assert_eq!((sum(now).0, sum(now).1), (sum(before).0 - gone, 0));
    refused("it is over");
    audit(store, &shop);
}

fn held_orders_stay(store: &Store) {
    let shop = shop(store);
    let new = order(PaymentMethod::CashOnDelivery, &[(shop.variants[0], 1_080, 1)]);
    place(store, &new);
    let id = new.id;
    let parcel = whole(store, id).recipients[0].fulfillment.id;
    let ship =
        move |tx: &mut store::Tx<'_>| order::ship(tx, parcel, Carrier::JapanPost, "1234567890", None, NOW);
    write(store, move |tx| order::hold(tx, id, "address", Some(staff()), NOW));
    assert!(matches!(store.write_blocking(ship), Err(Error::Refused(_))));
    write(store, move |tx| order::release_hold(tx, id, staff(), NOW));
    assert!(write(store, ship).completed);
}

fn found_by_number_and_index(store: &Store) {
    let shop = shop(store);
    let mut new = order(PaymentMethod::Card, &[(shop.variants[0], 1_080, 1)]);
    (new.email_index, new.name_index, new.phone_index) = (index(11), index(12), index(13));
    let placed = place(store, &new);
    let id = new.id;
    assert_eq!(read(store, move |tx| order::by_number(tx, &placed.number)).unwrap().id, id);
    for by in [By::Email([index(11); 2]), By::Name([index(12); 2]), By::Phone([index(13); 2])] {
        assert_eq!(read(store, move |tx| order::find(tx, by)).iter().map(|o| o.id).collect::<Vec<_>>(), [id]);
    }
    assert!(read(store, |tx| order::find(tx, By::Email([index(12); 2]))).is_empty());
    let person = new.person;
    assert_eq!(read(store, move |tx| order::of_person(tx, person)).len(), 1);
    assert!(read(store, move |tx| order::of_customer(tx, person, 0, 10)).is_empty(), "a guest");
}

fn recipients_are_found_as_buyers_are(store: &Store) {
    let shop = shop(store);
    let piece = (shop.variants[0], 1_080, 1);
    let mut new = orders(PaymentMethod::Card, &[&[piece], &[piece], &[piece]]);
    (new.recipients[1].name_index, new.recipients[1].phone_index) = (Some(index(21)), Some(index(22)));
    (new.recipients[2].name_index, new.recipients[2].phone_index) = (Some(index(21)), Some(index(23)));
    place(store, &new);
    place(store, &order(PaymentMethod::Card, &[piece]));
    for by in [By::Name([index(21); 2]), By::Phone([index(22); 2]), By::Phone([index(23); 2])] {
        let found = read(store, move |tx| order::find(tx, by));
        assert_eq!(found.iter().map(|o| o.id).collect::<Vec<_>>(), [new.id], "once, for all its recipients");
    }
    assert_eq!(read(store, |tx| order::find(tx, By::Name([index(2); 2]))).len(), 2, "buyers as before");
    assert!(read(store, |tx| order::find(tx, By::Phone([index(21); 2]))).is_empty());
    let place = whole(store, new.id).recipients[1].noshi_place;
    assert_eq!(place, domain::noshi::NoshiPlace::Outside);
}

fn listed_by_page(store: &Store) {
    let shop = shop(store);
    for i in 0..7 {
        let method = if i % 2 == 0 { PaymentMethod::Card } else { PaymentMethod::CashOnDelivery };
        let mut new = order(method, &[(shop.variants[0], 1_080, 1)]);
        // Some at the same moment.
        new.placed_at = NOW + i64::from(i) / 3;
        place(store, &new);
    }
    let seen = |state, oldest_first| {
        let mut seen = Vec::new();
        let mut filter = Filter { state, oldest_first, limit: 3, ..Filter::default() };
        loop {
            let page = read(store, move |tx| order::list(tx, &filter));
            let Some(last) = page.last() else { break seen };
            filter.after = Some((last.placed_at, last.id));
            seen.extend(page.iter().map(|o| (o.placed_at, o.id)));
        }
    };
    for (state, all) in [(None, 7), (Some(OrderState::AwaitingPayment), 4)] {
        let (mut newest, oldest) = (seen(state, false), seen(state, true));
        assert_eq!(newest.len(), all);
        assert!(newest.is_sorted_by(|a, b| a > b), "newest first, none twice");
        newest.reverse();
        assert_eq!(newest, oldest);
    }
    let cash = Filter { state: Some(OrderState::Confirmed), ..Filter::default() };
    assert_eq!(read(store, move |tx| order::list(tx, &cash)).len(), 3);
    let first = Filter { placed: Span { from: NOW, until: NOW + 1 }, ..Filter::default() };
    assert_eq!(read(store, move |tx| order::list(tx, &first)).len(), 3);
    let counts = read(store, order::counts);
    assert_eq!(counts, [(OrderState::AwaitingPayment, 4), (OrderState::Confirmed, 3)]);
    let sales = read(store, |tx| order::sales(tx, Span::ALWAYS));
    assert_eq!((sales.orders, sales.total), (3, Yen::new(3 * (1_080 + 750 + 330))));
}

fn the_past_moves_nothing(store: &Store) {
    let shop = shop(store);
    let mut new = order(PaymentMethod::Card, &[(shop.variants[0], 900, 20)]);
    new.placed_at = NOW - 400 * 86_400_000;
    new.channel = domain::order::Channel::Import;
    let past = Past {
        state: OrderState::Completed,
        ended_at: new.placed_at + 1,
        payments: vec![PastPayment {
            state: PaymentState::Succeeded,
            received: new.total,
            refunded: Yen::ZERO,
            brand: Some("visa".into()),
            last4: Some("4242".into()),
            fingerprint: Some("fp".into()),
            failure_code: None,
            three_d_secure: None,
            created_at: new.placed_at,
            updated_at: new.placed_at + 1,
        }],
        parcels: vec![PastParcel {
            carrier: Carrier::Yamato,
            tracking_number: "123456789012".into(),
            shipped_at: new.placed_at + 1,
            delivered_at: None,
        }],
    };
    let (id, at) = (new.id, new.placed_at);
    let number = write(store, move |tx| order::import(tx, &new, &past));
    assert!(number.starts_with("R25-"), "{number}");
    let whole = whole(store, id);
    assert_eq!((whole.order.state, whole.messages.len()), (OrderState::Completed, 0));
    assert_eq!(whole.recipients[0].fulfillment.state, FulfillmentState::Shipped);
    assert_eq!(whole.payments[0].last4.as_deref(), Some("4242"));
    assert_eq!(whole.order.updated_at, at + 1);
    assert_eq!(level(store, shop.variants[0]), (10, 0));
    let open = order(PaymentMethod::Card, &[(shop.variants[0], 900, 1)]);
    let bad = Past { state: OrderState::Confirmed, ended_at: 0, payments: vec![], parcels: vec![] };
    assert!(store.write_blocking(move |tx| order::import(tx, &open, &bad)).is_err());
}
