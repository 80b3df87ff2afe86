//! Whether words are said at all: not where they are quoted as somebody's, asked, warned of or denied.

use super::read::{Sentence, has_any};

/// Behind a quotation: the words are somebody's, or were wrong.
const QUOTED: &[&str] = &["と", "などと", "という", "といった", "のような", "は誤り"];
const QUOTING: &[&str] =
    &["said", "says", "say", "wrote", "claims", "claim", "claiming", "told", "words", "saying"];
/// A warning of what others write.
const WARNING: &[&str] = &[
    "偽の",
    "偽メール",
    "偽サイト",
    "装う",
    "装った",
    "装い",
    "騙る",
    "騙った",
    "かたる",
    "かたった",
    "名乗る",
    "求めるメール",
    "求める電話",
    "尋ねるメール",
    "尋ねる電話",
    "聞き出そうとする",
    "内容のメール",
    "断定するメール",
    "当店からのものではありません",
    "beware",
    "fake mails",
    "mails that",
    "messages that",
    "mails which",
    "calls that",
    "anybody who asks",
    "anyone who asks",
    "pretend",
];
/// Behind words, to the end of the sentence: that they cannot be said.
const DENIED: &[&str] = &[
    "約束できること",
    "約束することはでき",
    "約束できる段階",
    "約束はでき",
    "約束でき",
    "言い切ることは",
    "言い切れ",
    "とは言え",
    "とは申し",
    "とは限",
    "保証できるもの",
    "保証することはでき",
    "保証でき",
    "わけではあり",
    "わけではござい",
    "ものではありません",
    "かどうか",
    "か否か",
    "か分か",
    "かは分か",
    "かはまだ",
];
const DENIED_EN: &[&str] = &[
    "nobody can",
    "no one can",
    "cannot",
    "can not",
    "can't",
    "not",
    "do not know",
    "not known",
    "whether",
    "never",
    "impossible for us to say",
    "nothing that we can",
    "not decided",
];

impl Sentence {
    /// Whether it asks. What is asked is not said.
    pub fn is_question(&self) -> bool {
        self.plain.ends_with('?') || self.plain.ends_with("か。") || self.plain.ends_with('か')
    }

    /// Whether it warns of what others say or ask for.
    pub fn warns(&self) -> bool {
        self.has_any(WARNING)
    }

    /// Whether the words from `at` to `end` are quoted as somebody's.
    pub fn quotes(&self, at: usize, end: usize) -> bool {
        let (before, after) = (&self.plain[..at], &self.plain[end..]);
        let within = |open: char, close: char| {
            let opened = before.rfind(open).filter(|open_at| !before[*open_at..].contains(close));
            opened.zip(after.find(close))
        };
        if let Some((_, closed)) = within('「', '」') {
            let mut behind = &after[closed + '」'.len_utf8()..];
            // 「…」「…」とは言わない
            while let Some((_, rest)) = behind.strip_prefix('「').and_then(|next| next.split_once('」')) {
                behind = rest;
            }
            return QUOTED.iter().any(|word| behind.starts_with(word));
        }
        let quoted = within('“', '”').or_else(|| within('"', '"'));
        quoted.is_some_and(|(opened, _)| has_any(&before[..opened], QUOTING))
    }

    /// Whether it is said of Japanese words that they cannot be said: behind them, before another verb ends.
    pub fn denies(&self, end: usize) -> bool {
        let after = &self.plain[end..];
        has_any(after, DENIED) || after.contains("申し上げることは") && after.contains("できません")
    }

    /// The English clause before a place.
    pub fn clause_before(&self, at: usize) -> &str {
        let before = &self.plain[..at];
        let clause = before.rsplit([';', ':', '(']).next().unwrap_or_default();
        let cuts = [", and ", ", but ", ", so ", ", or ", ", just ", ", please "];
        let from =
            cuts.iter().filter_map(|cut| clause.rfind(cut).map(|at| at + cut.len())).max().unwrap_or(0);
        &clause[from..]
    }

    /// Whether English words are denied by those before them.
    pub fn denied_before(&self, at: usize) -> bool {
        has_any(self.clause_before(at), DENIED_EN)
    }

    /// Whether English words speak of none: "no personal data was leaked".
    pub fn none_before(&self, at: usize) -> bool {
        self.clause_before(at).split_whitespace().rev().take(4).any(|word| matches!(word, "no" | "none"))
    }

    /// Whether words are no assertion of the text's own.
    pub fn is_spoken_of(&self, at: usize, end: usize) -> bool {
        self.is_question() || self.warns() || self.quotes(at, end)
    }
}

/// The Japanese clause from a place on; a comma before と ends none.
pub fn clause_after(text: &str) -> &str {
    let mut from = 0;
    while let Some(at) = text[from..].find(['、', '。', '」', '!']).map(|at| at + from) {
        if text[at..].starts_with("、と") {
            from = at + "、".len();
            continue;
        }
        return &text[..at];
    }
    text
}

/// Whether a Japanese clause ends in a denial.
pub fn is_negative(clause: &str) -> bool {
    let clause = clause.trim_end_matches(['が', 'け', 'れ', 'ど', 'も', 'の', 'で', 'し', '。']);
    let denied = ["ません", "ませ", "ない", "なく", "なかった", "ませんでした", "ず", "ございません"];
    denied.iter().any(|end| clause.ends_with(end)) && !clause.contains("申し訳")
}
