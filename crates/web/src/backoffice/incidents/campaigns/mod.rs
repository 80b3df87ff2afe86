//! Campaigns: notices about an incident, planned from the facts that were frozen last, approved by two persons at the vault,
//! sent by `post`, and what became of each. The command line does the same with the same rows (`dozo incident notify`).
//!
//! Whom a notice goes to is an id here; no address is opened for any of these pages.

pub mod list;
mod on_paper;
pub mod one;
mod plans;
mod preview;

pub use plans::{Plans, Why};

use super::today;
use crate::{
    App,
    assets::unhex,
    backoffice::{StaffSession, Work, done, proof},
    error::Fault,
    form::{Fields, PostForm},
};
use axum::response::Response;
use campaign::{Plan, Planned, USUAL, Wish};
use domain::{
    IncidentId,
    notice::{CampaignEvent, CampaignState},
};
use incident::{Facts, Scope};
use preview::Preview;
use store::{
    Error,
    campaign::{self as kept, Campaign},
    incident::Revision,
};
use uuid::Uuid;
use vault_api::{Approver, Reason, Secret, VaultError};

/// As fast as the mail server takes them.
const FAST: &str = "{}";
/// What is worked on, in the notes of who did what.
const CAMPAIGN: &str = "campaign";

/// The facts of an incident that were frozen last.
pub async fn frozen(app: &App, id: IncidentId) -> Result<Option<(Revision, Facts)>, Fault> {
    let revision = app.store().read(move |tx| store::incident::frozen(tx, id)).await?;
    revision.map(|revision| super::read(&revision).map(|(_, facts)| (revision, facts))).transpose()
}

/// The campaign of an address.
pub async fn found(work: &Work<Uuid>) -> Result<Campaign, Fault> {
    let id = work.id;
    work.app.store().read(move |tx| kept::get(tx, id)).await?.ok_or(Fault::NotFound)
}

/// `POST /admin/incidents/{id}/campaigns`: settles whom the frozen facts concern and what each is told. Nothing is sent.
pub async fn plan(work: Work<IncidentId>, PostForm(fields): PostForm) -> Result<Response, Fault> {
    let (say, incident) = (work.say(), work.id);
    let Some((revision, facts)) = frozen(&work.app, incident).await? else {
        super::newest(&work.app, &incident.to_string()).await?;
        return list::again(&work, say.s("bo-camp-not-frozen")).await;
    };
    if fields.get("hash") != revision.hash {
        return list::again(&work, say.s("bo-inc-meanwhile")).await;
    }
    let pace = if fields.get("pace") == "fast" { FAST } else { USUAL };
    let again = fields.has("again");
    let (app, session) = (work.app.clone(), work.session.clone());
    let making = move || make(&app, &session, (&revision, &facts), (pace, again));
    match work.app.plans().make(incident.0, making).await {
        Some(Ok(planned)) => {
            Ok(done::to(&format!("/admin/campaigns/{}", planned.campaign), "campaign_planned"))
        }
        Some(Err(why)) => list::again(&work, why.says(&say, list::lang(&say))).await,
        None => Ok(done::to(&format!("/admin/incidents/{incident}/campaigns"), "campaign_planning")),
    }
}

fn make(
    app: &App,
    session: &StaffSession,
    (revision, facts): (&Revision, &Facts),
    (pace, again): (&'static str, bool),
) -> Result<Planned, Why> {
    let store = app.store();
    let wish = Wish {
        facts,
        digest: incident::kept_hash(&revision.facts),
        incident: Some(revision.incident),
        pace,
        again,
        today: today(app),
    };
    let plan = Plan::new(wish, &scope(app, facts)?, store)?;
    let planned = plan.write(&app.vault().blocking(), Some(&session.cap()), now_ms)?;
    let (by, id, detail) = (session.clone(), planned.campaign, planned.notices.to_string());
    let noted = store.write_blocking(move |tx| {
        done::note(tx, &by, "campaign.planned", (CAMPAIGN, &id), &detail, now_ms())
    });
    // It is planned all the same, and the vault's ledger names who did it.
    let _ = noted.inspect_err(|error| tracing::error!(%error, "what staff did cannot be written down"));
    Ok(planned)
}

/// Whom the facts concern, by what the database has recorded. It blocks.
pub fn scope(app: &App, facts: &Facts) -> Result<Scope, Why> {
    let history = campaign::history(app.store()).map_err(|error| {
        tracing::error!(error = format!("{error:#}"), "records that cannot be read");
        Why::Broken
    })?;
    Ok(Scope::evaluate(facts, &history))
}

/// Unix milliseconds, on threads that have no page to answer.
pub fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// `POST /admin/campaigns/{id}/preview`: what one person is told, found by the number of an order or by a mail address.
pub async fn preview(work: Work<Uuid>, PostForm(fields): PostForm) -> Result<Response, Fault> {
    let campaign = found(&work).await?;
    let preview = Preview::look(&work, &campaign, fields.get("q")).await?;
    one::previewed(&work, campaign, preview).await
}

/// `POST /admin/campaigns/{id}/approve`: by what proves now that it is he, whatever proved it before.
pub async fn approve(work: Work<Uuid>, PostForm(fields): PostForm) -> Result<Response, Fault> {
    let campaign = found(&work).await?;
    if let Some(why) = one::unfit(&work, campaign.clone()).await? {
        return one::again(&work, campaign, why).await;
    }
    match approved(&work, &fields).await? {
        Ok(detail) => {
            work.note(("campaign.approved", CAMPAIGN), detail).await?;
            Ok(done::to(&format!("/admin/campaigns/{}", work.id), "campaign_approved"))
        }
        Err(says) => one::again(&work, campaign, says).await,
    }
}

/// Lets the vault judge an approval, of notices or of letters: how many of how many have approved, or what to say.
pub async fn approved(work: &Work<Uuid>, fields: &Fields) -> Result<Result<String, String>, Fault> {
    let (say, id) = (work.say(), work.id);
    let hash = unhex(fields.get("hash")).ok_or(Fault::BadForm("no hash of what is approved"))?;
    let by = Approver {
        login: Secret::new(work.session.login()),
        password: Secret::new(fields.get("password")),
        code: crate::backoffice::sign_in::code(fields.get("totp")),
    };
    match work.app.passwords().ask(move |vault| vault.campaign_approve(id, hash, by)).await? {
        Ok(approved) => Ok(Ok(format!("{} of {}", approved.approved.len(), approved.approvals_needed))),
        Err(error) => Ok(Err(match &error {
            VaultError::Denied(Reason::Campaign) => say.s("bo-camp-wrong-step"),
            VaultError::Denied(Reason::NotCovered) => say.s("bo-camp-wrong-owner"),
            VaultError::Busy => say.s("bo-sign-in-busy"),
            other => proof::refused(&say, other).ok_or(error)?,
        })),
    }
}

/// Whether it is approved and not ended: `post` would find the vault closed were it not.
pub async fn is_open(work: &Work<Uuid>) -> Result<bool, Fault> {
    let id = work.id;
    let known = work.app.vault().call(move |vault| vault.campaign(id)).await?;
    Ok(known.is_approved() && known.ended_at_ms.is_none())
}

/// `POST /admin/campaigns/{id}/send`: begins, or goes on.
pub async fn send(work: Work<Uuid>, PostForm(_): PostForm) -> Result<Response, Fault> {
    let campaign = found(&work).await?;
    if !is_open(&work).await? {
        return one::again(&work, campaign, work.say().s("bo-camp-wrong-step")).await;
    }
    step(&work, campaign, (CampaignEvent::Send, "campaign.sending", "campaign_sending")).await
}

/// `POST /admin/campaigns/{id}/pause`
pub async fn pause(work: Work<Uuid>, PostForm(_): PostForm) -> Result<Response, Fault> {
    let campaign = found(&work).await?;
    step(&work, campaign, (CampaignEvent::Pause, "campaign.paused", "campaign_paused")).await
}

async fn step(
    work: &Work<Uuid>,
    campaign: Campaign,
    (event, action, word): (CampaignEvent, &'static str, &'static str),
) -> Result<Response, Fault> {
    let stepped =
        work.write((action, CAMPAIGN), "", move |tx, id, _, now| kept::step(tx, id, event, now)).await;
    after(work, campaign, stepped.map(drop), word).await
}

/// The page, saying what was done, or that it cannot be done now.
async fn after(
    work: &Work<Uuid>,
    campaign: Campaign,
    done: Result<(), Error>,
    word: &'static str,
) -> Result<Response, Fault> {
    match done {
        Ok(()) => Ok(done::to(&format!("/admin/campaigns/{}", work.id), word)),
        Err(Error::Refused(_)) => one::again(work, campaign, work.say().s("bo-camp-wrong-step")).await,
        Err(Error::NotFound(_)) => Err(Fault::NotFound),
        Err(error) => Err(error.into()),
    }
}

/// `POST /admin/campaigns/{id}/end`: for good. What is in a server's hands is finished.
pub async fn end(work: Work<Uuid>, PostForm(_): PostForm) -> Result<Response, Fault> {
    let (id, cap, now) = (work.id, work.session.cap(), work.app.now_ms());
    if found(&work).await?.state == CampaignState::Sending {
        work.app.store().write(move |tx| kept::step(tx, id, CampaignEvent::Pause, now)).await?;
    }
    work.app.vault().call(move |vault| vault.campaign_end(Some(&cap), id)).await?;
    work.note(("campaign.ended", CAMPAIGN), "").await?;
    Ok(done::to(&format!("/admin/campaigns/{id}"), "campaign_ended"))
}

/// `POST /admin/campaigns/{id}/again`: somebody has looked into notices in doubt, or refused, and lets them be sent again.
pub async fn again(work: Work<Uuid>, PostForm(fields): PostForm) -> Result<Response, Fault> {
    let campaign = found(&work).await?;
    let ids = fields.all("notice").map(|id| id.parse().map_err(|_| Fault::BadForm("no id of a notice")));
    let ids: Vec<Uuid> = ids.collect::<Result<_, _>>()?;
    let count = ids.len().to_string();
    let again = work
        .write(("campaign.again", CAMPAIGN), count, move |tx, id, _, now| kept::send_again(tx, id, &ids, now))
        .await;
    after(&work, campaign, again.map(drop), "campaign_again").await
}
