//! By whom a person was opened and what for.

use ledger::{Entry, Word, hex};
use serde::Serialize;
use uuid::Uuid;

/// What the openings of one person have in common with many others: kept once.
#[derive(Serialize)]
pub(super) struct How {
    kind: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<Word>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Word>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<Word>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cap: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    staff: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Word>,
}

impl How {
    /// Of a person's columns of an entry.
    pub(super) fn of(entry: &Entry, fields: Vec<String>) -> How {
        How {
            kind: if entry.kind == ledger::Kind::Honeytoken { "honeytoken" } else { "unseal" },
            fields,
            asked: entry.asked.clone(),
            role: entry.role.clone(),
            purpose: entry.purpose.clone(),
            cap: entry.cap.map(|cap| hex(&cap)),
            staff: entry.staff,
            message: entry.message,
            reason: entry.reason.clone(),
        }
    }

    pub(super) fn words(&self) -> String {
        let fields =
            if self.fields.is_empty() { "address of an account".into() } else { self.fields.join(", ") };
        let mut text = format!(
            "{fields}; {} for {}",
            self.role.as_deref().unwrap_or("-"),
            self.purpose.as_deref().unwrap_or("-")
        );
        for (name, value) in [
            ("capability", self.cap.clone()),
            ("staff", self.staff.map(|id| id.to_string())),
            ("message", self.message.map(|id| id.to_string())),
            ("reason", self.reason.as_ref().map(ToString::to_string)),
        ] {
            if let Some(value) = value {
                text += &format!("; {name} {value}");
            }
        }
        text
    }
}
