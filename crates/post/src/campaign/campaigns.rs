//! All campaigns that are being sent, one behind the other.

use super::{Carried, Ended, Runner, Sender};
use crate::run::now_ms;
use ::campaign::Pace;
use dkim::Signer;
use domain::notice::CampaignState;
use std::{collections::HashMap, time::Duration};
use store::{
    Store,
    campaign::{self, Campaign},
    notice::due::Outcome,
};
use telemetry::{Counter, Life};
use uuid::Uuid;

/// How often it is looked for a campaign to send.
const POLL: Duration = Duration::from_millis(500);

/// Sends whatever campaign is to be sent.
pub(crate) struct Campaigns {
    store: Store,
    sender: Sender,
    counts: Counts,
}

impl Campaigns {
    pub(crate) fn new(store: Store, sender: Sender, life: &Life) -> Campaigns {
        Campaigns { store, sender, counts: Counts::new(life) }
    }

    /// What signs mails.
    pub(crate) fn signer(&self) -> Option<&Signer> {
        self.sender.signer.as_ref()
    }

    /// Sends until told to stop. What is in the way is told once, and tried again.
    pub(crate) fn send_all(&self, opener: &vault_api::Client, life: &Life) {
        let mut paces: HashMap<Uuid, Pace> = HashMap::new();
        let mut told: HashMap<Uuid, Ended> = HashMap::new();
        loop {
            let sending = self.store.read_blocking(|tx| campaign::of_state(tx, CampaignState::Sending));
            for found in sending.unwrap_or_default() {
                let ended = match Pace::read(&found.pace) {
                    Ok(new) => self.send(&found, paces.entry(found.id).or_insert(new), opener, life),
                    Err(_) => Ended::Unfit("its pace is none"),
                };
                if told.insert(found.id, ended.clone()).as_ref() != Some(&ended) {
                    tell(found.id, &ended);
                }
            }
            if life.sleep(POLL) {
                return;
            }
        }
    }

    fn send(&self, found: &Campaign, pace: &mut Pace, opener: &vault_api::Client, life: &Life) -> Ended {
        let runner = Runner {
            store: &self.store,
            opener,
            sender: &self.sender,
            now_ms: &now_ms,
            stopping: &|| life.is_stopping(),
            told: &|carried| self.counts.count(carried),
        };
        runner.run(found, pace)
    }
}

fn tell(campaign: Uuid, ended: &Ended) {
    match ended {
        Ended::Done => tracing::info!(%campaign, "the campaign is done"),
        Ended::Idle | Ended::Stopped => tracing::info!(%campaign, "no notice is due"),
        Ended::Away(why) => {
            tracing::warn!(%campaign, why, "notices wait: the mail server takes no connection")
        }
        Ended::Closed(why) => tracing::warn!(%campaign, why, "notices wait: the vault does not open them"),
        Ended::Unfit(why) => tracing::error!(%campaign, why, "the campaign cannot be sent"),
        Ended::Stuck => tracing::error!(%campaign, "notices wait: the database fails"),
    }
}

struct Counts {
    accepted: Counter,
    delayed: Counter,
    refused: Counter,
    doubt: Counter,
}

impl Counts {
    fn new(life: &Life) -> Counts {
        let counter = |name, help| life.metrics().counter(name, help);
        Counts {
            accepted: counter("notices_accepted", "Notices that the mail server took"),
            delayed: counter("notices_delayed", "Tries of notices put off to a later time"),
            refused: counter("notices_refused", "Notices refused for good"),
            doubt: counter("notices_doubt", "Notices whose answer was lost after the final dot"),
        }
    }

    fn count(&self, carried: &Carried) {
        match carried {
            Carried::Settled(Outcome::Accepted) => self.accepted.inc(),
            Carried::Settled(Outcome::Delayed(..)) => self.delayed.inc(),
            Carried::Settled(Outcome::Refused(_)) => self.refused.inc(),
            Carried::Settled(Outcome::Doubt(_)) => self.doubt.inc(),
            Carried::Left | Carried::Away(_) | Carried::Stuck => return,
        };
    }
}
