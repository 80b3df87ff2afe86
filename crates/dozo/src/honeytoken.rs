//! `dozo honeytoken`: the owner plants persons who do not exist, while the shop runs.
//!
//! The running vault does it, for whoever may read its folder. Which persons they are, it tells nobody else.

use crate::processes::VAULT_SOCKET;
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use store::Store;
use vault_api::{Client, Freeze, Role};

/// The most that are planted at once.
const PLANT_MAX: usize = 200;

/// What `dozo honeytoken` takes.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Plant members who do not exist. Whoever opens one in the back office freezes it. A few at a time, now and then:
    /// they register at the moment when you plant them, and many on one day stand out.
    Plant {
        /// How many.
        #[arg(long, default_value_t = 3)]
        count: usize,
        /// The domain of their mail addresses: one that looks like a customer's and whose mail you read.
        #[arg(long, default_value = "keitai.example")]
        mail_domain: String,
        #[command(flatten)]
        at: Where,
    },
    /// Print the ids of all that are planted, one a line. Keep them to yourself.
    List(Where),
    /// Freeze the back office as if one had been opened, to see that everybody knows what to do.
    Test(Where),
}

/// Which shop.
#[derive(clap::Args)]
pub struct Where {
    /// The folder for keys and data.
    #[arg(long, default_value = "dozo-data")]
    data: PathBuf,
}

impl Command {
    fn data(&self) -> &Path {
        match self {
            Command::Plant { at, .. } | Command::List(at) | Command::Test(at) => &at.data,
        }
    }
}

/// Does it.
///
/// # Errors
/// One line that says what is in the way, such as a shop that is closed.
pub fn run(command: &Command) -> Result<()> {
    let data = command.data();
    std::env::set_current_dir(data).with_context(|| {
        format!("cannot enter {}: say where the shop's folder is with --data", data.display())
    })?;
    let key = crate::roles::own(Role::Keeper).context("has the shop been started here?")?;
    let vault = Client::with_key(Path::new(VAULT_SOCKET), Role::Keeper, Some(key));
    vault.ping().context("the vault does not answer: start the shop first, as the same user")?;
    act(command, &vault)
}

fn act(command: &Command, vault: &Client) -> Result<()> {
    match command {
        Command::Plant { count, mail_domain, .. } => {
            ensure!((1..=PLANT_MAX).contains(count), "--count is a number from 1 to {PLANT_MAX}");
            let store = Store::open(&crate::settings::database()?).context("cannot open the database")?;
            let seed = u64::from_le_bytes(random()?);
            let now = jiff::Timestamp::now().as_millisecond();
            let planted = demo::honey::plant(&store, vault, (*count, mail_domain, seed), now)?;
            println!(
                "{} planted; the vault has {} now",
                planted.persons.len(),
                vault.honeytoken_list()?.len()
            );
            if !planted.has_company {
                eprintln!(
                    "No real member is without an order, as these are: until there are some, whoever reads the database \
                     can tell them apart."
                );
            }
        }
        Command::List(_) => vault.honeytoken_list()?.iter().for_each(|person| println!("{person}")),
        Command::Test(_) => {
            if let Some(freeze) = vault.state()?.frozen {
                bail!("{}", frozen_already(&freeze));
            }
            vault.honeytoken_test()?;
            println!(
                "The back office is frozen, as a drill: opening, looking up and exporting are refused, and each of its pages \
                 says that it is one. The watch tells whom it tells of a real one. The owner ends it under \"The vault\", \
                 with password and code or a passkey; everybody else signs in again."
            );
        }
    }
    Ok(())
}

/// What stands in the way of a drill.
fn frozen_already(freeze: &Freeze) -> String {
    let since = jiff::Timestamp::from_millisecond(freeze.since_ms).unwrap_or_default();
    let since =
        since.in_tz("Asia/Tokyo").map_or_else(|_| since.to_string(), |at| at.strftime("%F %T").to_string());
    if freeze.is_drill() {
        return format!(
            "a drill is under way since {since}: the owner ends it under \"The vault\" in the back office"
        );
    }
    format!(
        "this is no drill: somebody was planted and opened at {since}, and the back office is frozen since. \"The vault\" in \
         the back office says with whose pass; what is known of it is left as it is, and no drill is held"
    )
}

fn random() -> Result<[u8; 8]> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|_| anyhow::anyhow!("the kernel gave no random bytes"))?;
    Ok(bytes)
}
