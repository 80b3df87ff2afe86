//! News: written, looked at before it goes out, published at its time, withdrawn.

use super::{Desk, Say, StaffSession, desk, desk::tone, done, list::List};
use crate::{
    App,
    error::Fault,
    form::{Fields, PostForm},
    markdown::Html,
    view::{self, Pager},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{
    NewsId,
    news::NewsState,
    person::{Invalid, free_text},
    text,
};
use http::{StatusCode, Uri};
use jiff::{
    civil::{Date, Time},
    tz::{Offset, TimeZone},
};
use site::backoffice::{NEWS_CHARS_MAX, NEWS_TITLE_CHARS_MAX};
use store::{Error, news::News};
use uuid::Uuid;

/// Hours between UTC and Japan.
const JAPAN_HOURS: i8 = 9;

#[derive(Template)]
#[template(path = "backoffice/news.html")]
struct NewsList {
    desk: Desk,
    may_write: bool,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    href: String,
    title: String,
    state: desk::Badge,
    publish: String,
    updated: String,
}

#[derive(Template)]
#[template(path = "backoffice/piece.html")]
struct PiecePage {
    desk: Desk,
    action: String,
    key: String,
    shop_href: Option<String>,
    state: desk::Badge,
    published: bool,
    may_write: bool,
    errors: Vec<(String, String)>,
    edit: Edit,
    preview: Option<Preview>,
    title_max: usize,
    body_max: usize,
}

struct Preview {
    title_ja: String,
    body_ja: Html,
    title_en: String,
    body_en: Html,
}

/// The fields of the form, as text.
#[derive(Default)]
struct Edit {
    title_ja: String,
    title_en: String,
    body_ja: String,
    body_en: String,
    day: String,
    time: String,
}

/// `GET /admin/news`
pub async fn list(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    uri: Uri,
) -> Result<Response, Fault> {
    let say = Say::to(&visit);
    let list = List::read("/admin/news", &done::query(&uri), &[], &[]);
    let (pager, news) = app
        .store()
        .read(move |tx| {
            let pager = list.pager(store::news::count(tx)? as usize);
            let news = store::news::list(tx, pager.rows(), pager.offset())?;
            Ok::<_, Error>((pager, news))
        })
        .await?;
    let now = app.now_ms();
    let row = |n: &News| Row {
        href: format!("/admin/news/{}", n.id),
        title: say.name(&n.title_ja, &n.title_en).to_owned(),
        state: state(&say, n, now),
        publish: say.when(n.publish_at),
        updated: say.when(n.updated_at),
    };
    view::html(&NewsList {
        desk: Desk::of(&app, &visit, &session, "news", say.s("bo-news-title")),
        may_write: desk::manages(&session),
        rows: news.iter().map(row).collect(),
        pager,
    })
}

/// What becomes of a piece: one that is published and whose time is still to come waits.
fn state(say: &Say, n: &News, now: i64) -> desk::Badge {
    match n.state {
        NewsState::Published if n.publish_at > now => say.badge("bo-news-state", "waiting", "wait"),
        state => say.badge("bo-news-state", state.word(), tone::news(state)),
    }
}

/// `GET /admin/news/new`
pub async fn new(State(app): State<App>, visit: Visit, session: StaffSession) -> Result<Response, Fault> {
    let now = app.now_ms();
    let blank = blank(NewsId(Uuid::now_v7()), now);
    let edit = Edit::of(&blank);
    page(&app, &visit, &session, (&blank, true), edit, Vec::new(), None)
}

fn blank(id: NewsId, now: i64) -> News {
    News {
        id,
        state: NewsState::Draft,
        publish_at: now,
        title_ja: String::new(),
        title_en: String::new(),
        body_ja: String::new(),
        body_en: String::new(),
        created_at: now,
        updated_at: now,
    }
}

/// `GET /admin/news/{id}`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Fault> {
    let news = load(&app, &id).await?.ok_or(Fault::NotFound)?;
    let edit = Edit::of(&news);
    let query = done::query(&uri);
    page(&app, &visit, &session, (&news, false), edit, Vec::new(), Some(query.get("done")))
}

async fn load(app: &App, id: &str) -> Result<Option<News>, Fault> {
    let id: NewsId = id.parse().map_err(|_| Fault::NotFound)?;
    Ok(app.store().read(move |tx| store::news::get(tx, id)).await?)
}

/// `POST /admin/news`: a new piece. Sent twice, it is one piece.
pub async fn create(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let id = fields.read::<NewsId>("key")?;
    let known = load(&app, fields.get("key")).await?;
    let is_new = known.is_none();
    let news = known.unwrap_or_else(|| blank(id, app.now_ms()));
    keep(&app, &visit, &session, news, is_new, &fields).await
}

/// `POST /admin/news/{id}`
pub async fn save(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    Path(id): Path<String>,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let news = load(&app, &id).await?.ok_or(Fault::NotFound)?;
    keep(&app, &visit, &session, news, false, &fields).await
}

async fn keep(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    old: News,
    is_new: bool,
    fields: &Fields,
) -> Result<Response, Fault> {
    let say = Say::to(visit);
    let edit = Edit::read(fields);
    let now = app.now_ms();
    let go = fields.get("go");
    let mut new = match edit.apply(&say, &old, now) {
        Ok(new) => new,
        Err(errors) => {
            let mut response = page(app, visit, session, (&old, is_new), edit, errors, None)?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(response);
        }
    };
    let word = match go {
        "save" => "saved",
        "publish" if new.publish_at > now => "news_waits",
        "publish" => "news_published",
        "withdraw" => "news_withdrawn",
        "preview" => return previewed(app, visit, session, (&old, is_new), edit, &new),
        _ => return Err(Fault::BadForm("no such step")),
    };
    new.state = match go {
        "publish" => NewsState::Published,
        "withdraw" => NewsState::Withdrawn,
        _ => old.state,
    };
    let path = format!("/admin/news/{}", new.id);
    let (by, go) = (session.clone(), go.to_owned());
    app.store()
        .write(move |tx| {
            store::news::put(tx, &new)?;
            done::note(tx, &by, "news.keep", ("news", &new.id), &go, now)
        })
        .await?;
    Ok(done::to(&path, word))
}

fn previewed(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    old: (&News, bool),
    edit: Edit,
    new: &News,
) -> Result<Response, Fault> {
    let mut shown = PiecePage::new(app, visit, session, old, edit);
    shown.preview = Some(Preview::of(new));
    view::html(&shown)
}

fn page(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    news: (&News, bool),
    edit: Edit,
    errors: Vec<(String, String)>,
    done: Option<&str>,
) -> Result<Response, Fault> {
    let mut shown = PiecePage::new(app, visit, session, news, edit);
    shown.desk = shown.desk.with_done(done);
    shown.errors = errors;
    view::html(&shown)
}

impl Preview {
    fn of(news: &News) -> Preview {
        Preview {
            title_ja: news.title_ja.clone(),
            body_ja: Html::of(&news.body_ja),
            title_en: news.title_en.clone(),
            body_en: Html::of(&news.body_en),
        }
    }
}

impl PiecePage {
    fn new(
        app: &App,
        visit: &Visit,
        session: &StaffSession,
        (news, is_new): (&News, bool),
        edit: Edit,
    ) -> PiecePage {
        let say = Say::to(visit);
        let title = match is_new {
            true => say.s("bo-news-new"),
            false => say.name(&news.title_ja, &news.title_en).to_owned(),
        };
        let here = if is_new { "/admin/news/new".to_owned() } else { format!("/admin/news/{}", news.id) };
        let now = app.now_ms();
        PiecePage {
            desk: Desk::of(app, visit, session, "news", title).at(&here),
            action: if is_new { "/admin/news".to_owned() } else { here },
            key: if is_new { news.id.to_string() } else { String::new() },
            shop_href: news.state.is_shown(news.publish_at, now).then(|| format!("/news/{}", news.id)),
            state: state(&say, news, now),
            published: news.state == NewsState::Published,
            may_write: desk::manages(session),
            errors: Vec::new(),
            edit,
            // Who does not write it can read it.
            preview: (!desk::manages(session)).then(|| Preview::of(news)),
            title_max: NEWS_TITLE_CHARS_MAX,
            body_max: NEWS_CHARS_MAX,
        }
    }
}

impl Edit {
    fn of(n: &News) -> Edit {
        let at = view::in_japan(n.publish_at);
        Edit {
            title_ja: n.title_ja.clone(),
            title_en: n.title_en.clone(),
            body_ja: n.body_ja.clone(),
            body_en: n.body_en.clone(),
            day: at.date().to_string(),
            time: at.strftime("%H:%M").to_string(),
        }
    }

    fn read(fields: &Fields) -> Edit {
        let get = |name: &str| fields.get(name).to_owned();
        Edit {
            title_ja: get("title_ja"),
            title_en: get("title_en"),
            body_ja: get("body_ja"),
            body_en: get("body_en"),
            day: get("day"),
            time: get("time"),
        }
    }

    /// The piece with what was typed.
    fn apply(&self, say: &Say, old: &News, now: i64) -> Result<News, Vec<(String, String)>> {
        let mut errors = Vec::new();
        let mut new = News { updated_at: now, ..old.clone() };
        new.title_ja = title(say, "title_ja", "bo-news-title-ja", &self.title_ja, true, &mut errors);
        new.title_en = title(say, "title_en", "bo-news-title-en", &self.title_en, false, &mut errors);
        new.body_ja = body(say, "body_ja", "bo-news-body-ja", &self.body_ja, &mut errors);
        new.body_en = body(say, "body_en", "bo-news-body-en", &self.body_en, &mut errors);
        if new.body_ja.is_empty() && errors.is_empty() {
            wrong(say, "body_ja", "bo-news-body-ja", Invalid::Missing, &mut errors);
        }
        match moment(&self.day, &self.time) {
            // Minutes are typed, milliseconds kept: an untouched time stays as it was.
            Some(at) if at != old.publish_at / 60_000 * 60_000 => new.publish_at = at,
            Some(_) => {}
            None => wrong(say, "day", "bo-news-when", Invalid::Form, &mut errors),
        }
        if errors.is_empty() { Ok(new) } else { Err(errors) }
    }
}

/// A day and a time in Japan, in milliseconds.
fn moment(day: &str, time: &str) -> Option<i64> {
    let day: Date = day.trim().parse().ok()?;
    let time: Time = text::fold_width(time).trim().parse().ok()?;
    let zone = TimeZone::fixed(Offset::constant(JAPAN_HOURS));
    Some(day.to_datetime(time).to_zoned(zone).ok()?.timestamp().as_millisecond())
}

fn wrong(say: &Say, field: &str, label: &'static str, why: Invalid, errors: &mut Vec<(String, String)>) {
    errors.push((field.to_owned(), say.t.invalid(say.t.s(label), why)));
}

fn title(
    say: &Say,
    field: &str,
    label: &'static str,
    typed: &str,
    must: bool,
    errors: &mut Vec<(String, String)>,
) -> String {
    let line = typed.trim().to_owned();
    let why = match line.as_str() {
        "" if must => Some(Invalid::Missing),
        l if l.chars().count() > NEWS_TITLE_CHARS_MAX => Some(Invalid::TooLong),
        l if text::has_forbidden(l) || l.contains(['<', '>', '\r', '\n']) => Some(Invalid::Characters),
        _ => None,
    };
    if let Some(why) = why {
        wrong(say, field, label, why, errors);
    }
    line
}

fn body(
    say: &Say,
    field: &str,
    label: &'static str,
    typed: &str,
    errors: &mut Vec<(String, String)>,
) -> String {
    match free_text(typed, NEWS_CHARS_MAX) {
        Ok(text) => text.reveal().to_owned(),
        Err(why) => {
            wrong(say, field, label, why, errors);
            String::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Locale;

    #[test]
    fn a_time_is_that_of_japan() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        assert_eq!(moment("2026-11-25", "09:30"), Some(at("2026-11-25T00:30:00Z")));
        assert_eq!(moment("2026-11-25", "０９:３０"), Some(at("2026-11-25T00:30:00Z")));
        for (day, time) in
            [("2026-02-30", "09:30"), ("2026-11-25", "25:00"), ("", "09:30"), ("2026-11-25", "")]
        {
            assert_eq!(moment(day, time), None, "{day} {time}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field_and_an_untouched_form_keeps_its_moment() {
        let say = Say { t: view::Texts::of(Locale::Ja), locale: Locale::Ja };
        let old = News {
            title_ja: "新栗".into(),
            body_ja: "届きました".into(),
            ..blank(NewsId(Uuid::nil()), 1_234_567)
        };
        let new = Edit::of(&old).apply(&say, &old, 2_000_000).unwrap();
        assert_eq!(new, News { updated_at: 2_000_000, ..old.clone() });
        for (change, field) in [
            ((|e: &mut Edit| e.title_ja = " ".into()) as fn(&mut Edit), "title_ja"),
            (|e| e.title_en = "<b>".into(), "title_en"),
            (|e| e.body_ja = String::new(), "body_ja"),
            (|e| e.body_en = "x".repeat(NEWS_CHARS_MAX + 1), "body_en"),
            (|e| e.day = "tomorrow".into(), "day"),
        ] {
            let mut edit = Edit::of(&old);
            change(&mut edit);
            let errors = edit.apply(&say, &old, 0).unwrap_err();
            assert_eq!(errors.iter().map(|e| e.0.as_str()).collect::<Vec<_>>(), [field]);
        }
    }
}
