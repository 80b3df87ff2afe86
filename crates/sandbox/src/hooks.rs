//! Sends webhooks, one after the other, and does what is due: closes sessions whose time is over, and the like.

use crate::{render, server::Shared, signature};
use std::{sync::Arc, thread::JoinHandle, time::Duration};
use telemetry::Life;

/// How long a receiver may take to be reached.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a receiver may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the thread sleeps at most: so late a session is closed.
const NAP: Duration = Duration::from_secs(1);
/// How long it waits after its own disk failed.
const BROKEN_NAP: Duration = Duration::from_secs(5);

/// Starts the thread; it ends with `life`.
pub fn start(shared: Arc<Shared>, life: Life) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("webhooks".into()).spawn(move || work(&shared, &life))
}

fn work(shared: &Shared, life: &Life) {
    let agent = outbound::agent(CONNECT_TIMEOUT, ANSWER_TIMEOUT);
    while !life.is_stopping() {
        let now = shared.now_s();
        // A change is written only where one is due: most seconds nothing happens.
        if shared.look(|w| w.has_due(now)) && shared.change(|w, now| w.do_due(now)).is_err() {
            life.sleep(BROKEN_NAP);
            continue;
        }
        let now_ms = shared.now_ms();
        match shared.look(|w| w.due_delivery(now_ms)) {
            Some((delivery, event)) => {
                let body = render::event(&event, shared.look(|w| w.pending_webhooks(event.seq))).to_string();
                let status = post(&agent, shared, &body);
                let ok = (200..300).contains(&status);
                tracing::info!(event = event.kind, attempt = delivery.attempts + 1, status, "webhook");
                if ok { &shared.counters.webhooks_delivered } else { &shared.counters.webhooks_refused }
                    .inc();
                if shared.change(|w, _| w.delivered(delivery.seq, status, shared.now_ms())).is_err() {
                    life.sleep(BROKEN_NAP);
                }
            }
            None => shared.nap(NAP),
        }
    }
}

/// The status of the answer; 0 where there was none.
fn post(agent: &ureq::Agent, shared: &Shared, body: &str) -> u16 {
    let signature = signature::header(shared.cfg.webhook_secret.expose(), shared.now_s(), body);
    let sent = agent
        .post(&shared.cfg.webhook_url)
        .header("content-type", "application/json; charset=utf-8")
        .header("stripe-signature", signature)
        .send(body);
    sent.map_or(0, |answer| answer.status().as_u16())
}
