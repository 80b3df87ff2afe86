//! `dozo ledger`: reads the vault's ledger, while the shop runs or not. Nothing here has a key of the vault.

mod export;
mod persons;
mod prove;
mod restart;
mod time;
mod typed;
mod verify;

use ::ledger::{Checkpoint, Folder, Reader, VerifierKey};
use anyhow::{Context, Result, ensure};
use clap::Subcommand;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Where the vault is asked for a new log at its next start, in the data folder; the vault takes it away then.
pub const RESTART: &str = "vault/ledger/restart";

/// What `dozo ledger` is told.
#[derive(clap::Args)]
pub struct Options {
    /// The shop's data folder.
    #[arg(long, default_value = "dozo-data", global = true)]
    data: PathBuf,
    /// The log's own folder, for a copy of it; otherwise the newest log of the data folder.
    #[arg(long, global = true)]
    folder: Option<PathBuf>,
    /// One JSON object on standard output.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check the whole ledger; or one proof, which needs nothing but the keys.
    Verify(verify::Options),
    /// Write the proof that an entry is on the ledger.
    Prove(prove::Options),
    /// Write a folder that a web server can serve (C2SP tlog-tiles); what is there already is not written again.
    Export(export::Options),
    /// List of whom something was opened in a window of time.
    Persons(persons::Options),
    /// Print the public keys that the ledger's checkpoints are signed with.
    Keys,
    /// Let the vault begin a new log at its next start, after files were restored from a backup.
    RestartAfterRestore(restart::Options),
}

/// Does what it is told.
///
/// # Errors
/// Where the ledger cannot be read, or is not what it should be; the message says what to do.
pub fn run(options: &Options) -> Result<()> {
    match &options.command {
        Command::Verify(command) => verify::run(options, command),
        Command::Prove(command) => prove::run(options, command),
        Command::Export(command) => export::run(options, command),
        Command::Persons(command) => persons::run(options, command),
        Command::RestartAfterRestore(command) => restart::run(options, command),
        Command::Keys => {
            let keys: Vec<_> = options.keys(&[])?.iter().map(ToString::to_string).collect();
            options.say(&serde_json::json!({ "keys": keys }), || keys.join("\n"))
        }
    }
}

impl Options {
    /// Where all logs of the shop are.
    fn logs(&self) -> PathBuf {
        self.data.join("vault/ledger")
    }

    /// The folder of the log that is meant.
    fn log(&self) -> Result<Arc<Folder>> {
        if let Some(folder) = &self.folder {
            return Ok(Folder::reading(folder));
        }
        let logs = self.logs();
        let number = newest(&logs)
            .with_context(|| format!("cannot read {}: say --data or --folder", logs.display()))?;
        let number =
            number.with_context(|| format!("{} holds no log yet: the vault begins one", logs.display()))?;
        Ok(Folder::reading(logs.join(number.to_string())))
    }

    fn reader(&self) -> Result<Reader> {
        let log = self.log()?;
        let shown = log.path().display().to_string();
        Reader::open(log).with_context(|| format!("cannot read the log in {shown}"))
    }

    /// The keys that were given; where none were, those that the folder names.
    fn keys(&self, given: &[String]) -> Result<Vec<VerifierKey>> {
        if given.is_empty() {
            let log = self.log()?;
            let shown = log.path().display().to_string();
            let none = || format!("{shown} holds no log: say --data or --folder");
            return Reader::keys_in(&*log)?.with_context(none);
        }
        given
            .iter()
            .map(|key| VerifierKey::parse(key).with_context(|| format!("this is no key: {key}")))
            .collect()
    }

    /// The newest checkpoint, as signed with the keys that the folder names.
    fn signed(&self, reader: &Reader) -> Result<(String, Checkpoint)> {
        let note = reader
            .checkpoint()?
            .context("nothing is signed yet: the vault signs a second after its start")?;
        let checkpoint = Checkpoint::open(&note, &self.keys(&[])?)?;
        ensure!(
            checkpoint.size <= reader.size(),
            "the files hold fewer entries than were signed: `dozo ledger verify` says more"
        );
        Ok((note, checkpoint))
    }

    /// Prints the answer as a program or a person wants it.
    fn say(&self, json: &serde_json::Value, text: impl FnOnce() -> String) -> Result<()> {
        use std::io::Write;
        let text = if self.json { json.to_string() } else { text() };
        Ok(writeln!(std::io::stdout(), "{text}")?)
    }
}

/// The number of the newest log.
fn newest(logs: &Path) -> std::io::Result<Option<u32>> {
    let numbers = std::fs::read_dir(logs)?.map(|found| Ok(found?.file_name().to_string_lossy().parse().ok()));
    Ok(numbers.collect::<std::io::Result<Vec<_>>>()?.into_iter().flatten().max())
}
