//! The rules that the demo shop's data keeps.

use super::{Catalogue, CatalogueError, Picture, Product, Storage, Text, Variant, art};
use domain::{Yen, cart::QUANTITY_MAX};
use std::collections::HashSet;

type Outcome = Result<(), CatalogueError>;

/// Fails unless `holds`; `message` says what to correct.
fn rule(holds: bool, message: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(CatalogueError::Rule(message())) }
}

/// Every rule.
pub(super) fn everything(all: &Catalogue) -> Outcome {
    unique("category slug", all.categories.iter().map(|c| c.slug.as_str()))?;
    unique("product slug", all.products.iter().map(|p| p.slug.as_str()))?;
    unique("store slug", all.stores.iter().map(|s| s.slug.as_str()))?;
    unique("SKU", all.products.iter().flat_map(|p| &p.variants).map(|v| v.sku.as_str()))?;
    unique("JAN", all.products.iter().flat_map(|p| &p.variants).map(|v| v.jan.as_str()))?;
    let mut places = HashSet::new();
    for p in &all.products {
        rule(p.featured == 0 || places.insert(p.featured), || {
            format!("{}: place {} on the home page is taken", p.slug, p.featured)
        })?;
        product(all, p)?;
    }
    for c in &all.categories {
        slug(&c.slug)?;
        texts(&c.slug, &[&c.name, &c.lead])?;
        rule(all.products.iter().any(|p| p.category == c.slug), || format!("category {} is empty", c.slug))?;
    }
    for s in &all.stores {
        slug(&s.slug)?;
        texts(&s.slug, &[&s.name, &s.address, &s.hours, &s.closed, &s.access, &s.note])?;
        picture(&s.slug, &s.picture)?;
    }
    for n in &all.news {
        texts("news", &[&n.title, &n.body])?;
        rule((1..=12).contains(&n.month) && (1..=28).contains(&n.day), || {
            format!("news {}: no such day", n.title.ja)
        })?;
    }
    shop(all)
}

fn shop(all: &Catalogue) -> Outcome {
    let s = &all.shop;
    let who = [&s.name, &s.company, &s.representative, &s.seller_in_charge, &s.privacy_officer, &s.address];
    texts("shop", &who)?;
    texts("shop", &[&s.reading, &s.tagline, &s.phone_hours, &s.hero_title, &s.hero_lead])?;
    let art = &s.art;
    for p in [&art.logo, &art.favicon, &art.hero, &art.empty_cart, &art.not_found, &art.closed] {
        picture("shop", p)?;
    }
    for item in s.legal.iter().chain(&s.privacy) {
        texts("shop", &[&item.title, &item.text])?;
    }
    let digits = s.invoice_number.strip_prefix('T').unwrap_or_default();
    rule(digits.len() == 13 && digits.bytes().all(|b| b.is_ascii_digit()), || {
        "shop: the registration number must be T and 13 digits".into()
    })
}

fn product(all: &Catalogue, p: &Product) -> Outcome {
    let at = &p.slug;
    slug(at)?;
    texts(at, &[&p.name, &p.lead, &p.body, &p.ingredients])?;
    rule(!p.reading.is_empty(), || format!("{at}: how is its name read?"))?;
    picture(at, &p.picture)?;
    rule(all.categories.iter().any(|c| c.slug == p.category), || {
        format!("{at}: no category {}", p.category)
    })?;
    rule(p.season.iter().all(|m| (1..=12).contains(m)), || format!("{at}: a month lies between 1 and 12"))?;
    let mut seen = HashSet::new();
    rule(p.allergens.iter().all(|a| seen.insert(a)), || format!("{at}: an allergen stands there twice"))?;
    if p.is_food() {
        rule(p.shelf_life_days > 0, || format!("{at}: food needs a shelf life"))?;
        rule(p.storage != Storage::None, || format!("{at}: food needs a way of keeping"))?;
        rule(all.nutrition(p).is_some(), || format!("{at}: a food of the composition is not in foods.json"))?;
    } else {
        let bare = p.composition.is_empty() && p.allergens.is_empty() && p.storage == Storage::None;
        rule(bare, || format!("{at}: only food has composition, allergens and storage"))?;
    }
    rule(!p.variants.is_empty(), || format!("{at}: nothing of it can be bought"))?;
    p.variants.iter().try_for_each(variant)
}

fn variant(v: &Variant) -> Outcome {
    let at = &v.sku;
    texts(at, &[&v.name])?;
    rule(is_jan(&v.jan), || format!("{at}: {} is no JAN-13 of the range 20-29", v.jan))?;
    rule(v.price > Yen::ZERO, || format!("{at}: the price must be above 0"))?;
    rule(v.pieces > 0 && v.grams > 0 && v.grams.is_multiple_of(v.pieces), || {
        format!("{at}: the weight must be a multiple of the pieces")
    })?;
    rule(v.reorder_at <= v.stock_max && v.on_hand <= v.stock_max, || format!("{at}: stock above stock_max"))?;
    rule((1..=QUANTITY_MAX).contains(&v.order_max), || format!("{at}: order_max must be 1 to {QUANTITY_MAX}"))
}

/// Thirteen digits, of the range that GS1 leaves to shops (20-29), with the right check digit.
pub(super) fn is_jan(code: &str) -> bool {
    let digits = code.as_bytes();
    if digits.len() != 13 || !digits.iter().all(u8::is_ascii_digit) || digits[0] != b'2' {
        return false;
    }
    let weighted =
        digits.iter().enumerate().map(|(i, d)| u32::from(d - b'0') * if i % 2 == 1 { 3 } else { 1 });
    weighted.sum::<u32>() % 10 == 0
}

fn unique<'a>(what: &str, words: impl Iterator<Item = &'a str>) -> Outcome {
    let mut seen = HashSet::new();
    for word in words {
        rule(seen.insert(word), || format!("{what} {word} stands there twice"))?;
    }
    Ok(())
}

fn slug(word: &str) -> Outcome {
    let fits =
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    rule(fits, || format!("slug {word:?}: small letters, digits and hyphens only"))
}

fn texts(at: &str, texts: &[&Text]) -> Outcome {
    let full = texts.iter().all(|t| !t.ja.trim().is_empty() && !t.en.trim().is_empty());
    rule(full, || format!("{at}: a text is missing in Japanese or in English"))
}

fn picture(at: &str, p: &Picture) -> Outcome {
    texts(at, &[&p.alt])?;
    rule(art::bytes(&p.file).is_some(), || format!("{at}: no picture {}", p.file))
}
