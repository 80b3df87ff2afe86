//! `dozo post`: what operators and mail servers do with returned mail.

mod classify;
mod dkim;
mod take;

use anyhow::Result;
use clap::Subcommand;

/// What `dozo post` is told.
#[derive(Subcommand)]
pub enum Command {
    /// Say for each recipient of returned mails what became of the mail, and why (docs/bounces.md).
    Classify(classify::Options),
    /// Make the key that signs mails, once, and print what the DNS must say of it.
    Dkim(dkim::Options),
    /// Hand a returned mail on standard input to the running shop: for a mail server's alias. Ends with 75 where it must
    /// come again.
    Take(take::Options),
}

/// Does what it is told.
///
/// # Errors
/// Where something cannot be read; the message names it and says what to do.
pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Classify(options) => classify::run(options),
        Command::Dkim(options) => dkim::run(options),
        Command::Take(options) => take::run(options),
    }
}
