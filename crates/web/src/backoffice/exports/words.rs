//! The words of the map for what the vault calls by its own names.

use vault_api::{ExportField, ExportReason, ExportState, ExportSubject};

/// What is listed.
pub const SUBJECTS: [(&str, ExportSubject); 2] =
    [("customers", ExportSubject::Customers), ("orders", ExportSubject::Orders)];

/// Why.
pub const REASONS: [(&str, ExportReason); 5] = [
    ("mailing", ExportReason::Mailing),
    ("accounting", ExportReason::Accounting),
    ("shipping", ExportReason::Shipping),
    ("migration", ExportReason::Migration),
    ("authority", ExportReason::Authority),
];

/// What of each person.
pub const FIELDS: [(&str, ExportField); 5] = [
    ("name", ExportField::Name),
    ("email", ExportField::Email),
    ("phone", ExportField::Phone),
    ("address", ExportField::Address),
    ("recipient", ExportField::Recipient),
];

/// The thing with this word.
pub fn of<T: Copy>(all: &[(&str, T)], word: &str) -> Option<T> {
    all.iter().find(|(w, _)| *w == word).map(|(_, thing)| *thing)
}

/// The word for a thing.
pub fn word<T: PartialEq>(all: &[(&'static str, T)], thing: &T) -> &'static str {
    all.iter().find(|(_, t)| t == thing).map_or("", |(word, _)| *word)
}

/// Where it stands: word and tone.
pub fn state(state: ExportState) -> (&'static str, &'static str) {
    match state {
        ExportState::Waiting => ("waiting", "wait"),
        ExportState::Approved => ("approved", "go"),
        ExportState::Taken => ("taken", "done"),
        ExportState::Ended => ("ended", "off"),
        ExportState::Expired => ("expired", "off"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Texts;
    use domain::Locale;

    #[test]
    fn the_map_and_the_vault_know_the_same_words_and_each_has_its_text() {
        let words = |all: &[&'static str]| all.to_vec();
        assert_eq!(words(site::exports::SUBJECTS), SUBJECTS.map(|(w, _)| w));
        assert_eq!(words(site::exports::REASONS), REASONS.map(|(w, _)| w));
        assert_eq!(words(site::exports::FIELDS), FIELDS.map(|(w, _)| w));
        assert_eq!(FIELDS.map(|(_, f)| f), ExportField::ALL);
        use ExportState::{Approved, Ended, Expired, Taken, Waiting};
        let states = [Waiting, Approved, Taken, Ended, Expired].map(|s| state(s).0);
        for t in [Locale::Ja, Locale::En].map(Texts::of) {
            for (family, words) in [
                ("bo-export-subject", site::exports::SUBJECTS),
                ("bo-export-reason", site::exports::REASONS),
                ("bo-export-field", site::exports::FIELDS),
                ("bo-export-state", &states),
                ("bo-done", site::exports::DONE),
            ] {
                words.iter().for_each(|word| assert!(!t.w(family, word).is_empty(), "{family} {word}"));
            }
        }
    }
}
