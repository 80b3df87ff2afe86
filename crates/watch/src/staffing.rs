//! Who works in the back office, and by what means they sign in: the ledger names each change, and people are told of it by
//! somebody who does not depend on the back office. Whoever has taken over an account makes himself a way back in first.

use crate::finding::Finding;
use jiff::{SignedDuration, Timestamp};
use ledger::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// A change is told for so long.
const STANDS: SignedDuration = SignedDuration::from_hours(1);

/// Changes that the ledger has named lately.
#[derive(Debug, Default)]
pub(crate) struct Staffing(BTreeMap<&'static str, Timestamp>);

impl Staffing {
    /// Takes an entry in, as it lies on the ledger.
    pub(crate) fn read(&mut self, entry: &[u8]) {
        let change = Entry::decode(entry).and_then(|entry| Some((change(&entry)?, entry.at_ms)));
        if let Some((what, at)) =
            change.and_then(|(what, ms)| Some((what, Timestamp::from_millisecond(ms).ok()?)))
        {
            let last = self.0.entry(what).or_insert(at);
            *last = at.max(*last);
        }
    }

    /// What stands at `now`.
    pub(crate) fn findings(&mut self, now: Timestamp) -> BTreeSet<Finding> {
        self.0.retain(|_, at| now.duration_since(*at) < STANDS);
        self.0.keys().map(|what| Finding::StaffMeans { change: (*what).to_owned() }).collect()
    }
}

/// What an entry changed of who comes in and how. Links that the supervisor makes at each start are nobody's change.
fn change(entry: &Entry) -> Option<&'static str> {
    if entry.role.as_deref()? != "web" || entry.reason.is_some() {
        return None;
    }
    match (entry.asked.as_deref()?, entry.staff.is_some()) {
        ("staff_set_password", _) => Some("password"),
        ("staff_confirm_totp", _) => Some("code"),
        ("passkey_enrol", true) => Some("passkey"),
        ("passkey_remove", true) => Some("passkey_removed"),
        ("staff_invite_by_mail", _) => Some("invited"),
        ("staff_remove", _) => Some("removed"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::Kind;
    use uuid::Uuid;

    fn entry(at_ms: i64, role: &'static str, asked: &'static str, staff: bool) -> Vec<u8> {
        let mut entry = Entry::new(at_ms, Kind::Token);
        (entry.role, entry.asked) = (Some(role.into()), Some(asked.into()));
        entry.staff = staff.then(|| Uuid::from_u128(7));
        entry.encode().swap_remove(0)
    }

    fn words(staffing: &mut Staffing, now_ms: i64) -> Vec<String> {
        let found = staffing.findings(Timestamp::from_millisecond(now_ms).unwrap());
        found
            .into_iter()
            .filter_map(|f| if let Finding::StaffMeans { change } = f { Some(change) } else { None })
            .collect()
    }

    #[test]
    fn changes_of_staff_are_told_for_an_hour_and_customers_are_their_own_business() {
        let (mut staffing, now) = (Staffing::default(), 1_795_359_900_000);
        for (role, asked, staff) in [
            ("owner", "staff_invite", true),
            ("web", "passkey_enrol", false),
            ("web", "staff_sign_in", true),
            ("web", "unseal", true),
        ] {
            staffing.read(&entry(now, role, asked, staff));
        }
        staffing.read(b"no entry");
        assert!(words(&mut staffing, now).is_empty());
        staffing.read(&entry(now, "web", "passkey_enrol", true));
        staffing.read(&entry(now + 60_000, "web", "staff_invite_by_mail", true));
        assert_eq!(words(&mut staffing, now + 60_000), ["invited", "passkey"]);
        assert_eq!(words(&mut staffing, now + 3_600_000), ["invited"]);
        staffing.read(&entry(now - 86_400_000, "web", "staff_set_password", true));
        assert!(words(&mut staffing, now + 3_700_000).is_empty(), "an old log is read without alarm");
    }
}
