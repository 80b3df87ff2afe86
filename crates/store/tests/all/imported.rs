//! Records of other shop systems, on both databases.

use crate::{
    common::{NOW, both, index, orders, place, read, shop, write},
    people::customer_of,
};
use domain::payment::PaymentMethod;
use store::{BlindIndex, Error, Sealed, Store, customer, history, imported::*, order::NewOrder};
use uuid::Uuid;

both!(
    a_record_is_kept_once_and_a_file_goes_on,
    persons_are_found_by_number_mail_and_telephone_with_name,
    whoever_is_erased_is_found_no_more,
    walked_in_order_with_who_is_named,
    all_orders_with_whom_they_go_to,
);

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn file_of(n: u128) -> ImportedFile {
    ImportedFile {
        id: id(n),
        digest: [7; 32],
        system: "eccube".into(),
        kind: "eccube-orders".into(),
        bytes: 1_000,
        rows: 0,
        records: 0,
        refused: 0,
        mended_by: None,
        created_at: NOW,
        finished_at: None,
    }
}

fn event_of(n: u128) -> Event {
    Event {
        id: id(n),
        file: id(1),
        system: "eccube".into(),
        event: "order".into(),
        source_id: n.to_string(),
        happened: Some("2021-03-10".into()),
        until: None,
        fields: r#"{"payment":"card"}"#.into(),
    }
}

fn party_of(n: u128, event: u128, person: u128) -> Party {
    let byte = u8::try_from(person).unwrap();
    Party {
        id: id(n),
        event: id(event),
        position: 0,
        person: id(person),
        kind: Some("member".into()),
        system: "eccube".into(),
        member: Some(format!("m{person}")),
        mail: Some(Sealed(vec![byte; 60])),
        name: Some(Sealed(vec![byte; 60])),
        phone: None,
        address: None,
        mail_index: Some(index(byte)),
        name_index: Some(index(byte + 100)),
        phone_index: Some(index(byte + 50)),
    }
}

fn keys(mail: Option<u8>, name: Option<u8>, phone: Option<u8>) -> Keys {
    // The one before is what stands there while keys are changed.
    let both = |n: u8| [index(255), index(n)];
    Keys { mail: mail.map(both), name: name.map(both), phone: phone.map(both) }
}

fn a_record_is_kept_once_and_a_file_goes_on(store: &Store) {
    write(store, |tx| {
        begin(tx, &file_of(1))?;
        add_event(tx, &event_of(5))
    });
    let again = store.write_blocking(|tx| add_event(tx, &Event { id: id(6), ..event_of(5) }));
    assert!(matches!(again, Err(Error::Constraint { .. })));
    let twice = store.write_blocking(|tx| begin(tx, &file_of(2)));
    assert!(matches!(twice, Err(Error::Constraint { .. })), "the same bytes of the same system");
    let further = ImportedFile { rows: 40, records: 12, refused: 1, ..file_of(1) };
    let step = further.clone();
    write(store, move |tx| advance(tx, &step));
    assert_eq!(read(store, |tx| file(tx, [7; 32], "eccube")), Some(further.clone()));
    assert_eq!(read(store, |tx| file(tx, [7; 32], "another")), None);
    let back = ImportedFile { rows: 39, ..further.clone() };
    let back = store.write_blocking(move |tx| advance(tx, &back));
    assert!(matches!(back, Err(Error::NotFound(_))), "somebody else is further");
    let other = ImportedFile { id: id(2), digest: [8; 32], ..file_of(2) };
    write(store, move |tx| {
        begin(tx, &other)?;
        mend(tx, id(1), id(2))
    });
    assert_eq!(read(store, files)[0], ImportedFile { mended_by: Some(id(2)), ..further });
    let filled = Event { until: Some("2021-04".into()), fields: "{}".into(), ..event_of(5) };
    let new = filled.clone();
    write(store, move |tx| fill_event(tx, &new));
    assert_eq!(read(store, |tx| event(tx, "eccube", "order", "5")), Some(filled));
}

fn persons_are_found_by_number_mail_and_telephone_with_name(store: &Store) {
    write(store, |tx| {
        customer::insert(tx, &customer_of(3))?;
        begin(tx, &file_of(1))?;
        add_event(tx, &event_of(5))?;
        add_party(tx, &party_of(7, 5, 9))
    });
    let found =
        |member: Option<&'static str>, keys: Keys| read(store, move |tx| find(tx, "eccube", member, &keys));
    assert_eq!(found(Some("m9"), keys(None, None, None)), Some(id(9)));
    assert_eq!(read(store, |tx| find(tx, "other", Some("m9"), &Keys::default())), None, "another's numbers");
    assert_eq!(found(None, keys(Some(9), None, None)), Some(id(9)));
    assert_eq!(
        found(None, keys(Some(77), Some(109), Some(59))),
        Some(id(9)),
        "another address of the same person"
    );
    assert_eq!(found(None, keys(None, Some(109), None)), None, "a name alone is many");
    assert_eq!(found(None, keys(None, Some(110), Some(59))), None, "others in the same house");
    assert_eq!(found(None, keys(Some(3), None, None)), Some(customer_of(3).id.0), "a customer of the shop");
    assert_eq!(found(None, Keys::default()), None);
    assert_eq!(read(store, count), (1, 1));
}

fn whoever_is_erased_is_found_no_more(store: &Store) {
    write(store, |tx| {
        begin(tx, &file_of(1))?;
        add_event(tx, &event_of(5))?;
        add_party(tx, &party_of(7, 5, 9))?;
        silence(tx, id(9))
    });
    assert_eq!(read(store, |tx| find(tx, "eccube", Some("m9"), &keys(Some(9), Some(109), Some(59)))), None);
    let known = read(store, |tx| parties(tx, id(5))).remove(0);
    assert_eq!((known.person, known.has_mail, known.member), (id(9), false, None));
    assert_eq!(known.name_index, None::<BlindIndex>);
}

fn walked_in_order_with_who_is_named(store: &Store) {
    write(store, |tx| {
        begin(tx, &file_of(1))?;
        for n in [5, 6, 8] {
            add_event(tx, &event_of(n))?;
            add_party(tx, &party_of(20 + n, n, 9))?;
        }
        add_party(tx, &Party { position: 1, ..party_of(40, 6, 10) })
    });
    let first = read(store, |tx| events(tx, None, 2));
    assert_eq!(first.iter().map(|e| e.id).collect::<Vec<_>>(), [id(5), id(6)]);
    let named = read(store, |tx| parties_between(tx, None, id(6)));
    let named: Vec<_> =
        named.iter().map(|k| (k.event, k.position, k.person, k.has_mail, k.has_address)).collect();
    assert_eq!(
        named,
        [(id(5), 0, id(9), true, false), (id(6), 0, id(9), true, false), (id(6), 1, id(10), true, false)]
    );
    assert_eq!(read(store, |tx| events(tx, Some(id(6)), 2)).len(), 1);
    assert_eq!(read(store, |tx| parties_between(tx, Some(id(6)), id(8))).len(), 1);
}

fn all_orders_with_whom_they_go_to(store: &Store) {
    let shop = shop(store);
    let goods: &[_] = &[(shop.variants[0], 1_080, 1)];
    for n in [1, 2, 3] {
        let new = orders(PaymentMethod::Card, &[goods, goods]);
        place(store, &NewOrder { id: domain::OrderId(id(n)), ..new });
    }
    let first = read(store, |tx| history::orders(tx, None, 2));
    assert_eq!(first.iter().map(|o| o.id.0).collect::<Vec<_>>(), [id(1), id(2)]);
    let order = &first[0];
    assert_eq!((order.method, order.placed_at, order.has_contact), (PaymentMethod::Card, NOW, true));
    let others = order.recipients.iter().all(|(person, there)| *person != order.person && *there);
    assert!(others && !order.recipients.is_empty(), "the buyer's own parcel is none");
    assert_eq!(read(store, |tx| history::orders(tx, Some(domain::OrderId(id(2))), 2)).len(), 1);
}
