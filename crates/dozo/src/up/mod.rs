//! `dozo up`: makes what is missing, starts the processes in order, says where they are, and stops them in order.

pub mod child;
pub mod folder;
mod log;
mod opening;
mod ports;
mod pulse;
mod status;
pub mod visit;

use crate::{
    house::House,
    new,
    processes::Name,
    settings::{BASE_PORT, Settings},
    users::{self, Users},
};
use anyhow::{Context, Result};
use child::Supervised;
use folder::Folder;
use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
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
        let opened = open(&settings, &shared, extent, options.invite_owner)?;
        if extent == Extent::Shop {
            pulse::listen(&settings, Arc::clone(&shared))?;
        }
        if House::of(&settings) != House::Vault {
            crate::lock::guard::stand(&settings)?;
        }
        note_start();
        announce(options, &settings, &folder, &opened, began)?;
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

/// Fills the shop, in the data folder, and ends. A process of its own: the memory that this takes, several times
/// what `up` needs in years, goes with it.
///
/// # Errors
/// As [`opening::fill_demo`] and [`opening::fill_own`].
pub fn fill() -> Result<()> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    let settings = Settings::read(Path::new(EFFECTIVE))?;
    if !settings.demo {
        return opening::fill_own(&settings);
    }
    let owner = crate::roles::hand_out(House::Whole)?.context("the vault is on another machine")?;
    users::settle(settings.users.as_ref())?;
    let vault = Shared::default();
    vault.start(Name::Vault);
    let done = vault.wait_ready().and_then(|()| opening::fill_demo(owner));
    vault.stop();
    done
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

/// Starts everything; what comes first is what the others need.
fn open(settings: &Settings, shared: &Shared, extent: Extent, anew: bool) -> Result<opening::Opened> {
    let house = House::of(settings);
    if house == House::Vault {
        return open_vault(settings, shared);
    }
    let store = opening::store()?;
    if !opening::is_loaded(&store, settings)? {
        anyhow::ensure!(
            house == House::Whole,
            "the shop is filled while its vault is here: take [vault] out of {KEPT}, start once, then move the vault"
        );
        child::fill()?;
    }
    let owner = crate::roles::hand_out(house)?;
    users::settle(settings.users.as_ref())?;
    shared.start(house.doorkeeper());
    shared.wait_ready()?;
    let opened = opening::prepare(&store, owner, settings, anew)?;
    drop(store);
    users::settle(settings.users.as_ref())?;
    let others: &[Name] = match (settings.is_trial(), extent) {
        (true, Extent::Shop) => &[Name::Sandbox, Name::Mailbox, Name::Till],
        (true, Extent::Desk) => &[Name::Mailbox],
        (false, Extent::Shop) => &[Name::Till],
        (false, Extent::Desk) => &[],
    };
    for name in others.iter().chain(&[Name::Web, Name::Post]) {
        shared.start(*name);
    }
    shared.wait_ready()?;
    // The door opens when there is a shop behind it, and who looks from outside looks at an open door: a page that
    // says "not yet" would be an alarm.
    let looks = (extent == Extent::Shop).then_some(Name::Watch).into_iter();
    let looks = looks.chain(settings.watch.browser.then_some(Name::Eyes));
    let acme = settings.tls.as_ref().is_some_and(|tls| tls.acme.is_some()).then_some(Name::Acme);
    let open = crate::processes::run_dir(Name::Acme).join(acme::OPEN);
    let _ = std::fs::remove_file(&open);
    for name in acme.into_iter().chain([Name::Gate]) {
        shared.start(name);
        shared.wait_ready()?;
    }
    if acme.is_some() {
        std::fs::write(&open, "").with_context(|| format!("cannot write {}", open.display()))?;
        first_certificate();
    }
    for name in looks {
        shared.start(name);
        shared.wait_ready()?;
    }
    shared.complete.store(true, Ordering::Release);
    Ok(opened)
}

/// Waits a little for the first certificate of all: whoever looks meanwhile sees one that nobody vouches for.
fn first_certificate() {
    const WAIT: Duration = Duration::from_secs(60);
    let (began, path) = (Instant::now(), crate::processes::run_dir(Name::Acme).join(acme::STATE));
    let is_known = || {
        let state =
            std::fs::read(&path).ok().and_then(|text| serde_json::from_slice::<acme::State>(&text).ok());
        state.is_some_and(|state| state.until.is_some() || state.failing_since.is_some())
    };
    if is_known() {
        return;
    }
    while !is_known() && began.elapsed() < WAIT {
        std::thread::sleep(Duration::from_millis(100));
    }
    // Until the gate has seen it.
    std::thread::sleep(gate::CERTIFICATE_LOOK * 2);
}

/// Starts the vault, and then the relay that lets the shop's machine in.
fn open_vault(settings: &Settings, shared: &Shared) -> Result<opening::Opened> {
    crate::roles::hand_out(House::Vault)?;
    users::settle(settings.users.as_ref())?;
    for name in [Name::Vault, Name::Relay] {
        shared.start(name);
        shared.wait_ready()?;
    }
    shared.complete.store(true, Ordering::Release);
    Ok(opening::Opened::default())
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

fn announce(
    options: &Options,
    settings: &Settings,
    folder: &Folder,
    opened: &opening::Opened,
    began: Instant,
) -> Result<()> {
    let ready_ms = began.elapsed().as_millis() as u64;
    let metrics = format!("http://{}/metrics", settings.listen.status);
    let mut out = std::io::stdout().lock();
    let written = match (options.json, settings.vault.listen) {
        (true, Some(at)) => {
            let line = serde_json::json!({ "vault": at, "metrics": metrics, "ready_ms": ready_ms });
            writeln!(out, "{line}")
        }
        (true, None) => writeln!(out, "{}", addresses(settings, opened, &metrics, ready_ms)),
        (false, Some(at)) => writeln!(
            out,
            "\n  The vault is open to the shop's machine ({ready_ms} ms)\n\n  Vault          {at}\n  Metrics        {metrics}\n  Data           {}\n\n  Ctrl-C closes it.",
            folder.path.display()
        ),
        (false, None) => {
            writeln!(out, "{}\n  Ctrl-C closes the shop.", told(settings, folder, opened, ready_ms))
        }
    };
    // A closed pipe is the reader's business; the shop stays open.
    let _ = written.and_then(|()| out.flush());
    Ok(())
}

/// Where everything is, for programs.
fn addresses(
    settings: &Settings,
    opened: &opening::Opened,
    metrics: &str,
    ready_ms: u64,
) -> serde_json::Value {
    let shop = settings.shop_origin();
    let sign_in = opened.staff_token.as_ref().map(|token| format!("{shop}/admin/link/{token}"));
    let to_try = |origin: String| settings.is_trial().then_some(origin);
    serde_json::json!({
        "shop": shop, "back_office": format!("{shop}/admin"), "staff_sign_in": sign_in,
        "sandbox": to_try(format!("{}/dashboard", settings.pay_origin())), "mail": to_try(settings.mail_origin()),
        "metrics": metrics, "ready_ms": ready_ms,
    })
}

/// The same for people.
fn told(settings: &Settings, folder: &Folder, opened: &opening::Opened, ready_ms: u64) -> String {
    let shop = settings.shop_origin();
    let mut text = format!(
        "\n  {} is open ({ready_ms} ms)\n\n  Shop           {shop}\n  Back office    {shop}/admin\n",
        settings.name()
    );
    if settings.practice {
        text += "  Practice       no goods come and no money moves; the sandbox takes 4242 4242 4242 4242\n";
    }
    if let Some(token) = &opened.staff_token {
        let how = if settings.demo {
            "a new one at each start"
        } else {
            "for the owner: set up password and device there"
        };
        text +=
            &format!("  Staff sign-in  {shop}/admin/link/{token}\n                 (works once; {how})\n");
    }
    if settings.is_trial() {
        text += &format!(
            "  Sandbox        {}/dashboard\n  Mail           {}\n",
            settings.pay_origin(),
            settings.mail_origin()
        );
    }
    text += &format!(
        "  Metrics        http://{}/metrics\n  Data           {}\n",
        settings.listen.status,
        folder.path.display()
    );
    for (mail, password) in &opened.customers {
        text += &format!("  Demo customer  {mail}  {password}\n");
    }
    text
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
