//! A disk in memory that fails as a test tells it to: full, broken, torn, in another order, or gone at any moment.
//!
//! Every file has two states: what reads see, and what is on the platter. A write reaches the platter with a sync; a
//! power cut lets each sector of an unsynced write arrive or not, as the seed decides. So it is with names. After a sync
//! that failed the kernel calls the pages clean: reads see them, and no later sync writes them.

use crate::disk::{Disk, DiskFile};
use std::{
    collections::BTreeMap,
    io,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

const SECTOR_BYTES: usize = 512;

/// What goes wrong, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// No room from then on, until [`Sim::mend`].
    Full,
    /// One write fails in the middle.
    WriteFails,
    /// One sync fails.
    SyncFails,
    /// The process is killed: nothing is done any more.
    Kill,
}

/// The disk. Clones are the same disk.
#[derive(Clone)]
pub struct Sim(Arc<Mutex<State>>);

struct State {
    files: BTreeMap<String, Arc<Mutex<Content>>>,
    /// Names as they are on the platter.
    kept: BTreeMap<String, Arc<Mutex<Content>>>,
    random: u64,
    full: bool,
    dead: bool,
    /// What happens at the so-manieth operation from now.
    plan: Option<(u64, Trouble)>,
    /// Operations that change something, so far.
    operations: u64,
}

#[derive(Default, Clone)]
struct Content {
    seen: Vec<u8>,
    platter: Vec<u8>,
    unsynced: Vec<Range<usize>>,
}

struct SimFile {
    disk: Sim,
    content: Arc<Mutex<Content>>,
}

impl Sim {
    /// An empty disk; the seed decides what arrives when the power goes.
    pub fn new(seed: u64) -> Sim {
        Sim::of(BTreeMap::new(), seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// Lets something go wrong at the so-manieth operation from now, counted from zero.
    pub fn plan(&self, after: u64, trouble: Trouble) {
        self.state().plan = Some((after, trouble));
    }

    /// There is room again.
    pub fn mend(&self) {
        let mut state = self.state();
        (state.full, state.plan) = (false, None);
    }

    /// How many operations that change something there were.
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Whether the process was killed.
    pub fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// What another process finds after a kill: all that was written, on the platter or not.
    pub fn killed(&self) -> Sim {
        self.after(false)
    }

    /// What is found after a power cut.
    pub fn power_cut(&self) -> Sim {
        self.after(true)
    }

    /// Only what is surely on the platter: the worst that a power cut at this moment leaves.
    pub fn platter(&self) -> Sim {
        let state = self.state();
        let whole = |file: &Arc<Mutex<Content>>| {
            let platter = lock(file).platter.clone();
            Arc::new(Mutex::new(Content { seen: platter.clone(), platter, unsynced: Vec::new() }))
        };
        Sim::of(state.kept.iter().map(|(name, file)| (name.clone(), whole(file))).collect(), state.random)
    }

    /// Turns a bit of a file over, on the platter too.
    pub fn flip(&self, name: &str, byte: usize, bit: u8) {
        let state = self.state();
        let Some(file) = state.files.get(name) else { return };
        let mut content = lock(file);
        let Content { seen, platter, .. } = &mut *content;
        [seen, platter]
            .into_iter()
            .filter_map(|bytes| bytes.get_mut(byte))
            .for_each(|b| *b ^= 1 << (bit % 8));
    }

    /// A number that the seed gives.
    pub fn draw(&self) -> u64 {
        self.state().next()
    }

    /// A disk with the same files, written through: a copy from which a backup is put back.
    pub fn copy(&self) -> Sim {
        self.after(false)
    }

    fn after(&self, power_cut: bool) -> Sim {
        let mut state = self.state();
        let mut files = if power_cut { state.kept.clone() } else { state.files.clone() };
        if power_cut {
            // Names that were not synced: each arrives or does not.
            let changed: Vec<_> = state.files.iter().map(|(n, f)| (n.clone(), Arc::clone(f))).collect();
            for (name, file) in changed {
                if state.coin() {
                    files.insert(name, file);
                }
            }
        }
        let files: BTreeMap<_, _> = files
            .iter()
            .map(|(name, file)| (name.clone(), Arc::new(Mutex::new(lock(file).after(power_cut, &mut state)))))
            .collect();
        Sim::of(files, state.next())
    }

    fn of(files: BTreeMap<String, Arc<Mutex<Content>>>, random: u64) -> Sim {
        let kept = files.clone();
        let state = State { files, kept, random, full: false, dead: false, plan: None, operations: 0 };
        Sim(Arc::new(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// xorshift64*: small, and the same everywhere.
    fn next(&mut self) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        self.random.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn coin(&mut self) -> bool {
        self.next() >> 63 == 1
    }

    /// Counts an operation; what goes wrong with it.
    fn step(&mut self) -> io::Result<Option<Trouble>> {
        let gone = || io::Error::other("the process was killed");
        if self.dead {
            return Err(gone());
        }
        self.operations += 1;
        let due = match &mut self.plan {
            Some((0, trouble)) => Some(*trouble),
            Some((left, _)) => {
                *left -= 1;
                None
            }
            None => None,
        };
        if due.is_some() {
            self.plan = None;
        }
        match due {
            Some(Trouble::Kill) => self.dead = true,
            Some(Trouble::Full) => self.full = true,
            _ => {}
        }
        Ok(due)
    }
}

impl Content {
    fn after(&self, power_cut: bool, state: &mut State) -> Content {
        let mut platter = if power_cut { self.platter.clone() } else { self.seen.clone() };
        if power_cut {
            arrive(&mut platter, &self.seen, &self.unsynced, state);
        }
        Content { seen: platter.clone(), platter, unsynced: Vec::new() }
    }
}

/// Lets some sectors of unsynced writes arrive.
fn arrive(platter: &mut Vec<u8>, seen: &[u8], unsynced: &[Range<usize>], state: &mut State) {
    for range in unsynced {
        let mut from = range.start;
        while from < range.end {
            let to = range.end.min((from / SECTOR_BYTES + 1) * SECTOR_BYTES).min(seen.len());
            if to > from && state.coin() {
                if platter.len() < to {
                    platter.resize(to, 0);
                }
                platter[from..to].copy_from_slice(&seen[from..to]);
            }
            from = (from / SECTOR_BYTES + 1) * SECTOR_BYTES;
        }
    }
}

impl Disk for Sim {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.state().files.keys().cloned().collect())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let content = self.state().files.get(name).cloned().ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(SimFile { disk: self.clone(), content }))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state();
        state.step()?;
        if state.dead {
            return Err(io::Error::other("the process was killed"));
        }
        if state.full {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let content = Arc::new(Mutex::new(Content::default()));
        state.files.insert(name.into(), Arc::clone(&content));
        Ok(Box::new(SimFile { disk: self.clone(), content }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        if state.dead {
            return Err(io::Error::other("the process was killed"));
        }
        let file = state.files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.files.insert(to.into(), file);
        Ok(())
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut state = self.state();
        match state.step()? {
            Some(Trouble::SyncFails) => return Err(io::Error::from_raw_os_error(5)),
            Some(Trouble::Kill) => return Err(io::Error::other("the process was killed")),
            _ => {}
        }
        state.kept = state.files.clone();
        Ok(())
    }
}

impl DiskFile for SimFile {
    fn length(&self) -> io::Result<u64> {
        Ok(lock(&self.content).seen.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let content = lock(&self.content);
        let from = (offset as usize).min(content.seen.len());
        let count = buffer.len().min(content.seen.len() - from);
        buffer[..count].copy_from_slice(&content.seen[from..from + count]);
        Ok(count)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.state();
        let trouble = state.step()?;
        let mut content = lock(&self.content);
        let from = offset as usize;
        let grows = from + bytes.len() > content.seen.len();
        let fails = match trouble {
            Some(Trouble::WriteFails) => Some(io::Error::from_raw_os_error(5)),
            Some(Trouble::Kill) => Some(io::Error::other("the process was killed")),
            _ if state.full && grows => Some(io::ErrorKind::StorageFull.into()),
            _ => None,
        };
        let count = if fails.is_some() { (state.next() as usize) % (bytes.len() + 1) } else { bytes.len() };
        if from + count > content.seen.len() {
            content.seen.resize(from + count, 0);
        }
        content.seen[from..from + count].copy_from_slice(&bytes[..count]);
        content.unsynced.push(from..from + count);
        fails.map_or(Ok(()), Err)
    }

    fn allocate(&self, _: u64, _: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        state.step()?;
        if state.dead {
            return Err(io::Error::other("the process was killed"));
        }
        if state.full { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        let trouble = state.step()?;
        let mut content = lock(&self.content);
        let Content { seen, platter, unsynced } = &mut *content;
        match trouble {
            Some(Trouble::Kill) => return Err(io::Error::other("the process was killed")),
            Some(Trouble::SyncFails) => {
                arrive(platter, seen, unsynced, &mut state);
                unsynced.clear();
                return Err(io::Error::from_raw_os_error(5));
            }
            _ => {}
        }
        if platter.len() < seen.len() {
            platter.resize(seen.len(), 0);
        }
        for range in unsynced.drain(..) {
            platter[range.clone()].copy_from_slice(&seen[range]);
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}
