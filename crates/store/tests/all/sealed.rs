//! Going through the sealed columns, on both databases.

use crate::{
    common::{both, index, read, write},
    people::customer_of,
};
use store::{By, Sealed, Store, customer, sealed::*};

both!(page_after_page, nothing_is_written_over_what_somebody_wrote_meanwhile);

fn column(table: &str, name: &str) -> &'static SealedColumn {
    COLUMNS.iter().find(|c| (c.table, c.column) == (table, name)).unwrap()
}

fn all(store: &Store, column: &'static SealedColumn) -> Vec<SealedRow> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = read(store, |tx| page(tx, column, after, 2));
        let Some(last) = page.last() else { return rows };
        after = Some(last.id);
        rows.extend(page);
    }
}

fn page_after_page(store: &Store) {
    write(store, |tx| {
        (1..=5).try_for_each(|n| customer::insert(tx, &customer_of(n)))?;
        // Of whoever has left five bytes remain.
        let left = customer::Customer { email: Sealed(vec![1, 0, 0, 0, 1]), ..customer_of(6) };
        customer::insert(tx, &left)
    });
    let rows = all(store, column("customer", "email"));
    assert_eq!(rows.len(), 5);
    for (row, n) in rows.iter().zip(1..) {
        assert_eq!((row.id, row.person), (customer_of(n).id.0, customer_of(n).id.0));
        assert_eq!((&row.sealed, &row.indexes[..]), (&customer_of(n).email, &[Some(index(n))][..]));
    }
    for other in COLUMNS.iter().filter(|c| (c.table, c.column) != ("customer", "email")) {
        assert_eq!(all(store, other), [], "{}.{}", other.table, other.column);
    }
}

fn nothing_is_written_over_what_somebody_wrote_meanwhile(store: &Store) {
    let someone = customer_of(1);
    let (id, contact) = (someone.id, Sealed(vec![8; 40]));
    let other = contact.clone();
    write(store, move |tx| {
        customer::insert(tx, &customer_of(1))?;
        customer::set_contact(tx, id, &other, index(3), index(2), 0)
    });
    let mails = column("customer", "email");
    let seen = all(store, mails).remove(0);
    let (by_walk, by_other) = (Sealed(vec![70; 50]), Sealed(vec![71; 50]));
    let newest = by_other.clone();
    write(store, move |tx| customer::set_email(tx, id, &newest, index(9), 1));
    let (stale, walked) = (seen.clone(), by_walk.clone());
    assert!(
        !write(store, move |tx| replace(tx, mails, &stale, &walked, &[index(7)])),
        "it is another's by now"
    );
    assert_eq!(all(store, mails)[0].sealed, by_other);
    let now = all(store, mails).remove(0);
    assert!(write(store, move |tx| replace(tx, mails, &now, &by_walk, &[index(7)])));
    assert_eq!(
        read(store, |tx| customer::find(tx, By::Email([index(8), index(7)]))).len(),
        1,
        "either will do"
    );

    // Two indexes go with their field, each in its own column.
    let contacts = column("customer", "contact");
    let mut seen = all(store, contacts).remove(0);
    assert_eq!((&seen.sealed, &seen.indexes[..]), (&contact, &[Some(index(2)), Some(index(3))][..]));
    let (row, sealed) = (seen.clone(), contact.clone());
    assert!(write(store, move |tx| replace(tx, contacts, &row, &sealed, &[index(4), index(5)])));
    let found = |by| read(store, move |tx| customer::find(tx, by)).len();
    assert_eq!((found(By::Name([index(4); 2])), found(By::Phone([index(5); 2]))), (1, 1));
    // What was not indexed stays so.
    seen.indexes = vec![None, None];
    assert!(write(store, move |tx| replace(tx, contacts, &seen, &contact, &[index(6), index(6)])));
    assert_eq!(all(store, contacts)[0].indexes, [None, None]);
}
