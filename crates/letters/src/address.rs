//! An address in the window: as large as it fits, with its bar-code where there is room.

use crate::{
    bar::{self, BARS, Bar},
    compose::{self, Edge, Line},
    draw::Canvas,
    font::Font,
    letter::Address,
    measure::{BAR_QUIET, POINTS, Rect},
};
use unicode_normalization::UnicodeNormalization;

/// Sizes that are tried, in points, the largest first.
const SIZES: [f32; 8] = [10.5, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0];
/// Below this a bar-code is left out rather than letters made smaller.
const SIZE_WITH_BAR_MIN: f32 = 8.0;
/// From line to line, in em.
const PITCH: f32 = 1.3;
/// The name beside the address.
const NAME: f32 = 1.2;
/// How far below a line's upper edge its letters stand, and how far they reach below that, in em.
const RISE: f32 = 0.92;
const FALL: f32 = 0.2;
/// Behind the name (in a letter in English, too: it is the post that reads it).
const TO: &str = "様";
/// To a company of which no person is named.
const TO_COMPANY: &str = "御中";

/// The bar-code's measures for its smallest size, 8 points, in millimetres; each within what the manual tolerates (bars
/// 2.72 to 2.88 and 0.84 to 1.08 high, 0.40 to 0.56 wide, every 0.76 to 1.04), so that it keeps its distance in the
/// narrowest window.
mod size {
    pub(super) const LONG: f32 = 2.88;
    pub(super) const TIMING: f32 = 0.96;
    pub(super) const PITCH: f32 = 0.90;
    pub(super) const WIDTH: f32 = 0.46;
}

/// Why an address cannot be printed. Nothing personal is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Postcode, place or name is missing.
    #[error("the address has no postcode, place or name")]
    Incomplete,
    /// The face lacks a character.
    #[error("the address has a character that the font lacks")]
    NoGlyph,
    /// It does not fit, however small.
    #[error("the address is too long for the window")]
    TooLong,
    /// The batch has no such text.
    #[error("there is no text of this number")]
    NoText,
}

impl Unfit {
    /// As it is stored.
    pub const fn word(self) -> &'static str {
        match self {
            Unfit::Incomplete => "incomplete",
            Unfit::NoGlyph => "no_glyph",
            Unfit::TooLong => "too_long",
            Unfit::NoText => "no_text",
        }
    }
}

/// An address, set. Personal: no `Debug`.
pub(crate) struct Fitted {
    /// Each line with its size in points, and the height at which it stands, in millimetres.
    lines: Vec<(Line, f32, f32)>,
    bars: Option<([Bar; BARS], f32)>,
    zone: Rect,
}

impl Fitted {
    pub(crate) fn has_bars(&self) -> bool {
        self.bars.is_some()
    }

    pub(crate) fn draw(&self, canvas: &mut Canvas) {
        for (line, size, y) in &self.lines {
            canvas.line(line, *size, self.zone.left, *y);
        }
        let Some((bars, top)) = &self.bars else { return };
        let mut x = self.zone.left + BAR_QUIET;
        for bar in bars {
            let third = (size::LONG - size::TIMING) / 2.0;
            let (down, height) = match bar {
                Bar::Long => (0.0, size::LONG),
                Bar::Upper => (0.0, third + size::TIMING),
                Bar::Lower => (third, third + size::TIMING),
                Bar::Timing => (third, size::TIMING),
            };
            canvas.fill(Rect { left: x, top: top + down, width: size::WIDTH, height });
            x += size::PITCH;
        }
    }
}

/// Sets an address into what always shows.
///
/// # Errors
/// See [`Unfit`].
pub(crate) fn fit(font: &mut Font<'_>, zone: Rect, address: &Address) -> Result<Fitted, Unfit> {
    let postcode = address.digits();
    let (name, company) = (address.name.reveal().trim(), address.company.reveal().trim());
    let (company, to) = match (name, company) {
        ("", "") => return Err(Unfit::Incomplete),
        ("", company) => ("", format!("{company}　{TO_COMPANY}")),
        (name, company) => (company, format!("{name}　{TO}")),
    };
    if postcode.len() != 7 || address.parts().next().is_none() {
        return Err(Unfit::Incomplete);
    }
    let bars = after_town(&postcode, address).and_then(|rest| bar::encode(&postcode, &bar::number(&rest)));
    let bars = bars.filter(|_| bar_width() + 2.0 * BAR_QUIET <= zone.width);
    for bars in [bars, None] {
        for size in SIZES.into_iter().filter(|size| bars.is_none() || *size >= SIZE_WITH_BAR_MIN) {
            let mut parts = vec![format!("〒{}-{}", &postcode[..3], &postcode[3..])];
            parts.extend(places(font, address, zone.width * POINTS / size)?);
            parts.push(company.to_owned());
            let sized = parts.into_iter().map(|part| (part, size)).chain([(to.clone(), size * NAME)]);
            if let Some(fitted) = set(font, zone, sized, bars)? {
                return Ok(fitted);
            }
        }
    }
    Err(Unfit::TooLong)
}

/// The place, with as many parts of it in one line as fit: city and number of the house together, a building apart.
fn places(font: &mut Font<'_>, address: &Address, measure: f32) -> Result<Vec<String>, Unfit> {
    let mut out: Vec<String> = Vec::new();
    for (n, part) in address.parts().enumerate() {
        let between = if n < 2 { "" } else { "　" };
        if let Some(last) = out.last_mut() {
            let both = format!("{last}{between}{part}");
            let set = compose::lines(font, &both, measure, 0.0, Edge::Ragged).ok_or(Unfit::NoGlyph)?;
            if set.len() == 1 {
                *last = both;
                continue;
            }
        }
        out.push(part.to_owned());
    }
    Ok(out)
}

fn set(
    font: &mut Font<'_>,
    zone: Rect,
    parts: impl Iterator<Item = (String, f32)>,
    bars: Option<[Bar; BARS]>,
) -> Result<Option<Fitted>, Unfit> {
    let (mut lines, mut y, mut end) = (Vec::new(), zone.top, zone.top);
    for (part, size) in parts.filter(|(part, _)| !part.trim().is_empty()) {
        let em = size / POINTS;
        let set =
            compose::lines(font, part.trim(), zone.width / em, 0.0, Edge::Ragged).ok_or(Unfit::NoGlyph)?;
        for line in set {
            if line.width * em > zone.width {
                return Ok(None);
            }
            end = y + (RISE + FALL) * em;
            lines.push((line, size, y + RISE * em));
            y += PITCH * em;
        }
    }
    let bars = bars.map(|bars| (bars, end + BAR_QUIET));
    let end = bars.map_or(end, |(_, top)| top + size::LONG + BAR_QUIET);
    Ok((end <= zone.bottom()).then_some(Fitted { lines, bars, zone }))
}

fn bar_width() -> f32 {
    (BARS - 1) as f32 * size::PITCH + size::WIDTH
}

/// What the address says beyond its postcode. None where that is not certain, or the postcode is one that stands for all
/// towns that have none: there no bar-code is printed. Of an office that has its own postcode there is nothing beyond.
fn after_town(postcode: &str, address: &Address) -> Option<String> {
    let written: String = address.parts().collect::<Vec<_>>().join(" ").nfkc().collect();
    for place in postal::lookup(postcode) {
        if place.office.is_some() {
            return Some(String::new());
        }
        if place.town.is_empty() || postcode.ends_with("00") {
            continue;
        }
        let town = format!("{}{}", place.city, place.town);
        let whole = format!("{}{town}", place.prefecture);
        if let Some(rest) = behind(&written, &whole).or_else(|| behind(&written, &town)) {
            return Some(rest.to_owned());
        }
    }
    None
}

/// What stands behind a beginning, however it is spaced.
fn behind<'a>(text: &'a str, beginning: &str) -> Option<&'a str> {
    let mut rest = text;
    for wanted in beginning.nfkc().filter(|c| !c.is_whitespace()) {
        rest = rest.trim_start().strip_prefix(wanted)?;
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::person::Personal;

    fn rest(postcode: &str, place: &[&str]) -> Option<String> {
        let place = place.iter().map(|part| Personal::new(*part)).collect();
        let address = Address { postcode: Personal::new(postcode), place, ..Address::default() };
        after_town(&address.digits(), &address).map(|rest| bar::number(&rest))
    }

    #[test]
    fn the_bar_code_has_what_stands_behind_the_town() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            rest("100-0013", &["東京都千代田区霞が関", "１丁目３番２号", "郵便プラザ503室"]),
            some("1-3-2-503")
        );
        assert_eq!(rest("1000013", &["東京都", "千代田区　霞が関1丁目", "3-2", "5F"]), some("1-3-2-5"));
        assert_eq!(rest("1000013", &["千代田区霞が関1-3-2"]), some("1-3-2"), "without the prefecture");
        assert_eq!(rest("1000000", &["東京都千代田区", "1-3-2"]), None, "the code for all other towns");
        assert_eq!(rest("1000013", &["東京都千代田区永田町", "1-3-2"]), None, "another town");
        assert_eq!(rest("9999999", &["東京都千代田区霞が関", "1-3-2"]), None);
        assert_eq!(rest("1008792", &["東京都千代田区霞が関", "1-3-2"]), some(""), "an office's own");
    }

    #[test]
    fn measures_of_the_bar_code_are_tolerated() {
        let a = 8.0 / 10.0;
        let within =
            |value: f32, least: f32, most: f32| assert!((least * a..=most * a).contains(&value), "{value}");
        within(size::LONG, 3.40, 3.6001);
        within(size::TIMING, 1.05, 1.35);
        within(size::PITCH, 0.95, 1.30);
        within(size::WIDTH, 0.50, 0.70);
        within(size::PITCH - size::WIDTH, 0.45, 0.60);
    }
}
