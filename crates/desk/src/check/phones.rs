//! Telephone numbers that the facts do not have.

use super::{Rule, Sentence};
use crate::Case;

pub fn check(sentence: &Sentence, case: Case<'_>, found: &mut dyn FnMut(Rule, &str)) {
    for number in numbers(&sentence.plain) {
        if !is_ours(number, case) {
            found(Rule::StrangeNumber, number);
        }
    }
}

/// Whether it is the number of `contacts`, however it is written.
pub fn is_ours(number: &str, case: Case<'_>) -> bool {
    let ours = case.facts.contacts.as_ref().and_then(|c| c.phone.as_ref());
    ours.is_some_and(|phone| national(phone) == national(number))
}

/// Its digits as they are dialled in Japan.
fn national(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix("81").filter(|_| number.trim_start().starts_with('+')) {
        Some(rest) => format!("0{}", rest.trim_start_matches('0')),
        None => digits,
    }
}

fn count(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// Runs of digits and what stands between them in a telephone number.
fn numbers(text: &str) -> Vec<&str> {
    let part_of_one = |c: char| c.is_ascii_digit() || "-()+./".contains(c);
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(from) =
        text[at..].find(|c: char| c.is_ascii_digit() || "+(".contains(c)).map(|from| from + at)
    {
        let run =
            |from: usize| from + text[from..].find(|c: char| !part_of_one(c)).unwrap_or(text.len() - from);
        let mut end = run(from);
        // Blanks may stand between its parts, as long as it is not whole.
        while count(&text[from..end]) < 9
            && text[end..].starts_with(' ')
            && (text[from..].starts_with(['0', '+', '(']))
        {
            let next = run(end + 1);
            if count(&text[end + 1..next]) < 2 && !text[from..].starts_with('+') || next == end + 1 {
                break;
            }
            end = next;
        }
        let mut number = text[from..end].trim_end_matches(['-', '(', ')', '+', '.', '/']);
        number = number.strip_prefix('(').filter(|inner| !inner.contains(')')).unwrap_or(number);
        // Opening hours often stand behind a whole number, in brackets.
        if let Some((whole, _)) = number.rsplit_once('(').filter(|(whole, _)| count(whole) >= 9) {
            number = whole;
        }
        let of_a_word = text[..from].trim_end_matches('-').ends_with(|c: char| c.is_ascii_alphanumeric());
        if is_number(number) && !of_a_word {
            all.push(number);
        }
        at = end.max(from + 1);
    }
    all
}

fn is_number(text: &str) -> bool {
    let bare = text.trim_start_matches('(');
    let american =
        ["1-", "1 ("].iter().any(|start| bare.starts_with(start)) && bare.matches('-').count() == 3;
    match bare.chars().next() {
        Some('+') => (9..=15).contains(&count(text)),
        // Longer ones, and days as 2021-11-17, are orders' and the like.
        Some('0') => (9..=11).contains(&count(text)),
        _ => american && count(text) == 11,
    }
}
