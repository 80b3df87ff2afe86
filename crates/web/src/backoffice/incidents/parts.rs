//! The parts of the facts: where each stands, which field of its form leads where, and what is said of an entry in a line.

use super::super::Say;
use domain::Locale;
use incident::{Facts, rule_name};
use serde_json::Value;
use site::{
    FieldKind, FormShape,
    incident::{BOTH, PARTS_OF_FACTS, TRUTHS},
};

/// A part of the facts with its form.
#[derive(Clone, Copy)]
pub struct Part {
    /// Its word, in the address and in texts.
    pub word: &'static str,
    /// Its form.
    pub form: &'static FormShape,
    /// Where it stands in the facts; empty: at the top.
    pub key: &'static str,
    /// Whether it is a list of entries.
    pub list: bool,
    /// Where each field leads within an entry, with dots.
    pub paths: &'static [(&'static str, &'static str)],
}

/// What a field of a form is.
pub enum As {
    /// A text as typed.
    Text,
    /// A day, or what is known of one ([`super::moment`]).
    Day,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Yes, no, or not known.
    Truth,
    /// Yes or no.
    Yes,
}

/// Word, key, whether a list, and where the fields lead.
type Place = (&'static str, &'static str, bool, &'static [(&'static str, &'static str)]);

/// Where each part stands. What has no line here is read by [`super::edit`] in its own way.
const PLACES: &[Place] = &[
    (
        "basics",
        "",
        false,
        &[
            ("title_ja", "title.ja"),
            ("title_en", "title.en"),
            ("malicious", "malicious"),
            ("pepper_exposed", "pepper_exposed"),
            ("compensation_ja", "compensation.ja"),
            ("compensation_en", "compensation.en"),
        ],
    ),
    (
        "merchant",
        "merchant",
        false,
        &[
            ("company_ja", "name.ja"),
            ("company_en", "name.en"),
            ("shop_ja", "shop.ja"),
            ("shop_en", "shop.en"),
            ("site", "site"),
            ("pages", "pages"),
            ("check_page", "check_page"),
            ("sender", "sender"),
            ("address_ja", "address.ja"),
            ("address_en", "address.en"),
            ("representative_ja", "representative.ja"),
            ("representative_en", "representative.en"),
        ],
    ),
    (
        "systems",
        "systems",
        true,
        &[
            ("system_id", "id"),
            ("name_ja", "name.ja"),
            ("name_en", "name.en"),
            ("affected", "affected"),
            ("why_ja", "why.ja"),
            ("why_en", "why.en"),
        ],
    ),
    (
        "causes",
        "causes",
        true,
        &[
            ("cause_id", "id"),
            ("title_ja", "title.ja"),
            ("title_en", "title.en"),
            ("certainty", "certainty"),
            ("whom_ja", "whom.ja"),
            ("whom_en", "whom.en"),
            ("how_known", "how.known"),
            ("how_ja", "how.text.ja"),
            ("how_en", "how.text.en"),
            ("why_known", "why.known"),
            ("why_ja", "why.text.ja"),
            ("why_en", "why.text.en"),
        ],
    ),
    (
        "timeline",
        "timeline",
        true,
        &[
            ("happened", "what"),
            ("on", "on"),
            ("by_ja", "by.ja"),
            ("by_en", "by.en"),
            ("note_ja", "note.ja"),
            ("note_en", "note.en"),
        ],
    ),
    (
        "investigation",
        "investigation",
        false,
        &[
            ("progress", "status"),
            ("as_of", "as_of"),
            ("by_ja", "by.ja"),
            ("by_en", "by.en"),
            ("accredited", "accredited"),
            ("found_ja", "found.ja"),
            ("found_en", "found.en"),
            ("misuse_seen", "misuse_seen"),
        ],
    ),
    (
        "defences",
        "defences",
        true,
        &[("what_ja", "what.ja"), ("what_en", "what.en"), ("in_place", "in_place")],
    ),
    (
        "updates",
        "updates",
        false,
        &[
            ("applied", "applied"),
            ("fix_published", "fix_published"),
            ("note_ja", "note.ja"),
            ("note_en", "note.en"),
        ],
    ),
    (
        "measures",
        "measures",
        true,
        &[("what_ja", "what.ja"), ("what_en", "what.en"), ("carried_out", "done"), ("on", "on")],
    ),
    (
        "contacts",
        "contacts",
        false,
        &[
            ("desk_ja", "name.ja"),
            ("desk_en", "name.en"),
            ("desk_phone", "phone"),
            ("hours_ja", "phone_hours.ja"),
            ("hours_en", "phone_hours.en"),
            ("desk_mail", "mail"),
            ("desk_form", "form"),
            ("open_from", "open_from"),
            ("open_until", "open_until"),
        ],
    ),
    (
        "cards",
        "cards",
        false,
        &[
            ("processor_ja", "processor.ja"),
            ("processor_en", "processor.en"),
            ("numbers_kept", "numbers_kept"),
            ("monitoring_asked", "monitoring.asked_on"),
            ("monitoring_until", "monitoring.until"),
            ("payer", "reissue.paid_by"),
            ("reissue_agreed", "reissue.agreed"),
            ("reissue_asked", "reissue.asked_on"),
            ("reissue_until", "reissue.free_until"),
        ],
    ),
    (
        "filings",
        "filings",
        true,
        &[
            ("office", "to"),
            ("filing", "kind"),
            ("filed_on", "on"),
            ("not_yet_ja", "not_yet.ja"),
            ("not_yet_en", "not_yet.en"),
            ("bureau_ja", "office.ja"),
            ("bureau_en", "office.en"),
            ("filing_number", "number"),
        ],
    ),
    (
        "announcements",
        "announcements",
        false,
        &[
            ("about_ja", "next.about.ja"),
            ("about_en", "next.about.en"),
            ("on", "next.on"),
            ("none_planned", "none_planned"),
            ("why_now_ja", "why_now.ja"),
            ("why_now_en", "why_now.en"),
        ],
    ),
    (
        "answers",
        "answers",
        true,
        &[
            ("on_day", "on"),
            ("part", "part"),
            ("question_ja", "question.ja"),
            ("question_en", "question.en"),
            ("answer_ja", "answer.ja"),
            ("answer_en", "answer.en"),
        ],
    ),
];

impl Part {
    /// All of them, in the order in which they are filled in.
    pub fn all() -> impl Iterator<Item = Part> {
        PARTS_OF_FACTS.iter().filter_map(|(word, _)| Part::named(word))
    }

    /// The part of that word.
    pub fn named(word: &str) -> Option<Part> {
        let (word, form) = PARTS_OF_FACTS.iter().find(|(name, _)| *name == word)?;
        let (_, key, list, paths) = PLACES.iter().find(|(name, ..)| name == word)?;
        Some(Part { word, form, key, list: *list, paths })
    }

    /// How a field is read.
    pub fn kind(&self, name: &str) -> As {
        match self.form.field(name).map(|f| f.kind) {
            Some(FieldKind::Choice(words)) if words == TRUTHS => As::Truth,
            Some(FieldKind::Choice(words)) if words == BOTH => As::Yes,
            Some(FieldKind::Choice(words)) => As::Word(words),
            Some(FieldKind::Date) => As::Day,
            _ => As::Text,
        }
    }

    /// Its entries as they stand.
    pub fn entries<'v>(&self, facts: &'v Value) -> Vec<&'v Value> {
        match (self.key, self.list) {
            ("", _) => vec![facts],
            (key, true) => facts[key].as_array().map(|all| all.iter().collect()).unwrap_or_default(),
            (key, false) => facts.get(key).into_iter().collect(),
        }
    }

    /// An entry of a list in a line: what it is, and what more is to be said.
    pub fn line(&self, say: &Say, facts: &Facts, n: usize) -> Option<(String, String)> {
        let ja = say.locale == Locale::Ja;
        let text = |t: &incident::facts::Text| if ja { t.ja.clone() } else { t.en.clone() };
        let sentence = |s: &incident::scope::Sentence| if ja { s.ja.clone() } else { s.en.clone() };
        let time = |end: incident::End| sentence(&incident::time_name(end));
        let yes = |yes: bool| say.w("bo-inc-both", if yes { "yes" } else { "no" });
        let word = |family: &str, value: &dyn erased::Word| say.w(family, &value.word());
        Some(match self.word {
            "systems" => {
                let system = facts.systems.get(n)?;
                (text(&system.name), format!("{} {}", say.s("bo-inc-f-affected"), yes(system.affected)))
            }
            "causes" => {
                let cause = facts.causes.get(n)?;
                (text(&cause.title), sentence(&rule_name(facts, Some(cause), &cause.rule)))
            }
            "timeline" => {
                let step = facts.timeline.get(n)?;
                let by = step.by.as_ref().map(text).unwrap_or_default();
                (time(step.on), format!("{} {by}", word("bo-inc-happened", &step.what)))
            }
            "defences" => {
                let defence = facts.defences.get(n)?;
                (text(&defence.what), format!("{} {}", say.s("bo-inc-f-in-place"), yes(defence.in_place)))
            }
            "measures" => {
                let measure = facts.measures.get(n)?;
                let on = measure.on.map(time).unwrap_or_default();
                let done = if measure.done { "bo-inc-measure-done" } else { "bo-inc-measure-planned" };
                (text(&measure.what), format!("{} {on}", say.s(done)))
            }
            "filings" => {
                let filing = facts.filings.get(n)?;
                let when = filing.on.map(|day| say.day(day));
                let when = when.or_else(|| filing.not_yet.as_ref().map(text)).unwrap_or_default();
                let what = word("bo-inc-filing", &filing.kind);
                (format!("{} {what}", word("bo-inc-office", &filing.to)), when)
            }
            "answers" => {
                let added = facts.answers.get(n)?;
                (text(&added.question), say.day(added.on))
            }
            _ => return None,
        })
    }
}

/// The word of a value of the facts, as it stands in a file.
mod erased {
    use serde::Serialize;

    /// Something that is one word in the facts.
    pub trait Word {
        /// That word.
        fn word(&self) -> String;
    }

    impl<T: Serialize> Word for T {
        fn word(&self) -> String {
            serde_json::to_value(self).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `edit` reads in its own way, and what is no fact.
    const OWN: &[&str] = &["base", "entry", "go", "since", "upto", "systems", "rule_kind", "rule", "item"];

    #[test]
    fn every_field_leads_somewhere() {
        assert_eq!(Part::all().count(), PARTS_OF_FACTS.len());
        for part in Part::all() {
            let fields = part.form.fields.iter().map(|f| f.name).filter(|name| !OWN.contains(name));
            let fields = fields.filter(|name| super::super::moment::day_of(name).is_none());
            let led: Vec<&str> = part.paths.iter().map(|(field, _)| *field).collect();
            assert_eq!(fields.collect::<Vec<_>>(), led, "{}", part.word);
        }
    }
}
