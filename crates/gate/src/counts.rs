//! What the gate counts.

use crate::refusal::Refusal;
use telemetry::{Counter, Gauge, Histogram, Metrics};

/// The gate's counters.
pub(crate) struct Counts {
    pub(crate) requests: Counter,
    pub(crate) standing: Counter,
    pub(crate) seconds: Histogram,
    pub(crate) connections: Gauge,
    pub(crate) connections_refused: Counter,
    pub(crate) connections_cut: Counter,
    pub(crate) journal_failed: Counter,
    refusals: Vec<(&'static str, Counter)>,
}

impl Counts {
    pub(crate) fn new(metrics: &Metrics) -> Counts {
        let refusal = |word: &'static str| {
            let counter = metrics
                .counter(&format!("gate_refused_{word}"), "Requests or answers refused for this reason");
            (word, counter)
        };
        Counts {
            requests: metrics.counter("gate_requests", "Requests that reached the gate"),
            standing: metrics.counter("gate_standing", "Requests answered with a page that was remembered"),
            seconds: metrics.seconds("gate_request_seconds", "From a request's head to its answer's head"),
            connections: metrics.gauge("gate_connections", "Connections of clients that are open"),
            connections_refused: metrics
                .counter("gate_connections_refused", "Connections closed because there were too many"),
            connections_cut: metrics.counter(
                "gate_connections_cut",
                "Connections that let the gate wait and gave up their place to others",
            ),
            journal_failed: metrics
                .counter("gate_journal_failed", "Lines that could not be written to the journal"),
            refusals: Refusal::WORDS.into_iter().map(refusal).collect(),
        }
    }

    pub(crate) fn refused(&self, refusal: &Refusal) {
        if let Some((_, counter)) = self.refusals.iter().find(|(word, _)| *word == refusal.word()) {
            counter.inc();
        }
    }
}
