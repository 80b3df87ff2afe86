//! The canary scan: values that stand nowhere else are put into every personal field, and then looked for in every
//! byte that the processes left on disk, in the ways text is usually written.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Files larger than this are read in part only; none of ours is.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// A planted value.
#[derive(Debug, Clone)]
pub struct Canary {
    /// The field it was typed into.
    pub field: &'static str,
    /// The value; at least eight bytes, so that it does not turn up by chance.
    pub value: String,
}

/// Where a canary sang.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// The field whose value it is.
    pub field: &'static str,
    /// How it was written.
    pub form: &'static str,
    /// In which file.
    pub file: PathBuf,
}

/// Looks through all files under `folders`, but for those under `except`; gives what was found and how many files
/// and bytes were read.
pub fn scan(canaries: &[Canary], folders: &[&Path], except: &[&Path]) -> (Vec<Found>, usize, u64) {
    let needles: Vec<(&'static str, &'static str, Vec<u8>)> = canaries
        .iter()
        .flat_map(|c| forms(&c.value).into_iter().map(move |(form, bytes)| (c.field, form, bytes)))
        .collect();
    // Grouped by first byte: one pass over each file.
    let mut by_first: BTreeMap<u8, Vec<usize>> = BTreeMap::new();
    for (i, (_, _, bytes)) in needles.iter().enumerate() {
        by_first.entry(bytes[0]).or_default().push(i);
    }
    let (mut found, mut files, mut total) = (Vec::new(), 0, 0);
    let mut open: Vec<PathBuf> = folders.iter().map(|f| f.to_path_buf()).collect();
    while let Some(path) = open.pop() {
        if except.iter().any(|e| path.starts_with(e)) {
            continue;
        }
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        if meta.is_dir() {
            open.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|e| e.path()));
        } else if meta.is_file() && meta.len() <= FILE_BYTES_MAX {
            let Ok(bytes) = fs::read(&path) else { continue };
            (files, total) = (files + 1, total + meta.len());
            let mut hits = vec![false; needles.len()];
            for (at, first) in bytes.iter().enumerate() {
                for i in by_first.get(first).into_iter().flatten() {
                    hits[*i] |= bytes[at..].starts_with(&needles[*i].2);
                }
            }
            for (_, (field, form, _)) in hits.iter().zip(&needles).filter(|(hit, _)| **hit) {
                found.push(Found { field, form, file: path.clone() });
            }
        }
    }
    found.sort();
    found.dedup();
    (found, files, total)
}

/// A text in every form that is looked for.
fn forms(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let utf8 = text.as_bytes();
    let mut out = vec![("UTF-8", utf8.to_vec())];
    let (sjis, _, _) = encoding_rs::SHIFT_JIS.encode(text);
    if sjis.as_ref() != utf8 {
        out.push(("Shift_JIS", sjis.to_vec()));
    }
    let hex: String = utf8.iter().map(|b| format!("{b:02x}")).collect();
    out.push(("hex", hex.to_uppercase().into_bytes()));
    out.push(("hex", hex.into_bytes()));
    out.push(("percent", utf8.iter().map(|b| format!("%{b:02X}")).collect::<String>().into_bytes()));
    out.push(("UTF-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect()));
    if !text.is_ascii() {
        let escaped: String = text.encode_utf16().map(|u| format!("\\u{u:04x}")).collect();
        out.push(("JSON escape", escaped.into_bytes()));
    }
    out.extend((0..3).map(|shift| ("base64", base64_inside(utf8, shift))));
    out
}

/// The characters that stay the same wherever `bytes` stands, `shift` bytes into a base64 text.
fn base64_inside(bytes: &[u8], shift: usize) -> Vec<u8> {
    let mut padded = vec![0; shift];
    padded.extend_from_slice(bytes);
    let whole = to_base64(&padded);
    // The first characters mix in what stood before, the last ones what follows.
    let from = [0, 2, 3][shift];
    let to = padded.len() * 8 / 6;
    whole.as_bytes()[from..to].to_vec()
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn to_base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let n = chunk.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..=chunk.len() {
            out.push(char::from(ALPHABET[(n >> (18 - 6 * i) & 63) as usize]));
        }
    }
    out
}

/// Decodes base64 without white space; padding is taken as the end.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut values = [None; 256];
    ALPHABET.iter().zip(0u32..).for_each(|(c, value)| values[usize::from(*c)] = Some(value));
    let (mut out, mut bits, mut held) = (Vec::with_capacity(text.len() * 3 / 4), 0u32, 0);
    for c in text.trim_end_matches('=').bytes() {
        bits = bits << 6 | values[usize::from(c)]?;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_there_and_back() {
        assert_eq!(to_base64(b"Man"), "TWFu");
        assert_eq!(from_base64("TWE=").unwrap(), b"Ma");
        for n in 0..20u8 {
            let bytes: Vec<u8> = (0..n).collect();
            assert_eq!(from_base64(&to_base64(&bytes)).unwrap(), bytes);
        }
    }

    #[test]
    fn a_planted_canary_is_found_in_every_form() {
        let dir = testkit::temp_dir();
        let canary = Canary { field: "name", value: "栗山かなりあ".into() };
        let plant = |name: &str, bytes: &[u8]| {
            let mut around = b"noise \x00 ".to_vec();
            around.extend_from_slice(bytes);
            around.extend_from_slice(b" noise");
            fs::write(dir.path().join(name), around).unwrap();
        };
        plant("utf8", canary.value.as_bytes());
        plant("sjis", &encoding_rs::SHIFT_JIS.encode(&canary.value).0);
        for shift in 0..3 {
            let text = format!("{}{}xyz", &"abc"[..shift], canary.value);
            plant(&format!("base64-{shift}"), to_base64(text.as_bytes()).as_bytes());
        }
        plant("hex", canary.value.bytes().map(|b| format!("{b:02x}")).collect::<String>().as_bytes());
        plant("innocent", "栗山かなり".as_bytes());
        let (found, files, _) = scan(std::slice::from_ref(&canary), &[dir.path()], &[]);
        let names: Vec<_> =
            found.iter().map(|f| f.file.file_name().unwrap().to_str().unwrap().to_owned()).collect();
        assert_eq!(files, 7);
        for name in ["utf8", "sjis", "base64-0", "base64-1", "base64-2", "hex"] {
            assert!(names.iter().any(|n| n == name), "{name} in {names:?}");
        }
        assert!(!names.contains(&"innocent".to_owned()));
        assert!(scan(&[canary], &[dir.path()], &[dir.path()]).0.is_empty(), "left out where told");
    }
}
