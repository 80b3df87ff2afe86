//! `dozo manifest …`: what each page may be made of. The owner looks at it, signs it, and the gate lets out nothing else.
//!
//! The owner's key is made here, encrypted to age recipients, and does not stay on the server: `sign` can be run on
//! another machine with the same program, and its two files be carried over. The demo has a key of its own, since a shop
//! that is to be tried in a minute has no owner yet.

mod demo;
mod show;
mod sources;

pub use demo::{Prepared, demo_signer, prepare};
pub use sources::own;

use crate::{settings::Settings, up::folder::write_whole};
use ::ledger::{NoteSigner, VerifierKey};
use ::manifest::{Signed, Source};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::{
    io::Write,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Where the gate reads it, in the data folder.
pub const DIR: &str = "gate/manifest";
/// The name in the owner's key.
const OWNER: &str = "owner";
/// The name in the demo's key.
const DEMO: &str = "demo";

/// What `dozo manifest` does.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Make the owner's key, encrypted to age recipients, and print its public half for `[manifest]` in dozo.toml.
    Key {
        /// The file; it must not be there yet. Keep it away from the server.
        #[arg(long)]
        to: PathBuf,
        /// `age1…`, who can open it; several times.
        #[arg(long = "recipient", required = true)]
        recipients: Vec<String>,
    },
    /// Print the manifest of this program's pages.
    Derive,
    /// Say what the pages of this program may be made of, and what differs from the manifest in force.
    Show(Common),
    /// Sign the manifest of this program's pages.
    Sign {
        /// The owner's key, as `key` made it.
        #[arg(long)]
        key: PathBuf,
        /// The age identity file that opens it.
        #[arg(long)]
        identity: PathBuf,
        /// Write the two files here, to be carried to `gate/manifest` of the shop's folder, instead of there.
        #[arg(long, requires = "serial")]
        to: Option<PathBuf>,
        /// The number; without it, one more than the highest that the shop has seen.
        #[arg(long)]
        serial: Option<u64>,
        #[command(flatten)]
        common: Common,
    },
    /// Check the manifest in force as the gate does: signature, number, and whether it is that of this program's pages.
    Verify(Common),
}

/// Where, and how it is told.
#[derive(clap::Args)]
pub struct Common {
    /// The folder for keys and data.
    #[arg(long, default_value = "dozo-data")]
    data: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Does what was asked.
///
/// # Errors
/// What was wrong, and what to do.
pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Key { to, recipients } => key(to, recipients),
        Command::Derive => say(own()?.to_text().trim_end()),
        Command::Show(common) => show::run(common),
        Command::Sign { key, identity, to, serial, common } => {
            sign(key, identity, to.as_deref(), *serial, common)
        }
        Command::Verify(common) => verify(common),
    }
}

/// Where the gate finds the manifest, and what it holds it against.
///
/// # Errors
/// Where no owner is named, or his key is none.
pub fn source(settings: &Settings) -> Result<Source> {
    let owner = settings.manifest.owner.as_deref().context(
        "dozo.toml names no owner of the page manifest: make a key with `dozo manifest key`, and put what it prints into [manifest] as `owner`",
    )?;
    let owner = VerifierKey::parse(owner)
        .context("owner in [manifest] of dozo.toml is no public key: copy it whole")?;
    Ok(Source { dir: DIR.into(), owner, own: own()?.sha256() })
}

fn key(to: &Path, recipients: &[String]) -> Result<()> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut seed[..]).map_err(|_| anyhow::anyhow!("the kernel gave no random bytes"))?;
    let signer = NoteSigner::from_seed(OWNER, &seed).context("cannot make a key")?;
    let file = vault::encrypt_to(recipients, &seed[..])?;
    crate::up::folder::write_new(to, &file)
        .with_context(|| format!("cannot write {}; is it there already?", to.display()))?;
    say(&signer.key().to_string())
}

fn sign(key: &Path, identity: &Path, to: Option<&Path>, serial: Option<u64>, common: &Common) -> Result<()> {
    let owner = owner_signer(key, identity)?;
    let (dir, serial, users) = match (to, serial) {
        (Some(to), Some(serial)) => (to.to_owned(), serial, None),
        _ => {
            let settings = enter(&common.data)?;
            if let Some(named) = &settings.manifest.owner {
                ensure!(
                    *named == owner.key().to_string(),
                    "dozo.toml names another owner's key than the one that signs here"
                );
            }
            let dir = PathBuf::from(DIR);
            let next = next_serial(&dir, &owner.key())?;
            // Users that the shop was started with by the command line stand in the settings of its last start.
            let started = Settings::read(Path::new(crate::up::EFFECTIVE)).ok();
            (dir, serial.unwrap_or(next), settings.users.or(started.and_then(|started| started.users)))
        }
    };
    let signed = put(&dir, serial, &owner)?;
    users.as_ref().map_or(Ok(()), crate::users::give_manifest)?;
    let at = dir.display();
    let text =
        format!("signed: number {serial}, {}, in {at}; a running gate takes it by itself", signed.sha256);
    tell(
        common,
        &text,
        &json!({ "serial": serial, "sha256": signed.sha256, "in": at.to_string(), "owner": owner.key().to_string() }),
    )
}

/// The owner's key, opened with an age identity.
///
/// # Errors
/// Where a file cannot be read, or is something else.
pub fn owner_signer(key: &Path, identity: &Path) -> Result<NoteSigner> {
    let identity = Zeroizing::new(std::fs::read_to_string(identity).with_context(|| cannot_read(identity))?);
    let file = std::fs::read(key).with_context(|| cannot_read(key))?;
    let seed = vault::decrypt_with(&identity, &file)?;
    let seed: &[u8; 32] = seed[..].try_into().ok().context("this is no key of `dozo manifest key`")?;
    NoteSigner::from_seed(OWNER, seed).context("this is no key of `dozo manifest key`")
}

/// Signs the manifest of this program and writes both files.
///
/// # Errors
/// Where it cannot be derived, or written.
pub fn put(dir: &Path, serial: u64, owner: &NoteSigner) -> Result<Signed> {
    let manifest = own()?;
    let made = format!("{:.0}", jiff::Timestamp::now());
    let note = Signed::sign(&manifest, serial, &made, owner)?;
    crate::up::folder::private_dir(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let text = manifest.to_text();
    write_whole(&dir.join(Source::TEXT), text.as_bytes())?;
    write_whole(&dir.join(Source::NOTE), note.as_bytes())?;
    Ok(Signed::verify(&text, &note, &owner.key())?)
}

/// One more than any that was signed or seen here.
fn next_serial(dir: &Path, owner: &VerifierKey) -> Result<u64> {
    let source = Source { dir: dir.to_owned(), owner: owner.clone(), own: own()?.sha256() };
    let signed = source.signed().map_or(0, |signed| signed.serial);
    let seen = source.seen()?.map_or(0, |seen| seen.serial);
    Ok(signed.max(seen) + 1)
}

fn verify(common: &Common) -> Result<()> {
    let settings = enter(&common.data)?;
    let source = demo::of_demo(&settings)?.map_or_else(|| source(&settings), Ok)?;
    let signed = source.read()?;
    let Signed { serial, sha256, made, .. } = &signed;
    let text = format!(
        "number {serial} of {made}, {sha256}: signed by {}, made for the pages of this program",
        source.owner.name()
    );
    tell(
        common,
        &text,
        &json!({ "serial": serial, "sha256": sha256, "made": made, "owner": source.owner.to_string() }),
    )
}

/// Steps into the data folder and reads what the merchant set.
///
/// # Errors
/// Where there is no shop.
pub fn enter(data: &Path) -> Result<Settings> {
    let name = data.display();
    std::env::set_current_dir(data)
        .with_context(|| format!("there is no shop in {name}; name its folder with --data"))?;
    Settings::read(Path::new(crate::up::KEPT))
}

fn cannot_read(path: &Path) -> String {
    format!("cannot read {}", path.display())
}

fn tell(common: &Common, text: &str, json: &Value) -> Result<()> {
    if common.json { say(&json.to_string()) } else { say(text) }
}

fn say(line: &str) -> Result<()> {
    writeln!(std::io::stdout().lock(), "{line}").context("cannot write")
}
