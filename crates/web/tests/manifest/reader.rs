//! What a browser sees in a page: read by html5ever, which follows the standard's own algorithm.

use html5ever::{parse_document, tendril::TendrilSink};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// An element with its attributes.
pub type Tag = (String, Vec<(String, String)>);

/// The elements of a page in their order; `None` where something else is in it (a comment).
pub fn tags(page: &str) -> Option<Vec<Tag>> {
    let dom = parse_document(RcDom::default(), Default::default()).one(page);
    let mut tags = Vec::new();
    collect(&dom.document, &mut tags).then_some(tags)
}

fn collect(node: &Handle, tags: &mut Vec<Tag>) -> bool {
    match &node.data {
        NodeData::Element { name, attrs, .. } => {
            let of = |attr: &html5ever::Attribute| (attr.name.local.to_string(), attr.value.to_string());
            tags.push((name.local.to_string(), attrs.borrow().iter().map(of).collect()));
        }
        NodeData::Comment { .. } | NodeData::ProcessingInstruction { .. } => return false,
        _ => {}
    }
    node.children.borrow().iter().all(|child| collect(child, tags))
}
