//! One file for each kind of figure.

pub mod added;
pub mod bounces;
pub mod checker;
pub mod checkout;
pub mod desk;
pub mod memory;
pub mod pages;
pub mod watch;

use crate::{Options, measure::Measure, shop::Shop};
use anyhow::Result;

/// A measurement: its name, and what makes its figures.
pub struct Kind {
    /// What `--only` names.
    pub name: &'static str,
    /// Measures.
    pub run: fn(&Shop, &Options) -> Result<Vec<Measure>>,
}

/// All, in the order in which they run.
pub const ALL: &[Kind] = &[
    Kind { name: "pages", run: pages::run },
    Kind { name: "added", run: added::run },
    Kind { name: "checker", run: checker::run },
    Kind { name: "checkout", run: checkout::run },
    Kind { name: "desk", run: desk::run },
    Kind { name: "strays", run: watch::run_scan },
    Kind { name: "watch", run: watch::run_watch },
];
