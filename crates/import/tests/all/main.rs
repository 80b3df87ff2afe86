//! Files in the form of each export, made by hand, and what must come out of them.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod broken;
mod eccube;
mod plain;
mod properties;
mod shopify;
mod woocommerce;

use import::{Broken, Dictionary, Import, Item, Kind, Note, Party, Record, Survey, Value, survey};

/// All that is in a file.
struct Read {
    survey: Survey,
    records: Vec<Record>,
    notes: Vec<Note>,
    rows: u64,
}

fn read_as(bytes: &[u8], kind: Option<Kind>, own: Dictionary) -> Result<Read, Broken> {
    let survey = survey(bytes, kind, |_| {})?;
    let mut import = Import::open(bytes, &survey, own)?;
    let (mut records, mut notes) = (Vec::new(), Vec::new());
    while let Some(item) = import.next_item()? {
        match item {
            Item::Record(record) => records.push(*record),
            Item::Note(note) => notes.push(note),
        }
    }
    Ok(Read { survey, records, notes, rows: import.rows() })
}

fn read(text: &str) -> Read {
    read_as(text.as_bytes(), None, Dictionary::default()).unwrap()
}

/// Somebody in one line, so that a test can show him: the tests' people do not exist.
fn shown(party: &Party) -> String {
    let text =
        |t: &Option<domain::person::Personal>| t.as_ref().map(|t| t.reveal().to_owned()).unwrap_or_default();
    let address = party.address.as_ref().map(|a| {
        let lines: Vec<&str> = a.lines.iter().map(|l| l.reveal()).collect();
        format!("{} {}", text(&a.postcode), lines.join(" "))
    });
    [
        party.kind.unwrap_or("?").to_owned(),
        party.member.clone().unwrap_or_default(),
        text(&party.mail),
        text(&party.name),
        text(&party.kana),
        text(&party.company),
        text(&party.phone),
        address.unwrap_or_default(),
    ]
    .join("|")
}

fn field<'a>(record: &'a Record, name: &str) -> Option<&'a Value> {
    record.fields.iter().find(|(n, _)| n == name).map(|(_, value)| value)
}

fn word(record: &Record, name: &str) -> Option<String> {
    field(record, name).map(|value| match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
    })
}

/// The line, column and reason of each note, and whether it refuses the row.
fn told(notes: &[Note]) -> Vec<(u64, Option<&str>, import::Reason, bool)> {
    notes.iter().map(|n| (n.line, n.column.as_deref(), n.reason, n.refused)).collect()
}
