//! The walls of a running shop, as the kernel knows them, and a user for each process.
#![allow(clippy::unwrap_used)]

use e2e::{
    journey::{self, Buyer, Pay},
    plain,
};
use std::{io::ErrorKind, os::unix::fs::MetadataExt, path::Path};
use testkit::{Dozo, http::Browser};
use vault_api::{Client, Role, RoleKey, VaultError};
use walls::User;

/// In the order in which ids are given.
const PROCESSES: [&str; 8] = ["vault", "sandbox", "mailbox", "till", "web", "post", "gate", "watch"];
const FIRST_ID: u32 = 61_184;

/// A line of what the kernel says of a process.
fn status(shop: &Dozo, name: &str, key: &str) -> String {
    let pid = shop.pids_of(name)[0];
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = text.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(':'));
    line.unwrap_or_else(|| panic!("{name} has no {key}")).trim().to_owned()
}

fn id_of(name: &str) -> u32 {
    FIRST_ID + PROCESSES.iter().position(|n| *n == name).unwrap() as u32
}

#[test]
fn the_kernel_knows_the_walls_of_each_process() {
    if !walls::calls_can_be_filtered() {
        return testkit::skip(&testkit::test_name(), "this kernel does not filter system calls");
    }
    let shop = e2e::shop();
    for name in PROCESSES {
        assert_eq!(status(&shop, name, "NoNewPrivs"), "1", "{name}");
        assert_eq!(status(&shop, name, "Seccomp"), "2", "{name}");
        for set in ["CapPrm", "CapEff", "CapInh"] {
            assert_eq!(status(&shop, name, set), "0000000000000000", "{name}: {set}");
        }
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", shop.pids_of(name)[0])).unwrap();
        let core = limits.lines().find(|l| l.starts_with("Max core file size")).unwrap();
        assert_eq!(core.split_whitespace().nth(4), Some("0"), "{name}: {core}");
    }
}

/// What `try_it` gives in a thread that is that user, and no other wall around it.
fn as_user<T: Send>(uid: u32, groups: &[u32], try_it: impl FnOnce() -> T + Send) -> T {
    let user = User { uid, gid: uid, groups: groups.to_vec() };
    std::thread::scope(|scope| {
        let acting = scope.spawn(move || {
            user.assume().unwrap();
            try_it()
        });
        acting.join().unwrap()
    })
}

fn denied<T>(done: std::io::Result<T>) -> bool {
    done.is_err_and(|e| e.kind() == ErrorKind::PermissionDenied)
}

#[test]
fn each_process_is_a_user_of_its_own() {
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        return testkit::skip(&testkit::test_name(), "only root can give each process a user of its own");
    }
    let folder = testkit::temp_dir();
    let data = folder.path().join("data");
    e2e::copy_template(&data).unwrap();
    let start = |with: &[&str]| {
        let builder = with.iter().fold(Dozo::builder().data(&data), |b, arg| b.arg(*arg));
        builder.start().unwrap_or_else(|e| panic!("{e:#}"))
    };
    let mut shop = start(&["--users", &FIRST_ID.to_string()]);
    for name in PROCESSES {
        let id = id_of(name).to_string();
        assert_eq!(status(&shop, name, "Uid"), [id.as_str(); 4].join("\t"), "{name}");
        assert_eq!(status(&shop, name, "CapEff"), "0000000000000000", "{name}");
        // Not even the same user looks into its memory, where the kernel gives that of who is dumpable to him.
        let memory = format!("/proc/{}/mem", shop.pids_of(name)[0]);
        assert!(denied(as_user(id_of(name), &[], || std::fs::File::open(&memory))), "{name} can be read");
    }
    // SQLite makes the database's companions by the umask: those who share it must not find each other's closed.
    for name in ["web", "post"] {
        assert_eq!(status(&shop, name, "Umask"), "0007", "{name}");
    }
    buys(&shop);
    // The watch reads what the gate writes down, though it is another user.
    let entries = || std::fs::read_to_string(data.join("watch/entries.jsonl")).unwrap_or_default();
    e2e::until("the watch does not read the gate's journal", || entries().contains("checkout"));
    for file in ["gate/reports.json", "gate/alarms.jsonl", "gate/lock.json"] {
        let meta = data.join(file).metadata();
        assert!(meta.is_ok_and(|meta| meta.mode() & 0o040 != 0) || !data.join(file).exists(), "{file}");
    }
    // Whoever dies comes back as the same user.
    let killed = shop.kill_child("web");
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let same = || {
        let back = shop.pids_of("web").first().is_some_and(|pid| *pid != killed);
        back && status(&shop, "web", "Uid").starts_with(&format!("{}\t", id_of("web")))
    };
    while !same() {
        assert!(std::time::Instant::now() < end, "web is not back as its user");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }

    // From here on by relative paths, as the processes do: the test's own folder is root's alone.
    std::env::set_current_dir(&data).unwrap();
    files_are_their_owners();
    the_vault_believes_the_kernel();
    assert!(shop.stop());
    drop(shop);
    // One user again: what was given away is taken back, and nothing is lost.
    shop = start(&[]);
    assert_eq!(status(&shop, "vault", "Uid").split('\t').next(), Some("0"));
    buys(&shop);
    assert!(shop.stop());
}

/// An order by HTTP alone, until its mail is there.
fn buys(shop: &Dozo) {
    let buyer = Buyer::unique();
    let mut browser = Browser::new("ja");
    plain::order(&mut browser, shop, &buyer, Pay::Cash).unwrap();
    journey::mails_to(shop, &buyer.email, 1).unwrap();
}

/// Without Landlock, by users alone.
fn files_are_their_owners() {
    let readers: [(&str, &[&str]); 10] = [
        ("vault/root.key", &["vault"]),
        ("vault/roles.toml", &["vault"]),
        ("web/role.key", &["web"]),
        ("post/role.key", &["post"]),
        ("vault/keeper.key", &["vault"]),
        ("till/processor.key", &["till"]),
        ("shop/shop.db", &["web", "post"]),
        ("dozo.toml", &[]),
        ("logs/web.jsonl", &[]),
        ("run/settings.toml", &PROCESSES),
    ];
    // Relay, eyes and acme have users, too, though they do not run here.
    let shop_group = FIRST_ID + PROCESSES.len() as u32 + 3;
    for name in PROCESSES {
        let groups: &[u32] = if ["web", "post"].contains(&name) { &[shop_group] } else { &[] };
        for (file, of) in readers {
            let read = as_user(id_of(name), groups, || std::fs::read(file).map(drop));
            if of.contains(&name) {
                read.unwrap_or_else(|e| panic!("{name} reads {file}: {e}"));
            } else {
                assert!(denied(read), "{name} reads {file}");
            }
        }
    }
    let stranger = id_of("watch") + 100;
    assert!(denied(as_user(stranger, &[], || std::fs::read_dir("."))), "a stranger looks around");
    assert!(denied(as_user(stranger, &[], || std::fs::read("shop/shop.db"))));
}

/// Who has stolen a key is still somebody else.
fn the_vault_believes_the_kernel() {
    let socket = Path::new("run/vault/vault.sock");
    let key = |name: &str| {
        let text = std::fs::read_to_string(format!("{name}/role.key")).unwrap();
        RoleKey::parse(text.trim()).unwrap()
    };
    let ping = |uid: u32, role: Role, of: &str| {
        let key = key(of);
        as_user(uid, &[id_of("vault")], || Client::with_key(socket, role, Some(key)).ping().map(drop))
    };
    assert_eq!(ping(id_of("web"), Role::Web, "web"), Ok(()));
    assert_eq!(ping(id_of("post"), Role::Post, "post"), Ok(()));
    let refused = Err(VaultError::Unavailable);
    assert_eq!(ping(id_of("gate"), Role::Web, "web"), refused, "gate with web's key");
    assert_eq!(ping(id_of("web"), Role::Post, "post"), refused, "web with post's key");
    assert_eq!(ping(id_of("post"), Role::Web, "web"), refused, "post with web's key");
    assert_eq!(ping(id_of("web"), Role::Owner, "web"), refused);
    // And the group that leads to the socket is nobody's but theirs.
    let key = key("web");
    let alone =
        as_user(id_of("gate"), &[], || Client::with_key(socket, Role::Web, Some(key)).ping().map(drop));
    assert_eq!(alone, refused);
}

/// What `dozo doctor` says of a folder, and whether it ends with success.
fn doctor(data: &Path, lang: &str) -> (serde_json::Value, bool) {
    let mut asked = std::process::Command::new(testkit::binary().unwrap());
    let out = asked.args(["doctor", "--json", "--lang", lang, "--data"]).arg(data).output().unwrap();
    let told = String::from_utf8_lossy(&out.stdout);
    let told = serde_json::from_str(&told)
        .unwrap_or_else(|e| panic!("{e}: {told}\n{}", String::from_utf8_lossy(&out.stderr)));
    (told, out.status.success())
}

/// What is said of a check, for a process or not.
fn case<'t>(told: &'t serde_json::Value, check: &str, name: Option<&str>) -> &'t serde_json::Value {
    let of = |f: &&serde_json::Value| f["check"] == check && f["values"]["name"].as_str() == name;
    let found = told["findings"].as_array().unwrap().iter().find(of);
    found.unwrap_or_else(|| panic!("nothing of {check} {name:?} in {told}"))
}

#[test]
fn the_doctor_says_what_stands_and_what_is_weaker() {
    let folder = testkit::temp_dir();
    let (told, _) = doctor(&folder.path().join("nowhere"), "en");
    assert_eq!((case(&told, "shop", None)["case"].as_str(), &told["running"]), (Some("none"), &false.into()));

    let (mut shop, data) = e2e::shop_in(&folder);
    let (told, well) = doctor(&data, "en");
    assert_eq!(told["running"], true);
    assert_eq!(well, told["worst"] != "mend", "{told}");
    assert_eq!(case(&told, "modes", None)["grade"], "stands", "{told}");
    assert_eq!(case(&told, "demo", None)["grade"], "weaker", "the demo says that it is one");
    assert_eq!(case(&told, "users", None)["grade"], "weaker", "one user for all");
    if walls::calls_can_be_filtered() && walls::landlock_version() >= Some(6) {
        for name in PROCESSES {
            assert_eq!(case(&told, "process", Some(name))["case"], "walled", "{told}");
        }
    }
    let (japanese, _) = doctor(&data, "ja");
    for (en, ja) in told["findings"].as_array().unwrap().iter().zip(japanese["findings"].as_array().unwrap())
    {
        assert_eq!((&en["check"], en["do"].is_null()), (&ja["check"], ja["do"].is_null()));
        assert_ne!(en["what"], ja["what"], "{en}");
    }
    // A file that others can read is named, and the end is a failure.
    let key = data.join("web/role.key");
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let (told, well) = doctor(&data, "en");
    assert!(!well && told["worst"] == "mend");
    assert_eq!(case(&told, "modes", None)["values"]["files"], "web/role.key");
    assert!(shop.stop());
    let (told, _) = doctor(&data, "en");
    assert_eq!(
        (case(&told, "shop", None)["case"].as_str(), &told["running"]),
        (Some("closed"), &false.into())
    );
}
