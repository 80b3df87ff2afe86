//! What the vault is told at its start.

use std::path::PathBuf;
use vault_api::Role;

/// Settings of the vault.
#[derive(Debug, Clone)]
pub struct Config {
    /// The vault's own folder (made 0700): `root.key`, `vault.redb`, `ledger/`. Nobody else reads it.
    pub dir: PathBuf,
    /// The folder in which systemd put this service's credentials (`$CREDENTIALS_DIRECTORY`), where it did.
    pub credentials: Option<PathBuf>,
    /// The socket to listen on (made 0600).
    pub socket: PathBuf,
    /// Which user id may speak in which roles. Empty: the vault's own user in any role, nobody else (where one user
    /// runs everything, the keys part the roles).
    pub peers: Vec<(u32, Role)>,
    /// The only process that may be the owner: the supervisor, whose child the vault is. `None`: any.
    pub owner_pid: Option<i32>,
    /// SHA-256 of the key ([`vault_api::RoleKey`]) of each role; a role that is not here may not come in. Empty: no
    /// keys are asked for.
    pub role_keys: Vec<(Role, [u8; 32])>,
    /// How many distinct persons a staff member may open in any hour.
    pub staff_persons_per_hour_max: u32,
    /// How many distinct persons `post` may open in any hour for mails of orders that were not placed within it. `None`: as
    /// many as the orders of the last seven days have, at least 300.
    pub mail_persons_per_hour_max: Option<u32>,
    /// How many look-ups by blind index a staff member may make in any hour.
    pub staff_lookups_per_hour_max: u32,
    /// The shop's name as authenticator apps show it.
    pub issuer: String,
    /// Whether a witness of the ledger is awaited: where it is away for a day, exports stop.
    pub witnessed: bool,
    /// Public keys of witnesses on other machines (C2SP tlog-cosignature). Where there are any, only they count.
    pub witnesses: Vec<String>,
    /// Scheme, host and port under which the shop is seen: passkeys are bound to it. `None`, or one without a host
    /// name: no passkeys.
    pub origin: Option<String>,
}

impl Config {
    /// The usual settings for a folder, a socket and a shop.
    pub fn new(dir: impl Into<PathBuf>, socket: impl Into<PathBuf>, issuer: impl Into<String>) -> Config {
        Config {
            dir: dir.into(),
            credentials: None,
            socket: socket.into(),
            peers: Vec::new(),
            owner_pid: None,
            role_keys: Vec::new(),
            staff_persons_per_hour_max: 300,
            mail_persons_per_hour_max: None,
            staff_lookups_per_hour_max: 300,
            issuer: issuer.into(),
            witnessed: false,
            witnesses: Vec::new(),
            origin: None,
        }
    }
}
