//! Which new passwords are accepted.
//!
//! Length, a list, patterns, what belongs to the person or the shop; and then an estimate of how many guesses find it
//! (zxcvbn, Wheeler, USENIX Security 2016), which is given the habits of Japan beside its own lists: names in romaji,
//! places, what people here like. NIST SP 800-63B-4 §3.1.1.2 wants common, expected and compromised values refused, with
//! the reason said. The estimate looks at the first 100 characters,
//! and its own copies of them are given back to the allocator unwiped.

use crate::normal::collected;
use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};
use unicode_normalization::UnicodeNormalization;
use vault_api::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, PasswordFault};
use zeroize::Zeroizing;
use zxcvbn::matching::{Match, patterns::MatchPattern};

/// Logins and name parts shorter than this may turn up in a password by chance.
const LOGIN_CHARS_MIN: usize = 4;
/// Passwords of digits alone: dates and telephone numbers are tried first.
const DIGITS_ONLY_CHARS_MIN: usize = 16;
/// Guesses, as a power of ten, that must not suffice: above what three pieces from any lists take, and below what ten
/// random characters do. (The estimate's own score of 3 begins at eight.)
const GUESSES_LOG10_MIN: f64 = 9.0;
/// Parts of names shorter than this say nothing of anybody.
const PART_CHARS_MIN: usize = 3;

/// Whether a new password may be used by whoever signs in as `login` (a login or a mail address) to the shop of these
/// names.
pub(crate) fn judge(password: &str, login: &str, shop: &[String]) -> Result<(), PasswordFault> {
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(PasswordFault::TooLong);
    }
    let folded = lower(password);
    if folded.chars().count() < PASSWORD_CHARS_MIN {
        return Err(PasswordFault::TooShort);
    }
    let login = lower(login);
    let name = login.split('@').next().unwrap_or_default();
    if name.chars().count() >= LOGIN_CHARS_MIN && folded.contains(name) {
        return Err(PasswordFault::HoldsLogin);
    }
    if is_common(&folded) {
        return Err(PasswordFault::Common);
    }
    if is_pattern(&folded) {
        return Err(PasswordFault::Pattern);
    }
    is_guessable(&folded, &login, shop).map_or(Ok(()), Err)
}

fn lower(text: &str) -> Zeroizing<String> {
    collected(text.nfkc().flat_map(char::to_lowercase), text)
}

static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().filter(|l| !l.is_empty()).collect());
/// Names of persons and places in romaji; likings and household words.
static NAMES: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("japanese_words.txt").split_whitespace().collect());
static WORDS: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("password_words.txt").split_whitespace().collect());

/// Whether what is left without digits and signs around it, and with 0 for o and the like undone, is on the list,
/// once or several times over.
fn is_common(folded: &str) -> bool {
    let letters = |c: char| c.is_alphabetic();
    let plain = |c: char| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        c => c,
    };
    let trimmed = collected(folded.trim_matches(|c| !letters(c)).chars().map(plain), folded);
    let undone = collected(folded.chars().map(plain), folded);
    let cores = [folded.trim_matches(|c| !letters(c)), &trimmed[..], undone.trim_matches(|c| !letters(c))];
    cores.into_iter().filter(|core| !core.is_empty()).any(|core| {
        let words: Vec<&str> = core.split(|c| !letters(c)).filter(|w| !w.is_empty()).collect();
        COMMON.contains(core)
            || words.iter().all(|w| COMMON.contains(w))
            || COMMON.iter().any(|word| core.len() > word.len() && core.replace(word, "").is_empty())
    })
}

/// Few different characters, digits alone, one piece repeated, or mostly runs.
fn is_pattern(folded: &str) -> bool {
    let chars = Zeroizing::new(folded.chars().map(u32::from).collect::<Vec<_>>());
    let distinct = chars.iter().collect::<HashSet<_>>().len();
    let digits_only = folded.bytes().all(|b| b.is_ascii_digit()) && chars.len() < DIGITS_ONLY_CHARS_MIN;
    let repeated =
        (1..=chars.len() / 3).any(|period| chars.iter().zip(&chars[period..]).all(|(a, b)| a == b));
    let steps = chars.windows(2).filter(|w| w[0].abs_diff(w[1]) <= 1).count();
    distinct < 5 || digits_only || repeated || steps * 10 >= (chars.len() - 1) * 7
}

/// Why few guesses find it: what most of it is made of.
fn is_guessable(folded: &str, login: &str, shop: &[String]) -> Option<PasswordFault> {
    let own = parts(login);
    let of_shop: Vec<String> = shop.iter().flat_map(|name| parts(&lower(name))).collect();
    let known: Vec<&str> = own
        .iter()
        .chain(&of_shop)
        .map(String::as_str)
        .chain(NAMES.iter().copied())
        .chain(WORDS.iter().copied())
        .collect();
    let estimate = zxcvbn::zxcvbn(folded, &known);
    if estimate.guesses_log10() >= GUESSES_LOG10_MIN {
        return None;
    }
    let mut weights: HashMap<PasswordFault, usize> = HashMap::new();
    for piece in estimate.sequence() {
        let fault = match &piece.pattern {
            MatchPattern::Dictionary(found) => {
                let word = found.matched_word.as_str();
                match () {
                    _ if own.iter().any(|part| part == word) => PasswordFault::HoldsLogin,
                    _ if of_shop.iter().any(|part| part == word) => PasswordFault::HoldsShop,
                    _ if NAMES.contains(&word) => PasswordFault::Names,
                    // The lists have no public type; its word does not change without the list.
                    _ if format!("{:?}", found.dictionary_name) == "Passwords" => PasswordFault::Common,
                    _ => PasswordFault::Guessable,
                }
            }
            MatchPattern::Spatial(_) => PasswordFault::Keyboard,
            MatchPattern::Repeat(_) | MatchPattern::Sequence(_) => PasswordFault::Pattern,
            MatchPattern::Regex(_) | MatchPattern::Date(_) => PasswordFault::Date,
            MatchPattern::BruteForce => PasswordFault::Guessable,
        };
        *weights.entry(fault).or_default() += chars(piece);
    }
    // Of equal weight, the one that tells more: it stands earlier in the enumeration.
    weights
        .into_iter()
        .max_by_key(|(fault, weight)| (*weight, std::cmp::Reverse(*fault)))
        .map(|(fault, _)| fault)
}

fn chars(piece: &Match) -> usize {
    piece.j + 1 - piece.i
}

/// The words of a name: what letters and digits in a row make, and the letters alone of each.
fn parts(name: &str) -> Vec<String> {
    let long = |part: &&str| part.chars().count() >= PART_CHARS_MIN;
    let mut parts: Vec<String> = Vec::new();
    for part in name.split(|c: char| !c.is_alphanumeric()).filter(long) {
        parts.push(part.to_owned());
        parts.extend(
            part.split(|c: char| !c.is_alphabetic()).filter(long).filter(|p| *p != part).map(str::to_owned),
        );
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LOGIN: &str = "hanako.kuri@example.jp";

    fn shop() -> Vec<String> {
        ["栗鼠堂", "kurimanju.example"].map(str::to_owned).to_vec()
    }

    fn fault(password: &str) -> Option<PasswordFault> {
        judge(password, LOGIN, &shop()).err()
    }

    #[test]
    fn what_people_can_remember_and_nobody_guesses() {
        for good in [
            "correct horse battery",
            "くりのきのした9ばんち",
            "mF7-krQ2pz!x",
            "tsuki ga kirei desu ne",
            "kuri to kurumi 7",
            "another good one 3",
            "kuri-to-kurumi-1921",
            "akino-konoha-tayori",
            "risu-ga-kakushita-mi",
            "雨の日は猫と昼寝をする",
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
    }

    #[test]
    fn refused_for_a_reason_that_helps() {
        use PasswordFault as F;
        let mut wrong = Vec::new();
        for (bad, why) in [
            ("short9!", F::TooShort),
            ("password1234", F::Common),
            ("P@ssw0rd!!!!", F::Common),
            ("sakurasakura", F::Common),
            ("qwerty-2024-qwerty", F::Common),
            ("aaaaaaaaaaaaaa", F::Pattern),
            ("0123456789", F::Pattern),
            ("09012345678", F::Pattern),
            ("xk9!xk9!xk9!", F::Pattern),
            ("abcdefghijklm", F::Pattern),
            ("my-hanako.kuri-1", F::HoldsLogin),
            ("hanako19850412", F::Date),
            ("takahashi2024", F::Common),
            ("miyazaki2024", F::Names),
            ("watanabe-yuki", F::Names),
            ("SatouYokohama1", F::Names),
            ("ｔａｎａｋａ１９８５", F::Common),
            ("kurimanju2024", F::HoldsShop),
            ("Kurimanju-kurimanju", F::HoldsShop),
            ("1qaz2wsx3edc", F::Common),
            ("zxcvfdsaqwer", F::Keyboard),
            ("1985/04/12-1", F::Date),
            ("19850412-1985", F::Date),
            ("daisukipikachu", F::Guessable),
            ("kurikuri kuri", F::Pattern),
        ] {
            let found = fault(bad);
            if found != Some(why) {
                wrong.push((bad, why, found));
            }
        }
        assert!(wrong.is_empty(), "{wrong:?}");
        assert_eq!(fault(&"xy9 ".repeat(200)), Some(F::TooLong));
    }

    #[test]
    fn the_lists_are_lists() {
        for word in NAMES.iter().chain(WORDS.iter()).chain(COMMON.iter()) {
            assert!(!word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()), "{word}");
        }
        assert!(NAMES.len() > 350 && WORDS.len() > 120);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_text_makes_it_fail(password in "\\PC{0,120}", login in "\\PC{0,40}") {
            let _ = judge(&password, &login, &[]);
        }

        #[test]
        fn nothing_short_and_nothing_with_the_login(password in "[ -~ぁ-ん]{0,9}", around in "[a-zA-Z0-9!]{0,20}") {
            prop_assert_eq!(fault(&password), Some(PasswordFault::TooShort));
            let holding = format!("{around}Hanako.Kuri{around}");
            prop_assert_eq!(fault(&holding), Some(PasswordFault::HoldsLogin));
        }

        /// What a machine draws is taken.
        #[test]
        fn random_ones_are_taken(password in "[A-Za-z0-9]{14}") {
            prop_assume!(!is_pattern(&lower(&password)));
            prop_assert_eq!(fault(&password), None);
        }
    }
}
