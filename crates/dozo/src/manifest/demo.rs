//! A shop to try (the demo, or one in practice) signs its pages itself, with a key made at its first start.

use super::{DEMO, DIR, next_serial, put, source};
use crate::settings::Settings;
use ::ledger::NoteSigner;
use ::manifest::Source;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The demo's key. In the data folder itself, where no process but `up` and the command line may read.
const KEY: &str = "demo-owner.key";

/// What is in force when the shop opens.
#[derive(Default, Serialize, Deserialize)]
pub struct Prepared {
    /// The demo's public key, where that signs.
    pub owner: Option<String>,
    /// The number that it signed just now.
    pub signed: Option<u64>,
}

/// Sees to it that there is a manifest in force before the shop opens. The demo signs its own, where that of another
/// program lies there or none, and gives the number; a shop with an owner must bring his.
///
/// # Errors
/// Where the owner's manifest may not be in force: the shop does not open.
pub fn prepare(settings: &Settings) -> Result<Prepared> {
    let Some(own) = of_demo_made(settings)? else {
        source(settings)?.read()?;
        return Ok(Prepared::default());
    };
    let owner = Some(own.owner.to_string());
    if own.read().is_ok() {
        return Ok(Prepared { owner, signed: None });
    }
    let signer = signer()?;
    let serial = next_serial(Path::new(DIR), &signer.key())?;
    put(Path::new(DIR), serial, &signer)?;
    Ok(Prepared { owner, signed: Some(serial) })
}

/// The demo's manifest, where this is a demo without an owner of its own. `None`: it is not.
pub(super) fn of_demo(settings: &Settings) -> Result<Option<Source>> {
    if Path::new(KEY).exists() { of_demo_made(settings) } else { Ok(None) }
}

fn of_demo_made(settings: &Settings) -> Result<Option<Source>> {
    if !settings.is_trial() || settings.manifest.owner.is_some() {
        return Ok(None);
    }
    Ok(Some(Source { dir: DIR.into(), owner: signer()?.key(), own: super::own()?.sha256() }))
}

/// What opens a lock of the demo, where this is one without an owner of its own.
///
/// # Errors
/// Where the key is damaged.
pub fn demo_signer(settings: &Settings) -> Result<Option<NoteSigner>> {
    let own = settings.is_trial() && settings.manifest.owner.is_none() && Path::new(KEY).exists();
    own.then(signer).transpose()
}

fn signer() -> Result<NoteSigner> {
    crate::signer::kept(Path::new(KEY), DEMO)
}
