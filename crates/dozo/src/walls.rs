//! Which walls each process gets: its own rooms and ports, its own user, and no more.
//!
//! How they are put up is the business of the crate [`walls`].

use crate::{processes::Name, settings::Settings, users};
use anyhow::{Context, Result};
use std::net::IpAddr;
use walls::{Standing, Walls};

/// The walls of a process, with paths relative to the data folder.
///
/// # Errors
/// Where it is to have a user whom the system does not know.
pub fn of(name: Name, s: &Settings) -> Result<Walls> {
    let l = &s.listen;
    let database = users::opens_the_database(name).then(|| Server::of(&s.database)).flatten();
    let (listens, mut connects) = match name {
        Name::Vault | Name::Web => (vec![], vec![]),
        Name::Sandbox => (vec![l.pay.port()], vec![l.shop.port()]),
        Name::Mailbox => (vec![l.mail.port(), l.smtp.port()], vec![]),
        Name::Till => (vec![], vec![l.pay.port()]),
        Name::Post => (vec![], vec![s.smtp.port]),
        Name::Gate => (vec![l.shop.port()], vec![]),
        Name::Watch => (vec![], vec![l.shop.port()]),
    };
    connects.extend(database.as_ref().map(|server| server.port));
    let mut reads = vec![super::up::EFFECTIVE.into()];
    // The server's Unix socket, where it has one.
    reads.extend(s.database.starts_with("postgres").then(|| "/var/run/postgresql".into()));
    // The others' sockets are reached, but not replaced: connecting needs no right of the file system.
    let mut writes = vec![name.word().into(), crate::processes::run_dir(name)];
    writes.extend(users::opens_the_database(name).then(|| "shop".into()));
    Ok(Walls {
        reads,
        writes,
        listens,
        connects,
        resolves: database.is_some_and(|server| server.is_named)
            || (name == Name::Post && is_name(&s.smtp.host)),
        user: s.users.as_ref().map(|users| users.of(name)).transpose()?,
        unlisted: walls::Unlisted::default(),
    })
}

/// A PostgreSQL server reached over TCP.
#[derive(Debug, PartialEq)]
struct Server {
    port: u16,
    /// Whether a name must be looked up to find it.
    is_named: bool,
}

impl Server {
    /// None for SQLite and for a server's Unix socket.
    fn of(url: &str) -> Option<Server> {
        let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"))?;
        let authority = rest.split(['/', '?']).next()?.rsplit('@').next()?;
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
            _ => (authority, 5432),
        };
        Some(Server { port, is_named: is_name(host) })
    }
}

fn is_name(host: &str) -> bool {
    host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_err()
}

/// Puts the walls up around this process; to be called before any thread is started.
///
/// # Errors
/// Where the kernel refuses rules that it knows.
pub fn raise(name: Name, settings: &Settings) -> Result<Standing> {
    let cannot = || format!("cannot raise the walls of {name}");
    walls::raise(&of(name, settings).with_context(cannot)?).with_context(cannot)
}

#[cfg(test)]
mod probe;

#[cfg(test)]
mod tests {
    use super::*;
    use probe::{behind_each_wall, denied};
    use std::os::unix::net::UnixListener;

    #[test]
    fn ports_of_databases() {
        for (url, port) in [
            ("shop/shop.db", None),
            ("postgres://a@db.example/x", Some((5432, true))),
            ("postgres://a:b@127.0.0.1:5433/x?sslmode=disable", Some((5433, false))),
            ("postgres://[::1]/x", Some((5432, false))),
            ("postgres://[::1]:5433/x", Some((5433, false))),
        ] {
            let server = port.map(|(port, is_named)| Server { port, is_named });
            assert_eq!(Server::of(url), server, "{url}");
        }
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
        behind_each_wall(&s, |name, _| {
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
        behind_each_wall(&s, |name, _| {
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
        let walls = |name| of(name, &s).unwrap();
        for name in [Name::Vault, Name::Web] {
            let w = walls(name);
            assert!(w.connects.is_empty() && w.listens.is_empty(), "{name} opens no Internet socket");
        }
        assert!(walls(Name::Gate).connects.is_empty());
        assert_eq!(walls(Name::Till).connects, [s.listen.pay.port()]);
        assert!(Name::ALL.iter().all(|name| !walls(*name).resolves), "the demo looks up no name");
        for name in [Name::Gate, Name::Watch, Name::Till, Name::Vault, Name::Sandbox] {
            assert!(!walls(name).writes.contains(&"shop".into()), "{name} does not see the database");
        }
    }
}
