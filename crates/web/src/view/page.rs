//! The frame around each page of the shop.

use super::Texts;
use crate::{App, ShopFacts, Trial, error::Fault, storefront::Window, visit::Visit};
use domain::Locale;
use std::sync::Arc;

/// What a page shows around its own contents. Templates extend `layout.html` and have this as `page`.
pub struct Page {
    /// The words.
    pub t: &'static Texts,
    /// The language.
    pub locale: Locale,
    /// For the browser's tab, without the shop's name.
    pub title: String,
    /// For search engines; may be empty.
    pub description: String,
    /// The token that each form carries.
    pub csrf: String,
    /// Path and query, ready for `lang=ja` to be put behind.
    pub here: String,
    /// Which entry of the navigation this is; empty for none.
    pub section: String,
    /// From the database.
    pub frame: Frame,
    shop: Arc<ShopFacts>,
    app: App,
}

/// What the frame takes from the database.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// In their order.
    pub categories: Vec<NavCategory>,
    /// Pieces in the cart.
    pub cart_count: u32,
    /// The merchant's facts; none: as last read.
    shop: Option<Arc<ShopFacts>>,
}

impl Frame {
    /// Reads it within a page's own snapshot.
    ///
    /// # Errors
    /// As every database call.
    pub fn read(tx: &mut store::Tx<'_>, app: &App, visit: &Visit) -> Result<Frame, store::Error> {
        let window = app.window(tx)?;
        Frame::around(tx, &window, visit)
    }

    /// As [`Frame::read`], where the page shows of the window, too.
    ///
    /// # Errors
    /// As every database call.
    pub fn around(tx: &mut store::Tx<'_>, window: &Window, visit: &Visit) -> Result<Frame, store::Error> {
        let name = |c: &store::product::Category| NavCategory {
            name: visit.locale().pick(&c.name_ja, &c.name_en).clone(),
            slug: c.slug.clone(),
        };
        let categories = window.categories().iter().map(name).collect();
        let cart_count = match visit.cart() {
            Some(known) => known,
            None if visit.is_new() => 0,
            None => store::cart::pieces(tx, &visit.hash())?,
        };
        Ok(Frame { categories, cart_count, shop: Some(Arc::clone(window.shop())) })
    }

    /// Reads it alone.
    ///
    /// # Errors
    /// [`Fault::Store`].
    pub async fn load(app: &App, visit: &Visit) -> Result<Frame, Fault> {
        let (with, visit) = (app.clone(), visit.clone());
        Ok(app.store().read(move |tx| Frame::read(tx, &with, &visit)).await?)
    }
}

/// A category in the navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavCategory {
    /// The word in its address.
    pub slug: String,
    /// Its name in the page's language.
    pub name: String,
}

impl Page {
    /// A page around what was read already.
    pub fn new(app: &App, visit: &Visit, mut frame: Frame, title: impl Into<String>) -> Page {
        Page {
            t: Texts::of(visit.locale()),
            locale: visit.locale(),
            title: title.into(),
            description: String::new(),
            csrf: visit.csrf().to_owned(),
            here: visit.here().to_owned(),
            section: String::new(),
            shop: frame.shop.take().unwrap_or_else(|| app.shop()),
            frame,
            app: app.clone(),
        }
    }

    /// A page with nothing of its own from the database.
    ///
    /// # Errors
    /// [`Fault::Store`].
    pub async fn load(app: &App, visit: &Visit, title: impl Into<String>) -> Result<Page, Fault> {
        Ok(Page::new(app, visit, Frame::load(app, visit).await?, title))
    }

    /// With a description for search engines.
    pub fn described(mut self, description: impl Into<String>) -> Page {
        self.description = description.into();
        self
    }

    /// With its entry of the navigation marked.
    pub fn within(mut self, section: impl Into<String>) -> Page {
        self.section = section.into();
        self
    }

    /// The merchant's facts.
    pub fn shop(&self) -> &ShopFacts {
        &self.shop
    }

    /// The shop's name in the page's language.
    pub fn shop_name(&self) -> &str {
        self.shop().name.get(&self.locale)
    }

    /// Whether this is the demo.
    pub fn demo(&self) -> bool {
        self.app.config().trial == Some(Trial::Demo)
    }

    /// Whether a merchant tries out a shop of his own.
    pub fn practice(&self) -> bool {
        self.app.config().trial == Some(Trial::Practice)
    }

    /// The shop's address without a slash at the end.
    pub fn origin(&self) -> &str {
        &self.app.config().shop_origin
    }

    /// Whether the page is in Japanese.
    pub fn is_ja(&self) -> bool {
        self.locale == Locale::Ja
    }

    /// An amount as people read it.
    pub fn yen(&self, amount: &domain::Yen) -> String {
        super::yen(&self.locale, amount)
    }
}
