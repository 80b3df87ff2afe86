//! The rules that the files keep. Each that is broken is noted with its place.

use crate::{
    Merchant, Product, Shop, Storage, Store, Text, Variant,
    fault::{At, Faults},
};
use domain::{Yen, cart::QUANTITY_MAX, delivery::Weekday, person, text::has_forbidden};
use site::{
    backoffice::{
        ALT_CHARS_MAX, BODY_CHARS_MAX, LEAD_CHARS_MAX, NEWS_CHARS_MAX, NEWS_TITLE_CHARS_MAX, PRICE_YEN_MAX,
        PRODUCT_NAME_CHARS_MAX, READING_CHARS_MAX,
    },
    goods::{SKU_CHARS_MAX, SLUG_CHARS_MAX},
};
use std::collections::HashSet;

/// The most characters of what is said of shop and stores in one place.
const FACT_CHARS_MAX: usize = 200;
/// The most characters of a paragraph, or of a row of what the law wants said.
const PARAGRAPH_CHARS_MAX: usize = 2_000;
/// The most working days until dispatch.
const DISPATCH_DAYS_MAX: u8 = 30;
/// The most days on the way.
const TRANSIT_DAYS_MAX: u8 = 14;

/// Where a product stands.
pub(crate) fn product_at(nth: usize, p: &Product) -> At<'_> {
    At { file: "catalogue.toml", header: "[[product]]", nth, item: &p.slug }
}

/// Where a store stands.
pub(crate) fn store_at(nth: usize, s: &Store) -> At<'_> {
    At { file: "stores.toml", header: "[[store]]", nth, item: &s.slug }
}

/// Looks at everything and gathers what is wrong.
pub(crate) struct Check {
    pub(crate) faults: Faults,
}

impl Check {
    /// Notes a fault unless `holds`.
    fn rule(&mut self, holds: bool, at: At<'_>, key: &str, why: &'static str, value: impl Into<String>) {
        if !holds {
            let value = value.into();
            let values = [("value", value)];
            let named = if values[0].1.is_empty() { &[] } else { &values[..] };
            self.faults.add(at, key, why, named);
        }
    }

    /// Every rule.
    pub(crate) fn everything(&mut self, all: &Merchant) {
        self.shop(&all.shop);
        self.categories(all);
        let mut seen = Seen::default();
        for (nth, p) in all.products.iter().enumerate() {
            let at = product_at(nth, p);
            self.product(all, p, at);
            self.once(&mut seen.slugs, at, "slug", &p.slug);
            self.rule(
                p.featured == 0 || seen.places.insert(p.featured),
                at,
                "featured",
                "twice",
                p.featured.to_string(),
            );
            for v in &p.variants {
                self.once(&mut seen.skus, at, "sku", &v.sku);
                self.rule(
                    v.jan.as_ref().is_none_or(|jan| seen.jans.insert(jan.clone())),
                    at,
                    &v.sku,
                    "twice-jan",
                    "",
                );
            }
        }
        for (nth, s) in all.stores.iter().enumerate() {
            self.store(s, store_at(nth, s));
        }
        for (nth, n) in all.news.iter().enumerate() {
            let at = At { file: "news.toml", header: "[[news]]", nth, item: &n.title.ja };
            self.text(at, "title", &n.title, NEWS_TITLE_CHARS_MAX, true);
            self.long(at, "body", &n.body, NEWS_CHARS_MAX);
            self.rule((1..=12).contains(&n.month) && (1..=28).contains(&n.day), at, "day", "day", "");
        }
    }

    fn categories(&mut self, all: &Merchant) {
        self.rule(!all.categories.is_empty(), At::top("catalogue.toml"), "", "no-categories", "");
        let mut slugs = HashSet::new();
        for (nth, c) in all.categories.iter().enumerate() {
            let at = At { file: "catalogue.toml", header: "[[category]]", nth, item: &c.slug };
            self.slug(at, &c.slug);
            self.once(&mut slugs, at, "slug", &c.slug);
            self.text(at, "name", &c.name, PRODUCT_NAME_CHARS_MAX, true);
            self.text(at, "lead", &c.lead, LEAD_CHARS_MAX, false);
        }
    }

    /// Who sells: what the law wants to be known, and what every page shows.
    pub(crate) fn shop(&mut self, s: &Shop) {
        let at = At::top("shop.toml");
        for (key, text) in [
            ("name", &s.name),
            ("company", &s.company),
            ("representative", &s.representative),
            ("address", &s.address),
        ] {
            self.text(at, key, text, FACT_CHARS_MAX, true);
        }
        for (key, text) in [
            ("reading", &s.reading),
            ("tagline", &s.tagline),
            ("seller_in_charge", &s.seller_in_charge),
            ("privacy_officer", &s.privacy_officer),
            ("phone_hours", &s.phone_hours),
            ("hero_title", &s.hero_title),
            ("hero_lead", &s.hero_lead),
            ("allergen_note", &s.allergen_note),
            ("receipt_for", &s.receipt_for),
        ] {
            self.text(at, key, text, FACT_CHARS_MAX, false);
        }
        self.rule(person::postcode(&s.postcode).is_ok(), at, "postcode", "postcode", &s.postcode);
        self.rule(person::phone(&s.phone).is_ok(), at, "phone", "phone", &s.phone);
        self.rule(person::email(&s.email).is_ok(), at, "email", "email", &s.email);
        let digits = s.invoice_number.strip_prefix('T').unwrap_or_default();
        let thirteen = digits.len() == 13 && digits.bytes().all(|b| b.is_ascii_digit());
        self.rule(
            s.invoice_number.is_empty() || thirteen,
            at,
            "invoice_number",
            "invoice",
            &s.invoice_number,
        );
        let within = |yen: Yen| (0..=PRICE_YEN_MAX).contains(&yen.get());
        let postage = At { header: "[postage]", ..at };
        for (key, yen) in s.postage.iter().flat_map(|p| p.amounts()) {
            self.rule(within(yen), postage, key, "amount", yen.get().to_string());
        }
        let steps = s.cash_on_delivery.as_deref().unwrap_or_default();
        let rise = steps.is_sorted_by(|a, b| a.up_to < b.up_to);
        let amounts =
            steps.iter().all(|step| within(step.fee) && (1..=PRICE_YEN_MAX).contains(&step.up_to.get()));
        self.rule(rise && amounts, at, "cash_on_delivery", "cash-steps", "");
        if let Some(leaves) = &s.dispatch {
            let dispatch = s.dispatch();
            let at = At { header: "[dispatch]", ..at };
            self.rule((0..=24).contains(&leaves.order_until), at, "order_until", "hour", "");
            self.rule(leaves.days <= DISPATCH_DAYS_MAX, at, "days", "days", DISPATCH_DAYS_MAX.to_string());
            let works = Weekday::ALL.iter().any(|day| !leaves.rests.contains(day));
            self.rule(works, at, "rests", "no-working-day", "");
            let short = dispatch.transit.iter().all(|days| *days <= TRANSIT_DAYS_MAX);
            self.rule(short, at, "transit", "days", TRANSIT_DAYS_MAX.to_string());
        }
        for (key, p) in s.art.all() {
            self.text(At { header: "[art]", ..at }, key, &p.alt, ALT_CHARS_MAX, true);
        }
        for (header, items) in [("[[legal]]", &s.legal), ("[[privacy]]", &s.privacy)] {
            for (nth, item) in items.iter().enumerate() {
                let at = At { header, nth, item: &item.title.ja, ..at };
                self.text(at, "title", &item.title, FACT_CHARS_MAX, true);
                self.long(at, "text", &item.text, PARAGRAPH_CHARS_MAX);
            }
        }
        for (nth, paragraph) in s.story.iter().enumerate() {
            self.long(At { header: "[[story]]", nth, ..at }, "ja", paragraph, PARAGRAPH_CHARS_MAX);
        }
    }

    fn store(&mut self, s: &Store, at: At<'_>) {
        self.slug(at, &s.slug);
        for (key, text, must) in [
            ("name", &s.name, true),
            ("address", &s.address, true),
            ("hours", &s.hours, false),
            ("closed", &s.closed, false),
            ("access", &s.access, false),
            ("note", &s.note, false),
        ] {
            self.text(at, key, text, FACT_CHARS_MAX, must);
        }
        self.rule(person::postcode(&s.postcode).is_ok(), at, "postcode", "postcode", &s.postcode);
    }

    fn product(&mut self, all: &Merchant, p: &Product, at: At<'_>) {
        self.slug(at, &p.slug);
        self.text(at, "name", &p.name, PRODUCT_NAME_CHARS_MAX, true);
        self.text(at, "lead", &p.lead, LEAD_CHARS_MAX, false);
        for (key, text) in [("body", &p.body), ("ingredients", &p.ingredients)] {
            self.long_or_none(at, key, text, BODY_CHARS_MAX);
        }
        self.rule(
            p.reading.chars().count() <= READING_CHARS_MAX,
            at,
            "reading",
            "long",
            READING_CHARS_MAX.to_string(),
        );
        if let Some(picture) = &p.picture {
            self.text(at, "picture", &picture.alt, ALT_CHARS_MAX, true);
        }
        let known = all.categories.iter().any(|c| c.slug == p.category);
        self.rule(known, at, "category", "no-category", &p.category);
        self.rule(p.season.iter().all(|m| (1..=12).contains(m)), at, "season", "month", "");
        let mut seen = HashSet::new();
        self.rule(p.allergens.iter().all(|a| seen.insert(a)), at, "allergens", "allergen-twice", "");
        if p.is_food() {
            self.rule(p.shelf_life_days > 0, at, "shelf_life_days", "no-shelf-life", "");
            self.rule(p.storage != Storage::None, at, "storage", "no-storage", "");
            let known = p.composition.is_empty() || all.nutrition(p).is_some();
            self.rule(known, at, "composition", "no-food", "");
        } else {
            let bare = p.composition.is_empty() && p.nutrition.is_none() && p.allergens.is_empty();
            self.rule(bare && p.storage == Storage::None, at, "tax", "only-food", "");
        }
        self.rule(!p.variants.is_empty(), at, "variants", "no-variants", "");
        for v in &p.variants {
            self.variant(v, all.nutrition(p).is_some(), at);
        }
    }

    fn variant(&mut self, v: &Variant, weighed: bool, at: At<'_>) {
        let sku = v.sku.as_str();
        let fits = (1..=SKU_CHARS_MAX).contains(&sku.chars().count()) && !has_forbidden(sku);
        self.rule(fits && !sku.contains(['<', '>']), at, "sku", "sku", sku);
        self.text(At { item: sku, ..at }, sku, &v.name, PRODUCT_NAME_CHARS_MAX, true);
        self.rule(v.jan.as_deref().is_none_or(is_jan), at, sku, "jan", v.jan.clone().unwrap_or_default());
        let price = v.price.get();
        self.rule((1..=PRICE_YEN_MAX).contains(&price), at, sku, "price", price.to_string());
        let whole = v.pieces > 0 && v.grams.is_multiple_of(v.pieces) && (v.grams > 0 || !weighed);
        self.rule(whole, at, sku, "weight", "");
        let max = v.stock_max.unwrap_or(u32::MAX);
        self.rule(v.reorder_at.unwrap_or(0) <= max && v.on_hand <= max, at, sku, "stock-max", "");
        let orders = v.order_max.is_none_or(|most| (1..=QUANTITY_MAX).contains(&most));
        self.rule(orders, at, sku, "order-max", QUANTITY_MAX.to_string());
    }

    fn slug(&mut self, at: At<'_>, word: &str) {
        let of = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let fits = (1..=SLUG_CHARS_MAX).contains(&word.len()) && word.bytes().all(of);
        self.rule(fits, At { item: "", ..at }, "slug", "slug", word);
    }

    fn once(&mut self, seen: &mut HashSet<String>, at: At<'_>, key: &str, word: &str) {
        // Where the word stands, if it does: an article number is one of several in its table.
        let place = if key == "sku" { word } else { key };
        self.rule(seen.insert(word.to_owned()), at, place, "twice", word);
    }

    /// A line.
    fn text(&mut self, at: At<'_>, key: &str, text: &Text, chars_max: usize, must: bool) {
        self.rule(!must || !text.is_empty(), at, key, "empty", "");
        for line in [&text.ja, &text.en] {
            let bad = has_forbidden(line) || line.contains(['<', '>', '\r', '\n']);
            self.rule(!bad, at, key, "characters", "");
            self.rule(line.chars().count() <= chars_max, at, key, "long", chars_max.to_string());
        }
    }

    /// Paragraphs.
    fn long(&mut self, at: At<'_>, key: &str, text: &Text, chars_max: usize) {
        self.rule(!text.is_empty(), at, key, "empty", "");
        self.long_or_none(at, key, text, chars_max);
    }

    fn long_or_none(&mut self, at: At<'_>, key: &str, text: &Text, chars_max: usize) {
        for text in [&text.ja, &text.en] {
            self.rule(!text.lines().any(has_forbidden), at, key, "characters", "");
            self.rule(text.chars().count() <= chars_max, at, key, "long", chars_max.to_string());
        }
    }
}

/// What may stand there once.
#[derive(Default)]
struct Seen {
    slugs: HashSet<String>,
    skus: HashSet<String>,
    jans: HashSet<String>,
    places: HashSet<u32>,
}

/// Thirteen digits with the right check digit (JIS X 0507; GS1).
fn is_jan(code: &str) -> bool {
    let digits = code.as_bytes();
    if digits.len() != 13 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let weighted =
        digits.iter().enumerate().map(|(i, d)| u32::from(d - b'0') * if i % 2 == 1 { 3 } else { 1 });
    weighted.sum::<u32>().is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits() {
        for good in ["2112345678900", "2000000000008", "4901234567894"] {
            assert!(is_jan(good), "{good}");
        }
        for bad in ["2112345678901", "4901234567895", "211234567890", "21123456789O0", ""] {
            assert!(!is_jan(bad), "{bad}");
        }
    }
}
