//! Which processes there are, in which order they stop, and what each is given.

pub mod outside;

use crate::{
    house::House,
    settings::{Alarm, Settings, Smtp},
};
use anyhow::{Context, Result};
use lock_api::Closed;
use outbound::Secret;
use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use store::Store;
use telemetry::Life;

/// A process of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// Keys, sealing, verifiers, ledger.
    Vault,
    /// A payment processor to develop against (in a shop to try only).
    Sandbox,
    /// Takes and shows the mail of a shop to try.
    Mailbox,
    /// Talks to the payment processor.
    Till,
    /// Storefront and back office.
    Web,
    /// Mail.
    Post,
    /// The edge.
    Gate,
    /// Looks from outside.
    Watch,
    /// Between the shop and a vault on another machine.
    Relay,
    /// A browser that walks through the shop.
    Eyes,
    /// Obtains the certificate of the shop's name (only where `[tls.acme]` says so).
    Acme,
}

impl Name {
    /// All of them.
    pub const ALL: [Name; 11] = [
        Name::Vault,
        Name::Sandbox,
        Name::Mailbox,
        Name::Till,
        Name::Web,
        Name::Post,
        Name::Gate,
        Name::Watch,
        Name::Relay,
        Name::Eyes,
        Name::Acme,
    ];

    /// The name in commands, logs and sockets.
    pub const fn word(self) -> &'static str {
        match self {
            Name::Vault => "vault",
            Name::Sandbox => "sandbox",
            Name::Mailbox => "mailbox",
            Name::Till => "till",
            Name::Web => "web",
            Name::Post => "post",
            Name::Gate => "gate",
            Name::Watch => "watch",
            Name::Relay => "relay",
            Name::Eyes => "eyes",
            Name::Acme => "acme",
        }
    }

    /// Lower stops earlier: the watch first (it would cry wolf), then the door, the vault last.
    pub const fn stops_at(self) -> u8 {
        match self {
            Name::Watch | Name::Eyes => 0,
            Name::Gate | Name::Acme => 1,
            Name::Web => 2,
            Name::Post => 3,
            Name::Till => 4,
            Name::Mailbox | Name::Sandbox | Name::Relay => 5,
            Name::Vault => 6,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The sockets, each in the folder that only the process behind it may write in: nobody else can put his own there.
pub const VAULT_SOCKET: &str = "run/vault/vault.sock";
/// Where the till is asked.
pub const TILL_SOCKET: &str = "run/till/till.sock";
const HOOK_SOCKET: &str = "run/till/till-hook.sock";
const WEB_SOCKET: &str = "run/web/web.sock";
/// Where the gate is asked to close.
pub const LOCK_SOCKET: &str = "run/gate/lock.sock";
/// What the watch found, for the back office: in a folder that only the watch may write in.
pub const WATCH_SHOWN: &str = "run/watch/findings.json";

/// What the browser saw, for the watch: in a folder that only the eyes may write in.
pub const EYES_SHOWN: &str = "run/eyes/seen.json";

/// On the vault's machine: who signs the certificates of those who may come in. Secret.
pub const RELAY_AUTHORITY: &str = "relay/authority.pem";
/// On the shop's machine: its certificates, and their keys. Secret.
const RELAY_PAPERS: &str = "relay/papers.pem";

/// Where a process makes its sockets.
pub fn run_dir(name: Name) -> PathBuf {
    Path::new("run").join(name.word())
}

/// The socket of a process's metrics, as [`Life::of_child`] makes it.
pub fn metrics_socket(name: Name) -> PathBuf {
    run_dir(name).join(format!("{name}.metrics.sock"))
}

/// Where systemd says it put a service's credentials.
pub const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// Becomes that process, in the data folder, until it is told to stop.
///
/// # Errors
/// What the process could not do; the supervisor starts it again.
pub fn run(name: Name, settings: &Path) -> Result<()> {
    let s = Settings::read(settings)?;
    if name == Name::Vault {
        // Walls take the power to do so away.
        vault::lock_memory();
    }
    // Of a folder that the gate itself cannot read.
    let lock_seen = if name == Name::Gate { crate::lock::seen()? } else { (0, Closed::Nothing) };
    if crate::users::opens_the_database(name) {
        crate::users::share_files();
    }
    let walls = crate::walls::raise(name, &s)?;
    let life = Life::of_child(name.word(), &run_dir(name)).context("cannot start")?;
    crate::walls::count(walls, life.metrics());
    tracing::info!(process = name.word(), %walls, "started");
    let done = match name {
        Name::Vault => vault::run(vault(&s)?, life),
        Name::Sandbox => sandbox::run(sandbox(&s)?, life),
        Name::Mailbox => post::viewer::run(mailbox(&s), life),
        Name::Till => till::run(till(&s)?, life),
        Name::Web => web::run(web(&s)?, life),
        Name::Post => post::run(post(&s)?, life),
        Name::Gate => gate::run(gate(&s, lock_seen)?, life),
        Name::Watch => {
            let inside = watch::Inside { database: crate::shelf::of(&s)?, ..crate::inventory::inside(&s) };
            watch::run(watch(&s)?, inside, ledger(&s)?, &tell(&s)?, life)
        }
        Name::Relay => relay(&s, &life),
        Name::Acme => acme::run(acme(&s)?, &life),
        Name::Eyes => eyes::run(eyes(&s)?, &life).context("cannot lay out what the browser saw"),
    };
    telemetry::end_logging();
    done
}

fn vault(s: &Settings) -> Result<vault::Config> {
    let mut config = vault::Config::new("vault", VAULT_SOCKET, s.name());
    config.credentials = std::env::var_os(CREDENTIALS).map(PathBuf::from);
    // The owner speaks through the supervisor, whose child this process is.
    config.owner_pid = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
    config.role_keys = crate::roles::hashes(House::of(s))?;
    config.origin = Some(s.shop_origin());
    if let Some(users) = &s.users {
        config.peers = users.peers(House::of(s))?;
    }
    config.witnessed = true;
    config.witnesses.clone_from(&s.witness.keys);
    config.mail_persons_per_hour_max = s.vault.mail_persons_per_hour_max;
    Ok(config)
}

fn watch(s: &Settings) -> Result<watch::Config> {
    let mut config = watch::Config::new(s.shop_origin(), "watch", pages(s)?);
    config.shown = Some(WATCH_SHOWN.into());
    config.lock_socket = Some(LOCK_SOCKET.into());
    config.trust = shops_trust(s)?;
    config.addresses = outside::addresses(s)?;
    Ok(config)
}

/// How often somebody walks through the shop with a browser.
pub const WALK_EVERY: Duration = Duration::from_secs(15);
/// How often he goes as far as the processor, where that is allowed. An order that nobody pays is given up after half
/// an hour.
const ORDER_EVERY: Duration = Duration::from_secs(3600);

fn eyes(s: &Settings) -> Result<eyes::Config> {
    eyes_at(s, &s.shop_origin())
}

/// How a browser walks through the shop as it is reached at `origin`.
pub fn eyes_at(s: &Settings, origin: &str) -> Result<eyes::Config> {
    let own = crate::manifest::own()?;
    let ca_file = s.tls.as_ref().and_then(|tls| tls.ca_file.as_deref());
    Ok(eyes::Config {
        rules: manifest::Outside::new(&own, origin, &processor_origins(s))?,
        private: ca_file.map(|path| outside::private(origin, path)).transpose()?.flatten(),
        program: eyes::chromium(),
        dir: Name::Eyes.word().into(),
        shown: EYES_SHOWN.into(),
        every: WALK_EVERY,
        test_orders_every: s.watch.test_orders.then_some(ORDER_EVERY),
    })
}

/// What the watch holds pages against.
pub fn pages(s: &Settings) -> Result<watch::Pages> {
    let manifest::Source { dir, owner, own } = crate::manifest::source(s)?;
    Ok(watch::Pages { owner, own: Some(own), offered: dir, processor_origins: processor_origins(s) })
}

/// Origins of the pages on which cards are typed.
fn processor_origins(s: &Settings) -> Vec<String> {
    s.processor.as_ref().map_or_else(|| vec![s.pay_origin()], |processor| processor.pages.clone())
}

/// Who is told of findings. The webhook's secret is made the first time.
pub fn tell(s: &Settings) -> Result<watch::tell::Config> {
    telling(&crate::settings::alarm(s)?, Some(&s.smtp))
}

/// The same, of an alarm and the mail server by which its mails go.
///
/// # Errors
/// Where an address is none, or a file cannot be read.
pub fn telling(alarm: &Alarm, smtp: Option<&Smtp>) -> Result<watch::tell::Config> {
    let address =
        |text: &str| ::smtp::Address::parse(text).with_context(|| format!("{text} is no mail address"));
    let mail = |to: &String| -> Result<watch::tell::Mail> {
        let smtp = smtp.context("[alarm] mail_to takes a mail server: [smtp]")?;
        let server = ::smtp::Server { host: smtp.host.clone(), port: smtp.port, login: None };
        Ok(watch::tell::Mail { server, from: address(&smtp.from)?, to: address(to)? })
    };
    let webhook = alarm.webhook.as_ref().map(|url| -> Result<watch::tell::Webhook> {
        let secret = crate::up::folder::secret(Path::new("watch/webhook.secret"), "whsec_")?;
        let trust = alarm.webhook_ca_file.as_deref().map(trust_in).transpose()?;
        Ok(watch::tell::Webhook { url: url.clone(), secret: Secret::new(secret), trust })
    });
    Ok(watch::tell::Config {
        mails: alarm.mail_to.iter().map(mail).collect::<Result<_>>()?,
        webhook: webhook.transpose()?,
        remind_every: Duration::from_secs(u64::from(alarm.remind_hours) * 3600),
    })
}

/// The end of the way to the vault that is on this machine.
fn relay(s: &Settings, life: &Life) -> Result<()> {
    let house = House::of(s);
    match (&s.vault.remote, s.vault.listen) {
        (Some(remote), _) => {
            let peers = s.users.as_ref().map(|users| users.peers(house)).transpose()?;
            let door = vault_api::Door {
                own_uid: rustix::process::geteuid().as_raw(),
                peers: peers.unwrap_or_default(),
                owner_pid: None,
                role_keys: crate::roles::hashes(house)?,
            };
            let (socket, papers) = (house.vault_socket().into(), RELAY_PAPERS.into());
            relay::Near { socket, door, remote: remote.clone(), papers }.run(life)
        }
        (None, Some(listen)) => {
            let (socket, authority) = (VAULT_SOCKET.into(), RELAY_AUTHORITY.into());
            relay::Far { listen, socket, keys: crate::roles::of_relay()?, authority }.run(life)
        }
        (None, None) => anyhow::bail!("there is no [vault] in the settings: the vault is on this machine"),
    }
}

/// Who may answer for the shop by https://.
pub fn shops_trust(s: &Settings) -> Result<Option<outbound::Trust>> {
    let Some(tls) = &s.tls else { return Ok(None) };
    match &tls.ca_file {
        Some(path) => trust_in(path).map(Some),
        None => Ok(Some(outbound::Trust::system()?)),
    }
}

/// The authorities in a PEM file.
///
/// # Errors
/// Where it cannot be read, or holds none.
pub fn trust_in(path: &Path) -> Result<outbound::Trust> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    outbound::Trust::from_pem(&text).with_context(|| format!("{} is no certificate", path.display()))
}

fn ledger(s: &Settings) -> Result<watch::Ledger> {
    let (role, socket) = (vault_api::Role::Watch, Path::new(House::of(s).vault_socket()));
    Ok(watch::Ledger::Here {
        vault: Arc::new(vault_api::Client::with_key(socket, role, Some(crate::roles::own(role)?))),
        witness: watch::witness::Config::new(crate::witness::IN_THE_SHOP),
        relay: s.witness.relay.map(|at| relay_at(at, s)).transpose()?,
    })
}

/// What is shown to a witness or a watch on another machine.
fn relay_at(at: SocketAddr, s: &Settings) -> Result<watch::Relay> {
    let key = |text: &String| {
        let key = ::ledger::VerifierKey::parse(text).filter(::ledger::VerifierKey::cosigns);
        key.with_context(|| format!("[witness] keys: {text} is no key of a witness; copy its whole line"))
    };
    Ok(watch::Relay {
        at,
        keys: s.witness.keys.iter().map(key).collect::<Result<_>>()?,
        lock_after: s.watch.elsewhere_lock_after(),
    })
}

fn sandbox(s: &Settings) -> Result<sandbox::Config> {
    let keys = Keys::of("sandbox")?;
    let name = s.shop.clone().unwrap_or_default();
    Ok(sandbox::Config {
        listen: s.listen.pay,
        data_dir: "sandbox".into(),
        api_key: keys.api,
        webhook_secret: keys.webhook,
        webhook_url: format!("{}{}", s.shop_origin(), till::WEBHOOK_PATH),
        webhook_trust: shops_trust(s)?,
        webhook_events: till::WEBHOOKS,
        pay_origin: s.pay_origin(),
        acs_origin: s.acs_origin(),
        shop_name_ja: name.ja,
        shop_name_en: name.en,
    })
}

fn mailbox(s: &Settings) -> post::viewer::Config {
    post::viewer::Config { http_listen: s.listen.mail, smtp_listen: s.listen.smtp, folder: "mailbox".into() }
}

fn till(s: &Settings) -> Result<till::Config> {
    let keys = Keys::of("till")?;
    let believed = s.processor.as_ref().and_then(|processor| processor.ca_file.as_deref());
    let trust = believed.map(trust_in).transpose()?;
    Ok(till::Config {
        socket: TILL_SOCKET.into(),
        hook_socket: HOOK_SOCKET.into(),
        data_dir: "till".into(),
        api_base: s.processor.as_ref().map_or_else(|| s.pay_origin(), |processor| processor.api.clone()),
        trust,
        api_key: keys.api,
        webhook_secret: keys.webhook,
        shop_origin: s.shop_origin(),
        pace: till::Pace::default(),
    })
}

fn web(s: &Settings) -> Result<web::Config> {
    Ok(web::Config {
        socket: WEB_SOCKET.into(),
        folder: "web".into(),
        store: Store::open(&crate::settings::database()?).context("web cannot open the database")?,
        vault_socket: House::of(s).vault_socket().into(),
        vault_key: Some(crate::roles::own(vault_api::Role::Web)?),
        till_socket: TILL_SOCKET.into(),
        watch_shown: WATCH_SHOWN.into(),
        lock_socket: LOCK_SOCKET.into(),
        shop_origin: s.shop_origin(),
        pay_origin: s.pay_origin(),
        capture: s.payment.capture,
        reconcile_hour: s.payment.reconcile_hour,
        trial: match (s.demo, s.practice) {
            (true, _) => Some(web::Trial::Demo),
            (false, true) => Some(web::Trial::Practice),
            (false, false) => None,
        },
    })
}

fn post(s: &Settings) -> Result<post::Config> {
    let database = crate::settings::database()?;
    let store = Store::open(&database).context("post cannot open the database")?;
    let facts = store.read_blocking(|tx| store::meta::get(tx, store::meta::SHOP))?.unwrap_or_default();
    let facts: web::ShopFacts = serde_json::from_str(&facts).context("the shop's facts are not there yet")?;
    let both = |b: web::Both| post::PerLocale { ja: b.ja, en: b.en };
    Ok(post::Config {
        database,
        vault_socket: House::of(s).vault_socket().into(),
        vault_key: Some(crate::roles::own(vault_api::Role::Post)?),
        smtp: smtp::Server { host: s.smtp.host.clone(), port: s.smtp.port, login: None },
        from_address: s.smtp.from.clone(),
        shop: post::Shop {
            name: both(facts.name),
            address: both(facts.address),
            phone: facts.phone,
            email: facts.email,
            origin: s.shop_origin(),
        },
        returned: s.post.intake()?,
        signer: s.post.signer(&s.smtp.from)?,
        notice_lines: s.post.lines(),
        letters: post::printing::Config { folder: LETTERS.into(), envelope: s.post.envelope()? },
    })
}

fn gate(s: &Settings, lock_seen: (u64, Closed)) -> Result<gate::Config> {
    Ok(gate::Config {
        listen: s.listen.shop,
        proxies: s.gate.proxies.clone(),
        tls: s.tls.as_ref().map(|tls| {
            let [certificate, key] = tls.files();
            let challenges = tls.acme.as_ref().map(|_| run_dir(Name::Acme).join(acme::CHALLENGES));
            gate::Tls { certificate, key, redirect: tls.redirect, challenges, aliases: tls.aliases.clone() }
        }),
        origin: s.shop_origin(),
        shop_name: s.name().into(),
        phone: s.shop.clone().map(|s| gate::Phone { number: s.phone, ja: s.hours_ja, en: s.hours_en }),
        processor_origins: processor_origins(s),
        web_socket: WEB_SOCKET.into(),
        till_hook_socket: HOOK_SOCKET.into(),
        till_socket: Some(TILL_SOCKET.into()),
        folder: "gate".into(),
        scripts: web::assets::all().iter().filter(|a| a.name.ends_with(".js")).map(|a| a.sha256()).collect(),
        pages: Some(crate::manifest::source(s)?),
        lock_socket: Some(LOCK_SOCKET.into()),
        lock_seen,
        limits: gate::Limits::default(),
    })
}

fn acme(s: &Settings) -> Result<acme::Config> {
    let asked = s.tls.as_ref().and_then(|tls| Some((tls, tls.acme.as_ref()?)));
    let (tls, told) = asked.context("there is no [tls.acme] in the settings")?;
    let trust = told.ca_file.as_deref().map(trust_in);
    Ok(acme::Config {
        directory: told.directory.clone(),
        contact: told.contact.clone(),
        names: tls.names().cloned().collect(),
        trust: trust.unwrap_or_else(|| Ok(outbound::Trust::system()?))?,
        folder: Name::Acme.word().into(),
        shown: run_dir(Name::Acme),
        retry_after: acme::RETRY_AFTER,
    })
}

/// Where the files of letters lie, in post's room.
pub const LETTERS: &str = "post/letters";
/// The file of the processor's key, in the room of who needs it.
const API_KEY: &str = "processor.key";
/// The file of the secret that webhooks are signed with.
const WEBHOOK_SECRET: &str = "webhook.secret";

/// Whether this is a key as it is put into a file: something, on one line.
pub fn is_one_line(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && !text.contains(char::is_whitespace)
}

/// The processor's keys. Of a sandbox, it and the till have the same, each in its own room.
pub struct Keys {
    api: Secret,
    webhook: Secret,
}

impl Keys {
    fn of(room: &str) -> Result<Keys> {
        let read = |file: &str| -> Result<Secret> {
            let path = format!("{room}/{file}");
            let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
            anyhow::ensure!(
                is_one_line(&text),
                "{path} is empty, or more than one line: put the key there, as one line"
            );
            Ok(Secret::new(text.trim()))
        };
        Ok(Keys { api: read(API_KEY)?, webhook: read(WEBHOOK_SECRET)? })
    }

    /// Makes the keys of the sandbox once, and gives sandbox and till the same.
    pub fn make_for_sandbox() -> Result<()> {
        for (file, prefix) in [(API_KEY, "sk_test_"), (WEBHOOK_SECRET, "whsec_")] {
            let secret = crate::up::folder::secret(&Path::new("sandbox").join(file), prefix)?;
            let copy = Path::new("till").join(file);
            if std::fs::read_to_string(&copy).ok().as_deref() != Some(secret.as_str()) {
                crate::up::folder::write_whole(&copy, secret.as_bytes())?;
            }
        }
        Ok(())
    }
}
