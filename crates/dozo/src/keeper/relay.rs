//! `dozo vault relay …`: who may come in over the network, on the vault's machine.

use super::{Common, Desk};
use crate::{house::House, processes::RELAY_AUTHORITY, settings::Settings, up::folder};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// What is done about the relay.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Let one shop's machine in, and nobody else: whoever was enrolled before is out. To be run on the vault's machine.
    Enroll {
        /// The file to carry to the shop's machine, there relay/papers.pem; it must not be there yet. Secret, good for a
        /// day.
        #[arg(long)]
        to: PathBuf,
        #[command(flatten)]
        common: Common,
    },
}

/// Does it.
///
/// # Errors
/// What was wrong, and what to do.
pub fn run(command: &Command) -> Result<()> {
    let Command::Enroll { to, common } = command;
    let to = std::path::absolute(to)?;
    let desk = Desk::enter(common)?;
    let settings = Settings::read(Path::new(crate::up::KEPT))?;
    ensure!(
        House::of(&settings) == House::Vault,
        "this is not the vault's machine: its {} has [vault] listen",
        crate::up::KEPT
    );
    let (authority, papers) = relay::enrol(jiff::Timestamp::now())?;
    folder::write_new(&to, papers.as_bytes())
        .with_context(|| format!("cannot write {}; is it there already?", to.display()))?;
    let room = Path::new(RELAY_AUTHORITY).parent().unwrap_or(Path::new("."));
    folder::private_dir(room)?;
    folder::write_whole(Path::new(RELAY_AUTHORITY), authority.as_bytes())?;
    // Where each process is a user of its own, its room says which.
    let owner = room.metadata()?;
    std::os::unix::fs::chown(RELAY_AUTHORITY, Some(owner.uid()), Some(owner.gid()))
        .context("cannot give the authority to the relay")?;
    let line = format!(
        "{}: carry it to the shop's machine within a day, there relay/papers.pem, and remove it here",
        to.display()
    );
    desk.say(&line, &json!({ "event": "enrolled", "to": to.to_string_lossy() }))
}
