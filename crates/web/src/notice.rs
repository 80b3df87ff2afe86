//! Notices about an incident: whether one is genuine. That is answered on the page, by the code and never by whom it is of.
//! Whether an incident concerns somebody is an inquiry ([`crate::inquiry`]).

use crate::{
    App,
    error::Fault,
    form::PostForm,
    view::{self, Field, Frame, Page, Texts, date, in_japan},
    visit::Visit,
};
use askama::Template;
use axum::{extract::State, response::Response};
use desk::paper::Paper;
use domain::person::Invalid;
use site::notice::CODE_CHARS_MAX;
use store::{Millis, Tx};
use uuid::Uuid;
use vault_api::NoticeCode;

/// What came of a check.
enum Checked {
    /// Nothing was asked yet.
    Nothing,
    /// The shop wrote it: subject, and the day from which on it was sent.
    Genuine { subject: String, day: String },
    /// No notice of the shop has this code.
    Unknown,
}

#[derive(Template)]
#[template(path = "shop/notice.html")]
struct Check {
    page: Page,
    checked: Checked,
    errors: Vec<(String, String)>,
    fields: Vec<Field>,
}

/// `GET /notice`
pub async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    let frame = Frame::load(&app, &visit).await?;
    check_page(&app, &visit, frame, Checked::Nothing, "", None)
}

/// `POST /notice`
pub async fn check(
    State(app): State<App>,
    visit: Visit,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let typed = fields.get("notice").trim();
    let t = Texts::of(visit.locale());
    if typed.is_empty() {
        let error = t.invalid(t.s("notice-code-label"), Invalid::Missing);
        let frame = Frame::load(&app, &visit).await?;
        return check_page(&app, &visit, frame, Checked::Nothing, "", Some(error));
    }
    // Too few or too many letters are a slip, and no word about a forgery: how many a code has stands beside the field.
    let count = NoticeCode::count(typed);
    if count != NoticeCode::CHARS {
        let error = t.f2("notice-code-length", "wanted", NoticeCode::CHARS, "typed", count);
        let frame = Frame::load(&app, &visit).await?;
        return check_page(&app, &visit, frame, Checked::Nothing, typed, Some(error));
    }
    // What cannot be a code was mistyped, or nobody of this shop made it up.
    let Some(code) = NoticeCode::parse(typed) else {
        let frame = Frame::load(&app, &visit).await?;
        return check_page(&app, &visit, frame, Checked::Unknown, typed, None);
    };
    let found = app.vault().call(move |vault| vault.notice_check(code)).await?;
    let (with, by) = (app.clone(), visit.clone());
    let read = move |tx: &mut Tx<'_>| -> Result<_, store::Error> {
        let genuine = found.map(|found| genuine(tx, found.notice)).transpose()?.flatten();
        Ok((Frame::read(tx, &with, &by)?, genuine))
    };
    let (frame, genuine) = app.store().read(read).await?;
    let checked = genuine.map_or(Checked::Unknown, |(subject, at_ms)| Checked::Genuine {
        subject,
        day: date(&visit.locale(), &in_japan(at_ms).date()),
    });
    let kept = if matches!(checked, Checked::Unknown) { typed } else { "" };
    check_page(&app, &visit, frame, checked, kept, None)
}

/// Subject and time of a notice, by mail or on paper.
fn genuine(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<(String, Millis)>, store::Error> {
    if let Some(mail) = store::notice::genuine(tx, id)? {
        return Ok(Some((mail.subject, mail.sent_at.or(mail.settled_at).unwrap_or_default())));
    }
    let letter = store::letter::each::genuine(tx, id)?;
    Ok(letter
        .and_then(|letter| Some((serde_json::from_str::<Paper>(&letter.paper).ok()?.subject, letter.at))))
}

fn check_page(
    app: &App,
    visit: &Visit,
    frame: Frame,
    checked: Checked,
    typed: &str,
    error: Option<String>,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let errors = error.iter().map(|error| ("notice".to_owned(), error.clone())).collect();
    let code = Field::line("notice", t.s("notice-code-label"), typed, CODE_CHARS_MAX);
    let fields = vec![code.hint(t.s("notice-code-hint")).auto("off", "").error(error)];
    let page = Page::new(app, visit, frame, t.s("notice-title"));
    view::html(&Check { page, checked, errors, fields })
}

/// `GET /notice/concern`: the address under which somebody asked before whether an incident concerns him.
pub async fn concern() -> Response {
    view::see_other("/inquiry")
}
