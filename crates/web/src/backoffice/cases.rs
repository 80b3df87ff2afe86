//! Inquiries about an incident, as staff see them: what waits for them, what was answered to where, how much is asked and
//! what is asked most. What the sender typed stays sealed until somebody opens it; the contact data that an answer goes to
//! stand on the page of its order.

use super::{Desk, Say, StaffSession, Work, desk::Badge, done};
use crate::{
    App,
    error::Fault,
    form::{Fields, PostForm},
    inquiry::{self as asking, form::Typed},
    view::{self, Choice, Texts},
    visit::Visit,
};
use ::desk::questions;
use askama::Template;
use axum::{extract::State, response::Response};
use domain::{
    AnswerId, CaseId,
    inquiry::{CaseState, Reach, Via},
};
use http::{StatusCode, Uri};
use inquiry::load::{self, Counted};
use site::inquiry::{DONE, STATES};
use std::collections::HashMap;
use store::{
    Error,
    case::{Answer, Case},
};
use uuid::Uuid;
use vault_api::{Column, Place, Purpose, Sealed, UnsealItem};

/// Cases on the list.
const LIST_SHOWN: u32 = 100;
/// Over so many days load is counted, in milliseconds.
const LOAD_MS: i64 = 14 * 24 * 60 * 60 * 1_000;
/// So many topics are shown.
const TOPICS_SHOWN: usize = 5;

#[derive(Template)]
#[template(path = "backoffice/cases.html")]
struct Cases {
    desk: Desk,
    tabs: Vec<Tab>,
    pager: view::Pager,
    rows: Vec<Row>,
    /// Day, how many came, how many of them are done.
    days: Vec<[String; 3]>,
    waiting: String,
    late: u32,
    /// Question and how often.
    topics: Vec<[String; 2]>,
}

struct Tab {
    label: String,
    href: String,
    count: u64,
    current: bool,
}

struct Row {
    href: String,
    at: String,
    via: String,
    asker: String,
    level: String,
    needs: String,
    late: bool,
    state: Badge,
}

#[derive(Template)]
#[template(path = "backoffice/case_new.html")]
struct NewCase {
    desk: Desk,
    errors: Vec<(String, String)>,
    fields: Vec<view::Field>,
    /// What the caller is told, for each way of answer: the word of the way, its name, the sentences.
    spoken: Vec<(&'static str, String, [&'static str; 4])>,
}

#[derive(Template)]
#[template(path = "backoffice/case.html")]
struct CasePage {
    desk: Desk,
    id: String,
    row: Row,
    facts: Vec<[String; 2]>,
    /// What staff has to do, and how.
    needs: Vec<[String; 2]>,
    had_card: bool,
    answers: Vec<AnswerRow>,
    opened: Option<Vec<[String; 2]>>,
    states: Vec<Choice>,
    topics: Vec<Choice>,
    /// Where an answer is added to the public page; `None` without an incident.
    add_href: Option<String>,
}

struct AnswerRow {
    id: String,
    reach: String,
    /// The page of the order whose contact data it goes to.
    to_href: Option<String>,
    body: String,
    /// Call and letter: that it was given, by a button.
    open: bool,
    says: String,
    /// The batch in which its letter is: page, name, where the letter stands.
    letter: Option<(String, String, String)>,
}

/// `GET /admin/cases`
pub async fn list(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    uri: Uri,
) -> Result<Response, Fault> {
    let (say, now) = (Say::to(&visit), app.now_ms());
    let query = done::query(&uri);
    let state: CaseState = query.get("state").parse().unwrap_or(CaseState::Staff);
    let page = query.get("page").to_owned();
    let (cases, counts, since, pager) = app
        .store()
        .read(move |tx| {
            let mut counts = Vec::new();
            for s in CaseState::ALL {
                counts.push((*s, store::case::count(tx, *s)?));
            }
            let since = store::case::since(tx, now - LOAD_MS)?;
            let total = usize::try_from(store::case::count(tx, state)?).unwrap_or(usize::MAX);
            let pager = view::Pager::new(&page, total, LIST_SHOWN, &format!("/admin/cases?state={state}"));
            let cases = store::case::list(tx, state, LIST_SHOWN, pager.offset())?;
            Ok::<_, Error>((cases, counts, since, pager))
        })
        .await?;
    let counted = since.into_iter().map(|(received, updated, state, level, topic)| Counted {
        received,
        updated,
        state,
        level,
        topic,
    });
    let load = load::load(&counted.collect::<Vec<_>>(), now);
    let titles = topics(&app, &say).await?;
    let title =
        |id: &str| titles.iter().find(|(t, _)| t == id).map_or(id.to_owned(), |(_, title)| title.clone());
    let tabs = counts.iter().map(|(s, count)| Tab {
        label: say.w("bo-case-state", s.word()),
        href: format!("/admin/cases?state={s}"),
        count: *count,
        current: *s == state,
    });
    view::html(&Cases {
        desk: Desk::of(&app, &visit, &session, "cases", say.s("bo-cases-title"))
            .with_done_of(DONE, Some(query.get("done"))),
        tabs: tabs.collect(),
        pager,
        rows: cases.iter().map(|c| row(&say, c, now)).collect(),
        days: load
            .days
            .iter()
            .map(|(day, n)| [say.day(*day), n.received.to_string(), n.done.to_string()])
            .collect(),
        waiting: load.waiting.to_string(),
        late: load.late,
        topics: load.topics.iter().take(TOPICS_SHOWN).map(|(t, n)| [title(t), n.to_string()]).collect(),
    })
}

fn row(say: &Say, c: &Case, now: i64) -> Row {
    let tone = match c.state {
        CaseState::Received => "wait",
        CaseState::Staff => "stop",
        CaseState::Answered => "done",
        CaseState::Closed => "off",
    };
    Row {
        href: format!("/admin/cases/{}", c.id),
        at: say.when(c.received_at),
        via: say.w("bo-case-via", c.via.word()),
        asker: say.w("inquiry-asker", c.asker.word()),
        level: say.w("inquiry-level", c.level.word()),
        needs: needs(say, c).into_iter().map(|[what, _]| what).collect::<Vec<_>>().join("、"),
        late: c.state == CaseState::Staff && load::due(c.received_at) < now,
        state: say.badge("bo-case-state", c.state.word(), tone),
    }
}

fn needs(say: &Say, c: &Case) -> Vec<[String; 2]> {
    let words = c.needs.split(' ').filter(|w| !w.is_empty());
    words.map(|w| [say.w("bo-case-need", w), say.w("bo-case-do", w)]).collect()
}

/// The questions of the public page: word and text. Without an incident there are none.
async fn topics(app: &App, say: &Say) -> Result<Vec<(String, String)>, Fault> {
    let newest = app.store().read(|tx| store::incident::list(tx, 1)).await?;
    let Some(facts) = newest.first().and_then(|r| {
        let value = serde_json::from_str(&r.facts).ok()?;
        incident::Facts::of_value(value).ok()
    }) else {
        return Ok(Vec::new());
    };
    let case = ::desk::Case { facts: &facts, counts: None, today: view::in_japan(app.now_ms()).date() };
    let lang = if say.locale == domain::Locale::Ja { ::desk::Lang::Ja } else { ::desk::Lang::En };
    Ok(questions::answered(case, lang).into_iter().map(|q| (q.id, q.question)).collect())
}

/// `GET /admin/cases/new`: somebody is on the telephone.
pub async fn new(State(app): State<App>, visit: Visit, session: StaffSession) -> Result<Response, Fault> {
    let blank = Fields::of([("level", "concerned"), ("reach", "call")]);
    view::html(&new_page(&app, &visit, &session, &blank, &[]))
}

fn new_page(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    typed: &Fields,
    errors: &[(&'static str, String)],
) -> NewCase {
    let (t, locale) = (Texts::of(visit.locale()), visit.locale());
    let spoken = |reach: &Reach| {
        let name = t.w("inquiry-reach", reach.word()).to_owned();
        (reach.word(), name, inquiry::receipt::spoken(locale, *reach))
    };
    NewCase {
        desk: Desk::of(app, visit, session, "cases", t.s("bo-case-new")).at("/admin/cases/new"),
        fields: asking::form::fields(t, typed, errors),
        errors: errors.iter().map(|(n, e)| ((*n).to_owned(), e.clone())).collect(),
        spoken: Reach::ALL.iter().map(spoken).collect(),
    }
}

/// `POST /admin/cases`
pub async fn take(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    match Typed::read(Texts::of(visit.locale()), &fields) {
        Ok(typed) => {
            let id = asking::keep(&app, visit.locale(), Via::Phone, typed).await?;
            let (by, now) = (session.clone(), app.now_ms());
            let note = move |tx: &mut store::Tx<'_>| done::note(tx, &by, "case.take", ("case", &id), "", now);
            app.store().write(note).await?;
            Ok(done::to(&format!("/admin/cases/{id}"), "case_taken"))
        }
        Err(errors) => {
            let mut response = view::html(&new_page(&app, &visit, &session, &fields, &errors))?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

/// An inquiry, and its answers.
async fn load(work: &Work<CaseId>) -> Result<(Case, Vec<Answer>), Fault> {
    let id = work.id;
    let read = move |tx: &mut store::Tx<'_>| {
        let Some(case) = store::case::get(tx, id)? else { return Ok(None) };
        Ok::<_, Error>(Some((case, store::case::answers(tx, id)?)))
    };
    work.app.store().read(read).await?.ok_or(Fault::NotFound)
}

/// `GET /admin/cases/{id}`
pub async fn show(work: Work<CaseId>, uri: Uri) -> Result<Response, Fault> {
    page(&work, None, done::query(&uri).get("done")).await
}

/// `POST /admin/cases/{id}/open`: what the sender typed. It goes into this answer only.
pub async fn open(work: Work<CaseId>, PostForm(_): PostForm) -> Result<Response, Fault> {
    let say = work.say();
    let (case, _) = load(&work).await?;
    let columns = [
        ("inquiry-name", Column::CaseName, &case.name),
        ("inquiry-email", Column::CaseMail, &case.mail),
        ("inquiry-phone", Column::CasePhone, &case.phone),
    ];
    let mut labels = Vec::new();
    let mut items = Vec::new();
    let body = Some(case.body.clone());
    for (label, column, sealed) in columns.into_iter().chain([("inquiry-message", Column::CaseBody, &body)]) {
        if let Some(sealed) = sealed {
            labels.push(say.s(label));
            let place = Place::new(column, case.id.0, case.person.0);
            items.push(UnsealItem { place, sealed: Sealed::from_bytes(sealed.0.clone()) });
        }
    }
    let cap = work.session.cap();
    let plain = work.app.vault().call(move |vault| vault.unseal(&cap, Purpose::StaffInquiry, items)).await?;
    work.note(("case.open", "case"), "").await?;
    let text = |p: Result<vault_api::Plain, vault_api::NotOpened>| {
        p.ok().and_then(|p| p.reveal_text().map(str::to_owned)).unwrap_or_else(|| say.s("bo-case-closed"))
    };
    let opened = labels.into_iter().zip(plain).map(|(label, p)| [label, text(p)]);
    page(&work, Some(opened.collect()), "").await
}

/// `POST /admin/cases/{id}/state`
pub async fn state(work: Work<CaseId>, PostForm(fields): PostForm) -> Result<Response, Fault> {
    load(&work).await?;
    let state: CaseState = fields.read("state")?;
    let of = ("case.state", "case");
    work.write(of, state.word(), move |tx, id, _, now| store::case::set_state(tx, id, state, now)).await?;
    Ok(done::to(&format!("/admin/cases/{}", work.id), "case_state"))
}

/// `POST /admin/cases/{id}/topic`
pub async fn topic(work: Work<CaseId>, PostForm(fields): PostForm) -> Result<Response, Fault> {
    load(&work).await?;
    let known = topics(&work.app, &work.say()).await?;
    let topic = known.into_iter().map(|(id, _)| id).find(|id| id == fields.get("topic"));
    let set = move |tx: &mut store::Tx<'_>, id, _: &StaffSession, now| {
        store::case::set_topic(tx, id, topic.as_deref(), now)
    };
    work.write(("case.topic", "case"), "", set).await?;
    Ok(done::to(&format!("/admin/cases/{}", work.id), "case_topic"))
}

/// `POST /admin/cases/{id}/answered`: an answer was given by telephone, or its letter posted.
pub async fn answered(work: Work<CaseId>, PostForm(fields): PostForm) -> Result<Response, Fault> {
    let (_, answers) = load(&work).await?;
    let answer = AnswerId(fields.read::<Uuid>("answer")?);
    let how = answers.iter().find(|a| a.id == answer).ok_or(Fault::NotFound)?.reach.word();
    let done = move |tx: &mut store::Tx<'_>, _, by: &StaffSession, now| {
        store::case::answer_done(tx, answer, by.id(), now)
    };
    work.write(("case.answered", "case"), how, done).await?;
    Ok(done::to(&format!("/admin/cases/{}", work.id), "case_answered"))
}

async fn page(work: &Work<CaseId>, opened: Option<Vec<[String; 2]>>, done: &str) -> Result<Response, Fault> {
    let (app, say) = (&work.app, work.say());
    let (case, answers) = load(work).await?;
    let ids: Vec<AnswerId> = answers.iter().filter(|a| a.reach == Reach::Letter).map(|a| a.id).collect();
    let letters = app.store().read(move |tx| {
        let letters = ids.iter().map(|id| Ok(store::letter::answers::letter(tx, *id)?.map(|l| (*id, l))));
        letters.collect::<Result<Vec<_>, Error>>()
    });
    let letters: HashMap<_, _> = letters.await?.into_iter().flatten().collect();
    let row = row(&say, &case, app.now_ms());
    let reach = |reach: Reach| say.w("inquiry-reach", reach.word());
    let mut facts = vec![
        [say.s("bo-case-f-via"), row.via.clone()],
        [say.s("inquiry-asker"), row.asker.clone()],
        [say.s("inquiry-level"), row.level.clone()],
        [say.s("inquiry-reach"), reach(case.reach)],
        [say.s("bo-case-received"), row.at.clone()],
    ];
    if case.state == CaseState::Received {
        facts.push([say.s("bo-case-round"), say.when(case.round_at)]);
    }
    if case.state == CaseState::Staff {
        facts.push([say.s("bo-case-due"), say.when(load::due(case.received_at))]);
    }
    let answer = |a: &Answer| AnswerRow {
        id: a.id.to_string(),
        reach: reach(a.reach),
        to_href: a.order.map(|order| format!("/admin/orders/{order}")),
        body: a.body.clone(),
        open: a.done_at.is_none() && !a.mailed,
        letter: letters.get(&a.id).map(|(batch, number, state)| {
            let name = say.t.f1("bo-letters-batch", "n", *number);
            (format!("/admin/letters/{batch}"), name, say.w("bo-letter-state", state.word()))
        }),
        says: match (a.done_at, a.reach, a.order) {
            (Some(at), _, _) => say.t.f1("bo-case-told-at", "at", say.when(at)),
            (None, _, _) if a.mailed => say.s("bo-case-mailed"),
            (None, _, Some(_)) => say.s("bo-case-tell-order"),
            (None, _, None) if a.party.is_some() => say.s("bo-case-tell-imported"),
            (None, _, None) => say.s("bo-case-tell-member"),
        },
    };
    let current = case.topic.as_deref().unwrap_or_default();
    let none = Choice::new("", say.s("bo-case-no-topic"), current);
    let titles = topics(app, &say).await?;
    let topics = titles.iter().map(|(id, title)| Choice::new(id, title, current));
    let newest = app.store().read(|tx| store::incident::list(tx, 1)).await?;
    view::html(&CasePage {
        desk: work.desk("cases", say.s("bo-case-title")).at(&row.href).with_done_of(DONE, Some(done)),
        id: work.id.to_string(),
        needs: needs(&say, &case),
        had_card: case.had_card,
        answers: answers.iter().map(answer).collect(),
        opened,
        states: STATES
            .iter()
            .map(|s| Choice::new(*s, say.w("bo-case-state", s), case.state.word()))
            .collect(),
        topics: std::iter::once(none).chain(topics).collect(),
        add_href: newest.first().map(|r| format!("/admin/incidents/{}/answers", r.incident)),
        row,
        facts,
    })
}
