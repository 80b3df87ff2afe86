//! Fault drills at a small scale; `cargo xtask faults` holds all of them whole.
#![allow(clippy::unwrap_used)]

use e2e::drill::{DRILLS, Scale, run};

const SMALL: Scale = Scale { buyers: 24, at_once: 6 };

/// Nothing lost, doubled, paid without an order; and the shop came back while somebody waited.
fn holds(name: &str) {
    let drill = DRILLS.iter().find(|d| d.name == name).unwrap();
    let Some(report) = run(drill, SMALL, 1).unwrap_or_else(|e| panic!("{e:#}")) else { return };
    assert!(report.problems().is_empty(), "{:#?}", report.problems());
    assert_eq!(report.count.orders, SMALL.buyers + drill.strikes, "everybody who bought and each probe");
    assert_eq!(report.count.paid, SMALL.buyers / 2);
}

macro_rules! drills {
    ($($test:ident = $name:literal),+ $(,)?) => { $(#[test] fn $test() { holds($name) })+ };
}

drills! {
    each_process_killed = "kill-all",
    web_killed = "kill-web",
    till_killed = "kill-till",
    vault_killed = "kill-vault",
    post_killed = "kill-post",
    the_vault_stops_and_goes_on = "vault-stops",
    the_vault_is_away_for_long = "vault-held-down",
    the_processor_answers_with_errors_though_it_acts = "processor-errors-late",
    the_mail_server_hangs_up_in_the_middle = "mail-cutting",
    the_shops_disk_is_full = "disk-full-shop",
    the_vaults_disk_is_full = "disk-full-vault",
    the_tills_disk_is_full = "disk-full-till",
    postgres_restarted = "postgres-restarts",
    postgres_crashed = "postgres-crashes",
}
