//! The way between the watch in the shop and one on another machine: HTTPS with the token of the ledger's relay
//! ([`witness::relay`](crate::witness::relay)). This is the end on the other machine; [`shown`](crate::shown) is the one in
//! the shop.
//!
//! Over there the signed page manifest is fetched, which the owner's signature makes worth believing, and the lines about
//! card-entry sessions; each says twice a second that it lives; and what is found there closes the way to payment here. The
//! order to close bears the signature of the other watch's key as a witness. It opens nothing.

use crate::{
    alarms::Alarms,
    book::write_whole,
    entries::Entries,
    finding::Finding,
    heartbeat::Sight,
    shown::{Ask, CLOSE, ENTRIES, Heard, LOCK, MANIFEST, NOTE, PULSE, order},
    tail::News,
    witness::Remote,
};
use jiff::Timestamp;
use ledger::Cosigner;
use lock_api::{Client, Closed, Lock};
use manifest::Source;
use outbound::{Secret, Trust};
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    path::Path,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};
use telemetry::Life;

/// How often each says that it lives, and lines are fetched.
const BEAT_EVERY: Duration = Duration::from_millis(500);
/// Silence of so long is a finding.
const SILENT_AFTER: Duration = Duration::from_secs(10);
/// So is standing still for so long: a round takes longer where the shop answers slowly.
const STILL_AFTER: Duration = Duration::from_secs(60);
/// How often it is asked whether the other one is missed.
const MISS_EVERY: Duration = Duration::from_secs(1);
/// How long an answer may take; of the ledger and the manifest, which may be large.
const TIMEOUT: Duration = Duration::from_secs(5);
const LARGE_TIMEOUT: Duration = Duration::from_secs(20);
/// The most bytes of a manifest, and of anything else.
const MANIFEST_BYTES_MAX: u64 = 16 * 1024 * 1024;
const ANSWER_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// What each says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pulse {
    /// Rounds made since the start.
    rounds: u64,
    /// When the last one ended, RFC 3339.
    looked_at: Option<String>,
    /// How many things are wrong.
    findings: usize,
}

impl Pulse {
    pub(crate) fn of(sight: &Mutex<Sight>) -> Pulse {
        let sight = sight.lock().unwrap_or_else(|p| p.into_inner());
        Pulse { rounds: sight.rounds, looked_at: sight.looked_at.clone(), findings: sight.findings }
    }
}

/// Listens for another watch: one that stands still is as bad as one that is silent.
pub(crate) struct Listener {
    last: Option<Pulse>,
    heard: Instant,
    moved: Instant,
    expected: bool,
}

impl Listener {
    pub(crate) fn new(expected: bool) -> Listener {
        let now = Instant::now();
        Listener { last: None, heard: now, moved: now, expected }
    }

    /// Takes in what was heard.
    pub(crate) fn hear(&mut self, pulse: Pulse, now: Instant) {
        (self.expected, self.heard) = (true, now);
        let place = |pulse: &Pulse| (pulse.rounds, pulse.looked_at.clone());
        if self.last.as_ref().map(place) != Some(place(&pulse)) {
            self.moved = now;
        }
        self.last = Some(pulse);
    }

    /// Since when it is missed, if it is.
    fn missed_since(&self, now: Instant) -> Option<Instant> {
        let silent = now.duration_since(self.heard) >= SILENT_AFTER;
        let still = now.duration_since(self.moved) >= STILL_AFTER;
        // What was last heard is never older than what last moved.
        let since = if still { self.moved } else { self.heard };
        (self.expected && (silent || still)).then_some(since)
    }

    /// Who was held still himself for so long has heard nobody meanwhile: that time does not count.
    fn excuse(&mut self, asleep: Duration, now: Instant) {
        self.heard = (self.heard + asleep).min(now);
        self.moved = (self.moved + asleep).min(now);
    }
}

pub(crate) fn lock(listener: &Mutex<Listener>) -> MutexGuard<'_, Listener> {
    listener.lock().unwrap_or_else(|p| p.into_inner())
}

/// The way to the watch in the shop, from another machine.
#[derive(Clone)]
pub struct Link {
    agent: ureq::Agent,
    patient: ureq::Agent,
    url: String,
    token: Secret,
    signer: Arc<Cosigner>,
}

impl Link {
    /// To the relay at `url`, where `trust` says who may answer. Orders to close are signed by `signer`.
    ///
    /// # Errors
    /// Where `trust` is nothing that can be believed.
    pub fn new(url: &str, token: Secret, trust: &Trust, signer: Cosigner) -> io::Result<Link> {
        let agent = |total| outbound::secure_agent(TIMEOUT, total, trust).map_err(io::Error::other);
        Ok(Link {
            agent: agent(TIMEOUT)?,
            patient: agent(LARGE_TIMEOUT)?,
            url: url.trim_end_matches('/').to_owned(),
            token,
            signer: Arc::new(signer),
        })
    }

    /// The ledger, as it is shown there.
    pub(crate) fn ledger(&self) -> Remote {
        Remote::over(self.patient.clone(), self.url.clone(), self.token.clone())
    }

    fn get(&self, agent: &ureq::Agent, path: &str, bytes_max: u64) -> io::Result<Vec<u8>> {
        let request = agent.get(format!("{}{path}", self.url));
        taken(request.header("authorization", format!("Bearer {}", self.token.expose())).call(), bytes_max)
    }

    fn post(&self, path: &str, body: &[u8]) -> io::Result<Vec<u8>> {
        let request = self.agent.post(format!("{}{path}", self.url));
        let request = request.header("authorization", format!("Bearer {}", self.token.expose()));
        taken(request.send(body), ANSWER_BYTES_MAX)
    }

    /// Closes the way to payment there. Whether it is closed.
    pub(crate) fn close_payment(&self, why: &str) -> bool {
        let now_s = u64::try_from(Timestamp::now().as_second()).unwrap_or(0);
        let Some(order) = order(why, &self.signer, now_s) else { return false };
        is(&self.post(CLOSE, order.as_bytes()), |closed| closed != Closed::Nothing)
    }

    /// Whether the gate there says that nothing is closed.
    pub(crate) fn says_open(&self) -> bool {
        is(&self.get(&self.agent, LOCK, ANSWER_BYTES_MAX), |closed| closed == Closed::Nothing)
    }

    /// Fetches the signed manifest into `dir`. Whether it came.
    pub(crate) fn fetch_manifest(&self, dir: &Path) -> bool {
        let fetched = self.try_fetch_manifest(dir);
        fetched
            .inspect_err(|error| tracing::debug!(kind = %error.kind(), "the manifest is not fetched"))
            .is_ok()
    }

    /// The note last: what was broken off is none.
    fn try_fetch_manifest(&self, dir: &Path) -> io::Result<()> {
        let note = self.get(&self.patient, NOTE, ANSWER_BYTES_MAX)?;
        let text = self.get(&self.patient, MANIFEST, MANIFEST_BYTES_MAX)?;
        fs::create_dir_all(dir)?;
        write_whole(&dir.join(Source::TEXT), &text, 0o600)?;
        write_whole(&dir.join(Source::NOTE), &note, 0o600)
    }

    /// Says that it lives, listens whether the other one does, and fetches the manifest into `offered` where there is another
    /// one, until `life` ends.
    pub(crate) fn keep(&self, sight: &Mutex<Sight>, listener: &Mutex<Listener>, offered: &Path, life: &Life) {
        let mut note = fs::read(offered.join(Source::NOTE)).ok().map(|note| Heard::mark(&note));
        loop {
            let own = serde_json::to_vec(&Pulse::of(sight)).unwrap_or_default();
            let heard = self.post(PULSE, &own).ok();
            if let Some(heard) = heard.and_then(|text| serde_json::from_slice::<Heard>(&text).ok()) {
                lock(listener).hear(heard.pulse, Instant::now());
                if heard.note.is_some() && heard.note != note && self.fetch_manifest(offered) {
                    note = heard.note;
                }
            }
            if life.sleep(BEAT_EVERY) {
                return;
            }
        }
    }

    /// Fetches the lines about card-entry sessions until `life` ends.
    pub(crate) fn copy(&self, mut entries: Entries, mut alarms: Alarms, life: &Life) {
        loop {
            let (now, ask) = (Timestamp::now(), Ask { at: entries.at().cloned() });
            let answer = self.post(ENTRIES, &serde_json::to_vec(&ask).unwrap_or_default());
            let news = answer.ok().and_then(|answer| News::parse(&answer));
            let more = news.is_some_and(|news| entries.take(news, |_| true, now));
            alarms.compare(entries.findings(now));
            if life.sleep(if more { Duration::ZERO } else { BEAT_EVERY }) {
                return;
            }
        }
    }
}

/// What is to be done about the other watch.
#[derive(Debug, PartialEq, Eq)]
struct Turn {
    /// Whether it is missed.
    missed: bool,
    /// Whether the way to payment is to be closed.
    close: bool,
}

/// Who misses the other watch. Where that goes on for as long as `lock_after`, the way to payment is closed: once for each
/// silence, so that an owner who opens meanwhile is not contradicted.
struct Absence {
    lock_after: Option<Duration>,
    closed: bool,
    before: Instant,
}

impl Absence {
    fn new(lock_after: Option<Duration>, now: Instant) -> Absence {
        Absence { lock_after, closed: false, before: now }
    }

    /// Asked every [`MISS_EVERY`].
    fn turn(&mut self, listener: &mut Listener, now: Instant) -> Turn {
        let asleep = now.duration_since(std::mem::replace(&mut self.before, now));
        if asleep >= SILENT_AFTER / 2 {
            listener.excuse(asleep, now);
        }
        let Some(since) = listener.missed_since(now) else {
            self.closed = false;
            return Turn { missed: false, close: false };
        };
        let long = self.lock_after.is_some_and(|after| now.duration_since(since) >= after);
        Turn { missed: true, close: long && !self.closed }
    }
}

/// Says whether the other watch is missed, until `life` ends. Where it is for as long as `lock_after`, the gate is asked to
/// close the way to payment, again and again until it has.
pub(crate) fn miss(
    listener: &Mutex<Listener>,
    mut alarms: Alarms,
    lock_after: Option<(Duration, Arc<Client>)>,
    life: &Life,
) {
    let (lock_after, gate) = lock_after.unzip();
    let mut absence = Absence::new(lock_after, Instant::now());
    while !life.sleep(MISS_EVERY) {
        let turn = absence.turn(&mut lock(listener), Instant::now());
        alarms.compare(turn.missed.then_some(Finding::OtherWatchSilent).into_iter().collect());
        if let Some(gate) = gate.as_ref().filter(|_| turn.close) {
            let why = Finding::OtherWatchSilent.words().0;
            absence.closed = gate.close(Closed::Payment, lock_api::By::Watch, why).is_ok();
        }
    }
}

fn is(answer: &io::Result<Vec<u8>>, so: impl Fn(Closed) -> bool) -> bool {
    let lock = answer.as_ref().ok().and_then(|text| serde_json::from_slice::<Lock>(text).ok());
    lock.is_some_and(|lock| so(lock.closed))
}

fn taken(
    answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    bytes_max: u64,
) -> io::Result<Vec<u8>> {
    let mut answer = answer.map_err(io::Error::other)?;
    match answer.status().as_u16() {
        200 => answer.body_mut().with_config().limit(bytes_max).read_to_vec().map_err(io::Error::other),
        401 => Err(io::Error::new(io::ErrorKind::PermissionDenied, "the token was not taken")),
        404 => Err(io::ErrorKind::NotFound.into()),
        status => Err(io::Error::other(format!("status {status}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_silent_or_stands_still_is_missed_and_one_that_never_was_is_not() {
        let start = Instant::now();
        let at = |s: u64| start + Duration::from_secs(s);
        let pulse = |rounds: u64| Pulse { rounds, ..Pulse::default() };
        let mut listener = Listener::new(false);
        assert_eq!(listener.missed_since(at(1_000)), None, "there is none");
        listener.hear(pulse(1), at(1_000));
        assert_eq!(listener.missed_since(at(1_009)), None);
        assert_eq!(listener.missed_since(at(1_010)), Some(at(1_000)), "silent");
        for s in 1_010..1_060 {
            listener.hear(pulse(1), at(s));
            assert_eq!(listener.missed_since(at(s)), None);
        }
        listener.hear(pulse(1), at(1_060));
        assert_eq!(listener.missed_since(at(1_060)), Some(at(1_000)), "it answers and does not look");
        listener.hear(pulse(2), at(1_061));
        assert_eq!(listener.missed_since(at(1_061)), None);
        assert!(Listener::new(true).missed_since(at(60)).is_some(), "one that was there once");
    }

    #[test]
    fn payment_is_closed_once_for_each_silence_and_not_for_time_that_was_slept_through() {
        let start = Instant::now();
        let at = |s: u64| start + Duration::from_secs(s);
        let pulse = |rounds: u64| Pulse { rounds, ..Pulse::default() };
        let mut listener = Listener::new(false);
        let mut absence = Absence::new(Some(Duration::from_secs(15)), start);
        let turn = |absence: &mut Absence, listener: &mut Listener, s| {
            let Turn { missed, close } = absence.turn(listener, at(s));
            (missed, close)
        };
        for s in 1..100 {
            assert_eq!(turn(&mut absence, &mut listener, s), (false, false), "there was never one");
        }
        listener.hear(pulse(1), at(100));
        for s in 100..110 {
            assert_eq!(turn(&mut absence, &mut listener, s), (false, false), "{s}");
        }
        for s in 110..115 {
            assert_eq!(turn(&mut absence, &mut listener, s), (true, false), "{s}");
        }
        assert_eq!(turn(&mut absence, &mut listener, 115), (true, true));
        assert_eq!(turn(&mut absence, &mut listener, 116), (true, true), "the gate was not there");
        absence.closed = true;
        for s in 117..300 {
            assert_eq!(turn(&mut absence, &mut listener, s), (true, false), "the owner may have opened it");
        }
        listener.hear(pulse(2), at(300));
        assert_eq!(turn(&mut absence, &mut listener, 300), (false, false));
        // The machine was held still for a minute: it begins to listen where it was.
        listener.hear(pulse(3), at(305));
        for s in 301..306 {
            assert_eq!(turn(&mut absence, &mut listener, s), (false, false), "{s}");
        }
        for s in 365..375 {
            assert_eq!(turn(&mut absence, &mut listener, s), (false, false), "{s}");
        }
        assert_eq!(turn(&mut absence, &mut listener, 375), (true, false));
        for s in 376..380 {
            assert_eq!(turn(&mut absence, &mut listener, s), (true, false), "{s}");
        }
        assert_eq!(turn(&mut absence, &mut listener, 380), (true, true));
        // Without the setting a shop is never closed for it.
        let mut never = Absence::new(None, at(380));
        assert_eq!(turn(&mut never, &mut listener, 384), (true, false));
    }
}
