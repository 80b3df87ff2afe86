//! Reading a template's text: askama's tags, as far as the templates of the shop use them. Another tag is an error: what
//! is not understood must not be passed over.

use super::DeriveError;

/// A part of a template.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node<'t> {
    Text(&'t str),
    /// `{{ … }}`
    Expr(&'t str),
    /// `if` and `match`: one of these. Where there may be nothing, an empty one is among them.
    Branch(Vec<Vec<Node<'t>>>),
    /// `for`
    Loop(Vec<Node<'t>>),
    Include(&'t str),
    Block(&'t str, Vec<Node<'t>>),
    Extends(&'t str),
}

/// The nodes of a template.
pub(super) fn parse<'t>(file: &'t str, text: &'t str) -> Result<Vec<Node<'t>>, DeriveError> {
    let mut parser = Parser { file, rest: text };
    let (nodes, stop) = parser.nodes(&[])?;
    match stop {
        None => Ok(nodes),
        Some((word, _)) => Err(parser.error(format!("{word} without a beginning"))),
    }
}

struct Parser<'t> {
    file: &'t str,
    rest: &'t str,
}

/// The word and the rest of a tag that ends a part.
type Stop<'t> = (&'t str, &'t str);

impl<'t> Parser<'t> {
    /// Up to a tag of one of these words, which is taken too.
    fn nodes(&mut self, stops: &[&str]) -> Result<(Vec<Node<'t>>, Option<Stop<'t>>), DeriveError> {
        let mut nodes = Vec::new();
        while !self.rest.is_empty() {
            let at = self
                .rest
                .find("{{")
                .into_iter()
                .chain(self.rest.find("{%"))
                .chain(self.rest.find("{#"))
                .min();
            let (text, rest) = self.rest.split_at(at.unwrap_or(self.rest.len()));
            if !text.is_empty() {
                nodes.push(Node::Text(text));
            }
            self.rest = rest;
            let Some(open) = rest.get(..2) else { break };
            let close = match open {
                "{{" => "}}",
                "{%" => "%}",
                _ => "#}",
            };
            let Some((inside, rest)) = rest[2..].split_once(close) else {
                return Err(self.error(format!("{open} without {close}")));
            };
            self.rest = rest;
            let inside = inside.trim().trim_matches('-').trim();
            match open {
                "{{" => nodes.push(Node::Expr(inside)),
                "{%" => {
                    let (word, rest) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
                    if stops.contains(&word) {
                        return Ok((nodes, Some((word, rest.trim()))));
                    }
                    nodes.extend(self.tag(word, rest.trim())?);
                }
                _ => {}
            }
        }
        Ok((nodes, None))
    }

    fn tag(&mut self, word: &'t str, rest: &'t str) -> Result<Option<Node<'t>>, DeriveError> {
        Ok(Some(match word {
            "let" => return Ok(None),
            "if" => {
                let (mut branches, mut otherwise) = (Vec::new(), false);
                loop {
                    let (nodes, stop) = self.nodes(&["elif", "else", "endif"])?;
                    branches.push(nodes);
                    match stop {
                        Some(("endif", _)) => break,
                        // `else if` is `elif` in two words.
                        Some(("else", rest)) => otherwise |= !rest.starts_with("if"),
                        Some(_) => {}
                        None => return Err(self.error("if without endif".into())),
                    }
                }
                if !otherwise {
                    branches.push(Vec::new());
                }
                Node::Branch(branches)
            }
            "match" => {
                let mut branches = Vec::new();
                // What stands before the first `when` is blank.
                let (_, mut stop) = self.nodes(&["when", "else", "endmatch"])?;
                while let Some(("when" | "else", _)) = stop {
                    let (nodes, next) = self.nodes(&["when", "else", "endmatch"])?;
                    branches.push(nodes);
                    stop = next;
                }
                if stop.is_none() {
                    return Err(self.error("match without endmatch".into()));
                }
                Node::Branch(branches)
            }
            "for" => match self.nodes(&["endfor"])? {
                (nodes, Some(_)) => Node::Loop(nodes),
                (_, None) => return Err(self.error("for without endfor".into())),
            },
            "block" => match self.nodes(&["endblock"])? {
                (nodes, Some(_)) => Node::Block(rest, nodes),
                (_, None) => return Err(self.error("block without endblock".into())),
            },
            "include" => Node::Include(self.name(rest)?),
            "extends" => Node::Extends(self.name(rest)?),
            _ => return Err(self.error(format!("a tag that is not known here: {word}"))),
        }))
    }

    fn name(&self, rest: &'t str) -> Result<&'t str, DeriveError> {
        let name = rest.strip_prefix('"').and_then(|r| r.strip_suffix('"'));
        name.ok_or_else(|| self.error(format!("the name of a template is expected, not {rest}")))
    }

    fn error(&self, what: String) -> DeriveError {
        DeriveError::new(self.file, what)
    }
}

#[cfg(test)]
mod tests {
    use super::{Node::*, *};

    #[test]
    fn tags() {
        let nodes =
            parse("x", "a{% if b %}c{% elif d %}{{ e }}{% endif %}{% for f in g %}h{% endfor %}{# i #}")
                .unwrap();
        let branch = Branch(vec![vec![Text("c")], vec![Expr("e")], vec![]]);
        assert_eq!(nodes, [Text("a"), branch.clone(), Loop(vec![Text("h")])]);
        let nodes = parse("x", "{% if b %}c{% else if d %}{{ e }}{% endif %}").unwrap();
        assert_eq!(nodes, [branch]);
        let nodes =
            parse("x", "{% match a %}\n{% when B %}b{% when C with (d) %}{{ d }}{% endmatch %}").unwrap();
        assert_eq!(nodes, [Branch(vec![vec![Text("b")], vec![Expr("d")]])]);
        let nodes = parse(
            "x",
            "{% extends \"l\" %}{% block c %}{% include \"i\" %}{% if a %}1{% else %}2{% endif %}{% endblock %}",
        );
        let inner = vec![Include("i"), Branch(vec![vec![Text("1")], vec![Text("2")]])];
        assert_eq!(nodes.unwrap(), [Extends("l"), Block("c", inner)]);
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for text in [
            "{{ a",
            "{% if a %}",
            "{% call x() %}",
            "{% endif %}",
            "{% include x %}",
            "{% for a in b %}",
            "{% match a %}",
        ] {
            assert!(parse("x", text).is_err(), "{text}");
        }
    }
}
