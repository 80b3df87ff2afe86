//! Which process may be what at the vault: a fresh key for each role and each run of the house.
//!
//! All processes of the demo run as one user, so the vault cannot tell them apart by that. What parts them are the
//! kernel walls: the key of a role lies in the room of the one process that may have it, the vault's room holds the
//! hashes, and the owner's key is nowhere but in the supervisor's memory.

use crate::{house::House, up::folder::write_whole};
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::path::Path;
use vault_api::{Role, RoleKey};

/// The hashes, in the room of who keeps the door: the vault, or the relay of a vault on another machine.
const HASHES: &str = "roles.toml";
/// Roles with the word of each in [`HASHES`] and the file of its key. The keeper is the owner's command line: his lies in
/// the vault's own room, where whoever can read it could read the root key as well.
const ROOMS: [(Role, &str, &str); 4] = [
    (Role::Web, "web", "web/role.key"),
    (Role::Post, "post", "post/role.key"),
    (Role::Watch, "watch", "watch/role.key"),
    (Role::Keeper, "keeper", "vault/keeper.key"),
];
/// The owner's word in [`HASHES`].
const OWNER: &str = "owner";

/// Draws a key for each role and puts it where it belongs. The owner's is given back and stands in no file; there is none
/// where the vault is on another machine: nobody is its owner from here.
///
/// # Errors
/// As the file system says, or where the kernel has no random bytes.
pub fn hand_out(house: House) -> Result<Option<RoleKey>> {
    let mut hashes = toml::Table::new();
    let mut draw = |word: &str| -> Result<RoleKey> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| anyhow::anyhow!("the kernel gave no random bytes"))?;
        hashes.insert(word.into(), hex(&Sha256::digest(bytes)).into());
        Ok(RoleKey::from_bytes(bytes))
    };
    for (_, word, file) in rooms(house) {
        write_whole(Path::new(&file), draw(word)?.to_text().as_bytes())?;
    }
    let owner = (house != House::Shop).then(|| draw(OWNER)).transpose()?;
    write_whole(Path::new(&hashes_of(house)), hashes.to_string().as_bytes())?;
    Ok(owner)
}

/// The rooms that have a key here. On the vault's machine the relay speaks for those of the shop's.
fn rooms(house: House) -> Vec<(Role, &'static str, String)> {
    let here = ROOMS.into_iter().filter(|(role, ..)| house != House::Shop || *role != Role::Keeper);
    let placed = here.map(|(role, word, file)| match (house, role) {
        (House::Whole | House::Shop, _) | (_, Role::Keeper) => (role, word, file.to_owned()),
        (House::Vault, _) => (role, word, format!("relay/{word}.key")),
    });
    placed.collect()
}

fn hashes_of(house: House) -> String {
    format!("{}/{HASHES}", house.doorkeeper())
}

/// The key of a process's own role, as it was handed out.
///
/// # Errors
/// Where it is not there: the process was not started by `dozo up`.
pub fn own(role: Role) -> Result<RoleKey> {
    let (_, word, file) =
        ROOMS.into_iter().find(|(r, ..)| *r == role).context("no process has a key of this role")?;
    read(word, file)
}

/// The keys of those for whom the relay of the vault's machine speaks.
///
/// # Errors
/// As [`own`].
pub fn of_relay() -> Result<Vec<(Role, RoleKey)>> {
    let theirs = rooms(House::Vault).into_iter().filter(|(role, ..)| *role != Role::Keeper);
    theirs.map(|(role, word, file)| Ok((role, read(word, &file)?))).collect()
}

fn read(word: &str, file: &str) -> Result<RoleKey> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
    RoleKey::parse(text.trim()).with_context(|| format!("{file} is no key of the role {word}"))
}

/// SHA-256 of the key of each role, for who keeps the door.
///
/// # Errors
/// Where the file is not there or not whole: a vault that knows no keys must not start.
pub fn hashes(house: House) -> Result<Vec<(Role, [u8; 32])>> {
    let file = hashes_of(house);
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {file}"))?;
    let table: toml::Table = text.parse().with_context(|| format!("{file} is not valid"))?;
    let of = |role, word: &str| -> Result<(Role, [u8; 32])> {
        let hash = table.get(word).and_then(|v| v.as_str()).and_then(unhex);
        Ok((role, hash.with_context(|| format!("{file} has no hash for {word}"))?))
    };
    let owner = (house != House::Shop).then(|| of(Role::Owner, OWNER));
    rooms(house).into_iter().map(|(role, word, _)| of(role, word)).chain(owner).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut out = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (to, from) in out.iter_mut().zip(0..) {
        *to = u8::from_str_radix(text.get(from * 2..from * 2 + 2)?, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_own_and_the_vault_knows_all() {
        let dir = tempfile::tempdir().unwrap();
        let _folder = crate::up::folder::Folder::enter(&dir.path().join("data")).unwrap();
        let mut before = Vec::new();
        for _run in 0..2 {
            let owner = hand_out(House::Whole).unwrap().unwrap();
            let of_rooms = [Role::Web, Role::Post, Role::Watch, Role::Keeper].map(|role| own(role).unwrap());
            let mine = of_rooms.into_iter().chain([owner]);
            let hashes = hashes(House::Whole).unwrap();
            for (key, role) in mine.zip([Role::Web, Role::Post, Role::Watch, Role::Keeper, Role::Owner]) {
                assert!(hashes.contains(&(role, Sha256::digest(key.reveal()).into())), "{role:?}");
            }
            assert!(before.iter().all(|old| !hashes.contains(old)), "a new run has new keys");
            before = hashes;
        }
        assert!(own(Role::Owner).is_err(), "the owner's key is in no file");
    }

    #[test]
    fn on_two_machines_the_shop_has_neither_owner_nor_keeper() {
        let dir = tempfile::tempdir().unwrap();
        let _folder = crate::up::folder::Folder::enter(&dir.path().join("data")).unwrap();
        assert!(hand_out(House::Shop).unwrap().is_none());
        let roles: Vec<Role> = hashes(House::Shop).unwrap().into_iter().map(|(role, _)| role).collect();
        assert_eq!(roles, [Role::Web, Role::Post, Role::Watch]);
        assert!(own(Role::Web).is_ok() && own(Role::Keeper).is_err() && hashes(House::Vault).is_err());
        // On the vault's, the relay speaks for them, and the rooms themselves have nothing.
        assert!(hand_out(House::Vault).unwrap().is_some());
        let known = hashes(House::Vault).unwrap();
        for (role, key) in of_relay().unwrap() {
            assert!(known.contains(&(role, Sha256::digest(key.reveal()).into())), "{role:?}");
        }
        assert!(!known.contains(&(Role::Web, Sha256::digest(own(Role::Web).unwrap().reveal()).into())));
    }

    #[test]
    fn a_broken_file_is_no_vault_without_keys() {
        let dir = tempfile::tempdir().unwrap();
        let _folder = crate::up::folder::Folder::enter(&dir.path().join("data")).unwrap();
        assert!(hashes(House::Whole).is_err());
        for text in
            ["", "web = 3", "web = \"é\"", "web = \"00\"\npost = \"00\"\nkeeper = \"00\"\nowner = \"00\""]
        {
            std::fs::write("vault/roles.toml", text).unwrap();
            assert!(hashes(House::Whole).is_err(), "{text}");
        }
    }
}
