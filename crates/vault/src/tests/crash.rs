//! The whole vault on a disk that fails at random: no plaintext is answered whose entry is not on the platter, and
//! nothing that was acknowledged is lost. `cargo xtask crash` runs it ten thousand times.

use super::*;
use ::ledger::{Checkpoint, Entry, Kind, is_consistent, sim::Sim, sim::Trouble, verify};
use std::{collections::HashMap, path::Path, sync::Mutex};

/// How often each row was opened, or sealed, and how often that was answered.
type Times = HashMap<(Did, Uuid), usize>;

/// Kinds as keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Did {
    Seal,
    Unseal,
}

/// An order that was answered: what a caller holds.
struct Order {
    here: Place,
    sealed: Sealed,
    cap: CapToken,
}

/// One run.
struct Run {
    seed: u64,
    dir: tempfile::TempDir,
    now: Arc<AtomicI64>,
    disk: Sim,
    random: Sim,
    orders: Vec<Order>,
    answered: Times,
    signed: Option<Checkpoint>,
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn nothing_is_answered_without_its_entry_and_nothing_acknowledged_is_lost() {
    let (runs, first) = (number("DOZO_CRASH_RUNS", 200), number("DOZO_CRASH_SEED", 1));
    let (next, counts) = (Mutex::new(0), Mutex::new((0, 0, 0)));
    std::thread::scope(|s| {
        for _ in 0..2 {
            s.spawn(|| {
                loop {
                    let at = {
                        let mut next = next.lock().unwrap();
                        *next += 1;
                        *next - 1
                    };
                    if at >= runs {
                        return;
                    }
                    let (answers, refusals, starts) = Run::new(first + at).walk();
                    let mut counts = counts.lock().unwrap();
                    *counts = (counts.0 + answers, counts.1 + refusals, counts.2 + starts);
                }
            });
        }
    });
    let (answers, refusals, starts) = *counts.lock().unwrap();
    println!(
        "{runs} runs from seed {first}: {answers} answers, {refusals} refused because of the disk, {starts} starts"
    );
    assert!(answers > 10 * runs as usize && refusals > runs as usize / 4, "the runs do nothing");
}

impl Run {
    fn new(seed: u64) -> Run {
        Run {
            seed,
            dir: tempfile::tempdir().unwrap(),
            now: Arc::new(AtomicI64::new(START_MS)),
            disk: Sim::new(seed),
            random: Sim::new(!seed),
            orders: Vec::new(),
            answered: Times::new(),
            signed: None,
        }
    }

    fn draw(&self, below: u64) -> u64 {
        self.random.draw() % below
    }

    fn open(&self) -> anyhow::Result<House> {
        let config = Config::new(self.dir.path().join("vault"), self.dir.path().join("s"), "Risudo");
        let (now, disk) = (Arc::clone(&self.now), self.disk.clone());
        let clock = Clock::of(move || now.load(Ordering::SeqCst));
        let counters = Counters::new(Life::of_test("vault", self.dir.path()).metrics());
        House::open_with(&config, clock, counters, |_: &Path| Ok(Arc::new(disk) as _))
    }

    /// Three lives of the vault, each ended by something. Answers, refusals, starts.
    fn walk(mut self) -> (usize, usize, usize) {
        let (mut answers, mut refusals, mut starts) = (0, 0, 0);
        for _ in 0..3 {
            let troubles =
                [Trouble::Full, Trouble::WriteFails, Trouble::SyncFails, Trouble::Kill, Trouble::Kill];
            self.disk.plan(self.draw(90), troubles[self.draw(5) as usize]);
            if let Ok(house) = self.open() {
                starts += 1;
                for step in 0..30 {
                    let answered = self.step(&house, step);
                    answers += usize::from(answered);
                    refusals += usize::from(!answered);
                }
            }
            self.disk = if self.draw(2) == 0 { self.disk.killed() } else { self.disk.power_cut() };
            self.look("after the crash");
        }
        let house = self.open().unwrap_or_else(|e| panic!("seed {}: {e:#}", self.seed));
        house.ledger.sign(&house.store, self.now.load(Ordering::SeqCst)).unwrap();
        let keys = Reader::open(Arc::new(self.disk.clone())).unwrap().keys().unwrap().unwrap();
        let known: Vec<_> = self.signed.take().into_iter().collect();
        verify(&self.disk, &keys, &known).unwrap_or_else(|e| panic!("seed {}: {e}", self.seed));
        (answers, refusals, starts)
    }

    /// One request; whether it was answered.
    fn step(&mut self, house: &House, step: u64) -> bool {
        self.now.fetch_add(self.draw(2_000) as i64 - 300, Ordering::SeqCst);
        let answered = match self.draw(4) {
            0 => self.place_order(house),
            _ if self.orders.is_empty() => self.place_order(house),
            _ => self.open_order(house),
        };
        if answered {
            // What is surely on the platter at this moment, whatever happens next.
            self.look_at(&self.disk.platter(), "at the answer");
        }
        if step % 7 == 6 {
            let _ = house.ledger.sign(&house.store, self.now.load(Ordering::SeqCst));
            let told = house.ledger.state().checkpoint;
            self.signed = told.map(|note| Checkpoint::unverified(&note).unwrap()).or(self.signed.take());
            self.disk.mend();
        }
        answered
    }

    fn place_order(&mut self, house: &House) -> bool {
        let order = Uuid::from_u128(u128::from(self.random.draw()) << 64 | u128::from(self.random.draw()));
        let here = Place::new(vault_api::Column::OrdersEmail, order, order);
        let ask = OrderAsk { order, person: order, places: vec![here] };
        let request =
            Request::SealOrder { cap: None, items: vec![item(&here, &order.to_string())], order: ask };
        let Response::OrderSealed(mut sealed) = house.answer(Role::Web, request) else { return false };
        *self.answered.entry((Did::Seal, order)).or_default() += 1;
        let cap = sealed.grant.guest_cap.unwrap();
        self.orders.push(Order { here, sealed: sealed.items.remove(0).sealed, cap });
        true
    }

    fn open_order(&mut self, house: &House) -> bool {
        let at = self.draw(self.orders.len() as u64) as usize;
        let Order { here, sealed, cap } = &self.orders[at];
        let items = vec![unseal_item(here, sealed)];
        let request = Request::Unseal { cap: cap.clone(), purpose: Purpose::OrderPage, items };
        match house.answer(Role::Web, request) {
            Response::Opened(mut opened) => {
                assert_eq!(text(opened.remove(0)), Ok(here.row.to_string()), "seed {}", self.seed);
                *self.answered.entry((Did::Unseal, here.row)).or_default() += 1;
                true
            }
            Response::Failed(VaultError::Unavailable) => false,
            Response::Failed(e) => panic!("seed {}: {e}", self.seed),
            _ => panic!("another answer"),
        }
    }

    fn look(&self, when: &str) {
        self.look_at(&self.disk, when);
    }

    /// The ledger has an entry for everything that was answered, and goes on from everything that was signed.
    fn look_at(&self, disk: &Sim, when: &str) {
        let Ok(reader) = Reader::open(Arc::new(disk.clone())) else {
            return assert!(
                self.answered.is_empty(),
                "seed {}, {when}: the ledger cannot be read",
                self.seed
            );
        };
        let mut times = Times::new();
        let seen = &mut |_, bytes: &[u8]| {
            let entry = Entry::decode(bytes).unwrap();
            let kind = match entry.kind {
                Kind::Seal => Did::Seal,
                Kind::Unseal => Did::Unseal,
                _ => return Ok(true),
            };
            entry.places.pairs().for_each(|(_, row)| *times.entry((kind, *row)).or_default() += 1);
            Ok(true)
        };
        reader.entries(0..u64::MAX, seen).unwrap();
        for (what, count) in &self.answered {
            let entries = times.get(what).copied().unwrap_or_default();
            assert!(
                entries >= *count,
                "seed {}, {when}: {what:?} answered {count}, {entries} entries",
                self.seed
            );
        }
        if let Some(signed) = &self.signed {
            assert!(reader.size() >= signed.size, "seed {}, {when}: what was signed is lost", self.seed);
            let (size, root) = (reader.size(), reader.root(reader.size()).unwrap());
            let proof = reader.consistency_proof(signed.size, size).unwrap();
            assert!(
                is_consistent((signed.size, &signed.root), (size, &root), &proof),
                "seed {}, {when}",
                self.seed
            );
        }
    }
}
