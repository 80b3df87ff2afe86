//! What a plan is made from, and what is wrong with a text that it would send.

use desk::{
    Case, Counts,
    check::{self, Finding, Rule},
    notice::{Notice, Vector},
};
use domain::{IncidentId, notice::Told};
use incident::{Facts, History, Window};
use std::io::BufReader;
use store::{Error, Store, Tx, incident as kept};

/// At most so many incidents are looked at.
const INCIDENTS_MAX: u32 = 1_000;

/// All that the database has recorded. The vault's ledger lies behind a wall from here; what it would tell counts as lost,
/// which widens a population and never narrows it.
///
/// # Errors
/// Where the database cannot be read, or has recorded what is no history.
pub fn history(store: &Store) -> anyhow::Result<History> {
    let mut lines = recorded::Lines::new(Vec::new(), Window { from: None, to: None });
    recorded::all(store, &mut lines)?;
    recorded::without_ledger(&mut lines)?;
    Ok(History::read(BufReader::new(lines.end()?.as_slice()))?)
}

/// The facts that were frozen last, of whichever incident: those that inquiries are answered from.
pub struct Current {
    /// The incident.
    pub incident: IncidentId,
    /// Its facts as they were frozen.
    pub facts: Facts,
    /// What was counted last.
    pub counts: Option<Counts>,
}

/// Reads them; `None` where nothing was ever frozen.
///
/// # Errors
/// Where the database cannot be read.
pub fn current(store: &Store) -> Result<Option<Current>, Error> {
    let found = store.read_blocking(|tx| {
        let mut newest: Option<kept::Version> = None;
        for revision in kept::list(tx, INCIDENTS_MAX)? {
            let last = kept::versions(tx, revision.incident)?.into_iter().next();
            if let Some(last) = last.filter(|v| newest.as_ref().is_none_or(|n| n.at < v.at)) {
                newest = Some(last);
            }
        }
        let Some(version) = newest else { return Ok(None) };
        let revision = kept::get(tx, version.incident, version.revision)?;
        let counts = kept::counts(tx, version.incident)?;
        Ok::<_, Error>(revision.map(|r| (version.incident, r.facts, counts)))
    })?;
    let read = |(incident, facts, counts): (IncidentId, String, Option<kept::Counted>)| {
        let facts = Facts::of_value(serde_json::from_str(&facts).ok()?).ok()?;
        let counts = counts.and_then(|c| Counts::read(&c.counts, &facts).ok());
        Some(Current { incident, facts, counts })
    };
    Ok(found.and_then(read))
}

/// What has become of the notices of an incident: of all its campaigns that were sent; none: nothing was.
///
/// # Errors
/// Where the database cannot be read.
pub fn told(tx: &mut Tx<'_>, incident: IncidentId) -> Result<Option<desk::counts::Told>, Error> {
    let mut all: Option<desk::counts::Told> = None;
    let campaigns = store::campaign::of_incident(tx, incident, INCIDENTS_MAX)?;
    for campaign in campaigns.iter().filter(|c| c.sending_at.is_some()) {
        let all = all.get_or_insert_default();
        for (told, count) in store::letter::told::counts(tx, campaign.id)? {
            *match told {
                Told::Arrived => &mut all.by_mail,
                Told::Posted => &mut all.by_letter,
                Told::Unreachable => &mut all.unreachable,
                Told::Waiting | Told::Delayed | Told::Doubt | Told::ToWrite | Told::Written => {
                    &mut all.under_way
                }
            } += count;
        }
    }
    Ok(all)
}

/// What must be changed before a notice goes out to those whom this concerns.
pub fn findings(notice: &Notice, vector: &Vector, case: Case<'_>) -> Vec<Finding> {
    // Of one person it may be certain what of most is possible: that is said in one sentence of its own.
    let all = check::check_blocks(notice.blocks.iter(), case);
    all.into_iter().filter(|f| vector.is_possible() || f.rule != Rule::Certainty).collect()
}
