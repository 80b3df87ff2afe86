//! Records of another shop system.

use super::*;
use crate::asks::PER_ADDRESS_MAX;
use vault_api::{AccountWish, IndexField};

fn seal(bench: &Bench, role: Role, items: Vec<SealItem>) -> Result<SealedBatch, VaultError> {
    match bench.ask(role, Request::ImportSeal { items })? {
        Response::Sealed(batch) => Ok(batch),
        _ => panic!("another answer"),
    }
}

fn imported(column: Column, row: u128, person: u128) -> Place {
    Place::new(column, id(row), id(person))
}

#[test]
fn the_owners_command_line_seals_for_new_persons_and_for_known_ones_and_it_is_on_the_ledger() {
    let bench = Bench::new();
    let (own, _) = (place("email", 1, 9), ());
    bench.seal_new(&own, "hanako@example.jp");
    let (of_known, of_new) = (imported(Column::ImportedMail, 5, 9), imported(Column::ImportedName, 6, 10));
    let items = vec![item(&of_known, "hanako@example.jp"), item(&of_new, "栗原 太郎")];
    for role in [Role::Web, Role::Post, Role::Watch] {
        assert_eq!(
            err(seal(&bench, role, items.clone())),
            Some(VaultError::Denied(Reason::Role)),
            "{role:?}"
        );
    }
    let batch = seal(&bench, Role::Keeper, items).unwrap();
    assert!(batch.ticket.is_none(), "no right to anything further");
    let ledger = bench.ledger();
    let entry = ledger.last().unwrap();
    assert_eq!((&entry["kind"], &entry["asked"]), (&"seal".into(), &"import_seal".into()));
    let places = serde_json::json!({ "imported_party.mail": [[id(9), id(5)]], "imported_party.name": [[id(10), id(6)]] });
    assert_eq!(entry["places"], places);
}

#[test]
fn values_are_indexed_as_those_of_the_shop_are_and_what_cannot_be_is_told() {
    let bench = Bench::new();
    let ask = IndexAsk::new(IndexField::Email, "hanako@example.jp");
    let mut own = item(&place("email", 1, 9), "hanako@example.jp");
    own.index = vec![ask.clone()];
    let of_shop = bench.seal(Role::Web, None, vec![own]).unwrap().items[0].index[0];
    let asks = vec![
        IndexAsk::new(IndexField::Email, "Hanako@EXAMPLE.jp"),
        IndexAsk::new(IndexField::Phone, "none"),
        IndexAsk::new(IndexField::Name, "栗".repeat(400)),
    ];
    let asked = bench.ask(Role::Keeper, Request::ImportIndex { items: asks.clone() });
    let Ok(Response::IndexedSome(found)) = asked else { panic!("another answer") };
    assert_eq!(found, [Some([of_shop; 2]), None, None]);
    assert_eq!(bench.last_entry().0, "index");
    let denied = bench.ask(Role::Web, Request::ImportIndex { items: asks });
    assert_eq!(err(denied), Some(VaultError::Denied(Reason::Role)));
}

/// Whoever asks for the mail learns nothing of the address, which goes to `post` alone.
#[test]
fn an_answer_goes_to_the_address_in_the_record_and_to_nobody_else() {
    let bench = Bench::new();
    let (mail, name) = (imported(Column::ImportedMail, 5, 9), imported(Column::ImportedName, 5, 9));
    let items = vec![item(&mail, "hanako@example.jp"), item(&name, "栗原 花子")];
    let sealed = seal(&bench, Role::Keeper, items).unwrap().items;
    let ask = |role, place: &Place, n: usize| {
        bench.ask(role, Request::AnswerAsk { item: unseal_item(place, &sealed[n].sealed) })
    };
    for role in [Role::Post, Role::Watch, Role::Keeper, Role::Owner] {
        assert_eq!(err(ask(role, &mail, 0)), Some(VaultError::Denied(Reason::Role)), "{role:?}");
    }
    assert!(matches!(err(ask(Role::Web, &name, 1)), Some(VaultError::BadRequest(_))), "no address");
    let other = imported(Column::ImportedMail, 6, 9);
    assert_eq!(err(ask(Role::Web, &other, 0)), Some(VaultError::Denied(Reason::Grant)), "of another row");
    let Response::AccountGrant(grant) = ask(Role::Web, &mail, 0).unwrap() else { panic!("a grant") };
    let text = String::from_utf8_lossy(&grant).into_owned();
    assert!(!text.contains("hanako"));
    let entry = bench.ledger().pop().unwrap();
    assert_eq!((&entry["kind"], &entry["asked"]), (&"unseal".into(), &"answer_ask".into()));
    let open = |role| bench.ask(role, Request::OpenAccountMessage { grant: grant.clone(), message: id(77) });
    assert_eq!(err(open(Role::Web)), Some(VaultError::Denied(Reason::Role)));
    let Response::AccountMessage(message) = open(Role::Post).unwrap() else { panic!("a message") };
    assert_eq!(
        (message.kind, message.to.reveal()),
        (vault_api::AccountMessageKind::Answer, "hanako@example.jp")
    );
    // So many an hour to one address, and apart from what the forms may ask for: those would tell that it was found.
    let again = (0..9).map(|_| ask(Role::Web, &mail, 0)).filter(Result::is_ok).count();
    assert_eq!(again, PER_ADDRESS_MAX - 1);
    let wishes = |mail: &str| (0..9).filter(|_| bench.wish(mail, AccountWish::Register).is_ok()).count();
    assert_eq!(
        (wishes("hanako@example.jp"), wishes("nobody@example.jp")),
        (PER_ADDRESS_MAX, PER_ADDRESS_MAX)
    );
}
