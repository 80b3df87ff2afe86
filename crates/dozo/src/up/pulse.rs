//! The watch's heartbeat, as the supervisor hears it: who looks after the one who looks.
//!
//! A watch that died is started again at once. One that hangs, is held, or dies again and again writes no heartbeat:
//! after ten seconds everybody whom `[alarm]` names is told from here, and after as long as `[watch]` says the way to payment
//! is locked: what is sent then nobody looks at.

use super::{Shared, say};
use crate::{processes::LOCK_SOCKET, settings::Settings};
use anyhow::{Context, Result};
use jiff::Timestamp;
use lock_api::{By, Client, Closed};
use std::{
    fs,
    path::Path,
    sync::{Arc, atomic::Ordering},
    thread,
    time::{Duration, Instant, SystemTime},
};
use watch::{Finding, tell};

/// What the watch writes every second.
const HEARTBEAT: &str = "watch/heartbeat.json";
/// Silence of so long is an alarm.
const LOST_AFTER: Duration = Duration::from_secs(10);
const LISTEN_EVERY: Duration = Duration::from_secs(1);

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
enum Act {
    /// Tell that it is lost.
    Lost,
    /// Lock the way to payment.
    Lock,
    /// Tell that it is back.
    Back,
}

/// What was heard.
struct Pulse {
    /// When the file was written, by its own time, and when that was first seen, by a clock that nobody sets.
    last: Option<SystemTime>,
    heard: Instant,
    lost: bool,
    /// After how long payment is locked; `None`: never.
    lock_after: Option<Duration>,
    locked: bool,
}

impl Pulse {
    fn new(now: Instant, lock_after: Option<Duration>) -> Pulse {
        Pulse { last: None, heard: now, lost: false, lock_after, locked: false }
    }

    fn hear(&mut self, written: Option<SystemTime>, now: Instant) -> Option<Act> {
        if written.is_some() && written != self.last {
            (self.last, self.heard, self.locked) = (written, now, false);
            return std::mem::take(&mut self.lost).then_some(Act::Back);
        }
        let silent = now.duration_since(self.heard);
        if !self.lost && silent >= LOST_AFTER {
            self.lost = true;
            return Some(Act::Lost);
        }
        // Asked for again and again until it is done.
        (!self.locked && self.lock_after.is_some_and(|after| silent >= after)).then_some(Act::Lock)
    }
}

/// Listens as long as the shop is open.
///
/// # Errors
/// Where nobody can be told although somebody is named.
pub(super) fn listen(settings: &Settings, shared: Arc<Shared>) -> Result<()> {
    let tell = crate::processes::tell(settings)?;
    let shop = settings.shop_origin();
    let after =
        Some(Duration::from_secs(settings.watch.lock_after_s.into())).filter(|after| !after.is_zero());
    let gate = Client::connect(Path::new(LOCK_SOCKET));
    let listen = move || {
        let mut pulse = Pulse::new(Instant::now(), after);
        let mut since = Timestamp::now();
        loop {
            thread::sleep(LISTEN_EVERY);
            // Before the shop is open, and while it closes, there is no watch.
            if !shared.complete.load(Ordering::Acquire) || shared.children().is_empty() {
                pulse.heard = Instant::now();
                continue;
            }
            let written = fs::metadata(HEARTBEAT).and_then(|meta| meta.modified()).ok();
            let Some(act) = pulse.hear(written, Instant::now()) else { continue };
            match act {
                Act::Lost => since = Timestamp::now(),
                Act::Lock => {
                    pulse.locked = gate.close(Closed::Payment, By::Up, "watch-silent").is_ok();
                    continue;
                }
                Act::Back => {}
            }
            act.done(&tell, &shop, since);
        }
    };
    thread::Builder::new().name("pulse".into()).spawn(listen).context("cannot listen to the watch")?;
    Ok(())
}

impl Act {
    fn done(&self, tell: &tell::Config, shop: &str, since: Timestamp) {
        let over = match self {
            Act::Lost | Act::Lock => {
                say("the watch gives no sign of life: nobody looks at the shop");
                None
            }
            Act::Back => {
                say("the watch is back");
                Some(Timestamp::now())
            }
        };
        tell::shout(tell, shop, &Finding::WatchSilent, since, over);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_heartbeat_is_told_once_and_its_return_is_told() {
        let start = Instant::now();
        let at = |s: u64| start + Duration::from_secs(s);
        let beat = |n: u64| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(n));
        let mut pulse = Pulse::new(start, Some(Duration::from_secs(600)));
        for s in 0..100 {
            assert_eq!(pulse.hear(beat(s), at(s)), None);
        }
        for s in 100..109 {
            assert_eq!(pulse.hear(beat(99), at(s)), None, "{s}");
        }
        assert_eq!(pulse.hear(beat(99), at(109)), Some(Act::Lost));
        assert_eq!(pulse.hear(None, at(400)), None, "told once, also where the file is gone");
        assert_eq!(pulse.hear(beat(99), at(698)), None);
        assert_eq!(pulse.hear(beat(99), at(699)), Some(Act::Lock));
        assert_eq!(pulse.hear(beat(99), at(700)), Some(Act::Lock), "the gate was not there");
        pulse.locked = true;
        assert_eq!(pulse.hear(beat(99), at(800)), None);
        assert_eq!(pulse.hear(beat(100), at(801)), Some(Act::Back));
        assert_eq!(pulse.hear(beat(100), at(810)), None);
        assert_eq!(pulse.hear(beat(100), at(811)), Some(Act::Lost));
    }

    #[test]
    fn a_clock_that_jumps_is_no_silence() {
        let start = Instant::now();
        let mut pulse = Pulse::new(start, None);
        let day = Duration::from_secs(86_400);
        assert_eq!(pulse.hear(Some(SystemTime::UNIX_EPOCH + day * 2), start), None);
        assert_eq!(pulse.hear(Some(SystemTime::UNIX_EPOCH + day), start + Duration::from_secs(1)), None);
        assert_eq!(pulse.hear(Some(SystemTime::UNIX_EPOCH + day), start + day), Some(Act::Lost));
    }
}
