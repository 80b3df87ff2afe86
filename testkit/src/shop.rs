//! The real binary, started for one test on free ports with a data folder of its own.

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

/// A debug build on a busy machine needs longer than the ten seconds that a release build is held to.
const READY_SECONDS_MAX: u64 = 120;
const STOP_SECONDS_MAX: u64 = 20;
/// How much of the log is shown when the shop does not start.
const LOG_LINES_SHOWN: usize = 30;

/// What the watch finds of pages that somebody changed. That a page did not come is another matter: tests end processes.
const OF_PAGES: [&str; 9] = [
    "page_changed",
    "file_changed",
    "redirect_elsewhere",
    "cloaked",
    "manifest",
    "header_weak",
    "content_type",
    "server_named",
    "seen_in_browser",
];

/// How to start a shop: `Dozo::builder().arg("--database").arg(url).start()`.
#[derive(Debug)]
pub struct DozoBuilder {
    binary: Option<PathBuf>,
    data: Option<PathBuf>,
    demo: bool,
    browser: bool,
    args: Vec<String>,
    envs: Vec<(String, String)>,
}

impl DozoBuilder {
    /// Starts this program instead of `DOZO_BIN` or the debug build.
    pub fn binary(mut self, binary: &Path) -> Self {
        self.binary = Some(binary.to_path_buf());
        self
    }

    /// Uses (and leaves) this data folder instead of one that goes when the shop is dropped.
    pub fn data(mut self, data: &Path) -> Self {
        self.data = Some(data.to_path_buf());
        self
    }

    /// Starts without the demo shop.
    pub fn without_demo(mut self) -> Self {
        self.demo = false;
        self
    }

    /// Lets the watch's browser walk, which costs each shop a browser.
    pub fn with_browser(mut self) -> Self {
        self.browser = true;
        self
    }

    /// One more argument of `dozo up`.
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// One more environment variable.
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.envs.push((name.into(), value.into()));
        self
    }

    /// Starts the shop and waits for its ready line.
    pub fn start(self) -> Result<Dozo> {
        let folder = crate::temp_dir();
        let data = self.data.unwrap_or_else(|| folder.path().join("data"));
        let log = folder.path().join("stderr.log");
        let mut command = Command::new(self.binary.map_or_else(binary, Ok)?);
        command.arg("up").args(self.demo.then_some("--demo")).args(["--json", "--base-port", "0", "--data"]);
        command
            .arg(&data)
            .args((!self.browser).then_some("--without-browser"))
            .args(&self.args)
            .envs(self.envs);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(std::fs::File::create(&log)?);
        let mut child = command.spawn().context("cannot start dozo")?;
        let lines = Mutex::new(read_lines(&mut child)?);
        let mut dozo = Dozo {
            child,
            ready: Value::Null,
            data,
            log,
            lines,
            alarms_expected: AtomicBool::new(false),
            _folder: folder,
        };
        dozo.ready = dozo.wait_ready()?;
        Ok(dozo)
    }
}

/// A running shop; dropped, it is stopped in order, and by force if that takes too long.
#[derive(Debug)]
pub struct Dozo {
    child: Child,
    ready: Value,
    data: PathBuf,
    log: PathBuf,
    lines: Mutex<mpsc::Receiver<String>>,
    alarms_expected: AtomicBool,
    _folder: tempfile::TempDir,
}

impl Dozo {
    /// How to start a shop; by default the demo shop in a temporary folder.
    pub fn builder() -> DozoBuilder {
        DozoBuilder {
            binary: None,
            data: None,
            demo: true,
            browser: false,
            args: Vec::new(),
            envs: Vec::new(),
        }
    }

    /// The demo shop, ready. Panics, with the end of its log, when it does not start.
    pub fn start() -> Dozo {
        Dozo::builder().start().unwrap_or_else(|e| panic!("{e:#}"))
    }

    /// An address of the ready line: shop, back_office, staff_sign_in, sandbox, mail or metrics.
    pub fn address(&self, key: &str) -> &str {
        self.ready[key]
            .as_str()
            .unwrap_or_else(|| panic!("no address `{key}` in the ready line {}", self.ready))
    }

    /// The shop's origin without a slash at its end; `shop.url("/cart")` is a page of it.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address("shop").trim_end_matches('/'))
    }

    /// Milliseconds from start to ready, as the shop itself says.
    pub fn ready_ms(&self) -> u64 {
        self.ready["ready_ms"].as_u64().unwrap_or_default()
    }

    /// The whole ready line.
    pub fn ready(&self) -> &Value {
        &self.ready
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The alarms that the gate raised: answers of the shop that were not as its page manifest says.
    pub fn alarms(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.data.join("gate/alarms.jsonl")).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// What the watch found about pages, files and headers of the shop, from outside; over or not.
    pub fn changed_pages(&self) -> Vec<Value> {
        let text = std::fs::read(self.data.join("run/watch/findings.json")).unwrap_or_default();
        let shown: Value = serde_json::from_slice(&text).unwrap_or_default();
        let cases = shown["cases"].as_array().cloned().unwrap_or_default();
        cases.into_iter().filter(|case| OF_PAGES.iter().any(|what| case["what"] == *what)).collect()
    }

    /// For tests that change pages: without this, an alarm or a finding fails the test that the shop was started for.
    pub fn expect_alarms(&self) {
        self.alarms_expected.store(true, Ordering::Relaxed);
    }

    /// All that the supervisor wrote to stderr so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The next line the supervisor printed after the ready line, waiting for it at most so long.
    pub fn next_line(&self, wait: Duration) -> Option<String> {
        self.lines.lock().unwrap().recv_timeout(wait).ok()
    }

    /// The supervisor's process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Process ids of the supervisor's children that run as `dozo NAME …`, for example `web`.
    pub fn pids_of(&self, name: &str) -> Vec<u32> {
        children(self.child.id())
            .into_iter()
            .filter(|pid| argument(*pid, 1).as_deref() == Some(name))
            .collect()
    }

    /// kill -9 to the child of that name; gives its process id. Panics when there is none.
    pub fn kill_child(&self, name: &str) -> u32 {
        let pid = *self.pids_of(name).first().unwrap_or_else(|| panic!("no child `{name}` runs"));
        signal(pid, Signal::KILL);
        pid
    }

    /// Suspends the supervisor (not its children), as Ctrl-Z would.
    pub fn suspend_supervisor(&self) {
        signal(self.child.id(), Signal::STOP);
    }

    /// Lets a suspended supervisor go on.
    pub fn resume_supervisor(&self) {
        signal(self.child.id(), Signal::CONT);
    }

    /// kill -9 to the supervisor itself.
    pub fn kill_supervisor(&mut self) {
        signal(self.child.id(), Signal::KILL);
        let _ = self.child.wait();
    }

    /// Ctrl-C: asks the supervisor to stop and waits. `true` when it ended by itself with success.
    pub fn stop(&mut self) -> bool {
        if matches!(self.child.try_wait(), Ok(None)) {
            signal(self.child.id(), Signal::INT);
        }
        let end = Instant::now() + Duration::from_secs(STOP_SECONDS_MAX);
        while Instant::now() < end {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.success();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.kill_supervisor();
        false
    }

    fn wait_ready(&mut self) -> Result<Value> {
        let end = Instant::now() + Duration::from_secs(READY_SECONDS_MAX);
        loop {
            let next = self.lines.lock().unwrap().recv_timeout(end.saturating_duration_since(Instant::now()));
            match next {
                Ok(line) => match serde_json::from_str::<Value>(&line) {
                    Ok(value) if value.get("ready_ms").is_some() => return Ok(value),
                    _ => {}
                },
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    bail!("dozo ended before it was ready:\n{}", self.log_end())
                }
                Err(_) => bail!("dozo was not ready in {READY_SECONDS_MAX} s:\n{}", self.log_end()),
            }
        }
    }

    fn log_end(&self) -> String {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n")
    }
}

impl Drop for Dozo {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let found =
                std::fs::read_to_string(self.data.join("run/watch/findings.json")).unwrap_or_default();
            eprintln!("the shop's log ends with:\n{}\nthe watch has found: {found}", self.log_end());
        }
        self.stop();
        if self.alarms_expected.load(Ordering::Relaxed) || std::thread::panicking() {
            return;
        }
        let (alarms, found) = (self.alarms(), self.changed_pages());
        assert!(alarms.is_empty(), "the gate raised alarms about the shop's own answers: {alarms:#?}");
        assert!(found.is_empty(), "the watch found the shop's own pages changed: {found:#?}");
    }
}

/// `DOZO_BIN`, else the debug binary of this checkout.
///
/// # Errors
/// Where it is missing.
pub fn binary() -> Result<PathBuf> {
    let binary = match std::env::var_os("DOZO_BIN") {
        Some(path) => PathBuf::from(path),
        None => crate::root().join("target/debug/dozo"),
    };
    if !binary.is_file() {
        bail!("{} is missing: run `cargo build -p dozo` or set DOZO_BIN", binary.display());
    }
    Ok(binary)
}

/// The lines of the child's stdout, read on a thread so that the child never blocks.
fn read_lines(child: &mut Child) -> Result<mpsc::Receiver<String>> {
    let stdout = child.stdout.take().context("no stdout")?;
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        BufReader::new(stdout).lines().map_while(Result::ok).for_each(|line| {
            let _ = send.send(line);
        });
    });
    Ok(receive)
}

fn children(parent: u32) -> Vec<u32> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = processes.flatten().filter_map(|e| e.file_name().to_str()?.parse::<u32>().ok());
    let parent_of = |pid: u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // "pid (name) state parent …": the name may hold spaces and brackets.
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok()
    };
    pids.filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

fn argument(pid: u32, index: usize) -> Option<String> {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    line.split(|b| *b == 0).nth(index).map(|a| String::from_utf8_lossy(a).into_owned())
}

fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A shell script in the place of the shop.
    fn script(folder: &Path, body: &str) -> PathBuf {
        let path = folder.join("dozo");
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o700)).unwrap();
        path
    }

    #[test]
    fn a_shop_is_started_with_its_arguments_and_stopped_in_order() {
        let folder = crate::temp_dir();
        let body = r#"echo loading; echo "$*" >&2; trap 'exit 0' INT
            echo '{"shop":"http://shop.localhost:8080/","ready_ms":7}'; echo later
            while :; do sleep 0.05; done"#;
        let binary = script(folder.path(), body);
        let mut shop = Dozo::builder().binary(&binary).arg("--database").arg("postgres://x").start().unwrap();
        assert_eq!((shop.url("/cart").as_str(), shop.ready_ms()), ("http://shop.localhost:8080/cart", 7));
        let data = shop.data().display().to_string();
        let wanted =
            format!("up --demo --json --base-port 0 --data {data} --without-browser --database postgres://x");
        assert!(shop.log().contains(&wanted), "{}", shop.log());
        assert_eq!(shop.next_line(Duration::from_secs(10)).as_deref(), Some("later"));
        assert_eq!(argument(shop.pid(), 2).as_deref(), Some("up"));
        assert!(shop.stop());
    }

    #[test]
    fn a_shop_that_ends_early_shows_its_log() {
        let folder = crate::temp_dir();
        let binary = script(folder.path(), "echo 'port 8080 is taken' >&2; exit 1");
        let error = Dozo::builder().binary(&binary).without_demo().start().unwrap_err();
        assert!(error.to_string().contains("port 8080 is taken"), "{error}");
    }
}
