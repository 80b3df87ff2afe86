//! Landlock: folders and TCP ports.
//!
//! Rules bind the process and everything it starts. They also keep a process out of the memory of the others
//! (`ptrace`), from sending them signals, and from sockets without a file.

use crate::{WallError, Walls};
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, LandlockStatus, NetPort, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};
use std::{fmt, os::fd::IntoRawFd, path::Path};

/// The newest rules we ask for: files, TCP ports (kernel 6.7), device ioctls (6.10), signals and abstract sockets (6.12).
const ASKED: ABI = ABI::V6;
/// What libraries read at run time: certificates, resolver, time zones, the kernel's word on cores and memory. Of
/// processes only a process's own: the command line of the supervisor may hold the database's password.
pub const SYSTEM_READABLE: [&str; 11] = [
    "/etc",
    "/usr/share",
    "/usr/lib",
    OWN_PROC,
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys",
    "/sys/fs/cgroup",
    "/dev/urandom",
    "/dev/null",
];
/// What the kernel says of this process.
const OWN_PROC: &str = "/proc/self";

/// How far the kernel keeps the rules on files and ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// All of them.
    Enforced,
    /// Those that it knows.
    Partly,
    /// None: it has no Landlock.
    Not,
}

impl fmt::Display for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Files::Enforced => "enforced",
            Files::Partly => "partly enforced",
            Files::Not => "not enforced",
        })
    }
}

pub(crate) fn raise(walls: &Walls) -> Result<Files, WallError> {
    // Rules go by inode, and the kernel forgets that of a process's own folder where nobody holds it open.
    let _ = std::fs::File::open(OWN_PROC).map(IntoRawFd::into_raw_fd);
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(ASKED))?
        .handle_access(AccessNet::BindTcp | AccessNet::ConnectTcp)?
        .scope(Scope::AbstractUnixSocket | Scope::Signal)?
        .create()?;
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let everything_but_execute = AccessFs::from_all(ASKED) & !BitFlags::from(AccessFs::Execute);
    for path in SYSTEM_READABLE.iter().map(Path::new).chain(walls.reads.iter().map(AsRef::as_ref)) {
        rules = allow(rules, path, read)?;
    }
    for path in &walls.lists {
        rules = allow(rules, path, AccessFs::ReadDir.into())?;
    }
    for path in &walls.runs {
        rules = allow(rules, path, read | AccessFs::Execute)?;
    }
    for path in &walls.writes {
        rules = allow(rules, path, everything_but_execute)?;
    }
    for port in &walls.listens {
        rules = rules.add_rule(NetPort::new(*port, AccessNet::BindTcp))?;
    }
    for port in &walls.connects {
        rules = rules.add_rule(NetPort::new(*port, AccessNet::ConnectTcp))?;
    }
    Ok(match rules.restrict_self()?.ruleset {
        RulesetStatus::FullyEnforced => Files::Enforced,
        RulesetStatus::PartiallyEnforced => Files::Partly,
        RulesetStatus::NotEnforced => Files::Not,
    })
}

/// What is not on this machine needs no rule.
fn allow(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    let Ok(fd) = PathFd::new(path) else { return Ok(rules) };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(ASKED) };
    rules.add_rule(PathBeneath::new(fd, access))
}

/// Asked of a thread that lets itself be walled in, since only restricting tells.
pub(crate) fn version() -> Option<i32> {
    let asked = std::thread::spawn(|| {
        let rules = Ruleset::default().handle_access(AccessFs::Execute).ok()?.create().ok()?;
        match rules.restrict_self().ok()?.landlock {
            LandlockStatus::Available { effective_abi, kernel_abi } => {
                Some(kernel_abi.unwrap_or(effective_abi as i32))
            }
            LandlockStatus::NotEnabled | LandlockStatus::NotImplemented => None,
        }
    });
    asked.join().ok().flatten()
}
