//! Categories, products and variants: the rows themselves, loaded by an import and edited by staff.

use crate::{
    Error, Millis, Tx,
    sql::{both, statements},
    stock,
    value::{Row, params},
};
use domain::{
    CategoryId, ProductId, VariantId, Yen, allergen::Allergen, catalog::SaleStatus, nutrition::Nutrition,
    stock::StockLevel, tax::TaxClass,
};

macro_rules! product_columns {
    () => {
        "p.id, p.slug, p.category_id, p.position, p.featured, p.status, p.name_ja, p.name_en, p.lead_ja, p.lead_en,
         p.body_ja, p.body_en, p.ingredients_ja, p.ingredients_en, p.storage_ja, p.storage_en, p.shelf_life_days,
         p.allergens, p.nutrition, p.nutrition_source, p.tax_class, p.cool, p.created_at, p.updated_at, p.reading"
    };
}
macro_rules! variant_columns {
    () => {
        "v.id, v.product_id, v.sku, v.position, v.status, v.name_ja, v.name_en, v.price, v.pieces, v.weight_grams,
         v.updated_at"
    };
}
pub(crate) use {product_columns, variant_columns};

statements! {
    PUT_CATEGORY = both("insert into category (id, slug, position, name_ja, name_en, lead_ja, lead_en)
          values ($1, $2, $3, $4, $5, $6, $7)
          on conflict (id) do update set slug = excluded.slug, position = excluded.position,
            name_ja = excluded.name_ja, name_en = excluded.name_en, lead_ja = excluded.lead_ja,
            lead_en = excluded.lead_en");
    PUT = both("insert into product (id, slug, category_id, position, featured, status, name_ja, name_en, lead_ja,
            lead_en, body_ja, body_en, ingredients_ja, ingredients_en, storage_ja, storage_en, shelf_life_days,
            allergens, nutrition, nutrition_source, tax_class, cool, created_at, updated_at, reading)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
            $23, $24, $25)
          on conflict (id) do update set slug = excluded.slug, category_id = excluded.category_id,
            position = excluded.position, featured = excluded.featured, status = excluded.status,
            name_ja = excluded.name_ja, name_en = excluded.name_en, lead_ja = excluded.lead_ja,
            lead_en = excluded.lead_en, body_ja = excluded.body_ja, body_en = excluded.body_en,
            ingredients_ja = excluded.ingredients_ja, ingredients_en = excluded.ingredients_en,
            storage_ja = excluded.storage_ja, storage_en = excluded.storage_en,
            shelf_life_days = excluded.shelf_life_days, allergens = excluded.allergens,
            nutrition = excluded.nutrition, nutrition_source = excluded.nutrition_source,
            tax_class = excluded.tax_class, cool = excluded.cool, updated_at = excluded.updated_at,
            reading = excluded.reading");
    PUT_VARIANT = both("insert into variant (id, product_id, sku, position, status, name_ja, name_en, price, pieces,
            weight_grams, updated_at)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
          on conflict (id) do update set sku = excluded.sku, position = excluded.position, status = excluded.status,
            name_ja = excluded.name_ja, name_en = excluded.name_en, price = excluded.price,
            pieces = excluded.pieces, weight_grams = excluded.weight_grams, updated_at = excluded.updated_at");
    GET = both(concat!("select ", product_columns!(), " from product p where p.id = $1"));
    ALL_PRODUCTS = both(concat!("select ", product_columns!(),
          " from product p join category c on c.id = p.category_id order by c.position, p.position, p.id"));
    VARIANTS = both(concat!("select ", variant_columns!(), ", s.on_hand, s.reserved
          from variant v join stock_level s on s.variant_id = v.id
          where v.product_id = $1 order by v.position, v.id"));
    ALL_VARIANTS = both(concat!("select ", variant_columns!(), ", s.on_hand, s.reserved
          from variant v join stock_level s on s.variant_id = v.id order by v.product_id, v.position, v.id"));
    SET_PRICE = both("update variant set price = $1, updated_at = $2 where id = $3");
    SET_STATUS = both("update product set status = $1, updated_at = $2 where id = $3");
    TOUCH = both("update product set updated_at = $1 where id = $2");
    SET_VARIANT_STATUS = both("update variant set status = $1, updated_at = $2 where id = $3");
}

/// A category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its id.
    pub id: CategoryId,
    /// Its word in URLs.
    pub slug: String,
    /// Where it stands in the menu.
    pub position: i64,
    /// Its name.
    pub name_ja: String,
    /// Its name in English.
    pub name_en: String,
    /// A sentence about it.
    pub lead_ja: String,
    /// The sentence in English.
    pub lead_en: String,
}

/// A product, without its variants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// Its word in URLs.
    pub slug: String,
    /// Where it belongs.
    pub category: CategoryId,
    /// Where it stands in its category.
    pub position: i64,
    /// Where it stands on the home page, from 1; 0: not there.
    pub featured: u32,
    /// Whether it is on sale.
    pub status: SaleStatus,
    /// Its name.
    pub name_ja: String,
    /// Its name in English.
    pub name_en: String,
    /// How its name is read, and other words that it shall be found by; shown to nobody.
    pub reading: String,
    /// One sentence that sells it.
    pub lead_ja: String,
    /// The sentence in English.
    pub lead_en: String,
    /// The description: plain text, paragraphs parted by empty lines.
    pub body_ja: String,
    /// The description in English.
    pub body_en: String,
    /// 原材料名, as on the label.
    pub ingredients_ja: String,
    /// Ingredients in English.
    pub ingredients_en: String,
    /// How to keep it.
    pub storage_ja: String,
    /// How to keep it, in English.
    pub storage_en: String,
    /// Days from shipping to best-before.
    pub shelf_life_days: u32,
    /// Allergens it contains.
    pub allergens: Vec<Allergen>,
    /// Nutrition facts per 100 g; none for what is no food.
    pub nutrition: Option<Nutrition>,
    /// Where the nutrition facts come from.
    pub nutrition_source: String,
    /// Its tax rate.
    pub tax_class: TaxClass,
    /// Whether it must be kept cool on its way.
    pub cool: bool,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
}

/// A variant, without its stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// Its id.
    pub id: VariantId,
    /// Whose variant it is.
    pub product: ProductId,
    /// The merchant's article number.
    pub sku: String,
    /// Where it stands among its siblings.
    pub position: i64,
    /// Whether it is on sale.
    pub status: SaleStatus,
    /// Such as 8個入.
    pub name_ja: String,
    /// Such as "box of 8".
    pub name_en: String,
    /// Price of one, tax included.
    pub price: Yen,
    /// Pieces in it.
    pub pieces: u32,
    /// Net weight in grams.
    pub weight_grams: u32,
    /// When it was last changed.
    pub updated_at: Millis,
}

/// A variant with its stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockedVariant {
    /// The variant.
    pub variant: Variant,
    /// What is there of it.
    pub stock: StockLevel,
}

pub(crate) fn read_category(r: &mut Row<'_>) -> Result<Category, Error> {
    Ok(Category {
        id: r.take()?,
        slug: r.take()?,
        position: r.take()?,
        name_ja: r.take()?,
        name_en: r.take()?,
        lead_ja: r.take()?,
        lead_en: r.take()?,
    })
}

pub(crate) fn read_product(r: &mut Row<'_>) -> Result<Product, Error> {
    Ok(Product {
        id: r.take()?,
        slug: r.take()?,
        category: r.take()?,
        position: r.take()?,
        featured: r.take()?,
        status: r.take()?,
        name_ja: r.take()?,
        name_en: r.take()?,
        lead_ja: r.take()?,
        lead_en: r.take()?,
        body_ja: r.take()?,
        body_en: r.take()?,
        ingredients_ja: r.take()?,
        ingredients_en: r.take()?,
        storage_ja: r.take()?,
        storage_en: r.take()?,
        shelf_life_days: r.take()?,
        allergens: r.json()?,
        nutrition: r.json_or_null()?,
        nutrition_source: r.take()?,
        tax_class: r.take()?,
        cool: r.take()?,
        created_at: r.take()?,
        updated_at: r.take()?,
        reading: r.take()?,
    })
}

pub(crate) fn read_variant(r: &mut Row<'_>) -> Result<Variant, Error> {
    Ok(Variant {
        id: r.take()?,
        product: r.take()?,
        sku: r.take()?,
        position: r.take()?,
        status: r.take()?,
        name_ja: r.take()?,
        name_en: r.take()?,
        price: r.take()?,
        pieces: r.take()?,
        weight_grams: r.take()?,
        updated_at: r.take()?,
    })
}

pub(crate) fn read_stocked(r: &mut Row<'_>) -> Result<StockedVariant, Error> {
    Ok(StockedVariant { variant: read_variant(r)?, stock: stock::read_level(r)? })
}

/// Inserts or replaces a category.
///
/// # Errors
/// [`Error::Constraint`] where another category has its slug.
pub fn put_category(tx: &mut Tx<'_>, c: &Category) -> Result<(), Error> {
    tx.exec(&PUT_CATEGORY, params![c.id, c.slug, c.position, c.name_ja, c.name_en, c.lead_ja, c.lead_en])
        .map(|_| ())
}

/// Inserts or replaces a product. `created_at` of one that exists stays.
///
/// # Errors
/// [`Error::Constraint`] where another product has its slug or its category is missing.
pub fn put(tx: &mut Tx<'_>, p: &Product) -> Result<(), Error> {
    let allergens = json(&p.allergens)?;
    let nutrition = p.nutrition.as_ref().map(json).transpose()?;
    tx.exec(
        &PUT,
        params![
            p.id,
            p.slug,
            p.category,
            p.position,
            p.featured,
            p.status,
            p.name_ja,
            p.name_en,
            p.lead_ja,
            p.lead_en,
            p.body_ja,
            p.body_en,
            p.ingredients_ja,
            p.ingredients_en,
            p.storage_ja,
            p.storage_en,
            p.shelf_life_days,
            allergens,
            nutrition,
            p.nutrition_source,
            p.tax_class,
            p.cool,
            p.created_at,
            p.updated_at,
            p.reading
        ],
    )
    .map(|_| ())
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| Error::Inconsistent("a value that cannot be written as JSON"))
}

/// Inserts or replaces a variant; a new one begins with no stock (see [`crate::stock::receive`]).
///
/// # Errors
/// [`Error::Constraint`] where another variant has its SKU or its product is missing.
pub fn put_variant(tx: &mut Tx<'_>, v: &Variant) -> Result<(), Error> {
    tx.exec(
        &PUT_VARIANT,
        params![
            v.id,
            v.product,
            v.sku,
            v.position,
            v.status,
            v.name_ja,
            v.name_en,
            v.price,
            v.pieces,
            v.weight_grams,
            v.updated_at
        ],
    )?;
    stock::open(tx, v.id)
}

/// A product by id, whatever its status.
///
/// # Errors
/// As every database call.
pub fn get(tx: &mut Tx<'_>, id: ProductId) -> Result<Option<Product>, Error> {
    tx.first(&GET, params![id], read_product)
}

/// Every product, whatever its status, in the order of the shop: for the back office and for indexing.
///
/// # Errors
/// As every database call.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Product>, Error> {
    tx.rows(&ALL_PRODUCTS, &[], read_product)
}

/// Every variant of a product with its stock, whatever its status.
///
/// # Errors
/// As every database call.
pub fn variants(tx: &mut Tx<'_>, product: ProductId) -> Result<Vec<StockedVariant>, Error> {
    tx.rows(&VARIANTS, params![product], read_stocked)
}

/// Every variant with its stock, whatever its status, by product.
///
/// # Errors
/// As every database call.
pub fn all_variants(tx: &mut Tx<'_>) -> Result<Vec<StockedVariant>, Error> {
    tx.rows(&ALL_VARIANTS, &[], read_stocked)
}

/// Sets a variant's price, tax included.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Inconsistent`] for a price below zero.
pub fn set_price(tx: &mut Tx<'_>, variant: VariantId, price: Yen, now: Millis) -> Result<(), Error> {
    if price < Yen::ZERO {
        return Err(Error::Inconsistent("a price below zero"));
    }
    tx.exec_one(&SET_PRICE, params![price, now, variant], "variant")
}

/// Puts a product on sale, or takes it off.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_status(tx: &mut Tx<'_>, product: ProductId, status: SaleStatus, now: Millis) -> Result<(), Error> {
    tx.exec_one(&SET_STATUS, params![status, now, product], "product")
}

/// Says that something that belongs to a product was changed: its pictures.
///
/// # Errors
/// [`Error::NotFound`].
pub fn touch(tx: &mut Tx<'_>, product: ProductId, now: Millis) -> Result<(), Error> {
    tx.exec_one(&TOUCH, params![now, product], "product")
}

/// Puts a variant on sale, or takes it off.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_variant_status(
    tx: &mut Tx<'_>,
    variant: VariantId,
    status: SaleStatus,
    now: Millis,
) -> Result<(), Error> {
    tx.exec_one(&SET_VARIANT_STATUS, params![status, now, variant], "variant")
}
