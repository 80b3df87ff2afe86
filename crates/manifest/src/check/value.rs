//! Attribute values and texts: what a template's pieces come to, and whether what stands in the page is that.

use crate::{
    derive::DeriveError,
    format::Manifest,
    skeleton::{Hole, Piece},
};
use std::collections::BTreeMap;

/// The most ways in which one value can be put together.
const WAYS_MAX: usize = 256;
/// The longest value that is looked at where a hole stands before something else, in bytes.
const SPLIT_BYTES_MAX: usize = 4_096;

/// A part of a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Fixed(String),
    Hole(Hole),
}

/// All ways in which a value can be put together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Value(Vec<Vec<Part>>);

impl Value {
    /// From the pieces of a template, with what its page puts into slots.
    pub(super) fn of(
        pieces: &[Piece],
        manifest: &Manifest,
        slots: &BTreeMap<String, Vec<Piece>>,
        file: &str,
    ) -> Result<Value, DeriveError> {
        let mut ways = vec![Vec::new()];
        for piece in pieces {
            let more: Vec<Vec<Part>> = match piece {
                Piece::Literal(text) => vec![vec![Part::Fixed(text.clone())]],
                Piece::Say(id) => said(manifest, id, file)?.map(|text| vec![Part::Fixed(text)]).collect(),
                Piece::Hole(hole) => vec![vec![Part::Hole(*hole)]],
                Piece::Either(branches) => {
                    let of =
                        |branch: &Vec<Piece>| Value::of(branch, manifest, slots, file).map(|value| value.0);
                    branches.iter().map(of).collect::<Result<Vec<_>, _>>()?.concat()
                }
                Piece::Slot(name, default) => {
                    Value::of(slots.get(name).unwrap_or(default), manifest, slots, file)?.0
                }
            };
            ways = ways.iter().flat_map(|way| more.iter().map(move |m| joined(way, m))).collect();
            if ways.len() > WAYS_MAX {
                return Err(DeriveError::new(file, "a value can be put together in too many ways"));
            }
        }
        ways.sort_by_key(Vec::len);
        ways.dedup();
        Ok(Value(ways))
    }

    /// Whether something else than the manifest decides on it.
    pub(super) fn has_hole(&self) -> bool {
        self.0.iter().flatten().any(|part| matches!(part, Part::Hole(_)))
    }

    /// Whether `value`, as it stands in the page, is one of them.
    pub(super) fn admits(&self, value: &str) -> bool {
        self.0.iter().any(|way| fits(way, value))
    }
}

/// A text of the shop in each language, as it stands in a page.
pub(super) fn said<'m>(
    manifest: &'m Manifest,
    id: &str,
    file: &str,
) -> Result<impl Iterator<Item = String> + use<'m>, DeriveError> {
    let both = manifest.words.get(id);
    let both =
        both.ok_or_else(|| DeriveError::new(file, format!("there is no text {id} without arguments")))?;
    Ok(both.iter().map(|text| escaped(text)))
}

/// As askama escapes it.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
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

fn joined(way: &[Part], more: &[Part]) -> Vec<Part> {
    let mut out = way.to_vec();
    for part in more {
        match (out.last_mut(), part) {
            (Some(Part::Fixed(before)), Part::Fixed(text)) => before.push_str(text),
            _ => out.push(part.clone()),
        }
    }
    out
}

fn fits(way: &[Part], value: &str) -> bool {
    match way {
        [] => value.is_empty(),
        [Part::Fixed(text), rest @ ..] => {
            value.strip_prefix(text.as_str()).is_some_and(|value| fits(rest, value))
        }
        [Part::Hole(hole)] => hole.admits(value),
        [Part::Hole(hole), rest @ ..] => {
            value.len() <= SPLIT_BYTES_MAX
                && (0..=value.len()).rev().filter(|at| value.is_char_boundary(*at)).any(|at| {
                    let (filled, after) = value.split_at(at);
                    fits(rest, after) && hole.admits(filled)
                })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_one_after_the_other() {
        let way = |parts: &[Part]| parts.to_vec();
        let path =
            way(&[Part::Fixed("/order/".into()), Part::Hole(Hole::Segment), Part::Fixed("/pay".into())]);
        assert!(fits(&path, "/order/7-a/pay") && !fits(&path, "/order/7/a/pay") && !fits(&path, "/order/7"));
        let class =
            way(&[Part::Fixed("field ".into()), Part::Hole(Hole::Class), Part::Fixed(" wrong".into())]);
        assert!(fits(&class, "field full wrong") && !fits(&class, "field full"));
        assert!(fits(&[], "") && !fits(&[], "x"));
        assert_eq!(
            joined(&way(&[Part::Fixed("a".into())]), &[Part::Fixed("b".into())]),
            [Part::Fixed("ab".into())]
        );
        assert_eq!(escaped("<a href=\"x\">'&"), "&#60;a href=&#34;x&#34;&#62;&#39;&#38;");
    }
}
