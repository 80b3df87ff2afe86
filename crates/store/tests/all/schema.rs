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
