//! `dozo ledger` as an owner, an auditor and a stranger use it, on a log made here.

#![allow(clippy::unwrap_used)]

use ledger::{Checkpoint, Entry, Folder, Kind, Log, Reader, Signer, Start, Tile, VerifierKey};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};
use uuid::Uuid;

/// 2026-11-25, midnight in Japan.
const MIDNIGHT: i64 = 1_795_532_400_000;
const ANNA: Uuid = Uuid::from_u128(0xa11a);
/// Entries of the log: one a minute.
const COUNT: i64 = 700;

/// A data folder with a log: a few seals and denials among openings, one of a hundred of Anna's things.
struct Shop {
    dir: tempfile::TempDir,
    keys: Vec<String>,
}

fn entry(n: i64) -> Entry {
    let mut entry = Entry::new(MIDNIGHT + n * 60_000, if n % 10 == 9 { Kind::Seal } else { Kind::Unseal });
    (entry.role, entry.purpose) = (Some("web".into()), Some("order_page".into()));
    let person = if n % 100 == 7 { ANNA } else { Uuid::from_u128(n as u128) };
    entry.cap = Some([n as u8; 32]);
    entry.places.put("orders.contact", person, Uuid::from_u128(1 << 64 | n as u128));
    entry.places.put("orders.email", person, Uuid::from_u128(1 << 64 | n as u128));
    entry
}

fn shop() -> &'static Shop {
    static SHOP: OnceLock<Shop> = OnceLock::new();
    SHOP.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let signer = Signer::from_seeds(&[1; 32], &[2; 32]).unwrap();
        let start = Start { origin: "dozo-ledger/0123456789abcdef/1", signer, known: None };
        let folder = Folder::writing(dir.path().join("vault/ledger/1")).unwrap();
        let (log, _) = Log::open(folder, start).unwrap();
        let entries: Vec<_> = (0..COUNT).map(entry).collect();
        log.append(&entries.iter().collect::<Vec<_>>()).unwrap();
        log.issue(1_795_600_000).unwrap();
        Shop { keys: log.keys().map(|key| key.to_string()).to_vec(), dir }
    })
}

fn dozo(args: &[&str]) -> Output {
    let data = shop().dir.path().display().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dozo"));
    command.args([&["ledger", "--data", &data][..], args].concat()).output().unwrap()
}

fn says(args: &[&str]) -> String {
    let output = dozo(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&says(&[args, &["--json"]].concat())).unwrap()
}

fn refuses(args: &[&str], why: &str) {
    let output = dozo(args);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && error.contains(why), "{args:?}: {error}");
}

fn out(name: &str) -> PathBuf {
    shop().dir.path().join(name)
}

fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn the_whole_is_verified_also_against_what_was_kept() {
    let found = json(&["verify"]);
    assert_eq!(
        (found["entries"].as_i64(), found["signed"].as_i64(), found["ok"].as_bool()),
        (Some(COUNT), Some(COUNT), Some(true))
    );
    assert_eq!(found["times"][0], "2026-11-25T00:00:00.000+09:00");
    let keys = &shop().keys;
    let given = ["verify", "--key", &keys[0], "--key", &keys[1]];
    assert!(says(&given).contains("700 entries from 2026-11-25T00:00:00.000+09:00"));
    let log = shop().dir.path().join("vault/ledger/1");
    let kept = shown(&log.join("checkpoint")).to_owned();
    assert_eq!(json(&["verify", "--since", &kept])["goes_on_from"], json!([COUNT]));
    assert_eq!(says(&["keys"]).lines().collect::<Vec<_>>(), *keys);

    let other = Signer::from_seeds(&[3; 32], &[4; 32]).unwrap().keys("dozo-ledger/0123456789abcdef/1");
    refuses(&["verify", "--key", &other[0].to_string()], "not signed with every key");
    let forged = Checkpoint { origin: "dozo-ledger/0123456789abcdef/1".into(), size: 500, root: [7; 32] };
    let signer = Signer::from_seeds(&[1; 32], &[2; 32]).unwrap();
    fs::write(out("forged"), forged.sign(&signer, 5).unwrap()).unwrap();
    refuses(
        &["verify", "--since", shown(&out("forged"))],
        "first 500 entries are not those that were signed",
    );
    refuses(&["--folder", shown(&out("nowhere")), "verify"], "holds no log");

    // A copy of which one bit was turned over.
    let copy = out("copy");
    fs::create_dir_all(&copy).unwrap();
    for name in ["keys", "checkpoint", "00000000.seg"] {
        fs::copy(log.join(name), copy.join(name)).unwrap();
    }
    let segment = copy.join("00000000.seg");
    let mut bytes = fs::read(&segment).unwrap();
    bytes[30_000] ^= 4;
    fs::write(&segment, bytes).unwrap();
    refuses(&["--folder", shown(&copy), "verify"], "files hold 0 entries, but 700 were signed");
}

#[test]
fn an_entry_is_proved_and_the_proof_checked_without_the_ledger() {
    let file = out("217.tlog-proof");
    let made = json(&["prove", "217", "--out", shown(&file)]);
    assert_eq!((made["number"].as_i64(), made["entry"]["kind"].as_str()), (Some(217), Some("unseal")));
    let keys = &shop().keys;
    let nowhere = out("nowhere");
    let check = ["--data", shown(&nowhere), "verify", shown(&file), "--key", &keys[0], "--key", &keys[1]];
    let mut command = Command::new(env!("CARGO_BIN_EXE_dozo"));
    let output = command.arg("ledger").args(check).arg("--json").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((found["number"].as_i64(), found["signed"].as_i64()), (Some(217), Some(COUNT)));
    assert_eq!(found["entry"], made["entry"]);
    assert_eq!(found["entry"]["places"]["orders.email"][0][0], Uuid::from_u128(217).to_string());

    refuses(&["verify", shown(&file)], "say --key for each");
    refuses(&["verify", shown(&file), "--key", "abc"], "this is no key");
    refuses(&["prove", "700"], "700 entries are signed");
    let text = fs::read_to_string(&file).unwrap();
    let changed = out("changed.tlog-proof");
    fs::write(&changed, text.replace("index 217", "index 218")).unwrap();
    refuses(&["verify", shown(&changed), "--key", &keys[0]], "is not in the tree");
}

#[test]
fn exactly_the_persons_of_a_window_are_listed() {
    let found = json(&["persons", "--from", "2026-11-25", "--to", "2026-11-25T02:00"]);
    assert_eq!((found["first_entry"].as_i64(), found["end_entry"].as_i64()), (Some(0), Some(120)));
    let persons: Vec<_> = found["persons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["person"].as_str().unwrap().to_owned())
        .collect();
    // Of the hundred and twenty twelve were sealed, and two are Anna's.
    let mut wanted: Vec<_> = (0..120i64)
        .filter(|n| n % 10 != 9 && n % 100 != 7)
        .map(|n| Uuid::from_u128(n as u128).to_string())
        .chain([ANNA.to_string()])
        .collect();
    wanted.sort();
    assert_eq!(persons, wanted);
    let anna = json(&[
        "persons",
        "--from",
        "2026-11-24T15:00:00Z",
        "--to",
        "2026-11-26",
        "--person",
        &ANNA.to_string(),
    ]);
    let openings = anna["persons"][0]["openings"].as_array().unwrap();
    let numbers: Vec<_> = openings.iter().map(|o| o["entry"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [7, 107, 207, 307, 407, 507, 607]);
    let first = json!({
        "entry": 7, "time": "2026-11-25T00:07:00.000+09:00", "kind": "unseal", "fields": ["orders.contact", "orders.email"],
        "role": "web", "purpose": "order_page", "cap": "07".repeat(32),
    });
    assert_eq!(openings[0], first);
    let text = says(&["persons", "--from", "2026-11-25T00:07", "--to", "2026-11-25T00:08"]);
    assert!(
        text.contains("1 persons were opened")
            && text.contains("orders.contact, orders.email; web for order_page"),
        "{text}"
    );
    refuses(&["persons", "--from", "2026-11-26", "--to", "2026-11-25"], "ends before it begins");
    refuses(&["persons", "--from", "noon", "--to", "2026-11-25"], "a time is 2026-11-25");
}

#[test]
fn an_export_is_what_a_web_server_can_serve() {
    let to = out("www");
    let first = json(&["export", shown(&to)]);
    assert_eq!(
        (first["entries"].as_i64(), first["written"].as_u64()),
        (Some(COUNT), Some(Tile::all(700).count() as u64))
    );
    let again = json(&["export", shown(&to)]);
    assert_eq!((again["written"].as_u64(), again["there"].as_u64()), (Some(0), first["written"].as_u64()));
    assert_eq!(fs::read(to.join("tile/0/001")).unwrap().len(), 256 * 32);
    assert_eq!(fs::read(to.join("tile/0/002.p/188")).unwrap().len(), 188 * 32);
    let bundle = fs::read(to.join("tile/entries/000")).unwrap();
    let length = u16::from_be_bytes([bundle[0], bundle[1]]) as usize;
    assert_eq!(Entry::decode(&bundle[2..2 + length]).unwrap(), entry(0));
    let reader = Reader::open(Folder::reading(shop().dir.path().join("vault/ledger/1"))).unwrap();
    assert_eq!(fs::read_to_string(to.join("checkpoint")).unwrap(), reader.checkpoint().unwrap().unwrap());
}

#[test]
fn a_new_log_is_asked_for() {
    let data = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dozo"));
        command
            .args(["ledger", "--data", shown(data.path()), "restart-after-restore"])
            .args(args)
            .output()
            .unwrap()
    };
    let nothing = run(&[]);
    assert!(!nothing.status.success(), "there is no log");
    let told = String::from_utf8_lossy(&nothing.stderr).into_owned();
    assert!(told.contains("there is no vault in") && told.contains(shown(data.path())), "{told}");
    let from = shop().dir.path().join("vault/ledger/1");
    let to = data.path().join("vault/ledger/1");
    fs::create_dir_all(&to).unwrap();
    fs::copy(from.join("keys"), to.join("keys")).unwrap();
    let kept = from.join("checkpoint");
    let output = run(&["--witnessed", shown(&kept)]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("goes on from 700 entries"), "{output:?}");
    let asked = data.path().join("vault/ledger/restart");
    assert_eq!(fs::read(&asked).unwrap(), fs::read(&kept).unwrap());
    fs::write(out("no-checkpoint"), "hello").unwrap();
    let refused = run(&["--witnessed", shown(&out("no-checkpoint"))]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no checkpoint of this vault"), "{refused:?}");

    // A later log of the same vault goes on from an earlier one, too: its keys are the same under another name.
    let later = data.path().join("vault/ledger/2");
    fs::create_dir_all(&later).unwrap();
    let keys = fs::read_to_string(from.join("keys")).unwrap();
    let renamed = |key: &str| format!("{}\n", VerifierKey::parse(key).unwrap().of_log("dozo-ledger/test/2"));
    fs::write(later.join("keys"), keys.lines().map(renamed).collect::<String>()).unwrap();
    assert!(run(&["--witnessed", shown(&kept)]).status.success());

    // Where nothing is said, what the shop's own witness saw last; where it saw nothing, what the vault knows.
    let output = run(&[]);
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("checkpoint that the vault knows"),
        "{output:?}"
    );
    assert_eq!(fs::read(&asked).unwrap(), b"");
    for number in ["1", "2"] {
        fs::create_dir_all(data.path().join("watch/witness").join(number)).unwrap();
    }
    fs::copy(&kept, data.path().join("watch/witness/1/checkpoint")).unwrap();
    let output = run(&[]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("goes on from 700 entries"), "{output:?}");
    assert_eq!(fs::read(&asked).unwrap(), fs::read(&kept).unwrap());
}

/// Runs exactly what `docs/ledger.md` tells a stranger to do.
#[test]
fn a_stranger_checks_a_proof_as_the_page_says() {
    let there =
        |program: &str| Command::new(program).arg("--version").output().is_ok_and(|o| o.status.success());
    let openssl = Command::new("openssl").arg("version").output().is_ok_and(|o| o.status.success());
    if !openssl || !there("python3") {
        return testkit::skip("a_stranger_checks_a_proof_as_the_page_says", "python3 or openssl is missing");
    }
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/ledger.md");
    let page = fs::read_to_string(page).unwrap();
    let commands = page.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    let proof = out("stranger.tlog-proof");
    says(&["prove", "345", "--out", shown(&proof)]);
    let place = out("stranger");
    fs::create_dir_all(&place).unwrap();
    let run = |proof: &Path| {
        let mut command = Command::new("sh");
        command.arg("-euc").arg(commands).current_dir(&place).env("PROOF", proof).env("KEY", &shop().keys[0]);
        command.output().unwrap()
    };
    let output = run(&proof);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("Signature Verified Successfully"));
    let text = fs::read_to_string(&proof).unwrap();
    let changes = [
        text.replace("index 345", "index 344"),
        text.replacen("\n700\n", "\n701\n", 1),
        text.replacen("extra A", "extra B", 1),
    ];
    for changed in changes {
        assert_ne!(changed, text);
        let file = out("stranger-changed");
        fs::write(&file, changed).unwrap();
        assert!(!run(&file).status.success());
    }
}
