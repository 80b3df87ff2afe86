//! What the vault is told at its start.

use std::path::PathBuf;
use vault_api::Role;

/// Settings of the vault.
#[derive(Debug, Clone)]
pub struct Config {
    /// The vault's own folder (made 0700): `root.key`, `vault.redb`, `ledger.log`. Nobody else reads it.
    pub dir: PathBuf,
    /// The socket to listen on (made 0600).
    pub socket: PathBuf,
    /// Which user id may speak in which roles. Empty: the vault's own user in any role, nobody else (the demo, where
    /// one user runs everything and the role is only a promise).
    pub peers: Vec<(u32, Role)>,
    /// How many distinct persons a staff member may open in any hour.
    pub staff_persons_per_hour_max: u32,
    /// How many look-ups by blind index a staff member may make in any hour.
    pub staff_lookups_per_hour_max: u32,
    /// The shop's name as authenticator apps show it.
    pub issuer: String,
}

impl Config {
    /// The usual settings for a folder, a socket and a shop.
    pub fn new(dir: impl Into<PathBuf>, socket: impl Into<PathBuf>, issuer: impl Into<String>) -> Config {
        Config {
            dir: dir.into(),
            socket: socket.into(),
            peers: Vec::new(),
            staff_persons_per_hour_max: 300,
            staff_lookups_per_hour_max: 300,
            issuer: issuer.into(),
        }
    }
}
