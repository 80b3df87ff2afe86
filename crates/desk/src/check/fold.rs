//! What is compared: one form for what the eye takes for the same.

use unicode_normalization::UnicodeNormalization;

/// A text with nothing but the forms that are compared.
pub fn plain(text: &str) -> String {
    fold(text.chars().map(|c| (c, 0))).into_iter().map(|(c, _)| c).collect()
}

/// Folds characters that each carry where they come from: width and case, kana in pieces, what cannot be seen, dashes
/// between digits, blanks between Japanese letters.
pub fn fold(raw: impl Iterator<Item = (char, usize)>) -> Vec<(char, usize)> {
    let mut out: Vec<(char, usize)> = Vec::new();
    let mut raw = raw.filter(|(c, _)| !is_unseen(*c)).peekable();
    while let Some((c, from)) = raw.next() {
        let is_plain =
            matches!(c, '!'..='~' | 'ぁ'..='ゖ' | 'ァ'..='ー' | '、' | '。' | '\u{4e00}'..='\u{9fff}');
        if is_plain && raw.peek().is_none_or(|(c, _)| !is_mark(*c)) {
            out.push((c.to_ascii_lowercase(), from));
            continue;
        }
        let mut letter = String::from(c);
        while let Some((mark, _)) = raw.next_if(|(c, _)| is_mark(*c)) {
            letter.push(mark);
        }
        for c in letter.nfkc().flat_map(char::to_lowercase) {
            let c = match c {
                '\u{2018}' | '\u{2019}' => '\'',
                '\u{301c}' => '~',
                c if c.is_whitespace() => ' ',
                c => c,
            };
            if c != ' ' || out.last().is_some_and(|(last, _)| *last != ' ') {
                out.push((c, from));
            }
        }
    }
    let whole: Vec<char> = out.iter().map(|(c, _)| *c).collect();
    let beside = |n: usize, by: isize| n.checked_add_signed(by).and_then(|n| whole.get(n)).copied();
    let mut n = 0;
    out.retain_mut(|(c, _)| {
        let (before, after) = (beside(n, -1), beside(n, 1));
        n += 1;
        let both = |is: fn(char) -> bool| before.is_some_and(is) && after.is_some_and(is);
        if is_dash(*c) && both(is_katakana) {
            *c = 'ー';
        } else if (is_dash(*c) || matches!(*c, 'ー' | '・')) && both(|c| c.is_ascii_digit()) {
            *c = '-';
        }
        !(*c == ' ' && both(is_wide))
    });
    out
}

fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{3099}' | '\u{309a}' | '\u{ff9e}' | '\u{ff9f}')
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}')
}

fn is_katakana(c: char) -> bool {
    matches!(c, '\u{30a1}'..='\u{30fc}')
}

/// A letter or mark of Japanese, between which no blank stands.
pub fn is_wide(c: char) -> bool {
    c >= '\u{2e80}'
}
