//! The router. Its routes are those of the crate `site`, which the gate knows too.

use crate::{
    App, account, assets, backoffice, checkout, form, inquiry, notice, pictures, standing, storefront, visit,
};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};

/// Everything that is served.
pub fn all(app: App) -> Router {
    Router::new()
        .merge(shop())
        .merge(buying())
        .merge(customers())
        .merge(backoffice::router(&app))
        .fallback(storefront::nowhere)
        .layer(DefaultBodyLimit::max(form::FORM_BYTES_MAX))
        .layer(middleware::from_fn_with_state(app.clone(), standing::layer))
        .layer(middleware::from_fn_with_state(app.clone(), visit::layer))
        .with_state(app)
}

fn shop() -> Router<App> {
    Router::new()
        .route("/", get(storefront::home))
        .route("/c/{category}", get(storefront::category))
        .route("/p/{product}", get(storefront::product))
        .route("/search", get(storefront::search))
        .route("/lang", post(storefront::lang))
        .route("/stores", get(storefront::stores))
        .route("/inquiry", get(inquiry::show).post(inquiry::send))
        .route("/inquiry/sent", get(inquiry::sent))
        .route("/news", get(storefront::news))
        .route("/news/{id}", get(storefront::news_piece))
        .route("/legal/tokushoho", get(storefront::tokushoho))
        .route("/legal/privacy", get(storefront::privacy))
        .route("/legal/terms", get(storefront::terms))
        .route("/contact", get(storefront::contact).post(storefront::contact_send))
        .route("/contact/sent", get(storefront::contact_sent))
        .route("/notice", get(notice::show).post(notice::check))
        .route("/notice/concern", get(notice::concern))
        .route("/postcode", get(storefront::postcode))
        .route("/pictures/{file}", get(pictures::serve))
        .route("/assets/{file}", get(assets::serve))
        .route("/robots.txt", get(storefront::robots))
        .route("/favicon.ico", get(storefront::favicon))
}

fn buying() -> Router<App> {
    Router::new()
        .route("/cart", get(storefront::cart))
        .route("/cart/add", post(storefront::cart_add))
        .route("/cart/update", post(storefront::cart_update))
        .route("/checkout", get(checkout::show).post(checkout::next))
        .route("/checkout/at/{id}", get(checkout::at))
        .route("/checkout/place", post(checkout::place))
        .route("/checkout/return", get(checkout::returned))
        .route("/checkout/canceled", get(checkout::canceled))
        .route("/order/{id}", get(checkout::order))
        .route("/order/{id}/receipt", get(checkout::receipt))
        .route("/order/{id}/pay", post(checkout::pay_again))
        .route("/o/{token}", get(checkout::order_link))
}

fn customers() -> Router<App> {
    Router::new()
        .route("/sign-in", get(account::sign_in).post(account::sign_in_send))
        .route("/sign-out", post(account::sign_out))
        .route("/register", get(account::register).post(account::register_send))
        .route("/register/sent", get(account::register_sent))
        .route("/register/confirm", post(account::register_confirm))
        .route("/forgot", get(account::forgot).post(account::forgot_send))
        .route("/forgot/sent", get(account::forgot_sent))
        .route("/forgot/confirm", post(account::reset_confirm))
        .route("/a/{token}", get(account::account_link))
        .route("/left", get(account::left))
        .route("/account", get(account::show))
        .route("/account/orders", get(account::orders))
        .route("/account/profile", get(account::profile).post(account::profile_save))
        .route("/account/addresses", get(account::addresses).post(account::address_add))
        .route("/account/addresses/new", get(account::address_new))
        .route("/account/addresses/{id}", get(account::address).post(account::address_save))
        .route("/account/addresses/{id}/remove", post(account::address_remove))
        .route("/account/password", get(account::password).post(account::password_save))
        .route("/account/mail", get(account::mail).post(account::mail_save))
        .route("/account/mail/confirm", post(account::mail_confirm))
        .route("/account/mail/changed", get(account::mail_changed))
        .route("/account/leave", get(account::leave).post(account::leave_send))
        .route("/order/{id}/again", post(account::order_again))
        .route("/account/cards", get(account::cards))
        .route("/account/cards/remove", post(account::remove_card))
        .route("/passkey/ask", post(account::passkey_ask))
        .route("/passkey/sign-in", post(account::passkey_sign_in))
        .route("/account/passkeys", get(account::passkeys).post(account::passkey_add))
        .route("/account/passkeys/ask", post(account::passkey_enrol_ask))
        .route("/account/passkeys/remove", post(account::passkey_remove))
        .route("/account/prove", post(account::prove))
        .route("/account/prove/ask", post(account::prove_ask))
        .route("/account/prove/passkey", post(account::prove_passkey))
        .route("/account/sign-ins", get(account::sign_ins))
        .route("/account/sign-ins/end", post(account::sign_in_end))
        .route("/account/sign-ins/all", post(account::sign_ins_end))
}
