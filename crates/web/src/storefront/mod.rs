//! The shop window: what anyone may look at.

mod cart;
mod category;
mod contact;
mod home;
mod legal;
mod news;
mod postcode;
mod product;
mod search;
mod small;
mod stores;
mod window;

pub use cart::{add as cart_add, show as cart, update as cart_update};
pub use category::show as category;
pub use contact::{send as contact_send, sent as contact_sent, show as contact};
pub use home::show as home;
pub use legal::{privacy, terms, terms_of_order, tokushoho};
pub use news::{list as news, show as news_piece};
pub use postcode::{find as find_postcode, show as postcode};
pub use product::show as product;
pub use search::show as search;
pub use small::{favicon, lang, local_path, robots};
pub use stores::show as stores;
pub use window::{CARDS_MAX, Window, Windows};

use crate::{
    App,
    error::Fault,
    pictures,
    view::{self, Frame, Page},
    visit::Visit,
};
use askama::Template;
use axum::response::{IntoResponse, Response};
use domain::{Locale, Yen};
use store::catalog::ProductCard;

/// A product on a list, as templates show it.
pub struct Card {
    /// Its page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// One sentence.
    pub lead: String,
    /// The cheapest variant's price.
    pub price: Yen,
    /// Whether there are dearer ones.
    pub from: bool,
    /// Its picture.
    pub picture: Option<String>,
    /// Whether nothing is left.
    pub sold_out: bool,
}

impl Card {
    /// A card in the page's language.
    pub fn of(card: &ProductCard, sold_out: bool, locale: Locale) -> Card {
        Card {
            href: format!("/p/{}", card.slug),
            name: locale.pick(&card.name_ja, &card.name_en).clone(),
            lead: locale.pick(&card.lead_ja, &card.lead_en).clone(),
            price: card.price_from,
            from: card.price_to > card.price_from,
            picture: card.picture.map(|id| pictures::url(&id.0, pictures::Size::Card)),
            sold_out,
        }
    }
}

#[derive(Template)]
#[template(path = "shop/fault.html")]
struct FaultPage {
    page: Page,
    picture: Option<String>,
    body: String,
    next: String,
    reference: String,
}

/// The page that a fault becomes. Needs nothing that may be broken: where the database is away, the navigation is
/// empty.
pub async fn fault_page(app: &App, visit: &Visit, fault: &Fault) -> Response {
    let t = view::Texts::of(visit.locale());
    let frame = match fault {
        Fault::Store(_) => Frame::default(),
        _ => Frame::load(app, visit).await.unwrap_or_default(),
    };
    let text = |part: &str| t.s(&format!("fault-{}-{part}", fault.word())).to_owned();
    let page = Page::new(app, visit, frame, text("title"));
    let picture = page.shop().picture("not-found").filter(|_| matches!(fault, Fault::NotFound));
    let body = text("body");
    let next = text("next");
    let reference = visit.reference().to_owned();
    view::html(&FaultPage { page, picture, body, next, reference })
        .unwrap_or_else(|f| f.status().into_response())
}

/// What axum does with a path that no route fits.
pub async fn nowhere() -> Fault {
    Fault::NotFound
}
