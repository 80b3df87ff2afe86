//! The page of exports.

use super::words;
use crate::{
    App,
    assets::hex,
    backoffice::{
        Desk, Say, StaffSession, dashboard,
        desk::{self, Badge},
    },
    error::Fault,
    form::Fields,
    view::{self, Choice},
    visit::Visit,
};
use askama::Template;
use axum::response::Response;
use domain::StaffId;
use http::StatusCode;
use site::account::PASSWORD_CHARS_MAX;
use std::collections::HashMap;
use vault_api::{Export, ExportState, VaultError, VaultState};

#[derive(Template)]
#[template(path = "backoffice/exports.html")]
struct Page {
    desk: Desk,
    error: Option<String>,
    /// Why nothing is exported now.
    stopped: Vec<String>,
    /// Whether whoever looks approves his own.
    alone: bool,
    /// Those that wait for somebody.
    open: Vec<Open>,
    /// All of them.
    rows: Vec<Row>,
    /// The form; none where whoever looks may not ask.
    form: Option<Form>,
    /// Whether there was a proof within the last minutes.
    proved: bool,
    password_chars_max: usize,
}

/// An export that waits.
struct Open {
    id: String,
    title: String,
    state: Badge,
    facts: Vec<(String, String)>,
    hash: String,
    /// The part of the hash that people compare.
    short: String,
    may_approve: bool,
    /// Whether the proof of whoever may approve is younger than the asking.
    proved: bool,
    may_take: bool,
    own: bool,
}

/// A line of the history.
struct Row {
    when: String,
    who: String,
    what: String,
    why: String,
    persons: String,
    approved: String,
    state: Badge,
}

/// The form as it was typed.
struct Form {
    subjects: Vec<Choice>,
    fields: Vec<Choice>,
    reasons: Vec<Choice>,
    from: String,
    until: String,
}

/// What the page says above all.
pub enum Said<'a> {
    /// What was done, by a word of the map.
    Done(&'a str),
    /// What was wrong with what was typed.
    Wrong(&'a Fields, String),
}

/// Draws it.
///
/// # Errors
/// As the vault and the database.
pub async fn page(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    said: Said<'_>,
) -> Result<Response, Fault> {
    let (say, cap) = (Say::to(visit), session.cap());
    let asked = move |vault: &vault_api::Client| Ok::<_, VaultError>((vault.exports(&cap)?, vault.state()?));
    let (exports, state) = app.vault().call(asked).await?;
    let names = app.store().read(dashboard::names).await?;
    let of = Of { say, names: &names, own: session.id(), alone: exports.alone };
    let proved = |export: &Export| exports.proved_at_ms.is_some_and(|at_ms| at_ms > export.asked.1);
    let waits = |export: &&Export| matches!(export.state, ExportState::Waiting | ExportState::Approved);
    let (typed, error, word) = match said {
        Said::Done(word) => (Fields::default(), None, Some(word)),
        Said::Wrong(typed, says) => (typed.clone(), Some(says), None),
    };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let desk = Desk::of(app, visit, session, "exports", say.s("bo-exports-title")).at("/admin/exports");
    let mut response = view::html(&Page {
        desk: desk.with_done_of(site::exports::DONE, word),
        error,
        stopped: stopped(&say, &state),
        alone: exports.alone,
        open: exports.all.iter().filter(waits).map(|export| of.open(export, proved(export))).collect(),
        rows: exports.all.iter().map(|export| of.row(export)).collect(),
        form: desk::manages(session).then(|| form(app, &say, &typed)),
        proved: session.proved(),
        password_chars_max: PASSWORD_CHARS_MAX,
    })?;
    *response.status_mut() = status;
    Ok(response)
}

fn stopped(say: &Say, state: &VaultState) -> Vec<String> {
    let frozen = state.frozen.is_some().then(|| say.s("bo-export-stopped-frozen"));
    let witness = state.witness_away.then(|| say.s("bo-export-stopped-witness"));
    frozen.into_iter().chain(witness).collect()
}

fn form(app: &App, say: &Say, typed: &Fields) -> Form {
    let typed_or = |name: &str, other: String| match typed.get(name) {
        "" => other,
        typed => typed.to_owned(),
    };
    let choices = |family: &str, words: &[&'static str], current: &str| {
        words.iter().map(|w| Choice::new(*w, say.w(family, w), current)).collect::<Vec<_>>()
    };
    let today = app.now_in_japan().date();
    let subject = typed_or("subject", site::exports::SUBJECTS[0].to_owned());
    let mut fields = choices("bo-export-field", site::exports::FIELDS, "");
    fields.iter_mut().for_each(|f| f.selected = typed.all("field").any(|word| word == f.value));
    Form {
        subjects: choices("bo-export-subject", site::exports::SUBJECTS, &subject),
        fields,
        reasons: choices("bo-export-reason", site::exports::REASONS, typed.get("reason")),
        from: typed_or("from", today.first_of_month().to_string()),
        until: typed_or("until", today.to_string()),
    }
}

/// In whose eyes an export is drawn.
struct Of<'a> {
    say: Say,
    names: &'a HashMap<StaffId, String>,
    own: StaffId,
    alone: bool,
}

impl Of<'_> {
    fn open(&self, export: &Export, proved: bool) -> Open {
        let (say, own) = (&self.say, export.asked.0 == self.own.0);
        let waiting = export.state == ExportState::Waiting;
        let hash = hex(&export.hash);
        let mut facts = vec![
            (say.s("bo-export-persons"), say.t.f1("bo-export-n-persons", "n", export.persons)),
            (say.s("bo-export-fields"), self.fields(export)),
            (say.s("bo-export-why"), say.w("bo-export-reason", words::word(&words::REASONS, &export.reason))),
            (say.s("bo-export-asked"), self.by(Some(export.asked))),
        ];
        if export.approved.is_some() {
            facts.push((say.s("bo-export-approved"), self.by(export.approved)));
        }
        Open {
            id: export.id.to_string(),
            title: self.what(export),
            state: self.state(export),
            facts,
            short: hash.as_bytes()[..16].chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" "),
            hash,
            may_approve: waiting && (!own || self.alone),
            proved,
            may_take: own && export.state == ExportState::Approved,
            own,
        }
    }

    fn row(&self, export: &Export) -> Row {
        let say = &self.say;
        Row {
            when: say.when(export.asked.1),
            who: self.name(export.asked.0),
            what: format!("{}（{}）", self.what(export), self.fields(export)),
            why: say.w("bo-export-reason", words::word(&words::REASONS, &export.reason)),
            persons: say.t.f1("bo-export-n-persons", "n", export.persons),
            approved: match export.approved {
                Some(_) if export.is_alone() => say.s("bo-export-alone"),
                Some((by, _)) => self.name(by),
                None => "—".to_owned(),
            },
            state: self.state(export),
        }
    }

    fn what(&self, export: &Export) -> String {
        let say = &self.say;
        let day = |ms| view::in_japan(ms).date().to_string().replace('-', "/");
        let subject = say.w("bo-export-subject", words::word(&words::SUBJECTS, &export.subject));
        format!("{subject} {} – {}", day(export.from_ms), day(export.until_ms - 1))
    }

    fn fields(&self, export: &Export) -> String {
        let field = |f| self.say.w("bo-export-field", words::word(&words::FIELDS, f));
        export.fields.iter().map(field).collect::<Vec<_>>().join(&self.say.s("bo-export-and"))
    }

    fn state(&self, export: &Export) -> Badge {
        let (word, tone) = words::state(export.state);
        self.say.badge("bo-export-state", word, tone)
    }

    fn by(&self, who: Option<(uuid::Uuid, i64)>) -> String {
        who.map_or_else(String::new, |(who, at_ms)| format!("{} · {}", self.name(who), self.say.when(at_ms)))
    }

    fn name(&self, who: uuid::Uuid) -> String {
        self.names.get(&StaffId(who)).cloned().unwrap_or_else(|| self.say.s("bo-frozen-nobody"))
    }
}
