//! What the search finds, and the index that it looks in: made from the catalogue in memory, and again when that has
//! changed. The rules are [`domain::search`]'s.

use domain::{
    ProductId,
    search::{How, Index},
};
use site::standing::Edition;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use store::{Error, Tx, catalog};

/// After how many milliseconds the catalogue is looked at again: somebody else may have changed it. What this process
/// changes is seen at once.
const LOOK_MS: i64 = 1_000;

/// The index, shared by all requests.
#[derive(Default)]
pub struct Search {
    kept: RwLock<Option<Kept>>,
    /// Held while an index is made: the others wait for it rather than making their own.
    making: Mutex<()>,
}

struct Kept {
    looked_at: i64,
    edition: Option<Edition>,
    stamp: catalog::Stamp,
    goods: Arc<Goods>,
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
    /// The index of the present catalogue. `now` in milliseconds. Where an edition is given, the catalogue was looked at
    /// since it began.
    ///
    /// # Errors
    /// As every database call.
    pub fn goods(&self, tx: &mut Tx<'_>, now: i64, edition: Option<Edition>) -> Result<Arc<Goods>, Error> {
        if let Some(goods) = self.fresh(now, edition) {
            return Ok(goods);
        }
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(goods) = self.fresh(now, edition) {
            return Ok(goods);
        }
        let stamp = catalog::stamp(tx)?;
        let same = {
            let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
            kept.as_ref().filter(|k| k.stamp == stamp).map(|k| Arc::clone(&k.goods))
        };
        let goods = match same {
            Some(goods) => goods,
            None => Arc::new(Goods::of(tx)?),
        };
        let kept = Kept { looked_at: now, edition, stamp, goods: Arc::clone(&goods) };
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        Ok(goods)
    }

    /// What was made of a catalogue that was looked at just now, or in this edition.
    fn fresh(&self, now: i64, edition: Option<Edition>) -> Option<Arc<Goods>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let fresh = kept.as_ref().filter(|k| match edition {
            Some(_) => k.edition == edition,
            None => (0..LOOK_MS).contains(&(now - k.looked_at)),
        });
        fresh.map(|k| Arc::clone(&k.goods))
    }

    /// The catalogue was changed here: the next search looks at it.
    pub fn forget(&self) {
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = None;
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
