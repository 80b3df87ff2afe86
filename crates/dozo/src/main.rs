//! `dozo`: one binary, a subcommand for each process of the shop. `dozo up` runs them all.

mod processes;
mod settings;
mod up;

use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

#[derive(Parser)]
#[command(name = "dozo", version, about = "An online shop for small merchants that cannot leak in silence.")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run all processes of the shop on this machine; they end with this one.
    Up(up::Options),
    /// Run one process in the current data folder (what `up` starts).
    #[command(hide = true)]
    Process {
        /// Which one.
        name: processes::Name,
        /// The settings that `up` wrote.
        #[arg(long)]
        settings: PathBuf,
    },
}

fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Up(options) => up::run(&options),
        Command::Process { name, settings } => processes::run(name, &settings),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            // The one place where the chain of causes is shown.
            eprintln!("dozo: {e:#}");
            ExitCode::FAILURE
        }
    }
}
