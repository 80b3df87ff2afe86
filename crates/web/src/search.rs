//! What the search finds, and the index that it looks in: made from the catalogue in memory, and again when that has
//! changed. The rules are [`domain::search`]'s.

use crate::{kept::Kept, storefront::Window};
use domain::{
    ProductId,
    search::{How, Index},
};
use std::sync::Arc;
use store::{Error, Tx, catalog};

/// The index, shared by all requests.
#[derive(Default)]
pub struct Search {
    of_catalogue: Kept<i64, Goods>,
}

/// Everything on sale, as it is searched.
pub struct Goods {
    index: Index,
    ids: Vec<ProductId>,
}

/// What was found: products, best first.
pub struct Found {
    /// All of them.
    pub products: Vec<ProductId>,
    /// How they fit.
    pub how: How,
}

impl Search {
    /// The index of the catalogue that the window shows, which this transaction sees, too.
    ///
    /// # Errors
    /// As every database call.
    pub fn goods(&self, tx: &mut Tx<'_>, window: &Window) -> Result<Arc<Goods>, Error> {
        self.of_catalogue.get(window.edition().catalogue, || Goods::of(tx))
    }
}

impl Goods {
    fn of(tx: &mut Tx<'_>) -> Result<Goods, Error> {
        let all = catalog::findable(tx)?;
        let index = Index::build(all.iter().map(|(_, texts)| texts));
        Ok(Goods { index, ids: all.into_iter().map(|(id, _)| id).collect() })
    }

    /// Looks for `query`.
    pub fn find(&self, query: &str) -> Found {
        let found = self.index.search(query);
        let products = found.hits.iter().filter_map(|at| self.ids.get(*at).copied()).collect();
        Found { products, how: found.how }
    }
}
