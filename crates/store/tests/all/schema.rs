//! The two schemas and the SQL texts.

use crate::common::{Schema, both, sqlite};
use store::Store;
use uuid::Uuid;

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

/// A database with letters, as a shop of before has it: they are there after the tables were made anew, bound to their batch.
#[test]
fn letters_of_before_stay() {
    const BEFORE: &str = "0016";
    let dir = tempfile::tempdir().unwrap();
    let before = rusqlite::Connection::open(dir.path().join("shop.db")).unwrap();
    before.execute_batch("create table schema_version (version integer primary key) strict").unwrap();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    for path in files {
        let number = path.file_name().unwrap().to_str().unwrap()[..4].to_owned();
        if number.as_str() <= BEFORE {
            before.execute_batch(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let version: i64 = number.parse().unwrap();
            before.execute("insert into schema_version (version) values ($1)", [version]).unwrap();
        }
    }
    let id = Uuid::from_u128;
    let (batch, letter) = (id(8), id(9));
    before
        .execute_batch(&format!(
            "insert into campaign (id, incident, version, facts, texts, pace, state, created_at)
               values ('{}', 'i', 1, x'00', x'00', '{{}}', 'done', 1);
             insert into notice (id, campaign_id, person_id, text_number, state, attempts, next_at, updated_at)
               values ('{}', '{}', '{}', 0, 'unreachable', 0, 1, 1);
             insert into letter_batch (id, number, campaign_id, texts, state, created_at)
               values ('{batch}', 1, '{}', zeroblob(32), 'posted', 1);
             insert into letter_text (batch_id, number, paper) values ('{batch}', 0, 'words');
             insert into letter (id, batch_id, notice_id, person_id, text_number, source, source_row, grant_bytes, state,
                 number, sheets, has_bars, updated_at)
               values ('{letter}', '{batch}', '{}', '{}', 0, 'orders', '{}', x'07', 'posted', 1, 2, 1, 1);",
            id(1),
            id(2),
            id(1),
            id(3),
            id(1),
            id(2),
            id(3),
            id(4)
        ))
        .unwrap();
    drop(before);
    let store = sqlite(dir.path());
    let (found, texts, letters) = store
        .read_blocking(move |tx| {
            let letters = store::letter::each::list(tx, batch, None, 9)?;
            Ok::<_, store::Error>((store::letter::get(tx, batch)?, store::letter::texts(tx, batch)?, letters))
        })
        .unwrap();
    assert_eq!((found.unwrap().campaign, &texts[..]), (Some(id(1)), &["words".to_owned()][..]));
    assert_eq!((letters[0].id, letters[0].sheets, letters[0].has_bars), (letter, Some(2), true));
    let after = rusqlite::Connection::open(dir.path().join("shop.db")).unwrap();
    after.pragma_update(None, "foreign_keys", true).unwrap();
    assert!(after.execute("delete from letter_batch", []).is_err(), "its letters hold it");
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
