//! The shop as the robber and the drill's own counter see it from outside: addresses, process ids, what the gate and the watch
//! have written down.

use crate::{between::until, customer::Customer};
use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use lock_api::{By, Client, Closed};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use store::Store;

/// How long opening a lock may take.
const OPEN_WITHIN: Duration = Duration::from_secs(30);

/// Which shop.
pub struct Config {
    /// Its data folder.
    pub data: PathBuf,
    /// Its origin, with http://.
    pub shop: String,
    /// The origin of its sandbox.
    pub pay: String,
    /// Where `up` says how the processes are, such as `127.0.0.1:8084`.
    pub status: String,
    /// The program's file.
    pub program: PathBuf,
    /// The gate's socket.
    pub lock_socket: PathBuf,
    /// Its database.
    pub store: Store,
    /// The demo's owner.
    pub owner: Box<dyn Owner>,
    /// The cookie of somebody who is signed in to the back office, if one was given. Secret.
    pub staff_cookie: Option<String>,
}

/// What only the owner can do, and the demo's key does for the drill.
pub trait Owner {
    /// Signs a challenge of the gate's.
    ///
    /// # Errors
    /// Where it is none.
    fn sign(&self, challenge: &str) -> Result<String>;

    /// Signs the program's manifest under this number, and writes both files into a folder.
    ///
    /// # Errors
    /// Where they cannot be written.
    fn sign_manifest(&self, folder: &Path, number: u64) -> Result<()>;
}

/// A running demo shop.
pub struct House {
    config: Config,
    gate: Client,
}

impl House {
    /// The shop, where it runs and nothing is closed.
    ///
    /// # Errors
    /// Where it does not run, or something is locked already.
    pub fn enter(config: Config) -> Result<House> {
        let gate = Client::connect(&config.lock_socket);
        let house = House { config, gate };
        let lock = house.gate.state().context("the shop must run: start it with `dozo up --demo`")?;
        ensure!(lock.closed == Closed::Nothing, "the shop is locked: open it first (`dozo unlock`)");
        Ok(house)
    }

    pub(crate) fn data(&self) -> &Path {
        &self.config.data
    }

    pub(crate) fn shop(&self) -> &str {
        &self.config.shop
    }

    pub(crate) fn pay(&self) -> &str {
        &self.config.pay
    }

    pub(crate) fn program(&self) -> &Path {
        &self.config.program
    }

    pub(crate) fn store(&self) -> &Store {
        &self.config.store
    }

    pub(crate) fn staff_cookie(&self) -> Option<&str> {
        self.config.staff_cookie.as_deref()
    }

    /// A word that the watch lays out of itself.
    pub(crate) fn watch_says(&self, what: &str) -> Option<String> {
        let text = fs::read_to_string(self.data().join("run/watch/findings.json")).ok()?;
        let all: Value = serde_json::from_str(&text).ok()?;
        all[what].as_str().map(str::to_owned)
    }

    pub(crate) fn sign_manifest(&self, folder: &Path, number: u64) -> Result<()> {
        self.config.owner.sign_manifest(folder, number)
    }

    /// What the supervisor says of a process.
    fn health(&self, name: &str) -> Result<Value> {
        let mut asking = Customer::new(1, "dozo drill");
        let answer = asking.get(&format!("http://{}/healthz", self.config.status))?;
        let all: Value =
            serde_json::from_str(&answer.body).context("the supervisor does not say how it is")?;
        Ok(all["processes"][name].clone())
    }

    pub(crate) fn pid(&self, name: &str) -> Result<Pid> {
        let health = self.health(name)?;
        let pid = health["pid"].as_i64().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        pid.with_context(|| format!("{name} does not run"))
    }

    pub(crate) fn signal(&self, name: &str, signal: Signal) -> Result<()> {
        Ok(kill_process(self.pid(name)?, signal)?)
    }

    /// Ends a process, and waits until the supervisor has started it anew.
    pub(crate) fn start_anew(&self, name: &str, within: Duration) -> Result<()> {
        let before = self.pid(name)?;
        kill_process(before, Signal::KILL)?;
        let back = until(within, || {
            let ready = self.health(name).is_ok_and(|health| health["ready"] == true);
            ready && self.pid(name).is_ok_and(|pid| pid != before)
        });
        ensure!(back, "{name} did not come back within {within:?}");
        Ok(())
    }

    /// The newest alarm of the gate since then: its word for what was wrong.
    pub(crate) fn alarm_since(&self, since: Timestamp) -> Option<String> {
        let text = fs::read_to_string(self.data().join("gate/alarms.jsonl")).ok()?;
        let newest: Value = serde_json::from_str(text.lines().last()?).ok()?;
        let time: Timestamp = newest["time"].as_str()?.parse().ok()?;
        // The gate's times are of milliseconds.
        let began = Timestamp::from_millisecond(since.as_millisecond()).ok()?;
        (time >= began).then(|| newest["why"].as_str().unwrap_or_default().to_owned())
    }

    /// Whether the watch has read every file once: until then it is behind, and a new file waits for its turn.
    pub(crate) fn is_read(&self) -> bool {
        let text = fs::read_to_string(self.data().join("run/watch/findings.json")).unwrap_or_default();
        let all: Value = serde_json::from_str(&text).unwrap_or_default();
        let bytes = |at: usize| all["scan"][at].as_u64();
        bytes(0).zip(bytes(1)).is_some_and(|(total, done)| total > 0 && done >= total)
    }

    /// What the watch found since then, and still finds: the case's own words.
    pub(crate) fn found_since(&self, since: Timestamp, is: impl Fn(&Value) -> bool) -> Option<String> {
        let text = fs::read_to_string(self.data().join("run/watch/findings.json")).ok()?;
        let all: Value = serde_json::from_str(&text).ok()?;
        let new = |case: &&Value| {
            // What came back within a while is the same case.
            let last = case["last"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
            case["over"].is_null() && last.is_some_and(|last| last >= since) && is(case)
        };
        let case = all["cases"].as_array()?.iter().find(new)?;
        Some(case["title"]["en"].as_str().unwrap_or_default().to_owned())
    }

    pub(crate) fn close_payment(&self) -> Result<()> {
        self.gate.close(Closed::Payment, By::Owner, "drill")?;
        Ok(())
    }

    /// Opens what was locked.
    pub(crate) fn settle(&self) {
        until(OPEN_WITHIN, || {
            let open = || -> Result<bool> {
                if self.gate.state()?.closed == Closed::Nothing {
                    return Ok(true);
                }
                let note = self.config.owner.sign(&self.gate.challenge()?)?;
                Ok(self.gate.open(&note)?.closed == Closed::Nothing)
            };
            open().unwrap_or(false)
        });
    }
}
