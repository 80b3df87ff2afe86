//! Bringing a database's schema up to date, once, whoever starts first.

use crate::{Error, Store, sql, value::Row};
use deadpool_postgres::Client;
use rusqlite::Connection;
use std::collections::BTreeMap;

struct Migration {
    version: i64,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migrations {
    ($($version:literal $file:literal),+ $(,)?) => {
        &[$(Migration {
            version: $version,
            sqlite: include_str!(concat!("../migrations/sqlite/", $file)),
            postgres: include_str!(concat!("../migrations/postgres/", $file)),
        }),+]
    };
}

/// Every migration, ascending. One that has been released is never edited.
static MIGRATIONS: &[Migration] = migrations![1 "0001_shop.sql", 2 "0002_accounts.sql", 3 "0003_gifts.sql", 4 "0004_money.sql", 5 "0005_goods.sql", 6 "0006_edition.sql", 7 "0007_envelopes.sql", 8 "0008_returns.sql", 9 "0009_imported.sql", 11 "0011_campaigns.sql", 12 "0012_incidents.sql", 15 "0015_letters.sql", 16 "0016_campaign_incident.sql", 17 "0017_answers_on_paper.sql", 18 "0018_cool_fee.sql"];

fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, |m| m.version)
}

/// The migrations that a database with these has not had. They are told apart by number, not by the highest one: two
/// that were made at the same time may reach a database in either order.
fn missing(applied: &[i64]) -> Result<Vec<&'static Migration>, Error> {
    if let Some(version) = applied.iter().copied().find(|version| *version > newest()) {
        let problem =
            format!("the database was written by a newer version (this one knows up to {})", newest());
        return Err(Error::Migration { version, problem });
    }
    Ok(MIGRATIONS.iter().filter(|m| !applied.contains(&m.version)).collect())
}

/// SQLite: `begin immediate` keeps every other process out.
pub(crate) fn sqlite(conn: &mut Connection) -> Result<(), Error> {
    let fail = |version: i64| move |e: rusqlite::Error| Error::Migration { version, problem: e.to_string() };
    let tx = conn
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(|e| Error::sqlite("migrate", e))?;
    tx.execute_batch("create table if not exists schema_version (version integer primary key) strict")
        .map_err(fail(0))?;
    let applied: Vec<i64> = tx
        .prepare("select version from schema_version")
        .and_then(|mut all| all.query_map([], |r| r.get(0))?.collect())
        .map_err(fail(0))?;
    for m in missing(&applied)? {
        tx.execute_batch(m.sqlite).map_err(fail(m.version))?;
        tx.execute("insert into schema_version (version) values ($1)", [m.version])
            .map_err(fail(m.version))?;
    }
    tx.commit().map_err(|e| Error::sqlite("migrate", e))
}

/// PostgreSQL: a row is the lock, since poolers and clusters that only speak its protocol lack advisory locks.
pub(crate) async fn postgres(client: &Client) -> Result<(), Error> {
    const TABLE: &str = "create table if not exists schema_version (version bigint primary key);
        insert into schema_version (version) values (0) on conflict do nothing;";
    let fail = |version: i64| {
        move |e: tokio_postgres::Error| {
            let problem = e.as_db_error().map_or_else(|| e.to_string(), |d| d.message().to_owned());
            Error::Migration { version, problem }
        }
    };
    // Two starts at once may both try to make the table; the loser's second try finds it.
    if client.batch_execute(TABLE).await.is_err() {
        client.batch_execute(TABLE).await.map_err(fail(0))?;
    }
    client.batch_execute("begin").await.map_err(fail(0))?;
    let done = async {
        client
            .query_one("select version from schema_version where version = 0 for update", &[])
            .await
            .map_err(fail(0))?;
        let applied = client.query("select version from schema_version", &[]).await.map_err(fail(0))?;
        let applied: Vec<i64> = applied.iter().map(|row| row.get(0)).collect();
        for m in missing(&applied)? {
            client.batch_execute(m.postgres).await.map_err(fail(m.version))?;
            let insert = "insert into schema_version (version) values ($1)";
            client.execute(insert, &[&m.version]).await.map_err(fail(m.version))?;
        }
        client.batch_execute("commit").await.map_err(fail(0))
    }
    .await;
    if done.is_err() {
        let _ = client.batch_execute("rollback").await;
    }
    done
}

/// The schema as the database itself describes it: table → column → type and whether it may be null, plus
/// indexes by name. For the test that compares the two databases.
#[doc(hidden)]
pub type Shape = BTreeMap<String, BTreeMap<String, String>>;

static COLUMNS: sql::Sql = sql::each(
    "select m.name, c.name, case c.type when 'INTEGER' then 'bigint' when 'BLOB' then 'bytea' else lower(c.type) end,
       c.\"notnull\" + (c.pk > 0)
     from sqlite_schema m join pragma_table_info(m.name) c
     where m.type = 'table' and m.name not like 'sqlite_%'",
    "select cast(table_name as text), cast(column_name as text), cast(data_type as text),
       case is_nullable when 'NO' then 1 else 0 end
     from information_schema.columns
     where table_schema = current_schema()",
)
.named("shape::COLUMNS");

static INDEXES: sql::Sql = sql::each(
    "select tbl_name, name from sqlite_schema where type = 'index' and name not like 'sqlite_%'",
    "select cast(tablename as text), cast(indexname as text) from pg_indexes
     where schemaname = current_schema() and indexname not like '%_pkey' and indexname not like '%_key'",
)
.named("shape::INDEXES");

/// Reads the [`Shape`] of an open database.
#[doc(hidden)]
pub fn shape(store: &Store) -> Result<Shape, Error> {
    store.read_blocking(|tx| {
        let mut shape = Shape::new();
        let column = |r: &mut Row<'_>| -> Result<(String, String, String, i64), Error> {
            Ok((r.take()?, r.take()?, r.take()?, r.take()?))
        };
        for (table, column, kind, required) in tx.rows(&COLUMNS, &[], column)? {
            let required = if required > 0 { " not null" } else { "" };
            shape.entry(table).or_default().insert(column, format!("{kind}{required}"));
        }
        for (table, index) in tx.rows(&INDEXES, &[], |r| Ok((r.take::<String>()?, r.take::<String>()?)))? {
            shape.entry(table).or_default().insert(format!("index {index}"), String::new());
        }
        Ok(shape)
    })
}
