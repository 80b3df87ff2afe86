//! `dozo unlock`: opens what was locked, with the owner's signature.
//!
//! The gate gives a challenge, the owner signs it on the machine where his key is, and the gate checks the signature
//! itself. The demo's key lies in its own folder, so there it is done in one step: that shows how it goes, and protects
//! nothing.

use super::{Common, say, tell};
use crate::{
    manifest::{demo_signer, enter, owner_signer},
    processes::LOCK_SOCKET,
    up::folder::write_whole,
};
use anyhow::{Context, Result};
use lock_api::{Client, Lock, LockError};
use serde_json::json;
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

/// A challenge and a note are never longer.
const NOTE_BYTES_MAX: u64 = 64 * 1024;

/// What `dozo unlock` takes. Without a further word it opens the demo, and says of any other shop what to do.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Unlock {
    #[command(subcommand)]
    command: Option<Command>,
    /// Print the text that the owner must sign. For one state of the lock it is the same for a day.
    #[arg(long, conflicts_with = "with")]
    challenge: bool,
    /// Open, with the signed text in this file.
    #[arg(long)]
    with: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Sign a challenge, on the machine where the owner's key is. Read it first: it says what is closed, and why.
    Sign {
        /// The challenge, as `--challenge` printed it.
        #[arg(long)]
        challenge: PathBuf,
        /// The owner's key, as `dozo manifest key` made it.
        #[arg(long)]
        key: PathBuf,
        /// The age identity file that opens it.
        #[arg(long)]
        identity: PathBuf,
        /// Write the signed text here instead of printing it.
        #[arg(long)]
        to: Option<PathBuf>,
    },
}

/// Does what was asked.
///
/// # Errors
/// One line that says what is in the way; it stays closed then.
pub fn run(options: &Unlock) -> Result<()> {
    if let Some(Command::Sign { challenge, key, identity, to }) = &options.command {
        return sign(challenge, key, identity, to.as_deref());
    }
    let common = &options.common;
    // The name of the file is as whoever typed it sees it.
    let note = options.with.as_deref().map(read).transpose()?;
    let settings = enter(&common.data)?;
    let gate = Client::connect(Path::new(LOCK_SOCKET));
    if options.challenge {
        let challenge = gate.challenge().map_err(away)?;
        return tell(common, challenge.trim_end(), &json!({ "challenge": challenge }));
    }
    if let Some(note) = note {
        return opened(common, &gate.open(&note).map_err(away)?, false);
    }
    let signer = demo_signer(&settings)?.context(
        "opening takes the owner's signature: print the challenge with `dozo unlock --challenge`, sign it on the machine \
         where the owner's key is with `dozo unlock sign`, and hand it in with `dozo unlock --with FILE`",
    )?;
    let challenge = gate.challenge().map_err(away)?;
    let note = gate::sign_unlock(&challenge, &signer)?;
    opened(common, &gate.open(&note).map_err(away)?, true)
}

fn sign(challenge: &Path, key: &Path, identity: &Path, to: Option<&Path>) -> Result<()> {
    let text = read(challenge)?;
    let note = gate::sign_unlock(&text, &owner_signer(key, identity)?)
        .with_context(|| format!("{} is no challenge of `dozo unlock --challenge`", challenge.display()))?;
    match to {
        Some(to) => {
            write_whole(to, note.as_bytes())?;
            say(&format!("Signed, in {}:\n{}", to.display(), text.trim_end()))
        }
        None => say(note.trim_end()),
    }
}

fn opened(common: &Common, lock: &Lock, demo: bool) -> Result<()> {
    let by = match demo {
        true => {
            " It was signed with the demo's own key, which lies in this folder: a real shop's owner signs on another machine."
        }
        false => "",
    };
    let text = format!("Open since {} (it was lock {}).{by}", lock.since, lock.number);
    tell(common, &text, &json!({ "lock": lock, "demo_key": demo }))
}

fn away(error: LockError) -> anyhow::Error {
    match error {
        LockError::Unavailable => {
            anyhow::anyhow!("the gate does not answer: the shop must run (`dozo up`) to be opened")
        }
        LockError::Refused(why) => why.into(),
    }
}

/// Reads a challenge or a note; line ends that a mail or an editor has changed are put right.
fn read(path: &Path) -> Result<String> {
    let cannot = || format!("cannot read {}", path.display());
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(NOTE_BYTES_MAX).read_to_string(&mut text))
        .with_context(cannot)?;
    Ok(text.replace("\r\n", "\n").trim_end().to_owned() + "\n")
}
