//! The contact form. What is written goes through the vault before it reaches the database.

use crate::{
    App,
    error::Fault,
    form::{Fields, PostForm},
    view::{self, Choice, Field, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{extract::State, response::Response};
use domain::{
    InquiryId, PersonId,
    customer::InquiryState,
    order::is_order_number,
    person::{self, EMAIL_BYTES_MAX, Invalid, NAME_CHARS_MAX, Personal},
};
use site::storefront::{INQUIRY_CHARS_MAX, SUBJECTS};
use uuid::Uuid;
use vault_api::{Column, IndexAsk, IndexField, Place, Plain, SealItem};

#[derive(Template)]
#[template(path = "shop/contact.html")]
struct Contact {
    page: Page,
    errors: Vec<(String, String)>,
    fields: Vec<Field>,
    agreed: bool,
    agree_error: Option<String>,
}

#[derive(Template)]
#[template(path = "shop/contact_sent.html")]
struct Sent {
    page: Page,
}

/// What was written, checked.
struct Inquiry {
    name: Personal,
    email: Personal,
    /// Subject, order number and telephone on lines of their own, then the message.
    body: Personal,
}

/// `GET /contact`
pub async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    form(&app, &visit, &Fields::default(), Vec::new()).await
}

/// `GET /contact/sent`
pub async fn sent(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    view::html(&Sent { page: Page::load(&app, &visit, t.s("contact-sent-title")).await? })
}

/// `POST /contact`
pub async fn send(
    State(app): State<App>,
    visit: Visit,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    match read(t, &fields) {
        Ok(inquiry) => {
            keep(&app, &visit, inquiry).await?;
            Ok(view::see_other("/contact/sent"))
        }
        Err(errors) => form(&app, &visit, &fields, errors).await,
    }
}

async fn form(
    app: &App,
    visit: &Visit,
    typed: &Fields,
    errors: Vec<(&'static str, String)>,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let error = |name: &str| errors.iter().find(|(n, _)| *n == name).map(|(_, e)| e.clone());
    let line = |name: &'static str, label: &str, max| {
        Field::line(name, t.s(label), typed.get(name), max).error(error(name))
    };
    let subjects =
        SUBJECTS.iter().map(|s| Choice::new(*s, t.w("subject", s), typed.get("subject"))).collect();
    let fields = vec![
        line("name", "field-name", NAME_CHARS_MAX).auto("name", "").wide("half"),
        line("email", "field-email", EMAIL_BYTES_MAX).of_type("email").auto("email", "email").wide("half"),
        line("phone", "field-phone", 30).of_type("tel").auto("tel", "tel").optional().wide("half"),
        line("order_number", "contact-order-number", 20)
            .hint(t.s("contact-order-number-hint"))
            .optional()
            .wide("half"),
        line("subject", "contact-subject", 20).select(subjects).optional(),
        line("message", "contact-message", INQUIRY_CHARS_MAX).lines(8),
    ];
    let page = Page::load(app, visit, t.s("contact-title")).await?;
    view::html(&Contact {
        page,
        fields,
        agreed: typed.get("agree") == "1",
        agree_error: error("agree"),
        errors: errors.into_iter().map(|(n, e)| (n.to_owned(), e)).collect(),
    })
}

fn read(t: &Texts, fields: &Fields) -> Result<Inquiry, Vec<(&'static str, String)>> {
    let mut errors = Vec::new();
    let mut wrong = |name: &'static str, label: &str, why| errors.push((name, t.invalid(t.s(label), why)));
    let name = person::name_line(fields.get("name")).map_err(|w| wrong("name", "field-name", w));
    let email = person::email(fields.get("email")).map_err(|w| wrong("email", "field-email", w));
    let phone = match fields.get("phone").trim() {
        "" => Ok(Personal::default()),
        typed => person::phone(typed).map_err(|w| wrong("phone", "field-phone", w)),
    };
    let number = domain::text::tidy_line(fields.get("order_number")).to_uppercase();
    if !number.is_empty() && !is_order_number(&number) {
        wrong("order_number", "contact-order-number", Invalid::Form);
    }
    let message = person::free_text(fields.get("message"), INQUIRY_CHARS_MAX)
        .and_then(|text| if text.is_empty() { Err(Invalid::Missing) } else { Ok(text) })
        .map_err(|w| wrong("message", "contact-message", w));
    if fields.get("agree") != "1" {
        errors.push(("agree", t.s("invalid-agree").to_owned()));
    }
    match (name, email, phone, message) {
        (Ok(name), Ok(email), Ok(phone), Ok(message)) if errors.is_empty() => {
            let subject = SUBJECTS.iter().find(|s| **s == fields.get("subject")).unwrap_or(&"other");
            let mut body = String::new();
            for (label, value) in [
                ("contact-subject", t.w("subject", subject)),
                ("contact-order-number", &number),
                ("field-phone", phone.reveal()),
            ] {
                if !value.is_empty() {
                    body.push_str(&t.f2("contact-line", "label", t.s(label), "value", value));
                    body.push('\n');
                }
            }
            body.push('\n');
            body.push_str(message.reveal());
            Ok(Inquiry { name, email, body: Personal::new(body) })
        }
        _ => Err(errors),
    }
}

async fn keep(app: &App, visit: &Visit, inquiry: Inquiry) -> Result<(), Fault> {
    let (row, person) = (Uuid::now_v7(), Uuid::now_v7());
    let item = |column: Column, text: &Personal, index| SealItem {
        place: Place::new(column, row, person),
        plaintext: Plain::new(text.reveal()),
        create_person: true,
        index,
    };
    let by_mail = vec![IndexAsk::new(IndexField::Email, inquiry.email.reveal())];
    let items = vec![
        item(Column::InquiryEmail, &inquiry.email, by_mail),
        item(Column::InquiryContact, &inquiry.name, Vec::new()),
        item(Column::InquiryBody, &inquiry.body, Vec::new()),
    ];
    let sealed = app.vault().call(move |vault| vault.seal(None, items)).await?;
    let [email, contact, body] = <[_; 3]>::try_from(sealed.items).map_err(|_| MISCOUNT)?;
    let email_index = email.index.first().ok_or(MISCOUNT)?.0.into();
    let now = app.now_ms();
    let kept = store::inquiry::Inquiry {
        id: InquiryId(row),
        person: PersonId(person),
        email: email.sealed.into_bytes().into(),
        email_index,
        contact: contact.sealed.into_bytes().into(),
        body: body.sealed.into_bytes().into(),
        locale: visit.locale(),
        state: InquiryState::Open,
        created_at: now,
        updated_at: now,
    };
    Ok(app.store().write(move |tx| store::inquiry::insert(tx, &kept)).await?)
}

/// The vault answers item by item.
const MISCOUNT: Fault = Fault::Internal("the vault sealed another number of fields than asked");

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Locale;

    fn typed(change: &[(&str, &str)]) -> Fields {
        let mut fields = Fields::of([
            ("name", "山野 栗子"),
            ("email", "kuriko@example.jp"),
            ("phone", ""),
            ("order_number", ""),
            ("subject", "order"),
            ("message", "のしの名入れについて"),
            ("agree", "1"),
        ]);
        for (name, value) in change {
            fields.set(name, *value);
        }
        fields
    }

    #[test]
    fn a_full_form_is_taken_and_each_fault_is_said_at_its_field() {
        let t = Texts::of(Locale::Ja);
        let good = read(t, &typed(&[("phone", "０２６３－１１－２２３３")])).ok().unwrap();
        assert_eq!(
            good.body.reveal(),
            "ご用件：ご注文について\n電話番号：0263112233\n\nのしの名入れについて",
            "staff read words, not the form's values"
        );
        for (field, value) in [
            ("name", " "),
            ("email", "kuriko"),
            ("phone", "abc"),
            ("order_number", "R26-0000-0000"),
            ("message", ""),
            ("agree", ""),
        ] {
            let errors = read(t, &typed(&[(field, value)])).err().unwrap();
            assert_eq!(errors.iter().map(|e| e.0).collect::<Vec<_>>(), [field]);
        }
    }
}
