//! A user for each process: `[users]` in `dozo.toml`, or `--users`.
//!
//! Started by root, `up` gives each process an account of its own. A process owns its room and its folder of sockets;
//! whoever may speak to it is in its group, and nobody else gets as far as the socket. The vault believes the user that
//! the kernel names, and asks for the key of the role besides. Without accounts, all processes are one user, and kernel
//! walls and keys alone part them: `dozo doctor` says so.

use crate::{
    house::House,
    processes::{Name, run_dir},
};
use anyhow::{Context, Result, bail, ensure};
use rustix::{
    fs::{AtFlags, CWD, Mode, OFlags},
    process::{Gid, Uid},
};
use serde::{Deserialize, Serialize};
use std::{os::unix::fs::MetadataExt, path::Path, str::FromStr};
use vault_api::Role;

/// Where the accounts come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Users {
    /// Accounts of the system by name: with `"dozo-"` these are `dozo-vault`, `dozo-web` …, and the group `dozo-shop`
    /// for the database.
    Prefix(String),
    /// Ids from this one on, in the order of [`Name::ALL`], the group for the database last. No account need exist;
    /// they must be nobody else's.
    FirstId(u32),
}

/// The word for the group that shares the database, after the prefix.
const SHOP_GROUP: &str = "shop";
/// Ids below this one are the system's own.
const OF_THE_SYSTEM: u32 = 1_000;

impl FromStr for Users {
    type Err = String;

    fn from_str(text: &str) -> Result<Users, String> {
        match text.parse() {
            Ok(id) => Ok(Users::FirstId(id)),
            Err(_) if text.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !text.is_empty() => {
                Ok(Users::Prefix(text.to_owned()))
            }
            Err(_) => Err("give the beginning of the accounts' names, such as dozo-, or the first id".into()),
        }
    }
}

/// Whose folder of sockets a process enters: to speak to it, or to read what the watch found.
const fn speaks_to(name: Name) -> &'static [Name] {
    match name {
        Name::Web => &[Name::Vault, Name::Relay, Name::Till, Name::Watch, Name::Gate],
        Name::Post => &[Name::Vault, Name::Relay],
        Name::Watch => &[Name::Vault, Name::Relay, Name::Gate, Name::Eyes, Name::Acme],
        Name::Relay => &[Name::Vault],
        Name::Gate => &[Name::Web, Name::Till, Name::Acme],
        Name::Vault | Name::Till | Name::Sandbox | Name::Mailbox | Name::Eyes | Name::Acme => &[],
    }
}

/// Whether a process opens the shop's database.
pub const fn opens_the_database(name: Name) -> bool {
    matches!(name, Name::Web | Name::Post)
}

/// Lets what this process makes belong to its group as well. SQLite makes the database's companions by the umask and only then
/// gives them the database's own mode: whoever opened them in between found them closed to writing.
pub fn share_files() {
    rustix::process::umask(Mode::from_raw_mode(0o007));
}

impl Users {
    /// Whether they can be had, as far as the settings and the system's lists of accounts say.
    ///
    /// # Errors
    /// Why not, and what to give.
    pub fn check(&self) -> Result<()> {
        match self {
            Users::FirstId(first) => are_free(*first).context("[users] first_id"),
            Users::Prefix(_) => {
                Name::ALL.iter().try_for_each(|name| self.of(*name).map(drop)).context("[users] prefix")
            }
        }
    }

    /// The account of a process.
    ///
    /// # Errors
    /// Where the system has none of that name; the message says how to make it.
    pub fn of(&self, name: Name) -> Result<walls::User> {
        let (uid, gid) = self.account(name)?;
        let mut groups =
            speaks_to(name).iter().map(|other| Ok(self.account(*other)?.1)).collect::<Result<Vec<_>>>()?;
        if opens_the_database(name) {
            groups.push(self.shop_group()?);
        }
        Ok(walls::User { uid, gid, groups })
    }

    /// Which user may be what at the vault's door. The owner is whoever runs `up`; on a machine of its own, the vault is
    /// spoken to by the relay for all others.
    ///
    /// # Errors
    /// As [`Users::of`].
    pub fn peers(&self, house: House) -> Result<Vec<(u32, Role)>> {
        let of = |name, role| -> Result<_> {
            let speaks = if house == House::Vault { Name::Relay } else { name };
            Ok((self.account(speaks)?.0, role))
        };
        Ok(vec![
            of(Name::Web, Role::Web)?,
            of(Name::Post, Role::Post)?,
            of(Name::Watch, Role::Watch)?,
            // When the shop is locked, whoever runs `up` does what the watch may.
            (ROOT, Role::Watch),
            (ROOT, Role::Owner),
            (ROOT, Role::Keeper),
        ])
    }

    fn account(&self, name: Name) -> Result<(u32, u32)> {
        match self {
            Users::FirstId(first) => {
                let at = Name::ALL.iter().position(|n| *n == name).unwrap_or_default() as u32;
                Ok((first + at, first + at))
            }
            Users::Prefix(prefix) => {
                let account = format!("{prefix}{name}");
                let ids = numbers_of("/etc/passwd", &account, [2, 3])?;
                let [uid, gid] = ids.with_context(|| no_account("user", &account))?;
                ensure!(uid != ROOT, "the user {account} must not be root");
                Ok((uid, gid))
            }
        }
    }

    fn shop_group(&self) -> Result<u32> {
        match self {
            Users::FirstId(first) => Ok(first + Name::ALL.len() as u32),
            Users::Prefix(prefix) => {
                let group = format!("{prefix}{SHOP_GROUP}");
                let [gid] =
                    numbers_of("/etc/group", &group, [2])?.with_context(|| no_account("group", &group))?;
                Ok(gid)
            }
        }
    }
}

const ROOT: u32 = 0;

/// Whether the ids from this one on are nobody else's: whoever had one would own a room of the shop.
fn are_free(first: u32) -> Result<()> {
    let count = Name::ALL.len() as u32 + 1;
    // 65,535 and the greatest of all mean "no id" to some calls, 65,534 is everybody's who is nobody.
    let odd = |id: u32| (65_534..=65_535).contains(&id) || id == u32::MAX;
    let last = first.checked_add(count - 1).filter(|last| !(first..=*last).any(odd));
    let last = last.with_context(|| {
        format!("{first}: {count} ids from there on are not all to be had; 61184 is usual")
    })?;
    ensure!(
        first >= OF_THE_SYSTEM,
        "{first}: ids below {OF_THE_SYSTEM} belong to the system; 61184 is usual"
    );
    for file in ["/etc/passwd", "/etc/group"] {
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
        if let Some((name, id)) = taken(&text, first, last) {
            bail!("{first}: {id} is {name}'s in {file}; give a first id from which on {count} are nobody's");
        }
    }
    Ok(())
}

/// Who has one of these ids, but for accounts that were made for the shop.
fn taken(accounts: &str, first: u32, last: u32) -> Option<(&str, u32)> {
    let each = accounts.lines().filter_map(|line| {
        let mut columns = line.split(':');
        Some((columns.next()?, columns.nth(1)?.parse::<u32>().ok()?))
    });
    each.into_iter().find(|(name, id)| (first..=last).contains(id) && !name.starts_with("dozo"))
}

fn no_account(kind: &str, name: &str) -> String {
    format!("there is no {kind} {name}: make it (`{kind}add --system {name}`), or give --users a number")
}

/// Columns of the line that begins with `name`.
fn numbers_of<const N: usize>(file: &str, name: &str, columns: [usize; N]) -> Result<Option<[u32; N]>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
    let line = text.lines().find(|l| l.split(':').next() == Some(name));
    let of = |line: &str| {
        let numbers = columns.map(|column| line.split(':').nth(column).and_then(|n| n.parse().ok()));
        numbers.iter().all(Option::is_some).then(|| numbers.map(Option::unwrap_or_default))
    };
    Ok(line.and_then(of))
}

/// Gives each process its room and its folder of sockets, and takes back what an earlier start gave away. Does nothing
/// where `up` is not root: all is one user's then. To be called in the data folder, before the first process starts
/// and whenever `up` wrote into a room.
///
/// # Errors
/// Where there is no such account, `up` is not root although accounts are wanted, or the file system says no.
pub fn settle(users: Option<&Users>) -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        ensure!(
            users.is_none(),
            "only root can give each process a user of its own: start as root, or without --users"
        );
        return Ok(());
    }
    let of = |name| users.map_or(Ok((ROOT, ROOT)), |users| users.account(name));
    let open = users.is_some();
    // Others pass through, but see nothing.
    let passage = if open { 0o711 } else { 0o700 };
    for folder in [".", "run"] {
        own(Path::new(folder), ROOT, ROOT, passage)?;
    }
    own(Path::new(crate::up::EFFECTIVE), ROOT, ROOT, if open { 0o644 } else { 0o600 })?;
    for name in Name::ALL {
        let (uid, gid) = of(name)?;
        own(&run_dir(name), uid, gid, if open { 0o750 } else { 0o700 })?;
        // What the gate writes down, the watch reads: it enters by the gate's group. No key and nothing personal lies there.
        let (folders, files) = if open && name == Name::Gate { (0o750, 0o640) } else { (0o700, 0o600) };
        own_all(Path::new(name.word()), uid, gid, folders, files)?;
    }
    match users {
        // New files fall to the group by the folder's bit; SQLite gives its companions the database's own mode.
        Some(users) => own_all(Path::new("shop"), ROOT, users.shop_group()?, 0o2770, 0o660),
        None => own_all(Path::new("shop"), ROOT, ROOT, 0o700, 0o600),
    }
}

/// Lets gate and watch read a page manifest that was written since. What the owner signed is no secret: the watch, which holds
/// pages against it, enters by the gate's group.
///
/// # Errors
/// As [`settle`].
pub fn give_manifest(users: &Users) -> Result<()> {
    let manifest = Path::new(crate::manifest::DIR);
    if !manifest.exists() {
        return Ok(());
    }
    let (uid, gid) = users.account(Name::Gate)?;
    own_all(manifest, uid, gid, 0o750, 0o640)
}

fn own_all(folder: &Path, uid: u32, gid: u32, folder_mode: u32, file_mode: u32) -> Result<()> {
    own(folder, uid, gid, folder_mode)?;
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        // The vault runs already, and renames a file whenever it signs a checkpoint: what is gone by now needs nothing.
        let Ok(meta) = path.symlink_metadata() else { continue };
        let owned = match meta.is_dir() {
            true => own_all(&path, uid, gid, folder_mode, file_mode),
            false => own(&path, uid, gid, file_mode),
        };
        owned.or_else(|e| if is_gone(&e) { Ok(()) } else { Err(e) })?;
    }
    Ok(())
}

/// Whether it failed because there is no such file any more.
fn is_gone(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    io == Some(std::io::ErrorKind::NotFound)
        || error.downcast_ref::<rustix::io::Errno>() == Some(&rustix::io::Errno::NOENT)
}

/// Gives one file or folder away. What a process could have put there to lead root elsewhere is refused: a link, or a
/// second name of a file of somebody else's.
fn own(path: &Path, uid: u32, gid: u32, mode: u32) -> Result<()> {
    let name = path.display();
    let held =
        rustix::fs::openat(CWD, path, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty());
    let held = held.with_context(|| format!("cannot open {name}"))?;
    // Through the handle, so that what was looked at is what is changed.
    let handle = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&held));
    let meta = std::fs::metadata(&handle).with_context(|| format!("cannot look at {name}"))?;
    let stat = rustix::fs::fstat(&held)?;
    if rustix::fs::FileType::from_raw_mode(stat.st_mode).is_symlink() || (!meta.is_dir() && meta.nlink() > 1)
    {
        bail!("{name} is a link: take it away, nothing of the shop is one");
    }
    if (meta.uid(), meta.gid()) != (uid, gid) {
        let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
        let given = rustix::fs::chownat(&held, "", Some(uid), Some(gid), AtFlags::EMPTY_PATH);
        given.with_context(|| format!("cannot give {name} away"))?;
    }
    if meta.mode() & 0o7777 != mode {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(&handle, mode).with_context(|| format!("cannot set the mode of {name}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_given() {
        assert_eq!("dozo-".parse(), Ok(Users::Prefix("dozo-".into())));
        assert_eq!("61184".parse(), Ok(Users::FirstId(61184)));
        for wrong in ["", "-1", "Dozo", "a:b", "../x"] {
            assert!(wrong.parse::<Users>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn each_has_its_own_and_the_groups_of_whom_it_speaks_to() {
        let users = Users::FirstId(61_184);
        let all: Vec<_> = Name::ALL.iter().map(|name| users.of(*name).unwrap()).collect();
        let mut ids: Vec<u32> = all.iter().map(|u| u.uid).collect();
        ids.dedup();
        assert_eq!(ids.len(), Name::ALL.len());
        let of = |name: Name| users.of(name).unwrap();
        assert_eq!(
            of(Name::Web).groups,
            [Name::Vault, Name::Relay, Name::Till, Name::Watch, Name::Gate]
                .map(|name| of(name).gid)
                .into_iter()
                .chain([users.shop_group().unwrap()])
                .collect::<Vec<_>>()
        );
        assert!(!of(Name::Gate).groups.contains(&of(Name::Vault).gid), "gate does not reach the vault");
        let told = format!("{:#}", Users::Prefix("no-such-".into()).of(Name::Web).unwrap_err());
        assert!(told.contains("no-such-web") && told.contains("useradd"), "{told}");
        assert_eq!(numbers_of("/etc/passwd", "root", [2, 3]).unwrap(), Some([0, 0]));
    }

    #[test]
    fn ids_that_are_somebody_elses_are_refused() {
        let accounts = "root:x:0:0:root:/root:/bin/bash\ntaro:x:1005:1005::/home/taro:/bin/sh\ndozo-web:x:61190:61190::/:/bin/false\n";
        assert_eq!(taken(accounts, 1_000, 1_011), Some(("taro", 1_005)));
        assert_eq!(taken(accounts, 1_006, 1_017), None);
        assert_eq!(taken(accounts, 61_184, 61_195), None, "made for it");
        for first in [0, 5, 999, 65_528, 65_534, u32::MAX - 3] {
            assert!(are_free(first).is_err(), "{first}");
        }
    }

    #[test]
    fn files_that_come_and_go_meanwhile_are_no_trouble() {
        let dir = tempfile::tempdir().unwrap();
        let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        let (begun, over) = (std::sync::Barrier::new(2), std::sync::atomic::AtomicBool::new(false));
        let file = |name: &str| dir.path().join(name);
        (0..100).for_each(|n| std::fs::write(file(&n.to_string()), "x").unwrap());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                begun.wait();
                while !over.load(std::sync::atomic::Ordering::Relaxed) {
                    std::fs::write(file("checkpoint.new"), "x").unwrap();
                    std::fs::rename(file("checkpoint.new"), file("checkpoint")).unwrap();
                    std::fs::remove_file(file("checkpoint")).unwrap();
                }
            });
            begun.wait();
            let all = (0..2_000).try_for_each(|_| own_all(dir.path(), uid, gid, 0o700, 0o600));
            over.store(true, std::sync::atomic::Ordering::Relaxed);
            all.unwrap();
        });
    }

    #[test]
    fn root_is_not_led_elsewhere() {
        if !rustix::process::geteuid().is_root() {
            return testkit::skip(&testkit::test_name(), "only root gives files away");
        }
        let dir = tempfile::tempdir().unwrap();
        let folder = crate::up::folder::Folder::enter(&dir.path().join("data")).unwrap();
        std::fs::write(crate::up::EFFECTIVE, "").unwrap();
        let users = Users::FirstId(61_184);
        std::fs::write("web/role.key", "x").unwrap();
        settle(Some(&users)).unwrap();
        let owner = |path: &str| std::fs::symlink_metadata(path).unwrap().uid();
        assert_eq!(owner("web/role.key"), users.of(Name::Web).unwrap().uid);
        settle(None).unwrap();
        assert_eq!((owner("web/role.key"), owner("run/vault")), (0, 0), "and taken back");
        let outside = dir.path().join("outside");
        std::fs::write(&outside, "x").unwrap();
        std::os::unix::fs::symlink(&outside, "web/link").unwrap();
        assert!(settle(Some(&users)).unwrap_err().to_string().contains("web/link"));
        std::fs::remove_file("web/link").unwrap();
        std::fs::hard_link(&outside, "web/name").unwrap();
        assert!(settle(Some(&users)).unwrap_err().to_string().contains("web/name"));
        assert_eq!(std::fs::metadata(&outside).unwrap().uid(), 0);
        drop(folder);
    }
}
