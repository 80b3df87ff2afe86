//! The nightly comparison with the processor's books, day by day: what was compared, what differs, and what to do.

use super::{
    Desk, Say, StaffSession,
    desk::{Badge, tone},
    done,
};
use crate::{App, error::Fault, form::PostForm, reconcile, view, visit::Visit};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{OrderId, reconciliation::Difference};
use http::Uri;
use jiff::{ToSpan, civil::Date};
use std::collections::HashMap;
use store::{Error, reconciliation::Report};

/// Days on the list.
const DAYS_SHOWN: u32 = 60;
/// How many days back can be compared on demand.
const DAYS_BACK_MAX: i64 = 90;

#[derive(Template)]
#[template(path = "backoffice/reconciliations.html")]
struct Days {
    desk: Desk,
    hour: u8,
    today: String,
    earliest: String,
    rows: Vec<Row>,
}

struct Row {
    href: String,
    day: String,
    state: Badge,
    payments: u32,
    taken: String,
    returned: String,
    at: String,
}

#[derive(Template)]
#[template(path = "backoffice/reconciliation.html")]
struct Day {
    desk: Desk,
    day: String,
    iso: String,
    state: Badge,
    word: &'static str,
    problem: Option<String>,
    facts: Vec<(String, String)>,
    differences: Vec<DifferenceRow>,
}

struct DifferenceRow {
    what: String,
    todo: String,
    order: Option<(String, String)>,
    ours: String,
    theirs: String,
}

/// `GET /admin/reconciliation`
pub async fn list(State(app): State<App>, visit: Visit, session: StaffSession) -> Result<Response, Fault> {
    let say = Say::to(&visit);
    let reports = app.store().read(|tx| store::reconciliation::list(tx, DAYS_SHOWN)).await?;
    let today = app.now_in_japan().date();
    view::html(&Days {
        desk: Desk::of(&app, &visit, &session, "reconciliation", say.s("bo-recon-title")),
        hour: app.config().reconcile_hour,
        today: today.to_string(),
        earliest: today.saturating_sub(DAYS_BACK_MAX.days()).to_string(),
        rows: reports.iter().map(|r| row(&say, r)).collect(),
    })
}

fn row(say: &Say, r: &Report) -> Row {
    Row {
        href: format!("/admin/reconciliation/{}", r.day),
        day: say.day(r.day),
        state: badge(say, r),
        payments: r.payments,
        taken: say.yen(r.taken),
        returned: say.yen(r.returned),
        at: r.finished_at.map_or_else(|| "–".to_owned(), |at| say.when(at)),
    }
}

fn badge(say: &Say, r: &Report) -> Badge {
    say.badge("bo-recon-state", r.state.word(), tone::reconciliation(r.state))
}

/// `GET /admin/reconciliation/{day}`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    Path(day): Path<String>,
    uri: Uri,
) -> Result<Response, Fault> {
    let day: Date = day.parse().map_err(|_| Fault::NotFound)?;
    let found = app
        .store()
        .read(move |tx| {
            let Some(report) = store::reconciliation::get(tx, day)? else { return Ok(None) };
            let differences = store::reconciliation::differences(tx, day)?;
            let mut numbers = HashMap::new();
            for id in differences.iter().filter_map(|d| d.order) {
                if let Some(order) = store::order::get(tx, id)? {
                    numbers.insert(id, order.number);
                }
            }
            Ok::<_, Error>(Some((report, differences, numbers)))
        })
        .await?;
    let (r, differences, numbers) = found.ok_or(Fault::NotFound)?;
    let say = Say::to(&visit);
    let title = say.t.f1("bo-recon-day-title", "day", say.day(r.day));
    let query = done::query(&uri);
    view::html(&Day {
        desk: Desk::of(&app, &visit, &session, "reconciliation", title)
            .at(&format!("/admin/reconciliation/{day}"))
            .with_done(Some(query.get("done"))),
        day: say.day(r.day),
        iso: r.day.to_string(),
        state: badge(&say, &r),
        word: r.state.word(),
        problem: r.problem.as_deref().map(|p| say.word_or("bo-recon-problem", p)),
        facts: facts(&say, &r),
        differences: differences.iter().map(|d| difference(&say, &numbers, d)).collect(),
    })
}

fn facts(say: &Say, r: &Report) -> Vec<(String, String)> {
    let mut facts = vec![
        (say.s("bo-recon-orders"), r.orders.to_string()),
        (say.s("bo-recon-payments"), r.payments.to_string()),
        (say.s("bo-recon-refunds"), r.refunds.to_string()),
        (say.s("bo-recon-disputes"), r.disputes.to_string()),
        (say.s("bo-recon-taken"), say.yen(r.taken)),
        (say.s("bo-recon-returned"), say.yen(r.returned)),
        (say.s("bo-recon-healed"), r.healed.to_string()),
        (say.s("bo-recon-started"), say.when(r.started_at)),
    ];
    facts.extend(r.finished_at.map(|at| (say.s("bo-recon-finished"), say.when(at))));
    facts.extend(r.next_at.map(|at| (say.s("bo-recon-next"), say.when(at))));
    facts
}

fn difference(say: &Say, numbers: &HashMap<OrderId, String>, d: &Difference) -> DifferenceRow {
    let word = d.kind.word();
    DifferenceRow {
        what: say.w("bo-recon-kind", word),
        todo: say.w("bo-recon-todo", word),
        order: d
            .order
            .and_then(|id| Some((format!("/admin/orders/{id}#payment"), numbers.get(&id)?.clone()))),
        ours: say.yen(d.ours),
        theirs: say.yen(d.theirs),
    }
}

/// `POST /admin/reconciliation`: compares a day now.
pub async fn run(
    State(app): State<App>,
    session: StaffSession,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let day: Date = fields.read("day")?;
    let today = app.now_in_japan().date();
    if day > today || day < today.saturating_sub(DAYS_BACK_MAX.days()) {
        return Err(Fault::BadForm("no day that can be compared"));
    }
    let now = app.now_ms();
    app.store()
        .write(move |tx| {
            reconcile::begin(tx, &[day], now)?;
            done::note(tx, &session, "reconciliation.run", ("reconciliation", &day), "", now)
        })
        .await?;
    Ok(done::to(&format!("/admin/reconciliation/{day}"), "reconciling"))
}
