//! `dozo up`: makes what is missing, starts the processes in order, says where they are, and stops them in order.

mod child;
mod demo;
pub mod folder;
mod log;
mod ports;
mod pulse;
mod status;
pub mod visit;

use crate::{
    house::House,
    processes::Name,
    settings::Settings,
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
    time::Instant,
};

/// The settings in force, written at each start for the children to read.
pub const EFFECTIVE: &str = "run/settings.toml";
/// The settings that the merchant edits.
pub const KEPT: &str = "dozo.toml";
/// The first of the five ports, where nothing else is said.
const BASE_PORT: u16 = 8080;

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
    /// The first of five neighbouring ports; 0 takes any that are free.
    #[arg(long)]
    base_port: Option<u16>,
    /// Run each process as a user of its own: the beginning of the accounts' names, such as `dozo-`, or the first of
    /// ten free ids. Only root can.
    #[arg(long)]
    users: Option<Users>,
    /// Do not walk through the shop with a browser, in this run.
    #[arg(long)]
    without_browser: bool,
    /// Print the addresses as one JSON object when the shop is ready.
    #[arg(long)]
    json: bool,
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
    let began = Instant::now();
    let folder = Folder::enter(&options.data)?;
    let mut settings = settings(options)?;
    let signed_by_demo = crate::manifest::prepare(&mut settings)?;
    let status = ports::claim(&settings.listen, House::of(&settings))?;
    settings.hand_out()?;

    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let shared = Arc::new(Shared::default());
    let done = (|| {
        status::serve(status, Arc::clone(&shared)).context("cannot serve health and metrics")?;
        let told = runtime.block_on(async { Told::listen() })?;
        if let Some(serial) = signed_by_demo.filter(|_| !options.json) {
            say(&format!(
                "the page manifest (number {serial}) was signed with the demo's own key; a real shop's owner signs it"
            ));
        }
        let opened = open(&settings, &shared)?;
        pulse::listen(&settings, Arc::clone(&shared))?;
        if House::of(&settings) != House::Vault {
            crate::lock::guard::stand(&settings)?;
        }
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

/// Fills the demo shop, in the data folder, and ends. A process of its own: the memory that this takes, several times
/// what `up` needs in years, goes with it.
///
/// # Errors
/// As [`demo::fill`].
pub fn fill() -> Result<()> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    let settings = Settings::read(Path::new(EFFECTIVE))?;
    let owner = crate::roles::hand_out(House::Whole)?.context("the vault is on another machine")?;
    users::settle(settings.users.as_ref())?;
    let vault = Shared::default();
    vault.start(Name::Vault);
    let done = vault.wait_ready().and_then(|()| demo::fill(owner));
    vault.stop();
    done
}

/// Starts everything; what comes first is what the others need.
fn open(settings: &Settings, shared: &Shared) -> Result<demo::Opened> {
    let house = House::of(settings);
    if house == House::Vault {
        return open_vault(settings, shared);
    }
    let store = demo::store()?;
    if !::demo::is_loaded(&store)? {
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
    let opened = demo::prepare(&store, owner, settings)?;
    drop(store);
    users::settle(settings.users.as_ref())?;
    let others: &[Name] = if settings.demo { &[Name::Sandbox, Name::Mailbox] } else { &[] };
    for name in others.iter().chain(&[Name::Till, Name::Web, Name::Post]) {
        shared.start(*name);
    }
    shared.wait_ready()?;
    // The door opens when there is a shop behind it, and who looks from outside looks at an open door: a page that
    // says "not yet" would be an alarm.
    for name in [Name::Gate, Name::Watch].into_iter().chain(settings.watch.browser.then_some(Name::Eyes)) {
        shared.start(name);
        shared.wait_ready()?;
    }
    shared.complete.store(true, Ordering::Release);
    Ok(opened)
}

/// Starts the vault, and then the relay that lets the shop's machine in.
fn open_vault(settings: &Settings, shared: &Shared) -> Result<demo::Opened> {
    crate::roles::hand_out(House::Vault)?;
    users::settle(settings.users.as_ref())?;
    for name in [Name::Vault, Name::Relay] {
        shared.start(name);
        shared.wait_ready()?;
    }
    shared.complete.store(true, Ordering::Release);
    Ok(demo::Opened { staff_token: None, customers: Vec::new() })
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
        anyhow::bail!("there is no shop in this folder yet; `dozo up --demo` opens the demo shop")
    };
    if let Some(database) = &options.database {
        settings.database.clone_from(database);
    }
    if let Some(users) = &options.users {
        settings.users = Some(users.clone());
    }
    settings.watch.browser &= !options.without_browser;
    // The demo's mails go to its own mailbox, wherever that listens, unless somebody named another server.
    let own_mailbox = settings.demo && settings.smtp.port == settings.listen.smtp.port();
    match options.base_port {
        None => {}
        Some(0) => settings.listen = ports::any_free()?,
        Some(base) => settings.listen = crate::settings::Listen::from_base(base),
    }
    if own_mailbox {
        settings.smtp.port = settings.listen.smtp.port();
    }
    Ok(settings)
}

fn announce(
    options: &Options,
    settings: &Settings,
    folder: &Folder,
    opened: &demo::Opened,
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
fn addresses(settings: &Settings, opened: &demo::Opened, metrics: &str, ready_ms: u64) -> serde_json::Value {
    let shop = settings.shop_origin();
    let sign_in = opened.staff_token.as_ref().map(|token| format!("{shop}/admin/link/{token}"));
    serde_json::json!({
        "shop": shop, "back_office": format!("{shop}/admin"), "staff_sign_in": sign_in,
        "sandbox": format!("{}/dashboard", settings.pay_origin()), "mail": settings.mail_origin(),
        "metrics": metrics, "ready_ms": ready_ms,
    })
}

/// The same for people.
fn told(settings: &Settings, folder: &Folder, opened: &demo::Opened, ready_ms: u64) -> String {
    let shop = settings.shop_origin();
    let mut text = format!(
        "\n  栗鼠堂 is open ({ready_ms} ms)\n\n  Shop           {shop}\n  Back office    {shop}/admin\n"
    );
    if let Some(token) = &opened.staff_token {
        text += &format!(
            "  Staff sign-in  {shop}/admin/link/{token}\n                 (works once; a new one at each start)\n"
        );
    }
    if settings.demo {
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
