//! What the pages say is kept by a test is kept by one: each `name` that a page says is in a file is there, and no link
//! leads nowhere.

use super::{File, Finding};

/// Looks through all pages.
pub fn check(files: &[File]) -> Vec<Finding> {
    let pages = files.iter().filter(|f| f.path.ends_with(".md"));
    pages.flat_map(|page| of_page(page, files)).collect()
}

fn of_page(page: &File, files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, line) in page.text.as_deref().unwrap_or_default().lines().enumerate() {
        for (before, target) in links(line) {
            let path = resolved(&page.path, target);
            let lies = |file: &&File| file.path == path || in_folder(&file.path, &path);
            if !files.iter().any(|file| lies(&file)) {
                findings.push(Finding::new(
                    &page.path,
                    at + 1,
                    format!("{target} is not there: mend the link"),
                ));
                continue;
            }
            let folder = path.strip_suffix("/mod.rs").unwrap_or(&path);
            let texts = files.iter().filter(|file| lies(file) || in_folder(&file.path, folder));
            let texts: Vec<&str> = texts.filter_map(|file| file.text.as_deref()).collect();
            for name in names(before).filter(|name| !texts.iter().any(|text| holds(text, name))) {
                let todo = format!("{name} is not in {path}: name what is there, or write it");
                findings.push(Finding::new(&page.path, at + 1, todo));
            }
        }
    }
    findings
}

/// The links of a line to other files of the tree: what stands before each, and where it leads.
fn links(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.match_indices("](").filter_map(|(at, _)| {
        let target = line[at + 2..].split(')').next()?.split('#').next()?;
        let ours = !target.is_empty() && !target.contains([':', ' ']);
        let opens = line[..at].rfind('[')?;
        ours.then(|| (&line[..opens], target))
    })
}

/// A path as the tree has it, from a link on that page.
fn resolved(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn in_folder(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The names in "`a`, `b` and `c` in [", from the last to the first.
fn names(before: &str) -> impl Iterator<Item = &str> {
    let list =
        before.strip_suffix(" in ").map(|list| list.strip_suffix(" and its neighbours").unwrap_or(list));
    let mut list = list.unwrap_or_default();
    std::iter::from_fn(move || {
        let (rest, name) = list.strip_suffix('`')?.rsplit_once('`')?;
        list = [", and ", ", ", " and "].iter().find_map(|by| rest.strip_suffix(by)).unwrap_or_default();
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        (plain && !name.is_empty()).then_some(name)
    })
}

/// Whether that is a function, a field or a constant of the text, or, beyond code, a word of it.
fn holds(text: &str, name: &str) -> bool {
    let function = name.contains('_') && !name.bytes().any(|b| b.is_ascii_uppercase());
    match function {
        true => {
            ["(", "<"].iter().any(|end| text.contains(&format!("fn {name}{end}")))
                || text.contains(&format!("{name}:"))
        }
        false => text.contains(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(page: &str) -> Vec<String> {
        let of = |path: &str, text: &str| File { path: path.into(), text: Some(text.into()) };
        let code = "fn it_holds() {}\nasync fn it_waits() {}\nfn of<T>() {}\nconst ROOM_MAX: u8 = 1;\nstruct A { room_max: u8 }";
        let tree = [
            of("docs/a.md", page),
            of("crates/a/src/a.rs", code),
            of("crates/a/src/b/mod.rs", "mod c;"),
            of("crates/a/src/b/c.rs", "fn there_it_is() {}"),
        ];
        check(&tree).into_iter().map(|finding| finding.todo).collect()
    }

    #[test]
    fn a_name_that_is_not_where_the_page_says_is_found() {
        let a = "in [a.rs](../crates/a/src/a.rs)";
        assert!(found(&format!("| `it_holds`, `it_waits` and `ROOM_MAX` {a}; `room_max` {a} |")).is_empty());
        assert!(found(&format!("`it_holds` and its neighbours {a}, `of` {a}")).is_empty());
        assert!(
            found("`there_it_is` in [b](../crates/a/src/b/mod.rs) and [b](../crates/a/src/b)").is_empty()
        );
        for (page, count) in [
            (format!("`it_held` {a}"), 1),
            (format!("`it_held`, `it_waited` and `it_holds` {a}"), 2),
            (format!("`there_it_is` {a}"), 1),
            (format!("`it_hold` {a}"), 1),
            (format!("`it_held` and its neighbours {a}"), 1),
        ] {
            assert_eq!(found(&page).len(), count, "{page}");
        }
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        assert_eq!(found("[x](../crates/a/src/x.rs), [y](b.md#part)").len(), 2);
        let fine = "[a](../crates/a), [b](a.md#part), [c](#part), [d](https://example.org/x), [e](mailto:a@example.org)";
        assert_eq!(found(fine), Vec::<String>::new());
    }
}
