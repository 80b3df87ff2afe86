//! What is said to have leaked.

use super::{
    Rule, Sentence, figures,
    read::{has, has_any},
    spoken::{clause_after, is_negative},
};
use crate::{Case, case::Certain};
use incident::facts::Cause;

/// Nouns that become verbs with する.
const NOUNS: &[&str] =
    &["漏えい", "漏洩", "漏泄", "ろうえい", "流出", "流失", "漏出", "窃取", "詐取", "奪取"];
/// Such as need somebody who does it: who has a right to it takes and reads it, too.
const TAKEN: &[&str] = &["取得", "入手", "閲覧", "コピー", "複製", "ダウンロード"];
const BY_WHOM: &[&str] =
    &["第三者", "攻撃者", "犯人", "侵入者", "ハッカー", "不正に", "不正アクセス者", "悪意", "何者か"];
/// How they end where something is said to have happened.
const HAPPENED: &[&str] = &[
    "する事故が",
    "する事態と",
    "する事案が",
    "事故が発生",
    "事故が起き",
    "事案が発生",
    "件数は",
    "件数:",
    "させてしま",
    "させました",
    "させた",
    "してしま",
    "した",
    "しました",
    "しまし",
    "していた",
    "しています",
    "していま",
    "しており",
    "いたしました",
    "いたしまし",
    "いたして",
    "致しました",
    "致しまし",
    "致して",
    "されました",
    "されまし",
    "された",
    "されてい",
    "されており",
    "されて",
    "が発生",
    "が判明",
    "が発覚",
    "が確認",
    "を確認",
    "がありました",
    "があった",
    "がございました",
    "が起き",
    "が生じ",
    "が明らか",
    "の事実が",
    "の事実を",
    "に至り",
    "となりました",
];
/// Verbs with what is said to have happened.
const VERBS: &[&str] = &[
    "売買されていま",
    "売買されており",
    "売買されました",
    "出回っていま",
    "出回っており",
    "出回りました",
    "漏れました",
    "漏れた",
    "漏れています",
    "漏れており",
    "漏れてしま",
    "漏れ出ました",
    "漏れ出た",
    "漏れ出て",
    "盗まれました",
    "盗まれた",
    "盗まれて",
    "盗み取りました",
    "盗み取った",
    "盗み取られ",
    "盗み出しました",
    "盗み出した",
    "盗み出され",
    "持ち出されました",
    "持ち出された",
    "持ち出されて",
    "持ち出しました",
    "持ち出した",
    "抜き取られ",
    "抜き取りました",
    "抜き取った",
    "抜かれました",
    "奪われ",
    "の手に渡りました",
    "の手に渡った",
    "の手に渡って",
    "外部に渡りました",
    "外部へ渡りました",
    "第三者に渡りました",
    "第三者に渡った",
    "第三者へ渡りました",
    "悪用されております",
    "悪用されています",
    "悪用されました",
];
/// The same in kana, which may be within another word.
const KANA: &[&str] = &["もれました", "もれた", "もれてしま", "もれて", "もれ出"];

/// Just behind them: it is not said to be so.
const OPEN: &[&str] = &[
    "可能性",
    "おそれ",
    "恐れ",
    "虞",
    "懸念",
    "疑い",
    "かどうか",
    "か否か",
    "かは",
    "かも",
    "か、",
    "とみられ",
    "と見られ",
    "と考えられ",
    "と思われ",
    "とは限",
    "とすれば",
    "としても",
    "た場合",
    "たとき",
    "た時",
    "かわか",
    "か分か",
    "ものとお考え",
    "ものとみ",
    "ものと見",
    "ものと考え",
    "ものと思",
    "との報告は",
    "と決ま",
    "とお考え",
    "と疑",
    "との疑",
];
/// They begin what may be denied in the same clause: the fact, not what it led to.
const DENIABLE: &[&str] = &[
    "確認",
    "あった",
    "こと",
    "事実",
    "との",
    "と",
    "わけ",
    "記録",
    "形跡",
    "証拠",
    "て",
    "お",
    "い",
    "ま",
    "さ",
    "し",
    "で",
    "痕跡",
];

pub const LEAKED_EN: &[&str] = &[
    "leak occurred",
    "breach occurred",
    "leak happened",
    "breach exposed",
    "exposed your",
    "was leaked",
    "were leaked",
    "is leaked",
    "are leaked",
    "been leaked",
    "was stolen",
    "were stolen",
    "been stolen",
    "was taken",
    "were taken",
    "been taken",
    "was exposed",
    "were exposed",
    "been exposed",
    "was compromised",
    "were compromised",
    "been compromised",
    "was copied",
    "were copied",
    "been copied",
    "was obtained",
    "were obtained",
    "been obtained",
    "was breached",
    "were breached",
    "been breached",
    "leaked",
    "stole",
    "fell into the hands",
    "fell into the wrong hands",
    "in the hands of",
    "was accessed by",
    "were accessed by",
    "been accessed by",
    "confirmed a leak",
    "confirmed the leak",
    "has been a leak",
    "was a leak",
    "have your",
    "has your",
];
/// Such as need an intruder before them.
const INTRUDER: &[&str] = &[
    "hacker",
    "hackers",
    "attacker",
    "attackers",
    "intruder",
    "intruders",
    "criminals",
    "thieves",
    "thief",
    "third party",
];
const INTRUDED: &[&str] =
    &["obtained", "copied", "downloaded", "accessed", "took", "have your", "has your", "got hold of"];

/// Before it: whether it is so is not said.
const UNKNOWN: &[&str] = &[
    "not know that",
    "not know whether",
    "not know if",
    "not known whether",
    "not known if",
    "not known that",
    "evidence that",
    "rule out that",
    "exclude that",
    "possible that",
    "suspect that",
    "suspects that",
    "fear that",
    "confirmed that",
    "not sure",
    "not certain that",
    "possibility that",
    "risk that",
    "chance that",
    "unclear",
    "whether",
    "nothing",
    "no data",
    "none of",
    "cannot say",
    "if we",
    "in case",
    "suspected",
    "possible",
    "possibly",
];

pub fn check(sentence: &Sentence, case: Case<'_>, found: &mut dyn FnMut(Rule, &str)) {
    if may_be_certain(sentence, case) {
        return;
    }
    if let Some(words) = japanese(sentence).or_else(|| english(sentence)) {
        found(Rule::Certainty, words);
    }
}

/// The words by which a Japanese sentence says that it happened.
fn japanese(sentence: &Sentence) -> Option<&str> {
    let text = &sentence.plain;
    let by_somebody = sentence.has_any(BY_WHOM);
    let nouns = NOUNS.iter().chain(TAKEN.iter().filter(|_| by_somebody)).flat_map(|noun| {
        sentence.places(noun).filter_map(|at| {
            let behind = &text[at + noun.len()..];
            let counted = |ending: &&&str| {
                !ending.starts_with("件数")
                    || behind[ending.len()..].starts_with(|c: char| c.is_ascii_digit() || c == '約')
            };
            let ending = HAPPENED
                .iter()
                .filter(|ending| behind.starts_with(**ending))
                .filter(counted)
                .map(|e| e.len())
                .max()?;
            Some((at, at + noun.len() + ending))
        })
    });
    let kana = sentence
        .spans(KANA)
        .filter(|(at, _)| text[..*at].ends_with(['が', 'は', 'に', 'へ', 'も', '、', 'く', 'ら']));
    let mut all: Vec<(usize, usize)> = nouns.chain(sentence.spans(VERBS)).chain(kana).collect();
    all.sort_unstable();
    all.into_iter()
        .find(|(at, end)| !is_open(&text[*end..]) && !sentence.is_spoken_of(*at, *end))
        .map(|(at, end)| &text[at..whole_word(text, end)])
}

/// To where the verb ends, so that a finding shows it.
fn whole_word(text: &str, end: usize) -> usize {
    let more = ["ました", "した", "す", "されました", "いたしました", "しました", "されております", "ります"];
    more.iter()
        .filter(|more| text[end..].starts_with(**more))
        .map(|more| end + more.len())
        .max()
        .unwrap_or(end)
}

/// Whether what stands behind a verb leaves open whether it happened, or denies it.
fn is_open(after: &str) -> bool {
    let clause = clause_after(after);
    if clause.starts_with("場合")
        || clause.starts_with('ら')
        || clause.starts_with("とき")
        || clause.starts_with("際は")
    {
        return true;
    }
    let open = OPEN.iter().filter_map(|open| clause.find(open)).min();
    let soon = open.is_some_and(|at| {
        let between = &clause[..at];
        between.chars().count() <= 8 && !between.contains(['が', 'は', 'を', 'の'])
    });
    // 持ち出された痕跡は、今のところ見つかっておりません。
    let traces = ["痕跡", "形跡", "証拠", "記録", "事実", "という証拠", "と断定できる"];
    if traces.iter().any(|trace| clause.starts_with(trace)) && is_negative(after)
        || clause.contains("があるか")
    {
        return true;
    }
    let denied = DENIABLE.iter().any(|start| clause.trim_start_matches('、').starts_with(start))
        && is_negative(clause);
    soon || denied
}

/// The words by which an English sentence says that it happened.
fn english(sentence: &Sentence) -> Option<&str> {
    let text = &sentence.plain;
    let intruded = INTRUDED.iter().filter(|_| sentence.has_any(INTRUDER));
    let mut all: Vec<(usize, usize)> = LEAKED_EN
        .iter()
        .filter(|words| !INTRUDED.contains(words))
        .chain(intruded)
        .flat_map(|words| sentence.places(words).map(|at| (at, at + words.len())))
        .collect();
    all.sort_unstable_by_key(|(at, end)| (*at, usize::MAX - end));
    all.into_iter()
        .find(|(at, end)| {
            !is_open_before(sentence, *at)
                && !text[*end..].contains("if anything")
                && !text[*end..].starts_with(" or may")
                && !sentence.is_spoken_of(*at, *end)
        })
        .map(|(at, end)| &text[at..end])
}

/// Whether what stands before an English verb leaves it open: "may have been", "whether it was", "if it was".
fn is_open_before(sentence: &Sentence, at: usize) -> bool {
    let clause = sentence.clause_before(at);
    if sentence.none_before(at) {
        return true;
    }
    let mut words: Vec<&str> = clause.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    while let Some(last) = words.last() {
        if ["may", "might", "could", "can", "would", "to", "not", "never", "be", "no"].contains(last) {
            return true;
        }
        let verb = ["have", "has", "been", "also", "even", "already", "and", "or", "well", "in", "fact"]
            .contains(last)
            || last.ends_with("ed")
            || ["taken", "stolen", "read", "seen"].contains(last);
        if !verb {
            break;
        }
        words.pop();
    }
    if let Some(from) = clause.rfind("if ").filter(|from| has(&clause[*from..], "if")) {
        let between = &clause[from + 3..];
        let owners = ["your", "our", "the", "my"]
            .iter()
            .map(|word| super::read::places(between, word).count())
            .sum::<usize>();
        let joined = [" and your", " or your", " and the", " or the"]
            .iter()
            .filter(|join| between.contains(**join))
            .count();
        return between.starts_with("we ") || !has_any(between, &["you", "we"]) && owners <= 1 + joined;
    }
    let mut unknown = UNKNOWN
        .iter()
        .filter_map(|words| super::read::places(clause, words).last().map(|at| &clause[at + words.len()..]));
    unknown.any(|between| {
        let own = super::read::places(between, "your").count();
        let joined =
            [" and your", " or your", ", your"].iter().filter(|join| between.contains(**join)).count();
        own <= 1 + joined
            && (!has(clause, "confirmed that") || has_any(clause, &["not confirmed", "not been confirmed"]))
    })
}

const CARDS: &[&str] =
    &["カード", "セキュリティコード", "有効期限", "card", "cards", "security code", "cvv", "expiry", "cvc"];
const NAMES: &[&str] = &[
    "個人情報",
    "氏名",
    "お名前",
    "住所",
    "メールアドレス",
    "電話番号",
    "パスワード",
    "personal",
    "name",
    "names",
    "address",
    "addresses",
    "mail address",
    "telephone number",
    "password",
    "passwords",
];

/// Whether all that the sentence speaks of is certain, as many as it says.
fn may_be_certain(sentence: &Sentence, case: Case<'_>) -> bool {
    let level = |cause: &Cause| match case.certain(cause) {
        // Nobody has counted of whom it is certain.
        Certain::Possible if case.count(cause).is_none() && cause.confirmed.is_some() => Certain::Mixed,
        level => level,
    };
    let certain = |cause: &Cause| level(cause) != Certain::Possible;
    let cards = !sentence.has_any(CARDS) || case.card_causes().any(certain);
    let names = !sentence.has_any(NAMES) || case.personal_causes().any(certain);
    let known = |number: u64| {
        case.facts.causes.iter().filter(|cause| certain(cause)).any(|cause| match case.count(cause) {
            Some(counts) => {
                [counts.confirmed.records, counts.confirmed.persons].iter().any(|c| c.count == number)
            }
            None => true,
        })
    };
    cards
        && names
        && case.facts.causes.iter().any(certain)
        && figures::counted(&sentence.plain).iter().all(|(number, _)| known(*number))
}
