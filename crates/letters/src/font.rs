//! The face that letters are set in: glyphs and widths, and which of them were used.

use read_fonts::{
    FileRef, FontRef, TableProvider,
    tables::cmap::{CmapSubtable, MapVariant, UvsSubtable},
    tables::hmtx::Hmtx,
    types::{GlyphId, NameId, Tag},
};
use std::collections::HashMap;
use subsetter::GlyphRemapper;
use unicode_normalization::UnicodeNormalization;

/// Faces that have what Japanese names need, from Debian's packages fonts-noto-cjk and fonts-ipaexfont-mincho, in the order in
/// which they are looked for.
pub const FILES: [&str; 2] = [
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
    "/usr/share/fonts/opentype/ipaexfont-mincho/ipaexm.ttf",
];
/// In a collection the face of this country is meant: the same character is drawn differently elsewhere.
const JAPAN: &str = "JP";

/// The table of outlines of the compact kind (OpenType, `CFF `).
const COMPACT: Tag = Tag::new(b"CFF ");

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
    by_char: CmapSubtable<'a>,
    varied: Option<UvsSubtable<'a>>,
    advances: Hmtx<'a>,
    em: f32,
    facts: Facts,
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
        let faces: Vec<Option<FontRef<'a>>> = match FileRef::new(data).map_err(|_| NoFont)? {
            FileRef::Font(face) => vec![Some(face)],
            FileRef::Collection(all) => all.iter().map(Result::ok).collect(),
        };
        let is_japanese = |name: &String| faces.len() == 1 || name.split(' ').any(|word| word == JAPAN);
        // One that cannot be read keeps its place: the others are known by theirs.
        let named = |(index, face): (u32, &Option<FontRef<'a>>)| {
            let face = face.clone()?;
            let name = family(&face).filter(is_japanese)?;
            Some((index, face, name))
        };
        let (index, face, name) = (0..).zip(&faces).find_map(named).ok_or(NoFont)?;
        Font::of(data, index, &face, &name).ok_or(NoFont)
    }

    fn of(data: &'a [u8], index: u32, face: &FontRef<'a>, name: &str) -> Option<Font<'a>> {
        let map = face.cmap().ok()?;
        let (_, _, by_char) = map.best_subtable()?;
        by_char.map_codepoint('あ')?;
        let facts = Facts::of(face, name)?;
        Some(Font {
            data,
            index,
            by_char,
            varied: map.uvs_subtable().map(|(_, varied)| varied),
            advances: face.hmtx().ok()?,
            em: em(face)?,
            facts,
            known: HashMap::new(),
            used: GlyphRemapper::new(),
            drawn: vec![('\u{fffd}', 1.0)],
        })
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
        let varied =
            selector.zip(self.varied.as_ref()).and_then(|(selector, varied)| varied.map_variant(c, selector));
        let found = match varied {
            Some(MapVariant::Variant(id)) => Some(id),
            Some(MapVariant::UseDefault) | None => self.by_char.map_codepoint(c),
        };
        let found = found.filter(|id| id.to_u32() != 0);
        let glyph = found.and_then(|id| self.take(c, id));
        self.known.insert((c, selector), glyph);
        glyph
    }

    fn take(&mut self, c: char, id: GlyphId) -> Option<Glyph> {
        let advance = f32::from(self.advances.advance(id).unwrap_or(0)) / self.em;
        let id = self.used.remap(u16::try_from(id.to_u32()).ok()?);
        if usize::from(id) == self.drawn.len() {
            self.drawn.push((c, advance));
        }
        Some(Glyph { id, advance })
    }

    /// What a file says of the face.
    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
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
        if !self.facts.compact {
            return Ok(whole);
        }
        // Outlines of this kind go into a file without what is around them.
        let outlines = FontRef::new(&whole).ok().and_then(|face| face.data_for_tag(COMPACT));
        outlines.map(|table| table.as_bytes().to_vec()).ok_or(NoFont)
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

impl Facts {
    fn of(face: &FontRef<'_>, name: &str) -> Option<Facts> {
        let (em, head, lines) = (em(face)?, face.head().ok()?, face.hhea().ok()?);
        let thousandths = |units: i16| f32::from(units) * 1_000.0 / em;
        let ascent = lines.ascender().to_i16();
        Some(Facts {
            name: name.chars().filter(char::is_ascii_alphanumeric).collect(),
            bbox: [head.x_min(), head.y_min(), head.x_max(), head.y_max()].map(thousandths),
            ascent: thousandths(ascent),
            descent: thousandths(lines.descender().to_i16()),
            capitals: thousandths(face.os2().ok().and_then(|table| table.s_cap_height()).unwrap_or(ascent)),
            compact: face.data_for_tag(COMPACT).is_some(),
        })
    }
}

/// Font units in an em.
fn em(face: &FontRef<'_>) -> Option<f32> {
    Some(f32::from(face.head().ok()?.units_per_em().max(1)))
}

fn family(face: &FontRef<'_>) -> Option<String> {
    let names = face.name().ok()?;
    let of = |id: NameId| {
        let mut records = names.name_record().iter().filter(|r| r.name_id() == id && r.is_unicode());
        records.find_map(|r| Some(r.string(names.string_data()).ok()?.chars().collect::<String>()))
    };
    of(NameId::TYPOGRAPHIC_FAMILY_NAME).or_else(|| of(NameId::FAMILY_NAME))
}

/// Says which form of the character before it is meant.
fn is_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_collection_a_face_keeps_its_number_when_another_cannot_be_read() {
        let Some(mut data) = crate::tests::font_data().filter(|data| data.starts_with(b"ttcf")) else {
            return;
        };
        let index = Font::read(&data).map(|font| font.index).ok();
        assert_eq!(index, Some(0), "Debian's collection begins with the Japanese face");
        // Behind the signature, the version and the number of faces stand the places of the faces (OpenType, `ttcf`).
        data.copy_within(12..16, 16);
        data[12..16].fill(0xFF);
        assert_eq!(Font::read(&data).map(|font| font.index).ok(), Some(1));
        data[16..20].fill(0xFF);
        assert!(Font::read(&data).is_err(), "of the faces that are left none is the Japanese one");
    }
}
