//! Forms: whatever a skeleton says, each leads to a route of the shop, and each of its fields is one that the route
//! takes, a password's only where a password is asked for.

use super::{
    Why,
    token::{Kind, Token},
};
use crate::format::{FormField, RouteRule};
use site::{Match, Method, match_route};
use std::collections::HashMap;

/// The fields that each route takes.
#[derive(Debug)]
pub(super) struct Forms(HashMap<String, Takes>);

#[derive(Debug)]
struct Takes {
    fields: Vec<FormField>,
    file: bool,
}

impl Forms {
    pub(super) fn new(routes: &[RouteRule]) -> Forms {
        let takes =
            |route: &RouteRule| (route.id.clone(), Takes { fields: route.fields.clone(), file: route.file });
        Forms(routes.iter().map(takes).collect())
    }

    pub(super) fn reading(&self) -> Reading<'_> {
        Reading { forms: self, within: None }
    }
}

/// Whether a tag of this name says something about forms.
pub(super) fn concerns(name: &str) -> bool {
    matches!(name, "form" | "input" | "select" | "textarea" | "button")
}

/// A page that is read.
pub(super) struct Reading<'f> {
    forms: &'f Forms,
    /// The form that is open.
    within: Option<&'f Takes>,
}

impl<'f> Reading<'f> {
    pub(super) fn see(&mut self, token: &Token<'_>) -> Result<(), Why> {
        match (token.name, token.kind) {
            ("form", Kind::End) => self.within = None,
            ("form", _) if self.within.is_some() => return Err(Why::Form),
            ("form", _) => self.within = Some(self.takes(token).ok_or(Why::Form)?),
            ("input" | "select" | "textarea" | "button", Kind::Begin) => self.field(token)?,
            _ => {}
        }
        Ok(())
    }

    /// What the route takes that a form leads to.
    fn takes(&self, token: &Token<'_>) -> Option<&'f Takes> {
        let method = match token.attribute("method") {
            Some("post") => Method::Post,
            Some("get") => Method::Get,
            _ => return None,
        };
        let path = token.attribute("action")?.split(['?', '#']).next()?;
        match match_route(method, path) {
            Match::Found(route) => self.forms.0.get(route.id),
            _ => None,
        }
    }

    fn field(&self, token: &Token<'_>) -> Result<(), Why> {
        let name = token.attribute("name").unwrap_or_default();
        let kind = token.attribute("type").unwrap_or_default();
        let elsewhere = ["formaction", "formmethod", "formenctype", "formtarget"];
        if token.attributes.iter().any(|(name, _)| elsewhere.contains(name)) {
            return Err(Why::Field);
        }
        if name.is_empty() {
            // Not sent. A button needs no name; what is typed does.
            return if token.name == "button" || self.within.is_none() { Ok(()) } else { Err(Why::Field) };
        }
        // A button may stand outside of its form; which one that is, the skeleton says to the letter.
        if self.within.is_none() && token.name == "button" && token.attribute("form").is_some() {
            return Ok(());
        }
        let takes = self.within.ok_or(Why::Field)?;
        let field = takes.fields.iter().find(|field| field.name == name).ok_or(Why::Field)?;
        let typed = token.name == "input" && kind != "hidden";
        let right = (kind != "file" || takes.file) && (!typed || (kind == "password") == field.password);
        if right { Ok(()) } else { Err(Why::Field) }
    }
}
