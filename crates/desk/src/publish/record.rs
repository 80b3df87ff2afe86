//! What was published, version by version: pages of earlier versions are made from it anew, and what a later one
//! corrects is found by comparing what they state.

use crate::{
    Block, Case, Lang, Section, announcement,
    questions::{self, Answered},
    speaker::Speaker,
};
use incident::facts::{Happened, Text, Unit, Version};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The form of the file.
const FORMAT: u32 = 1;
/// The statement of how many it concerns in all.
const TOTAL: &str = "persons";

/// All versions that were published, the newest last. Nothing stands in it that was not published.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    format: u32,
    /// The versions.
    pub editions: Vec<Edition>,
}

/// A record that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the record of what was published cannot be read: {0}")]
pub struct Unreadable(String);

/// A published version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// Its number.
    pub number: u32,
    /// Its day.
    pub on: Date,
    /// Why it was made.
    pub why: Text,
    /// Its texts, in Japanese and in English.
    pub texts: [Texts; 2],
    /// What the evaluation of the records says that it corrects: cause, newly concerned, not concerned after all.
    pub moved: Vec<(Text, u64, u64)>,
}

/// A version's texts in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// The announcement's title.
    pub title: String,
    /// Who, when, which version.
    pub dateline: String,
    /// The first sentences.
    pub lead: Vec<Block>,
    /// The announcement.
    pub sections: Vec<Section>,
    /// The questions.
    pub questions: Vec<Answered>,
    /// What a later version may have to correct.
    pub statements: Vec<Statement>,
}

/// Something stated as a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The same in every version and language.
    pub key: String,
    /// What it is about.
    pub name: String,
    /// What is said.
    pub text: String,
}

/// How two versions differ in a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It says something else.
    Changed(String, String),
    /// It is said no more.
    Gone(String),
    /// It is said for the first time.
    New(String),
}

impl Default for Record {
    fn default() -> Record {
        Record { format: FORMAT, editions: Vec::new() }
    }
}

impl Record {
    /// Reads the record of a publication.
    ///
    /// # Errors
    /// Where it is something else, or of a form that this program does not know.
    pub fn read(text: &str) -> Result<Record, Unreadable> {
        let record: Record = serde_json::from_str(text).map_err(|e| Unreadable(e.to_string()))?;
        match record.format {
            FORMAT => Ok(record),
            other => Err(Unreadable(format!("“format” is {other}, this program reads {FORMAT}"))),
        }
    }

    /// As a file.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

impl Edition {
    /// The version as it is today.
    pub fn of(case: Case<'_>, version: &Version) -> Edition {
        let correction = case.counts.and_then(|counts| counts.correction.as_ref());
        let moved = correction.iter().flat_map(|c| &c.causes).filter(|c| c.added + c.retracted > 0);
        let title = |id: &str| {
            let cause = case.facts.causes.iter().find(|cause| cause.id == id);
            cause.map_or_else(|| Text { ja: id.to_owned(), en: id.to_owned() }, |cause| cause.title.clone())
        };
        Edition {
            number: version.number,
            on: version.on,
            why: version.why.clone(),
            texts: Lang::ALL.map(|lang| Texts::of(case, lang)),
            moved: moved.map(|c| (title(&c.id), c.added, c.retracted)).collect(),
        }
    }

    /// The texts in a language.
    pub fn texts(&self, lang: Lang) -> &Texts {
        let [ja, en] = &self.texts;
        match lang {
            Lang::Ja => ja,
            Lang::En => en,
        }
    }

    /// All that it says, but for titles.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.texts.iter().flat_map(|texts| {
            let sections = texts.sections.iter().flat_map(|section| &section.blocks);
            let questions = texts.questions.iter().flat_map(|question| &question.answer);
            texts.lead.iter().chain(sections).chain(questions)
        })
    }

    /// Whether both state the same facts; terms that passed and answers that were added are no other facts.
    pub fn says_the_same(&self, other: &Edition) -> bool {
        // Earlier programs did not state the total: it is compared where both do.
        let both = [self, other].iter().all(|edition| edition.texts.iter().all(Texts::has_total));
        let state = |edition: &Edition| -> Vec<Vec<Statement>> {
            let kept = |t: &Texts| t.statements.iter().filter(|s| both || s.key != TOTAL).cloned().collect();
            edition.texts.iter().map(kept).collect()
        };
        self.number == other.number && self.on == other.on && state(self) == state(other)
    }

    /// What this version says differently from an earlier one.
    pub fn changes(&self, earlier: &Edition, lang: Lang) -> Vec<(String, Change)> {
        let (old, new) = (&earlier.texts(lang).statements, &self.texts(lang).statements);
        let find = |all: &[Statement], key: &str| all.iter().find(|s| s.key == key).cloned();
        let mut changes = Vec::new();
        for was in old {
            match find(new, &was.key) {
                None => changes.push((was.name.clone(), Change::Gone(was.text.clone()))),
                Some(is) if is.text != was.text => {
                    changes.push((is.name, Change::Changed(was.text.clone(), is.text)));
                }
                Some(_) => {}
            }
        }
        let added = new.iter().filter(|is| is.key != TOTAL && find(old, &is.key).is_none());
        changes.extend(added.map(|is| (is.name.clone(), Change::New(is.text.clone()))));
        changes
    }
}

impl Texts {
    fn has_total(&self) -> bool {
        self.statements.iter().any(|statement| statement.key == TOTAL)
    }

    fn of(case: Case<'_>, lang: Lang) -> Texts {
        let head = announcement::head(case, lang);
        Texts {
            title: head.title,
            dateline: head.dateline,
            lead: head.lead,
            sections: announcement::sections(case, lang),
            questions: questions::answered(case, lang),
            statements: statements(&Speaker::on_page(case, lang)),
        }
    }
}

/// What a later version would have to correct if it turned out otherwise. Nothing here changes with the day.
fn statements(s: &Speaker<'_>) -> Vec<Statement> {
    let mut all = Vec::new();
    let mut state = |key: String, name: String, text: String| all.push(Statement { key, name, text });
    for cause in &s.case.facts.causes {
        let title = s.tongue.text(&cause.title);
        let count = s.case.count(cause).map(|c| s.pair(&c.affected, c.unit));
        let said = [
            ("whom", Some(s.whom_alone(cause))),
            ("days", Some(s.days(cause))),
            ("items", Some(s.items(cause))),
            ("verdict", Some(s.verdict(cause, "verdict", &|_| true))),
            ("count", count),
        ];
        for (word, text) in said {
            let name = s.say(&format!("statement-{word}"), &[("cause", title)]);
            text.into_iter().for_each(|text| state(format!("{}/{word}", cause.id), name.clone(), text));
        }
    }
    if let Some(counts) = s.case.counts {
        let text = s.number(&counts.persons_affected, Unit::Persons);
        state(TOTAL.to_owned(), s.say("statement-persons", &[]), text);
    }
    for group in &s.case.facts.groups {
        let counted = s.case.counts.and_then(|c| c.groups.iter().find(|g| g.id == group.id));
        if let Some(count) = counted {
            let text = s.number(&count.persons, Unit::Persons);
            state(format!("group/{}", group.id), s.tongue.text(&group.title).to_owned(), text);
        }
    }
    let systems = s.case.facts.systems.iter().filter(|system| !system.affected);
    let names: Vec<String> = systems.map(|system| s.tongue.text(&system.name).to_owned()).collect();
    if !names.is_empty() {
        state("systems".to_owned(), s.say("statement-systems", &[]), s.tongue.and(&names));
    }
    for (what, word) in [(Happened::Intrusion, "intrusion"), (Happened::Discovered, "discovered")] {
        if let Some(day) = s.when(what) {
            state(word.to_owned(), s.say(&format!("statement-{word}"), &[]), day);
        }
    }
    all
}
