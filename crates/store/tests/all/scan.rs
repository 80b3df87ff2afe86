//! The texts of a database, page by page.

use crate::common::{Schema, both, category, read, shop, write};
use store::{Store, scan};

both!(of_sqlite_there_is_nothing_and_of_postgres_every_table_with_texts);

fn of_sqlite_there_is_nothing_and_of_postgres_every_table_with_texts(store: &Store) {
    shop(store);
    let tables = read(store, scan::tables);
    if store.is_sqlite() {
        assert!(tables.is_empty());
        return;
    }
    let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    for table in ["product", "variant", "orders", "news", "cart_line"] {
        assert!(names.contains(&table), "{table}: {names:?}");
    }
}

#[test]
fn who_may_only_read_sees_every_text_on_its_page() {
    let Some(schema) = Schema::new() else { return };
    let store = schema.open();
    shop(&store);
    write(&store, |tx| {
        (0..300).try_for_each(|n| {
            let mut new = category(&format!("c-{n}"));
            (new.name_ja, new.lead_ja) = (format!("栗 & <b>{n}</b>"), "蜜".repeat(60));
            store::product::put_category(tx, &new)
        })
    });
    let role = format!("r_{}", schema.name());
    schema.admin(&format!(
        "create role {role} nologin; grant usage on schema {0} to {role}; grant select on all tables in schema {0} to {role}",
        schema.name()
    ));
    let reading = format!("{}%20-crole%3D{role}", schema.url_text()).parse().unwrap();
    let reader = Store::open_reading(&reading).unwrap();
    let tables = read(&reader, scan::tables);
    let table = tables.iter().find(|table| table.name == "category").unwrap();
    assert!(table.pages > 2, "{table:?}");
    let part = |from: u64, until: u64| read(&reader, |tx| scan::part(tx, table, from, until));
    let parts: Vec<String> = (0..table.pages).map(|page| part(page, page + 1)).collect();
    for n in 0..300 {
        let text = format!("栗 &amp; &lt;b&gt;{n}&lt;/b&gt;");
        assert_eq!(parts.iter().filter(|part| part.contains(&text)).count(), 1, "{text}");
    }
    assert_eq!(part(0, table.pages).matches("<slug>").count(), 301);
    assert!(
        part(table.pages, table.pages + 9).is_empty()
            || !part(table.pages, table.pages + 9).contains("<slug>")
    );
    let put = reader.write_blocking(|tx| store::product::put_category(tx, &category("x")));
    assert!(put.is_err(), "it may not write");
    drop(reader);
    schema.admin(&format!("drop owned by {role}; drop role {role}"));
}
