//! `dozo up`: makes what is missing, has the processes started ([`start`]), says where they are ([`announce`]), and stops
//! them in order.

mod announce;
pub mod child;
pub mod folder;
mod log;
mod opening;
mod ports;
mod pulse;
mod start;
mod status;
pub mod visit;

pub use start::fill;

use crate::{
    house::House,
    new,
    processes::Name,
    settings::{BASE_PORT, Settings},
    users::Users,
};
use anyhow::{Context, Result};
use child::Supervised;
use folder::Folder;
use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, atomic::AtomicBool},
    time::Instant,
};

/// The settings in force, written at each start for the children to read.
pub const EFFECTIVE: &str = "run/settings.toml";
/// The settings that the merchant edits.
pub const KEPT: &str = "dozo.toml";
/// What `dozo up` takes.
#[derive(clap::Args)]
pub struct Options {
    /// Open the demo shop 栗鼠堂, with a payment sandbox and a mail viewer.
    #[arg(long)]
    demo: bool,
    /// The folder for keys and data; made where it is missing.
    #[arg(long, default_value = "dozo-data")]
    data: PathBuf,
    /// Where orders are kept: `postgres://user@host/name`, instead of an SQLite file in the data folder.
    #[arg(long)]
    database: Option<String>,
    /// The first of five neighbouring ports, at most 65531; 0 takes any that are free.
    #[arg(long, value_parser = clap::value_parser!(u16).range(..=i64::from(ports::HIGHEST_BASE)))]
    base_port: Option<u16>,
    /// Run each process as a user of its own: the beginning of the accounts' names, such as `dozo-`, or the first of
    /// twelve free ids. Only root can.
    #[arg(long)]
    users: Option<Users>,
    /// Print a new one-time link for the owner of a shop of your own, who lost password or device.
    #[arg(long)]
    invite_owner: bool,
    /// Do not walk through the shop with a browser, in this run.
    #[arg(long)]
    without_browser: bool,
    /// Print the addresses as one JSON object when the shop is ready.
    #[arg(long)]
    json: bool,
}

/// What `dozo desk` takes.
#[derive(clap::Subcommand)]
pub enum Desk {
    /// Close the shop and serve what remains of it in an incident: the pages that say whether a notice is genuine and whether
    /// an incident concerns somebody, the back office, and mail. Payment, watch and browser do not run.
    Serve(Serve),
}

/// Whose desk.
#[derive(clap::Args)]
pub struct Serve {
    /// The folder for keys and data. The shop must not run.
    #[arg(long, default_value = "dozo-data")]
    data: PathBuf,
    /// The first of five neighbouring ports, at most 65531; 0 takes any that are free.
    #[arg(long, value_parser = clap::value_parser!(u16).range(..=i64::from(ports::HIGHEST_BASE)))]
    base_port: Option<u16>,
    /// Run each process as a user of its own, as `up` does.
    #[arg(long)]
    users: Option<Users>,
    /// Print the addresses as one JSON object when the pages are there.
    #[arg(long)]
    json: bool,
}

/// What of the house is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// All of it.
    Shop,
    /// What a closed shop owes its customers.
    Desk,
}

/// What the threads of `up` share: the children, in the order of their start.
#[derive(Default)]
pub struct Shared {
    children: Mutex<Vec<Supervised>>,
    /// Whether all that there is has been started.
    complete: AtomicBool,
}

impl Shared {
    fn children(&self) -> MutexGuard<'_, Vec<Supervised>> {
        self.children.lock().unwrap_or_else(|p| p.into_inner())
    }

    fn start(&self, name: Name) {
        self.children().push(Supervised::start(name, say));
    }

    fn wait_ready(&self) -> Result<()> {
        self.children().iter().try_for_each(Supervised::wait_ready)
    }

    /// Those who let things in go first, the vault last.
    fn stop(&self) {
        let mut children = std::mem::take(&mut *self.children());
        children.sort_by_key(|c| c.name.stops_at());
        for child in &mut children {
            child.stop();
        }
    }
}

/// Runs the shop until it is told to stop.
///
/// # Errors
/// One line that says what is in the way; everything that was started is stopped.
pub fn run(options: &Options) -> Result<()> {
    serve(options, Extent::Shop)
}

/// The same for the desk alone. The shop is closed for it, and stays so until the owner opens it.
///
/// # Errors
/// As [`run`].
pub fn desk(Desk::Serve(told): &Desk) -> Result<()> {
    let Serve { data, base_port, users, json } = told;
    anyhow::ensure!(
        data.join(KEPT).is_file(),
        "no shop was ever started in {}: say with --data where its folder is",
        data.display()
    );
    let (data, base_port, users) = (data.clone(), *base_port, users.clone());
    let options = Options {
        demo: false,
        data,
        database: None,
        base_port,
        users,
        invite_owner: false,
        without_browser: true,
        json: *json,
    };
    serve(&options, Extent::Desk)
}

fn serve(options: &Options, extent: Extent) -> Result<()> {
    let began = Instant::now();
    // Whatever the caller's is: what is shown to a group must be, and what nobody thought of is shown to no other.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o027));
    new::ready(&options.data, options.demo)?;
    let folder = Folder::enter(&options.data)?;
    folder::unseen_keys()?;
    let mut settings = opening::beside_its_orders(settings(options)?)?;
    if extent == Extent::Desk {
        anyhow::ensure!(
            House::of(&settings) != House::Vault,
            "here is the vault alone: the desk is on the shop's machine"
        );
        gate::close_in(Path::new(Name::Gate.word()), lock_api::Closed::Shop, lock_api::By::Owner, "desk")
            .context("the shop cannot be closed")?;
    }
    let manifest = child::prepare()?;
    settings.manifest.owner = manifest.owner.or(settings.manifest.owner);
    let status = ports::claim(&settings.listen, House::of(&settings), settings.is_trial())?;
    settings.hand_out()?;

    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let shared = Arc::new(Shared::default());
    let done = (|| {
        status::serve(status, Arc::clone(&shared)).context("cannot serve health and metrics")?;
        let told = runtime.block_on(async { Told::listen() })?;
        if let Some(serial) = manifest.signed.filter(|_| !options.json) {
            say(&format!(
                "the page manifest (number {serial}) was signed with this folder's own key; the owner of a shop that sells signs it"
            ));
        }
        let opened = start::open(&settings, &shared, extent, options.invite_owner)?;
        if extent == Extent::Shop {
            pulse::listen(&settings, Arc::clone(&shared))?;
        }
        if House::of(&settings) != House::Vault {
            crate::lock::guard::stand(&settings)?;
        }
        note_start();
        announce::ready(options, &settings, &folder, &opened, began);
        runtime.block_on(told.wait());
        Ok(())
    })();
    if !options.json {
        say("closing");
    }
    shared.stop();
    done
}

/// Writes down which program this is, where the last start was another's. The shop is open meanwhile: to read the program takes a
/// moment.
fn note_start() {
    let note = || {
        if let Err(error) = crate::components::note_start(Path::new(".")) {
            say(&format!("which program starts cannot be written down: {error:#}"));
        }
    };
    let _ = std::thread::Builder::new().name("components".into()).spawn(note);
}

/// Sees to the page manifest, and says on standard output what is in force, or why none may be. A process of its own, as
/// [`fill`] is.
///
/// # Errors
/// Where nobody reads it.
pub fn prepare() -> Result<()> {
    let done = Settings::read(Path::new(KEPT)).and_then(|settings| crate::manifest::prepare(&settings));
    let done = done.map_err(|error| format!("{error:#}"));
    serde_json::to_writer(std::io::stdout(), &done).context("nobody asks")
}

/// The settings kept in the folder, with what the command line says for this run laid over them.
fn settings(options: &Options) -> Result<Settings> {
    let kept = Path::new(KEPT);
    let mut settings = if kept.exists() {
        Settings::read(kept)?
    } else if options.demo {
        let mut new = Settings::demo(options.base_port.filter(|p| *p != 0).unwrap_or(BASE_PORT));
        if let Some(database) = &options.database {
            new.database.clone_from(database);
        }
        new.write(kept)?;
        new
    } else {
        anyhow::bail!("{}", new::NO_SHOP)
    };
    anyhow::ensure!(
        settings.shop.is_none(),
        "the shop's name stands in {}/shop.toml, not in {KEPT}",
        new::MERCHANT
    );
    settings.shop = Some(opening::name(&settings)?);
    if settings.practice {
        settings.practise(BASE_PORT);
    }
    if let Some(database) = &options.database {
        settings.database.clone_from(database);
    }
    if let Some(users) = &options.users {
        settings.users = Some(users.clone());
    }
    settings.watch.browser &= !options.without_browser;
    // Mails of a shop to try go to its own mailbox, wherever that listens, unless somebody named another server.
    let own_mailbox = settings.is_trial() && settings.smtp.port == settings.listen.smtp.port();
    match options.base_port {
        None => {}
        Some(0) => settings.listen = ports::any_free()?,
        Some(base) => settings.listen = crate::settings::Listen::from_base(base),
    }
    if own_mailbox {
        settings.smtp.port = settings.listen.smtp.port();
    }
    new::fits(&settings).map(|()| settings)
}

/// One line for whoever started us. Standard output is kept for the ready line.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "dozo: {line}");
}

struct Told {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

impl Told {
    fn listen() -> Result<Told> {
        use tokio::signal::unix::{SignalKind, signal};
        let on = |kind| signal(kind).context("cannot listen for signals");
        Ok(Told {
            interrupt: on(SignalKind::interrupt())?,
            terminate: on(SignalKind::terminate())?,
            hangup: on(SignalKind::hangup())?,
        })
    }

    async fn wait(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
