//! Whom the house names afterwards.

use ledger::{Entry, Folder, Kind, Reader};
use serde_json::Value;
use std::{collections::BTreeSet, path::Path, process::Command};
use uuid::Uuid;

/// Everybody of whom something was opened for that role since that moment (Unix milliseconds), as the merchant asks.
pub fn persons_opened_by(role: &str, data: &Path, from_ms: i64) -> BTreeSet<Uuid> {
    let told = persons(data, from_ms, &[]);
    let of_role = |person: &&Value| {
        person["openings"].as_array().unwrap().iter().any(|opening| opening["role"] == role)
    };
    ids(told["persons"].as_array().unwrap().iter().filter(of_role).map(|person| &person["person"]))
}

/// `dozo ledger persons` since that moment.
pub fn persons(data: &Path, from_ms: i64, more: &[&str]) -> Value {
    let at = |ms| jiff::Timestamp::from_millisecond(ms).unwrap().to_string();
    let (from, to) = (at(from_ms), at(crate::now_ms() + 60_000));
    let mut asked = Command::new(testkit::binary().unwrap());
    asked.args(["ledger", "persons", "--json", "--from", &from, "--to", &to, "--data"]).arg(data).args(more);
    let told = asked.output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    serde_json::from_slice(&told.stdout).unwrap()
}

/// Ids of a list.
pub fn ids<'v>(list: impl IntoIterator<Item = &'v Value>) -> BTreeSet<Uuid> {
    list.into_iter().map(|id| id.as_str().unwrap().parse().unwrap()).collect()
}

/// Everybody of whom `web` got to see something since that moment (Unix milliseconds): opened, typed, signed in.
pub fn persons_seen_by_web(data: &Path, from_ms: i64) -> BTreeSet<Uuid> {
    let log = Reader::open(Folder::reading(data.join("vault/ledger/1"))).unwrap();
    let mut persons = BTreeSet::new();
    let first = log.first_at(from_ms as u64).unwrap();
    log.entries(first..log.size(), &mut |_, bytes| {
        let entry = Entry::decode(bytes).unwrap();
        let of_web = entry.role.as_ref().is_some_and(|role| role.as_ref() == "web");
        if of_web && matches!(entry.kind, Kind::Seal | Kind::Unseal | Kind::SignIn) {
            persons.extend(entry.places.pairs().map(|(person, _)| *person));
            persons.extend(entry.person);
        }
        Ok(true)
    })
    .unwrap();
    persons
}
