//! What whoever wrote facts or records should look at.

use crate::{
    Truth,
    condition::Scalar,
    facts::{Cause, During, Facts, Rule},
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
    let mut warnings: Vec<Sentence> = Vec::new();
    let mut warn = |sentence: Sentence| {
        if !warnings.contains(&sentence) {
            warnings.push(sentence);
        }
    };
    for cause in &facts.causes {
        for missing in &history.missing {
            let frame = crate::scope::frame(facts, history, Some(cause), &[]);
            let mut asked = false;
            cause.rule.each(&mut |rule| {
                let Missing { kind, days, system } = missing;
                asked |= matches!(rule, Rule::Event(e) if frame.means(e, kind, days, system.as_deref()));
            });
            if asked && !frame.is_stated(missing) {
                warn(unbounded(cause, &missing.kind));
            }
        }
        let mut unheard = |rule: &Rule| {
            let Rule::Event(events) = rule else { return };
            let mut any = false;
            for event in history.events.iter().filter(|e| events.kinds.contains(&e.kind)) {
                any = true;
                let Some(system) = crate::scope::system(event) else { continue };
                if !facts.systems.is_empty() && facts.system(system).is_none() {
                    warn(stranger(system));
                }
            }
            if !any {
                warn(nothing(cause, &events.kinds.join(", ")));
            }
            let registered = any && events.during == During::Windows && events.kinds == ["registration"];
            if registered && cause.windows.iter().any(|window| window.from.is_some()) {
                warn(registered_before(cause));
            }
            // Where systems are described, a name that is none of theirs was refused.
            let named = events.systems.as_ref().or(cause.systems.as_ref()).into_iter().flatten();
            for id in named.filter(|_| facts.systems.is_empty()) {
                if !history.events.iter().any(|e| crate::scope::system(e) == Some(id)) {
                    warn(nowhere(cause, id));
                }
            }
            events.when.each_field(&mut |field| {
                let of_kind = |e: &&crate::history::Event| events.kinds.contains(&e.kind);
                let recorded = history.events.iter().filter(of_kind).any(|e| e.fields.contains_key(field));
                if any && !recorded {
                    warn(unrecorded(cause, field));
                }
            });
            // A word of the vocabulary was refused where it is none; of others it shows only here that they are misspelt.
            events.when.each_value(&mut |field, value| {
                let recorded = history.events.iter().any(|e| e.fields.contains_key(field));
                if vocabulary::field(field).is_none() && recorded && !all.says(field, value) {
                    warn(unsaid(cause, field, value));
                }
            });
        };
        cause.rule.each(&mut unheard);
    }
    warnings
}

fn unbounded(cause: &Cause, kind: &str) -> Sentence {
    Sentence {
        ja: format!(
            "「{}」:{kind} の記録の一部が失われており、代わりの条件(gaps の instead)がないため、\
             ほかの条件に合う方をすべて「可能性あり」としています。",
            cause.title.ja
        ),
        en: format!(
            "“{}”: some records of {kind} are lost and nothing says who is concerned instead (gaps, instead): whoever else fits counts as possibly affected.",
            cause.title.en
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

fn nothing(cause: &Cause, kinds: &str) -> Sentence {
    Sentence {
        ja: format!(
            "「{}」:条件にある {kinds} の記録が1件もありません。記録がそろっているかご確認ください。",
            cause.title.ja
        ),
        en: format!(
            "“{}”: there is not one record of {kinds}, which its rule asks for. See whether the records are complete.",
            cause.title.en
        ),
    }
}

/// A table of members that was read holds those, too, who registered long before anybody read it.
fn registered_before(cause: &Cause) -> Sentence {
    Sentence {
        ja: format!(
            "「{}」:期間中に会員登録をした方だけが対象です。会員の一覧が読まれた場合は、以前からの会員も対象となるよう、\
             条件に during = {{ to = \"期間の終わり\" }} とお書きください。",
            cause.title.ja
        ),
        en: format!(
            "“{}”: only those are meant who registered within its windows. Where a list of members was read, members of before are concerned as well: write during = {{ to = \"the end\" }} in the rule.",
            cause.title.en
        ),
    }
}

fn nowhere(cause: &Cause, system: &str) -> Sentence {
    Sentence {
        ja: format!(
            "「{}」:条件にあるシステム {system} の記録が1件もありません。書き間違いがないかご確認ください。",
            cause.title.ja
        ),
        en: format!(
            "“{}”: there is not one record of the system {system}, which its rule names. See whether it is spelt so.",
            cause.title.en
        ),
    }
}

fn unrecorded(cause: &Cause, field: &str) -> Sentence {
    Sentence {
        ja: format!(
            "「{}」:条件にある項目 {field} がどの記録にもありません。該当しうる方はすべて「可能性あり」となります。",
            cause.title.ja
        ),
        en: format!(
            "“{}”: no record says anything of {field}, which its rule asks for: whoever else fits counts as possibly affected.",
            cause.title.en
        ),
    }
}

fn unsaid(cause: &Cause, field: &str, value: &Scalar) -> Sentence {
    let value = match value {
        Scalar::Text(text) => text.clone(),
        Scalar::Number(number) => number.to_string(),
        Scalar::Bool(value) => value.to_string(),
    };
    Sentence {
        ja: format!(
            "「{}」:条件にある {field} の値 {value} がどの記録にもありません。書き間違いがないかご確認ください。",
            cause.title.ja
        ),
        en: format!(
            "“{}”: no record has {value} in {field}, which its rule asks for. See whether it is spelt so.",
            cause.title.en
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
