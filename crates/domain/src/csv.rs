//! Files for spreadsheets: RFC 4180 in UTF-8.

/// What such a file is.
pub const TYPE: &str = "text/csv; charset=utf-8";
/// The byte order mark at its beginning, which Excel needs to read Japanese.
pub const MARK: char = '\u{feff}';
/// With these a formula begins; the wide ones where a spreadsheet reads Japanese.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Adds a line. A text that a spreadsheet would take for a formula begins with an apostrophe.
pub fn line(out: &mut String, fields: &[String]) {
    for (at, field) in fields.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        let formula = is_formula(field);
        if formula || field.contains([',', '"', '\r', '\n']) {
            out.push('"');
            if formula {
                out.push('\'');
            }
            out.push_str(&field.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(field);
        }
    }
    out.push_str("\r\n");
}

/// Blanks in front hide nothing from a spreadsheet; a number is none.
fn is_formula(field: &str) -> bool {
    let begins = field.starts_with(FORMULA) || field.trim_start().starts_with(FORMULA);
    begins && field.parse::<i64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_spreadsheet_gets_text_and_numbers_and_no_formula() {
        let mut out = String::new();
        line(&mut out, &["-5", "+4", "=1+1", "a,b", "say \"x\"", "係", ""].map(str::to_owned));
        assert_eq!(out, "-5,+4,\"'=1+1\",\"a,b\",\"say \"\"x\"\"\",係,\r\n");
        for bad in ["=cmd|' /C calc'!A0", " =1", "\t=1", "@SUM(1)", "＝１", "－a", "\r=1", "-1+2", "+x"] {
            assert!(is_formula(bad), "{bad:?}");
        }
    }

    /// The cells of one line, as a spreadsheet reads them.
    fn read(text: &str) -> Vec<String> {
        let (mut cells, mut quoted) = (vec![String::new()], false);
        let mut chars = text.strip_suffix("\r\n").unwrap_or(text).chars().peekable();
        while let Some(c) = chars.next() {
            let cell = cells.last_mut().expect("one at least");
            match c {
                '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                other => cell.push(other),
            }
        }
        cells
    }

    proptest! {
        #[test]
        fn whatever_stands_in_a_field_is_one_cell_and_no_formula(fields in prop::collection::vec("[ -~\t\r\nあ＝＠]{0,12}", 1..6)) {
            let mut out = String::new();
            line(&mut out, &fields);
            prop_assert!(out.ends_with("\r\n"));
            let cells = read(&out);
            // Quoted line ends at the end of the last cell belong to it.
            prop_assert_eq!(cells.len(), fields.len());
            for (cell, field) in cells.iter().zip(&fields) {
                prop_assert!(!is_formula(cell), "{cell:?}");
                let typed = cell.strip_prefix('\'').filter(|_| is_formula(field)).unwrap_or(cell);
                prop_assert_eq!(typed, field);
            }
        }
    }
}
