//! One campaign: what it tells how many, who approved it, how far it is, and what became of each notice.

use super::{
    list::{self, fates, lang},
    on_paper::{Letters, Nowhere, letters, nowhere},
    preview::Preview,
};
use crate::{
    assets::hex,
    backoffice::{
        Desk, Say, StaffSession, Work, dashboard,
        desk::{self, Badge},
        done,
        incidents::{today, unprocessable},
    },
    error::Fault,
    form::Fields,
    view,
};
use ::desk::{
    Case,
    check::{self, Rule},
};
use askama::Template;
use axum::response::Response;
use domain::{
    StaffId,
    message::ReturnOutcome,
    notice::{CampaignState, Fate, NoticeState, Told},
};
use http::Uri;
use incident::Facts;
use site::{
    account::PASSWORD_CHARS_MAX,
    campaign::{AGAIN_MAX, DONE, NOWHERE, WHO_CHARS_MAX},
};
use std::collections::BTreeMap;
use store::{
    Error,
    campaign::{self, Campaign, Text},
    letter::{
        self,
        told::{self, Unreachable},
    },
    notice::{Notice, Source},
};
use uuid::Uuid;

#[derive(Template)]
#[template(path = "backoffice/campaign.html")]
struct CampaignPage {
    desk: Desk,
    id: String,
    /// The incident's campaigns; none where the facts were given as a file.
    incident: Option<String>,
    state: Badge,
    /// Whether something goes on that the page is asked for again for.
    live: bool,
    error: Option<String>,
    facts: Vec<[String; 2]>,
    total: u64,
    settled: u64,
    /// The same in words.
    says: String,
    fates: Vec<Count>,
    returned: Vec<Count>,
    texts: Vec<TextRow>,
    listed: Option<Listed>,
    /// What follows on paper; none: every mail arrived, or is on its way.
    letters: Option<Letters>,
    nowhere: Option<Nowhere>,
    preview: Option<Preview>,
    approval: Option<Approval>,
    /// Whether a text has a finding: nobody may approve it.
    unfit: bool,
    may_send: bool,
    may_resume: bool,
    may_pause: bool,
    may_end: bool,
    who_chars_max: usize,
    password_chars_max: usize,
    /// For the fields of a proof: there is none yet.
    proved: bool,
}

/// So many, with the way to who they are.
struct Count {
    badge: Badge,
    n: u64,
    href: String,
}

struct TextRow {
    concerns: String,
    says: String,
    /// The sentences that others of the same subject do not have.
    differs: Vec<String>,
    subject: String,
    body: String,
    findings: Vec<(String, String)>,
}

struct Listed {
    title: String,
    rows: Vec<NoticeRow>,
    /// Whether they may be sent again.
    again: bool,
    more: Option<String>,
}

struct NoticeRow {
    id: String,
    person: String,
    order: Option<String>,
    attempts: u32,
    detail: String,
    sent: String,
    returned: String,
}

struct Approval {
    hash: String,
    short: String,
    /// Who has approved, and when.
    by: Vec<[String; 2]>,
    says: String,
    /// Whether whoever looks may.
    may: bool,
}

/// What of a campaign is read from the database at once.
struct Read {
    fates: BTreeMap<Fate, u64>,
    returned: Vec<(ReturnOutcome, u64)>,
    texts: Vec<(Text, u64)>,
    /// The facts that it was planned from, with their counts.
    facts: Option<(String, Option<store::incident::Counted>)>,
    listed: Vec<Notice>,
    told: BTreeMap<Told, u64>,
    batches: Vec<letter::Batch>,
    /// Whom nothing reaches, where they are listed.
    nowhere: Option<Vec<Unreachable>>,
}

/// Which notices are listed.
#[derive(Clone, Copy)]
enum Which {
    State(NoticeState),
    Returned(ReturnOutcome),
    /// Whom nothing reaches, no mail and no letter.
    Nowhere,
}

impl Which {
    fn of(query: &Fields) -> Option<Which> {
        if query.get("told") == NOWHERE {
            return Some(Which::Nowhere);
        }
        let state = query.get("state").parse().ok().map(Which::State);
        state.or_else(|| query.get("returned").parse().ok().map(Which::Returned))
    }

    fn pair(self) -> (&'static str, &'static str) {
        match self {
            Which::State(state) => ("state", state.word()),
            Which::Returned(outcome) => ("returned", outcome.word()),
            Which::Nowhere => ("told", NOWHERE),
        }
    }

    fn title(self, say: &Say) -> String {
        match self {
            Which::State(state) => say.w("bo-camp-list", state.word()),
            Which::Returned(outcome) => say.w("bo-camp-returned", outcome.word()),
            Which::Nowhere => say.s("bo-camp-told-unreachable"),
        }
    }

    /// Whether staff may say that they are sent again.
    fn again(self) -> bool {
        matches!(self, Which::State(NoticeState::Doubt | NoticeState::Refused))
    }
}

/// `GET /admin/campaigns/{id}`
pub async fn show(work: Work<Uuid>, uri: Uri) -> Result<Response, Fault> {
    let (say, query) = (work.say(), done::query(&uri));
    let campaign = super::found(&work).await?;
    let which = Which::of(&query).map(|which| (which, query.get("after").parse().ok()));
    let mut page = page(&work, campaign, which).await?;
    page.error = work.app.plans().failed(work.id).map(|why| why.says(&say, lang(&say)));
    page.desk = page.desk.with_done_of(DONE, Some(query.get("done")));
    view::html(&page)
}

/// The same, with what is wrong.
pub async fn again(work: &Work<Uuid>, campaign: Campaign, why: String) -> Result<Response, Fault> {
    let page = page(work, campaign, None).await?;
    view::html(&CampaignPage { error: Some(why), live: false, ..page }).map(unprocessable)
}

/// The same, with what somebody is told.
pub async fn previewed(work: &Work<Uuid>, campaign: Campaign, preview: Preview) -> Result<Response, Fault> {
    let page = page(work, campaign, None).await?;
    view::html(&CampaignPage { preview: Some(preview), live: false, ..page })
}

/// What of its texts, as they stand, says that it cannot go out; none: it may be approved.
pub async fn unfit(work: &Work<Uuid>, campaign: Campaign) -> Result<Option<String>, Fault> {
    let page = page(work, campaign, None).await?;
    let first = page.texts.into_iter().flat_map(|text| text.findings).next();
    Ok(first.map(|(why, instead)| format!("{} {why} {instead}", work.say().s("bo-camp-wrong-text"))))
}

async fn page(
    work: &Work<Uuid>,
    campaign: Campaign,
    which: Option<(Which, Option<Uuid>)>,
) -> Result<CampaignPage, Fault> {
    let (app, session, say, id) = (&work.app, &work.session, work.say(), work.id);
    let known = app.vault().ask(move |vault| vault.campaign(id)).await?.ok();
    let ended = known.as_ref().is_some_and(|known| known.ended_at_ms.is_some());
    let names = app.store().read(dashboard::names).await?;
    let read = {
        let campaign = campaign.clone();
        app.store().read(move |tx| read(tx, &campaign, which)).await?
    };
    let case_facts = read.facts.as_ref().and_then(|(text, counted)| {
        let facts = Facts::of_value(serde_json::from_str(text).ok()?).ok()?;
        let counts = counted.as_ref().and_then(|c| ::desk::Counts::read(&c.counts, &facts).ok());
        Some((facts, counts))
    });
    let count = |fate: Fate| read.fates.get(&fate).copied().unwrap_or_default();
    let total: u64 = read.fates.values().sum();
    let (approved, waits) =
        (known.as_ref().is_some_and(|known| known.is_approved()), campaign.state == CampaignState::Settled);
    // Whose approval is the only one there can be.
    let alone = match waits && !approved {
        true => {
            let cap = session.cap();
            app.vault().ask(move |vault| vault.exports(&cap)).await?.is_ok_and(|exports| exports.alone)
        }
        false => false,
    };
    let (mails, waiting) = (total - count(Fate::Unreachable), count(Fate::Waiting));
    let manages = desk::manages(session);
    let of = Of { say, names: &names };
    let href = |which: Which| {
        let (name, word) = which.pair();
        format!("/admin/campaigns/{id}?{name}={word}")
    };
    let texts: Vec<TextRow> = read
        .texts
        .iter()
        .map(|(text, n)| {
            let case = case_facts.as_ref().map(|(facts, counts)| Case {
                facts,
                counts: counts.as_ref(),
                today: today(app),
            });
            let others = read.texts.iter().map(|(other, _)| other).filter(|other| is_alike(text, other));
            TextRow { differs: differs(text, others), ..of.text(text, *n, case) }
        })
        .collect();
    Ok(CampaignPage {
        incident: campaign.incident_id.map(|incident| incident.to_string()),
        state: match ended {
            true => say.badge("bo-camp-state", "ended", "off"),
            false if waits && approved => say.badge("bo-camp-state", "ready", "go"),
            false => list::state(&say, campaign.state),
        },
        live: which.is_none()
            && (app.plans().works(id) || campaign.state == CampaignState::Sending && !ended),
        error: None,
        facts: of.facts(&campaign, count(Fate::Unreachable), total),
        total: mails,
        settled: mails - waiting,
        says: say.t.f2("bo-camp-progress-says", "done", mails - waiting, "all", mails),
        fates: Fate::ALL.iter().map(|fate| of.fate(*fate, count(*fate), &href)).collect(),
        returned: read
            .returned
            .iter()
            .map(|(outcome, n)| Count {
                badge: say.badge("bo-camp-returned", outcome.word(), ""),
                n: *n,
                href: href(Which::Returned(*outcome)),
            })
            .collect(),
        unfit: texts.iter().any(|text| !text.findings.is_empty()),
        texts,
        listed: which.filter(|(which, _)| !matches!(which, Which::Nowhere)).map(|(which, _)| {
            let again = manages && !ended && which.again();
            of.listed((which, again), &read.listed, &href(which))
        }),
        preview: None,
        approval: known.as_ref().filter(|_| !ended).map(|known| of.approval(known, session, (waits, alone))),
        may_send: manages && approved && waits && !ended,
        may_resume: manages && campaign.state == CampaignState::Paused && !ended,
        may_pause: campaign.state == CampaignState::Sending && !ended,
        may_end: manages
            && !matches!(campaign.state, CampaignState::Done | CampaignState::Planning)
            && !ended,
        who_chars_max: WHO_CHARS_MAX,
        password_chars_max: PASSWORD_CHARS_MAX,
        proved: false,
        letters: letters(&say, (&campaign, manages), &read.told, &read.batches),
        nowhere: read.nowhere.as_ref().map(|all| nowhere(&say, id, all)),
        desk: work.desk("incidents", campaign.incident.as_str()).at(&format!("/admin/campaigns/{id}")),
        id: id.to_string(),
    })
}

fn read(
    tx: &mut store::Tx<'_>,
    campaign: &Campaign,
    which: Option<(Which, Option<Uuid>)>,
) -> Result<Read, Error> {
    let id = campaign.id;
    let of_texts: BTreeMap<u32, u64> = store::notice::of_texts(tx, id)?.into_iter().collect();
    let texts = campaign::texts(tx, id)?.into_iter().map(|text| {
        let n = of_texts.get(&text.number).copied().unwrap_or_default();
        (text, n)
    });
    let listed = match which {
        Some((Which::State(state), after)) => store::notice::list(tx, id, state, after, SHOWN + 1)?,
        Some((Which::Returned(outcome), after)) => {
            store::notice::list_returned(tx, id, outcome, after, SHOWN + 1)?
        }
        Some((Which::Nowhere, _)) | None => Vec::new(),
    };
    let nowhere = match which {
        Some((Which::Nowhere, after)) => Some(told::unreachable(tx, id, after, SHOWN + 1)?),
        _ => None,
    };
    let texts = texts.filter(|(_, n)| *n > 0).collect();
    let facts = match campaign.incident_id {
        Some(incident) => {
            let versions = store::incident::versions(tx, incident)?;
            let version = versions.into_iter().find(|v| v.version == campaign.version);
            let revision = match version {
                Some(version) => store::incident::get(tx, incident, version.revision)?,
                None => None,
            };
            match revision {
                Some(revision) => Some((revision.facts, store::incident::counts(tx, incident)?)),
                None => None,
            }
        }
        None => None,
    };
    Ok(Read {
        fates: fates(tx, campaign)?,
        returned: store::notice::returns(tx, id)?,
        texts,
        facts,
        listed,
        told: told::counts(tx, id)?,
        batches: letter::of_campaign(tx, id)?,
        nowhere,
    })
}

/// Notices on a page: as many as one form sends again.
pub(super) const SHOWN: u32 = AGAIN_MAX as u32;

/// Whether two texts look the same in a list.
fn is_alike(text: &Text, other: &Text) -> bool {
    text.number != other.number
        && (text.locale, &text.subject, &text.concerns) == (other.locale, &other.subject, &other.concerns)
}

/// The sentences of a text that one of the others does not have.
fn differs<'a>(text: &Text, others: impl Iterator<Item = &'a Text>) -> Vec<String> {
    let others: Vec<&Text> = others.collect();
    let new = |line: &&str| others.iter().any(|other| !other.body.lines().any(|of| of == *line));
    text.body.lines().filter(|line| !line.trim().is_empty()).filter(new).map(str::to_owned).collect()
}

/// In whose language a campaign is drawn.
struct Of<'a> {
    say: Say,
    names: &'a std::collections::HashMap<StaffId, String>,
}

impl Of<'_> {
    fn facts(&self, campaign: &Campaign, unreachable: u64, total: u64) -> Vec<[String; 2]> {
        let say = &self.say;
        let pace = if campaign.pace == super::FAST { "fast" } else { "usual" };
        let at = |label: &'static str, at: Option<i64>| at.map(|at| [say.s(label), say.when(at)]);
        let mut facts = vec![
            [say.s("bo-camp-facts"), say.t.f1("bo-inc-version", "n", campaign.version)],
            [say.s("bo-camp-notices"), say.t.f1("bo-camp-n-notices", "n", total - unreachable)],
            [say.s("bo-camp-pace"), say.w("bo-camp-pace", pace)],
            [say.s("bo-camp-planned-at"), say.when(campaign.created_at)],
        ];
        facts.extend(at("bo-camp-sending-at", campaign.sending_at));
        facts.extend(at("bo-camp-ended-at", campaign.ended_at));
        facts
    }

    fn fate(&self, fate: Fate, n: u64, href: &impl Fn(Which) -> String) -> Count {
        let (tone, state) = match fate {
            Fate::Waiting => ("off", Some(NoticeState::Planned)),
            Fate::Delayed => ("wait", Some(NoticeState::Delayed)),
            Fate::Doubt => ("stop", Some(NoticeState::Doubt)),
            Fate::Arrived => ("done", None),
            Fate::Failed => ("stop", Some(NoticeState::Refused)),
            Fate::Unreachable => ("off", Some(NoticeState::Unreachable)),
        };
        let href = state.filter(|_| n > 0).map(|state| href(Which::State(state))).unwrap_or_default();
        // Nobody to look after: nothing to be loud about.
        let tone = if n == 0 { "off" } else { tone };
        Count { badge: self.say.badge("bo-camp-fate", fate.word(), tone), n, href }
    }

    fn text(&self, text: &Text, n: u64, case: Option<Case<'_>>) -> TextRow {
        let lang = lang(&self.say);
        // Of one person it may be certain what of most is possible; that was looked at when it was planned.
        let findings = case.map(|case| check::check(&text.body, case)).unwrap_or_default();
        let findings = findings.iter().filter(|f| f.rule != Rule::Certainty);
        TextRow {
            concerns: text.concerns.clone(),
            says: self.say.t.f1("bo-camp-n-persons", "n", n),
            subject: text.subject.clone(),
            differs: Vec::new(),
            body: text
                .body
                .replace(::campaign::NAME, self.say.t.s("bo-camp-place-name"))
                .replace(::campaign::CODE, self.say.t.s("bo-camp-place-code")),
            findings: findings.map(|f| (f.why(lang), f.instead(lang))).collect(),
        }
    }

    fn listed(&self, (which, again): (Which, bool), all: &[Notice], href: &str) -> Listed {
        let shown = &all[..all.len().min(SHOWN as usize)];
        let last = shown.last().filter(|_| all.len() > shown.len());
        Listed {
            title: which.title(&self.say),
            rows: shown.iter().map(|notice| self.notice(notice)).collect(),
            again: again && !shown.is_empty(),
            more: last.map(|last| format!("{href}&after={}", last.id)),
        }
    }

    fn notice(&self, notice: &Notice) -> NoticeRow {
        let say = &self.say;
        NoticeRow {
            id: notice.id.to_string(),
            person: notice.person.to_string(),
            order: match notice.address {
                Some((Source::Order, row)) => Some(format!("/admin/orders/{row}")),
                _ => None,
            },
            attempts: notice.attempts,
            detail: notice.detail.clone().unwrap_or_else(|| "—".to_owned()),
            sent: notice.sent_at.map_or("—".to_owned(), |at| say.when(at)),
            returned: notice
                .returned
                .map_or("—".to_owned(), |outcome| say.w("bo-camp-returned", outcome.word())),
        }
    }

    fn approval(
        &self,
        known: &vault_api::Campaign,
        session: &StaffSession,
        (waits, alone): (bool, bool),
    ) -> Approval {
        let say = &self.say;
        let hash = hex(&known.hash);
        let (count, needed) = (known.approved.len(), known.approvals_needed as usize);
        let name = |who: &Uuid| {
            let name = self.names.get(&StaffId(*who)).cloned();
            name.unwrap_or_else(|| say.s("bo-frozen-nobody"))
        };
        Approval {
            short: hash.as_bytes()[..16].chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" "),
            hash,
            by: known.approved.iter().map(|(who, at)| [name(who), say.when(*at)]).collect(),
            says: match known.is_approved() {
                true => say.s("bo-camp-approved"),
                false if alone => say.s("bo-camp-approvals-alone"),
                false => say.t.f1("bo-camp-approvals-left", "n", needed.saturating_sub(count)),
            },
            may: waits
                && !known.is_approved()
                && known.approved.iter().all(|(who, _)| *who != session.id().0),
        }
    }
}
