//! The order is placed: sealed by the vault, written in one transaction, and the buyer sent to the processor.

use super::{
    at::{self, Next},
    basket::Basket,
    confirm::{self, Cannot, Priced},
    details::{Details, ShipTo},
    form, key, pay,
    seal::{self, SealedOrder},
    who,
};
use crate::{App, cookies, error::Fault, form::PostForm, view, visit::Visit};
use axum::{extract::State, response::Response};
use domain::{CardEntryId, OrderId, card_entry::Step, order::Channel, payment::PaymentMethod};
use http::header;
use store::{
    cart::CartLine,
    order::{NewLine, NewOrder, NewRecipient, PlaceError, Placed},
};
use uuid::Uuid;
use vault_api::CapToken;

/// `POST /checkout/place`
pub async fn place(
    State(app): State<App>,
    visit: Visit,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    if !matches!(fields.get("go"), "" | "confirm") || fields.has("to_edit") {
        return at::go(&app, &visit, form::turn(&app, &visit, fields).await?).await;
    }
    let details = match Details::read(visit.locale(), &fields, app.calendar().await?) {
        Ok(details) => details,
        Err(wrong) => return at::go(&app, &visit, wrong.next(&fields)).await,
    };
    let anew = Next::confirm(&details, "confirm-changed");
    let key = fields.read::<Uuid>("key").ok().filter(|k| key::is_ours(*k, visit.csrf(), app.now_ms()));
    let Some(key) = key else {
        return at::go(&app, &visit, anew).await;
    };
    let slot = app.placing().slot(key);
    let mut left = slot.lock().await;
    if let Some(order) = app.store().read(move |tx| store::order::get(tx, OrderId(key))).await? {
        return go_on(&app, &visit, (order.id, order.method), left.as_ref()).await;
    }
    let basket = form::basket(&app, &visit).await?;
    let priced = match confirm::price(&visit, &basket, &details) {
        Ok(priced) => priced,
        Err(why) => return at::go(&app, &visit, why.next(&details)).await,
    };
    if fields.get("total") != priced.quote.total.get().to_string() {
        return at::go(&app, &visit, anew).await;
    }
    let customer = who::buyer(&app, &visit).await?;
    let sealed = seal::seal(&app, key, &details, customer.as_ref()).await?;
    let guest_cap = sealed.guest_cap.clone();
    let new = new_order(&app, &visit, key, &details, &basket, &priced, sealed);
    let waits = new.envelope.is_some();
    match write(&app, &visit, new).await {
        Ok(placed) => {
            let (method, parcels) = (details.payment.word(), details.parcels.len());
            tracing::info!(order = %placed.id, method, parcels, waits, already = placed.already, "order placed");
            left.clone_from(&guest_cap);
            app.steps().placed(&visit.hash(), placed.id, app.now_ms());
            go_on(&app, &visit, (placed.id, details.payment), guest_cap.as_ref()).await
        }
        Err(PlaceError::OutOfStock { .. }) => {
            // The cart's page says which line is short; of several recipients, their list.
            let several = details.ship_to == ShipTo::Several;
            let why = if several { Cannot::Recipients } else { Cannot::Cart };
            at::go(&app, &visit, why.next(&details)).await
        }
        Err(PlaceError::Changed { .. }) => at::go(&app, &visit, anew).await,
        Err(PlaceError::Leaving) => Err(Fault::SignIn),
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
async fn go_on(
    app: &App,
    visit: &Visit,
    (order, method): (OrderId, PaymentMethod),
    cap: Option<&CapToken>,
) -> Result<Response, Fault> {
    let to = match method {
        PaymentMethod::Card => pay::page(app, visit, order).await?,
        PaymentMethod::CashOnDelivery => None,
    };
    let mut response = to.map_or_else(|| pay::to_order(order), |to| view::see_other(&to));
    if let Some(cap) = cap {
        let cookie = cookies::cap(Some(cap), app.config().secure_cookies());
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn new_order(
    app: &App,
    visit: &Visit,
    key: Uuid,
    details: &Details,
    basket: &Basket,
    priced: &Priced,
    sealed: SealedOrder,
) -> NewOrder {
    let quote = &priced.quote;
    let fees = quote.shipping.iter().zip(&quote.cool);
    let parts = details.parcels.iter().zip(sealed.recipients).zip(priced.shares.iter().zip(fees));
    let recipients = parts.map(|((parcel, sealed), (share, (fee, cool)))| {
        let lines = lines(basket, share);
        let (name_index, phone_index) = sealed.indexes.unzip();
        NewRecipient {
            id: sealed.id,
            person: sealed.person,
            is_orderer: parcel.recipient.is_none(),
            contact: sealed.contact,
            name_index,
            phone_index,
            message: sealed.message,
            noshi: parcel.noshi,
            noshi_place: parcel.noshi_place,
            wrapping: parcel.wrapping,
            delivery_date: parcel.delivery_date,
            time_slot: parcel.time_slot,
            region: parcel.region,
            shipping_fee: *fee,
            cool_fee: *cool,
            goods_total: lines.iter().filter_map(|l| l.unit_price.checked_mul(l.quantity)).sum(),
            lines,
        }
    });
    NewOrder {
        id: OrderId(key),
        person: sealed.person,
        customer: sealed.customer,
        channel: Channel::Web,
        method: details.payment,
        locale: visit.locale(),
        placed_at: app.now_ms(),
        subtotal: quote.goods,
        shipping_fee: quote.shipping.iter().copied().sum(),
        cod_fee: quote.cod_fee,
        total: quote.total,
        taxes: quote.tax.clone(),
        email: sealed.email,
        email_index: sealed.email_index,
        contact: sealed.contact,
        name_index: sealed.name_index,
        phone_index: sealed.phone_index,
        message_grant: sealed.grant,
        recipients: recipients.collect(),
        cart: Some(visit.hash()),
        card_entry: None,
        envelope: sealed.envelope,
    }
}

/// A parcel's lines: as many pieces of each line of the cart as its share says.
fn lines(basket: &Basket, share: &[u32]) -> Vec<NewLine> {
    let line = |(l, quantity): (&CartLine, &u32)| NewLine {
        variant: l.offer.variant,
        sku: l.offer.sku.clone(),
        name_ja: l.offer.line_name_ja(),
        name_en: l.offer.line_name_en(),
        unit_price: l.offer.price,
        quantity: *quantity,
        tax_class: l.offer.tax_class,
    };
    basket.lines.iter().zip(share).filter(|(_, n)| **n > 0).map(line).collect()
}
