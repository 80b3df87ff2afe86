//! One child process: started, watched, started again when it dies, told to stop.

use super::log::Log;
use crate::{
    manifest::Prepared,
    processes::{CREDENTIALS, Name},
};
use anyhow::{Context, Result};
use std::{
    io::{BufRead, BufReader, PipeWriter},
    os::unix::process::{CommandExt, ExitStatusExt},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// How long a process may take from start to ready.
const READY_MS_MAX: u64 = 20_000;
/// How long a process may take to stop before it is killed.
const STOP_MS_MAX: u64 = 5_000;
/// The first wait before a process that died young is started again; doubles with each such death.
const RESTART_WAIT_MS: u64 = 100;
/// The longest such wait: whatever made it die is over within a second or so of its end.
const RESTART_WAIT_MS_MAX: u64 = 1_000;
/// After so many young deaths in a row, ten minutes or so, nothing passes by itself, and starting it costs the others
/// their time.
const CRASH_LOOP_DEATHS: u32 = 600;
/// The wait from then on.
const CRASH_LOOP_WAIT_MS: u64 = 8_000;
/// All that a child gets of the environment of whoever started the shop, where it is set. The rest is none of its
/// business: secrets of other programs, and variables that lead its calls over a proxy. Children find everything in
/// their settings, start no program, and reckon in the shop's time.
const PASSED_ON: [&str; 2] = ["DOZO_LOG", "RUST_BACKTRACE"];
/// The signal that ends a process whose system call the walls do not allow (SIGSYS).
const FORBIDDEN_CALL: i32 = rustix::process::Signal::SYS.as_raw();
/// A process that lived this long starts again at once.
const HEALTHY_MS: u128 = 10_000;

/// A supervised process. Its own thread starts it and lives as long as it does: the kernel's parent-death signal
/// goes by thread.
pub struct Supervised {
    /// Which process.
    pub name: Name,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

/// How a process is.
pub struct Health {
    /// Whether it is up and has said so.
    pub ready: bool,
    /// How often it was started again.
    pub restarts: u32,
    /// Its process id, while there is one.
    pub pid: Option<u32>,
}

#[derive(Default)]
struct State {
    now: Mutex<Now>,
    changed: Condvar,
}

#[derive(Default)]
struct Now {
    child: Option<Child>,
    ready: bool,
    stopping: bool,
    restarts: u32,
    failed: Option<String>,
}

impl Supervised {
    /// Starts the process and whatever follows when it dies.
    pub fn start(name: Name, say: fn(&str)) -> Supervised {
        let state = Arc::new(State::default());
        let theirs = Arc::clone(&state);
        let thread = std::thread::spawn(move || theirs.live(name, say));
        Supervised { name, state, thread: Some(thread) }
    }

    /// Waits for the process to say that it is ready.
    ///
    /// # Errors
    /// Where it died or took longer than it may.
    pub fn wait_ready(&self) -> Result<()> {
        let limit = Instant::now() + Duration::from_millis(READY_MS_MAX);
        let mut now = self.state.lock();
        loop {
            if now.ready {
                return Ok(());
            }
            let left = limit.saturating_duration_since(Instant::now());
            if let Some(why) = now.failed.take() {
                anyhow::bail!("{} did not start: {why}", self.name);
            }
            if left.is_zero() {
                anyhow::bail!("{0} was not ready after {READY_MS_MAX} ms; see logs/{0}.jsonl", self.name);
            }
            now = self.state.changed.wait_timeout(now, left).unwrap_or_else(|p| p.into_inner()).0;
        }
    }

    /// How it is now.
    pub fn health(&self) -> Health {
        let now = self.state.lock();
        Health { ready: now.ready, restarts: now.restarts, pid: now.child.as_ref().map(Child::id) }
    }

    /// Tells it to stop and waits; kills it when it does not.
    pub fn stop(&mut self) {
        let mut now = self.state.lock();
        now.stopping = true;
        if let Some(child) = &mut now.child {
            drop(child.stdin.take());
        }
        drop(now);
        self.state.changed.notify_all();
        let limit = Instant::now() + Duration::from_millis(STOP_MS_MAX);
        let Some(thread) = self.thread.take() else { return };
        while !thread.is_finished() && Instant::now() < limit {
            std::thread::sleep(Duration::from_millis(5));
        }
        if !thread.is_finished()
            && let Some(child) = &mut self.state.lock().child
        {
            let _ = child.kill();
        }
        let _ = thread.join();
    }
}

impl State {
    fn live(&self, name: Name, say: fn(&str)) {
        let mut young_deaths = 0;
        loop {
            let born = Instant::now();
            let ended = self.one_life(name);
            let mut now = self.lock();
            now.ready = false;
            let how = match ended {
                Ok(status) => describe(status),
                Err(e) => format!("{e:#}"),
            };
            if now.stopping {
                return;
            }
            let why =
                super::log::last_words(name.word()).map_or(String::new(), |words| format!(" ({words})"));
            now.failed = Some(format!("{how}{why}; see logs/{name}.jsonl"));
            now.restarts += 1;
            self.changed.notify_all();
            young_deaths = if born.elapsed().as_millis() > HEALTHY_MS { 0 } else { young_deaths + 1 };
            say(&format!("{name} {how}; it is started again"));
            let until_told =
                self.changed.wait_timeout_while(now, restart_wait(young_deaths), |n| !n.stopping);
            if until_told.unwrap_or_else(|p| p.into_inner()).0.stopping {
                return;
            }
        }
    }

    fn one_life(&self, name: Name) -> Result<ExitStatus> {
        let log = Log::of(name.word()).context("cannot write its log")?;
        let (lines, stderr) = std::io::pipe().context("no pipe for its log")?;
        let writer = std::thread::Builder::new().name("log".into()).spawn(move || log.follow(lines));
        let writer = writer.context("no thread for its log")?;
        let mut child = spawn(name, stderr)?;
        let stdout = child.stdout.take().context("no pipe from the process")?;
        {
            let mut now = self.lock();
            if now.stopping {
                drop(child.stdin.take());
            }
            now.child = Some(child);
        }
        // Ends when the process does: it is the only one who holds the other end.
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if line == "ready" {
                let mut now = self.lock();
                now.ready = true;
                now.failed = None;
                drop(now);
                self.changed.notify_all();
            }
        }
        let child = self.lock().child.take();
        let ended = child.context("the process was not kept")?.wait();
        // Its last words are in the log before anybody is told to look there.
        let _ = writer.join();
        Ok(ended?)
    }

    fn lock(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(|p| p.into_inner())
    }
}

/// How long to wait before the next start, after so many young deaths in a row.
fn restart_wait(young_deaths: u32) -> Duration {
    let doubled = RESTART_WAIT_MS << young_deaths.saturating_sub(1).min(10);
    Duration::from_millis(match young_deaths {
        0 => 0,
        1..CRASH_LOOP_DEATHS => doubled.min(RESTART_WAIT_MS_MAX),
        _ => CRASH_LOOP_WAIT_MS,
    })
}

fn spawn(name: Name, stderr: PipeWriter) -> Result<Child> {
    // What systemd hands over is the vault's alone.
    command()
        .envs(credentials().filter(|_| name == Name::Vault))
        .args([name.word(), "--settings", super::EFFECTIVE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn()
        .context("cannot start it")
}

/// Fills the shop in a process of its own, which writes to our standard error; waits for its end.
///
/// # Errors
/// Where it could not; it has said why.
pub fn fill() -> Result<()> {
    // It starts a vault of its own.
    let ended = command().envs(credentials()).arg("fill").stdin(Stdio::null()).stdout(Stdio::null()).status();
    let status = ended.context("cannot start the filling of the shop")?;
    anyhow::ensure!(status.success(), "the shop could not be filled: it {}", describe(status));
    Ok(())
}

/// Lets a process of its own look whether what a merchant wrote is enough to open: pictures are decoded for it.
///
/// # Errors
/// All that is missing or wrong, as [`crate::new::run`] says it.
pub fn check(data: &Path, lang: &str) -> Result<()> {
    let asked =
        command().args(["new", "--check", "--lang", lang, "--data"]).arg(data).stdin(Stdio::null()).output();
    let told = asked.context("cannot start who looks at the merchant's files")?;
    let said = String::from_utf8_lossy(&told.stderr);
    anyhow::ensure!(told.status.success(), "{}", said.trim_start_matches("dozo: ").trim_end());
    Ok(())
}

/// Lets a process of its own see to the page manifest: deriving it takes several times the memory that `up` needs in years.
///
/// # Errors
/// Where none may be in force: as [`crate::manifest::prepare`] says it.
pub fn prepare() -> Result<Prepared> {
    let told = command().arg("prepare").stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let told = told.context("cannot start who looks at the page manifest")?;
    let done: Result<Prepared, String> = serde_json::from_slice(&told.stdout).with_context(|| {
        format!("the page manifest could not be looked at: that {}", describe(told.status))
    })?;
    done.map_err(anyhow::Error::msg)
}

/// Where systemd put credentials, as a process is told of it.
fn credentials() -> Option<(&'static str, std::ffi::OsString)> {
    std::env::var_os(CREDENTIALS).map(|folder| (CREDENTIALS, folder))
}

/// This very program, even where its file was replaced or removed since: all processes are of one version.
fn command() -> Command {
    let passed_on = PASSED_ON.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    let mut command = Command::new("/proc/self/exe");
    // Its own group: Ctrl-C is for us, who stop them in order.
    command.arg0("dozo").env_clear().envs(telemetry::ALLOCATOR).envs(passed_on).process_group(0);
    command
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(0), _) => "ended by itself".into(),
        (Some(code), _) => format!("ended with code {code}"),
        (None, Some(FORBIDDEN_CALL)) => "made a system call that its walls forbid, and was ended".into(),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        _ => "ended".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_died_is_back_within_a_second_and_who_keeps_dying_is_not_hurried() {
        let waits: Vec<u128> = (0..=6).map(|n| restart_wait(n).as_millis()).collect();
        assert_eq!(waits, [0, 100, 200, 400, 800, 1_000, 1_000]);
        assert_eq!(restart_wait(CRASH_LOOP_DEATHS - 1).as_millis(), 1_000);
        assert_eq!(restart_wait(CRASH_LOOP_DEATHS).as_millis(), 8_000);
        assert_eq!(restart_wait(u32::MAX).as_millis(), 8_000);
    }
}
