//! What somebody wrote, as it is kept: his own words, without what he quoted and without card numbers.

/// At most so many characters are kept of a mail or a form.
pub const CHARS_MAX: usize = 4_000;

/// The words to keep. Quoted lines and everything behind the head of a quoted mail are left out: they are somebody else's
/// words, often ours, and may be about somebody else. Card numbers are removed; what is left is what he asked.
pub fn own(text: &str) -> String {
    let own = text.lines().take_while(|line| !begins_quote(line)).filter(|line| !is_quoted(line));
    let joined = own.collect::<Vec<_>>().join("\n");
    // What nobody sees goes first: it could stand between the digits of a number, or turn the order of what staff reads.
    let unseen = |c: char| c.is_control() && c != '\n' || domain::text::is_unseen(c);
    let seen: String = joined.trim().chars().filter(|c| !unseen(*c)).collect();
    domain::pan::redact(&seen).chars().take(CHARS_MAX).collect()
}

/// Whether a card number was among it: staff then knows to say that it was removed, and that we never ask for one.
pub fn had_card(text: &str) -> bool {
    domain::pan::find_card_number(text).is_some()
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with(['>', '＞', '|'])
}

/// The line with which mail programs begin the mail that is answered.
fn begins_quote(line: &str) -> bool {
    let line = line.trim();
    let lower = line.to_lowercase();
    let dashes = line.starts_with("-----") || line.starts_with("_____");
    let named = ["original message", "forwarded message", "元のメッセージ", "転送メッセージ"];
    (dashes
        && (named.iter().any(|n| lower.contains(n))
            || line.chars().all(|c| c == '_' || c == '-') && line.len() > 20))
        || lower.starts_with("on ") && lower.ends_with("wrote:")
        || line.ends_with("書きました:")
        || line.ends_with("書きました：")
        || line.ends_with("のメール:")
        || line.ends_with("wrote:") && line.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quotes_go_and_own_words_stay() {
        for (text, want) in [
            ("私は対象ですか。\n> 山田花子様\n> カードの下4桁 1234\nよろしく", "私は対象ですか。\nよろしく"),
            ("対象ですか\n-----Original Message-----\nFrom: shop\n山田様", "対象ですか"),
            ("Am I?\n\nOn Fri, 3 Apr 2026 at 10:00, Shop <a@example.jp> wrote:\nDear Ms Y", "Am I?"),
            ("対象?\n2026年4月3日(金) 10:00 店 <a@example.jp> が書きました:\n秘密", "対象?"),
            ("  ＞ 引用だけ", ""),
        ] {
            assert_eq!(own(text), want);
        }
    }

    #[test]
    fn card_numbers_are_removed_and_noticed() {
        let text = "カードは4242 4242 4242 4242です";
        assert!(had_card(text));
        assert!(!had_card(&own(text)) && own(text).starts_with("カードは["));
    }

    #[test]
    fn what_nobody_sees_and_what_turns_the_order_is_dropped() {
        assert_eq!(own("口座\u{202E}321\u{2066}は\u{200B}正しい\u{FEFF}ですか"), "口座321は正しいですか");
    }

    proptest! {
        #[test]
        fn never_a_card_number_nor_a_control_character(text in any::<String>(), at in 0usize..40) {
            let mut typed: String = text.chars().take(at).collect();
            typed.push_str("5555-5555-5555-4444");
            typed.extend(text.chars().skip(at));
            let kept = own(&typed);
            prop_assert!(!had_card(&kept), "{:?}", kept);
            prop_assert!(kept.chars().count() <= CHARS_MAX);
            prop_assert!(kept.chars().all(|c| !(c.is_control() && c != '\n' || domain::text::is_unseen(c))));
        }
    }
}
