//! The pages of incidents: the list, how one is begun, and one incident as a whole.

use super::{newest, part_page::drawn, parts::Part, today, unprocessable};
use crate::{
    App,
    backoffice::{
        Desk, Say, StaffSession,
        desk::{self, Badge},
        done,
    },
    error::Fault,
    form::Fields,
    view::{self, Choice, Field},
    visit::Visit,
};
use ::desk::{Block, Case, Counts, Lang, Section, duties, gate};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{IncidentId, Locale, StaffId};
use http::Uri;
use incident::{
    Facts,
    facts::Precision,
    rule_name,
    scope::{Count, Pair},
};
use serde_json::Value;
use site::incident::{BEGIN, DONE, FREEZE, RULES};
use store::{
    Error,
    incident::{Counted, Revision},
};
use uuid::Uuid;

/// Incidents on the list, and changes on a page.
const SHOWN: u32 = 100;

#[derive(Template)]
#[template(path = "backoffice/incidents.html")]
struct Incidents {
    desk: Desk,
    rows: Vec<Row>,
    may_write: bool,
}

struct Row {
    href: String,
    title: String,
    state: Badge,
    changed: String,
    by: String,
}

#[derive(Template)]
#[template(path = "backoffice/incident_new.html")]
struct New {
    desk: Desk,
    key: String,
    fields: Vec<Field>,
    errors: Vec<(String, String)>,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "backoffice/incident.html")]
struct IncidentPage {
    desk: Desk,
    id: String,
    base: u32,
    hash: String,
    state: Badge,
    /// What stands in the database is not what was written.
    altered: bool,
    /// What publishing still asks for, and where it is written down.
    missing: Vec<(String, String)>,
    causes: Vec<CauseRow>,
    /// When it was counted, and how; `None`: not for these facts.
    counted: Option<String>,
    parts: Vec<PartRow>,
    duties: Vec<Section>,
    versions: Vec<VersionRow>,
    changes: Vec<ChangeRow>,
    may_write: bool,
    /// Why a version is frozen, in both languages.
    reasons: Vec<Field>,
    errors: Vec<(String, String)>,
    error: Option<String>,
}

pub(super) struct CauseRow {
    pub title: String,
    pub sentence: String,
    /// Whether its rule asks the vault's ledger, which cannot be read from here.
    pub of_ledger: bool,
    /// Level, records, persons.
    pub counts: Vec<[String; 3]>,
    /// Whose, records and persons, how they are meant: figures of others.
    pub stated: Vec<[String; 2]>,
}

pub(super) struct PartRow {
    pub href: String,
    pub label: String,
    pub state: Badge,
}

struct VersionRow {
    number: u32,
    at: String,
    by: String,
    why: String,
    hash: String,
}

struct ChangeRow {
    number: u32,
    part: String,
    at: String,
    by: String,
    hash: String,
}

/// The counts that are kept of an incident, if they are of these causes.
pub(super) async fn counts_of(
    app: &App,
    id: IncidentId,
    facts: &Facts,
) -> Result<Option<(Counts, Counted)>, Fault> {
    let read = move |tx: &mut store::Tx<'_>| {
        Ok::<_, Error>((store::incident::counts(tx, id)?, ::campaign::told(tx, id)?))
    };
    let (counted, told) = app.store().read(read).await?;
    Ok(counted.and_then(|c| Some((Counts { told, ..Counts::read(&c.counts, facts).ok()? }, c))))
}

/// Who did it, in words.
fn by(say: &Say, names: &[(StaffId, String)], staff: Option<StaffId>) -> String {
    match staff {
        None => say.s("bo-inc-by-owner"),
        Some(id) => names.iter().find(|(n, _)| *n == id).map(|(_, name)| name.clone()).unwrap_or_default(),
    }
}

fn names(tx: &mut store::Tx<'_>) -> Result<Vec<(StaffId, String)>, Error> {
    Ok(store::staff::list(tx)?.into_iter().map(|s| (s.id, s.display_name)).collect())
}

/// `GET /admin/incidents`
pub async fn list(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    uri: Uri,
) -> Result<Response, Fault> {
    let say = Say::to(&visit);
    let (all, names) =
        app.store().read(move |tx| Ok::<_, Error>((store::incident::list(tx, SHOWN)?, names(tx)?))).await?;
    let row = |r: &Revision| {
        let (_, facts) = super::read(r).ok()?;
        Some(Row {
            href: format!("/admin/incidents/{}", r.incident),
            title: say.name(&facts.title.ja, &facts.title.en).to_owned(),
            state: state(&say, &facts, &r.part),
            changed: say.when(r.at),
            by: by(&say, &names, r.staff),
        })
    };
    let query = done::query(&uri);
    view::html(&Incidents {
        rows: all.iter().filter_map(row).collect(),
        may_write: desk::manages(&session),
        desk: Desk::of(&app, &visit, &session, "incidents", say.s("bo-inc-title"))
            .with_done_of(DONE, Some(query.get("done"))),
    })
}

/// Frozen as it stands, changed since, or never frozen.
fn state(say: &Say, facts: &Facts, part: &str) -> Badge {
    match (facts.versions.last(), part) {
        (Some(v), "freeze") => Badge { text: say.t.f1("bo-inc-state-frozen", "n", v.number), tone: "done" },
        (Some(v), _) => Badge { text: say.t.f1("bo-inc-state-changed", "n", v.number), tone: "wait" },
        (None, _) => Badge { text: say.s("bo-inc-state-draft"), tone: "wait" },
    }
}

/// `GET /admin/incidents/new`
pub async fn new(State(app): State<App>, visit: Visit, session: StaffSession) -> Result<Response, Fault> {
    let fields = Fields::of([("key", Uuid::now_v7().to_string()), ("rule_kind", "typed".to_owned())]);
    view::html(&new_page(&app, &visit, &session, &fields, Vec::new(), None))
}

/// The same, with what is wrong.
pub(super) fn begin_again(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    fields: &Fields,
    errors: Vec<(String, String)>,
    why: Option<String>,
) -> Result<Response, Fault> {
    view::html(&new_page(app, visit, session, fields, errors, why)).map(unprocessable)
}

fn new_page(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    typed: &Fields,
    errors: Vec<(String, String)>,
    error: Option<String>,
) -> New {
    let say = Say::to(visit);
    let rules = RULES.iter().filter(|r| **r != "own");
    let rules: Vec<Choice> =
        rules.map(|r| Choice::new(*r, say.w("bo-inc-rule", r), typed.get("rule_kind"))).collect();
    let field = |shape: &site::Field| {
        let field = drawn(&say, shape, typed.get(shape.name).to_owned());
        let field = match shape.name {
            "title_ja" | "title_en" => field,
            "rule_kind" => field.select(rules.clone()),
            _ => field.optional(),
        };
        with_error(field, &errors)
    };
    let fields = BEGIN.fields.iter().filter(|f| f.name != "key").map(field).collect();
    let desk = Desk::of(app, visit, session, "incidents", say.s("bo-inc-new")).at("/admin/incidents/new");
    New { desk, key: typed.get("key").to_owned(), fields, errors, error }
}

/// The field with what is wrong with it.
pub(super) fn with_error(field: Field, errors: &[(String, String)]) -> Field {
    let error = view::wrong(errors, field.name).map(str::to_owned);
    field.error(error)
}

/// `GET /admin/incidents/{id}`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Fault> {
    let query = done::query(&uri);
    let mut page = overview(&app, &visit, &session, &id).await?;
    page.desk = page.desk.with_done_of(DONE, Some(query.get("done")));
    view::html(&page)
}

/// The same, with what is wrong.
pub(super) async fn show_again(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    id: &str,
    typed: &Fields,
    errors: Vec<(String, String)>,
    why: Option<String>,
) -> Result<Response, Fault> {
    let mut page = overview(app, visit, session, id).await?;
    let again = |mut field: Field| {
        field.value = typed.get(field.name).to_owned();
        with_error(field, &errors)
    };
    page.reasons = page.reasons.into_iter().map(again).collect();
    view::html(&IncidentPage { error: why, errors, ..page }).map(unprocessable)
}

async fn overview(app: &App, visit: &Visit, session: &StaffSession, id: &str) -> Result<IncidentPage, Fault> {
    let say = Say::to(visit);
    let (revision, value, facts) = newest(app, id).await?;
    let incident = revision.incident;
    let (changes, versions, names) = app
        .store()
        .read(move |tx| {
            let changes = store::incident::changes(tx, incident, SHOWN)?;
            Ok::<_, Error>((changes, store::incident::versions(tx, incident)?, names(tx)?))
        })
        .await?;
    let counts = counts_of(app, incident, &facts).await?;
    let lang = if say.locale == Locale::Ja { Lang::Ja } else { Lang::En };
    let case = Case { facts: &facts, counts: counts.as_ref().map(|(counts, _)| counts), today: today(app) };
    let asked = gate::missing(case);
    let missing = asked.iter().map(|m| {
        let href = m.part().map_or("#freeze".to_owned(), |part| format!("/admin/incidents/{id}/{part}"));
        (say.w("bo-inc-gate", m.word()), href)
    });
    let reason = |name| FREEZE.field(name).map(|shape| drawn(&say, shape, String::new()));
    let why = |n: u32| facts.versions.iter().find(|v| v.number == n).map(|v| say.name(&v.why.ja, &v.why.en));
    let hash = |text: &str| super::super::short_hash(text);
    Ok(IncidentPage {
        altered: super::hex(&incident::kept_hash(&revision.facts)) != revision.hash,
        missing: missing.collect(),
        causes: (0..facts.causes.len()).filter_map(|n| cause(&say, &facts, case.counts, n)).collect(),
        counted: counts.as_ref().map(|(_, counted)| when_counted(&say, counted, revision.number)),
        parts: tabs(&say, id, &value, "", &needed(&asked)),
        // What publishing asks for stands above.
        duties: duties::overview(case, lang).into_iter().filter(|s| s.id != "duties-gate").collect(),
        versions: versions
            .iter()
            .map(|v| VersionRow {
                number: v.version,
                at: say.when(v.at),
                by: by(&say, &names, v.staff),
                why: why(v.version).unwrap_or_default().to_owned(),
                hash: hash(&v.hash),
            })
            .collect(),
        changes: changes
            .iter()
            .map(|c| ChangeRow {
                number: c.number,
                part: say.w("bo-inc-part", &c.part),
                at: say.when(c.at),
                by: by(&say, &names, c.staff),
                hash: hash(&c.hash),
            })
            .collect(),
        state: state(&say, &facts, &revision.part),
        base: revision.number,
        hash: revision.hash.clone(),
        may_write: desk::manages(session),
        reasons: ["reason_ja", "reason_en"].into_iter().filter_map(reason).collect(),
        errors: Vec::new(),
        error: None,
        desk: Desk::of(app, visit, session, "incidents", say.name(&facts.title.ja, &facts.title.en))
            .at(&format!("/admin/incidents/{id}")),
        id: id.to_owned(),
    })
}

pub(super) fn when_counted(say: &Say, counted: &Counted, newest: u32) -> String {
    let at = say.when(counted.at);
    let mut text = match counted.with_ledger {
        true => say.t.f1("bo-inc-counted-whole", "at", &at),
        false => say.t.f1("bo-inc-counted-part", "at", &at),
    };
    if counted.revision != newest {
        text.push_str(&say.s("bo-inc-counted-before"));
    }
    text
}

/// A count with how it is meant.
fn number(say: &Say, count: &Count) -> String {
    let digits = count.count.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|g| std::str::from_utf8(g).ok()).collect();
    let n = groups.join(",");
    match count.precision {
        Precision::Exact => n,
        Precision::AtMost => say.t.f1("bo-inc-at-most", "n", &n),
        Precision::About => say.t.f1("bo-inc-about", "n", &n),
    }
}

pub(super) fn cause(say: &Say, facts: &Facts, counts: Option<&Counts>, n: usize) -> Option<CauseRow> {
    let cause = facts.causes.get(n)?;
    let sentence = rule_name(facts, Some(cause), &cause.rule);
    let counted = counts.and_then(|counts| counts.cause(&cause.id));
    let row = |word: &str, pair: &Pair| {
        [say.w("bo-inc-level", word), number(say, &pair.records), number(say, &pair.persons)]
    };
    let levels = counted.map(|c| {
        vec![row("confirmed", &c.confirmed), row("possible", &c.possible), row("affected", &c.affected)]
    });
    let stated = cause.stated.iter().map(|s| {
        let count = |n: Option<u64>| {
            n.map_or("—".to_owned(), |count| number(say, &Count { count, precision: s.precision }))
        };
        let figures = say.t.f2("bo-inc-figures", "records", count(s.records), "persons", count(s.persons));
        [say.name(&s.by.ja, &s.by.en).to_owned(), figures]
    });
    Some(CauseRow {
        title: say.name(&cause.title.ja, &cause.title.en).to_owned(),
        sentence: say.name(&sentence.ja, &sentence.en).to_owned(),
        of_ledger: facts.asks_for(cause, &recorded::OF_LEDGER),
        counts: levels.unwrap_or_default(),
        stated: stated.collect(),
    })
}

/// The parts in which what publishing still asks for is written down.
pub(super) fn needed(asked: &[gate::Missing]) -> Vec<&'static str> {
    asked.iter().filter_map(|missing| missing.part()).collect()
}

/// The parts with how much stands in each; `needed`: those that publishing asks for.
pub(super) fn tabs(
    say: &Say,
    id: &str,
    facts: &Value,
    current: &str,
    needed: &[&'static str],
) -> Vec<PartRow> {
    let row = |part: Part| {
        let n = part.entries(facts).len();
        let state = match (part.list, n) {
            _ if needed.contains(&part.word) => Badge { text: say.s("bo-inc-needed"), tone: "stop" },
            (_, 0) => Badge { text: say.s("bo-inc-open"), tone: "wait" },
            (true, n) => Badge { text: say.t.f1("bo-inc-entries", "n", n), tone: "done" },
            (false, _) => Badge { text: say.s("bo-inc-filled"), tone: "done" },
        };
        PartRow {
            href: if part.word == current {
                String::new()
            } else {
                format!("/admin/incidents/{id}/{}", part.word)
            },
            label: say.w("bo-inc-part", part.word),
            state,
        }
    };
    Part::all().map(row).collect()
}
