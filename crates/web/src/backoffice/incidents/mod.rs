//! Incidents: facts edited part by part, revisions that stay, versions that are frozen, and what is rendered from them.
//!
//! Facts are one JSON object for each revision, as `docs/incident/facts.md` has them; the command line reads and writes the
//! same rows ([`store::incident`]).

pub(super) mod campaigns;
pub(super) mod count;
mod edit;
mod faults;
mod moment;
pub(super) mod part_page;
mod parts;
pub(super) mod reading;
pub(super) mod view;

pub(crate) use campaigns::Plans;

use super::{Say, StaffSession, done};
use crate::{
    App,
    assets::hex,
    error::Fault,
    form::{Fields, PostForm},
    view as page,
    visit::Visit,
};
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::IncidentId;
use faults::Wrong;
use http::{StatusCode, Uri};
use incident::Facts;
use parts::Part;
use serde_json::{Value, json};
use site::incident::{BEGIN, ENTRIES_MAX};
use store::{Error, incident::Revision};

/// Today in Japan.
pub(super) fn today(app: &App) -> jiff::civil::Date {
    page::in_japan(app.now_ms()).date()
}

/// The newest revision and its facts.
async fn newest(app: &App, id: &str) -> Result<(Revision, Value, Facts), Fault> {
    let id: IncidentId = id.parse().map_err(|_| Fault::NotFound)?;
    let revision =
        app.store().read(move |tx| store::incident::newest(tx, id)).await?.ok_or(Fault::NotFound)?;
    let (value, facts) = read(&revision)?;
    Ok((revision, value, facts))
}

/// The facts of a revision.
fn read(revision: &Revision) -> Result<(Value, Facts), Fault> {
    const BROKEN: Fault = Fault::Internal("facts in the database that this program cannot read");
    let value: Value = serde_json::from_str(&revision.facts).map_err(|_| BROKEN)?;
    let facts = Facts::of_value(value.clone()).map_err(|_| BROKEN)?;
    Ok((value, facts))
}

/// `POST /admin/incidents`
pub(super) async fn begin(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let say = Say::to(&visit);
    let refused = |errors: Vec<(String, String)>, why: Option<String>| {
        view::begin_again(&app, &visit, &session, &fields, errors, why)
    };
    let facts = match first_facts(&app, &fields) {
        Ok(facts) => facts,
        Err(wrong) => return refused(told(&say, &wrong), None),
    };
    if let Err(why) = Facts::of_value(facts.clone()) {
        return refused(Vec::new(), Some(faults::unfit_says(&say, &why)));
    }
    let (id, now): (IncidentId, _) = (fields.read("key")?, app.now_ms());
    let revision = Revision::first(id, incident::kept(&facts), Some(session.id()), now);
    app.store()
        .write(move |tx| {
            // Sent twice, it is one incident.
            if store::incident::newest(tx, id)?.is_some() {
                return Ok(());
            }
            store::incident::add(tx, &revision)?;
            done::note(tx, &session, "incident.begin", ("incident", &id), "", now)
        })
        .await?;
    Ok(done::to(&format!("/admin/incidents/{id}"), "incident_begun"))
}

/// What can be said at the beginning: whose shop it is, and one cause.
fn first_facts(app: &App, fields: &Fields) -> Result<Value, Vec<Wrong>> {
    let mut wrong: Vec<Wrong> = faults::missing(fields, ["title_ja", "title_en"]).collect();
    let window = edit::window(&BEGIN, fields, &Value::Null).unwrap_or_else(|why| {
        wrong.extend(why);
        None
    });
    let discovered = moment::typed(&BEGIN, "discovered", fields, None).unwrap_or_else(|why| {
        wrong.push(why);
        None
    });
    if !wrong.is_empty() {
        return Err(faults::in_order(&BEGIN, wrong));
    }
    let (shop, origin) = (app.shop(), app.config().shop_origin.clone());
    let both = |b: &crate::Both| {
        let en = if b.en.is_empty() { &b.ja } else { &b.en };
        json!({ "ja": b.ja, "en": en })
    };
    let title = json!({ "ja": fields.get("title_ja").trim(), "en": fields.get("title_en").trim() });
    let rule = edit::preset(fields.get("rule_kind")).unwrap_or(Value::Null);
    let items = match fields.get("rule_kind") {
        "typed" | "typed_failed" => vec!["card_number", "card_expiry", "card_security_code"],
        "registered" => vec!["name", "address", "phone", "mail", "password_hash"],
        _ => vec!["name", "address", "phone", "mail"],
    };
    let windows: Vec<Value> = window.into_iter().collect();
    let mut facts = json!({
        "format": incident::facts::FORMAT,
        "title": title,
        "systems": [{ "id": recorded::SHOP, "name": { "ja": "オンラインショップ", "en": "the online shop" } }],
        "causes": [{ "id": "first", "title": title, "windows": windows, "rule": rule, "items": items }],
    });
    // An address in the clear, of a shop that is tried out, is none that customers could be sent to.
    if origin.starts_with("https://") && !shop.company.ja.is_empty() {
        facts["merchant"] = json!({ "name": both(&shop.company), "shop": both(&shop.name), "site": origin,
            "pages": format!("{origin}/notice/"), "sender": shop.email });
    }
    if let Some(day) = discovered {
        facts["timeline"] = json!([{ "what": "discovered", "on": day }]);
    }
    Ok(facts)
}

/// `POST /admin/incidents/{id}/{part}`
pub(super) async fn save(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    Path(id): Path<String>,
    uri: Uri,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let part = part_of(&uri)?;
    let (revision, facts, _) = newest(&app, &id).await?;
    let at = if part.list { entry_of(&fields) } else { 0 };
    let refused = |errors: Vec<(String, String)>, why: Option<String>| {
        part_page::again(&app, &visit, &session, (&revision, &facts), part, at, &fields, errors, why)
    };
    let say = Say::to(&visit);
    if fields.read::<u32>("base")? != revision.number {
        return refused(Vec::new(), Some(say.s("bo-inc-meanwhile")));
    }
    let entry = match fields.get("go") {
        "remove" => None,
        _ => match edit::typed(&part, &facts, at, &fields) {
            Ok(entry) => Some(entry),
            Err(wrong) => return refused(told(&say, &wrong), None),
        },
    };
    let word = if entry.is_some() { "fact_saved" } else { "fact_removed" };
    let new = edit::with_entry(&part, &facts, at, entry);
    if let Err(why) = Facts::of_value(new.clone()) {
        // Of an entry that is taken out no field is wrong.
        return match faults::of_unfit(part.word, &why) {
            Some(wrong) if fields.get("go") != "remove" => refused(told(&say, &[wrong]), None),
            _ => refused(Vec::new(), Some(faults::unfit_says(&say, &why))),
        };
    }
    let path = format!("/admin/incidents/{id}/{}", part.word);
    if new == facts {
        return Ok(done::to(&path, "fact_unchanged"));
    }
    match add(&app, &session, &revision, &new, part.word).await? {
        true => Ok(done::to(&path, word)),
        false => refused(Vec::new(), Some(say.s("bo-inc-meanwhile"))),
    }
}

/// Faults with their fields, in sentences.
fn told(say: &Say, wrong: &[Wrong]) -> Vec<(String, String)> {
    wrong.iter().map(|wrong| (wrong.field.to_owned(), wrong.says(say))).collect()
}

/// The part that an address names.
fn part_of(uri: &Uri) -> Result<Part, Fault> {
    uri.path().rsplit('/').next().and_then(Part::named).ok_or(Fault::NotFound)
}

/// The place of an entry, counted from 0; past the end: a new one.
fn entry_of(fields: &Fields) -> usize {
    fields.get("entry").parse().ok().and_then(|n: usize| n.checked_sub(1)).unwrap_or(ENTRIES_MAX as usize)
}

/// Adds a revision behind `base`; `false`: somebody else was faster.
async fn add(
    app: &App,
    session: &StaffSession,
    base: &Revision,
    facts: &Value,
    part: &'static str,
) -> Result<bool, Fault> {
    let now = app.now_ms();
    let revision = base.next(incident::kept(facts), part, Some(session.id()), now);
    let by = session.clone();
    let added = app.store().write(move |tx| {
        store::incident::add(tx, &revision)?;
        done::note(tx, &by, "incident.edit", ("incident", &revision.incident), part, now)
    });
    match added.await {
        Ok(()) => Ok(true),
        Err(Error::Constraint { duplicate: true, .. }) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// `POST /admin/incidents/{id}/freeze`: the newest facts, with a version that says who changed what and why, are kept as
/// they are; their hash stands on the ledger first.
pub(super) async fn freeze(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    Path(id): Path<String>,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let say = Say::to(&visit);
    let (base, facts, _) = newest(&app, &id).await?;
    let refused = |why: String| view::show_again(&app, &visit, &session, &id, &fields, Vec::new(), Some(why));
    if fields.read::<u32>("base")? != base.number || fields.get("hash") != base.hash {
        return refused(say.s("bo-inc-meanwhile")).await;
    }
    let missing: Vec<Wrong> = faults::missing(&fields, ["reason_ja", "reason_en"]).collect();
    if !missing.is_empty() {
        return view::show_again(&app, &visit, &session, &id, &fields, told(&say, &missing), None).await;
    }
    let why = [fields.get("reason_ja").trim(), fields.get("reason_en").trim()];
    let (facts, number) = incident::with_version(&facts, today(&app), session.name(), why);
    if let Err(why) = Facts::of_value(facts.clone()) {
        return refused(faults::unfit_says(&say, &why)).await;
    }
    let (incident, kept, cap) = (base.incident, incident::kept(&facts), session.cap());
    let hash = kept.1;
    app.vault().call(move |vault| vault.incident_frozen(Some(&cap), incident.0, number, hash)).await?;
    let now = app.now_ms();
    let revision = base.next(kept, "freeze", Some(session.id()), now);
    let by = session.clone();
    let kept = app.store().write(move |tx| {
        store::incident::freeze(tx, &revision, number)?;
        done::note(tx, &by, "incident.freeze", ("incident", &incident), &number.to_string(), now)
    });
    match kept.await {
        Ok(()) => Ok(done::to(&format!("/admin/incidents/{id}"), "frozen")),
        Err(Error::Constraint { duplicate: true, .. }) => refused(say.s("bo-inc-meanwhile")).await,
        Err(e) => Err(e.into()),
    }
}

/// A page that answers a form with what is wrong.
pub(super) fn unprocessable(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    response
}
