//! The form, and the page on which the order is confirmed.

use super::{
    basket::{Basket, LineView, Sums},
    details::{Details, Errors, ORDERER, OTHER},
    draw, entry, key, order_view, who,
};
use crate::{
    App,
    error::Fault,
    form::{Fields, PostForm},
    storefront::find_postcode,
    view::{self, Field, Frame, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{extract::State, response::Response};
use domain::{
    Yen,
    card_entry::Step,
    cart::{NoQuote, Quote},
    payment::PaymentMethod,
    person::{self, Contact, Invalid},
};
use site::PageKind;
use vault_api::{Place, Purpose, Sealed, UnsealItem};

#[derive(Template)]
#[template(path = "checkout/form.html")]
struct FormPage {
    page: Page,
    notice: String,
    errors: Vec<(String, String)>,
    goods: Yen,
    lines: Vec<LineView>,
    signed_in: bool,
    who: Vec<Field>,
    address: Vec<Field>,
    recipient: Vec<Field>,
    gift: Vec<Field>,
    delivery: Vec<Field>,
    other: bool,
    cash: bool,
    payment_error: Option<String>,
    agreed: bool,
    agree_error: Option<String>,
}

#[derive(Template)]
#[template(path = "checkout/confirm.html")]
struct ConfirmPage {
    page: Page,
    notice: String,
    lines: Vec<LineView>,
    sums: Sums,
    parts: Vec<order_view::Part>,
    hidden: Vec<(&'static str, String)>,
    cash: bool,
}

/// `GET /checkout`
pub async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    let typed = known(&app, &visit).await;
    form(&app, &visit, &typed, Errors::new(), "").await
}

/// `POST /checkout`: to the page to confirm, or the form again.
pub async fn confirm(
    State(app): State<App>,
    visit: Visit,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    match fields.get("go") {
        "postcode" => fill(&app, &visit, fields).await,
        "edit" => form(&app, &visit, &fields, Errors::new(), "").await,
        _ => match Details::read(visit.locale(), &fields, app.now_in_japan()) {
            Ok(details) => ask(&app, &visit, &details, "").await,
            Err(errors) => form(&app, &visit, &fields, errors, "").await,
        },
    }
}

/// The form with an address for each postcode that has none yet.
async fn fill(app: &App, visit: &Visit, mut fields: Fields) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let mut errors = Errors::new();
    let mut filled = false;
    for n in [&ORDERER, &OTHER] {
        if n.postcode == OTHER.postcode && fields.get("ship_to") != "other" {
            continue;
        }
        match (fields.get(n.postcode).trim(), find_postcode(fields.get(n.postcode))) {
            (_, Some(place)) => {
                let town = format!("{}{}", place.city, place.town);
                // Whoever has written more than the town already keeps it.
                if fields.get(n.prefecture) != place.prefecture || !fields.get(n.city).starts_with(&town) {
                    fields.set(n.prefecture, place.prefecture);
                    fields.set(n.city, town);
                }
                filled = true;
            }
            ("", None) if n.postcode == OTHER.postcode => {}
            (_, None) => {
                errors.push((n.postcode, no_address(t, fields.get(n.postcode))));
            }
        }
    }
    form(app, visit, &fields, errors, if filled { "checkout-filled" } else { "" }).await
}

/// Why there is no address for what was typed as a postcode.
fn no_address(t: &Texts, typed: &str) -> String {
    let label = t.s("field-postcode");
    match person::postcode(typed) {
        Ok(_) => t.f1("invalid-postcode-unknown", "label", label),
        Err(Invalid::Missing) => t.invalid(label, Invalid::Missing),
        Err(_) => t.f1("invalid-postcode", "label", label),
    }
}

/// The form; to the cart where there is nothing in it or something is short.
pub async fn form(
    app: &App,
    visit: &Visit,
    typed: &Fields,
    errors: Errors,
    notice: &'static str,
) -> Result<Response, Fault> {
    let (frame, basket) = read(app, visit).await?;
    if !basket.can_order() {
        return Ok(view::see_other("/cart"));
    }
    let t = Texts::of(visit.locale());
    let drawn = draw::draw(visit.locale(), typed, &errors, app.now_in_japan());
    let error = |name: &str| errors.iter().find(|(n, _)| *n == name).map(|(_, e)| e.clone());
    let body = FormPage {
        page: Page::new(app, visit, frame, t.s("checkout-title")),
        notice: if notice.is_empty() { String::new() } else { t.s(notice).to_owned() },
        goods: basket.goods(),
        lines: basket.views(t, visit.locale()),
        signed_in: who::signed_in(app, visit).await.is_some(),
        who: drawn.who,
        address: drawn.address,
        recipient: drawn.recipient,
        gift: drawn.gift,
        delivery: drawn.delivery,
        other: typed.get("ship_to") == "other",
        cash: typed.get("payment") == "cash_on_delivery",
        payment_error: error("payment"),
        agreed: typed.get("agree") == "1",
        agree_error: error("agree"),
        errors: errors.into_iter().map(|(n, e)| (n.to_owned(), e)).collect(),
    }
    .render()?;
    entry::served(app, visit, Step::Checkout, PageKind::Checkout, body).await
}

/// The page to confirm, with a fresh id for the order.
pub async fn ask(
    app: &App,
    visit: &Visit,
    details: &Details,
    notice: &'static str,
) -> Result<Response, Fault> {
    let (frame, basket) = read(app, visit).await?;
    if !basket.can_order() {
        return Ok(view::see_other("/cart"));
    }
    let quote = match quote(visit, &basket, details) {
        Ok(quote) => quote,
        Err(errors) => return form(app, visit, &Fields::of(details.hidden()), errors, "").await,
    };
    let t = Texts::of(visit.locale());
    let page = Page::new(app, visit, frame, t.s("confirm-title"));
    let mut hidden = details.hidden();
    hidden.push(("key", key::mint(visit.csrf(), app.now_ms())?.to_string()));
    hidden.push(("total", quote.total.get().to_string()));
    let body = ConfirmPage {
        notice: if notice.is_empty() { String::new() } else { t.s(notice).to_owned() },
        lines: basket.views(t, visit.locale()),
        sums: Sums::of(&page, &quote),
        parts: order_view::parts_to_confirm(t, visit.locale(), details),
        cash: details.payment == PaymentMethod::CashOnDelivery,
        hidden,
        page,
    }
    .render()?;
    entry::served(app, visit, Step::Confirm, PageKind::Confirm, body).await
}

/// What it costs, or why it cannot be ordered like this.
pub fn quote(visit: &Visit, basket: &Basket, details: &Details) -> Result<Quote, Errors> {
    let t = Texts::of(visit.locale());
    basket.quote(details.region, details.payment).map_err(|why| match why {
        NoQuote::TooMuchForCash | NoQuote::CashNeedsOneRecipient => {
            vec![("payment", t.s("invalid-cash-too-much").to_owned())]
        }
        NoQuote::TooLittleForCard => vec![("payment", t.s("invalid-card-too-little").to_owned())],
        NoQuote::TooMuchForCard => vec![("payment", t.s("invalid-card-too-much").to_owned())],
        NoQuote::Empty | NoQuote::TooMany => vec![("payment", t.s("cart-full").to_owned())],
    })
}

/// The frame and the cart in one snapshot.
pub async fn read(app: &App, visit: &Visit) -> Result<(Frame, Basket), Fault> {
    let (with, by) = (app.clone(), visit.clone());
    let read = move |tx: &mut store::Tx<'_>| -> Result<_, store::Error> {
        Ok((Frame::read(tx, &with, &by)?, Basket::read(tx, &by)?))
    };
    Ok(app.store().read(read).await?)
}

/// What is known of a customer who is signed in, as if typed. Nobody, or a vault that is away: an empty form.
async fn known(app: &App, visit: &Visit) -> Fields {
    let typed = async {
        let guest = who::holder(app, visit).await.ok()??;
        let person = guest.own_account.then_some(guest.person)?;
        let found = app.store().read(move |tx| store::customer::get(tx, person)).await.ok()?;
        let customer = found?;
        let item = |column: &str, sealed: store::Sealed| UnsealItem {
            place: Place::new("customer", column, person.0, person.0),
            sealed: Sealed::from_bytes(sealed.0),
        };
        let mut items = vec![item("email", customer.email)];
        items.extend(customer.contact.map(|c| item("contact", c)));
        let opened = app.vault().call(move |v| v.unseal(&guest.cap, Purpose::Checkout, items)).await.ok()?;
        let mut opened = opened.into_iter();
        let email = opened.next()?.ok()?;
        let contact = opened.next().and_then(Result::ok).and_then(|p| Contact::from_bytes(p.reveal()).ok());
        let mut fields = Fields::default();
        fields.set("email", email.reveal_text()?);
        if let Some(c) = contact {
            let n = &ORDERER;
            for (name, value) in [
                (n.name, &c.name),
                (n.kana, &c.kana),
                (n.phone, &c.phone),
                (n.postcode, &c.postcode),
                (n.prefecture, &c.prefecture),
                (n.city, &c.city),
                (n.street, &c.street),
                (n.building, &c.building),
            ] {
                fields.set(name, value.reveal());
            }
        }
        Some(fields)
    };
    typed.await.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Locale;

    #[test]
    fn an_address_that_cannot_be_filled_in_says_why() {
        let t = Texts::of(Locale::Ja);
        assert_eq!(no_address(t, " "), "郵便番号をお書きください。");
        assert_eq!(no_address(t, "390-08"), "郵便番号は、7けたの数字でお書きください。");
        assert!(no_address(t, "000-0000").contains("見つかりませんでした"));
    }
}
