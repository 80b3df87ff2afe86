//! From the cart to the processor and back, and the buyer's order page. No field here can hold a card.

use crate::{
    Field, FieldKind, FormShape, Pace, PageKind, Route, Who,
    form::{LANG, TOKEN_ONLY},
    words_of,
};
use domain::{
    cart::{LINES_MAX, QUANTITY_MAX, RECIPIENTS_MAX},
    person::{ADDRESS_LINE_CHARS_MAX, EMAIL_BYTES_MAX, NAME_CHARS_MAX},
};

/// The most characters of a gift message.
pub const GIFT_MESSAGE_CHARS_MAX: usize = 200;
/// The most characters of the name on a noshi.
pub const NOSHI_NAME_CHARS_MAX: usize = 30;
/// The most characters of a telephone number, as typed.
pub const PHONE_CHARS_MAX: usize = 30;
/// The most characters of a postcode, as typed.
pub const POSTCODE_CHARS_MAX: usize = 16;
/// The most characters of the ids of a cart's lines: 32 hexadecimal digits each, and a dot between two.
pub const LINE_IDS_CHARS_MAX: usize = LINES_MAX * 33;
/// The most characters of one recipient's quantities: two digits for each line, and a dot between two.
pub const SHARE_CHARS_MAX: usize = LINES_MAX * 3;
/// Where the goods go: to the orderer, to somebody else, or to several recipients.
pub const SHIP_TO: &[&str] = &["self", "other", "several"];
/// Who one of several recipients is.
pub const TO_WHOM: &[&str] = &["self", "other"];
/// What the buttons of the checkout's pages ask for: on to the next page, the first page again, the postcode's
/// address; of several recipients the list, one more, one that is filled in, and that all are; an entry of the
/// address book as the recipient.
pub const GO: &[&str] = &["confirm", "edit", "postcode", "recipients", "add", "save", "done", "book"];

/// Everything the buyer fills in. Each page of the checkout shows a part of it and carries the rest on in hidden
/// fields, so that nothing typed is on a disk before the order is placed.
///
/// Fields from `to_whom` to `to_goods` belong to a recipient. For one recipient they stand once, without `to_whom` and
/// `to_goods`: the whole cart goes there. For several (`ship_to`), each stands once for each recipient, in the same
/// order. `to_goods` are quantities of the variants in `lines`; on the page of recipient number `at` they are the
/// fields called `quantity`.
///
/// `book` is the entry of a member's address book that `go` takes, `keep` his wish to have a recipient in it.
///
/// `key` is made with the page to confirm and names the order: placing it twice makes one order. `total` is what that
/// page stated: an order that would cost something else is confirmed anew.
pub static CHECKOUT: FormShape = FormShape::post(&[
    Field::line("name", NAME_CHARS_MAX),
    Field::new("kana", FieldKind::Kana, NAME_CHARS_MAX),
    Field::new("email", FieldKind::Email, EMAIL_BYTES_MAX),
    Field::new("phone", FieldKind::Phone, PHONE_CHARS_MAX),
    Field::new("postcode", FieldKind::Postcode, POSTCODE_CHARS_MAX),
    Field::choice("prefecture", &domain::shipping::PREFECTURES).optional(),
    Field::line("city", ADDRESS_LINE_CHARS_MAX),
    Field::line("street", ADDRESS_LINE_CHARS_MAX),
    Field::line("building", ADDRESS_LINE_CHARS_MAX).optional(),
    Field::choice("ship_to", SHIP_TO).optional(),
    of_recipient(Field::choice("to_whom", TO_WHOM)),
    of_recipient(Field::line("to_name", NAME_CHARS_MAX)),
    of_recipient(Field::new("to_kana", FieldKind::Kana, NAME_CHARS_MAX)),
    of_recipient(Field::new("to_phone", FieldKind::Phone, PHONE_CHARS_MAX)),
    of_recipient(Field::new("to_postcode", FieldKind::Postcode, POSTCODE_CHARS_MAX)),
    of_recipient(Field::choice("to_prefecture", &domain::shipping::PREFECTURES)),
    of_recipient(Field::line("to_city", ADDRESS_LINE_CHARS_MAX)),
    of_recipient(Field::line("to_street", ADDRESS_LINE_CHARS_MAX)),
    of_recipient(Field::line("to_building", ADDRESS_LINE_CHARS_MAX)),
    of_recipient(Field::choice("noshi", words_of!(domain::noshi::Noshi))),
    of_recipient(Field::line("noshi_name", NOSHI_NAME_CHARS_MAX)),
    of_recipient(Field::choice("noshi_place", words_of!(domain::noshi::NoshiPlace))),
    of_recipient(Field::choice("wrapping", words_of!(domain::noshi::Wrapping))),
    of_recipient(Field::text("message", GIFT_MESSAGE_CHARS_MAX)),
    of_recipient(Field::date("delivery_date")),
    of_recipient(Field::choice("time_slot", words_of!(domain::delivery::TimeSlot))),
    of_recipient(Field::token("to_goods", SHARE_CHARS_MAX)),
    Field::token("lines", LINE_IDS_CHARS_MAX).optional(),
    Field::integer("at", 0, RECIPIENTS_MAX as i64 - 1).optional(),
    Field::integer("quantity", 0, QUANTITY_MAX as i64).optional().repeated(LINES_MAX),
    Field::flag("same_gift"),
    Field::uuid("book").optional(),
    Field::flag("keep"),
    Field::integer("to_edit", 0, RECIPIENTS_MAX as i64 - 1).optional(),
    Field::integer("to_remove", 0, RECIPIENTS_MAX as i64 - 1).optional(),
    Field::choice("payment", &["card", "cash_on_delivery"]).optional(),
    Field::flag("agree"),
    Field::uuid("key").optional(),
    Field::integer("total", 0, domain::money::YEN_MAX).optional(),
    Field::choice("go", GO).optional(),
]);

/// A field that stands once for each recipient.
const fn of_recipient(field: Field) -> Field {
    field.optional().repeated(RECIPIENTS_MAX)
}

/// Where the processor sends the buyer back to names the order.
static RETURN_QUERY: FormShape = FormShape::query(&[LANG, Field::uuid("order").optional()]);

/// The routes of this area.
pub static ROUTES: &[Route] = &[
    Route::get("checkout", "/checkout", PageKind::Checkout).payment(),
    Route::get("checkout_at", "/checkout/at/{id}", PageKind::Confirm).payment(),
    Route::post("checkout_confirm", "/checkout", PageKind::Confirm, &CHECKOUT).payment(),
    Route::post("checkout_place", "/checkout/place", PageKind::Confirm, &CHECKOUT).to_processor(),
    Route::get("checkout_return", "/checkout/return", PageKind::CheckoutReturn)
        .query(&RETURN_QUERY)
        .payment(),
    Route::get("checkout_canceled", "/checkout/canceled", PageKind::CheckoutReturn)
        .query(&RETURN_QUERY)
        .payment(),
    Route::get("order", "/order/{id}", PageKind::Order).who(Who::GuestOrder).payment(),
    Route::get("order_receipt", "/order/{id}/receipt", PageKind::Receipt).who(Who::GuestOrder),
    Route::post("order_pay", "/order/{id}/pay", PageKind::Order, &TOKEN_ONLY)
        .who(Who::GuestOrder)
        .to_processor(),
    Route::get("order_link", "/o/{token}", PageKind::OrderLink).pace(Pace::Strict),
];
