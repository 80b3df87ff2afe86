//! Members: their address book, the pages of their orders, mails that are about no order, leaving.

use crate::{
    common::{NOW, both, index, order, orders, place, read, shop, staff, whole, write},
    payments::report,
};
use domain::{
    AddressId, FulfillmentId, Locale, MessageId, OrderId, PersonId,
    customer::CustomerStatus,
    fulfillment::Carrier,
    message::{DeliveryState, MessageKind},
    order::Channel,
    payment::{PaymentMethod, PaymentState},
};
use store::{
    By, Error, Sealed, Store,
    address::{self, ADDRESSES_MAX, Address},
    customer::{self, Customer},
    leaving::{self, Hindrance},
    order::{NewOrder, PlaceError},
    outbox,
};
use uuid::Uuid;

both!(
    the_address_book_is_ones_own,
    orders_of_a_member_page_by_page,
    a_mail_about_an_account_keeps_its_grant_until_it_leaves,
    leaving_waits_for_orders_and_money,
    whoever_left_leaves_no_sealed_field_and_no_index,
);

fn member(store: &Store) -> PersonId {
    let id = PersonId(Uuid::now_v7());
    let row = Customer {
        id,
        email: Sealed(vec![7; 64]),
        contact: Some(Sealed(vec![8; 160])),
        email_index: index(1),
        phone_index: Some(index(3)),
        name_index: Some(index(2)),
        locale: Locale::Ja,
        channel: Channel::Web,
        status: CustomerStatus::Active,
        created_at: NOW,
        updated_at: NOW,
    };
    write(store, move |tx| customer::insert(tx, &row));
    id
}

fn of(member: PersonId, new: NewOrder) -> NewOrder {
    NewOrder { customer: Some(member), person: member, ..new }
}

fn entry(byte: u8) -> Address {
    let id = AddressId(Uuid::now_v7());
    Address { id, contact: Sealed(vec![byte; 160]), created_at: NOW + i64::from(byte), updated_at: NOW }
}

fn the_address_book_is_ones_own(store: &Store) {
    let (anna, ben) = (member(store), member(store));
    let (first, second) = (entry(1), entry(2));
    let add = |who, entry: &Address| {
        let entry = entry.clone();
        write(store, move |tx| address::insert(tx, who, &entry))
    };
    assert!(add(anna, &first) && add(anna, &second));
    assert_eq!(read(store, |tx| address::of_customer(tx, anna)), [first.clone(), second.clone()]);
    let id = first.id;
    assert_eq!(read(store, |tx| address::get(tx, id, ben)), None, "another's");
    let changed = store.write_blocking(move |tx| address::set(tx, id, ben, &Sealed(vec![9]), NOW));
    assert!(matches!(changed, Err(Error::NotFound(_))));
    write(store, move |tx| address::remove(tx, id, ben));
    write(store, move |tx| address::set(tx, id, anna, &Sealed(vec![9]), NOW + 5));
    let kept = read(store, |tx| address::get(tx, id, anna)).unwrap();
    assert_eq!((kept.contact, kept.updated_at), (Sealed(vec![9]), NOW + 5));
    for byte in 2..ADDRESSES_MAX as u8 {
        assert!(add(anna, &entry(byte)));
    }
    assert!(!add(anna, &entry(99)) && add(ben, &entry(99)), "each book has its bound");
    write(store, move |tx| address::remove(tx, id, anna));
    assert!(add(anna, &entry(99)));
}

fn orders_of_a_member_page_by_page(store: &Store) {
    let (shop, anna) = (shop(store), member(store));
    let mut all: Vec<OrderId> = (0..5)
        .map(|n| {
            let new = of(anna, order(PaymentMethod::CashOnDelivery, &[(shop.variants[0], 1_080, 1)]));
            place(store, &NewOrder { placed_at: NOW + n, ..new }).id
        })
        .collect();
    all.reverse();
    let page = |skip| -> Vec<OrderId> {
        let orders = read(store, move |tx| store::order::of_customer(tx, anna, skip, 2));
        orders.iter().map(|o| o.id).collect()
    };
    assert_eq!([page(0), page(2), page(4)].concat(), all);
    assert!(page(6).is_empty());
    assert_eq!(read(store, move |tx| store::order::count_of_customer(tx, anna)), 5);
}

fn a_mail_about_an_account_keeps_its_grant_until_it_leaves(store: &Store) {
    let id = MessageId(Uuid::now_v7());
    let grant = Sealed(vec![5; 445]);
    let queued = grant.clone();
    write(store, move |tx| {
        outbox::enqueue_account(tx, id, &queued, Locale::En, NOW)?;
        outbox::enqueue_account(tx, id, &queued, Locale::En, NOW)
    });
    let attempt = Uuid::from_u128(1);
    let claim = |at| write(store, move |tx| outbox::claim(tx, attempt, at, 1_000, 10));
    let rows = claim(NOW);
    assert_eq!(rows.len(), 1, "queued once");
    assert_eq!((rows[0].kind, rows[0].order, rows[0].locale), (MessageKind::Account, None, Some(Locale::En)));
    assert_eq!(rows[0].account_grant, Some(grant.clone()));
    write(store, move |tx| outbox::retry(tx, id, attempt, NOW + 10, "later"));
    assert_eq!(claim(NOW + 10)[0].account_grant, Some(grant), "a mail that is tried again needs it");
    write(store, move |tx| outbox::sent(tx, id, attempt, NOW + 20));
    let row = read(store, move |tx| outbox::get(tx, id)).unwrap();
    assert_eq!((row.state, row.account_grant), (DeliveryState::Sent, None));
}

fn ship(store: &Store, id: OrderId) {
    let parcels: Vec<FulfillmentId> = whole(store, id).recipients.iter().map(|r| r.fulfillment.id).collect();
    for parcel in parcels {
        write(store, move |tx| {
            store::order::ship(tx, parcel, Carrier::Yamato, "123456789012", Some(staff()), NOW).map(|_| ())
        });
    }
}

fn leaving_waits_for_orders_and_money(store: &Store) {
    let (shop, anna) = (shop(store), member(store));
    let look = || read(store, move |tx| leaving::hindrance(tx, anna));
    let begin = || write(store, move |tx| leaving::begin(tx, anna, NOW));
    assert_eq!(look(), None);
    let cash = of(anna, order(PaymentMethod::CashOnDelivery, &[(shop.variants[0], 1_080, 1)]));
    place(store, &cash);
    assert_eq!((look(), begin()), (Some(Hindrance::OpenOrder), Err(Hindrance::OpenOrder)));
    let status = || read(store, move |tx| customer::get(tx, anna)).unwrap().status;
    assert_eq!(status(), CustomerStatus::Active, "nothing was begun");
    ship(store, cash.id);
    assert_eq!(look(), None);

    let card = of(anna, order(PaymentMethod::Card, &[(shop.variants[0], 1_080, 1)]));
    place(store, &card);
    let (id, total) = (card.id, card.total);
    let paid = report(id, PaymentState::Succeeded, total);
    write(store, move |tx| store::payment::apply(tx, &paid, NOW).map(|_| ()));
    write(store, move |tx| store::order::cancel(tx, id, None, NOW).map(|_| ()));
    assert_eq!(look(), Some(Hindrance::Money), "what was paid for nothing is owed");
    assert_eq!(read(store, |tx| leaving::hindrance(tx, PersonId(Uuid::nil()))), Some(Hindrance::NoAccount));
}

fn whoever_left_leaves_no_sealed_field_and_no_index(store: &Store) {
    let (shop, anna, ben) = (shop(store), member(store), member(store));
    let parcels: [&[_]; 2] = [&[(shop.variants[0], 1_080, 1)], &[(shop.variants[1], 2_160, 1)]];
    let mine = of(anna, orders(PaymentMethod::Card, &parcels));
    let mut mine = NewOrder { method: PaymentMethod::Card, ..mine };
    for recipient in &mut mine.recipients {
        (recipient.name_index, recipient.phone_index) = (Some(index(2)), Some(index(3)));
    }
    let theirs = of(ben, order(PaymentMethod::CashOnDelivery, &[(shop.variants[0], 1_080, 1)]));
    for new in [&mine, &theirs] {
        place(store, new);
    }
    let id = mine.id;
    write(store, move |tx| store::order::cancel(tx, id, None, NOW).map(|_| ()));
    let kept = entry(1);
    write(store, move |tx| address::insert(tx, anna, &kept).map(|_| ()));

    let grants = write(store, move |tx| leaving::begin(tx, anna, NOW)).unwrap();
    assert_eq!(grants, [vec![4; 200]]);
    let again = of(anna, order(PaymentMethod::CashOnDelivery, &[(shop.variants[0], 1_080, 1)]));
    let refused = store.write_blocking(move |tx| store::order::place(tx, &again));
    assert!(matches!(refused, Err(PlaceError::Leaving)), "orders nothing any more");
    assert_eq!(read(store, |tx| leaving::unfinished(tx, NOW + 1, 9)), [anna]);
    write(store, move |tx| leaving::stay(tx, anna, NOW));
    assert!(read(store, |tx| leaving::unfinished(tx, NOW + 1, 9)).is_empty());

    write(store, move |tx| leaving::begin(tx, anna, NOW)).unwrap();
    for _ in 0..2 {
        write(store, move |tx| leaving::close(tx, anna, NOW + 7));
    }
    let row = read(store, move |tx| customer::get(tx, anna)).unwrap();
    assert_eq!((row.email, row.contact), (Sealed(vec![7; 5]), Some(Sealed(vec![8; 5]))));
    assert_eq!((row.status, row.phone_index, row.name_index), (CustomerStatus::Closed, None, None));
    assert!(read(store, move |tx| address::of_customer(tx, anna)).is_empty());
    let left = whole(store, id);
    assert_eq!((left.order.email, left.order.contact), (Sealed(vec![2; 5]), Sealed(vec![3; 5])));
    assert!(left.recipients.iter().all(|r| r.contact == Sealed(vec![1; 5])));
    assert_eq!(left.order.total, mine.total, "the books stay");
    for by in [By::Email([index(1); 2]), By::Name([index(2); 2]), By::Phone([index(3); 2])] {
        let found = read(store, move |tx| store::order::find(tx, by));
        assert_eq!(found.iter().map(|o| o.id).collect::<Vec<_>>(), [theirs.id]);
        assert_eq!(
            read(store, move |tx| customer::find(tx, by)).iter().map(|c| c.id).collect::<Vec<_>>(),
            [ben]
        );
    }
    assert_eq!(read(store, move |tx| leaving::hindrance(tx, anna)), Some(Hindrance::NoAccount));
}
