//! The vault's process: started, waited for, stopped.

use anyhow::{Context, Result, bail};
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};
use telemetry::Life;

/// A running vault.
pub struct Server {
    child: Child,
    socket: PathBuf,
    /// From start to ready: the persons' keys are read meanwhile.
    pub ready_ms: u64,
}

/// Becomes the vault, in this folder, until standard input ends.
pub fn serve(dir: &Path) -> Result<()> {
    ::vault::lock_memory();
    let life = Life::of_child("vault", dir)?;
    ::vault::run(::vault::Config::new(dir.join("vault"), dir.join("vault.sock"), "bench"), life)
}

impl Server {
    /// Starts it, and waits until it is ready.
    pub fn start(dir: &Path) -> Result<Server> {
        let begun = Instant::now();
        let mut child = Command::new(std::env::current_exe()?)
            .args(["vault", "serve"])
            .arg(dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no standard output")?).read_line(&mut line)?;
        if line.trim() != "ready" {
            bail!("the vault did not start: {:?}", child.wait()?);
        }
        let ready_ms = u64::try_from(begun.elapsed().as_millis())?;
        Ok(Server { child, socket: dir.join("vault.sock"), ready_ms })
    }

    /// Where it listens.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What of its memory is in use, MB.
    pub fn memory_mb(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1024)
    }

    /// Stops it in order.
    pub fn stop(mut self) -> Result<()> {
        drop(self.child.stdin.take());
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { bail!("the vault ended with {status}") }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
