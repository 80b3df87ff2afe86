//! What lists of goods and the frame of every page show, in memory: read in one pass when something of it has changed,
//! and then shown to everybody. Whether it has changed is asked in the same snapshot that the page is made from.

use super::Card;
use crate::{App, ShopFacts, kept::Kept};
use domain::{Locale, ProductId};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use store::{
    Error, Millis, Tx, catalog,
    catalog::ProductCard,
    edition::Edition,
    product::{Category, Product},
};

/// The most products on one list.
pub const CARDS_MAX: usize = 200;

/// The last windows, shared by all requests.
#[derive(Default)]
pub struct Windows {
    catalogue: Kept<i64, Catalogue>,
    sold_out: Kept<Edition, HashSet<ProductId>>,
}

/// What is shown and changes rarely.
struct Catalogue {
    shop: Arc<ShopFacts>,
    categories: Vec<Category>,
    /// By category, each in its order.
    cards: Vec<ProductCard>,
    /// Where each product stands among them.
    places: HashMap<ProductId, usize>,
    /// When each piece of news was or will be shown first, in ascending order.
    news: Vec<Millis>,
}

/// The window of one edition.
#[derive(Clone)]
pub struct Window {
    edition: Edition,
    catalogue: Arc<Catalogue>,
    sold_out: Arc<HashSet<ProductId>>,
}

impl Windows {
    /// The window as this snapshot has it.
    ///
    /// # Errors
    /// As every database call.
    pub fn of(&self, tx: &mut Tx<'_>, app: &App) -> Result<Window, Error> {
        let edition = store::edition::current(tx)?;
        let catalogue = self.catalogue.get(edition.catalogue, || Catalogue::read(tx, app))?;
        let sold_out =
            self.sold_out.get(edition, || catalog::sold_out(tx).map(|all| all.into_iter().collect()))?;
        Ok(Window { edition, catalogue, sold_out })
    }
}

impl Catalogue {
    fn read(tx: &mut Tx<'_>, app: &App) -> Result<Catalogue, Error> {
        let cards = catalog::cards(tx)?;
        Ok(Catalogue {
            shop: app.read_shop(tx)?,
            categories: catalog::categories(tx)?,
            places: cards.iter().enumerate().map(|(at, card)| (card.id, at)).collect(),
            cards,
            news: store::news::times(tx)?,
        })
    }
}

impl Window {
    /// What tells it from another one.
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// The merchant's facts.
    pub fn shop(&self) -> &Arc<ShopFacts> {
        &self.catalogue.shop
    }

    /// All categories, in order.
    pub fn categories(&self) -> &[Category] {
        &self.catalogue.categories
    }

    /// How many pieces of news have been published by `now`.
    pub fn news_count(&self, now: Millis) -> usize {
        self.catalogue.news.partition_point(|at| *at <= now)
    }

    /// The products of a category, in its order.
    pub fn shelf(&self, category: &Category) -> &[ProductCard] {
        let cards = &self.catalogue.cards;
        let Some(from) = cards.iter().position(|c| c.category == category.id) else { return &[] };
        let shelf = &cards[from..];
        &shelf[..shelf.iter().take_while(|c| c.category == category.id).count()]
    }

    /// The products that follow one in its category, at most `limit`; behind the last comes the first.
    pub fn following<'a>(
        &'a self,
        product: &Product,
        category: &Category,
        limit: usize,
    ) -> impl Iterator<Item = &'a ProductCard> {
        let (shelf, id) = (self.shelf(category), product.id);
        let next = shelf.partition_point(|c| (c.position, c.id) <= (product.position, id));
        let (before, after) = shelf.split_at(next);
        after.iter().chain(before).filter(move |c| c.id != id).take(limit)
    }

    /// The products of the home page, at most `limit`; where none was chosen for it, the first of the catalogue.
    pub fn featured(&self, limit: usize) -> Vec<&ProductCard> {
        let mut featured: Vec<_> = self.catalogue.cards.iter().filter(|c| c.featured > 0).collect();
        if featured.is_empty() {
            return self.catalogue.cards.iter().take(limit).collect();
        }
        featured.sort_by_key(|c| (c.featured, c.id));
        featured.truncate(limit);
        featured
    }

    /// A product's card; none for one that cannot be bought.
    pub fn card(&self, product: ProductId) -> Option<&ProductCard> {
        self.catalogue.places.get(&product).and_then(|at| self.catalogue.cards.get(*at))
    }

    /// These as templates show them, at most [`CARDS_MAX`].
    pub fn cards<'a>(&self, of: impl IntoIterator<Item = &'a ProductCard>, locale: Locale) -> Vec<Card> {
        let card = |card: &ProductCard| Card::of(card, self.sold_out.contains(&card.id), locale);
        of.into_iter().take(CARDS_MAX).map(card).collect()
    }
}
