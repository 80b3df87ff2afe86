//! The house for a command of the owner's: as it runs, or, where it does not, its database and a vault of its own.

use super::{EFFECTIVE, Shared, folder::Folder};
use crate::{
    house::House,
    processes::{Name, VAULT_SOCKET},
    settings::Settings,
    users,
};
use anyhow::{Context, Result, ensure};
use std::path::Path;
use store::Store;
use vault_api::{Client, Role, RoleKey};

/// Does some work with database and vault. Steps into the data folder.
///
/// # Errors
/// Where there is no shop, its vault is on another machine, or the work fails. A vault that was started is stopped.
pub fn house<T>(data: &Path, work: impl FnOnce(&Store, &Client) -> Result<T>) -> Result<T> {
    let shown = data.display().to_string();
    ensure!(
        data.join(EFFECTIVE).is_file(),
        "no shop was ever started in {shown}: say with --data where its folder is"
    );
    let Some(_folder) = Folder::lock(data)? else { return running(data, work) };
    let settings = Settings::read(Path::new(EFFECTIVE))?;
    ensure!(
        House::of(&settings) == House::Whole,
        "the vault is on another machine: nobody is its owner from here"
    );
    let store = open()?;
    let owner = crate::roles::hand_out(House::Whole)?.context("the vault is on another machine")?;
    users::settle(settings.users.as_ref())?;
    let vault = Shared::default();
    vault.start(Name::Vault);
    let done = vault.wait_ready().and_then(|()| work(&store, &client(Role::Owner, owner)?));
    vault.stop();
    drop(store);
    users::settle(settings.users.as_ref())?;
    done
}

fn running<T>(data: &Path, work: impl FnOnce(&Store, &Client) -> Result<T>) -> Result<T> {
    std::env::set_current_dir(data).with_context(|| format!("cannot enter {}", data.display()))?;
    let key =
        crate::roles::own(Role::Keeper).context("is this the machine of the vault, and are you its user?")?;
    let vault = client(Role::Keeper, key)?;
    work(&open()?, &vault)
}

fn open() -> Result<Store> {
    Store::open(&crate::settings::database()?).context("cannot open the database")
}

fn client(role: Role, key: RoleKey) -> Result<Client> {
    let vault = Client::with_key(Path::new(VAULT_SOCKET), role, Some(key));
    vault.ping().context("the vault does not answer")?;
    Ok(vault)
}
