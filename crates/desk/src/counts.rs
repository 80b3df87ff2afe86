//! How many an incident concerns, as `dozo incident evaluate --json` counted them: what is published needs no person.

use incident::{
    Facts, Scope,
    facts::Unit,
    scope::{CauseChange, Count, Pair},
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
    /// Where it is something else, or was made for facts with other causes.
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
        Ok(file.counts)
    }

    /// Those of a scope.
    pub fn of(scope: &Scope) -> Counts {
        let causes = scope.causes.iter().map(|c| CauseCounts {
            id: c.id.clone(),
            unit: c.unit,
            affected: c.affected,
            confirmed: c.confirmed,
            possible: c.possible,
            unlinked_records: c.unlinked_records,
        });
        let groups = scope.groups.iter().map(|g| GroupCount { id: g.id.clone(), persons: g.persons });
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
