//! A plan, written down: in the database, and in the vault, which gives a grant for each notice and chains them to a hash.

use crate::{
    places,
    plan::{Plan, Told, Unplanned},
};
use domain::notice::{CampaignEvent, CampaignState};
use std::collections::BTreeSet;
use store::{
    Store,
    campaign::{self, Campaign},
    notice::{self, NewNotice},
};
use uuid::Uuid;
use vault_api::{CapToken, Client, NoticePlan};

/// Notices planned at a time.
const PART: usize = 200;

/// What was planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The campaign.
    pub campaign: Uuid,
    /// SHA-256 of all of it: what is approved.
    pub hash: [u8; 32],
    /// So many texts.
    pub texts: usize,
    /// So many notices to mail addresses.
    pub notices: usize,
    /// So many persons have none.
    pub unreachable: usize,
    /// So many were told the same before, and are left out.
    pub before: usize,
    /// So many persons of the records are none of this shop.
    pub strangers: usize,
}

impl Plan<'_> {
    /// Writes it down and settles it. A plan that was broken off before is forgotten. `cap`: of staff; none for the owner's
    /// command line.
    ///
    /// # Errors
    /// [`Unplanned::Store`], [`Unplanned::Vault`]. Nothing of what was written until then is ever sent.
    pub fn write(
        self,
        vault: &Client,
        cap: Option<&CapToken>,
        now_ms: fn() -> i64,
    ) -> Result<Planned, Unplanned> {
        for broken in self.store.read_blocking(|tx| campaign::of_state(tx, CampaignState::Planning))? {
            self.store.write_blocking(move |tx| campaign::forget(tx, broken.id))?;
        }
        let (id, texts, now) = (Uuid::now_v7(), self.digest(), now_ms());
        let campaign = Campaign {
            version: self.wish.facts.versions.last().map_or(1, |version| version.number),
            facts: self.wish.digest,
            pace: self.wish.pace.to_owned(),
            incident_id: self.wish.incident,
            ..Campaign::planning(id, self.incident(), texts, now)
        };
        vault.campaign_begin(cap, id, texts)?;
        let written = self.texts.clone();
        self.store.write_blocking(move |tx| campaign::begin(tx, &campaign, &written))?;
        for told in self.told.chunks(PART) {
            part(self.store, (vault, cap), id, told, now_ms())?;
        }
        let settled = vault.campaign_settle(cap, id)?;
        let now = now_ms();
        self.store.write_blocking(move |tx| campaign::step(tx, id, CampaignEvent::Settle, now))?;
        let unreachable = self.told.iter().filter(|told| told.address.is_none()).count();
        Ok(Planned {
            campaign: id,
            hash: settled.hash,
            texts: self.told.iter().map(|told| told.text).collect::<BTreeSet<usize>>().len(),
            notices: self.told.len() - unreachable,
            unreachable,
            before: self.before,
            strangers: self.strangers,
        })
    }
}

fn part(
    store: &Store,
    (vault, cap): (&Client, Option<&CapToken>),
    campaign: Uuid,
    part: &[Told],
    now: i64,
) -> Result<(), Unplanned> {
    let number = |told: &Told| u32::try_from(told.text).unwrap_or(u32::MAX);
    let ids: Vec<Uuid> = part.iter().map(|_| Uuid::now_v7()).collect();
    let plan = |(told, id): (&Told, &Uuid)| {
        let address = told.address.as_ref()?;
        let places = places(address.source, address.row, told.person, address.has_name);
        Some(NoticePlan { notice: *id, text: number(told), places })
    };
    let plans: Vec<NoticePlan> = part.iter().zip(&ids).filter_map(plan).collect();
    let grants = match plans.is_empty() {
        true => Vec::new(),
        false => vault.campaign_add(cap, campaign, plans)?,
    };
    let mut grants = grants.into_iter();
    let notices = part.iter().zip(ids).map(|(told, id)| {
        let address = match &told.address {
            Some(address) => Some((address.source, address.row, grants.next().ok_or(Unplanned::Grants)?)),
            None => None,
        };
        Ok(NewNotice { id, person: told.person, text: number(told), address })
    });
    let notices = notices.collect::<Result<Vec<NewNotice>, Unplanned>>()?;
    Ok(store.write_blocking(move |tx| notice::add(tx, campaign, &notices, now))?)
}
