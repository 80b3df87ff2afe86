//! The walls that the kernel keeps around a process of the house.
//!
//! [`raise`] puts them up, in this order, and none can be taken down again:
//!
//! 1. the process becomes its own user, where it was given one ([`User`]), and gives up what root may do;
//! 2. its memory is closed to others and is never written to a file when it dies;
//! 3. Landlock: the folders it may use, the TCP ports it may bind and connect to ([`files`]);
//! 4. seccomp: the system calls it may make ([`calls`]).
//!
//! The mechanism is here; which process may do what is said by who calls. What a kernel does not know is left out and
//! said so ([`Standing`]): the shop opens all the same, and `dozo doctor` tells the merchant.

mod calls;
mod files;
#[rustfmt::skip]
mod listed;
mod own;

pub use calls::Unlisted;
pub use files::{Files, SYSTEM_READABLE};
pub use own::User;

use std::{fmt, path::PathBuf};

/// What a process may touch; everything else is refused.
#[derive(Debug, Clone, Default)]
pub struct Walls {
    /// Files and folders it may read, beside [`SYSTEM_READABLE`]. What is not there is left out.
    pub reads: Vec<PathBuf>,
    /// Folders whose entries it may list, with all below them, and read nothing.
    pub lists: Vec<PathBuf>,
    /// Programs, and folders of programs, that it may start. Whoever may start any makes whatever system calls they
    /// make: there is no list for them, and seccomp is left out.
    pub runs: Vec<PathBuf>,
    /// Folders it may read and write, but execute nothing in.
    pub writes: Vec<PathBuf>,
    /// TCP ports it may listen on.
    pub listens: Vec<u16>,
    /// TCP ports it may connect to. With none here and none in `listens`, it gets no Internet socket at all.
    pub connects: Vec<u16>,
    /// Whether it looks up names: needs UDP, on which the kernel sets no bounds.
    pub resolves: bool,
    /// The user it is to become; `None` leaves it who it is.
    pub user: Option<User>,
    /// What becomes of a system call that is not on the list.
    pub unlisted: Unlisted,
}

/// Which walls stand after [`raise`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// How far the kernel keeps files and ports.
    pub files: Files,
    /// Whether the kernel filters system calls.
    pub calls: bool,
    /// Whether the process has a user of its own.
    pub user: bool,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls = if self.calls { "filtered" } else { "unfiltered" };
        let user = if self.user { "own" } else { "shared" };
        write!(f, "files {}, calls {calls}, user {user}", self.files)
    }
}

/// Why a wall could not be put up although the kernel knows it.
#[derive(Debug, thiserror::Error)]
pub enum WallError {
    /// The process may not become its user.
    #[error("cannot become user {uid}: {why}; only root can hand out users")]
    User {
        /// The user it was to become.
        uid: u32,
        /// What the kernel said.
        why: rustix::io::Errno,
    },
    /// Memory or privileges could not be closed.
    #[error("cannot close the process to others: {0}")]
    Own(#[from] rustix::io::Errno),
    /// Landlock refused a rule.
    #[error("Landlock refused a rule: {0}")]
    Files(#[from] landlock::RulesetError),
    /// The filter of system calls was refused.
    #[error("the kernel refused the filter of system calls: {0}")]
    Calls(String),
}

/// Puts the walls up around this process; to be called before any thread is started, in the folder that relative
/// paths start from.
///
/// # Errors
/// Where the kernel refuses what it knows. Some walls may stand by then: end the process.
pub fn raise(walls: &Walls) -> Result<Standing, WallError> {
    own::become_user(walls)?;
    own::close()?;
    let files = files::raise(walls)?;
    let calls = walls.runs.is_empty() && calls::raise(walls)?;
    Ok(Standing { files, calls, user: walls.user.is_some() })
}

/// What Landlock of this kernel can do, its version first; `None` where there is none.
pub fn landlock_version() -> Option<i32> {
    files::version()
}

/// Whether this kernel and processor let system calls be filtered.
pub fn calls_can_be_filtered() -> bool {
    calls::available()
}
