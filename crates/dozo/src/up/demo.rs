//! What must be there before the doors open: keys, tables, goods, and a way in for the owner.

use crate::{
    bar::Bar,
    processes::{Keys, VAULT_SOCKET},
    settings::Settings,
};
use anyhow::{Context, Result};
use std::path::Path;
use store::Store;
use vault_api::{Client, Role, RoleKey};

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
    let (mut bar, mut all) = (Bar::new("filling the shop"), 0);
    demo::load(&store, &vault, jiff::Timestamp::now().as_millisecond(), &mut |done, total| {
        all = total;
        bar.draw(done as u64, total as u64, || format!("{done} / {total}"));
    })?;
    bar.end(|| format!("{all} / {all}"));
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
