//! Who holds the capability in the cookie. Only the vault knows; what it says is not kept.

use crate::{App, error::Fault, visit::Visit};
use domain::{OrderId, PersonId};
use vault_api::{CapToken, Holder, VaultError};

/// Somebody who may see an order.
#[derive(Clone)]
pub struct Guest {
    /// What opens it.
    pub cap: CapToken,
    /// Whether it is an own account rather than one order.
    pub own_account: bool,
    /// The person.
    pub person: PersonId,
    /// The one order; none for an own account.
    pub order: Option<OrderId>,
}

/// The customer who is signed in; none also where the vault is away: buying as a guest goes on.
pub async fn signed_in(app: &App, visit: &Visit) -> Option<PersonId> {
    let guest = holder(app, visit).await.ok()??;
    guest.own_account.then_some(guest.person)
}

/// Whoever buys, where he is signed in. While the vault is away nobody is: everybody buys as a guest.
///
/// # Errors
/// As the vault, but for one that is away.
pub async fn buyer(app: &App, visit: &Visit) -> Result<Option<Guest>, Fault> {
    match holder(app, visit).await {
        Ok(guest) => Ok(guest.filter(|guest| guest.own_account)),
        Err(Fault::VaultAway | Fault::Busy) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Whoever may see `order`, whose buyer is `person`.
///
/// # Errors
/// [`Fault::NeedsOrderLink`] for everybody else; [`Fault::VaultAway`].
pub async fn guest_of(app: &App, visit: &Visit, order: OrderId, person: PersonId) -> Result<Guest, Fault> {
    let guest = holder(app, visit).await?.ok_or(Fault::NeedsOrderLink)?;
    let fits = if guest.own_account { guest.person == person } else { guest.order == Some(order) };
    if fits { Ok(guest) } else { Err(Fault::NeedsOrderLink) }
}

/// Whoever holds the visit's capability, if it still works.
///
/// # Errors
/// [`Fault::VaultAway`].
pub async fn holder(app: &App, visit: &Visit) -> Result<Option<Guest>, Fault> {
    let Some(cap) = visit.cap().cloned() else { return Ok(None) };
    let asked = cap.clone();
    let identity = match app.vault().ask(move |vault| vault.who_am_i(&asked)).await? {
        Ok(identity) => identity,
        Err(VaultError::Denied(_)) => return Ok(None),
        Err(other) => return Err(other.into()),
    };
    Ok(match identity.holder {
        Holder::OwnAccount { person } => {
            Some(Guest { cap, own_account: true, person: PersonId(person), order: None })
        }
        Holder::GuestOrder { order, person } => {
            let order = Some(OrderId(order));
            Some(Guest { cap, own_account: false, person: PersonId(person), order })
        }
        Holder::Staff { .. } | Holder::Ticket | Holder::Export { .. } => None,
    })
}
