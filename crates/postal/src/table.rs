//! The packed table: unpacking it once, and finding rows in it.
//!
//! `postal.bin` is the magic, the unpacked size (u32, little endian) and one zlib stream. Unpacked it is a
//! row of sections, each led by its length (u32): cities, then columns over all rows in order of code. Texts
//! are front-coded against the row before, in three sections: how many leading bytes are the same, how many
//! follow, and those. Readings take one byte a character: katakana U+30xx as its low byte, full-width ASCII as
//! ASCII.
//! `xtask/src/postal.rs` writes the same layout; the two change together with [`MAGIC`].

use crate::{Code, Office, Place};
use std::ops::Range;
use std::sync::OnceLock;

const MAGIC: &[u8; 8] = b"DZPOST2\n";
const PACKED: &[u8] = include_bytes!("../data/postal.bin");
/// Largest unpacked size that is accepted.
const UNPACKED_BYTES_MAX: usize = 16 << 20;
/// In the column of floors: the row is an office.
const OFFICE: u8 = 255;

static TABLE: OnceLock<Table> = OnceLock::new();

/// A piece of [`Table::text`].
#[derive(Clone, Copy, Default)]
struct Piece {
    start: u32,
    bytes: u16,
}

struct City {
    prefecture: Piece,
    city: Piece,
    prefecture_kana: Piece,
    city_kana: Piece,
}

struct Row {
    code: u32,
    town: Piece,
    kana: Piece,
    city: u16,
    floor: u8,
}

/// All rows, sorted by code, with one text that they borrow from.
#[derive(Default)]
pub(crate) struct Table {
    text: String,
    cities: Vec<City>,
    rows: Vec<Row>,
    /// Row, name, street: sorted by row.
    offices: Vec<(u32, Piece, Piece)>,
}

impl Table {
    /// The embedded table. Were the embedded file damaged the table would be empty and no code known;
    /// a test holds that it is not.
    pub fn get() -> &'static Table {
        TABLE.get_or_init(|| Table::unpack(PACKED).unwrap_or_default())
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows of one code.
    pub fn range(&self, code: Code) -> Range<usize> {
        let start = self.rows.partition_point(|r| r.code < code.value());
        let count = self.rows[start..].partition_point(|r| r.code == code.value());
        start..start + count
    }

    pub fn has_prefecture(&self, name: &str) -> bool {
        self.cities.iter().any(|c| self.str(c.prefecture) == name)
    }

    /// One row in full; `row` is below [`Table::len`].
    pub fn place(&'static self, row: usize) -> Place {
        let r = &self.rows[row];
        let city = &self.cities[usize::from(r.city)];
        let office = || {
            let at = self.offices.binary_search_by_key(&(row as u32), |o| o.0).ok()?;
            let (_, name, street) = self.offices[at];
            Some(Office { name: self.str(name), street: self.str(street) })
        };
        Place {
            code: Code::new(r.code).unwrap_or(Code::ZERO),
            prefecture: self.str(city.prefecture),
            city: self.str(city.city),
            town: self.str(r.town),
            prefecture_kana: self.str(city.prefecture_kana),
            city_kana: self.str(city.city_kana),
            town_kana: self.str(r.kana),
            floor: (r.floor != 0 && r.floor != OFFICE).then_some(r.floor),
            office: if r.floor == OFFICE { office() } else { None },
        }
    }

    fn str(&self, piece: Piece) -> &str {
        let start = piece.start as usize;
        self.text.get(start..start + usize::from(piece.bytes)).unwrap_or_default()
    }

    /// `None` for anything that is not a whole, consistent table.
    fn unpack(packed: &[u8]) -> Option<Table> {
        let rest = packed.strip_prefix(MAGIC)?;
        let (size, stream) = rest.split_first_chunk::<4>()?;
        let size = u32::from_le_bytes(*size) as usize;
        if size > UNPACKED_BYTES_MAX {
            return None;
        }
        let raw = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(stream, size).ok()?;
        let mut sections = Sections(&raw);
        // Expanded, front-coded text grows about threefold; the reserve saves copying while it does.
        let mut text = Text { out: Vec::with_capacity(size.saturating_mul(2)) };
        let cities = cities(sections.take()?, &mut text)?;
        let codes = sections.take()?;
        let city_steps = sections.take()?;
        let floors = sections.take()?;
        let towns = text.column(&mut sections, Expand::Utf8)?;
        let kanas = text.column(&mut sections, Expand::Katakana)?;
        let names = text.column(&mut sections, Expand::Utf8)?;
        let streets = text.column(&mut sections, Expand::Utf8)?;
        let rows = rows(codes, city_steps, floors, &towns, &kanas, cities.len())?;
        let office_rows = rows.iter().enumerate().filter(|(_, r)| r.floor == OFFICE).map(|(i, _)| i as u32);
        let offices: Vec<_> =
            office_rows.zip(names.iter().zip(&streets)).map(|(row, (&n, &s))| (row, n, s)).collect();
        if offices.len() != names.len() || names.len() != streets.len() {
            return None;
        }
        let mut text = String::from_utf8(text.out).ok()?;
        text.shrink_to_fit();
        Some(Table { text, cities, rows, offices })
    }
}

/// Sections of the unpacked file, each led by its length.
struct Sections<'a>(&'a [u8]);

impl<'a> Sections<'a> {
    fn take(&mut self) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_first_chunk::<4>()?;
        let (section, rest) = rest.split_at_checked(u32::from_le_bytes(*bytes) as usize)?;
        self.0 = rest;
        Some(section)
    }
}

/// The text that grows while columns are expanded.
struct Text {
    out: Vec<u8>,
}

impl Text {
    fn push(&mut self, bytes: &[u8]) -> Option<Piece> {
        let start = u32::try_from(self.out.len()).ok()?;
        self.out.extend_from_slice(bytes);
        Some(Piece { start, bytes: u16::try_from(bytes.len()).ok()? })
    }

    /// Expands a front-coded column of three sections: shared bytes, own bytes, the own bytes themselves.
    /// A row equal to the one before shares its text.
    fn column(&mut self, sections: &mut Sections<'_>, expand: Expand) -> Option<Vec<Piece>> {
        let (shared, own, mut bytes) = (sections.take()?, sections.take()?, sections.take()?);
        if shared.len() != own.len() {
            return None;
        }
        let mut pieces = Vec::with_capacity(shared.len());
        let mut last = Piece::default();
        for (&shared, &own) in shared.iter().zip(own) {
            let (own, rest) = bytes.split_at_checked(usize::from(own))?;
            bytes = rest;
            let shared = usize::from(shared) * expand.width();
            if !own.is_empty() || shared != usize::from(last.bytes) {
                last = self.append(last, shared, own, expand)?;
            }
            pieces.push(last);
        }
        Some(pieces)
    }

    /// Writes the first `shared` bytes of the text before and then its own.
    fn append(&mut self, last: Piece, shared: usize, own: &[u8], expand: Expand) -> Option<Piece> {
        if shared > usize::from(last.bytes) {
            return None;
        }
        let (start, from) = (self.out.len(), last.start as usize);
        self.out.extend_from_within(from..from + shared);
        match expand {
            Expand::Utf8 => self.out.extend_from_slice(own),
            Expand::Katakana => own.iter().for_each(|b| self.out.extend_from_slice(&katakana(*b))),
        }
        let bytes = u16::try_from(self.out.len() - start).ok()?;
        Some(Piece { start: u32::try_from(start).ok()?, bytes })
    }
}

/// How a column's bytes stand for characters.
#[derive(Clone, Copy, PartialEq)]
enum Expand {
    Utf8,
    Katakana,
}

impl Expand {
    /// UTF-8 bytes that one byte of the column becomes.
    fn width(self) -> usize {
        if self == Expand::Utf8 { 1 } else { 3 }
    }
}

/// One byte of a reading as UTF-8; see the head of this file. Both ranges lie within U+0800..U+FFFF.
fn katakana(byte: u8) -> [u8; 3] {
    let c = if byte >= 0x80 { 0x3000 + u16::from(byte) } else { 0xfee0 + u16::from(byte) };
    [0xe0 | (c >> 12) as u8, 0x80 | (c >> 6 & 0x3f) as u8, 0x80 | (c & 0x3f) as u8]
}

/// Lines of `prefecture TAB city TAB prefecture's reading TAB city's reading`.
fn cities(section: &[u8], text: &mut Text) -> Option<Vec<City>> {
    let mut cities = Vec::new();
    let mut last: Option<(&[u8], Piece, Piece)> = None;
    for line in section.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
        let mut fields = line.split(|b| *b == b'\t');
        let (name, city, kana, city_kana) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        let (prefecture, prefecture_kana) = match last {
            Some((last_name, a, b)) if last_name == name => (a, b),
            _ => (text.push(name)?, text.push(kana)?),
        };
        last = Some((name, prefecture, prefecture_kana));
        cities.push(City {
            prefecture,
            city: text.push(city)?,
            prefecture_kana,
            city_kana: text.push(city_kana)?,
        });
    }
    Some(cities)
}

fn rows(
    codes: &[u8],
    city_steps: &[u8],
    floors: &[u8],
    towns: &[Piece],
    kanas: &[Piece],
    cities: usize,
) -> Option<Vec<Row>> {
    let mut rows = Vec::with_capacity(floors.len());
    let (mut codes, mut city_steps) = (codes.iter(), city_steps.iter());
    let (mut code, mut city) = (0u32, 0i64);
    if towns.len() != floors.len() || kanas.len() != floors.len() {
        return None;
    }
    for ((&floor, &town), &kana) in floors.iter().zip(towns).zip(kanas) {
        code = code.checked_add(varint(&mut codes)?)?;
        let step = varint(&mut city_steps)?;
        city += i64::from(step >> 1) ^ -i64::from(step & 1);
        Code::new(code)?;
        let city = u16::try_from(city).ok().filter(|c| usize::from(*c) < cities)?;
        rows.push(Row { code, town, kana, city, floor });
    }
    Some(rows)
}

/// Seven bits a byte, lowest first, the high bit meaning that more follow.
fn varint(bytes: &mut std::slice::Iter<'_, u8>) -> Option<u32> {
    let mut value = 0u32;
    for shift in [0, 7, 14, 21] {
        let byte = bytes.next()?;
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_embedded_file_is_whole() {
        let table = Table::unpack(PACKED).expect("run `cargo xtask postal` to write postal.bin again");
        assert!(table.rows.is_sorted_by_key(|r| r.code));
        assert!(table.len() > 140_000);
        assert_eq!(table.cities.len(), 1_892);
        assert!(table.offices.len() > 22_000);
    }

    #[test]
    fn readings_expand_to_katakana() {
        let out = [0xa2, 0xfc, b'1', b'A'].map(katakana).concat();
        assert_eq!(String::from_utf8(out).unwrap(), "アー１Ａ");
    }

    proptest! {
        /// A damaged file gives no table, never a panic.
        #[test]
        fn damage_is_survived(at in 0usize..PACKED.len(), byte: u8, cut: bool) {
            let mut damaged = PACKED[..if cut { at } else { PACKED.len().min(4096) }].to_vec();
            if let Some(b) = damaged.get_mut(at) { *b = byte; }
            prop_assert!(Table::unpack(&damaged).is_none());
        }

        #[test]
        fn any_columns_are_survived(a: Vec<u8>, b: Vec<u8>, c: Vec<u8>) {
            let mut text = Text { out: Vec::new() };
            let raw: Vec<u8> =
                [&a, &a, &c].iter().flat_map(|s| [&(s.len() as u32).to_le_bytes()[..], s.as_slice()].concat()).collect();
            if let Some(pieces) = text.column(&mut Sections(&raw), Expand::Katakana) {
                let _ = rows(&b, &c, &a, &pieces, &pieces, 3);
            }
            let _ = cities(&c, &mut text);
        }
    }
}
