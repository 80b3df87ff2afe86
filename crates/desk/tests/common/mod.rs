//! Incidents to render.
#![allow(dead_code, reason = "each test uses some of it")]

use desk::{Case, Counts};
use incident::Facts;
use jiff::civil::Date;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where they lie.
pub fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// Facts with their counts.
pub struct Incident {
    pub facts: Facts,
    pub counts: Option<Counts>,
}

impl Incident {
    /// One of the folders.
    pub fn read(name: &str) -> Incident {
        Incident::with(
            &Incident::text(name),
            &fs::read_to_string(cases().join(name).join("scope.json")).unwrap(),
        )
    }

    /// The text of its facts.
    pub fn text(name: &str) -> String {
        fs::read_to_string(cases().join(name).join("facts.toml")).unwrap()
    }

    /// These facts and counts.
    pub fn with(facts: &str, scope: &str) -> Incident {
        let facts = Facts::read(facts).unwrap();
        let counts = Some(Counts::read(scope, &facts).unwrap());
        Incident { facts, counts }
    }

    /// These facts, where nobody counted yet.
    pub fn uncounted(facts: &str) -> Incident {
        Incident { facts: Facts::read(facts).unwrap(), counts: None }
    }

    /// On a day.
    pub fn on(&self, today: Date) -> Case<'_> {
        Case { facts: &self.facts, counts: self.counts.as_ref(), today }
    }
}

/// A day.
pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}
