//! The two schemas and the SQL texts.

use crate::common::{Schema, both, sqlite};
use store::Store;

both!(every_statement_prepares, starting_twice_changes_nothing);

fn every_statement_prepares(store: &Store) {
    let count = store::prepare_all(store).unwrap_or_else(|wrong| panic!("{}", wrong.join("\n")));
    assert!(count > 100, "only {count} statements are registered");
}

fn starting_twice_changes_nothing(store: &Store) {
    let before = store::shape(store).unwrap();
    assert!(before.len() > 25);
    assert_eq!(store::shape(store).unwrap(), before);
}

#[test]
fn the_two_schemas_agree() {
    let Some(schema) = Schema::new() else { return };
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (store::shape(&sqlite(dir.path())).unwrap(), store::shape(&schema.open()).unwrap());
    for (table, columns) in &a {
        assert_eq!(Some(columns), b.get(table), "{table}");
    }
    assert_eq!(a.len(), b.len());
}

#[test]
fn migrations_have_equal_names() {
    let names = |engine: &str| {
        let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
        let mut names: Vec<_> = std::fs::read_dir(dir).unwrap().map(|f| f.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

/// SQL stands only in `statements!` blocks and in the engines, where this finds it.
#[test]
fn no_statement_escapes_the_registry() {
    let src = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let registry = std::fs::read_to_string(src.join("sql.rs")).unwrap();
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            if text.contains("\nstatements! {") {
                let module = path.strip_prefix(&src).unwrap().with_extension("");
                let module = module.to_str().unwrap().trim_end_matches("/mod").replace('/', "::");
                assert!(
                    registry.contains(&format!("crate::{module}::ALL")),
                    "{module} is not in the registry"
                );
            }
        }
    }
}

/// What the migrations say of each column of bytes: its table, its name, the first word of the note behind it.
fn columns_of_bytes() -> Vec<(String, String, String)> {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let (text, mut table) = (std::fs::read_to_string(file).unwrap(), String::new());
        for line in text.lines() {
            let (code, note) = line.split_once("--").unwrap_or((line, ""));
            let mut words: Vec<&str> = code.split_whitespace().collect();
            if let ["create" | "alter", "table", name, ..] = words[..] {
                table = name.to_owned();
                words.drain(..if words[0] == "create" { words.len() } else { 3 });
            }
            if let ["add", "column", ..] = words[..] {
                words.drain(..2);
            }
            if let [column, kind, ..] = words[..]
                && kind.trim_end_matches([',', ';']) == "blob"
            {
                let kind = note.trim().split([':', ';', ',', ' ']).next().unwrap_or_default();
                found.push((table.clone(), column.to_owned(), kind.to_owned()));
            }
        }
    }
    found
}

/// A sealed column that a change of keys does not go through would be lost with the keys before.
#[test]
fn every_sealed_column_of_the_schema_is_in_the_list() {
    let all = columns_of_bytes();
    let name = |table: &str, column: &str| format!("{table}.{column}");
    let marked = |mark: &str| {
        let mut names: Vec<_> = all.iter().filter(|c| c.2 == mark).map(|c| name(&c.0, &c.1)).collect();
        names.sort();
        names
    };
    let mut sealed: Vec<_> = store::sealed::COLUMNS.iter().map(|c| name(c.table, c.column)).collect();
    sealed.sort();
    assert_eq!(marked("sealed"), sealed);
    let indexes = store::sealed::COLUMNS.iter().flat_map(|c| c.indexes.iter().map(|i| name(c.table, i)));
    let mut indexes: Vec<_> = indexes.collect();
    indexes.sort();
    assert_eq!(marked("blind"), indexes);
    // Bytes that are neither are known one by one: a new column says what it is.
    let plain = all.iter().filter(|c| !matches!(c.2.as_str(), "sealed" | "blind" | "opaque" | "SHA-256"));
    let plain: Vec<_> = plain.map(|c| name(&c.0, &c.1)).collect();
    let known = [
        "picture.sha256",
        "picture.bytes",
        "picture_size.bytes",
        "visit.csrf_nonce",
        "cart_line.visit_hash",
        "card_entry.visit_hash",
        "card_entry_page.sha256",
    ];
    let unknown: Vec<_> = plain.iter().filter(|c| !known.contains(&c.as_str())).collect();
    assert_eq!(unknown, [""; 0].iter().collect::<Vec<_>>(), "say sealed, blind or opaque behind the column");
}
