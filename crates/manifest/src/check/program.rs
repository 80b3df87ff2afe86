//! A page's skeleton made ready to be followed: for each tag the tags that can come next, with the text between them
//! (the construction of Glushkov, "The abstract theory of automata", 1961). Loops and conditions cost nothing while a
//! page is read: usually one tag is possible and one comparison decides.

use super::{
    text::Text,
    token::{Attr, Kind, Sign, Token},
    value::{Value, said},
};
use crate::{
    derive::DeriveError,
    format::Manifest,
    skeleton::{Attribute, Element, Item, Piece, Template},
};
use std::collections::{BTreeMap, HashSet};

/// How deep templates may use one another.
const DEPTH_MAX: usize = 24;
/// The most texts in a row without a tag between them.
const TEXTS_IN_A_ROW_MAX: usize = 48;

/// One page: its tags.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) tags: Vec<Tag>,
}

/// A tag of the page; the first is its beginning, the last its end.
#[derive(Debug)]
pub(super) struct Tag {
    kind: Kind,
    name: String,
    attributes: Vec<Rule>,
    /// What can come next.
    pub(super) next: Vec<Edge>,
    /// Whether staff's markup can stand behind it.
    pub(super) markup: bool,
}

#[derive(Debug)]
struct Rule {
    name: String,
    value: Option<Value>,
    optional: bool,
}

/// A tag that can come next, and the text before it.
#[derive(Debug)]
pub(super) struct Edge {
    pub(super) to: usize,
    /// Of that tag: most tags that could come next are told by it from the one that came.
    pub(super) sign: Sign,
    pub(super) text: Text,
}

impl Tag {
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

impl Rule {
    fn fits(&self, value: Option<&str>) -> bool {
        match (&self.value, value) {
            (None, None) => true,
            (Some(rule), Some(value)) => rule.admits(value),
            _ => false,
        }
    }
}

/// A place while a program is built: a tag, or a text of its own.
enum Place {
    Tag(Tag),
    Text(Text),
}

/// Places that a part begins and ends with, and whether it may be nothing.
#[derive(Default)]
struct Part {
    first: Vec<usize>,
    last: Vec<usize>,
    empty: bool,
}

struct Builder<'m> {
    manifest: &'m Manifest,
    file: &'m str,
    slots: &'m BTreeMap<String, Vec<Item>>,
    values: &'m BTreeMap<String, Vec<Piece>>,
    places: Vec<(Place, Vec<usize>)>,
    depth: usize,
}

impl Program {
    /// The program of the template `file`.
    pub(super) fn new(manifest: &Manifest, file: &str) -> Result<Program, DeriveError> {
        let (file, template) = find(manifest, file)?;
        let items = match &template.frame {
            Some(frame) => &find(manifest, frame)?.1.items,
            None => &template.items,
        };
        let (slots, values) = (&template.slots, &template.values);
        let mut builder = Builder { manifest, file, slots, values, places: Vec::new(), depth: 0 };
        let begin = builder.place(Place::Tag(Tag::edge(Kind::Begin)));
        let page = builder.sequence(items)?;
        let end = builder.place(Place::Tag(Tag::edge(Kind::EndOfPage)));
        let parts = [Part::of(begin), page, Part::of(end)];
        builder.join(parts.into_iter());
        builder.tags()
    }
}

fn find<'m>(manifest: &'m Manifest, file: &str) -> Result<(&'m str, &'m Template), DeriveError> {
    let found = manifest.templates.get_key_value(file).map(|(name, template)| (name.as_str(), template));
    found.ok_or_else(|| DeriveError::new(file, "there is no such template"))
}

impl Tag {
    fn edge(kind: Kind) -> Tag {
        Tag { kind, name: String::new(), attributes: Vec::new(), next: Vec::new(), markup: false }
    }
}

impl Part {
    fn of(place: usize) -> Part {
        Part { first: vec![place], last: vec![place], empty: false }
    }
}

impl<'m> Builder<'m> {
    fn place(&mut self, place: Place) -> usize {
        self.places.push((place, Vec::new()));
        self.places.len() - 1
    }

    /// Lets whatever begins in `to` follow whatever ends in `from`.
    fn link(&mut self, from: &[usize], to: &[usize]) {
        for place in from {
            self.places[*place].1.extend_from_slice(to);
        }
    }

    fn sequence(&mut self, items: &'m [Item]) -> Result<Part, DeriveError> {
        let parts = items.iter().map(|item| self.part(item)).collect::<Result<Vec<_>, _>>()?;
        Ok(self.join(parts.into_iter()))
    }

    fn join(&mut self, parts: impl Iterator<Item = Part>) -> Part {
        let mut whole = Part { empty: true, ..Part::default() };
        for part in parts {
            self.link(&whole.last, &part.first);
            if whole.empty {
                whole.first.extend_from_slice(&part.first);
            }
            if part.empty {
                whole.last.extend_from_slice(&part.last);
            } else {
                whole.last = part.last;
            }
            whole.empty &= part.empty;
        }
        whole
    }

    fn part(&mut self, item: &'m Item) -> Result<Part, DeriveError> {
        let text = |builder: &mut Builder<'m>, text| Ok(Part::of(builder.place(Place::Text(text))));
        match item {
            Item::Element(element) => self.element(element),
            Item::Say(id) => {
                let all = said(self.manifest, id, self.file)?.collect();
                text(self, Text::Fixed(all))
            }
            Item::Literal(literal) => text(self, Text::Fixed(vec![literal.clone()])),
            Item::Text(hole) => text(self, Text::of_hole(*hole)),
            Item::Markup => text(self, Text::Markup),
            Item::Either(branches) => {
                let mut whole = Part::default();
                for branch in branches {
                    let part = self.sequence(branch)?;
                    whole.first.extend(part.first);
                    whole.last.extend(part.last);
                    whole.empty |= part.empty;
                }
                Ok(whole)
            }
            Item::Many(items) => {
                let part = self.sequence(items)?;
                self.link(&part.last.clone(), &part.first.clone());
                Ok(Part { empty: true, ..part })
            }
            Item::Use(name) => {
                let inside = &find(self.manifest, name)?.1.items;
                self.deeper(|builder| builder.sequence(inside))
            }
            Item::Slot(name, default) => self.sequence(self.slots.get(name).unwrap_or(default)),
        }
    }

    fn deeper<T>(
        &mut self,
        build: impl FnOnce(&mut Self) -> Result<T, DeriveError>,
    ) -> Result<T, DeriveError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(DeriveError::new(self.file, "templates use one another too deeply"));
        }
        let built = build(self);
        self.depth -= 1;
        built
    }

    fn element(&mut self, element: &'m Element) -> Result<Part, DeriveError> {
        let attributes = element.attributes.iter().map(|a| self.rule(a)).collect::<Result<Vec<_>, _>>()?;
        let whole = element.inside.is_none() && !super::token::is_void(&element.name);
        let kind = if whole { Kind::Whole } else { Kind::Begin };
        let name = element.name.clone();
        let begin = self.place(Place::Tag(Tag { name: name.clone(), attributes, ..Tag::edge(kind) }));
        let Some(inside) = &element.inside else { return Ok(Part::of(begin)) };
        let inside = self.deeper(|builder| builder.sequence(inside))?;
        let end = self.place(Place::Tag(Tag { name, ..Tag::edge(Kind::End) }));
        Ok(self.join([Part::of(begin), inside, Part::of(end)].into_iter()))
    }

    fn rule(&self, attribute: &Attribute) -> Result<Rule, DeriveError> {
        let value = attribute.value.as_ref();
        let value =
            value.map(|pieces| Value::of(pieces, self.manifest, self.values, self.file)).transpose()?;
        Ok(Rule { name: attribute.name.clone(), value, optional: attribute.optional })
    }

    /// The tags alone, with the texts on the ways between them.
    fn tags(self) -> Result<Program, DeriveError> {
        let mut numbers = vec![None; self.places.len()];
        let mut count = 0;
        for (number, (place, _)) in numbers.iter_mut().zip(&self.places) {
            if let Place::Tag(_) = place {
                *number = Some(count);
                count += 1;
            }
        }
        let ways =
            (0..self.places.len()).map(|from| self.ways(from, &numbers)).collect::<Result<Vec<_>, _>>()?;
        let mut tags = Vec::with_capacity(count);
        for ((place, _), next) in self.places.into_iter().zip(ways) {
            if let Place::Tag(tag) = place {
                let markup = next.iter().any(|edge| edge.text == Text::Markup);
                tags.push(Tag { next, markup, ..tag });
            }
        }
        Ok(Program { tags })
    }

    /// The tags that can follow the one at `from`, and by which texts.
    fn ways(&self, from: usize, numbers: &[Option<usize>]) -> Result<Vec<Edge>, DeriveError> {
        if numbers[from].is_none() {
            return Ok(Vec::new());
        }
        let mut edges: BTreeMap<usize, (Sign, Vec<Text>)> = BTreeMap::new();
        let (mut open, mut seen) = (vec![(from, Text::nothing(), 0)], HashSet::new());
        while let Some((at, before, row)) = open.pop() {
            if row > TEXTS_IN_A_ROW_MAX {
                return Err(DeriveError::new(self.file, "too many texts in a row"));
            }
            for next in &self.places[at].1 {
                match (&self.places[*next].0, numbers[*next]) {
                    (Place::Text(text), _) => {
                        let both = before.then(text, self.file)?;
                        if seen.insert((*next, both.clone())) {
                            open.push((*next, both, row + 1));
                        }
                    }
                    (Place::Tag(tag), Some(number)) => {
                        let sign = Sign::of(tag.kind, &tag.name);
                        edges.entry(number).or_insert((sign, Vec::new())).1.push(before.clone());
                    }
                    (Place::Tag(_), None) => {}
                }
            }
        }
        Ok(edges
            .into_iter()
            .flat_map(|(to, (sign, texts))| {
                merged(texts).into_iter().map(move |text| Edge { to, sign, text })
            })
            .collect())
    }
}

/// As few as say the same.
fn merged(texts: Vec<Text>) -> Vec<Text> {
    if texts.contains(&Text::Free) {
        return vec![Text::Free];
    }
    let (mut fixed, mut others) = (Vec::new(), Vec::new());
    for text in texts {
        match text.settled() {
            Text::Fixed(some) => fixed.extend(some),
            other if !others.contains(&other) => others.push(other),
            _ => {}
        }
    }
    if !fixed.is_empty() {
        others.push(Text::Fixed(fixed).settled());
    }
    others
}
