//! The demo signs its pages itself, with a key made at its first start.

use super::{DEMO, DIR, next_serial, put, source};
use crate::settings::Settings;
use ::ledger::NoteSigner;
use ::manifest::Source;
use anyhow::Result;
use std::path::Path;

/// The demo's key. In the data folder itself, where no process but `up` and the command line may read.
const KEY: &str = "demo-owner.key";

/// Sees to it that there is a manifest in force before the shop opens. The demo signs its own, where that of another
/// program lies there or none, and gives the number; a shop with an owner must bring his.
///
/// # Errors
/// Where the owner's manifest may not be in force: the shop does not open.
pub fn prepare(settings: &mut Settings) -> Result<Option<u64>> {
    let Some(mut own) = of_demo_made(settings)? else {
        source(settings)?.read()?;
        return Ok(None);
    };
    settings.manifest.owner = Some(own.owner.to_string());
    own.dir = DIR.into();
    if own.read().is_ok() {
        return Ok(None);
    }
    let signer = signer()?;
    let serial = next_serial(Path::new(DIR), &signer.key())?;
    put(Path::new(DIR), serial, &signer)?;
    Ok(Some(serial))
}

/// The demo's manifest, where this is a demo without an owner of its own. `None`: it is not.
pub(super) fn of_demo(settings: &Settings) -> Result<Option<Source>> {
    if Path::new(KEY).exists() { of_demo_made(settings) } else { Ok(None) }
}

fn of_demo_made(settings: &Settings) -> Result<Option<Source>> {
    if !settings.demo || settings.manifest.owner.is_some() {
        return Ok(None);
    }
    Ok(Some(Source { dir: DIR.into(), owner: signer()?.key(), own: super::sources::own()? }))
}

/// What opens a lock of the demo, where this is one without an owner of its own.
///
/// # Errors
/// Where the key is damaged.
pub fn demo_signer(settings: &Settings) -> Result<Option<NoteSigner>> {
    let own = settings.demo && settings.manifest.owner.is_none() && Path::new(KEY).exists();
    own.then(signer).transpose()
}

fn signer() -> Result<NoteSigner> {
    crate::signer::kept(Path::new(KEY), DEMO)
}
