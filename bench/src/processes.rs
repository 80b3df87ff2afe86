//! What processes cost, as the kernel counts it: seconds of processor, proportional memory.

use anyhow::Result;
use serde_json::Value;
use std::fs::read_to_string;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Clock ticks in a second of `/proc/PID/stat` (`getconf CLK_TCK` on every Linux that matters).
const TICKS_PER_S: f64 = 100.0;
const MEMORY_EVERY_MS: u64 = 500;

/// Does something in a process with the allocator that the shop's processes have; starts itself again if need be.
pub fn with_allocator(what: impl FnOnce() -> Result<()>) -> Result<()> {
    if telemetry::ALLOCATOR.iter().all(|(name, value)| std::env::var(name).is_ok_and(|set| set == *value)) {
        return what();
    }
    let mut again = Command::new(std::env::current_exe()?);
    Err(again.args(std::env::args_os().skip(1)).envs(telemetry::ALLOCATOR).exec().into())
}

/// A program and all that it started, but for browsers.
pub fn family(root: u32) -> Vec<u32> {
    descendants(root, |pid| !is_browser(pid))
}

/// A program and all that it started, as far as they are `wanted`.
fn descendants(root: u32, wanted: impl Fn(u32) -> bool) -> Vec<u32> {
    let all: Vec<(u32, u32)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|e| e.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter_map(|pid| Some((pid, stat(pid)?.get(1)?.parse().ok()?)))
        .collect();
    let mut family = vec![root];
    let mut at = 0;
    while let Some(&parent) = family.get(at) {
        family.extend(all.iter().filter(|(pid, of)| *of == parent && wanted(*pid)).map(|(pid, _)| *pid));
        at += 1;
    }
    family
}

/// Seconds of processor by process. Unlike the time on the wall they hardly depend on what else the machine does.
#[derive(Debug, Default, Clone)]
pub struct Cpu(Vec<(String, f64)>);

impl Cpu {
    /// What these processes have used so far.
    pub fn of(pids: &[u32]) -> Cpu {
        Cpu(pids.iter().filter_map(|pid| Some((name(*pid), cpu_parts_s(*pid)?.iter().sum()))).collect())
    }

    /// What was used since `then`.
    pub fn since(mut self, then: &Cpu) -> Cpu {
        for (name, s) in &mut self.0 {
            *s -= then.0.iter().find(|(n, _)| n == name).map_or(0.0, |(_, s)| *s);
        }
        self
    }

    /// Takes another round in.
    pub fn add(&mut self, other: Cpu) {
        for (name, s) in other.0 {
            match self.0.iter_mut().find(|(n, _)| *n == name) {
                Some((_, sum)) => *sum += s,
                None => self.0.push((name, s)),
            }
        }
    }

    /// All together.
    pub fn sum_s(&self) -> f64 {
        self.0.iter().map(|(_, s)| s).sum()
    }

    /// Each process's part in one of `count` things, in seconds times `unit`, rounded to a thousandth; those that did
    /// nothing are left out.
    pub fn each(&self, count: u64, unit: f64) -> Value {
        let part = |s: f64| (s * unit * 1e3 / count.max(1) as f64).round() / 1e3;
        let parts = self.0.iter().map(|(name, s)| (name.clone(), part(*s)));
        Value::Object(parts.filter(|(_, part)| *part > 0.0).map(|(n, p)| (n, p.into())).collect())
    }
}

/// Seconds of processor of one process: its own, and the kernel's on its behalf.
pub fn cpu_parts_s(pid: u32) -> Option<[f64; 2]> {
    let stat = stat(pid)?;
    let seconds = |at: usize| Some(stat.get(at)?.parse::<f64>().ok()? / TICKS_PER_S);
    Some([seconds(11)?, seconds(12)?])
}

/// Seconds of processor of a program and all that it started, browsers and what has ended among them.
pub fn tree_cpu_s(root: u32) -> f64 {
    let fields = [11, 12, 13, 14];
    let of = |pid: u32| {
        let stat = stat(pid)?;
        Some(fields.iter().filter_map(|at| stat.get(*at)?.parse::<f64>().ok()).sum::<f64>() / TICKS_PER_S)
    };
    descendants(root, |_| true).into_iter().filter_map(of).sum()
}

/// Seconds of processor of all programs that this one has started and that have ended.
pub fn ended_children_cpu_s() -> Option<f64> {
    let stat = stat(std::process::id())?;
    Some((stat.get(13)?.parse::<f64>().ok()? + stat.get(14)?.parse::<f64>().ok()?) / TICKS_PER_S)
}

/// Proportional memory (PSS) of each of these processes, in kB, with its name.
pub fn memory_kb(pids: &[u32]) -> Vec<(String, u64)> {
    let pss = |pid: &u32| {
        let rollup = read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
        let line = rollup.lines().find_map(|l| l.strip_prefix("Pss:"))?;
        Some((name(*pid), line.trim().trim_end_matches(" kB").parse().ok()?))
    };
    pids.iter().filter_map(pss).collect()
}

/// Looks at the memory of a program and all that it started while others work.
pub struct MemoryWatch {
    most: Arc<Mutex<Vec<(String, u64)>>>,
    stop: Arc<AtomicBool>,
}

impl MemoryWatch {
    /// Begins to look.
    pub fn start(root: u32) -> MemoryWatch {
        let watch = MemoryWatch { most: Arc::default(), stop: Arc::default() };
        let (most, stop) = (Arc::clone(&watch.most), Arc::clone(&watch.stop));
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let now = memory_kb(&family(root));
                let mut most = most.lock().unwrap_or_else(PoisonError::into_inner);
                if sum_kb(&now) > sum_kb(&most) {
                    *most = now;
                }
                drop(most);
                std::thread::sleep(Duration::from_millis(MEMORY_EVERY_MS));
            }
        });
        watch
    }

    /// Each process at the moment when they had most together, in kB.
    pub fn most_kb(&self) -> Vec<(String, u64)> {
        self.most.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// All together.
pub fn sum_kb(of: &[(String, u64)]) -> u64 {
    of.iter().map(|(_, kb)| kb).sum()
}

impl Drop for MemoryWatch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// The fields of `/proc/PID/stat` behind the name: state, parent and so on.
fn stat(pid: u32) -> Option<Vec<String>> {
    let stat = read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // "pid (name) state parent …": the name may hold spaces and brackets.
    Some(stat.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect())
}

/// What a process was started as: `dozo web`.
fn name(pid: u32) -> String {
    let line = read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let mut words = line.split('\0').take(2).map(|w| w.rsplit('/').next().unwrap_or(w));
    format!("{} {}", words.next().unwrap_or_default(), words.next().unwrap_or_default())
}

fn is_browser(pid: u32) -> bool {
    read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|c| c.contains("chrom"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_belongs_to_the_family_and_both_cost_something() {
        let mut child = std::process::Command::new("sleep").arg("20").spawn().unwrap();
        let own = std::process::id();
        let family = family(own);
        assert!(family.contains(&own) && family.contains(&child.id()), "{family:?}");
        // For a moment after its start a process has neither words nor memory.
        let until = std::time::Instant::now() + Duration::from_secs(10);
        loop {
            let memory = memory_kb(&family);
            if memory.iter().any(|(name, kb)| name == "sleep 20" && *kb > 10) {
                break;
            }
            assert!(std::time::Instant::now() < until, "{memory:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
        let before = Cpu::of(&[own]);
        let start = std::time::Instant::now();
        while start.elapsed() < Duration::from_millis(200) {}
        let used = Cpu::of(&[own]).since(&before);
        assert!(used.sum_s() > 0.0 && used.sum_s() < before.sum_s() + 10.0, "{used:?}");
        let each = used.each(1, 1e3);
        assert!(each.as_object().is_some_and(|of| of.len() == 1), "{each}");
        let mut twice = used.clone();
        twice.add(used.clone());
        assert!((twice.sum_s() - 2.0 * used.sum_s()).abs() < 1e-9);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
