//! Where the staff work.

use crate::{
    Field, FieldKind, FormShape, Pace, PageKind, Role, Route, Who,
    account::PASSWORD_CHARS_MAX,
    form::{LANG, PAGE, TOKEN_ONLY},
    words_of,
};
use domain::{fulfillment::Carrier, order::OrderState, stock::StockReason};

/// The most characters of a login.
pub const LOGIN_CHARS_MAX: usize = 64;
/// The most characters of a stated reason.
pub const REASON_CHARS_MAX: usize = 200;
/// The most characters of a product's name.
pub const PRODUCT_NAME_CHARS_MAX: usize = 80;
/// The most characters of a product's description.
pub const DESCRIPTION_CHARS_MAX: usize = 4_000;
/// The highest price of a piece, in yen.
pub const PRICE_YEN_MAX: i64 = 1_000_000;
/// The most variants that one form changes.
pub const VARIANTS_MAX: usize = 40;
/// What a member of staff opens a person's data for.
pub const PURPOSES: &[&str] = &["ship", "inquiry", "payment", "correction"];

const TOTP: Field = Field::new("totp", FieldKind::Totp, 16);

/// Sign-in of staff.
pub static SIGN_IN: FormShape = FormShape::post(&[
    Field::line("login", LOGIN_CHARS_MAX),
    Field::new("password", FieldKind::Password, PASSWORD_CHARS_MAX),
    TOTP,
]);

/// Password and second factor of a new member of staff.
pub static SETUP: FormShape = FormShape::post(&[
    Field::new("password", FieldKind::Password, PASSWORD_CHARS_MAX).optional(),
    Field::new("password_again", FieldKind::Password, PASSWORD_CHARS_MAX).optional(),
    TOTP.optional(),
    Field::choice("go", &["password", "totp", "confirm"]).optional(),
]);

/// Goods of one recipient leave the house.
pub static SHIP: FormShape = FormShape::post(&[
    Field::uuid("fulfillment"),
    Field::choice("carrier", words_of!(Carrier)),
    Field::line("tracking", 24),
]);

/// Gives up an order.
pub static CANCEL: FormShape = FormShape::post(&[Field::line("reason", REASON_CHARS_MAX)]);

/// Gives back the whole amount; the same `key` never gives back twice.
pub static REFUND: FormShape =
    FormShape::post(&[Field::uuid("key"), Field::line("reason", REASON_CHARS_MAX)]);

/// Asks the vault to open the persons of an order.
pub static OPEN: FormShape = FormShape::post(&[Field::choice("purpose", PURPOSES)]);

/// Texts and prices of a product; `variant` and `price` in pairs, in the same order.
pub static PRODUCT: FormShape = FormShape::post(&[
    Field::line("name_ja", PRODUCT_NAME_CHARS_MAX),
    Field::line("name_en", PRODUCT_NAME_CHARS_MAX),
    Field::text("description_ja", DESCRIPTION_CHARS_MAX).optional(),
    Field::text("description_en", DESCRIPTION_CHARS_MAX).optional(),
    Field::choice("status", &["active", "hidden"]).optional(),
    Field::uuid("variant").optional().repeated(VARIANTS_MAX),
    Field::integer("price", 1, PRICE_YEN_MAX).optional().repeated(VARIANTS_MAX),
]);

/// Moves stock of one variant.
pub static STOCK: FormShape = FormShape::post(&[
    Field::uuid("variant"),
    Field::choice("reason", words_of!(StockReason)),
    Field::integer("quantity", 0, 100_000),
]);

static ORDERS_QUERY: FormShape = FormShape::query(&[
    LANG,
    PAGE,
    Field::line("q", 254).optional(),
    Field::choice("state", words_of!(OrderState)).optional(),
]);

static PRODUCTS_QUERY: FormShape =
    FormShape::query(&[LANG, PAGE, Field::line("q", 80).optional(), Field::line("category", 64).optional()]);

static LIST_QUERY: FormShape = FormShape::query(&[LANG, PAGE]);

/// The routes of this area.
pub static ROUTES: &[Route] = &[
    Route::get("staff_sign_in", "/admin/sign-in", PageKind::StaffSignIn),
    Route::post("staff_sign_in_send", "/admin/sign-in", PageKind::StaffSignIn, &SIGN_IN),
    Route::get("staff_link", "/admin/link/{token}", PageKind::StaffSignIn).pace(Pace::Strict),
    Route::post("staff_link_redeem", "/admin/link/{token}", PageKind::StaffSignIn, &TOKEN_ONLY),
    Route::get("staff_setup", "/admin/setup", PageKind::StaffSetup).who(Who::StaffSetup),
    Route::post("staff_setup_send", "/admin/setup", PageKind::StaffSetup, &SETUP).who(Who::StaffSetup),
    Route::post("staff_sign_out", "/admin/sign-out", PageKind::StaffSignIn, &TOKEN_ONLY).staff(Role::Clerk),
    Route::get("dashboard", "/admin", PageKind::Dashboard).staff(Role::Clerk),
    Route::get("staff_orders", "/admin/orders", PageKind::StaffOrders)
        .query(&ORDERS_QUERY)
        .staff(Role::Clerk),
    Route::get("staff_order", "/admin/orders/{id}", PageKind::StaffOrder).staff(Role::Clerk),
    Route::post("staff_order_open", "/admin/orders/{id}/open", PageKind::StaffOrder, &OPEN)
        .staff(Role::Clerk),
    Route::post("staff_order_ship", "/admin/orders/{id}/ship", PageKind::StaffOrder, &SHIP)
        .staff(Role::Clerk),
    Route::post("staff_order_cancel", "/admin/orders/{id}/cancel", PageKind::StaffOrder, &CANCEL)
        .staff(Role::Manager),
    Route::post("staff_order_refund", "/admin/orders/{id}/refund", PageKind::StaffOrder, &REFUND)
        .staff(Role::Manager),
    Route::get("staff_products", "/admin/products", PageKind::StaffProducts)
        .query(&PRODUCTS_QUERY)
        .staff(Role::Clerk),
    Route::get("staff_product", "/admin/products/{id}", PageKind::StaffProduct).staff(Role::Clerk),
    Route::post("staff_product_save", "/admin/products/{id}", PageKind::StaffProduct, &PRODUCT)
        .staff(Role::Manager),
    Route::get("staff_stock", "/admin/stock", PageKind::StaffStock).query(&PRODUCTS_QUERY).staff(Role::Clerk),
    Route::post("staff_stock_move", "/admin/stock", PageKind::StaffStock, &STOCK).staff(Role::Manager),
    Route::get("staff_inquiries", "/admin/inquiries", PageKind::StaffInquiries)
        .query(&LIST_QUERY)
        .staff(Role::Clerk),
    Route::get("staff_inquiry", "/admin/inquiries/{id}", PageKind::StaffInquiries).staff(Role::Clerk),
    Route::post("staff_inquiry_open", "/admin/inquiries/{id}/open", PageKind::StaffInquiries, &OPEN)
        .staff(Role::Clerk),
];
