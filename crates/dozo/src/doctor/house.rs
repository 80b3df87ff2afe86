//! The shop's folder and, where it runs, its processes.

use super::{Finding, Grade, read};
use crate::{house::House, processes::Name, settings::Settings};
use anyhow::{Context, Result};
use std::{
    fs::{File, TryLockError},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a running shop may take to say how it is.
const ANSWER: Duration = Duration::from_secs(3);
/// The mode's bit of a file that everybody may read. A group may be the gate's alone.
const OTHERS_READ: u32 = 0o004;
/// Files that nobody but their owner may read.
const PRIVATE: [&str; 16] = [
    "dozo.toml",
    "vault/root.key",
    "vault/roles.toml",
    "vault/vault.redb",
    "web/role.key",
    "post/role.key",
    "relay/authority.pem",
    "relay/papers.pem",
    "till/processor.key",
    "till/webhook.secret",
    "till/till.redb",
    "watch/webhook.secret",
    "watch/webhook.url",
    "post/dkim.key",
    "sandbox/processor.key",
    "logs",
];

/// A data folder, which may not be there yet.
pub struct Folder {
    path: PathBuf,
    settings: Option<Settings>,
    running: bool,
}

/// Health and metrics, as the supervisor says them; empty where none answers.
#[derive(Default)]
pub struct Seen {
    health: serde_json::Value,
    metrics: String,
}

impl Seen {
    /// How much memory the vault has locked, in KiB; `None` where none runs here.
    pub fn locked_kib(&self) -> Option<u64> {
        let pid = self.health["processes"][Name::Vault.word()]["pid"].as_u64()?;
        let status = read(format!("/proc/{pid}/status"));
        (!status.is_empty()).then(|| field(&status, "VmLck").parse().unwrap_or(0))
    }
}

impl Folder {
    /// Looks for the shop in a folder.
    ///
    /// # Errors
    /// Where somebody else's shop lies there.
    pub fn find(data: &Path) -> Result<Folder> {
        let there = data.try_exists().with_context(|| not_yours(data))?;
        if !there {
            let parent = data.parent().filter(|p| p.is_dir()).unwrap_or(Path::new("."));
            return Ok(Folder { path: parent.to_owned(), settings: None, running: false });
        }
        // What is in force now, else what the merchant keeps.
        let files = [crate::up::EFFECTIVE, crate::up::KEPT].map(|file| data.join(file));
        let there = files.iter().find(|f| f.exists());
        let settings = there.map(|file| Settings::read(file)).transpose().with_context(|| not_yours(data))?;
        Ok(Folder { path: data.to_owned(), settings, running: runs(data) })
    }

    /// The folder, or the one that it would be made in.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a shop runs in it now.
    pub fn is_running(&self) -> bool {
        self.running
    }

    /// Whether each process of the shop is a user of its own.
    pub fn own_users(&self) -> bool {
        self.settings.as_ref().is_some_and(|settings| settings.users.is_some())
    }

    /// What the supervisor says of a shop that runs.
    pub fn see(&self) -> Seen {
        let Some(settings) = self.settings.as_ref().filter(|_| self.running) else { return Seen::default() };
        let agent = outbound::agent(ANSWER, ANSWER);
        let ask = |path: &str| -> Option<String> {
            let mut answer = agent.get(format!("http://{}{path}", settings.listen.status)).call().ok()?;
            answer.body_mut().read_to_string().ok()
        };
        let health = ask("/healthz").and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Seen { health, metrics: ask("/metrics").unwrap_or_default() }
    }

    /// Everything about the shop.
    pub fn look(&self, seen: &Seen) -> Vec<Finding> {
        let Some(settings) = &self.settings else { return vec![shop(false, false)] };
        let mut all = vec![shop(true, self.running), users(settings.users.is_some(), is_root())];
        all.extend(settings.demo.then(|| Finding::new("demo", Grade::Weaker, "demo")));
        all.extend(settings.practice.then(|| Finding::new("demo", Grade::Weaker, "practice")));
        all.push(modes(&open_to_others(&self.path, settings.users.is_some())));
        all.extend(tls_key(&self.path, settings));
        if self.running {
            all.extend(processes(settings, seen));
        }
        all
    }
}

fn processes(settings: &Settings, seen: &Seen) -> Vec<Finding> {
    let mut all = Vec::new();
    // What stands around the browser, and what does not, is said with the browser; whether it walks, by the watch.
    let runs = |name: &Name| House::of(settings).runs(*name) && *name != Name::Eyes;
    for name in Name::ALL.into_iter().filter(runs) {
        let known = &seen.health["processes"][name.word()];
        let Some(pid) = known["pid"].as_u64().filter(|_| known["ready"] == true) else {
            let wanted = match name {
                Name::Sandbox | Name::Mailbox => settings.is_trial(),
                Name::Acme => settings.tls.as_ref().is_some_and(|tls| tls.acme.is_some()),
                _ => true,
            };
            all.extend(wanted.then(|| Finding::new("process", Grade::Mend, "away").with("name", name)));
            continue;
        };
        let status = read(format!("/proc/{pid}/status"));
        let files = metric(&seen.metrics, "dozo_wall_files", name);
        all.extend(process(name, &status, files, settings.users.is_some()));
    }
    all.extend(vault(&seen.metrics));
    all.extend(till(&seen.metrics, jiff::Timestamp::now().as_second()));
    all
}

fn not_yours(data: &Path) -> String {
    format!("cannot look into {}: run it as the user who runs the shop, or as root", data.display())
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether an `up` holds the folder.
fn runs(data: &Path) -> bool {
    let Ok(lock) = File::open(data.join("dozo.lock")) else { return false };
    matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock))
}

fn shop(there: bool, running: bool) -> Finding {
    match (there, running) {
        (false, _) => Finding::new("shop", Grade::Unknown, "none"),
        (true, false) => Finding::new("shop", Grade::Unknown, "closed"),
        (true, true) => Finding::new("shop", Grade::Stands, "open"),
    }
}

fn users(own: bool, root: bool) -> Finding {
    match (own, root) {
        (true, _) => Finding::new("users", Grade::Stands, "own"),
        (false, false) => Finding::new("users", Grade::Weaker, "one"),
        (false, true) => Finding::new("users", Grade::Weaker, "root"),
    }
}

/// Which of the shop's private files others may read. Where each process is a user, the folder lets others through to
/// what is theirs.
fn open_to_others(data: &Path, own_users: bool) -> Vec<String> {
    let passage = if own_users { 0o11 } else { 0 };
    let others = |path: &Path, allowed: u32| {
        path.symlink_metadata().is_ok_and(|meta| meta.mode() & 0o077 & !allowed != 0)
    };
    let mut open: Vec<String> =
        PRIVATE.iter().filter(|file| others(&data.join(file), 0)).map(|file| (*file).to_owned()).collect();
    open.extend(others(data, passage).then(|| data.display().to_string()));
    open
}

fn modes(open: &[String]) -> Finding {
    if open.is_empty() {
        Finding::new("modes", Grade::Stands, "private")
    } else {
        Finding::new("modes", Grade::Mend, "open").with("files", open.join(" "))
    }
}

/// Whether others can read the key that the gate speaks TLS with.
fn tls_key(data: &Path, settings: &Settings) -> Option<Finding> {
    let key = settings.tls.as_ref()?.key.as_ref()?;
    let meta = std::fs::metadata(data.join(key)).ok()?;
    Some(if meta.mode() & OTHERS_READ == 0 {
        Finding::new("tls", Grade::Stands, "private")
    } else {
        Finding::new("tls", Grade::Mend, "open").with("file", key.display())
    })
}

/// A number among the metrics of a process.
fn metric(text: &str, name: &str, process: Name) -> Option<i64> {
    let head = format!("{name}{{process=\"{process}\"}} ");
    text.lines().find_map(|line| line.strip_prefix(&head)?.parse().ok())
}

/// A field of `/proc/PID/status`.
fn field<'a>(status: &'a str, key: &str) -> &'a str {
    let line = status.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(':'));
    line.and_then(|l| l.split_whitespace().next()).unwrap_or_default()
}

/// What the kernel says of a running process (`/proc/PID/status`), and how far it told us that its files are walled.
fn process(name: Name, status: &str, files: Option<i64>, own_user: bool) -> Vec<Finding> {
    let field = |key: &str| field(status, key);
    let mut all = Vec::new();
    let mut lacks = |grade, case| all.push(Finding::new("process", grade, case).with("name", name));
    if field("Seccomp") != "2" || field("NoNewPrivs") != "1" {
        lacks(Grade::Mend, "calls");
    }
    if files != Some(crate::walls::FILES_ENFORCED) {
        lacks(Grade::Weaker, "files");
    }
    if field("CapEff").bytes().any(|b| b != b'0') {
        lacks(Grade::Weaker, "powers");
    }
    if own_user && field("Uid") == "0" {
        lacks(Grade::Mend, "user");
    }
    if all.is_empty() {
        let locked = field("VmLck").parse().unwrap_or(0u64);
        let walled = Finding::new("process", Grade::Stands, "walled").with("name", name);
        all.push(walled.with("uid", field("Uid")).with("locked", locked));
    }
    all
}

/// What the vault says of itself; nothing where it is on another machine, or does not run.
fn vault(metrics: &str) -> Vec<Finding> {
    let gauge = |name| metric(metrics, name, Name::Vault);
    let Some(ledger_ok) = gauge("dozo_vault_ledger_ok") else { return Vec::new() };
    let lacks = [
        (gauge("dozo_vault_frozen") == Some(1), Grade::Mend, "frozen"),
        (ledger_ok == 0, Grade::Mend, "ledger"),
        (gauge("dozo_vault_exports_stopped") == Some(1), Grade::Weaker, "witness"),
    ];
    let lacks = lacks.into_iter().filter(|(lacks, ..)| *lacks);
    let mut all: Vec<_> = lacks.map(|(_, grade, case)| Finding::new("vault", grade, case)).collect();
    if all.is_empty() {
        all.push(Finding::new("vault", Grade::Stands, "well"));
    }
    all
}

/// Whether the till reaches its processor; nothing where no till runs.
fn till(metrics: &str, now_s: i64) -> Option<Finding> {
    let since = metric(metrics, "dozo_till_processor_away_since_seconds", Name::Till)?;
    Some(match since {
        0 => Finding::new("till", Grade::Stands, "reached"),
        since => Finding::new("till", Grade::Mend, "away").with("seconds", (now_s - since).max(0)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::text::assert_told;

    const WALLED: &str = "Name:\tdozo\nUid:\t61184\t61184\t61184\t61184\nVmLck:\t      64 kB\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t4\n";

    fn cases(status: &str, files: Option<i64>, own: bool) -> Vec<&'static str> {
        let found = process(Name::Web, status, files, own);
        found.iter().for_each(assert_told);
        found.iter().map(|f| f.case).collect()
    }

    #[test]
    fn a_process_by_what_the_kernel_says() {
        assert_eq!(cases(WALLED, Some(2), true), ["walled"]);
        assert_eq!(cases(&WALLED.replace("Seccomp:\t2", "Seccomp:\t0"), Some(2), true), ["calls"]);
        assert_eq!(cases(WALLED, Some(1), true), ["files"]);
        assert_eq!(cases(WALLED, None, true), ["files"]);
        assert_eq!(cases(&WALLED.replace("CapEff:\t00", "CapEff:\t01"), Some(2), true), ["powers"]);
        let root = WALLED.replace("61184", "0");
        assert_eq!(cases(&root, Some(2), true), ["user"]);
        assert_eq!(cases(&root, Some(2), false), ["walled"]);
        assert_eq!(cases("", None, true), ["calls", "files"], "a process that is gone");
        let text = "dozo_wall_files{process=\"web\"} 2\ndozo_wall_files{process=\"post\"} 1\n";
        assert_eq!(metric(text, "dozo_wall_files", Name::Post), Some(1));
        assert_eq!(metric(text, "dozo_wall_files", Name::Gate), None);
        assert_told(&Finding::new("process", Grade::Mend, "away").with("name", Name::Web));
    }

    #[test]
    fn the_vault_by_what_it_says_of_itself() {
        let cases = |frozen: i64, ledger_ok: i64, stopped: i64| -> Vec<&str> {
            let line = |name: &str, value| format!("dozo_vault_{name}{{process=\"vault\"}} {value}\n");
            let text =
                [line("frozen", frozen), line("ledger_ok", ledger_ok), line("exports_stopped", stopped)];
            let found = vault(&text.concat());
            found.iter().for_each(assert_told);
            found.iter().map(|f| f.case).collect()
        };
        assert_eq!(cases(0, 1, 0), ["well"]);
        assert_eq!(cases(1, 0, 1), ["frozen", "ledger", "witness"]);
        assert!(vault("").is_empty());
    }

    #[test]
    fn the_till_and_its_processor() {
        let told = |since: i64| {
            let text = format!("dozo_till_processor_away_since_seconds{{process=\"till\"}} {since}\n");
            let found = till(&text, 1_090).unwrap();
            assert_told(&found);
            (found.case, found.values)
        };
        assert_eq!(told(0).0, "reached");
        assert_eq!(told(1_000), ("away", vec![("seconds", "90".to_owned())]));
        assert_eq!(till("", 1_090), None);
    }

    #[test]
    fn a_key_of_the_certificate_that_others_read() {
        let dir = tempfile::tempdir().unwrap();
        let text = "[tls]\nhost = \"shop.example\"\ncertificate = \"chain.pem\"\nkey = \"key.pem\"\n";
        let tls = toml::from_str::<toml::Table>(text).unwrap()["tls"].clone().try_into().unwrap();
        let s = Settings { tls: Some(tls), ..Settings::demo(8080) };
        assert_eq!(tls_key(dir.path(), &s), None, "said by the check");
        let key = dir.path().join("key.pem");
        std::fs::write(&key, "x").unwrap();
        for (mode, case) in [(0o600, "private"), (0o640, "private"), (0o644, "open")] {
            std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
            let found = tls_key(dir.path(), &s).unwrap();
            assert_told(&found);
            assert_eq!(found.case, case, "{mode:o}");
        }
    }

    #[test]
    fn the_shop_and_its_files() {
        for (there, running) in [(false, false), (true, false), (true, true)] {
            assert_told(&shop(there, running));
        }
        for (own, root) in [(true, true), (false, true), (false, false)] {
            assert_told(&users(own, root));
        }
        assert_told(&Finding::new("demo", Grade::Weaker, "demo"));
        assert_told(&modes(&[]));
        assert_told(&modes(&["vault/root.key".into()]));
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        assert_eq!(Folder::find(&data).unwrap().look(&Seen::default())[0].case, "none");
        let folder = crate::up::folder::Folder::enter(&data).unwrap();
        let mode = |path: &Path, mode| {
            std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        };
        Settings::demo(8080).write(&data.join("dozo.toml")).unwrap();
        std::fs::write(data.join("vault/root.key"), "x").unwrap();
        mode(&data.join("vault/root.key"), 0o600);
        assert_eq!(open_to_others(&data, false), Vec::<String>::new());
        mode(&data.join("vault/root.key"), 0o640);
        assert_eq!(open_to_others(&data, false), ["vault/root.key"]);
        mode(&data.join("vault/root.key"), 0o600);
        mode(&data, 0o711);
        assert_eq!(open_to_others(&data, true), Vec::<String>::new());
        assert_eq!(open_to_others(&data, false), [data.display().to_string()]);
        assert!(Folder::find(&data).unwrap().is_running(), "the folder is held");
        drop(folder);
        assert!(!Folder::find(&data).unwrap().is_running());
    }
}
