//! Exports of customers' data: asked for with a reason, approved by somebody else, taken out once.
//!
//! All of it is the vault's: who may, of whom, how far. What stands here is its page, and the file
//! ([`file`]), which is made while it is sent and lies nowhere.

pub(super) mod file;
mod population;
mod view;
mod words;

use super::{Say, StaffSession, Work, done, orders::filter, proof};
use crate::{
    App,
    assets::unhex,
    error::Fault,
    form::{Fields, PostForm},
    visit::Visit,
};
use axum::{extract::State, response::Response};
use domain::MessageId;
use http::Uri;
use jiff::civil::Date;
use store::Span;
use uuid::Uuid;
use vault_api::{EXPORT_PLACES_MAX, ExportAsk, ExportRows, Reason, Secret, VaultError};

/// `GET /admin/exports`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    uri: Uri,
) -> Result<Response, Fault> {
    let done = done::query(&uri).get("done").to_owned();
    view::page(&app, &visit, &session, view::Said::Done(&done)).await
}

/// `POST /admin/exports`: from here on it is settled of whom it tells.
pub async fn ask(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let say = Say::to(&visit);
    let wanted = match Wanted::read(&fields) {
        Ok(wanted) => wanted,
        Err(word) => return refuse(&app, &visit, &session, &fields, say.w("bo-export-wrong", word)).await,
    };
    if let Err(error) = proof::typed(&app, &session, &fields).await? {
        return refuse_for(&app, &visit, &session, &fields, error).await;
    }
    let asked = wanted.clone();
    let rows = app.store().read(move |tx| population::read(tx, &asked)).await?;
    if let Some(word) = unfit(&rows) {
        return refuse(&app, &visit, &session, &fields, say.w("bo-export-wrong", word)).await;
    }
    let Wanted { subject, reason, fields: of, span } = wanted;
    let ask = ExportAsk { subject, reason, fields: of, from_ms: span.from, until_ms: span.until, rows };
    let cap = session.cap();
    match app.vault().ask(move |vault| vault.export_ask(&cap, ask)).await? {
        Ok(export) => {
            let detail = export.persons.to_string();
            note(&app, &session, "export.asked", export.id, &detail, None).await?;
            Ok(done::to("/admin/exports", "export_asked"))
        }
        Err(error) => refuse_for(&app, &visit, &session, &fields, error).await,
    }
}

/// `POST /admin/exports/{id}/approve`
pub async fn approve(work: Work<Uuid>, PostForm(fields): PostForm) -> Result<Response, Fault> {
    let Work { app, visit, session, id } = work;
    let hash = unhex(fields.get("hash")).ok_or(Fault::BadForm("no hash of an export"))?;
    if let Err(error) = proof::typed(&app, &session, &fields).await? {
        return refuse_for(&app, &visit, &session, &Fields::default(), error).await;
    }
    let (cap, shop) = (session.cap(), Secret::new(app.shop().email.as_str()));
    match app.vault().ask(move |vault| vault.export_approve(&cap, id, hash, shop)).await? {
        Ok(approved) => {
            let detail = approved.export.persons.to_string();
            let mail = approved.grant.map(|grant| (visit.locale(), store::Sealed::from(grant)));
            note(&app, &session, "export.approved", id, &detail, mail).await?;
            Ok(done::to("/admin/exports", "export_approved"))
        }
        // The one thing in it that was not the vault's own.
        Err(VaultError::BadRequest(_)) => {
            let says = Say::to(&visit).s("bo-export-wrong-mail");
            refuse(&app, &visit, &session, &Fields::default(), says).await
        }
        Err(error) => refuse_for(&app, &visit, &session, &Fields::default(), error).await,
    }
}

/// `POST /admin/exports/{id}/end`
pub async fn end(work: Work<Uuid>, PostForm(_): PostForm) -> Result<Response, Fault> {
    let (id, cap) = (work.id, work.session.cap());
    match work.app.vault().ask(move |vault| vault.export_end(&cap, id)).await? {
        Ok(_) => {
            work.note(("export.ended", "export"), "").await?;
            Ok(done::to("/admin/exports", "export_ended"))
        }
        Err(error) => refuse_for(&work.app, &work.visit, &work.session, &Fields::default(), error).await,
    }
}

/// What a form asks for.
#[derive(Clone)]
struct Wanted {
    subject: vault_api::ExportSubject,
    reason: vault_api::ExportReason,
    fields: Vec<vault_api::ExportField>,
    span: Span,
}

impl Wanted {
    /// Reads the form; else what is wrong with it.
    fn read(form: &Fields) -> Result<Wanted, &'static str> {
        let subject = words::of(&words::SUBJECTS, form.get("subject")).ok_or("subject")?;
        let reason = words::of(&words::REASONS, form.get("reason")).ok_or("reason")?;
        let ticked = words::FIELDS.iter().filter(|(word, _)| form.all("field").any(|f| f == *word));
        let fields: Vec<_> = ticked.map(|(_, field)| *field).collect();
        if fields.is_empty() {
            return Err("fields");
        }
        if fields.iter().any(|field| field.column(subject).is_none()) {
            return Err("recipient");
        }
        let day = |name| form.get(name).parse::<Date>().ok();
        match (day("from"), day("until")) {
            (Some(from), Some(until)) if from <= until => {
                Ok(Wanted { subject, reason, fields, span: filter::span(Some(from), Some(until)) })
            }
            _ => Err("days"),
        }
    }
}

/// Why the vault would not take such a list.
fn unfit(rows: &[ExportRows]) -> Option<&'static str> {
    match rows.iter().map(|of| of.rows.len()).sum::<usize>() {
        0 => Some("nobody"),
        count if count > EXPORT_PLACES_MAX => Some("too-many"),
        _ => None,
    }
}

/// Writes down a step, with the mail that tells the shop of it, where there is one.
async fn note(
    app: &App,
    session: &StaffSession,
    action: &'static str,
    export: Uuid,
    detail: &str,
    mail: Option<(domain::Locale, store::Sealed)>,
) -> Result<(), Fault> {
    let (session, detail, now) = (session.clone(), detail.to_owned(), app.now_ms());
    let message = MessageId(Uuid::now_v7());
    app.store()
        .write(move |tx| {
            if let Some((locale, grant)) = &mail {
                store::outbox::enqueue_account(tx, message, grant, *locale, now)?;
            }
            done::note(tx, &session, action, ("export", &export), &detail, now)
        })
        .await?;
    Ok(())
}

async fn refuse(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    typed: &Fields,
    says: String,
) -> Result<Response, Fault> {
    view::page(app, visit, session, view::Said::Wrong(typed, says)).await
}

/// The same for what the vault refused, where there is something to say about it on this page.
async fn refuse_for(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    typed: &Fields,
    error: VaultError,
) -> Result<Response, Fault> {
    let say = Say::to(visit);
    let says = match &error {
        VaultError::Denied(Reason::Export) => say.s("bo-export-wrong-step"),
        VaultError::Denied(Reason::WitnessAway) => say.s("bo-export-stopped-witness"),
        VaultError::Denied(Reason::Frozen) => say.s("bo-export-stopped-frozen"),
        VaultError::Denied(Reason::NotCovered) => say.s("bo-export-wrong-person"),
        VaultError::Busy => say.s("bo-export-wrong-busy"),
        other => proof::refused(&say, other).ok_or(error)?,
    };
    refuse(app, visit, session, typed, says).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_or_says_what_is_missing() {
        let form = |change: &[(&str, &str)]| {
            let mut all = vec![("subject", "orders"), ("reason", "shipping"), ("field", "name")];
            all.extend([("field", "recipient"), ("from", "2026-11-01"), ("until", "2026-11-30")]);
            for (name, value) in change {
                all.retain(|(n, _)| n != name);
                all.push((*name, *value));
            }
            Wanted::read(&Fields::of(all)).map(|wanted| wanted.fields.len())
        };
        assert_eq!(form(&[]), Ok(2));
        assert_eq!(form(&[("field", "")]), Err("fields"));
        assert_eq!(form(&[("subject", "customers")]), Err("recipient"));
        assert_eq!(form(&[("until", "2026-10-31")]), Err("days"));
        assert_eq!(form(&[("from", "")]), Err("days"));
        assert_eq!(form(&[("reason", "curiosity")]), Err("reason"));
    }
}
