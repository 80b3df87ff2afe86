//! Messages that came through the contact form: listed closed, opened one by one, marked as answered.

use super::{
    Desk, Say, StaffSession, Work,
    desk::{Badge, tone},
    done,
};
use crate::{
    App,
    error::Fault,
    form::PostForm,
    view::{self, Choice},
    visit::Visit,
};
use askama::Template;
use axum::{extract::State, response::Response};
use domain::{InquiryId, customer::InquiryState};
use http::Uri;
use store::{Error, inquiry::Inquiry};
use vault_api::{Column, Place, Purpose, Sealed, UnsealItem};

/// Messages on the list.
const LIST_SHOWN: u32 = 100;

#[derive(Template)]
#[template(path = "backoffice/inquiries.html")]
struct Inquiries {
    desk: Desk,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
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
    language: String,
    state: Badge,
}

#[derive(Template)]
#[template(path = "backoffice/inquiry.html")]
struct InquiryPage {
    desk: Desk,
    id: String,
    at: String,
    language: String,
    state: Badge,
    states: Vec<Choice>,
    opened: Option<OpenedInquiry>,
}

/// Personal: no `Debug`.
struct OpenedInquiry {
    name: String,
    email: String,
    body: String,
    all: bool,
}

/// `GET /admin/inquiries`
pub async fn list(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    uri: Uri,
) -> Result<Response, Fault> {
    let say = Say::to(&visit);
    let state: InquiryState = done::query(&uri).get("state").parse().unwrap_or(InquiryState::Open);
    let (rows, counts) = app
        .store()
        .read(move |tx| {
            let mut counts = Vec::new();
            for s in InquiryState::ALL {
                counts.push((*s, store::inquiry::count(tx, *s)?));
            }
            Ok::<_, Error>((store::inquiry::list(tx, state, LIST_SHOWN)?, counts))
        })
        .await?;
    let tabs = counts.iter().map(|(s, count)| Tab {
        label: say.w("bo-inquiry-state", s.word()),
        href: format!("/admin/inquiries?state={s}"),
        count: *count,
        current: *s == state,
    });
    view::html(&Inquiries {
        desk: Desk::of(&app, &visit, &session, "inquiries", say.s("bo-inquiries-title")),
        tabs: tabs.collect(),
        rows: rows.iter().map(|i| row(&say, i)).collect(),
    })
}

fn row(say: &Say, i: &Inquiry) -> Row {
    Row {
        href: format!("/admin/inquiries/{}", i.id),
        at: say.when(i.created_at),
        language: say.w("bo-language", i.locale.word()),
        state: say.badge("bo-inquiry-state", i.state.word(), tone::inquiry(i.state)),
    }
}

async fn load(work: &Work<InquiryId>) -> Result<Inquiry, Fault> {
    let id = work.id;
    work.app.store().read(move |tx| store::inquiry::get(tx, id)).await?.ok_or(Fault::NotFound)
}

/// `GET /admin/inquiries/{id}`
pub async fn show(work: Work<InquiryId>, uri: Uri) -> Result<Response, Fault> {
    let (inquiry, query) = (load(&work).await?, done::query(&uri));
    page(&work, &inquiry, None, Some(query.get("done")))
}

/// `POST /admin/inquiries/{id}/open`
pub async fn open(work: Work<InquiryId>, PostForm(_): PostForm) -> Result<Response, Fault> {
    let inquiry = load(&work).await?;
    let (row, person) = (inquiry.id.0, inquiry.person.0);
    let item = |column: Column, sealed: &store::Sealed| UnsealItem {
        place: Place::new(column, row, person),
        sealed: Sealed::from_bytes(sealed.0.clone()),
    };
    let items = vec![
        item(Column::InquiryContact, &inquiry.contact),
        item(Column::InquiryEmail, &inquiry.email),
        item(Column::InquiryBody, &inquiry.body),
    ];
    let cap = work.session.cap();
    let plain = work.app.vault().call(move |vault| vault.unseal(&cap, Purpose::StaffInquiry, items)).await?;
    work.note(("inquiry.open", "inquiry"), "").await?;
    let mut texts = plain.into_iter().map(|p| p.ok()?.reveal_text().map(str::to_owned));
    let mut next = || texts.next().flatten();
    let (name, email, body) = (next(), next(), next());
    let all = name.is_some() && email.is_some() && body.is_some();
    let opened = OpenedInquiry {
        name: name.unwrap_or_default(),
        email: email.unwrap_or_default(),
        body: body.unwrap_or_default(),
        all,
    };
    page(&work, &inquiry, Some(opened), None)
}

/// `POST /admin/inquiries/{id}/state`
pub async fn state(work: Work<InquiryId>, PostForm(fields): PostForm) -> Result<Response, Fault> {
    let (id, state) = (load(&work).await?.id, fields.read::<InquiryState>("state")?);
    let of = ("inquiry.state", "inquiry");
    work.write(of, state.word(), move |tx, id, _, now| store::inquiry::set_state(tx, id, state, now)).await?;
    Ok(done::to(&format!("/admin/inquiries/{id}"), "state"))
}

fn page(
    work: &Work<InquiryId>,
    inquiry: &Inquiry,
    opened: Option<OpenedInquiry>,
    done: Option<&str>,
) -> Result<Response, Fault> {
    let say = work.say();
    let r = row(&say, inquiry);
    let current = inquiry.state.word();
    let states = InquiryState::ALL
        .iter()
        .map(|s| Choice::new(s.word(), say.w("bo-inquiry-state", s.word()), current))
        .collect();
    view::html(&InquiryPage {
        desk: work.desk("inquiries", say.s("bo-inquiry-title")).at(&r.href).with_done(done),
        id: inquiry.id.to_string(),
        at: r.at,
        language: r.language,
        state: r.state,
        states,
        opened,
    })
}
