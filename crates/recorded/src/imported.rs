//! Records of other shop systems, and what is missing of them.

use crate::{PAGE, lines, lines::Lines};
use ::import::Kind;
use ::incident::vocabulary::KINDS;
use anyhow::Result;
use serde_json::{Value, json};
use std::{collections::BTreeMap, io::Write};
use store::{
    Store,
    imported::{self, ImportedFile, Known},
};
use uuid::Uuid;

/// What is missing first, then every record.
pub fn events(store: &Store, out: &mut Lines<impl Write>) -> Result<()> {
    for file in store.read_blocking(imported::files)?.iter().filter(|file| lacks(file)) {
        for kind in kinds(file) {
            out.line(&json!({ "event": "missing", "of": kind, "system": file.system }))?;
        }
    }
    let mut after = None;
    loop {
        let read = store.read_blocking(|tx| -> Result<_, store::Error> {
            let events = imported::events(tx, after, PAGE)?;
            let Some(last) = events.last().map(|event| event.id) else { return Ok(None) };
            Ok(Some((imported::parties_between(tx, after, last)?, events)))
        })?;
        let Some((parties, events)) = read else { return Ok(()) };
        let mut named = BTreeMap::<Uuid, Vec<Known>>::new();
        for party in parties {
            out.person(party.person, party.kind.as_deref(), party.has_mail, party.has_address);
            named.entry(party.event).or_default().push(party);
        }
        for event in events {
            after = Some(event.id);
            let named = named.remove(&event.id).unwrap_or_default();
            out.event(line(&event, &named)?)?;
        }
    }
}

/// Whether there were records in a file of which nobody can say whose they are: rows that were refused and are not mended,
/// or all that was not read.
fn lacks(file: &ImportedFile) -> bool {
    file.finished_at.is_none() || file.refused > 0 && file.mended_by.is_none()
}

/// What a row of such a file may have been.
fn kinds(file: &ImportedFile) -> Vec<&'static str> {
    match Kind::named(&file.kind) {
        Some(Kind::EccubeOrders | Kind::Shopify | Kind::Woocommerce) => vec!["order"],
        Some(Kind::EccubeCustomers) => vec!["registration", "leave"],
        Some(Kind::Plain) | None => KINDS.iter().map(|(kind, _)| *kind).collect(),
    }
}

fn line(event: &imported::Event, named: &[Known]) -> Result<Value> {
    let mut line = lines::fields(&event.fields)?;
    let recipients: Vec<Uuid> = named.iter().filter(|k| k.position > 0).map(|k| k.person).collect();
    let person = named.iter().find(|k| k.position == 0).map(|k| k.person);
    let known = json!({
        // Two systems may number alike.
        "event": event.event, "id": format!("{}:{}", event.system, event.source_id), "system": event.system,
        "at": event.happened, "until": event.until, "person": person, "recipients": recipients,
    });
    line.extend(known.as_object().cloned().unwrap_or_default());
    Ok(line.into())
}
