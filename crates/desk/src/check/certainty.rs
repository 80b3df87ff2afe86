//! What is said to be certain: that data leaked, or that all is well.

use super::{Rule, Sentence};
use crate::{Case, case::Certain};
use incident::facts::Cause;

/// That it leaked, as a fact.
const LEAKED: &[&str] = &[
    "漏えいしました",
    "漏えいいたしました",
    "漏えいした",
    "漏えいしています",
    "漏えいしております",
    "漏えいされ",
    "漏えいが発生しました",
    "漏えいが確認され",
    "漏えいを確認し",
    "漏えいが判明",
    "漏えいがありました",
    "漏洩しました",
    "漏洩いたしました",
    "漏洩した",
    "漏洩しています",
    "漏洩しております",
    "漏洩され",
    "漏洩が発生しました",
    "漏洩が確認され",
    "漏洩を確認し",
    "漏洩が判明",
    "漏洩がありました",
    "流出しました",
    "流出いたしました",
    "流出した",
    "流出しています",
    "流出しております",
    "流出が発生しました",
    "流出が確認され",
    "流出を確認し",
    "流出が判明",
    "流出がありました",
    "漏れました",
    "漏れた",
    "漏れています",
    "盗まれました",
    "盗まれた",
    "持ち出されました",
    "持ち出された",
    "盗み出され",
    "抜き取られ",
    "窃取され",
    "外部に渡りました",
    "外部へ渡りました",
];

/// Behind it: it is not said to be so.
const OPEN: &[&str] = &[
    "可能性",
    "おそれ",
    "恐れ",
    "かどうか",
    "か否か",
    "疑い",
    "懸念",
    "場合",
    "とみられ",
    "と考えられ",
    "とは限",
    "ものと",
    "ことは確認され",
    "ことは確認でき",
    "との報告は",
    "事実は確認され",
];

const LEAKED_EN: &[&str] = &[
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
    "leaked your",
    "leaked our",
    "stole",
    "fell into the hands",
    "was accessed by",
    "were accessed by",
    "confirmed a leak",
    "confirmed the leak",
];

/// Before it, in the same clause: it is not said to be so.
const OPEN_EN: &[&str] = &[
    "may",
    "might",
    "could",
    "whether",
    "if",
    "possible",
    "possibly",
    "suspect",
    "suspected",
    "not known",
    "no evidence",
    "cannot rule out",
    "fear",
    "not confirmed",
];

/// That all is well, as nobody can know.
const SAFE: &[&str] = &[
    "絶対に",
    "完全に安全",
    "安全です",
    "安全でございます",
    "安全が確認",
    "安全性が確認",
    "ご安心",
    "安心してご利用",
    "心配はありません",
    "心配ありません",
    "心配はございません",
    "心配ございません",
    "心配には及びません",
    "心配いりません",
    "問題ありません",
    "問題はありません",
    "問題ございません",
    "問題はございません",
    "万全",
    "二度と",
    "100%",
    "100パーセント",
    "漏えいしていません",
    "漏えいしておりません",
    "漏えいはありません",
    "漏えいはございません",
    "漏えいは一切",
    "漏洩していません",
    "漏洩しておりません",
    "漏洩はありません",
    "漏洩はございません",
    "漏洩は一切",
    "流出していません",
    "流出しておりません",
    "流出はありません",
    "流出はございません",
    "流出は一切",
    "可能性はありません",
    "可能性はございません",
    "おそれはありません",
    "おそれはございません",
    "恐れはありません",
    "被害はありません",
    "被害はございません",
    "影響はありません",
    "影響はございません",
    "悪用されることはありません",
    "悪用される心配",
    "危険はありません",
    "危険はございません",
    "起こりえません",
    "ありえません",
    "解読は不可能",
    "解読することは不可能",
    "解読されることはありません",
];

const SAFE_EN: &[&str] = &[
    "completely safe",
    "absolutely safe",
    "perfectly safe",
    "is safe",
    "are safe",
    "is secure",
    "are secure",
    "fully secure",
    "no risk",
    "no danger",
    "nothing to worry",
    "no need to worry",
    "no cause for concern",
    "do not worry",
    "don't worry",
    "rest assured",
    "100%",
    "guarantee",
    "guaranteed",
    "never happen again",
    "cannot happen again",
    "impossible",
    "was not leaked",
    "were not leaked",
    "not been leaked",
    "no data was leaked",
    "no damage",
    "not affected in any way",
    "no impact",
    "cannot be misused",
    "will not be misused",
    "no possibility",
];

/// How far behind a verb it may be opened again, in characters.
const REACH: usize = 14;

pub fn check(sentence: &Sentence, case: Case<'_>, found: &mut dyn FnMut(Rule, &str)) {
    if let Some(words) = SAFE.iter().chain(SAFE_EN).find(|words| sentence.has(words)) {
        found(Rule::Safety, words);
    }
    if may_be_certain(sentence, case) {
        return;
    }
    for words in LEAKED {
        let asserted = sentence.places(words).any(|at| {
            let clause =
                sentence.plain[at + words.len()..].split(['、', '」', '。']).next().unwrap_or_default();
            let near: String = clause.chars().take(REACH).collect();
            !OPEN.iter().any(|open| near.contains(open))
        });
        if asserted {
            return found(Rule::Certainty, words);
        }
    }
    for words in LEAKED_EN {
        let asserted = sentence.places(words).any(|at| {
            let before = &sentence.plain[..at];
            let clause = before.rsplit([',', ';', ':']).next().unwrap_or_default();
            let clause = Sentence { line: 0, text: String::new(), plain: clause.to_owned() };
            !clause.has_any(OPEN_EN)
        });
        if asserted {
            return found(Rule::Certainty, words);
        }
    }
}

/// Whether something of what the sentence speaks about is certain.
fn may_be_certain(sentence: &Sentence, case: Case<'_>) -> bool {
    let certain = |cause: &Cause| case.certain(cause) != Certain::Possible;
    let cards = sentence.has_any(&["カード", "card", "cards"]);
    let names = [
        "個人情報",
        "氏名",
        "住所",
        "メールアドレス",
        "電話番号",
        "パスワード",
        "personal",
        "name",
        "mail address",
        "password",
        "passwords",
    ];
    match (cards, sentence.has_any(&names)) {
        (true, false) => case.card_causes().any(certain),
        (false, true) => case.personal_causes().any(certain),
        _ => case.facts.causes.iter().any(certain),
    }
}
