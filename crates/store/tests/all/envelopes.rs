//! Orders placed while the vault was away.

use crate::common::{NOW, both, index, orders, place, read, shop, whole, write};
use domain::{OrderId, message::MessageKind, payment::PaymentMethod};
use store::{
    BlindIndex, By, Error, Sealed, Store,
    envelope::{self, Contents, Count, Envelope, RecipientContents},
    order::{MessageGrant, NewOrder},
    outbox,
};
use uuid::Uuid;

both!(
    placed_with_an_envelope_and_put_in_once,
    a_refused_envelope_holds_its_order_and_comes_again,
    contents_of_another_order_change_nothing,
);

const KEY: Uuid = Uuid::from_u128(0xda7);

/// An order to two recipients whose personal data waits.
fn waiting(store: &Store) -> NewOrder {
    let shop = shop(store);
    let goods: &[_] = &[(shop.variants[0], 1_080, 1)];
    let mut new = orders(PaymentMethod::Card, &[goods, goods]);
    (new.email, new.contact, new.message_grant) = (Sealed(vec![]), Sealed(vec![]), None);
    (new.email_index, new.name_index, new.phone_index) =
        (BlindIndex::NONE, BlindIndex::NONE, BlindIndex::NONE);
    for r in &mut new.recipients {
        (r.contact, r.message) = (Sealed(vec![]), Some(Sealed(vec![])));
    }
    new.envelope = Some(Envelope { key: KEY, sealed: vec![7; 2_000] });
    new
}

fn contents(new: &NewOrder) -> Contents {
    let recipient = |(n, r): (u8, &store::order::NewRecipient)| RecipientContents {
        id: r.id,
        contact: Sealed(vec![n; 90]),
        message: Some(Sealed(vec![n + 10; 60])),
        indexes: (!r.is_orderer).then(|| (index(40 + n), index(50 + n))),
    };
    Contents {
        email: Sealed(vec![2; 64]),
        email_index: index(31),
        contact: Sealed(vec![3; 90]),
        name_index: index(32),
        phone_index: index(33),
        message_grant: MessageGrant(vec![4; 200]),
        recipients: (0u8..).zip(&new.recipients).map(recipient).collect(),
    }
}

fn placed_with_an_envelope_and_put_in_once(store: &Store) {
    let new = waiting(store);
    let id = place(store, &new).id;
    assert!(place(store, &new).already, "sent twice: one order, one envelope");
    assert!(read(store, move |tx| store::order::get(tx, id)).unwrap().waits_for_vault());
    assert_eq!(read(store, envelope::count), Count { waiting: 1, refused: 0 });
    assert_eq!(read(store, envelope::keys), [KEY]);
    let due = read(store, |tx| envelope::due(tx, NOW, 10));
    assert_eq!(due, [(id, new.envelope.clone().unwrap())]);
    // The mail was tried meanwhile, and put off.
    let attempt = Uuid::from_u128(1);
    let held = write(store, move |tx| outbox::claim(tx, attempt, NOW, 1_000, 10));
    let mail = held[0].id;
    write(store, move |tx| outbox::retry(tx, mail, attempt, NOW + 999_999, "no grant"));

    let (made, again) = (contents(&new), contents(&new));
    assert!(write(store, move |tx| envelope::put_in(tx, id, &made, NOW + 5)));
    assert!(!write(store, move |tx| envelope::put_in(tx, id, &again, NOW + 6)), "once");
    let whole = whole(store, id);
    let made = contents(&new);
    assert!(!whole.order.waits_for_vault());
    assert_eq!((&whole.order.email, &whole.order.contact), (&made.email, &made.contact));
    assert_eq!(whole.order.message_grant, Some(made.message_grant));
    for (r, made) in whole.recipients.iter().zip(&made.recipients) {
        assert_eq!((r.id, &r.contact, &r.message), (made.id, &made.contact, &made.message));
    }
    assert_eq!((whole.messages[0].kind, whole.messages[0].next_at), (MessageKind::OrderReceived, NOW + 5));
    let twice = |byte: u8| [index(byte); 2];
    for by in [By::Email(twice(31)), By::Name(twice(32)), By::Phone(twice(33)), By::Name(twice(41))] {
        let found = read(store, move |tx| store::order::find(tx, by));
        assert_eq!(found.iter().map(|o| o.id).collect::<Vec<_>>(), [id], "{by:?}");
    }
    assert_eq!(read(store, envelope::count), Count::default());
    assert!(read(store, envelope::keys).is_empty());
}

fn a_refused_envelope_holds_its_order_and_comes_again(store: &Store) {
    let new = waiting(store);
    let id = place(store, &new).id;
    write(store, move |tx| envelope::refused(tx, id, NOW));
    let held = move |tx: &mut store::Tx<'_>| Ok(store::order::get(tx, id)?.unwrap().hold_reason);
    assert_eq!(read(store, held).as_deref(), Some(envelope::HOLD));
    assert_eq!(read(store, envelope::count), Count { waiting: 1, refused: 1 });
    assert!(read(store, |tx| envelope::due(tx, NOW, 10)).is_empty(), "not at once");
    assert_eq!(read(store, |tx| envelope::due(tx, NOW + 3_600_000, 10)).len(), 1);
    assert_eq!(read(store, envelope::keys), [KEY], "its key is not to be destroyed");
    let made = contents(&new);
    assert!(write(store, move |tx| envelope::put_in(tx, id, &made, NOW + 3_600_000)));
    assert_eq!(read(store, held), None, "let go by itself");
}

fn contents_of_another_order_change_nothing(store: &Store) {
    let (new, id) = {
        let new = waiting(store);
        (new.clone(), place(store, &new).id)
    };
    let mut wrong = contents(&new);
    wrong.recipients[1].id = domain::RecipientId(Uuid::from_u128(0xbad));
    let done = store.write_blocking(move |tx| envelope::put_in(tx, id, &wrong, NOW));
    assert_eq!(done, Err(Error::NotFound("recipient")));
    assert!(read(store, move |tx| store::order::get(tx, id)).unwrap().waits_for_vault());
    assert_eq!(read(store, envelope::count).waiting, 1);
    let nobody = OrderId(Uuid::from_u128(1));
    let made = contents(&new);
    assert!(!write(store, move |tx| envelope::put_in(tx, nobody, &made, NOW)));
}
