//! Customers, card-entry records, inquiries, staff.

use crate::common::{NOW, both, index, read, shop, staff, write};
use domain::{
    CardEntryId, InquiryId, Locale, PersonId,
    card_entry::{Outcome, Step},
    customer::{CustomerStatus, InquiryState},
    order::Channel,
    staff::{StaffRole, StaffStatus},
};
use store::{
    By, Error, Sealed, Span, Store, card_entry, customer, customer::Customer, inquiry, staff as people,
};
use uuid::Uuid;

both!(customers_by_index, card_entries_go_forward, inquiries_are_kept_once, staff_and_their_deeds);

pub fn customer_of(byte: u8) -> Customer {
    Customer {
        id: PersonId(Uuid::from_u128(byte.into())),
        email: Sealed(vec![byte; 64]),
        contact: None,
        email_index: index(byte),
        phone_index: None,
        name_index: None,
        locale: Locale::Ja,
        channel: Channel::Web,
        status: CustomerStatus::Active,
        created_at: NOW,
        updated_at: NOW,
    }
}

fn customers_by_index(store: &Store) {
    let one = customer_of(1);
    write(store, |tx| {
        customer::insert(tx, &customer_of(1))?;
        customer::insert(tx, &customer_of(2))
    });
    assert_eq!(read(store, |tx| customer::find(tx, By::Email([index(1); 2]))), vec![one.clone()]);
    assert!(matches!(
        store.write_blocking(|tx| customer::insert(tx, &customer_of(1))),
        Err(Error::Constraint { duplicate: true, .. })
    ));
    write(store, move |tx| {
        customer::set_email(tx, one.id, &Sealed(vec![9]), index(9), NOW + 1)?;
        customer::set_contact(tx, one.id, &Sealed(vec![8]), index(7), index(6), NOW + 2)?;
        customer::set_status(tx, one.id, CustomerStatus::Closed, NOW + 3)
    });
    let changed = read(store, |tx| customer::find(tx, By::Name([index(6); 2]))).remove(0);
    assert_eq!((changed.email.clone(), changed.contact.clone()), (Sealed(vec![9]), Some(Sealed(vec![8]))));
    assert_eq!(read(store, |tx| customer::find(tx, By::Phone([index(7); 2]))), [changed]);
    assert!(read(store, |tx| customer::find(tx, By::Email([index(1); 2]))).is_empty());
    assert_eq!(read(store, customer::count), 1);
    assert_eq!(read(store, move |tx| customer::list(tx, Some(one.id), 10)).len(), 1);
    assert_eq!(read(store, |tx| customer::list(tx, None, 10)).len(), 2);
}

fn card_entries_go_forward(store: &Store) {
    let visit = [3; 32];
    let person = PersonId(Uuid::now_v7());
    let open = |step, who: Option<PersonId>, at| {
        let fresh = CardEntryId(Uuid::now_v7());
        write(store, move |tx| card_entry::ensure(tx, fresh, &visit, step, who, at))
    };
    let first = open(Step::Cart, None, NOW);
    let again = open(Step::Checkout, Some(person), NOW + 1);
    assert_eq!(
        (again.id, again.step, again.person, again.signed_in),
        (first.id, Step::Checkout, Some(person), true)
    );
    assert_eq!(open(Step::Cart, None, NOW + 2).step, Step::Checkout, "never back");
    let id = first.id;
    write(store, move |tx| {
        card_entry::page_served(tx, id, "checkout", &[1; 32], NOW)?;
        card_entry::page_served(tx, id, "checkout", &[1; 32], NOW + 9)?;
        card_entry::page_served(tx, id, "checkout", &[2; 32], NOW + 9)?;
        card_entry::advance(tx, id, Step::Confirm, NOW + 3)
    });
    let pages = read(store, move |tx| card_entry::pages(tx, id));
    assert_eq!(
        pages.iter().map(|p| (p.sha256[0], p.served_at)).collect::<Vec<_>>(),
        [(1, NOW), (2, NOW + 9)]
    );
    write(store, move |tx| card_entry::set_outcome(tx, id, Outcome::Abandoned, NOW + 4));
    assert!(read(store, move |tx| card_entry::open_of_visit(tx, &visit)).is_none());
    let second = open(Step::Cart, None, NOW + 5);
    assert_ne!(second.id, id);
    let all = read(store, |tx| card_entry::list(tx, Span::ALWAYS, None, 10));
    assert_eq!(all.len(), 2);
    let rest =
        read(store, move |tx| card_entry::list(tx, Span::ALWAYS, Some((all[0].opened_at, all[0].id)), 10));
    assert_eq!(rest.iter().map(|e| e.id).collect::<Vec<_>>(), [second.id]);
    let long = "x".repeat(card_entry::PAGE_KIND_BYTES_MAX + 1);
    assert!(store.write_blocking(move |tx| card_entry::page_served(tx, id, &long, &[0; 32], NOW)).is_err());
    assert!(!format!("{second:?}").contains("visit_hash"));
}

fn inquiries_are_kept_once(store: &Store) {
    let sent = inquiry::Inquiry {
        id: InquiryId(Uuid::now_v7()),
        person: PersonId(Uuid::now_v7()),
        email: Sealed(vec![1]),
        email_index: index(1),
        contact: Sealed(vec![2]),
        body: Sealed(vec![3]),
        locale: Locale::En,
        state: InquiryState::Open,
        created_at: NOW,
        updated_at: NOW,
    };
    let id = sent.id;
    let kept = sent.clone();
    write(store, move |tx| {
        inquiry::insert(tx, &sent)?;
        inquiry::insert(tx, &sent)
    });
    assert_eq!(read(store, |tx| inquiry::list(tx, InquiryState::Open, 10)), [kept]);
    write(store, move |tx| inquiry::set_state(tx, id, InquiryState::Answered, NOW + 1));
    assert_eq!(read(store, |tx| inquiry::count(tx, InquiryState::Open)), 0);
    assert_eq!(read(store, move |tx| inquiry::get(tx, id)).unwrap().updated_at, NOW + 1);
}

fn staff_and_their_deeds(store: &Store) {
    let _ = shop(store);
    let owner = people::Staff {
        id: staff(),
        login: "owner".into(),
        display_name: "店主".into(),
        role: StaffRole::Owner,
        status: StaffStatus::Invited,
        created_at: NOW,
    };
    let deed = |subject: &str, at| people::StaffAction {
        staff: staff(),
        action: "order.ship".into(),
        subject: subject.into(),
        detail: String::new(),
        at,
    };
    let (one, two) = (deed("order:1", NOW), deed("order:2", NOW + 1));
    write(store, move |tx| {
        people::insert(tx, &owner)?;
        people::insert(tx, &owner)?;
        people::set_status(tx, owner.id, StaffStatus::Active)?;
        people::set_role(tx, owner.id, StaffRole::Manager)?;
        people::record(tx, &one)?;
        people::record(tx, &two)
    });
    let found = read(store, |tx| people::by_login(tx, "owner")).unwrap();
    assert_eq!((found.status, found.role), (StaffStatus::Active, StaffRole::Manager));
    assert_eq!(read(store, people::list).len(), 1);
    assert!(read(store, |tx| people::by_login(tx, "Owner")).is_none());
    let all = read(store, |tx| people::actions(tx, Span::ALWAYS, 10));
    assert_eq!(all.iter().map(|a| a.subject.as_str()).collect::<Vec<_>>(), ["order:2", "order:1"]);
    assert_eq!(read(store, |tx| people::actions_on(tx, "order:1", 10)).len(), 1);
}
