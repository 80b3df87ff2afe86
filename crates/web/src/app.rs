//! What every handler shares: the database, the lines to vault and till, the configuration.

use crate::{
    Config, ShopFacts,
    backoffice::{Plans, Searches},
    checkout::{Placing, Steps},
    envelopes::DayKeys,
    error::Fault,
    search::Search,
    standing::Editions,
    storefront::{Window, Windows},
};
use domain::delivery::Calendar;
use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::Semaphore;

/// The most requests to the vault at once; more wait for [`LINE_WAIT`].
const VAULT_CALLS_MAX: usize = 32;
/// The most requests to the till at once.
const TILL_CALLS_MAX: usize = 16;
/// The most requests to the gate's lock at once.
const LOCK_CALLS_MAX: usize = 2;
/// The most pictures made at once: each takes up to 200 MB for about a second.
const PICTURES_AT_ONCE: usize = 1;
/// How long a request waits for a free line before the visitor is told that the house is busy.
const LINE_WAIT: Duration = Duration::from_secs(5);
/// The most requests to the vault at once that check a password: fewer than it lets wait for one, so that nobody is told
/// to come back while there is a place in this queue, where each comes in his turn.
const PASSWORDS_MAX: usize = 12;
/// How long such a request waits for its turn: some hundred checks.
const PASSWORD_WAIT: Duration = Duration::from_secs(10);
/// The merchant's facts as last read, behind the text that they were read from.
type Facts = (Arc<str>, Arc<ShopFacts>);

/// The state of the application; clones share it.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    vault: VaultHandle,
    passwords: VaultHandle,
    till: TillHandle,
    lock: Line<lock_api::Client>,
    studio: Line<()>,
    facts: RwLock<Facts>,
    windows: Windows,
    editions: Editions,
    placing: Placing,
    steps: Steps,
    day_keys: DayKeys,
    vault_seen: RwLock<Option<vault_api::VaultState>>,
    search: Search,
    plans: Plans,
    searches: Searches,
}

impl App {
    /// Connects nothing yet: vault and till may start later or be restarted.
    pub fn new(config: Config) -> App {
        let key = config.vault_key.clone();
        let vault = vault_api::Client::with_key(&config.vault_socket, vault_api::Role::Web, key);
        let vault = Line::new(vault, VAULT_CALLS_MAX);
        let passwords = vault.narrowed(PASSWORDS_MAX, PASSWORD_WAIT);
        let till = Line::new(till::Client::connect(&config.till_socket), TILL_CALLS_MAX);
        let lock = Line::new(lock_api::Client::connect(&config.lock_socket), LOCK_CALLS_MAX);
        let day_keys = DayKeys::open(&config.folder);
        App {
            inner: Arc::new(Inner {
                config,
                vault,
                passwords,
                till,
                lock,
                studio: Line::new((), PICTURES_AT_ONCE),
                facts: RwLock::default(),
                windows: Windows::default(),
                editions: Editions::new(),
                placing: Placing::default(),
                steps: Steps::default(),
                day_keys,
                vault_seen: RwLock::default(),
                search: Search::default(),
                plans: Plans::default(),
                searches: Searches::default(),
            }),
        }
    }

    /// What the process was told at its start.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The merchant's facts as last read.
    pub fn shop(&self) -> Arc<ShopFacts> {
        Arc::clone(&self.inner.facts.read().unwrap_or_else(PoisonError::into_inner).1)
    }

    /// The merchant's facts as this transaction sees them. Facts that cannot be read leave the old ones standing.
    ///
    /// # Errors
    /// As every database call.
    pub fn read_shop(&self, tx: &mut store::Tx<'_>) -> Result<Arc<ShopFacts>, store::Error> {
        let text = store::meta::get(tx, store::meta::SHOP)?.unwrap_or_default();
        let known = self.inner.facts.read().unwrap_or_else(PoisonError::into_inner).clone();
        if text.is_empty() || *known.0 == *text {
            return Ok(known.1);
        }
        let facts = match serde_json::from_str(&text) {
            Ok(facts) => Arc::new(facts),
            Err(error) => {
                tracing::error!(
                    line = error.line(),
                    "the merchant's facts in the database are no such facts"
                );
                known.1
            }
        };
        let read = (Arc::from(text), Arc::clone(&facts));
        *self.inner.facts.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(facts)
    }

    /// The dates that can be promised now, by the facts that were read last.
    ///
    /// # Errors
    /// As every database call.
    pub async fn calendar(&self) -> Result<Calendar, store::Error> {
        let (text, mut shop) = self.inner.facts.read().unwrap_or_else(PoisonError::into_inner).clone();
        if text.is_empty() {
            let with = self.clone();
            shop = self.store().read(move |tx| with.read_shop(tx)).await?;
        }
        Ok(Calendar { now: self.now_in_japan(), dispatch: shop.dispatch.clone() })
    }

    /// The shop window as this transaction sees it.
    ///
    /// # Errors
    /// As every database call.
    pub fn window(&self, tx: &mut store::Tx<'_>) -> Result<Window, store::Error> {
        self.inner.windows.of(tx, self)
    }

    /// What tells one edition of the shop's pages from the next.
    pub(crate) fn editions(&self) -> &Editions {
        &self.inner.editions
    }

    /// The database.
    pub fn store(&self) -> &store::Store {
        &self.inner.config.store
    }

    /// The line to the vault.
    pub fn vault(&self) -> &VaultHandle {
        &self.inner.vault
    }

    /// The line to the vault for what checks a password, which takes longest: whoever comes waits for his turn behind
    /// those who came before, and a flood of sign-ins holds up nobody who wants something else.
    pub fn passwords(&self) -> &VaultHandle {
        &self.inner.passwords
    }

    /// The line to the till.
    pub fn till(&self) -> &TillHandle {
        &self.inner.till
    }

    /// The line to the gate's lock.
    pub fn lock(&self) -> &Line<lock_api::Client> {
        &self.inner.lock
    }

    /// Where pictures are made ([`crate::pictures::make`]): on a thread that may block, few at once.
    pub fn studio(&self) -> &Line<()> {
        &self.inner.studio
    }

    /// What the search looks in.
    pub fn search(&self) -> &Search {
        &self.inner.search
    }

    /// The campaigns that are being planned right now.
    pub(crate) fn plans(&self) -> &Plans {
        &self.inner.plans
    }

    /// The searches of orders that staff can come back to.
    pub(crate) fn searches(&self) -> &Searches {
        &self.inner.searches
    }

    /// The orders being placed right now.
    pub(crate) fn placing(&self) -> &Placing {
        &self.inner.placing
    }

    /// What was typed on the way through the checkout.
    pub(crate) fn steps(&self) -> &Steps {
        &self.inner.steps
    }

    /// What orders are sealed to while the vault is away.
    pub(crate) fn day_keys(&self) -> &DayKeys {
        &self.inner.day_keys
    }

    /// How the vault was when it was last asked; none where it is away or was never asked.
    pub(crate) fn vault_seen(&self) -> Option<vault_api::VaultState> {
        *self.inner.vault_seen.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how it is.
    pub(crate) fn see_vault(&self, state: Option<vault_api::VaultState>) {
        *self.inner.vault_seen.write().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// Unix milliseconds.
    pub fn now_ms(&self) -> i64 {
        jiff::Timestamp::now().as_millisecond()
    }

    /// Date and time in Japan.
    pub fn now_in_japan(&self) -> jiff::civil::DateTime {
        crate::view::in_japan(self.now_ms())
    }
}

/// The vault, from async code.
pub type VaultHandle = Line<vault_api::Client>;
/// The till, from async code.
pub type TillHandle = Line<till::Client>;

/// A blocking client that async handlers may call; the number of calls at once is bounded.
#[derive(Clone)]
pub struct Line<C> {
    client: Arc<C>,
    free: Arc<Semaphore>,
    wait: Duration,
    away: Arc<AtomicBool>,
}

impl<C: Send + Sync + 'static> Line<C> {
    fn new(client: C, calls_max: usize) -> Line<C> {
        let (client, free) = (Arc::new(client), Arc::new(Semaphore::new(calls_max)));
        Line { client, free, wait: LINE_WAIT, away: Arc::default() }
    }

    /// The same for fewer calls at once, whose callers wait so long for their turn.
    fn narrowed(&self, calls_max: usize, wait: Duration) -> Line<C> {
        let (client, away) = (Arc::clone(&self.client), Arc::clone(&self.away));
        Line { client, free: Arc::new(Semaphore::new(calls_max)), wait, away }
    }

    /// Calls the client on a thread that may block.
    ///
    /// # Errors
    /// As the call says, turned into a [`Fault`]; [`Fault::Busy`] where no line gets free in time.
    pub async fn call<T, E>(&self, call: impl FnOnce(&C) -> Result<T, E> + Send + 'static) -> Result<T, Fault>
    where
        T: Send + 'static,
        E: Send + 'static,
        Fault: From<E>,
    {
        self.ask(call).await?.map_err(Fault::from)
    }

    /// As [`Line::call`], with the client's own error for callers that have an answer to it.
    ///
    /// # Errors
    /// [`Fault::Busy`] where no line gets free in time; [`Fault::VaultAway`] where the neighbour is known to be away.
    pub async fn ask<T, E>(
        &self,
        call: impl FnOnce(&C) -> Result<T, E> + Send + 'static,
    ) -> Result<Result<T, E>, Fault>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        if self.is_away() {
            return Err(Fault::VaultAway);
        }
        let permit = tokio::time::timeout(self.wait, Arc::clone(&self.free).acquire_owned());
        let Ok(Ok(permit)) = permit.await else { return Err(Fault::Busy) };
        let client = Arc::clone(&self.client);
        // The permit goes along: a visitor who hangs up does not free a line that is still in use.
        let done = tokio::task::spawn_blocking(move || {
            let answer = call(&client);
            drop(permit);
            answer
        });
        done.await.map_err(|_| Fault::Internal("a call to a neighbour panicked"))
    }

    /// Whether the neighbour is known to be away. Nobody waits for it then.
    pub fn is_away(&self) -> bool {
        self.away.load(Ordering::Relaxed)
    }

    /// Says whether it is; what was known before.
    pub(crate) fn set_away(&self, away: bool) -> bool {
        self.away.swap(away, Ordering::Relaxed)
    }

    /// The blocking client itself, for threads of our own.
    pub fn blocking(&self) -> Arc<C> {
        Arc::clone(&self.client)
    }
}
