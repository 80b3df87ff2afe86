//! A new product: its first words, price and stock, written together. It begins unseen, so that its picture can be added
//! before anybody looks.

use super::{all, edit::Check};
use crate::{
    App,
    backoffice::{Desk, Say, StaffSession, done},
    error::Fault,
    form::{Fields, PostForm},
    view::{self, Choice},
    visit::Visit,
};
use askama::Template;
use axum::{extract::State, response::Response};
use domain::{
    CategoryId, ProductId, VariantId, allergen::Allergen, catalog::SaleStatus, person::Invalid, tax::TaxClass,
};
use http::{StatusCode, Uri};
use merchant::Storage;
use site::{
    backoffice::{
        BODY_CHARS_MAX, LEAD_CHARS_MAX, PRODUCT_NAME_CHARS_MAX, READING_CHARS_MAX, STOCK_PIECES_MAX,
    },
    goods::{
        KEEPING, PACKED_PIECES_MAX, SHELF_LIFE_DAYS_MAX, SKU_CHARS_MAX, SLUG_CHARS_MAX, WEIGHT_GRAMS_MAX,
    },
};
use store::{
    Error, Millis, Tx,
    product::{Category, Product, Variant},
    stock::{self, Cause},
};
use uuid::Uuid;

/// The page's own path.
const PATH: &str = "/admin/products/new";

#[derive(Template)]
#[template(path = "backoffice/product_new.html")]
struct NewPage {
    desk: Desk,
    key: String,
    category_key: String,
    errors: Vec<(String, String)>,
    typed: Fields,
    categories: Vec<Choice>,
    taxes: Vec<Choice>,
    keeping: Vec<Choice>,
    allergens: Vec<Choice>,
    limits: Limits,
}

struct Limits {
    name: usize,
    reading: usize,
    lead: usize,
    body: usize,
    slug: usize,
    sku: usize,
}

/// What is to be written.
#[derive(Clone)]
struct New {
    product: Product,
    variant: Variant,
    on_hand: u32,
}

/// `GET /admin/products/new`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    uri: Uri,
) -> Result<Response, Fault> {
    let fields = Fields::of([("tax", "reduced"), ("keeping", "ambient"), ("pieces", "1"), ("quantity", "0")]);
    let query = done::query(&uri);
    page(&app, &visit, &session, fields, Vec::new(), Some(query.get("done"))).await
}

/// `POST /admin/products`: sent twice, it is one product.
pub async fn create(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let id: ProductId = fields.read("key")?;
    let path = format!("/admin/products/{id}");
    if app.store().read(move |tx| store::product::get(tx, id)).await?.is_some() {
        return Ok(done::to(&path, "product_added"));
    }
    let categories = app.store().read(store::catalog::categories).await?;
    let now = app.now_ms();
    let new = match New::read(&Say::to(&visit), id, &fields, &categories, now) {
        Ok(new) => new,
        Err(errors) => return refuse(&app, &visit, &session, fields, errors).await,
    };
    let by = session.clone();
    match app.store().write(move |tx| new.keep(tx, &by, now)).await {
        Ok(()) => Ok(done::to(&path, "product_added")),
        // Another product has its word, or another packing its number.
        Err(Error::Constraint { .. }) => {
            let says = Say::to(&visit).s("bo-new-taken");
            refuse(&app, &visit, &session, fields, vec![("slug".to_owned(), says)]).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /admin/categories`: a new category, at the end of the menu.
pub async fn category(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let say = Say::to(&visit);
    let id: CategoryId = fields.read("key")?;
    let mut check = Check { say: &say, errors: Vec::new() };
    let name_ja = check.line(
        "category-name_ja",
        "bo-category-name-ja",
        fields.get("name_ja"),
        PRODUCT_NAME_CHARS_MAX,
        true,
    );
    let name_en = check.line(
        "category-name_en",
        "bo-category-name-en",
        fields.get("name_en"),
        PRODUCT_NAME_CHARS_MAX,
        false,
    );
    let slug = slug(&mut check, "category-slug", "bo-category-slug", fields.get("slug"));
    let mut errors = check.errors;
    if errors.is_empty() {
        let (by, now) = (session.clone(), app.now_ms());
        let written = app
            .store()
            .write(move |tx| {
                let last = store::catalog::categories(tx)?.iter().map(|c| c.position).max().unwrap_or(0);
                let (name_ja, name_en, slug) = (name_ja.clone(), name_en.clone(), slug.clone());
                let (lead_ja, lead_en) = (String::new(), String::new());
                let category = Category { id, slug, position: last + 1, name_ja, name_en, lead_ja, lead_en };
                store::product::put_category(tx, &category)?;
                done::note(tx, &by, "category.add", ("category", &id), &category.slug, now)
            })
            .await;
        match written {
            Ok(()) => return Ok(done::to(PATH, "category_added")),
            Err(Error::Constraint { .. }) => errors.push(("category-slug".to_owned(), say.s("bo-new-taken"))),
            Err(error) => return Err(error.into()),
        }
    }
    // Its own fields are typed again: they bear the names of the product's.
    refuse(&app, &visit, &session, Fields::default(), errors).await
}

impl New {
    fn read(
        say: &Say,
        id: ProductId,
        fields: &Fields,
        categories: &[Category],
        now: Millis,
    ) -> Result<New, Vec<(String, String)>> {
        let mut check = Check { say, errors: Vec::new() };
        let mut line = |name: &str, label, max, must| check.line(name, label, fields.get(name), max, must);
        let name_ja = line("name_ja", "bo-product-name-ja", PRODUCT_NAME_CHARS_MAX, true);
        let name_en = line("name_en", "bo-product-name-en", PRODUCT_NAME_CHARS_MAX, false);
        let reading = line("reading", "bo-product-reading", READING_CHARS_MAX, false);
        let lead_ja = line("lead_ja", "bo-product-lead-ja", LEAD_CHARS_MAX, false);
        let lead_en = line("lead_en", "bo-product-lead-en", LEAD_CHARS_MAX, false);
        let sku = line("sku", "bo-new-sku", SKU_CHARS_MAX, true);
        let variant_ja = line("variant_name_ja", "bo-variant-name-ja", PRODUCT_NAME_CHARS_MAX, true);
        let variant_en = line("variant_name_en", "bo-variant-name-en", PRODUCT_NAME_CHARS_MAX, false);
        let slug = slug(&mut check, "slug", "bo-new-slug", fields.get("slug"));
        let mut text = |name: &str, label| check.text(name, label, fields.get(name));
        let (body_ja, body_en) =
            (text("body_ja", "bo-product-body-ja"), text("body_en", "bo-product-body-en"));
        let (ingredients_ja, ingredients_en) = (
            text("ingredients_ja", "bo-new-ingredients-ja"),
            text("ingredients_en", "bo-new-ingredients-en"),
        );
        let price = check.price("price", fields.get("price"));
        let mut number =
            |name: &str, label, least, most| check.number(name, label, fields.get(name), least, most);
        let pieces = number("pieces", "bo-new-pieces", 1, PACKED_PIECES_MAX);
        let weight_grams = number("weight", "bo-new-weight", 0, WEIGHT_GRAMS_MAX);
        let on_hand = number("quantity", "bo-new-quantity", 0, STOCK_PIECES_MAX);
        let shelf_life_days = number("shelf_life", "bo-new-shelf-life", 0, SHELF_LIFE_DAYS_MAX);
        let category = categories.iter().find(|c| c.slug == fields.get("category"));
        if category.is_none() {
            check.wrong("category", "bo-col-category", Invalid::Missing);
        }
        let tax_class = fields.get("tax").parse().unwrap_or(TaxClass::Standard);
        // What is no food has nothing of a label for food, whatever was typed before.
        let is_food = tax_class == TaxClass::Reduced;
        let keeping = if is_food { fields.get("keeping").parse().unwrap_or_default() } else { Storage::None };
        let allergens: Vec<Allergen> =
            all(fields, "allergen").iter().filter_map(|w| w.parse().ok()).collect();
        if is_food && keeping == Storage::None {
            check.wrong("keeping", "bo-new-keeping", Invalid::Missing);
        }
        if is_food && shelf_life_days == 0 {
            check.wrong("shelf_life", "bo-new-shelf-life", Invalid::Missing);
        }
        if !check.errors.is_empty() {
            return Err(check.errors);
        }
        let (storage_ja, storage_en) = keeping.text();
        let product = Product {
            id,
            slug,
            category: category.map_or(CategoryId(Uuid::nil()), |c| c.id),
            position: 0,
            featured: 0,
            status: SaleStatus::Draft,
            name_ja,
            name_en,
            reading,
            lead_ja,
            lead_en,
            body_ja,
            body_en,
            ingredients_ja,
            ingredients_en,
            storage_ja: storage_ja.to_owned(),
            storage_en: storage_en.to_owned(),
            shelf_life_days: if is_food { shelf_life_days } else { 0 },
            allergens: if is_food { allergens } else { Vec::new() },
            nutrition: None,
            nutrition_source: String::new(),
            tax_class,
            cool: keeping == Storage::Cool,
            created_at: now,
            updated_at: now,
        };
        let variant = Variant {
            // One packing for one product: derived, so that a form that is sent twice makes one.
            id: VariantId(uuid::Builder::from_custom_bytes(*id.0.as_bytes()).into_uuid()),
            product: id,
            sku,
            position: 1,
            status: SaleStatus::Active,
            name_ja: variant_ja,
            name_en: variant_en,
            price,
            pieces,
            weight_grams,
            updated_at: now,
        };
        Ok(New { product, variant, on_hand })
    }

    /// Writes it, at the end of its category, and notes it.
    fn keep(&self, tx: &mut Tx<'_>, session: &StaffSession, now: Millis) -> Result<(), Error> {
        let of_category = |p: &&Product| p.category == self.product.category;
        let last = store::product::all(tx)?.iter().filter(of_category).map(|p| p.position).max().unwrap_or(0);
        store::product::put(tx, &Product { position: last + 1, ..self.product.clone() })?;
        store::product::put_variant(tx, &self.variant)?;
        let (cause, id) = (Cause::from(session.id()), self.product.id);
        stock::receive(tx, self.variant.id, self.on_hand, cause, now)?;
        done::note(tx, session, "product.add", ("product", &id), &self.variant.sku, now)
    }
}

/// The word in an address: small letters, digits and hyphens.
fn slug(check: &mut Check<'_>, field: &str, label: &'static str, typed: &str) -> String {
    let word = domain::text::fold_width(typed.trim());
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if word.is_empty() {
        check.wrong(field, label, Invalid::Missing);
    } else if word.len() > SLUG_CHARS_MAX {
        check.wrong(field, label, Invalid::TooLong);
    } else if !word.bytes().all(fits) {
        check.errors.push((field.to_owned(), check.say.s("bo-new-slug-wrong")));
    }
    word
}

async fn refuse(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    fields: Fields,
    errors: Vec<(String, String)>,
) -> Result<Response, Fault> {
    let mut response = page(app, visit, session, fields, errors, None).await?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

async fn page(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    fields: Fields,
    errors: Vec<(String, String)>,
    done: Option<&str>,
) -> Result<Response, Fault> {
    let say = Say::to(visit);
    let categories = app.store().read(store::catalog::categories).await?;
    let choose = |family: &str, words: &[&'static str], field: &str| -> Vec<Choice> {
        words.iter().map(|w| Choice::new(*w, say.w(family, w), fields.get(field))).collect()
    };
    let ticked = all(&fields, "allergen");
    let allergy = |a: &Allergen| {
        let word = a.word();
        let current = if ticked.iter().any(|t| t == word) { word } else { "" };
        Choice::new(word, say.w("allergen", word), current)
    };
    let key = Some(fields.get("key").to_owned()).filter(|key| key.parse::<Uuid>().is_ok());
    view::html(&NewPage {
        desk: Desk::of(app, visit, session, "products", say.s("bo-new-title")).at(PATH).with_done(done),
        key: key.unwrap_or_else(|| Uuid::now_v7().to_string()),
        category_key: Uuid::now_v7().to_string(),
        errors,
        categories: categories
            .iter()
            .map(|c| Choice::new(c.slug.as_str(), say.name(&c.name_ja, &c.name_en), fields.get("category")))
            .collect(),
        taxes: choose("bo-tax-class", &["reduced", "standard"], "tax"),
        keeping: choose("bo-keeping", KEEPING, "keeping"),
        allergens: Allergen::ALL.iter().map(allergy).collect(),
        typed: fields,
        limits: Limits {
            name: PRODUCT_NAME_CHARS_MAX,
            reading: READING_CHARS_MAX,
            lead: LEAD_CHARS_MAX,
            body: BODY_CHARS_MAX,
            slug: SLUG_CHARS_MAX,
            sku: SKU_CHARS_MAX,
        },
    })
}
