//! What tags and texts pages are made of, each kept once: the frame stands around every page, and each of its tags and
//! texts would be kept a hundred times.

use super::{
    text::Text,
    token::{Attr, Kind, Sign, Token},
    value::Value,
};
use std::{collections::HashMap, hash::Hash};

/// A tag, wherever it stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) attributes: Vec<Rule>,
}

/// An attribute of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) value: Option<Value>,
    pub(super) optional: bool,
}

/// The tags and texts of all pages, by their numbers.
#[derive(Debug)]
pub(super) struct Shapes {
    pub(super) tags: Box<[Shape]>,
    pub(super) texts: Box<[Text]>,
    /// Which of the tags have no hole.
    fixed: Box<[bool]>,
}

/// The same while programs are built.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) tags: Numbered<Shape>,
    pub(super) texts: Numbered<Text>,
}

/// Gives what is equal one number.
pub(super) struct Numbered<T> {
    numbers: HashMap<T, u32>,
}

impl Shape {
    /// A tag without attributes.
    pub(super) fn bare(kind: Kind, name: &str) -> Shape {
        Shape { kind, name: name.to_owned(), attributes: Vec::new() }
    }

    /// What tells it from most others at a glance.
    pub(super) fn sign(&self) -> Sign {
        Sign::of(self.kind, &self.name)
    }

    /// Whether it is of that kind and name.
    pub(super) fn is(&self, token: &Token<'_>) -> bool {
        self.kind == token.kind && self.name == token.name
    }

    /// Whether the attributes are its own, in their order.
    pub(super) fn bears(&self, attributes: &[Attr<'_>]) -> bool {
        let mut given = attributes.iter().peekable();
        for rule in &self.attributes {
            let fits = given.peek().is_some_and(|(name, value)| rule.name == *name && rule.fits(*value));
            if fits {
                given.next();
            } else if !rule.optional {
                return false;
            }
        }
        given.next().is_none()
    }
}

impl Shapes {
    /// Whether neither this tag nor this text has a hole.
    pub(super) fn fix(&self, tag: u32, text: u32) -> bool {
        self.fixed[tag as usize] && matches!(self.texts[text as usize], Text::Fixed(_))
    }
}

impl Rule {
    fn has_hole(&self) -> bool {
        self.value.as_ref().is_some_and(Value::has_hole)
    }

    fn fits(&self, value: Option<&str>) -> bool {
        match (&self.value, value) {
            (None, None) => true,
            (Some(rule), Some(value)) => rule.admits(value),
            _ => false,
        }
    }
}

impl Gathered {
    /// All of them, in the order of their numbers.
    pub(super) fn settled(self) -> Shapes {
        let tags = self.tags.settled();
        let fixed = tags.iter().map(|tag| !tag.attributes.iter().any(Rule::has_hole)).collect();
        Shapes { tags, texts: self.texts.settled(), fixed }
    }
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Numbered { numbers: HashMap::new() }
    }
}

impl<T: Hash + Eq> Numbered<T> {
    /// The number of this one, which whatever equals it has as well.
    pub(super) fn number(&mut self, one: T) -> u32 {
        // A manifest of four thousand million different tags is not read: it is larger than a file may be.
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(one).or_insert(next)
    }

    fn settled(self) -> Box<[T]> {
        let mut all: Vec<(T, u32)> = self.numbers.into_iter().collect();
        all.sort_unstable_by_key(|(_, number)| *number);
        all.into_iter().map(|(one, _)| one).collect()
    }
}
