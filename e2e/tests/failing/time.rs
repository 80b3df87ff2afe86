//! A clock that was set back, a witness that is away for a day, and a store that was put back from a backup alone.
//!
//! Nobody sets the machine's clock. A vault of the same program writes into the folder by another clock before the shop
//! opens: for the shop's own processes the machine then is where it would be if its clock had been set.

use crate::{People, WELL, buys, is_served, ledger_is_whole, start};
use e2e::elsewhere::Elsewhere;
use ledger::{Entry, Folder, Reader};
use std::{
    path::Path,
    time::{Duration, SystemTime},
};
use telemetry::Life;
use vault_api::{Client, Role};

const HOUR_MS: i64 = 3_600_000;

/// Runs the vault of a folder for a moment by a clock that is so far ahead of the machine's.
fn vault_at(data: &Path, ahead_ms: i64) {
    let folder = testkit::temp_dir();
    let (socket, life) = (folder.path().join("vault.sock"), Life::of_test("vault", folder.path()));
    let mut config = vault::Config::new(data.join("vault"), &socket, "Risudo");
    config.witnessed = true;
    let now_ms =
        move || i64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap() + ahead_ms;
    let running = std::thread::spawn({
        let life = life.clone();
        move || vault::run_by_clock(config, life, now_ms)
    });
    e2e::until("no vault", || running.is_finished() || Client::connect(&socket, Role::Owner).is_ok());
    // The mark of how far it is, and a signed checkpoint, are made within the first second.
    std::thread::sleep(Duration::from_millis(1_500));
    life.stop();
    running.join().unwrap().unwrap();
}

/// A folder in which nothing is but a vault that was opened so long ago.
fn folder_of_before(folder: &tempfile::TempDir, ms: i64) -> std::path::PathBuf {
    let data = folder.path().join("data");
    std::fs::create_dir_all(&data).unwrap();
    vault_at(&data, -ms);
    data
}

#[test]
fn a_clock_that_was_set_back_is_said_and_the_shop_goes_on() {
    let folder = testkit::temp_dir();
    let data = e2e::folder_in(&folder);
    vault_at(&data, 2 * HOUR_MS);
    let mut shop = start(&data);
    let mut desk = e2e::staff::Staff::set_up(&shop).sign_in(&shop);
    let page = e2e::staff::page(&shop, &mut desk, "/admin/vault").text();
    assert!(page.contains("時計が戻っています") && page.contains("時刻の同期"), "{page}");
    let mut bought = buys(&shop, "clock.1@canary.example");
    is_served(&shop, &mut bought, "clock.1@canary.example");
    assert!(shop.stop());
    // On the ledger time stands still, and each entry says by how much.
    ledger_is_whole(&data);
    let (mut last_ms, mut behind) = (0, 0);
    let log = Reader::open(Folder::reading(data.join("vault/ledger/1"))).unwrap();
    log.entries(0..log.size(), &mut |_, bytes| {
        let entry = Entry::decode(bytes).unwrap();
        assert!(entry.at_ms >= last_ms, "time went back on the ledger");
        last_ms = entry.at_ms;
        behind += usize::from(entry.clock_behind_s > 3_600);
        Ok(true)
    })
    .unwrap();
    assert!(behind > 3, "{behind} entries say that the clock is behind");
}

#[test]
fn a_witness_that_is_away_for_a_day_stops_exports_until_it_comes() {
    let folder = testkit::temp_dir();
    let data = folder_of_before(&folder, 25 * HOUR_MS);
    let mut shop = start(&data);
    let mut people = People::sign_in(&shop);
    assert!(shop.stop());

    // From now on one on another machine counts, which does not come.
    let mut elsewhere = Elsewhere::set_up(folder.path().join("elsewhere"));
    elsewhere.is_told_to(&data);
    let shop = start(&data);
    let page = people.page_of_the_vault(&shop).1;
    assert!(page.contains("帳面の立会人が、一日以上来ていません"), "{page}");
    let exports = |people: &mut People| e2e::staff::page(&shop, &mut people.desk, "/admin/exports").text();
    let stopped = "立会人が一日以上来ていないため、書き出しを止めています";
    assert!(exports(&mut people).contains(stopped));
    let mut bought = buys(&shop, "witness.1@canary.example");
    is_served(&shop, &mut bought, "witness.1@canary.example");
    assert!(people.account_opens(&shop), "all else goes on");

    elsewhere.learns_of(&data);
    elsewhere.run();
    e2e::until("exports do not go on", || !exports(&mut people).contains(stopped));
    assert!(people.page_of_the_vault(&shop).1.contains(WELL));
}

#[test]
fn a_store_that_was_put_back_alone_is_said() {
    let folder = testkit::temp_dir();
    let data = folder_of_before(&folder, HOUR_MS);
    let (store, backup) = (data.join("vault/vault.redb"), folder.path().join("vault.redb"));
    std::fs::copy(&store, &backup).unwrap();
    let mut shop = start(&data);
    let mut people = People::sign_in(&shop);
    assert!(shop.stop());
    std::fs::copy(&backup, &store).unwrap();
    let shop = start(&data);
    // Of that time the vault knows nobody who works here: the owner comes by the link of the start.
    assert_ne!(people.page_of_the_vault(&shop).0, 200);
    let mut desk = e2e::staff::Staff::set_up(&shop).sign_in(&shop);
    let page = e2e::staff::page(&shop, &mut desk, "/admin/vault").text();
    assert!(page.contains("蔵の一部だけが、古い控えに戻されています") && page.contains("丸ごと"), "{page}");
    assert_eq!(shop.pids_of("vault").len(), 1);
}
