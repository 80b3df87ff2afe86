//! What `dozo incident notify` and `dozo letters` have in common: which shop, and what two persons approve at its vault.

use crate::{incident::print::Lang, up::visit};
use anyhow::{Context, Result, ensure};
use std::path::PathBuf;
use store::Store;
use uuid::Uuid;
use vault_api::{Client, VaultError};

/// Which shop, and how is said what was done.
#[derive(clap::Args)]
pub struct Shop {
    /// The folder for keys and data.
    #[arg(long, default_value = "dozo-data")]
    pub data: PathBuf,
    /// The language of what is printed for the eyes.
    #[arg(long, value_enum, default_value = "ja")]
    pub lang: Lang,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Who approves what.
#[derive(clap::Args)]
pub struct Approval {
    /// The login of whoever approves: his mail address in the back office.
    #[arg(long)]
    login: String,
    /// The hash that `plan` and `status` print, or its first 16 digits: what was told by word of mouth.
    #[arg(long)]
    hash: String,
}

/// Who approves which.
#[derive(clap::Args)]
pub struct Approve<W: clap::Args> {
    #[command(flatten)]
    pub approval: Approval,
    #[command(flatten)]
    pub which: W,
}

impl Shop {
    /// The database; steps into the data folder.
    pub fn store(&self) -> Result<Store> {
        let shown = self.data.display();
        std::env::set_current_dir(&self.data)
            .with_context(|| format!("cannot enter {shown}: say with --data where the shop's folder is"))?;
        let url = crate::settings::database().context("was a shop ever started here?")?;
        Store::open(&url).context("cannot open the database")
    }

    /// A line for the eyes.
    pub fn say(&self, ja: &str, en: &str) {
        println!("{}", if self.lang == Lang::Ja { ja } else { en });
    }
}

impl Approval {
    /// One of the two says yes, by his own means, to what he was shown: asks for password and code, on two lines of standard
    /// input where that is no terminal. `name`: what it is, in JSON; `next`: what can be done once it is approved.
    ///
    /// # Errors
    /// Where the hash is another one, the proof does not hold, or nothing waits for an approval.
    pub fn give(
        &self,
        shop: &Shop,
        find: impl FnOnce(&Store) -> Result<Uuid>,
        name: &str,
        next: (&str, &str),
    ) -> Result<()> {
        let approved = visit::house(&shop.data, |store, vault| {
            let id = find(store)?;
            let waiting = vault.campaign(id).map_err(told)?;
            let by = crate::asked::approver(&self.login, &waiting.hash, &self.hash)?;
            vault.campaign_approve(id, waiting.hash, by).map_err(told)
        })?;
        let (count, needed) = (approved.approved.len(), approved.approvals_needed as usize);
        if shop.json {
            println!("{}", serde_json::json!({ name: approved.id, "approvals": count, "needed": needed }));
        } else if approved.is_approved() {
            shop.say(&format!("承認がそろいました。{}", next.0), &format!("approved: {}", next.1));
        } else {
            let left = needed.saturating_sub(count);
            shop.say(
                &format!("{count} 名が承認しました。あと {left} 名の承認が要ります"),
                &format!("{count} approved; {left} more to go"),
            );
        }
        Ok(())
    }
}

/// That it is approved and not ended: `post` would find the vault closed, which is said here.
///
/// # Errors
/// Where it is not, naming the command by which it is.
pub fn ensure_approved(vault: &Client, id: Uuid, command: &str) -> Result<()> {
    let known = vault.campaign(id).map_err(told)?;
    let (count, needed) = (known.approved.len(), known.approvals_needed);
    ensure!(
        known.is_approved() && known.ended_at_ms.is_none(),
        "{count} of {needed} have approved it: `{command}` comes first"
    );
    Ok(())
}

/// What the vault says to a caller of ours is made for him to read.
pub fn told(error: VaultError) -> anyhow::Error {
    match error {
        VaultError::BadRequest(text) => anyhow::anyhow!("{text}"),
        other => other.into(),
    }
}
