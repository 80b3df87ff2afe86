//! In which order the house is started: what comes first is what the others need.

use super::{Extent, KEPT, Shared, child, opening};
use crate::{house::House, processes::Name, settings::Settings, users};
use anyhow::{Context, Result};
use std::{
    path::Path,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

/// Starts everything.
///
/// # Errors
/// One line that says what is in the way.
pub(super) fn open(
    settings: &Settings,
    shared: &Shared,
    extent: Extent,
    anew: bool,
) -> Result<opening::Opened> {
    let house = House::of(settings);
    if house == House::Vault {
        return open_vault(settings, shared);
    }
    let store = opening::store()?;
    if !opening::is_loaded(&store, settings)? {
        anyhow::ensure!(
            house == House::Whole,
            "the shop is filled while its vault is here: take [vault] out of {KEPT}, start once, then move the vault"
        );
        opening::never_opened(settings)?;
        child::fill()?;
    }
    let owner = crate::roles::hand_out(house)?;
    users::settle(settings.users.as_ref())?;
    shared.start(house.doorkeeper());
    shared.wait_ready()?;
    let opened = opening::prepare(&store, owner, settings, anew)?;
    drop(store);
    users::settle(settings.users.as_ref())?;
    let others: &[Name] = match (settings.is_trial(), extent) {
        (true, Extent::Shop) => &[Name::Sandbox, Name::Mailbox, Name::Till],
        (true, Extent::Desk) => &[Name::Mailbox],
        (false, Extent::Shop) => &[Name::Till],
        (false, Extent::Desk) => &[],
    };
    for name in others.iter().chain(&[Name::Web, Name::Post]) {
        shared.start(*name);
    }
    shared.wait_ready()?;
    // The door opens when there is a shop behind it, and who looks from outside looks at an open door: a page that
    // says "not yet" would be an alarm.
    let looks = (extent == Extent::Shop).then_some(Name::Watch).into_iter();
    let looks = looks.chain(settings.watch.browser.then_some(Name::Eyes));
    let acme = settings.tls.as_ref().is_some_and(|tls| tls.acme.is_some()).then_some(Name::Acme);
    let open = crate::processes::run_dir(Name::Acme).join(acme::OPEN);
    let _ = std::fs::remove_file(&open);
    for name in acme.into_iter().chain([Name::Gate]) {
        shared.start(name);
        shared.wait_ready()?;
    }
    if acme.is_some() {
        std::fs::write(&open, "").with_context(|| format!("cannot write {}", open.display()))?;
        first_certificate();
    }
    for name in looks {
        shared.start(name);
        shared.wait_ready()?;
    }
    shared.complete.store(true, Ordering::Release);
    Ok(opened)
}

/// Waits a little for the first certificate of all: whoever looks meanwhile sees one that nobody vouches for.
fn first_certificate() {
    const WAIT: Duration = Duration::from_secs(60);
    let (began, path) = (Instant::now(), crate::processes::run_dir(Name::Acme).join(acme::STATE));
    let is_known = || {
        let state =
            std::fs::read(&path).ok().and_then(|text| serde_json::from_slice::<acme::State>(&text).ok());
        state.is_some_and(|state| state.until.is_some() || state.failing_since.is_some())
    };
    if is_known() {
        return;
    }
    while !is_known() && began.elapsed() < WAIT {
        std::thread::sleep(Duration::from_millis(100));
    }
    // Until the gate has seen it.
    std::thread::sleep(gate::CERTIFICATE_LOOK * 2);
}

/// Starts the vault, and then the relay that lets the shop's machine in.
fn open_vault(settings: &Settings, shared: &Shared) -> Result<opening::Opened> {
    crate::roles::hand_out(House::Vault)?;
    users::settle(settings.users.as_ref())?;
    for name in [Name::Vault, Name::Relay] {
        shared.start(name);
        shared.wait_ready()?;
    }
    shared.complete.store(true, Ordering::Release);
    Ok(opening::Opened::default())
}

/// Fills the shop, in the data folder, and ends. A process of its own: the memory that this takes, several times
/// what `up` needs in years, goes with it.
///
/// # Errors
/// As [`opening::fill_demo`] and [`opening::fill_own`].
pub fn fill() -> Result<()> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    let settings = Settings::read(Path::new(super::EFFECTIVE))?;
    if !settings.demo {
        return opening::fill_own(&settings);
    }
    let owner = crate::roles::hand_out(House::Whole)?.context("the vault is on another machine")?;
    users::settle(settings.users.as_ref())?;
    let vault = Shared::default();
    vault.start(Name::Vault);
    let done = vault.wait_ready().and_then(|()| opening::fill_demo(owner));
    vault.stop();
    done
}
