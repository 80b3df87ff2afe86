//! The process `post`.

use crate::{
    Address, Shop,
    courier::{Courier, Outbox, Turn, Verdict},
    people::Opener,
    queue::Queue,
    smtp::Server,
};
use anyhow::Context;
use std::{
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use store::Store;
use telemetry::{Counter, Life};

/// How often the outbox is looked at.
const POLL: Duration = Duration::from_millis(250);
/// Rest after a failed try, so that a server in trouble is not hammered by all that is queued.
const REST: Duration = Duration::from_millis(250);
/// How often a mail server that takes no connection is tried while mail waits. It stands on this machine: one
/// connection a second hurts nobody, even for days, and the mail goes out as soon as it can.
const PROBE: Duration = Duration::from_secs(1);

/// What the process needs to know.
pub struct Config {
    /// The shop's database.
    pub database: store::Url,
    /// The vault's socket.
    pub vault_socket: PathBuf,
    /// What proves there that this is post; `None` where the vault asks for no keys.
    pub vault_key: Option<vault_api::RoleKey>,
    /// The mail server on this machine.
    pub smtp: Server,
    /// The shop's own mail address, such as `orders@shop.example`; its domain is also our name in SMTP.
    pub from_address: String,
    /// The shop as its mails name it.
    pub shop: Shop,
}

/// Runs until told to stop.
///
/// # Errors
/// Where the configuration cannot work or the database cannot be opened. A mail server or vault that is away is no
/// error: messages wait.
pub fn run(config: Config, life: Life) -> anyhow::Result<()> {
    config.smtp.check()?;
    let from = Address::parse(&config.from_address)
        .context("the shop's own mail address cannot be used: set one like orders@shop.example")?;
    let origin = &config.shop.origin;
    anyhow::ensure!(
        (origin.starts_with("https://") || origin.starts_with("http://")) && !origin.ends_with('/'),
        "the shop's origin must be like https://shop.example, without a slash at the end"
    );
    let store = Store::open(&config.database).context("post cannot open the shop's database")?;
    let vault = vault_api::Client::with_key(&config.vault_socket, vault_api::Role::Post, config.vault_key);
    life.ready();
    carry(&Queue(store), &vault, (config.smtp, from, config.shop), &life);
    Ok(())
}

/// Carries messages until told to stop. The message in hand is finished, unless the text has not begun to go.
fn carry(outbox: &dyn Outbox, opener: &dyn Opener, sender: (Server, Address, Shop), life: &Life) {
    let counts = Counts::new(life);
    let stopping = || life.is_stopping();
    let mut courier = Courier::new(outbox, opener, sender, &now_ms, &stopping);
    let mut was_away = false;
    loop {
        let turn = courier.turn();
        let away = matches!(turn, Turn::Away(_));
        if was_away && !away {
            tracing::info!("the mail server is back");
        }
        let rest = match turn {
            Turn::Idle => POLL,
            Turn::Away(why) => {
                counts.away.inc();
                if !was_away {
                    tracing::warn!(why, "mail waits: the mail server takes no connection");
                }
                PROBE
            }
            Turn::Settled(message, verdict) => {
                counts.count(&verdict);
                match verdict {
                    Verdict::Sent => {
                        tracing::info!(%message, "message sent");
                        Duration::ZERO
                    }
                    Verdict::Deferred(_, why) => {
                        tracing::warn!(%message, why, "message deferred");
                        REST
                    }
                    Verdict::Failed(why) => {
                        tracing::error!(%message, why, "message failed");
                        Duration::ZERO
                    }
                    Verdict::Unknown(why) => {
                        tracing::error!(%message, why, "message outcome unknown");
                        REST
                    }
                }
            }
            Turn::Stuck(error) => {
                counts.stuck.inc();
                tracing::error!(%error, "outbox stuck");
                REST
            }
        };
        was_away = away;
        if life.sleep(rest) {
            break;
        }
    }
    courier.hang_up();
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

struct Counts {
    sent: Counter,
    deferred: Counter,
    failed: Counter,
    unknown: Counter,
    stuck: Counter,
    away: Counter,
}

impl Counts {
    fn new(life: &Life) -> Counts {
        let counter = |name, help| life.metrics().counter(name, help);
        Counts {
            sent: counter("messages_sent", "Mails that the mail server took"),
            deferred: counter("messages_deferred", "Tries put off to a later time"),
            failed: counter("messages_failed", "Mails given up for good"),
            unknown: counter("messages_unknown", "Mails whose answer was lost after the final dot"),
            stuck: counter("outbox_stuck", "Tries that the outbox did not take down"),
            away: counter(
                "mail_server_away",
                "Times that mail waited and the mail server took no connection",
            ),
        }
    }

    fn count(&self, verdict: &Verdict) {
        match verdict {
            Verdict::Sent => self.sent.inc(),
            Verdict::Deferred(..) => self.deferred.inc(),
            Verdict::Failed(_) => self.failed.inc(),
            Verdict::Unknown(_) => self.unknown.inc(),
        };
    }
}
