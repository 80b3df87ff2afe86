//! A database of its own for each test, on the private server that `cargo xtask test` starts.

use crate::{skip, test_name};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// The URL of a new, empty PostgreSQL database. `None` without a server (`DOZO_TEST_POSTGRES`): the calling test
/// is then noted as skipped. The database is not removed; the server's whole folder is, after the run.
///
/// For one crate: `cargo xtask with-postgres cargo nextest run -p store`.
pub fn postgres_url() -> Option<String> {
    let Ok(server) = std::env::var("DOZO_TEST_POSTGRES") else {
        skip(
            &test_name(),
            "PostgreSQL part: no server (`cargo xtask with-postgres cargo nextest run …` has one)",
        );
        return None;
    };
    let name = format!("t_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let made = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", "--dbname", &server, "--command"])
        .arg(format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))
        .output()
        .expect("cannot run psql: install postgresql-client");
    assert!(made.status.success(), "no test database: {}", String::from_utf8_lossy(&made.stderr));
    let (address, _) = server.rsplit_once('/').expect("DOZO_TEST_POSTGRES ends in /database");
    Some(format!("{address}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_test_has_an_empty_database_of_its_own() {
        let (Some(one), Some(two)) = (postgres_url(), postgres_url()) else { return };
        assert_ne!(one, two);
        let sql = "CREATE TABLE a (b TEXT); INSERT INTO a VALUES ('栗'); SELECT b FROM a";
        for url in [one, two] {
            let psql = Command::new("psql")
                .args(["-X", "-q", "-t", "-A", "--dbname", &url, "-c", sql])
                .output()
                .unwrap();
            assert_eq!(String::from_utf8_lossy(&psql.stdout).trim(), "栗");
        }
    }
}
