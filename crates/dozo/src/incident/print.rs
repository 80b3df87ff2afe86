//! How a scope is printed: as one JSON object, or as a page for the eyes.

use ::incident::{
    Facts, Scope, days_name,
    facts::{Certainty, Precision, Rule, Text, Unit},
    item_name, kind_name, rule_name,
    scope::{CauseChange, CauseScope, Comparison, Count, Level, Sentence},
};
use anyhow::Result;
use serde::Serialize;
use std::io::{BufWriter, Write};

/// The form of the JSON object; `docs/incident/scope.schema.json` describes it.
const FORMAT: u32 = 1;

/// One JSON object on standard output.
pub fn json(facts: &Facts, scope: &Scope, correction: Option<&Comparison>) -> Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    serde_json::to_writer(&mut out, &Printed { format: FORMAT, title: &facts.title, scope, correction })?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// Written as it goes: of millions of persons no second copy is made.
#[derive(Serialize)]
struct Printed<'a> {
    format: u32,
    title: &'a Text,
    #[serde(flatten)]
    scope: &'a Scope,
    #[serde(skip_serializing_if = "Option::is_none")]
    correction: Option<&'a Comparison>,
}

/// The language of what is printed for the eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    /// Japanese, as the notices are.
    Ja,
    /// English.
    En,
}

impl Lang {
    fn of<'a>(self, ja: &'a str, en: &'a str) -> &'a str {
        if self == Lang::Ja { ja } else { en }
    }

    /// As the desk calls it.
    pub fn desk(self) -> ::desk::Lang {
        if self == Lang::Ja { ::desk::Lang::Ja } else { ::desk::Lang::En }
    }

    /// The text in this language.
    pub fn text(self, text: &Text) -> &str {
        self.of(&text.ja, &text.en)
    }

    /// The sentence in this language.
    pub fn said(self, sentence: &Sentence) -> &str {
        self.of(&sentence.ja, &sentence.en)
    }

    fn count(self, count: &Count) -> String {
        match count.precision {
            Precision::Exact => count.count.to_string(),
            Precision::AtMost => format!("{} {}", self.of("最大", "at most"), count.count),
            Precision::About => format!("{} {}", self.of("約", "about"), count.count),
        }
    }

    fn precision(self, precision: Precision) -> &'static str {
        match (precision, self) {
            (Precision::Exact, Lang::Ja) => "確定",
            (Precision::AtMost, Lang::Ja) => "最大",
            (Precision::About, Lang::Ja) => "およそ",
            (Precision::Exact, Lang::En) => "exactly",
            (Precision::AtMost, Lang::En) => "at most",
            (Precision::About, Lang::En) => "about",
        }
    }

    fn unit(self, unit: Unit) -> &'static str {
        match (unit, self) {
            (Unit::Cards, Lang::Ja) => "枚のカード",
            (Unit::Orders, Lang::Ja) => "件のご注文",
            (Unit::Events, Lang::Ja) => "件の記録",
            (Unit::Persons, Lang::Ja) => "件",
            (Unit::Cards, Lang::En) => " cards",
            (Unit::Orders, Lang::En) => " orders",
            (Unit::Events | Unit::Persons, Lang::En) => " records",
        }
    }

    fn level(self, level: Level) -> &'static str {
        match (level, self) {
            (Level::None, Lang::Ja) => "対象外",
            (Level::Possible, Lang::Ja) => "可能性あり",
            (Level::Confirmed, Lang::Ja) => "確認済み",
            (Level::None, Lang::En) => "none",
            (Level::Possible, Lang::En) => "possible",
            (Level::Confirmed, Lang::En) => "confirmed",
        }
    }
}

/// The counts, then each person who is concerned, with the reason.
pub fn text(facts: &Facts, scope: &Scope, correction: Option<&Comparison>, lang: Lang) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", lang.text(&facts.title))?;
    for (cause, described) in scope.causes.iter().zip(&facts.causes) {
        writeln!(out, "\n■ {} [{}]", lang.text(&described.title), cause.id)?;
        one_cause(&mut out, cause, lang)?;
    }
    for (group, described) in scope.groups.iter().zip(&facts.groups) {
        let persons = lang.count(&group.persons);
        writeln!(
            out,
            "\n□ {} [{}]: {persons}{}",
            lang.text(&described.title),
            group.id,
            lang.of("名", " persons")
        )?;
    }
    let (affected, known) = (lang.count(&scope.persons_affected), scope.persons_known);
    match lang {
        Lang::Ja => writeln!(out, "\nいずれかに該当: {affected}名(記録のある方 {known}名)\n")?,
        Lang::En => {
            writeln!(out, "\nconcerned by any: {affected} persons, of {known} of whom there are records\n")?
        }
    }
    for person in &scope.persons {
        for (cause, outcome) in person.causes.iter().filter(|(_, o)| o.result != Level::None) {
            let items: Vec<String> =
                outcome.items.iter().map(|i| lang.said(&item_name(facts, i)).to_owned()).collect();
            let (level, reason) = (lang.level(outcome.result), lang.said(&outcome.reason));
            writeln!(
                out,
                "{}\t{cause}\t{level}\t{reason}\t{}",
                person.person,
                items.join(lang.of("、", ", "))
            )?;
        }
    }
    for change in correction.iter().flat_map(|c| &c.causes) {
        let CauseChange { id, added, retracted, confirmed_now, no_longer_confirmed } = change;
        match lang {
            Lang::Ja => writeln!(
                out,
                "\n前の版からの訂正 [{id}]: 追加 {added}名、取消 {retracted}名、確認済みへ {confirmed_now}名、可能性ありへ {no_longer_confirmed}名"
            )?,
            Lang::En => writeln!(
                out,
                "\ncorrected since the older version [{id}]: {added} added, {retracted} retracted, {confirmed_now} now confirmed, {no_longer_confirmed} no longer"
            )?,
        }
    }
    for warning in &scope.warnings {
        writeln!(out, "\n{}: {}", lang.of("注意", "note"), lang.said(warning))?;
    }
    Ok(())
}

fn one_cause(out: &mut impl Write, cause: &CauseScope, lang: Lang) -> Result<()> {
    writeln!(out, "  {}", lang.said(&cause.sentence))?;
    let levels = [
        (lang.of("該当", "concerned"), &cause.affected),
        (lang.of("うち確認済み", "of them confirmed"), &cause.confirmed),
        (lang.of("うち可能性あり", "of them possible"), &cause.possible),
    ];
    let persons = lang.of("名", " persons");
    for (name, pair) in levels {
        let (records, count) = (lang.count(&pair.records), lang.count(&pair.persons));
        writeln!(out, "  {name}: {records}{}, {count}{persons}", lang.unit(cause.unit))?;
    }
    if cause.unlinked_records > 0 {
        let unlinked =
            lang.of("どなたのものか分からず、お知らせできない記録", "records of nobody knows whom");
        writeln!(out, "  {unlinked}: {}", cause.unlinked_records)?;
    }
    for left_out in &cause.excluded {
        let why = left_out.why.as_ref().map(|w| lang.text(w)).unwrap_or_default();
        let (system, records, count) = (&left_out.system, left_out.records, left_out.persons);
        writeln!(out, "  {} [{system}]: {records}, {count}{persons} {why}", lang.of("対象外", "left out"))?;
    }
    for figure in &cause.stated {
        let number = |n: Option<u64>| n.map_or_else(|| "—".to_owned(), |n| n.to_string());
        let (records, count) = (number(figure.records), number(figure.persons));
        writeln!(
            out,
            "  {}: {records}, {count}{persons} ({})",
            lang.text(&figure.by),
            lang.precision(figure.precision)
        )?;
    }
    Ok(())
}

/// All rules of the facts, in both languages, so that whoever wrote them reads what they say.
pub fn rules(facts: &Facts) -> Result<()> {
    let mut out = std::io::stdout().lock();
    for cause in &facts.causes {
        writeln!(out, "{} [{}]", cause.title.ja, cause.id)?;
        let mut say = |ja: &str, en: &str, rule: &Rule| {
            let said = rule_name(facts, Some(cause), rule);
            writeln!(out, "  {ja}{}\n  {en}{}", said.ja, said.en)
        };
        match cause.certainty {
            Certainty::Possible => say("", "", &cause.rule)?,
            Certainty::Confirmed => say("漏えいを確認: ", "it is certain of: ", &cause.rule)?,
        }
        if let Some(rule) = &cause.confirmed {
            say("ほかの条件にかかわらず漏えいを確認: ", "whatever else, it is certain of: ", rule)?;
        }
        for item in &cause.items {
            if let Some(rule) = &item.only {
                let name = item_name(facts, &item.item);
                say(&format!("{}は次の方のみ: ", name.ja), &format!("{} only of: ", name.en), rule)?;
            }
        }
        for gap in &cause.gaps {
            let (days, kind) = (days_name(&gap.days), kind_name(facts, &gap.of));
            let instead = gap.instead.as_ref().unwrap_or(&Rule::Everyone);
            let said = rule_name(facts, Some(&cause.within(gap)), instead);
            writeln!(out, "  {}の{}の記録が失われたかわりに: {}", days.ja, kind.ja, said.ja)?;
            writeln!(out, "  instead of records of {} lost {}: {}", kind.en, days.en, said.en)?;
        }
    }
    for group in &facts.groups {
        let said = rule_name(facts, None, &group.rule);
        writeln!(out, "{} [{}]\n  {}\n  {}", group.title.ja, group.id, said.ja, said.en)?;
    }
    for system in facts.systems.iter().filter(|system| !system.affected) {
        let why = system.why.as_ref().map(|why| (why.ja.as_str(), why.en.as_str())).unwrap_or_default();
        writeln!(out, "対象外 {} [{}]\n  {}\n  {}", system.name.ja, system.id, why.0, why.1)?;
    }
    Ok(())
}
