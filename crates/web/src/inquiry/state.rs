//! What concerns some records: the rules of the frozen facts applied to these records alone, not to whatever else is
//! recorded of the same persons. Whoever receives at a contact is told of what bears that contact.

use desk::{Case, Lang, document, notice::Vector, reply};
use domain::inquiry::Level;
use incident::{History, Scope, Window, facts::Happened};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use store::{Error, Store, case::Known, notice::Source};

/// The incident that inquiries are about: the one that was frozen last.
pub(super) struct Current(campaign::Current);

/// Everything that is recorded, by record.
pub(super) struct Books {
    /// Lines by the order, customer or imported record that they belong to.
    of: HashMap<String, Vec<Line>>,
    /// What is lost, and who persons are.
    general: Vec<String>,
}

struct Line {
    text: String,
    card: Option<reply::Card>,
    /// Whether the shop itself recorded it.
    own: bool,
}

impl Current {
    /// Reads it; `None` where nothing was ever frozen.
    pub fn read(store: &Store) -> Result<Option<Current>, Error> {
        Ok(campaign::current(store)?.map(Current))
    }

    /// When the intrusion began, Unix milliseconds; `None`: not known.
    pub fn intrusion(&self) -> Option<i64> {
        let stated =
            self.0.facts.timeline.iter().filter(|s| s.what == Happened::Intrusion).map(|s| s.on.first());
        let windows = self.0.facts.causes.iter().flat_map(|c| &c.windows);
        // A window without a beginning reaches back for ever.
        if windows.clone().any(|w| w.from.is_none()) && stated.clone().next().is_none() {
            return None;
        }
        let first = stated.chain(windows.filter_map(|w| w.from.map(|from| from.first()))).min()?;
        let japan = jiff::tz::TimeZone::fixed(jiff::tz::offset(9));
        Some(first.to_zoned(japan).ok()?.timestamp().as_millisecond())
    }

    /// Subject and text of the answer about these records.
    pub fn answer(
        &self,
        books: &Books,
        about: &[&Known],
        level: Level,
        lang: Lang,
        today: jiff::civil::Date,
    ) -> anyhow::Result<(String, String)> {
        let lines: Vec<&Line> = about.iter().filter_map(|known| books.of.get(&known.key)).flatten().collect();
        // An imported record names several, each with contact data of his own: he alone is told of himself. Of a shop's own
        // order the one who placed it is told.
        let imported = about.iter().filter(|known| known.source == Source::Imported);
        let imported: BTreeSet<String> = imported.map(|known| known.person.to_string()).collect();
        let own = |line: &&Line| line.own.then(|| person(&line.text)).flatten();
        let meant: BTreeSet<String> = lines.iter().filter_map(own).chain(imported).collect();
        let vector = self.vector(books, &lines, &meant)?;
        let mut cards = BTreeSet::new();
        if level == Level::Card {
            for line in lines.iter().filter(|line| line.card.is_some()) {
                // Only a card that was typed where it concerns him: another one of his is nobody's business here.
                let own = self.vector(books, &[line], &meant)?;
                let of_card = self.0.facts.causes.iter().filter(|c| desk::case::has_card(c));
                if of_card.into_iter().any(|c| own.0.contains_key(&c.id)) {
                    cards.extend(line.card.clone());
                }
            }
        }
        let cards: Vec<reply::Card> = cards.into_iter().collect();
        let case = Case { facts: &self.0.facts, counts: self.0.counts.as_ref(), today };
        let reply = reply::reply(case, lang, &vector, (level == Level::Card).then_some(cards.as_slice()));
        Ok((reply.subject, document::plain(&reply.blocks, lang)))
    }

    /// What concerns whoever the lines are of, taken together.
    fn vector(&self, books: &Books, lines: &[&Line], meant: &BTreeSet<String>) -> anyhow::Result<Vector> {
        let mut text = String::new();
        for line in books.general.iter().chain(lines.iter().map(|line| &line.text)) {
            text.push_str(line);
            text.push('\n');
        }
        let scope = Scope::evaluate(&self.0.facts, &History::read(text.as_bytes())?);
        let mut vector = Vector::default();
        let persons = scope
            .persons
            .iter()
            .filter(|p| meant.contains(&p.person) || p.also.iter().any(|a| meant.contains(a)));
        for (id, concern) in persons.flat_map(|p| Vector::of(p).0) {
            let both = match vector.0.remove(&id) {
                Some(known) => known.with(concern),
                None => concern,
            };
            vector.0.insert(id, both);
        }
        Ok(vector)
    }
}

fn person(line: &str) -> Option<String> {
    let value: Value = serde_json::from_str(line).ok()?;
    value["person"].as_str().map(str::to_owned)
}

impl Books {
    /// Reads everything. The vault's ledger lies behind a wall from here, and counts as lost.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn read(store: &Store) -> anyhow::Result<Books> {
        let mut lines = recorded::Lines::new(Vec::new(), Window { from: None, to: None });
        recorded::all(store, &mut lines)?;
        recorded::without_ledger(&mut lines)?;
        let mut books = Books { of: HashMap::new(), general: Vec::new() };
        for text in String::from_utf8(lines.end()?)?.lines() {
            books.add(text)?;
        }
        Ok(books)
    }

    fn add(&mut self, text: &str) -> anyhow::Result<()> {
        let value: Value = serde_json::from_str(text)?;
        let id = |name: &str| value[name].as_str().map(str::to_owned);
        let kind = value["event"].as_str().unwrap_or_default();
        if matches!(kind, "missing" | "person" | "same") {
            self.general.push(text.to_owned());
            return Ok(());
        }
        let word = |name: &str| value[name].as_str().map(str::to_owned);
        let card = (kind == "card_entry").then(|| word("last4")).flatten();
        let card = card.map(|last4| reply::Card { brand: word("brand").unwrap_or_default(), last4 });
        // A session belongs to its order; one without an order to the member who was signed in.
        let own = value["system"] == recorded::SHOP;
        let record = match kind {
            // Of another system each record names by itself whom it is of.
            _ if !own => id("id"),
            "order" | "registration" | "leave" => id("id"),
            _ => id("order").or_else(|| id("person")),
        };
        if let Some(record) = record {
            self.of.entry(record).or_default().push(Line { text: text.to_owned(), card, own });
        }
        Ok(())
    }
}
