//! The demo shop 栗鼠堂 (Risudo, fictional): its goods, and three years of made-up customers and orders.

mod art;
pub mod chance;
pub mod goods;
pub mod history;
pub mod honey;
pub mod past;
pub mod people;

use domain::{
    StaffId,
    staff::{StaffRole, StaffStatus},
};
use past::LoadError;
use store::{Millis, Store, meta, staff};
use uuid::Uuid;
use vault_api::{Client, Secret};

/// The owner of the demo shop: login and name. The only member of staff: nobody else was sent a link.
const OWNER: (&str, &str) = ("chizuru", "橡 千鶴");
/// The demo's customers who can sign in: mail address and password, printed at each start since nobody is behind
/// them. All others have no password.
pub const CUSTOMERS: [(&str, &str); 3] = [
    ("hanako@demo.example", "kuri-to-kurumi-1921"),
    ("taro@demo.example", "akino-konoha-tayori"),
    ("sakura@demo.example", "risu-ga-kakushita-mi"),
];

/// Loads the demo shop once; a shop that has it is left as it is. `progress` is told how much of how much is done.
///
/// # Errors
/// As [`LoadError`] says. A load that was broken off cannot be continued: the message says what to do.
pub fn load(
    store: &Store,
    vault: &Client,
    now: Millis,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<(), LoadError> {
    match store.read_blocking(|tx| meta::get(tx, meta::DEMO_LOADED))?.as_deref() {
        Some(DONE) => return Ok(()),
        Some(_) => {
            return Err(LoadError::Data(
                "an earlier start was broken off while it loaded the demo shop; remove the data folder and start again".into(),
            ));
        }
        None => {}
    }
    let catalogue = goods::read()?;
    let shelf = store.write_blocking(move |tx| {
        meta::set(tx, meta::DEMO_LOADED, "begun")?;
        goods::write(tx, &catalogue, now)
    })?;
    let history = history::History::make(&shelf.goods, now);
    let total = history.customers.len() + history.orders.len() + history.left.len();
    let mut done = 0;
    past::write(&history, &shelf.wares, store, vault, &mut |more| {
        done += more;
        progress(done, total);
    })?;
    // Some of those who bought long ago, and nothing since: nobody has a reason to open them.
    vault.honeytoken_plant(Vec::new(), history.honey(now))?;
    for ((mail, password), person) in CUSTOMERS.into_iter().zip(history.signers()) {
        vault.customer_set_password(person.0, Secret::new(mail), Secret::new(password))?;
    }
    store.write_blocking(move |tx| {
        let owner = staff::Staff {
            id: StaffId(Uuid::from_u128(1)),
            login: OWNER.0.into(),
            display_name: OWNER.1.into(),
            role: StaffRole::Owner,
            status: StaffStatus::Active,
            created_at: now,
        };
        staff::insert(tx, &owner)?;
        // The made-up orders never met a processor.
        meta::set(tx, meta::BOOKS_FROM, &now.to_string())?;
        meta::set(tx, meta::DEMO_LOADED, DONE)
    })?;
    Ok(())
}

const DONE: &str = "done";

/// Whether the shop is there, whole.
///
/// # Errors
/// As every database call.
pub fn is_loaded(store: &Store) -> Result<bool, store::Error> {
    Ok(store.read_blocking(|tx| meta::get(tx, meta::DEMO_LOADED))?.as_deref() == Some(DONE))
}

/// A new one-time sign-in link for the owner of the demo shop: the token that goes behind `/admin/link/`.
///
/// # Errors
/// Where the vault is away or the staff were not loaded.
pub fn owner_link(store: &Store, vault: &Client) -> Result<String, LoadError> {
    let owner = store.read_blocking(|tx| staff::by_login(tx, OWNER.0))?;
    let owner = owner.ok_or_else(|| LoadError::Data("the shop has no owner".into()))?;
    Ok(vault.staff_invite(owner.id.0, Secret::new(owner.login))?.to_text())
}
