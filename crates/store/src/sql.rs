//! SQL texts: each stands once, in a `statements!` block, for both databases.

use crate::{Error, Store};

/// A SQL text, the same for both databases where possible.
///
/// `$n` must appear in ascending order of first appearance: SQLite numbers named parameters so.
#[derive(Debug)]
pub(crate) struct Sql {
    pub(crate) name: &'static str,
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

/// One text for both.
pub(crate) const fn both(text: &'static str) -> Sql {
    each(text, text)
}

/// A text for each, where the two speak differently: SQLite's first.
pub(crate) const fn each(sqlite: &'static str, postgres: &'static str) -> Sql {
    Sql { name: "", sqlite, postgres }
}

impl Sql {
    /// Names the statement, for errors.
    pub(crate) const fn named(self, name: &'static str) -> Sql {
        Sql { name, sqlite: self.sqlite, postgres: self.postgres }
    }
}

/// Declares a module's statements and lists them in `ALL`.
macro_rules! statements {
    ($($name:ident = $sql:expr;)+) => {
        $(static $name: $crate::sql::Sql = $sql.named(concat!(module_path!(), "::", stringify!($name)));)+
        /// Every statement of this module, for the test that prepares them.
        pub(crate) static ALL: &[&$crate::sql::Sql] = &[$(&$name),+];
    };
}
pub(crate) use statements;

/// Every statement of the crate.
pub(crate) static REGISTRY: &[&[&Sql]] = &[
    crate::address::ALL,
    crate::branch::ALL,
    crate::campaign::ALL,
    crate::card_entry::ALL,
    crate::cart::ALL,
    crate::catalog::ALL,
    crate::customer::ALL,
    crate::edition::ALL,
    crate::envelope::ALL,
    crate::export::ALL,
    crate::history::ALL,
    crate::imported::ALL,
    crate::case::ALL,
    crate::incident::ALL,
    crate::inquiry::ALL,
    crate::leaving::ALL,
    crate::letter::ALL,
    crate::letter::answers::ALL,
    crate::letter::each::ALL,
    crate::letter::told::ALL,
    crate::meta::ALL,
    crate::news::ALL,
    crate::notice::ALL,
    crate::notice::address::ALL,
    crate::notice::due::ALL,
    crate::order::ALL,
    crate::order::change::ALL,
    crate::order::import::ALL,
    crate::mail_return::ALL,
    crate::order::place::ALL,
    crate::order::read::ALL,
    crate::outbox::ALL,
    crate::payment::ALL,
    crate::payment::apply::ALL,
    crate::payment::dispute::ALL,
    crate::picture::ALL,
    crate::processor_forget::ALL,
    crate::product::ALL,
    crate::reconciliation::ALL,
    crate::refund::ALL,
    crate::scan::ALL,
    crate::sealed::ALL,
    crate::staff::ALL,
    crate::stock::ALL,
    crate::tally::ALL,
    crate::visit::ALL,
];

/// Prepares every statement; gives their number, or the names of those that do not fit. For tests.
#[doc(hidden)]
pub fn prepare_all(store: &Store) -> Result<usize, Vec<String>> {
    let mut wrong = Vec::new();
    let mut count = 0;
    for sql in REGISTRY.iter().copied().flatten() {
        count += 1;
        if !ascending(sql.sqlite) {
            wrong.push(format!("{}: $n not in ascending order of first appearance", sql.name));
        }
        let done = store.read_blocking(move |tx| tx.prepare(sql));
        if let Err(e) = done {
            wrong.push(match e {
                Error::Database { message, .. } => format!("{}: {message}", sql.name),
                e => format!("{}: {e}", sql.name),
            });
        }
    }
    if wrong.is_empty() { Ok(count) } else { Err(wrong) }
}

/// Whether `$1`, `$2`, … first appear in this order, without a gap.
fn ascending(text: &str) -> bool {
    let mut max = 0;
    for rest in text.split('$').skip(1) {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        match digits.parse::<u32>() {
            Ok(n) if n <= max => {}
            Ok(n) if n == max + 1 => max = n,
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_ascend() {
        assert!(ascending("select $1, $2, $1, $3"));
        assert!(!ascending("select $2, $1"));
        assert!(!ascending("select $1, $3"));
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = REGISTRY.iter().copied().flatten().map(|s| s.name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
