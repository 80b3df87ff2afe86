//! An order whose buyer has no capability yet: placed while the vault was away. Whoever placed it, by his visit, sees
//! what the database says of it; nothing of that is personal.

use super::order::{self, Opened};
use crate::{
    App, cookies,
    error::Fault,
    view::{self, Frame},
    visit::Visit,
};
use axum::response::Response;
use domain::{
    OrderId,
    person::{GiftWords, Personal},
};
use http::header;
use store::order::WholeOrder;

/// The order for the visitor who placed it, where its personal data waits for the vault, or did a moment ago.
///
/// # Errors
/// As the database.
pub async fn placed_by(app: &App, visit: &Visit, id: OrderId) -> Result<Option<(Frame, WholeOrder)>, Fault> {
    let (with, by) = (app.clone(), visit.clone());
    let read = move |tx: &mut store::Tx<'_>| -> Result<_, store::Error> {
        let mine = store::card_entry::of_order(tx, id)?.iter().any(|entry| entry.visit_hash == by.hash());
        match store::order::whole(tx, id)? {
            Some(whole) if mine => Ok(Some((Frame::read(tx, &with, &by)?, whole))),
            _ => Ok(None),
        }
    };
    Ok(app.store().read(read).await?)
}

/// Whether this visitor placed this order and it waits: he may go on paying for it.
///
/// # Errors
/// As the database.
pub async fn may_pay(app: &App, visit: &Visit, id: OrderId) -> Result<bool, Fault> {
    let found = placed_by(app, visit, id).await?;
    Ok(found.is_some_and(|(_, whole)| whole.order.waits_for_vault()))
}

/// The page of an order that waits; or what opens it, where the vault has taken it in just now. `fault` for everybody
/// else.
///
/// # Errors
/// `fault`, and as the database.
pub async fn show(app: &App, visit: &Visit, id: OrderId, fault: Fault) -> Result<Response, Fault> {
    if !matches!(fault, Fault::NeedsOrderLink | Fault::VaultAway | Fault::Busy) {
        return Err(fault);
    }
    let Some((frame, whole)) = placed_by(app, visit, id).await? else { return Err(fault) };
    if whole.order.waits_for_vault() {
        return order::page(app, visit, frame, &whole, &closed(&whole), false).await;
    }
    let cap = app.placing().slot(id.0).lock().await.clone().ok_or(fault)?;
    let mut response = view::see_other(&format!("/order/{id}"));
    let cookie = cookies::cap(Some(&cap), app.config().secure_cookies());
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

fn closed(whole: &WholeOrder) -> Opened {
    let recipients = whole.recipients.iter().map(|_| (None, GiftWords::default()));
    Opened { email: Personal::default(), orderer: None, recipients: recipients.collect() }
}
