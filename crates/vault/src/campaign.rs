//! Campaigns: notices to many persons, on two persons' word ([`vault_api::Campaign`]).
//!
//! What is approved is a hash over every notice and all texts, each notice chained to those before: nothing can be added,
//! left out or put in another's place without another hash. Whoever approves brings his two factors along with the hash, so
//! that no capability is needed, which a locked shop has none of, and code that runs in `web` gains nothing from waiting for
//! one. What may be opened stands in grants that the database keeps and only this vault reads ([`crate::notice`]).

use crate::{
    caps::Cap,
    crypto::{Hash, sha256},
    entry::{Entry, Kind},
    house::{Asked, Done, Fault, House},
    notice::{self, Coded},
    records::with_cap,
    store::{CAMPAIGNS, NOTICE_CODES, Tx},
};
use serde::Serialize;
use std::collections::HashSet;
use uuid::Uuid;
use vault_api::{
    Approver, Campaign, CampaignStep, CapToken, NOTICE_PLACES_MAX, NOTICES_PER_CALL_MAX, NoticePlan, Reason,
    Response,
};

/// How many approve.
const APPROVALS: u32 = 2;
/// Begins what is hashed first.
const CONTEXT: &str = "dozo campaign 1";

impl House {
    /// What the back office does with a campaign: on a capability of staff, who are named on the ledger. Nobody gains by it
    /// what takes two to approve.
    pub(crate) fn campaign_by_staff(
        &self,
        asked: Asked,
        cap: &CapToken,
        id: Uuid,
        step: CampaignStep,
    ) -> Done {
        let (cap, _) = self.staff_cap(asked, cap)?;
        match step {
            CampaignStep::Begin(texts) => self.campaign_begin(asked, Some(&cap), id, &texts),
            CampaignStep::Add(notices) => self.campaign_add(asked, Some(&cap), id, notices),
            CampaignStep::Settle => self.campaign_settle(asked, Some(&cap), id),
            CampaignStep::End => self.campaign_end(asked, Some(&cap), id),
        }
    }

    pub(crate) fn campaign_begin(&self, asked: Asked, by: Option<&Cap>, id: Uuid, texts: &Hash) -> Done {
        let campaign = Campaign {
            id,
            texts: *texts,
            notices: 0,
            hash: chained(&(CONTEXT, id, texts, asked.now_ms))?,
            begun_at_ms: asked.now_ms,
            settled_at_ms: None,
            approved: Vec::new(),
            approvals_needed: APPROVALS,
            ended_at_ms: None,
        };
        self.write(&with_cap(step(asked, &campaign, "begun"), by))?;
        self.store.write(|tx| match tx.get::<Campaign>(CAMPAIGNS, id.as_bytes())? {
            Some(_) => Err(Fault::from(Reason::Campaign)),
            None => Ok(tx.put(CAMPAIGNS, id.as_bytes(), &campaign)?),
        })?;
        Ok(Response::Campaign(campaign))
    }

    pub(crate) fn campaign_add(
        &self,
        asked: Asked,
        by: Option<&Cap>,
        id: Uuid,
        plans: Vec<NoticePlan>,
    ) -> Done {
        check(&plans)?;
        let coded = plans.iter().map(|plan| Coded::draw(id, plan)).collect::<Done<Vec<_>>>()?;
        let grants =
            coded.iter().map(|coded| coded.grant(&self.keys.ring().grant)).collect::<Done<Vec<_>>>()?;
        let added = u32::try_from(plans.len()).unwrap_or(u32::MAX);
        let campaign = self.store.write(|tx| {
            let mut campaign = open_to_change(tx, id)?;
            campaign.hash = chained(&(campaign.hash, &plans))?;
            campaign.notices = campaign.notices.saturating_add(added);
            for one in &coded {
                one.keep(tx)?;
            }
            tx.put(CAMPAIGNS, id.as_bytes(), &campaign)?;
            Ok::<_, Fault>(campaign)
        })?;
        self.write(&with_cap(step(asked, &campaign, "planned"), by))?;
        Ok(Response::Grants(grants))
    }

    pub(crate) fn campaign_settle(&self, asked: Asked, by: Option<&Cap>, id: Uuid) -> Done {
        let campaign = self.store.write(|tx| {
            let mut campaign = open_to_change(tx, id)?;
            if campaign.notices == 0 {
                return Err(Fault::Bad("a campaign of nobody"));
            }
            campaign.settled_at_ms = Some(asked.now_ms);
            tx.put(CAMPAIGNS, id.as_bytes(), &campaign)?;
            Ok::<_, Fault>(campaign)
        })?;
        self.write(&with_cap(step(asked, &campaign, "settled"), by))?;
        Ok(Response::Campaign(campaign))
    }

    pub(crate) fn campaign_approve(&self, asked: Asked, id: Uuid, hash: &Hash, by: &Approver) -> Done {
        // The proof first: who has none learns nothing of campaigns, and each try costs him one.
        let staff = self.both_factors(asked, &by.login, &by.password, &by.code)?;
        let judge = |campaign: &Campaign| {
            let waits = campaign.settled_at_ms.is_some() && campaign.ended_at_ms.is_none();
            let new = campaign.approved.iter().all(|(other, _)| *other != staff);
            waits && campaign.hash == *hash && new && !campaign.is_approved()
        };
        let known = Some(self.campaign_at(id)?).filter(judge).ok_or(Reason::Campaign)?;
        let alone = self.is_alone(staff)?;
        // Two, of whom one is an owner.
        let owners =
            known.approved.iter().map(|(other, _)| self.is_owner(*other)).collect::<Done<Vec<_>>>()?;
        if !alone && !self.is_owner(staff)? && !known.approved.is_empty() && !owners.contains(&true) {
            return Err(Reason::NotCovered.into());
        }
        let mut entry = step(asked, &known, if alone { "approved alone" } else { "approved" });
        entry.staff = Some(staff);
        self.write(&entry)?;
        let campaign = self.store.write(|tx| {
            let found = tx.get::<Campaign>(CAMPAIGNS, id.as_bytes())?.filter(judge);
            let mut campaign = found.ok_or(Fault::from(Reason::Campaign))?;
            campaign.approved.push((staff, asked.now_ms));
            if alone {
                campaign.approvals_needed = 1;
            }
            tx.put(CAMPAIGNS, id.as_bytes(), &campaign)?;
            Ok::<_, Fault>(campaign)
        })?;
        Ok(Response::Campaign(campaign))
    }

    pub(crate) fn campaign_end(&self, asked: Asked, by: Option<&Cap>, id: Uuid) -> Done {
        let campaign = self.store.write(|tx| {
            let found = tx.get::<Campaign>(CAMPAIGNS, id.as_bytes())?;
            let mut campaign = found.ok_or(Fault::from(Reason::Campaign))?;
            campaign.ended_at_ms.get_or_insert(asked.now_ms);
            tx.put(CAMPAIGNS, id.as_bytes(), &campaign)?;
            Ok::<_, Fault>(campaign)
        })?;
        self.write(&with_cap(step(asked, &campaign, "ended"), by))?;
        Ok(Response::Campaign(campaign))
    }

    pub(crate) fn campaign_at(&self, id: Uuid) -> Done<Campaign> {
        Ok(self.store.get::<Campaign>(CAMPAIGNS, id.as_bytes())?.ok_or(Reason::Campaign)?)
    }
}

/// One that is not settled yet.
fn open_to_change(tx: &Tx<'_>, id: Uuid) -> Done<Campaign> {
    let found = tx.get::<Campaign>(CAMPAIGNS, id.as_bytes())?;
    let open = found.filter(|campaign| campaign.settled_at_ms.is_none() && campaign.ended_at_ms.is_none());
    Ok(open.ok_or(Reason::Campaign)?)
}

/// Refuses what no notice can be.
fn check(plans: &[NoticePlan]) -> Done<()> {
    if plans.is_empty() || plans.len() > NOTICES_PER_CALL_MAX {
        return Err(Fault::Bad("so many notices are not planned at once: split them"));
    }
    let ids: HashSet<Uuid> = plans.iter().map(|plan| plan.notice).collect();
    let of_one = |plan: &NoticePlan| {
        let person = plan.places.first().map(|place| place.person);
        (1..=NOTICE_PLACES_MAX).contains(&plan.places.len())
            && plan.places.iter().all(|place| Some(place.person) == person)
            && plan.places.first().is_some_and(|place| notice::is_address(place.column))
    };
    if ids.len() < plans.len() || !plans.iter().all(of_one) {
        return Err(Fault::Bad("each notice has an id of its own, and opens one person's address first"));
    }
    Ok(())
}

fn chained(what: &impl Serialize) -> Done<Hash> {
    Ok(sha256(&postcard::to_allocvec(what).map_err(anyhow::Error::from)?))
}

/// The entry of a step: it names the campaign by its hash.
fn step(asked: Asked, campaign: &Campaign, done: &str) -> Entry {
    let mut entry = asked.entry(Kind::Token);
    entry.reason = Some(format!("{} {done}: {} notices", name(&campaign.hash), campaign.notices).into());
    entry
}

/// What a campaign is called on the ledger.
pub(crate) fn name(hash: &Hash) -> String {
    format!("campaign {}", ::ledger::hex(hash))
}

/// Which notice has this code.
pub(crate) fn by_code(house: &House, hash: &Hash) -> Done<Option<notice::Known>> {
    Ok(house.store.get::<notice::Known>(NOTICE_CODES, hash)?)
}
