//! Saved cards of a customer: they lie at the payment processor, and the shop knows brand, last four digits and expiry
//! for as long as this page takes.

use super::{Member, NavItem, navigation};
use crate::{
    App,
    checkout::brand_name,
    error::Fault,
    form::PostForm,
    view::{self, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use serde::Deserialize;
use till::SavedCard;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "account/cards.html")]
struct Cards {
    page: Page,
    nav: Vec<NavItem>,
    removed: bool,
    /// Whether the processor answered.
    known: bool,
    cards: Vec<CardRow>,
}

struct CardRow {
    id: String,
    name: String,
    last4: String,
    expires: String,
    over: bool,
}

/// What stands behind the `?`.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    done: String,
}

/// `GET /account/cards`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let person = member.person;
    let cards = app.till().ask(move |till| till.cards(person.0)).await?;
    if let Err(error) = &cards {
        tracing::warn!(why = %error, "saved cards could not be listed");
    }
    let t = Texts::of(visit.locale());
    let today = app.now_in_japan().date();
    let now = (i32::from(today.year()), i32::from(today.month()));
    view::html(&Cards {
        page: Page::load(&app, &visit, t.s("cards-title")).await?,
        nav: navigation(t, "/account/cards"),
        removed: asked.done == "removed",
        known: cards.is_ok(),
        cards: cards.unwrap_or_default().iter().map(|c| row(t, c, now)).collect(),
    })
}

fn row(t: &Texts, card: &SavedCard, now: (i32, i32)) -> CardRow {
    let (month, year) = (i32::from(card.exp_month), i32::from(card.exp_year));
    CardRow {
        id: card.id.to_string(),
        name: brand_name(&card.brand).to_owned(),
        last4: card.last4.clone(),
        expires: t.f1("cards-expires", "at", format!("{month:02}/{:02}", year % 100)),
        over: (year, month) < now,
    }
}

/// `POST /account/cards/remove`
pub async fn remove(
    State(app): State<App>,
    member: Member,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let person = member.person;
    let card: Uuid = fields.read("saved")?;
    match app.till().ask(move |till| till.remove_card(person.0, card)).await? {
        Ok(()) => Ok(view::see_other("/account/cards?done=removed")),
        Err(error) => {
            tracing::warn!(why = %error, "a saved card could not be removed");
            Ok(view::see_other("/account/cards"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Locale;

    #[test]
    fn a_card_is_over_when_its_month_is() {
        let t = Texts::of(Locale::Ja);
        let card = |exp_month, exp_year| SavedCard {
            id: Uuid::nil(),
            brand: "visa".into(),
            last4: "4242".into(),
            exp_month,
            exp_year,
        };
        let over = |month, year| row(t, &card(month, year), (2026, 11)).over;
        assert_eq!(
            [over(10, 2026), over(11, 2026), over(1, 2027), over(12, 2025)],
            [true, false, false, true]
        );
        assert!(row(t, &card(3, 2031), (2026, 11)).expires.contains("03/31"));
    }
}
