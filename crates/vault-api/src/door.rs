//! Who may speak in which role.
//!
//! Three questions, each asked only where the vault was told of an answer: which user it is and which process (the
//! kernel says both), and whether it shows the key of the role, which the supervisor gave to that room alone.

use crate::{Hello, Role};
use aws_lc_rs::digest::{SHA256, digest};
use wire::Peer;

/// The rules of a socket behind which the vault is, on this machine or another.
#[derive(Debug, Clone, Default)]
pub struct Door {
    /// The user of the process that keeps the door.
    pub own_uid: u32,
    /// Which user id may speak in which roles. Empty: the keeper's own user in any role, nobody else (where one user
    /// runs everything, the keys part the roles).
    pub peers: Vec<(u32, Role)>,
    /// The only process that may be the owner: the supervisor, whose child the vault is. `None`: any.
    pub owner_pid: Option<i32>,
    /// SHA-256 of the key ([`crate::RoleKey`]) of each role; a role that is not here may not come in. Empty: no keys are
    /// asked for.
    pub role_keys: Vec<(Role, [u8; 32])>,
}

impl Door {
    /// Why `peer` may not be what it says it is; `None` where it may.
    pub fn refuses(&self, peer: Peer, hello: &Hello) -> Option<&'static str> {
        let user = match &self.peers[..] {
            [] => peer.uid == self.own_uid,
            listed => listed.contains(&(peer.uid, hello.role)),
        };
        let process = hello.role != Role::Owner || self.owner_pid.is_none_or(|pid| pid == peer.pid);
        // Hashes are compared, so the time it takes tells nothing of the key.
        let shown = hello.key.as_ref().map(|key| (hello.role, sha256(key.reveal())));
        let key = self.role_keys.is_empty() || shown.is_some_and(|shown| self.role_keys.contains(&shown));
        match (user, process, key) {
            (false, _, _) => Some("not for this user"),
            (_, false, _) => Some("not for this process"),
            (_, _, false) => Some("without the key of the role"),
            _ => None,
        }
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RoleKey;

    fn hello(role: Role, key: Option<u8>) -> Hello {
        Hello { role, key: key.map(|byte| RoleKey::from_bytes([byte; 32])) }
    }

    #[test]
    fn a_role_needs_its_key_and_the_owner_his_process() {
        let role_keys =
            [(Role::Web, 1), (Role::Post, 2), (Role::Owner, 3)].map(|(r, b)| (r, sha256(&[b; 32]))).to_vec();
        let door = Door { owner_pid: Some(7), role_keys, ..Door::default() };
        let may = |pid, role, key| door.refuses(Peer { uid: door.own_uid, pid }, &hello(role, key)).is_none();
        assert!(may(8, Role::Web, Some(1)) && may(9, Role::Post, Some(2)) && may(7, Role::Owner, Some(3)));
        // Web's own key does not make it anybody else, nor does a stolen one make it the owner.
        for role in [Role::Post, Role::Owner, Role::Watch] {
            assert!(!may(8, role, Some(1)) && !may(8, role, None), "{role:?}");
        }
        assert!(!may(8, Role::Owner, Some(3)) && !may(7, Role::Owner, Some(1)) && !may(8, Role::Web, None));
        let stranger = Peer { uid: door.own_uid + 1, pid: 8 };
        assert_eq!(door.refuses(stranger, &hello(Role::Web, Some(1))), Some("not for this user"));
    }

    #[test]
    fn what_was_not_told_is_not_asked() {
        let door = Door::default();
        let peer = Peer { uid: door.own_uid, pid: 8 };
        assert_eq!(door.refuses(peer, &hello(Role::Owner, None)), None);
    }
}
