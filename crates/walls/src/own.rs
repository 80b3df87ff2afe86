//! Who the process is, and that nobody looks into it.

use crate::{WallError, Walls};
use rustix::{
    io::Result,
    process::{DumpableBehavior, Gid, Resource, Rlimit, Uid},
    thread::{CapabilitySet, CapabilitySets},
};

/// The ports that only root, or a capability, may bind.
const PRIVILEGED_PORTS: std::ops::Range<u16> = 1..1024;

/// The user that a process becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its user id; not 0.
    pub uid: u32,
    /// Its own group.
    pub gid: u32,
    /// Further groups: whose sockets it may reach, whose files it shares.
    pub groups: Vec<u32>,
}

impl User {
    /// Makes this thread, and those that it starts, act as this user from now on, without root's powers.
    ///
    /// # Errors
    /// Where the thread is not root's.
    pub fn assume(&self) -> std::result::Result<(), WallError> {
        self.change(false)?;
        Ok(give_up(CapabilitySet::empty())?)
    }

    fn change(&self, keep_capabilities: bool) -> std::result::Result<(), WallError> {
        let change = || -> Result<()> {
            let groups: Vec<Gid> = self.groups.iter().map(|gid| Gid::from_raw(*gid)).collect();
            let (uid, gid) = (Uid::from_raw(self.uid), Gid::from_raw(self.gid));
            rustix::thread::set_keep_capabilities(keep_capabilities)?;
            rustix::thread::set_thread_groups(&groups)?;
            rustix::thread::set_thread_res_gid(gid, gid, gid)?;
            rustix::thread::set_thread_res_uid(uid, uid, uid)
        };
        change().map_err(|why| WallError::User { uid: self.uid, why })
    }
}

/// Becomes the user, if one is given, and keeps of root's powers none but that of a low port.
pub(crate) fn become_user(walls: &Walls) -> std::result::Result<(), WallError> {
    let low_port = walls.listens.iter().any(|port| PRIVILEGED_PORTS.contains(port));
    if let Some(user) = &walls.user {
        user.change(low_port)?;
    }
    Ok(give_up(if low_port { CapabilitySet::NET_BIND_SERVICE } else { CapabilitySet::empty() })?)
}

/// Gives up every power of root but these; what the thread never had, it does not get.
fn give_up(kept: CapabilitySet) -> Result<()> {
    let permitted = rustix::thread::capabilities(None)?.permitted & kept;
    let sets = CapabilitySets { effective: permitted, permitted, inheritable: CapabilitySet::empty() };
    rustix::thread::set_capabilities(None, sets)
}

/// Closes its memory to debuggers of the same user and to core dumps, and gives up getting more rights by a program.
pub(crate) fn close() -> Result<()> {
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    rustix::process::setrlimit(Resource::Core, none)?;
    rustix::thread::set_no_new_privs(true)
}
