//! The walls that the kernel keeps, first form: each process sees its own rooms and ports, and starts no program.
//!
//! Landlock rules bind the process and everything it starts, and cannot be taken back. Where the kernel knows fewer
//! of them, what it knows is enforced and the log says so. They also keep a process out of the memory of the others
//! (`ptrace`), so that the key of a role stays where it was given; users of their own and seccomp are for a later form.

use crate::{processes::Name, settings::Settings};
use anyhow::{Context, Result};
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, NetPort, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetStatus,
};
use std::os::fd::IntoRawFd;

/// The newest rules we ask for: files, TCP ports (kernel 6.7) and device ioctls (6.10).
const ASKED: ABI = ABI::V5;
/// What libraries read at run time: certificates, resolver, time zones, the kernel's word on cores and memory. Of
/// processes only a process's own: the command line of the supervisor may hold the database's password.
const SYSTEM_READABLE: [&str; 11] = [
    "/etc",
    "/usr/share",
    "/usr/lib",
    OWN_PROC,
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys",
    "/sys/fs/cgroup",
    "/dev/urandom",
    "/dev/null",
];
/// What the kernel says of this process.
const OWN_PROC: &str = "/proc/self";

/// What a process may touch beside its own sockets in `run/`.
struct Rooms {
    /// Folders it may read and write, relative to the data folder.
    own: &'static [&'static str],
    /// TCP ports it may listen on.
    listens: Vec<u16>,
    /// TCP ports it may connect to.
    connects: Vec<u16>,
}

fn rooms(name: Name, s: &Settings) -> Rooms {
    let l = &s.listen;
    let database: Vec<u16> = database_port(&s.database).into_iter().collect();
    let (own, listens, connects): (&'static [&'static str], _, _) = match name {
        Name::Vault => (&["vault"], vec![], vec![]),
        Name::Sandbox => (&["sandbox"], vec![l.pay.port()], vec![l.shop.port()]),
        Name::Mailbox => (&["mailbox"], vec![l.mail.port(), l.smtp.port()], vec![]),
        Name::Till => (&["till"], vec![], vec![l.pay.port()]),
        Name::Web => (&["shop", "web"], vec![], database),
        Name::Post => (&["shop", "post"], vec![], database.into_iter().chain([s.smtp.port]).collect()),
        Name::Gate => (&["gate"], vec![l.shop.port()], vec![]),
        Name::Watch => (&["watch"], vec![], vec![l.shop.port()]),
    };
    Rooms { own, listens, connects }
}

/// The port of a PostgreSQL server reached over TCP; none for SQLite and for a server's Unix socket.
fn database_port(url: &str) -> Option<u16> {
    let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"))?;
    let host = rest.split(['/', '?']).next()?.rsplit('@').next()?;
    Some(host.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(5432))
}

/// Puts the walls up around this process; to be called before any thread is started.
///
/// # Errors
/// Where the kernel refuses rules that it knows.
pub fn raise(name: Name, settings: &Settings) -> Result<RulesetStatus> {
    let rooms = rooms(name, settings);
    let build = || -> Result<RulesetStatus> {
        // Rules go by inode, and the kernel forgets that of a process's own folder where nobody holds it open.
        let _ = std::fs::File::open(OWN_PROC).map(IntoRawFd::into_raw_fd);
        let mut rules = Ruleset::default()
            .handle_access(AccessFs::from_all(ASKED))?
            .handle_access(AccessNet::BindTcp | AccessNet::ConnectTcp)?
            .create()?;
        for path in SYSTEM_READABLE {
            rules = allow(rules, path, AccessFs::ReadFile | AccessFs::ReadDir)?;
        }
        if settings.database.starts_with("postgres") {
            // The server's Unix socket, where it has one.
            rules = allow(rules, "/var/run/postgresql", AccessFs::ReadFile | AccessFs::ReadDir)?;
        }
        rules = allow(rules, super::up::EFFECTIVE, AccessFs::ReadFile.into())?;
        let everything_but_execute = AccessFs::from_all(ASKED) & !BitFlags::from(AccessFs::Execute);
        for own in rooms.own {
            rules = allow(rules, own, everything_but_execute)?;
        }
        // The others' sockets are reached, but not replaced: connecting needs no right of the file system.
        rules = allow(rules, &crate::processes::run_dir(name).to_string_lossy(), everything_but_execute)?;
        for port in &rooms.listens {
            rules = rules.add_rule(NetPort::new(*port, AccessNet::BindTcp))?;
        }
        for port in &rooms.connects {
            rules = rules.add_rule(NetPort::new(*port, AccessNet::ConnectTcp))?;
        }
        Ok(rules.restrict_self()?.ruleset)
    };
    build().with_context(|| format!("cannot raise the walls of {name}"))
}

/// What is not on this machine needs no rule.
fn allow(rules: RulesetCreated, path: &str, access: BitFlags<AccessFs>) -> Result<RulesetCreated> {
    let Ok(fd) = PathFd::new(path) else { return Ok(rules) };
    let is_dir = std::path::Path::new(path).is_dir();
    let access = if is_dir { access } else { access & AccessFs::from_file(ASKED) };
    Ok(rules.add_rule(PathBeneath::new(fd, access))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn ports_of_databases() {
        for (url, port) in [
            ("shop/shop.db", None),
            ("postgres://a@db.example/x", Some(5432)),
            ("postgres://a:b@127.0.0.1:5433/x?sslmode=disable", Some(5433)),
        ] {
            assert_eq!(database_port(url), port, "{url}");
        }
    }

    /// What `find` says behind the walls of each process, or nothing where the kernel has none. Walls bind the thread
    /// that puts them up.
    fn behind_each_wall(s: &Settings, find: fn(Name)) {
        for name in Name::ALL {
            let s = s.clone();
            let walled = std::thread::spawn(move || match raise(name, &s).unwrap() {
                RulesetStatus::FullyEnforced => find(name),
                status => testkit::skip(&testkit::test_name(), &format!("walls of this kernel: {status:?}")),
            });
            walled.join().unwrap();
        }
    }

    fn denied<T>(done: std::io::Result<T>) -> bool {
        done.is_err_and(|e| e.kind() == std::io::ErrorKind::PermissionDenied)
    }

    #[test]
    fn secrets_are_read_by_their_own_process_only() {
        let dir = tempfile::tempdir().unwrap();
        let _folder = crate::up::folder::Folder::enter(&dir.path().join("data")).unwrap();
        let _owner = crate::roles::hand_out().unwrap();
        let database = "postgres://shop:s3cret@127.0.0.1:5432/dozo".into();
        let s = Settings { database, ..Settings::demo(8080) };
        s.write(std::path::Path::new("dozo.toml")).unwrap();
        s.hand_out().unwrap();
        behind_each_wall(&s, |name| {
            let parent = rustix::process::getppid().unwrap().as_raw_nonzero();
            let parents = format!("/proc/{parent}/cmdline");
            for (file, readers) in [
                ("dozo.toml", &[][..]),
                (&parents, &[]),
                ("vault/roles.toml", &[Name::Vault]),
                ("web/role.key", &[Name::Web]),
                ("post/role.key", &[Name::Post]),
                ("shop/database.url", &[Name::Web, Name::Post]),
                ("run/settings.toml", &Name::ALL),
                ("/proc/self/cmdline", &Name::ALL),
            ] {
                let read = std::fs::read_to_string(file);
                assert_eq!(read.is_ok(), readers.contains(&name), "{name} reads {file}");
                let open = file == "run/settings.toml";
                assert!(!open || read.is_ok_and(|text| !text.contains("s3cret")), "{name}");
            }
        });
    }

    #[test]
    fn nobody_puts_himself_in_anothers_place() {
        let dir = tempfile::tempdir().unwrap();
        let _folder = crate::up::folder::Folder::enter(&dir.path().join("data")).unwrap();
        let s = Settings::demo(8080);
        s.hand_out().unwrap();
        for name in Name::ALL {
            drop(UnixListener::bind(crate::processes::metrics_socket(name)).unwrap());
        }
        behind_each_wall(&s, |name| {
            assert!(denied(std::fs::write("run/settings.toml", "demo = true")), "{name}: settings");
            assert!(denied(std::fs::rename("run/settings.toml", "run/gone")), "{name}: settings");
            assert!(denied(UnixListener::bind("run/new.sock")), "{name}");
            for other in Name::ALL.into_iter().filter(|other| *other != name) {
                let dir = crate::processes::run_dir(other);
                assert!(denied(UnixListener::bind(dir.join("new.sock"))), "{name} in {other}'s folder");
                let socket = crate::processes::metrics_socket(other);
                assert!(denied(std::fs::remove_file(socket)), "{name} removes {other}'s socket");
            }
            let own = crate::processes::metrics_socket(name);
            std::fs::remove_file(&own).unwrap();
            UnixListener::bind(&own).unwrap();
        });
    }

    #[test]
    fn only_those_who_must_can_reach_out() {
        let s = Settings::demo(8080);
        for name in [Name::Vault, Name::Web, Name::Gate] {
            assert!(rooms(name, &s).connects.is_empty(), "{name} opens no Internet socket");
        }
        assert_eq!(rooms(Name::Till, &s).connects, [s.listen.pay.port()]);
        assert!(rooms(Name::Vault, &s).listens.is_empty());
        for name in [Name::Gate, Name::Watch, Name::Till, Name::Vault, Name::Sandbox] {
            assert!(!rooms(name, &s).own.contains(&"shop"), "{name} does not see the database");
        }
    }
}
