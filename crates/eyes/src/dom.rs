//! The page as it stands in the browser: its elements, those in shadow roots and frames among them.

use crate::tab::text;
use serde_json::Value;

/// The most elements of a page that are looked at.
const ELEMENTS_MAX: usize = 50_000;
/// Roots that the browser itself makes: what is in a field.
const OF_THE_BROWSER: &str = "user-agent";

/// An element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Element {
    /// Its node, by which the browser knows it.
    pub(crate) node: u64,
    /// In lower case.
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    /// The element around it, by its place in the list.
    pub(crate) around: Option<usize>,
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn is(&self, name: &str, attributes: &[(&str, &str)]) -> bool {
        self.name == name && attributes.iter().all(|(name, value)| self.attribute(name) == Some(*value))
    }
}

/// All elements, each behind the one around it.
#[derive(Debug, Default)]
pub(crate) struct Document(pub(crate) Vec<Element>);

impl Document {
    /// Of what `DOM.getDocument` says.
    pub(crate) fn read(root: &Value) -> Document {
        let mut all = Document::default();
        all.take(root, None);
        all
    }

    fn take(&mut self, node: &Value, around: Option<usize>) {
        if self.0.len() >= ELEMENTS_MAX || node["shadowRootType"] == OF_THE_BROWSER {
            return;
        }
        let mut inside = around;
        if node["nodeType"] == 1 {
            let words: Vec<String> = node["attributes"].as_array().into_iter().flatten().map(text).collect();
            let pairs = words.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
            inside = Some(self.0.len());
            self.0.push(Element {
                node: node["backendNodeId"].as_u64().unwrap_or_default(),
                name: text(&node["localName"]).to_ascii_lowercase(),
                attributes: pairs.collect(),
                around,
            });
        }
        for list in ["children", "shadowRoots"] {
            node[list].as_array().into_iter().flatten().for_each(|child| self.take(child, inside));
        }
        for one in ["contentDocument", "templateContent"] {
            if node[one].is_object() {
                self.take(&node[one], inside);
            }
        }
    }

    /// The first element of that name with these attributes.
    pub(crate) fn find(&self, name: &str, attributes: &[(&str, &str)]) -> Option<&Element> {
        self.0.iter().find(|element| element.is(name, attributes))
    }

    /// The one that is pressed to go on, in the form that leads there.
    pub(crate) fn button(&self, action: &str, attributes: &[(&str, &str)]) -> Option<&Element> {
        let main = |element: &Element| {
            let class = element.attribute("class").unwrap_or_default();
            element.is("button", attributes) && class.split(' ').any(|word| word == "primary")
        };
        self.0.iter().find(|element| {
            main(element)
                && self.form_of(element).is_some_and(|form| form.attribute("action") == Some(action))
        })
    }

    /// A field by its name; not one that nobody sees.
    pub(crate) fn field(&self, name: &str) -> Option<&Element> {
        let fields = self.0.iter().filter(|e| matches!(e.name.as_str(), "input" | "select" | "textarea"));
        fields
            .filter(|e| e.attribute("type") != Some("hidden"))
            .find(|element| element.attribute("name") == Some(name))
    }

    /// The form that a field or button belongs to: the one it names, else the one around it.
    pub(crate) fn form_of(&self, element: &Element) -> Option<&Element> {
        if let Some(id) = element.attribute("form") {
            return self.find("form", &[("id", id)]);
        }
        let mut at = element.around;
        while let Some(around) = at.and_then(|at| self.0.get(at)) {
            if around.name == "form" {
                return Some(around);
            }
            at = around.around;
        }
        None
    }

    /// Whether `node` is this element, or in it.
    pub(crate) fn is_within(&self, node: u64, element: &Element) -> bool {
        let mut at = self.0.iter().position(|e| e.node == node);
        while let Some(found) = at.and_then(|at| self.0.get(at)) {
            if found.node == element.node {
                return true;
            }
            at = found.around;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn element(node: u64, name: &str, attributes: &[&str], children: Vec<Value>) -> Value {
        json!({ "nodeType": 1, "backendNodeId": node, "localName": name, "attributes": attributes, "children": children })
    }

    #[test]
    fn forms_buttons_and_what_hides() {
        let hidden = json!({ "nodeType": 11, "shadowRootType": "closed", "children": [element(9, "input", &["name", "cc"], vec![])] });
        let own = json!({ "nodeType": 11, "shadowRootType": "user-agent", "children": [element(8, "div", &[], vec![])] });
        let mut host = element(7, "div", &[], vec![]);
        host["shadowRoots"] = json!([hidden, own]);
        let span = element(4, "span", &[], vec![]);
        let button = element(3, "button", &["class", "button primary", "name", "go"], vec![span]);
        let form = element(2, "form", &["action", "/cart/update", "id", "f"], vec![button]);
        let outside = element(5, "button", &["form", "f"], vec![]);
        let root = json!({ "nodeType": 9, "children": [element(1, "body", &[], vec![form, outside, host])] });
        let page = Document::read(&root);
        assert_eq!(page.0.len(), 7, "{page:?}");
        let button = page.button("/cart/update", &[("name", "go")]).unwrap();
        assert!(button.node == 3 && page.is_within(4, button) && !page.is_within(1, button));
        assert_eq!(page.form_of(page.find("button", &[("form", "f")]).unwrap()).unwrap().node, 2);
        assert_eq!(page.field("cc").unwrap().node, 9);
        assert!(page.button("/checkout", &[]).is_none());
    }
}
