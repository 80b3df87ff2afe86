//! Campaigns: notices about an incident, to thousands or millions of persons, each once.
//!
//! One thread looks which notices are due, has the vault open a batch of them, and hands them to carriers, each with a line of
//! his own to the mail server. An address is in memory for the seconds in which its notice goes.
//!
//! **Each notice is exactly one of** planned, delayed, in doubt, accepted, refused, unreachable. It becomes *in doubt* in the
//! database before the last byte of its text goes to a server, by a change that only one sender can make, and leaves that
//! state by the server's answer. So whoever dies when: nothing is lost, and nothing is sent again of which a server may
//! have the text; what stays in doubt is listed for people to look into.
//!
//! Nothing here decides whom is written to: notices without a grant of the vault, or of a campaign that was not approved,
//! open nothing.

mod campaigns;
mod carrier;
mod compose;

pub use ::campaign::Pace;
pub(crate) use campaigns::Campaigns;
pub use carrier::Carried;

use crate::{
    Address, PerLocale, Returns, Schedule,
    smtp::{Limits, Server},
};
use ::campaign::digest;
use carrier::{Carrier, Ready};
use compose::Writer;
pub use compose::ask;
use dkim::Signer;
use domain::notice::{CampaignEvent, CampaignState};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, SyncSender},
    },
    time::Duration,
};
use store::{
    Store,
    campaign::{self, Campaign, Text},
    notice::due::{self, Due, Outcome},
};
use uuid::Uuid;
use vault_api::{NoticeAsk, OpenedNotice, VaultError};

/// Notices that are opened at once.
const BATCH: usize = 64;
/// How long is waited for carriers, where they have all that is due.
const WAIT: Duration = Duration::from_millis(20);

/// Who opens notices: the vault, or a stand-in in tests.
pub trait NoticeOpener: Send + Sync {
    /// See [`vault_api::Client::open_notices`].
    ///
    /// # Errors
    /// As the vault says.
    fn open(
        &self,
        campaign: Uuid,
        texts: [u8; 32],
        notices: Vec<NoticeAsk>,
    ) -> Result<Vec<OpenedNotice>, VaultError>;
}

impl NoticeOpener for vault_api::Client {
    fn open(
        &self,
        campaign: Uuid,
        texts: [u8; 32],
        notices: Vec<NoticeAsk>,
    ) -> Result<Vec<OpenedNotice>, VaultError> {
        self.open_notices(campaign, texts, notices)
    }
}

/// Who sends, and how.
pub struct Sender {
    /// The mail server on this machine.
    pub server: Server,
    /// The shop's own mail address.
    pub from: Address,
    /// The shop's name.
    pub name: PerLocale,
    /// Where answers go; may be empty.
    pub email: String,
    /// Where notices come back to.
    pub returns: Option<Returns>,
    /// What signs them.
    pub signer: Option<Signer>,
    /// Lines to the server at once.
    pub lines: usize,
    /// Time limits of a conversation.
    pub limits: Limits,
    /// When a notice is tried again.
    pub schedule: Schedule,
}

/// How a run of a campaign ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// None waits any more: the campaign is done.
    Done,
    /// None is due now.
    Idle,
    /// It was paused, or the process stops.
    Stopped,
    /// The mail server takes no connection; the text is the fault.
    Away(String),
    /// The vault does not open notices; the text says why.
    Closed(String),
    /// What is written down does not fit: the texts are not those of the plan, or the pace is none.
    Unfit(&'static str),
    /// The database failed.
    Stuck,
}

/// Sends a campaign.
pub struct Runner<'a> {
    /// The database.
    pub store: &'a Store,
    /// The vault.
    pub opener: &'a dyn NoticeOpener,
    /// Who sends, and how.
    pub sender: &'a Sender,
    /// The clock, Unix milliseconds.
    pub now_ms: &'a (dyn Fn() -> i64 + Sync),
    /// Whether to stop: what is in a server's hands is finished, nothing else is begun.
    pub stopping: &'a (dyn Fn() -> bool + Sync),
    /// Told of each notice that was taken up.
    pub told: &'a (dyn Fn(&Carried) + Sync),
}

/// What feeder and carriers share.
struct Shared {
    away: Mutex<Option<String>>,
    over: AtomicBool,
}

impl Runner<'_> {
    /// Sends what is due of a campaign, until none is, or something is in the way.
    pub fn run(&self, campaign: &Campaign, pace: &mut Pace) -> Ended {
        let id = campaign.id;
        let texts = match self.store.read_blocking(move |tx| campaign::texts(tx, id)) {
            Ok(texts) => texts,
            Err(error) => return stuck(&error),
        };
        if digest(&texts, &campaign.pace) != campaign.texts {
            return Ended::Unfit("the campaign's texts are not those that were planned");
        }
        let by_number: HashMap<u32, &Text> = texts.iter().map(|text| (text.number, text)).collect();
        let writer = Writer {
            from: &self.sender.from,
            email: &self.sender.email,
            author: [domain::Locale::Ja, domain::Locale::En].map(|locale| self.sender.name.of(locale)),
            returns: self.sender.returns.as_ref(),
            signer: self.sender.signer.as_ref(),
        };
        let shared = Shared { away: Mutex::default(), over: AtomicBool::new(false) };
        let (give, take) = mpsc::sync_channel::<Ready>(self.sender.lines.max(1) * 2);
        let (done, finished) = mpsc::channel::<Uuid>();
        let take = Mutex::new(take);
        let ended = std::thread::scope(|scope| {
            let mut started = 0;
            for _ in 0..self.sender.lines.max(1) {
                let (done, take, shared, writer, by_number) =
                    (done.clone(), &take, &shared, &writer, &by_number);
                let line = std::thread::Builder::new().name("notices".into());
                let line =
                    line.spawn_scoped(scope, move || self.carry_all(take, &done, shared, writer, by_number));
                started += usize::from(line.is_ok());
            }
            // Without anybody to take them nothing could be handed out.
            let ended = match started {
                0 => Ended::Stuck,
                _ => self.feed(campaign, pace, &by_number, &give, &finished, &shared),
            };
            shared.over.store(ended != Ended::Idle, Ordering::SeqCst);
            drop(give);
            ended
        });
        match ended {
            Ended::Idle => self.settle(id),
            ended => ended,
        }
    }

    /// Hands out what is due until nothing is.
    fn feed(
        &self,
        campaign: &Campaign,
        pace: &mut Pace,
        texts: &HashMap<u32, &Text>,
        give: &SyncSender<Ready>,
        finished: &Receiver<Uuid>,
        shared: &Shared,
    ) -> Ended {
        let mut in_hand: HashSet<Uuid> = HashSet::new();
        loop {
            if let Some(why) = shared.away.lock().unwrap_or_else(PoisonError::into_inner).clone() {
                return Ended::Away(why);
            }
            while let Ok(id) = finished.try_recv() {
                in_hand.remove(&id);
            }
            let page = match self.page(campaign.id, in_hand.len()) {
                Ok(Some(page)) => page,
                Ok(None) => return Ended::Stopped,
                Err(error) => return stuck(&error),
            };
            let mut page: Vec<Due> = page.into_iter().filter(|due| !in_hand.contains(&due.id)).collect();
            page.truncate(BATCH);
            if page.is_empty() {
                if in_hand.is_empty() {
                    return Ended::Idle;
                }
                if let Ok(id) = finished.recv_timeout(WAIT) {
                    in_hand.remove(&id);
                }
                continue;
            }
            let opened = match self.opener.open(
                campaign.id,
                campaign.texts,
                page.iter().map(compose::ask).collect(),
            ) {
                Ok(opened) => opened,
                Err(error) => return Ended::Closed(error.to_string()),
            };
            for (due, opened) in page.into_iter().zip(opened) {
                if !self.hand_out(due, opened, pace, texts, give, &mut in_hand) {
                    break;
                }
            }
        }
    }

    /// What is due, where the campaign still goes on.
    fn page(&self, id: Uuid, in_hand: usize) -> Result<Option<Vec<Due>>, store::Error> {
        if (self.stopping)() {
            return Ok(None);
        }
        let (now, limit) = ((self.now_ms)(), u32::try_from(in_hand + BATCH).unwrap_or(u32::MAX));
        self.store.read_blocking(move |tx| {
            let sending = campaign::get(tx, id)?.is_some_and(|c| c.state == CampaignState::Sending);
            if sending { due::due(tx, id, now, limit).map(Some) } else { Ok(None) }
        })
    }

    /// Gives one to the carriers, lets it wait for its domain, or writes down why nobody can be written to. `false`: no
    /// carrier takes anything any more.
    fn hand_out(
        &self,
        due: Due,
        opened: OpenedNotice,
        pace: &mut Pace,
        texts: &HashMap<u32, &Text>,
        give: &SyncSender<Ready>,
        in_hand: &mut HashSet<Uuid>,
    ) -> bool {
        let recipient = match compose::recipient(&due, opened) {
            Ok(recipient) if texts.contains_key(&due.text) => recipient,
            Ok(_) => return self.refuse(&due, "its text is not there"),
            Err(why) => return self.refuse(&due, why),
        };
        let id = due.id;
        if let Err(at) = pace.ask(id, recipient.to.domain(), (self.now_ms)()) {
            let put_off = self.store.write_blocking(move |tx| due::put_off(tx, id, at));
            return put_off
                .inspect_err(|error| tracing::error!(%error, "a notice could not be put off"))
                .is_ok();
        }
        in_hand.insert(id);
        give.send(Ready { due, recipient }).is_ok()
    }

    fn refuse(&self, due: &Due, why: &str) -> bool {
        let (id, was, outcome, now) = (due.id, due.was, Outcome::Refused(why.to_owned()), (self.now_ms)());
        let told = Carried::Settled(outcome.clone());
        let settled = self.store.write_blocking(move |tx| due::settle(tx, id, was, false, &outcome, now));
        (self.told)(&told);
        settled.is_ok()
    }

    /// One carrier's work: until nothing comes any more.
    fn carry_all(
        &self,
        take: &Mutex<Receiver<Ready>>,
        done: &mpsc::Sender<Uuid>,
        shared: &Shared,
        writer: &Writer<'_>,
        texts: &HashMap<u32, &Text>,
    ) {
        let stopping = || (self.stopping)() || shared.over.load(Ordering::SeqCst);
        let mut carrier = Carrier {
            store: self.store,
            sender: self.sender,
            writer,
            now_ms: self.now_ms,
            stopping: &stopping,
            session: None,
        };
        loop {
            let next = take.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(ready) = next else { break };
            let away = shared.away.lock().unwrap_or_else(PoisonError::into_inner).is_some();
            let carried = match texts.get(&ready.due.text) {
                Some(text) if !away => carrier.carry(&ready, text),
                _ => Carried::Left,
            };
            if let Carried::Away(why) = &carried {
                *shared.away.lock().unwrap_or_else(PoisonError::into_inner) = Some(why.clone());
            }
            (self.told)(&carried);
            let _ = done.send(ready.due.id);
        }
        if let Some((session, _)) = carrier.session.take() {
            session.quit();
        }
    }

    /// Ends the campaign where no notice waits any more.
    fn settle(&self, id: Uuid) -> Ended {
        let now = (self.now_ms)();
        let ended = self.store.write_blocking(move |tx| {
            let over = due::next_at(tx, id)?.is_none();
            if over {
                campaign::step(tx, id, CampaignEvent::End, now)?;
            }
            Ok::<_, store::Error>(over)
        });
        match ended {
            Ok(true) => Ended::Done,
            Ok(false) => Ended::Idle,
            // Paused at this moment.
            Err(store::Error::Refused(_)) => Ended::Stopped,
            Err(error) => stuck(&error),
        }
    }
}

fn stuck(error: &store::Error) -> Ended {
    tracing::error!(%error, "the campaign cannot be read or written");
    Ended::Stuck
}
