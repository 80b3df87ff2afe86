//! The end of a rush: buyers have gone, and the house still writes mails, delivers webhooks and looks after payments.

use crate::shop::Shop;
use anyhow::{Context, Result, bail};
use domain::message::DeliveryState;
use std::time::{Duration, Instant};
use testkit::http;

/// How long it may take.
const WAIT_MAX: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// What is open elsewhere than in the database: payments at the till, webhooks at the processor.
const GAUGES: [&str; 2] = ["dozo_till_open_orders{", "dozo_sandbox_webhooks_waiting{"];

/// Waits until nothing is left to do; how long that took.
pub fn wait(shop: &Shop) -> Result<Duration> {
    let start = Instant::now();
    loop {
        let left = left(shop)?;
        if left == 0 {
            return Ok(start.elapsed());
        }
        if start.elapsed() > WAIT_MAX {
            bail!("{left} mails, webhooks and payments are still to be done after {WAIT_MAX:?}");
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

fn left(shop: &Shop) -> Result<u64> {
    let mails = shop.store.read_blocking(store::outbox::counts)?;
    let waiting = |state: &DeliveryState| matches!(state, DeliveryState::Queued | DeliveryState::Sending);
    let mails: u64 = mails.iter().filter(|(state, _)| waiting(state)).map(|(_, count)| count).sum();
    let mut metrics = http::agent().get(shop.dozo.address("metrics")).call()?;
    let metrics = metrics.body_mut().read_to_string()?;
    GAUGES.iter().try_fold(mails, |sum, name| Ok(sum + gauge(&metrics, name)?))
}

/// A gauge of the text that Prometheus reads.
fn gauge(metrics: &str, name: &str) -> Result<u64> {
    let line = metrics.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.rsplit(' ').next()?.parse().ok());
    value.with_context(|| format!("the shop's metrics do not say {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gauges_are_read() {
        let text = "# HELP dozo_a A.\n# TYPE dozo_a gauge\ndozo_a{process=\"till\"} 12\ndozo_ab{process=\"till\"} 3\n";
        assert_eq!(gauge(text, "dozo_a{").unwrap(), 12);
        assert!(gauge(text, "dozo_b{").is_err());
    }
}
