//! A page's skeleton made ready to be followed: for each tag the tags that can come next, with the text between them
//! (the construction of Glushkov, "The abstract theory of automata", 1961). Loops and conditions cost nothing while a
//! page is read: usually one tag is possible and one comparison decides.

use super::{
    shapes::{Gathered, Rule, Shape},
    text::Text,
    token::{Kind, Sign},
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

/// One page: its tags. The first is its beginning, the last its end.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) tags: Box<[Tag]>,
    edges: Box<[Edge]>,
}

/// A tag of the page.
#[derive(Debug)]
pub(super) struct Tag {
    /// What it is, among the [`Shapes`](super::shapes::Shapes).
    pub(super) shape: u32,
    /// Its edges: from here to where those of the next tag begin.
    edges: u32,
    /// Whether staff's markup can stand behind it.
    pub(super) markup: bool,
}

/// A tag that can come next, and the text before it.
#[derive(Debug)]
pub(super) struct Edge {
    pub(super) to: u32,
    /// Of that tag: most tags that could come next are told by it from the one that came.
    pub(super) sign: Sign,
    /// Among the [`Shapes`](super::shapes::Shapes).
    pub(super) text: u32,
}

/// A place while a program is built: a tag with its sign, or a text of its own.
enum Place {
    Tag(u32, Sign),
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
    gathered: &'m mut Gathered,
    file: &'m str,
    slots: &'m BTreeMap<String, Vec<Item>>,
    values: &'m BTreeMap<String, Vec<Piece>>,
    places: Vec<(Place, Vec<usize>)>,
    depth: usize,
}

impl Program {
    /// The program of the template `file`.
    pub(super) fn new(
        manifest: &Manifest,
        file: &str,
        gathered: &mut Gathered,
    ) -> Result<Program, DeriveError> {
        let (file, template) = find(manifest, file)?;
        let items = match &template.frame {
            Some(frame) => &find(manifest, frame)?.1.items,
            None => &template.items,
        };
        let (slots, values) = (&template.slots, &template.values);
        let mut builder = Builder { manifest, gathered, file, slots, values, places: Vec::new(), depth: 0 };
        let begin = builder.tag(Shape::bare(Kind::Begin, ""));
        let page = builder.sequence(items)?;
        let end = builder.tag(Shape::bare(Kind::EndOfPage, ""));
        let parts = [Part::of(begin), page, Part::of(end)];
        builder.join(parts.into_iter());
        builder.tags()
    }

    /// What can come behind the tag of this number.
    pub(super) fn next(&self, tag: u32) -> &[Edge] {
        let at = |tag: usize| self.tags.get(tag).map_or(self.edges.len(), |tag| tag.edges as usize);
        &self.edges[at(tag as usize)..at(tag as usize + 1)]
    }
}

fn find<'m>(manifest: &'m Manifest, file: &str) -> Result<(&'m str, &'m Template), DeriveError> {
    let found = manifest.templates.get_key_value(file).map(|(name, template)| (name.as_str(), template));
    found.ok_or_else(|| DeriveError::new(file, "there is no such template"))
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

    fn tag(&mut self, shape: Shape) -> usize {
        let sign = shape.sign();
        let number = self.gathered.tags.number(shape);
        self.place(Place::Tag(number, sign))
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
        let begin = self.tag(Shape { attributes, ..Shape::bare(kind, &element.name) });
        let Some(inside) = &element.inside else { return Ok(Part::of(begin)) };
        let inside = self.deeper(|builder| builder.sequence(inside))?;
        let end = self.tag(Shape::bare(Kind::End, &element.name));
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
        let mut count = 0;
        let number = |(place, _): &(Place, _)| {
            matches!(place, Place::Tag(..)).then(|| {
                count += 1;
                count - 1
            })
        };
        let numbers: Vec<Option<u32>> = self.places.iter().map(number).collect();
        let (mut tags, mut edges) = (Vec::new(), Vec::new());
        for (at, (place, _)) in self.places.iter().enumerate() {
            let Place::Tag(shape, _) = place else { continue };
            let next = self.ways(at, &numbers)?;
            let markup = next.values().any(|(_, texts)| texts.contains(&Text::Markup));
            // A page has fewer edges than its manifest has bytes, and those are limited.
            let begin = u32::try_from(edges.len()).unwrap_or(u32::MAX);
            tags.push(Tag { shape: *shape, edges: begin, markup });
            for (to, (sign, texts)) in next {
                let texts = texts.into_iter().map(|text| self.gathered.texts.number(text));
                edges.extend(texts.map(|text| Edge { to, sign, text }));
            }
        }
        Ok(Program { tags: tags.into(), edges: edges.into() })
    }

    /// The tags that can follow the one at `from`, and by which texts.
    fn ways(
        &self,
        from: usize,
        numbers: &[Option<u32>],
    ) -> Result<BTreeMap<u32, (Sign, Vec<Text>)>, DeriveError> {
        let mut ways: BTreeMap<u32, (Sign, Vec<Text>)> = BTreeMap::new();
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
                    (Place::Tag(_, sign), Some(number)) => {
                        ways.entry(number).or_insert((*sign, Vec::new())).1.push(before.clone());
                    }
                    (Place::Tag(..), None) => {}
                }
            }
        }
        ways.values_mut().for_each(|(_, texts)| *texts = merged(std::mem::take(texts)));
        Ok(ways)
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
