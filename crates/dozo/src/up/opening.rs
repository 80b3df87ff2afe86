//! What must be there before the doors open: keys, tables, goods, and a way in for the owner. The demo brings its own;
//! a shop of one's own is written down by its merchant.

use crate::{
    bar::Bar,
    new,
    processes::{Keys, VAULT_SOCKET},
    settings::{Owner, Settings, ShopName},
};
use anyhow::{Context, Result, bail, ensure};
use domain::{
    StaffId,
    staff::{StaffRole, StaffStatus},
};
use merchant::When;
use std::path::Path;
use store::{Store, meta, staff};
use uuid::Uuid;
use vault_api::{Client, Role, RoleKey, Secret};

/// How many order numbers are passed over after a restore: more than any shop gives between two backups.
const NUMBERS_SKIPPED: i64 = 10_000;

/// What `up` tells whoever started it.
#[derive(Default)]
pub struct Opened {
    /// For the one-time sign-in link of the owner. None where the vault is on another machine, and in a shop of one's own
    /// once he has signed in. Secret.
    pub staff_token: Option<String>,
    /// Demo customers: mail address and password.
    pub customers: Vec<(&'static str, &'static str)>,
}

/// The settings, where their database is not a new, empty file beside orders that are in another one: then somebody forgot
/// `--database`.
///
/// # Errors
/// Where it is; the message names the other one.
pub fn beside_its_orders(settings: Settings) -> Result<Settings> {
    let missing = settings.database_file().filter(|file| !file.exists());
    let before = crate::settings::database_before().filter(|before| *before != settings.database);
    if let (Some(file), Some(before)) = (missing, before) {
        bail!(
            "the orders of this folder are in another database, {}, and {} would be a new one: say --database as before, or \
             write it into dozo.toml (database = \"…\")",
            crate::settings::without_password(&before),
            file.display()
        );
    }
    Ok(settings)
}

/// Where the vault keeps what it knows.
const VAULT_STORE: &str = "vault/vault.redb";

/// That a shop of one's own which is not in the database was never opened: it is filled before its vault is started for the
/// first time. With a vault there, the database is another one, or was not put back.
///
/// # Errors
/// Where there is one.
pub fn never_opened(settings: &Settings) -> Result<()> {
    ensure!(
        settings.demo || !Path::new(VAULT_STORE).exists(),
        "the vault of this folder knows customers, and the database {} is empty: put the database back from the same backup, or \
         say with --database where it is (a new shop begins in a new folder)",
        crate::settings::without_password(&settings.database)
    );
    Ok(())
}

/// Opens the database and brings its tables up to date. Where what was restored from a backup is about to be opened for the
/// first time, it passes over order numbers: those of lost orders are in their buyers' mails.
///
/// # Errors
/// Where it cannot be reached.
pub fn store() -> Result<Store> {
    let store = Store::open(&crate::settings::database()?).context("cannot open the database")?;
    if Path::new(crate::ledger::RESTART).exists() {
        store.write_blocking(|tx| store::order::skip_numbers(tx, NUMBERS_SKIPPED))?;
    }
    Ok(store)
}

/// What the shop is called and how it is called up, by its files.
///
/// # Errors
/// Everything that is wrong with them.
pub fn name(settings: &Settings) -> Result<ShopName> {
    let shop = shop(settings)?;
    let or_ja = |text: &merchant::Text| if text.en.is_empty() { text.ja.clone() } else { text.en.clone() };
    Ok(ShopName {
        en: or_ja(&shop.name),
        ja: shop.name.ja,
        phone: shop.phone,
        hours_en: or_ja(&shop.phone_hours),
        hours_ja: shop.phone_hours.ja,
    })
}

fn shop(settings: &Settings) -> Result<merchant::Shop> {
    if settings.demo {
        return Ok(::demo::goods::shop()?);
    }
    merchant::shop(&new::files()).map_err(|faults| new::refused(&faults))
}

/// Whether the shop is in the database, whole.
///
/// # Errors
/// Where another one is.
pub fn is_loaded(store: &Store, settings: &Settings) -> Result<bool> {
    let [demo, own] = store.read_blocking(|tx| -> Result<_, store::Error> {
        Ok([meta::get(tx, meta::DEMO_LOADED)?, meta::get(tx, meta::SHOP_LOADED)?])
    })?;
    let elsewhere = "choose another folder with --data, or another database with --database";
    if settings.demo {
        ensure!(own.is_none(), "this database holds a shop of one's own, not the demo: {elsewhere}");
        return Ok(::demo::is_loaded(store)?);
    }
    ensure!(demo.is_none(), "this database holds the demo shop: {elsewhere}");
    match own.as_deref() {
        None => Ok(false),
        Some(how) if how == state(settings) => Ok(true),
        Some(meta::SHOP_PRACTISES) => bail!(
            "orders of a practice are in this folder, and would stand among those of your customers: make another one for the \
             shop that sells, with `dozo new --data … --files …/merchant`, which takes over what you wrote"
        ),
        Some(_) => bail!(
            "this shop sells already: nothing is practised in it. Take practice = true out of dozo.toml, or practise in another \
             folder"
        ),
    }
}

fn state(settings: &Settings) -> &'static str {
    if settings.practice { meta::SHOP_PRACTISES } else { meta::SHOP_SELLS }
}

/// Loads the demo shop, where the vault is up.
///
/// # Errors
/// Where database or vault cannot be reached, or an earlier load was broken off.
pub fn fill_demo(owner: RoleKey) -> Result<()> {
    let (store, vault) = (store()?, vault(owner)?);
    let (mut bar, mut all) = (Bar::new("filling the shop"), 0);
    ::demo::load(&store, &vault, jiff::Timestamp::now().as_millisecond(), &mut |done, total| {
        all = total;
        bar.draw(done as u64, total as u64, || format!("{done} / {total}"));
    })?;
    bar.end(|| format!("{all} / {all}"));
    Ok(())
}

/// Writes a merchant's own shop into the database, as his files say: whole or not at all.
///
/// # Errors
/// Everything that is wrong with the files; where the database cannot be reached.
pub fn fill_own(settings: &Settings) -> Result<()> {
    let owner = settings.owner.clone().context("[owner] is missing in dozo.toml")?;
    let all = merchant::read(&new::files(), &new::draw).map_err(|faults| new::refused(&faults))?;
    let now = jiff::Timestamp::now().as_millisecond();
    let (owner, state) = (invited(&owner, now), state(settings));
    store()?.write_blocking(move |tx| {
        // Run again, it may draw other ids: nothing outside knows the first ones.
        merchant::write(tx, &all, When { listed: now, stocked: now, now }, &mut Uuid::now_v7)?;
        staff::insert(tx, &owner)?;
        // Orders that are brought in from before were never at this processor.
        meta::set(tx, meta::BOOKS_FROM, &now.to_string())?;
        meta::set(tx, meta::SHOP_LOADED, state)
    })?;
    Ok(())
}

fn invited(owner: &Owner, now: store::Millis) -> staff::Staff {
    staff::Staff {
        id: StaffId(Uuid::now_v7()),
        login: owner.login.clone(),
        display_name: owner.name.trim().to_owned(),
        role: StaffRole::Owner,
        status: StaffStatus::Invited,
        created_at: now,
    }
}

/// Gives sandbox and till their keys, takes over who sells from the files, and invites the owner, where the vault is on
/// this machine. `anew`: even if he has signed in before.
///
/// # Errors
/// Where database or vault cannot be reached, or the files are wrong.
pub fn prepare(store: &Store, owner: Option<RoleKey>, settings: &Settings, anew: bool) -> Result<Opened> {
    // Of another processor the merchant brings the key.
    if settings.processor.is_none() {
        Keys::make_for_sandbox()?;
    }
    let shop = shop(settings)?;
    store.write_blocking(move |tx| merchant::refresh(tx, &shop))?;
    let vault = owner.map(vault).transpose()?;
    if settings.demo {
        let staff_token = vault.map(|vault| ::demo::owner_link(store, &vault)).transpose()?;
        return Ok(Opened { staff_token, customers: ::demo::CUSTOMERS.to_vec() });
    }
    let named = settings.owner.as_ref().context("[owner] is missing in dozo.toml")?.login.clone();
    let owner = store.read_blocking(|tx| staff::by_login(tx, &named))?.with_context(|| {
        format!("nobody called {named} works here: [owner] login in dozo.toml is who was invited at the first start")
    })?;
    let waits = anew || owner.status == StaffStatus::Invited;
    let invite = |vault: Client| -> Result<String> {
        Ok(vault.staff_invite(owner.id.0, Secret::new(owner.login.as_str()))?.to_text())
    };
    let staff_token = vault.filter(|_| waits).map(invite).transpose()?;
    Ok(Opened { staff_token, customers: Vec::new() })
}

fn vault(owner: RoleKey) -> Result<Client> {
    let vault = Client::with_key(Path::new(VAULT_SOCKET), Role::Owner, Some(owner));
    vault.ping().context("cannot reach the vault")?;
    Ok(vault)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::up::folder::Folder;

    #[test]
    fn a_forgotten_database_is_named_and_none_is_made() {
        let dir = tempfile::tempdir().unwrap();
        let _folder = Folder::enter(&dir.path().join("data")).unwrap();
        let settings = || Settings::demo(8080);
        assert!(beside_its_orders(settings()).is_ok(), "the first start");
        let there = Settings { database: "postgres://dozo:s3cret@db.example/shop".into(), ..settings() };
        there.hand_out().unwrap();
        let told = beside_its_orders(settings()).unwrap_err().to_string();
        assert!(told.contains("postgres://db.example/shop") && !told.contains("s3cret"), "{told}");
        assert!(!Path::new("shop/shop.db").exists());
        assert!(beside_its_orders(there).is_ok());
        settings().hand_out().unwrap();
        assert!(beside_its_orders(settings()).is_ok(), "a first start that was broken off");
    }

    #[test]
    fn an_empty_database_beside_a_vault_that_knows_customers_is_no_new_shop() {
        let dir = tempfile::tempdir().unwrap();
        let _folder = Folder::enter(&dir.path().join("data")).unwrap();
        let database = "postgres://dozo:s3cret@db.example/empty".into();
        let own = Settings { database, demo: false, ..Settings::demo(8080) };
        assert!(never_opened(&own).is_ok(), "the first start");
        std::fs::create_dir_all("vault").unwrap();
        std::fs::write(VAULT_STORE, "").unwrap();
        let told = never_opened(&own).unwrap_err().to_string();
        assert!(told.contains("postgres://db.example/empty") && !told.contains("s3cret"), "{told}");
        assert!(
            never_opened(&Settings { demo: true, ..own }).is_ok(),
            "it says itself that its filling was broken off"
        );
    }
}
