//! A text, cut into what no line divides.

use super::class::{self, Class};
use crate::font::Glyph;

/// Longer words of Latin letters may be divided: addresses of pages.
const WORD_MAX: usize = 24;

/// A character, or a word.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) glyphs: Vec<Glyph>,
    pub(super) class: Class,
    /// The body, in em, without the space of punctuation.
    pub(super) width: f32,
    /// How far into the first glyph the body begins, in em.
    pub(super) inset: f32,
    /// Whether a space stands behind it.
    pub(super) spaced: bool,
    first: char,
    last: char,
    /// A part of a long word, of which another part follows.
    divided: bool,
}

impl Piece {
    fn new(c: char, glyph: Glyph) -> Piece {
        let class = class::of(c);
        // Only faces that give punctuation a whole em are cut down to half.
        let half = class::half(class).filter(|_| glyph.advance > 0.9);
        Piece {
            glyphs: vec![glyph],
            class,
            width: half.map_or(glyph.advance, |_| 0.5),
            inset: half.unwrap_or(0.0),
            spaced: false,
            first: c,
            last: c,
            divided: false,
        }
    }

    pub(super) fn is_latin(&self) -> bool {
        self.class == Class::Latin
    }

    /// Whether a line may begin with it.
    pub(super) fn starts_line(&self) -> bool {
        class::starts_line(self.class)
            && !matches!(self.first, ')' | ']' | '}' | ',' | '.' | '!' | '?' | ':' | ';' | '%')
    }

    /// Whether a line may end with it.
    pub(super) fn ends_line(&self) -> bool {
        self.class != Class::Opening && (self.divided || !matches!(self.last, '(' | '[' | '{' | '〒'))
    }
}

/// Cuts a text.
pub(super) fn pieces(text: &[(char, Glyph)]) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::with_capacity(text.len());
    for (c, glyph) in text {
        // The wide space is a character like others: people write it between names.
        if *c == ' ' || *c == '\u{a0}' || *c == '\t' {
            if let Some(last) = out.last_mut() {
                last.spaced = true;
            }
            continue;
        }
        let new = Piece::new(*c, *glyph);
        match out.last_mut() {
            Some(word) if word.is_latin() && new.is_latin() && !word.spaced && !word.divided => {
                word.glyphs.push(*glyph);
                word.width += glyph.advance;
                word.last = *c;
                word.divided =
                    word.glyphs.len() >= WORD_MAX || (word.glyphs.len() > 4 && is_seam(*c) && long(text));
            }
            _ => out.push(new),
        }
    }
    out
}

/// Where a long word is divided.
fn is_seam(c: char) -> bool {
    matches!(c, '/' | '?' | '&' | '=' | '@')
}

/// Whether a text has a word that no line would hold.
fn long(text: &[(char, Glyph)]) -> bool {
    text.split(|(c, _)| class::of(*c) != Class::Latin).any(|word| word.len() > WORD_MAX)
}
