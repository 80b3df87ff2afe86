//! What "The vault" says in a real run while something is wrong with it, and that it says no more when that is over.
#![allow(clippy::unwrap_used)]

use e2e::{
    drill::SmallDisk,
    plain,
    staff::{self, Staff},
};
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use testkit::{Dozo, http::Browser};

/// Holds the vault's folder, and some more.
const DISK_MIB: u32 = 96;
const WITHIN: Duration = Duration::from_secs(30);

/// Waits until a page of the back office has (or has not) these words; its text.
fn until(shop: &Dozo, b: &mut Browser, path: &str, has: impl Fn(&str) -> bool) -> String {
    let begun = Instant::now();
    loop {
        let text = staff::page(shop, b, path).text();
        if has(&text) {
            return text;
        }
        assert!(begun.elapsed() < WITHIN, "{path}: {text}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Somebody looks at a customer: the vault must write.
fn opens_names(shop: &Dozo, b: &mut Browser) -> u16 {
    let page = staff::page(shop, b, "/admin/orders");
    let Ok(form) = plain::hidden(&page, "/admin/orders") else { return page.status };
    plain::send(b, &shop.url("/admin/orders"), &form, &[]).unwrap().status
}

#[test]
fn a_full_disk_is_said_and_over_when_there_is_room() {
    let folder = testkit::temp_dir();
    let data = folder.path().join("data");
    let vault = data.join("vault");
    let _disk = match SmallDisk::mount(&vault, DISK_MIB) {
        Ok(disk) => disk,
        Err(why) => {
            return testkit::skip(&testkit::test_name(), &format!("no small disk to be had here: {why}"));
        }
    };
    e2e::copy_template(&data).unwrap();
    let shop = Dozo::builder().data(&data).start().unwrap();
    let mut b = Staff::set_up(&shop).sign_in(&shop);
    assert!(staff::page(&shop, &mut b, "/admin/vault").text().contains("すべてふだんどおり"));
    // A file that takes what is left, to the last block.
    let fill = vault.join("fill");
    let mut filler = fs::File::create(&fill).unwrap();
    while std::io::Write::write_all(&mut filler, &[7; 4096]).is_ok() {}
    // The ledger writes into room that it made before: until that is used up nothing is wrong.
    let begun = Instant::now();
    while opens_names(&shop, &mut b) == 200 {
        assert!(begun.elapsed() < 4 * WITHIN, "the ledger still has room");
    }
    let said = until(&shop, &mut b, "/admin/vault", |text| text.contains("蔵の帳面に書けません"));
    assert!(said.contains("空きを作ってください"), "{said}");
    drop(filler);
    fs::remove_file(&fill).unwrap();
    let begun = Instant::now();
    while opens_names(&shop, &mut b) != 200 {
        assert!(begun.elapsed() < WITHIN, "there is room again");
        std::thread::sleep(Duration::from_millis(200));
    }
    until(&shop, &mut b, "/admin/vault", |text| text.contains("すべてふだんどおり"));
}

#[test]
fn a_failed_fsync_ends_the_vault_and_it_is_started_anew() {
    let shop = e2e::shop();
    let mut b = Staff::set_up(&shop).sign_in(&shop);
    let before = shop.pids_of("vault")[0];
    // The kernel's own answer is put in the place of the call's: EIO, as a dying disk gives.
    let inject = ["-f", "-qq", "-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:error=EIO", "-p"];
    let strace = Command::new("strace").args(inject).arg(before.to_string()).stderr(Stdio::null()).spawn();
    let Ok(mut strace) = strace else {
        return testkit::skip(&testkit::test_name(), "strace is not here");
    };
    let begun = Instant::now();
    while shop.pids_of("vault").first().is_none_or(|pid| *pid == before) {
        if let Ok(Some(_)) = strace.try_wait()
            && shop.pids_of("vault").first() == Some(&before)
        {
            return testkit::skip(&testkit::test_name(), "strace may not look at the vault here");
        }
        opens_names(&shop, &mut b);
        assert!(begun.elapsed() < WITHIN, "the vault goes on though nothing reaches its disk");
        std::thread::sleep(Duration::from_millis(50));
    }
    let _ = strace.wait();
    let log = shop.log();
    assert!(log.contains("fsync of the ledger failed") || log.contains("the store failed"), "{log}");
    until(&shop, &mut b, "/admin/vault", |text| text.contains("すべてふだんどおり"));
    assert_eq!(opens_names(&shop, &mut b), 200, "and the same staff goes on");
}

#[test]
fn a_honeytoken_freezes_the_watch_cries_out_and_the_owner_goes_on() {
    let shop = e2e::shop();
    let mut owner = Staff::set_up(&shop);
    let mut b = owner.sign_in(&shop);
    let dozo = |args: &[&str]| {
        let mut command = Command::new(testkit::binary().unwrap());
        let done = command.arg("honeytoken").args(args).arg("--data").arg(shop.data()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    let ids = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (before, rows) = (ids(&dozo(&["list"])), members(shop.data()));
    assert!(dozo(&["plant", "--count", "7"]).starts_with("7 planted"));
    let planted = ids(&dozo(&["list"]));
    assert_eq!(planted.len(), before.len() + 7);
    assert_eq!(members(shop.data()), rows + 7, "in the database they are members");
    assert!(staff::page(&shop, &mut b, "/admin/vault").text().contains("すべてふだんどおり"));

    assert!(!alarms(&shop).contains("honeytoken_opened"));
    assert!(dozo(&["test"]).contains("frozen"));
    let begun = Instant::now();
    while !alarms(&shop).contains("honeytoken_opened") {
        assert!(begun.elapsed() < WITHIN, "the watch says nothing: {}", alarms(&shop));
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_ne!(opens_names(&shop, &mut b), 200);
    let page = staff::page(&shop, &mut b, "/admin/vault");
    assert!(page.text().contains("帳場を止めています"));
    assert!(staff::page(&shop, &mut b, "/admin/exports").text().contains("書き出しを止めています"));
    let url = shop.url("/admin/vault/unfreeze");
    let form = plain::hidden(&page, "/admin/vault/unfreeze").unwrap();
    let unproved = plain::send(&mut b, &url, &form, &[]).unwrap();
    assert_eq!(unproved.status, 422, "his sign-in is older than the freeze");
    let proof = owner.proof();
    let typed: Vec<(&str, &str)> = proof.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(plain::send(&mut b, &url, &form, &typed).unwrap().status, 303);
    assert_eq!(opens_names(&shop, &mut b), 200);
    let begun = Instant::now();
    while !alarms(&shop).contains("\"kind\":\"over\"") {
        assert!(begun.elapsed() < WITHIN, "the watch does not take it back: {}", alarms(&shop));
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// What the watch wrote.
fn alarms(shop: &Dozo) -> String {
    let files = fs::read_dir(shop.data().join("watch")).unwrap().map(|f| f.unwrap().path());
    let looks = files.filter(|path| path.extension().is_some_and(|e| e == "jsonl"));
    looks.map(|path| fs::read_to_string(path).unwrap()).collect()
}

fn members(data: &Path) -> i64 {
    let db = rusqlite::Connection::open(data.join("shop/shop.db")).unwrap();
    db.query_row("select count(*) from customer", [], |row| row.get(0)).unwrap()
}
