//! A shop with an owner of its own, whose key is a file that an age identity opens: he signs the pages, and opens locks.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use testkit::{Dozo, http::Browser};

/// Age identities and the recipient of the first; test keys.
const ANNA: (&str, &str) = (
    "AGE-SECRET-KEY-1QYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZ9K4CN",
    "age15nsf9y4k28p83wth93tf7hafhvfajp45d2mge80ems45gz0c5gys3me64l",
);
const BEN: &str = "AGE-SECRET-KEY-1QGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQ0N3JDM";
/// Ids from here on, one for each process; the gate's is the seventh.
const FIRST_ID: u32 = 61_184;
const GATE_ID: u32 = FIRST_ID + 6;

/// The owner's own machine: his key and what opens it.
struct Owner {
    dir: PathBuf,
    data: PathBuf,
}

impl Owner {
    /// Makes a key, and names it in the shop's settings.
    fn of(folder: &tempfile::TempDir) -> Owner {
        let data = e2e::folder_in(folder);
        let dir = folder.path().join("owner");
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("anna"), format!("# made for a test\n{}\n", ANNA.0)).unwrap();
        fs::write(dir.join("ben"), BEN).unwrap();
        let owner = Owner { dir, data };
        let made = owner.dozo(&["manifest", "key", "--recipient", ANNA.1, "--to", &owner.path("key")]);
        assert!(made.status.success(), "{}", said(&made));
        let key = fs::read(owner.path("key")).unwrap();
        assert!(key.starts_with(b"age-encryption.org/v1\n"), "encrypted");
        let public = String::from_utf8(made.stdout).unwrap();
        let settings = owner.data.join("dozo.toml");
        let text = fs::read_to_string(&settings).unwrap();
        fs::write(settings, format!("{text}\n[manifest]\nowner = \"{}\"\n", public.trim())).unwrap();
        owner
    }

    fn path(&self, name: &str) -> String {
        self.dir.join(name).to_str().unwrap().to_owned()
    }

    fn dozo(&self, args: &[&str]) -> Output {
        Command::new(testkit::binary().unwrap()).args(args).output().unwrap()
    }

    /// The same, about the shop.
    fn of_shop(&self, args: &[&str]) -> Output {
        self.dozo(&[args, &["--data", self.data.to_str().unwrap()]].concat())
    }

    fn signs_pages(&self) -> Value {
        let (key, anna) = (self.path("key"), self.path("anna"));
        let out = self.of_shop(&["manifest", "sign", "--key", &key, "--identity", &anna, "--json"]);
        assert!(out.status.success(), "{}", said(&out));
        serde_json::from_slice(&out.stdout).unwrap()
    }

    fn start(&self, with: &[&str]) -> anyhow::Result<Dozo> {
        with.iter().fold(Dozo::builder().data(&self.data), |builder, arg| builder.arg(*arg)).start()
    }

    /// Locks the shop, and opens it as an owner does: the challenge is carried to his machine, and the note back.
    fn locks_and_opens(&self, shop: &Dozo) {
        assert!(self.of_shop(&["lock", "shop", "--why", "a drill"]).status.success());
        let status = |path: &str| Browser::new("ja").get(&shop.url(path)).unwrap().status;
        assert_eq!(status("/"), 503);
        let told = self.of_shop(&["unlock"]);
        assert!(
            !told.status.success() && said(&told).contains("takes the owner's signature"),
            "{}",
            said(&told)
        );
        let asked = self.of_shop(&["unlock", "--challenge"]);
        fs::write(self.path("challenge"), &asked.stdout).unwrap();
        let sign = |identity: &str| {
            let (challenge, key, identity, to) =
                (self.path("challenge"), self.path("key"), self.path(identity), self.path("note"));
            let args = ["--challenge", &challenge, "--key", &key, "--identity", &identity, "--to", &to];
            self.dozo(&[&["unlock", "sign"], &args[..]].concat())
        };
        let stranger = sign("ben");
        assert!(!stranger.status.success() && !Path::new(&self.path("note")).exists(), "{}", said(&stranger));
        let signed = sign("anna");
        assert!(
            signed.status.success() && said(&signed).contains("a drill"),
            "he reads what he signs: {}",
            said(&signed)
        );
        let opened = self.of_shop(&["unlock", "--with", &self.path("note")]);
        assert!(opened.status.success(), "{}", said(&opened));
        assert_eq!((status("/"), status("/cart")), (200, 200));
        // The note is good once.
        assert!(self.of_shop(&["lock", "payment"]).status.success());
        let again = self.of_shop(&["unlock", "--with", &self.path("note")]);
        assert!(!again.status.success() && status("/cart") == 503, "{}", said(&again));
        let asked = self.of_shop(&["unlock", "--challenge"]);
        fs::write(self.path("challenge"), &asked.stdout).unwrap();
        assert!(sign("anna").status.success());
        assert!(self.of_shop(&["unlock", "--with", &self.path("note")]).status.success());
        fs::remove_file(self.path("note")).unwrap();
    }

    fn seen(&self, folder: &str) -> u64 {
        let text = fs::read_to_string(self.data.join(folder).join("seen")).unwrap_or_default();
        text.split(' ').next().and_then(|serial| serial.parse().ok()).unwrap_or_default()
    }
}

fn said(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

#[test]
fn pages_and_locks_are_the_owners_and_his_key_is_nowhere_in_the_shop() {
    let folder = testkit::temp_dir();
    let owner = Owner::of(&folder);
    let error = owner.start(&[]).unwrap_err().to_string();
    assert!(error.contains("sign"), "nothing opens before he has signed: {error}");
    owner.signs_pages();
    let mut shop = owner.start(&[]).unwrap();
    owner.locks_and_opens(&shop);
    assert!(shop.stop());
}

#[test]
fn with_a_user_for_each_process_what_he_signs_anew_is_taken_while_the_shop_runs() {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return testkit::skip(&testkit::test_name(), "only root can give each process a user of its own");
    }
    let folder = testkit::temp_dir();
    let owner = Owner::of(&folder);
    owner.signs_pages();
    let users = FIRST_ID.to_string();
    let mut shop = owner.start(&["--users", &users]).unwrap();
    e2e::until("the watch has no copy", || owner.seen("watch/manifest") > 0);
    let signed = owner.signs_pages();
    let serial = signed["serial"].as_u64().unwrap();
    assert!(serial > 1, "{signed}");
    for name in ["manifest.json", "manifest.note"] {
        let meta = fs::metadata(owner.data.join("gate/manifest").join(name)).unwrap();
        assert_eq!((meta.uid(), meta.mode() & 0o777), (GATE_ID, 0o640), "{name}");
    }
    for folder in ["gate/manifest", "watch/manifest"] {
        e2e::until(folder, || owner.seen(folder) == serial);
    }
    assert_eq!(Browser::new("ja").get(&shop.url("/cart")).unwrap().status, 200);
    owner.locks_and_opens(&shop);
    // The gate comes back with it.
    let killed = shop.kill_child("gate");
    e2e::until("the gate is not back", || {
        shop.pids_of("gate").first().is_some_and(|pid| *pid != killed)
            && Browser::new("ja").get(&shop.url("/")).is_ok_and(|answer| answer.status == 200)
    });
    assert!(shop.stop());
}
