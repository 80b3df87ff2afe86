//! What is wrong with what was typed into a form of facts: field by field, in the words that stand on the screen, all of
//! it at once. What only the facts as a whole show is said by kind ([`incident::facts::Kind`]).

use super::{
    moment,
    parts::{As, Part},
};
use crate::{backoffice::Say, form::Fields};
use domain::person::Invalid;
use incident::facts::{self, Kind, Unfit};
use serde_json::Value;
use site::FormShape;

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Its name.
    pub field: &'static str,
    /// Why.
    pub why: Why,
}

/// Why a field is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It is empty.
    Missing,
    /// Nothing is chosen.
    Unchosen,
    /// It is empty, and the other language is not.
    OneLanguage,
    /// It is no day.
    Day,
    /// There is a time, and no day.
    DayOfTime,
    /// It is no time of a day.
    Time,
    /// A time of a day that is not known.
    TimeOfNoDay,
    /// It is no address of a page.
    Address,
    /// It does not end with a slash.
    Slash,
    /// It is no mail address.
    Mail,
    /// It is no telephone number.
    Phone,
    /// It is no short name.
    Id,
    /// Another entry has that short name.
    Twice,
    /// There is no such system.
    System(String),
    /// The last day is before the first.
    Backwards,
    /// No way of asking is given.
    Reach,
    /// Neither a day nor a reason.
    Filed,
    /// A day, and a reason why it was not filed.
    FiledBoth,
    /// Something more is planned after all.
    Planned,
    /// The rule cannot be read; why.
    Rule(String),
    /// As the facts as a whole say.
    Facts(Kind),
}

impl Wrong {
    /// That.
    pub fn new(field: &'static str, why: Why) -> Wrong {
        Wrong { field, why }
    }

    /// In a sentence, with what the field is called on the screen.
    pub fn says(&self, say: &Say) -> String {
        let label = say.w("bo-inc-f", self.field);
        let with = |id: &str| say.t.f1(id, "label", &label);
        match &self.why {
            Why::Missing => say.t.invalid(&label, Invalid::Missing),
            Why::Unchosen => with("invalid-choose"),
            Why::OneLanguage => with("bo-inc-wrong-language"),
            Why::Day => with("bo-inc-wrong-day"),
            Why::DayOfTime => with("bo-inc-wrong-day-of-time"),
            Why::Time => with("bo-inc-wrong-time"),
            Why::TimeOfNoDay => with("bo-inc-wrong-time-of-no-day"),
            Why::Address => with("bo-inc-wrong-address"),
            Why::Slash => with("bo-inc-wrong-slash"),
            Why::Mail => with("invalid-email"),
            Why::Phone => with("bo-inc-wrong-phone"),
            Why::Id => with("bo-inc-wrong-id"),
            Why::Twice => with("bo-inc-wrong-twice"),
            Why::System(id) => say.t.f1("bo-inc-wrong-system", "id", id),
            Why::Backwards => with("bo-inc-wrong-backwards"),
            Why::Reach => say.s("bo-inc-wrong-reach"),
            Why::Filed => say.s("bo-inc-wrong-filed"),
            Why::FiledBoth => say.s("bo-inc-wrong-filed-both"),
            Why::Planned => say.s("bo-inc-wrong-planned"),
            Why::Rule(why) => say.t.f1("bo-inc-no-rule", "why", why),
            Why::Facts(kind) => say.s(of_facts(*kind)),
        }
    }
}

fn of_facts(kind: Kind) -> &'static str {
    match kind {
        Kind::NoCause => "bo-inc-unfit-no-cause",
        Kind::NoSystem => "bo-inc-unfit-no-system",
        Kind::Circle => "bo-inc-unfit-circle",
        Kind::BeforeBegun => "bo-inc-unfit-before-begun",
        Kind::BeforeKnown => "bo-inc-unfit-before-known",
        Kind::VersionDay => "bo-inc-unfit-version-day",
        Kind::Other => "bo-inc-unfit-other",
    }
}

/// What makes the facts as a whole unfit, where it is a field of the form for that part.
pub fn of_unfit(word: &str, unfit: &Unfit) -> Option<Wrong> {
    let field = match (unfit.1, word) {
        (Kind::BeforeBegun | Kind::BeforeKnown, "timeline") => "on",
        (Kind::NoCause | Kind::Circle, "causes") => "rule",
        _ => return None,
    };
    Some(Wrong::new(field, Why::Facts(unfit.1)))
}

/// What makes the facts as a whole unfit, in a sentence.
pub fn unfit_says(say: &Say, unfit: &Unfit) -> String {
    match unfit.1 {
        Kind::Other => say.t.f1("bo-inc-unfit", "why", &unfit.0),
        kind => say.s(of_facts(kind)),
    }
}

/// Whether a field must be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Always.
    Must,
    /// Where something else was chosen, or not given.
    Depends,
    /// As soon as the other language is.
    Both,
    /// Never.
    May,
}

/// What the facts take from no entry of that part without.
const MUST: &[(&str, &[&str])] = &[
    ("basics", &["title_ja", "title_en"]),
    ("merchant", &["company_ja", "company_en", "shop_ja", "shop_en", "site", "pages"]),
    ("systems", &["system_id", "name_ja", "name_en"]),
    ("causes", &["cause_id", "title_ja", "title_en", "item"]),
    ("timeline", &["on"]),
    ("investigation", &["as_of"]),
    ("defences", &["what_ja", "what_en"]),
    ("measures", &["what_ja", "what_en"]),
    ("answers", &["on_day", "question_ja", "question_en", "answer_ja", "answer_en"]),
];

/// What depends on another field of the form.
const DEPENDS: &[(&str, &[&str])] = &[
    ("systems", &["why_ja", "why_en"]),
    ("causes", &["rule", "how_ja", "how_en", "why_ja", "why_en"]),
    ("contacts", &["desk_phone", "desk_mail", "desk_form"]),
    ("filings", &["filed_on", "not_yet_ja", "not_yet_en"]),
    ("announcements", &["about_ja", "about_en"]),
];

/// Whether that field of a part must be filled.
pub fn need(part: &Part, field: &str) -> Need {
    let named = |table: &[(&str, &[&str])]| {
        table.iter().any(|(word, fields)| *word == part.word && fields.contains(&field))
    };
    match part.kind(field) {
        // Of a moment only the day is asked for.
        _ if moment::day_of(field).is_some() => Need::May,
        _ if named(MUST) => Need::Must,
        _ if named(DEPENDS) => Need::Depends,
        // It says something as it stands.
        As::Word(_) | As::Yes => Need::Must,
        _ if twin(part.form, field).is_some() => Need::Both,
        _ => Need::May,
    }
}

/// The same field in the other language.
fn twin(form: &FormShape, field: &str) -> Option<&'static str> {
    let (name, other) = match field.rsplit_once('_')? {
        (name, "ja") => (name, "_en"),
        (name, "en") => (name, "_ja"),
        _ => return None,
    };
    form.fields.iter().map(|f| f.name).find(|twin| twin.strip_suffix(other) == Some(name))
}

/// What stands in the way, by which fields and what else was chosen.
fn depends(part: &Part, fields: &Fields) -> Vec<Wrong> {
    let given = |name: &str| !fields.get(name).trim().is_empty();
    let none = |names: &[&'static str]| !names.iter().any(|name| given(name));
    let mut wrong: Vec<Wrong> = Vec::new();
    match part.word {
        "systems" if fields.get("affected") == "no" => wrong.extend(missing(fields, ["why_ja", "why_en"])),
        "causes" => {
            for (known, texts) in [("how_known", ["how_ja", "how_en"]), ("why_known", ["why_ja", "why_en"])] {
                if ["known", "suspected"].contains(&fields.get(known)) {
                    wrong.extend(missing(fields, texts));
                }
            }
        }
        "contacts" if none(&["desk_phone", "desk_mail", "desk_form"]) => {
            wrong.push(Wrong::new("desk_phone", Why::Reach));
        }
        "contacts" => wrong.extend(backwards(fields, "open_from", "open_until")),
        "filings" => match (given("filed_on"), none(&["not_yet_ja", "not_yet_en"])) {
            (false, true) => wrong.push(Wrong::new("filed_on", Why::Filed)),
            (true, false) => wrong.push(Wrong::new("filed_on", Why::FiledBoth)),
            _ => {}
        },
        "announcements" => {
            if given("on") {
                wrong.extend(missing(fields, ["about_ja", "about_en"]));
            }
            if fields.get("none_planned") == "yes" && (given("about_ja") || given("about_en")) {
                wrong.push(Wrong::new("none_planned", Why::Planned));
            }
        }
        _ => {}
    }
    wrong
}

/// Whether the last day of two comes before the first.
fn backwards(fields: &Fields, first: &str, last: &'static str) -> Option<Wrong> {
    let day = |name: &str| fields.get(name).trim().parse::<jiff::civil::Date>().ok();
    let turned = day(first).zip(day(last)).is_some_and(|(first, last)| last < first);
    turned.then(|| Wrong::new(last, Why::Backwards))
}

/// What is wrong with each field of a part's form, by itself and beside the others.
pub fn of_fields(part: &Part, fields: &Fields) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for shape in part.form.fields {
        let (name, text) = (shape.name, fields.get(shape.name).trim());
        if moment::day_of(name).is_some() {
            continue;
        }
        let other = twin(part.form, name).is_some_and(|twin| !fields.get(twin).trim().is_empty());
        let why = match need(part, name) {
            // It has its own word for nothing.
            Need::Must if name == "item" => text.is_empty().then_some(Why::Unchosen),
            Need::Must if text.is_empty() && matches!(part.kind(name), As::Text | As::Day) => {
                Some(Why::Missing)
            }
            _ if text.is_empty() && other => Some(Why::OneLanguage),
            _ if text.is_empty() => None,
            _ => shaped(name, text),
        };
        wrong.extend(why.map(|why| Wrong::new(name, why)));
    }
    wrong.extend(depends(part, fields));
    wrong
}

/// What the text of a field must look like.
fn shaped(name: &str, text: &str) -> Option<Why> {
    match name {
        "site" | "pages" | "check_page" | "desk_form" if !facts::is_address(text) => Some(Why::Address),
        "pages" if !text.ends_with('/') => Some(Why::Slash),
        "sender" | "desk_mail" if !facts::is_mail(text) => Some(Why::Mail),
        "desk_phone" if !facts::is_phone(text) => Some(Why::Phone),
        "system_id" | "cause_id" if !facts::is_id(text) => Some(Why::Id),
        _ => None,
    }
}

/// What is wrong with an entry beside the others of the facts.
pub fn of_entry(part: &Part, facts: &Value, at: usize, entry: &Value) -> Vec<Wrong> {
    let id = match part.word {
        "systems" => "system_id",
        "causes" => "cause_id",
        _ => return Vec::new(),
    };
    let mut wrong = Vec::new();
    let is_taken = |(n, other): (usize, &Value)| n != at && other["id"] == entry["id"];
    if part.entries(facts).into_iter().enumerate().any(is_taken) {
        wrong.push(Wrong::new(id, Why::Twice));
    }
    if part.word == "causes" {
        let known: Vec<&str> =
            facts["systems"].as_array().into_iter().flatten().filter_map(|s| s["id"].as_str()).collect();
        let mut named = entry["systems"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let stranger = named.find(|id| !known.is_empty() && !known.contains(id));
        wrong.extend(stranger.map(|id| Wrong::new("systems", Why::System(id.to_owned()))));
    }
    wrong
}

/// Those of these fields that are empty, and must not be.
pub fn missing(fields: &Fields, names: [&'static str; 2]) -> impl Iterator<Item = Wrong> {
    let empty = names.into_iter().filter(|name| fields.get(name).trim().is_empty());
    empty.map(|name| Wrong::new(name, Why::Missing))
}

/// One fault a field, in the order in which the fields stand on the page: what was got out stands last.
pub fn in_order(form: &FormShape, mut wrong: Vec<Wrong>) -> Vec<Wrong> {
    let place = |w: &Wrong| {
        let place = form.fields.iter().position(|f| f.name == w.field);
        (w.field == "item", place)
    };
    wrong.sort_by_key(place);
    wrong.dedup_by_key(|w| w.field);
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Locale;

    fn of(word: &str, fields: &[(&str, &str)]) -> Vec<(&'static str, Why)> {
        let part = Part::named(word).unwrap_or_else(|| panic!("{word}"));
        let wrong = in_order(part.form, of_fields(&part, &Fields::of(fields.iter().copied())));
        wrong.into_iter().map(|w| (w.field, w.why)).collect()
    }

    #[test]
    fn all_faults_are_found_at_once_and_in_order() {
        let site = ("site", "shop.example");
        let merchant =
            [("company_ja", "栗鼠堂"), site, ("pages", "https://shop.example/notice"), ("sender", "nomail")];
        assert_eq!(
            of("merchant", &merchant),
            [
                ("company_en", Why::Missing),
                ("shop_ja", Why::Missing),
                ("shop_en", Why::Missing),
                ("site", Why::Address),
                ("pages", Why::Slash),
                ("sender", Why::Mail),
            ]
        );
        assert_eq!(
            of("contacts", &[("desk_ja", "窓口")]),
            [("desk_en", Why::OneLanguage), ("desk_phone", Why::Reach)]
        );
        let closes =
            [("desk_phone", "0120-000-000"), ("open_from", "2026-12-01"), ("open_until", "2026-11-30")];
        assert_eq!(of("contacts", &closes), [("open_until", Why::Backwards)]);
        assert_eq!(of("filings", &[]), [("filed_on", Why::Filed)]);
        let both = [("filed_on", "2026-12-01"), ("not_yet_ja", "まだ"), ("not_yet_en", "not yet")];
        assert_eq!(of("filings", &both), [("filed_on", Why::FiledBoth)]);
        assert_eq!(of("investigation", &[("progress", "running")]), [("as_of", Why::Missing)]);
        let affected = [("system_id", "店"), ("name_ja", "店"), ("name_en", "shop"), ("affected", "no")];
        assert_eq!(
            of("systems", &affected),
            [("system_id", Why::Id), ("why_ja", Why::Missing), ("why_en", Why::Missing)]
        );
    }

    #[test]
    fn every_fault_is_a_sentence_in_both_languages() {
        let all = [
            Why::Missing,
            Why::Unchosen,
            Why::OneLanguage,
            Why::Day,
            Why::DayOfTime,
            Why::Time,
            Why::TimeOfNoDay,
            Why::Address,
            Why::Slash,
            Why::Mail,
            Why::Phone,
            Why::Id,
            Why::Twice,
            Why::System("x".to_owned()),
            Why::Backwards,
            Why::Reach,
            Why::Filed,
            Why::FiledBoth,
            Why::Planned,
            Why::Rule("x".to_owned()),
        ];
        let kinds = [Kind::NoCause, Kind::NoSystem, Kind::Circle, Kind::BeforeBegun, Kind::BeforeKnown];
        let kinds = kinds.into_iter().chain([Kind::VersionDay, Kind::Other]).map(Why::Facts);
        for locale in [Locale::Ja, Locale::En] {
            let say = Say { t: crate::view::Texts::of(locale), locale };
            for why in all.iter().cloned().chain(kinds.clone()) {
                let says = Wrong::new("on", why).says(&say);
                assert!(
                    says.ends_with(['。', '.']) && !says.contains("bo-inc") && !says.contains('{'),
                    "{says}"
                );
            }
        }
    }

    #[test]
    fn every_field_that_must_be_filled_is_one_of_the_form() {
        for (word, fields) in MUST.iter().chain(DEPENDS) {
            let part = Part::named(word).unwrap_or_else(|| panic!("{word}"));
            for field in *fields {
                assert!(part.form.field(field).is_some(), "{word} {field}");
            }
        }
    }
}
