//! The link in an order's mail: its token is exchanged for a capability, and the address bar shows the order's own
//! address from then on.

use crate::{App, cookies, error::Fault, view};
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::header;
use vault_api::LinkToken;

/// `GET /o/{token}`
pub async fn open(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Fault> {
    let token = LinkToken::parse(&token).ok_or(Fault::NeedsOrderLink)?;
    let redeemed = app.vault().call(move |vault| vault.redeem_order_link(&token)).await?;
    let mut response = view::see_other(&format!("/order/{}", redeemed.order.hyphenated()));
    let cookie = cookies::cap(Some(&redeemed.cap), app.config().secure_cookies());
    response.headers_mut().append(header::SET_COOKIE, cookie);
    // The token is as good as a key for 90 days: it goes to no other page as a referrer.
    let quiet = http::HeaderValue::from_static("no-referrer");
    response.headers_mut().insert(header::REFERRER_POLICY, quiet);
    Ok(response)
}
