//! News of the shop.

use crate::{
    App,
    error::Fault,
    form::Fields,
    markdown::{Html, opening},
    view::{self, Frame, Page, Pager},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{Locale, NewsId};
use http::Uri;
use store::{Error, Millis, Tx};

/// Pieces on a page.
const PAGE_NEWS: u32 = 10;
/// Pieces on the home page.
pub const LATEST_MAX: u32 = 3;
/// Characters of a piece's opening, on a list and for search engines.
const OPENING_CHARS_MAX: usize = 60;

/// A piece on a list, as templates show it.
pub struct Piece {
    /// Its page.
    pub href: String,
    /// Its title.
    pub title: String,
    /// When it was published.
    pub day: String,
    /// Its first words.
    pub opening: String,
    /// The language that it is in.
    pub lang: &'static str,
}

#[derive(Template)]
#[template(path = "shop/news.html")]
struct NewsPage {
    page: Page,
    pieces: Vec<Piece>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "shop/piece.html")]
struct PiecePage {
    page: Page,
    piece: Piece,
    body: Html,
    more: Vec<Piece>,
}

impl Piece {
    /// In the page's language, or in Japanese where there is no other.
    pub fn of(news: &store::news::News, locale: Locale) -> Piece {
        let lang = lang(news, locale);
        let (title, body) = match lang {
            Locale::Ja => (&news.title_ja, &news.body_ja),
            Locale::En => (&news.title_en, &news.body_en),
        };
        Piece {
            href: format!("/news/{}", news.id),
            title: title.clone(),
            day: view::date(&locale, &view::in_japan(news.publish_at).date()),
            opening: opening(body, OPENING_CHARS_MAX),
            lang: lang.word(),
        }
    }
}

/// A piece is shown in English where it has both a title and a text in English.
fn lang(news: &store::news::News, locale: Locale) -> Locale {
    match locale {
        Locale::En if !news.title_en.is_empty() && !news.body_en.is_empty() => Locale::En,
        _ => Locale::Ja,
    }
}

/// The newest pieces that can be read at `now`.
///
/// # Errors
/// As every database call.
pub fn latest(tx: &mut Tx<'_>, now: Millis, locale: Locale) -> Result<Vec<Piece>, Error> {
    Ok(store::news::shown(tx, now, LATEST_MAX, 0)?.iter().map(|n| Piece::of(n, locale)).collect())
}

/// `GET /news`
pub async fn list(State(app): State<App>, visit: Visit, uri: Uri) -> Result<Response, Fault> {
    let (with, by) = (app.clone(), visit.clone());
    let asked = Fields::of_query(&uri).get("page").to_owned();
    let now = app.now_ms();
    let (frame, pager, shown) = app
        .store()
        .read(move |tx| -> Result<_, Error> {
            let frame = Frame::read(tx, &with, &by)?;
            let pager = Pager::new(&asked, store::news::count_shown(tx, now)? as usize, PAGE_NEWS, "/news");
            let shown = store::news::shown(tx, now, pager.rows(), pager.offset())?;
            Ok((frame, pager, shown))
        })
        .await?;
    let locale = visit.locale();
    let page = Page::new(&app, &visit, frame, view::Texts::of(locale).s("news-title")).within("news");
    view::html(&NewsPage { page, pieces: shown.iter().map(|n| Piece::of(n, locale)).collect(), pager })
}

/// `GET /news/{id}`
pub async fn show(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Result<Response, Fault> {
    let id: NewsId = id.parse().map_err(|_| Fault::NotFound)?;
    let (with, by, now) = (app.clone(), visit.clone(), app.now_ms());
    let found = app
        .store()
        .read(move |tx| -> Result<_, Error> {
            let news = store::news::get(tx, id)?.filter(|n| n.state.is_shown(n.publish_at, now));
            let Some(news) = news else { return Ok(None) };
            let more = store::news::shown(tx, now, LATEST_MAX + 1, 0)?;
            Ok(Some((Frame::read(tx, &with, &by)?, news, more)))
        })
        .await?;
    let (frame, news, more) = found.ok_or(Fault::NotFound)?;
    let locale = visit.locale();
    let piece = Piece::of(&news, locale);
    let body = match lang(&news, locale) {
        Locale::Ja => Html::of(&news.body_ja),
        Locale::En => Html::of(&news.body_en),
    };
    let page =
        Page::new(&app, &visit, frame, piece.title.as_str()).within("news").described(piece.opening.as_str());
    let more = more.iter().filter(|n| n.id != news.id).take(LATEST_MAX as usize);
    view::html(&PiecePage { page, piece, body, more: more.map(|n| Piece::of(n, locale)).collect() })
}
