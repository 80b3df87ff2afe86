//! A private PostgreSQL server for the tests: a new cluster in a temporary folder, run by an ordinary user, on a
//! free port of the loopback address. No cluster of the system is looked at or touched.

use crate::sh;
use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const READY_SECONDS_MAX: u64 = 30;
const STOP_SECONDS_MAX: u64 = 10;
const FOLDER_PREFIX: &str = "dozo-pg-";
/// A folder without a running server is removed once it is older: a younger one may be another run's, just begun.
const LEFT_BEHIND_SECONDS_MIN: u64 = 3_600;
/// Another program may take the port between our choosing it and the server's.
const STARTS_MAX: u32 = 3;

/// How often the server is looked at; whoever ends it (a drill) waits a little longer than that for the next.
const KEEP_MS: u64 = 50;

/// A running server, started again when somebody ends it; dropped, it is stopped and its folder removed.
pub struct Cluster {
    kept: Arc<Kept>,
    url: String,
    _folder: tempfile::TempDir,
}

/// Whom the server runs as: it refuses to run as root.
#[derive(Clone, Copy)]
struct Ids {
    user: u32,
    group: u32,
}

/// The server's process, and whether it is to be kept running.
struct Kept {
    child: Mutex<Child>,
    stopping: AtomicBool,
}

impl Kept {
    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the server again, on the same folder and port, when it ends before its time.
fn keep(kept: &Kept, again: impl Fn() -> Result<Child>) {
    while !kept.stopping.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(KEEP_MS));
        let mut child = kept.child();
        let ended = matches!(child.try_wait(), Ok(Some(_)));
        if ended && !kept.stopping.load(Ordering::SeqCst) {
            match again() {
                Ok(new) => *child = new,
                Err(error) => eprintln!("PostgreSQL: {error:#}"),
            }
        }
    }
}

impl Cluster {
    /// Makes the cluster and waits until the server answers.
    pub fn start() -> Result<Cluster> {
        let programs = programs().context("install it: apt-get install postgresql")?;
        let ids = ordinary_user()?;
        remove_left_behind();
        let folder = tempfile::Builder::new().prefix(FOLDER_PREFIX).tempdir()?;
        if let Some(ids) = ids {
            std::os::unix::fs::chown(folder.path(), Some(ids.user), Some(ids.group))?;
        }
        let data = folder.path().join("data");
        let mut initdb = command(&programs.join("initdb"), ids, folder.path());
        initdb.args(["--auth=trust", "--username=dozo", "--encoding=UTF8", "--no-locale", "--no-sync", "-D"]);
        let made = initdb.arg(&data).output().context("cannot run initdb")?;
        if !made.status.success() {
            bail!("initdb failed: {}", String::from_utf8_lossy(&made.stderr).trim());
        }
        let mut last = String::new();
        for _ in 0..STARTS_MAX {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            let url = format!("postgres://dozo@127.0.0.1:{port}/postgres");
            let mut child = serve(&programs, ids, folder.path(), port)?;
            match wait_ready(&mut child, &url) {
                Ok(()) => {
                    println!("PostgreSQL: {url}");
                    let kept = Arc::new(Kept { child: Mutex::new(child), stopping: AtomicBool::new(false) });
                    let (theirs, path) = (Arc::clone(&kept), folder.path().to_path_buf());
                    std::thread::spawn(move || keep(&theirs, || serve(&programs, ids, &path, port)));
                    return Ok(Cluster { kept, url, _folder: folder });
                }
                Err(error) => last = format!("{error:#}"),
            }
            stop(&mut child);
        }
        let log = std::fs::read_to_string(folder.path().join("server.log")).unwrap_or_default();
        bail!("the server did not start: {last}\n{log}")
    }

    /// `postgres://dozo@127.0.0.1:PORT/postgres`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kept.stopping.store(true, Ordering::SeqCst);
        stop(&mut self.kept.child());
    }
}

/// Folders of runs that were killed and could not remove them.
fn remove_left_behind() {
    for entry in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(FOLDER_PREFIX);
        let age = entry.metadata().and_then(|m| m.modified()).ok().and_then(|t| t.elapsed().ok());
        let old = age.is_some_and(|a| a.as_secs() > LEFT_BEHIND_SECONDS_MIN);
        if ours && old && !entry.path().join("data/postmaster.pid").exists() {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// The folder of `initdb` and `postgres`: in `PATH`, or Debian's newest.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<PathBuf> = versions.map(|v| v.path().join("bin")).collect();
    let version = |p: &PathBuf| p.parent().and_then(Path::file_name)?.to_str()?.parse::<u32>().ok();
    debian.sort_by_key(|p| std::cmp::Reverse(version(p)));
    let initdb = sh::find("initdb", &debian)?;
    Some(initdb.parent()?.to_path_buf())
}

/// Whether `initdb` can be found.
pub fn is_installed() -> bool {
    programs().is_some() && sh::find("psql", &[]).is_some()
}

/// `nobody` when we are root; nobody else when we are ordinary ourselves.
fn ordinary_user() -> Result<Option<Ids>> {
    if !sh::is_root() {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let ids = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let nobody = fields.next()? == "nobody";
        let (user, group) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
        nobody.then_some(Ids { user, group })
    });
    Ok(Some(ids.context("we are root and there is no user `nobody` to run PostgreSQL as")?))
}

/// A command as the ordinary user, with nothing of our environment that PostgreSQL would read.
fn command(program: &Path, ids: Option<Ids>, folder: &Path) -> Command {
    use std::os::unix::process::CommandExt;
    let setpriv = sh::find("setpriv", &[]);
    let mut command = match (&setpriv, ids) {
        // setpriv also ties the server's life to ours: were we killed, it would stop as on Ctrl-C.
        (Some(setpriv), ids) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "INT"]);
            if let Some(ids) = ids {
                command.args([format!("--reuid={}", ids.user), format!("--regid={}", ids.group)]);
                command.arg("--clear-groups");
            }
            command.arg("--").arg(program);
            command
        }
        (None, ids) => {
            let mut command = Command::new(program);
            if let Some(ids) = ids {
                command.uid(ids.user).gid(ids.group);
            }
            command
        }
    };
    command.current_dir(folder).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", folder).env("LC_ALL", "C").stdin(Stdio::null());
    command
}

fn serve(programs: &Path, ids: Option<Ids>, folder: &Path, port: u16) -> Result<Child> {
    let log = std::fs::File::create(folder.join("server.log"))?;
    let mut server = command(&programs.join("postgres"), ids, folder);
    server.arg("-D").arg(folder.join("data"));
    let port = format!("port={port}");
    // The cluster is thrown away, so it need not survive a power cut.
    let settings = ["listen_addresses=127.0.0.1", &port, "unix_socket_directories=", "fsync=off"];
    let further =
        ["synchronous_commit=off", "full_page_writes=off", "max_connections=200", "shared_buffers=64MB"];
    server.args(settings.iter().chain(&further).flat_map(|setting| ["-c", setting]));
    server.stdout(log.try_clone()?).stderr(log).spawn().context("cannot start postgres")
}

fn wait_ready(child: &mut Child, url: &str) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(READY_SECONDS_MAX);
    while Instant::now() < end {
        if let Some(status) = child.try_wait()? {
            bail!("postgres ended ({status})");
        }
        let mut psql = Command::new("psql");
        psql.args(["--no-psqlrc", "--quiet", "--dbname", url, "--command", "SELECT 1"]);
        let answer =
            psql.stdin(Stdio::null()).output().context("psql is missing: apt-get install postgresql")?;
        if answer.status.success() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    bail!("no answer in {READY_SECONDS_MAX} s")
}

/// SIGINT: a "fast shutdown"; by force when that takes too long.
fn stop(child: &mut Child) {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, Signal::INT);
    }
    let end = Instant::now() + Duration::from_secs(STOP_SECONDS_MAX);
    while Instant::now() < end {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    let _ = child.wait();
}
