//! Keys stay out of swap and out of dumps.
//!
//! The whole process is locked (`mlockall`, pages as they are touched), not single buffers: most copies of a key live
//! inside the cipher library, where nobody could lock them one by one. The process is not dumpable and starts no
//! program, so no page of it is in a core file or a child. The library wipes its memory when it frees it; what is ours
//! is `Zeroizing`.

use rustix::{
    mm::MlockAllFlags,
    process::{Resource, Rlimit},
};
use std::sync::atomic::{AtomicBool, Ordering};

static LOCKED: AtomicBool = AtomicBool::new(false);

/// Whether this process is locked into memory.
pub(crate) fn is_locked() -> bool {
    LOCKED.load(Ordering::Relaxed)
}

/// Locks this process, and all it will ever map, into memory, where the system lets it. To be called before the walls
/// are put up: they take the power to lift limits away.
///
/// Under a limit it is not tried: an allocation beyond the limit would fail in the middle of the work.
pub fn lock() {
    let whole = Rlimit { current: None, maximum: None };
    let unlimited = rustix::process::getrlimit(Resource::Memlock).current.is_none()
        || rustix::process::setrlimit(Resource::Memlock, whole).is_ok();
    let all = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
    LOCKED.store(unlimited && rustix::mm::mlockall(all).is_ok(), Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_says_that_pages_are_locked() {
        lock();
        if !is_locked() {
            return testkit::skip(&testkit::test_name(), "the limit on locked memory cannot be lifted");
        }
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let locked = status.lines().find_map(|line| line.strip_prefix("VmLck:")).unwrap();
        let kib: u64 = locked.trim().trim_end_matches(" kB").trim().parse().unwrap();
        assert!(kib > 0, "{locked}");
    }
}
