//! Which of our crates may use which, and which rooms alone hold drivers, ciphers and web servers.

use super::{File, Finding, line_of, ours};
use serde_json::Value;

/// What each of our crates may use of ours. A crate that is not here may not exist.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("wire", &[]),
    ("groupcommit", &[]),
    ("ledger", &[]),
    ("telemetry", &[]),
    ("postal", &[]),
    ("tls", &[]),
    ("outbound", &["tls"]),
    ("inbound", &["tls"]),
    ("walls", &[]),
    ("smtp", &[]),
    ("dkim", &[]),
    ("incident", &[]),
    ("bounce", &[]),
    ("desk", &["incident"]),
    ("inquiry", &["domain"]),
    ("letters", &["desk", "domain", "postal"]),
    ("import", &["domain", "incident"]),
    ("site", &["domain"]),
    ("manifest", &["site", "ledger"]),
    ("store", &["domain"]),
    ("recorded", &["domain", "import", "incident", "store"]),
    ("campaign", &["desk", "domain", "incident", "recorded", "store", "vault-api"]),
    ("vault-api", &["wire"]),
    ("lock-api", &["wire"]),
    ("acme", &["outbound", "telemetry", "tls"]),
    ("relay", &["vault-api", "wire", "telemetry", "tls"]),
    ("vault", &["vault-api", "wire", "groupcommit", "ledger", "telemetry"]),
    ("till", &["domain", "wire", "groupcommit", "telemetry", "outbound"]),
    ("sandbox", &["domain", "groupcommit", "telemetry", "outbound", "inbound"]),
    (
        "gate",
        &["domain", "site", "manifest", "ledger", "lock-api", "till", "wire", "telemetry", "inbound", "tls"],
    ),
    (
        "watch",
        &[
            "domain",
            "site",
            "manifest",
            "ledger",
            "lock-api",
            "vault-api",
            "telemetry",
            "inbound",
            "outbound",
            "smtp",
            "tls",
        ],
    ),
    ("eyes", &["domain", "site", "manifest", "telemetry", "tls"]),
    (
        "post",
        &[
            "campaign",
            "domain",
            "store",
            "vault-api",
            "telemetry",
            "inbound",
            "smtp",
            "dkim",
            "bounce",
            "desk",
            "letters",
        ],
    ),
    (
        "web",
        &[
            "domain",
            "store",
            "vault-api",
            "lock-api",
            "till",
            "site",
            "postal",
            "telemetry",
            "incident",
            "desk",
            "recorded",
            "inquiry",
            "campaign",
            "merchant",
        ],
    ),
    ("merchant", &["domain", "site", "store"]),
    ("demo", &["domain", "merchant", "store", "vault-api", "postal"]),
    // The robber of a drill writes in the database.
    ("drill", &["domain", "lock-api", "store"]),
    ("dozo", &[ANY]),
    ("testkit", &[]),
    // What bench and tests count, they count in the books themselves.
    // The vault is measured by itself, in a process of its own.
    (
        "bench",
        &[
            "testkit",
            "store",
            "domain",
            "desk",
            "letters",
            "postal",
            "bounce",
            "campaign",
            "dkim",
            "post",
            "manifest",
            "site",
            "telemetry",
            "ledger",
            "vault",
            "vault-api",
            "wire",
        ],
    ),
    // The attackers hold what code of the house holds.
    (
        "e2e",
        &[
            "testkit",
            "domain",
            "drill",
            "import",
            "incident",
            "ledger",
            "site",
            "store",
            "tls",
            "vault-api",
            "wire",
            "walls",
        ],
    ),
    ("xtask", &[]),
];

/// Further crates of ours that tests may use, beside `testkit`, which all may.
const TESTS_MAY_USE: &[(&str, &[&str])] = &[
    // The client's requests are checked against a running processor.
    ("till", &["sandbox", "tls"]),
    // Pages are tested with a real vault behind them.
    ("web", &["vault", "ledger", "wire", "demo", "manifest"]),
    ("post", &["vault", "wire"]),
    // Mails are tried as they come.
    ("inquiry", &["bounce"]),
    // Whatever a form takes for a mail address, SMTP must be able to carry.
    ("smtp", &["domain"]),
    ("demo", &["vault", "wire", "telemetry"]),
    // A vault by another clock: what it wrote lies before a shop that runs by the machine's.
    ("e2e", &["vault", "telemetry"]),
];

const ANY: &str = "*";

/// Who holds a kind of library, and why the others do not.
struct Room {
    what: &'static str,
    libraries: &'static [&'static str],
    holders: &'static [&'static str],
}

const ROOMS: &[Room] = &[
    Room {
        what: "SQL drivers",
        libraries: &[
            "rusqlite",
            "libsqlite3-sys",
            "tokio-postgres",
            "postgres",
            "deadpool-postgres",
            "sqlx",
            "diesel",
            "sea-orm",
        ],
        holders: &["store"],
    },
    Room {
        what: "ciphers and password hashes",
        libraries: &[
            "aead",
            "aes",
            "aes-gcm",
            "aes-gcm-siv",
            "age",
            "argon2",
            "bcrypt",
            "chacha20",
            "chacha20poly1305",
            "crypto_box",
            "ed25519-dalek",
            "hpke",
            "orion",
            "openssl",
            "pbkdf2",
            "ring",
            "rsa",
            "scrypt",
            "sodiumoxide",
            "totp-rs",
            "xsalsa20poly1305",
        ],
        holders: &["vault"],
    },
    // HMAC for webhooks' signatures, HPKE in vault-api, signatures of the ledger's checkpoints and of certificates and mails, hashes of pages and programs, codes of the tests' authenticator; its ciphers are looked for in the text below.
    Room {
        what: "aws-lc-rs",
        libraries: &["aws-lc-rs", "aws-lc-sys"],
        holders: &[
            "vault",
            "vault-api",
            "till",
            "sandbox",
            "ledger",
            "watch",
            "testkit",
            "tls",
            "dkim",
            "gate",
            "web",
        ],
    },
    Room {
        what: "TLS",
        libraries: &["rustls", "tokio-rustls", "rustls-pki-types", "rustls-webpki", "native-tls", "rcgen"],
        holders: &["tls"],
    },
    Room {
        what: "axum",
        libraries: &["axum"],
        holders: &["web", "sandbox", "post", "bench", "testkit", "e2e"],
    },
    Room { what: "mail", libraries: &["lettre"], holders: &["post", "bench"] },
];

/// Holders of a library in tests only: attackers bring their own SQL, `web` takes tables out of a database to see that no
/// page needs them, and `demo` looks in which order a file's rows lie.
const TESTS_MAY_HOLD: &[(&str, &str)] = &[("e2e", "rusqlite"), ("web", "rusqlite"), ("demo", "rusqlite")];

/// Modules of aws-lc-rs that encrypt; only the vault writes them, and whoever seals to its public key.
const CIPHER_MODULES: [&str; 5] = ["aead", "cipher", "kem", "rsa", "agreement"];

/// Where envelopes for the vault are sealed.
const HPKE: &str = "crates/vault-api/src/hpke.rs";

/// Where the length of a signing key is named, which aws-lc-rs has beside its RSA encryption.
const DKIM_KEY: &str = "crates/dkim/src/key.rs";

/// Checks the manifests of our crates, and the texts for ciphers that a permitted library brings along.
pub fn check(metadata: &Value, files: &[File]) -> Vec<Finding> {
    let names: Vec<_> = ours(metadata).filter_map(|p| p["name"].as_str()).collect();
    let mut findings = Vec::new();
    for package in ours(metadata) {
        let name = package["name"].as_str().unwrap_or_default();
        let manifest = manifest(package, files);
        let Some(may_use) = find(MAY_USE, name) else {
            let todo = format!(
                "crate {name} has no line in MAY_USE of xtask/src/tidy/crates.rs: add what it may use"
            );
            findings.push(Finding::new(manifest.0, 1, todo));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or_default();
            let in_tests = dependency["kind"] == "dev";
            let todo = if names.contains(&used) {
                direction(name, used, in_tests, may_use)
            } else {
                room(name, used, in_tests)
            };
            let line = line_of(manifest.1, |l| l.trim_start().starts_with(used));
            findings.extend(todo.map(|todo| Finding::new(manifest.0, line, todo)));
        }
    }
    findings.extend(files.iter().flat_map(cipher_modules));
    findings
}

fn direction(name: &str, used: &str, in_tests: bool, may_use: &[&str]) -> Option<String> {
    let tests_may_use = find(TESTS_MAY_USE, name).unwrap_or(&[]);
    let allowed = may_use.contains(&ANY)
        || may_use.contains(&used)
        || in_tests && (used == "testkit" || used == name || tests_may_use.contains(&used));
    (!allowed).then(|| format!("{name} may not use {used}: dependencies point one way, see MAY_USE of tidy"))
}

fn room(name: &str, used: &str, in_tests: bool) -> Option<String> {
    let room = ROOMS.iter().find(|r| r.libraries.contains(&used))?;
    let allowed = room.holders.contains(&name) || in_tests && TESTS_MAY_HOLD.contains(&(name, used));
    (!allowed).then(|| {
        format!("{} belong only in {}: take {used} out of {name}", room.what, room.holders.join(", "))
    })
}

fn cipher_modules(file: &File) -> Vec<Finding> {
    if !file.is_rust() || file.path.starts_with("crates/vault/") || file.path == HPKE || file.path == DKIM_KEY
    {
        return Vec::new();
    }
    let library = "aws_lc_rs::";
    let names_one = |line: &str| {
        let after = line.split(library).nth(1)?;
        let modules: Vec<_> = after.trim_start_matches('{').split([',', '}', ';']).map(str::trim).collect();
        CIPHER_MODULES
            .into_iter()
            .find(|m| modules.iter().any(|x| x == m || x.starts_with(&format!("{m}::"))))
    };
    let lines = file.text.as_deref().unwrap_or_default().lines().enumerate();
    lines
        .filter_map(|(i, line)| Some((i, names_one(line)?)))
        .map(|(i, module)| {
            Finding::new(&file.path, i + 1, format!("only the vault encrypts: no {library}{module} here"))
        })
        .collect()
}

fn find<'a>(table: &[(&str, &'a [&'a str])], name: &str) -> Option<&'a [&'a str]> {
    table.iter().find(|(n, _)| *n == name).map(|(_, uses)| *uses)
}

/// Path from the root and text of a package's manifest.
fn manifest<'a>(package: &'a Value, files: &'a [File]) -> (&'a str, &'a str) {
    let path = package["manifest_path"].as_str().unwrap_or_default();
    let of_tree = |f: &&File| path.strip_suffix(f.path.as_str()).is_some_and(|rest| rest.ends_with('/'));
    // "crates/x/Cargo.toml" before "Cargo.toml", which all of them end in.
    let file = files.iter().filter(of_tree).max_by_key(|f| f.path.len());
    file.map_or((path, ""), |f| (f.path.as_str(), f.text.as_deref().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Value {
        let dependencies: Vec<_> =
            dependencies.iter().map(|(n, kind)| json!({ "name": n, "kind": kind })).collect();
        json!({ "name": name, "source": null, "manifest_path": format!("/r/crates/{name}/Cargo.toml"),
                "dependencies": dependencies })
    }

    fn findings(packages: &[Value]) -> Vec<String> {
        let manifests = ["Cargo.toml", "crates/watch/Cargo.toml"]
            .map(|p| File { path: p.into(), text: Some("[dependencies]\nstore = \"1\"\n".into()) });
        check(&json!({ "packages": packages }), &manifests).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn allowed_directions_pass() {
        let all = [
            package("domain", &[]),
            package("testkit", &[]),
            package("store", &[("domain", None), ("rusqlite", None), ("testkit", Some("dev"))]),
        ];
        assert_eq!(findings(&all), [""; 0]);
    }

    #[test]
    fn a_wall_is_named_with_its_line() {
        let all = [package("store", &[]), package("watch", &[("store", None)])];
        let found = findings(&all);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("crates/watch/Cargo.toml:2: watch may not use store"), "{found:?}");
    }

    #[test]
    fn drivers_ciphers_and_servers_stay_in_their_rooms() {
        for (name, library, kind) in [
            ("web", "rusqlite", None),
            ("web", "argon2", Some("dev")),
            ("gate", "axum", None),
            ("post", "aws-lc-rs", None),
        ] {
            assert_eq!(findings(&[package(name, &[(library, kind)])]).len(), 1, "{name} {library}");
        }
        assert_eq!(
            findings(&[package("e2e", &[("rusqlite", Some("dev"))]), package("web", &[("axum", None)])]),
            [""; 0]
        );
        assert_eq!(findings(&[package("newcomer", &[])]).len(), 1);
    }

    #[test]
    fn ciphers_of_a_permitted_library_are_found_in_the_text() {
        let file = |path: &str, text: &str| File { path: path.into(), text: Some(text.into()) };
        let line = concat!("use aws_lc_", "rs::{hmac, aead};");
        assert_eq!(cipher_modules(&file("crates/till/src/a.rs", line)).len(), 1);
        assert_eq!(cipher_modules(&file("crates/vault/src/a.rs", line)).len(), 0);
        assert_eq!(cipher_modules(&file(HPKE, line)).len(), 0);
        assert_eq!(cipher_modules(&file("crates/vault-api/src/client.rs", line)).len(), 1);
        assert_eq!(cipher_modules(&file("crates/till/src/a.rs", "use aws_lc_rs::hmac;")).len(), 0);
    }
}
