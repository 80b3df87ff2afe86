//! What a manifest allows, in words for the owner who signs it: for each kind of page its scripts, styles, forms with
//! their fields, links and holes.

use crate::{
    format::Manifest,
    skeleton::{Element, Hole, Item, Piece, Template},
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The whole of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The hash that is signed.
    pub sha256: String,
    /// Names, addresses and hashes of the files.
    pub files: Vec<crate::ServedFile>,
    /// Routes that may lead to the payment processor.
    pub to_processor: Vec<String>,
    /// Each kind of page.
    pub pages: BTreeMap<String, PageSummary>,
}

/// One kind of page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PageSummary {
    /// Its templates.
    pub templates: Vec<String>,
    /// Addresses of scripts.
    pub scripts: BTreeSet<String>,
    /// Addresses of styles.
    pub styles: BTreeSet<String>,
    /// Forms: method and address, and the fields in it (name, and type where it is an input).
    pub forms: BTreeMap<String, BTreeSet<String>>,
    /// Placeholders of fields, by the id of the text.
    pub placeholders: BTreeSet<String>,
    /// Frames and other documents within the page. There are none.
    pub frames: BTreeSet<String>,
    /// `meta`: name and content.
    pub meta: BTreeSet<String>,
    /// Whether links may lead out of the shop: only where staff's markup stands.
    pub links_elsewhere: bool,
    /// How many holes take free text.
    pub holes: usize,
}

impl Summary {
    /// Of this manifest.
    pub fn of(manifest: &Manifest) -> Summary {
        let page = |files: &Vec<String>| {
            let mut page = PageSummary { templates: files.clone(), ..PageSummary::default() };
            for template in files.iter().filter_map(|file| manifest.templates.get(file)) {
                let mut look = Look { manifest, template, page: &mut page, form: None };
                let frame = template.frame.as_ref().and_then(|frame| manifest.templates.get(frame));
                look.items(&frame.unwrap_or(template).items);
            }
            page
        };
        Summary {
            sha256: manifest.sha256(),
            files: manifest.files.clone(),
            to_processor: manifest.routes.iter().filter(|r| r.to_processor).map(|r| r.id.clone()).collect(),
            pages: manifest.pages.iter().map(|(kind, files)| (kind.clone(), page(files))).collect(),
        }
    }
}

struct Look<'m, 'p> {
    manifest: &'m Manifest,
    template: &'m Template,
    page: &'p mut PageSummary,
    form: Option<String>,
}

impl<'m> Look<'m, '_> {
    fn items(&mut self, items: &'m [Item]) {
        for item in items {
            match item {
                Item::Element(element) => self.element(element),
                Item::Text(Hole::Text) => self.page.holes += 1,
                Item::Markup => {
                    self.page.holes += 1;
                    self.page.links_elsewhere = true;
                }
                Item::Either(branches) => branches.iter().for_each(|branch| self.items(branch)),
                Item::Many(items) => self.items(items),
                Item::Use(name) => {
                    if let Some(used) = self.manifest.templates.get(name) {
                        self.items(&used.items);
                    }
                }
                Item::Slot(name, default) => self.items(self.template.slots.get(name).unwrap_or(default)),
                Item::Say(_) | Item::Literal(_) | Item::Text(_) => {}
            }
        }
    }

    fn element(&mut self, element: &'m Element) {
        let value = |name: &str| self.value(element, name);
        match element.name.as_str() {
            "script" => drop(self.page.scripts.insert(value("src").unwrap_or_default())),
            "link" if value("rel").as_deref() == Some("stylesheet") => {
                self.page.styles.insert(value("href").unwrap_or_default());
            }
            "meta" => {
                let (name, content) = (value("name"), value("content"));
                let charset = value("charset").map(|charset| format!("charset {charset}"));
                let line = charset.unwrap_or_else(|| {
                    format!("{} {}", name.unwrap_or_default(), content.unwrap_or_default())
                });
                self.page.meta.insert(line);
            }
            "iframe" | "frame" | "object" | "embed" => drop(self.page.frames.insert(element.name.clone())),
            "form" => {
                let form = format!(
                    "{} {}",
                    value("method").unwrap_or_default(),
                    value("action").unwrap_or_default()
                );
                self.page.forms.entry(form.clone()).or_default();
                self.form = Some(form);
            }
            "input" | "select" | "textarea" | "button" => self.field(element),
            _ => {}
        }
        let holes = element.attributes.iter().filter_map(|a| a.value.as_ref()).flatten();
        self.page.holes += holes.filter(|piece| matches!(piece, Piece::Hole(Hole::Text))).count();
        element.inside.iter().for_each(|inside| self.items(inside));
        if element.name == "form" {
            self.form = None;
        }
    }

    fn field(&mut self, element: &'m Element) {
        let placeholder = self.value(element, "placeholder");
        self.page.placeholders.extend(placeholder);
        let (Some(name), Some(form)) = (self.value(element, "name"), self.form.as_ref()) else { return };
        let kind = self.value(element, "type").unwrap_or_else(|| element.name.clone());
        self.page.forms.entry(form.clone()).or_default().insert(format!("{name} ({kind})"));
    }

    /// The value, with `{kind}` for a hole.
    fn value(&self, element: &Element, name: &str) -> Option<String> {
        let pieces = element.attributes.iter().find(|a| a.name == name)?.value.as_ref()?;
        Some(pieces.iter().map(shown).collect())
    }
}

fn shown(piece: &Piece) -> String {
    match piece {
        Piece::Literal(text) => text.clone(),
        Piece::Say(id) => format!("{{{id}}}"),
        Piece::Hole(hole) => format!("{{{hole:?}}}").to_ascii_lowercase(),
        Piece::Either(_) | Piece::Slot(..) => "{…}".into(),
    }
}
