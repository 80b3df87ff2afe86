//! What the gate says of itself, in files of its folder: answers of the shop that it refused, what it has locked, and
//! what customers' browsers reported. Only where the watch runs on the gate's machine.

use crate::{finding::Finding, strays::shown};
use jiff::{SignedDuration, Timestamp};
use lock_api::{By, Closed, Lock};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{ErrorKind, Read, Seek, SeekFrom},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// So many different visitors must report a thing within the hour: a single one may have an extension, or a grudge.
const VISITORS_MIN: usize = 3;
/// What was refused or reported stands for so long after it was last seen.
const STANDS: SignedDuration = SignedDuration::from_mins(10);
/// The most that is read at once of what is new.
const NEWS_BYTES_MAX: u64 = 1024 * 1024;
/// The most different things that are named at once.
const NAMED_MAX: usize = 50;

/// What it reads.
const FILES: [&str; 3] = ["alarms.jsonl", "reports.json", "lock.json"];

/// A line of `alarms.jsonl`.
#[derive(Deserialize)]
struct Refused {
    time: Timestamp,
    route: String,
    why: String,
}

/// One of `reports.json`.
#[derive(Deserialize)]
struct Reported {
    what: String,
    from: String,
    visitors: usize,
    last: Timestamp,
}

/// Reads the gate's folder.
pub(crate) struct Gate {
    dir: PathBuf,
    /// The alarms' file and how far it was read.
    read: (u64, u64),
    refused: BTreeMap<(String, String), Timestamp>,
}

impl Gate {
    pub(crate) fn new(dir: PathBuf) -> Gate {
        Gate { dir, read: (0, 0), refused: BTreeMap::new() }
    }

    /// What stands at `now`.
    pub(crate) fn look(&mut self, now: Timestamp) -> BTreeSet<Finding> {
        self.read_alarms();
        self.refused.retain(|_, last| now.duration_since(*last) < STANDS);
        let refused = self.refused.keys().take(NAMED_MAX);
        let unread = FILES.iter().filter(|file| is_kept_from_us(&self.dir.join(file)));
        let mut found: BTreeSet<Finding> =
            unread.map(|file| Finding::GateUnread { file: format!("gate/{file}") }).collect();
        found.extend(
            refused.map(|(route, why)| Finding::PageRefused { route: route.clone(), why: why.clone() }),
        );
        found.extend(self.reported(now));
        found.extend(self.locked());
        found
    }

    fn locked(&self) -> Option<Finding> {
        let text = fs::read(self.dir.join("lock.json")).ok()?;
        // One that cannot be read closes the way to payment, too.
        let lock = serde_json::from_slice::<Lock>(&text).ok();
        let (closed, by) = lock.map_or((Closed::Payment, By::Gate), |lock| (lock.closed, lock.by));
        let (closed, by) = (closed.word().to_owned(), by.word().to_owned());
        (closed != Closed::Nothing.word()).then_some(Finding::Locked { closed, by })
    }

    fn reported(&self, now: Timestamp) -> Vec<Finding> {
        let text = fs::read(self.dir.join("reports.json")).unwrap_or_default();
        let all: Vec<Reported> = serde_json::from_slice(&text).unwrap_or_default();
        let stands = |r: &Reported| r.visitors >= VISITORS_MIN && now.duration_since(r.last) < STANDS;
        let stand = all.into_iter().filter(stands).take(NAMED_MAX);
        stand.map(|r| Finding::Reported { kind: word(&r.what), from: word(&r.from) }).collect()
    }

    /// Takes in the lines that are new.
    fn read_alarms(&mut self) {
        let path = self.dir.join("alarms.jsonl");
        let Ok(mut file) = File::open(&path) else { return };
        let Ok(meta) = file.metadata() else { return };
        let (inode, mut at) = self.read;
        if inode != meta.ino() || meta.len() < at {
            at = 0;
        }
        let mut text = String::new();
        let news =
            file.seek(SeekFrom::Start(at)).and_then(|_| file.take(NEWS_BYTES_MAX).read_to_string(&mut text));
        if news.is_err() {
            return;
        }
        // A line that is not written to its end is read the next time.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        for line in text[..whole].lines() {
            if let Ok(refused) = serde_json::from_str::<Refused>(line) {
                self.refused.insert((word(&refused.route), word(&refused.why)), refused.time);
            }
        }
        self.read = (meta.ino(), at + whole as u64);
    }
}

/// Whether it is there and cannot be read.
fn is_kept_from_us(path: &Path) -> bool {
    File::open(path).is_err_and(|error| error.kind() != ErrorKind::NotFound)
}

/// A word as it may stand in a message.
fn word(text: &str) -> String {
    shown(Path::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_359_900 + second).unwrap()
    }

    fn alarm(second: i64, why: &str) -> String {
        let time = at(second);
        format!(
            "{{\"time\":\"{time}\",\"route\":\"cart\",\"payment\":true,\"refused\":\"page\",\"why\":\"{why}\",\
             \"reference\":\"AB12\"}}\n"
        )
    }

    #[test]
    fn what_was_refused_stands_a_while_and_each_line_is_read_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut gate = Gate::new(dir.path().to_owned());
        assert!(gate.look(at(0)).is_empty(), "no file is no news");
        let path = dir.path().join("alarms.jsonl");
        let refused = |why: &str| Finding::PageRefused { route: "cart".into(), why: why.into() };
        fs::write(&path, alarm(0, "script") + "{\"time\":").unwrap();
        assert_eq!(gate.look(at(1)).into_iter().collect::<Vec<_>>(), [refused("script")]);
        // Another file in its place.
        fs::rename(&path, dir.path().join("alarms.old.jsonl")).unwrap();
        fs::write(&path, alarm(300, "form")).unwrap();
        assert_eq!(gate.look(at(301)).len(), 2);
        assert_eq!(gate.look(at(601)).into_iter().collect::<Vec<_>>(), [refused("form")]);
        assert!(gate.look(at(901)).is_empty());
    }

    #[test]
    fn the_lock_is_said_as_long_as_it_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let mut gate = Gate::new(dir.path().to_owned());
        let path = dir.path().join("lock.json");
        fs::write(&path, "{\"closed\":\"shop\",\"since\":\"\",\"by\":\"owner\",\"why\":\"\"}").unwrap();
        let locked = |closed: &str, by: &str| Finding::Locked { closed: closed.into(), by: by.into() };
        assert!(gate.look(at(0)).contains(&locked("shop", "owner")));
        fs::write(&path, "{").unwrap();
        assert!(gate.look(at(1)).contains(&locked("payment", "gate")));
        fs::write(&path, "{\"closed\":\"nothing\",\"since\":\"\",\"by\":\"owner\",\"why\":\"\"}").unwrap();
        assert!(gate.look(at(2)).is_empty());
        fs::remove_file(&path).unwrap();
        assert!(gate.look(at(3)).is_empty());
    }

    #[test]
    fn one_browser_is_nothing_and_three_are_a_finding() {
        let dir = tempfile::tempdir().unwrap();
        let mut gate = Gate::new(dir.path().to_owned());
        let report = |visitors: usize| {
            let (first, last) = (at(0), at(100));
            let text = format!(
                "[{{\"what\":\"script\",\"from\":\"evil.example\",\"count\":9,\"visitors\":{visitors},\
                 \"first\":\"{first}\",\"last\":\"{last}\"}}]"
            );
            fs::write(dir.path().join("reports.json"), text).unwrap();
        };
        report(2);
        assert!(gate.look(at(100)).is_empty());
        report(3);
        let found = Finding::Reported { kind: "script".into(), from: "evil.example".into() };
        assert_eq!(gate.look(at(100)).into_iter().collect::<Vec<_>>(), [found]);
        assert!(gate.look(at(701)).is_empty());
    }
}
