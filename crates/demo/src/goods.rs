//! The catalogue, the stores and the shop's facts, written to the database.

use crate::{
    catalogue::{self, Catalogue, Picture, Product, Tag, Text},
    chance::Chance,
    history::{DAY_MS, Goods, OPEN_DAYS},
    past::{LoadError, Wares},
};
use domain::{CategoryId, NewsId, PictureId, ProductId, VariantId, catalog::SaleStatus, news::NewsState};
use jiff::{
    civil,
    tz::{Offset, TimeZone},
};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use store::{
    Millis, Tx, branch, meta,
    news::{self, News},
    picture::{self, PictureInfo},
    product,
    stock::{self, Cause},
};
use uuid::Uuid;

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

/// Writes all of it in one transaction's closure; may be run again.
///
/// # Errors
/// As every database call.
pub fn write(tx: &mut Tx<'_>, all: &Catalogue, now: Millis) -> Result<Shelf, store::Error> {
    let mut ids = Chance::new(SEED);
    // Before the oldest order that still holds some of it.
    let opening = now - (OPEN_DAYS + OPENED_BEFORE_DAYS) * DAY_MS;
    let mut shelf = Shelf { goods: Vec::new(), wares: HashMap::new() };
    let mut categories = HashMap::new();
    for (position, c) in (1..).zip(&all.categories) {
        let row = product::Category {
            id: CategoryId(ids.id(FIRST_DAY_MS)),
            slug: c.slug.clone(),
            position,
            name_ja: c.name.ja.clone(),
            name_en: c.name.en.clone(),
            lead_ja: c.lead.ja.clone(),
            lead_en: c.lead.en.clone(),
        };
        product::put_category(tx, &row)?;
        categories.insert(c.slug.as_str(), row);
    }
    for (position, p) in (1..).zip(&all.products) {
        let Some(category) = categories.get(p.category.as_str()) else { continue };
        let id = ProductId(ids.id(FIRST_DAY_MS));
        let row = product_row(all, p, id, category.id, position, now);
        product::put(tx, &row)?;
        put_picture(tx, &p.picture, PictureId(ids.id(FIRST_DAY_MS)), Some(id), now)?;
        for (position, v) in (1..).zip(&p.variants) {
            let row = variant_row(v, VariantId(ids.id(FIRST_DAY_MS)), id, position, now);
            product::put_variant(tx, &row)?;
            stock::receive(tx, row.id, v.on_hand, Cause::default(), opening)?;
            let (tax, cool) = (p.tax, p.is_cool());
            shelf.goods.push(Goods { variant: row.id, price: v.price, tax, cool, on_hand: v.on_hand });
            let names = |product: &str, variant: &str, between: &str| format!("{product}{between}{variant}");
            let wares = Wares {
                sku: v.sku.clone(),
                name_ja: names(&p.name.ja, &v.name.ja, " "),
                name_en: names(&p.name.en, &v.name.en, ", "),
            };
            shelf.wares.insert(row.id, wares);
        }
    }
    stores_and_facts(tx, all, &mut ids, now)?;
    for n in &all.news {
        news::put(tx, &news_row(n, NewsId(ids.id(FIRST_DAY_MS)), now))?;
    }
    Ok(shelf)
}

fn product_row(
    all: &Catalogue,
    p: &Product,
    id: ProductId,
    category: CategoryId,
    position: i64,
    now: Millis,
) -> product::Product {
    let storage = p.storage.text();
    let nutrition = all.nutrition(p).filter(|_| p.is_food());
    product::Product {
        id,
        slug: p.slug.clone(),
        category,
        position,
        featured: p.featured,
        status: SaleStatus::Active,
        name_ja: p.name.ja.clone(),
        name_en: p.name.en.clone(),
        reading: p.reading.clone(),
        lead_ja: p.lead.ja.clone(),
        lead_en: p.lead.en.clone(),
        body_ja: p.body.ja.clone(),
        body_en: p.body.en.clone(),
        ingredients_ja: p.ingredients.ja.clone(),
        ingredients_en: p.ingredients.en.clone(),
        storage_ja: storage.ja.to_owned(),
        storage_en: storage.en.to_owned(),
        shelf_life_days: p.shelf_life_days,
        allergens: p.allergens.clone(),
        nutrition_source: nutrition.map_or("", |_| catalogue::NUTRITION_SOURCE.ja).to_owned(),
        nutrition,
        tax_class: p.tax,
        cool: p.is_cool(),
        // What is tagged as new stands first where lists are sorted by age.
        created_at: if p.tags.contains(&Tag::New) { now } else { FIRST_DAY_MS },
        updated_at: now,
    }
}

fn variant_row(
    v: &catalogue::Variant,
    id: VariantId,
    product: ProductId,
    position: i64,
    now: Millis,
) -> product::Variant {
    product::Variant {
        id,
        product,
        sku: v.sku.clone(),
        position,
        status: SaleStatus::Active,
        name_ja: v.name.ja.clone(),
        name_en: v.name.en.clone(),
        price: v.price,
        pieces: v.pieces,
        weight_grams: v.grams,
        updated_at: now,
    }
}

/// Published at ten in the morning, Japan's time, on the last such day before `now`.
fn news_row(n: &catalogue::News, id: NewsId, now: Millis) -> News {
    let zone = TimeZone::fixed(Offset::constant(9));
    let today = jiff::Timestamp::from_millisecond(now).unwrap_or_default().to_zoned(zone.clone());
    let at = |year: i16| {
        let morning = civil::Date::new(year, n.month, n.day).ok()?.at(10, 0, 0, 0);
        Some(morning.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond())
    };
    let publish_at = [today.year(), today.year() - 1].into_iter().filter_map(at).find(|at| *at <= now);
    let publish_at = publish_at.unwrap_or(now);
    News {
        id,
        state: NewsState::Published,
        publish_at,
        title_ja: n.title.ja.clone(),
        title_en: n.title.en.clone(),
        body_ja: n.body.ja.trim().to_owned(),
        body_en: n.body.en.trim().to_owned(),
        created_at: publish_at,
        updated_at: publish_at,
    }
}

fn put_picture(
    tx: &mut Tx<'_>,
    p: &Picture,
    id: PictureId,
    product: Option<ProductId>,
    now: Millis,
) -> Result<(), store::Error> {
    let (width, height) = p.size();
    let bytes = p.bytes();
    let info = PictureInfo {
        id,
        product,
        position: 1,
        alt_ja: p.alt.ja.clone(),
        alt_en: p.alt.en.clone(),
        media_type: "image/svg+xml".into(),
        width,
        height,
        sha256: Sha256::digest(bytes).into(),
    };
    picture::add(tx, &info, bytes, &[], now)
}

fn stores_and_facts(
    tx: &mut Tx<'_>,
    all: &Catalogue,
    ids: &mut Chance,
    now: Millis,
) -> Result<(), store::Error> {
    let shop = &all.shop;
    let mut art = serde_json::Map::new();
    let own = [&shop.art.logo, &shop.art.hero, &shop.art.empty_cart, &shop.art.not_found, &shop.art.closed];
    for p in own.into_iter().chain(all.stores.iter().map(|s| &s.picture)) {
        let id = ids.id(FIRST_DAY_MS);
        put_picture(tx, p, PictureId(id), None, now)?;
        art.insert(p.file.trim_end_matches(".svg").to_owned(), id.to_string().into());
    }
    for (position, s) in (1..).zip(&all.stores) {
        let branch = branch::Branch {
            id: Uuid::from_u128(position as u128),
            position,
            name_ja: s.name.ja.clone(),
            name_en: s.name.en.clone(),
            address_ja: format!("〒{} {}", s.postcode, s.address.ja),
            address_en: s.address.en.clone(),
            phone: s.phone.clone(),
            hours_ja: s.hours.ja.clone(),
            hours_en: s.hours.en.clone(),
            terminal: s.terminal.system.clone(),
        };
        branch::put(tx, &branch)?;
    }
    let stores: Vec<_> = all
        .stores
        .iter()
        .map(|s| serde_json::json!({ "closed": both(&s.closed), "note": both(&s.note), "picture": s.picture.file.trim_end_matches(".svg") }))
        .collect();
    let facts = serde_json::json!({
        "name": both(&shop.name), "tagline": both(&shop.tagline), "founded": shop.founded,
        "company": both(&shop.company), "representative": both(&shop.representative), "postcode": shop.postcode,
        "address": both(&shop.address), "phone": shop.phone, "phone_hours": both(&shop.phone_hours),
        "email": shop.email, "invoice_number": shop.invoice_number, "art": art,
        "hero_title": both(&shop.hero_title), "hero_lead": both(&shop.hero_lead),
        "story": shop.story.iter().map(both).collect::<Vec<_>>(), "stores": stores,
        "seller_in_charge": both(&shop.seller_in_charge), "privacy_officer": both(&shop.privacy_officer),
        "legal": articles(&shop.legal), "privacy": articles(&shop.privacy),
    });
    meta::set(tx, meta::SHOP, &facts.to_string())
}

fn articles(items: &[catalogue::LegalItem]) -> Vec<serde_json::Value> {
    items.iter().map(|i| serde_json::json!({ "title": both(&i.title), "text": both(&i.text) })).collect()
}

fn both(t: &Text) -> serde_json::Value {
    serde_json::json!({ "ja": t.ja, "en": t.en })
}

/// Reads the goods from the program's own files.
///
/// # Errors
/// [`LoadError::Data`]: a bug.
pub fn read() -> Result<Catalogue, LoadError> {
    catalogue::load().map_err(|e| LoadError::Data(e.to_string()))
}
