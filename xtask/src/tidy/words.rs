//! Words that have no place in the tree: where it happens to be built, who wrote on it, and one real merchant,
//! whose misfortune taught us much and whose name is nobody's business here. That name is kept as hashes only.

use super::{File, Finding};

/// Looked for in lower case; split, so that this file does not find itself.
const WORDS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("plan", ".md"),
    concat!("stack", ".md"),
    concat!("design", ".md"),
    concat!("issues", " show"),
    concat!("cla", "ude"),
    concat!("anthr", "opic"),
    concat!("chat", "gpt"),
    concat!("sub", "agent"),
    concat!("language", " model"),
    concat!("co-authored", "-by"),
];

/// Names by length in characters and FNV-1a hash of the lower-case UTF-8.
const HASHED: &[(usize, u64)] = &[
    (3, 0x5510_b6b0_1011_f621),
    (6, 0x6b01_3128_30fb_f351),
    (6, 0xfb8a_1279_e5c8_115c),
    (8, 0x34a9_1d7e_7293_f130),
    (9, 0x398f_27e3_a3a7_236d),
    (10, 0x80ae_494f_ef5c_ac26),
];

/// Looks through every text file, and every file's name.
pub fn check(files: &[File]) -> Vec<Finding> {
    files.iter().flat_map(file).collect()
}

fn file(file: &File) -> Vec<Finding> {
    let text = file.text.as_deref().unwrap_or_default();
    let mut findings: Vec<_> = text
        .lines()
        .enumerate()
        .filter_map(|(i, line)| Some((i + 1, forbidden(line)?)))
        .map(|(line, what)| Finding::new(&file.path, line, what))
        .collect();
    findings.extend(
        forbidden(&file.path).map(|what| Finding::new(&file.path, 1, what + " (in the file's name)")),
    );
    findings
}

fn forbidden(line: &str) -> Option<String> {
    let line = line.to_lowercase();
    if let Some(word) = WORDS.iter().find(|w| line.contains(*w)) {
        return Some(format!(
            "take `{word}` out: the tree says nothing about where and by whom it was written"
        ));
    }
    names_someone(&line, HASHED).then(|| "take this real merchant's name out".to_owned())
}

/// Whether any run of characters has one of the hashes.
fn names_someone(line: &str, hashed: &[(usize, u64)]) -> bool {
    let starts: Vec<usize> = line.char_indices().map(|(at, _)| at).chain([line.len()]).collect();
    hashed.iter().any(|(chars, hash)| {
        starts.windows(chars + 1).any(|window| fnv1a(&line.as_bytes()[window[0]..window[*chars]]) == *hash)
    })
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, b| (hash ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        check(&[File { path: "a.md".into(), text: Some(text.into()) }]).len()
    }

    #[test]
    fn words_are_found_and_others_pass() {
        assert_eq!(found(&["see /Wo", "rk/x"].concat()), 1);
        assert_eq!(found("a network/graph of sessions, 西光寺"), 0);
    }

    #[test]
    fn a_name_is_found_by_its_hash() {
        let invented = [(4, fnv1a("風見鶏堂".as_bytes()))];
        assert!(names_someone("あの風見鶏堂の件", &invented) && names_someone("風見鶏堂", &invented));
        assert!(!names_someone("風見鶏の堂", &invented) && !names_someone("", &invented));
    }
}
