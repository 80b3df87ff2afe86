//! What kind of character stands where.

/// Kinds, as far as they differ in space and at the ends of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Kanji, kana, and whatever has no rule of its own.
    Plain,
    /// 「（: half an em, its space before it.
    Opening,
    /// 」）、: half an em, its space behind it.
    Closing,
    /// 。: as 、, but its space is not drawn in within a line.
    FullStop,
    /// ・：；: half an em, a quarter of space on each side.
    Middle,
    /// ？！: begins no line.
    Divider,
    /// Small kana, ー, 々: begin no line.
    Small,
    /// … and ―: two of them stay together.
    Joined,
    /// Letters and digits of the West.
    Latin,
}

/// What kind a character is.
pub(super) fn of(c: char) -> Class {
    match c {
        '「' | '『' | '（' | '［' | '｛' | '〈' | '《' | '【' | '〔' | '〘' => Class::Opening,
        '」' | '』' | '）' | '］' | '｝' | '〉' | '》' | '】' | '〕' | '〙' | '、' | '，' => {
            Class::Closing
        }
        '。' | '．' => Class::FullStop,
        '・' | '：' | '；' => Class::Middle,
        '？' | '！' | '‼' | '⁇' | '⁈' | '⁉' => Class::Divider,
        'ぁ' | 'ぃ' | 'ぅ' | 'ぇ' | 'ぉ' | 'っ' | 'ゃ' | 'ゅ' | 'ょ' | 'ゎ' | 'ァ' | 'ィ' | 'ゥ' | 'ェ'
        | 'ォ' | 'ッ' | 'ャ' | 'ュ' | 'ョ' | 'ヮ' | 'ヵ' | 'ヶ' | 'ー' | '々' | '〻' | 'ヽ' | 'ヾ' | 'ゝ'
        | 'ゞ' | '゛' | '゜' | '％' => Class::Small,
        '…' | '‥' | '―' | '—' => Class::Joined,
        '\u{21}'..='\u{7e}' | '\u{a1}'..='\u{24f}' | '\u{2010}'..='\u{2014}' | '\u{2018}'..='\u{201d}' => {
            Class::Latin
        }
        _ => Class::Plain,
    }
}

/// Whether a line may begin with it.
pub(super) fn starts_line(class: Class) -> bool {
    !matches!(class, Class::Closing | Class::FullStop | Class::Middle | Class::Divider | Class::Small)
}

/// Whether its body is half an em, and how far into the face's em it begins.
pub(super) fn half(class: Class) -> Option<f32> {
    match class {
        Class::Opening => Some(0.5),
        Class::Closing | Class::FullStop => Some(0.0),
        Class::Middle => Some(0.25),
        _ => None,
    }
}

/// The space between two that punctuation brings along, in em.
pub(super) fn between(a: Class, b: Class) -> f32 {
    use Class::{Closing, FullStop, Middle, Opening};
    match (a, b) {
        (Opening, Middle) | (Middle, Middle | Closing | FullStop) | (Closing, Middle) => 0.25,
        (FullStop, Middle) => 0.75,
        (Middle, Opening) => 0.75,
        (Opening, _) | (_, Closing | FullStop) => 0.0,
        (Closing | FullStop, _) | (_, Opening) => 0.5,
        (Middle, _) | (_, Middle) => 0.25,
        _ => 0.0,
    }
}

/// How much of the space may be drawn in, as a part of it.
pub(super) fn yields(a: Class) -> f32 {
    if a == Class::FullStop { 0.0 } else { 0.5 }
}
