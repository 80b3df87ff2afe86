//! Sends webhooks, one after the other, and does what is due: closes sessions whose time is over, and the like.

use crate::{
    render,
    server::Shared,
    signature,
    world::{Delivery, Event, World},
};
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
/// The most webhooks that are sent before it is written down what became of them; after a crash they are sent again.
const ROUND_MAX: usize = 16;

/// Starts the thread; it ends with `life`.
pub fn start(shared: Arc<Shared>, life: Life) -> std::io::Result<JoinHandle<()>> {
    let agent = match &shared.cfg.webhook_trust {
        Some(trust) => {
            outbound::secure_agent(CONNECT_TIMEOUT, ANSWER_TIMEOUT, trust).map_err(std::io::Error::other)?
        }
        None => outbound::agent(CONNECT_TIMEOUT, ANSWER_TIMEOUT),
    };
    std::thread::Builder::new().name("webhooks".into()).spawn(move || work(&shared, &agent, &life))
}

fn work(shared: &Shared, agent: &ureq::Agent, life: &Life) {
    while !life.is_stopping() {
        let now = shared.now_s();
        // A change is written only where one is due: most seconds nothing happens.
        if shared.look(|w| w.has_due(now)) && shared.change(|w, now| w.do_due(now)).is_err() {
            life.sleep(BROKEN_NAP);
            continue;
        }
        let round = shared.look(|w| due(w, shared.now_ms()));
        if round.is_empty() {
            shared.nap(NAP);
            continue;
        }
        let sent: Vec<_> = round.into_iter().map(|webhook| send(agent, shared, webhook)).collect();
        let noted = shared.change(|w, _| {
            sent.iter().for_each(|(delivery, status)| w.delivered(*delivery, *status, shared.now_ms()));
        });
        if noted.is_err() {
            life.sleep(BROKEN_NAP);
        }
    }
}

/// What is to be sent.
struct Webhook {
    delivery: u64,
    attempt: u32,
    event: String,
    body: String,
}

fn due(w: &World, now_ms: i64) -> Vec<Webhook> {
    let webhook = |(delivery, event): (&Delivery, &Event)| Webhook {
        delivery: delivery.seq,
        attempt: delivery.attempts + 1,
        event: event.kind.clone(),
        body: render::event(event, w.pending_webhooks(event.seq)).to_string(),
    };
    w.due_deliveries(now_ms, ROUND_MAX).into_iter().map(webhook).collect()
}

/// Sends one; its delivery and the status of the answer.
fn send(agent: &ureq::Agent, shared: &Shared, webhook: Webhook) -> (u64, u16) {
    let status = post(agent, shared, &webhook.body);
    let Webhook { delivery, attempt, event, .. } = webhook;
    tracing::info!(event, attempt, status, "webhook");
    let counters = &shared.counters;
    if (200..300).contains(&status) { &counters.webhooks_delivered } else { &counters.webhooks_refused }
        .inc();
    (delivery, status)
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
