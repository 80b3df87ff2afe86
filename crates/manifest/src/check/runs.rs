//! Parts of pages that have no hole, learned as they are met: the head and foot of every page, and what stands between
//! its holes. Where a page is at the same place of its program and goes on with the same bytes, it comes to the same
//! place behind them, and none of their tags need be read again.
//!
//! Nothing that somebody typed is ever kept: each tag and text of a run is one that the manifest fixes.

use super::{State, program::Program};
use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

/// The most runs that are learned from one place: as many as there are languages.
const RUNS_AT_ONE_PLACE_MAX: usize = 2;
/// The most bytes of all runs of a manifest.
const RUNS_BYTES_MAX: usize = 512 * 1024;
/// The fewest tags of a run: one alone is as soon read as found.
const RUN_TAGS_MIN: usize = 2;

/// Bytes that led from some places of the page's programs to others.
#[derive(Debug)]
struct Run {
    from: Box<[State]>,
    bytes: Box<str>,
    to: Box<[State]>,
}

type Slots = [OnceLock<Box<Run>>; RUNS_AT_ONE_PLACE_MAX];

/// What was learned so far. It is part of the checker, and so of one manifest.
#[derive(Debug)]
pub(super) struct Runs {
    programs: Box<[Learned]>,
    bytes: AtomicUsize,
}

/// What was learned of a program.
#[derive(Debug)]
struct Learned {
    tags: usize,
    /// By tag; there once a page of the program was read.
    slots: OnceLock<Box<[Slots]>>,
}

impl Runs {
    pub(super) fn new(programs: &[Program]) -> Runs {
        let nothing = |program: &Program| Learned { tags: program.tags.len(), slots: OnceLock::new() };
        Runs { programs: programs.iter().map(nothing).collect(), bytes: AtomicUsize::new(0) }
    }

    fn slots(&self, at: &[State]) -> Option<&Slots> {
        let (program, tag) = at.first()?;
        let Learned { tags, slots } = self.programs.get(*program)?;
        slots.get_or_init(|| (0..*tags).map(|_| Slots::default()).collect()).get(*tag as usize)
    }

    /// Where `page`, which goes on from here, has come to behind a run that is known, and its length in bytes.
    pub(super) fn known(&self, from: &[State], page: &str) -> Option<(&[State], usize)> {
        let known = self.slots(from)?.iter().map_while(|slot| slot.get());
        let mut known = known.filter(|run| *run.from == *from && page.starts_with(&*run.bytes));
        known.next().map(|run| (&*run.to, run.bytes.len()))
    }

    /// All that is known: the bytes of each run, and where it leads.
    #[cfg(test)]
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &[State])> {
        let places = self.programs.iter().filter_map(|learned| learned.slots.get()).flatten();
        places.flatten().filter_map(|slot| slot.get()).map(|run| (&*run.bytes, &*run.to))
    }

    /// How many bytes all runs have.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Relaxed)
    }

    /// Learns a run, where there is room.
    fn learn(&self, from: &[State], bytes: &str, to: &[State]) {
        let Some(slot) = self.slots(from).and_then(|slots| slots.iter().find(|slot| slot.get().is_none()))
        else {
            return;
        };
        if self.bytes.fetch_add(bytes.len(), Relaxed) + bytes.len() > RUNS_BYTES_MAX {
            self.bytes.fetch_sub(bytes.len(), Relaxed);
            return;
        }
        let run = Run { from: from.into(), bytes: bytes.into(), to: to.into() };
        if slot.set(Box::new(run)).is_err() {
            self.bytes.fetch_sub(bytes.len(), Relaxed);
        }
    }
}

/// The run that a page is in while it is read.
#[derive(Default)]
pub(super) struct Learning {
    from: Vec<State>,
    at: usize,
    tags: usize,
}

impl Learning {
    /// A tag without a hole was read, which began at `at`.
    pub(super) fn goes_on(&mut self, from: &[State], at: usize) {
        if self.tags == 0 {
            self.from.clear();
            self.from.extend_from_slice(from);
            self.at = at;
        }
        self.tags += 1;
    }

    /// Something else comes at `at`, where the page has come to these places.
    pub(super) fn ends(&mut self, runs: &Runs, page: &str, at: usize, to: &[State]) {
        if std::mem::take(&mut self.tags) >= RUN_TAGS_MIN
            && let Some(bytes) = page.get(self.at..at)
        {
            runs.learn(&self.from, bytes, to);
        }
    }
}
