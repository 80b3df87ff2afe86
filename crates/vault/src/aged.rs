//! Small secrets of the owner's command line as age files: the cipher is the vault's, and so it stays here.

use crate::age::{self, Identity, Recipient};
use anyhow::{Context, ensure};
use zeroize::Zeroizing;

/// Encrypts a secret to age recipients (`age1…`), each of whom alone can open it.
///
/// # Errors
/// Where there is none, or one of them is no recipient.
pub fn encrypt_to(recipients: &[String], secret: &[u8]) -> anyhow::Result<Vec<u8>> {
    ensure!(!recipients.is_empty(), "name at least one age recipient (age1…)");
    let parse = |text: &String| {
        Recipient::parse(text)
            .with_context(|| format!("{text} is no age recipient: it begins with age1 and is copied whole"))
    };
    let to = recipients.iter().map(parse).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(age::encrypt(&to, secret)?)
}

/// Opens what [`encrypt_to`] made with the text of an age identity file.
///
/// # Errors
/// Where the identity is none, or the file is not for it.
pub fn decrypt_with(identity: &str, file: &[u8]) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let identity = Identity::parse(identity).context("this is no age identity (AGE-SECRET-KEY-1…)")?;
    age::decrypt(&identity, file)
        .context("this identity does not open the file: it is another's, or the file is damaged")
}
