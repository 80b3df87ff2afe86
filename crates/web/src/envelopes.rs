//! Orders while the vault is away. Their personal data goes into envelopes that the vault alone can open; a thread
//! keeps the key for them fresh while the vault lives, knows when it is away, and hands the envelopes in when it is
//! back.
//!
//! The key lies in this process's own folder, not in the database: whoever can only write there must not be able to
//! have orders sealed to a key of his own. Handing in can be done again at any point: the vault knows the envelope, and
//! the store puts its contents in once.

use crate::{App, app::VaultHandle};
use domain::{OrderId, RecipientId};
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
    thread::JoinHandle,
    time::{Duration, Instant},
};
use store::{
    envelope::{self, Contents, RecipientContents},
    order::MessageGrant,
};
use telemetry::{Counter, Gauge, Life};
use uuid::Uuid;
use vault_api::{Client, Column, DayKey, Envelope, SealedItem, TakenIn, VaultError};

/// How often the vault is asked whether it is there.
const BEAT: Duration = Duration::from_secs(1);
/// The same while it is away: what waits for it waits no longer than it must.
const BEAT_AWAY: Duration = Duration::from_millis(200);
/// How long it may take to say so.
const PATIENCE: Duration = Duration::from_secs(4);
/// How often it is asked for the key of the day.
const KEY_EVERY: Duration = Duration::from_secs(60);
/// The most envelopes handed in before the vault is asked again whether it is there.
const ROUND_MAX: u32 = 100;
/// The file of the key, and what it begins with.
const KEY_FILE: &str = "day.key";
const KEY_PREFIX: &str = "dozo-day-key-1 ";

/// The key to which envelopes are sealed now; none before the vault was first met.
pub struct DayKeys {
    file: PathBuf,
    now: RwLock<Option<DayKey>>,
}

impl DayKeys {
    /// With the key that was kept last in this folder.
    pub fn open(folder: &Path) -> DayKeys {
        let file = folder.join(KEY_FILE);
        let now = match fs::read_to_string(&file) {
            Ok(text) => parse(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::error!(error = %error.kind(), "the vault's key of the day cannot be read");
                None
            }
        };
        DayKeys { file, now: RwLock::new(now) }
    }

    /// The key.
    pub fn get(&self) -> Option<DayKey> {
        *self.now.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a new key; it is on the disk before it is used.
    fn keep(&self, key: DayKey) -> io::Result<()> {
        if self.get() == Some(key) {
            return Ok(());
        }
        let half = self.file.with_extension("half");
        let mut file = fs::File::create(&half)?;
        file.write_all(text(&key).as_bytes())?;
        file.sync_all()?;
        fs::rename(&half, &self.file)?;
        self.file.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())?;
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Some(key);
        Ok(())
    }
}

fn text(key: &DayKey) -> String {
    let hex: String = key.public.iter().map(|b| format!("{b:02x}")).collect();
    format!("{KEY_PREFIX}{} {hex}\n", key.id)
}

fn parse(text: &str) -> Option<DayKey> {
    let (id, hex) = text.strip_suffix('\n')?.strip_prefix(KEY_PREFIX)?.split_once(' ')?;
    let mut public = [0; 32];
    if hex.len() != 2 * public.len() || !hex.is_ascii() {
        return None;
    }
    for (at, byte) in public.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(DayKey { id: Uuid::parse_str(id).ok()?, public })
}

/// Starts the thread; it ends with `life`.
///
/// # Errors
/// As the kernel says, where no thread can be made.
pub fn start(app: App, life: Life) -> io::Result<JoinHandle<()>> {
    let (config, metrics) = (app.config(), life.metrics());
    let key = config.vault_key.clone();
    let porter = Porter {
        pulse: Client::with_timeout(&config.vault_socket, vault_api::Role::Web, key, PATIENCE),
        waiting: metrics
            .gauge("web_orders_waiting_for_vault", "Orders whose personal data waits in an envelope"),
        taken_in: metrics.counter("web_envelopes_taken_in", "Envelopes that the vault took in"),
        refused: metrics.counter("web_envelopes_refused", "Envelopes that the vault could not open"),
        app,
        life,
    };
    std::thread::Builder::new().name("envelopes".into()).spawn(move || porter.run())
}

struct Porter {
    app: App,
    life: Life,
    /// Another line than the handlers', with less patience.
    pulse: Client,
    waiting: Gauge,
    taken_in: Counter,
    refused: Counter,
}

impl Porter {
    fn run(&self) {
        let mut next_key = Instant::now();
        loop {
            let state = self.pulse.state().ok();
            let away = state.is_none();
            self.app.see_vault(state);
            self.tell(self.app.vault(), away);
            // Also where its ledger was full a moment ago: handing in is how one finds out that there is room.
            if !away {
                if Instant::now() >= next_key && self.fetch_key().is_ok() {
                    next_key = Instant::now() + KEY_EVERY;
                }
                self.round();
            }
            if self.life.sleep(if away { BEAT_AWAY } else { BEAT }) {
                return;
            }
        }
    }

    fn tell(&self, vault: &VaultHandle, away: bool) {
        if vault.set_away(away) != away {
            tracing::warn!(away, "the vault was there and went, or came back");
        }
    }

    /// Asks for the key of the day, saying which keys are still in use.
    fn fetch_key(&self) -> Result<(), ()> {
        let keys = self.app.day_keys();
        let held = self.app.store().read_blocking(envelope::keys);
        let mut held = held.map_err(|error| tracing::error!(why = %error, "envelopes cannot be read"))?;
        held.extend(keys.get().map(|key| key.id));
        let key = self.pulse.day_key(held).map_err(|why| tracing::warn!(%why, "no key of the day"))?;
        keys.keep(key).map_err(|e| tracing::error!(error = %e.kind(), "the key of the day cannot be kept"))
    }

    /// Hands in what waits, oldest first, until the vault goes away again.
    fn round(&self) {
        let now = self.app.now_ms();
        let read = self.app.store().read_blocking(|tx| {
            Ok::<_, store::Error>((envelope::count(tx)?, envelope::due(tx, now, ROUND_MAX)?))
        });
        let (count, due) = match read {
            Ok(read) => read,
            Err(error) => return tracing::error!(why = %error, "envelopes cannot be read"),
        };
        self.waiting.set(i64::try_from(count.waiting).unwrap_or(i64::MAX));
        for (order, envelope) in due {
            if self.life.is_stopping() || !self.hand_in(order, envelope) {
                return;
            }
        }
    }

    /// Whether to go on with the next.
    fn hand_in(&self, order: OrderId, envelope: store::envelope::Envelope) -> bool {
        let envelope = Envelope { key: envelope.key, sealed: envelope.sealed };
        let now = self.app.now_ms();
        let taken = match self.app.vault().blocking().take_in(order.0, envelope) {
            Ok(taken) => contents(order, &taken).map(|contents| (contents, taken)),
            Err(VaultError::Unavailable | VaultError::Busy) => return false,
            Err(VaultError::Denied(_) | VaultError::BadRequest(_)) => None,
        };
        let done = match taken {
            Some((contents, taken)) => {
                // The buyer may be looking at his order's page: it opens with this.
                if let Some(cap) = taken.order.grant.guest_cap {
                    *self.app.placing().slot(order.0).blocking_lock() = Some(cap);
                }
                let put = move |tx: &mut store::Tx<'_>| envelope::put_in(tx, order, &contents, now);
                self.app.store().write_blocking(put).map(|_| {
                    self.taken_in.inc();
                    tracing::info!(%order, "the vault has taken in an order placed while it was away");
                })
            }
            None => {
                self.refused.inc();
                tracing::error!(%order, "the vault cannot open an order's envelope: is it a restored one?");
                self.app.store().write_blocking(move |tx| envelope::refused(tx, order, now))
            }
        };
        done.map_err(|error| tracing::error!(%order, why = %error, "an envelope stays where it is")).is_ok()
    }
}

/// What the vault made, each where it belongs; none where something is missing.
fn contents(order: OrderId, taken: &TakenIn) -> Option<Contents> {
    let all = || taken.places.iter().zip(&taken.order.items);
    let of = |column: Column, row: Uuid| {
        all().find(|(place, _)| place.column == column && place.row == row).map(|(_, item)| item)
    };
    let sealed = |item: &SealedItem| store::Sealed(item.sealed.as_bytes().to_vec());
    let index = |item: &SealedItem, at: usize| item.index.get(at).map(|i| i.0.into());
    let (email, contact) = (of(Column::OrdersEmail, order.0)?, of(Column::OrdersContact, order.0)?);
    let recipients = all().filter(|(place, _)| place.column == Column::OrderRecipientContact);
    let recipients = recipients.map(|(place, contact)| RecipientContents {
        id: RecipientId(place.row),
        contact: sealed(contact),
        message: of(Column::OrderRecipientMessage, place.row).map(sealed),
        indexes: index(contact, 0).zip(index(contact, 1)),
    });
    Some(Contents {
        email: sealed(email),
        email_index: index(email, 0)?,
        contact: sealed(contact),
        name_index: index(contact, 0)?,
        phone_index: index(contact, 1)?,
        message_grant: MessageGrant(taken.order.grant.message_grant.clone()),
        recipients: recipients.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_outlives_a_restart_and_half_a_file_is_no_key() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(DayKeys::open(folder.path()).get(), None);
        let key = DayKey { id: Uuid::from_u128(7), public: [0xa5; 32] };
        DayKeys::open(folder.path()).keep(key).unwrap();
        assert_eq!(DayKeys::open(folder.path()).get(), Some(key));
        let whole = text(&key);
        for half in 0..whole.len() {
            assert_eq!(parse(&whole[..half]), None, "{half}");
        }
        assert_eq!(parse(&whole.replace("a5", "é")), None);
    }
}
