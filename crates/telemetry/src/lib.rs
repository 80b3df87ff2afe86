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

/// How the C library's allocator of each process is to keep house, as environment: few pools, and what is no longer used
/// goes back to the system. By itself it keeps, after one large piece (a password check takes 19 MiB), as much for ever.
/// How many small pieces each thread keeps at hand stays as it comes: with many more, which pages gain nothing by, the tens of
/// threads that wait for a disk or a neighbour held a quarter of the house's memory.
pub const ALLOCATOR: [(&str, &str); 3] =
    [("MALLOC_ARENA_MAX", "2"), ("MALLOC_MMAP_THRESHOLD_", "262144"), ("MALLOC_TRIM_THRESHOLD_", "262144")];
