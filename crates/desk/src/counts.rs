//! How many an incident concerns, as `dozo incident evaluate --json` counted them: what is published needs no person.

use incident::{
    Facts, Scope, confirmed_name,
    facts::{Certainty, Text, Unit},
    rule_name,
    scope::{CauseChange, Count, Pair, Sentence},
};
use serde::{Deserialize, Serialize};

/// The form of the file that is read.
const FORMAT: u32 = 1;

/// Counts of an incident. What else stands in the file, each person's result, is not looked at.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Counts {
    /// Of each cause.
    pub causes: Vec<CauseCounts>,
    /// Of each group.
    #[serde(default)]
    pub groups: Vec<GroupCount>,
    /// Persons whom any cause concerns, each once.
    pub persons_affected: Count,
    /// What this version corrects of the one before, where the two were compared.
    #[serde(default)]
    pub correction: Option<Correction>,
    /// What has become of telling them, where notices were sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
}

/// Notices of an incident, each one to one person: what has become of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Told {
    /// Arrived by mail, as far as anybody knows.
    pub by_mail: u64,
    /// With the post, as far as anybody knows.
    pub by_letter: u64,
    /// On their way, or to be written.
    pub under_way: u64,
    /// To persons whom nothing reaches.
    pub unreachable: u64,
}

/// Counts of one cause.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CauseCounts {
    /// The cause.
    pub id: String,
    /// The rule that was counted by, in words, where the file says so.
    #[serde(default, skip_serializing)]
    sentence: Option<Text>,
    /// The same of `confirmed`.
    #[serde(default, skip_serializing)]
    confirmed_by: Option<Text>,
    /// What a record is.
    pub unit: Unit,
    /// Those whom it concerns or may concern.
    pub affected: Pair,
    /// Of them, those of whom it is certain that data got out.
    pub confirmed: Pair,
    /// Of them, the others.
    pub possible: Pair,
    /// Records of which nobody can say whose they are.
    #[serde(default)]
    pub unlinked_records: u64,
}

/// The count of one group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GroupCount {
    /// The group.
    pub id: String,
    /// The rule that was counted by, in words, where the file says so.
    #[serde(default, skip_serializing)]
    sentence: Option<Text>,
    /// So many persons.
    pub persons: Count,
}

/// How many a correction touches.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Correction {
    /// By cause.
    pub causes: Vec<CauseChange>,
}

/// Counts that cannot be used; the text says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the counts cannot be used: {0}")]
pub struct Uncounted(pub String);

impl Counts {
    /// Reads what `dozo incident evaluate FACTS HISTORY --json` printed for these facts.
    ///
    /// # Errors
    /// Where it is something else, or was made for facts with other causes or rules.
    pub fn read(text: &str, facts: &Facts) -> Result<Counts, Uncounted> {
        #[derive(Deserialize)]
        struct File {
            format: u32,
            #[serde(flatten)]
            counts: Counts,
        }
        let file: File = serde_json::from_str(text).map_err(|e| {
            Uncounted(format!("{e}; give what `dozo incident evaluate FACTS HISTORY --json` printed"))
        })?;
        if file.format != FORMAT {
            return Err(Uncounted(format!("“format” is {}, this program reads {FORMAT}", file.format)));
        }
        let counted: Vec<&str> = file.counts.causes.iter().map(|c| c.id.as_str()).collect();
        let stated: Vec<&str> = facts.causes.iter().map(|c| c.id.as_str()).collect();
        if counted != stated {
            return Err(Uncounted(format!(
                "they count the causes {}, the facts have {}: evaluate these facts anew",
                counted.join(", "),
                stated.join(", ")
            )));
        }
        file.counts.follow(facts)?;
        Ok(file.counts)
    }

    /// Whether they were counted by the rules that the facts have now, as far as the file says by which.
    fn follow(&self, facts: &Facts) -> Result<(), Uncounted> {
        let differs = |id: &str| {
            Err(Uncounted(format!(
                "“{id}” was counted by another rule, or for other days, than the facts have now: evaluate these facts anew"
            )))
        };
        for (counted, cause) in self.causes.iter().zip(&facts.causes) {
            let rule = rule_name(facts, Some(cause), &cause.rule);
            let (says, confirmed) = (counted.sentence.is_some(), confirmed_name(facts, cause));
            let can_be = cause.confirmed.is_some() || cause.certainty == Certainty::Confirmed;
            if says && !(is(&counted.sentence, Some(&rule)) && is(&counted.confirmed_by, confirmed.as_ref()))
                || counted.confirmed.persons.count > 0 && !can_be
            {
                return differs(&counted.id);
            }
        }
        for counted in self.groups.iter().filter(|group| group.sentence.is_some()) {
            let group = facts.groups.iter().find(|group| group.id == counted.id);
            if !is(&counted.sentence, group.map(|g| rule_name(facts, None, &g.rule)).as_ref()) {
                return differs(&counted.id);
            }
        }
        Ok(())
    }

    /// Those of a scope.
    pub fn of(scope: &Scope) -> Counts {
        let causes = scope.causes.iter().map(|c| CauseCounts {
            id: c.id.clone(),
            sentence: None,
            confirmed_by: None,
            unit: c.unit,
            affected: c.affected,
            confirmed: c.confirmed,
            possible: c.possible,
            unlinked_records: c.unlinked_records,
        });
        let groups =
            scope.groups.iter().map(|g| GroupCount { id: g.id.clone(), sentence: None, persons: g.persons });
        Counts {
            causes: causes.collect(),
            groups: groups.collect(),
            persons_affected: scope.persons_affected,
            correction: None,
            told: None,
        }
    }

    /// As [`Counts::read`] reads them; no person stands in it.
    pub fn to_json(&self) -> String {
        let mut file = serde_json::to_value(self).unwrap_or_default();
        file["format"] = FORMAT.into();
        file.to_string()
    }

    /// Those of a cause.
    pub fn cause(&self, id: &str) -> Option<&CauseCounts> {
        self.causes.iter().find(|c| c.id == id)
    }
}

/// Whether a sentence of the file is that of the facts.
fn is(said: &Option<Text>, rule: Option<&Sentence>) -> bool {
    said.as_ref().map(|text| (&text.ja, &text.en)) == rule.map(|rule| (&rule.ja, &rule.en))
}
