//! A QR code as one SVG path, drawn here: the secret in it must not travel to anybody's drawing service.

use fast_qr::{ECL, QRBuilder};
use std::fmt::Write as _;

/// Modules of white around the code (ISO/IEC 18004, 9.1).
const QUIET: usize = 4;

/// A code, ready for `<path d="…">` in a `viewBox` of `0 0 side side`.
pub struct Qr {
    /// Modules on a side, the white border included.
    pub side: usize,
    /// The dark modules, run by run.
    pub path: String,
}

/// Draws a text; none where it is too long for a code.
pub fn draw(text: &str) -> Option<Qr> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let dark = |x: usize, y: usize| x < code.size && code[y][x].value();
    let mut path = String::new();
    for y in 0..code.size {
        let mut x = 0;
        while x < code.size {
            let from = x;
            while dark(x, y) {
                x += 1;
            }
            if x > from {
                let _ = write!(path, "M{} {}h{}v1h-{}z", from + QUIET, y + QUIET, x - from, x - from);
            }
            x += 1;
        }
    }
    Some(Qr { side: code.size + 2 * QUIET, path })
}

/// A secret in groups of four, for typing.
pub fn grouped(secret: &str) -> String {
    let chars: Vec<char> = secret.chars().collect();
    chars.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_corners() {
        let qr = draw("otpauth://totp/Risudo:owner?secret=JBSWY3DPEHPK3PXP&issuer=Risudo").unwrap();
        let far = qr.side - QUIET - 7;
        // The finder patterns' upper edges: seven dark modules each.
        assert!(qr.path.starts_with(&format!("M{QUIET} {QUIET}h7v1h-7z")));
        assert!(qr.path.contains(&format!("M{far} {QUIET}h7v1h-7z")));
        assert!(qr.path.contains(&format!("M{QUIET} {far}h7v1h-7z")));
        assert!(draw(&"x".repeat(5000)).is_none());
        assert_eq!(grouped("ABCDEFGHIJ"), "ABCD EFGH IJ");
    }
}
