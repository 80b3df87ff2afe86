//! What whoever wrote facts or records should look at.

use crate::{
    Truth,
    condition::{Condition, Scalar},
    facts::{Cause, During, Events, Facts, Gap, Rule, Text},
    history::{History, Missing},
    scope::Sentence,
    vocabulary,
};

/// Asks all records for a value.
pub trait Recorded {
    /// Whether any has it in this field.
    fn says(&self, field: &str, value: &Scalar) -> bool;
}

impl Recorded for History {
    fn says(&self, field: &str, value: &Scalar) -> bool {
        let fields = self.events.iter().map(|event| &event.fields);
        fields
            .chain(self.persons.iter().map(|person| &person.fields))
            .any(|fields| fields.get(field).into_iter().flatten().any(|found| found.is(value) != Truth::No))
    }
}

/// What whoever wrote the facts should look at. `history` needs one event only of those that are alike but for their values;
/// `all` has all of them.
pub fn warnings(facts: &Facts, history: &History, all: &dyn Recorded) -> Vec<Sentence> {
    let mut found = Found { facts, history, all, warnings: Vec::new() };
    for cause in &facts.causes {
        found.losses(cause);
        let named = cause.systems.iter().flatten().filter_map(|id| facts.system(id));
        named
            .filter(|system| !system.affected)
            .for_each(|system| found.warn(unaffected(&cause.title, &system.id)));
        let idle = |gap: &&Gap| {
            let mut items = cause.items.iter().filter_map(|item| item.only.as_ref());
            !facts.has_others(cause, gap) && !items.any(|rule| facts.misses(cause, rule, gap))
        };
        cause.gaps.iter().filter(idle).for_each(|gap| found.warn(unasked(&cause.title, gap)));
        cause.rules().for_each(|rule| found.rule(&cause.title, Some(cause), rule));
        found.registered(cause);
    }
    facts.groups.iter().for_each(|group| found.rule(&group.title, None, &group.rule));
    found.warnings
}

struct Found<'a> {
    facts: &'a Facts,
    history: &'a History,
    all: &'a dyn Recorded,
    warnings: Vec<Sentence>,
}

impl Found<'_> {
    fn warn(&mut self, sentence: Sentence) {
        if !self.warnings.contains(&sentence) {
            self.warnings.push(sentence);
        }
    }

    /// Lost records of which nobody says who is concerned instead.
    fn losses(&mut self, cause: &Cause) {
        let frame = crate::scope::frame(self.facts, self.history, Some(cause), &[]);
        for missing in self.history.missing.iter().filter(|missing| !frame.is_stated(missing)) {
            let mut asked = false;
            for rule in cause.confirmed.iter().chain([&cause.rule]) {
                rule.each(&mut |rule| {
                    let Missing { kind, days, system } = missing;
                    asked |= matches!(rule, Rule::Event(e) if frame.means(e, kind, days, system.as_deref()));
                });
            }
            if asked {
                self.warn(unbounded(&cause.title, &missing.kind));
            }
        }
    }

    fn registered(&mut self, cause: &Cause) {
        let since = cause.windows.iter().any(|window| window.from.is_some());
        cause.rule.each(&mut |rule| {
            let Rule::Event(events) = rule else { return };
            let is_asked = events.during == During::Windows && events.kinds == ["registration"];
            if since && is_asked && self.history.events.iter().any(|event| event.kind == "registration") {
                self.warn(registered_before(&cause.title));
            }
        });
    }

    /// What a rule asks for and no record has.
    fn rule(&mut self, title: &Text, cause: Option<&Cause>, rule: &Rule) {
        rule.each(&mut |rule| match rule {
            Rule::Event(events) => self.events(title, cause, events),
            Rule::Person(condition) => {
                let said = |field: &str| self.history.persons.iter().any(|p| p.fields.contains_key(field));
                let values = self.misspelt(condition, &said);
                values.into_iter().for_each(|(field, value)| self.warn(unsaid(title, field, value)));
            }
            _ => {}
        });
    }

    fn events(&mut self, title: &Text, cause: Option<&Cause>, events: &Events) {
        let (facts, history) = (self.facts, self.history);
        let mut any = false;
        for event in history.events.iter().filter(|e| events.kinds.contains(&e.kind)) {
            any = true;
            let Some(system) = crate::scope::system(event) else { continue };
            if !facts.systems.is_empty() && facts.system(system).is_none() {
                self.warn(stranger(system));
            }
        }
        if !any {
            self.warn(nothing(title, &events.kinds.join(", ")));
        }
        // Where systems are described, a name that is none of theirs was refused.
        let of_cause = cause.and_then(|cause| cause.systems.as_ref());
        let named = events.systems.as_ref().or(of_cause).into_iter().flatten();
        for id in named.filter(|_| facts.systems.is_empty()) {
            if !history.events.iter().any(|e| crate::scope::system(e) == Some(id)) {
                self.warn(nowhere(title, id));
            }
        }
        events.when.each_field(&mut |field| {
            let of_kind = |e: &&crate::history::Event| events.kinds.contains(&e.kind);
            let recorded = history.events.iter().filter(of_kind).any(|e| e.fields.contains_key(field));
            if any && !recorded {
                self.warn(unrecorded(title, field));
            }
        });
        let said = |field: &str| history.events.iter().any(|e| e.fields.contains_key(field));
        let values = self.misspelt(&events.when, &said);
        values.into_iter().for_each(|(field, value)| self.warn(unsaid(title, field, value)));
    }

    /// Values that are no word of the vocabulary, which was refused where it is none, and that no record has: it shows only here
    /// that they are misspelt.
    fn misspelt<'c>(
        &self,
        condition: &'c Condition,
        said: &dyn Fn(&str) -> bool,
    ) -> Vec<(&'c str, &'c Scalar)> {
        let mut found = Vec::new();
        condition.each_value(&mut |field, value| {
            let is_word =
                |text: &str| vocabulary::field(field).is_some_and(|known| known.rank(text).is_some());
            let is_own = match value {
                Scalar::Text(text) => !is_word(text),
                Scalar::Number(_) => true,
                Scalar::Bool(_) => false,
            };
            if is_own && said(field) && !self.all.says(field, value) {
                found.push((field, value));
            }
        });
        found
    }
}

fn unaffected(title: &Text, system: &str) -> Sentence {
    Sentence {
        ja: format!(
            "「{}」:対象とするシステム {system} は、systems では対象外(affected = false)とされています。どちらかを改めてください。",
            title.ja
        ),
        en: format!(
            "“{}”: its system {system} is said not to be affected under “systems”. Change one of the two.",
            title.en
        ),
    }
}

fn unbounded(title: &Text, kind: &str) -> Sentence {
    Sentence {
        ja: format!(
            "「{}」:{kind} の記録の一部が失われており、代わりの条件(gaps の instead)がないため、\
             ほかの条件に合う方をすべて「可能性あり」としています。",
            title.ja
        ),
        en: format!(
            "“{}”: some records of {kind} are lost and nothing says who is concerned instead (gaps, instead): whoever else fits counts as possibly affected.",
            title.en
        ),
    }
}

fn unasked(title: &Text, gap: &Gap) -> Sentence {
    let days = super::days(&gap.days);
    Sentence {
        ja: format!(
            "「{}」:失われた記録(gaps)の {}({})は、条件が求めていない記録か、期間の外のものです。このままでは代わりの条件に合う方も対象になりません。of と days をご確認ください。",
            title.ja, gap.of, days.ja
        ),
        en: format!(
            "“{}”: its rule does not ask for the lost records (gaps) of {} ({}), or not then or there, so that nobody is concerned instead. See whether “of” and “days” are right.",
            title.en, gap.of, days.en
        ),
    }
}

fn stranger(system: &str) -> Sentence {
    Sentence {
        ja: format!(
            "記録にあるシステム「{system}」が systems に書かれていません。その記録は「可能性あり」として扱います。"
        ),
        en: format!(
            "The system “{system}” of the records is not described in “systems”: its records count as possibly concerned."
        ),
    }
}

fn nothing(title: &Text, kinds: &str) -> Sentence {
    Sentence {
        ja: format!(
            "「{}」:条件にある {kinds} の記録が1件もありません。記録がそろっているかご確認ください。",
            title.ja
        ),
        en: format!(
            "“{}”: there is not one record of {kinds}, which its rule asks for. See whether the records are complete.",
            title.en
        ),
    }
}

/// A table of members that was read holds those, too, who registered long before anybody read it.
fn registered_before(title: &Text) -> Sentence {
    Sentence {
        ja: format!(
            "「{}」:期間中に会員登録をした方だけが対象です。会員の一覧が読まれた場合は、以前からの会員も対象となるよう、\
             条件に during = {{ to = \"期間の終わり\" }} とお書きください。",
            title.ja
        ),
        en: format!(
            "“{}”: only those are meant who registered within its windows. Where a list of members was read, members of before are concerned as well: write during = {{ to = \"the end\" }} in the rule.",
            title.en
        ),
    }
}

fn nowhere(title: &Text, system: &str) -> Sentence {
    Sentence {
        ja: format!(
            "「{}」:条件にあるシステム {system} の記録が1件もありません。書き間違いがないかご確認ください。",
            title.ja
        ),
        en: format!(
            "“{}”: there is not one record of the system {system}, which its rule names. See whether it is spelt so.",
            title.en
        ),
    }
}

fn unrecorded(title: &Text, field: &str) -> Sentence {
    Sentence {
        ja: format!(
            "「{}」:条件にある項目 {field} がどの記録にもありません。該当しうる方はすべて「可能性あり」となります。",
            title.ja
        ),
        en: format!(
            "“{}”: no record says anything of {field}, which its rule asks for: whoever else fits counts as possibly affected.",
            title.en
        ),
    }
}

fn unsaid(title: &Text, field: &str, value: &Scalar) -> Sentence {
    let value = match value {
        Scalar::Text(text) => text.clone(),
        Scalar::Number(number) => number.to_string(),
        Scalar::Bool(value) => value.to_string(),
    };
    Sentence {
        ja: format!(
            "「{}」:条件にある {field} の値 {value} がどの記録にもありません。書き間違いがないかご確認ください。",
            title.ja
        ),
        en: format!(
            "“{}”: no record has {value} in {field}, which its rule asks for. See whether it is spelt so.",
            title.en
        ),
    }
}

/// That several records bear an id which looks as if it stood for nobody: all of them would be one person.
pub fn placeholder(id: &str) -> Sentence {
    Sentence {
        ja: format!(
            "person が「{id}」の記録が複数あり、すべて同じ方として数えています。会員でない方などを表す値であれば、person を書かないでください。"
        ),
        en: format!(
            "Several records are of the person “{id}” and count as one person's: where that stands for nobody in particular, leave “person” out."
        ),
    }
}

/// The same of a fingerprint: all of them would be one card.
pub fn placeholder_card(name: &str) -> Sentence {
    Sentence {
        ja: format!(
            "fingerprint が「{name}」の記録が複数あり、1枚のカードとして数えています。カードが分からないという意味の値であれば、fingerprint を書かないでください。"
        ),
        en: format!(
            "Several records have the fingerprint “{name}” and count as one card: where that stands for no card in particular, leave “fingerprint” out."
        ),
    }
}
