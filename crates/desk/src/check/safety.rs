//! What is said to be safe, as nobody can know.

use super::{Rule, Sentence};

const SAFE: &[&str] = &[
    "守られており",
    "守られていま",
    "ご心配なく",
    "ご心配なさらない",
    "絶対に",
    "完全に安全",
    "安全です",
    "安全でございます",
    "安全が確認",
    "安全性が確認",
    "ご安心",
    "安心して",
    "ご放念",
    "心配はありません",
    "心配ありません",
    "心配はございません",
    "心配ございません",
    "心配には及びません",
    "心配いりません",
    "心配は不要",
    "問題ありません",
    "問題はありません",
    "問題ございません",
    "問題はございません",
    "万全",
    "二度と",
    "100%",
    "100パーセント",
    "悪用される心配",
    "解読は不可能",
    "解読することは不可能",
    "起こりえません",
    "ありえません",
    "再発行は不要",
    "手続きは不要",
    "何もしていただく必要はありません",
    "何もしていただく必要はございません",
    "何もなさる必要はありません",
];
/// Of these nothing is said to be there: together with a denial soon behind them.
const NONE_OF: &[&str] = &[
    "読まれることは",
    "発生することは",
    "起こることは",
    "見られることは",
    "漏えいは",
    "漏えいの事実は",
    "漏えいした事実は",
    "漏洩は",
    "漏洩の事実は",
    "漏洩した事実は",
    "流出は",
    "流出の事実は",
    "流出した事実は",
    "漏れた事実は",
    "持ち出された事実は",
    "可能性は",
    "おそれは",
    "恐れは",
    "被害は",
    "実害は",
    "影響は",
    "危険は",
    "不正利用は",
    "悪用は",
    "損害は",
    "悪用されることは",
    "悪用された事実は",
    "解読されることは",
    "読み取られることは",
    "使われることは",
    "影響を受けたお客様は",
    "被害に遭われた方は",
    "被害を受けたお客様は",
    "漏えいし",
    "漏洩し",
    "流出し",
];
const DENIED: &[&str] = &[
    "ありません",
    "ございません",
    "ありませんでした",
    "ございませんでした",
    "いません",
    "おりません",
    "ていません",
    "ておりません",
    "発生しておりません",
    "発生していません",
    "いらっしゃいません",
    "一切",
    "一件も",
    "一人も",
    "まったくあり",
    "全くあり",
    "生じておりません",
    "出ておりません",
];

const SAFE_EN: &[&str] = &[
    "completely secure",
    "absolutely secure",
    "cannot be decrypted",
    "cannot be read",
    "will not happen again",
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
    "not been misused",
    "cannot be used",
    "do not need to do anything",
    "need not do anything",
    "no one has been harmed",
    "nobody has been harmed",
    "none of your information",
    "none of your data",
    "nobody can read",
    "no one can read",
    "nothing has leaked",
    "nothing has been leaked",
    "nothing was leaked",
    "nothing leaked",
    "nothing was stolen",
    "nothing was taken",
    "nothing has been stolen",
    "nothing has been taken",
    "no customers were affected",
    "no customer was affected",
    "no customer data has been",
];
/// Before it, it is not said.
const UNSAID: &[&str] = &[
    "whether",
    "cannot promise",
    "cannot guarantee",
    "can guarantee",
    "not known",
    "cannot say",
    "nobody",
    "no one can",
    "if",
    "not promise",
    "cannot",
];

pub fn check(sentence: &Sentence, found: &mut dyn FnMut(Rule, &str)) {
    let text = &sentence.plain;
    let unsaid = |at: usize, end: usize| {
        super::read::has_any(sentence.clause_before(at), UNSAID)
            || text[end..].starts_with(" for us to say")
            || text[end..].starts_with(" to say")
            || text[at..end].starts_with("guarantee") && sentence.denied_before(at)
    };
    let said = |at: usize, end: usize| {
        let after = &text[end..];
        let strives = ["よう", "いただけるよう"].iter().any(|way| after.contains(way))
            && ["努め", "目指", "取り組", "設け", "徹底してまいり"].iter().any(|way| after.contains(way));
        // Shops in the street are not what was attacked, where only an influence on them is spoken of.
        let elsewhere = sentence.has("店舗") && text[at..].starts_with("影響は");
        // 絶対に誰にもお伝えにならないよう…
        let asks =
            text[at..].starts_with("絶対に") && (after.contains("お願い") || after.contains("ください"));
        !strives
            && !elsewhere
            && !asks
            && !sentence.is_spoken_of(at, end)
            && !sentence.denies(end)
            && (!text[at..].starts_with("100%") || !unsaid(at, end))
    };
    let none = NONE_OF.iter().flat_map(|words| {
        sentence.places(words).filter_map(|at| {
            let from = at + words.len();
            let clause = super::spoken::clause_after(&text[from..]);
            let denied = DENIED.iter().filter_map(|no| clause.find(no).map(|at| (at, no.len())));
            let (no, len) = denied.filter(|(at, _)| clause[..*at].chars().count() <= 10).min()?;
            // It is not known whether it was: said of a verb or of what is confirmed, not of the thing.
            (!clause[..no].contains("確認")
                && !clause[..no].contains("報告")
                && !clause[..no].contains("分か"))
            .then_some((at, from + no + len))
        })
    });
    if let Some((at, end)) = sentence.spans(SAFE).chain(none).find(|(at, end)| said(*at, *end)) {
        return found(Rule::Safety, &text[at..end]);
    }
    let none = sentence.spans(super::certainty::LEAKED_EN).filter(|(at, _)| sentence.none_before(*at));
    let mut english = sentence.spans(SAFE_EN).chain(none);
    if let Some((at, end)) = english.find(|(at, end)| !sentence.is_spoken_of(*at, *end) && !unsaid(*at, *end))
    {
        found(Rule::Safety, &text[at..end]);
    }
}
