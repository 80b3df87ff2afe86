//! From a template's nodes to its skeleton: the HTML between askama's tags, read as strictly as pages are.

use super::{DeriveError, Sources, source::Node};
use crate::{
    check::is_void,
    skeleton::{Attribute, Element, Hole, Item, Piece},
};

/// A place in a list of nodes.
pub(super) struct Cursor<'n, 't> {
    nodes: &'n [Node<'t>],
    /// What is left of the first node, where it is text.
    rest: &'t str,
}

impl<'n, 't> Cursor<'n, 't> {
    pub(super) fn new(nodes: &'n [Node<'t>]) -> Cursor<'n, 't> {
        let rest = if let Some(Node::Text(text)) = nodes.first() { text } else { "" };
        Cursor { nodes, rest }
    }

    /// The text that comes next; none where something else comes, or nothing.
    fn text(&mut self) -> Option<&'t str> {
        while let Some(Node::Text(_)) = self.nodes.first() {
            if !self.rest.is_empty() {
                return Some(self.rest);
            }
            self.skip();
        }
        None
    }

    /// The node that comes next, taken.
    fn node(&mut self) -> Option<&'n Node<'t>> {
        let node = self.nodes.first()?;
        self.skip();
        Some(node)
    }

    fn skip(&mut self) {
        *self = Cursor::new(self.nodes.get(1..).unwrap_or_default());
    }

    /// Takes so many bytes of the text.
    fn take(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }
}

pub(super) struct Walk<'s> {
    file: &'s str,
    sources: &'s Sources<'s>,
}

impl<'s> Walk<'s> {
    pub(super) fn new(file: &'s str, sources: &'s Sources<'s>) -> Walk<'s> {
        Walk { file, sources }
    }

    /// What nodes that stand between elements are made of.
    pub(super) fn items(&self, nodes: &[Node<'_>]) -> Result<Vec<Item>, DeriveError> {
        self.content(&mut Cursor::new(nodes), None)
    }

    /// Up to the end of the element `within`, which is taken; without one, up to the end.
    fn content(&self, at: &mut Cursor<'_, '_>, within: Option<&str>) -> Result<Vec<Item>, DeriveError> {
        let mut items = Vec::new();
        loop {
            if let Some(text) = at.text() {
                if let Some(rest) = text.strip_prefix("</") {
                    let (name, _) = rest.split_once('>').ok_or_else(|| self.error("a tag is not closed"))?;
                    if within != Some(name) {
                        return Err(
                            self.error(format!("</{name}> ends what did not begin in the same branch"))
                        );
                    }
                    at.take(2 + name.len() + 1);
                    return Ok(tidy(items));
                } else if text.starts_with(DOCTYPE) {
                    at.take(DOCTYPE.len());
                } else if text.starts_with('<') {
                    items.push(Item::Element(self.element(at)?));
                } else {
                    let until = text.find('<').unwrap_or(text.len());
                    items.push(Item::Literal(squeezed(&text[..until])));
                    at.take(until);
                }
                continue;
            }
            let Some(node) = at.node() else { break };
            let inner = |nodes: &[Node<'_>]| self.content(&mut Cursor::new(nodes), None);
            items.push(match node {
                Node::Expr(expr) => self.text_hole(expr, within.unwrap_or_default()),
                Node::Branch(branches) => {
                    Item::Either(branches.iter().map(|b| inner(b)).collect::<Result<_, _>>()?)
                }
                Node::Loop(nodes) => Item::Many(inner(nodes)?),
                Node::Include(name) => Item::Use((*name).into()),
                Node::Block(name, nodes) => Item::Slot((*name).into(), inner(nodes)?),
                Node::Extends(_) | Node::Text(_) => {
                    return Err(self.error("extends belongs to the beginning"));
                }
            });
        }
        match within {
            Some(name) => Err(self.error(format!("<{name}> is not ended in the same branch"))),
            None => Ok(tidy(items)),
        }
    }

    fn element(&self, at: &mut Cursor<'_, '_>) -> Result<Element, DeriveError> {
        let text = at.text().unwrap_or_default();
        let name: String = text[1..].chars().take_while(char::is_ascii_alphanumeric).collect();
        if name.is_empty() {
            return Err(self.error("only elements, no comments"));
        }
        at.take(1 + name.len());
        let mut attributes = Vec::new();
        let Some(closed) = self.attributes(at, &name, &mut attributes)? else {
            return Err(self.error(format!("the tag of <{name}> is not closed")));
        };
        let inside = if closed || is_void(&name) { None } else { Some(self.content(at, Some(&name))?) };
        Ok(Element { name, attributes, inside })
    }

    /// Attributes up to the end of the tag: whether it ends the element, too. `None` where the nodes end before.
    fn attributes(
        &self,
        at: &mut Cursor<'_, '_>,
        element: &str,
        out: &mut Vec<Attribute>,
    ) -> Result<Option<bool>, DeriveError> {
        loop {
            if let Some(text) = at.text() {
                let blank = text.len() - text.trim_start().len();
                if blank > 0 {
                    at.take(blank);
                } else if text.starts_with("/>") {
                    at.take(2);
                    return Ok(Some(true));
                } else if text.starts_with('>') {
                    at.take(1);
                    return Ok(Some(false));
                } else {
                    out.push(self.attribute(at, element)?);
                }
                continue;
            }
            match at.node() {
                None => return Ok(None),
                Some(Node::Branch(branches)) => {
                    for branch in branches {
                        let mut some = Vec::new();
                        if self.attributes(&mut Cursor::new(branch), element, &mut some)?.is_some() {
                            return Err(self.error(format!("the tag of <{element}> ends in a branch")));
                        }
                        out.extend(some.into_iter().map(|a| Attribute { optional: true, ..a }));
                    }
                }
                Some(_) => {
                    return Err(self.error(format!("in the tag of <{element}> only attributes and if")));
                }
            }
        }
    }

    fn attribute(&self, at: &mut Cursor<'_, '_>, element: &str) -> Result<Attribute, DeriveError> {
        let text = at.text().unwrap_or_default();
        let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | ':');
        let name: String = text.chars().take_while(plain).collect();
        if name.is_empty() || name.starts_with("on") || name == "style" {
            return Err(self.error(format!("<{element}> has an attribute that no page may have")));
        }
        at.take(name.len());
        let quoted = at.text().is_some_and(|text| text.starts_with("=\""));
        let value = if quoted {
            at.take(2);
            let pieces = self.value(at, element, &name)?;
            if at.text().is_none_or(|text| !text.starts_with('"')) {
                return Err(self.error(format!("the value of {name} is not ended in the same branch")));
            }
            at.take(1);
            Some(pieces)
        } else {
            None
        };
        Ok(Attribute { name, value, optional: false })
    }

    /// A value, up to its quotation mark or the end of the nodes.
    pub(super) fn value(
        &self,
        at: &mut Cursor<'_, '_>,
        element: &str,
        attribute: &str,
    ) -> Result<Vec<Piece>, DeriveError> {
        let mut pieces = Vec::new();
        loop {
            if let Some(text) = at.text() {
                let until = text.find('"').unwrap_or(text.len());
                if until == 0 {
                    break;
                }
                pieces.push(Piece::Literal(text[..until].into()));
                at.take(until);
                continue;
            }
            let inner = |nodes: &[Node<'_>]| self.value(&mut Cursor::new(nodes), element, attribute);
            match at.node() {
                None => break,
                Some(Node::Expr(expr)) => {
                    let first = pieces.is_empty();
                    pieces.push(self.value_hole(expr, element, attribute, first, &pieces)?);
                }
                Some(Node::Branch(branches)) => {
                    pieces.push(Piece::Either(branches.iter().map(|b| inner(b)).collect::<Result<_, _>>()?));
                }
                Some(Node::Block(name, nodes)) => {
                    // The hole of a slot is known by the slot's own name in the templates that fill it.
                    let default = self.value(&mut Cursor::new(nodes), element, name)?;
                    pieces.push(Piece::Slot((*name).into(), default));
                }
                Some(_) => return Err(self.error(format!("only if and holes within {attribute}"))),
            }
        }
        Ok(pieces)
    }

    fn text_hole(&self, expr: &str, element: &str) -> Item {
        let labels = expr.ends_with(".label") || expr == "button";
        match said(expr) {
            Some(id) => Item::Say(id.into()),
            None if self.sources.markup.contains(&(self.file, expr)) => Item::Markup,
            // What a field or button is called is a text of the shop's own.
            None if labels && matches!(element, "label" | "button") => Item::Text(Hole::Word),
            None => Item::Text(Hole::Text),
        }
    }

    fn value_hole(
        &self,
        expr: &str,
        element: &str,
        attribute: &str,
        first: bool,
        before: &[Piece],
    ) -> Result<Piece, DeriveError> {
        if let Some(id) = said(expr) {
            return Ok(Piece::Say(id.into()));
        }
        if let Some((what, name)) = asset(expr) {
            let file = self.sources.files.iter().find(|file| file.name == name);
            let file = file.ok_or_else(|| self.error(format!("there is no file {name}")))?;
            return Ok(Piece::Literal(if what == "url" {
                file.path.clone()
            } else {
                file.integrity.clone()
            }));
        }
        let behind = |scheme: &str| matches!(before, [Piece::Literal(text)] if &**text == scheme);
        Ok(Piece::Hole(match (element, attribute) {
            ("a", "href") if behind("tel:") => Hole::Phone,
            ("a", "href") if behind("mailto:") => Hole::Mail,
            ("a", "href") | ("form", "action") if !first => Hole::Segment,
            ("a", "href") | ("form", "action" | "data-ask") => Hole::Path,
            ("img", "src") => Hole::Picture,
            ("input" | "select" | "textarea" | "button", "name") => Hole::Name,
            ("input", "type") => Hole::Type,
            ("input" | "select", "autocomplete") => Hole::Autofill,
            (_, "inputmode" | "aria-sort") => Hole::Keyword,
            (_, "class" | "body_class") => Hole::Class,
            (_, "id" | "for" | "aria-describedby" | "aria-labelledby") => Hole::Id,
            (_, "lang" | "hreflang") => Hole::Lang,
            ("svg" | "rect", "viewBox" | "width" | "height")
            | (_, "width" | "height" | "maxlength" | "rows") => Hole::Number,
            ("progress", "max" | "value") => Hole::Number,
            ("input", "min" | "max") => Hole::Bound,
            ("path", "d") => Hole::Drawing,
            ("input" | "option" | "button", "value") | (_, "query") => Hole::Text,
            (_, "alt" | "aria-label" | "data-label") | ("meta", "content") => Hole::Text,
            _ => {
                return Err(self.error(format!(
                    "<{element} {attribute}> has a hole, and no rule says what may stand in it"
                )));
            }
        }))
    }

    fn error(&self, what: impl Into<String>) -> DeriveError {
        DeriveError::new(self.file, what)
    }
}

/// How a page begins.
pub(crate) const DOCTYPE: &str = "<!DOCTYPE html>";

/// The id of a text, where the expression is nothing but `….s("id")`.
fn said(expr: &str) -> Option<&str> {
    let (whose, rest) = expr.split_once(".s(\"")?;
    let id = rest.strip_suffix("\")")?;
    let plain = whose.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'.' | b'_'));
    (plain && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')).then_some(id)
}

/// Address or hash of a file: `crate::assets::url("shop.css")`.
fn asset(expr: &str) -> Option<(&str, &str)> {
    let (what, name) = expr.strip_prefix("crate::assets::")?.split_once("(\"")?;
    let name = name.strip_suffix("\")")?;
    matches!(what, "url" | "integrity").then_some((what, name))
}

/// With one blank for each run of them: between elements they are worth no more.
fn squeezed(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        let c = if c.is_ascii_whitespace() { ' ' } else { c };
        if c != ' ' || !out.ends_with(' ') {
            out.push(c);
        }
    }
    out
}

/// Without blanks beside elements.
fn tidy(items: Vec<Item>) -> Vec<Item> {
    let texts: Vec<bool> = items.iter().map(|item| !matches!(item, Item::Element(_))).collect();
    let blank = |item: &Item| matches!(item, Item::Literal(text) if text == " ");
    let beside = |at: usize| at.checked_sub(1).is_some_and(|b| texts[b]) || texts.get(at + 1) == Some(&true);
    items
        .into_iter()
        .enumerate()
        .filter(|(at, item)| !blank(item) || beside(*at))
        .map(|(_, item)| item)
        .collect()
}
