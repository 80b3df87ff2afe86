//! The first page of the checkout, and what follows each page.

use super::{
    at::{self, Next},
    basket::{Basket, LineView},
    book::{self, Book},
    contact::{Names, ORDERER, OTHER},
    details::{Details, Errors, ShipTo, Wrong},
    draw::{self, Recipient},
    entry, recipients, who,
};
use crate::{
    App, account,
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
    person::{self, Invalid},
};
use site::PageKind;

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
    recipient: Recipient,
    book: Option<Book>,
    /// The fields of several recipients who are named already.
    carried: Vec<(String, String)>,
    named: bool,
    ship_to: &'static str,
    cash: bool,
    /// What paying in cash costs; none where the shop takes none.
    cash_note: Option<String>,
    payment_error: Option<String>,
    agreed: bool,
    agree_error: Option<String>,
}

/// `GET /checkout`
pub async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    let typed = known(&app, &visit).await;
    let notice = if visit.cap().is_some() && app.vault().is_away() { "checkout-as-guest" } else { "" };
    form(&app, &visit, &typed, Errors::new(), notice).await
}

/// The first page for somebody whose later page is kept no more.
///
/// # Errors
/// As [`read`].
pub async fn anew(app: &App, visit: &Visit) -> Result<Response, Fault> {
    form(app, visit, &known(app, visit).await, Errors::new(), "checkout-anew").await
}

/// `POST /checkout`: to the next page, or the form again.
pub async fn next(
    State(app): State<App>,
    visit: Visit,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    at::go(&app, &visit, turn(&app, &visit, fields).await?).await
}

/// The next page, as the button says that was pressed on any page of the checkout.
///
/// # Errors
/// As [`read`].
pub async fn turn(app: &App, visit: &Visit, fields: Fields) -> Result<Next, Fault> {
    let several = ShipTo::of(&fields) == ShipTo::Several;
    match fields.get("go") {
        "edit" => Ok(Next::form(&fields, Errors::new(), "")),
        "postcode" if several && fields.has("at") => recipients::fill(app, visit, &fields).await,
        "postcode" => Ok(fill(visit, fields)),
        "book" if several && fields.has("at") => recipients::from_book(app, visit, &fields).await,
        "book" => from_book(app, visit, fields).await,
        _ if several => recipients::turn(app, visit, &fields).await,
        // From several recipients to one: what was hidden on the page before must be seen first.
        _ if fields.has("to_whom") => Ok(Next::form(&fields, Errors::new(), "checkout-one-again")),
        _ => match Details::read(visit.locale(), &fields, app.calendar().await?) {
            Ok(details) => {
                let to = details.parcels.first().and_then(|parcel| parcel.recipient.as_ref());
                let notice = book::keep(app, visit, &fields, to).await;
                Ok(Next::confirm(&details, notice))
            }
            Err(Wrong::Form(errors)) => Ok(Next::form(&fields, errors, "")),
            Err(Wrong::Recipients) => Ok(Next::form(&fields, Errors::new(), "")),
        },
    }
}

/// The form with an address for each postcode that has none yet.
fn fill(visit: &Visit, mut fields: Fields) -> Next {
    let t = Texts::of(visit.locale());
    let mut errors = Errors::new();
    let mut filled = fill_one(t, &mut fields, &ORDERER, &mut errors);
    if ShipTo::of(&fields) == ShipTo::Other {
        filled |= fill_one(t, &mut fields, &OTHER, &mut errors);
    }
    Next::form(&fields, errors, if filled { "checkout-filled" } else { "" })
}

/// The form with the entry of the address book that was chosen as the recipient.
async fn from_book(app: &App, visit: &Visit, mut fields: Fields) -> Result<Next, Fault> {
    let chosen = fields.get("book").to_owned();
    let notice = book::take(app, visit, &chosen, &mut fields).await;
    fields.set("ship_to", ShipTo::Other.word());
    Ok(Next::form(&fields, Errors::new(), notice))
}

/// The address for one postcode; whether there was one. Says why not, but for somebody else's that is not typed yet.
pub fn fill_one(t: &Texts, fields: &mut Fields, n: &Names, errors: &mut Errors) -> bool {
    match (fields.get(n.postcode).trim(), find_postcode(fields.get(n.postcode))) {
        (_, Some(place)) => {
            let town = format!("{}{}", place.city, place.town);
            // Whoever has written more than the town already keeps it.
            if fields.get(n.prefecture) != place.prefecture || !fields.get(n.city).starts_with(&town) {
                fields.set(n.prefecture, place.prefecture);
                fields.set(n.city, town);
            }
            true
        }
        ("", None) if n.postcode == OTHER.postcode => false,
        (_, None) => {
            errors.push((n.postcode, no_address(t, fields.get(n.postcode))));
            false
        }
    }
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
///
/// # Errors
/// As [`read`].
async fn form(
    app: &App,
    visit: &Visit,
    typed: &Fields,
    errors: Errors,
    notice: &'static str,
) -> Result<Response, Fault> {
    let read = read(app, visit).await?;
    page(app, visit, read, typed, errors, notice).await
}

/// The same with what was read from the database already.
///
/// # Errors
/// As [`read`].
pub async fn page(
    app: &App,
    visit: &Visit,
    (frame, basket): (Frame, Basket),
    typed: &Fields,
    errors: Errors,
    notice: &'static str,
) -> Result<Response, Fault> {
    // Who has named several recipients dresses each by himself; their fields are only carried on here.
    let ship_to = ShipTo::of(typed);
    let named = ship_to == ShipTo::Several && typed.has("to_whom");
    if basket.is_empty() || (!named && !basket.can_order()) {
        return Ok(view::see_other("/cart"));
    }
    let t = Texts::of(visit.locale());
    let drawn = draw::draw(visit.locale(), typed, &errors, &app.calendar().await?);
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
        book: book::offer(app, visit, typed).await,
        carried: if named { recipients::carried(typed) } else { Vec::new() },
        named,
        ship_to: ship_to.word(),
        cash: typed.get("payment") == "cash_on_delivery",
        cash_note: basket.cash_note(t, visit.locale()),
        payment_error: error("payment"),
        agreed: typed.get("agree") == "1",
        agree_error: error("agree"),
        errors: errors.into_iter().map(|(n, e)| (n.to_owned(), e)).collect(),
    }
    .render()?;
    entry::served(app, visit, Step::Checkout, PageKind::Checkout, body).await
}

/// The frame and the cart in one snapshot.
pub async fn read(app: &App, visit: &Visit) -> Result<(Frame, Basket), Fault> {
    let (with, by) = (app.clone(), visit.clone());
    let read = move |tx: &mut store::Tx<'_>| -> Result<_, store::Error> {
        Ok((Frame::read(tx, &with, &by)?, Basket::read(tx, &with, &by)?))
    };
    Ok(app.store().read(read).await?)
}

/// The cart alone.
///
/// # Errors
/// As every database call.
pub async fn basket(app: &App, visit: &Visit) -> Result<Basket, Fault> {
    let (with, by) = (app.clone(), visit.clone());
    Ok(app.store().read(move |tx| Basket::read(tx, &with, &by)).await?)
}

/// What is known of a customer who is signed in, as if typed. Nobody, or a vault that is away: an empty form.
async fn known(app: &App, visit: &Visit) -> Fields {
    let mut fields = Fields::default();
    if let Some((email, contact)) = account::known(app, visit).await {
        fields.set("email", email.reveal());
        if let Some(contact) = contact {
            ORDERER.fill(&mut fields, &contact);
        }
    }
    fields
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
