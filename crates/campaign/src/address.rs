//! Where a person is written to: at the address that he used at the purchase which concerns him.

use crate::Unplanned;
use desk::notice::Audience;
use incident::{
    Facts, Truth, Window,
    scope::{Level, PersonScope},
};
use store::{
    Store, Tx,
    notice::address::{self, Address, Used},
};
use uuid::Uuid;

/// All ids under which somebody is recorded here.
pub(crate) fn ids(person: &PersonScope) -> Vec<Uuid> {
    std::iter::once(&person.person).chain(&person.also).filter_map(|id| id.parse().ok()).collect()
}

/// The best address of a person with the id under which it stands: of those that fit best (`fits`; none: not at all) the newest
/// purchase within the time that concerns him, else the newest, else his account.
///
/// # Errors
/// Where the database cannot be read, or a record has a time that is none.
pub(crate) fn best(
    store: &Store,
    facts: &Facts,
    (ids, person): (&[Uuid], &PersonScope),
    fits: impl Fn(&mut Tx<'_>, &Address) -> Result<Option<bool>, store::Error>,
) -> Result<Option<(Uuid, Address)>, Unplanned> {
    let concerned = |id: &String| person.causes.get(id).is_some_and(|o| o.result != Level::None);
    let causes = facts.causes.iter().filter(|cause| concerned(&cause.id));
    let windows: Vec<Window> = causes.flat_map(|cause| cause.windows.iter().copied()).collect();
    let mut found: Option<(Uuid, Address, (bool, bool))> = None;
    for id in ids {
        let all = store.read_blocking(|tx| {
            let all = address::of_person(tx, *id)?;
            let fitting = all.into_iter().map(|address| Ok((fits(tx, &address)?, address)));
            fitting.collect::<Result<Vec<_>, store::Error>>()
        })?;
        for (fits, address) in all {
            let Some(fits) = fits else { continue };
            let rank = (fits, within(&address, &windows).map_err(Unplanned::Records)?);
            if found.as_ref().is_none_or(|(_, _, best)| rank > *best) {
                found = Some((*id, address, rank));
            }
        }
    }
    Ok(found.map(|(id, address, _)| (id, address)))
}

/// As what somebody is addressed who used this address; where there is none, as one of the shop's own.
pub(crate) fn audience(address: Option<&Address>) -> Audience {
    match address.and_then(|a| a.kind.as_deref()) {
        Some("guest") => Audience::Guest,
        Some("recipient") => Audience::Recipient,
        _ => Audience::Member,
    }
}

/// Whether an address was, or may have been, used within the time that concerns the person.
fn within(address: &Address, windows: &[Window]) -> anyhow::Result<bool> {
    let at = match &address.used {
        Used::At(at_ms) => recorded::time(*at_ms),
        Used::Recorded(Some(happened)) => happened.clone(),
        Used::Recorded(None) | Used::Now => return Ok(false),
    };
    let span = recorded::span(&at, None)?;
    Ok(windows.iter().any(|window| window.holds(span) != Truth::No))
}
