//! `dozo post take`: the pipe of a mail server, which hands returned mail over to the running shop.

use anyhow::{Context, Result, ensure};
use std::{
    io::{self, Read},
    path::PathBuf,
};

/// What mail servers take for "try again later" (`EX_TEMPFAIL` of sysexits).
const AGAIN: i32 = 75;

/// For whom.
#[derive(clap::Args)]
pub struct Options {
    /// The shop's data folder.
    #[arg(long, default_value = "dozo-data")]
    data: PathBuf,
    /// The address to which the mail came back, as the mail server gives it: `${original_recipient}` of Postfix. Without
    /// it the header of the mail tells.
    #[arg(long)]
    to: Option<String>,
}

/// Hands the mail over; it is noted when this returns.
///
/// # Errors
/// Where it can never be taken. Where it must come again, the process ends with [`AGAIN`].
pub fn run(options: &Options) -> Result<()> {
    let mut mail = Vec::new();
    io::stdin()
        .lock()
        .take(bounce::MAIL_BYTES_MAX as u64)
        .read_to_end(&mut mail)
        .context("cannot read the mail")?;
    let addressed = || bounce::addressed_to(&mail).into_iter().next();
    let to =
        options.to.clone().or_else(addressed).context("the mail names no recipient: give --to ADDRESS")?;
    ensure!(post::Address::parse(&to).is_ok(), "--to is no mail address");
    let socket = options.data.join(crate::settings::RETURNS_SOCKET);
    if let Err(e) = post::intake::hand_over(&socket, &to, &mail) {
        let never = e.kind() == io::ErrorKind::InvalidInput;
        ensure!(
            !never,
            "the shop takes returned mail for the address in [post] bounces only, and not for that of --to ({e})"
        );
        eprintln!(
            "dozo: the shop does not take returned mail now ({e}): does it run, with [post] bounces in its settings?"
        );
        std::process::exit(AGAIN);
    }
    Ok(())
}
