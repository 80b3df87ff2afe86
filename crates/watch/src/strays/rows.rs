//! The scan of a database that lies in no file of this machine: its texts are read table by table, a few pages at a time, again
//! and again. How far it is stands in a file, so that a restart does not begin anew.

use super::{CHUNK_BYTES, Disguise, find::Bait, find::find, shown};
use crate::{book::replace, finding::Finding};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Pages of the database that are read at once.
const PAGES_AT_ONCE: u64 = 32;
/// The bytes of such a page, for how far the scan is.
const PAGE_BYTES: u64 = 8_192;
/// How long nobody answers before it counts as not read.
const AWAY_AFTER: Duration = Duration::from_secs(60);
/// How often a small database is read.
const PASS_EVERY: Duration = Duration::from_secs(3);
/// How often it is asked which tables there are.
const LIST_EVERY: Duration = Duration::from_secs(60);

/// A database, as somebody reads it for the watch.
pub trait Shelf: Send {
    /// The tables with texts in them, and how many pages each has.
    ///
    /// # Errors
    /// Where it does not answer.
    fn tables(&mut self) -> io::Result<Vec<(String, u64)>>;

    /// The texts on these pages of a table.
    ///
    /// # Errors
    /// Where it does not answer, or there is no such table any more.
    fn texts(&mut self, table: &str, from: u64, until: u64) -> io::Result<String>;
}

/// Where the scan is, and what it found. `found` by table: what this pass found, and what the last whole one did.
#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    table: String,
    page: u64,
    /// Passes over the whole database.
    passes: u64,
    found: BTreeMap<String, [BTreeSet<Disguise>; 2]>,
}

/// Reads a database again and again.
pub(crate) struct Rows {
    shelf: Box<dyn Shelf>,
    file: PathBuf,
    state: State,
    tables: Vec<(String, u64)>,
    listed: Option<Instant>,
    answered: Instant,
    /// When this pass began.
    began: Option<Instant>,
    scanned_bytes: u64,
}

impl Rows {
    pub(crate) fn open(shelf: Box<dyn Shelf>, dir: &Path) -> Rows {
        let file = dir.join("database-scan.json");
        let state =
            fs::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        let (tables, listed, answered) = (Vec::new(), None, Instant::now());
        Rows { shelf, file, state, tables, listed, answered, began: None, scanned_bytes: 0 }
    }

    /// Reads for about `time`, one part at least; gives how many bytes. `bait` is looked for in any surroundings.
    pub(crate) fn turn(&mut self, time: Duration, bait: Option<&Bait>) -> u64 {
        let before = self.scanned_bytes;
        self.read(time, bait);
        self.scanned_bytes - before
    }

    fn read(&mut self, time: Duration, bait: Option<&Bait>) {
        let end = Instant::now() + time;
        loop {
            let is_new = self.state.table.is_empty() && self.state.page == 0;
            if is_new && self.began.is_some_and(|at| at.elapsed() < PASS_EVERY) {
                return;
            }
            match self.part(bait) {
                Ok(()) => self.answered = Instant::now(),
                Err(error) => {
                    tracing::debug!(kind = %error.kind(), "the database does not answer the watch");
                    self.listed = None;
                    return;
                }
            }
            if Instant::now() >= end {
                return;
            }
        }
    }

    fn part(&mut self, bait: Option<&Bait>) -> io::Result<()> {
        if self.listed.is_none_or(|at| at.elapsed() >= LIST_EVERY) {
            self.tables = self.shelf.tables()?;
            // As names are compared here: databases sort them in their own language.
            self.tables.sort();
            self.listed = Some(Instant::now());
            let tables = &self.tables;
            self.state.found.retain(|name, _| tables.iter().any(|(table, _)| table == name));
        }
        let at = self.tables.iter().find(|(table, _)| *table >= self.state.table).cloned();
        let Some((table, pages)) = at else { return self.begin_anew() };
        if table != self.state.table {
            self.enter(&table);
        }
        let from = self.state.page;
        let text = self.shelf.texts(&table, from, from + PAGES_AT_ONCE)?;
        self.scanned_bytes += text.len() as u64;
        let found = &mut self.state.found.entry(table.clone()).or_default()[0];
        for chunk in text.as_bytes().chunks(CHUNK_BYTES) {
            found.extend(find(chunk));
            found.extend(bait.into_iter().flat_map(|bait| bait.find(chunk)));
        }
        self.state.page = from + PAGES_AT_ONCE;
        if self.state.page >= pages {
            if let Some([_, before]) = self.state.found.get_mut(&table) {
                before.clear();
            }
            // Behind it in the order of names, and before every other.
            self.enter(&format!("{table}\0"));
        }
        self.keep();
        Ok(())
    }

    /// Goes to another table; what this pass finds there is what counts.
    fn enter(&mut self, table: &str) {
        (self.state.table, self.state.page) = (table.to_owned(), 0);
        if let Some([now, before]) = self.state.found.get_mut(table) {
            *before = std::mem::take(now);
        }
    }

    fn begin_anew(&mut self) -> io::Result<()> {
        self.state.passes += 1;
        self.enter("");
        self.began = Some(Instant::now());
        if self.tables.is_empty() {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(())
    }

    fn keep(&self) {
        if let Err(error) = replace(&self.file, &self.state) {
            tracing::error!(kind = %error.kind(), "the watch cannot keep how far it has read the database");
        }
    }

    /// What stands now.
    pub(crate) fn findings(&self) -> BTreeSet<Finding> {
        let finding = |table: &str, disguise: &Disguise| Finding::CardNumber {
            file: format!("database/{}", shown(Path::new(table))),
            disguise: *disguise,
        };
        let all = self.state.found.iter();
        all.flat_map(|(table, [now, before])| now.union(before).map(move |disguise| finding(table, disguise)))
            .collect()
    }

    /// Bytes of all tables, and of those that this pass has read; all, once one pass was whole.
    pub(crate) fn progress(&self) -> (u64, u64) {
        let bytes = |pages: u64| pages.max(1) * PAGE_BYTES;
        let total = self.tables.iter().map(|(_, pages)| bytes(*pages)).sum();
        let read =
            self.tables.iter().filter(|(table, _)| *table < self.state.table).map(|(_, pages)| bytes(*pages));
        let done =
            if self.state.passes > 0 { total } else { read.sum::<u64>() + self.state.page * PAGE_BYTES };
        (total, done.min(total))
    }

    /// Whether nobody answers.
    pub(crate) fn is_away(&self) -> bool {
        self.answered.elapsed() >= AWAY_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// Tables by name: what stands on each page.
    type Tables = Arc<Mutex<BTreeMap<String, Vec<String>>>>;

    struct Books(Tables, Arc<Mutex<Vec<(String, u64)>>>);

    impl Shelf for Books {
        fn tables(&mut self) -> io::Result<Vec<(String, u64)>> {
            let all = self.0.lock().unwrap();
            Ok(all.iter().map(|(name, pages)| (name.clone(), pages.len() as u64)).collect())
        }

        fn texts(&mut self, table: &str, from: u64, until: u64) -> io::Result<String> {
            self.1.lock().unwrap().push((table.to_owned(), from));
            let all = self.0.lock().unwrap();
            let pages = all.get(table).ok_or(io::ErrorKind::NotFound)?;
            Ok(pages.iter().take(until as usize).skip(from as usize).cloned().collect())
        }
    }

    fn whole_pass(rows: &mut Rows) {
        let passes = rows.state.passes;
        for _ in 0..100 {
            rows.began = None;
            rows.turn(Duration::ZERO, None);
            if rows.state.passes > passes {
                return;
            }
        }
        panic!("no pass comes to its end");
    }

    #[test]
    fn every_page_is_read_again_and_again_also_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let (tables, asked) = (Tables::default(), Arc::default());
        let books = || Box::new(Books(Arc::clone(&tables), Arc::clone(&asked)));
        let put = |table: &str, page: usize, text: &str| {
            let mut all = tables.lock().unwrap();
            let pages = all.entry(table.to_owned()).or_default();
            pages.resize(pages.len().max(100), "栗".to_owned());
            pages[page] = text.to_owned();
        };
        put("orders", 0, "栗");
        put("news", 99, "栗");
        let mut rows = Rows::open(books(), dir.path());
        rows.turn(Duration::ZERO, None);
        assert_eq!(rows.progress(), (200 * PAGE_BYTES, 32 * PAGE_BYTES));
        rows.turn(Duration::ZERO, None);
        let mut rows = Rows::open(books(), dir.path());
        rows.turn(Duration::ZERO, None);
        assert_eq!(asked.lock().unwrap()[2], ("news".to_owned(), 64), "it goes on where it was");
        whole_pass(&mut rows);
        assert!(rows.findings().is_empty() && rows.progress().0 == rows.progress().1);
        put("news", 70, "<x>4012 8888 8888 1881</x>");
        whole_pass(&mut rows);
        let found = Finding::CardNumber { file: "database/news".into(), disguise: Disguise::Plain };
        assert_eq!(rows.findings(), BTreeSet::from([found]));
        put("news", 70, "栗");
        whole_pass(&mut rows);
        whole_pass(&mut rows);
        assert!(rows.findings().is_empty(), "it is over when a whole pass did not find it");
        tables.lock().unwrap().clear();
        (rows.listed, rows.began) = (None, None);
        rows.turn(Duration::from_secs(1), None);
        assert!(!rows.is_away() && rows.findings().is_empty());
    }
}
