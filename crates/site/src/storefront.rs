//! The shop window: catalogue, search, cart, stores, legal pages, contact.

use crate::{
    Body, Content, Field, FieldKind, FormShape, Method, Pace, PageKind, Route, Who,
    form::{LANG, PAGE, PAGE_QUERY},
    words_of,
};
use domain::cart::{LINES_MAX, QUANTITY_MAX};
use domain::person::{EMAIL_BYTES_MAX, NAME_CHARS_MAX};

/// The most characters of a message to the shop.
pub const INQUIRY_CHARS_MAX: usize = 2_000;
/// The most characters of a search.
pub const SEARCH_CHARS_MAX: usize = 80;
/// What a message to the shop can be about.
pub const SUBJECTS: &[&str] = &["order", "product", "delivery", "privacy", "other"];
/// How lists of products can be sorted.
pub const SORTS: &[&str] = &["recommended", "new", "price_up", "price_down"];

static LIST_QUERY: FormShape = FormShape::query(&[LANG, PAGE, Field::choice("sort", SORTS).optional()]);

static SEARCH_QUERY: FormShape =
    FormShape::query(&[LANG, PAGE, Field::line("q", SEARCH_CHARS_MAX).optional()]);

static NEWS_QUERY: FormShape = FormShape::query(&[LANG, PAGE]);

static POSTCODE_QUERY: FormShape = FormShape::query(&[Field::new("code", FieldKind::Postcode, 16)]);

static PRODUCT_QUERY: FormShape = FormShape::query(&[LANG, Field::uuid("variant").optional()]);

/// Puts a variant into the cart.
pub static CART_ADD: FormShape =
    FormShape::post(&[Field::uuid("variant"), Field::integer("quantity", 1, QUANTITY_MAX as i64)]);

/// Sets the quantities of the cart's lines: `variant` and `quantity` in pairs, in the same order; `remove` is the
/// button behind a line.
pub static CART_UPDATE: FormShape = FormShape::post(&[
    Field::uuid("variant").optional().repeated(LINES_MAX),
    Field::integer("quantity", 0, QUANTITY_MAX as i64).optional().repeated(LINES_MAX),
    Field::uuid("remove").optional(),
    Field::choice("go", &["update", "checkout"]).optional(),
]);

/// Changes the language; `next` is the path to return to, which `web` compares with this map.
pub static SET_LANG: FormShape =
    FormShape::post(&[Field::choice("lang", words_of!(domain::Locale)), Field::line("next", 512).optional()]);

/// A message to the shop.
pub static CONTACT: FormShape = FormShape::post(&[
    Field::line("name", NAME_CHARS_MAX),
    Field::new("email", FieldKind::Email, EMAIL_BYTES_MAX),
    Field::new("phone", FieldKind::Phone, 30).optional(),
    Field::line("order_number", 20).optional(),
    Field::choice("subject", SUBJECTS).optional(),
    Field::text("message", INQUIRY_CHARS_MAX),
    Field::flag("agree"),
]);

/// The routes of this area.
pub static ROUTES: &[Route] = &[
    Route::get("home", "/", PageKind::Home),
    Route::get("category", "/c/{category}", PageKind::Category).query(&LIST_QUERY),
    Route::get("product", "/p/{product}", PageKind::Product).query(&PRODUCT_QUERY),
    Route::get("search", "/search", PageKind::Search).query(&SEARCH_QUERY),
    Route::get("cart", "/cart", PageKind::Cart).payment(),
    Route::post("cart_add", "/cart/add", PageKind::Product, &CART_ADD).pace(Pace::Ordinary),
    Route::post("cart_update", "/cart/update", PageKind::Cart, &CART_UPDATE).pace(Pace::Ordinary).payment(),
    Route::post("lang", "/lang", PageKind::Home, &SET_LANG).pace(Pace::Ordinary),
    Route::get("stores", "/stores", PageKind::Stores),
    Route::get("news", "/news", PageKind::News).query(&NEWS_QUERY),
    Route::get("news_piece", "/news/{id}", PageKind::News),
    Route::get("tokushoho", "/legal/tokushoho", PageKind::Legal),
    Route::get("privacy", "/legal/privacy", PageKind::Legal),
    Route::get("terms", "/legal/terms", PageKind::Legal),
    Route::get("contact", "/contact", PageKind::Contact),
    Route::post("contact_send", "/contact", PageKind::Contact, &CONTACT),
    Route::get("contact_sent", "/contact/sent", PageKind::Contact),
    Route::get("postcode", "/postcode", PageKind::Data).query(&POSTCODE_QUERY).answers(&[Content::Json]),
    Route::get("picture", "/pictures/{file}", PageKind::Picture).answers(&[Content::Svg, Content::Bitmap]),
    Route::get("asset", "/assets/{file}", PageKind::Asset).answers(&[
        Content::Css,
        Content::Script,
        Content::Font,
        Content::Svg,
        Content::Bitmap,
    ]),
    Route::get("robots", "/robots.txt", PageKind::Asset).answers(&[Content::Text]),
    Route::get("favicon", "/favicon.ico", PageKind::Asset).answers(&[Content::Svg, Content::Bitmap]),
    Route {
        id: "webhook",
        method: Method::Post,
        pattern: "/webhooks/processor",
        page: PageKind::Webhook,
        who: Who::Processor,
        payment_path: true,
        to_processor: false,
        body: Body::Webhook,
        query: &PAGE_QUERY,
        answers: &[Content::Json, Content::Text],
        pace: Pace::Ordinary,
    },
];
