//! The demo's goods, stores and facts: files that are part of the program, in the form of every merchant's.

use crate::{
    art,
    chance::Chance,
    history::{DAY_MS, Goods, OPEN_DAYS},
    past::{LoadError, Wares},
};
use domain::VariantId;
use merchant::{Files, Merchant, When};
use std::{collections::HashMap, io};
use store::{Millis, Tx};

const SEED: u64 = 0x6b75_7269;
/// The goods were put on sale before the history begins.
const FIRST_DAY_MS: i64 = 1_600_000_000_000;

/// The shelves were filled so many days before the oldest order that is not shipped yet.
const OPENED_BEFORE_DAYS: i64 = 7;

/// What the history needs to know of the goods.
pub struct Shelf {
    /// In the order of the catalogue.
    pub goods: Vec<Goods>,
    /// What an order's line says of each.
    pub wares: HashMap<VariantId, Wares>,
}

/// The program's own files.
struct Own;

impl Files for Own {
    fn file(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let text = match name {
            "shop.toml" => include_str!("../data/shop.toml"),
            "catalogue.toml" => include_str!("../data/catalogue.toml"),
            "stores.toml" => include_str!("../data/stores.toml"),
            "news.toml" => include_str!("../data/news.toml"),
            "foods.json" => include_str!("../data/foods.json"),
            _ => return Ok(None),
        };
        Ok(Some(text.into()))
    }

    fn picture(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(art::bytes(name).map(Into::into))
    }
}

/// Reads the goods from the program's own files.
///
/// # Errors
/// [`LoadError::Data`]: a bug.
pub fn read() -> Result<Merchant, LoadError> {
    merchant::read(&Own, &merchant::svg).map_err(|faults| {
        let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
        LoadError::Data(all.join("; "))
    })
}

/// Who sells in the demo shop.
///
/// # Errors
/// [`LoadError::Data`]: a bug.
pub fn shop() -> Result<merchant::Shop, LoadError> {
    merchant::shop(&Own).map_err(|_| LoadError::Data("shop.toml".into()))
}

/// Writes all of it in one transaction's closure; may be run again.
///
/// # Errors
/// As every database call.
pub fn write(tx: &mut Tx<'_>, all: &Merchant, now: Millis) -> Result<Shelf, store::Error> {
    let mut chance = Chance::new(SEED);
    // Before the oldest order that still holds some of it.
    let stocked = now - (OPEN_DAYS + OPENED_BEFORE_DAYS) * DAY_MS;
    let when = When { listed: FIRST_DAY_MS, stocked, now };
    let ids = merchant::write(tx, all, when, &mut || chance.id(FIRST_DAY_MS))?;
    let mut shelf = Shelf { goods: Vec::new(), wares: HashMap::new() };
    let packings = all.products.iter().flat_map(|p| p.variants.iter().map(move |v| (p, v)));
    for (variant, (p, v)) in ids.into_iter().zip(packings) {
        let (tax, cool) = (p.tax, p.is_cool());
        shelf.goods.push(Goods { variant, price: v.price, tax, cool, on_hand: v.on_hand });
        let names = |product: &str, packing: &str, between: &str| format!("{product}{between}{packing}");
        let wares = Wares {
            sku: v.sku.clone(),
            name_ja: names(&p.name.ja, &v.name.ja, " "),
            name_en: names(&p.name.en, &v.name.en, ", "),
        };
        shelf.wares.insert(variant, wares);
    }
    Ok(shelf)
}

#[cfg(test)]
mod tests;
