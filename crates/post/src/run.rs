//! The process `post`.

use crate::{
    Address, Shop,
    campaign::{self, Campaigns},
    courier::{Courier, Schedule, Turn},
    intake::{self, Doors, Intake},
    outbox::Verdict,
    people::Opener,
    printing::{self, Press},
    queue::Queue,
    returns::Returns,
    smtp::{Limits, Server},
};
use anyhow::Context;
use dkim::Signer;
use std::{
    path::PathBuf,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use store::Store;
use telemetry::{Counter, Life};

/// Couriers at once, each with a connection to the mail server: one looks what is due, the others help him as long as
/// there is more than he can carry and the server takes it.
const COURIERS: usize = 4;
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
    /// Where mail comes back to; nowhere: to the shop's own address, unread.
    pub returned: Option<intake::Config>,
    /// What signs mails and notices (DKIM).
    pub signer: Option<Signer>,
    /// Lines to the mail server at once, for the notices of a campaign.
    pub notice_lines: usize,
    /// Where letters are made, and for which envelopes.
    pub letters: printing::Config,
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
    let doors = config.returned.as_ref().map(Doors::open).transpose()?;
    let returns = config.returned.map(|returned| returned.returns);
    let intake = returns.clone().map(|returns| Intake::new(store.clone(), returns, &life, now_ms));
    life.ready();
    let sender = campaign::Sender {
        server: config.smtp.clone(),
        from: from.clone(),
        name: config.shop.name.clone(),
        email: config.shop.email.clone(),
        returns: returns.clone(),
        signer: config.signer,
        lines: config.notice_lines,
        limits: Limits::default(),
        schedule: Schedule::default(),
    };
    let campaigns = Campaigns::new(store.clone(), sender, &life);
    let press = Press::new(store.clone(), config.letters, &life);
    let office = Office {
        outbox: Queue::new(store),
        vault,
        returns,
        sender: (config.smtp, from, config.shop),
        counts: Counts::new(&life),
        rush: Rush::default(),
        life,
    };
    thread::scope(|scope| {
        if let (Some(doors), Some(intake)) = (doors, &intake) {
            doors.serve(scope, intake, &office.life)?;
        }
        let notices = thread::Builder::new().name("campaigns".into());
        notices.spawn_scoped(scope, || campaigns.send_all(&office.vault, &office.life))?;
        let letters = thread::Builder::new().name("letters".into());
        letters.spawn_scoped(scope, || press.work(&office.vault, &office.life))?;
        for _ in 1..COURIERS {
            let courier = thread::Builder::new().name("courier".into());
            courier.spawn_scoped(scope, || office.help(campaigns.signer()))?;
        }
        office.lead(campaigns.signer());
        Ok(())
    })
}

/// What all couriers share.
struct Office {
    outbox: Queue,
    vault: vault_api::Client,
    returns: Option<Returns>,
    sender: (Server, Address, Shop),
    counts: Counts,
    rush: Rush,
    life: Life,
}

impl Office {
    /// Carries messages until told to stop, and calls for help. The message in hand is finished, unless the text has not
    /// begun to go.
    fn lead(&self, signer: Option<&Signer>) {
        let stopping = || self.life.is_stopping();
        let mut courier = self.courier(&stopping, signer);
        let mut was_away = false;
        loop {
            let turn = courier.turn();
            let away = matches!(turn, Turn::Away(_));
            match &turn {
                Turn::Away(why) if !was_away => {
                    tracing::warn!(why, "mail waits: the mail server takes no connection");
                }
                turn if was_away && !matches!(turn, Turn::Away(_)) => {
                    tracing::info!("the mail server is back");
                }
                _ => {}
            }
            was_away = away;
            if courier.has_more() {
                self.rush.turn(Pace::Rush);
            }
            if self.life.sleep(self.tell(turn)) {
                break;
            }
        }
        self.rush.turn(Pace::Over);
        courier.leave();
    }

    /// Carries messages as long as there is a rush. Whoever meets trouble leaves it to the first courier to see what is
    /// the matter: a server in trouble sees one connection at a time.
    fn help(&self, signer: Option<&Signer>) {
        let stopping = || self.life.is_stopping();
        let mut courier = self.courier(&stopping, signer).joining();
        while self.rush.waited_for() {
            loop {
                let turn = courier.turn();
                let (stuck, well) =
                    (matches!(turn, Turn::Stuck(_)), matches!(turn, Turn::Settled(_, Verdict::Sent)));
                let rest = self.tell(turn);
                // What he could not write down he goes on to write down, rush or no rush.
                if stuck && !self.life.sleep(rest) || well {
                    continue;
                }
                self.rush.calm();
                break;
            }
        }
        courier.leave();
    }

    fn courier<'a>(&'a self, stopping: &'a dyn Fn() -> bool, signer: Option<&'a Signer>) -> Courier<'a> {
        let opener: &dyn Opener = &self.vault;
        let courier = Courier::new(&self.outbox, opener, self.sender.clone(), &now_ms, stopping);
        courier.returning_to(self.returns.clone()).signed_by(signer)
    }

    /// Logs and counts what came of a turn; how long to rest after it.
    fn tell(&self, turn: Turn) -> Duration {
        match turn {
            Turn::Idle => POLL,
            Turn::Away(_) => {
                self.counts.away.inc();
                PROBE
            }
            Turn::Stuck(error) => {
                self.counts.stuck.inc();
                tracing::error!(%error, "outbox stuck");
                REST
            }
            Turn::Settled(message, verdict) => {
                self.counts.count(&verdict);
                match verdict {
                    Verdict::Sent => {
                        tracing::info!(%message, "message sent");
                        Duration::ZERO
                    }
                    Verdict::Deferred(_, why) => {
                        tracing::warn!(%message, why, "message deferred");
                        REST
                    }
                    Verdict::Held(_, why) => {
                        tracing::debug!(%message, why, "message held");
                        Duration::ZERO
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
        }
    }
}

/// Whether the first courier needs help.
#[derive(Default)]
struct Rush {
    pace: Mutex<Pace>,
    turned: Condvar,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Pace {
    #[default]
    Calm,
    Rush,
    Over,
}

impl Rush {
    fn turn(&self, pace: Pace) {
        let before = std::mem::replace(&mut *self.pace(), pace);
        if before != pace {
            self.turned.notify_all();
        }
    }

    /// Ends the rush, if it is one.
    fn calm(&self) {
        let mut pace = self.pace();
        if *pace == Pace::Rush {
            *pace = Pace::Calm;
        }
    }

    /// Waits for the next rush; `false` at the end.
    fn waited_for(&self) -> bool {
        let calm = |pace: &mut Pace| *pace == Pace::Calm;
        let pace = self.turned.wait_while(self.pace(), calm).unwrap_or_else(PoisonError::into_inner);
        *pace == Pace::Rush
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

struct Counts {
    sent: Counter,
    deferred: Counter,
    held: Counter,
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
            held: counter(
                "messages_held",
                "Tries put off because the vault opens no more persons in this hour",
            ),
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
            Verdict::Held(..) => self.held.inc(),
            Verdict::Failed(_) => self.failed.inc(),
            Verdict::Unknown(_) => self.unknown.inc(),
        };
    }
}
