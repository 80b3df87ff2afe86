//! What the supervisor does about a lock, whoever set it. The gate has refused the pages by then; what follows is done here,
//! in this order: payment pages are closed at the processor, and everybody's capability ends in the vault, side by side;
//! then evidence is preserved, and the hash of its list written into the ledger. What fails is tried again until it is
//! done. Nothing of it opens anything, and nothing changes what it preserves.

use super::{
    evidence::{self, Preserved},
    seen, what_is,
};
use crate::{
    house::House,
    processes::{LOCK_SOCKET, TILL_SOCKET},
    roles,
    settings::Settings,
    up::{folder::write_whole, say},
};
use anyhow::{Context, Result};
use lock_api::{Client, Closed, Lock};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};
use vault_api::Role;

/// What was done about the last lock, in the data folder; for `dozo lock`, which waits for it.
pub const DONE: &str = "lock.done";
/// How often the gate is asked.
const ASK_EVERY: Duration = Duration::from_millis(200);
/// While the lock holds, pages that were opened at the processor since are closed so often, and what failed is tried again.
const AGAIN_EVERY: Duration = Duration::from_secs(10);

/// What was done about a lock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steps {
    /// Which.
    pub number: u64,
    /// Payment pages that were closed at the processor; of those that were open, how many turned out to be paid; and how
    /// many are not known yet.
    pub pages: Option<[u32; 3]>,
    /// Capabilities that ended in the vault.
    pub ended: Option<u32>,
    /// What was preserved.
    pub evidence: Option<Preserved>,
    /// Whether the hash of its list stands on the ledger.
    pub on_ledger: bool,
    /// What could not be done so far, in the words of the last try.
    pub failed: Vec<String>,
}

impl Steps {
    /// What was done about the last lock; nothing where there was none.
    pub fn read() -> Steps {
        let text = fs::read(DONE).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Whether nothing is left to do.
    pub fn are_done(&self) -> bool {
        let pages = self.pages.is_some_and(|[_, _, unknown]| unknown == 0);
        pages && self.ended.is_some() && self.evidence.is_some() && self.on_ledger
    }
}

struct Guard {
    gate: Client,
    till: till::Client,
    house: House,
    shop: String,
    known: Lock,
    steps: Steps,
    last: Option<Instant>,
}

/// Stands guard as long as the shop is open.
///
/// # Errors
/// Where there is no thread for it.
pub fn stand(settings: &Settings) -> Result<()> {
    let mut guard = Guard {
        gate: Client::connect(Path::new(LOCK_SOCKET)),
        till: till::Client::connect(Path::new(TILL_SOCKET)),
        house: House::of(settings),
        shop: settings.shop_origin(),
        known: Lock::never(),
        steps: Steps::read(),
        last: None,
    };
    let standing = move || {
        loop {
            thread::sleep(ASK_EVERY);
            guard.turn();
        }
    };
    thread::Builder::new().name("lock".into()).spawn(standing).context("cannot look after the lock")?;
    Ok(())
}

impl Guard {
    fn turn(&mut self) {
        let Ok(lock) = self.gate.state() else { return };
        if lock != self.known {
            changed(&lock);
            self.last = None;
            self.known = lock;
        }
        let due = self.last.is_none_or(|last| last.elapsed() >= AGAIN_EVERY);
        if self.known.closed == Closed::Nothing || !due {
            return;
        }
        if self.steps.number != self.known.number {
            self.steps = Steps { number: self.known.number, ..Steps::default() };
        }
        let before = self.steps.clone();
        self.work();
        self.last = Some(Instant::now());
        if self.steps != before {
            self.write();
        }
    }

    fn work(&mut self) {
        let number = self.steps.number;
        let (till, house) = (&self.till, self.house);
        let ended_before = self.steps.ended;
        // Side by side: a processor that does not answer must not hold up the vault.
        let (pages, ended) = thread::scope(|scope| {
            let pages = scope.spawn(|| till.close_pages());
            let ended = ended_before.map_or_else(|| Ok(vault(house)?.lock_down(number)?), Ok);
            (pages.join(), ended)
        });
        let mut failed = Vec::new();
        match pages {
            Ok(Ok(now)) => {
                let [closed, paid, _] = self.steps.pages.unwrap_or_default();
                self.steps.pages = Some([closed + now.closed, paid + now.paid, now.unknown]);
            }
            Ok(Err(error)) => failed.push(format!("payment pages: {error}")),
            Err(_) => failed.push("payment pages: the call broke off".into()),
        }
        let mut keep = |what: &str, error: anyhow::Error| failed.push(format!("{what}: {error:#}"));
        match ended {
            Ok(ended) => self.steps.ended = Some(ended),
            Err(error) => keep("capabilities", error),
        }
        if self.steps.evidence.is_none() {
            // What is known so far is preserved with the rest.
            match evidence::preserve(&self.known, &self.shop) {
                Ok(preserved) => self.steps.evidence = Some(preserved),
                Err(error) => keep("evidence", error),
            }
        }
        if let Some(preserved) = self.steps.evidence.as_ref().filter(|_| !self.steps.on_ledger) {
            let noted = || -> Result<()> {
                let sha256 = preserved.hash().context("its hash is none")?;
                Ok(vault(house)?.evidence(number, sha256)?)
            };
            match noted() {
                Ok(()) => self.steps.on_ledger = true,
                Err(error) => keep("the ledger", error),
            }
        }
        if failed != self.steps.failed {
            for why in &failed {
                say(&format!("lock {number}: {why}; it is tried again"));
            }
        }
        self.steps.failed = failed;
    }

    fn write(&self) {
        let text = serde_json::to_vec(&self.steps).unwrap_or_default();
        if let Err(error) = write_whole(Path::new(DONE), &text) {
            say(&format!("what was done about the lock cannot be written: {error:#}"));
        }
    }
}

/// In the role of the watch: the owner of a vault on another machine is not here.
fn vault(house: House) -> Result<vault_api::Client> {
    let key = roles::own(Role::Watch)?;
    Ok(vault_api::Client::with_key(Path::new(house.vault_socket()), Role::Watch, Some(key)))
}

fn changed(lock: &Lock) {
    if let Err(error) = seen::remember(lock.number, lock.closed) {
        say(&format!("the number of the lock cannot be kept: {error:#}"));
    }
    let Lock { number, closed, by, .. } = lock;
    match closed {
        Closed::Nothing if *number == 0 => {}
        Closed::Nothing => say(&format!("the owner has opened lock {number}")),
        closed => say(&format!(
            "{} is closed (lock {number}, by {}); `dozo unlock` says how to open again",
            what_is(*closed),
            by.word()
        )),
    }
}
