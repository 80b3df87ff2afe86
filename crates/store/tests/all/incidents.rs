//! Facts of an incident: revisions that follow one another and are never changed.

use crate::common::{NOW, Schema, both, read, sqlite, write};
use domain::IncidentId;
use store::{
    Error, Store,
    incident::{self, Counted, Revision, Version},
};
use uuid::Uuid;

both!(revisions_follow_one_another);

fn revision(id: IncidentId, number: u32) -> Revision {
    Revision {
        incident: id,
        number,
        facts: format!("{{\"n\":{number}}}"),
        hash: format!("{number:064x}"),
        part: "timeline".into(),
        staff: None,
        at: NOW + i64::from(number),
    }
}

fn revisions_follow_one_another(store: &Store) {
    let (a, b) = (IncidentId(Uuid::now_v7()), IncidentId(Uuid::now_v7()));
    for r in [revision(a, 1), revision(a, 2), revision(b, 1)] {
        write(store, move |tx| incident::add(tx, &r));
    }
    let again = store.write_blocking(move |tx| incident::add(tx, &revision(a, 2)));
    assert!(matches!(again, Err(Error::Constraint { duplicate: true, .. })), "{again:?}");
    let ahead = store.write_blocking(move |tx| incident::add(tx, &revision(a, 4)));
    assert!(matches!(ahead, Err(Error::Inconsistent(_))), "{ahead:?}");
    assert_eq!(read(store, |tx| incident::newest(tx, a)), Some(revision(a, 2)));
    assert_eq!(read(store, |tx| incident::get(tx, a, 1)), Some(revision(a, 1)));
    let newest = read(store, |tx| incident::list(tx, 9));
    assert_eq!(newest.iter().map(|r| (r.incident, r.number)).collect::<Vec<_>>(), [(a, 2), (b, 1)]);
    let changes = read(store, |tx| incident::changes(tx, a, 9));
    assert_eq!(changes.iter().map(|c| c.number).collect::<Vec<_>>(), [2, 1]);
    let counted = |counts: &str| Counted {
        incident: a,
        revision: 2,
        counts: counts.into(),
        with_ledger: true,
        at: NOW,
    };
    for counts in ["{}", "{\"a\":1}"] {
        let counted = counted(counts);
        write(store, move |tx| incident::set_counts(tx, &counted));
    }
    assert_eq!(read(store, |tx| incident::counts(tx, a)), Some(counted("{\"a\":1}")));
    assert_eq!(read(store, |tx| incident::counts(tx, b)), None);
}

const FORBIDDEN: [&str; 4] = [
    "update incident_revision set facts = 'other'",
    "delete from incident_revision",
    "update incident_version set hash = 'other'",
    "delete from incident_version",
];

/// One incident with a frozen version.
fn frozen(store: &Store) -> IncidentId {
    let id = IncidentId(Uuid::now_v7());
    let version = Version {
        incident: id,
        version: 1,
        revision: 1,
        hash: format!("{:064x}", 1),
        staff: None,
        at: NOW + 1,
    };
    assert_eq!(read(store, |tx| incident::frozen(tx, id)), None);
    let ahead = store.write_blocking(move |tx| incident::freeze(tx, &revision(id, 2), 1));
    assert!(matches!(ahead, Err(Error::Inconsistent(_))), "no revision before it: {ahead:?}");
    write(store, move |tx| incident::freeze(tx, &revision(id, 1), 1));
    assert_eq!(read(store, |tx| incident::versions(tx, id)), [version]);
    let again = store.write_blocking(move |tx| incident::freeze(tx, &revision(id, 2), 1));
    assert!(matches!(again, Err(Error::Constraint { .. })), "there is such a version: {again:?}");
    assert_eq!(read(store, |tx| incident::newest(tx, id)).map(|r| r.number), Some(1), "nothing half-written");
    write(store, move |tx| incident::add(tx, &revision(id, 2)));
    assert_eq!(read(store, |tx| incident::frozen(tx, id)), Some(revision(id, 1)));
    id
}

#[test]
fn what_was_written_stays_in_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    let store = sqlite(dir.path());
    let id = frozen(&store);
    let other = rusqlite::Connection::open(dir.path().join("shop.db")).unwrap();
    for sql in FORBIDDEN {
        let refused = other.execute_batch(sql).unwrap_err().to_string();
        assert!(refused.contains("never"), "{sql}: {refused}");
    }
    assert_eq!(read(&store, |tx| incident::newest(tx, id)), Some(revision(id, 2)));
}

#[test]
fn what_was_written_stays_in_postgres() {
    let Some(schema) = Schema::new() else { return };
    let store = schema.open();
    let id = frozen(&store);
    for sql in FORBIDDEN {
        let refused = schema.refusal(sql);
        assert!(refused.contains("never"), "{sql}: {refused}");
    }
    assert_eq!(read(&store, |tx| incident::newest(tx, id)), Some(revision(id, 2)));
}
