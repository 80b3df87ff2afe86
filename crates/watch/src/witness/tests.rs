//! A witness before logs that are whole, and before logs that somebody with the signing key has forged.

use super::*;
use ledger::{Before, Checkpoint, Entry, Folder, Kind, Log, Note, Reader, Signer, Start, Tile, sim::Sim};
use std::sync::{Arc, Mutex, MutexGuard};
use uuid::Uuid;

const ORIGIN: &str = "dozo-ledger/test/1";
const T: u64 = 1_800_000_000;

/// What the source shows at the moment.
struct Showing {
    log: Log,
    reader: Reader,
    note: Option<String>,
    away: bool,
    takes: bool,
    lies: bool,
    sealed: Option<u64>,
    cosigned: Vec<String>,
}

#[derive(Clone)]
struct Stage(Arc<Mutex<Showing>>);

impl Stage {
    fn new(log: (Log, Reader)) -> Stage {
        let (log, reader) = log;
        let note = log.checkpoint();
        let showing = Showing {
            log,
            reader,
            note,
            away: false,
            takes: true,
            lies: false,
            sealed: None,
            cosigned: vec![],
        };
        Stage(Arc::new(Mutex::new(showing)))
    }

    fn get(&self) -> MutexGuard<'_, Showing> {
        self.0.lock().unwrap()
    }

    /// Shows another log from now on.
    fn show(&self, (log, reader): (Log, Reader)) {
        let mut showing = self.get();
        showing.note = log.checkpoint();
        (showing.log, showing.reader) = (log, reader);
    }

    /// Adds entries to the log that is shown, and signs.
    fn grow(&self, numbers: std::ops::Range<u64>, now_s: u64) {
        let mut showing = self.get();
        fill(&showing.log, numbers);
        showing.log.issue(now_s).unwrap();
        showing.reader.refresh(u64::MAX).unwrap();
        showing.note = showing.log.checkpoint();
    }
}

impl Source for Stage {
    fn keys(&mut self) -> io::Result<String> {
        self.answers()?;
        Ok(self.get().log.keys().map(|key| format!("{key}\n")).concat())
    }

    fn checkpoint(&mut self) -> io::Result<Option<String>> {
        self.answers()?;
        Ok(self.get().note.clone())
    }

    fn tile(&mut self, tile: &Tile) -> io::Result<Vec<u8>> {
        self.answers()?;
        let showing = self.get();
        let mut bytes = showing.reader.tile(tile)?.ok_or(io::ErrorKind::NotFound)?;
        if showing.lies && tile.of == ledger::Of::Entries {
            *bytes.last_mut().unwrap() ^= 1;
        }
        Ok(bytes)
    }

    fn cosigned(&mut self, note: &str, _key: &VerifierKey) -> io::Result<()> {
        let mut showing = self.get();
        if !showing.takes {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        showing.cosigned.push(note.to_owned());
        Ok(())
    }

    fn sealed(&mut self) -> Option<u64> {
        self.get().sealed
    }
}

impl Stage {
    fn answers(&self) -> io::Result<()> {
        if self.get().away { Err(io::ErrorKind::NotConnected.into()) } else { Ok(()) }
    }
}

fn signer(n: u8) -> Signer {
    Signer::from_seeds(&[n; 32], &[n + 1; 32]).unwrap()
}

fn entry(n: u64) -> Entry {
    let mut entry = Entry::new((T * 1000 + n) as i64, Kind::Unseal);
    entry.places.put("orders.email", Uuid::from_u128(n.into()), Uuid::from_u128(n.into()));
    entry
}

fn fill(log: &Log, numbers: std::ops::Range<u64>) {
    let all: Vec<Entry> = numbers.map(entry).collect();
    log.append(&all.iter().collect::<Vec<_>>()).unwrap();
}

/// A log of these entries, signed at `T`.
fn log_of(origin: &str, signer: Signer, entries: &[Entry]) -> (Log, Reader) {
    let disk = Arc::new(Sim::new(1));
    let (log, _) = Log::open(Arc::clone(&disk) as _, Start { origin, signer, known: None }).unwrap();
    log.append(&entries.iter().collect::<Vec<_>>()).unwrap();
    log.issue(T).unwrap();
    (log, Reader::open(disk).unwrap())
}

fn honest(size: u64) -> (Log, Reader) {
    log_of(ORIGIN, signer(1), &(0..size).map(entry).collect::<Vec<_>>())
}

/// A log with the right key that goes another way behind entry `same`.
fn forged(same: u64, size: u64) -> (Log, Reader) {
    let entries: Vec<_> = (0..size).map(|n| entry(if n < same { n } else { n + 1_000_000 })).collect();
    log_of(ORIGIN, signer(1), &entries)
}

struct Bench {
    dir: tempfile::TempDir,
    stage: Stage,
    witness: Option<Witness>,
}

impl Bench {
    fn new(log: (Log, Reader)) -> Bench {
        let mut bench = Bench { dir: tempfile::tempdir().unwrap(), stage: Stage::new(log), witness: None };
        bench.restart(|_| {});
        bench
    }

    fn open(&self, set: impl FnOnce(&mut Config)) -> io::Result<Witness> {
        let mut config = Config::new(self.dir.path().join("w"));
        set(&mut config);
        let life = Life::of_test("watch", self.dir.path());
        Witness::open(config, Box::new(self.stage.clone()), life.metrics())
    }

    fn restart(&mut self, set: impl FnOnce(&mut Config)) {
        self.witness = None;
        self.witness = Some(self.open(set).unwrap());
    }

    fn look(&mut self) -> Vec<Doubt> {
        self.look_at(T + 1)
    }

    fn look_at(&mut self, now_s: u64) -> Vec<Doubt> {
        self.witness.as_mut().unwrap().look(now_s).doubts.iter().copied().collect()
    }

    fn size(&self) -> u64 {
        self.witness.as_ref().unwrap().state.size
    }

    fn refused(&self) -> usize {
        fs::read_dir(self.dir.path().join("w/refused")).unwrap().count()
    }
}

#[test]
fn a_log_that_grows_is_witnessed_copied_and_signed_for() {
    let mut bench = Bench::new(honest(1));
    assert_eq!(bench.look(), []);
    for (from, to) in [(1, 2), (2, 255), (255, 257), (257, 257), (257, 1_000)] {
        bench.stage.grow(from..to, T + 2);
        assert_eq!(bench.look_at(T + 60), [], "{to}");
        assert_eq!(bench.size(), to);
    }
    let keys = bench.stage.get().log.keys();
    let own = bench.witness.as_ref().unwrap().cosigner.key();
    let handed = bench.stage.get().cosigned.clone();
    assert_eq!(handed.len(), 6);
    let all = [&keys[..], std::slice::from_ref(&own)].concat();
    let last = Checkpoint::open(handed.last().unwrap(), &all).unwrap();
    assert_eq!(own.signed_at_s(&Note::parse(handed.last().unwrap()).unwrap()), Some(T + 60));

    // The copy is a log of its own right: anybody can check it, and prove what stood in it.
    let copy = bench.dir.path().join("w/1");
    let verified = ledger::verify(&*Folder::reading(&copy), &keys, std::slice::from_ref(&last)).unwrap();
    assert_eq!((verified.size, verified.checkpoint), (1_000, last));
    let proof = Reader::open(Folder::reading(&copy)).unwrap().prove(7, 1_000, handed[5].clone()).unwrap();
    assert!(proof.verify(&all).is_ok());
    let state: State =
        serde_json::from_slice(&fs::read(bench.dir.path().join("w/state.json")).unwrap()).unwrap();
    assert_eq!((state.size, state.copied, state.doubts.len()), (1_000, 1_000, 0));
    assert_eq!(bench.refused(), 0);
}

#[test]
fn a_cut_at_every_size_is_refused_also_after_a_start() {
    const SEEN: u64 = 37;
    let mut bench = Bench::new(honest(SEEN));
    assert_eq!(bench.look(), []);
    for size in 1..SEEN {
        bench.stage.show(honest(size));
        assert_eq!(bench.look(), [Doubt::LedgerRolledBack], "{size}");
    }
    bench.restart(|_| {});
    assert_eq!(bench.look(), [Doubt::LedgerRolledBack], "what was witnessed is not forgotten");
    bench.stage.get().note = None;
    assert_eq!(bench.look(), [Doubt::LedgerRolledBack], "a log that says it is empty");
    assert_eq!((bench.size(), bench.refused()), (SEEN, SEEN as usize - 1));
    assert_eq!(bench.stage.get().cosigned.len(), 1, "nothing more was signed for");
    bench.stage.show(honest(SEEN + 1));
    assert_eq!(bench.look(), [], "and the true log goes on");
}

#[test]
fn a_fork_at_every_size_is_refused() {
    const SEEN: u64 = 37;
    let mut bench = Bench::new(honest(SEEN));
    assert_eq!(bench.look(), []);
    for same in 0..SEEN {
        for size in [SEEN, SEEN + 1, 64, 300] {
            bench.stage.show(forged(same, size));
            assert_eq!(bench.look(), [Doubt::LedgerForked], "{same} of {size}");
        }
    }
    assert_eq!((bench.size(), bench.stage.get().cosigned.len()), (SEEN, 1));
    bench.stage.show(forged(SEEN, 300));
    assert_eq!(bench.look(), [], "what comes behind the witnessed part is nobody's business");
}

#[test]
fn a_changed_bit_or_another_key_is_refused() {
    let mut bench = Bench::new(honest(7));
    assert_eq!(bench.look(), []);
    let note = bench.stage.get().note.clone().unwrap().into_bytes();
    for at in (0..note.len()).step_by(7) {
        let mut changed = note.clone();
        changed[at] ^= 1;
        bench.stage.get().note = Some(String::from_utf8_lossy(&changed).into_owned());
        assert_eq!(bench.look(), [Doubt::LedgerUnsigned], "{at}");
    }
    let entries: Vec<_> = (0..9).map(entry).collect();
    bench.stage.show(log_of(ORIGIN, signer(5), &entries));
    assert_eq!(bench.look(), [Doubt::LedgerUnsigned], "the same history under another key");
    let half = {
        let mut note = Note::parse(&honest(9).0.checkpoint().unwrap()).unwrap();
        note.signatures.truncate(1);
        note.to_string()
    };
    bench.stage.get().note = Some(half);
    assert_eq!(bench.look(), [Doubt::LedgerUnsigned], "one of the two signatures");
    assert_eq!(bench.size(), 7);
    assert_eq!(bench.refused(), REFUSED_MAX, "evidence is kept, and bounded");
}

#[test]
fn entries_that_are_not_those_that_were_signed_do_not_get_into_the_copy() {
    let mut bench = Bench::new(honest(300));
    bench.stage.get().lies = true;
    assert_eq!(bench.look(), [Doubt::LedgerWithheld]);
    assert_eq!((bench.size(), bench.stage.get().cosigned.len()), (0, 0));
    bench.stage.get().lies = false;
    assert_eq!(bench.look(), []);
    bench.stage.grow(300..400, T + 1);
    bench.stage.get().lies = true;
    assert_eq!(bench.look(), [Doubt::LedgerWithheld]);
    bench.stage.get().lies = false;
    assert_eq!(bench.look(), []);
    assert_eq!(bench.size(), 400);
}

#[test]
fn what_was_proved_and_copied_counts_even_where_no_checkpoint_was_kept() {
    let mut bench = Bench::new(honest(300));
    assert_eq!(bench.look(), []);
    // As a crash between the copy and the checkpoint leaves it.
    let keys = bench.stage.get().log.keys().to_vec();
    bench.witness = None;
    let folder = Folder::writing(bench.dir.path().join("w/1")).unwrap();
    let more: Vec<_> = (300..310).flat_map(|n| entry(n).encode()).collect();
    let more: Vec<&[u8]> = more.iter().map(Vec::as_slice).collect();
    ledger::Mirror::open(folder, &keys).unwrap().append(&more).unwrap();
    bench.restart(|_| {});
    bench.stage.show(honest(305));
    assert_eq!(bench.look(), [Doubt::LedgerRolledBack]);
    bench.stage.show(forged(305, 310));
    assert_eq!(bench.look(), [Doubt::LedgerForked]);
    bench.stage.show(honest(400));
    assert_eq!((bench.look(), bench.size()), (vec![], 400));
}

#[test]
fn a_new_log_is_believed_only_where_it_goes_on_from_what_was_witnessed() {
    let mut bench = Bench::new(honest(40));
    assert_eq!(bench.look(), []);
    let seen = bench.witness.as_ref().unwrap().copies.last().unwrap().clone();
    let restart = |before: Option<Before>| {
        let mut first = Entry::new(T as i64 * 1000, Kind::Restart);
        first.before = before;
        log_of("dozo-ledger/test/2", signer(1), &[first, entry(9), entry(10)])
    };
    let before = |size, root| Some(Before { origin: ORIGIN.into(), size, root });
    let older = {
        let (log, _) = honest(39);
        Checkpoint::unverified(&log.checkpoint().unwrap()).unwrap()
    };
    let plain = log_of("dozo-ledger/test/2", signer(1), &[entry(0), entry(1)]);
    for (log, why) in [
        (plain, "no word of the log before"),
        (restart(None), "nor of its end"),
        (restart(before(39, older.root)), "an older end"),
        (restart(before(40, older.root)), "another root"),
        (restart(before(39, seen.root)), "another size"),
        (
            restart(Some(Before { origin: "dozo-ledger/test/0".into(), size: 41, root: seen.root })),
            "another log",
        ),
    ] {
        bench.stage.show(log);
        assert_eq!(bench.look(), [Doubt::LedgerReplaced], "{why}");
    }
    bench.stage.show(restart(before(40, seen.root)));
    assert_eq!(bench.look(), [Doubt::LedgerBegunAnew], "believed, and said");
    assert_eq!(bench.look(), []);
    bench.restart(|_| {});
    bench.stage.grow(11..20, T + 1);
    assert_eq!((bench.look(), bench.size()), (vec![], 12));
    let old = Reader::open(Folder::reading(bench.dir.path().join("w/1"))).unwrap();
    assert_eq!(old.root(40).unwrap(), seen.root, "the old log's copy stays");
    bench.stage.show(honest(41));
    assert_eq!(bench.look(), [Doubt::LedgerReplaced], "there is no way back");
}

/// A witness whose own folder was put back with all the rest has seen less than the log went on from.
#[test]
fn a_new_log_may_go_on_from_later_than_was_seen_where_nothing_contradicts_it() {
    let (log, _) = honest(57);
    let later = Checkpoint::unverified(&log.checkpoint().unwrap()).unwrap();
    let restart = || {
        let mut first = Entry::new(T as i64 * 1000, Kind::Restart);
        first.before = Some(Before { origin: ORIGIN.into(), size: 57, root: later.root });
        log_of("dozo-ledger/test/2", signer(1), &[first, entry(9)])
    };
    let mut bench = Bench::new(honest(40));
    assert_eq!(bench.look(), []);
    bench.stage.show(restart());
    assert_eq!(bench.look(), [Doubt::LedgerBegunAnew], "believed, and said");
    assert_eq!(bench.look(), []);
    let old = Reader::open(Folder::reading(bench.dir.path().join("w/1"))).unwrap();
    assert_eq!(old.size(), 40, "what was seen of the old log stays");

    let mut bench = Bench::new(honest(40));
    assert_eq!(bench.look(), []);
    bench.stage.show(honest(39));
    assert_eq!(bench.look(), [Doubt::LedgerRolledBack]);
    bench.restart(|_| {});
    bench.stage.show(restart());
    assert_eq!(bench.look(), [Doubt::LedgerReplaced], "the end of what was rolled back, for all it knows");
}

#[test]
fn keys_are_believed_at_the_first_look_or_as_they_were_told() {
    let mut bench = Bench::new(honest(3));
    assert_eq!(bench.look(), []);
    let told = |n: u8| signer(n).keys("any/name").to_vec();
    bench.witness = None;
    assert!(bench.open(|config| config.keys = told(1)).is_ok(), "the same keys");
    let error = bench.open(|config| config.keys = told(5)).err().unwrap();
    assert!(error.to_string().contains("another folder"), "{error}");

    let mut other = Bench::new(honest(3));
    other.restart(|config| config.keys = told(5));
    assert_eq!(other.look(), [Doubt::LedgerUnsigned]);
    other.restart(|_| {});
    assert_eq!(other.look(), [Doubt::LedgerUnsigned], "what was told stays");
}

#[test]
fn silence_staleness_and_a_log_that_stands_still_are_said() {
    let mut bench = Bench::new(honest(3));
    bench.stage.get().sealed = Some(5);
    assert_eq!(bench.look(), []);
    assert_eq!(bench.look_at(T + 300), []);
    assert_eq!(bench.look_at(T + 301), [Doubt::LedgerStale]);
    assert_eq!(bench.look_at(T - 301), [Doubt::LedgerStale], "signed in the future");

    let mut bench = Bench::new(honest(3));
    for (at, sealed, doubts) in [(0, 5, vec![]), (60, 6, vec![]), (61, 6, vec![])] {
        bench.stage.get().sealed = Some(sealed);
        assert_eq!(bench.look_at(T + at), doubts, "{at}: it may be in the next checkpoint");
    }
    assert_eq!(bench.look_at(T + 120), [Doubt::LedgerStandsStill]);
    bench.stage.grow(3..4, T + 130);
    assert_eq!(bench.look_at(T + 180), []);

    bench.stage.get().takes = false;
    assert_eq!(bench.look_at(T + 181), [Doubt::NotHandedBack]);
    bench.stage.get().away = true;
    assert_eq!(bench.look_at(T + 182), [Doubt::NotHandedBack], "too early to call it silent");
    bench.restart(|config| config.silent_after = Duration::ZERO);
    assert_eq!(bench.look(), [Doubt::LedgerSilent]);
}

#[test]
fn a_full_copy_is_said_and_the_rest_goes_on() {
    let mut bench = Bench::new(honest(300));
    assert_eq!(bench.look(), []);
    bench.restart(|config| config.copy_bytes_max = 1);
    bench.stage.grow(300..600, T + 1);
    assert_eq!(bench.look(), [Doubt::CopyFull]);
    assert_eq!((bench.size(), bench.witness.as_ref().unwrap().state.copied), (600, 300));
    bench.stage.show(forged(500, 700));
    assert_eq!(bench.look(), [Doubt::LedgerForked]);
    bench.restart(|_| {});
    bench.stage.show(honest(650));
    assert_eq!(bench.look(), [], "with room again it catches up");
    assert_eq!(bench.witness.as_ref().unwrap().state.copied, 650);
}

#[test]
fn one_witness_in_a_folder_and_a_folder_that_cannot_be_written_is_said() {
    let mut bench = Bench::new(honest(3));
    assert_eq!(bench.open(|_| {}).err().unwrap().kind(), io::ErrorKind::WouldBlock);
    fs::write(bench.dir.path().join("w/1"), "in the way").unwrap();
    assert_eq!(bench.look(), [Doubt::CopyFailed]);
    fs::remove_file(bench.dir.path().join("w/1")).unwrap();
    assert_eq!(bench.look(), []);
}

#[test]
fn whoever_asks_is_answered_at_once() {
    let bench = Bench::new(honest(3));
    let dir = bench.dir.path().join("w");
    let life = Life::of_test("watch", bench.dir.path());
    let book = Book::open(&dir, "alarms", 1_000_000, 2).unwrap();
    let register = Arc::new(Mutex::new(Register::open(&dir, None).unwrap()));
    let alarms = Alarms::new(Arc::new(Mutex::new(book)), register, None, life.metrics());
    let (witness, ours) = (bench.witness.unwrap(), life.clone());
    let running = std::thread::spawn(move || witness.watch(alarms, &ours));
    let wait = Instant::now() + Duration::from_secs(20);
    while !dir.join("state.json").exists() {
        assert!(Instant::now() < wait);
        std::thread::sleep(Duration::from_millis(10));
    }
    bench.stage.show(honest(2));
    let state = ask(&dir, Duration::from_secs(20)).unwrap();
    assert!(state.doubts.contains(&Doubt::LedgerRolledBack) && state.size == 3);
    let alarms = fs::read_to_string(dir.join("alarms.jsonl")).unwrap();
    assert!(alarms.contains("\"doubt\":\"ledger_rolled_back\""), "{alarms}");
    life.stop();
    running.join().unwrap();
}
