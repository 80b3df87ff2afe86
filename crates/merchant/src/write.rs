//! What the files say, written to the database.

use crate::{LegalItem, Merchant, NUTRITION_SOURCE, Picture, Product, Shop, Tag, Text, Variant, goods};
use domain::{CategoryId, NewsId, PictureId, ProductId, VariantId, catalog::SaleStatus, news::NewsState};
use jiff::{
    civil,
    tz::{Offset, TimeZone},
};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use store::{
    Millis, Tx, branch, meta,
    news::{self, News},
    picture::{self, PictureInfo},
    product,
    stock::{self, Cause},
};
use uuid::Uuid;

/// When things happened.
#[derive(Debug, Clone, Copy)]
pub struct When {
    /// The goods were put on sale.
    pub listed: Millis,
    /// The shelves were filled.
    pub stocked: Millis,
    /// Now.
    pub now: Millis,
}

/// Writes all of it in one transaction's closure, which may be run again: where somebody keeps the ids, `ids` gives the same
/// ones then. The variants in the order of the catalogue.
///
/// # Errors
/// As every database call.
pub fn write(
    tx: &mut Tx<'_>,
    all: &Merchant,
    when: When,
    ids: &mut dyn FnMut() -> Uuid,
) -> Result<Vec<VariantId>, store::Error> {
    let mut variants = Vec::new();
    let mut categories = HashMap::new();
    for (position, c) in (1..).zip(&all.categories) {
        let row = product::Category {
            id: CategoryId(ids()),
            slug: c.slug.clone(),
            position,
            name_ja: c.name.ja.clone(),
            name_en: c.name.en.clone(),
            lead_ja: c.lead.ja.clone(),
            lead_en: c.lead.en.clone(),
        };
        product::put_category(tx, &row)?;
        categories.insert(c.slug.as_str(), row.id);
    }
    for (position, p) in (1..).zip(&all.products) {
        let Some(category) = categories.get(p.category.as_str()) else { continue };
        let id = ProductId(ids());
        product::put(tx, &product_row(all, p, (id, *category), position, when))?;
        if let Some(picture) = &p.picture {
            put_picture(tx, all, picture, PictureId(ids()), Some(id), when.now)?;
        }
        for (position, v) in (1..).zip(&p.variants) {
            let row = variant_row(v, VariantId(ids()), id, position, when.now);
            product::put_variant(tx, &row)?;
            stock::receive(tx, row.id, v.on_hand, Cause::default(), when.stocked)?;
            variants.push(row.id);
        }
    }
    let art = art(tx, all, when.now, ids)?;
    stores(tx, all)?;
    meta::set(tx, meta::SHOP, &facts(&all.shop, art, notes(all)).to_string())?;
    for n in &all.news {
        news::put(tx, &news_row(n, NewsId(ids()), when.now))?;
    }
    Ok(variants)
}

/// Takes over who sells from its file, in a shop that has its pictures and stores already. Whether anything was new.
///
/// # Errors
/// As every database call.
pub fn refresh(tx: &mut Tx<'_>, shop: &Shop) -> Result<bool, store::Error> {
    let known = meta::get(tx, meta::SHOP)?.unwrap_or_default();
    let old: Value = serde_json::from_str(&known).unwrap_or_default();
    let new = facts(shop, old["art"].clone(), old["stores"].clone());
    let differs = new != old;
    if differs {
        meta::set(tx, meta::SHOP, &new.to_string())?;
    }
    Ok(differs)
}

fn product_row(
    all: &Merchant,
    p: &Product,
    (id, category): (ProductId, CategoryId),
    position: i64,
    when: When,
) -> product::Product {
    let (storage_ja, storage_en) = p.storage.text();
    let nutrition = all.nutrition(p).filter(|_| p.is_food());
    let source = p.nutrition.as_ref().map_or(NUTRITION_SOURCE, |label| label.source.as_str());
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
        storage_ja: storage_ja.to_owned(),
        storage_en: storage_en.to_owned(),
        shelf_life_days: p.shelf_life_days,
        allergens: p.allergens.clone(),
        nutrition_source: nutrition.map_or("", |_| source).to_owned(),
        nutrition,
        tax_class: p.tax,
        cool: p.is_cool(),
        // What is tagged as new stands first where lists are sorted by age.
        created_at: if p.tags.contains(&Tag::New) { when.now } else { when.listed },
        updated_at: when.now,
    }
}

fn variant_row(
    v: &Variant,
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
fn news_row(n: &goods::News, id: NewsId, now: Millis) -> News {
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
    all: &Merchant,
    p: &Picture,
    id: PictureId,
    product: Option<ProductId>,
    now: Millis,
) -> Result<(), store::Error> {
    // Reading has seen to it that every picture that is named is there.
    let Some(drawn) = all.drawn(p) else { return Ok(()) };
    let info = PictureInfo {
        id,
        product,
        position: 1,
        alt_ja: p.alt.ja.clone(),
        alt_en: p.alt.en.clone(),
        media_type: drawn.media_type.into(),
        width: drawn.width,
        height: drawn.height,
        sha256: drawn.sha256,
    };
    picture::add(tx, &info, &drawn.bytes, &drawn.sizes, now)
}

/// The shop's own pictures, each by the name under which pages ask for it.
fn art(
    tx: &mut Tx<'_>,
    all: &Merchant,
    now: Millis,
    ids: &mut dyn FnMut() -> Uuid,
) -> Result<Value, store::Error> {
    let mut art = Map::new();
    let own = all.shop.art.all().map(|(key, p)| (key.replace('_', "-"), p));
    let stores = all.stores.iter().filter_map(|s| Some((store_picture(s), s.picture.as_ref()?)));
    for (name, picture) in own.chain(stores) {
        let id = ids();
        put_picture(tx, all, picture, PictureId(id), None, now)?;
        art.insert(name, id.to_string().into());
    }
    Ok(Value::Object(art))
}

fn store_picture(s: &crate::Store) -> String {
    format!("store-{}", s.slug)
}

fn stores(tx: &mut Tx<'_>, all: &Merchant) -> Result<(), store::Error> {
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
    Ok(())
}

/// What pages say of the stores beside the database.
fn notes(all: &Merchant) -> Value {
    let note = |s: &crate::Store| {
        let picture = s.picture.as_ref().map_or(String::new(), |_| store_picture(s));
        json!({ "closed": both(&s.closed), "note": both(&s.note), "picture": picture })
    };
    all.stores.iter().map(note).collect()
}

/// The shop's facts, as `web` and `post` read them.
fn facts(shop: &Shop, art: Value, stores: Value) -> Value {
    let title = if shop.hero_title.is_empty() { &shop.name } else { &shop.hero_title };
    json!({
        "name": both(&shop.name), "tagline": both(&shop.tagline), "founded": shop.founded,
        "company": both(&shop.company), "representative": both(&shop.representative), "postcode": shop.postcode,
        "address": both(&shop.address), "phone": shop.phone, "phone_hours": both(&shop.phone_hours),
        "email": shop.email, "invoice_number": shop.invoice_number, "art": art,
        "hero_title": both(title), "hero_lead": both(&shop.hero_lead),
        "story": shop.story.iter().map(both).collect::<Vec<_>>(), "stores": stores,
        "seller_in_charge": both(&shop.seller_in_charge), "privacy_officer": both(&shop.privacy_officer),
        "legal": articles(&shop.legal), "privacy": articles(&shop.privacy), "tariff": shop.tariff(),
        "dispatch": shop.dispatch(),
        "allergen_note": both(&shop.allergen_note), "receipt_for": both(&shop.receipt_for),
    })
}

fn articles(items: &[LegalItem]) -> Vec<Value> {
    items.iter().map(|i| json!({ "key": i.key, "title": both(&i.title), "text": both(&i.text) })).collect()
}

fn both(t: &Text) -> Value {
    json!({ "ja": t.ja, "en": t.en })
}
