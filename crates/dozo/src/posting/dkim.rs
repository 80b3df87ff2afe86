//! `dozo post dkim`: the key that signs mails, and what the DNS must say of it.

use crate::settings::{DKIM_KEY, Settings};
use ::dkim::{Signer, SigningKey};
use anyhow::{Context, Result};
use serde_json::json;
use std::{
    io::Write,
    path::{Path, PathBuf},
};

/// For which selector.
#[derive(clap::Args)]
pub struct Options {
    /// Under which name the DNS has the key; another one for each new key, such as s2026.
    #[arg(long)]
    selector: String,
    /// The shop's data folder.
    #[arg(long, default_value = "dozo-data")]
    data: PathBuf,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// Makes the key where there is none yet, and prints the record. A key that is there stays as it is.
///
/// # Errors
/// Where there is no shop, or the file cannot be read or written.
pub fn run(options: &Options) -> Result<()> {
    let shown = options.data.display();
    std::env::set_current_dir(&options.data)
        .with_context(|| format!("cannot enter {shown}: say with --data where the shop's folder is"))?;
    let settings = Settings::read(Path::new(crate::up::EFFECTIVE))
        .with_context(|| format!("no shop was ever started in {shown}"))?;
    let pem = match std::fs::read_to_string(DKIM_KEY) {
        Ok(pem) => zeroize::Zeroizing::new(pem),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let pem = SigningKey::generate_pem()?;
            crate::up::folder::write_whole(Path::new(DKIM_KEY), pem.as_bytes())?;
            pem
        }
        Err(e) => return Err(e).with_context(|| format!("cannot read {DKIM_KEY}")),
    };
    let key = SigningKey::from_pem(&pem).context(DKIM_KEY)?;
    let domain = settings.smtp.from.rsplit_once('@').map_or("", |(_, domain)| domain);
    let (name, text) = Signer::new(domain, &options.selector, key)?.record();
    let mut out = std::io::stdout().lock();
    if options.json {
        writeln!(out, "{}", json!({ "name": name, "type": "TXT", "text": text }))?;
        return Ok(());
    }
    // A text of the DNS has at most 255 bytes; a record may have several.
    let parts = text.as_bytes().chunks(250).map(|part| format!("\"{}\"", String::from_utf8_lossy(part)));
    writeln!(out, "{name}. IN TXT ( {} )", parts.collect::<Vec<_>>().join(" "))?;
    writeln!(out, "dozo.toml: [post] dkim = \"{}\"", options.selector)?;
    Ok(())
}
