//! The pages of a letter, but for what is of one person: set once for a whole batch.

use crate::{
    compose::{self, Edge, Line},
    draw::Canvas,
    font::Font,
    measure::{Envelope, PANEL, POINTS, Rect, SHEET},
};
use desk::paper::{Paper, Part};
use fast_qr::{ECL, QRBuilder};

/// The size of the text, in points, and its line from margin to margin, in em.
const SIZE: f32 = 10.5;
const MEASURE: f32 = 45.0;
const EM: f32 = SIZE / POINTS;
const LEFT: f32 = (SHEET.0 - MEASURE * EM) / 2.0;
const RIGHT: f32 = LEFT + MEASURE * EM;
/// From line to line.
const PITCH: f32 = 1.7 * EM;
/// Who writes, beside the window: its size in points, how far it keeps away, and where it begins.
const SENDER: f32 = 9.5;
const SENDER_AWAY: f32 = 3.0;
const SENDER_TOP: f32 = 18.0;
/// The subject, in points, and where it stands.
const SUBJECT: f32 = 14.0;
const SUBJECT_AT: f32 = 72.0;
/// Where the text begins and ends on the first page, and on others.
const FIRST: (f32, f32) = (84.0, 244.0);
const NEXT: (f32, f32) = (28.0, 276.0);
/// The code and where it is checked.
const BOX: Rect = Rect { left: LEFT, top: 249.0, width: RIGHT - LEFT, height: 30.0 };
/// Modules of white around a QR code (ISO/IEC 18004).
const QR_QUIET: usize = 4;
const HEADING: f32 = 12.0;
const LABEL: f32 = 9.0;
const CODE: f32 = 16.0;
/// A label of a table, in em at most.
const LABEL_MAX: f32 = 8.0;
/// What stands at the foot of each page, in points, and where.
const FOOT: f32 = 8.0;
const FOOT_AT: f32 = 286.0;

/// Why a text cannot be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unset {
    /// The face lacks a character of the text, which is nobody's name.
    #[error("the font lacks a character of the letter's text: “{0}”")]
    NoGlyph(String),
    /// The address of the page is too long for a QR code.
    #[error("the address of the page where codes are checked is too long for a QR code")]
    Page,
    /// The letter has nothing to say, or too much.
    #[error("a letter has at least one page and at most {PAGES_MAX}")]
    Pages,
}

/// The most pages of a letter: with more of them an envelope of this size does not close.
pub const PAGES_MAX: usize = 6;

/// The pages of a text.
pub(crate) struct Pages {
    pub(crate) canvases: Vec<Canvas>,
    /// Where the code is put: left edge and the height on which it stands.
    pub(crate) code_at: (f32, f32),
}

/// Sets a text.
///
/// # Errors
/// See [`Unset`].
pub(crate) fn set(font: &mut Font<'_>, envelope: Envelope, paper: &Paper) -> Result<Pages, Unset> {
    let mut setter = Setter { font, canvases: vec![Canvas::default()], y: FIRST.0 };
    setter.head(paper, RIGHT - envelope.ever().right() - SENDER_AWAY)?;
    let code_at = setter.code_box(paper)?;
    for part in &paper.parts {
        setter.part(part)?;
    }
    match setter.canvases.len() {
        1..=PAGES_MAX if !paper.parts.is_empty() => Ok(Pages { canvases: setter.canvases, code_at }),
        _ => Err(Unset::Pages),
    }
}

/// What is of one letter on each of its pages: the code, beside the number of the letter and of the page.
pub(crate) fn foot(
    font: &mut Font<'_>,
    canvas: &mut Canvas,
    number: u32,
    code: &str,
    page: usize,
    pages: usize,
) {
    let whole = format!("{code}　{page} / {pages}");
    if let Some([line]) = one(font, &format!("No. {number}")).as_deref() {
        canvas.line(line, FOOT, LEFT, FOOT_AT);
    }
    if let Some([line]) = one(font, &whole).as_deref() {
        canvas.line(line, FOOT, RIGHT - line.width * FOOT / POINTS, FOOT_AT);
    }
}

/// The code, where the box has room for it.
pub(crate) fn code(font: &mut Font<'_>, canvas: &mut Canvas, (x, y): (f32, f32), code: &str) {
    if let Some([line]) = one(font, code).as_deref() {
        canvas.line(line, CODE, x, y);
    }
}

fn one(font: &mut Font<'_>, text: &str) -> Option<Vec<Line>> {
    compose::lines(font, text, f32::MAX, 0.0, Edge::Ragged)
}

struct Setter<'f, 'a> {
    font: &'f mut Font<'a>,
    canvases: Vec<Canvas>,
    /// The upper edge of the next line.
    y: f32,
}

impl Setter<'_, '_> {
    fn lines(&mut self, text: &str, measure: f32, indent: f32, edge: Edge) -> Result<Vec<Line>, Unset> {
        compose::lines(self.font, text, measure, indent, edge).ok_or_else(|| {
            let lacks = |c: &char| self.font.glyphs(&c.to_string()).is_none();
            Unset::NoGlyph(text.chars().find(lacks).map(String::from).unwrap_or_default())
        })
    }

    fn canvas(&mut self) -> &mut Canvas {
        let last = self.canvases.len() - 1;
        &mut self.canvases[last]
    }

    /// Day, sender, subject, and where to fold.
    fn head(&mut self, paper: &Paper, width: f32) -> Result<(), Unset> {
        let (em, mut y) = (SENDER / POINTS, SENDER_TOP);
        for (n, part) in std::iter::once(&paper.day).chain(&paper.sender).enumerate() {
            for line in self.lines(part, width / em, 0.0, Edge::Ragged)? {
                self.canvas().line(&line, SENDER, RIGHT - line.width * em, y);
                y += em * 1.45;
            }
            // A little apart from the day.
            y += if n == 0 { em * 0.8 } else { 0.0 };
        }
        let em = SUBJECT / POINTS;
        let mut y = SUBJECT_AT;
        for line in self.lines(&paper.subject, (RIGHT - LEFT) / em, 0.0, Edge::Ragged)? {
            self.canvas().line(&line, SUBJECT, (SHEET.0 - line.width * em) / 2.0, y);
            y += em * 1.5;
            self.y = self.y.max(y);
        }
        for fold in [PANEL.1, 2.0 * PANEL.1] {
            self.canvas().rule(4.0, fold, 4.0);
        }
        Ok(())
    }

    /// The box with the code: gives where the code is put.
    fn code_box(&mut self, paper: &Paper) -> Result<(f32, f32), Unset> {
        self.canvas().frame(BOX);
        let mut x = BOX.left + 4.0;
        if let Some((_, page)) = &paper.check {
            let qr = QRBuilder::new(page.as_str()).ecl(ECL::M).build().map_err(|_| Unset::Page)?;
            let module = BOX.height / (qr.size + 2 * QR_QUIET) as f32;
            let at = |n: usize| (n + QR_QUIET) as f32 * module;
            for row in 0..qr.size {
                let mut from = 0;
                while from < qr.size {
                    let dark = (from..qr.size).take_while(|x| qr[row][*x].value()).count();
                    if dark > 0 {
                        let (left, top) = (BOX.left + at(from), BOX.top + at(row));
                        self.canvas().fill(Rect { left, top, width: dark as f32 * module, height: module });
                    }
                    from += dark.max(1);
                }
            }
            x = BOX.left + BOX.height + 2.0;
        }
        let (em, measure) = (LABEL / POINTS, (BOX.right() - 4.0 - x) * POINTS / LABEL);
        for line in self.lines(&paper.code, measure, 0.0, Edge::Ragged)?.iter().take(1) {
            self.canvas().line(line, LABEL, x, BOX.top + 7.0);
        }
        let code_at = (x, BOX.top + 14.5);
        let mut y = BOX.top + 20.5;
        if let Some((label, page)) = &paper.check {
            for part in [label, page] {
                for line in self.lines(part, measure, 0.0, Edge::Ragged)?.iter().take(2) {
                    self.canvas().line(line, LABEL, x, y);
                    y += em * 1.4;
                }
            }
        }
        Ok(code_at)
    }

    fn part(&mut self, part: &Part) -> Result<(), Unset> {
        match part {
            Part::Paragraph(text) => {
                let set = self.lines(text, MEASURE, 1.0, Edge::Justified)?;
                self.flow(&set, 0.0);
                self.y += PITCH * 0.25;
            }
            Part::Heading(text) => {
                let set = self.lines(text, MEASURE * SIZE / HEADING, 0.0, Edge::Ragged)?;
                if !self.is_top() {
                    self.y += PITCH * 0.5;
                }
                // With two lines of what it is about.
                self.room(set.len() + 2);
                for line in &set {
                    let y = self.y + EM * 1.2;
                    self.canvas().line(line, HEADING, LEFT, y);
                    self.y += PITCH;
                }
                let y = self.y + PITCH * 0.05;
                self.canvas().rule(LEFT, y, RIGHT - LEFT);
                self.y += PITCH * 0.35;
            }
            Part::List(all) => {
                for text in all {
                    let set = self.lines(text, MEASURE - 2.0, 0.0, Edge::Justified)?;
                    self.room(set.len().min(2));
                    let dot = self.lines("・", MEASURE, 0.0, Edge::Ragged)?;
                    self.beside(&dot, 1.0);
                    self.flow(&set, 2.0);
                }
                self.y += PITCH * 0.25;
            }
            Part::Table(rows) => self.table(rows)?,
            Part::Right(text) => {
                let set = self.lines(text, MEASURE - 2.0, 0.0, Edge::Ragged)?;
                self.room(set.len());
                for line in &set {
                    self.flow(std::slice::from_ref(line), MEASURE - 1.0 - line.width);
                }
            }
        }
        Ok(())
    }

    fn table(&mut self, rows: &[(String, String)]) -> Result<(), Unset> {
        let mut widest: f32 = 0.0;
        for (label, _) in rows {
            let set = self.lines(label, LABEL_MAX, 0.0, Edge::Ragged)?;
            widest = set.iter().map(|line| line.width).fold(widest, f32::max);
        }
        let from = widest + 2.5;
        self.y += PITCH * 0.1;
        for (label, text) in rows {
            let label = self.lines(label, LABEL_MAX, 0.0, Edge::Ragged)?;
            let set = self.lines(text, MEASURE - from - 1.0, 0.0, Edge::Justified)?;
            self.room(set.len().min(3).max(label.len()));
            let (page, y) = (self.canvases.len(), self.y);
            self.beside(&label, 1.0);
            self.flow(&set, from);
            // A label may be longer than what is said of it.
            if self.canvases.len() == page {
                self.y = self.y.max(y + label.len() as f32 * PITCH);
            }
            let y = self.y + PITCH * 0.1;
            self.canvas().rule(LEFT, y, RIGHT - LEFT);
            self.y += PITCH * 0.25;
        }
        self.y += PITCH * 0.35;
        Ok(())
    }

    fn is_top(&self) -> bool {
        self.canvases.len() > 1 && self.y <= NEXT.0
    }

    /// So many lines still go on this page.
    fn left(&self) -> usize {
        let bottom = if self.canvases.len() == 1 { FIRST.1 } else { NEXT.1 };
        ((bottom - self.y) / PITCH + 0.01).max(0.0) as usize
    }

    /// Begins a page where so many lines do not go on this one.
    fn room(&mut self, lines: usize) {
        if self.left() < lines {
            self.turn();
        }
    }

    fn turn(&mut self) {
        self.canvases.push(Canvas::default());
        self.y = NEXT.0;
    }

    /// Lines beside the next ones: the place is not moved on.
    fn beside(&mut self, set: &[Line], x: f32) {
        let mut y = self.y + EM * 1.2;
        for line in set {
            self.canvas().line(line, SIZE, LEFT + x * EM, y);
            y += PITCH;
        }
    }

    /// Lines one below the other, over as many pages as they take. No first and no last line of several stands alone.
    fn flow(&mut self, set: &[Line], x: f32) {
        let mut rest = set;
        while !rest.is_empty() {
            let mut fit = self.left().min(rest.len());
            if fit < rest.len() && rest.len() - fit == 1 {
                fit -= fit.min(1);
            }
            if fit < rest.len() && fit < 2 && !self.is_top() {
                self.turn();
                continue;
            }
            let (now, later) = rest.split_at(fit.max(1));
            self.beside(now, x);
            self.y += now.len() as f32 * PITCH;
            rest = later;
        }
    }
}
