//! The face that letters are set in: glyphs and widths, and which of them were used.

use std::collections::HashMap;
use subsetter::GlyphRemapper;
use ttf_parser::{Face, GlyphId, name_id};
use unicode_normalization::UnicodeNormalization;

/// Faces that have what Japanese names need, from Debian's packages fonts-noto-cjk and fonts-ipaexfont-mincho, in the order in
/// which they are looked for.
pub const FILES: [&str; 2] = [
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
    "/usr/share/fonts/opentype/ipaexfont-mincho/ipaexm.ttf",
];
/// In a collection the face of this country is meant: the same character is drawn differently elsewhere.
const JAPAN: &str = "JP";

/// What is no face to set Japanese in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no font file, or none for Japanese: take Debian's fonts-noto-cjk or fonts-ipaexfont-mincho")]
pub struct NoFont;

/// One drawn character.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glyph {
    /// Its number in the file that is written.
    pub(crate) id: u16,
    /// How far the next one stands, in em.
    pub(crate) advance: f32,
}

/// A face.
pub struct Font<'a> {
    data: &'a [u8],
    index: u32,
    face: Face<'a>,
    name: String,
    known: HashMap<(char, Option<char>), Option<Glyph>>,
    used: GlyphRemapper,
    /// By the number of each glyph used: what it stands for, and its advance.
    drawn: Vec<(char, f32)>,
}

impl<'a> Font<'a> {
    /// Reads a font file, or of a collection the Japanese one.
    ///
    /// # Errors
    /// [`NoFont`].
    pub fn read(data: &'a [u8]) -> Result<Font<'a>, NoFont> {
        let count = ttf_parser::fonts_in_collection(data).unwrap_or(1);
        let named = |index: u32| Some((index, family(&Face::parse(data, index).ok()?)?));
        let mut all = (0..count).filter_map(named);
        let is_japanese = |(_, name): &(u32, String)| count == 1 || name.split(' ').any(|word| word == JAPAN);
        let (index, name) = all.find(is_japanese).ok_or(NoFont)?;
        let face = Face::parse(data, index).map_err(|_| NoFont)?;
        if face.glyph_index('あ').is_none() {
            return Err(NoFont);
        }
        let (known, used) = (HashMap::new(), GlyphRemapper::new());
        Ok(Font { data, index, face, name, known, used, drawn: vec![('\u{fffd}', 1.0)] })
    }

    /// The glyphs of a text in the composed form, a variation selector taken with what it varies. None where the face lacks
    /// one.
    pub(crate) fn glyphs(&mut self, text: &str) -> Option<Vec<(char, Glyph)>> {
        let mut chars = text.nfc().peekable();
        let mut out = Vec::with_capacity(text.len() / 3 + 1);
        while let Some(c) = chars.next() {
            let selector = chars.next_if(|next| is_selector(*next));
            out.push((c, self.glyph(c, selector)?));
        }
        Some(out)
    }

    fn glyph(&mut self, c: char, selector: Option<char>) -> Option<Glyph> {
        if let Some(known) = self.known.get(&(c, selector)) {
            return *known;
        }
        let varied = selector.and_then(|selector| self.face.glyph_variation_index(c, selector));
        let found = varied.or_else(|| self.face.glyph_index(c)).filter(|id| id.0 != 0);
        let glyph = found.map(|id| self.take(c, id));
        self.known.insert((c, selector), glyph);
        glyph
    }

    fn take(&mut self, c: char, id: GlyphId) -> Glyph {
        let advance = f32::from(self.face.glyph_hor_advance(id).unwrap_or(0)) / self.em();
        let id = self.used.remap(id.0);
        if usize::from(id) == self.drawn.len() {
            self.drawn.push((c, advance));
        }
        Glyph { id, advance }
    }

    /// Font units in an em.
    fn em(&self) -> f32 {
        f32::from(self.face.units_per_em().max(1))
    }

    /// What a file says of the face.
    pub(crate) fn facts(&self) -> Facts {
        let thousandths = |units: i16| f32::from(units) * 1_000.0 / self.em();
        let b = self.face.global_bounding_box();
        Facts {
            name: self.name.chars().filter(char::is_ascii_alphanumeric).collect(),
            bbox: [b.x_min, b.y_min, b.x_max, b.y_max].map(thousandths),
            ascent: thousandths(self.face.ascender()),
            descent: thousandths(self.face.descender()),
            capitals: thousandths(self.face.capital_height().unwrap_or(self.face.ascender())),
            compact: self.face.tables().cff.is_some(),
        }
    }

    /// Glyphs used, by their number.
    pub(crate) fn drawn(&self) -> &[(char, f32)] {
        &self.drawn
    }

    /// The font program with the used glyphs alone.
    ///
    /// # Errors
    /// [`NoFont`] where the face is of a kind that cannot be cut.
    pub(crate) fn cut(&self) -> Result<Vec<u8>, NoFont> {
        let whole = subsetter::subset(self.data, self.index, &self.used).map_err(|_| NoFont)?;
        if self.face.tables().cff.is_none() {
            return Ok(whole);
        }
        // Outlines of this kind go into a file without what is around them.
        let raw = ttf_parser::RawFace::parse(&whole, 0).map_err(|_| NoFont)?;
        raw.table(ttf_parser::Tag::from_bytes(b"CFF ")).map(<[u8]>::to_vec).ok_or(NoFont)
    }
}

/// What a file says of a face, in thousandths of an em.
pub(crate) struct Facts {
    pub(crate) name: String,
    pub(crate) bbox: [f32; 4],
    pub(crate) ascent: f32,
    pub(crate) descent: f32,
    pub(crate) capitals: f32,
    /// Whether its outlines are of the compact kind.
    pub(crate) compact: bool,
}

fn family(face: &Face<'_>) -> Option<String> {
    let of = |id: u16| face.names().into_iter().filter(|n| n.name_id == id).find_map(|n| n.to_string());
    of(name_id::TYPOGRAPHIC_FAMILY).or_else(|| of(name_id::FAMILY))
}

/// Says which form of the character before it is meant.
fn is_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}
