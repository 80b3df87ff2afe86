//! Lines of Japanese text, set as printers set it (JIS X 4051; W3C, Requirements for Japanese Text Layout).
//!
//! A text is a row of pieces: a character, or a word of Latin letters. Punctuation takes half an em, with half an em of space
//! on its open side that goes away at the ends of a line and beside other punctuation. Between Japanese and Latin stands a
//! quarter of an em. A line takes as much as fits when all its space is drawn in as far as it may; then it is justified. Some
//! characters begin no line, some end none.

mod class;
mod piece;

use crate::font::{Font, Glyph};
use class::Class;
use piece::{Piece, pieces};

/// What sums of widths may be out by, in em.
const TINY: f32 = 1e-4;

/// How lines end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    /// All but the last end at the margin.
    Justified,
    /// As they come.
    Ragged,
}

/// A row of glyphs that stand as the face has them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Run {
    /// Where it begins, in em from the line's beginning.
    pub(crate) x: f32,
    pub(crate) glyphs: Vec<Glyph>,
}

/// A line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) runs: Vec<Run>,
    /// In em.
    pub(crate) width: f32,
}

/// The space between two pieces, in em.
#[derive(Debug, Clone, Copy, Default)]
struct Gap {
    natural: f32,
    shrink: f32,
    stretch: f32,
    /// Whether a line may end here.
    ends: bool,
}

/// Sets a text in lines of `measure` em, the first one moved in by `indent`. None where the face lacks a character.
pub(crate) fn lines(
    font: &mut Font<'_>,
    text: &str,
    measure: f32,
    indent: f32,
    edge: Edge,
) -> Option<Vec<Line>> {
    let pieces = pieces(&font.glyphs(text)?);
    let gaps: Vec<Gap> = pieces.windows(2).map(|pair| gap(&pair[0], &pair[1])).collect();
    let mut out = Vec::new();
    let mut from = 0;
    while from < pieces.len() {
        let indent = if out.is_empty() { indent } else { 0.0 };
        let to = end_of_line(&pieces, &gaps, from, measure - indent);
        let last = to == pieces.len();
        let justify = edge == Edge::Justified && !last;
        out.push(set(&pieces[from..to], &gaps[from..to - 1], indent, measure - indent, justify));
        from = to;
    }
    Some(out)
}

/// Where the line ends that begins with a piece: as far as possible.
fn end_of_line(pieces: &[Piece], gaps: &[Gap], from: usize, measure: f32) -> usize {
    let mut tightest = pieces[from].width;
    let mut end = None;
    for (gap, (to, next)) in gaps[from..].iter().zip(pieces.iter().enumerate().skip(from + 1)) {
        if tightest > measure + TINY {
            break;
        }
        if gap.ends {
            end = Some(to);
        }
        tightest += gap.natural - gap.shrink + next.width;
    }
    if tightest <= measure + TINY {
        return pieces.len();
    }
    // Where it may end nowhere it ends where it is full.
    end.unwrap_or_else(|| {
        let mut width = 0.0;
        let fits = |piece: &&Piece| {
            width += piece.width;
            width <= measure
        };
        from + pieces[from..].iter().take_while(fits).count().max(1)
    })
}

/// The space between two pieces.
fn gap(a: &Piece, b: &Piece) -> Gap {
    let ends = b.starts_line() && a.ends_line() && !(a.class == b.class && a.class == Class::Joined);
    if a.spaced {
        return Gap { natural: 0.25, shrink: 0.08, stretch: 0.25, ends };
    }
    let open = class::between(a.class, b.class);
    if open > 0.0 {
        return Gap { natural: open, shrink: open * class::yields(a.class), stretch: 0.0, ends };
    }
    let plain = |piece: &Piece| matches!(piece.class, Class::Plain | Class::Small);
    if a.is_latin() && plain(b) || plain(a) && b.is_latin() {
        return Gap { natural: 0.25, shrink: 0.125, stretch: 0.25, ends };
    }
    Gap { ends, ..Gap::default() }
}

/// Puts pieces of one line where they stand.
fn set(pieces: &[Piece], gaps: &[Gap], indent: f32, measure: f32, justify: bool) -> Line {
    let natural: f32 = pieces.iter().map(|p| p.width).chain(gaps.iter().map(|g| g.natural)).sum();
    let slack = measure - natural;
    let sum = |of: fn(&Gap) -> f32| gaps.iter().map(of).sum::<f32>();
    let (shrink, stretch) = (sum(|g| g.shrink), sum(|g| g.stretch));
    let drawn_in = if slack < 0.0 && shrink > 0.0 { (-slack / shrink).min(1.0) } else { 0.0 };
    let drawn_out = if justify && slack > 0.0 && stretch > 0.0 { (slack / stretch).min(1.0) } else { 0.0 };
    // What is left is shared among all places in which a line may end.
    let left = if justify { (slack - drawn_out * stretch).max(0.0) } else { 0.0 };
    let places = gaps.iter().filter(|g| g.ends).count();
    let each = if places > 0 { left / places as f32 } else { 0.0 };
    let mut x = indent;
    let mut runs: Vec<Run> = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        runs.push(Run { x: x - piece.inset, glyphs: piece.glyphs.clone() });
        x += piece.width;
        if let Some(gap) = gaps.get(at) {
            x += gap.natural - gap.shrink * drawn_in + gap.stretch * drawn_out;
            x += if gap.ends { each } else { 0.0 };
        }
    }
    Line { runs: joined(runs), width: x }
}

/// Runs that follow each other without a space become one.
fn joined(runs: Vec<Run>) -> Vec<Run> {
    let mut out: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs {
        if let Some(last) = out.last_mut() {
            let end = last.x + last.glyphs.iter().map(|g| g.advance).sum::<f32>();
            if (end - run.x).abs() < 1e-3 {
                last.glyphs.extend(run.glyphs);
                continue;
            }
        }
        out.push(run);
    }
    out
}

#[cfg(test)]
mod tests;
