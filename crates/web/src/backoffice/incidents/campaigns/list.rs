//! The campaigns of an incident, and what a new one would say: whom the frozen facts concern, and each text that somebody can
//! get, checked before anything is planned.

use super::frozen;
use crate::{
    backoffice::{
        Desk, Say, Work,
        desk::{self, Badge},
        done,
        incidents::{newest, today, unprocessable, view as whole},
    },
    error::Fault,
    view::{self, Choice},
};
use ::desk::{
    Block, Case, Lang,
    notice::{self, Audience, Concern, Vector},
};
use askama::Template;
use axum::response::Response;
use domain::{
    IncidentId, Locale,
    notice::{CampaignState, Fate, Told},
};
use http::Uri;
use incident::item_name;
use site::campaign::{DONE, PACES};
use std::collections::BTreeMap;
use store::{
    Error,
    campaign::{self, Campaign},
    letter::told,
};

/// Campaigns on the page.
const SHOWN: u32 = 50;
/// Texts that are shown before anything is planned: with many causes nobody reads them all here.
const TEXTS_SHOWN: usize = 8;

#[derive(Template)]
#[template(path = "backoffice/campaigns.html")]
struct Campaigns {
    desk: Desk,
    id: String,
    /// The facts that were frozen last; none: nobody can be told yet.
    frozen: Option<Frozen>,
    rows: Vec<Row>,
    /// Whether a plan is being made now.
    live: bool,
    may_plan: bool,
    paces: Vec<Choice>,
    error: Option<String>,
}

struct Frozen {
    version: String,
    hash: String,
    short: String,
    /// Whether facts were changed after it.
    behind: bool,
    causes: Vec<whole::CauseRow>,
    counted: Option<String>,
    texts: Vec<TextRow>,
    /// So many more are not shown.
    more: usize,
    /// Whether no text has anything that must be changed.
    fit: bool,
}

struct TextRow {
    concerns: String,
    subject: String,
    blocks: Vec<Block>,
    findings: Vec<(String, String)>,
}

struct Row {
    href: String,
    when: String,
    version: String,
    persons: u64,
    arrived: u64,
    /// Letters with the post, and those that are to be written.
    posted: u64,
    to_write: u64,
    unreachable: u64,
    state: Badge,
}

/// The language of what the desk says.
pub fn lang(say: &Say) -> Lang {
    if say.locale == Locale::Ja { Lang::Ja } else { Lang::En }
}

/// Where a campaign stands, in a word.
pub fn state(say: &Say, state: CampaignState) -> Badge {
    let tone = match state {
        CampaignState::Planning => "off",
        CampaignState::Settled | CampaignState::Paused => "wait",
        CampaignState::Sending => "go",
        CampaignState::Done => "done",
    };
    say.badge("bo-camp-state", state.word(), tone)
}

/// How many notices of a campaign have come to what.
pub fn fates(tx: &mut store::Tx<'_>, campaign: &Campaign) -> Result<BTreeMap<Fate, u64>, Error> {
    let mut fates = BTreeMap::new();
    for (state, returned, count) in store::notice::fates(tx, campaign.id)? {
        *fates.entry(Fate::of(state, returned)).or_default() += count;
    }
    Ok(fates)
}

/// `GET /admin/incidents/{id}/campaigns`
pub async fn show(work: Work<IncidentId>, uri: Uri) -> Result<Response, Fault> {
    let (say, query) = (work.say(), done::query(&uri));
    let mut page = page(&work).await?;
    page.desk = page.desk.with_done_of(DONE, Some(query.get("done")));
    page.error = work.app.plans().failed(work.id.0).map(|why| why.says(&say, lang(&say)));
    view::html(&page)
}

/// The same, with why nothing was planned.
pub async fn again(work: &Work<IncidentId>, why: String) -> Result<Response, Fault> {
    let page = Campaigns { error: Some(why), live: false, ..page(work).await? };
    view::html(&page).map(unprocessable)
}

async fn page(work: &Work<IncidentId>) -> Result<Campaigns, Fault> {
    let (app, say, incident, id) = (&work.app, work.say(), work.id, work.id.to_string());
    let (revision, _, _) = newest(app, &id).await?;
    let all = app.store().read(move |tx| {
        let all = campaign::of_incident(tx, incident, SHOWN)?;
        let counted = all.into_iter().map(|c| told::counts(tx, c.id).map(|told| (c, told)));
        counted.collect::<Result<Vec<_>, Error>>()
    });
    let rows = all.await?.iter().map(|(campaign, told)| row(&say, campaign, told)).collect();
    let frozen = match frozen(app, incident).await? {
        Some((kept, facts)) => {
            let counts = whole::counts_of(app, incident, &facts).await?;
            let case = Case { facts: &facts, counts: counts.as_ref().map(|(c, _)| c), today: today(app) };
            let (texts, more) = texts(&say, case);
            Some(Frozen {
                version: say.t.f1("bo-inc-version", "n", facts.versions.last().map_or(1, |v| v.number)),
                short: crate::backoffice::short_hash(&kept.hash),
                behind: kept.number != revision.number,
                causes: (0..facts.causes.len())
                    .filter_map(|n| whole::cause(&say, &facts, case.counts, n))
                    .collect(),
                counted: counts.as_ref().map(|(_, c)| whole::when_counted(&say, c, kept.number)),
                fit: texts.iter().all(|text| text.findings.is_empty()),
                texts,
                more,
                hash: kept.hash,
            })
        }
        None => None,
    };
    Ok(Campaigns {
        frozen,
        rows,
        live: app.plans().works(incident.0),
        may_plan: desk::manages(&work.session),
        paces: PACES.iter().map(|w| Choice::new(*w, say.w("bo-camp-pace", w), PACES[0])).collect(),
        error: None,
        desk: work.desk("incidents", say.s("bo-camp-title")).at(&format!("/admin/incidents/{id}/campaigns")),
        id,
    })
}

fn row(say: &Say, campaign: &Campaign, told: &BTreeMap<Told, u64>) -> Row {
    let count = |of| told.get(&of).copied().unwrap_or_default();
    Row {
        href: format!("/admin/campaigns/{}", campaign.id),
        when: say.when(campaign.created_at),
        version: say.t.f1("bo-inc-version", "n", campaign.version),
        persons: told.values().sum(),
        arrived: count(Told::Arrived),
        posted: count(Told::Posted),
        to_write: count(Told::ToWrite) + count(Told::Written),
        unreachable: count(Told::Unreachable),
        // How many have approved it the vault knows, which is asked on its own page.
        state: match campaign.state {
            CampaignState::Settled => say.badge("bo-camp-state", "unsent", "wait"),
            other => state(say, other),
        },
    }
}

/// Each text that somebody can get, as members get it, with what is wrong in it; and how many more there are.
fn texts(say: &Say, case: Case<'_>) -> (Vec<TextRow>, usize) {
    let vectors = notice::vectors(case);
    let row = |vector: &Vector| {
        let notice = notice::notice(case, lang(say), Audience::Member, vector).ok()?;
        let findings = ::campaign::findings(&notice, vector, case);
        Some(TextRow {
            concerns: concerns(say, case, vector),
            subject: notice.subject,
            findings: findings.iter().map(|f| (f.why(lang(say)), f.instead(lang(say)))).collect(),
            blocks: notice.blocks,
        })
    };
    let shown = vectors.iter().take(TEXTS_SHOWN).filter_map(row).collect();
    (shown, vectors.len().saturating_sub(TEXTS_SHOWN))
}

/// What concerns somebody: each cause with how certain, and what.
fn concerns(say: &Say, case: Case<'_>, vector: &Vector) -> String {
    let one = |(id, concern): (&String, &Concern)| {
        let cause = case.facts.causes.iter().find(|cause| cause.id == *id)?;
        let level = match concern.level {
            incident::scope::Level::Confirmed => "confirmed",
            _ => "possible",
        };
        let name = |item: &String| {
            let name = item_name(case.facts, item);
            say.name(&name.ja, &name.en).to_owned()
        };
        let perhaps = |item: &String| say.t.f1("bo-camp-perhaps", "item", name(item));
        let items: Vec<String> =
            concern.items.iter().map(name).chain(concern.perhaps.iter().map(perhaps)).collect();
        let title = say.name(&cause.title.ja, &cause.title.en);
        Some(say.t.f3(
            "bo-camp-concerns",
            "cause",
            title,
            "level",
            say.w("bo-inc-level", level),
            "items",
            items.join(say.t.s("bo-camp-and")),
        ))
    };
    vector.0.iter().filter_map(one).collect::<Vec<_>>().join(say.t.s("bo-camp-also"))
}
