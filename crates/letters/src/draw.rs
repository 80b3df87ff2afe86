//! Ink on a page.

use crate::{
    compose::Line,
    measure::{POINTS, Rect, SHEET},
};
use pdf_writer::{Content, Name, Str};

/// What the font is called on a page.
pub(crate) const FONT: Name<'static> = Name(b"F");

/// A page on which is drawn, in millimetres from its upper left corner.
pub(crate) struct Canvas(Content);

impl Default for Canvas {
    fn default() -> Canvas {
        Canvas(Content::new())
    }
}

impl Canvas {
    /// A line of text, `y` being the height on which its letters stand; `size` in points.
    pub(crate) fn line(&mut self, line: &Line, size: f32, x: f32, y: f32) {
        let Some(first) = line.runs.first() else { return };
        self.0.begin_text().set_font(FONT, size);
        let start = [1.0, 0.0, 0.0, 1.0, x * POINTS + first.x * size, (SHEET.1 - y) * POINTS];
        self.0.set_text_matrix(start);
        let mut shown = self.0.show_positioned();
        let mut items = shown.items();
        let mut at = first.x;
        for run in &line.runs {
            if (run.x - at).abs() > 1e-4 {
                items.adjust((at - run.x) * 1_000.0);
            }
            let bytes: Vec<u8> = run.glyphs.iter().flat_map(|glyph| glyph.id.to_be_bytes()).collect();
            items.show(Str(&bytes));
            at = run.x + run.glyphs.iter().map(|glyph| glyph.advance).sum::<f32>();
        }
        drop(items);
        drop(shown);
        self.0.end_text();
    }

    /// A black rectangle.
    pub(crate) fn fill(&mut self, r: Rect) {
        let y = (SHEET.1 - r.bottom()) * POINTS;
        self.0.rect(r.left * POINTS, y, r.width * POINTS, r.height * POINTS).fill_nonzero();
    }

    /// A thin line to the right.
    pub(crate) fn rule(&mut self, x: f32, y: f32, width: f32) {
        let y = (SHEET.1 - y) * POINTS;
        self.0.save_state().set_line_width(0.3).set_stroke_gray(0.45);
        self.0.move_to(x * POINTS, y).line_to((x + width) * POINTS, y).stroke().restore_state();
    }

    /// The edge of a rectangle.
    pub(crate) fn frame(&mut self, r: Rect) {
        let y = (SHEET.1 - r.bottom()) * POINTS;
        self.0.save_state().set_line_width(0.5).set_stroke_gray(0.3);
        self.0.rect(r.left * POINTS, y, r.width * POINTS, r.height * POINTS).stroke().restore_state();
    }

    /// What is the same on other pages.
    pub(crate) fn put(&mut self, form: &str) {
        self.0.x_object(Name(form.as_bytes()));
    }

    /// The drawing, compressed.
    pub(crate) fn finish(self) -> Vec<u8> {
        miniz_oxide::deflate::compress_to_vec_zlib(self.0.finish().as_slice(), 6)
    }
}
