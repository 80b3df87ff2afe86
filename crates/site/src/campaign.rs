//! The back office of campaigns: notices about an incident, planned from frozen facts, approved by two, sent, listed.

use crate::{
    Field, FieldKind, FormShape, Pace, PageKind, Role, Route,
    backoffice::PROOF,
    exports::HASH_CHARS,
    form::{LANG, TOKEN_ONLY},
    words_of,
};
use domain::{message::ReturnOutcome, notice::NoticeState};

/// How fast notices go out: as carriers like it, or as fast as the mail server takes them.
pub const PACES: &[&str] = &["usual", "fast"];
/// What was just done, for the line above the page that follows.
pub const DONE: &[&str] = &[
    "campaign_planning",
    "campaign_planned",
    "campaign_approved",
    "campaign_sending",
    "campaign_paused",
    "campaign_ended",
    "campaign_again",
    "letters_planning",
];
/// The most characters of an order's number or a mail address by which somebody is looked for.
pub const WHO_CHARS_MAX: usize = 254;
/// The word of the list of those whom nothing reaches.
pub const NOWHERE: &str = "unreachable";
/// The most notices that one form sends again.
pub const AGAIN_MAX: usize = 100;

/// Plans a campaign from the facts with this hash.
pub static PLAN: FormShape = FormShape::post(&[
    Field::new("hash", FieldKind::Token, HASH_CHARS),
    Field::choice("pace", PACES),
    Field::flag("again"),
]);
/// Shows what one person is told.
pub static PREVIEW: FormShape = FormShape::post(&[Field::line("q", WHO_CHARS_MAX)]);
/// Approves what has this hash.
pub static APPROVE: FormShape =
    FormShape::post(&[Field::new("hash", FieldKind::Token, HASH_CHARS), PROOF[0], PROOF[1]]);
/// Sends notices again.
pub static AGAIN: FormShape = FormShape::post(&[Field::uuid("notice").optional().repeated(AGAIN_MAX)]);

static LIST_QUERY: FormShape = FormShape::query(&[LANG, Field::choice("done", DONE).optional()]);
static ONE_QUERY: FormShape = FormShape::query(&[
    LANG,
    Field::choice("done", DONE).optional(),
    Field::choice("state", words_of!(NoticeState)).optional(),
    Field::choice("returned", words_of!(ReturnOutcome)).optional(),
    Field::choice("told", &[NOWHERE]).optional(),
    Field::uuid("after").optional(),
]);

/// The routes of this area.
pub static ROUTES: &[Route] = &[
    page("staff_campaigns", "/admin/incidents/{id}/campaigns").query(&LIST_QUERY),
    step("staff_campaign_plan", "/admin/incidents/{id}/campaigns", &PLAN, Role::Manager),
    page("staff_campaign", "/admin/campaigns/{id}").query(&ONE_QUERY),
    step("staff_campaign_preview", "/admin/campaigns/{id}/preview", &PREVIEW, Role::Clerk),
    step("staff_campaign_approve", "/admin/campaigns/{id}/approve", &APPROVE, Role::Clerk).pace(Pace::Strict),
    step("staff_campaign_send", "/admin/campaigns/{id}/send", &TOKEN_ONLY, Role::Manager),
    step("staff_campaign_pause", "/admin/campaigns/{id}/pause", &TOKEN_ONLY, Role::Clerk),
    step("staff_campaign_end", "/admin/campaigns/{id}/end", &TOKEN_ONLY, Role::Manager),
    step("staff_campaign_again", "/admin/campaigns/{id}/again", &AGAIN, Role::Manager),
    step("staff_campaign_letters", "/admin/campaigns/{id}/letters", &TOKEN_ONLY, Role::Manager),
];

const fn page(id: &'static str, pattern: &'static str) -> Route {
    Route::get(id, pattern, PageKind::StaffCampaigns).staff(Role::Clerk)
}

const fn step(id: &'static str, pattern: &'static str, form: &'static FormShape, role: Role) -> Route {
    Route::post(id, pattern, PageKind::StaffCampaigns, form).staff(role)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stopping is easy: whoever sees that something goes wrong may let it wait.
    #[test]
    fn everybody_may_pause_and_managers_send() {
        let who = |id: &str| ROUTES.iter().find(|r| r.id == id).map(|r| r.who);
        assert_eq!(who("staff_campaign_pause"), Some(crate::Who::Staff(Role::Clerk)));
        for id in ["plan", "send", "end", "again", "letters"].map(|word| format!("staff_campaign_{word}")) {
            assert_eq!(who(&id), Some(crate::Who::Staff(Role::Manager)), "{id}");
        }
    }
}
