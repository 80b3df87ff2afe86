//! What is missing or wrong in the files, and where: so that whoever wrote them finds the line.

use std::{collections::HashMap, fmt};

/// Something that is missing or wrong. The words for it are the caller's, by `why`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, by its name in the folder.
    pub file: &'static str,
    /// The line, from 1; none where the whole file is meant.
    pub line: Option<usize>,
    /// A fixed word for what it is.
    pub why: &'static str,
    /// What the words name.
    pub values: Vec<(&'static str, String)>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        self.line.map_or(Ok(()), |line| write!(f, ":{line}"))?;
        write!(f, ": {}", self.why)?;
        self.values.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}

/// A place in a file: a key of the `nth` table under this header (such as `[[product]]`; none: the top of the file).
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) file: &'static str,
    pub(crate) header: &'static str,
    pub(crate) nth: usize,
    /// What the thing there is called, for the words.
    pub(crate) item: &'a str,
}

impl At<'_> {
    /// The top of a file.
    pub(crate) const fn top(file: &'static str) -> At<'static> {
        At { file, header: "", nth: 0, item: "" }
    }
}

/// The texts of the files, and what was found in them.
#[derive(Default)]
pub(crate) struct Faults {
    pub(crate) texts: HashMap<&'static str, String>,
    pub(crate) found: Vec<Fault>,
}

impl Faults {
    /// Notes a fault at a key, or at a word that stands in the table.
    pub(crate) fn add(
        &mut self,
        at: At<'_>,
        key: &str,
        why: &'static str,
        values: &[(&'static str, String)],
    ) {
        let line = self.texts.get(at.file).and_then(|text| line_of(text, at, key));
        let named = [("item", at.item), ("key", key)].map(|(name, value)| (name, value.to_owned()));
        let named = named.into_iter().filter(|(_, value)| !value.is_empty());
        let values = named.chain(values.iter().cloned()).collect();
        self.found.push(Fault { file: at.file, line, why, values });
    }

    /// Notes what the parser says.
    pub(crate) fn form(&mut self, file: &'static str, error: &toml::de::Error) {
        let text = self.texts.get(file).map_or("", String::as_str);
        let line = error.span().map(|span| text.get(..span.start).unwrap_or(text).matches('\n').count() + 1);
        let values = vec![("says", error.message().to_owned())];
        self.found.push(Fault { file, line, why: "form", values });
    }
}

/// The line of a key; of a word in quotation marks that stands in the table; else where the table begins.
fn line_of(text: &str, at: At<'_>, key: &str) -> Option<usize> {
    let lines = || (1..).zip(text.lines().map(str::trim));
    let is_header = |line: &str| line.starts_with('[') && line.ends_with(']') && !line.contains('=');
    let begin = match at.header {
        "" => 0,
        header => lines().filter(|(_, line)| *line == header).nth(at.nth)?.0,
    };
    let table = || lines().skip(begin).take_while(|(_, line)| !is_header(line));
    let is_key = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='));
    let word = format!("\"{key}\"");
    let found =
        table().find(|(_, line)| is_key(line)).or_else(|| table().find(|(_, line)| line.contains(&word)));
    found.map(|(line, _)| line).or((begin > 0).then_some(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# a shop\nname = \"\"\n\n[postage]\ncool = 1\n\n[[product]]\nslug = \"a\"\n\n[[product]]\nslug = \"b\"\nvariants = [\n  { sku = \"B-1\", price = 0 },\n]\n";

    #[test]
    fn the_line_is_found() {
        let at = |header, nth| At { file: "x", header, nth, item: "" };
        for (place, key, line) in [
            (at("", 0), "name", Some(2)),
            (at("", 0), "cool", None),
            (at("[postage]", 0), "cool", Some(5)),
            (at("[postage]", 0), "okinawa", Some(4)),
            (at("[[product]]", 1), "slug", Some(11)),
            (at("[[product]]", 1), "B-1", Some(13)),
            (at("[[product]]", 0), "lead", Some(7)),
            (at("[[product]]", 2), "slug", None),
        ] {
            assert_eq!(line_of(TEXT, place, key), line, "{key}");
        }
    }

    #[test]
    fn what_the_parser_says_has_its_line() {
        let mut faults = Faults::default();
        faults.texts.insert("x", "a = 1\n\nb = = 2\n".into());
        let error = toml::from_str::<toml::Table>(&faults.texts["x"]).unwrap_err();
        faults.form("x", &error);
        assert_eq!((faults.found[0].line, faults.found[0].why), (Some(3), "form"));
    }
}
