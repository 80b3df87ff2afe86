//! The lines of the list.

use crate::{
    App,
    backoffice::{
        Say, StaffSession,
        desk::{Badge, tone},
        done,
    },
    error::Fault,
};
use domain::{Yen, fulfillment::FulfillmentState, order::OrderState, person::Contact};
use jiff::civil::Date;
use store::{Error, Tx, order::Order};
use vault_api::{Column, NotOpened, Place, Purpose, Sealed, UnsealItem};

/// A list opens the names of orders of so many days. Older ones are opened one by one, with a purpose: whoever turns
/// over old pages out of habit must not meet somebody who was planted there (see the vault's honeytokens).
pub const NAMES_DAYS: i64 = 400;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// An order of the list with what its parcels say, still closed.
pub struct Listed {
    /// The order.
    pub order: Order,
    parcels: usize,
    shipped: usize,
    wish: Option<Date>,
    /// Whether something that has not left must be kept cool.
    cool: bool,
}

/// A line as the page shows it. A name may be in it: no `Debug`.
pub struct Row {
    /// Its page.
    pub href: String,
    /// Its number.
    pub number: String,
    /// When it was placed.
    pub placed: String,
    /// The buyer, where the names were opened.
    pub name: Option<String>,
    /// Its total.
    pub total: String,
    /// How it is paid.
    pub method: String,
    /// Where it stands.
    pub state: Badge,
    /// Why it is held.
    pub held: Option<String>,
    /// Its parcels in words.
    pub parcels: String,
    /// Whether one that is still to leave must be kept cool.
    pub cool: bool,
    /// The first day wished for of what has not left.
    pub wish: Option<String>,
}

/// Reads the parcels of each order.
///
/// # Errors
/// As every database call.
pub fn list(tx: &mut Tx<'_>, orders: Vec<Order>) -> Result<Vec<Listed>, Error> {
    orders
        .into_iter()
        .map(|order| {
            let recipients = store::order::recipients_of(tx, order.id)?;
            let open = recipients.iter().filter(|r| r.fulfillment.state == FulfillmentState::Unfulfilled);
            Ok(Listed {
                order,
                parcels: recipients.len(),
                shipped: recipients.iter().filter(|r| r.fulfillment.shipped_at.is_some()).count(),
                cool: open.clone().any(|r| r.cool_fee > Yen::ZERO),
                wish: open.filter_map(|r| r.delivery_date).min(),
            })
        })
        .collect()
}

/// The buyer's name, or why there is none.
pub enum Name {
    /// The name.
    Opened(String),
    /// The vault opened nothing.
    Closed(NotOpened),
    /// It waits for the vault.
    Waits,
    /// The order is older than those whose names a list opens.
    Older,
}

impl Name {
    /// Why the list does not even ask for it.
    fn unasked(order: &Order, now: i64) -> Option<Name> {
        if order.waits_for_vault() {
            Some(Name::Waits)
        } else if now - order.placed_at > NAMES_DAYS * DAY_MS {
            Some(Name::Older)
        } else {
            None
        }
    }
}

/// Opens the buyers' names of a page, in its order, and writes down how many.
///
/// # Errors
/// [`Fault::VaultAway`], [`Fault::VaultDenied`] where the hour's budget is used up, and as the database.
pub async fn open_names(app: &App, session: &StaffSession, listed: &[Listed]) -> Result<Vec<Name>, Fault> {
    let now = app.now_ms();
    let unasked: Vec<Option<Name>> = listed.iter().map(|l| Name::unasked(&l.order, now)).collect();
    let items: Vec<UnsealItem> = listed
        .iter()
        .zip(&unasked)
        .filter(|(_, unasked)| unasked.is_none())
        .map(|(l, _)| l)
        .map(|l| UnsealItem {
            place: Place::new(Column::OrdersContact, l.order.id.0, l.order.person.0),
            sealed: Sealed::from_bytes(l.order.contact.0.clone()),
        })
        .collect();
    if items.is_empty() {
        return Ok(unasked.into_iter().flatten().collect());
    }
    let (cap, count) = (session.cap(), items.len());
    let opened = app.vault().call(move |vault| vault.unseal(&cap, Purpose::StaffList, items)).await?;
    let session = session.clone();
    app.store()
        .write(move |tx| {
            done::note(tx, &session, "orders.names", ("orders", &count), &count.to_string(), now)
        })
        .await?;
    let mut names = opened.into_iter().map(|plain| {
        let contact = plain.and_then(|p| Contact::from_bytes(p.reveal()).map_err(|_| NotOpened::Mismatch));
        contact.map_or_else(Name::Closed, |contact| Name::Opened(contact.name.reveal().to_owned()))
    });
    Ok(unasked.into_iter().map_while(|unasked| unasked.or_else(|| names.next())).collect())
}

/// Lines with the names that were opened.
pub fn draw(say: &Say, listed: Vec<Listed>, opened: Option<Vec<Name>>) -> Vec<Row> {
    let mut names = opened.map(Vec::into_iter);
    listed
        .into_iter()
        .map(|l| {
            let name = names.as_mut().map(|n| match n.next() {
                Some(Name::Opened(name)) => name,
                Some(Name::Waits) => say.s("bo-name-waits"),
                Some(Name::Older) => say.s("bo-name-older"),
                // Whoever has left.
                Some(Name::Closed(NotOpened::NoKey)) => say.s("bo-erased"),
                Some(Name::Closed(NotOpened::Mismatch)) | None => say.s("bo-not-opened"),
            });
            draw_one(say, &l, name)
        })
        .collect()
}

fn draw_one(say: &Say, l: &Listed, name: Option<String>) -> Row {
    let o = &l.order;
    let part = l.shipped > 0 && l.shipped < l.parcels && o.state == OrderState::Confirmed;
    Row {
        href: format!("/admin/orders/{}", o.id),
        number: o.number.clone(),
        placed: say.when(o.placed_at),
        name,
        total: say.yen(o.total),
        method: say.w("bo-method", o.method.word()),
        state: say.badge("bo-order-state", o.state.word(), tone::order(o.state)),
        held: o.hold_reason.as_deref().map(|r| say.word_or("bo-hold", r)),
        parcels: match part {
            true => say.t.f2("bo-parcels-part", "shipped", l.shipped, "n", l.parcels),
            false => say.t.f1("bo-parcels", "n", l.parcels),
        },
        cool: l.cool && o.state.holds_stock(),
        wish: l.wish.filter(|_| o.state.holds_stock()).map(|d| say.day(d)),
    }
}
