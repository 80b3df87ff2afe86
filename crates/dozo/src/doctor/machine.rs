//! The machine: its kernel, memory, disk and clock.

use super::{Finding, Grade, read};
use rustix::process::{Resource, getrlimit};
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

/// The version of Landlock that knows all that we ask for.
const LANDLOCK_WHOLE: i32 = 6;
/// The first that knows TCP ports.
const LANDLOCK_PORTS: i32 = 4;
/// Free space below which orders may stop within days, in bytes.
const FREE_BYTES_WANTED: u64 = 1 << 30;
/// How many writes are timed.
const SYNCS: usize = 50;
/// No disk that keeps what it was given answers faster, in microseconds.
const HONEST_SYNC_US: u128 = 15;

/// What is asked of the machine depends on how the shop runs on it.
pub struct Asked<'a> {
    /// The data folder, or where it would be made.
    pub folder: &'a Path,
    /// How much memory the running vault has locked, in KiB; `None` where none runs here.
    pub locked_kib: Option<u64>,
    /// Whether each process is, or would be, a user of its own.
    pub own_users: bool,
}

/// Everything about the machine.
pub fn look(asked: &Asked<'_>) -> Vec<Finding> {
    let folder = asked.folder;
    let root = rustix::process::geteuid().is_root();
    let mut all = vec![
        landlock(walls::landlock_version()),
        calls(walls::calls_can_be_filtered()),
        locked_memory(asked.locked_kib, may_lock(&read("/proc/self/status"))),
        swap(&read("/proc/swaps")),
        tpm(Path::new("/dev/tpmrm0").exists(), on_path("systemd-creds")),
        clock(synchronised()),
        browser(eyes::chromium().is_some(), root && !asked.own_users),
    ];
    if let Ok(stat) = rustix::fs::statfs(folder) {
        all.push(file_system(stat.f_type));
    }
    if let Ok(stat) = rustix::fs::statvfs(folder) {
        all.push(free(stat.f_bavail * stat.f_frsize, stat.f_blocks * stat.f_frsize));
    }
    all.push(sync(median_sync_us(folder)));
    all
}

fn landlock(version: Option<i32>) -> Finding {
    let (grade, case) = match version {
        Some(LANDLOCK_WHOLE..) => (Grade::Stands, "whole"),
        Some(LANDLOCK_PORTS..) => (Grade::Weaker, "signals"),
        Some(_) => (Grade::Weaker, "ports"),
        None => return Finding::new("landlock", Grade::Mend, "none"),
    };
    Finding::new("landlock", grade, case).with("version", version.unwrap_or_default())
}

fn calls(available: bool) -> Finding {
    if available {
        Finding::new("calls", Grade::Stands, "filtered")
    } else {
        Finding::new("calls", Grade::Mend, "unfiltered")
    }
}

/// Whether a vault that is started from here may lock all of its memory, as it does: without a limit, or where it has the
/// power to lift it (`CAP_SYS_RESOURCE`). Under a limit it locks nothing.
fn may_lock(status: &str) -> bool {
    const POWER: u64 = 1 << 24;
    let powers = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let powers = powers.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or_default();
    let limit = getrlimit(Resource::Memlock);
    limit.maximum.is_none() || powers & POWER != 0
}

/// What the running vault did counts; where none runs, what it could do.
fn locked_memory(vault_kib: Option<u64>, may_lock: bool) -> Finding {
    match (vault_kib, may_lock) {
        (Some(0), _) => Finding::new("memory", Grade::Weaker, "not-locked"),
        (Some(kib), _) => Finding::new("memory", Grade::Stands, "locked").with("kib", kib),
        (None, true) => Finding::new("memory", Grade::Stands, "unlimited"),
        (None, false) => Finding::new("memory", Grade::Weaker, "limited"),
    }
}

/// From `/proc/swaps`. Compressed memory (zram) is no disk.
fn swap(table: &str) -> Finding {
    let devices = table.lines().skip(1).filter_map(|line| line.split_whitespace().next());
    let devices: Vec<_> = devices.filter(|d| !d.starts_with("/dev/zram")).collect();
    if devices.is_empty() {
        Finding::new("swap", Grade::Stands, "off")
    } else {
        Finding::new("swap", Grade::Weaker, "on").with("devices", devices.join(" "))
    }
}

fn tpm(chip: bool, creds: bool) -> Finding {
    match (chip, creds) {
        (true, true) => Finding::new("tpm", Grade::Stands, "there"),
        (false, true) => Finding::new("tpm", Grade::Weaker, "no-chip"),
        (_, false) => Finding::new("tpm", Grade::Weaker, "no-creds"),
    }
}

/// What only a browser sees is seen by one, which has a sandbox of its own where it is not root's.
fn browser(there: bool, root: bool) -> Finding {
    match (there, root) {
        (true, false) => Finding::new("browser", Grade::Stands, "there"),
        (true, true) => Finding::new("browser", Grade::Weaker, "root"),
        (false, _) => Finding::new("browser", Grade::Weaker, "none"),
    }
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

/// Whether something keeps the clock right; `None` where nobody knows.
fn synchronised() -> Option<bool> {
    if Path::new("/run/systemd/timesync/synchronized").exists() {
        return Some(true);
    }
    let asked = Command::new("timedatectl")
        .args(["show", "-p", "NTPSynchronized", "--value"])
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|out| out.status.success())?;
    match String::from_utf8_lossy(&asked.stdout).trim() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

fn clock(synchronised: Option<bool>) -> Finding {
    match synchronised {
        Some(true) => Finding::new("clock", Grade::Stands, "right"),
        Some(false) => Finding::new("clock", Grade::Mend, "free"),
        None => Finding::new("clock", Grade::Unknown, "unknown"),
    }
}

/// By the magic number of statfs(2).
fn file_system(magic: i64) -> Finding {
    let (grade, case, name) = match magic {
        0xef53 => (Grade::Stands, "disk", "ext4"),
        0x5846_5342 => (Grade::Stands, "disk", "xfs"),
        0x9123_683e => (Grade::Stands, "disk", "btrfs"),
        0x2fc1_2fc1 => (Grade::Stands, "disk", "zfs"),
        0xf2f5_2010 => (Grade::Stands, "disk", "f2fs"),
        0x0102_1994 | 0x8584_58f6 => (Grade::Mend, "memory", "tmpfs"),
        0x6969 => (Grade::Mend, "network", "nfs"),
        0xff53_4d42 | 0xfe53_4d42 | 0x517b => (Grade::Mend, "network", "smb"),
        0x0102_1997 => (Grade::Weaker, "unusual", "9p"),
        0x794c_7630 => (Grade::Weaker, "unusual", "overlay"),
        0x6573_5546 => (Grade::Weaker, "unusual", "fuse"),
        other => return Finding::new("disk", Grade::Unknown, "unknown").with("name", format!("{other:#x}")),
    };
    Finding::new("disk", grade, case).with("name", name)
}

fn free(free: u64, whole: u64) -> Finding {
    let percent = free * 100 / whole.max(1);
    let (grade, case) = match (free, percent) {
        (..FREE_BYTES_WANTED, _) => (Grade::Mend, "full"),
        (_, ..10) => (Grade::Weaker, "little"),
        _ => (Grade::Stands, "enough"),
    };
    Finding::new("space", grade, case).with("mib", free >> 20).with("percent", percent)
}

/// The median time of writing 128 bytes and waiting until they are on the disk; `None` where nothing can be written.
fn median_sync_us(folder: &Path) -> Option<u128> {
    let path = folder.join(format!(".doctor-{}", std::process::id()));
    let timed = (|| -> std::io::Result<Vec<u128>> {
        let mut file = std::fs::OpenOptions::new().create_new(true).write(true).open(&path)?;
        (0..SYNCS)
            .map(|_| {
                let began = Instant::now();
                file.write_all(&[0; 128])?;
                file.sync_data()?;
                Ok(began.elapsed().as_micros())
            })
            .collect()
    })();
    let _ = std::fs::remove_file(&path);
    let mut times = timed.ok()?;
    times.sort_unstable();
    times.get(SYNCS / 2).copied()
}

fn sync(median_us: Option<u128>) -> Finding {
    match median_us {
        None => Finding::new("sync", Grade::Unknown, "unknown"),
        Some(us @ HONEST_SYNC_US..) => Finding::new("sync", Grade::Stands, "honest").with("us", us),
        Some(us) => Finding::new("sync", Grade::Weaker, "too-fast").with("us", us),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::text::assert_told;

    fn judged(finding: &Finding) -> (Grade, &'static str) {
        assert_told(finding);
        (finding.grade, finding.case)
    }

    #[test]
    fn the_kernel() {
        for (version, grade, case) in [
            (Some(7), Grade::Stands, "whole"),
            (Some(6), Grade::Stands, "whole"),
            (Some(5), Grade::Weaker, "signals"),
            (Some(4), Grade::Weaker, "signals"),
            (Some(3), Grade::Weaker, "ports"),
            (None, Grade::Mend, "none"),
        ] {
            assert_eq!(judged(&landlock(version)), (grade, case), "{version:?}");
        }
        assert_eq!(judged(&calls(true)).0, Grade::Stands);
        assert_eq!(judged(&calls(false)).0, Grade::Mend);
    }

    #[test]
    fn memory() {
        assert_eq!(judged(&locked_memory(None, true)), (Grade::Stands, "unlimited"));
        assert_eq!(judged(&locked_memory(None, false)), (Grade::Weaker, "limited"));
        assert_eq!(judged(&locked_memory(Some(40_000), false)), (Grade::Stands, "locked"));
        assert_eq!(
            judged(&locked_memory(Some(0), true)),
            (Grade::Weaker, "not-locked"),
            "what it did counts"
        );
        assert!(may_lock("CapEff:\t0000000001000000\n"), "who may lift limits needs none");
        let head = "Filename\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
        assert_eq!(judged(&swap(head)), (Grade::Stands, "off"));
        assert_eq!(judged(&swap(&format!("{head}/dev/zram0 partition 1 0 -2\n"))), (Grade::Stands, "off"));
        let on = swap(&format!("{head}/dev/vda2 partition 1 0 -2\n/swapfile file 9 0 -3\n"));
        assert_eq!(judged(&on), (Grade::Weaker, "on"));
        assert_eq!(on.values, [("devices", "/dev/vda2 /swapfile".to_owned())]);
        for (there, root, case) in [(true, false, "there"), (true, true, "root"), (false, true, "none")] {
            assert_eq!(judged(&browser(there, root)).1, case);
        }
        for (chip, creds) in [(true, true), (false, true), (true, false), (false, false)] {
            assert_eq!(judged(&tpm(chip, creds)).0 == Grade::Stands, chip && creds);
        }
    }

    #[test]
    fn the_disk_and_the_clock() {
        assert_eq!(judged(&file_system(0xef53)), (Grade::Stands, "disk"));
        assert_eq!(judged(&file_system(0x0102_1994)), (Grade::Mend, "memory"));
        assert_eq!(judged(&file_system(0x6969)), (Grade::Mend, "network"));
        assert_eq!(judged(&file_system(0x794c_7630)), (Grade::Weaker, "unusual"));
        assert_eq!(judged(&file_system(1)), (Grade::Unknown, "unknown"));
        assert_eq!(judged(&free(1 << 29, 1 << 40)), (Grade::Mend, "full"));
        assert_eq!(judged(&free(9 << 30, 100 << 30)), (Grade::Weaker, "little"));
        assert_eq!(judged(&free(50 << 30, 100 << 30)), (Grade::Stands, "enough"));
        assert_eq!(judged(&sync(Some(3))), (Grade::Weaker, "too-fast"));
        assert_eq!(judged(&sync(Some(150))), (Grade::Stands, "honest"));
        assert_eq!(judged(&sync(None)), (Grade::Unknown, "unknown"));
        for (known, grade) in
            [(Some(true), Grade::Stands), (Some(false), Grade::Mend), (None, Grade::Unknown)]
        {
            assert_eq!(judged(&clock(known)).0, grade);
        }
        let dir = tempfile::tempdir().unwrap();
        assert!(median_sync_us(dir.path()).is_some());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left behind");
        assert_eq!(median_sync_us(&dir.path().join("nowhere")), None);
    }
}
