//! What the browser saw: the process `eyes` lays it out in a file, and what does not belong there is a finding here.
//!
//! Only kinds that are known here become findings, and words are looked at once more: whoever took the browser over may
//! write anything there.

use crate::{
    finding::{BrowserFault, Finding},
    strays::shown,
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

/// The most bytes of a report.
const REPORT_BYTES_MAX: u64 = 256 * 1024;
/// The most things that are named at once.
const NAMED_MAX: usize = 50;
/// A report that is older says that nobody walks.
const AWAY_AFTER: SignedDuration = SignedDuration::from_secs(90);
/// So many walks in a row without an end are a finding: one may have met a restart, or the last box of a sweet.
const FAILED_MIN: u32 = 4;
/// Why a walk ended that met the notice of a lock.
const LOCKED: &str = "locked";
/// What may be seen.
const KINDS: [&str; 13] = [
    "script", "request", "socket", "frame", "form", "field", "covered", "header", "page", "policy",
    "redirect", "card", "head",
];

/// `seen.json`, as the eyes write it.
#[derive(Deserialize)]
struct Report {
    at: Timestamp,
    walks: u64,
    browser: bool,
    sandboxed: bool,
    seen: Vec<Seen>,
    failed: Option<(String, String)>,
    honey: Option<String>,
}

#[derive(Deserialize)]
struct Seen {
    page: String,
    kind: String,
    from: String,
}

/// How the browser does, for the back office.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Nobody asked for one.
    #[default]
    Off,
    /// There is no Chromium on this machine.
    Missing,
    /// It walks.
    Walks,
    /// It walks, without the sandbox that it has by itself.
    Unsandboxed,
    /// It should walk and does not.
    Away,
}

/// Reads the report.
pub(crate) struct Browser {
    path: PathBuf,
    walks: u64,
    failed: u32,
    began: Timestamp,
}

impl Browser {
    pub(crate) fn new(path: PathBuf, now: Timestamp) -> Browser {
        Browser { path, walks: 0, failed: 0, began: now }
    }

    /// What stands at `now`, how the browser does, and the honey card that it types. `locked`: the shop is, and walks end
    /// where it says so.
    pub(crate) fn look(
        &mut self,
        now: Timestamp,
        locked: bool,
    ) -> (BTreeSet<Finding>, State, Option<String>) {
        let away = |since: Timestamp| now.duration_since(since) > AWAY_AFTER;
        let Some(report) = self.read() else {
            let fault = Finding::Browser { fault: BrowserFault::Away };
            let found = away(self.began).then_some(fault).into_iter().collect();
            return (found, State::Away, None);
        };
        if !report.browser {
            return (BTreeSet::new(), State::Missing, None);
        }
        if report.walks != self.walks {
            self.walks = report.walks;
            let failed = report.failed.filter(|(_, why)| !(locked && why == LOCKED));
            self.failed = failed.map_or(0, |_| self.failed + 1);
        }
        let mut found: BTreeSet<Finding> = report.seen.iter().filter_map(finding).take(NAMED_MAX).collect();
        if away(report.at.max(self.began)) {
            found.insert(Finding::Browser { fault: BrowserFault::Away });
        } else if self.failed >= FAILED_MIN {
            found.insert(Finding::Browser { fault: BrowserFault::NoWay });
        }
        let state = match (away(report.at), report.sandboxed) {
            (true, _) => State::Away,
            (false, true) => State::Walks,
            (false, false) => State::Unsandboxed,
        };
        (found, state, report.honey)
    }

    fn read(&self) -> Option<Report> {
        let mut text = Vec::new();
        File::open(&self.path).ok()?.take(REPORT_BYTES_MAX).read_to_end(&mut text).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

fn finding(seen: &Seen) -> Option<Finding> {
    let kind = KINDS.iter().find(|kind| **kind == seen.kind)?;
    let word = |text: &str| shown(Path::new(text));
    Some(Finding::SeenInBrowser { page: word(&seen.page), kind: (*kind).to_owned(), from: word(&seen.from) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_359_900 + second).unwrap()
    }

    fn report(dir: &Path, second: i64, walks: u64, rest: &str) {
        let at = at(second);
        let text =
            format!("{{\"at\":\"{at}\",\"walks\":{walks},\"browser\":true,\"sandboxed\":true,{rest}}}");
        std::fs::write(dir.join("seen.json"), text).unwrap();
    }

    const WELL: &str = "\"seen\":[],\"failed\":null,\"honey\":null";
    const FAILED: &str = "\"seen\":[],\"failed\":[\"cart\",\"missing\"],\"honey\":null";

    const CLOSED: &str = "\"seen\":[],\"failed\":[\"cart\",\"locked\"],\"honey\":null";

    #[test]
    fn what_was_seen_is_a_finding_in_words_that_are_known() {
        let dir = tempfile::tempdir().unwrap();
        let mut browser = Browser::new(dir.path().join("seen.json"), at(0));
        assert_eq!(browser.look(at(1), false), (BTreeSet::new(), State::Away, None), "it is still starting");
        let seen =
            |kind: &str, from: &str| format!("{{\"page\":\"cart\",\"kind\":\"{kind}\",\"from\":\"{from}\"}}");
        let all = [seen("request", "evil.example"), seen("odd", "x"), seen("script", "<b>4242424242424242")];
        report(dir.path(), 10, 1, &format!("\"seen\":[{}],\"failed\":null,\"honey\":\"4\"", all.join(",")));
        let (found, state, honey) = browser.look(at(11), false);
        let finding = |kind: &str, from: &str| Finding::SeenInBrowser {
            page: "cart".into(),
            kind: kind.into(),
            from: from.into(),
        };
        let wanted = [finding("request", "evil.example"), finding("script", "?b?[card number removed]")];
        assert_eq!(found.into_iter().collect::<Vec<_>>(), wanted);
        assert_eq!((state, honey.as_deref()), (State::Walks, Some("4")));
    }

    #[test]
    fn one_walk_without_an_end_is_nothing_and_no_walk_at_all_is_a_finding() {
        let dir = tempfile::tempdir().unwrap();
        let mut browser = Browser::new(dir.path().join("seen.json"), at(0));
        for walks in 1..=3 {
            report(dir.path(), walks, walks as u64, FAILED);
            assert!(
                browser.look(at(walks), false).0.is_empty() && browser.look(at(walks), false).0.is_empty()
            );
        }
        report(dir.path(), 4, 4, FAILED);
        let no_way = Finding::Browser { fault: BrowserFault::NoWay };
        assert!(browser.look(at(4), false).0.contains(&no_way));
        report(dir.path(), 5, 5, WELL);
        assert!(browser.look(at(5), false).0.is_empty());
        for walks in 6..=20 {
            report(dir.path(), 5, walks, CLOSED);
            assert!(browser.look(at(5), true).0.is_empty(), "a locked shop is not walked through");
        }
        for walks in 21..=24 {
            report(dir.path(), 5, walks, CLOSED);
            assert_eq!(browser.look(at(5), false).0.contains(&no_way), walks == 24, "it says so and is not");
        }
        report(dir.path(), 5, 25, WELL);
        let away = Finding::Browser { fault: BrowserFault::Away };
        assert!(browser.look(at(5 + 91), false).0.contains(&away));
        std::fs::remove_file(dir.path().join("seen.json")).unwrap();
        assert_eq!(browser.look(at(200), false).1, State::Away);
    }
}
