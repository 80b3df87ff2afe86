//! Where the staff work.
//!
//! Search words that name a person are posted, never put into an address: addresses end up in histories.

use crate::{
    Content, Field, FieldKind, FormShape, Pace, PageKind, Role, Route, Who, account::PASSWORD_CHARS_MAX,
    form::LANG, form::PAGE, form::TOKEN_ONLY, words_of,
};
use domain::{
    catalog::SaleStatus, customer::InquiryState, fulfillment::Carrier, order::OrderState,
    person::EMAIL_BYTES_MAX, stock::StockReason,
};

/// The most characters of a login.
pub const LOGIN_CHARS_MAX: usize = 64;
/// The most characters of a product's or variant's name.
pub const PRODUCT_NAME_CHARS_MAX: usize = 80;
/// The most characters of the sentence that sells a product.
pub const LEAD_CHARS_MAX: usize = 200;
/// The most characters of a product's reading and of the other words that it shall be found by.
pub const READING_CHARS_MAX: usize = 120;
/// How the list of products can be sorted; `-` in front: the other way round.
pub const PRODUCT_SORTS: &[&str] =
    &["name", "-name", "price", "-price", "available", "-available", "updated", "-updated"];
/// How the list of stock can be sorted.
pub const STOCK_SORTS: &[&str] = &[
    "name",
    "-name",
    "sku",
    "-sku",
    "on_hand",
    "-on_hand",
    "reserved",
    "-reserved",
    "available",
    "-available",
];
/// The most characters of a product's description.
pub const BODY_CHARS_MAX: usize = 4_000;
/// The most characters of what is said of a picture to those who cannot see it.
pub const ALT_CHARS_MAX: usize = 120;
/// The most pictures of a product.
pub const PICTURES_MAX: usize = 12;
/// The most characters of a title of news.
pub const NEWS_TITLE_CHARS_MAX: usize = 80;
/// The most characters of a piece of news, in each language.
pub const NEWS_CHARS_MAX: usize = 6_000;
/// The highest price of a piece, in yen.
pub const PRICE_YEN_MAX: i64 = 1_000_000;
/// The most pieces that one movement of stock moves.
pub const STOCK_PIECES_MAX: i64 = 100_000;
/// The most variants that one form changes.
pub const VARIANTS_MAX: usize = 30;
/// What a member of staff opens a person's data for.
pub const PURPOSES: &[&str] = &["ship", "inquiry", "payment", "correction"];
/// Why an order is given up or money given back. Words of ours: free text could name a person.
pub const REASONS: &[&str] = &["customer", "stock", "payment", "mistake", "other"];
/// What was just done, for the line above the page that follows.
pub const DONE: &[&str] = &[
    "shipped",
    "completed",
    "delivered",
    "canceled",
    "canceled_refund",
    "rest_stopped",
    "refunded",
    "refund_pending",
    "refund_failed",
    "released",
    "cash",
    "resent",
    "saved",
    "unchanged",
    "product_added",
    "category_added",
    "moved",
    "picture_added",
    "picture_removed",
    "news_published",
    "news_waits",
    "news_withdrawn",
    "state",
    "set_up",
    "captured",
    "reconciling",
    "unfrozen",
    "locked",
];

const TOTP: Field = Field::new("totp", FieldKind::Totp, 16);
const DONE_FIELD: Field = Field::choice("done", DONE).optional();
const SEARCH: Field = Field::line("q", EMAIL_BYTES_MAX);
const FULFILLMENT: Field = Field::uuid("fulfillment");

/// Sign-in of staff.
pub static SIGN_IN: FormShape = FormShape::post(&[
    Field::line("login", LOGIN_CHARS_MAX),
    Field::new("password", FieldKind::Password, PASSWORD_CHARS_MAX),
    TOTP,
]);

/// A fresh proof by password and code, for whoever has not just proved himself.
pub const PROOF: [Field; 2] =
    [Field::new("password", FieldKind::Password, PASSWORD_CHARS_MAX).optional(), TOTP.optional()];

/// The owner ends a freeze.
pub static UNFREEZE: FormShape = FormShape::post(&PROOF);

/// Password and second factor of a new member of staff.
pub static SETUP: FormShape = FormShape::post(&[
    Field::new("password", FieldKind::Password, PASSWORD_CHARS_MAX).optional(),
    Field::new("password_again", FieldKind::Password, PASSWORD_CHARS_MAX).optional(),
    TOTP.optional(),
    Field::choice("go", &["password", "totp", "confirm"]),
]);

/// The names of the orders on a page of the list.
pub static NAMES: FormShape = FormShape::post(LIST);

/// Looks for orders by number, full name, mail address or telephone number; `names` shows the names too.
pub static FIND: FormShape = FormShape::post(&[SEARCH, Field::flag("names")]);

/// Goods of one recipient leave the house.
pub static SHIP: FormShape = FormShape::post(&[
    FULFILLMENT,
    Field::choice("carrier", words_of!(Carrier)),
    Field::line("tracking_number", 24),
]);

/// One recipient's goods: arrived.
pub static DELIVER: FormShape = FormShape::post(&[FULFILLMENT]);

/// Packing slips, of one recipient or of all.
pub static SLIP: FormShape = FormShape::post(&[FULFILLMENT.optional()]);

/// Gives up an order, or gives money back.
pub static REASON: FormShape = FormShape::post(&[Field::choice("reason", REASONS)]);

/// Asks the vault to open the persons of an order.
pub static OPEN: FormShape = FormShape::post(&[Field::choice("purpose", PURPOSES)]);

/// Compares a day with the processor's books.
pub static RECONCILE: FormShape = FormShape::post(&[Field::date("day")]);

/// Sends a mail of an order again.
pub static RESEND: FormShape = FormShape::post(&[Field::uuid("message")]);

/// Texts and prices of a product; the fields of a variant in the same order each.
pub static PRODUCT: FormShape = FormShape::post(&[
    Field::line("name_ja", PRODUCT_NAME_CHARS_MAX),
    Field::line("name_en", PRODUCT_NAME_CHARS_MAX),
    Field::line("reading", READING_CHARS_MAX).optional(),
    Field::line("lead_ja", LEAD_CHARS_MAX),
    Field::line("lead_en", LEAD_CHARS_MAX),
    Field::text("body_ja", BODY_CHARS_MAX),
    Field::text("body_en", BODY_CHARS_MAX),
    Field::choice("status", words_of!(SaleStatus)),
    Field::uuid("variant").optional().repeated(VARIANTS_MAX),
    Field::line("variant_name_ja", PRODUCT_NAME_CHARS_MAX).optional().repeated(VARIANTS_MAX),
    Field::line("variant_name_en", PRODUCT_NAME_CHARS_MAX).optional().repeated(VARIANTS_MAX),
    Field::line("price", 12).optional().repeated(VARIANTS_MAX),
    Field::choice("variant_status", words_of!(SaleStatus)).optional().repeated(VARIANTS_MAX),
]);

/// A new picture of a product, or one in place of another.
pub static PICTURE: FormShape = FormShape::post(&[
    Field::line("alt_ja", ALT_CHARS_MAX),
    Field::line("alt_en", ALT_CHARS_MAX),
    Field::uuid("replaces").optional(),
    Field::picture("picture"),
]);

/// The order of a product's pictures and what is said of them, in the same order each; `remove` is the button beside
/// one.
pub static PICTURES: FormShape = FormShape::post(&[
    Field::uuid("shown").optional().repeated(PICTURES_MAX),
    Field::line("alt_ja", ALT_CHARS_MAX).optional().repeated(PICTURES_MAX),
    Field::line("alt_en", ALT_CHARS_MAX).optional().repeated(PICTURES_MAX),
    Field::integer("position", 1, 99).optional().repeated(PICTURES_MAX),
    Field::uuid("remove").optional(),
]);

/// A piece of news. `key` is the id of a new one, so that it is one piece however often it is sent.
pub static NEWS: FormShape = FormShape::post(&[
    Field::uuid("key").optional(),
    Field::line("title_ja", NEWS_TITLE_CHARS_MAX),
    Field::line("title_en", NEWS_TITLE_CHARS_MAX),
    Field::text("body_ja", NEWS_CHARS_MAX),
    Field::text("body_en", NEWS_CHARS_MAX),
    Field::date("day").optional(),
    Field::line("time", 8),
    Field::choice("go", &["save", "preview", "publish", "withdraw"]),
]);

/// The shelf was counted.
pub static COUNT: FormShape = FormShape::post(&[Field::line("quantity", 12)]);

/// Goods came in, or are given up as spoiled.
pub static MOVE: FormShape =
    FormShape::post(&[Field::choice("reason", &["receive", "write_off"]), Field::line("quantity", 12)]);

/// What becomes of a message to the shop.
pub static INQUIRY_STATE: FormShape = FormShape::post(&[Field::choice("state", words_of!(InquiryState))]);

/// Which orders to list: state, days, which end first, and after which one of the list the page begins.
const LIST: &[Field] = &[
    LANG,
    Field::choice("state", words_of!(OrderState)).optional(),
    Field::date("from").optional(),
    Field::date("until").optional(),
    Field::choice("sort", &["new", "old"]).optional(),
    Field::uuid("after").optional(),
];

/// The same, or the result of a search that was made a while ago.
const LIST_OR_FOUND: &[Field] =
    &[LIST[0], LIST[1], LIST[2], LIST[3], LIST[4], LIST[5], Field::uuid("found").optional()];

static ORDERS_QUERY: FormShape = FormShape::query(LIST_OR_FOUND);
static ONE_QUERY: FormShape = FormShape::query(&[LANG, DONE_FIELD]);
const CATEGORY: Field = Field::line("category", 64).optional();
const WORDS: Field = Field::line("q", 80).optional();

static PRODUCTS_QUERY: FormShape =
    FormShape::query(&[LANG, PAGE, WORDS, CATEGORY, Field::choice("sort", PRODUCT_SORTS).optional()]);
static STOCK_QUERY: FormShape = FormShape::query(&[
    LANG,
    PAGE,
    WORDS,
    CATEGORY,
    Field::choice("show", &["all", "low"]).optional(),
    Field::choice("sort", STOCK_SORTS).optional(),
]);
/// Which movements of a variant to list, or to write into a file.
static MOVES_QUERY: FormShape = FormShape::query(&[
    LANG,
    PAGE,
    DONE_FIELD,
    Field::choice("reason", words_of!(StockReason)).optional(),
    Field::date("from").optional(),
    Field::date("until").optional(),
]);
static NEWS_QUERY: FormShape = FormShape::query(&[LANG, PAGE]);
static INQUIRIES_QUERY: FormShape =
    FormShape::query(&[LANG, Field::choice("state", words_of!(InquiryState)).optional()]);

/// The routes of this area.
pub static ROUTES: &[Route] = &[
    Route::get("staff_sign_in", "/admin/sign-in", PageKind::StaffSignIn),
    Route::post("staff_sign_in_send", "/admin/sign-in", PageKind::StaffSignIn, &SIGN_IN),
    Route::get("staff_link", "/admin/link/{token}", PageKind::StaffSignIn).pace(Pace::Strict),
    Route::post("staff_link_redeem", "/admin/link/{token}", PageKind::StaffSignIn, &TOKEN_ONLY),
    Route::get("staff_setup", "/admin/setup", PageKind::StaffSetup).who(Who::StaffSetup),
    Route::post("staff_setup_send", "/admin/setup", PageKind::StaffSetup, &SETUP).who(Who::StaffSetup),
    Route::post("staff_sign_out", "/admin/sign-out", PageKind::StaffSignIn, &TOKEN_ONLY).staff(Role::Clerk),
    Route::get("dashboard", "/admin", PageKind::Dashboard).query(&ONE_QUERY).staff(Role::Clerk),
    Route::get("staff_orders", "/admin/orders", PageKind::StaffOrders)
        .query(&ORDERS_QUERY)
        .staff(Role::Clerk),
    Route::post("staff_orders_names", "/admin/orders", PageKind::StaffOrders, &NAMES).staff(Role::Clerk),
    Route::post("staff_orders_find", "/admin/orders/find", PageKind::StaffOrders, &FIND).staff(Role::Clerk),
    Route::get("staff_order", "/admin/orders/{id}", PageKind::StaffOrder)
        .query(&ONE_QUERY)
        .staff(Role::Clerk),
    order("staff_order_open", "/admin/orders/{id}/open", &OPEN, Role::Clerk),
    Route::post("staff_order_slip", "/admin/orders/{id}/slip", PageKind::StaffSlip, &SLIP).staff(Role::Clerk),
    order("staff_order_ship", "/admin/orders/{id}/ship", &SHIP, Role::Clerk),
    order("staff_order_deliver", "/admin/orders/{id}/deliver", &DELIVER, Role::Clerk),
    order("staff_order_capture", "/admin/orders/{id}/capture", &TOKEN_ONLY, Role::Manager),
    order("staff_order_cash", "/admin/orders/{id}/cash", &TOKEN_ONLY, Role::Clerk),
    order("staff_order_resend", "/admin/orders/{id}/resend", &RESEND, Role::Clerk),
    order("staff_order_cancel", "/admin/orders/{id}/cancel", &REASON, Role::Manager),
    order("staff_order_stop_rest", "/admin/orders/{id}/stop-rest", &TOKEN_ONLY, Role::Manager),
    order("staff_order_refund", "/admin/orders/{id}/refund", &REASON, Role::Manager),
    order("staff_order_release", "/admin/orders/{id}/release", &TOKEN_ONLY, Role::Manager),
    Route::get("staff_products", "/admin/products", PageKind::StaffProducts)
        .query(&PRODUCTS_QUERY)
        .staff(Role::Clerk),
    Route::get("staff_product", "/admin/products/{id}", PageKind::StaffProduct)
        .query(&ONE_QUERY)
        .staff(Role::Clerk),
    Route::post("staff_product_save", "/admin/products/{id}", PageKind::StaffProduct, &PRODUCT)
        .staff(Role::Manager),
    Route::post("staff_pictures_save", "/admin/products/{id}/pictures", PageKind::StaffProduct, &PICTURES)
        .staff(Role::Manager),
    Route::upload("staff_picture_add", "/admin/products/{id}/picture", PageKind::StaffProduct, &PICTURE)
        .staff(Role::Manager)
        .pace(Pace::Strict),
    Route::get("staff_stock", "/admin/stock", PageKind::StaffStock).query(&STOCK_QUERY).staff(Role::Clerk),
    Route::get("staff_stock_item", "/admin/stock/{id}", PageKind::StaffStock)
        .query(&MOVES_QUERY)
        .staff(Role::Clerk),
    Route::get("staff_stock_csv", "/admin/stock/{id}/csv", PageKind::StaffStock)
        .query(&MOVES_QUERY)
        .answers(&[Content::Csv])
        .staff(Role::Clerk),
    Route::post("staff_stock_count", "/admin/stock/{id}/count", PageKind::StaffStock, &COUNT)
        .staff(Role::Clerk),
    Route::post("staff_stock_move", "/admin/stock/{id}/move", PageKind::StaffStock, &MOVE)
        .staff(Role::Manager),
    Route::get("staff_news", "/admin/news", PageKind::StaffNews).query(&NEWS_QUERY).staff(Role::Clerk),
    Route::get("staff_news_new", "/admin/news/new", PageKind::StaffNews).staff(Role::Manager),
    Route::post("staff_news_create", "/admin/news", PageKind::StaffNews, &NEWS).staff(Role::Manager),
    Route::get("staff_news_piece", "/admin/news/{id}", PageKind::StaffNews)
        .query(&ONE_QUERY)
        .staff(Role::Clerk),
    Route::post("staff_news_save", "/admin/news/{id}", PageKind::StaffNews, &NEWS).staff(Role::Manager),
    Route::get("staff_reconciliation", "/admin/reconciliation", PageKind::StaffReconciliation)
        .query(&ONE_QUERY)
        .staff(Role::Clerk),
    Route::post(
        "staff_reconciliation_run",
        "/admin/reconciliation",
        PageKind::StaffReconciliation,
        &RECONCILE,
    )
    .staff(Role::Manager),
    Route::get("staff_reconciliation_day", "/admin/reconciliation/{day}", PageKind::StaffReconciliation)
        .query(&ONE_QUERY)
        .staff(Role::Clerk),
    Route::get("staff_vault", "/admin/vault", PageKind::StaffVault).query(&ONE_QUERY).staff(Role::Clerk),
    Route::post("staff_unfreeze", "/admin/vault/unfreeze", PageKind::StaffVault, &UNFREEZE)
        .staff(Role::Owner)
        .pace(Pace::Strict),
    Route::get("staff_watch", "/admin/watch", PageKind::StaffWatch).query(&ONE_QUERY).staff(Role::Clerk),
    Route::get("staff_inquiries", "/admin/inquiries", PageKind::StaffInquiries)
        .query(&INQUIRIES_QUERY)
        .staff(Role::Clerk),
    Route::get("staff_inquiry", "/admin/inquiries/{id}", PageKind::StaffInquiries)
        .query(&ONE_QUERY)
        .staff(Role::Clerk),
    Route::post("staff_inquiry_open", "/admin/inquiries/{id}/open", PageKind::StaffInquiries, &TOKEN_ONLY)
        .staff(Role::Clerk),
    Route::post(
        "staff_inquiry_state",
        "/admin/inquiries/{id}/state",
        PageKind::StaffInquiries,
        &INQUIRY_STATE,
    )
    .staff(Role::Clerk),
];

/// Something done to one order.
const fn order(id: &'static str, pattern: &'static str, form: &'static FormShape, role: Role) -> Route {
    Route::post(id, pattern, PageKind::StaffOrder, form).staff(role)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each role may do, whole: a change here is a change of who may touch what.
    #[test]
    fn roles_and_routes() {
        let mut table: Vec<String> = Vec::new();
        for route in ROUTES
            .iter()
            .chain(crate::staff::ROUTES)
            .chain(crate::exports::ROUTES)
            .chain(crate::lock::ROUTES)
            .chain(crate::goods::ROUTES)
        {
            let who = match route.who {
                Who::Public => "anyone".to_owned(),
                Who::StaffSetup => "link".to_owned(),
                Who::Staff(least) => {
                    let may: Vec<&str> =
                        Role::ALL.iter().filter(|r| **r >= least).map(|r| r.word()).collect();
                    may.join(" ")
                }
                other => panic!("{}: {other:?} has no business here", route.id),
            };
            table.push(format!("{}: {who}", route.id));
        }
        let all = "clerk manager owner";
        let some = "manager owner";
        let want = [
            ("staff_sign_in", "anyone"),
            ("staff_sign_in_send", "anyone"),
            ("staff_link", "anyone"),
            ("staff_link_redeem", "anyone"),
            ("staff_setup", "link"),
            ("staff_setup_send", "link"),
            ("staff_sign_out", all),
            ("dashboard", all),
            ("staff_orders", all),
            ("staff_orders_names", all),
            ("staff_orders_find", all),
            ("staff_order", all),
            ("staff_order_open", all),
            ("staff_order_slip", all),
            ("staff_order_ship", all),
            ("staff_order_deliver", all),
            ("staff_order_capture", some),
            ("staff_order_cash", all),
            ("staff_order_resend", all),
            ("staff_order_cancel", some),
            ("staff_order_stop_rest", some),
            ("staff_order_refund", some),
            ("staff_order_release", some),
            ("staff_products", all),
            ("staff_product", all),
            ("staff_product_save", some),
            ("staff_pictures_save", some),
            ("staff_picture_add", some),
            ("staff_stock", all),
            ("staff_stock_item", all),
            ("staff_stock_csv", all),
            ("staff_stock_count", all),
            ("staff_stock_move", some),
            ("staff_news", all),
            ("staff_news_new", some),
            ("staff_news_create", some),
            ("staff_news_piece", all),
            ("staff_news_save", some),
            ("staff_reconciliation", all),
            ("staff_reconciliation_run", some),
            ("staff_reconciliation_day", all),
            ("staff_vault", all),
            ("staff_unfreeze", "owner"),
            ("staff_watch", all),
            ("staff_inquiries", all),
            ("staff_inquiry", all),
            ("staff_inquiry_open", all),
            ("staff_inquiry_state", all),
            ("staff_passkey_ask", "anyone"),
            ("staff_passkey_sign_in", "anyone"),
            ("staff_own", all),
            ("staff_own_ask", all),
            ("staff_own_add", all),
            ("staff_own_remove", all),
            ("staff_prove", all),
            ("staff_prove_ask", all),
            ("staff_prove_passkey", all),
            ("staff_own_revoke", all),
            ("staff_list", "owner"),
            ("staff_list_invite", "owner"),
            ("staff_list_again", "owner"),
            ("staff_list_remove", "owner"),
            ("staff_list_revoke", "owner"),
            ("staff_exports", all),
            ("staff_export_ask", some),
            ("staff_export_approve", all),
            ("staff_export_end", all),
            ("staff_export_file", some),
            ("staff_lock", all),
            ("staff_product_new", some),
            ("staff_product_create", some),
            ("staff_category_create", some),
        ];
        let want: Vec<String> = want.iter().map(|(id, who)| format!("{id}: {who}")).collect();
        assert_eq!(table, want);
    }

    /// An address is kept in histories: nothing that names a person may stand in one.
    #[test]
    fn who_is_looked_for_is_posted() {
        let orders = ROUTES.iter().filter(|r| r.pattern.starts_with("/admin/orders"));
        assert!(orders.clone().count() > 0 && orders.into_iter().all(|r| r.query.field("q").is_none()));
    }
}
