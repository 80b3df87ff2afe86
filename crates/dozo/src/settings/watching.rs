//! What the watch is told.

use super::{Alarm, Settings};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::{net::IpAddr, time::Duration};

/// The watch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Watching {
    /// After how many seconds without a sign of life of the watch the way to payment is locked: 15 to 86400; 0 never.
    pub lock_after_s: u32,
    /// The same for a watch on a second machine (`dozo watch run`), once it was there: a line that is down must not close a
    /// shop whose owner does not want that, so that 0, never, is usual.
    #[serde(skip_serializing_if = "is_never")]
    pub elsewhere_lock_after_s: u32,
    /// Whether a real browser walks through the shop, where there is Chromium on this machine.
    pub browser: bool,
    /// Whether it places a test order each hour, and types the honey card at the demo's processor. With any other
    /// processor it must not.
    pub test_orders: bool,
    /// The addresses that the shop's name is to lead to. With none, a change is a finding for an hour.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpAddr>,
    /// Where the watch reads a PostgreSQL database for card numbers: a `postgres://` address of a user who may read and not
    /// write. Without one it does not. SQLite's file is read as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
}

impl Default for Watching {
    fn default() -> Watching {
        Watching {
            lock_after_s: 600,
            elsewhere_lock_after_s: 0,
            browser: true,
            test_orders: false,
            addresses: Vec::new(),
            database: None,
        }
    }
}

fn is_never(seconds: &u32) -> bool {
    *seconds == 0
}

impl Watching {
    /// After how long without the watch on a second machine the way to payment is locked.
    pub fn elsewhere_lock_after(&self) -> Option<Duration> {
        Some(Duration::from_secs(self.elsewhere_lock_after_s.into())).filter(|after| !after.is_zero())
    }

    pub(super) fn is_usual(&self) -> bool {
        *self == Watching::default()
    }

    pub(super) fn check(&self) -> Result<()> {
        for (name, seconds) in
            [("lock_after_s", self.lock_after_s), ("elsewhere_lock_after_s", self.elsewhere_lock_after_s)]
        {
            let ok = seconds == 0 || (15..=86_400).contains(&seconds);
            anyhow::ensure!(ok, "[watch] {name} is 15 to 86400 seconds, or 0 for never");
        }
        let postgres = self.database.as_deref().is_none_or(|url| url.starts_with("postgres"));
        anyhow::ensure!(
            postgres,
            "[watch] database is a postgres:// address: the file of SQLite is read without one"
        );
        Ok(())
    }
}

/// The webhook's whole address, for the watch.
pub(super) const WEBHOOK: &str = "watch/webhook.url";

/// The alarm with the webhook's whole address, as [`Settings::hand_out`] wrote it down.
///
/// # Errors
/// Where it is not there: the process was not started by `dozo up`, or may not read it.
pub fn alarm(s: &Settings) -> Result<Alarm> {
    let whole =
        |_: &String| std::fs::read_to_string(WEBHOOK).with_context(|| format!("cannot read {WEBHOOK}"));
    Ok(Alarm { webhook: s.alarm.webhook.as_ref().map(whole).transpose()?, ..s.alarm.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_webhooks_address_is_the_watchs_alone() {
        let dir = tempfile::tempdir().unwrap();
        let _folder = crate::up::folder::Folder::enter(&dir.path().join("data")).unwrap();
        for (url, shown) in [
            ("https://hooks.example/hook/S3cret", "https://hooks.example:443/"),
            ("http://127.0.0.1:9/S3cret?k=S3cret", "http://127.0.0.1:9/"),
            ("http://[::1]:9/S3cret", "http://[::1]:9/"),
        ] {
            let mut settings = Settings::demo(8080);
            settings.alarm.webhook = Some(url.into());
            settings.hand_out().unwrap();
            let text = std::fs::read_to_string(crate::up::EFFECTIVE).unwrap();
            assert!(!text.contains("S3cret"), "{text}");
            let read = Settings::read(Path::new(crate::up::EFFECTIVE)).unwrap();
            assert_eq!(read.alarm.webhook.as_deref(), Some(shown));
            assert_eq!(alarm(&read).unwrap(), settings.alarm);
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(WEBHOOK).unwrap().permissions().mode() & 0o777, 0o600);
        }
        Settings::demo(8080).hand_out().unwrap();
        assert!(!Path::new(WEBHOOK).exists(), "and taken away again");
    }
}
