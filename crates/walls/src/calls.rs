//! seccomp: which system calls the process may make, and with what.
//!
//! Four filters lie over each other; the kernel takes the strictest word of all. So each says one thing.

use crate::{WallError, Walls, listed};
use seccompiler::{
    BpfProgram, SeccompAction as Action, SeccompCmpArgLen as Len, SeccompCmpOp as Op,
    SeccompCondition as Condition, SeccompFilter, SeccompRule as Rule, TargetArch,
};
use std::collections::BTreeMap;

/// What becomes of a system call that is neither allowed nor forbidden by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlisted {
    /// It fails with EPERM. For the merchant's machine, whose libraries we have not seen.
    Refused,
    /// It ends the process, so that a call that is missing from the list cannot go unseen in a test.
    Ends,
}

impl Default for Unlisted {
    fn default() -> Unlisted {
        if cfg!(debug_assertions) { Unlisted::Ends } else { Unlisted::Refused }
    }
}

type Rules = BTreeMap<i64, Vec<Rule>>;

/// Whether the filters were put up; not where kernel or processor have none.
pub(crate) fn raise(walls: &Walls) -> Result<bool, WallError> {
    if !available() {
        return Ok(false);
    }
    // All are made before the first is put up: afterwards little is allowed.
    for program in programs(walls, std::process::id())? {
        seccompiler::apply_filter(&program).map_err(|e| WallError::Calls(e.to_string()))?;
    }
    Ok(true)
}

/// The filters for a process; none for a processor that is not known.
fn programs(walls: &Walls, pid: u32) -> Result<Vec<BpfProgram>, WallError> {
    let Some(arch) = arch() else { return Ok(Vec::new()) };
    let refused = Action::Errno(libc::EPERM as u32);
    let unlisted = match walls.unlisted {
        Unlisted::Refused => refused.clone(),
        Unlisted::Ends => Action::KillProcess,
    };
    let filters = [
        (whole(listed::NEVER.iter().copied()), Action::Allow, Action::KillProcess),
        (arguments(walls, pid)?, Action::Allow, refused),
        // Its flags lie in memory, where no filter can look; the C library then takes `clone`.
        (whole([libc::SYS_clone3]), Action::Allow, Action::Errno(libc::ENOSYS as u32)),
        (whole(listed::ALLOWED.into_iter().flatten().copied()), unlisted, Action::Allow),
    ];
    let program = |(rules, otherwise, then)| {
        let filter = SeccompFilter::new(rules, otherwise, then, arch).map_err(not_built)?;
        BpfProgram::try_from(filter).map_err(not_built)
    };
    filters.into_iter().map(program).collect()
}

/// Whether there is anything to put up.
pub(crate) fn available() -> bool {
    arch().is_some() && std::path::Path::new("/proc/sys/kernel/seccomp/actions_avail").exists()
}

fn arch() -> Option<TargetArch> {
    std::env::consts::ARCH.try_into().ok()
}

fn not_built(e: seccompiler::BackendError) -> WallError {
    WallError::Calls(e.to_string())
}

fn whole(calls: impl IntoIterator<Item = libc::c_long>) -> Rules {
    calls.into_iter().map(|call| (call, Vec::new())).collect()
}

/// What is refused of calls that are allowed otherwise. Rules of a call are alternatives, conditions of a rule hold
/// together.
fn arguments(walls: &Walls, pid: u32) -> Result<Rules, WallError> {
    let mut rules: Vec<(libc::c_long, Vec<Condition>)> = sockets(walls)?;
    let exec = libc::PROT_EXEC as u64;
    rules.extend([
        // No new process: a thread shares its signal handlers, memory and group with us.
        (libc::SYS_clone, vec![at(0, Op::MaskedEq(libc::CLONE_THREAD as u64), 0)?]),
        // No code but what was there at the start.
        (libc::SYS_mmap, vec![at(2, Op::MaskedEq(exec), exec)?]),
        (libc::SYS_mprotect, vec![at(2, Op::MaskedEq(exec), exec)?]),
        // The walls that a process could take down itself.
        (libc::SYS_prctl, vec![at(0, Op::Eq, libc::PR_SET_DUMPABLE as u64)?]),
        (libc::SYS_prctl, vec![at(0, Op::Eq, libc::PR_SET_PTRACER as u64)?]),
        (libc::SYS_prlimit64, vec![at(0, Op::Ne, 0)?]),
        // Typing into the terminal of whoever started the shop.
        (libc::SYS_ioctl, vec![at(1, Op::Eq, libc::TIOCSTI)?]),
        // Signals go to this process's own threads, by `tgkill` with its own id.
        (libc::SYS_tgkill, vec![at(0, Op::Ne, u64::from(pid))?]),
    ]);
    let mut all = Rules::new();
    for (call, conditions) in rules {
        all.entry(call).or_default().push(Rule::new(conditions).map_err(not_built)?);
    }
    Ok(all)
}

/// Unix sockets for all; TCP for who has a port; UDP for who looks up names.
fn sockets(walls: &Walls) -> Result<Vec<(libc::c_long, Vec<Condition>)>, WallError> {
    let [unix, v4, v6] = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6].map(|family| family as u64);
    let mut rules = vec![(libc::SYS_socketpair, vec![at(0, Op::Ne, unix)?])];
    if walls.listens.is_empty() && walls.connects.is_empty() {
        rules.push((libc::SYS_socket, vec![at(0, Op::Ne, unix)?]));
        return Ok(rules);
    }
    rules.push((libc::SYS_socket, vec![at(0, Op::Ne, unix)?, at(0, Op::Ne, v4)?, at(0, Op::Ne, v6)?]));
    let mut protocols = vec![0, libc::IPPROTO_TCP as u64];
    let mut types = vec![libc::SOCK_STREAM as u64];
    if walls.resolves {
        protocols.push(libc::IPPROTO_UDP as u64);
        types.push(libc::SOCK_DGRAM as u64);
    }
    for family in [v4, v6] {
        let of_family = || at(0, Op::Eq, family);
        for kind in (0..=SOCKET_TYPE_MASK).filter(|kind| !types.contains(kind)) {
            rules.push((libc::SYS_socket, vec![of_family()?, at(1, Op::MaskedEq(SOCKET_TYPE_MASK), kind)?]));
        }
        // Landlock knows TCP only: other protocols of the same type (MPTCP, SCTP) would pass it by.
        let mut other = vec![of_family()?];
        for protocol in &protocols {
            other.push(at(2, Op::Ne, *protocol)?);
        }
        rules.push((libc::SYS_socket, other));
    }
    // Connecting by sending passes Landlock by, too.
    let fast_open = libc::MSG_FASTOPEN as u64;
    for (call, flags) in [(libc::SYS_sendto, 3), (libc::SYS_sendmsg, 2), (libc::SYS_sendmmsg, 3)] {
        rules.push((call, vec![at(flags, Op::MaskedEq(fast_open), fast_open)?]));
    }
    Ok(rules)
}

/// The bits of a socket's type beside flags such as `SOCK_CLOEXEC`.
const SOCKET_TYPE_MASK: u64 = 0xf;

/// A condition on the lower half of an argument: all that these calls look at.
fn at(argument: u8, op: Op, value: u64) -> Result<Condition, WallError> {
    Condition::new(argument, Len::Dword, op, value).map_err(not_built)
}

#[cfg(test)]
mod tests;
