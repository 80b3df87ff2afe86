//! The lock: what the shop does not do until the owner opens it again. It is a file, so that it outlasts the gate, and
//! so that whoever may write in the gate's folder can close the shop while the gate runs.

use crate::{pages::write_whole, reference::Reference, refusal::Refusal};
use serde::{Deserialize, Serialize};
use site::{Body, Route};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, AtomicU8, Ordering},
    time::Duration,
};
use telemetry::{Gauge, Metrics};

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// The file, in the gate's folder.
pub(crate) const FILE: &str = "lock.json";

/// What is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Closed {
    /// Everything on the way to a payment.
    Payment,
    /// The whole shop.
    Shop,
}

/// The file's contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Locked {
    closed: Closed,
    /// When, as RFC 3339.
    since: String,
    /// Who closed it: `gate`, or whoever wrote the file.
    by: String,
    /// The fixed word for why.
    why: String,
    /// The reference number of the answer that was refused.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    reference: String,
}

/// The lock of one shop.
pub(crate) struct Lock {
    path: PathBuf,
    /// 0 open, 1 payment, 2 shop.
    state: AtomicU8,
    /// Whether the file was there: only then its absence means that somebody took it away.
    written: AtomicBool,
    shown: Gauge,
}

const OPEN: u8 = 0;
const PAYMENT: u8 = 1;
const SHOP: u8 = 2;

impl Lock {
    /// As it was left.
    pub(crate) fn open(folder: &Path, metrics: &Metrics) -> Lock {
        let shown =
            metrics.gauge("gate_locked", "What is closed: 0 nothing, 1 the way to payment, 2 the shop");
        let path = folder.join(FILE);
        let left = read(&path);
        let lock = Lock { path, state: AtomicU8::new(OPEN), written: AtomicBool::new(left.is_some()), shown };
        lock.set(left.unwrap_or(OPEN));
        lock
    }

    /// Refuses what is closed. The processor's word is always heard: what was paid must be written down.
    pub(crate) fn check(&self, route: &Route) -> Result<(), Refusal> {
        let closed = match self.state.load(Ordering::Acquire) {
            OPEN => false,
            PAYMENT => route.payment_path,
            _ => true,
        };
        if closed && !matches!(route.body, Body::Webhook) { Err(Refusal::Locked) } else { Ok(()) }
    }

    /// Closes the way to payment at once, and for good on the disk. What is closed further stays so.
    pub(crate) fn close_payment(&self, why: &str, reference: Reference) {
        if self.state.fetch_max(PAYMENT, Ordering::AcqRel) != OPEN {
            return;
        }
        self.shown.set(i64::from(PAYMENT));
        let since = format!("{:.3}", jiff::Timestamp::now());
        let (by, why, reference) = ("gate".into(), why.into(), reference.to_string());
        let locked = Locked { closed: Closed::Payment, since, by, why, reference };
        // A struct of strings always is JSON.
        let text = serde_json::to_vec(&locked).unwrap_or_default();
        match write_whole(&self.path, &text) {
            Ok(()) => self.written.store(true, Ordering::Release),
            Err(error) => tracing::error!(
                kind = %error.kind(),
                "the lock of payment holds, but cannot be written: it would not outlast a restart"
            ),
        }
        tracing::error!(why = locked.why, "the way to payment is locked");
    }

    /// Follows the file for ever. Only one that was there and is gone opens the lock.
    pub(crate) async fn follow(&self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            // Asked before the file is: one that the gate writes in between is not taken for one that is gone.
            let written = self.written.load(Ordering::Acquire);
            match read(&self.path) {
                Some(state) => {
                    self.written.store(true, Ordering::Release);
                    self.set(state);
                }
                None if written => {
                    self.written.store(false, Ordering::Release);
                    self.set(OPEN);
                }
                None => {}
            }
        }
    }

    fn set(&self, state: u8) {
        let before = self.state.swap(state, Ordering::AcqRel);
        self.shown.set(i64::from(state));
        if before != state {
            let closed = ["nothing", "payment", "shop"].get(usize::from(state)).copied();
            tracing::warn!(closed, "the lock has changed");
        }
    }
}

/// What the file says is closed; `None` where there is none. One that cannot be read closes the way to payment: nobody
/// knows what it says.
fn read(path: &Path) -> Option<u8> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(_) => Some(PAYMENT),
        Ok(text) => Some(match serde_json::from_slice::<Locked>(&text) {
            Ok(Locked { closed: Closed::Shop, .. }) => SHOP,
            _ => PAYMENT,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(folder: &Path) -> Lock {
        Lock::open(folder, telemetry::Life::of_test("gate", folder).metrics())
    }

    fn refused(lock: &Lock) -> Vec<&'static str> {
        ["home", "cart", "checkout_place", "webhook", "staff_orders"]
            .into_iter()
            .filter(|id| lock.check(site::route(id).unwrap()).is_err())
            .collect()
    }

    #[test]
    fn outlasts_a_restart_and_is_never_loosened_by_the_gate() {
        let dir = tempfile::tempdir().unwrap();
        let first = lock(dir.path());
        assert_eq!(refused(&first), [""; 0]);
        first.close_payment("script", Reference::new());
        assert_eq!(refused(&first), ["cart", "checkout_place"]);
        assert_eq!(refused(&lock(dir.path())), ["cart", "checkout_place"]);
        let shop = "{\"closed\":\"shop\",\"since\":\"\",\"by\":\"owner\",\"why\":\"\"}";
        fs::write(dir.path().join(FILE), shop).unwrap();
        let second = lock(dir.path());
        second.close_payment("script", Reference::new());
        assert_eq!(refused(&second), ["home", "cart", "checkout_place", "staff_orders"]);
        assert_eq!(fs::read_to_string(dir.path().join(FILE)).unwrap(), shop);
    }

    #[test]
    fn a_file_that_nobody_can_read_closes_payment() {
        let dir = tempfile::tempdir().unwrap();
        for text in ["", "{", "{\"closed\":\"nothing\"}"] {
            fs::write(dir.path().join(FILE), text).unwrap();
            assert_eq!(refused(&lock(dir.path())), ["cart", "checkout_place"], "{text}");
        }
    }

    #[tokio::test]
    async fn follows_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let lock = std::sync::Arc::new(lock(dir.path()));
        let theirs = std::sync::Arc::clone(&lock);
        let following = tokio::spawn(async move { theirs.follow().await });
        let until = async |closed: usize| {
            for _ in 0..100 {
                if refused(&lock).len() == closed {
                    return true;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            false
        };
        let text =
            |closed| format!("{{\"closed\":\"{closed}\",\"since\":\"\",\"by\":\"owner\",\"why\":\"\"}}");
        fs::write(dir.path().join(FILE), text("payment")).unwrap();
        assert!(until(2).await);
        fs::write(dir.path().join(FILE), text("shop")).unwrap();
        assert!(until(4).await);
        fs::remove_file(dir.path().join(FILE)).unwrap();
        assert!(until(0).await);
        // Closed by the gate and opened again before anybody looked at the file.
        lock.close_payment("script", Reference::new());
        fs::remove_file(dir.path().join(FILE)).unwrap();
        assert!(until(0).await);
        following.abort();
    }
}
