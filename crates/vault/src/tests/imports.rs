//! Records of another shop system.

use super::*;
use vault_api::IndexField;

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
