//! The till's own store: attempts, refunds, and the sequence of changes that the shop reads.
//!
//! Records are JSON, so that a later version can add fields. Nothing in them names a person; of a card there are
//! brand, last four digits and fingerprint.

use crate::api::{Change, DisputeView, PaymentView, RefundView};
use domain::{
    Locale, Yen,
    card_entry::Entry,
    payment::{Capture, PaymentState, RefundState},
};
use groupcommit::{Database, Made};
use redb::{ReadableTable, TableDefinition};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::path::Path;
use uuid::Uuid;

type Id = [u8; 16];

/// Order and attempt.
const ATTEMPTS: TableDefinition<(Id, u32), &[u8]> = TableDefinition::new("attempts");
/// Order and key of the refund.
const REFUNDS: TableDefinition<(Id, Id), &[u8]> = TableDefinition::new("refunds");
/// Order by key of the refund: a key serves one order.
const REFUND_KEYS: TableDefinition<Id, Id> = TableDefinition::new("refund_keys");
/// Order by the processor's ids and URLs.
const ORDER_OF: TableDefinition<&str, Id> = TableDefinition::new("order_of");
/// Orders that are looked after.
const OPEN: TableDefinition<Id, ()> = TableDefinition::new("open");
/// Views by sequence number.
const CHANGES: TableDefinition<u64, &[u8]> = TableDefinition::new("changes");
/// The sequence number of an attempt's last change.
const CHANGE_OF: TableDefinition<(Id, u32), u64> = TableDefinition::new("change_of_attempt");
/// The processor's customer by member.
const CUSTOMERS: TableDefinition<Id, &str> = TableDefinition::new("customers");
/// Few single values.
const META: TableDefinition<&str, &str> = TableDefinition::new("meta");

/// One attempt to pay an order: what was said to the processor, and what it said last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The order.
    pub order: Uuid,
    /// Its number.
    pub attempt: u32,
    /// What is owed.
    pub amount: Yen,
    /// The language of the page.
    pub locale: Locale,
    /// Where to go after paying.
    pub success_url: String,
    /// Where to go instead.
    pub cancel_url: String,
    /// When the page closes by itself, in unix seconds.
    pub expires_at_s: i64,
    /// The processor's id of the page, once known.
    pub session: Option<String>,
    /// Where it can be paid.
    pub url: Option<String>,
    /// The processor's id of the payment.
    pub intent: Option<String>,
    /// Where it stands.
    pub state: PaymentState,
    /// No call to open its page can have reached the processor: there is none, and nothing can be charged.
    #[serde(default)]
    pub unopened: bool,
    /// The shop wants it closed.
    #[serde(default)]
    pub close_wanted: bool,
    /// When the money is taken.
    #[serde(default = "at_order")]
    pub capture: Capture,
    /// The processor's customer whose saved cards the page offers.
    #[serde(default)]
    pub customer: Option<String>,
    /// The processor's ids of the cards that were saved when the page was opened.
    #[serde(default)]
    pub saved: Vec<String>,
    /// How the card came.
    #[serde(default)]
    pub entry: Option<Entry>,
    /// Until when it can be captured, in unix seconds.
    #[serde(default)]
    pub capture_before_s: Option<i64>,
    /// The newest dispute.
    #[serde(default)]
    pub dispute: Option<DisputeView>,
    /// What came.
    pub received: Yen,
    /// What was given back.
    pub refunded: Yen,
    /// Of the card: brand, last four digits, fingerprint.
    #[serde(default)]
    pub card: [Option<String>; 3],
    /// Why the last try failed.
    pub failure_code: Option<String>,
    /// What became of 3-D Secure.
    pub three_d_secure: Option<String>,
    /// When something new was learned last, in milliseconds since 1970.
    pub updated_at_ms: i64,
}

const fn at_order() -> Capture {
    Capture::AtOrder
}

impl Attempt {
    /// As others see it, with the refunds of the order that are about it.
    pub fn view(&self, refunds: &[RefundRecord]) -> PaymentView {
        let ours = refunds.iter().filter(|r| Some(&r.intent) == self.intent.as_ref());
        let [brand, last4, fingerprint] = self.card.clone();
        PaymentView {
            order: self.order,
            attempt: self.attempt,
            state: self.state,
            amount: self.amount,
            received: self.received,
            refunded: self.refunded,
            brand,
            last4,
            fingerprint,
            failure_code: self.failure_code.clone(),
            three_d_secure: self.three_d_secure.clone(),
            entry: self.entry,
            capture_before_s: self.capture_before_s,
            refunds: ours.map(RefundRecord::view).collect(),
            dispute: self.dispute.clone(),
            updated_at_ms: self.updated_at_ms,
        }
    }
}

/// One refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundRecord {
    /// The order.
    pub order: Uuid,
    /// The caller's key.
    pub key: Uuid,
    /// How much.
    pub amount: Yen,
    /// The processor's id of the payment.
    pub intent: String,
    /// Where it stands.
    pub state: RefundState,
    /// Why it failed.
    pub failure_code: Option<String>,
    /// When something new was learned last, in milliseconds since 1970.
    #[serde(default)]
    pub updated_at_ms: i64,
}

impl RefundRecord {
    /// As others see it.
    pub fn view(&self) -> RefundView {
        RefundView {
            key: self.key,
            amount: self.amount,
            state: self.state,
            failure_code: self.failure_code.clone(),
            updated_at_ms: self.updated_at_ms,
        }
    }
}

/// The store cannot be read or written. What happened is in the log; nothing is answered from a store that fails.
#[derive(Debug, thiserror::Error)]
#[error("the till's store failed: {0}")]
pub struct BookError(String);

impl<E: Into<redb::Error>> From<E> for BookError {
    fn from(e: E) -> BookError {
        BookError(e.into().to_string())
    }
}

type Booked<T> = Result<T, BookError>;

/// Makes the file, readable by its owner only, or takes others' rights to it away: redb goes by the umask.
fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let mut options = std::fs::OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

/// The store.
pub struct Book {
    db: Database,
}

impl Book {
    /// Whether the disk has failed it, see [`Database::is_broken`].
    pub fn is_broken(&self) -> bool {
        self.db.is_broken()
    }

    /// Opens or makes the store in `dir`.
    ///
    /// # Errors
    /// Where the folder cannot be written or another process holds the file.
    pub fn open(dir: &Path) -> Booked<Book> {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(redb::Error::Io)?;
        let path = dir.join("till.redb");
        make_private(&path).map_err(redb::Error::Io)?;
        let db = Database::new(groupcommit::builder().create(path)?);
        db.write(|tx| {
            tx.open_table(ATTEMPTS)?;
            tx.open_table(REFUNDS)?;
            tx.open_table(REFUND_KEYS)?;
            tx.open_table(ORDER_OF)?;
            tx.open_table(OPEN)?;
            tx.open_table(CHANGES)?;
            tx.open_table(CHANGE_OF)?;
            tx.open_table(META)?;
            tx.open_table(CUSTOMERS)?;
            Ok(Made::Change(()))
        })?;
        Ok(Book { db })
    }

    /// All attempts of an order, ascending.
    pub fn attempts(&self, order: Uuid) -> Booked<Vec<Attempt>> {
        let table = self.db.read()?.open_table(ATTEMPTS)?;
        let id = order.into_bytes();
        table.range((id, 0)..=(id, u32::MAX))?.map(|r| decode(r?.1.value())).collect()
    }

    /// One attempt of an order.
    pub fn attempt(&self, order: Uuid, attempt: u32) -> Booked<Option<Attempt>> {
        let table = self.db.read()?.open_table(ATTEMPTS)?;
        table.get((order.into_bytes(), attempt))?.map(|a| decode(a.value())).transpose()
    }

    /// All refunds of an order.
    pub fn refunds(&self, order: Uuid) -> Booked<Vec<RefundRecord>> {
        let table = self.db.read()?.open_table(REFUNDS)?;
        let id = order.into_bytes();
        table.range((id, [0; 16])..=(id, [255; 16]))?.map(|r| decode(r?.1.value())).collect()
    }

    /// The order that a refund's key was used for.
    pub fn order_of_refund(&self, key: Uuid) -> Booked<Option<Uuid>> {
        let table = self.db.read()?.open_table(REFUND_KEYS)?;
        Ok(table.get(key.into_bytes())?.map(|id| Uuid::from_bytes(id.value())))
    }

    /// The order behind one of the processor's ids or URLs.
    pub fn order_of(&self, theirs: &str) -> Booked<Option<Uuid>> {
        let table = self.db.read()?.open_table(ORDER_OF)?;
        Ok(table.get(theirs)?.map(|id| Uuid::from_bytes(id.value())))
    }

    /// Whether there is any attempt to pay this order.
    pub fn knows(&self, order: Uuid) -> Booked<bool> {
        Ok(!self.attempts(order)?.is_empty())
    }

    /// Orders that are looked after until they end.
    pub fn open_orders(&self) -> Booked<Vec<Uuid>> {
        let table = self.db.read()?.open_table(OPEN)?;
        table.iter()?.map(|r| Ok(Uuid::from_bytes(r?.0.value()))).collect()
    }

    /// Writes an attempt. With `changed` its view is new: it gets the next sequence number. Where nothing of the order is
    /// open any more, it needs no more looking after.
    pub fn put_attempt(&self, attempt: &Attempt, changed: Option<&PaymentView>) -> Booked<()> {
        let id = attempt.order.into_bytes();
        self.db.write(|tx| {
            tx.open_table(ATTEMPTS)?.insert((id, attempt.attempt), encode(attempt).as_slice())?;
            let mut order_of = tx.open_table(ORDER_OF)?;
            for theirs in [&attempt.session, &attempt.url, &attempt.intent].into_iter().flatten() {
                order_of.insert(theirs.as_str(), id)?;
            }
            let mut open = tx.open_table(OPEN)?;
            if !attempt.state.is_final() {
                open.insert(id, ())?;
            } else if is_over(tx, id)? {
                open.remove(id)?;
            }
            if let Some(view) = changed {
                let mut changes = tx.open_table(CHANGES)?;
                let seq = changes.last()?.map_or(0, |(seq, _)| seq.value()) + 1;
                // Only the last change of an attempt is kept, so that the table does not grow with history.
                if let Some(old) = tx.open_table(CHANGE_OF)?.insert((id, attempt.attempt), seq)? {
                    changes.remove(old.value())?;
                }
                changes.insert(seq, encode(view).as_slice())?;
            }
            Ok(Made::Change(()))
        })?;
        Ok(())
    }

    /// Writes a refund.
    pub fn put_refund(&self, refund: &RefundRecord) -> Booked<()> {
        let (id, key) = (refund.order.into_bytes(), refund.key.into_bytes());
        self.db.write(|tx| {
            tx.open_table(REFUNDS)?.insert((id, key), encode(refund).as_slice())?;
            tx.open_table(REFUND_KEYS)?.insert(key, id)?;
            if refund.state == RefundState::Pending {
                tx.open_table(OPEN)?.insert(id, ())?;
            }
            Ok(Made::Change(()))
        })?;
        Ok(())
    }

    /// The order needs no more looking after.
    pub fn settled(&self, order: Uuid) -> Booked<()> {
        // Most are settled already, by their last attempt's own change.
        if self.db.read()?.open_table(OPEN)?.get(order.into_bytes())?.is_none() {
            return Ok(());
        }
        self.db.write(|tx| {
            let was_open = tx.open_table(OPEN)?.remove(order.into_bytes())?.is_some();
            Ok(if was_open { Made::Change(()) } else { Made::Nothing(()) })
        })?;
        Ok(())
    }

    /// Changes after `after`, ascending, at most `most`.
    pub fn changes(&self, after: u64, most: usize) -> Booked<Vec<Change>> {
        let Some(from) = after.checked_add(1) else { return Ok(Vec::new()) };
        let table = self.db.read()?.open_table(CHANGES)?;
        let rows = table.range(from..)?.take(most);
        rows.map(|row| {
            let (seq, view) = row?;
            Ok(Change { seq: seq.value(), view: decode(view.value())? })
        })
        .collect()
    }

    /// The processor's customer of a member.
    pub fn customer(&self, person: Uuid) -> Booked<Option<String>> {
        let table = self.db.read()?.open_table(CUSTOMERS)?;
        Ok(table.get(person.into_bytes())?.map(|c| c.value().to_owned()))
    }

    /// Writes down the processor's customer of a member, or forgets it.
    pub fn set_customer(&self, person: Uuid, customer: Option<&str>) -> Booked<()> {
        self.db.write(|tx| {
            let mut table = tx.open_table(CUSTOMERS)?;
            match customer {
                Some(customer) => table.insert(person.into_bytes(), customer)?,
                None => table.remove(person.into_bytes())?,
            };
            Ok(Made::Change(()))
        })?;
        Ok(())
    }

    /// What was told last of an attempt.
    pub fn told(&self, order: Uuid, attempt: u32) -> Booked<Option<PaymentView>> {
        let tx = self.db.read()?;
        let Some(seq) = tx.open_table(CHANGE_OF)?.get((order.into_bytes(), attempt))?.map(|s| s.value())
        else {
            return Ok(None);
        };
        tx.open_table(CHANGES)?.get(seq)?.map(|view| decode(view.value())).transpose()
    }

    /// A single value.
    pub fn meta(&self, name: &str) -> Booked<Option<String>> {
        let table = self.db.read()?.open_table(META)?;
        Ok(table.get(name)?.map(|v| v.value().to_owned()))
    }

    /// Sets a single value, or removes it.
    pub fn set_meta(&self, name: &str, value: Option<&str>) -> Booked<()> {
        self.db.write(|tx| {
            let mut table = tx.open_table(META)?;
            match value {
                Some(value) => table.insert(name, value)?,
                None => table.remove(name)?,
            };
            Ok(Made::Change(()))
        })?;
        Ok(())
    }
}

/// Whether no attempt of the order is open and no refund pending.
fn is_over(tx: &redb::WriteTransaction, id: Id) -> Result<bool, redb::Error> {
    // A record that cannot be read is looked after: it is said there what is the matter with it.
    for row in tx.open_table(ATTEMPTS)?.range((id, 0)..=(id, u32::MAX))? {
        if !decode::<Attempt>(row?.1.value()).is_ok_and(|a| a.state.is_final()) {
            return Ok(false);
        }
    }
    for row in tx.open_table(REFUNDS)?.range((id, [0; 16])..=(id, [255; 16]))? {
        if !decode::<RefundRecord>(row?.1.value()).is_ok_and(|r| r.state != RefundState::Pending) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn encode<T: Serialize>(record: &T) -> Vec<u8> {
    // Plain structs of strings and numbers: this cannot fail, and an empty record would be refused when read.
    serde_json::to_vec(record).unwrap_or_default()
}

fn decode<T: DeserializeOwned>(json: &[u8]) -> Booked<T> {
    serde_json::from_slice(json).map_err(|_| BookError("a record is not of this version".into()))
}
