//! `dozo`: one binary, a subcommand for each process of the shop. `dozo up` runs them all.

mod approved;
mod asked;
mod bar;
mod components;
mod doctor;
mod drill;
mod honeytoken;
mod house;
mod incident;
mod inventory;
mod keeper;
mod ledger;
mod letters;
mod lock;
mod manifest;
mod new;
mod posting;
mod processes;
mod roles;
mod settings;
mod shelf;
mod signer;
mod tongue;
mod up;
mod users;
mod walls;
mod watching;
mod witness;

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
    /// Make a folder in which you write down a shop of your own, or check what is written there.
    New(new::Options),
    /// Run all processes of the shop on this machine; they end with this one.
    Up(up::Options),
    /// Serve what a closed shop owes its customers, without the shop.
    #[command(subcommand)]
    Desk(up::Desk),
    /// Fill the shop, as `up` does at its first start.
    #[command(hide = true)]
    Fill,
    /// See to the page manifest, as `up` does at each start.
    #[command(hide = true)]
    Prepare,
    /// Read the vault's ledger: check it, prove an entry, list who was opened. While the shop runs, or not.
    Ledger(ledger::Options),
    /// Say which walls stand on this machine, what is weaker than it could be, and what to do about it.
    Doctor(doctor::Options),
    /// Change and recover keys; without a further word, the process of that name.
    Vault(Vault),
    /// Say what the watch has found, or try its alarms; without a further word, the process of that name.
    Watch(Watch),
    /// Read returned mails; without a further word, the process of mail.
    Post(Post),
    /// Witness the ledger of a shop on another machine, or ask a witness.
    Witness(witness::Options),
    /// State whom an incident concerns, from facts and recorded events; bring in the records of another shop system.
    #[command(subcommand)]
    Incident(incident::Command),
    /// Notices on paper: to whom, approved, made, printed, posted, and what came back.
    #[command(subcommand)]
    Letters(letters::Command),
    /// What each page may be made of: show it, sign it, check what is in force.
    #[command(subcommand)]
    Manifest(manifest::Command),
    /// Close the way to payment, or the whole shop, at once.
    Lock(lock::Options),
    /// Open again what was locked; this takes the owner's signature.
    Unlock(lock::Unlock),
    /// Try on a running demo shop how such shops are robbed.
    #[command(subcommand)]
    Drill(drill::Command),
    /// Plant customers who do not exist, list them, or try the alarm.
    #[command(subcommand)]
    Honeytoken(honeytoken::Command),
    /// Run one process, as `up` does: `dozo vault`, `dozo web` …
    #[command(flatten)]
    Process(Process),
}

#[derive(Subcommand)]
enum Process {
    /// A payment processor to develop against.
    #[command(hide = true)]
    Sandbox(Given),
    /// Takes and shows the demo's mail.
    #[command(hide = true)]
    Mailbox(Given),
    /// Talks to the payment processor.
    #[command(hide = true)]
    Till(Given),
    /// Storefront and back office.
    #[command(hide = true)]
    Web(Given),
    /// The edge.
    #[command(hide = true)]
    Gate(Given),
    /// Between the shop and a vault on another machine.
    #[command(hide = true)]
    Relay(Given),
    /// A browser that walks through the shop.
    #[command(hide = true)]
    Eyes(Given),
    /// Obtains the certificate of the shop's name.
    #[command(hide = true)]
    Acme(Given),
}

/// The process of the keys, or what the owner does with them.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
struct Vault {
    #[command(subcommand)]
    command: Option<keeper::Command>,
    /// The settings that `up` wrote.
    #[arg(long, hide = true, required = true)]
    settings: Option<PathBuf>,
}

/// The process that looks from outside, or what it found.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
struct Watch {
    #[command(subcommand)]
    command: Option<watching::Command>,
    /// The settings that `up` wrote.
    #[arg(long, hide = true, required = true)]
    settings: Option<PathBuf>,
}

/// The process of mail, or what came back.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
struct Post {
    #[command(subcommand)]
    command: Option<posting::Command>,
    /// The settings that `up` wrote.
    #[arg(long, hide = true, required = true)]
    settings: Option<PathBuf>,
}

/// What every process is given. It runs in the data folder.
#[derive(clap::Args)]
struct Given {
    /// The settings that `up` wrote.
    #[arg(long)]
    settings: PathBuf,
}

fn main() -> ExitCode {
    use {Process as P, processes::Name as N};
    let done = match Args::parse().command {
        Command::New(options) => new::run(&options),
        Command::Up(options) => up::run(&options),
        Command::Desk(desk) => up::desk(&desk),
        Command::Fill => up::fill(),
        Command::Prepare => up::prepare(),
        Command::Honeytoken(command) => honeytoken::run(&command),
        Command::Incident(command) => incident::run(&command),
        Command::Ledger(options) => ledger::run(&options),
        Command::Letters(command) => letters::run(&command),
        Command::Doctor(options) => doctor::run(&options),
        Command::Vault(Vault { command: Some(command), .. }) => keeper::run(&command),
        Command::Vault(Vault { settings, .. }) => processes::run(N::Vault, &settings.unwrap_or_default()),
        Command::Watch(Watch { command: Some(command), .. }) => watching::run(&command),
        Command::Watch(Watch { settings, .. }) => processes::run(N::Watch, &settings.unwrap_or_default()),
        Command::Post(Post { command: Some(command), .. }) => posting::run(&command),
        Command::Post(Post { settings, .. }) => processes::run(N::Post, &settings.unwrap_or_default()),
        Command::Manifest(command) => manifest::run(&command),
        Command::Lock(options) => lock::run(&options),
        Command::Drill(command) => drill::run(&command),
        Command::Unlock(options) => lock::unlock(&options),
        Command::Witness(options) => witness::run(&options),
        Command::Process(process) => {
            let (name, given) = match process {
                P::Sandbox(g) => (N::Sandbox, g),
                P::Mailbox(g) => (N::Mailbox, g),
                P::Till(g) => (N::Till, g),
                P::Web(g) => (N::Web, g),
                P::Gate(g) => (N::Gate, g),
                P::Relay(g) => (N::Relay, g),
                P::Eyes(g) => (N::Eyes, g),
                P::Acme(g) => (N::Acme, g),
            };
            processes::run(name, &given.settings)
        }
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
