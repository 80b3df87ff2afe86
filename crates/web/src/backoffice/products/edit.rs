//! A product's form: as it stands in the database, as it was typed, and what of it changed.

use super::{all, whole_number};
use crate::{
    backoffice::{Say, StaffSession, done},
    form::Fields,
};
use domain::{
    Yen,
    catalog::SaleStatus,
    person::{Invalid, free_text},
    text,
};
use site::backoffice::{
    BODY_CHARS_MAX, LEAD_CHARS_MAX, PRICE_YEN_MAX, PRODUCT_NAME_CHARS_MAX, READING_CHARS_MAX,
};
use store::{
    Error, Millis, Tx,
    product::{Product, StockedVariant, Variant},
};

/// The fields of the form, as text.
pub struct Edit {
    /// Name in Japanese.
    pub name_ja: String,
    /// Name in English.
    pub name_en: String,
    /// Its reading, and other words that it shall be found by.
    pub reading: String,
    /// Lead in Japanese.
    pub lead_ja: String,
    /// Lead in English.
    pub lead_en: String,
    /// Description in Japanese.
    pub body_ja: String,
    /// Description in English.
    pub body_en: String,
    /// A word of [`SaleStatus`].
    pub status: String,
    /// In the order of the form.
    pub variants: Vec<VariantEdit>,
}

/// A variant's fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariantEdit {
    /// Its id.
    pub id: String,
    /// Name in Japanese.
    pub name_ja: String,
    /// Name in English.
    pub name_en: String,
    /// Price as typed.
    pub price: String,
    /// A word of [`SaleStatus`].
    pub status: String,
}

/// What is to be written, and the words that say so.
#[derive(Debug)]
pub struct Changed {
    product: Option<Product>,
    variants: Vec<Variant>,
    words: Vec<String>,
    id: domain::ProductId,
}

impl Edit {
    /// As the database has it.
    pub fn of(p: &Product, variants: &[StockedVariant]) -> Edit {
        let variant = |v: &StockedVariant| VariantEdit {
            id: v.variant.id.to_string(),
            name_ja: v.variant.name_ja.clone(),
            name_en: v.variant.name_en.clone(),
            price: v.variant.price.get().to_string(),
            status: v.variant.status.word().to_owned(),
        };
        Edit {
            name_ja: p.name_ja.clone(),
            name_en: p.name_en.clone(),
            reading: p.reading.clone(),
            lead_ja: p.lead_ja.clone(),
            lead_en: p.lead_en.clone(),
            body_ja: p.body_ja.clone(),
            body_en: p.body_en.clone(),
            status: p.status.word().to_owned(),
            variants: variants.iter().map(variant).collect(),
        }
    }

    /// As it was typed.
    pub fn read(fields: &Fields) -> Edit {
        let get = |name: &str| fields.get(name).to_owned();
        let [ids, ja, en, prices, statuses] =
            ["variant", "variant_name_ja", "variant_name_en", "price", "variant_status"]
                .map(|n| all(fields, n));
        let at = |list: &[String], i: usize| list.get(i).cloned().unwrap_or_default();
        let variants = ids.iter().enumerate().map(|(i, id)| VariantEdit {
            id: id.clone(),
            name_ja: at(&ja, i),
            name_en: at(&en, i),
            price: at(&prices, i),
            status: at(&statuses, i),
        });
        Edit {
            name_ja: get("name_ja"),
            name_en: get("name_en"),
            reading: get("reading"),
            lead_ja: get("lead_ja"),
            lead_en: get("lead_en"),
            body_ja: get("body_ja"),
            body_en: get("body_en"),
            status: get("status"),
            variants: variants.collect(),
        }
    }

    /// Compares what was typed with what there is.
    ///
    /// # Errors
    /// What is wrong, with the id of the field on the page.
    pub fn apply(
        &self,
        say: &Say,
        p: &Product,
        variants: &[StockedVariant],
    ) -> Result<Changed, Vec<(String, String)>> {
        let mut check = Check { say, errors: Vec::new() };
        let mut new = p.clone();
        new.name_ja =
            check.line("name_ja", "bo-product-name-ja", &self.name_ja, PRODUCT_NAME_CHARS_MAX, true);
        new.name_en =
            check.line("name_en", "bo-product-name-en", &self.name_en, PRODUCT_NAME_CHARS_MAX, false);
        new.reading = check.line("reading", "bo-product-reading", &self.reading, READING_CHARS_MAX, false);
        new.lead_ja = check.line("lead_ja", "bo-product-lead-ja", &self.lead_ja, LEAD_CHARS_MAX, false);
        new.lead_en = check.line("lead_en", "bo-product-lead-en", &self.lead_en, LEAD_CHARS_MAX, false);
        new.body_ja = check.text("body_ja", "bo-product-body-ja", &self.body_ja);
        new.body_en = check.text("body_en", "bo-product-body-en", &self.body_en);
        new.status = check.status("status", &self.status, p.status);
        let mut changed = Changed { product: None, variants: Vec::new(), words: words(p, &new), id: p.id };
        if !changed.words.is_empty() {
            changed.product = Some(new);
        }
        for (at, typed) in self.variants.iter().enumerate() {
            let Some(old) = variants.iter().find(|v| v.variant.id.to_string() == typed.id) else { continue };
            changed.variant(&old.variant, check.variant(at + 1, typed, &old.variant));
        }
        if check.errors.is_empty() { Ok(changed) } else { Err(check.errors) }
    }
}

/// Reads the fields and gathers what is wrong.
pub(super) struct Check<'a> {
    pub(super) say: &'a Say,
    pub(super) errors: Vec<(String, String)>,
}

impl Check<'_> {
    pub(super) fn wrong(&mut self, field: &str, label: &'static str, why: Invalid) {
        let says = self.say.t.invalid(self.say.t.s(label), why);
        self.errors.push((field.to_owned(), says));
    }

    pub(super) fn line(
        &mut self,
        field: &str,
        label: &'static str,
        typed: &str,
        chars_max: usize,
        must: bool,
    ) -> String {
        // Not tidied: a product's name may have wide letters on purpose.
        let line = typed.trim().to_owned();
        if line.is_empty() && must {
            self.wrong(field, label, Invalid::Missing);
        } else if line.chars().count() > chars_max {
            self.wrong(field, label, Invalid::TooLong);
        } else if text::has_forbidden(&line) || line.contains(['<', '>', '\r', '\n']) {
            self.wrong(field, label, Invalid::Characters);
        }
        line
    }

    pub(super) fn text(&mut self, field: &str, label: &'static str, typed: &str) -> String {
        match free_text(typed, BODY_CHARS_MAX) {
            Ok(text) => text.reveal().to_owned(),
            Err(why) => {
                self.wrong(field, label, why);
                String::new()
            }
        }
    }

    pub(super) fn price(&mut self, field: &str, typed: &str) -> Yen {
        let price = whole_number(typed).filter(|p| (1..=PRICE_YEN_MAX).contains(p));
        price.map(Yen::new).unwrap_or_else(|| {
            let says = self.say.t.f1("bo-price-wrong", "max", self.say.yen(Yen::new(PRICE_YEN_MAX)));
            self.errors.push((field.to_owned(), says));
            Yen::ZERO
        })
    }

    /// A whole number; what is left empty is the least.
    pub(super) fn number(
        &mut self,
        field: &str,
        label: &'static str,
        typed: &str,
        least: i64,
        most: i64,
    ) -> u32 {
        let number = if typed.trim().is_empty() { Some(least) } else { whole_number(typed) };
        let number = number.filter(|n| (least..=most).contains(n)).and_then(|n| u32::try_from(n).ok());
        number.unwrap_or_else(|| {
            let t = self.say.t;
            let says = t.f3("bo-new-number-wrong", "label", t.s(label), "min", least, "max", most);
            self.errors.push((field.to_owned(), says));
            0
        })
    }

    fn status(&mut self, field: &str, typed: &str, old: SaleStatus) -> SaleStatus {
        typed.parse().unwrap_or_else(|_| {
            self.wrong(field, "bo-product-status", Invalid::Form);
            old
        })
    }

    fn variant(&mut self, number: usize, typed: &VariantEdit, old: &Variant) -> Variant {
        let (mut new, before) = (old.clone(), self.errors.len());
        let field = |name: &str| format!("{name}-{number}");
        let (ja, en) = (field("variant_name_ja"), field("variant_name_en"));
        new.name_ja = self.line(&ja, "bo-variant-name-ja", &typed.name_ja, PRODUCT_NAME_CHARS_MAX, true);
        new.name_en = self.line(&en, "bo-variant-name-en", &typed.name_en, PRODUCT_NAME_CHARS_MAX, false);
        new.price = self.price(&field("price"), &typed.price);
        new.status = self.status(&field("variant_status"), &typed.status, old.status);
        // Which of several it is.
        for (_, says) in &mut self.errors[before..] {
            *says = self.say.t.f2("bo-variant-wrong", "sku", old.sku.as_str(), "says", says.as_str());
        }
        new
    }
}

/// The fields of a product that differ, in words for the log.
fn words(old: &Product, new: &Product) -> Vec<String> {
    let fields = [
        ("name_ja", old.name_ja != new.name_ja),
        ("name_en", old.name_en != new.name_en),
        ("reading", old.reading != new.reading),
        ("lead_ja", old.lead_ja != new.lead_ja),
        ("lead_en", old.lead_en != new.lead_en),
        ("body_ja", old.body_ja != new.body_ja),
        ("body_en", old.body_en != new.body_en),
    ];
    let mut out: Vec<String> = fields.iter().filter(|(_, d)| *d).map(|(n, _)| (*n).to_owned()).collect();
    if old.status != new.status {
        out.push(format!("{} > {}", old.status, new.status));
    }
    out
}

impl Changed {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    fn variant(&mut self, old: &Variant, new: Variant) {
        let before = self.words.len();
        if old.price != new.price {
            self.words.push(format!("{} {} > {}", old.sku, old.price, new.price));
        }
        if old.status != new.status {
            self.words.push(format!("{} {} > {}", old.sku, old.status, new.status));
        }
        if (&old.name_ja, &old.name_en) != (&new.name_ja, &new.name_en) {
            self.words.push(format!("{} name", old.sku));
        }
        if self.words.len() > before {
            self.variants.push(new);
        }
    }

    /// Writes it, and notes what changed.
    ///
    /// # Errors
    /// As every database call.
    pub fn keep(&self, tx: &mut Tx<'_>, session: &StaffSession, now: Millis) -> Result<(), Error> {
        if let Some(product) = &self.product {
            let product = Product { updated_at: now, ..product.clone() };
            store::product::put(tx, &product)?;
        }
        for variant in &self.variants {
            store::product::put_variant(tx, &Variant { updated_at: now, ..variant.clone() })?;
        }
        done::note(tx, session, "product.save", ("product", &self.id), &self.words.join(", "), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{CategoryId, Locale, ProductId, VariantId, stock::StockLevel, tax::TaxClass};
    use uuid::Uuid;

    fn product() -> (Product, Vec<StockedVariant>) {
        let text = |s: &str| s.to_owned();
        let id = ProductId(Uuid::from_u128(1));
        let product = Product {
            id,
            slug: text("kuri-yokan"),
            category: CategoryId(Uuid::from_u128(2)),
            position: 1,
            featured: 0,
            status: SaleStatus::Active,
            name_ja: text("栗羊羹"),
            name_en: text("Chestnut yokan"),
            reading: text("くり ようかん"),
            lead_ja: text("秋の栗を練り込みました。"),
            lead_en: String::new(),
            body_ja: text("一段目\n\n二段目"),
            body_en: String::new(),
            ingredients_ja: String::new(),
            ingredients_en: String::new(),
            storage_ja: String::new(),
            storage_en: String::new(),
            shelf_life_days: 60,
            allergens: Vec::new(),
            nutrition: None,
            nutrition_source: String::new(),
            tax_class: TaxClass::Reduced,
            cool: false,
            created_at: 0,
            updated_at: 0,
        };
        let variant = Variant {
            id: VariantId(Uuid::from_u128(3)),
            product: id,
            sku: text("KY-1"),
            position: 1,
            status: SaleStatus::Active,
            name_ja: text("一本"),
            name_en: text("one bar"),
            price: Yen::new(1_620),
            pieces: 1,
            weight_grams: 300,
            updated_at: 0,
        };
        (product, vec![StockedVariant { variant, stock: StockLevel { on_hand: 5, reserved: 0 } }])
    }

    fn say() -> Say {
        Say { t: crate::view::Texts::of(Locale::Ja), locale: Locale::Ja }
    }

    #[test]
    fn an_untouched_form_changes_nothing_and_browsers_line_ends_are_no_change() {
        let (p, v) = product();
        let mut edit = Edit::of(&p, &v);
        assert!(edit.apply(&say(), &p, &v).unwrap().is_empty());
        edit.body_ja = "一段目\r\n\r\n二段目".into();
        edit.variants[0].price = "１，６２０円".into();
        assert!(edit.apply(&say(), &p, &v).unwrap().is_empty());
    }

    #[test]
    fn what_changed_is_said_in_words() {
        let (p, v) = product();
        let mut edit = Edit::of(&p, &v);
        edit.name_ja = "新栗羊羹".into();
        edit.status = "ended".into();
        edit.variants[0].price = "1,700".into();
        let changed = edit.apply(&say(), &p, &v).unwrap();
        assert_eq!(changed.words, ["name_ja", "active > ended", "KY-1 1,620 > 1,700"]);
        assert_eq!(changed.variants[0].price, Yen::new(1_700));
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field() {
        let (p, v) = product();
        for (change, field) in [
            ((|e: &mut Edit| e.name_ja = "  ".into()) as fn(&mut Edit), "name_ja"),
            (|e| e.lead_en = "x".repeat(201), "lead_en"),
            (|e| e.name_en = "<b>".into(), "name_en"),
            (|e| e.status = "free".into(), "status"),
            (|e| e.variants[0].price = "0".into(), "price-1"),
            (|e| e.variants[0].price = "12.5".into(), "price-1"),
            (|e| e.variants[0].name_ja = String::new(), "variant_name_ja-1"),
        ] {
            let mut edit = Edit::of(&p, &v);
            change(&mut edit);
            let errors = edit.apply(&say(), &p, &v).unwrap_err();
            assert_eq!(errors.iter().map(|e| e.0.as_str()).collect::<Vec<_>>(), [field]);
        }
    }

    #[test]
    fn numbers_as_people_type_them() {
        for (typed, want) in [
            ("1,620", Some(1620)),
            ("１６２０円", Some(1620)),
            ("¥ 980", Some(980)),
            ("", None),
            ("-1", None),
            ("12a", None),
            ("9999999999", None),
        ] {
            assert_eq!(whole_number(typed), want, "{typed}");
        }
    }
}
