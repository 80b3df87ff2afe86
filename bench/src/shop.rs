//! The shop that is measured: the demo, filled up to as many products as asked for.

use anyhow::{Context, Result};
use domain::{PictureId, ProductId, VariantId};
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};
use store::{Millis, Store, Tx, picture, product, stock};
use testkit::Dozo;
use uuid::Uuid;

/// Pieces of each variant that is added.
const ON_HAND: u32 = 1_000_000;

/// A running shop.
pub struct Shop {
    /// The processes; they end with this.
    pub dozo: Dozo,
    /// Where it listens.
    pub at: SocketAddr,
    /// Its name and port, as in `Host`.
    pub host: String,
    /// The database, open beside the shop's own processes.
    pub store: Store,
}

impl Shop {
    /// Starts the demo and adds products, each like one of the demo's, until there are `products`.
    pub fn start(products: usize) -> Result<Shop> {
        let dozo = Dozo::builder().start()?;
        let origin = dozo.address("shop").trim_end_matches('/').to_owned();
        let host = origin.split("://").nth(1).context("the shop's address is none")?.to_owned();
        let port = host.rsplit(':').next().and_then(|p| p.parse::<u16>().ok());
        let at = SocketAddr::from(([127, 0, 0, 1], port.context("the shop's address has no port")?));
        let store = Store::open(&store::Url::Sqlite(dozo.data().join("shop/shop.db")))?;
        store.write_blocking(move |tx| fill(tx, products, now_ms()))?;
        Ok(Shop { dozo, at, host, store })
    }

    /// The addresses of all products' pages.
    pub fn product_paths(&self) -> Result<Vec<String>> {
        let all = self.store.read_blocking(product::all)?;
        Ok(all.into_iter().map(|p| format!("/p/{}", p.slug)).collect())
    }

    /// The addresses of all categories' pages.
    pub fn category_paths(&self) -> Result<Vec<String>> {
        let all = self.store.read_blocking(store::catalog::categories)?;
        Ok(all.into_iter().map(|c| format!("/c/{}", c.slug)).collect())
    }
}

/// Unix milliseconds.
pub fn now_ms() -> Millis {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_millis() as Millis)
}

/// Ids of our own: far from all that the demo makes.
fn id(kind: u16, number: usize) -> Uuid {
    Uuid::from_fields(0xbe9c_0000, kind, 0, &(number as u64).to_be_bytes())
}

/// Adds products in the manner of those that are there.
fn fill(tx: &mut Tx<'_>, products: usize, now: Millis) -> Result<(), store::Error> {
    let models = product::all(tx)?;
    for number in models.len()..products {
        let model = &models[number % models.len()];
        let made = product::Product {
            id: ProductId(id(1, number)),
            slug: format!("{}-{number}", model.slug),
            position: model.position + number as i64,
            featured: 0,
            name_ja: format!("{} 第{number}番", model.name_ja),
            name_en: format!("{} No. {number}", model.name_en),
            ..model.clone()
        };
        product::put(tx, &made)?;
        for (at, v) in product::variants(tx, model.id)?.into_iter().enumerate() {
            let variant = product::Variant {
                id: VariantId(id(2, number * 100 + at)),
                product: made.id,
                sku: format!("{}-{number}", v.variant.sku),
                ..v.variant
            };
            product::put_variant(tx, &variant)?;
            stock::receive(tx, variant.id, ON_HAND, stock::Cause { order: None, staff: None }, now)?;
        }
        copy_picture(tx, model, &made, number, now)?;
    }
    Ok(())
}

fn copy_picture(
    tx: &mut Tx<'_>,
    model: &product::Product,
    made: &product::Product,
    number: usize,
    now: Millis,
) -> Result<(), store::Error> {
    let Some(page) = store::catalog::by_slug(tx, &model.slug)? else { return Ok(()) };
    let Some(info) = page.pictures.into_iter().next() else { return Ok(()) };
    let Some(bytes) = picture::bytes(tx, info.id, "")? else { return Ok(()) };
    let info = picture::PictureInfo { id: PictureId(id(3, number)), product: Some(made.id), ..info };
    picture::add(tx, &info, &bytes.bytes, &[], now)
}
