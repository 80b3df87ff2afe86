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

/// How many products stand under "in season".
const SEASONAL_MAX: usize = 8;

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
    story: String,
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
    let (frame, window, news, branches) = app
        .store()
        .read(move |tx| -> Result<_, store::Error> {
            let window = with.window(tx)?;
            let frame = Frame::around(tx, &window, &by)?;
            let news = super::news::latest(tx, now, locale)?;
            Ok((frame, window, news, store::branch::list(tx)?))
        })
        .await?;
    let door = |c: &store::product::Category| Door {
        picture: window
            .shelf(c)
            .iter()
            .find_map(|p| p.picture)
            .map(|id| pictures::url(&id.0, pictures::Size::Card)),
        name: locale.pick(&c.name_ja, &c.name_en).clone(),
        lead: locale.pick(&c.lead_ja, &c.lead_en).clone(),
        slug: c.slug.clone(),
    };
    let page = Page::new(&app, &visit, frame, "");
    let lead = page.shop().hero_lead.get(&locale).to_owned();
    let page = page.described(lead);
    view::html(&Home {
        hero: page.shop().picture("hero"),
        title_lines: columns(page.shop().hero_title.get(&locale)),
        story: page.t.f1("home-story", "shop", page.shop_name()),
        month: view::month(&locale, &app.now_in_japan().date()),
        news,
        seasonal: window.cards(window.featured(SEASONAL_MAX), locale),
        stores: Store::all(page.shop(), branches, locale),
        free_from: page.yen(&page.shop().tariff.free_from),
        doors: window.categories().iter().map(door).collect(),
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
