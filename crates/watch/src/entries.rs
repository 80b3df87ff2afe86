//! Card-entry sessions as the gate saw them, copied: which pages on the way to a card were sent to which visit, by hash.
//!
//! `web` writes the same from its own sight into the database. Whoever holds `web` can take that back; whoever holds the
//! gate's folder can take the journal back; within a second both stand here, and within another one with the watch on a
//! second machine, if there is one. What became shorter, or was put away, is a finding.

use crate::{
    book::{Book, replace},
    finding::Finding,
    tail::{At, News, Tail},
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

/// The files' name in the watch's folder.
const NAME: &str = "entries";
/// How far was read, beside them.
const AT: &str = "entries.at.json";
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
const FILES_MAX: usize = 64;
/// How long it is told of that something was cut.
const STANDS: SignedDuration = SignedDuration::from_hours(24);

/// The gate's journal.
pub(crate) fn journal(gate: &Path) -> Tail {
    Tail::new(gate.join("journal"), "current.jsonl", "")
}

/// What was copied into a watch's folder.
pub(crate) fn copied(dir: &Path) -> Tail {
    Tail::new(dir.to_owned(), "entries.jsonl", "entries-")
}

/// The copy, and how far it is.
pub(crate) struct Entries {
    kept: PathBuf,
    book: Book,
    at: Option<At>,
    cut: Option<Timestamp>,
    /// Whether the journal could not be read the last time.
    unread: bool,
}

/// What is looked at in a line.
#[derive(Deserialize)]
struct Line<'a> {
    route: &'a str,
}

impl Entries {
    /// In the watch's folder.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn open(dir: &Path) -> io::Result<Entries> {
        let kept = dir.join(AT);
        let at = fs::read(&kept).ok().and_then(|text| serde_json::from_slice(&text).ok());
        Ok(Entries {
            kept,
            book: Book::open(dir, NAME, FILE_BYTES_MAX, FILES_MAX)?,
            at,
            cut: None,
            unread: false,
        })
    }

    /// How far it is.
    pub(crate) fn at(&self) -> Option<&At> {
        self.at.as_ref()
    }

    /// Reads on in the journal at `now`; says whether something is gone that was there.
    pub(crate) fn look(&mut self, journal: &Tail, now: Timestamp) -> BTreeSet<Finding> {
        loop {
            let news = journal.read(self.at());
            self.unread = news.is_err();
            if !news.is_ok_and(|news| self.take(news, is_on_the_way, now)) {
                break;
            }
        }
        self.findings(now)
    }

    /// Takes in what was read at `now`, as far as it is `wanted`. Whether there may be more.
    pub(crate) fn take(&mut self, news: News, wanted: impl Fn(&[u8]) -> bool, now: Timestamp) -> bool {
        if !news.whole {
            self.cut = Some(now);
        }
        for line in news.lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty() && wanted(line)) {
            if let Ok(line) = serde_json::from_slice::<serde_json::Value>(line) {
                self.book.write(&line);
            }
        }
        if self.at != news.at {
            self.at = news.at;
            if let Err(error) = replace(&self.kept, &self.at) {
                tracing::error!(kind = %error.kind(), "the watch cannot write down how far it read");
            }
        }
        !news.lines.is_empty()
    }

    /// Whether something is gone that was there.
    pub(crate) fn findings(&self, now: Timestamp) -> BTreeSet<Finding> {
        let stands = self.cut.is_some_and(|at| now.duration_since(at) < STANDS);
        let unread = self.unread.then(|| Finding::GateUnread { file: "gate/journal".into() });
        stands.then_some(Finding::JournalCut).into_iter().chain(unread).collect()
    }
}

/// Whether a line of the journal is about a page on the way to a payment.
fn is_on_the_way(line: &[u8]) -> bool {
    let known = serde_json::from_slice::<Line>(line).ok();
    known.and_then(|line| site::route(line.route)).is_some_and(|route| route.payment_path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs::File, io::Write};

    /// The file that the gate writes to.
    const CURRENT: &str = "current.jsonl";

    struct House {
        dir: tempfile::TempDir,
        entries: Entries,
    }

    impl House {
        fn new() -> House {
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir_all(dir.path().join("gate/journal")).unwrap();
            let entries = Entries::open(&dir.path().join("watch")).unwrap();
            House { dir, entries }
        }

        fn journal(&self, name: &str) -> PathBuf {
            self.dir.path().join("gate/journal").join(name)
        }

        fn serves(&self, text: &str) {
            let mut file = File::options().append(true).create(true).open(self.journal(CURRENT)).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        }

        fn look(&mut self) -> bool {
            let journal = journal(&self.dir.path().join("gate"));
            !self.entries.look(&journal, Timestamp::now()).is_empty()
        }

        fn copied(&self) -> Vec<u64> {
            let text = fs::read_to_string(self.dir.path().join("watch/entries.jsonl")).unwrap();
            let number = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["n"].as_u64();
            text.lines().map(|line| number(line).unwrap()).collect()
        }
    }

    fn line(route: &str, n: u64) -> String {
        format!("{{\"route\":\"{route}\",\"n\":{n}}}\n")
    }

    #[test]
    fn each_line_on_the_way_to_a_card_once_through_turns_and_restarts() {
        let mut house = House::new();
        assert!(!house.look(), "no journal yet");
        house.serves(&(line("cart", 1) + &line("home", 2) + &line("checkout", 3)));
        assert!(!house.look() && !house.look());
        assert_eq!(house.copied(), [1, 3]);
        house.serves("{\"route\":\"checkout\",");
        assert!(!house.look());
        house.serves("\"n\":4}\n");
        // The file is full, and another one begun, before the watch looks again.
        fs::rename(house.journal(CURRENT), house.journal("1.jsonl")).unwrap();
        assert!(!house.look(), "between the two");
        house.serves(&line("checkout_place", 5));
        assert!(!house.look());
        assert_eq!(house.copied(), [1, 3, 4, 5]);
        let again = |house: &mut House| {
            house.entries = Entries::open(&house.dir.path().join("watch")).unwrap();
        };
        again(&mut house);
        house.serves(&line("order", 6));
        assert!(!house.look());
        assert_eq!(house.copied(), [1, 3, 4, 5, 6]);
        // The whole folder is put back from a copy: the files are the same, though they lie elsewhere on the disk.
        for name in [CURRENT, "1.jsonl"] {
            let copy = house.journal("copy");
            fs::copy(house.journal(name), &copy).unwrap();
            fs::rename(copy, house.journal(name)).unwrap();
        }
        again(&mut house);
        house.serves(&line("order", 7));
        assert!(!house.look());
        assert_eq!(house.copied(), [1, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn a_journal_that_cannot_be_read_is_told_until_it_can() {
        let mut house = House::new();
        house.serves(&line("cart", 1));
        // No folder, so that root cannot read it either.
        fs::rename(house.dir.path().join("gate/journal"), house.dir.path().join("gate/hidden")).unwrap();
        fs::write(house.dir.path().join("gate/journal"), "").unwrap();
        assert!(house.look());
        fs::remove_file(house.dir.path().join("gate/journal")).unwrap();
        fs::rename(house.dir.path().join("gate/hidden"), house.dir.path().join("gate/journal")).unwrap();
        assert!(!house.look());
        assert_eq!(house.copied(), [1]);
    }

    #[test]
    fn what_is_taken_back_is_told_and_stays_here() {
        for how in 0..3 {
            let mut house = House::new();
            house.serves(&(line("cart", 1) + &line("cart", 2)));
            assert!(!house.look());
            match how {
                0 => fs::write(house.journal(CURRENT), line("cart", 1)).unwrap(),
                1 => fs::remove_file(house.journal(CURRENT)).unwrap(),
                _ => {
                    fs::remove_file(house.journal(CURRENT)).unwrap();
                    house.serves(&line("cart", 3));
                }
            }
            assert!(house.look(), "{how}");
            assert!(house.copied().starts_with(&[1, 2]), "{how}");
        }
    }
}
