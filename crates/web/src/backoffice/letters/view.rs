//! The pages of letters: all batches, and one with its letters. No address is on them.

use super::{load, plan::ANSWERS};
use crate::{
    App,
    assets::hex,
    backoffice::{
        Desk, Say, StaffSession, Work,
        desk::{self, Badge},
        done,
        incidents::{
            campaigns::{Why, list::lang},
            unprocessable,
        },
        short_hash,
    },
    error::Fault,
    view::{self, Choice},
    visit::Visit,
};
use ::desk::paper::Paper;
use askama::Template;
use axum::{extract::State, response::Response};
use domain::{
    StaffId,
    letter::{BatchState, LetterReturn, LetterState},
    notice::Told,
};
use http::Uri;
use site::{account::PASSWORD_CHARS_MAX, letters::DONE};
use store::{
    Error, Millis, campaign,
    letter::{self, Batch, Counted, answers, each, each::Letter, told},
};
use uuid::Uuid;

/// Batches and campaigns on the list.
const SHOWN: u32 = 100;
/// Letters on a page.
const LETTERS_SHOWN: u32 = 10_000;

#[derive(Template)]
#[template(path = "backoffice/letters.html")]
struct Letters {
    desk: Desk,
    rows: Vec<Row>,
    /// Campaigns with notices that nobody got.
    waiting: Vec<Waiting>,
    /// How many answers wait for a letter, in words.
    answers: Option<String>,
    may_plan: bool,
    error: Option<String>,
}

/// A campaign whose letters are to be planned on its page.
struct Waiting {
    href: String,
    about: String,
    says: String,
}

struct Row {
    href: String,
    title: String,
    about: String,
    letters: u64,
    sheets: u64,
    returned: u64,
    at: String,
    state: Badge,
}

#[derive(Template)]
#[template(path = "backoffice/letter_batch.html")]
struct BatchPage {
    desk: Desk,
    id: String,
    state: Badge,
    /// What comes next, in a sentence.
    next: String,
    error: Option<String>,
    facts: Vec<[String; 2]>,
    /// What the letters say, a line each.
    papers: Vec<Vec<String>>,
    hash: String,
    short: String,
    may_approve: bool,
    may_make: bool,
    may_print: bool,
    may_post: bool,
    may_return: bool,
    may_drop: bool,
    reasons: Vec<Choice>,
    letters: Vec<LetterRow>,
    password_chars_max: usize,
}

struct LetterRow {
    number: String,
    sheets: String,
    bars: bool,
    state: Badge,
    why: String,
}

fn tone_of(state: BatchState) -> &'static str {
    match state {
        BatchState::Planning | BatchState::Settled | BatchState::Making => "wait",
        BatchState::Made | BatchState::Printed => "go",
        BatchState::Posted => "done",
        BatchState::Dropped => "off",
    }
}

fn tone_of_letter(state: LetterState) -> &'static str {
    match state {
        LetterState::Planned => "wait",
        LetterState::Made => "go",
        LetterState::Posted => "done",
        LetterState::Unfit | LetterState::Returned => "stop",
        LetterState::Dropped => "off",
    }
}

fn of(counts: &[Counted], state: LetterState) -> u64 {
    counts.iter().filter(|c| c.state == state).map(|c| c.letters).sum()
}

/// Where a batch stands, in a word.
pub fn badge(say: &Say, batch: &Batch) -> Badge {
    match batch.trouble {
        Some(_) => Badge { text: say.s("bo-letters-trouble"), tone: "stop" },
        None => say.badge("bo-letters-state", batch.state.word(), tone_of(batch.state)),
    }
}

/// `GET /admin/letters`
pub async fn list(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    uri: Uri,
) -> Result<Response, Fault> {
    let query = done::query(&uri);
    let mut page = letters(&app, &visit, &session).await?;
    page.desk = page.desk.with_done_of(DONE, Some(query.get("done")));
    let say = Say::to(&visit);
    page.error = app.plans().failed(ANSWERS).map(|why| why.says(&say, lang(&say)));
    view::html(&page)
}

/// The same, with why no answers were planned.
pub async fn list_again(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    why: Why,
) -> Result<Response, Fault> {
    let say = Say::to(visit);
    let page = Letters { error: Some(why.says(&say, lang(&say))), ..letters(app, visit, session).await? };
    view::html(&page).map(unprocessable)
}

async fn letters(app: &App, visit: &Visit, session: &StaffSession) -> Result<Letters, Fault> {
    let say = Say::to(visit);
    let (batches, campaigns, answers) = app
        .store()
        .read(move |tx| {
            let campaigns: Vec<_> = campaign::list(tx, SHOWN)?;
            let mut waiting = Vec::new();
            for c in campaigns.iter().filter(|c| c.sending_at.is_some()) {
                let told = told::counts(tx, c.id)?;
                waiting.push((
                    c.id,
                    c.incident.clone(),
                    told.get(&Told::ToWrite).copied().unwrap_or_default(),
                ));
            }
            let mut rows = Vec::new();
            for b in letter::list(tx, SHOWN)? {
                let about = campaigns.iter().find(|c| Some(c.id) == b.campaign).map(|c| c.incident.clone());
                rows.push((letter::counts(tx, b.id)?, about, b));
            }
            Ok::<_, Error>((rows, waiting, answers::waiting(tx, LETTERS_SHOWN)?.len()))
        })
        .await?;
    let row = |(counts, about, b): &(Vec<Counted>, Option<String>, Batch)| Row {
        href: format!("/admin/letters/{}", b.id),
        title: say.t.f1("bo-letters-batch", "n", b.number),
        about: about.clone().unwrap_or_else(|| say.s("bo-letters-answers")),
        letters: counts.iter().map(|c| c.letters).sum(),
        sheets: counts.iter().map(|c| c.sheets).sum(),
        returned: of(counts, LetterState::Returned),
        at: say.when(b.created_at),
        state: badge(&say, b),
    };
    let waiting = campaigns.iter().filter(|(.., count)| *count > 0);
    let waiting = waiting.map(|(id, about, count)| Waiting {
        href: format!("/admin/campaigns/{id}"),
        about: about.clone(),
        says: say.t.f1("bo-letters-n", "n", *count),
    });
    Ok(Letters {
        rows: batches.iter().map(row).collect(),
        waiting: waiting.collect(),
        answers: (answers > 0).then(|| say.t.f1("bo-letters-answers-wait", "n", answers)),
        may_plan: answers > 0 && desk::manages(session),
        error: None,
        desk: Desk::of(app, visit, session, "incidents", say.s("bo-letters-title")).at("/admin/letters"),
    })
}

/// `GET /admin/letters/{id}`
pub async fn show(work: Work<Uuid>, uri: Uri) -> Result<Response, Fault> {
    let batch = load(&work).await?;
    page(&work, &batch, None, Some(done::query(&uri).get("done"))).await
}

/// The page once more, with what is wrong.
pub async fn again(work: &Work<Uuid>, batch: &Batch, why: String) -> Result<Response, Fault> {
    page(work, batch, Some(why), None).await.map(unprocessable)
}

async fn page(
    work: &Work<Uuid>,
    batch: &Batch,
    error: Option<String>,
    done: Option<&str>,
) -> Result<Response, Fault> {
    let (app, session, say, id) = (&work.app, &work.session, work.say(), batch.id);
    // One that was never settled is not known there; where the vault is away the page shows the rest.
    let known = app.vault().ask(move |vault| vault.campaign(id)).await.ok().and_then(Result::ok);
    let (counts, letters, texts, names) = app
        .store()
        .read(move |tx| {
            let names: Vec<(StaffId, String)> =
                store::staff::list(tx)?.into_iter().map(|s| (s.id, s.display_name)).collect();
            let letters = each::list(tx, id, None, LETTERS_SHOWN)?;
            Ok::<_, Error>((letter::counts(tx, id)?, letters, letter::texts(tx, id)?, names))
        })
        .await?;
    let approved = known.as_ref().is_some_and(|k| k.is_approved() && k.ended_at_ms.is_none());
    let hash = known.as_ref().map(|k| hex(&k.hash)).unwrap_or_default();
    let mine = known.as_ref().is_some_and(|k| k.approved.iter().any(|(staff, _)| *staff == session.id().0));
    let state = batch.state;
    let papers = texts.iter().filter_map(|text| serde_json::from_str::<Paper>(text).ok());
    let papers = papers.map(|paper| paper.text().lines().map(str::to_owned).collect()).collect();
    let desk = work.desk("incidents", say.t.f1("bo-letters-batch", "n", batch.number));
    let path = format!("/admin/letters/{id}");
    let desk = if error.is_some() { desk.at(&path) } else { desk.with_done_of(DONE, done) };
    let reasons = LetterReturn::ALL.iter().map(|r| Choice {
        value: r.word().to_owned(),
        label: say.w("bo-letters-return", r.word()),
        selected: false,
    });
    let manages = desk::manages(session);
    view::html(&BatchPage {
        id: id.to_string(),
        state: badge(&say, batch),
        next: next(&say, batch, approved),
        error,
        facts: facts(&say, batch, &counts, known.as_ref(), &names),
        papers,
        short: short_hash(&hash),
        hash,
        may_approve: state == BatchState::Settled && !approved && !mine,
        may_make: manages && approved && state.on(domain::letter::BatchEvent::Make).is_ok(),
        may_print: state == BatchState::Made,
        may_post: state == BatchState::Printed,
        may_return: state == BatchState::Posted,
        may_drop: manages && state.on(domain::letter::BatchEvent::Drop).is_ok(),
        reasons: reasons.collect(),
        // Until they are made they have no numbers, and nothing is to be said of each.
        letters: letters.iter().filter(|l| l.state != LetterState::Planned).map(|l| row(&say, l)).collect(),
        password_chars_max: PASSWORD_CHARS_MAX,
        desk,
    })
}

fn next(say: &Say, batch: &Batch, approved: bool) -> String {
    match (batch.state, batch.trouble.as_deref()) {
        (BatchState::Making, Some(trouble)) => say.w("bo-letters-trouble", trouble),
        (BatchState::Settled, _) if approved => say.s("bo-letters-next-approved"),
        (state, _) => say.w("bo-letters-next", state.word()),
    }
}

fn facts(
    say: &Say,
    batch: &Batch,
    counts: &[Counted],
    known: Option<&vault_api::Campaign>,
    names: &[(StaffId, String)],
) -> Vec<[String; 2]> {
    let by = |staff: Option<StaffId>| match staff {
        None => say.s("bo-inc-by-owner"),
        Some(id) => names.iter().find(|(n, _)| *n == id).map(|(_, name)| name.clone()).unwrap_or_default(),
    };
    let when = |at: Millis, staff: Option<StaffId>| format!("{}　{}", say.when(at), by(staff));
    let (letters, sheets) = counts.iter().fold((0, 0), |(l, s), c| (l + c.letters, s + c.sheets));
    let mut facts = vec![
        [say.s("bo-letters-planned"), when(batch.created_at, batch.staff)],
        [say.s("bo-letters-count"), letters.to_string()],
        [say.s("bo-letters-sheets"), sheets.to_string()],
    ];
    for state in [LetterState::Unfit, LetterState::Returned] {
        let count = of(counts, state);
        if count > 0 {
            facts.push([say.w("bo-letter-state", state.word()), count.to_string()]);
        }
    }
    if let Some(k) = known {
        let count = format!("{} / {}", k.approved.len(), k.approvals_needed);
        facts.push([say.s("bo-letters-approvals"), count]);
    }
    facts.extend(batch.made_at.map(|at| [say.s("bo-letters-made"), say.when(at)]));
    facts.extend(batch.printed.map(|(at, staff)| [say.s("bo-letters-printed"), when(at, staff)]));
    facts.extend(batch.posted.map(|(at, staff)| [say.s("bo-letters-posted"), when(at, staff)]));
    if batch.made_at.is_some() && batch.state.has_file() {
        let number = batch.number;
        facts.push([
            say.s("bo-letters-files"),
            format!("post/letters/letters-{number}.pdf, letters-{number}.csv"),
        ]);
    }
    facts.extend(batch.removed_at.map(|at| [say.s("bo-letters-removed"), say.when(at)]));
    facts
}

/// Why a letter came back, or cannot be printed.
pub fn why(say: &Say, state: LetterState, reason: &str) -> String {
    let family = if state == LetterState::Returned { "bo-letters-return" } else { "bo-letters-unfit" };
    say.w(family, reason)
}

fn row(say: &Say, l: &Letter) -> LetterRow {
    LetterRow {
        number: l.number.map_or_else(|| "–".to_owned(), |n| n.to_string()),
        sheets: l.sheets.map_or_else(String::new, |n| n.to_string()),
        bars: l.has_bars,
        state: say.badge("bo-letter-state", l.state.word(), tone_of_letter(l.state)),
        why: l.reason.as_deref().map(|reason| why(say, l.state, reason)).unwrap_or_default(),
    }
}
