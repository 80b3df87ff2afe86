//! The walls that the kernel keeps, first form: each process sees its own rooms and ports, and starts no program.
//!
//! Landlock rules bind the process and everything it starts, and cannot be taken back. Where the kernel knows fewer
//! of them, what it knows is enforced and the log says so. In the one-user demo Landlock does not part processes of
//! one user from each other's memory; users of their own and seccomp do that in a later form.

use crate::{processes::Name, settings::Settings};
use anyhow::{Context, Result};
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, NetPort, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetStatus,
};

/// The newest rules we ask for: files, TCP ports (kernel 6.7) and device ioctls (6.10).
const ASKED: ABI = ABI::V5;
/// What libraries read at run time: certificates, resolver, time zones, the kernel's word on cores and memory.
const SYSTEM_READABLE: [&str; 7] =
    ["/etc", "/usr/share", "/usr/lib", "/proc", "/sys/fs/cgroup", "/dev/urandom", "/dev/null"];

/// What a process may touch beside the sockets of `run/`.
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
        Name::Web => (&["shop"], vec![], database),
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
        for own in rooms.own.iter().copied().chain(["run"]) {
            rules = allow(rules, own, everything_but_execute)?;
        }
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
