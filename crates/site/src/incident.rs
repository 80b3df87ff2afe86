//! The back office of incidents: facts, part by part; versions that are frozen; what is rendered from them.

use crate::{
    Field, FieldKind, FormShape, PageKind, Role, Route,
    form::{LANG, TOKEN_ONLY},
};

/// The most characters of a line of facts.
pub const FACT_LINE_CHARS_MAX: usize = 200;
/// The most characters of a sentence or several of them.
pub const FACT_TEXT_CHARS_MAX: usize = 1_000;
/// The most characters of a time of the day: one with seconds.
pub const TIME_CHARS_MAX: usize = 8;
/// The most characters of a rule.
pub const RULE_CHARS_MAX: usize = 2_000;
/// The most items that a cause can name.
pub const ITEMS_MAX: usize = 40;
/// The most entries of a part.
pub const ENTRIES_MAX: i64 = 200;
/// How much of a day is known: all of it, the month, the year.
pub const SPANS: &[&str] = &["day", "month", "year"];
/// Yes, no, or nobody knows.
pub const TRUTHS: &[&str] = &["unknown", "yes", "no"];
/// Yes or no.
pub const BOTH: &[&str] = &["yes", "no"];
/// Rules that incidents often need; `own` is one that was written.
pub const RULES: &[&str] = &[
    "typed",
    "typed_failed",
    "ordered",
    "registered",
    "ordered_or_registered",
    "recipients",
    "everyone",
    "own",
];
/// How far something is known.
pub const KNOWN: &[&str] = &["unknown", "suspected", "known"];
/// What can stand in the timeline.
pub const HAPPENED: &[&str] = &[
    "intrusion",
    "discovered",
    "payment_stopped",
    "shop_closed",
    "isolated",
    "card_companies_told",
    "firm_engaged",
    "report_received",
    "announced",
    "notices_sent",
    "letters_sent",
    "reopened",
    "other",
];
/// How far the investigation is.
pub const PROGRESS: &[&str] = &["planned", "running", "finished"];
/// Who is told.
pub const OFFICES: &[&str] = &["commission", "police", "processor", "card_companies", "other"];
/// What is filed.
pub const FILINGS: &[&str] = &["preliminary", "final", "report"];
/// Who pays for new cards.
pub const PAYERS: &[&str] = &["merchant", "card_companies"];
/// The parts of the questions.
pub const PARTS: &[&str] = &["cards", "personal", "asking", "response"];
/// What a cause means of a person.
pub const CERTAINTIES: &[&str] = &["possible", "confirmed"];
/// What can be read before anything leaves.
pub const READINGS: &[&str] = &[
    "announcement",
    "questions",
    "notices",
    "commission_preliminary",
    "commission_final",
    "processor",
    "card_companies",
    "police",
    "staff",
];
/// What was just done, for the line above the page that follows.
pub const DONE: &[&str] = &[
    "incident_begun",
    "fact_saved",
    "fact_removed",
    "fact_unchanged",
    "counted",
    "counted_before",
    "frozen",
];

/// What is done with an entry.
const GO: Field = Field::choice("go", &["save", "remove"]);
/// The revision that was shown: whoever saves on another one is told.
const BASE: Field = Field::integer("base", 1, 1_000_000);
/// The place of an entry in its list; absent: a new one.
const ENTRY: Field = Field::integer("entry", 1, ENTRIES_MAX).optional();

const fn line(name: &'static str) -> Field {
    Field::line(name, FACT_LINE_CHARS_MAX)
}

const fn text(name: &'static str) -> Field {
    Field::text(name, FACT_TEXT_CHARS_MAX)
}

const fn day(name: &'static str) -> Field {
    Field::date(name).optional()
}

const fn time(name: &'static str) -> Field {
    Field::line(name, TIME_CHARS_MAX).optional()
}

/// How much of the day before it is known; absent: all of it.
const fn span(name: &'static str) -> Field {
    Field::choice(name, SPANS).optional()
}

macro_rules! parts {
    ($($(#[$doc:meta])* $word:literal $form:ident [$($field:expr),* $(,)?];)*) => {
        $($(#[$doc])* pub static $form: FormShape = FormShape::post(&[BASE, ENTRY, GO, $($field),*]);)*

        /// The parts of the facts, each with its form, in the order in which they are filled in.
        pub static PARTS_OF_FACTS: &[(&str, &FormShape)] = &[$(($word, &$form)),*];

        /// The routes of this area.
        pub static ROUTES: &[Route] = &[
            page("staff_incidents", "/admin/incidents").query(&DONE_QUERY),
            page("staff_incident_new", "/admin/incidents/new").staff(Role::Manager),
            step("staff_incident_begin", "/admin/incidents", &BEGIN),
            page("staff_incident", "/admin/incidents/{id}").query(&DONE_QUERY),
            page("staff_incident_read", "/admin/incidents/{id}/read").query(&READ_QUERY),
            step("staff_incident_count", "/admin/incidents/{id}/count", &TOKEN_ONLY),
            step("staff_incident_freeze", "/admin/incidents/{id}/freeze", &FREEZE),
            $(
                page(concat!("staff_incident_", $word), concat!("/admin/incidents/{id}/", $word)).query(&ENTRY_QUERY),
                step(concat!("staff_incident_save_", $word), concat!("/admin/incidents/{id}/", $word), &$form),
            )*
        ];
    };
}

parts! {
    /// What it is called, and what is known of it as a whole.
    "basics" BASICS [
        line("title_ja"), line("title_en"), Field::choice("malicious", TRUTHS), Field::choice("pepper_exposed", TRUTHS),
        text("compensation_ja"), text("compensation_en"),
    ];
    /// Whose incident it is.
    "merchant" MERCHANT [
        line("company_ja"), line("company_en"), line("shop_ja"), line("shop_en"), line("site"), line("pages"),
        line("check_page"), line("sender"), line("address_ja"), line("address_en"), line("representative_ja"),
        line("representative_en"),
    ];
    /// Systems, those that are not concerned among them.
    "systems" SYSTEMS [
        line("system_id"), line("name_ja"), line("name_en"), Field::choice("affected", BOTH), text("why_ja"), text("why_en"),
    ];
    /// How data could get out.
    "causes" CAUSES [
        line("cause_id"), line("title_ja"), line("title_en"), day("since"), time("since_time"), span("since_span"),
        day("upto"), time("upto_time"), span("upto_span"), line("systems"),
        Field::choice("rule_kind", RULES), Field::text("rule", RULE_CHARS_MAX), Field::choice("certainty", CERTAINTIES),
        Field::token("item", 40).optional().repeated(ITEMS_MAX),
        text("whom_ja"), text("whom_en"),
        Field::choice("how_known", KNOWN), text("how_ja"), text("how_en"),
        Field::choice("why_known", KNOWN), text("why_ja"), text("why_en"),
    ];
    /// What happened when.
    "timeline" TIMELINE [
        Field::choice("happened", HAPPENED), day("on"), span("on_span"), line("by_ja"), line("by_en"), text("note_ja"), text("note_en"),
    ];
    /// How far the investigation is.
    "investigation" INVESTIGATION [
        Field::choice("progress", PROGRESS), day("as_of"), line("by_ja"), line("by_en"),
        Field::choice("accredited", TRUTHS), text("found_ja"), text("found_en"), Field::choice("misuse_seen", TRUTHS),
    ];
    /// What there was against it.
    "defences" DEFENCES [line("what_ja"), line("what_en"), Field::choice("in_place", BOTH)];
    /// Whether the software was up to date.
    "updates" UPDATES [Field::choice("applied", TRUTHS), day("fix_published"), span("fix_published_span"), text("note_ja"), text("note_en")];
    /// So that it does not happen again.
    "measures" MEASURES [line("what_ja"), line("what_en"), Field::choice("carried_out", BOTH), day("on"), span("on_span")];
    /// Where customers ask.
    "contacts" CONTACTS [
        line("desk_ja"), line("desk_en"), Field::line("desk_phone", 30), line("hours_ja"), line("hours_en"),
        line("desk_mail"), line("desk_form"), day("open_from"), day("open_until"),
    ];
    /// What card companies and the processor do.
    "cards" CARDS [
        line("processor_ja"), line("processor_en"), Field::choice("numbers_kept", TRUTHS),
        day("monitoring_asked"), day("monitoring_until"),
        Field::choice("payer", PAYERS), Field::choice("reissue_agreed", TRUTHS),
        day("reissue_asked"), day("reissue_until"),
    ];
    /// Reports that were filed, or why not yet.
    "filings" FILINGS_FORM [
        Field::choice("office", OFFICES), Field::choice("filing", FILINGS), day("filed_on"),
        text("not_yet_ja"), text("not_yet_en"), line("bureau_ja"), line("bureau_en"), line("filing_number"),
    ];
    /// What will be announced.
    "announcements" ANNOUNCEMENTS [
        line("about_ja"), line("about_en"), day("on"), span("on_span"), Field::choice("none_planned", BOTH),
        text("why_now_ja"), text("why_now_en"),
    ];
    /// Answers of general interest that were added.
    "answers" ANSWERS [
        day("on_day"), Field::choice("part", PARTS), text("question_ja"), text("question_en"),
        text("answer_ja"), text("answer_en"),
    ];
}

/// Begins an incident.
pub static BEGIN: FormShape = FormShape::post(&[
    Field::uuid("key"),
    line("title_ja"),
    line("title_en"),
    Field::choice("rule_kind", RULES),
    day("since"),
    time("since_time"),
    span("since_span"),
    day("upto"),
    time("upto_time"),
    span("upto_span"),
    day("discovered"),
]);

/// Freezes a revision as a version.
pub static FREEZE: FormShape =
    FormShape::post(&[BASE, Field::new("hash", FieldKind::Token, 64), line("reason_ja"), line("reason_en")]);

static DONE_QUERY: FormShape = FormShape::query(&[LANG, Field::choice("done", DONE).optional()]);
static ENTRY_QUERY: FormShape = FormShape::query(&[LANG, ENTRY, Field::choice("done", DONE).optional()]);
static READ_QUERY: FormShape = FormShape::query(&[LANG, Field::choice("text", READINGS).optional()]);

const fn page(id: &'static str, pattern: &'static str) -> Route {
    Route::get(id, pattern, PageKind::StaffIncidents).staff(Role::Clerk)
}

const fn step(id: &'static str, pattern: &'static str, form: &'static FormShape) -> Route {
    Route::post(id, pattern, PageKind::StaffIncidents, form).staff(Role::Manager)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Method, Who};

    #[test]
    fn everybody_reads_and_managers_write() {
        for route in ROUTES {
            let least = if route.method == Method::Get && route.id != "staff_incident_new" {
                Role::Clerk
            } else {
                Role::Manager
            };
            assert_eq!(route.who, Who::Staff(least), "{}", route.id);
        }
    }
}
