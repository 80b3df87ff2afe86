//! Texts behind one another, and the values of a field.

use super::column::Codes;
use crate::condition::Scalar;
use serde::{Deserialize, Serialize};

/// Texts, one behind the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    all: String,
    ends: Codes,
}

impl Texts {
    pub fn of<'a>(each: impl Iterator<Item = &'a str>) -> Texts {
        let mut all = String::new();
        let ends = each.map(|text| {
            all.push_str(text);
            all.len() as u64
        });
        let ends = Codes::of(&ends.collect::<Vec<u64>>());
        Texts { all, ends }
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn get(&self, n: usize) -> &str {
        let from = n.checked_sub(1).map_or(0, |before| self.ends.get(before) as usize);
        self.all.get(from..self.ends.get(n) as usize).unwrap_or_default()
    }
}

/// Values of a field, by number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Values {
    /// One text each.
    Texts(Texts),
    /// Whatever a field may have.
    Any(Vec<Vec<Scalar>>),
}

impl Values {
    pub fn of(all: Vec<Vec<Scalar>>) -> Values {
        let text = |values: &Vec<Scalar>| matches!(values[..], [Scalar::Text(_)]);
        if !all.iter().all(text) {
            return Values::Any(all);
        }
        let texts = all.iter().flatten().map(|value| match value {
            Scalar::Text(text) => &text[..],
            _ => "",
        });
        Values::Texts(Texts::of(texts))
    }

    pub fn len(&self) -> usize {
        match self {
            Values::Texts(texts) => texts.len(),
            Values::Any(all) => all.len(),
        }
    }

    pub fn get(&self, n: usize) -> Vec<Scalar> {
        match self {
            Values::Texts(texts) => vec![Scalar::Text(texts.get(n).to_owned())],
            Values::Any(all) => all[n].clone(),
        }
    }

    /// Asks something of each.
    pub fn each<T>(&self, mut ask: impl FnMut(&Vec<Scalar>) -> T) -> Vec<T> {
        match self {
            Values::Texts(texts) => {
                let mut one = vec![Scalar::Text(String::new())];
                let each = (0..texts.len()).map(|n| {
                    if let Scalar::Text(text) = &mut one[0] {
                        text.clear();
                        text.push_str(texts.get(n));
                    }
                    ask(&one)
                });
                each.collect()
            }
            Values::Any(all) => all.iter().map(ask).collect(),
        }
    }
}
