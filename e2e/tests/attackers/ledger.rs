//! Whom the house names afterwards.

use ledger::{Entry, Folder, Kind, Reader};
use std::{collections::BTreeSet, path::Path, process::Command};
use uuid::Uuid;

/// Everybody of whom something was opened for `web` since that moment (Unix milliseconds), as the merchant asks.
pub fn persons_opened_by_web(data: &Path, from_ms: i64) -> BTreeSet<Uuid> {
    let at = |ms| jiff::Timestamp::from_millisecond(ms).unwrap().to_string();
    let (from, to) = (at(from_ms), at(crate::now_ms() + 60_000));
    let mut asked = Command::new(testkit::binary().unwrap());
    asked.args(["ledger", "persons", "--json", "--from", &from, "--to", &to, "--data"]).arg(data);
    let told = asked.output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    let of_web = |person: &&serde_json::Value| {
        person["openings"].as_array().unwrap().iter().any(|opening| opening["role"] == "web")
    };
    let persons = told["persons"].as_array().unwrap().iter().filter(of_web);
    persons.map(|person| person["person"].as_str().unwrap().parse().unwrap()).collect()
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
