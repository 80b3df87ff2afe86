//! Licences and sources of everything that is built in.

use super::{Finding, packages};
use serde_json::Value;

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Licences that ask for no more than their text being passed on.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "OpenSSL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Every package from crates.io, under a licence that the list allows.
pub fn check(metadata: &Value) -> Vec<Finding> {
    packages(metadata).filter(|p| !p["source"].is_null()).flat_map(package).collect()
}

fn package(package: &Value) -> Vec<Finding> {
    let text = |key: &str| package[key].as_str().unwrap_or_default();
    let name = format!("{} {}", text("name"), text("version"));
    let mut findings = Vec::new();
    if text("source") != CRATES_IO {
        let todo = format!("{name} comes from {}: only crates.io is allowed", text("source"));
        findings.push(Finding::new("Cargo.lock", 1, todo));
    }
    let licence = text("license");
    if !is_allowed(licence) {
        let shown = if licence.is_empty() { "no stated licence" } else { licence };
        let todo =
            format!("{name} is under {shown}: take another crate, or add it to ALLOWED of tidy with care");
        findings.push(Finding::new("Cargo.lock", 1, todo));
    }
    findings
}

/// Whether an SPDX expression can be satisfied with the allowed licences; the old `/` means OR. What cannot be
/// read is not allowed.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = tokens.as_slice();
    any(&mut rest) == Some(true) && rest.is_empty()
}

fn any(rest: &mut &[&str]) -> Option<bool> {
    let mut allowed = all(rest)?;
    while let Some((&"OR", after)) = rest.split_first() {
        *rest = after;
        allowed |= all(rest)?;
    }
    Some(allowed)
}

fn all(rest: &mut &[&str]) -> Option<bool> {
    let mut allowed = one(rest)?;
    while let Some((&"AND", after)) = rest.split_first() {
        *rest = after;
        allowed &= one(rest)?;
    }
    Some(allowed)
}

fn one(rest: &mut &[&str]) -> Option<bool> {
    let (&first, after) = rest.split_first()?;
    *rest = after;
    if first == "(" {
        let inner = any(rest)?;
        let (&")", after) = rest.split_first()? else { return None };
        *rest = after;
        return Some(inner);
    }
    if let [with @ "WITH", exception, after @ ..] = *rest {
        *rest = after;
        return Some(ALLOWED.contains(&format!("{first} {with} {exception}").as_str()));
    }
    (!matches!(first, ")" | "OR" | "AND" | "WITH")).then(|| ALLOWED.contains(&first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn expressions_are_read() {
        for yes in [
            "MIT",
            "MIT/Apache-2.0",
            "MIT OR GPL-3.0",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "ISC AND (Apache-2.0 OR ISC)",
            "Apache-2.0 WITH LLVM-exception OR X",
        ] {
            assert!(is_allowed(yes), "{yes}");
        }
        for no in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "Apache-2.0 WITH something",
            "(MIT",
            "MIT )",
            "MIT OR",
            "OR MIT",
            "AGPL-3.0-only OR (MIT AND X)",
        ] {
            assert!(!is_allowed(no), "{no}");
        }
    }

    #[test]
    fn other_sources_are_refused() {
        let package = |source: &str| json!({ "packages": [{ "name": "a", "version": "1.0.0", "license": "MIT", "source": source }] });
        assert_eq!(check(&package(CRATES_IO)).len(), 0);
        assert_eq!(check(&package("git+https://example.org/a")).len(), 1);
    }
}
