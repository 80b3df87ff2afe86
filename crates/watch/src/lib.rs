//! The watch: looks at the shop from outside, as a customer does, and cries out when something is wrong. And it
//! witnesses the ledger ([`witness`]), on this machine or on another one.
//!
//! Every two seconds half of the kinds of pages that a visitor gets are fetched through the gate with an ordinary
//! browser's names, and held against the manifest that the owner signed ([`looks`]); files are looked at ([`files`]) and
//! read for card numbers ([`strays`]). Invariants: the watch holds no key but its own as a witness, and writes nothing of
//! the shop; what it reports names pages, files and headers, never visitors and never what stood on a page.

mod alarms;
mod book;
mod browser;
pub mod files;
mod finding;
mod frozen;
mod gate;
mod heartbeat;
pub mod looks;
mod register;
pub mod strays;
pub mod tell;
mod texts;
mod visits;
pub mod witness;

pub use finding::{BrowserFault, Finding, ManifestDoubt, Severity};
pub use looks::{Pages, Watch};
pub use register::{Case, Told};
pub use texts::{Both, title};
pub use visits::{OwnVisit, own_visits};

use register::Looker;

use anyhow::Context;
use jiff::Timestamp;
use std::{
    io,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
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
    /// The watch's own folder; made if it is not there.
    pub dir: PathBuf,
    /// Where what was found is laid out for the back office, if anywhere.
    pub shown: Option<PathBuf>,
    /// Where the gate is asked to close, if it is on this machine.
    pub lock_socket: Option<PathBuf>,
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
            dir: dir.into(),
            shown: None,
            lock_socket: None,
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
#[derive(Debug, Clone, Default)]
pub struct Inside {
    /// What there may be in the shop's folder.
    pub house: files::House,
    /// The gate's folder.
    pub gate: Option<PathBuf>,
    /// What the browser that walks through the shop laid out, where there is one.
    pub browser: Option<PathBuf>,
    /// Files and folders that are read for card numbers.
    pub read: Vec<PathBuf>,
}

/// The ledger of the vault on this machine.
pub struct Ledger {
    /// Speaks to the vault in the role watch.
    pub vault: Arc<Client>,
    /// How it is witnessed.
    pub witness: witness::Config,
    /// Where it is shown to a witness on another machine, if there is one.
    pub relay: Option<SocketAddr>,
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
    let beat_every = config.beat_every;
    let mut watch =
        Watch::new(config, life.metrics()).with_context(|| format!("cannot watch from {}", dir.display()))?;
    let sight = watch.sight();
    heartbeat::write(&dir, &sight).with_context(|| format!("cannot write in {}", dir.display()))?;
    let telling = tell::start(tell, &shop, &dir, watch.alarms(), &life).context("cannot tell anybody")?;
    let looking = look_inside(inside, &watch, &life)?;
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

/// How often the folder is looked at, and files are read.
const FILES_EVERY: Duration = Duration::from_secs(1);
const READ_EVERY: Duration = Duration::from_secs(1);
/// How long is read each time: so much of each second of one core.
const READ_TIME: Duration = Duration::from_millis(15);

/// Those who look at files.
fn look_inside(inside: Inside, watch: &Watch, life: &Life) -> io::Result<Vec<thread::JoinHandle<()>>> {
    let mut threads = Vec::new();
    let Inside { house, gate, browser, read } = inside;
    // What the browser types, so that the scan knows it.
    let bait = Arc::<Mutex<Option<String>>>::default();
    if let Some(path) = browser {
        let mut alarms = watch.alarms_beside(Looker::of("browser"), life.metrics());
        let (mut browser, sight, life) =
            (browser::Browser::new(path, Timestamp::now()), watch.sight(), life.clone());
        let bait = Arc::clone(&bait);
        threads.push(thread::Builder::new().name("browser".into()).spawn(move || {
            while !life.sleep(READ_EVERY) {
                let (found, state, honey) = browser.look(Timestamp::now());
                *bait.lock().unwrap_or_else(|p| p.into_inner()) = honey;
                alarms.compare(found);
                sight.lock().unwrap_or_else(|p| p.into_inner()).browser = state;
            }
        })?);
    }
    if let Some(dir) = gate {
        let mut alarms = watch.alarms_beside(Looker::of("gate"), life.metrics());
        let (mut gate, life) = (gate::Gate::new(dir), life.clone());
        threads.push(thread::Builder::new().name("gate".into()).spawn(move || {
            while !life.sleep(READ_EVERY) {
                alarms.compare(gate.look(Timestamp::now()));
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
        threads.push(thread::Builder::new().name("cards".into()).spawn(move || {
            while !life.sleep(READ_EVERY) {
                scan.look_for(bait.lock().unwrap_or_else(|p| p.into_inner()).clone());
                let before = scan.scanned_bytes();
                let progress = scan.turn(READ_TIME);
                bytes.inc_by(scan.scanned_bytes() - before);
                alarms.compare(scan.findings());
                let mut sight = sight.lock().unwrap_or_else(|p| p.into_inner());
                sight.scan = (progress.total_bytes, progress.done_bytes);
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
    let Ledger { vault, witness, relay } = ledger;
    let dir = witness.dir.clone();
    let alarms = watch.alarms_beside(Looker::LEDGER, life.metrics());
    let honey = watch.alarms_beside(Looker::HONEYTOKENS, life.metrics());
    let cannot = || format!("cannot witness the ledger in {}", dir.display());
    let witness =
        Witness::open(witness, Box::new(Arc::clone(&vault)), life.metrics()).with_context(cannot)?;
    let mut threads = Vec::new();
    if let Some(at) = relay {
        let token = witness::relay_token(&dir).with_context(cannot)?;
        let tls = witness::relay_identity(&dir).with_context(cannot)?.server(&[])?;
        let listener = TcpListener::bind(at)
            .with_context(|| format!("cannot show the ledger on {at}: choose another port in [witness]"))?;
        let life = life.clone();
        let vault = Arc::clone(&vault);
        threads.push(thread::Builder::new().name("relay".into()).spawn(move || {
            if let Err(e) = witness::relay::serve(listener, tls, vault, &token, &life) {
                tracing::error!(error = format!("{e:#}"), "the ledger is not shown to the other witness");
            }
        })?);
    }
    let frozen = (Arc::clone(&vault), life.clone());
    let ask = move || frozen::watch(&frozen.0, honey, &frozen.1);
    threads.push(thread::Builder::new().name("honeytoken".into()).spawn(ask)?);
    let life = life.clone();
    threads.push(thread::Builder::new().name("witness".into()).spawn(move || witness.watch(alarms, &life))?);
    Ok(threads)
}
