//! The entrance: what is in season, the menu, the shop's story, its stores.

use super::{Card, news::Piece, stores::Store};
use crate::{
    App,
    error::Fault,
    pictures,
    view::{self, Frame, Page},
    visit::Visit,
};
use askama::Template;
use axum::{extract::State, response::Response};
use domain::shipping::Tariff;

/// How many products stand under "in season".
const SEASONAL_MAX: u32 = 8;

/// The door to a category.
struct Door {
    slug: String,
    name: String,
    lead: String,
    picture: Option<String>,
}

#[derive(Template)]
#[template(path = "shop/home.html")]
struct Home {
    page: Page,
    hero: Option<String>,
    title_lines: Vec<String>,
    month: String,
    seasonal: Vec<Card>,
    news: Vec<Piece>,
    doors: Vec<Door>,
    stores: Vec<Store>,
    free_from: String,
}

/// `GET /`
pub async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    let locale = visit.locale();
    let (with, by) = (app.clone(), visit.clone());
    let now = app.now_ms();
    let (frame, featured, news, doors, branches) = app
        .store()
        .read(move |tx| -> Result<_, store::Error> {
            let frame = Frame::read(tx, &with, &by)?;
            let featured = store::catalog::featured(tx, SEASONAL_MAX)?;
            let everything = store::catalog::everything(tx)?;
            let doors: Vec<Door> = store::catalog::categories(tx)?
                .into_iter()
                .map(|c| Door {
                    picture: everything
                        .iter()
                        .find(|p| p.category_slug == c.slug && p.picture.is_some())
                        .and_then(|p| p.picture)
                        .map(|id| pictures::url(&id.0, pictures::Size::Card)),
                    name: view::in_locale(locale, c.name_ja, c.name_en),
                    lead: view::in_locale(locale, c.lead_ja, c.lead_en),
                    slug: c.slug,
                })
                .collect();
            let news = super::news::latest(tx, now, locale)?;
            Ok((frame, featured, news, doors, store::branch::list(tx)?))
        })
        .await?;
    let page = Page::new(&app, &visit, frame, "");
    let lead = page.shop().hero_lead.get(&locale).to_owned();
    let page = page.described(lead);
    view::html(&Home {
        hero: page.shop().picture("hero"),
        title_lines: columns(page.shop().hero_title.get(&locale)),
        month: view::month(&locale, &app.now_in_japan().date()),
        news,
        seasonal: Card::all(featured, locale),
        stores: Store::all(page.shop(), branches, locale),
        free_from: page.yen(&Tariff::default().free_from),
        doors,
        page,
    })
}

/// The columns of an upright title: a Japanese comma ends one.
fn columns(title: &str) -> Vec<String> {
    title.split_inclusive(['、', '\n']).map(|c| c.trim().to_owned()).filter(|c| !c.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_comma_ends_a_column() {
        assert_eq!(super::columns("秋を、ひと粒ずつ。"), ["秋を、", "ひと粒ずつ。"]);
        assert_eq!(super::columns("Autumn, one chestnut at a time."), ["Autumn, one chestnut at a time."]);
    }
}
