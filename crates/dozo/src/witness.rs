//! `dozo witness`: the ledger's witness by itself, on a machine where nothing else of the shop is; and to ask one that
//! runs, on that machine or inside the shop.

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};
use outbound::{Secret, Trust};
use serde::Deserialize;
use std::{
    io::Write,
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use telemetry::Life;

/// How long a witness may take to look when asked.
const LOOK_TIME: Duration = Duration::from_secs(60);
/// The witness of the shop's own machine, in its data folder.
pub const IN_THE_SHOP: &str = "watch/witness";
const GIB: u64 = 1024 * 1024 * 1024;

/// What `dozo witness` takes.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Witness the ledger of a shop on another machine, until it is stopped.
    Run {
        /// What is witnessed, and where the copy is kept.
        #[arg(long)]
        config: PathBuf,
    },
    /// Print the witness's public key, for `[witness]` in the shop's dozo.toml; made the first time.
    Key {
        /// The same file as for `run`.
        #[arg(long)]
        config: PathBuf,
    },
    /// Let a running witness look at once, and say what it saw.
    Look(Look),
}

#[derive(Args)]
struct Look {
    #[command(flatten)]
    which: Which,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// A witness by itself: the same file as for `run`.
    #[arg(long)]
    config: Option<PathBuf>,
    /// The witness in this shop's data folder.
    #[arg(long)]
    data: Option<PathBuf>,
}

/// The configuration file. Paths are relative to its own folder.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Where the copy and the witness's key are kept.
    folder: PathBuf,
    /// Where the shop shows its ledger: `https://`, host and port of `relay` of its dozo.toml, or any tlog-tiles.
    url: String,
    /// A copy of the shop's `watch/witness/relay.crt`, or of the authority that signed for another server. Without it,
    /// the authorities that this machine believes.
    certificate_file: Option<PathBuf>,
    /// A copy of the shop's `watch/witness/relay.token`.
    token_file: Option<PathBuf>,
    /// A copy of the shop's `vault/ledger/1/keys`. Without it the witness believes what it sees first.
    keys_file: Option<PathBuf>,
    /// How often it looks, in seconds.
    every_s: Option<u64>,
    /// The most GiB of the copy.
    copy_gib_max: Option<u64>,
}

/// Does what was asked.
///
/// # Errors
/// One line that says what is in the way; for `look` also where something is wrong with the ledger.
pub fn run(options: &Options) -> Result<()> {
    match &options.command {
        Command::Run { config } => witness(&File::read(config)?),
        Command::Key { config } => {
            let file = File::read(config)?;
            private_dir(&file.folder)?;
            let key = watch::witness::own(&file.folder).context("cannot read the witness's key")?.key();
            say(&format!("{key}\n"))
        }
        Command::Look(look) => {
            let folder = match (&look.which.config, &look.which.data) {
                (Some(config), _) => File::read(config)?.folder,
                (_, data) => data.clone().unwrap_or_default().join(IN_THE_SHOP),
            };
            ask(&folder, look.json)
        }
    }
}

fn witness(file: &File) -> Result<()> {
    private_dir(&file.folder)?;
    let config = file.config()?;
    let token = file.token_file.as_deref().map(read).transpose()?.map(|token| Secret::new(token.trim()));
    let uri: ureq::http::Uri = file.url.parse().with_context(|| format!("{} is no URL", file.url))?;
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
    let secure = uri.scheme_str() == Some("https");
    let here = outbound::is_localhost(&host) || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    ensure!(
        secure || (uri.scheme_str() == Some("http") && here),
        "{}: give an https:// address; http:// only where a tunnel begins, on this machine",
        file.url
    );
    let trust = match &file.certificate_file {
        Some(path) => {
            Trust::from_pem(&read(path)?).with_context(|| format!("{} is no certificate", path.display()))?
        }
        None => Trust::system()?,
    };
    let walls = walls::Walls {
        writes: vec![file.folder.clone()],
        connects: vec![uri.port_u16().unwrap_or(if secure { 443 } else { 80 })],
        resolves: host.parse::<IpAddr>().is_err() && !outbound::is_localhost(&host),
        ..walls::Walls::default()
    };
    let standing = walls::raise(&walls).context("cannot raise the walls of the witness")?;
    // A signal may end it at any moment: what it knows is on the disk before it signs.
    let life = Life::of_service("witness", &file.folder).context("cannot start")?;
    tracing::info!(walls = %standing, "started");
    let done = watch::witness::run(config, &file.url, token, &trust, &life);
    telemetry::end_logging();
    done.with_context(|| format!("cannot witness in {}", file.folder.display()))
}

fn ask(folder: &Path, json: bool) -> Result<()> {
    let state = watch::witness::ask(folder, LOOK_TIME)
        .with_context(|| format!("no answer from a witness in {}: is it running?", folder.display()))?;
    let doubts = state.doubts.iter().map(|doubt| doubt.word()).collect::<Vec<_>>().join(", ");
    if json {
        say(&format!("{}\n", serde_json::to_string(&state)?))?;
    } else {
        say(&format!(
            "{}\n{} entries witnessed at {}, {} copied\nroot {}\n",
            state.origin.as_deref().unwrap_or("no log yet"),
            state.size,
            state.witnessed_at.as_deref().unwrap_or("no time yet"),
            state.copied,
            state.root.as_deref().unwrap_or("-"),
        ))?;
    }
    ensure!(state.doubts.is_empty(), "the ledger is doubted: {doubts}");
    Ok(())
}

impl File {
    fn read(path: &Path) -> Result<File> {
        let mut file: File =
            toml::from_str(&read(path)?).with_context(|| format!("{} is not valid", path.display()))?;
        let here = path.parent().unwrap_or(Path::new("")).canonicalize().context("cannot find its folder")?;
        file.folder = here.join(&file.folder);
        for path in
            [&mut file.token_file, &mut file.keys_file, &mut file.certificate_file].into_iter().flatten()
        {
            *path = here.join(&*path);
        }
        Ok(file)
    }

    fn config(&self) -> Result<watch::witness::Config> {
        let mut config = watch::witness::Config::new(&self.folder);
        if let Some(path) = &self.keys_file {
            let keys = watch::witness::parse(&read(path)?);
            config.keys = keys.with_context(|| format!("{} holds no keys of a ledger", path.display()))?;
        }
        config.every = self.every_s.map_or(config.every, |s| Duration::from_secs(s.max(1)));
        config.copy_bytes_max =
            self.copy_gib_max.map_or(config.copy_bytes_max, |gib| gib.saturating_mul(GIB));
        Ok(config)
    }
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn private_dir(path: &Path) -> Result<()> {
    crate::up::folder::private_dir(path).with_context(|| format!("cannot make {}", path.display()))
}

fn say(text: &str) -> Result<()> {
    // A closed pipe is the reader's business.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(())
}
