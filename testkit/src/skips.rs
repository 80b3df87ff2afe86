//! Tests that cannot run here: they say so, and `cargo xtask test` counts and names them.

use std::io::Write;

/// Notes that a test did not run, or not wholly: `SKIP name: reason` on stderr and, where `DOZO_SKIPS` names a
/// file, one line there. The test should return after it.
pub fn skip(name: &str, reason: &str) {
    let line = |text: &str| text.replace(['\n', '\r'], " ");
    let (name, reason) = (line(name), line(reason));
    eprintln!("SKIP {name}: {reason}");
    let Some(path) = std::env::var_os("DOZO_SKIPS") else { return };
    // One write of one short line with O_APPEND: tests that run at once do not mix.
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut f| f.write_all(format!("{name}: {reason}\n").as_bytes()))
        .expect("cannot write DOZO_SKIPS");
}

/// The running test's name: from nextest with its binary (`store::engines both_agree`), else the thread's, which
/// is what the standard harness sets.
pub fn test_name() -> String {
    let variable = |name| std::env::var(name).ok();
    match (variable("NEXTEST_BINARY_ID"), variable("NEXTEST_TEST_NAME")) {
        (Some(binary), Some(test)) => format!("{binary} {test}"),
        (None, Some(test)) => test,
        _ => std::thread::current().name().unwrap_or("a test").to_owned(),
    }
}
