//! From the cart to the processor and back, and the buyer's order page. No field here can hold a card.

use crate::{
    Field, FieldKind, FormShape, Pace, PageKind, Route, Who,
    form::{LANG, TOKEN_ONLY},
    words_of,
};
use domain::person::{ADDRESS_LINE_CHARS_MAX, EMAIL_BYTES_MAX, NAME_CHARS_MAX};

/// The most characters of a gift message.
pub const GIFT_MESSAGE_CHARS_MAX: usize = 200;
/// The most characters of the name on a noshi.
pub const NOSHI_NAME_CHARS_MAX: usize = 30;
/// The most characters of a telephone number, as typed.
pub const PHONE_CHARS_MAX: usize = 30;
/// The most characters of a postcode, as typed.
pub const POSTCODE_CHARS_MAX: usize = 16;
/// Where the goods go.
pub const SHIP_TO: &[&str] = &["self", "other"];
/// What the buttons of the checkout form ask for: the page to confirm, the form again, the postcode's address.
pub const GO: &[&str] = &["confirm", "edit", "postcode"];

/// Everything the buyer fills in. The page to confirm carries it on in hidden fields, so that nothing typed is
/// kept before the order is placed.
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
    Field::line("to_name", NAME_CHARS_MAX).optional(),
    Field::new("to_kana", FieldKind::Kana, NAME_CHARS_MAX).optional(),
    Field::new("to_phone", FieldKind::Phone, PHONE_CHARS_MAX).optional(),
    Field::new("to_postcode", FieldKind::Postcode, POSTCODE_CHARS_MAX).optional(),
    Field::choice("to_prefecture", &domain::shipping::PREFECTURES).optional(),
    Field::line("to_city", ADDRESS_LINE_CHARS_MAX).optional(),
    Field::line("to_street", ADDRESS_LINE_CHARS_MAX).optional(),
    Field::line("to_building", ADDRESS_LINE_CHARS_MAX).optional(),
    Field::choice("noshi", words_of!(domain::noshi::Noshi)).optional(),
    Field::line("noshi_name", NOSHI_NAME_CHARS_MAX).optional(),
    Field::choice("wrapping", words_of!(domain::noshi::Wrapping)).optional(),
    Field::text("message", GIFT_MESSAGE_CHARS_MAX).optional(),
    Field::date("delivery_date").optional(),
    Field::choice("time_slot", words_of!(domain::delivery::TimeSlot)).optional(),
    Field::choice("payment", &["card", "cash_on_delivery"]).optional(),
    Field::flag("agree"),
    Field::uuid("key").optional(),
    Field::integer("total", 0, domain::money::YEN_MAX).optional(),
    Field::choice("go", GO).optional(),
]);

/// Where the processor sends the buyer back to names the order.
static RETURN_QUERY: FormShape = FormShape::query(&[LANG, Field::uuid("order").optional()]);

/// The routes of this area.
pub static ROUTES: &[Route] = &[
    Route::get("checkout", "/checkout", PageKind::Checkout).payment(),
    Route::post("checkout_confirm", "/checkout", PageKind::Confirm, &CHECKOUT).payment(),
    Route::post("checkout_place", "/checkout/place", PageKind::Confirm, &CHECKOUT).to_processor(),
    Route::get("checkout_return", "/checkout/return", PageKind::CheckoutReturn)
        .query(&RETURN_QUERY)
        .payment(),
    Route::get("checkout_canceled", "/checkout/canceled", PageKind::CheckoutReturn)
        .query(&RETURN_QUERY)
        .payment(),
    Route::get("order", "/order/{id}", PageKind::Order).who(Who::GuestOrder).payment(),
    Route::post("order_pay", "/order/{id}/pay", PageKind::Order, &TOKEN_ONLY)
        .who(Who::GuestOrder)
        .to_processor(),
    Route::get("order_link", "/o/{token}", PageKind::OrderLink).pace(Pace::Strict),
];
