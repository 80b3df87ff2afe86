//! What the vault counts about itself.

use telemetry::{Counter, Gauge, Metrics};

/// The vault's counters.
#[derive(Clone)]
pub(crate) struct Counters {
    pub(crate) answered: Counter,
    pub(crate) failed: Counter,
    pub(crate) denied: Counter,
    pub(crate) sealed: Counter,
    pub(crate) opened: Counter,
    pub(crate) mismatched: Counter,
    pub(crate) taken_in: Counter,
    pub(crate) honeytokens: Counter,
    pub(crate) mails_held: Counter,
    pub(crate) frozen: Gauge,
    pub(crate) ledger_ok: Gauge,
    pub(crate) ledger_seq: Gauge,
    pub(crate) witnessed_size: Gauge,
    pub(crate) witness_age_s: Gauge,
    pub(crate) exports_stopped: Gauge,
}

impl Counters {
    pub(crate) fn new(metrics: &Metrics) -> Counters {
        Counters {
            answered: metrics.counter("vault_answered", "Requests done"),
            failed: metrics.counter("vault_failed", "Requests not done, for any reason"),
            denied: metrics.counter("vault_denied", "Requests refused by a rule"),
            sealed: metrics.counter("vault_sealed", "Fields sealed"),
            opened: metrics.counter("vault_opened", "Fields opened"),
            mismatched: metrics.counter("vault_mismatched", "Fields that did not open: changed or moved"),
            taken_in: metrics.counter("vault_taken_in", "Envelopes of orders taken in"),
            honeytokens: metrics
                .counter("vault_honeytokens_opened", "Requests for somebody who does not exist"),
            mails_held: metrics
                .counter("vault_mails_held", "Mails refused because the hour's budget of post was used up"),
            frozen: metrics.gauge("vault_frozen", "1 while staff are refused since a honeytoken was opened"),
            ledger_ok: metrics.gauge("vault_ledger_ok", "1 while the ledger can be written"),
            ledger_seq: metrics.gauge("vault_ledger_seq", "Number of the last durable ledger entry"),
            witnessed_size: metrics
                .gauge("vault_witnessed_size", "Ledger entries that a witness has signed for"),
            witness_age_s: metrics
                .gauge("vault_witness_age_seconds", "Since a witness signed last; -1: never yet"),
            exports_stopped: metrics.gauge("vault_exports_stopped", "1 where the witness was away for a day"),
        }
    }
}
