//! One part of the facts: its entries, and the form for one of them.

use super::{
    edit,
    faults::{self, Need},
    moment, newest, part_of,
    parts::{As, Part},
    today, unprocessable,
    view::{PartRow, needed, tabs, with_error},
};
use crate::{
    App,
    backoffice::{Desk, Say, StaffSession, desk, done},
    error::Fault,
    form::Fields,
    view::{self, Choice, Field},
    visit::Visit,
};
use ::desk::{Case, gate};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::Uri;
use incident::{Facts, item_name, vocabulary::ITEMS};
use serde_json::Value;
use site::{
    FieldKind,
    incident::{DONE, ENTRIES_MAX},
};
use store::incident::Revision;

#[derive(Template)]
#[template(path = "backoffice/incident_part.html")]
struct PartPage {
    desk: Desk,
    id: String,
    /// The page's own address, to which its form is sent.
    action: String,
    lead: String,
    tabs: Vec<PartRow>,
    list: bool,
    entries: Vec<EntryRow>,
    base: u32,
    /// The entry that the form shows, from 1; empty: a new one.
    entry: String,
    form_title: String,
    /// Whether publishing asks for this part, and nothing stands there.
    needed: bool,
    fields: Vec<Field>,
    items: Vec<Choice>,
    has_items: bool,
    item_error: Option<String>,
    removable: bool,
    may_write: bool,
    errors: Vec<(String, String)>,
    why: Option<String>,
}

struct EntryRow {
    href: String,
    title: String,
    says: String,
    current: bool,
}

/// `GET /admin/incidents/{id}/{part}`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Fault> {
    let part = part_of(&uri)?;
    let (revision, value, facts) = newest(&app, &id).await?;
    let query = done::query(&uri);
    let at = super::entry_of(&query);
    let at = if part.list { at } else { 0 };
    let blank = Value::Null;
    let entries = part.entries(&value);
    let entry = entries.get(at).copied().unwrap_or(&blank);
    let shown = |name: &str| edit::shown(&part, entry, name);
    let has = |item: &str| edit::has_item(entry, item);
    let page = page(&app, &visit, &session, (&revision, &value, &facts), part, at, (&shown, &has));
    let desk = page.desk.with_done_of(DONE, Some(query.get("done")));
    view::html(&PartPage { desk, ..page })
}

/// The same, with what was typed and what is wrong with it.
#[allow(clippy::too_many_arguments)]
pub(super) fn again(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    (revision, value): (&Revision, &Value),
    part: Part,
    at: usize,
    typed: &Fields,
    errors: Vec<(String, String)>,
    why: Option<String>,
) -> Result<Response, Fault> {
    let (_, facts) = super::read(revision)?;
    let shown = |name: &str| typed.get(name).to_owned();
    let has = |item: &str| typed.all("item").any(|i| i == item);
    let mut page = page(app, visit, session, (revision, value, &facts), part, at, (&shown, &has));
    page.fields = page.fields.into_iter().map(|field| with_error(field, &errors)).collect();
    page.item_error = view::wrong(&errors, "item").map(str::to_owned);
    (page.errors, page.why) = (errors, why);
    view::html(&page).map(unprocessable)
}

/// What a form shows of a field, and whether an item is ticked.
type Shown<'a> = (&'a dyn Fn(&str) -> String, &'a dyn Fn(&str) -> bool);

fn page(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    (revision, value, facts): (&Revision, &Value, &Facts),
    part: Part,
    at: usize,
    (shown, has): Shown<'_>,
) -> PartPage {
    let say = Say::to(visit);
    let (id, count) = (revision.incident.to_string(), part.entries(value).len());
    let path = format!("/admin/incidents/{id}/{}", part.word);
    let row = |n: usize| {
        let (title, says) = part.line(&say, facts, n)?;
        Some(EntryRow { href: format!("{path}?entry={}", n + 1), title, says, current: n == at })
    };
    let known = at < count;
    let items = ITEMS.iter().map(|(word, _)| {
        let name = item_name(facts, word);
        let selected = has(word);
        Choice { value: (*word).to_owned(), label: say.name(&name.ja, &name.en).to_owned(), selected }
    });
    let has_items = part.word == "causes";
    let needed = needed(&gate::missing(Case { facts, counts: None, today: today(app) }));
    PartPage {
        lead: say.w("bo-inc-lead", part.word),
        tabs: tabs(&say, &id, value, part.word, &needed),
        list: part.list,
        entries: if part.list { (0..count).filter_map(row).collect() } else { Vec::new() },
        base: revision.number,
        entry: if part.list && known {
            (at + 1).min(ENTRIES_MAX as usize).to_string()
        } else {
            String::new()
        },
        form_title: say.s(match (part.list, known) {
            (true, true) => "bo-inc-form-change",
            (true, false) => "bo-inc-form-add",
            (false, _) => "bo-inc-form-one",
        }),
        needed: needed.contains(&part.word),
        fields: fields(&say, part, shown),
        items: if has_items { items.collect() } else { Vec::new() },
        has_items,
        item_error: None,
        removable: known && !part.key.is_empty() && (part.word != "causes" || count > 1),
        may_write: desk::manages(session),
        errors: Vec::new(),
        why: None,
        desk: Desk::of(app, visit, session, "incidents", say.w("bo-inc-part", part.word)).at(&path),
        action: path,
        id,
    }
}

/// The texts of a field's choices.
fn family(field: &str) -> &'static str {
    match field {
        "rule_kind" => "bo-inc-rule",
        "how_known" | "why_known" => "bo-inc-known",
        "certainty" => "bo-inc-certainty",
        "happened" => "bo-inc-happened",
        "progress" => "bo-inc-progress",
        "payer" => "bo-inc-payer",
        "office" => "bo-inc-office",
        "filing" => "bo-inc-filing",
        _ => "bo-inc-question-part",
    }
}

/// The fields of a part's form.
fn fields(say: &Say, part: Part, shown: &dyn Fn(&str) -> String) -> Vec<Field> {
    let drawn = |shape: &site::Field| {
        let name = shape.name;
        let field = drawn(say, shape, shown(name));
        let choices = |family: &str, words: &[&str]| {
            words.iter().map(|w| Choice::new(*w, say.w(family, w), &field.value)).collect::<Vec<_>>()
        };
        let list = match (part.kind(name), name) {
            _ if moment::day_of(name).is_some() => None,
            (As::Truth, _) => Some(choices("bo-inc-truth", site::incident::TRUTHS)),
            (As::Yes, _) => Some(choices("bo-inc-both", site::incident::BOTH)),
            (As::Word(words), name) => Some(choices(family(name), words)),
            (As::Text | As::Day, _) => None,
        };
        let field = match list {
            Some(list) => field.select(list).wide("half"),
            None => field,
        };
        match faults::need(&part, name) {
            Need::Must => field,
            Need::Depends => field.depends(),
            Need::Both => field.both(),
            Need::May => field.optional(),
        }
    };
    let own = ["base", "entry", "go", "item"];
    part.form.fields.iter().filter(|f| !own.contains(&f.name)).map(drawn).collect()
}

/// A field as its shape says. What belongs together stands in a row that begins with it: both languages, a moment.
pub(super) fn drawn(say: &Say, shape: &site::Field, value: String) -> Field {
    let name = shape.name;
    let field = Field::line(name, say.w("bo-inc-f", name), value, shape.chars_max);
    let field = match (name, shape.kind) {
        _ if name.ends_with(moment::TIME) => field.of_type("time").wide("third"),
        _ if name.ends_with(moment::SPAN) => {
            let spans = site::incident::SPANS.iter();
            let spans =
                spans.map(|span| Choice::new(*span, say.w("bo-inc-span", span), &field.value)).collect();
            field.select(spans).wide("third")
        }
        ("since" | "upto" | "on" | "fix_published", _) => field.of_type("date").wide("third first"),
        (_, FieldKind::Date) => field.of_type("date").wide("half"),
        (_, FieldKind::Text) => field.lines(if name == "rule" { 4 } else { 3 }),
        _ if shape.chars_max <= 30 => field.wide("half"),
        _ => field,
    };
    let field = match name.rsplit_once('_') {
        Some((_, "ja")) => field.wide("half first"),
        Some((_, "en")) => field.wide("half"),
        _ => field,
    };
    match say.w("bo-inc-hint", name).as_str() {
        "" => field,
        hint => field.hint(hint),
    }
}
