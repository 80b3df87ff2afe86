//! Of whom an export tells.

use crate::common::{NOW, both, orders, place, read, shop, write};
use domain::{PersonId, customer::CustomerStatus, payment::PaymentMethod};
use store::{
    Sealed, Span, Store, customer,
    customer::Customer,
    export::{Rows, rows},
};
use uuid::Uuid;

both!(customers_of_a_time_who_are_there, orders_with_all_their_recipients);

fn customers_of_a_time_who_are_there(store: &Store) {
    let one = |byte: u8, at| Customer { created_at: at, ..super::people::customer_of(byte) };
    write(store, move |tx| {
        customer::insert(tx, &one(1, NOW - 1))?;
        customer::insert(tx, &one(2, NOW))?;
        customer::insert(tx, &Customer { contact: Some(Sealed(vec![3; 96])), ..one(3, NOW + 5) })?;
        customer::insert(tx, &one(4, NOW + 6))?;
        customer::insert(tx, &one(5, NOW + 10))?;
        customer::set_status(tx, PersonId(Uuid::from_u128(4)), CustomerStatus::Closed, NOW + 7)
    });
    let span = Span { from: NOW, until: NOW + 10 };
    let of = |which, limit| read(store, move |tx| rows(tx, which, span, limit));
    let id = |n| (Uuid::from_u128(n), Uuid::from_u128(n));
    assert_eq!(of(Rows::Customers, 10), [id(2), id(3)]);
    assert_eq!(of(Rows::CustomersContacts, 10), [id(3)]);
    assert_eq!(of(Rows::Customers, 1), [id(2)], "as many as are wanted, the oldest first");
    assert_eq!(of(Rows::Orders, 10), []);
}

fn orders_with_all_their_recipients(store: &Store) {
    let shop = shop(store);
    let a = shop.variants[0];
    let placed = |at, parcels: &[&[(domain::VariantId, i64, u32)]]| {
        let mut new = orders(PaymentMethod::Card, parcels);
        new.placed_at = at;
        place(store, &new);
        new
    };
    placed(NOW - 1, &[&[(a, 1_080, 1)]]);
    let two = placed(NOW, &[&[(a, 1_080, 1)], &[(a, 1_080, 1)]]);
    let one = placed(NOW + 1, &[&[(a, 1_080, 1)]]);
    let span = Span { from: NOW, until: NOW + 10 };
    let of = |which| read(store, move |tx| rows(tx, which, span, 10));
    assert_eq!(of(Rows::Orders), [(two.id.0, two.person.0), (one.id.0, one.person.0)]);
    let recipients = two.recipients.iter().chain(&one.recipients).map(|r| (r.id.0, r.person.0));
    assert_eq!(of(Rows::Recipients), recipients.collect::<Vec<_>>());
}
