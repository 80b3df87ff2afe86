//! Letters are planned: from the page of the campaign whose mails did not reach everybody, and, for answers that were asked for on
//! paper, from the list of letters.

use super::{LETTERS, view};
use crate::{
    App,
    backoffice::{
        StaffSession, Work, done,
        incidents::{
            campaigns::{self, Why, list::lang, now_ms, one},
            today,
        },
    },
    error::Fault,
    form::PostForm,
    visit::Visit,
};
use axum::{extract::State, response::Response};
use campaign::{
    Unplanned,
    letters::{Desk, Planned},
};
use incident::Facts;
use uuid::Uuid;

/// What answers on paper are planned under, where no campaign is named.
pub const ANSWERS: Uuid = Uuid::nil();

/// `POST /admin/campaigns/{id}/letters`: to whom its mails did not reach, from the facts that were frozen last.
pub async fn to_unreached(work: Work<Uuid>, PostForm(_): PostForm) -> Result<Response, Fault> {
    let campaign = campaigns::found(&work).await?;
    let facts = match campaign.incident_id {
        Some(incident) => campaigns::frozen(&work.app, incident).await?,
        None => None,
    };
    let (say, id) = (work.say(), work.id);
    let Some((_, facts)) = facts else {
        return one::again(&work, campaign, say.s("bo-letters-wrong-facts")).await;
    };
    let (app, session, of) = (work.app.clone(), work.session.clone(), campaign.clone());
    let making = move || {
        let scope = campaigns::scope(&app, &facts)?;
        make(&app, &session, &facts, |desk| desk.to_unreached(&of, &scope))
    };
    match work.app.plans().make(id, making).await {
        Some(Ok(planned)) => Ok(planned_at(&planned)),
        Some(Err(why)) => one::again(&work, campaign, why.says(&say, lang(&say))).await,
        None => Ok(done::to(&format!("/admin/campaigns/{id}"), "letters_planning")),
    }
}

/// `POST /admin/letters`: answers to inquiries.
pub async fn to_askers(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    PostForm(_): PostForm,
) -> Result<Response, Fault> {
    let (of, by) = (app.clone(), session.clone());
    let making = move || {
        let current = campaign::current(of.store()).map_err(Unplanned::from)?;
        // Without facts nothing is answered: no answer waits.
        let current = current.ok_or(Why::NobodyWaits)?;
        make(&of, &by, &current.facts, |desk| desk.to_askers())
    };
    match app.plans().make(ANSWERS, making).await {
        Some(Ok(planned)) => Ok(planned_at(&planned)),
        Some(Err(why)) => view::list_again(&app, &visit, &session, why).await,
        None => Ok(done::to("/admin/letters", "letters_planning")),
    }
}

fn planned_at(planned: &Planned) -> Response {
    done::to(&format!("/admin/letters/{}", planned.batch), "letters_planned")
}

/// Plans on a thread that may block, and writes down who did.
fn make(
    app: &App,
    session: &StaffSession,
    facts: &Facts,
    plan: impl FnOnce(Desk<'_>) -> Result<Planned, Unplanned>,
) -> Result<Planned, Why> {
    let (vault, cap) = (app.vault().blocking(), session.cap());
    let by = Some((session.id(), &cap));
    let planned = plan(Desk { facts, today: today(app), store: app.store(), vault: &vault, by, now_ms })?;
    let (by, id, detail) = (session.clone(), planned.batch, planned.letters.to_string());
    let noted = app
        .store()
        .write_blocking(move |tx| done::note(tx, &by, "letters.planned", (LETTERS, &id), &detail, now_ms()));
    // They are planned all the same, and the vault's ledger names who did it.
    let _ = noted.inspect_err(|error| tracing::error!(%error, "what staff did cannot be written down"));
    Ok(planned)
}
