//! Whether a page is what its template makes of it.

mod drawing;
mod form;
mod markup;
mod program;
mod runs;
mod shapes;
#[cfg(test)]
mod tests;
mod text;
mod token;
mod value;

pub use drawing::drawing;
pub(crate) use token::is_void;

use crate::{
    derive::{DOCTYPE, DeriveError},
    format::Manifest,
};
use form::Forms;
use markup::Open;
use program::Program;
use runs::{Learning, Runs};
use shapes::{Gathered, Shapes};
use std::collections::BTreeMap;
use text::Words;
use token::{Kind, Sign, Token, Tokens};

/// What is wrong with a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Not the markup that our templates write, or such as browsers could read in two ways.
    Markup,
    /// A script that is not ours, or not here.
    Script,
    /// A style.
    Style,
    /// An attribute that would run something, or a `javascript:` or `data:` address.
    Handler,
    /// A form.
    Form,
    /// A field or button.
    Field,
    /// What a field is called, or another text of the shop's own.
    Text,
    /// A frame, or another document within the page.
    Frame,
    /// `base`, `meta` or `link`.
    Head,
    /// A link or picture to elsewhere.
    Link,
    /// Another element, or one that does not belong here.
    Element,
    /// The page ends too early, or goes on.
    End,
    /// No page of that kind is known.
    Kind,
}

impl Why {
    /// Every one of them.
    pub const ALL: [Why; 13] = [
        Why::Markup,
        Why::Script,
        Why::Style,
        Why::Handler,
        Why::Form,
        Why::Field,
        Why::Text,
        Why::Frame,
        Why::Head,
        Why::Link,
        Why::Element,
        Why::End,
        Why::Kind,
    ];

    /// The fixed word, in journal, alarm and log.
    pub const fn word(self) -> &'static str {
        match self {
            Why::Markup => "markup",
            Why::Script => "script",
            Why::Style => "style",
            Why::Handler => "handler",
            Why::Form => "form",
            Why::Field => "field",
            Why::Text => "text",
            Why::Frame => "frame",
            Why::Head => "head",
            Why::Link => "link",
            Why::Element => "element",
            Why::End => "end",
            Why::Kind => "kind",
        }
    }
}

/// A page that may not be sent. Says nothing of what stood there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breach {
    /// What is wrong.
    pub why: Why,
    /// Where in the page, in bytes from its beginning.
    pub at: usize,
}

/// The manifest, ready to check pages.
#[derive(Debug)]
pub struct Checker {
    programs: Vec<Program>,
    runs: Runs,
    shapes: Shapes,
    /// The programs of each kind of page.
    pages: BTreeMap<String, Vec<usize>>,
    words: Words,
    forms: Forms,
}

impl Checker {
    /// Makes it ready.
    ///
    /// # Errors
    /// Where the manifest cannot be followed.
    pub fn new(manifest: &Manifest) -> Result<Checker, DeriveError> {
        let mut files: Vec<&str> = manifest.pages.values().flatten().map(String::as_str).collect();
        files.sort_unstable();
        files.dedup();
        let mut gathered = Gathered::default();
        let program = |file: &&str| Program::new(manifest, file, &mut gathered);
        let programs = files.iter().map(program).collect::<Result<Vec<_>, _>>()?;
        let number = |file: &String| files.binary_search(&file.as_str()).ok();
        let of_kind =
            |(kind, all): (&String, &Vec<String>)| (kind.clone(), all.iter().filter_map(number).collect());
        Ok(Checker {
            runs: Runs::new(&programs),
            programs,
            shapes: gathered.settled(),
            pages: manifest.pages.iter().map(of_kind).collect(),
            words: Words::new(manifest.words.values().flatten()),
            forms: Forms::new(&manifest.routes),
        })
    }

    /// Checks a page of this kind ([`site::PageKind::word`]).
    ///
    /// # Errors
    /// The first thing that is not as the templates say.
    pub fn check(&self, kind: &str, page: &str) -> Result<(), Breach> {
        let programs = self.pages.get(kind).ok_or(Breach { why: Why::Kind, at: 0 })?;
        let mut tokens = Tokens::new(page);
        let mut token = Token { kind: Kind::Begin, name: "", attributes: Vec::with_capacity(12), text: "" };
        if !tokens.take(DOCTYPE) {
            return Err(Breach { why: Why::Markup, at: 0 });
        }
        let mut states: Vec<State> = programs.iter().map(|program| (*program, 0)).collect();
        let mut next = Vec::with_capacity(states.len());
        let (mut open, mut forms) = (Open::default(), self.forms.reading());
        let mut learning = Learning::default();
        loop {
            let at = tokens.at();
            let known = if open.is_closed() { self.runs.known(&states, tokens.rest()) } else { None };
            if let Some((to, length)) = known {
                learning.ends(&self.runs, page, at, &states);
                states.clear();
                states.extend_from_slice(to);
                tokens.skip(length);
                continue;
            }
            let step = tokens.next(&mut token).and_then(|()| {
                forms.see(&token)?;
                self.step(&states, &mut next, &token, &mut open)
            });
            let fixed = step.map_err(|why| Breach { why, at })?;
            if fixed && token.kind != Kind::EndOfPage {
                learning.goes_on(&states, at);
            } else {
                learning.ends(&self.runs, page, at, &states);
            }
            if token.kind == Kind::EndOfPage {
                return Ok(());
            }
            std::mem::swap(&mut states, &mut next);
        }
    }

    /// From the places where the page may be to those where it may be behind this tag; whether the manifest fixes tag and
    /// text, and they lead on by themselves: no form is told by it, and no markup of staff's can stand there.
    fn step(
        &self,
        states: &[State],
        next: &mut Vec<State>,
        token: &Token<'_>,
        open: &mut Open,
    ) -> Result<bool, Why> {
        next.clear();
        let (mut borne, sign) = (false, Sign::of(token.kind, token.name));
        let (mut fixed, mut markup) = (false, false);
        // What was asked last, and the answer: edges beside each other often lead to the same tag by the same text.
        let (mut shape, mut text) = (Last::default(), Last::default());
        for (number, at) in states {
            let program = &self.programs[*number];
            let tag = &program.tags[*at as usize];
            markup |= tag.markup;
            if tag.markup && open.takes(token) {
                next.push((*number, *at));
                continue;
            }
            for edge in program.next(*at) {
                if edge.sign != sign {
                    continue;
                }
                let fits = known(&mut shape, program.tags[edge.to as usize].shape, |shape| {
                    let to = &self.shapes.tags[shape as usize];
                    to.is(token) && to.bears(&token.attributes)
                });
                if !fits {
                    continue;
                }
                borne = true;
                let admits = known(&mut text, edge.text, |text| {
                    self.shapes.texts[text as usize].admits(token.text, &self.words)
                });
                let state = (*number, edge.to);
                if admits && open.is_closed() && !next.contains(&state) {
                    fixed |= self.shapes.fix(program.tags[edge.to as usize].shape, edge.text);
                    next.push(state);
                }
            }
        }
        if !next.is_empty() {
            return Ok(fixed && !markup && !form::concerns(token.name));
        }
        Err(if borne { Why::Text } else { of_tag(token) })
    }
}

/// A number that was asked about, and the answer.
type Last = Option<(u32, bool)>;

/// The answer for this number: the last one where that was asked last.
fn known(last: &mut Last, number: u32, ask: impl FnOnce(u32) -> bool) -> bool {
    match *last {
        Some((of, answer)) if of == number => answer,
        _ => last.insert((number, ask(number))).1,
    }
}

/// A program and the tag in it that was read last.
type State = (usize, u32);

/// What kind of thing a tag is that does not belong there, or not so.
fn of_tag(token: &Token<'_>) -> Why {
    let runs = |(name, value): &(&str, Option<&str>)| {
        let value = value.unwrap_or_default().trim_ascii().to_ascii_lowercase();
        let address = matches!(*name, "href" | "src" | "action" | "formaction" | "data" | "srcdoc" | "xlink");
        name.starts_with("on")
            || *name == "style"
            || (address
                && (value.starts_with("javascript")
                    || value.starts_with("data")
                    || value.starts_with("vbscript")))
    };
    if token.attributes.iter().any(runs) {
        return Why::Handler;
    }
    match token.name {
        "script" | "noscript" => Why::Script,
        "style" => Why::Style,
        "form" => Why::Form,
        "input" | "select" | "textarea" | "button" | "option" | "fieldset" | "label" | "legend" => Why::Field,
        "iframe" | "frame" | "frameset" | "object" | "embed" | "portal" | "applet" | "svg" | "math"
        | "template" => Why::Frame,
        "base" | "meta" | "link" => Why::Head,
        "a" | "img" | "area" => Why::Link,
        "" => Why::End,
        _ => Why::Element,
    }
}
