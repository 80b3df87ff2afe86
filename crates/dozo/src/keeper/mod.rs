//! `dozo vault …`: the owner changes and recovers keys from the command line.
//!
//! Everything is done by the running vault; what travels are orders, progress and ciphertexts. The key of the role lies
//! in the vault's own folder: whoever can read it could read the root key, and nobody else can.

mod relay;
mod walk;

use crate::{house::House, processes::VAULT_SOCKET, settings::Settings};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::{
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};
use vault_api::{Client, KeyChange, KeyLevel, KeyPhase, KeysStatus, Role, VaultError};

/// How often it is asked how far the vault is.
const POLL: Duration = Duration::from_millis(300);
/// How long the vault may be away: it is started again within a second, and reads the persons' keys.
const AWAY_MAX: Duration = Duration::from_secs(30);
/// The vault's folder, in the data folder.
const VAULT_DIR: &str = "vault";

/// What `dozo vault` takes beside the process of that name.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Say how changes of keys stand, where the root key lies and who can recover it.
    Status(Common),
    /// Change keys while the shop runs. Broken off, the same command goes on.
    Rotate {
        /// Which keys.
        level: Level,
        #[command(flatten)]
        common: Common,
    },
    /// Get the root key back when its file or its machine is gone.
    #[command(subcommand)]
    Recovery(Recovery),
    /// The vault on a machine of its own.
    #[command(subcommand)]
    Relay(relay::Command),
    /// Print a new root key, to be piped into `systemd-creds encrypt`.
    NewRoot,
}

/// Where, and how it is told.
#[derive(clap::Args)]
pub struct Common {
    /// The folder for keys and data.
    #[arg(long, default_value = "dozo-data")]
    data: PathBuf,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Which keys are changed.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Level {
    /// The key that wraps those of the house.
    Root,
    /// The keys of the house: persons' keys and what is kept of staff are wrapped anew.
    House,
    /// Each person's key: every sealed field of the database is sealed anew.
    Person,
    /// The keys of blind indexes: every index of the database is made anew.
    Index,
}

/// Recovery of the root key.
#[derive(clap::Subcommand)]
pub enum Recovery {
    /// Encrypt the root key to age recipients, each of whom alone can get it back. At least two.
    Set {
        /// `age1…`; several times.
        #[arg(long = "recipient", required = true)]
        recipients: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Write the encrypted root key to a file, to be kept elsewhere.
    Export {
        /// The file; it must not be there yet.
        #[arg(long)]
        to: PathBuf,
        #[command(flatten)]
        common: Common,
    },
    /// Prove that an identity opens the recovery and that what is in it opens this vault. Writes nothing.
    Drill {
        /// An age identity file (`AGE-SECRET-KEY-1…`).
        #[arg(long)]
        identity: PathBuf,
        /// The exported file; without it, the one that the vault keeps.
        #[arg(long)]
        file: Option<PathBuf>,
        #[command(flatten)]
        common: Common,
    },
    /// Put the root key back where it is missing. The shop must not run.
    Restore {
        /// An age identity file.
        #[arg(long)]
        identity: PathBuf,
        /// The exported file; without it, the one in the vault's store.
        #[arg(long)]
        file: Option<PathBuf>,
        #[command(flatten)]
        common: Common,
    },
}

/// Does what was asked.
///
/// # Errors
/// What was wrong, and what to do.
pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Status(common) => status(&Desk::enter(common)?),
        Command::Rotate { level, common } => rotate(&Desk::enter(common)?, *level),
        Command::Recovery(recovery) => recover(recovery),
        Command::Relay(command) => relay::run(command),
        Command::NewRoot => {
            std::io::stdout().write_all(vault::new_root_key()?.as_bytes())?;
            Ok(())
        }
    }
}

/// Standing in the data folder, with the way of telling.
struct Desk {
    json: bool,
}

impl Desk {
    fn enter(common: &Common) -> Result<Desk> {
        let name = common.data.display();
        std::env::set_current_dir(&common.data)
            .with_context(|| format!("cannot enter {name}: say where the shop's folder is with --data"))?;
        Ok(Desk { json: common.json })
    }

    /// A line to the running vault.
    fn vault(&self) -> Result<Client> {
        ensure!(house()? != House::Shop, "the vault is on another machine: run it there");
        let key = crate::roles::own(Role::Keeper).context("has the shop been started here?")?;
        let client = Client::with_key(Path::new(VAULT_SOCKET), Role::Keeper, Some(key));
        client.ping().context("the vault does not answer: start the shop first, as the same user")?;
        Ok(client)
    }

    fn say(&self, line: &str, value: &Value) -> Result<()> {
        let mut out = std::io::stdout().lock();
        if self.json { writeln!(out, "{value}") } else { writeln!(out, "{line}") }?;
        Ok(out.flush()?)
    }
}

/// Which part of the house this folder is.
fn house() -> Result<House> {
    let kept = Path::new(crate::up::KEPT);
    Ok(if kept.exists() { House::of(&Settings::read(kept)?) } else { House::Whole })
}

fn status(desk: &Desk) -> Result<()> {
    let status = desk.vault()?.keys_status()?;
    let changes: Vec<Value> = status.changes.iter().map(change_json).collect();
    let value = json!({
        "root_key": status.root_at, "persons": status.persons, "memory_locked": status.memory_locked,
        "recovery_recipients": status.recipients, "changes": changes,
    });
    let mut lines = vec![
        format!("root key: {}", status.root_at),
        format!("persons with a key: {}", status.persons),
        format!("keys kept out of swap: {}", if status.memory_locked { "yes" } else { "no (LimitMEMLOCK)" }),
        match &status.recipients[..] {
            [] => "recovery: not set up; run `dozo vault recovery set`".to_owned(),
            some => format!("recovery: each of {} recipients", some.len()),
        },
    ];
    lines.extend(status.changes.iter().map(change_line));
    desk.say(&lines.join("\n"), &value)
}

fn rotate(desk: &Desk, level: Level) -> Result<()> {
    let (level, name) = match level {
        Level::Root => (KeyLevel::Root, "root"),
        Level::House => (KeyLevel::House, "house"),
        Level::Person => (KeyLevel::Person, "person"),
        Level::Index => (KeyLevel::Index, "index"),
    };
    // The database is gone through by whoever has it, and speaks to the vault as its keeper: on two machines, nobody.
    ensure!(
        house()? == House::Whole || matches!(level, KeyLevel::Root | KeyLevel::House),
        "the {name} keys are changed while vault and database are on one machine: see the guide"
    );
    let vault = desk.vault()?;
    let began = of_level(&vault.keys_status()?, level);
    if began.iter().all(|change| change.phase == KeyPhase::Done || change.name == "grant") {
        vault.keys_rotate(level).map_err(told)?;
        desk.say(&format!("{name}: begun"), &json!({ "event": "begun", "keys": name }))?;
    } else {
        desk.say(&format!("{name}: going on"), &json!({ "event": "resumed", "keys": name }))?;
    }
    let mut last = String::new();
    loop {
        let status = patient(|| vault.keys_status()).map_err(told)?;
        let changes = of_level(&status, level);
        for change in &changes {
            if change.phase == KeyPhase::Walking {
                walk::until_nothing_is_old(desk, &vault, level)?;
            }
        }
        let line = changes.iter().map(change_line).collect::<Vec<_>>().join("\n");
        if line != last {
            for change in &changes {
                desk.say(&change_line(change), &change_json(change))?;
            }
            last = line;
        }
        if !changes.iter().any(|c| matches!(c.phase, KeyPhase::Working | KeyPhase::Walking)) {
            return desk.say(&format!("{name}: done"), &json!({ "event": "done", "keys": name }));
        }
        std::thread::sleep(POLL);
    }
}

fn recover(recovery: &Recovery) -> Result<()> {
    match recovery {
        Recovery::Set { recipients, common } => {
            let desk = Desk::enter(common)?;
            let status = desk.vault()?.recovery_set(recipients.clone()).map_err(told)?;
            let line =
                "recovery is set: export it, keep it elsewhere, and try it with `dozo vault recovery drill`";
            desk.say(line, &json!({ "event": "set", "recipients": status.recipients }))
        }
        Recovery::Export { to, common } => {
            let to = std::path::absolute(to)?;
            let desk = Desk::enter(common)?;
            let (file, _) = kept(&desk)?;
            crate::up::folder::write_new(&to, &file)
                .with_context(|| format!("cannot write {}; is it there already?", to.display()))?;
            let line = format!("{}: encrypted, but keep it apart from the identities", to.display());
            desk.say(&line, &json!({ "event": "exported", "to": to.to_string_lossy() }))
        }
        Recovery::Drill { identity, file, common } => {
            let (identity, given) = (secret_text(identity)?, given(file.as_deref())?);
            let desk = Desk::enter(common)?;
            let (own, house) = kept(&desk)?;
            vault::drill(&identity, given.as_deref().unwrap_or(&own), &house)?;
            let line = "the recovery works: this identity alone brings back the key that opens this vault";
            desk.say(line, &json!({ "event": "drilled", "works": true, "keys_opened": house.len() }))
        }
        Recovery::Restore { identity, file, common } => {
            let (identity, given) = (secret_text(identity)?, given(file.as_deref())?);
            let desk = Desk::enter(common)?;
            let dir = Path::new(VAULT_DIR);
            let file = given.map_or_else(|| Ok(vault::stored(dir)?.0), Ok::<_, anyhow::Error>)?;
            vault::restore(&identity, &file, dir)?;
            desk.say("the root key is back in vault/root.key", &json!({ "event": "restored" }))
        }
    }
}

/// The encrypted root key and what it must fit: of the running vault, or of its folder where it does not run.
fn kept(desk: &Desk) -> Result<(Vec<u8>, vault_api::WrappedKeys)> {
    match desk.vault() {
        Ok(vault) => vault.recovery().map_err(told),
        Err(away) => vault::stored(Path::new(VAULT_DIR)).context(away),
    }
}

fn secret_text(path: &Path) -> Result<zeroize::Zeroizing<String>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(zeroize::Zeroizing::new(text))
}

fn given(file: Option<&Path>) -> Result<Option<Vec<u8>>> {
    file.map(|path| std::fs::read(path).with_context(|| format!("cannot read {}", path.display())))
        .transpose()
}

/// The changes that belong to a level.
fn of_level(status: &KeysStatus, level: KeyLevel) -> Vec<KeyChange> {
    let of = |name: &str| match name {
        "root" => KeyLevel::Root,
        "person" => KeyLevel::Person,
        "index" => KeyLevel::Index,
        _ => KeyLevel::House,
    };
    status.changes.iter().filter(|change| of(&change.name) == level).cloned().collect()
}

fn change_line(change: &KeyChange) -> String {
    let KeyChange { name, done, total, .. } = change;
    match change.phase {
        KeyPhase::Done => format!("{name}: changed"),
        KeyPhase::Waiting => match change.until_ms {
            Some(until) => format!("{name}: new; what was given out before is good until {}", day(until)),
            None => format!("{name}: new; {done} of {total} have followed, the rest when they sign in"),
        },
        KeyPhase::Walking => format!("{name}: the database is being gone through"),
        KeyPhase::Working => format!("{name}: {done} of {total}"),
    }
}

fn change_json(change: &KeyChange) -> Value {
    let phase = match change.phase {
        KeyPhase::Working => "working",
        KeyPhase::Walking => "walking",
        KeyPhase::Waiting => "waiting",
        KeyPhase::Done => "done",
    };
    json!({
        "event": "progress", "keys": change.name, "phase": phase, "done": change.done, "total": change.total,
        "started_at_ms": change.started_at_ms, "finished_at_ms": change.finished_at_ms, "until_ms": change.until_ms,
    })
}

/// The day of a time, as it is in Japan.
fn day(at_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
    at.to_zoned(jiff::tz::TimeZone::get("Asia/Tokyo").unwrap_or(jiff::tz::TimeZone::UTC)).date().to_string()
}

/// Asks again while the vault is being started anew; every request of the keeper may be repeated.
fn patient<T>(ask: impl Fn() -> Result<T, VaultError>) -> Result<T, VaultError> {
    let begun = std::time::Instant::now();
    loop {
        match ask() {
            Err(VaultError::Unavailable) if begun.elapsed() < AWAY_MAX => std::thread::sleep(POLL),
            answer => return answer,
        }
    }
}

/// What the vault says to a caller of ours is made for him to read.
fn told(error: VaultError) -> anyhow::Error {
    match error {
        VaultError::BadRequest(text) => anyhow::anyhow!("{text}"),
        other => other.into(),
    }
}
