//! Whether the shop's certificate can be renewed, as the process that obtains it lays out.

use crate::finding::Finding;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::{collections::BTreeSet, fs, path::Path};

/// An authority that is down for a day is nothing where the certificate is good for weeks. Where less is left than twice
/// this, half of that is waited for, so that there is always as much time to do something as was lost.
const FAILS_FOR: SignedDuration = SignedDuration::from_hours(48);
/// Where nobody has vouched yet, the shop cannot be visited.
const NONE_FOR: SignedDuration = SignedDuration::from_mins(10);

#[derive(Deserialize)]
struct State {
    until: Option<Timestamp>,
    failing_since: Option<Timestamp>,
}

/// What is wrong at `now`.
pub(crate) fn look(path: &Path, now: Timestamp) -> BTreeSet<Finding> {
    let state = fs::read(path).ok().and_then(|text| serde_json::from_slice::<State>(&text).ok());
    let Some(State { until, failing_since: Some(since) }) = state else { return BTreeSet::new() };
    let patience = match until.filter(|until| *until > now) {
        Some(until) => FAILS_FOR.min(until.duration_since(since) / 2),
        None => NONE_FOR,
    };
    (now.duration_since(since) >= patience).then_some(Finding::RenewalFails).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_after_two_days_and_sooner_where_there_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.json");
        let at = |hour: i64| Timestamp::from_second(1_795_359_900 + hour * 3_600).unwrap();
        let fails = |hour| !look(&path, at(hour)).is_empty();
        assert!(!fails(0), "nobody obtains any");
        let write = |text: String| fs::write(&path, text).unwrap();
        write(format!("{{\"until\":\"{}\",\"failing_since\":null,\"why\":null}}", at(500)));
        assert!(!fails(400));
        write(format!("{{\"until\":\"{}\",\"failing_since\":\"{}\",\"why\":\"x\"}}", at(500), at(0)));
        assert!(!fails(47) && fails(48));
        write(format!("{{\"until\":null,\"failing_since\":\"{}\",\"why\":\"x\"}}", at(0)));
        assert!(!fails(0) && fails(1));
        // One that is good for six days is due when two are left.
        write(format!("{{\"until\":\"{}\",\"failing_since\":\"{}\",\"why\":\"x\"}}", at(48), at(0)));
        assert!(!fails(23) && fails(24), "with as much time left");
    }
}
