//! The vault of a shop whose root key systemd hands over: what it has opened, sealed and checked does not stay in its
//! memory.
#![allow(clippy::unwrap_used)]

use e2e::{
    journey::{self, Buyer, Pay},
    plain,
};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::Write,
    os::unix::fs::{FileExt, MetadataExt, PermissionsExt},
    path::PathBuf,
    process::{Command, Stdio},
};
use testkit::{Dozo, http::Browser};

/// The demo's customer: mail and password.
const HANAKO: (&str, &str) = ("hanako@demo.example", "kuri-to-kurumi-1921");
/// Bytes read at a time.
const PART_BYTES: usize = 1 << 20;

/// Which of these stand in what a process has written to its memory.
fn found<'n>(pid: u32, needles: &[&'n str]) -> BTreeSet<&'n str> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let memory = File::open(format!("/proc/{pid}/mem")).unwrap();
    let longest = needles.iter().map(|needle| needle.len()).max().unwrap();
    let mut begins = [false; 256];
    needles.iter().for_each(|needle| begins[usize::from(needle.as_bytes()[0])] = true);
    let mut part = vec![0; PART_BYTES + longest];
    let mut found = BTreeSet::new();
    let is_data = |line: &&str| line.split(' ').nth(1).is_some_and(|mode| mode.starts_with("rw"));
    for line in maps.lines().filter(is_data) {
        let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let [from, to] = [from, to].map(|at| u64::from_str_radix(at, 16).unwrap());
        for at in (from..to).step_by(PART_BYTES) {
            let length = part.len().min((to - at) as usize);
            if memory.read_exact_at(&mut part[..length], at).is_err() {
                continue;
            }
            for place in (0..length).filter(|place| begins[usize::from(part[*place])]) {
                let here = needles.iter().filter(|needle| part[place..length].starts_with(needle.as_bytes()));
                found.extend(here.copied());
            }
        }
    }
    found
}

/// Somebody signs in and looks at his account.
fn looks_at_his_account(shop: &Dozo) {
    let mut hanako = Browser::new("ja");
    let form = plain::hidden(&hanako.get(&shop.url("/sign-in")).unwrap(), "/sign-in").unwrap();
    let typed = [("email", HANAKO.0), ("password", HANAKO.1)];
    assert_eq!(plain::send(&mut hanako, &shop.url("/sign-in"), &form, &typed).unwrap().status, 303);
    assert_eq!(hanako.get(&shop.url("/account")).unwrap().status, 200);
}

/// A demo folder whose root key systemd hands over, and where that is laid. The way is that of
/// docs/walkthroughs/key-rotation.md: the file goes through `systemd-creds encrypt`, and what `LoadCredentialEncrypted=`
/// makes of it lies in the folder.
fn with_a_credential(folder: &tempfile::TempDir) -> (PathBuf, PathBuf) {
    let (data, credentials) = (e2e::folder_in(folder), folder.path().join("credentials"));
    let file = data.join("vault/root.key");
    let key = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    fs::create_dir(&credentials).unwrap();
    let (given, kept) = (through_systemd(&key).unwrap_or(key), credentials.join("dozo-root-key"));
    fs::write(&kept, given).unwrap();
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o440)).unwrap();
    (data, credentials)
}

/// Encrypted by systemd with the machine's key, and decrypted. `None` where this machine cannot: then the folder is laid
/// as systemd would lay it, and nothing else differs.
fn through_systemd(key: &[u8]) -> Option<Vec<u8>> {
    let ask = |verb: &str, name: &str, text: &[u8]| {
        let mut asked = Command::new("systemd-creds");
        asked.args([verb, &format!("--name={name}"), "-", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        if verb == "encrypt" {
            asked.arg("--with-key=host");
        }
        let mut child = asked.stderr(Stdio::null()).spawn().ok()?;
        child.stdin.take()?.write_all(text).ok()?;
        let told = child.wait_with_output().ok()?;
        told.status.success().then_some(told.stdout)
    };
    let Some(sealed) = ask("encrypt", "dozo-root-key", key) else {
        testkit::skip(
            &testkit::test_name(),
            "no systemd-creds that may keep a key of this machine: laid by hand",
        );
        return None;
    };
    assert!(!sealed.windows(key.len()).any(|part| part == key), "in the clear");
    assert_eq!(ask("decrypt", "dozo-root-key-next", &sealed), None, "bound to its name");
    Some(ask("decrypt", "dozo-root-key", &sealed).unwrap())
}

/// What `dozo vault status` says.
fn status(shop: &Dozo) -> serde_json::Value {
    let mut dozo = Command::new(testkit::binary().unwrap());
    let told = dozo.args(["vault", "status", "--json", "--data"]).arg(shop.data()).output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    serde_json::from_slice(&told.stdout).unwrap()
}

#[test]
fn the_root_key_is_systemds_and_nothing_that_was_opened_sealed_or_checked_stays_in_memory() {
    let folder = testkit::temp_dir();
    let (data, credentials) = with_a_credential(&folder);
    let shop =
        Dozo::builder().data(&data).env("CREDENTIALS_DIRECTORY", credentials.to_str().unwrap()).start();
    let shop = shop.unwrap_or_else(|e| panic!("{e:#}"));
    let buyer = Buyer::unique();
    let mut guest = Browser::new("ja");
    let page = plain::order(&mut guest, &shop, &buyer, Pay::Cash).unwrap();
    assert!(guest.open(&page).unwrap().text().contains(&buyer.name));
    journey::mails_to(&shop, &buyer.email, 1).unwrap();
    looks_at_his_account(&shop);

    let (vault, told) = (shop.pids_of("vault")[0], status(&shop));
    assert_eq!(told["root_key"], "credential", "{told}");
    assert!(!data.join("vault/root.key").exists(), "no copy of it lies in the folder");
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return testkit::skip(&testkit::test_name(), "only root can look into another process");
    }
    let locked = fs::read_to_string(format!("/proc/{vault}/status")).unwrap();
    let locked = locked.lines().find_map(|line| line.strip_prefix("VmLck:")).unwrap().trim().to_owned();
    assert_eq!(told["memory_locked"], locked != "0 kB", "{told} {locked}");
    let root_key = fs::read_to_string(credentials.join("dozo-root-key")).unwrap();
    let secrets =
        [buyer.name.as_str(), &buyer.email, &buyer.street, &buyer.phone, HANAKO.0, HANAKO.1, root_key.trim()];
    let there = found(vault, &[&secrets[..], &["dozo-ledger/"]].concat());
    assert_eq!(there, BTreeSet::from(["dozo-ledger/"]), "what is not secret is found, and nothing else");
}
