//! Every limit in the code stands in `docs/limits.md`, with the value that it has there.

use super::{File, Finding};

/// Where limits are told.
const PAGE: &str = "docs/limits.md";
/// Whose limits are no customer's business: the demo, and the sandbox, which has Stripe's.
const APART: &[&str] = &["crates/sandbox/", "crates/demo/"];
/// Structs whose fields are limits that can be set.
const OF_LIMITS: &[&str] = &["Limits", "Options", "Pace", "Schedule", "Config"];

/// Looks through the shop's crates.
pub fn check(files: &[File]) -> Vec<Finding> {
    let page = files.iter().find(|f| f.path == PAGE).and_then(|f| f.text.as_deref()).unwrap_or_default();
    let of_the_shop = |f: &&File| {
        f.is_rust()
            && f.path.starts_with("crates/")
            && f.path.contains("/src/")
            && !f.path.ends_with("tests.rs")
            && !f.path.contains("/tests/")
            && !APART.iter().any(|apart| f.path.starts_with(apart))
    };
    files.iter().filter(of_the_shop).flat_map(|f| file(f, page)).collect()
}

fn file(file: &File, page: &str) -> Vec<Finding> {
    let text = file.text.as_deref().unwrap_or_default();
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let mut within = None;
    let mut findings = Vec::new();
    for (at, line) in code.lines().enumerate() {
        let declared = line.split("struct ").nth(1).filter(|_| line.ends_with('{'));
        if let Some(name) = declared.and_then(|d| d.split([' ', '<', '{']).next()) {
            within = OF_LIMITS.contains(&name).then_some(());
        } else if line == "}" {
            within = None;
        }
        let todo = match (constant(line), within.and_then(|()| field(line))) {
            (Some((name, value)), _) => told(page, name, value),
            (None, Some(name)) => told(page, name, None),
            (None, None) => None,
        };
        findings.extend(todo.map(|todo| Finding::new(&file.path, at + 1, todo)));
    }
    findings
}

/// What is to be done where the page does not name the limit, or tells another value.
fn told(page: &str, name: &str, value: Option<u128>) -> Option<String> {
    let quoted = format!("`{name}`");
    let rows: Vec<&str> = page.lines().filter(|l| l.contains(&quoted)).collect();
    if rows.is_empty() {
        return Some(format!("tell of {name} in {PAGE}: its value with its unit, and what a customer sees"));
    }
    let value = value?;
    let written = ways_to_write(name, value);
    let agrees = rows.iter().any(|row| written.iter().any(|w| row.contains(w.as_str())));
    (!agrees).then(|| format!("{PAGE} does not tell the value of {name}: {}", written.join(", or ")))
}

/// Name and, where it is a plain number, value of a constant that is a limit.
fn constant(line: &str) -> Option<(&str, Option<u128>)> {
    let rest = line.trim_start().trim_start_matches("pub ").trim_start_matches("pub(crate) ");
    let (name, rest) = rest.strip_prefix("const ")?.split_once(':')?;
    let limit = |name: &str| name.ends_with("_MAX") || name.ends_with("_MIN");
    let value = rest.split_once('=').and_then(|(_, v)| v.trim().strip_suffix(';'));
    // Another name for a limit of another room: that one is told of.
    let other_name = value.is_some_and(|v| limit(v) && v.contains("::"));
    (limit(name) && !other_name).then(|| (name, value.and_then(number)))
}

/// A field of a struct of limits.
fn field(line: &str) -> Option<&str> {
    let (name, _) = line.trim_start().trim_start_matches("pub ").split_once(": ")?;
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    (plain && name.ends_with("_max")).then_some(name)
}

/// A number, a product of numbers, or a number shifted.
fn number(text: &str) -> Option<u128> {
    let plain = |t: &str| t.trim().replace('_', "").parse::<u128>().ok();
    if let Some((number, bits)) = text.split_once("<<") {
        return plain(number)?.checked_shl(plain(bits)?.try_into().ok()?);
    }
    text.split('*').map(plain).try_fold(1, |product: u128, n| product.checked_mul(n?))
}

/// The value as a person may write it.
fn ways_to_write(name: &str, value: u128) -> Vec<String> {
    let mut units: Vec<(u128, &str)> = vec![(1, ""), (1 << 10, " KiB"), (1 << 20, " MiB")];
    let time = [(1_000, " s"), (60_000, " minutes"), (3_600_000, " hours"), (86_400_000, " days")];
    if name.contains("_MS_") {
        units.extend(time);
    } else if name.contains("_S_") || name.contains("SECONDS") {
        units.extend(time.map(|(ms, word)| (ms / 1_000, word)));
    }
    let one = [("1 hours", "an hour"), ("1 days", "a day"), ("1 minutes", "a minute")];
    let whole = units.into_iter().filter(|(unit, _)| value.is_multiple_of(*unit));
    let written = whole.map(|(unit, word)| format!("{}{word}", grouped(value / unit)));
    written.map(|w| one.iter().find(|(plural, _)| *plural == w).map_or(w, |(_, a)| (*a).to_owned())).collect()
}

/// With a comma after every third digit from the right.
fn grouped(value: u128) -> String {
    let digits = value.to_string();
    let comma = |at: usize| at > 0 && (digits.len() - at).is_multiple_of(3);
    digits.chars().enumerate().flat_map(|(at, d)| comma(at).then_some(',').into_iter().chain([d])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(code: &str, page: &str) -> usize {
        let of = |path: &str, text: &str| File { path: path.into(), text: Some(text.into()) };
        check(&[of("crates/gate/src/a.rs", code), of(PAGE, page)]).len()
    }

    #[test]
    fn a_limit_that_is_not_told_or_told_wrong_is_found() {
        let code = "pub const BODY_BYTES_MAX: usize = 128 * 1024;\n";
        assert_eq!(found(code, "| `BODY_BYTES_MAX` | 128 KiB | a notice |"), 0);
        assert_eq!(found(code, "| `BODY_BYTES_MAX` | 131,072 |"), 0);
        assert_eq!(found(code, "| `BODY_BYTES_MAX` | 256 KiB |"), 1);
        assert_eq!(found(code, "| something else | 128 KiB |"), 1);
        assert_eq!(found("const WAIT_MS_MAX: u64 = 3_600_000;\n", "`WAIT_MS_MAX`: an hour"), 0);
        assert_eq!(found("const A_MAX: u64 = 16 << 20;\n", "`A_MAX` 16 MiB"), 0);
        assert_eq!(found("const A_MAX: usize = other::B_MAX;\n", ""), 0);
    }

    #[test]
    fn fields_of_limits_are_limits_and_those_of_other_structs_are_not() {
        let code = "pub struct Limits {\n    pub rooms_max: usize,\n}\npub struct Page {\n    quantity_max: u32,\n}\n";
        assert_eq!((found(code, "`rooms_max`"), found(code, "")), (0, 1));
        assert_eq!(found("#[cfg(test)]\nmod tests {\n    const A_MAX: u8 = 1;\n}", ""), 0);
    }
}
