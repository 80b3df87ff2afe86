//! The vault away, its ledger's disk full, and an fsync that fails.

use crate::{People, buys, copy, is_served, ledger_is_whole, start, waits_in_an_envelope};
use e2e::{drill::SmallDisk, staff};
use rusqlite::Connection;
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use testkit::Dozo;
use vault_api::{Client, Column, Place, Purpose, Role, Sealed, Secret, UnsealItem, VaultError};

/// Orders go into envelopes once there is a key of the day for them.
fn has_a_day_key(data: &Path) {
    e2e::until("no key of the day", || data.join("web/day.key").exists());
}

#[test]
fn a_vault_that_is_away_is_said_to_everybody_and_the_shop_sells_on() {
    let shop = e2e::shop();
    has_a_day_key(shop.data());
    let mut people = People::sign_in(&shop);
    let signal = |how: &str, pid: u32| {
        assert!(Command::new("kill").args([how, &pid.to_string()]).status().unwrap().success());
    };
    let pid = shop.pids_of("vault")[0];
    signal("-STOP", pid);
    e2e::until("web does not see it", || !people.account_opens(&shop));
    let (status, text) = people.page_of_the_vault(&shop);
    assert!(status == 503 && text.contains("蔵"), "{text}");
    let mut bought = buys(&shop, "away.1@canary.example");
    waits_in_an_envelope(&mut bought);
    signal("-CONT", pid);
    is_served(&shop, &mut bought, "away.1@canary.example");
    e2e::until("the account does not open", || people.account_opens(&shop));
    e2e::until("it is still said", || people.page_of_the_vault(&shop).1.contains(crate::WELL));
}

#[test]
fn a_full_ledger_stops_what_needs_a_line_says_so_and_goes_on_when_there_is_room() {
    let folder = testkit::temp_dir();
    let data = e2e::folder_in(&folder);
    let (ledger, kept) = (data.join("vault/ledger"), folder.path().join("kept"));
    fs::rename(&ledger, &kept).unwrap();
    let _disk = match SmallDisk::mount(&ledger, 64) {
        Ok(disk) => disk,
        Err(why) => return testkit::skip(&testkit::test_name(), &format!("no small disk here: {why}")),
    };
    copy(&kept.join("."), &ledger);
    let mut shop = start(&data);
    has_a_day_key(&data);
    let mut people = People::sign_in(&shop);

    let ballast = ledger.join("ballast");
    let mut file = File::create(&ballast).unwrap();
    for block in [1 << 20, 4096, 1] {
        while file.write_all(&vec![0; block]).is_ok() {}
    }
    drop(file);
    uses_up_what_was_allocated(&shop);
    // Nothing is answered that has no line. Customers wait, and buyers do not.
    assert!(!people.account_opens(&shop));
    let mut bought = buys(&shop, "full.1@canary.example");
    waits_in_an_envelope(&mut bought);
    let home = people.hanako.get(&shop.url("/")).unwrap();
    assert!(home.status == 200 && home.text().contains("栗鼠堂"));
    let (status, text) = people.page_of_the_vault(&shop);
    assert!(
        status == 200 && text.contains("蔵の帳面に書けません") && text.contains("空きを作ってください"),
        "{text}"
    );
    e2e::until("the other pages of the back office do not say so", || {
        staff::page(&shop, &mut people.desk, "/admin/orders").text().contains("蔵の帳面に書けません")
    });

    // Somebody makes room, and does nothing else.
    fs::remove_file(&ballast).unwrap();
    let made = Instant::now();
    e2e::until("nothing opens though there is room", || people.account_opens(&shop));
    assert!(made.elapsed() < Duration::from_secs(3), "it took {:?}", made.elapsed());
    is_served(&shop, &mut bought, "full.1@canary.example");
    let mut after = buys(&shop, "full.2@canary.example");
    is_served(&shop, &mut after, "full.2@canary.example");
    e2e::until("it is still said", || people.page_of_the_vault(&shop).1.contains(crate::WELL));
    assert!(shop.stop());
    ledger_is_whole(&data);
}

/// Files of the ledger are made longer ahead: the room they have is used up by requests that anybody signed in could send,
/// first large ones, then small ones.
fn uses_up_what_was_allocated(shop: &Dozo) {
    let key = Some(staff::web_key(shop.data()));
    let vault = Client::with_key(&shop.data().join("run/vault/vault.sock"), Role::Web, key);
    let signed_in =
        vault.customer_sign_in(Secret::new(crate::HANAKO.0), Secret::new(crate::HANAKO.1)).unwrap();
    let db = Connection::open(shop.data().join("shop/shop.db")).unwrap();
    let sealed: Vec<u8> = db
        .query_row("select contact from customer where id = ?1", [signed_in.person.to_string()], |row| {
            row.get(0)
        })
        .unwrap();
    let place = Place::new(Column::CustomerContact, signed_in.person, signed_in.person);
    let item = UnsealItem { place, sealed: Sealed::from_bytes(sealed) };
    for count in [1_000, 100, 10, 1, 1, 1] {
        let answered = (0..20_000)
            .find_map(|_| vault.unseal(&signed_in.cap, Purpose::OwnAccount, vec![item.clone(); count]).err());
        assert_eq!(answered, Some(VaultError::Unavailable), "the ledger has no end");
    }
}

#[test]
fn an_fsync_that_fails_is_answered_by_nothing_and_the_vault_reads_its_disk_anew() {
    let mut shop = e2e::shop();
    has_a_day_key(shop.data());
    let mut people = People::sign_in(&shop);
    let mut before = buys(&shop, "fsync.1@canary.example");
    is_served(&shop, &mut before, "fsync.1@canary.example");

    let vault = shop.pids_of("vault")[0];
    let Some(failing) = Failing::fsync(vault, &newest_segment(&shop.data().join("vault/ledger/1"))) else {
        return;
    };
    assert!(!people.account_opens(&shop), "an opening was answered whose line is on no disk");
    e2e::until("the vault goes on as if nothing were", || {
        shop.pids_of("vault").first().is_some_and(|p| *p != vault)
    });
    drop(failing);
    let said = format!("{}{}", fs::read_to_string(shop.data().join("logs/vault.jsonl")).unwrap(), shop.log());
    assert!(said.contains("an fsync of the ledger failed"), "{said}");

    // The disk is in order again, and everything goes on: who was signed in is, what was ordered is there.
    e2e::until("the account does not open", || people.account_opens(&shop));
    is_served(&shop, &mut before, "fsync.1@canary.example");
    let mut after = buys(&shop, "fsync.2@canary.example");
    is_served(&shop, &mut after, "fsync.2@canary.example");
    e2e::until("the page of the vault", || people.page_of_the_vault(&shop).1.contains(crate::WELL));
    assert!(shop.stop());
    ledger_is_whole(shop.data());
}

/// The file that the ledger writes now.
fn newest_segment(log: &Path) -> PathBuf {
    let names = fs::read_dir(log).unwrap().map(|entry| entry.unwrap().path());
    names.filter(|path| path.extension().is_some_and(|e| e == "seg")).max().unwrap()
}

/// From outside, as a kernel would: each fsync of one file by one process says EIO. (What is called in its place is a call
/// that the vault's walls allow.) Ends when dropped.
struct Failing(Child);

impl Failing {
    /// `None`, and a line that says so, where nobody may do that here.
    fn fsync(pid: u32, file: &Path) -> Option<Failing> {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-p", &pid.to_string(), "-P"]).arg(file);
        strace.args(["-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:syscall=getpid"]);
        let said = testkit::temp_dir();
        let log = said.path().join("strace");
        let child = strace.stdin(Stdio::null()).stderr(File::create(&log).unwrap()).spawn();
        let mut failing = match child {
            Ok(child) => Failing(child),
            Err(why) => {
                testkit::skip(&testkit::test_name(), &format!("no strace here: {why}"));
                return None;
            }
        };
        let mut refused = false;
        e2e::until("strace says nothing", || {
            refused = matches!(failing.0.try_wait(), Ok(Some(_)));
            refused || fs::read_to_string(&log).is_ok_and(|text| text.contains("attached"))
        });
        if refused {
            testkit::skip(&testkit::test_name(), &fs::read_to_string(&log).unwrap_or_default());
            return None;
        }
        Some(failing)
    }
}

impl Drop for Failing {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}
