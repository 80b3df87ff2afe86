//! The order is placed: sealed by the vault, written in one transaction, and the buyer sent to the processor.

use super::{
    basket::Basket,
    details::{Details, Errors},
    form, key, pay,
    seal::{self, SealedOrder},
    who,
};
use crate::{App, cookies, error::Fault, form::PostForm, view, visit::Visit};
use axum::{extract::State, response::Response};
use domain::{CardEntryId, OrderId, PersonId, card_entry::Step, cart::Quote, order::Channel};
use http::header;
use store::order::{NewLine, NewOrder, NewRecipient, PlaceError, Placed};
use uuid::Uuid;
use vault_api::CapToken;

/// `POST /checkout/place`
pub async fn place(
    State(app): State<App>,
    visit: Visit,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    if fields.get("go") == "edit" {
        return form::form(&app, &visit, &fields, Errors::new(), "").await;
    }
    let details = match Details::read(visit.locale(), &fields, app.now_in_japan()) {
        Ok(details) => details,
        Err(errors) => return form::form(&app, &visit, &fields, errors, "").await,
    };
    let key = fields.read::<Uuid>("key").ok().filter(|k| key::is_ours(*k, visit.csrf(), app.now_ms()));
    let Some(key) = key else {
        return form::ask(&app, &visit, &details, "confirm-changed").await;
    };
    let slot = app.placing().slot(key);
    let mut left = slot.lock().await;
    if let Some(order) = app.store().read(move |tx| store::order::get(tx, OrderId(key))).await? {
        return go_on(&app, &visit, order.id, left.as_ref()).await;
    }
    let (_, basket) = form::read(&app, &visit).await?;
    if !basket.can_order() {
        return Ok(view::see_other("/cart"));
    }
    let quote = match form::quote(&visit, &basket, &details) {
        Ok(quote) => quote,
        Err(errors) => return form::form(&app, &visit, &fields, errors, "").await,
    };
    if fields.get("total") != quote.total.get().to_string() {
        return form::ask(&app, &visit, &details, "confirm-changed").await;
    }
    let customer = who::holder(&app, &visit).await?.filter(|g| g.own_account);
    let sealed = seal::seal(&app, key, &details, customer.as_ref()).await?;
    let guest_cap = if customer.is_none() { sealed.guest_cap.clone() } else { None };
    let new = new_order(&app, &visit, key, &details, &basket, &quote, sealed, customer.map(|c| c.person));
    match write(&app, &visit, new).await {
        Ok(placed) => {
            tracing::info!(order = %placed.id, method = details.payment.word(), already = placed.already, "order placed");
            left.clone_from(&guest_cap);
            go_on(&app, &visit, placed.id, guest_cap.as_ref()).await
        }
        // The cart's page says which line is short.
        Err(PlaceError::OutOfStock { .. }) => Ok(view::see_other("/cart")),
        Err(PlaceError::Changed { .. }) => form::ask(&app, &visit, &details, "confirm-changed").await,
        Err(PlaceError::Store(error)) => Err(error.into()),
    }
}

async fn write(app: &App, visit: &Visit, new: NewOrder) -> Result<Placed, PlaceError> {
    let (hash, fresh) = (visit.hash(), CardEntryId(Uuid::now_v7()));
    app.store()
        .write(move |tx| -> Result<Placed, PlaceError> {
            let entry =
                store::card_entry::ensure(tx, fresh, &hash, Step::Confirm, new.customer, new.placed_at)?;
            store::order::place(tx, &NewOrder { card_entry: Some(entry.id), ..new.clone() })
        })
        .await
}

/// To the processor, or to the order's page where there is nothing to pay now. A guest gets what opens the order.
async fn go_on(app: &App, visit: &Visit, order: OrderId, cap: Option<&CapToken>) -> Result<Response, Fault> {
    let to = pay::page(app, visit, order).await?.unwrap_or_else(|| format!("/order/{order}"));
    let mut response = view::see_other(&to);
    if let Some(cap) = cap {
        let cookie = cookies::cap(Some(cap), app.config().secure_cookies());
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

#[allow(clippy::too_many_arguments)]
fn new_order(
    app: &App,
    visit: &Visit,
    key: Uuid,
    details: &Details,
    basket: &Basket,
    quote: &Quote,
    sealed: SealedOrder,
    customer: Option<PersonId>,
) -> NewOrder {
    let shipping_fee = quote.shipping.iter().copied().sum();
    let lines = basket
        .lines
        .iter()
        .map(|l| NewLine {
            variant: l.offer.variant,
            sku: l.offer.sku.clone(),
            name_ja: l.offer.line_name_ja(),
            name_en: l.offer.line_name_en(),
            unit_price: l.offer.price,
            quantity: l.quantity,
            tax_class: l.offer.tax_class,
        })
        .collect();
    let recipient = NewRecipient {
        id: sealed.recipient,
        person: sealed.recipient_person,
        is_orderer: details.recipient.is_none(),
        contact: sealed.recipient_contact,
        message: sealed.message,
        noshi: details.noshi,
        wrapping: details.wrapping,
        delivery_date: details.delivery_date,
        time_slot: details.time_slot,
        region: details.region,
        shipping_fee,
        goods_total: quote.goods,
        lines,
    };
    NewOrder {
        id: OrderId(key),
        person: sealed.person,
        customer,
        channel: Channel::Web,
        method: details.payment,
        locale: visit.locale(),
        placed_at: app.now_ms(),
        subtotal: quote.goods,
        shipping_fee,
        cod_fee: quote.cod_fee,
        total: quote.total,
        taxes: quote.tax.clone(),
        email: sealed.email,
        email_index: sealed.email_index,
        contact: sealed.contact,
        name_index: sealed.name_index,
        phone_index: sealed.phone_index,
        message_grant: Some(sealed.grant),
        recipients: vec![recipient],
        cart: Some(visit.hash()),
        card_entry: None,
    }
}
