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
    view::{self, Choice, Texts},
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
    /// Where an answer goes, with what it is about, for the mail program; none where the address stayed closed.
    mailto: Option<String>,
    /// The number of the order that is spoken of, and its page.
    order: Option<(String, String)>,
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
    let (email, body) = (email.unwrap_or_default(), body.unwrap_or_default());
    let t = Texts::of(inquiry.locale);
    let (about, number) = (said(t, &body, "contact-subject"), said(t, &body, "contact-order-number"));
    let asked = number.to_owned();
    let order = work.app.store().read(move |tx| store::order::by_number(tx, &asked)).await?;
    let opened = OpenedInquiry {
        name: name.unwrap_or_default(),
        all,
        mailto: (!email.is_empty()).then(|| mailto(&email, &format!("Re: {about} {number}"))),
        order: order.map(|o| (o.number, format!("/admin/orders/{}", o.id))),
        email,
        body,
    };
    page(&work, &inquiry, Some(opened), None)
}

/// What the form wrote above the message behind this label; empty where it wrote nothing.
fn said<'b>(t: &Texts, body: &'b str, label: &str) -> &'b str {
    let begins = t.f2("contact-line", "label", t.s(label), "value", "");
    let above = body.lines().take_while(|line| !line.is_empty());
    above.filter_map(|line| line.strip_prefix(&begins)).next().unwrap_or_default()
}

/// What stands behind `mailto:` (RFC 6068).
fn mailto(address: &str, subject: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~@".contains(&b);
    let coded = |text: &str| -> String {
        let sign = |b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") };
        text.bytes().map(sign).collect()
    };
    format!("{}?subject={}", coded(address), coded(subject.trim()))
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
    let about = opened.as_ref().map_or("", |o| said(Texts::of(inquiry.locale), &o.body, "contact-subject"));
    let title = match about {
        "" => say.t.f1("bo-inquiry-title", "at", &r.at),
        about => about.to_owned(),
    };
    let current = inquiry.state.word();
    let states = InquiryState::ALL
        .iter()
        .map(|s| Choice::new(s.word(), say.w("bo-inquiry-state", s.word()), current))
        .collect();
    view::html(&InquiryPage {
        desk: work.desk("inquiries", title).at(&r.href).with_done(done),
        id: inquiry.id.to_string(),
        at: r.at,
        language: r.language,
        state: r.state,
        states,
        opened,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Locale;

    #[test]
    fn what_the_form_wrote_above_a_message_is_found_and_nothing_below() {
        let t = Texts::of(Locale::Ja);
        let body = "ご用件：ご注文について\nご注文番号：R26-0000-1234\n\nご用件：ほか";
        assert_eq!(said(t, body, "contact-subject"), "ご注文について");
        assert_eq!(said(t, body, "contact-order-number"), "R26-0000-1234");
        assert_eq!(said(t, "\nご用件：ほか", "contact-subject"), "");
    }

    #[test]
    fn nothing_that_was_typed_adds_to_a_link() {
        let link = mailto("a+b&cc=x@例え.jp", "Re: 栗 & ?");
        assert_eq!(link, "a%2Bb%26cc%3Dx@%E4%BE%8B%E3%81%88.jp?subject=Re%3A%20%E6%A0%97%20%26%20%3F");
    }
}
