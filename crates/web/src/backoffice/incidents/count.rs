//! How many an incident concerns: the rules of its causes applied to what the database has recorded. The vault's ledger
//! lies behind a wall from here; what it would tell counts as lost, which widens a population and never narrows it. The
//! owner's command line reads it, too.

use super::{StaffSession, newest};
use crate::{App, backoffice::done, error::Fault, form::PostForm};
use axum::{
    extract::{Path, State},
    response::Response,
};
use desk::Counts;
use incident::Scope;
use store::incident::Counted;

/// `POST /admin/incidents/{id}/count`
pub async fn count(
    State(app): State<App>,
    session: StaffSession,
    Path(id): Path<String>,
    PostForm(_): PostForm,
) -> Result<Response, Fault> {
    const BROKEN: Fault = Fault::Internal("records that cannot be counted");
    let (revision, _, facts) = newest(&app, &id).await?;
    let of_ledger = facts.causes.iter().any(|cause| facts.asks_for(cause, &recorded::OF_LEDGER));
    let store = app.store().clone();
    let counts = tokio::task::spawn_blocking(move || -> anyhow::Result<String> {
        let history = campaign::history(&store)?;
        Ok(Counts::of(&Scope::evaluate(&facts, &history)).to_json())
    });
    let counts = counts.await.map_err(|_| BROKEN)?.map_err(|_| BROKEN)?;
    let now = app.now_ms();
    // What the owner counted with the ledger says more of these facts than this can.
    let id = revision.incident;
    let known = app.store().read(move |tx| store::incident::counts(tx, id)).await?;
    if known.is_some_and(|known| known.with_ledger && known.revision == revision.number) && of_ledger {
        return Ok(done::to(&format!("/admin/incidents/{id}"), "counted_before"));
    }
    let counted = Counted {
        incident: revision.incident,
        revision: revision.number,
        counts,
        with_ledger: false,
        at: now,
    };
    app.store()
        .write(move |tx| {
            store::incident::set_counts(tx, &counted)?;
            done::note(tx, &session, "incident.count", ("incident", &counted.incident), "", now)
        })
        .await?;
    Ok(done::to(&format!("/admin/incidents/{id}"), "counted"))
}
