//! The ledger's records: who signed in, and whose data was opened by whom.

use ::ledger::{Entry, Folder, Kind, Reader};
use anyhow::{Context, Result};
use recorded::{Lines, SHOP, time};
use serde_json::json;
use std::{io::Write, path::Path};

/// Sign-ins of customers and openings, of every log there is.
pub fn entries(logs: &Path, out: &mut Lines<impl Write>) -> Result<()> {
    let mut numbers: Vec<u64> = match std::fs::read_dir(logs) {
        Ok(folder) => folder.filter_map(|e| e.ok()?.file_name().to_str()?.parse().ok()).collect(),
        // The vault, and its ledger, may be on another machine.
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return recorded::without_ledger(out),
        Err(e) => return Err(e).with_context(|| format!("cannot read {}", logs.display())),
    };
    numbers.sort_unstable();
    for log in numbers {
        let folder = logs.join(log.to_string());
        let reader = Reader::open(Folder::reading(&folder))
            .with_context(|| format!("cannot read the log in {}", folder.display()))?;
        let mut failed = Ok(());
        reader.entries(0..u64::MAX, &mut |number, bytes| {
            failed = match Entry::decode(bytes) {
                Some(entry) => one(&format!("{log}-{number}"), &entry, out),
                None => Err(anyhow::anyhow!(
                    "entry {number} of log {log} cannot be read: see `dozo ledger verify`"
                )),
            };
            Ok(failed.is_ok())
        })?;
        failed?;
    }
    Ok(())
}

fn one(number: &str, entry: &Entry, out: &mut Lines<impl Write>) -> Result<()> {
    let at = time(entry.at_ms);
    if let (Kind::SignIn, Some(person), None) = (entry.kind, entry.person, entry.staff) {
        out.person(person, None, false, false);
        out.event(json!({
            "event": "login", "id": number, "at": at, "person": person, "system": SHOP, "outcome": "success",
        }))?;
    }
    for (person, columns) in entry.opened() {
        out.person(person, None, false, false);
        let mut items: Vec<&str> = columns.iter().flat_map(|column| items(column)).copied().collect();
        items.sort_unstable();
        items.dedup();
        out.event(json!({
            "event": "opened", "id": format!("{number}-{person}"), "at": at, "person": person, "system": SHOP,
            // What an entry does not name may have been anything.
            "fields": (!items.is_empty()).then_some(items),
            "role": entry.role, "purpose": entry.purpose,
        }))?;
    }
    Ok(())
}

/// What stands in a sealed column, in the words of the history. A contact is opened whole.
fn items(column: &str) -> &'static [&'static str] {
    match column {
        "customer.email"
        | "orders.email"
        | "inquiry.email"
        | "imported_party.mail"
        | "inquiry_case.mail"
        | "customer_mails.mail" => &["mail"],
        "customer.contact" | "customer_address.contact" | "orders.contact" | "order_recipient.contact" => {
            &["name", "kana", "phone", "address"]
        }
        "order_recipient.message" | "inquiry.body" | "inquiry_case.body" => &["message"],
        "inquiry.contact" | "imported_party.name" | "inquiry_case.name" => &["name"],
        "imported_party.phone" | "inquiry_case.phone" => &["phone"],
        "imported_party.address" => &["address", "company", "kana"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sealed_column_holds_items_of_the_vocabulary() {
        for column in vault_api::Column::ALL {
            let items = items(column.full_name());
            assert!(!items.is_empty(), "{column}");
            let known =
                |item: &&str| ::incident::vocabulary::find(::incident::vocabulary::ITEMS, item).is_some();
            assert!(items.iter().all(known), "{column}");
        }
    }
}
