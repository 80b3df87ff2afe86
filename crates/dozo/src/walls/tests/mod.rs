//! What each process may read, whose place it may take, whom it may reach.

mod probe;

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
    let _owner = crate::roles::hand_out(crate::house::House::Whole).unwrap();
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
            ("vault/keeper.key", &[Name::Vault]),
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
    // Of a vault on another machine one end calls and the other is called.
    let with = |vault| Settings { vault, ..s.clone() };
    let remote = crate::settings::Place { remote: Some("vault.example:8470".into()), ..Default::default() };
    let near = of(Name::Relay, &with(remote.clone())).unwrap();
    assert_eq!((&near.connects[..], &near.listens[..], near.resolves), (&[8470][..], &[][..], true));
    assert!(of(Name::Web, &with(remote)).unwrap().connects.is_empty(), "web goes no other way");
    let listen = crate::settings::Place { listen: "10.0.0.2:8470".parse().ok(), ..Default::default() };
    let far = of(Name::Relay, &with(listen.clone())).unwrap();
    assert_eq!((&far.connects[..], &far.listens[..], far.resolves), (&[][..], &[8470][..], false));
    assert!(of(Name::Vault, &with(listen)).unwrap().listens.is_empty(), "the vault itself has no network");
    for name in [Name::Gate, Name::Watch, Name::Till, Name::Vault, Name::Sandbox] {
        assert!(!walls(name).writes.contains(&"shop".into()), "{name} does not see the database");
    }
}
