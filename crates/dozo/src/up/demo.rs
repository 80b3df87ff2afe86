//! What must be there before the doors open: keys, tables, goods, and a way in for the owner.

use crate::{
    processes::{Keys, VAULT_SOCKET},
    settings::Settings,
};
use anyhow::{Context, Result};
use std::{
    io::{IsTerminal, Write},
    path::Path,
    time::Instant,
};
use store::Store;
use vault_api::{Client, Role, RoleKey};

/// Columns of the progress bar.
const BAR_WIDTH: usize = 32;
/// How often the bar is drawn at most, in milliseconds.
const BAR_EVERY_MS: u128 = 80;

/// What `up` tells whoever started it.
pub struct Opened {
    /// For the one-time sign-in link of the owner; none where the vault is on another machine. Secret.
    pub staff_token: Option<String>,
    /// Demo customers: mail address and password.
    pub customers: Vec<(&'static str, &'static str)>,
}

/// Opens the database and brings its tables up to date.
///
/// # Errors
/// Where it cannot be reached.
pub fn store() -> Result<Store> {
    Store::open(&crate::settings::database()?).context("cannot open the database")
}

/// Loads the demo shop, where the vault is up.
///
/// # Errors
/// Where database or vault cannot be reached, or an earlier load was broken off.
pub fn fill(owner: RoleKey) -> Result<()> {
    let (store, vault) = (store()?, vault(owner)?);
    let mut bar = Bar::new();
    demo::load(&store, &vault, jiff::Timestamp::now().as_millisecond(), &mut |done, total| {
        bar.draw(done, total)
    })?;
    bar.end();
    Ok(())
}

/// Gives sandbox and till their keys, and invites the owner, where the vault is on this machine.
///
/// # Errors
/// Where database or vault cannot be reached.
pub fn prepare(store: &Store, owner: Option<RoleKey>, settings: &Settings) -> Result<Opened> {
    // Of another processor the merchant brings the key.
    if settings.processor.is_none() {
        Keys::make_for_demo()?;
    }
    let invited = owner.map(|owner| -> Result<_> { Ok(demo::owner_link(store, &vault(owner)?)?) });
    let staff_token = invited.transpose()?;
    Ok(Opened { staff_token, customers: demo::CUSTOMERS.to_vec() })
}

fn vault(owner: RoleKey) -> Result<Client> {
    let vault = Client::with_key(Path::new(VAULT_SOCKET), Role::Owner, Some(owner));
    vault.ping().context("cannot reach the vault")?;
    Ok(vault)
}

/// A progress bar on standard error: one line that grows on a terminal, a few lines elsewhere.
struct Bar {
    terminal: bool,
    drawn: Option<Instant>,
    tenth: usize,
}

impl Bar {
    fn new() -> Bar {
        Bar { terminal: std::io::stderr().is_terminal(), drawn: None, tenth: 0 }
    }

    fn draw(&mut self, done: usize, total: usize) {
        let tenth = done * 10 / total.max(1);
        let due = self.drawn.is_none_or(|at| at.elapsed().as_millis() >= BAR_EVERY_MS) || done == total;
        let mut out = std::io::stderr().lock();
        // Whoever closed standard error does not want to see it.
        if self.terminal && due {
            let filled = BAR_WIDTH * done / total.max(1);
            let (full, rest) = ("━".repeat(filled), "─".repeat(BAR_WIDTH - filled.min(BAR_WIDTH)));
            let _ = write!(out, "\r  filling the shop  {full}{rest}  {done} / {total}");
        } else if !self.terminal && tenth > self.tenth {
            let _ = writeln!(out, "dozo: filling the shop: {done} of {total}");
        }
        let _ = out.flush();
        self.tenth = tenth;
        self.drawn = Some(Instant::now());
    }

    fn end(&self) {
        if self.terminal && self.drawn.is_some() {
            let _ = writeln!(std::io::stderr());
        }
    }
}
