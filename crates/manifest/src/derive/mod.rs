//! From templates to the manifest.

mod source;
#[cfg(test)]
mod tests;
mod walk;

pub(crate) use walk::DOCTYPE;

use crate::{
    Checker,
    format::{FORMAT, FormField, Headers, Manifest, RouteRule, ServedFile},
    skeleton::{Item, Piece, Template},
};
use site::{Body, FormShape, PageKind, Route, form};
use source::Node;
use std::collections::BTreeMap;
use walk::{Cursor, Walk};

/// Why no manifest can be derived: a template does something that the manifest has no word for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("templates/{file}: {what}")]
pub struct DeriveError {
    file: String,
    what: String,
}

impl DeriveError {
    pub(crate) fn new(file: &str, what: impl Into<String>) -> DeriveError {
        DeriveError { file: file.into(), what: what.into() }
    }
}

/// What a manifest is derived from.
pub struct Sources<'s> {
    /// Every template with its text.
    pub templates: &'s [(&'s str, &'s str)],
    /// The templates that may answer for a kind of page.
    pub pages: fn(PageKind) -> &'static [&'static str],
    /// The page that says what is wrong: in the shop, and in the back office.
    pub faults: [&'s str; 2],
    /// Holes for what staff wrote with markup: template and expression.
    pub markup: &'s [(&'s str, &'s str)],
    /// The shop's texts without arguments, in each language, by id.
    pub words: BTreeMap<String, [String; 2]>,
    /// Scripts, styles and pictures in the binary.
    pub files: Vec<ServedFile>,
    /// The headers that answers bear.
    pub headers: Headers,
    /// The gate's own pages.
    pub notices: BTreeMap<String, String>,
}

/// Derives the manifest. The result is the same for the same sources.
///
/// # Errors
/// [`DeriveError`] names the template.
pub fn derive(sources: Sources<'_>) -> Result<Manifest, DeriveError> {
    let mut parsed = BTreeMap::new();
    for (name, text) in sources.templates {
        parsed.insert(*name, source::parse(name, text)?);
    }
    let mut templates = BTreeMap::new();
    for (name, nodes) in &parsed {
        if framed(nodes).is_none() {
            let items = Walk::new(name, &sources).items(nodes)?;
            templates.insert(
                (*name).to_owned(),
                Template { frame: None, slots: BTreeMap::new(), values: BTreeMap::new(), items },
            );
        }
    }
    for (name, nodes) in &parsed {
        if let Some(frame) = framed(nodes) {
            let around = templates
                .get(frame)
                .ok_or_else(|| DeriveError::new(name, format!("extends {frame}, which is no frame")))?;
            let template = fill(name, frame, nodes, &slots_of(&around.items), &sources)?;
            templates.insert((*name).to_owned(), template);
        }
    }
    let pages = PageKind::ALL.iter().map(|kind| {
        let fault = sources.faults[usize::from(kind.is_back_office())];
        let all = (sources.pages)(*kind).iter().copied().chain([fault]);
        (kind.word().to_owned(), all.map(str::to_owned).collect())
    });
    let manifest = Manifest {
        format: FORMAT.into(),
        headers: sources.headers,
        files: sources.files,
        routes: site::routes().map(route).collect(),
        pages: pages.collect(),
        words: sources.words,
        templates,
        notices: sources.notices,
    };
    // What cannot be checked is not worth a signature.
    Checker::new(&manifest)?;
    Ok(manifest)
}

fn framed<'t>(nodes: &[Node<'t>]) -> Option<&'t str> {
    nodes.iter().find_map(|node| if let Node::Extends(frame) = node { Some(*frame) } else { None })
}

/// The slots of a frame: between elements, and within attributes.
#[derive(Default)]
struct Slots {
    items: Vec<String>,
    values: Vec<String>,
}

fn slots_of(items: &[Item]) -> Slots {
    let mut slots = Slots::default();
    collect_slots(items, &mut slots);
    slots
}

fn collect_slots(items: &[Item], slots: &mut Slots) {
    for item in items {
        match item {
            Item::Slot(name, inside) => {
                slots.items.push(name.clone());
                collect_slots(inside, slots);
            }
            Item::Element(element) => {
                for piece in element.attributes.iter().filter_map(|a| a.value.as_ref()).flatten() {
                    if let Piece::Slot(name, _) = piece {
                        slots.values.push(name.clone());
                    }
                }
                element.inside.iter().for_each(|inside| collect_slots(inside, slots));
            }
            Item::Either(branches) => branches.iter().for_each(|branch| collect_slots(branch, slots)),
            Item::Many(inside) => collect_slots(inside, slots),
            Item::Say(_) | Item::Literal(_) | Item::Text(_) | Item::Markup | Item::Use(_) => {}
        }
    }
}

/// A template that fills the slots of a frame.
fn fill(
    name: &str,
    frame: &str,
    nodes: &[Node<'_>],
    slots: &Slots,
    sources: &Sources<'_>,
) -> Result<Template, DeriveError> {
    let mut template = Template {
        frame: Some(frame.into()),
        slots: BTreeMap::new(),
        values: BTreeMap::new(),
        items: Vec::new(),
    };
    for node in nodes {
        match node {
            Node::Block(slot, inside) if slots.items.iter().any(|s| s == slot) => {
                template.slots.insert((*slot).into(), Walk::new(name, sources).items(inside)?);
            }
            Node::Block(slot, inside) if slots.values.iter().any(|s| s == slot) => {
                let pieces = Walk::new(name, sources).value(&mut Cursor::new(inside), "", slot)?;
                template.values.insert((*slot).into(), pieces);
            }
            Node::Block(slot, _) => {
                return Err(DeriveError::new(name, format!("{frame} has no block {slot}")));
            }
            Node::Extends(_) => {}
            Node::Text(text) if text.trim().is_empty() => {}
            _ => return Err(DeriveError::new(name, "something stands outside of the blocks")),
        }
    }
    Ok(template)
}

fn route(route: &Route) -> RouteRule {
    let shape = route.form().unwrap_or(route.query);
    let token = shape.token.then(|| FormField { name: form::TOKEN_FIELD.into(), password: false });
    RouteRule {
        id: route.id.into(),
        method: if route.method == site::Method::Get { "get" } else { "post" }.into(),
        path: route.pattern.into(),
        page: route.page.word().into(),
        payment: route.payment_path,
        to_processor: route.to_processor,
        file: matches!(route.body, Body::Upload(_)),
        fields: fields(shape).chain(token).collect(),
    }
}

fn fields(shape: &FormShape) -> impl Iterator<Item = FormField> {
    shape
        .fields
        .iter()
        .map(|field| FormField { name: field.name.into(), password: field.kind == site::FieldKind::Password })
}
