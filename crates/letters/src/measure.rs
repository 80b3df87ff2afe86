//! Where things lie on paper: the sheet, the envelope, and what its window shows however the sheet has slipped.
//!
//! All lengths are millimetres, from the upper left corner of the sheet or of the envelope.

use serde::{Deserialize, Serialize};

/// A4, ISO 216.
pub const SHEET: (f32, f32) = (210.0, 297.0);
/// Folded in three, the panel with the address on top.
pub const PANEL: (f32, f32) = (SHEET.0, SHEET.1 / 3.0);
/// Typographic points in a millimetre.
pub const POINTS: f32 = 72.0 / 25.4;
/// Around a bar-code nothing is printed, and the window's edge keeps away, however the sheet has slipped (Japan Post,
/// 郵便番号・バーコードマニュアル, カスタマバーコード, 印字位置).
pub const BAR_QUIET: f32 = 2.0;
/// What the paper of the envelope takes of its inner size, both edges together.
const SEAMS: f32 = 2.0;
/// The smallest window for an address that Japan Post names.
const WINDOW_MIN: (f32, f32) = (80.0, 45.0);
/// No window is nearer to an edge of the envelope.
const EDGE_MIN: f32 = 10.0;
/// Farther to the right and down no window shows the sheet: there the letter's head and its subject stand.
const EVER_MAX: (f32, f32) = (130.0, 64.0);
/// Less than this of a window that always shows the same piece of the sheet holds no address.
const ALWAYS_MIN: (f32, f32) = (60.0, 22.0);

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rect {
    /// Its left edge.
    pub left: f32,
    /// Its upper edge.
    pub top: f32,
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
}

impl Rect {
    /// Its right edge.
    pub fn right(&self) -> f32 {
        self.left + self.width
    }

    /// Its lower edge.
    pub fn bottom(&self) -> f32 {
        self.top + self.height
    }

    /// Whether another one lies in it.
    pub fn holds(&self, other: &Rect) -> bool {
        other.left >= self.left
            && other.top >= self.top
            && other.right() <= self.right()
            && other.bottom() <= self.bottom()
    }

    /// Whether the two have anything in common.
    pub fn meets(&self, other: &Rect) -> bool {
        self.left < other.right()
            && other.left < self.right()
            && self.top < other.bottom()
            && other.top < self.bottom()
    }
}

/// An envelope with a window, lying with its long side down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Envelope {
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
    /// The window.
    pub window: Rect,
}

/// An envelope that no letter of ours fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoEnvelope {
    /// The window is smaller than Japan Post allows.
    #[error("a window for an address is at least 80 mm wide and 45 mm high")]
    Small,
    /// The window comes too near to an edge.
    #[error("a window is at least 10 mm away from each edge of an envelope of 235 × 120 mm")]
    Edge,
    /// The window would show what else stands on the sheet.
    #[error(
        "the window would show more of the sheet than its address: it ends at most 130 mm from the left and 64 mm from the top"
    )]
    Far,
    /// A sheet that slips would hide the address.
    #[error(
        "a sheet can slip so far in this envelope that too little of its address would always show: the window must be larger"
    )]
    Slips,
}

impl Envelope {
    /// 長形3号 (JIS S 5502), 235 × 120 mm, with a window of 90 × 45 mm, 20 mm from the left and 12 mm from the upper edge. Makers
    /// differ by some millimetres: [`Envelope::long_3`] takes the measures of the envelopes at hand.
    pub const LONG_3: Envelope = Envelope {
        width: 235.0,
        height: 120.0,
        window: Rect { left: 20.0, top: 12.0, width: 90.0, height: 45.0 },
    };

    /// 長形3号 with another window.
    ///
    /// # Errors
    /// Where such a window is not allowed, or does not show enough.
    pub fn long_3(window: Rect) -> Result<Envelope, NoEnvelope> {
        let envelope = Envelope { window, ..Envelope::LONG_3 };
        if window.width < WINDOW_MIN.0 || window.height < WINDOW_MIN.1 {
            return Err(NoEnvelope::Small);
        }
        let inner = Rect {
            left: EDGE_MIN,
            top: EDGE_MIN,
            width: envelope.width - 2.0 * EDGE_MIN,
            height: envelope.height - 2.0 * EDGE_MIN,
        };
        if !inner.holds(&window) {
            return Err(NoEnvelope::Edge);
        }
        let ever = envelope.ever();
        if ever.right() > EVER_MAX.0 || ever.bottom() > EVER_MAX.1 {
            return Err(NoEnvelope::Far);
        }
        let always = envelope.always();
        if always.width < ALWAYS_MIN.0 || always.height < ALWAYS_MIN.1 {
            return Err(NoEnvelope::Slips);
        }
        Ok(envelope)
    }

    /// How far the folded sheet can slip to the right and down.
    fn slip(&self) -> (f32, f32) {
        (self.width - SEAMS - PANEL.0, self.height - SEAMS - PANEL.1)
    }

    /// What the window shows of the sheet wherever it has slipped: the address stands here.
    pub fn always(&self) -> Rect {
        let (x, y) = self.slip();
        Rect {
            left: self.window.left,
            top: self.window.top,
            width: self.window.width - x,
            height: self.window.height - y,
        }
    }

    /// What the window can show of the sheet: nothing else stands here.
    pub fn ever(&self) -> Rect {
        let (x, y) = self.slip();
        let (left, top) = ((self.window.left - x).max(0.0), (self.window.top - y).max(0.0));
        Rect { left, top, width: self.window.right() - left, height: self.window.bottom() - top }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every slip in steps of half a millimetre, against what the two rectangles say.
    #[test]
    fn what_the_window_shows_is_what_is_said_wherever_the_sheet_has_slipped() {
        let e = Envelope::LONG_3;
        let (always, ever) = (e.always(), e.ever());
        let (x_max, y_max) = e.slip();
        let steps = |max: f32| (0..).map(|n| n as f32 * 0.5).take_while(move |at| *at <= max);
        for x in steps(x_max) {
            for y in steps(y_max) {
                let shown = Rect { left: e.window.left - x, top: e.window.top - y, ..e.window };
                assert!(shown.holds(&always), "{x} {y}");
                assert!(shown.right() <= ever.right() && shown.bottom() <= ever.bottom(), "{x} {y}");
            }
        }
        assert!(ever.holds(&always) && always.width >= 66.0 && always.height >= 25.0, "{always:?}");
    }

    #[test]
    fn windows_that_do_not_do_are_said() {
        let window = Envelope::LONG_3.window;
        assert_eq!(Envelope::long_3(window), Ok(Envelope::LONG_3));
        assert_eq!(Envelope::long_3(Rect { width: 79.0, ..window }), Err(NoEnvelope::Small));
        assert_eq!(Envelope::long_3(Rect { left: 5.0, ..window }), Err(NoEnvelope::Edge));
        assert_eq!(Envelope::long_3(Rect { width: 80.0, ..window }), Err(NoEnvelope::Slips));
        assert_eq!(Envelope::long_3(Rect { left: 50.0, ..window }), Err(NoEnvelope::Far));
    }
}
