//! What the tests of several crates share: a running shop, a fresh PostgreSQL database, an HTTP client that
//! behaves like a browser's, an authenticator app, and a word for tests that cannot run.
//!
//! `cargo xtask test` sets the environment: `DOZO_TEST_POSTGRES` (URL of a private server), `DOZO_BIN` (the
//! built binary), `DOZO_SKIPS` (file that [`skip`] writes to), `DOZO_NPM` (folder with `node_modules`), `DOZO_PYPI`
//! (folder with a Python and its packages). Each can
//! be absent; the tests then use a default or skip with a reason. This crate panics where a test should fail.

#![allow(clippy::unwrap_used)]

mod authenticator;
pub mod exports;
pub mod http;
mod postgres;
mod shop;
mod skips;
pub mod source;

pub use authenticator::Authenticator;
pub use postgres::postgres_url;
pub use shop::{Dozo, DozoBuilder, binary};
pub use skips::{skip, test_name};

use std::path::{Path, PathBuf};

/// A folder that is gone when the value is dropped.
pub fn temp_dir() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("dozo-test-").tempdir().expect("cannot make a temporary folder")
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("testkit lies in the repository").to_path_buf()
}

/// Whether continuous integration runs this: nobody looks at pictures.
pub fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|v| !v.is_empty() && v != "false" && v != "0")
}

/// How many of something a test takes, by an environment variable or as CI does.
pub fn scale(variable: &str, usual: u32) -> u32 {
    std::env::var(variable).ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// The folder of large public inputs that is not part of the repository and lies beside it, as
/// `../shared/data`. Without it the calling test is noted as skipped; it should return.
pub fn shared_data() -> Option<PathBuf> {
    let data = root().join("../shared/data");
    if data.is_dir() {
        return Some(data);
    }
    skip(&test_name(), "the public test inputs are not here (../shared/data beside the repository)");
    None
}

/// A Python with the packages of PyPI that tests run. Without it the calling test is noted as skipped.
pub fn pypi_python() -> Option<PathBuf> {
    let folder = std::env::var_os("DOZO_PYPI").map_or_else(|| root().join("target/pypi"), PathBuf::from);
    if folder.join("done").is_file() {
        return Some(folder.join("bin/python"));
    }
    skip(&test_name(), "packages of PyPI are missing (`cargo xtask test` installs them)");
    None
}

/// A file of an npm package, such as `axe-core/axe.min.js`. Without it the calling test is noted as skipped.
pub fn npm_file(path: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("DOZO_NPM").map_or_else(|| root().join("target/npm"), PathBuf::from);
    let file = folder.join("node_modules").join(path);
    if file.is_file() {
        return Some(file);
    }
    skip(&test_name(), &format!("npm package file {path} is missing (`cargo xtask test` installs it)"));
    None
}
