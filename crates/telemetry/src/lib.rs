//! What every process of the house has in common: how it starts, says that it is ready, is counted and stops.
//!
//! Log lines are JSON, one event a line, on standard error. **Never logged**: names, addresses, mail addresses,
//! telephone numbers, free text of customers, card numbers, passwords, tokens, cookies, keys, full URLs with a
//! query, addresses of visitors. What is logged of a person is at most the random id.

mod gather;
mod life;
mod lines;
mod metrics;

pub use life::{Life, end_logging, start_logging};
pub use metrics::{Counter, Gauge, Histogram, Metrics, scrape};
