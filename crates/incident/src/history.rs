//! Recorded events, one JSON object a line, as `docs/incident/history.md` describes them.
//!
//! Nothing in a history need be personal data: persons are ids, and what an error repeats of a line is its number and
//! the names of its fields.

use crate::{
    When, Window,
    condition::{Fields, Scalar, UNKNOWN, known_field, known_value, says_nothing, what},
    vocabulary::{self, COMMON, KINDS, LINES},
    when::NoTime,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io::BufRead,
};

/// A line longer than this is refused, in bytes.
pub const LINE_BYTES_MAX: usize = 65_536;
/// After so many faulty lines no further one is looked at.
pub const FAULTS_MAX: usize = 50;

/// One recorded event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its kind, of [`KINDS`] or one of the owner's own.
    pub kind: String,
    /// Its name in the records it comes from.
    pub id: Option<String>,
    /// When it was.
    pub when: When,
    /// Whose it was, as a place in [`History::persons`]; `None` where nobody can say.
    pub person: Option<usize>,
    /// To whom it went, as places in [`History::persons`].
    pub recipients: Vec<usize>,
    /// What else is recorded of it, `system` among it.
    pub fields: Fields,
}

/// Somebody of whom there are records.
pub struct Person {
    /// His id in the records.
    pub id: String,
    /// Further ids that were found to be the same person.
    pub also: Vec<String>,
    /// What is recorded of him.
    pub fields: Fields,
    /// His events and those that went to him, as places in [`History::events`], in the order of the file.
    pub events: Vec<usize>,
    /// Where further ids were found to be his: what is recorded under each of all his ids.
    pub parts: Vec<Part>,
}

/// What is recorded of a person under one of his ids.
pub struct Part {
    /// What is recorded of him; of what is not under this id, what is under another.
    pub fields: Fields,
    /// His events, as places in [`History::events`].
    pub own: BTreeSet<usize>,
    /// Those that went to him.
    pub received: BTreeSet<usize>,
}

/// Records that are lost: what they would have shown is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The kind of events.
    pub kind: String,
    /// The days whose records are lost.
    pub days: Window,
    /// The one system whose records they are; `None`: all of them.
    pub system: Option<String>,
}

/// All that was recorded.
#[derive(Default)]
pub struct History {
    /// Who is in it, each once, in the order of their first line.
    pub persons: Vec<Person>,
    /// What is in it.
    pub events: Vec<Event>,
    /// What is not in it, though it happened.
    pub missing: Vec<Missing>,
}

/// A line that cannot be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// A sentence that says what to do.
    pub why: String,
}

/// Why a history was not read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// The medium failed.
    #[error("cannot read the records: {0}")]
    Io(#[from] std::io::Error),
    /// Lines are faulty: nothing was evaluated, since a line left out would narrow a population.
    #[error("{}", faults(.0))]
    Faulty(Vec<Fault>),
}

fn faults(all: &[Fault]) -> String {
    let lines = all.iter().map(|f| format!("line {}: {}", f.line, f.why));
    let more = if all.len() >= FAULTS_MAX { "\nand perhaps more: the rest was not looked at" } else { "" };
    format!("the records have faulty lines\n{}{more}", lines.collect::<Vec<_>>().join("\n"))
}

impl History {
    /// Reads all lines.
    ///
    /// # Errors
    /// Where the medium fails, or any line is faulty.
    pub fn read(from: impl BufRead) -> Result<History, Unread> {
        let (mut reading, mut faults) = (Reading::default(), Vec::new());
        for (n, line) in from.split(b'\n').enumerate() {
            if let Err(why) = reading.line(&line?, n + 1) {
                faults.push(Fault { line: n + 1, why });
            }
            if faults.len() >= FAULTS_MAX {
                break;
            }
        }
        if faults.is_empty() { Ok(reading.end()) } else { Err(Unread::Faulty(faults)) }
    }
}

/// What exports write where there is nobody: the records that bear it are not one person's.
const PLACEHOLDERS: [&str; 15] = [
    "0",
    "-",
    "--",
    "null",
    "none",
    "nil",
    "n/a",
    "na",
    "nan",
    "guest",
    "anonymous",
    "なし",
    "不明",
    "非会員",
    "ゲスト",
];

impl History {
    /// The ids of several records that look as if they stood for nobody.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        let several = self.persons.iter().filter(|person| person.events.len() > 1);
        let ids = several.flat_map(|person| person.also.iter().chain([&person.id]).map(String::as_str));
        ids.filter(|id| is_placeholder(id))
    }

    /// The fingerprints of several records that look as if they stood for no card, each once.
    pub fn placeholder_cards(&self) -> BTreeSet<&str> {
        let mut seen = BTreeSet::new();
        let named =
            self.events.iter().filter_map(|event| match event.fields.get("fingerprint")?.first()? {
                Scalar::Text(name) if is_placeholder(name) => Some(name.as_str()),
                _ => None,
            });
        named.filter(|name| !seen.insert(*name)).collect()
    }
}

/// Whether an id looks as if it stood for nobody.
pub fn is_placeholder(id: &str) -> bool {
    PLACEHOLDERS.iter().any(|known| known.eq_ignore_ascii_case(id.trim()))
}

/// What the lines so far have said.
#[derive(Default)]
struct Reading {
    history: History,
    places: HashMap<String, usize>,
    declared: HashMap<usize, usize>,
    ids: HashMap<(String, String), usize>,
    /// For each person the one he was found to be, himself at first.
    same: Vec<usize>,
}

impl Reading {
    fn line(&mut self, bytes: &[u8], number: usize) -> Result<(), String> {
        let bytes = bytes.trim_ascii();
        let bytes = if number == 1 { bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes) } else { bytes };
        if bytes.is_empty() {
            return Ok(());
        }
        if bytes.len() > LINE_BYTES_MAX {
            return Err(format!("it is longer than {LINE_BYTES_MAX} bytes"));
        }
        let map = crate::line::object(bytes)?;
        match text(&map, "event")?.as_deref() {
            None => Err("“event” is missing: it says what kind of line this is".to_owned()),
            Some("person") => self.person_line(&map, number),
            Some("same") => self.same_line(&map),
            Some("missing") => self.missing_line(&map),
            Some(kind) => self.event_line(kind, &map, number),
        }
    }

    fn person_line(&mut self, map: &Map<String, Value>, number: usize) -> Result<(), String> {
        let id = text(map, "id")?.ok_or("“id” is missing: a person is named by it")?;
        let place = self.place(id.trim());
        if let Some(before) = self.declared.insert(place, number) {
            return Err(format!("this person was described in line {before} already"));
        }
        self.history.persons[place].fields = fields(map, &["event", "id"])?;
        Ok(())
    }

    fn same_line(&mut self, map: &Map<String, Value>) -> Result<(), String> {
        only(map, &["event", "persons"])?;
        let ids = texts(map, "persons")?;
        if ids.len() < 2 {
            return Err("“persons” lists the ids, two at least, that are one person".to_owned());
        }
        let places: Vec<usize> = ids.iter().map(|id| self.place(id.trim())).collect();
        for place in &places {
            // Who came first stays: the result does not depend on the order of the lines that say so.
            let (one, other) = (self.root(places[0]), self.root(*place));
            self.same[one.max(other)] = one.min(other);
        }
        Ok(())
    }

    fn missing_line(&mut self, map: &Map<String, Value>) -> Result<(), String> {
        only(map, &["event", "of", "from", "to", "system"])?;
        let kind =
            text(map, "of")?.ok_or("“of” is missing: it names the kind of events whose records are lost")?;
        known_kind(&kind)?;
        let end = |name| text(map, name)?.map(crate::when::End::try_from).transpose();
        let days = Window { from: end("from")?, to: end("to")? };
        if days.is_backwards() {
            return Err("it ends before it begins".to_owned());
        }
        let system = text(map, "system")?;
        self.history.missing.push(Missing { kind, days, system });
        Ok(())
    }

    fn event_line(&mut self, kind: &str, map: &Map<String, Value>, number: usize) -> Result<(), String> {
        known_kind(kind)?;
        let id = text(map, "id")?;
        if let Some(id) = &id
            && let Some(before) = self.ids.insert((kind.to_owned(), id.clone()), number)
        {
            return Err(format!("line {before} has the same “id”: it would be counted twice"));
        }
        let when = match (time(map, "at")?, time(map, "until")?) {
            (Some(at), Some(until)) if until.ends_before(at) => {
                return Err("“until” is before “at”".to_owned());
            }
            (Some(at), Some(until)) => at.to(until),
            // That it lasted is known, and not how long; an absent end is one moment.
            (Some(at), None) if is_unknown(map, "until") => at.onward(),
            (Some(at), None) => at,
            (None, _) => When::ANY,
        };
        let mut fields = fields(map, COMMON)?;
        if let Some(system) = text(map, "system")? {
            fields.insert("system".to_owned(), vec![Scalar::Text(system)]);
        }
        let person = text(map, "person")?.map(|id| self.place(id.trim()));
        let recipients = texts(map, "recipients")?.iter().map(|id| self.place(id.trim())).collect();
        self.history.events.push(Event { kind: kind.to_owned(), id, when, person, recipients, fields });
        Ok(())
    }

    fn place(&mut self, id: &str) -> usize {
        if let Some(place) = self.places.get(id) {
            return *place;
        }
        let place = self.history.persons.len();
        let id_alone = Person {
            id: id.to_owned(),
            also: Vec::new(),
            fields: BTreeMap::new(),
            events: Vec::new(),
            parts: Vec::new(),
        };
        self.history.persons.push(id_alone);
        self.places.insert(id.to_owned(), place);
        self.same.push(place);
        place
    }

    fn root(&self, mut place: usize) -> usize {
        while self.same[place] != place {
            place = self.same[place];
        }
        place
    }

    /// Makes one of those who are one, and gives each his events.
    fn end(self) -> History {
        let roots: Vec<usize> = (0..self.same.len()).map(|place| self.root(place)).collect();
        let mut places = vec![0; roots.len()];
        let mut persons: Vec<Person> = Vec::new();
        // Where among the parts of the person each id stands that is not all of him.
        let mut parts: BTreeMap<usize, usize> = BTreeMap::new();
        for (old, person) in self.history.persons.into_iter().enumerate() {
            if roots[old] == old {
                places[old] = persons.len();
                persons.push(person);
                continue;
            }
            places[old] = places[roots[old]];
            let one = &mut persons[places[old]];
            if one.parts.is_empty() {
                one.parts.push(Part::of(&one.fields));
                parts.insert(roots[old], 0);
            }
            parts.insert(old, one.parts.len());
            one.parts.push(Part::of(&person.fields));
            one.also.push(person.id);
            for (name, values) in person.fields {
                let known = one.fields.entry(name).or_default();
                known.extend(values.into_iter().filter(|v| !known.contains(v)).collect::<Vec<_>>());
            }
        }
        for Person { fields, parts, .. } in &mut persons {
            for part in parts {
                fields.iter().for_each(|(name, values)| {
                    part.fields.entry(name.clone()).or_insert_with(|| values.clone());
                });
            }
        }
        let mut events = self.history.events;
        whose_order(&mut events);
        for (n, event) in events.iter_mut().enumerate() {
            if let Some((old, at)) = event.person.and_then(|old| Some((old, parts.get(&old)?))) {
                persons[places[old]].parts[*at].own.insert(n);
            }
            for old in &event.recipients {
                if let Some(at) = parts.get(old) {
                    persons[places[*old]].parts[*at].received.insert(n);
                }
            }
            event.person = event.person.map(|p| places[p]);
            event.recipients.iter_mut().for_each(|p| *p = places[*p]);
            let whom = event.person.iter().chain(&event.recipients).copied();
            for place in whom.collect::<BTreeSet<_>>() {
                persons[place].events.push(n);
            }
        }
        History { persons, events, missing: self.history.missing }
    }
}

/// Whoever a record is of that names nobody, but an order: it is of whose order it was.
fn whose_order(events: &mut [Event]) {
    let orders = events.iter().filter(|event| event.kind == "order");
    let named = orders
        .filter_map(|order| Some((order.id.clone()?, (order.person?, order.fields.get("system").cloned()))));
    let orders: HashMap<String, _> = named.collect();
    for event in events.iter_mut().filter(|event| event.person.is_none()) {
        // An order may name another one, as one that was sent again.
        let order = crate::scope::named_by(&event.fields, "order").and_then(|name| orders.get(&name));
        // Two systems may number alike.
        let same_system = |of: &Option<_>| {
            of.is_none() || event.fields.get("system").is_none_or(|own| Some(own) == of.as_ref())
        };
        event.person = order.filter(|(_, system)| same_system(system)).map(|(person, _)| *person);
    }
}

impl Part {
    fn of(fields: &Fields) -> Part {
        Part { fields: fields.clone(), own: BTreeSet::new(), received: BTreeSet::new() }
    }
}

/// Whether there may be events of that kind.
///
/// # Errors
/// A sentence that lists the kinds there are.
pub fn known_kind(kind: &str) -> Result<(), String> {
    if vocabulary::find(KINDS, kind).is_some() || vocabulary::is_own(kind) {
        return Ok(());
    }
    let all = vocabulary::listed(KINDS);
    let lines = LINES.join(", ");
    Err(format!(
        "there is no kind of event “{kind}”: use {all}, or begin a name of your own with x_ (other lines: {lines})"
    ))
}

fn fields(map: &Map<String, Value>, but: &[&str]) -> Result<Fields, String> {
    let mut fields = Fields::new();
    for (name, value) in map.iter().filter(|(name, _)| !but.contains(&name.as_str())) {
        known_field(name)?;
        let Some(values) = Scalar::list(value).map_err(|e| format!("“{name}”: {e}"))? else { continue };
        values.iter().try_for_each(|v| known_value(name, v))?;
        if vocabulary::NAMES.contains(&name.as_str()) && values.len() > 1 {
            return Err(format!("“{name}” names one: write a line for each"));
        }
        fields.insert(name.clone(), values);
    }
    Ok(fields)
}

fn only(map: &Map<String, Value>, names: &[&str]) -> Result<(), String> {
    let stranger = map.keys().find(|name| !names.contains(&name.as_str()));
    stranger
        .map_or(Ok(()), |name| Err(format!("“{name}” has no meaning here: there are {}", names.join(", "))))
}

fn text(map: &Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if says_nothing(text) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim().to_owned())),
        Some(other) => Err(format!("“{name}” is a text, not {}", what(other))),
    }
}

/// What was found there is not repeated: a column too far it is somebody's.
fn time(map: &Map<String, Value>, name: &str) -> Result<Option<When>, String> {
    let wrong = |why: NoTime| format!("“{name}”: {why}");
    text(map, name)?.map(|text| When::parse(&text).map_err(wrong)).transpose()
}

fn is_unknown(map: &Map<String, Value>, name: &str) -> bool {
    map.get(name).and_then(Value::as_str).is_some_and(|text| text.trim().eq_ignore_ascii_case(UNKNOWN))
}

fn texts(map: &Map<String, Value>, name: &str) -> Result<Vec<String>, String> {
    let list = match map.get(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(other) => return Err(format!("“{name}” is a list of ids, not {}", what(other))),
    };
    let each = list.iter().map(|value| match value {
        Value::String(text) if says_nothing(text) => Err(format!(
            "“{name}” lists somebody without an id: leave it out where there was nobody, and where nobody knows who it was give him an id of his own"
        )),
        Value::String(text) => Ok(text.clone()),
        other => Err(format!("“{name}” lists ids, each a text, not {}", what(other))),
    });
    each.collect()
}
