//! Products and categories that are not there yet.

use crate::{
    Field, FormShape, PageKind, Role, Route,
    backoffice::{BODY_CHARS_MAX, DONE, LEAD_CHARS_MAX, PRODUCT_NAME_CHARS_MAX, READING_CHARS_MAX},
    form::LANG,
    words_of,
};
use domain::{allergen::Allergen, tax::TaxClass};

/// The most characters of the word in the address of a product or category.
pub const SLUG_CHARS_MAX: usize = 64;
/// The most characters of an article number.
pub const SKU_CHARS_MAX: usize = 40;
/// The longest that food keeps, in days.
pub const SHELF_LIFE_DAYS_MAX: i64 = 3_650;
/// The heaviest packing, in grams.
pub const WEIGHT_GRAMS_MAX: i64 = 100_000;
/// The most pieces in a packing.
pub const PACKED_PIECES_MAX: i64 = 10_000;
/// How a product is kept.
pub const KEEPING: &[&str] = &["ambient", "cool", "none"];
/// A product that is not there yet, with its first packing. `key` is its id, so that it is one however often it is sent.
pub static PRODUCT_NEW: FormShape = FormShape::post(&[
    Field::uuid("key"),
    Field::line("category", SLUG_CHARS_MAX).optional(),
    Field::line("slug", SLUG_CHARS_MAX),
    Field::line("name_ja", PRODUCT_NAME_CHARS_MAX),
    Field::line("name_en", PRODUCT_NAME_CHARS_MAX),
    Field::line("reading", READING_CHARS_MAX),
    Field::line("lead_ja", LEAD_CHARS_MAX),
    Field::line("lead_en", LEAD_CHARS_MAX),
    Field::text("body_ja", BODY_CHARS_MAX),
    Field::text("body_en", BODY_CHARS_MAX),
    Field::line("sku", SKU_CHARS_MAX),
    Field::line("variant_name_ja", PRODUCT_NAME_CHARS_MAX),
    Field::line("variant_name_en", PRODUCT_NAME_CHARS_MAX),
    Field::line("price", 12),
    Field::line("pieces", 12),
    Field::line("weight", 12),
    Field::line("quantity", 12),
    Field::choice("tax", words_of!(TaxClass)),
    Field::choice("keeping", KEEPING),
    Field::line("shelf_life", 12),
    Field::text("ingredients_ja", BODY_CHARS_MAX),
    Field::text("ingredients_en", BODY_CHARS_MAX),
    Field::choice("allergen", words_of!(Allergen)).optional().repeated(Allergen::ALL.len()),
]);

/// A category that is not there yet.
pub static CATEGORY_NEW: FormShape = FormShape::post(&[
    Field::uuid("key"),
    Field::line("name_ja", PRODUCT_NAME_CHARS_MAX),
    Field::line("name_en", PRODUCT_NAME_CHARS_MAX),
    Field::line("slug", SLUG_CHARS_MAX),
]);

static DONE_QUERY: FormShape = FormShape::query(&[LANG, Field::choice("done", DONE).optional()]);

/// The routes of this area.
pub static ROUTES: &[Route] = &[
    Route::get("staff_product_new", "/admin/products/new", PageKind::StaffProduct)
        .query(&DONE_QUERY)
        .staff(Role::Manager),
    Route::post("staff_product_create", "/admin/products", PageKind::StaffProduct, &PRODUCT_NEW)
        .staff(Role::Manager),
    Route::post("staff_category_create", "/admin/categories", PageKind::StaffProduct, &CATEGORY_NEW)
        .staff(Role::Manager),
];
