//! How long it takes to find a customer by a blind index among very many: `bench lookup`. The database's part; what the
//! vault adds stands in `bench vault` as `lookup_vault`.

use crate::{
    disk,
    measure::{Measure, show},
    shop::now_ms,
};
use anyhow::{Context, Result, ensure};
use domain::{Locale, PersonId, customer::CustomerStatus, order::Channel};
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use store::{BlindIndex, By, Sealed, Store, Url, customer};
use uuid::Uuid;

/// A look-up takes at most so long, µs.
const LOOKUP_US_MAX: f64 = 1_000.0;
/// Customers that are written at once.
const AT_ONCE: usize = 20_000;
/// Bytes of a sealed mail address.
const SEALED_BYTES: usize = 65;
const LOOKUPS: u64 = 2_000;

/// Runs it.
pub fn run(args: &[String]) -> Result<()> {
    let (mut persons, mut dir, mut json) =
        (1_000_000u64, std::env::current_dir()?.join("target/bench"), false);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} takes a value"));
        match arg.as_str() {
            "--persons" => persons = value()?.parse()?,
            "--dir" => dir = PathBuf::from(value()?),
            "--json" => json = true,
            other => anyhow::bail!("unknown option {other}: --persons N, --dir FOLDER, --json"),
        }
    }
    std::fs::create_dir_all(&dir)?;
    disk::refuse_memory(&dir)?;
    let folder = dir.join(format!("lookup-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let done = measure(persons, &folder);
    std::fs::remove_dir_all(&folder)?;
    show(&done?, json)
}

fn measure(persons: u64, folder: &Path) -> Result<Vec<Measure>> {
    let disk = disk::fdatasync(folder, Duration::from_secs(1))?;
    let store = Store::open(&Url::Sqlite(folder.join("shop.db")))?;
    let begun = Instant::now();
    // Ascending, so that filling does not read the index from the disk again and again; they are looked up in no order.
    let mut numbers: Vec<_> = (0..persons).collect();
    numbers.sort_unstable_by_key(|n| index(*n).0);
    for some in numbers.chunks(AT_ONCE) {
        let some = some.to_vec();
        store.write_blocking(move |tx| some.iter().try_for_each(|n| customer::insert(tx, &one(*n))))?;
    }
    let filled = begun.elapsed();
    let mut took = Vec::new();
    for n in 0..LOOKUPS {
        let index = index(n.wrapping_mul(0x9e37_79b9) % persons);
        let begun = Instant::now();
        let found = store.read_blocking(move |tx| customer::find(tx, By::Email([index, index])))?;
        took.push(begun.elapsed());
        ensure!(found.len() == 1, "{} customers were found", found.len());
    }
    took.sort_unstable();
    let us = |percent: usize| took[took.len() * percent / 100].as_secs_f64() * 1e6;
    let detail = json!({ "persons": persons, "p99_us": us(99).round(), "filled_s": filled.as_secs(),
        "bytes": std::fs::metadata(folder.join("shop.db"))?.len(), "disk_p50_us": disk.p50_us });
    Ok(vec![Measure::within("lookup_database", "µs p50", us(50), LOOKUP_US_MAX).detailed(detail)])
}

/// Where a mail address of that number falls.
fn index(n: u64) -> BlindIndex {
    let mixed = |n: u64| (n ^ n >> 31).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let (high, low) = (mixed(mixed(n + 1)), n);
    BlindIndex((u128::from(high) << 64 | u128::from(low)).to_be_bytes())
}

fn one(n: u64) -> customer::Customer {
    customer::Customer {
        id: PersonId(Uuid::now_v7()),
        email: Sealed(vec![n as u8; SEALED_BYTES]),
        contact: None,
        email_index: index(n),
        phone_index: None,
        name_index: None,
        locale: Locale::Ja,
        channel: Channel::Web,
        status: CustomerStatus::Active,
        created_at: now_ms(),
        updated_at: now_ms(),
    }
}
