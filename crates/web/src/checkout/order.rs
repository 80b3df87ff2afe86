//! An order, for whoever placed it: by the capability of the purchase, of the mailed link, or of the account.

use super::{entry, order_view, waiting, who};
use crate::{
    App,
    error::Fault,
    view::{Frame, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{
    OrderId,
    fulfillment::Carrier,
    person::{Contact, GiftWords, Personal},
};
use site::PageKind;
use store::order::WholeOrder;
use uuid::Uuid;
use vault_api::{CapToken, Column, Place, Purpose, Sealed, UnsealItem, VaultError};

/// An order counts as just placed for this long, in milliseconds: the page says thank you.
const JUST_MS: i64 = 15 * 60 * 1000;

#[derive(Template)]
#[template(path = "checkout/order.html")]
struct OrderPage {
    page: Page,
    just_back: bool,
    member: bool,
    /// Whether its personal data waits for the vault.
    waits: bool,
    o: order_view::OrderView,
}

/// What the vault opened of an order. Personal: no `Debug`.
pub struct Opened {
    /// Where its mails go.
    pub email: Personal,
    /// Who ordered.
    pub orderer: Option<Contact>,
    /// Who gets what, in the order of recipients.
    pub recipients: Vec<(Option<Contact>, GiftWords)>,
}

/// `GET /order/{id}`
pub async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Uuid>) -> Result<Response, Fault> {
    let id = OrderId(id);
    let (frame, whole, guest) = match read(&app, &visit, id).await {
        Ok(read) => read,
        Err(fault) => return waiting::show(&app, &visit, id, fault).await,
    };
    let member = guest.own_account && whole.order.customer.is_some();
    let opened = open(&app, guest, &whole).await?;
    page(&app, &visit, frame, &whole, &opened, member).await
}

/// The page of an order.
pub(super) async fn page(
    app: &App,
    visit: &Visit,
    frame: Frame,
    whole: &WholeOrder,
    opened: &Opened,
    member: bool,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let page = Page::new(app, visit, frame, t.f1("order-title", "number", &whole.order.number));
    let now = app.now_ms();
    let just_back = now - whole.order.placed_at < JUST_MS && order_view::is_settled(whole);
    let o = order_view::OrderView::of(&page, whole, opened, just_back, now);
    let waits = whole.order.waits_for_vault();
    let body = OrderPage { page, just_back, member, waits, o }.render()?;
    entry::served_for_order(app, whole.order.id, PageKind::Order, body).await
}

/// The order for its page and its receipt, and what opens it. Whether there is such an order is nobody's business without
/// its capability.
pub(super) async fn read(
    app: &App,
    visit: &Visit,
    id: OrderId,
) -> Result<(Frame, WholeOrder, who::Guest), Fault> {
    let (with, by) = (app.clone(), visit.clone());
    let (frame, found) = app
        .store()
        .read(move |tx| -> Result<_, store::Error> {
            Ok((Frame::read(tx, &with, &by)?, store::order::whole(tx, id)?))
        })
        .await?;
    let whole = found.ok_or(Fault::NeedsOrderLink)?;
    let guest = who::guest_of(app, visit, id, whole.order.person).await?;
    Ok((frame, whole, guest))
}

/// A sealed field of an order, as the vault is asked for it.
pub fn item(column: Column, row: Uuid, person: Uuid, sealed: &store::Sealed) -> UnsealItem {
    UnsealItem { place: Place::new(column, row, person), sealed: Sealed::from_bytes(sealed.0.clone()) }
}

/// What opens the order, and whether it opens all of it: a customer's own capability is exchanged for the order's, which
/// opens the recipients' fields, too. Where the order's grant has ended, his own remains.
async fn exchange(
    app: &App,
    guest: &who::Guest,
    grant: Option<&store::order::MessageGrant>,
) -> Result<(CapToken, bool), Fault> {
    let (cap, Some(grant), true) = (guest.cap.clone(), grant.cloned(), guest.own_account) else {
        return Ok((guest.cap.clone(), !guest.own_account));
    };
    match app.vault().ask(move |vault| vault.open_order(&cap, &grant.0)).await? {
        Ok(order) => Ok((order.cap, true)),
        Err(VaultError::Denied(_)) => Ok((guest.cap.clone(), false)),
        Err(other) => Err(other.into()),
    }
}

async fn open(app: &App, guest: who::Guest, whole: &WholeOrder) -> Result<Opened, Fault> {
    let o = &whole.order;
    let mut items = vec![
        item(Column::OrdersEmail, o.id.0, o.person.0, &o.email),
        item(Column::OrdersContact, o.id.0, o.person.0, &o.contact),
    ];
    let (cap, whole_order) = exchange(app, &guest, o.message_grant.as_ref()).await?;
    // An own account opens its own person's fields only; what others receive stays closed there.
    let may = |person: domain::PersonId| whole_order || person == guest.person;
    for r in whole.recipients.iter().filter(|r| may(r.person)) {
        items.push(item(Column::OrderRecipientContact, r.id.0, r.person.0, &r.contact));
        if let Some(message) = &r.message {
            items.push(item(Column::OrderRecipientMessage, r.id.0, r.person.0, message));
        }
    }
    let opened = app.vault().call(move |vault| vault.unseal(&cap, Purpose::OrderPage, items)).await?;
    let mut opened = opened.into_iter().map(Result::ok);
    let mut next = || opened.next().flatten();
    let email = next().and_then(|p| p.reveal_text().map(Personal::new)).unwrap_or_default();
    let orderer = next().and_then(|p| Contact::from_bytes(p.reveal()).ok());
    let mut recipients = Vec::new();
    for r in &whole.recipients {
        if !may(r.person) {
            recipients.push((None, GiftWords::default()));
            continue;
        }
        let contact = next().and_then(|p| Contact::from_bytes(p.reveal()).ok());
        let words = match r.message {
            Some(_) => next().and_then(|p| GiftWords::from_bytes(p.reveal()).ok()).unwrap_or_default(),
            None => GiftWords::default(),
        };
        recipients.push((contact, words));
    }
    Ok(Opened { email, orderer, recipients })
}
