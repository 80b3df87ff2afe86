//! What goes wrong, and what a drill needs for it.

use super::{House, smtp::Mood};
use anyhow::{Context, Result, ensure};
use std::{fs::File, io::Write, path::Path, process::Command, thread::sleep, time::Duration};
use testkit::http::Browser;

/// One thing that goes wrong in the middle of buying.
pub struct Drill {
    /// Its name in `--only`.
    pub name: &'static str,
    /// What it needs.
    pub needs: Needs,
    /// How often it strikes in one run, at equal distances.
    pub strikes: usize,
    /// From the cause's beginning to its end.
    pub strike: fn(&House) -> Result<()>,
}

/// What a drill needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// A shop.
    Nothing,
    /// A shop whose orders are in PostgreSQL, on a server that its keeper starts again when it ends.
    Postgres,
    /// A mail server with moods between post and mailbox.
    MailServer,
    /// A small disk for this folder of the data.
    Disk(&'static str),
}

/// All drills.
pub const DRILLS: &[Drill] = &[
    plain("nothing", |_| Ok(())),
    kill("kill-gate", |h| h.kill("gate")),
    kill("kill-web", |h| h.kill("web")),
    kill("kill-till", |h| h.kill("till")),
    kill("kill-vault", |h| h.kill("vault")),
    kill("kill-post", |h| h.kill("post")),
    kill("kill-watch", |h| h.kill("watch")),
    kill("kill-sandbox", |h| h.kill("sandbox")),
    kill("kill-mailbox", |h| h.kill("mailbox")),
    kill("kill-all", |h| {
        ["gate", "web", "till", "vault", "post", "watch", "sandbox", "mailbox"]
            .iter()
            .try_for_each(|n| h.kill(n))
    }),
    plain("vault-stops", |h| h.suspend("vault", Duration::from_secs(4))),
    plain("vault-held-down", |h| h.suspend("vault", Duration::from_secs(20))),
    plain("web-stops", |h| h.suspend("web", Duration::from_secs(4))),
    plain("processor-stops", |h| h.suspend("sandbox", Duration::from_secs(8))),
    plain("processor-slow", |h| h.switched(&[("slow_ms", "2000")])),
    plain("processor-errors", |h| h.switched(&[("errors", "before")])),
    plain("processor-errors-late", |h| h.switched(&[("errors", "after")])),
    plain("webhooks-lost", |h| h.switched(&[("webhooks", "lost")])),
    mail("mail-dead", |h| h.mood(Mood::Dead)),
    mail("mail-silent", |h| h.mood(Mood::Silent)),
    mail("mail-closing", |h| h.mood(Mood::Closing)),
    mail("mail-cutting", |h| h.mood(Mood::Cutting)),
    disk("disk-full-shop", "shop", |h| h.fill_disk("shop")),
    disk("disk-full-vault", "vault", |h| h.fill_disk("vault")),
    disk("disk-full-till", "till", |h| h.fill_disk("till")),
    disk("disk-full-gate", "gate", |h| h.fill_disk("gate")),
    disk("disk-full-logs", "logs", |h| h.fill_disk("logs")),
    postgres("postgres-alone", |_| Ok(())),
    postgres("postgres-restarts", |h| h.end_postgres("INT")),
    postgres("postgres-crashes", |h| h.end_postgres("QUIT")),
    postgres("postgres-kill-web", |h| h.kill("web")),
    postgres("postgres-kill-post", |h| h.kill("post")),
];

type Strike = fn(&House) -> Result<()>;

const fn plain(name: &'static str, strike: Strike) -> Drill {
    Drill { name, needs: Needs::Nothing, strikes: 1, strike }
}

const fn kill(name: &'static str, strike: Strike) -> Drill {
    Drill { name, needs: Needs::Nothing, strikes: 3, strike }
}

const fn mail(name: &'static str, strike: Strike) -> Drill {
    Drill { name, needs: Needs::MailServer, strikes: 1, strike }
}

const fn disk(name: &'static str, folder: &'static str, strike: Strike) -> Drill {
    Drill { name, needs: Needs::Disk(folder), strikes: 1, strike }
}

const fn postgres(name: &'static str, strike: Strike) -> Drill {
    Drill { name, needs: Needs::Postgres, strikes: 1, strike }
}

/// How long a trouble lasts that does not end by itself.
const TROUBLE: Duration = Duration::from_secs(5);

impl House {
    fn kill(&self, name: &str) -> Result<()> {
        // One that is just being started again has died already.
        if let Some(pid) = self.shop.pids_of(name).first() {
            signal("KILL", *pid)?;
        }
        Ok(())
    }

    fn suspend(&self, name: &str, time: Duration) -> Result<()> {
        let pid = *self.shop.pids_of(name).first().context("it does not run")?;
        signal("STOP", pid)?;
        sleep(time);
        signal("CONT", pid)
    }

    fn switched(&self, switches: &[(&str, &str)]) -> Result<()> {
        let url = format!("{}/switches", self.shop.address("sandbox"));
        let set = |switches| -> Result<()> {
            let answer = Browser::new("ja").post(&url, switches)?;
            ensure!(answer.status < 400, "the switch cannot be set: {}", answer.status);
            Ok(())
        };
        set(switches)?;
        sleep(TROUBLE);
        set(&[])
    }

    fn mood(&self, mood: Mood) -> Result<()> {
        let server = self.mail_server.as_ref().context("no mail server with moods")?;
        server.turn(mood);
        sleep(TROUBLE);
        server.turn(Mood::Well);
        Ok(())
    }

    /// Fills the disk of a folder to the last byte, and makes room again.
    fn fill_disk(&self, folder: &str) -> Result<()> {
        let ballast = self.shop.data().join(folder).join("ballast");
        let mut file = File::create(&ballast)?;
        for block in [1 << 20, 4096, 1] {
            while file.write_all(&vec![0; block]).is_ok() {}
        }
        sleep(TROUBLE);
        Ok(std::fs::remove_file(ballast)?)
    }

    /// Ends the PostgreSQL server (`INT`: in order but at once; `QUIT`: as in a crash) and waits until it is back.
    fn end_postgres(&self, how: &str) -> Result<()> {
        let url = self.postgres.as_deref().context("no PostgreSQL")?;
        let folder = psql(url, "show data_directory")?;
        let pid = std::fs::read_to_string(Path::new(folder.trim()).join("postmaster.pid"))?;
        signal(how, pid.lines().next().context("no process id")?.trim().parse()?)?;
        sleep(Duration::from_millis(200));
        for _ in 0..600 {
            if psql(url, "select 1").is_ok() {
                return Ok(());
            }
            sleep(Duration::from_millis(50));
        }
        anyhow::bail!("PostgreSQL did not come back")
    }
}

/// Runs one statement.
///
/// # Errors
/// As psql says.
pub fn psql(url: &str, sql: &str) -> Result<String> {
    let out = Command::new("psql").args(["-X", "-q", "-t", "-A", "--dbname", url, "-c", sql]).output()?;
    ensure!(out.status.success(), "psql: {}", String::from_utf8_lossy(&out.stderr));
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// Sends a signal. A process that has ended by itself in between is none's fault.
fn signal(name: &str, pid: u32) -> Result<()> {
    Command::new("kill").args([format!("-{name}"), pid.to_string()]).output().context("cannot run kill")?;
    Ok(())
}

/// A small file system in memory, gone when dropped.
pub struct SmallDisk<'p>(pub &'p Path);

impl SmallDisk<'_> {
    /// Mounts it.
    ///
    /// # Errors
    /// Where that is not allowed here.
    pub fn mount(at: &Path, mib: u32) -> Result<SmallDisk<'_>> {
        std::fs::create_dir_all(at)?;
        let size = format!("size={mib}m,mode=0700");
        let out = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).output()?;
        ensure!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr).trim());
        Ok(SmallDisk(at))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}
