//! `dozo post`: what an operator does with returned mail. Needs no running shop.

mod classify;

use anyhow::Result;
use clap::Subcommand;

/// What `dozo post` is told.
#[derive(Subcommand)]
pub enum Command {
    /// Say for each recipient of returned mails what became of the mail, and why (docs/bounces.md).
    Classify(classify::Options),
}

/// Does what it is told.
///
/// # Errors
/// Where something cannot be read; the message names it and says what to do.
pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Classify(options) => classify::run(options),
    }
}
