//! Slips of the finger: one letter too many, missing, wrong, or two in the wrong order.

/// The shortest word that is taken for a slip, in characters: a shorter one is too often another word.
pub const CHARS_MIN: usize = 4;

/// Whether `a` becomes `b` by one slip; equal words do not.
pub fn is_slip(a: &[char], b: &[char]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let same = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let (s, l) = (&short[same..], &long[same..]);
    match (s, l) {
        ([], [_]) => true,
        ([], _) => false,
        _ if short.len() < long.len() => *s == l[1..],
        ([x1, x2, x @ ..], [y1, y2, y @ ..]) if x1 == y2 && x2 == y1 && x == y => true,
        _ => s[1..] == l[1..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slip(a: &str, b: &str) -> bool {
        let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
        is_slip(&a, &b)
    }

    #[test]
    fn slips() {
        for other in ["chesnut", "chestnutt", "chestnot", "chsetnut", "hestnut", "chestnu", "xchestnut"] {
            assert!(slip(other, "chestnut") && slip("chestnut", other), "{other}");
        }
        for other in ["chestnut", "chesnt", "chestnuuts", "tunstehc", ""] {
            assert!(!slip(other, "chestnut"), "{other}");
        }
        assert!(slip("ドラヤギ", "ドラヤキ") && slip("ドヤラキ", "ドラヤキ"));
    }

    proptest! {
        #[test]
        fn a_letter_taken_out_is_a_slip(word in "[a-z]{1,8}", at in 0usize..8) {
            let all: Vec<char> = word.chars().collect();
            let mut less = all.clone();
            less.remove(at % all.len());
            prop_assert!(is_slip(&less, &all) && is_slip(&all, &less));
            prop_assert!(!is_slip(&all, &all));
        }
    }
}
