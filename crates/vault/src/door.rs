//! Who may speak in which role.
//!
//! Three questions, each asked only where the vault was told of an answer: which user it is and which process (the
//! kernel says both), and whether it shows the key of the role, which the supervisor gave to that room alone.

use crate::{config::Config, crypto::sha256};
use vault_api::{Hello, Role};
use wire::Peer;

/// The rules of the socket.
pub(crate) struct Door {
    own_uid: u32,
    peers: Vec<(u32, Role)>,
    owner_pid: Option<i32>,
    role_keys: Vec<(Role, [u8; 32])>,
}

impl Door {
    pub(crate) fn new(config: &Config) -> Door {
        Door {
            own_uid: rustix::process::geteuid().as_raw(),
            peers: config.peers.clone(),
            owner_pid: config.owner_pid,
            role_keys: config.role_keys.clone(),
        }
    }

    /// Why `peer` may not be what it says it is; `None` where it may.
    pub(crate) fn refuses(&self, peer: Peer, hello: &Hello) -> Option<&'static str> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use vault_api::RoleKey;

    fn hello(role: Role, key: Option<u8>) -> Hello {
        Hello { role, key: key.map(|byte| RoleKey::from_bytes([byte; 32])) }
    }

    #[test]
    fn a_role_needs_its_key_and_the_owner_his_process() {
        let mut config = Config::new("vault", "vault.sock", "Risudo");
        config.owner_pid = Some(7);
        config.role_keys =
            [(Role::Web, 1), (Role::Post, 2), (Role::Owner, 3)].map(|(r, b)| (r, sha256(&[b; 32]))).to_vec();
        let door = Door::new(&config);
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
        let door = Door::new(&Config::new("vault", "vault.sock", "Risudo"));
        let peer = Peer { uid: door.own_uid, pid: 8 };
        assert_eq!(door.refuses(peer, &hello(Role::Owner, None)), None);
    }
}
