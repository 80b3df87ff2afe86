//! `dozo incident cards`: the cards that causes concern, as the processor and card companies ask for them. A number is
//! nowhere; what there is of a card are brand, last four digits and the processor's fingerprint.

use super::kept::{self, Shop};
use ::desk::case::has_card;
use ::incident::{Facts, History, Scope, When, Window, scope::Level};
use anyhow::Result;
use domain::IncidentId;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
};

/// Which.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    shop: Shop,
    /// The incident.
    incident: IncidentId,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// A card by its fingerprint.
#[derive(Default)]
struct Card {
    last4: Option<String>,
    days: BTreeSet<String>,
    entries: u64,
}

/// The cards of a brand.
#[derive(Default)]
struct Brand {
    cards: BTreeMap<String, Card>,
    /// Card entries of which no fingerprint is known: each may be a card of its own.
    unknown: u64,
    unknown_days: BTreeSet<String>,
    /// Orders that are concerned and of which no card is known, by number, with their day.
    orders: BTreeMap<String, String>,
}

/// Prints them, brand by brand.
///
/// # Errors
/// Where records cannot be read.
pub fn run(options: &Options) -> Result<()> {
    let store = kept::open(&options.shop)?;
    let (_, facts) = kept::facts_of(&kept::newest(&store, options.incident)?)?;
    let mut lines = recorded::Lines::new(Vec::new(), Window { from: None, to: None });
    recorded::all(&store, &mut lines)?;
    let brands = brands(&facts, &String::from_utf8(lines.end()?)?)?;
    let mut out = std::io::stdout().lock();
    if options.json {
        return Ok(writeln!(out, "{:#}", as_json(&facts, &brands))?);
    }
    writeln!(out, "brand,fingerprint,last4,first_day,last_day,entries,order")?;
    for (name, brand) in &brands {
        for (fingerprint, card) in &brand.cards {
            let (first, last) = ends(&card.days);
            let last4 = card.last4.as_deref().unwrap_or_default();
            writeln!(out, "{name},{fingerprint},{last4},{first},{last},{},", card.entries)?;
        }
        if brand.unknown > 0 {
            let (first, last) = ends(&brand.unknown_days);
            writeln!(out, "{name},,,{first},{last},{},", brand.unknown)?;
        }
        for (order, day) in &brand.orders {
            writeln!(out, "{name},,,{day},{day},,{order}")?;
        }
    }
    let orders: usize = brands.values().map(|brand| brand.orders.len()).sum();
    if orders > 0 {
        eprintln!("of {orders} orders no card is known: ask the processor for the cards of their numbers");
    }
    Ok(())
}

/// Each card entry by itself: whether a cause that concerns cards concerns it.
fn brands(facts: &Facts, lines: &str) -> Result<BTreeMap<String, Brand>> {
    let mut brands: BTreeMap<String, Brand> = BTreeMap::new();
    // Orders that a card entry names have theirs; of the others a cause may ask itself, or where records of entries are lost.
    let (mut named, mut orders) = (BTreeSet::new(), Vec::new());
    for line in lines.lines().filter(|line| line.contains("card_entry") || line.contains("\"order\"")) {
        let value: Value = serde_json::from_str(line)?;
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let day = text("at").and_then(|at| When::parse(&at).ok()?.day()).map(|day| day.to_string());
        let is_order = value["event"] == "order";
        if !is_order && value["event"] != "card_entry" || !concerns(facts, &value)? {
            continue;
        }
        if is_order {
            orders.push((text("id"), text("x_number"), day));
            continue;
        }
        named.extend(text("order"));
        let brand = brands.entry(text("brand").unwrap_or_else(|| UNKNOWN.to_owned())).or_default();
        match text("fingerprint") {
            Some(fingerprint) => {
                let card = brand.cards.entry(fingerprint).or_default();
                card.last4 = text("last4").or(card.last4.take());
                card.days.extend(day);
                card.entries += 1;
            }
            None => {
                brand.unknown += 1;
                brand.unknown_days.extend(day);
            }
        }
    }
    for (id, number, day) in orders {
        let is_named = [&id, &number].into_iter().flatten().any(|name| named.contains(name));
        if let Some(name) = number.or(id).filter(|_| !is_named) {
            let brand = brands.entry(UNKNOWN.to_owned()).or_default();
            brand.orders.insert(name, day.unwrap_or_default());
        }
    }
    Ok(brands)
}

/// The brand of which nothing is known.
const UNKNOWN: &str = "unknown";

fn concerns(facts: &Facts, line: &Value) -> Result<bool> {
    let mut line = line.clone();
    // Whose it is does not matter here; a session of nobody's is counted like any other.
    if line["person"].is_null() {
        line["person"] = "nobody".into();
    }
    let scope = Scope::evaluate(facts, &History::read(line.to_string().as_bytes())?);
    let of_card: Vec<&str> = facts.causes.iter().filter(|c| has_card(c)).map(|c| c.id.as_str()).collect();
    let mut outcomes = scope.persons.iter().flat_map(|person| &person.causes);
    Ok(outcomes.any(|(id, outcome)| of_card.contains(&id.as_str()) && outcome.result != Level::None))
}

/// The first day and the last.
fn ends(days: &BTreeSet<String>) -> (&str, &str) {
    (days.first().map_or("", String::as_str), days.last().map_or("", String::as_str))
}

fn as_json(facts: &Facts, brands: &BTreeMap<String, Brand>) -> Value {
    let card = |(fingerprint, card): (&String, &Card)| {
        let (first, last) = ends(&card.days);
        json!({ "fingerprint": fingerprint, "last4": card.last4, "first_day": first, "last_day": last,
            "entries": card.entries })
    };
    let brand = |(name, brand): (&String, &Brand)| {
        let unknown = brand.unknown + brand.orders.len() as u64;
        let precision = if unknown > 0 { "at_most" } else { "exact" };
        json!({ "brand": name, "cards": brand.cards.iter().map(card).collect::<Vec<_>>(),
            "count": { "count": brand.cards.len() as u64 + unknown, "precision": precision },
            "entries_without_fingerprint": brand.unknown,
            "orders_without_card": brand.orders.iter().map(|(order, day)| json!({ "order": order, "day": day }))
                .collect::<Vec<_>>() })
    };
    let cards = facts.cards.as_ref();
    let monitoring = cards.and_then(|c| c.monitoring.as_ref());
    let reissue = cards.and_then(|c| c.reissue.as_ref());
    json!({
        "format": 1,
        "processor": cards.and_then(|c| c.processor.as_ref()),
        "monitoring": monitoring.map(|m| json!({ "asked_on": m.asked_on, "until": m.until })),
        "reissue": reissue.map(|r| json!({ "asked_on": r.asked_on, "agreed": r.agreed, "free_until": r.free_until })),
        "brands": brands.iter().map(brand).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One cause, of card numbers, in March.
    fn facts(rule: &str) -> Facts {
        let cause = r#"format = 1
            title = { ja = "改ざん", en = "changed" }
            [[causes]]
            id = "typed"
            title = { ja = "改ざん", en = "changed" }
            windows = [{ from = "2026-03-01", to = "2026-03-31" }]
            items = ["card_number"]
            rule = "#;
        Facts::read(&format!("{cause}{rule}")).expect("facts")
    }

    #[test]
    fn cards_are_counted_once_and_only_where_a_cause_of_cards_concerns_them() {
        let facts = facts(r#"{ event = "card_entry", if = { means = ["typed", "changed"] } }"#);
        let entry = |id: &str, at: &str, means: &str, more: &str| {
            format!(
                "{{\"event\":\"card_entry\",\"id\":\"{id}\",\"at\":\"{at}\",\"means\":\"{means}\"{more}}}\n"
            )
        };
        let card = |f: &str| {
            format!(",\"brand\":\"visa\",\"last4\":\"4242\",\"fingerprint\":\"{f}\",\"person\":\"p\"")
        };
        let lines = [
            entry("1", "2026-03-02T01:00:00Z", "typed", &card("a")),
            entry("2", "2026-03-31T14:59:00Z", "changed", &card("a")),
            entry("3", "2026-03-31T15:00:00Z", "typed", &card("b")),
            entry("4", "2026-03-05T01:00:00Z", "saved", &card("c")),
            entry("5", "2026-03-06T01:00:00Z", "typed", ",\"brand\":\"jcb\""),
        ];
        let brands = brands(&facts, &lines.concat()).expect("lines");
        let visa = &brands["visa"].cards;
        assert_eq!(visa.keys().collect::<Vec<_>>(), ["a"]);
        assert_eq!((visa["a"].entries, ends(&visa["a"].days)), (2, ("2026-03-02", "2026-03-31")));
        assert_eq!((brands["jcb"].unknown, brands["jcb"].cards.len()), (1, 0));
        assert_eq!(as_json(&facts, &brands)["brands"][0]["count"]["precision"], "at_most");
    }

    #[test]
    fn orders_by_card_are_listed_where_nobody_knows_the_card() {
        let facts = facts(r#"{ event = ["order", "card_entry"], if = { payment = "card" } }"#);
        let order = |id: &str, payment: &str| {
            format!(
                "{{\"event\":\"order\",\"id\":\"{id}\",\"at\":\"2026-03-05\",\"payment\":\"{payment}\"}}\n"
            )
        };
        let entry = "{\"event\":\"card_entry\",\"id\":\"e\",\"at\":\"2026-03-05\",\"order\":\"2\",\"fingerprint\":\"f\"}\n";
        let lines =
            [order("1", "card"), order("2", "card"), order("3", "cash_on_delivery"), entry.to_owned()];
        let brands = brands(&facts, &lines.concat()).expect("lines");
        assert_eq!(brands["unknown"].orders.keys().collect::<Vec<_>>(), ["1"]);
        let count = &as_json(&facts, &brands)["brands"][0]["count"];
        assert_eq!((count["count"].as_u64(), count["precision"].as_str()), (Some(2), Some("at_most")));
    }
}
