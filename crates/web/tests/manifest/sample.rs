//! Pages as a template could make them: each choice and each text is given.

use crate::reader::Tag;
use manifest::{Attribute, Element, Hole, Item, Manifest, Piece, RouteRule, Template};
use web::markdown::Html;

const ID: &str = "0198c5b2-7b7e-7c3a-9a51-3f2a0c1d9e77";

/// A page, and the elements that a browser must see in it.
pub struct Sample {
    pub page: String,
    pub tags: Vec<Tag>,
}

/// A page of the template `file`.
pub fn page(manifest: &Manifest, file: &str, choices: &[u8], texts: &[String]) -> Sample {
    let template = &manifest.templates[file];
    let items = template.frame.as_ref().map_or(&template.items, |frame| &manifest.templates[frame].items);
    let mut writer = Writer {
        manifest,
        template,
        choices,
        texts,
        chosen: 0,
        form: None,
        page: "<!DOCTYPE html>\n".into(),
    };
    writer.items(items);
    let tags = tags_of(&writer.page);
    Sample { page: writer.page, tags }
}

/// The tags of a page that holds no `<` but those of tags, and no `"` but those around values.
pub fn tags_of(page: &str) -> Vec<Tag> {
    let begins = page.split('<').skip(2).filter(|tag| !tag.starts_with('/'));
    begins
        .map(|tag| {
            let inside = tag.split('>').next().unwrap();
            let name: String = inside.chars().take_while(char::is_ascii_alphanumeric).collect();
            let mut rest = inside[name.len()..].trim_start().trim_end_matches('/');
            let mut attributes = Vec::new();
            while !rest.is_empty() {
                let length =
                    rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
                let (attribute, after) = rest.split_at(length);
                let (value, after) = match after.strip_prefix("=\"") {
                    Some(after) => after.split_once('"').unwrap(),
                    None => ("", after),
                };
                attributes.push((attribute.to_owned(), decoded(value)));
                rest = after.trim_start();
            }
            (name, attributes)
        })
        .collect()
}

/// What a value is, each reference taken once.
fn decoded(value: &str) -> String {
    const REFERENCES: [(&str, &str); 9] = [
        ("&#34;", "\""),
        ("&#38;", "&"),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
        ("&lt;", "<"),
        ("&gt;", ">"),
    ];
    let (mut out, mut rest) = (String::new(), value);
    while let Some(c) = rest.chars().next() {
        match REFERENCES.iter().find(|(reference, _)| rest.starts_with(reference)) {
            Some((reference, sign)) => {
                out.push_str(sign);
                rest = &rest[reference.len()..];
            }
            None => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out.replace("\r\n", "\n").replace('\r', "\n")
}

struct Writer<'m> {
    manifest: &'m Manifest,
    template: &'m Template,
    choices: &'m [u8],
    texts: &'m [String],
    chosen: usize,
    form: Option<&'m RouteRule>,
    page: String,
}

impl<'m> Writer<'m> {
    fn choose(&mut self, of: usize) -> usize {
        self.chosen += 1;
        usize::from(self.choices[self.chosen % self.choices.len()]) % of.max(1)
    }

    fn text(&mut self) -> String {
        let which = self.choose(self.texts.len());
        escaped(&self.texts[which])
    }

    fn items(&mut self, items: &'m [Item]) {
        for item in items {
            match item {
                Item::Element(element) => self.element(element),
                Item::Say(id) => self.say(id),
                Item::Literal(text) => self.page.push_str(text),
                Item::Text(Hole::Word) => {
                    let which = self.choose(self.manifest.words.len());
                    let id = self.manifest.words.keys().nth(which).unwrap();
                    self.say(id);
                }
                Item::Text(_) => {
                    let text = self.text();
                    self.page.push_str(&text);
                }
                Item::Markup => {
                    let which = self.choose(self.texts.len());
                    self.page.push_str(Html::of(&self.texts[which]).as_str());
                }
                Item::Either(branches) => {
                    let which = self.choose(branches.len());
                    self.items(&branches[which]);
                }
                Item::Many(items) => (0..self.choose(4)).for_each(|_| self.items(items)),
                Item::Use(name) => self.items(&self.manifest.templates[name].items),
                Item::Slot(name, default) => self.items(self.template.slots.get(name).unwrap_or(default)),
            }
        }
    }

    fn say(&mut self, id: &str) {
        let which = self.choose(2);
        let text = escaped(&self.manifest.words[id][which]);
        self.page.push_str(&text);
    }

    fn element(&mut self, element: &'m Element) {
        if element.name == "form" {
            self.form = Some(self.route(element));
        }
        self.page.push_str(&format!("<{}", element.name));
        let mut borne = Vec::new();
        let mut password = false;
        for attribute in &element.attributes {
            // The same attribute twice is another's branch.
            if borne.contains(&&attribute.name) || attribute.optional && self.choose(2) == 0 {
                continue;
            }
            borne.push(&attribute.name);
            self.page.push_str(&format!(" {}", attribute.name));
            if let Some(pieces) = &attribute.value {
                let value = self.attribute(element, attribute, pieces, &mut password);
                self.page.push_str(&format!("=\"{value}\""));
            }
        }
        match &element.inside {
            None if matches!(element.name.as_str(), "rect" | "path") => self.page.push_str("/>"),
            None => self.page.push('>'),
            Some(inside) => {
                self.page.push('>');
                self.items(inside);
                self.page.push_str(&format!("</{}>", element.name));
            }
        }
        if element.name == "form" {
            self.form = None;
        }
    }

    fn attribute(
        &mut self,
        element: &Element,
        attribute: &Attribute,
        pieces: &'m [Piece],
        password: &mut bool,
    ) -> String {
        match (element.name.as_str(), attribute.name.as_str(), pieces) {
            ("form", "action", _) => {
                let path = self.form.unwrap().path.replace("{id}", ID);
                if path.contains('{') { path.replace(['{', '}'], "") } else { path }
            }
            (_, "name", [Piece::Hole(Hole::Name)]) => {
                // A password is asked for by an input only.
                let input = element.attributes.iter().any(|a| a.name == "type" && a.value != Some(hidden()));
                let route = self.form.unwrap();
                let fields: Vec<_> = route.fields.iter().filter(|f| input || !f.password).collect();
                let which = self.choose(fields.len());
                *password = fields[which].password;
                fields[which].name.clone()
            }
            (_, "type", [Piece::Hole(Hole::Type)]) => if *password { "password" } else { "text" }.into(),
            _ => self.value(pieces),
        }
    }

    fn value(&mut self, pieces: &'m [Piece]) -> String {
        let mut out = String::new();
        for piece in pieces {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Say(id) => {
                    let which = self.choose(2);
                    out.push_str(&escaped(&self.manifest.words[id][which]));
                }
                Piece::Hole(hole) => {
                    let text = self.filled(*hole);
                    out.push_str(&text);
                }
                Piece::Either(branches) => {
                    let which = self.choose(branches.len());
                    let text = self.value(&branches[which]);
                    out.push_str(&text);
                }
                Piece::Slot(name, default) => {
                    let text = self.value(self.template.values.get(name).unwrap_or(default));
                    out.push_str(&text);
                }
            }
        }
        out
    }

    fn filled(&mut self, hole: Hole) -> String {
        match hole {
            Hole::Text | Hole::Word => self.text(),
            Hole::Class => "wide".into(),
            Hole::Id => "name-hint name-error".into(),
            Hole::Lang => "ja".into(),
            Hole::Path => "/search?q=%E6%A0%97&#38;page=2".into(),
            Hole::Segment => ID.into(),
            Hole::Picture => "/pictures/a.webp".into(),
            Hole::Phone => "0263-00-0000".into(),
            Hole::Mail => "kuri@example.jp?subject=Re".into(),
            Hole::Name => "name".into(),
            Hole::Type => "text".into(),
            Hole::Autofill => "shipping name".into(),
            Hole::Keyword => "none".into(),
            Hole::Number => "7".into(),
            Hole::Bound => "2026-11-25".into(),
            Hole::Drawing => "M4 4h7v1h-7z".into(),
        }
    }

    /// A route that takes every field that the form names.
    fn route(&mut self, form: &Element) -> &'m RouteRule {
        let of =
            |name: &str| form.attributes.iter().find(|a| a.name == name).unwrap().value.as_ref().unwrap();
        let (method, action) = (literal(of("method")), of("action"));
        let mut names = Vec::new();
        self.names(form.inside.as_ref().unwrap(), &mut names);
        let fits = |route: &&RouteRule| {
            route.method == method
                && path_fits(action, &route.path)
                && names.iter().all(|(name, password)| {
                    route
                        .fields
                        .iter()
                        .any(|field| field.name == *name && password.is_none_or(|p| p == field.password))
                })
        };
        let routes: Vec<_> = self.manifest.routes.iter().filter(fits).collect();
        assert!(!routes.is_empty(), "no route takes {names:?} of {action:?}");
        routes[self.choose(routes.len())]
    }

    /// The names that stand in a form as they are, with whether the field is a password's.
    fn names(&self, items: &'m [Item], out: &mut Vec<(String, Option<bool>)>) {
        for item in items {
            match item {
                Item::Element(element) => {
                    let of = |name: &str| {
                        element.attributes.iter().find(|a| a.name == name).and_then(|a| a.value.as_ref())
                    };
                    if let Some([Piece::Literal(name)]) = of("name").map(Vec::as_slice) {
                        let typed = of("type").filter(|kind| element.name == "input" && **kind != hidden());
                        out.push((name.clone(), typed.map(|kind| literal(kind) == "password")));
                    }
                    element.inside.iter().for_each(|inside| self.names(inside, out));
                }
                Item::Either(branches) => branches.iter().for_each(|branch| self.names(branch, out)),
                Item::Many(items) => self.names(items, out),
                Item::Use(name) => self.names(&self.manifest.templates[name].items, out),
                _ => {}
            }
        }
    }
}

fn hidden() -> Vec<Piece> {
    vec![Piece::Literal("hidden".into())]
}

fn literal(pieces: &[Piece]) -> &str {
    match pieces {
        [Piece::Literal(text)] => text,
        _ => "",
    }
}

/// Whether an address with holes can lead to a route: its fixed parts are those of the pattern.
fn path_fits(action: &[Piece], path: &str) -> bool {
    let shown = |piece: &Piece| match piece {
        Piece::Literal(text) => text.clone(),
        Piece::Hole(Hole::Segment) => "{id}".into(),
        _ => "*".into(),
    };
    let shown: String = action.iter().map(shown).collect();
    shown == "*" || shown == path
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' => out.push_str("&#34;"),
            '&' => out.push_str("&#38;"),
            '\'' => out.push_str("&#39;"),
            '<' => out.push_str("&#60;"),
            '>' => out.push_str("&#62;"),
            c => out.push(c),
        }
    }
    out
}
