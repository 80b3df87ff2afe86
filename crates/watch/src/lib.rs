//! The watch: looks at the shop from outside, as a customer does, and cries out when something is wrong. And it
//! witnesses the ledger ([`witness`]), on this machine or on another one.
//!
//! Every two seconds half of the kinds of pages that a visitor gets are fetched through the gate with an ordinary
//! browser's names, and held against the manifest that the owner signed ([`looks`]); files are looked at ([`files`]) and
//! read for card numbers ([`strays`]). Invariants: the watch holds no key but its own as a witness, and writes nothing of
//! the shop; what it reports names pages, files and headers, never visitors and never what stood on a page.

pub mod address;
mod alarms;
mod book;
mod browser;
mod certificate;
mod entries;
pub mod files;
mod finding;
mod frozen;
mod gate;
mod heartbeat;
mod link;
pub mod looks;
mod machine;
mod register;
mod shown;
mod staffing;
pub mod strays;
mod tail;
pub mod tell;
mod texts;
mod visits;
pub mod witness;

pub use finding::{AddressFault, BrowserFault, Finding, ManifestDoubt, Place, Severity};
pub use link::Link;
pub use looks::{Pages, Watch};
pub use machine::{Machine, free_bytes};
pub use register::{Case, Told};
pub use texts::{Both, title};
pub use visits::{OwnVisit, own_visits};

use register::Looker;

use anyhow::Context;
use jiff::Timestamp;
use std::{
    io,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};
use telemetry::Life;
use vault_api::Client;
use witness::Witness;

/// Everything the watch is told.
#[derive(Clone)]
pub struct Config {
    /// The shop's origin as customers write it. Names under `.localhost` are looked for at 127.0.0.1.
    pub origin: String,
    /// Who may answer there by https://; `None` where the origin is http://.
    pub trust: Option<outbound::Trust>,
    /// What pages are held against.
    pub pages: Pages,
    /// Names whose addresses and certificates are looked at.
    pub addresses: Vec<address::Address>,
    /// The watch's own folder; made if it is not there.
    pub dir: PathBuf,
    /// Where what was found is laid out for the back office, if anywhere.
    pub shown: Option<PathBuf>,
    /// Where the gate is asked to close, if it is on this machine.
    pub lock_socket: Option<PathBuf>,
    /// The way to the watch in the shop, where this is another machine.
    pub link: Option<Link>,
    /// How often it looks.
    pub look_every: Duration,
    /// How often the heartbeat is written.
    pub beat_every: Duration,
    /// How long one page may take.
    pub page_timeout: Duration,
    /// For how long after its own start nothing is said of a shop that is not there yet.
    pub start_grace: Duration,
    /// The names it goes by, one after the other.
    pub user_agents: Vec<String>,
    /// A new file of looks is begun at this size.
    pub file_bytes_max: u64,
    /// The most closed files of looks; the oldest goes when there are more.
    pub files_max: usize,
}

impl Config {
    /// The usual rhythm, for the shop at `origin`.
    pub fn new(origin: impl Into<String>, dir: impl Into<PathBuf>, pages: Pages) -> Config {
        let agents = [
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0",
            // An old one, which is sent what a robber has tried least.
            "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
        ];
        Config {
            origin: origin.into(),
            trust: None,
            pages,
            addresses: Vec::new(),
            dir: dir.into(),
            shown: None,
            lock_socket: None,
            link: None,
            look_every: Duration::from_secs(2),
            beat_every: Duration::from_secs(1),
            page_timeout: Duration::from_secs(5),
            start_grace: Duration::from_secs(15),
            user_agents: agents.map(str::to_owned).to_vec(),
            file_bytes_max: 4 * 1024 * 1024,
            files_max: 20,
        }
    }
}

/// What the watch may see of the shop's machine, where it runs there.
#[derive(Default)]
pub struct Inside {
    /// What there may be in the shop's folder.
    pub house: files::House,
    /// The gate's folder.
    pub gate: Option<PathBuf>,
    /// How the process that obtains certificates says it does, where there is one.
    pub certificate: Option<PathBuf>,
    /// What the browser that walks through the shop laid out, where there is one.
    pub browser: Option<PathBuf>,
    /// The machine, and who supervises the shop's processes there.
    pub machine: Option<Machine>,
    /// Files and folders that are read for card numbers.
    pub read: Vec<PathBuf>,
    /// A database that lies in none of them, read for card numbers, too.
    pub database: Option<Box<dyn strays::Shelf>>,
}

/// The ledger of the vault.
pub enum Ledger {
    /// On this machine.
    Here {
        /// Speaks to the vault in the role watch.
        vault: Arc<Client>,
        /// How it is witnessed.
        witness: witness::Config,
        /// Where it is shown to a witness or a watch on another machine, if there is one.
        relay: Option<Relay>,
    },
    /// On the shop's machine, over its watch.
    There {
        /// The way there.
        link: Link,
        /// How it is witnessed.
        witness: witness::Config,
    },
}

/// What is shown to another machine, and what is taken from it.
pub struct Relay {
    /// Where it is called.
    pub at: SocketAddr,
    /// Whose orders to close the way to payment are followed.
    pub keys: Vec<ledger::VerifierKey>,
    /// After how long without a sign of life of the other watch the way to payment is closed; `None`: never.
    pub lock_after: Option<Duration>,
}

/// Watches until `life` ends, from outside and `inside`, witnesses the ledger, and tells whom `tell` names.
///
/// # Errors
/// Where a folder cannot be written, a port is taken, or the origin makes no sense. A shop that does not answer is no
/// error: it is what the watch is for.
pub fn run(
    config: Config,
    inside: Inside,
    ledger: Ledger,
    tell: &tell::Config,
    life: Life,
) -> anyhow::Result<()> {
    let (dir, shop) = (config.dir.clone(), config.origin.clone());
    let every = config.look_every;
    let addresses = config.addresses.clone();
    let beat_every = config.beat_every;
    let mut watch =
        Watch::new(config, life.metrics()).with_context(|| format!("cannot watch from {}", dir.display()))?;
    let sight = watch.sight();
    heartbeat::write(&dir, &sight).with_context(|| format!("cannot write in {}", dir.display()))?;
    let telling = tell::start(tell, &shop, &dir, watch.alarms(), &life).context("cannot tell anybody")?;
    let mut looking = look_inside(inside, &dir, &watch, &life).context("cannot look into the house")?;
    if !addresses.is_empty() {
        let mut alarms = watch.alarms_beside(Looker::of("addresses"), life.metrics());
        let (mut addresses, life) = (address::Addresses::new(addresses, &dir), life.clone());
        looking.push(thread::Builder::new().name("addresses".into()).spawn(move || {
            loop {
                alarms.compare(addresses.look(Timestamp::now()));
                if life.sleep(ADDRESSES_EVERY) {
                    return;
                }
            }
        })?);
    }
    let heart = heartbeat::Heart { dir, every: beat_every, sight: Arc::clone(&sight), life: life.clone() };
    let beating = thread::Builder::new().name("heartbeat".into()).spawn(move || heart.beat())?;
    let witnessing = witness_in_threads(ledger, &watch, &life)?;
    life.ready();
    while !life.is_stopping() {
        watch.look();
        life.sleep(every);
    }
    // The others end with the same life.
    for thread in witnessing.into_iter().chain(telling).chain(looking).chain([beating]) {
        let _ = thread.join();
    }
    Ok(())
}

/// How often names and certificates are looked at.
const ADDRESSES_EVERY: Duration = Duration::from_secs(60);
/// How often the folder is looked at, and files are read.
const FILES_EVERY: Duration = Duration::from_secs(1);
const READ_EVERY: Duration = Duration::from_secs(1);
/// How often room on the disk, and the till's way to its processor, are asked about.
const MACHINE_EVERY: Duration = Duration::from_secs(10);
/// How long a first look waits for the manifest.
const FIRST_MANIFEST: Duration = Duration::from_secs(5);
/// How often what the gate served is copied: within a second.
const COPY_EVERY: Duration = Duration::from_millis(250);
/// How long is read each time: so much of each second of one core.
const READ_TIME: Duration = Duration::from_millis(15);

/// Those who look at files.
fn look_inside(
    inside: Inside,
    own: &Path,
    watch: &Watch,
    life: &Life,
) -> io::Result<Vec<thread::JoinHandle<()>>> {
    let mut threads = Vec::new();
    let Inside { house, gate, certificate, browser, machine, read, database } = inside;
    // What the browser types, so that the scan knows it.
    let bait = Arc::<Mutex<Option<String>>>::default();
    if let Some(path) = browser {
        let mut alarms = watch.alarms_beside(Looker::of("browser"), life.metrics());
        let (mut browser, sight, life) =
            (browser::Browser::new(path, Timestamp::now()), watch.sight(), life.clone());
        let bait = Arc::clone(&bait);
        threads.push(thread::Builder::new().name("browser".into()).spawn(move || {
            while !life.sleep(READ_EVERY) {
                let locked = sight.lock().unwrap_or_else(|p| p.into_inner()).locked;
                let (found, state, honey) = browser.look(Timestamp::now(), locked);
                *bait.lock().unwrap_or_else(|p| p.into_inner()) = honey;
                alarms.compare(found);
                sight.lock().unwrap_or_else(|p| p.into_inner()).browser = state;
            }
        })?);
    }
    if let Some(dir) = gate {
        let mut copying = watch.alarms_beside(Looker::of("entries"), life.metrics());
        let (mut entries, of) = (entries::Entries::open(own)?, life.clone());
        let journal = entries::journal(&dir);
        threads.push(thread::Builder::new().name("entries".into()).spawn(move || {
            while !of.sleep(COPY_EVERY) {
                copying.compare(entries.look(&journal, Timestamp::now()));
            }
        })?);
        let mut alarms = watch.alarms_beside(Looker::of("gate"), life.metrics());
        let (mut gate, life) = (gate::Gate::new(dir), life.clone());
        threads.push(thread::Builder::new().name("gate".into()).spawn(move || {
            while !life.sleep(READ_EVERY) {
                alarms.compare(gate.look(Timestamp::now()));
            }
        })?);
    }
    if let Some(path) = certificate {
        let mut alarms = watch.alarms_beside(Looker::of("certificate"), life.metrics());
        let life = life.clone();
        threads.push(thread::Builder::new().name("certificate".into()).spawn(move || {
            while !life.sleep(READ_EVERY) {
                alarms.compare(certificate::look(&path, Timestamp::now()));
            }
        })?);
    }
    if let Some(machine) = machine {
        let mut alarms = watch.alarms_beside(Looker::of("machine"), life.metrics());
        let life = life.clone();
        threads.push(thread::Builder::new().name("machine".into()).spawn(move || {
            while !life.sleep(MACHINE_EVERY) {
                alarms.compare(machine.look(Timestamp::now()));
            }
        })?);
    }
    if !house.known.is_empty() {
        let mut alarms = watch.alarms_beside(Looker::of("files"), life.metrics());
        let (mut files, sight, life) = (files::Files::new(house), watch.sight(), life.clone());
        threads.push(thread::Builder::new().name("files".into()).spawn(move || {
            while !life.sleep(FILES_EVERY) {
                alarms.compare(files.look());
                sight.lock().unwrap_or_else(|p| p.into_inner()).closed = files.closed().to_vec();
            }
        })?);
    }
    if !read.is_empty() {
        let mut alarms = watch.alarms_beside(Looker::of("cards"), life.metrics());
        let bytes = life.metrics().counter("watch_scanned_bytes", "Bytes read in search of card numbers");
        let (mut scan, sight, life) = (strays::Scan::new(read, Vec::new()), watch.sight(), life.clone());
        let mut rows = database.map(|shelf| strays::Rows::open(shelf, watch.dir()));
        threads.push(thread::Builder::new().name("cards".into()).spawn(move || {
            while !life.sleep(READ_EVERY) {
                scan.look_for(bait.lock().unwrap_or_else(|p| p.into_inner()).clone());
                let before = scan.scanned_bytes();
                let progress = scan.turn(READ_TIME);
                let (mut found, mut far) = (scan.findings(), (progress.total_bytes, progress.done_bytes));
                let mut read = scan.scanned_bytes() - before;
                if let Some(rows) = &mut rows {
                    read += rows.turn(READ_TIME, scan.bait());
                    found.extend(rows.findings());
                    let (total, done) = rows.progress();
                    far = (far.0 + total, far.1 + done);
                    if rows.is_away() {
                        found.insert(Finding::DatabaseUnread);
                    }
                }
                bytes.inc_by(read);
                alarms.compare(found);
                sight.lock().unwrap_or_else(|p| p.into_inner()).scan = far;
            }
        })?);
    }
    Ok(threads)
}

/// The witness, and the relay where there is to be one.
fn witness_in_threads(
    ledger: Ledger,
    watch: &Watch,
    life: &Life,
) -> anyhow::Result<Vec<thread::JoinHandle<()>>> {
    let alarms = watch.alarms_beside(Looker::LEDGER, life.metrics());
    let (vault, config, relay) = match ledger {
        Ledger::Here { vault, witness, relay } => (vault, witness, relay),
        Ledger::There { link, witness } => return over_there(link, witness, watch, alarms, life),
    };
    let dir = config.dir.clone();
    let honey = watch.alarms_beside(Looker::HONEYTOKENS, life.metrics());
    let witness = opened(config, Box::new(Arc::clone(&vault)), life)?;
    let mut threads = Vec::new();
    if let Some(relay) = relay {
        threads.extend(show(relay, &dir, &vault, watch, life)?);
    }
    let frozen = (Arc::clone(&vault), life.clone());
    let ask = move || frozen::watch(&frozen.0, honey, &frozen.1);
    threads.push(thread::Builder::new().name("honeytoken".into()).spawn(ask)?);
    let life = life.clone();
    threads.push(thread::Builder::new().name("witness".into()).spawn(move || witness.watch(alarms, &life))?);
    Ok(threads)
}

fn opened(config: witness::Config, source: Box<dyn witness::Source>, life: &Life) -> anyhow::Result<Witness> {
    let dir = config.dir.clone();
    Witness::open(config, source, life.metrics())
        .with_context(|| format!("cannot witness the ledger in {}", dir.display()))
}

/// Shows ledger and watch to another machine, and listens for the watch there.
fn show(
    relay: Relay,
    dir: &Path,
    vault: &Arc<Client>,
    watch: &Watch,
    life: &Life,
) -> anyhow::Result<[thread::JoinHandle<()>; 2]> {
    let cannot = || format!("cannot show the ledger from {}", dir.display());
    let Relay { at, keys, lock_after } = relay;
    let token = witness::relay_token(dir).with_context(cannot)?;
    let tls = witness::relay_identity(dir).with_context(cannot)?.server(&[])?;
    let listener = TcpListener::bind(at)
        .with_context(|| format!("cannot show the ledger on {at}: choose another port in [witness]"))?;
    let gate = watch.gate_here();
    let shown = shown::Shown::new(watch.dir(), dir, watch.sight(), gate.clone(), keys);
    let (listens, missing) =
        (shown.listener(), watch.alarms_beside(Looker::of("other-watch"), life.metrics()));
    let (lock_after, ends) = (lock_after.zip(gate), life.clone());
    let miss = move || link::miss(&listens, missing, lock_after, &ends);
    let missing = thread::Builder::new().name("other-watch".into()).spawn(miss)?;
    let (vault, life) = (Arc::clone(vault), life.clone());
    let showing = thread::Builder::new().name("relay".into()).spawn(move || {
        if let Err(e) = witness::relay::serve(listener, tls, vault, shown, &token, &life) {
            tracing::error!(error = format!("{e:#}"), "the ledger is not shown to the other witness");
        }
    })?;
    Ok([missing, showing])
}

/// The witness of a ledger on the shop's machine, the pulse of the two watches, and what is copied from there.
fn over_there(
    link: Link,
    config: witness::Config,
    watch: &Watch,
    alarms: alarms::Alarms,
    life: &Life,
) -> anyhow::Result<Vec<thread::JoinHandle<()>>> {
    let witness = opened(config, Box::new(link.ledger()), life)?;
    let beside = |looker| watch.alarms_beside(Looker::of(looker), life.metrics());
    let (missing, copying) = (beside("other-watch"), beside("entries"));
    let entries = entries::Entries::open(watch.dir())
        .with_context(|| format!("cannot write in {}", watch.dir().display()))?;
    let listener = Arc::new(Mutex::new(link::Listener::new(true)));
    let (listens, sight, offered) = (Arc::clone(&listener), watch.sight(), watch.offered());
    // Before the first look: a manifest that is on its way is no missing one, nor is that of a shop that opens just now.
    let began = Instant::now();
    while !link.fetch_manifest(&offered) && began.elapsed() < FIRST_MANIFEST && !life.sleep(READ_EVERY) {}
    let mut threads = Vec::new();
    let mut spawn = |name: &str, run: Box<dyn FnOnce(Life) + Send>| -> io::Result<()> {
        let life = life.clone();
        threads.push(thread::Builder::new().name(name.into()).spawn(move || run(life))?);
        Ok(())
    };
    let keep = link.clone();
    spawn("link", Box::new(move |life| keep.keep(&sight, &listens, &offered, &life)))?;
    spawn("other-watch", Box::new(move |life| link::miss(&listener, missing, None, &life)))?;
    spawn("entries", Box::new(move |life| link.copy(entries, copying, &life)))?;
    spawn("witness", Box::new(move |life| witness.watch(alarms, &life)))?;
    Ok(threads)
}
