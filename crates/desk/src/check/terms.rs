//! Terms that have passed, spoken of as if they had not.

use super::{Rule, Sentence, figures};
use crate::Case;

/// What is still to come, or still possible.
const AHEAD: &[&str] = &[
    "お願い",
    "ください",
    "下さい",
    "予定です",
    "予定しており",
    "受け付けています",
    "受け付けております",
    "受け付けます",
    "承ります",
    "承っております",
    "お申し出",
    "受付期間",
    "受付期限",
    "期限は",
    "いたします",
    "お知らせします",
    "実施します",
    "行います",
    "will",
    "planned",
    "please",
    "can be",
    "is open",
    "are open",
    "you can",
    "stay open",
    "at no cost",
    "we expect",
];
/// It is said to have passed.
const PASSED: &[&str] = &[
    "でした",
    "ました",
    "終わり",
    "終了",
    "過ぎ",
    "遅れ",
    "was",
    "were",
    "ended",
    "closed",
    "late",
    "has",
    "have been",
    "could",
    "not finished",
    "passed",
    "over",
];

pub fn check(sentence: &Sentence, case: Case<'_>, found: &mut dyn FnMut(Rule, &str)) {
    if sentence.has_any(PASSED) || !sentence.has_any(AHEAD) {
        return;
    }
    for (end, day, words) in figures::days(&sentence.plain) {
        let Some(last) = day.last().filter(|last| case.passed(*last)) else { continue };
        let (before, after) =
            (sentence.plain[..end - words.len()].trim_end(), sentence.plain[end..].trim_start());
        let until = after.starts_with("まで") || after.starts_with("(") && after.contains(")まで");
        let until_en = ["until", "by", "before", "on", "till"].iter().any(|word| before.ends_with(word));
        // The end of a time in the past, in which something happened, is no term.
        let of_a_time = after.starts_with("までの間")
            || after.starts_with("までに、") && !sentence.has_any(&["お申し出", "ください"]);
        let of_those_who = before.contains("those who");
        if (until && !of_a_time || until_en && !of_those_who) && last < case.today {
            found(Rule::PassedTerm, words);
        }
    }
}
